"""Secrets reach neither what is printed nor what is written."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from kerascfg.redacting import (
    REDACTED,
    guarded_output,
    hide,
    redacted,
    redacted_paths,
    without_secrets,
)
from kerascfg.runs import create_run

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    "name",
    [
        *("HF_TOKEN", "TOKEN", "GITHUB_TOKEN_2", "WANDB_API_KEY", "OPENAI_APIKEY", "AWS_SECRET"),
        *("AWS_SECRET_ACCESS_KEY", "PASSWORD", "PGPASSWORD", "db_passwd", "KEY", "MY_CREDENTIALS"),
    ],
)
def test_the_value_of_a_variable_named_like_a_secret_is_redacted(monkeypatch, name):
    monkeypatch.setenv(name, "s3cr3t-value")
    assert redacted("it is s3cr3t-value.") == f"it is {REDACTED}."


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("HOME_DIR", "s3cr3t-value"), ("MAX_TOKENS", "100000"), ("KEYBOARD", "german")),
        *(("A_TOKEN", "short"), ("SSH_KEY", __file__), ("TOKENIZERS_PARALLELISM", "disabled")),
    ],
)
def test_other_variables_short_values_and_paths_are_not(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    assert redacted(f"it is {value}") == f"it is {value}"


def test_a_secret_within_a_longer_one_leaves_no_rest(monkeypatch):
    monkeypatch.setenv("A_TOKEN", "abcdef")
    monkeypatch.setenv("B_TOKEN", "abcdefghij")
    assert redacted("abcdefghij") == REDACTED


@pytest.mark.parametrize("password", ["hunter2", "p%40ss", "a+b=c"])
def test_the_password_in_an_address_is_redacted(password):
    said = redacted(f"from https://user:{password}@example.org:8080/a?b=c and http://x.org/")
    assert said == f"from https://user:{REDACTED}@example.org:8080/a?b=c and http://x.org/"


def test_a_password_of_an_address_in_the_environment_is_redacted_alone_too(monkeypatch):
    monkeypatch.setenv("DATABASE", "postgres://me:p%40ssword@host/db")
    assert redacted("it was p@ssword") == f"it was {REDACTED}"


def test_a_config_keeps_no_value_under_a_key_named_like_a_secret():
    config = {
        "data": {"source": {"type": "x.y", "api_key": "abc", "token": "def", "path": "a"}},
        "tracker": {"w": {"type": "t", "headers": {"auth_token": ["ghi", "jkl"]}}},
    }
    safe = without_secrets(config)
    assert safe["data"]["source"] == {
        "type": "x.y", "api_key": REDACTED, "token": REDACTED, "path": "a"
    }  # fmt: skip
    assert safe["tracker"]["w"]["headers"]["auth_token"] == [REDACTED, REDACTED]
    assert redacted_paths(safe) == [
        "data.source.api_key",
        "data.source.token",
        "tracker.w.headers.auth_token.0",
        "tracker.w.headers.auth_token.1",
    ]


@pytest.mark.parametrize(
    "config",
    [
        {"model": {"layers": {"token": "GlobalAveragePooling1D", "secret": "Flatten"}}},
        {"data": {"source": "digits", "features": {"password": "planted"}}},
    ],
)
def test_the_names_of_layers_and_columns_are_no_secrets(config):
    hide(config)
    assert without_secrets(config) == config
    assert redacted("GlobalAveragePooling1D planted") == "GlobalAveragePooling1D planted"


def test_a_number_may_be_a_password_and_a_switch_is_none():
    source = {"type": "x.y", "password": 12345678, "token": True, "secret": None, "api_key": ""}
    safe = without_secrets({"data": {"source": source}})
    assert safe["data"]["source"] == {**source, "password": REDACTED}


def test_a_redacted_config_is_refused_until_the_secret_is_stated():
    from kerascfg.config.check import check_keys

    found = check_keys({"data": {"source": {"type": "csv", "token": REDACTED}}})
    assert [problem.path for problem in found] == ["data.source.token"]
    assert "expected the secret itself" in found[0].message


def test_output_is_guarded_and_given_back(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    with guarded_output(["data.source.password=opensesame"]):
        print("it is opensesame", flush=True)
        sys.stdout.writelines(["open", "sesame\n"])
        assert not sys.stdout.isatty()
    assert sys.stdout is stream
    assert stream.getvalue() == f"it is {REDACTED}\n{REDACTED}\n"


@pytest.mark.parametrize("key", ["model.layers.attend.inputs.token", "data.features.token"])
def test_names_on_the_command_line_are_no_secrets(capsys, key):
    with guarded_output([f"{key}=embedded"]):
        print("embedded")
    assert capsys.readouterr().out == "embedded\n"


def test_what_a_run_writes_holds_no_secret(tmp_path, monkeypatch):
    monkeypatch.setenv("MY_TOKEN", 'to"ken-value')
    hide({"data": {"source": {"api_key": "given-by-config"}}})
    run = create_run(tmp_path)
    run.write_json("a.json", {"said": 'to"ken-value', "key": "given-by-config"})
    run.write_text("error.log", 'to"ken-value https://u:adress-password@x.org given-by-config')
    run.status("failed", 'no: to"ken-value')
    for file in tmp_path.rglob("*"):
        text = file.read_text()
        for part in ("ken-value", "given-by-config", "adress-password"):
            assert part not in text, (file, text)


PLANTED = {
    "HF_TOKEN": "planted-hf-token",
    "AWS_SECRET_ACCESS_KEY": "planted/aws+key",
    "PGPASSWORD": "planted-password",
    "PROXY": "http://me:planted-proxy@example.org",
}
PLUGIN = '''
import os
from kerascfg.data import Table, measured_specs
import numpy as np


def source(path: str, api_key: str, url: str, fail: bool = False) -> Table:
    """Return a table, and say all it knows."""
    print(path, api_key, url, *os.environ.values())
    if fail:
        raise RuntimeError(f"{api_key} {url} {os.environ['HF_TOKEN']}")
    x = np.arange(60, dtype="float32").reshape(30, 2)
    columns = {"x": x, "y": np.arange(30) % 2}
    return Table(columns, measured_specs(columns), fingerprint="1", notes=(api_key, url))
'''


@pytest.mark.slow
@pytest.mark.parametrize("fail", ["true", "false"])
def test_secrets_planted_everywhere_are_nowhere_in_a_run_or_its_output(tmp_path, fail):
    (tmp_path / "planted_plugin.py").write_text(PLUGIN)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "kerascfg", "train", "data.source.type=planted_plugin.source"),
            *("data.source.path=here", "data.source.api_key=planted-by-config", "model=tabular"),
            *("data.source.url='https://u:planted-in-address@example.org'", "data.target=y"),
            *(f"data.source.fail={fail}", "train.epochs=1", "hydra.run.dir=run", "export=[keras]"),
            "task=binary",
        ],
        cwd=tmp_path, capture_output=True, text=True,
        env={**os.environ, **PLANTED, "PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}",
             "KERASCFG_PLUGINS": "planted_plugin", "TF_CPP_MIN_LOG_LEVEL": "3"},
    )  # fmt: skip
    assert done.returncode == (1 if fail == "true" else 0), done.stdout + done.stderr
    assert REDACTED in done.stdout
    files = {file: file.read_bytes() for file in (tmp_path / "run").rglob("*") if file.is_file()}
    assert any(REDACTED.encode() in content for content in files.values())
    secrets = ["planted-by-config", "planted-in-address", "planted-proxy", *PLANTED.values()]
    for secret in secrets[:-1]:
        assert secret not in done.stdout + done.stderr
        assert not [file for file, content in files.items() if secret.encode() in content], secret
