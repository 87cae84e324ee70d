"""What two runs differ in: what they were told, what they ran on, what they gave."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kerascfg.damages import DAMAGES
from kerascfg.errors import RunError
from kerascfg.runs.directory import METRICS, Run, read_json
from kerascfg.runs.environment import describe_environment

ENVIRONMENT = "environment.json"
HISTORY = "history.csv"
SECTIONS = ("config", "code", "packages", "data", "devices", "metrics")
_SECTION_OF = {
    "git": "code",
    "versions": "packages",
    "packages": "packages",
    "data_fingerprint": "data",
}


@dataclass(frozen=True)
class Difference:
    """One thing in which two runs differ.

    Attributes:
        section: one of `SECTIONS`.
        key: its path within the section.
        first: the value of the first run, None where it has none.
        second: the value of the second run, likewise.
    """

    section: str
    key: str
    first: Any
    second: Any


def differences(first: Run, second: Run) -> list[Difference]:
    """Return in what two runs differ, section by section.

    The directories themselves, times and process ids are no differences. Of what a run did not
    come to write (it failed before), everything that the other has is one.

    Raises:
        RunError: a file of a run is damaged.
    """
    found = _differences("config", first.config(), second.config())
    found += _of_environments(_read(first, ENVIRONMENT), _read(second, ENVIRONMENT))
    found += _differences("metrics", _read(first, METRICS), _read(second, METRICS))
    return sorted(found, key=lambda each: SECTIONS.index(each.section))


def differences_from_here(run: Run) -> list[Difference]:
    """Return in what this machine differs from the one where a run was made.

    Of code, packages and machine; data and devices are known when a run has started.

    Raises:
        RunError: the run's `environment.json` is damaged.
    """
    here = describe_environment(None, None, ())
    for key in ("backend", "devices", "data_fingerprint"):
        del here[key]
    found = _of_environments(_read(run, ENVIRONMENT), here)
    return sorted(found, key=lambda each: SECTIONS.index(each.section))


def history_of(run: Run) -> list[dict[str, str]]:
    """Return the rows of `history.csv` as they are written, none where there is none.

    Raises:
        RunError: it is damaged.
    """
    file = run.path(HISTORY)
    try:
        text = file.read_text(encoding="utf-8")
        rows = list(csv.DictReader(io.StringIO(text), strict=True))
    except FileNotFoundError:
        return []
    except (*DAMAGES, csv.Error) as error:
        raise RunError(f"{file} cannot be read: {error}") from error
    if any(None in row or None in row.values() for row in rows):
        raise RunError(f"expected a table in {file}, its rows are not of one length")
    return rows


def first_difference_of_histories(first: Run, second: Run) -> str | None:
    """Say where two histories begin to differ, None where they are the same to the last digit.

    Raises:
        RunError: one is damaged.
    """
    one, two = history_of(first), history_of(second)
    for number, (row, other) in enumerate(zip(one, two, strict=False), start=1):
        for name in dict.fromkeys([*row, *other]):
            if row.get(name) != other.get(name):
                return f"{name} of epoch {number}: {row.get(name)} and {other.get(name)}"
    return None if len(one) == len(two) else f"{len(one)} and {len(two)} epochs"


def _of_environments(first: Mapping[str, Any], second: Mapping[str, Any]) -> list[Difference]:
    """Compare what both say; an older version of kerascfg says less, the seed is in the config."""
    both = [key for key in first if (key in second and key != "seed") or not second]
    both += [key for key in second if not first and key != "seed"]
    one, two = ({key: told[key] for key in both if key in told} for told in (first, second))
    return [Difference(_section(key), key, *values) for key, *values in _pairs(one, two)]


def _section(key: str) -> str:
    return _SECTION_OF.get(key.split(".")[0], "devices")


def _read(run: Run, name: str) -> dict[str, Any]:
    """Return a JSON file of a run, empty where the run did not come to write it."""
    file = run.path(name)
    read = read_json(file)
    if read is None and file.exists():
        raise RunError(f"expected a JSON object in {file}, it holds something else")
    return read or {}


def _differences(section: str, first: Any, second: Any) -> list[Difference]:
    return [Difference(section, *pair) for pair in _pairs(first, second)]


def _pairs(first: Any, second: Any) -> Iterator[tuple[str, Any, Any]]:
    """Yield the paths at which two trees differ, with both values."""
    one, two = dict(_leaves(first, "")), dict(_leaves(second, ""))
    for key in dict.fromkeys([*one, *two]):
        value, other = one.get(key), two.get(key)
        if value != other or type(value) is not type(other):
            yield key, value, other


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield the values of a tree with their paths; lists are values."""
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{key}" if path else str(key))
    else:
        yield path, value
