"""The `kerascfg` command; one small file for each subcommand."""

from __future__ import annotations

import sys

COMMANDS = {
    "train": "train, evaluate, export and report what a config describes",
    "export": "deliver from a finished run",
    "serve": "put a delivery behind TensorFlow Serving's APIs, for development and tests",
    "from-keras": "write the YAML of a Keras model that exists",
    "to-python": "print the plain Keras code of a config's model",
    "check": "say what is wrong with a config, starting nothing",
    "schema": "write JSON Schemas, by which editors complete and underline conf/",
    "upgrade": "bring older configs to this version of the language, showing the changes",
    "data": "look at a config's data: what is in it, and pictures of samples",
    "show": "print a model's graph as a table, or draw it",
    "diff": "say what two runs differ in",
    "reproduce": "train a run's config again and compare, bit for bit",
    "explain": "say where values come from, and what else they could be",
    "doctor": "say which targets and strategies work here, and what fixes the others",
    "trust": "allow the plugins that this folder's pyproject.toml lists",
}


def main(argv: list[str] | None = None) -> int:
    """Run a subcommand; return its exit status."""
    argv = sys.argv[1:] if argv is None else argv
    name, *rest = argv or ["--help"]
    if name == "--version":
        print_version()
        return 0
    if name in ("-h", "--help"):
        _print_help()
        return 0
    if name not in COMMANDS:
        from kerascfg.errors import print_problems, unknown_key

        print_problems([unknown_key("", name, COMMANDS, "a command")])
        return 2
    from importlib import import_module

    return import_module(f"kerascfg.cli.{name.replace('-', '_')}").main(rest)


def print_version() -> None:
    """Print the package's version."""
    from kerascfg._version import __version__

    print(f"kerascfg {__version__}")


def _print_help() -> None:
    print("kerascfg: YAML files describe a Keras model; this builds, trains and delivers it.\n")
    for name, text in COMMANDS.items():
        print(f"  kerascfg {name:<10} {text}")
    print("\nEach command has --help. Example: kerascfg train optimizer=sgd train.epochs=5")
