"""`kerascfg show`: the graph of a config's model as a table, as data or as a picture."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from kerascfg.cli.running import run_subcommand

if TYPE_CHECKING:
    from kerascfg.model.summary import Row, Totals

_HELP = """\
Show the graph of a config's model: what each node is, what feeds it, what it gives and costs.

  kerascfg show                                 the default experiment
  kerascfg show model=resnet18 data=...         the arguments of train.py
  kerascfg show model=siamese --svg FILE.svg    a picture; no Graphviz is needed
  kerascfg show --json                          the table as data

The model is built without its pretrained weights; nothing is downloaded or trained. The data is
read where the model's inputs or sizes come from it.

FLOPs are those of one sample. Counted are matrix products and convolutions, a multiplication and
an addition as two; activations, normalisation, pooling and sums are left out, as papers do. They
are counted on the graph that TensorFlow would run, whatever the layer; a recurrent layer's steps
are counted each. "?" is what depends on a size that is not fixed. Memory is that of one sample's
outputs, node by node, in their dtypes. A model inside the model, such as a backbone, is one row.

Exit status: 0 shown; 1 the data cannot be read; 2 there are problems.
"""


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit status."""
    return run_subcommand(argv, _HELP, _show)


def _show(argv: list[str]) -> int:
    """Show the graph of one config's model."""
    from kerascfg.cli.output import read_output_flag, write_output

    rest, file = read_output_flag(argv, ("--svg",))
    rows, totals = _summary([argument for argument in rest if argument != "--json"])
    if file is not None:
        from kerascfg.model.picture import draw

        write_output(draw(rows), file, "--svg")
    elif "--json" in rest:
        _print_json(rows, totals)
    else:
        _print_table(rows, totals)
    return 0


def _summary(arguments: list[str]) -> tuple[list[Row], Totals]:
    """Compose, check and build one config's model.

    Raises:
        ConfigError: it has problems.
        RunError: the data cannot be read.
    """
    from kerascfg.cli.composing import build_composed, check_graph, compose_checked
    from kerascfg.model import without_pretrained
    from kerascfg.model.summary import summarize

    composed = compose_checked(arguments, check_graph)
    model = without_pretrained(composed.config["model"])
    return summarize(build_composed(composed, model))


def _print_json(rows: list[Row], totals: Totals) -> None:
    from dataclasses import asdict

    print(json.dumps({"nodes": [asdict(row) for row in rows], "totals": asdict(totals)}, indent=2))


def _print_table(rows: list[Row], totals: Totals) -> None:
    from kerascfg.model.table import notes, summary_table
    from kerascfg.screen import open_console

    console = open_console()
    console.print(summary_table(rows, totals, console.width))
    for note in notes(rows, totals):
        console.print(f"\n{note}", highlight=False)
