"""The table over a sweep: a row for each job, the best first, also as `leaderboard.csv`."""

from __future__ import annotations

import csv
import io
import re
import shlex
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from kerascfg.damages import DAMAGES
from kerascfg.errors import RunError, did_you_mean
from kerascfg.runs.atomic import write_text
from kerascfg.runs.directory import METRICS, STATUS, read_json

if TYPE_CHECKING:
    from rich.table import Table

FILE = "leaderboard.csv"
OVERRIDES = Path(".hydra") / "overrides.yaml"
SPLITS = ("test", "validation", "train")

_LOWER_IS_BETTER = {
    *("loss", "error", "mae", "mse", "rmse", "mape", "msle", "hinge", "crossentropy", "entropy"),
    *("divergence", "kld", "kl", "poisson", "logcosh", "cosh", "perplexity", "wer", "cer"),
    *("false", "seconds", "latency"),
}
_SEVERITY = {0: 0, 3: 1, 1: 2, 2: 3}  # a missed gate is milder than a run that failed


@dataclass(frozen=True)
class Job:
    """One job of a sweep, as its directory tells.

    Attributes:
        name: its directory, relative to the sweep's.
        overrides: what was said on its command line, `key=value` each.
        state: `running`, `finished`, `failed` or `stopped`; `unknown` without a status.
        message: why, for a job that did not finish.
        metrics: `SPLIT.NAME` -> value; what is not finite is left out.
        seconds: how long it took, None where it did not end.
        exit_status: the exit status that the job gave, None where it gave none.
    """

    name: str
    overrides: tuple[str, ...]
    state: str
    message: str
    metrics: dict[str, float]
    seconds: float | None = None
    exit_status: int | None = None


def read_jobs(sweep_directory: Path) -> list[Job]:
    """Read all jobs of a sweep in the order of their numbers, however they ended."""
    found = (_read_job(path, sweep_directory) for path in _job_directories(sweep_directory))
    return sorted(found, key=lambda job: _natural(job.name))


def write_leaderboard(sweep_directory: Path, metric: str | None = None) -> list[Job]:
    """Write `leaderboard.csv` of a sweep and return its rows, the best first.

    Args:
        sweep_directory: holds the jobs' run directories.
        metric: what to sort by: `test.accuracy`, or `accuracy` or `val_accuracy` for the
            validation's. Left out, the first metric of the validation split that is no loss.

    Raises:
        RunError: no job has that metric, though there are others. The file is written, in the
            jobs' order.
    """
    jobs = read_jobs(sweep_directory)
    try:
        jobs = sort_jobs(jobs, metric)
    finally:
        write_text(sweep_directory / FILE, _as_csv(jobs))
    return jobs


def sort_jobs(jobs: Sequence[Job], metric: str | None = None) -> list[Job]:
    """Return the jobs, the best first; those without the metric come last, in their order."""
    chosen = choose_metric(jobs, metric)
    if chosen is None:
        return list(jobs)
    sign = 1 if lower_is_better(chosen) else -1
    return sorted(
        jobs,
        key=lambda job: (chosen not in job.metrics, sign * job.metrics.get(chosen, 0.0)),
    )


def choose_metric(jobs: Sequence[Job], metric: str | None = None) -> str | None:
    """Return the full name of the metric to sort by, None where no job has any metric.

    Raises:
        RunError: no job has that metric, though there are others.
    """
    names = _metric_names(jobs)
    if metric is None:
        first = [name for split in ("validation", "test") for name in names if _in(name, split)]
        return next((name for name in first if not name.endswith(".loss")), next(iter(first), None))
    bare = metric.removeprefix("val_")
    for name in (metric, f"validation.{bare}", f"test.{bare}"):
        if name in names:
            return name
    if not names:
        return None
    known = names if "." in metric else [name.partition(".")[2] for name in names]
    meant = did_you_mean(metric, known)
    hint = f"; did you mean `{meant}`?" if meant else ""
    raise RunError(f"expected a metric of {', '.join(names)}. Received: metric={metric}{hint}")


def lower_is_better(metric: str) -> bool:
    """Say by a metric's name whether less is better, as for a loss or an error."""
    words = set(re.findall(r"[a-z]+", metric.lower()))
    return bool(words & _LOWER_IS_BETTER) or any(word.endswith("loss") for word in words)


def worst_status(jobs: Iterable[Job]) -> int:
    """Return the exit status of a sweep: 0 when all jobs finished, else the worst of theirs."""
    statuses = [_status_of(job) for job in jobs]
    return max(statuses, key=lambda status: (_SEVERITY.get(status, 9), status), default=1)


