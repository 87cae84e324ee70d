"""A client of the real yaml-language-server, over standard input and output."""

from __future__ import annotations

import json
import queue
import subprocess
import threading
from pathlib import Path
from typing import Any

TIMEOUT = 60
_SETTINGS = {
    "yaml": {
        "validate": True,
        "completion": True,
        "hover": True,
        "schemaStore": {"enable": False},
        "kubernetesCRDStore": {"enable": False},
    }
}


class LanguageServer:
    """The server, started in a process; use it in a `with` block.

    Its answers to requests and the diagnostics that it sends unasked come on one stream.
    """

    def __init__(self, program: Path, root: Path):
        self.root = root
        self._process = subprocess.Popen(
            ["node", str(program), "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._messages: queue.Queue[dict[str, Any]] = queue.Queue()
        self._count = 0
        threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self) -> LanguageServer:
        capabilities = {
            "textDocument": {
                "publishDiagnostics": {},
                "completion": {"completionItem": {"documentationFormat": ["markdown"]}},
                "hover": {"contentFormat": ["markdown"]},
            },
            "workspace": {"configuration": True},
        }
        self._ask("initialize", processId=None, rootUri=self.root.as_uri(),
                  capabilities=capabilities)  # fmt: skip
        self._tell("initialized")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()

    def diagnostics(self, file: Path, text: str) -> list[dict[str, Any]]:
        """Open a file with a text; return what is underlined."""
        uri = self._open(file, text)
        while True:
            message = self._next()
            published = message.get("method") == "textDocument/publishDiagnostics"
            if published and message["params"]["uri"] == uri:
                return message["params"]["diagnostics"]

    def completions(self, file: Path, text: str) -> dict[str, str]:
        """Return what is offered at the `|` in a text: label -> documentation."""
        answer = self._at(file, text, "textDocument/completion")
        items = answer["items"] if isinstance(answer, dict) else answer
        return {item["label"]: _plain(item.get("documentation")) for item in items}

    def hover(self, file: Path, text: str) -> str:
        """Return what is shown at the `|` in a text."""
        answer = self._at(file, text, "textDocument/hover")
        return _plain(answer["contents"]) if answer else ""

    def _at(self, file: Path, text: str, method: str) -> Any:
        before = text[: text.index("|")]
        line = before.count("\n")
        position = {"line": line, "character": len(before.rsplit("\n", 1)[-1])}
        uri = self._open(file, text.replace("|", "", 1))
        return self._ask(method, textDocument={"uri": uri}, position=position)

    def _open(self, file: Path, text: str) -> str:
        """Open a text as a new file beside `file`, so that no answer is about an earlier text."""
        self._count += 1
        uri = file.with_name(f"{file.stem}_{self._count}.yaml").as_uri()
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self._tell("textDocument/didOpen", textDocument=document)
        return uri

    def _tell(self, method: str, **params: Any) -> None:
        self._send({"method": method, "params": params})

    def _ask(self, method: str, **params: Any) -> Any:
        self._count += 1
        number = self._count
        self._send({"id": number, "method": method, "params": params})
        while True:
            message = self._next()
            if message.get("id") == number and "method" not in message:
                assert "error" not in message, message
                return message["result"]

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self._process.stdin.flush()

    def _next(self) -> dict[str, Any]:
        """Return the next message, having answered what the server itself asks."""
        while True:
            message = self._messages.get(timeout=TIMEOUT)
            if "id" in message and "method" in message:
                items = message["params"].get("items", [])
                result = [_SETTINGS.get(item.get("section")) for item in items]
                asked = message["method"] == "workspace/configuration"
                self._send({"id": message["id"], "result": result if asked else None})
            else:
                return message

    def _read(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        while header := stream.readline():
            if header.lower().startswith(b"content-length:"):
                size = int(header.split(b":")[1])
                while stream.readline().strip():
                    pass
                self._messages.put(json.loads(stream.read(size)))


def _plain(documentation: Any) -> str:
    return documentation["value"] if isinstance(documentation, dict) else documentation or ""
