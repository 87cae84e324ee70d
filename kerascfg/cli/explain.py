"""`kerascfg explain`: where values come from, and what else a key could be."""

from __future__ import annotations

from kerascfg.cli.running import run_subcommand

_HELP = """\
Say of a key what it is, which file or argument says so, what that replaced, and what else it could
be. Without a key: every value of the config and where it comes from.

  kerascfg explain model.layers.conv1.filters         the arguments of train.py may follow
  kerascfg explain optimizer.learning_rate optimizer=sgd
  kerascfg explain optimizer                          the choices of a group
  kerascfg explain model.layers.conv1.type --json     every name that it could be

python train.py --explain [KEY] is the same. Exit status: 0 explained; 2 there is no such key.
"""


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit status."""
    return run_subcommand(argv, _HELP, _explain)


def _explain(argv: list[str]) -> int:
    """Explain one key, or all."""
    from kerascfg.cli.composing import compose_checked
    from kerascfg.config.explain import print_explanation
    from kerascfg.config.explain_key import split_key

    arguments = [argument for argument in argv if argument != "--json"]
    key, overrides = split_key(["--explain", *arguments])
    composed = compose_checked(overrides, lambda _: [])
    return print_explanation(composed, key, as_json="--json" in argv)