def leaderboard_table(jobs: Sequence[Job], metric: str | None = None) -> Table:
    """Return the jobs as a table for the terminal; it shows the overrides in which they differ."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    chosen = choose_metric(jobs, metric)
    jobs = sort_jobs(jobs, metric)
    names = _shown_metrics(jobs, chosen)
    shared = set.intersection(*(set(job.overrides) for job in jobs)) if len(jobs) > 1 else set()
    title = f"{len(jobs)} job" if len(jobs) == 1 else f"{len(jobs)} jobs"
    if chosen is not None:
        title += f" by {chosen}, {'lowest' if lower_is_better(chosen) else 'highest'} first"
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("job", no_wrap=True)
    table.add_column("overrides", overflow="fold", min_width=16)
    table.add_column("state", no_wrap=True)
    for name in names:
        head, style = name.replace(".", "\n", 1), "bold" if name == chosen else None
        table.add_column(head, justify="right", style=style, no_wrap=True)
    table.add_column("seconds", justify="right", no_wrap=True)
    colours = {"finished": "green", "failed": "red", "stopped": "yellow"}
    for job in jobs:
        table.add_row(
            Text(job.name),
            Text(" ".join(word for word in job.overrides if word not in shared)),
            Text(job.state, style=colours.get(job.state, "magenta")),
            *(f"{job.metrics[name]:.4g}" if name in job.metrics else "" for name in names),
            "" if job.seconds is None else f"{job.seconds:.1f}",
        )
    return table


def _shown_metrics(jobs: Sequence[Job], chosen: str | None) -> list[str]:
    """The metric that sorts, then the test's: three at most, so that they fit a line."""
    names = [name for name in _metric_names(jobs) if _in(name, "test") or _in(name, "validation")]
    return [name for name in dict.fromkeys([chosen, *names]) if name][:3]


def _job_directories(directory: Path) -> Iterator[Path]:
    """Find the jobs' directories; a subdirectory's name may have several parts."""
    for path in directory.iterdir():
        if not path.is_dir() or path.name.startswith("."):
            continue
        if (path / STATUS).is_file() or (path / OVERRIDES).is_file():
            yield path
        else:
            yield from _job_directories(path)


def _read_job(path: Path, sweep_directory: Path) -> Job:
    status = read_json(path / STATUS) or {}
    state, message = status.get("state"), status.get("message")
    metrics = read_json(path / METRICS) or {}
    exit_status = status.get("exit_status")
    return Job(
        name=path.relative_to(sweep_directory).as_posix(),
        overrides=_read_overrides(path / OVERRIDES),
        state=state if isinstance(state, str) else "unknown",
        message=str(message or "") if status else f"no {STATUS}: it never came to start",
        metrics={
            f"{split}.{name}": float(value)
            for split in SPLITS
            for name, value in _mapping(metrics.get(split)).items()
            if isinstance(value, int | float) and abs(value) <= sys.float_info.max
        },
        seconds=_seconds(status),
        exit_status=exit_status if isinstance(exit_status, int) else None,
    )


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _read_overrides(file: Path) -> tuple[str, ...]:
    try:
        read = yaml.safe_load(file.read_text(encoding="utf-8"))
    except DAMAGES:
        return ()
    return tuple(str(item) for item in read) if isinstance(read, list) else ()


def _seconds(status: dict[str, Any]) -> float | None:
    """Return how long a run took; None where it did not end, or its times are no times."""
    try:
        took = datetime.fromisoformat(status["ended"]) - datetime.fromisoformat(status["started"])
    except (KeyError, TypeError, ValueError):
        return None
    return round(took.total_seconds(), 3)


def _status_of(job: Job) -> int:
    if job.exit_status is not None:
        return job.exit_status
    return 0 if job.state == "finished" else 1


def _metric_names(jobs: Iterable[Job]) -> list[str]:
    """All metrics of all jobs, the test's first, each split in the order of its file."""
    names = dict.fromkeys(name for job in jobs for name in job.metrics)
    return sorted(names, key=lambda name: SPLITS.index(name.partition(".")[0]))


def _in(name: str, split: str) -> bool:
    return name.startswith(f"{split}.")


def _natural(name: str) -> list[tuple[int, int, str]]:
    """Sort key in which 10 comes after 9."""
    parts = re.split(r"(\d+)", name)
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts]


def _as_csv(jobs: Sequence[Job]) -> str:
    names = _metric_names(jobs)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["job", "overrides", "state", *names, "seconds", "message"])
    for job in jobs:
        values = [job.metrics.get(name, "") for name in names]
        seconds = "" if job.seconds is None else job.seconds
        writer.writerow(
            [job.name, shlex.join(job.overrides), job.state, *values, seconds, job.message]
        )
    return text.getvalue()
