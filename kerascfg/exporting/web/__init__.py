"""Artefacts of JavaScript: the page that is delivered with them, and how they are run here.

| module | does |
|---|---|
| `page` | the files of the page that lie beside an artefact, and what they say about the model |
| `chromium`, `node` | the commands that start the two runtimes |
| `remote` | asks an artefact that another program runs, through a loopback server |
| `tensors` | named arrays as JSON |
| `files/` | the JavaScript and HTML, of the page and of the harness that `remote` asks |
"""

from pathlib import Path

FILES = Path(__file__).parent / "files"
