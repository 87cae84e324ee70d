from __future__ import annotations

import pytest

from kerascfg.errors import ConfigError
from kerascfg.serving import read_settings, server


def test_the_ports_and_the_address_are_those_of_tensorflow_serving_on_loopback():
    settings = read_settings(["run=runs/a/b"])
    assert (settings.host, settings.grpc_port, settings.port) == ("127.0.0.1", 8500, 8501)


def test_every_key_is_read():
    settings = read_settings(
        ["run=r", "target=litert", "name=digits", "host=::1", "port=0", "grpc_port=0",
         "max_batch_size=8", "batch_timeout_micros=500", "max_enqueued_batches=2",
         "max_body_bytes=1000", "grace_seconds=1"]
    )  # fmt: skip
    assert (settings.target, settings.name, settings.host) == ("litert", "digits", "::1")
    assert (settings.max_batch_size, settings.batch_timeout_micros) == (8, 500)
    assert settings.max_body_bytes == 1000


MISTAKES = {
    "no run": ([], "run", "expected one run=DIR"),
    "an unknown key": (["run=r", "prt=3"], "prt", "expected an argument of serve"),
    "a flag": (["run=r", "--port"], "--port", "expected KEY=VALUE"),
    "a key twice": (["run=r", "port=0", "port=2"], "port", "expected it once"),
    "no number": (["run=r", "port=http"], "port", "from 0 to 65535"),
    "a negative number": (["run=r", "port=-1"], "port", "from 0 to 65535"),
    "too large a port": (["run=r", "grpc_port=65536"], "grpc_port", "from 0 to 65535"),
    "no batch": (["run=r", "max_batch_size=0"], "max_batch_size", "from 1 to 65536"),
    "one port for both": (["run=r", "port=8500"], "grpc_port", "a port of its own"),
    "a name that an address cannot hold": (["run=r", "name=a/b"], "name", "a letter first"),
    "a name that a shell would run": (["run=r", "name=a;reboot"], "name", "a letter first"),
    "a name that a shell would divide": (["run=r", "name=a b"], "name", "a letter first"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_named_with_its_key(mistake: str):
    arguments, path, message = MISTAKES[mistake]
    with pytest.raises(ConfigError) as caught:
        read_settings(arguments)
    (problem,) = caught.value.problems
    assert problem.path == path
    assert message in problem.message
    assert problem.place == "command line"


def test_all_mistakes_are_named_at_once():
    with pytest.raises(ConfigError) as caught:
        read_settings(["prt=3", "grace_seconds=x"])
    assert [problem.path for problem in caught.value.problems] == ["prt", "grace_seconds"]


def test_two_free_ports_may_be_asked_for():
    assert read_settings(["run=r", "port=0", "grpc_port=0"]).port == 0


def test_a_missing_package_is_told_the_line_that_installs_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(server.PACKAGES, "no_such_package", "no-such-package")
    with pytest.raises(ConfigError, match="no-such-package") as caught:
        server.expect_packages()
    assert caught.value.problems[0].hint == "pip install 'kerascfg[serve]'"
