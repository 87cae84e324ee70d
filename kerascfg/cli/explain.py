"""`kerascfg explain`: where values come from, and what else a key could be."""

from __future__ import annotations

import sys

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
    argv = sys.argv[1:] if argv is None else argv
    if {"-h", "--help"} & set(argv):
        print(_HELP)
        return 0
    from kerascfg.cli.composing import compose_checked
    from kerascfg.config.explain import print_explanation
    from kerascfg.config.explain_key import split_key
    from kerascfg.errors import ConfigError, print_problems

    arguments = [argument for argument in argv if argument != "--json"]
    key, overrides = split_key(["--explain", *arguments])
    try:
        composed = compose_checked(overrides, lambda _: [])
    except ConfigError as error:
        print_problems(error.problems)
        return error.exit_status
    return print_explanation(composed, key, as_json="--json" in argv)
