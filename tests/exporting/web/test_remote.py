import os
import shutil
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from kerascfg.errors import RunError
from kerascfg.exporting.target import Refused
from kerascfg.exporting.web.chromium import find_chromium, headless
from kerascfg.exporting.web.node import in_node
from kerascfg.exporting.web.remote import Remote

needs_node = pytest.mark.skipif(not shutil.which("node"), reason="there is no Node.js on PATH")

RUNTIME = """
export async function open(base) {
  const factor = Number(await (await fetch(new URL("factor.txt", base))).text());
  return {
    backend: "by hand",
    inputs: [{ name: "x", dtype: "float32", shape: [null, 2] }],
    outputs: [{ name: "y", dtype: "float32", shape: [null, 2] }],
    run: async ({ x }) => {
      if (x.shape[0] > 3) throw new Error("too many samples");
      return { y: { data: x.data.map((value) => factor * value), shape: x.shape } };
    },
  };
}
"""


def opened(folder, runtime=RUNTIME):
    (folder / "runtime.js").write_text(runtime, encoding="utf-8")
    (folder / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    (folder / "factor.txt").write_text("3", encoding="utf-8")
    return Remote(
        folder, lambda address, _: in_node("node", folder / "runtime.js", address), "Node.js"
    )


@needs_node
def test_what_another_program_answers_is_returned(tmp_path):
    artefact = opened(tmp_path)
    answer = artefact({"x": np.array([[1, 2], [np.nan, 4]], "float32")})
    times = artefact.milliseconds({"x": np.ones((1, 2), "float32")}, 7)
    artefact.close()
    np.testing.assert_array_equal(answer["y"], np.array([[3, 6], [np.nan, 12]], "float32"))
    assert artefact.batch is None
    assert artefact.inputs[0].shape == (None, 2)
    assert len(times) == 7


@needs_node
def test_an_error_there_is_an_error_here_and_the_next_question_is_answered(tmp_path):
    artefact = opened(tmp_path)
    with pytest.raises(RunError, match=r"Node\.js: too many samples"):
        artefact({"x": np.ones((4, 2), "float32")})
    assert artefact({"x": np.ones((1, 2), "float32")})["y"].tolist() == [[3, 3]]
    artefact.close()


@needs_node
def test_a_runtime_that_does_not_open_is_said_with_its_reason(tmp_path):
    with pytest.raises(RunError, match="the model is damaged"):
        opened(
            tmp_path, 'export async function open() { throw new Error("the model is damaged"); }'
        )


def test_a_program_that_dies_is_told_with_its_last_words(tmp_path):
    words = "import sys; print('no room left'); sys.exit(3)"
    with pytest.raises(RunError, match=r"The browser ended with status 3\s+no room left"):
        Remote(tmp_path, lambda *_: [sys.executable, "-c", words], "The browser")


def test_a_program_that_does_not_start_leaves_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = set(threading.enumerate())
    with pytest.raises(RunError, match=r"The browser does not start: .*no_such_program"):
        Remote(tmp_path, lambda *_: [str(tmp_path / "no_such_program")], "The browser")
    assert list(tmp_path.iterdir()) == []
    assert set(threading.enumerate()) == before


@needs_node
@pytest.mark.skipif(sys.platform == "win32", reason="asks the system for a process by its id")
def test_the_program_ends_when_the_one_that_asks_is_killed(tmp_path):
    code = """
import os, sys
from pathlib import Path
from tests.exporting.web.test_remote import opened
print(opened(Path(sys.argv[1]))._process.pid, flush=True)
os._exit(1)
"""
    asked = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False
    )
    node = int(asked.stdout)
    for _ in range(100):
        try:
            os.kill(node, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    pytest.fail("the program is still there")


def chromium() -> str | None:
    try:
        return find_chromium()
    except Refused:
        return None


@pytest.mark.slow
@pytest.mark.skipif(not chromium(), reason="there is no Chromium")
def test_a_browser_opens_where_the_path_is_longer_than_a_socket_s_may_be(tmp_path, monkeypatch):
    deep = tmp_path / ("a" * 60) / ("b" * 60)
    deep.mkdir(parents=True)
    monkeypatch.setattr("tempfile.tempdir", str(deep))
    monkeypatch.setenv("TMPDIR", str(deep))
    (tmp_path / "runtime.js").write_text(RUNTIME, encoding="utf-8")
    (tmp_path / "factor.txt").write_text("3", encoding="utf-8")
    artefact = Remote(
        tmp_path,
        lambda address, scratch: headless(
            chromium() or "", scratch / "profile", f"{address}harness.html"
        ),
        "Chromium",
    )
    assert artefact({"x": np.ones((1, 2), "float32")})["y"].tolist() == [[3, 3]]
    artefact.close()
    assert not list(deep.iterdir())
