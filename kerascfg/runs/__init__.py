"""The runs room: a run's directory, what it ran on, its pictures, and the table over a sweep."""

from kerascfg.runs.atomic import expect_space, replacing, write_text
from kerascfg.runs.directory import Run, create_run, create_sweep, default_directory, open_run
from kerascfg.runs.ending import ending, exit_status_of, run_job
from kerascfg.runs.environment import describe_environment
from kerascfg.runs.figures import GRID, INK, MUTED, new_figure, save_figure, shortened
from kerascfg.runs.leaderboard import (
    Job,
    leaderboard_table,
    lower_is_better,
    read_jobs,
    worst_status,
    write_leaderboard,
)
from kerascfg.runs.lock import lock_directory
from kerascfg.runs.plots import plot_confusion, plot_history

__all__ = [
    "GRID",
    "INK",
    "MUTED",
    "Job",
    "Run",
    "create_run",
    "create_sweep",
    "default_directory",
    "describe_environment",
    "ending",
    "exit_status_of",
    "expect_space",
    "leaderboard_table",
    "lock_directory",
    "lower_is_better",
    "new_figure",
    "open_run",
    "plot_confusion",
    "plot_history",
    "read_jobs",
    "replacing",
    "run_job",
    "save_figure",
    "shortened",
    "worst_status",
    "write_leaderboard",
    "write_text",
]
