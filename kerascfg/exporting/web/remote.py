"""An artefact of JavaScript, asked through a loopback server.

The program that runs it (a browser with a page, or Node) loads the harness of `files/` from this
server, and the artefact with it. Then it posts each answer, and the response is the next question:
no driver and no debugging protocol stand between, and every browser can do it.
"""

from __future__ import annotations

import atexit
import json
import os
import queue
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from kerascfg.errors import RunError
from kerascfg.exporting.delivery import Port
from kerascfg.exporting.web import FILES
from kerascfg.exporting.web.tensors import from_json, to_json

if TYPE_CHECKING:
    import numpy as np

ANSWER_SECONDS = 120
_TAIL = 2000
_LOOK_SECONDS = 0.2


class Remote:
    """An artefact that another program runs.

    Attributes:
        inputs: what it takes, by its own report.
        outputs: what it returns, likewise.
        batch: the number of samples in every call, or None where any number is fine.
        backend: what computes, in words.
        load_ms: how long the runtime and the model took to load.
    """

    def __init__(self, directory: Path, command: Callable[[str, Path], list[str]], program: str):
        """Start the server and the program, and wait until the artefact is open.

        Args:
            directory: the artefact, with `runtime.js`.
            command: makes the program's command of the server's address and an empty folder.
            program: its name, for messages.

        Raises:
            RunError: the program did not start, or the artefact does not open in it.
        """
        self._program = program
        with ExitStack() as opening:
            self._scratch = Path(tempfile.mkdtemp(prefix="kerascfg-"))
            opening.callback(shutil.rmtree, self._scratch, ignore_errors=True)
            self._server = _Server(directory)
            opening.callback(self._server.server_close)
            threading.Thread(target=self._server.serve_forever, daemon=True).start()
            opening.callback(self._server.shutdown)
            self._log = opening.enter_context((self._scratch / "log").open("w+b"))
            address = f"http://127.0.0.1:{self._server.server_port}/"
            self._process = self._started(command(address, self._scratch))
            opening.callback(self._end)
            opened = self._answer()
            self._opened = opening.pop_all()
        atexit.register(self.close)
        self.inputs, self.outputs = _ports(opened["inputs"]), _ports(opened["outputs"])
        self.batch = self.inputs[0].shape[0]
        self.backend = opened["backend"]
        self.load_ms = float(opened["load_ms"])

    def __call__(self, feeds: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Answer one batch of samples."""
        return from_json(self._ask({"feeds": to_json(feeds)}))

    def milliseconds(self, feeds: Mapping[str, np.ndarray], times: int) -> list[float]:
        """Time calls where they are made, so that what lies between here and there is not timed."""
        return self._ask({"feeds": to_json(feeds), "times": times})["milliseconds"]

    def close(self) -> None:
        """Stop the program and the server; nothing is left of them."""
        atexit.unregister(self.close)
        self._opened.close()

    def _started(self, command: list[str]) -> subprocess.Popen[bytes]:
        """Start the program.

        Raises:
            RunError: the system cannot.
        """
        try:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=subprocess.STDOUT,
                cwd=self._scratch,
                # The place of a browser's socket has room for about 100 letters: from here it is
                # short.
                env={**os.environ, "TMPDIR": "."},
            )
        except OSError as error:
            raise RunError(f"{self._program} does not start: {error}") from error

    def _end(self) -> None:
        """End the program, which is told first."""
        self._server.questions.put(None)
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        self._server.questions.put(question)
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        """Wait for an answer as long as the program lives.

        Raises:
            RunError: it died, was silent for too long, or answered with an error.
        """
        for _ in range(int(ANSWER_SECONDS / _LOOK_SECONDS)):
            try:
                answer = self._server.answers.get(timeout=_LOOK_SECONDS)
            except queue.Empty:
                if self._process.poll() is None:
                    continue
                status = self._process.returncode
                raise RunError(
                    f"{self._program} ended with status {status}{self._tail()}"
                ) from None
            if "error" in answer:
                raise RunError(f"{self._program}: {answer['error']}\n{answer['stack']}".strip())
            return answer["done"]
        raise RunError(f"{self._program} gave no answer in {ANSWER_SECONDS} s{self._tail()}")

    def _tail(self) -> str:
        self._log.seek(0)
        text = self._log.read().decode("utf-8", "replace").strip()
        return f"\n{text[-_TAIL:]}" if text else ""


class _Server(ThreadingHTTPServer):
    """Serves the harness, the artefact below `artefact/`, and the questions, on loopback alone."""

    daemon_threads = True

    def __init__(self, directory: Path):
        self.directory = directory
        self.questions: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self.answers: queue.Queue[dict[str, Any]] = queue.Queue()
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(SimpleHTTPRequestHandler):
    """Answers GET with files and POST with the next question."""

    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each question waits 40 ms for an acknowledgement
    extensions_map: ClassVar = {
        **SimpleHTTPRequestHandler.extensions_map,
        # Windows may know these by other names, and a browser runs no module of another type.
        **{".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm"},
    }

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, directory=str(FILES), **kwargs)

    def translate_path(self, path: str) -> str:
        """Return the file of a path; what is asked for below `/artefact/` is the artefact's."""
        self.directory, below = str(FILES), path
        if path.startswith("/artefact/"):
            self.directory, below = str(self.server.directory), path.removeprefix("/artefact")
        return super().translate_path(below)

    def end_headers(self) -> None:
        """Isolate the page, for which a browser's clock is exact to 5 microseconds."""
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def do_POST(self) -> None:
        """Take an answer and respond with the next question, once there is one."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.answers.put(json.loads(body))
        question = self.server.questions.get()
        content = json.dumps(question).encode() if question else b""
        self.send_response(200 if question else 204)
        if question:
            self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing of requests that are answered."""


def _ports(entries: list[dict[str, Any]]) -> tuple[Port, ...]:
    return tuple(
        Port(entry["name"], tuple(entry["shape"]), entry["dtype"])
        for entry in sorted(entries, key=lambda entry: entry["name"])
    )
