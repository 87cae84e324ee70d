"""`kerascfg reproduce`: run a run's config again, and compare bit for bit."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from kerascfg.cli.running import run_subcommand

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from kerascfg.runs import Difference, Reproduction, Run

_HELP = """\
Train a run's config again in a new directory, and compare history, metrics and weights bit for bit.

  kerascfg reproduce runs/digits_cnn/TIME            0 where all is equal, 1 where it is not
  kerascfg reproduce DIR --json                      {"equal": true, "reproduction": DIR, ...}
  kerascfg reproduce DIR --check                     what differs here from there, training nothing

Nothing is delivered. Where the results are not equal, what differs in code, packages, data and
devices is told. Runs with deterministic=true are equal on the same machine and packages; without
it TensorFlow may add in another order.

Exit status: 0 equal; 1 not, or the run failed; 2 wrong arguments, or a config that is wrong here.
"""


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit status."""
    return run_subcommand(argv, _HELP, _reproduce)


def _reproduce(argv: list[str]) -> int:
    """Repeat one run."""
    from kerascfg.checking import check
    from kerascfg.cli.diff import open_runs
    from kerascfg.errors import ConfigError
    from kerascfg.runs import expect_trained

    flags = {"--json", "--check"} & set(argv)
    (original,) = open_runs([argument for argument in argv if argument not in flags], 1)
    expect_trained(original)
    config = original.config()
    config |= {key: {} for key in ("export", "gate") if config.get(key)}
    if problems := check(config):
        raise ConfigError(problems)
    if "--check" in flags:
        return _look(original, as_json="--json" in flags)
    return _repeat(original, config, as_json="--json" in flags)


def _look(original: Run, *, as_json: bool) -> int:
    """Say what differs here from where the run was made, as far as that is known at once."""
    from kerascfg.runs import differences_from_here

    found = differences_from_here(original)
    if as_json:
        print(json.dumps({"environment": _plain(found)}, indent=2))
    else:
        _tell_environment(found, None)
    return 0


def _repeat(original: Run, config: dict[str, Any], *, as_json: bool) -> int:
    """Train again, compare, and say how that came out."""
    from dataclasses import asdict

    from rich.console import Console

    from kerascfg.interpreter import train
    from kerascfg.runs import (
        compare_reproduction,
        create_run,
        default_directory,
        run_job,
        take_choices,
    )
    from kerascfg.screen import open_console

    console = Console(stderr=True, width=120, highlight=False) if as_json else open_console()
    repeated = create_run(default_directory(str(config.get("name") or "run")))
    take_choices(original, repeated)
    if status := run_job(repeated, lambda: train(config, repeated, console)):
        return status
    compared = compare_reproduction(original, repeated)
    if as_json:
        told = {
            "equal": compared.equal,
            "run": str(original.directory),
            "reproduction": str(repeated.directory),
            **asdict(compared),
        }
        print(json.dumps(told, indent=2))
    else:
        _tell(compared, bool(config.get("deterministic")), console)
    return 0 if compared.equal else 1


def _tell(compared: Reproduction, deterministic: bool, console: Console) -> None:
    """Say what is equal, and of what is not where the reason may be."""
    from kerascfg.screen import say

    metrics = [f"{d.key}: {d.first} and {d.second}" for d in compared.metrics]
    for label, unequal in (
        ("history", [compared.history] if compared.history else []),
        ("metrics", metrics),
        ("weights", compared.weights),
    ):
        more = f" (and {len(unequal) - 3} more)" if len(unequal) > 3 else ""
        say(console, label, "; ".join(unequal[:3]) + more if unequal else "equal, bit for bit")
    if compared.equal:
        return
    _tell_environment(compared.environment, console)
    if not deterministic:
        say(console, "", "the run has deterministic=false: TensorFlow may add in another order")


def _tell_environment(found: Sequence[Difference], console: Console | None) -> None:
    from kerascfg.cli.diff import differences_table
    from kerascfg.screen import open_console

    console = console or open_console()
    if found:
        console.print(differences_table(found))
    else:
        console.print("code, packages, data and devices are the same")


def _plain(found: Sequence[Difference]) -> list[dict[str, Any]]:
    from dataclasses import asdict

    return [asdict(each) for each in found]
