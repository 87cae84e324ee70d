"""Draw docs/run.svg, the README's picture: a real run of the default experiment.

python docs/picture.py
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from kerascfg import load
from kerascfg.interpreter import train
from kerascfg.runs import create_run, ending


def main() -> None:
    """Train the default experiment on a console that records, and save what a user saw."""
    console = Console(record=True, width=96, force_terminal=True)
    with TemporaryDirectory() as folder:
        run = create_run(Path(folder) / "runs" / "digits_cnn")
        console.print("[green]$[/green] [bold]python train.py[/bold]", highlight=False)
        with ending(run):
            train(load(), run, console)
        text = console.export_svg(title="kerascfg")
        text = text.replace(folder + "/", "")
    (Path(__file__).parent / "run.svg").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
