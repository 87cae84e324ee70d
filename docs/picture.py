"""Draw docs/run.svg, the README's picture of a real run: python docs/picture.py."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from kerascfg import load
from kerascfg.interpreter import train
from kerascfg.runs import create_run, ending


def main() -> None:
    """Train the default experiment for a while and save what it printed."""
    # Outside a terminal every epoch is a line; a live line would leave all its states behind.
    console = Console(record=True, width=116, force_terminal=False, file=StringIO())
    epochs = "train.epochs=8"
    console.print(f"[green]$[/green] [bold]python train.py {epochs}[/bold]", highlight=False)
    with TemporaryDirectory() as folder:
        run = create_run(Path(folder) / "runs" / "digits_cnn")
        with ending(run):
            train(load([epochs]), run, console)
        text = console.export_svg(title="kerascfg").replace(f"{folder}/", "")
    (Path(__file__).parent / "run.svg").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
