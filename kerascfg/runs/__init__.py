"""The runs room: a run's directory, what it ran on, its pictures, and the table over a sweep."""

from kerascfg.runs.atomic import DiskError, expect_space, replacing, write_text
from kerascfg.runs.compare import Difference, differences, differences_from_here
from kerascfg.runs.directory import (
    Run,
    create_run,
    create_sweep,
    default_directory,
    open_run,
    read_json,
)
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
from kerascfg.runs.reproduction import (
    Reproduction,
    compare_reproduction,
    expect_trained,
    take_choices,
)
from kerascfg.runs.resuming import begin_run, continue_run, essence, holds_run
from kerascfg.runs.space import expect_space_for_run
from kerascfg.runs.stopping import Stop, StoppedError, listening

__all__ = [
    "GRID",
    "INK",
    "MUTED",
    "Difference",
    "DiskError",
    "Job",
    "Reproduction",
    "Run",
    "Stop",
    "StoppedError",
    "begin_run",
    "compare_reproduction",
    "continue_run",
    "create_run",
    "create_sweep",
    "default_directory",
    "describe_environment",
    "differences",
    "differences_from_here",
    "ending",
    "essence",
    "exit_status_of",
    "expect_space",
    "expect_space_for_run",
    "expect_trained",
    "holds_run",
    "leaderboard_table",
    "listening",
    "lock_directory",
    "lower_is_better",
    "new_figure",
    "open_run",
    "plot_confusion",
    "plot_history",
    "read_jobs",
    "read_json",
    "replacing",
    "run_job",
    "save_figure",
    "shortened",
    "take_choices",
    "worst_status",
    "write_leaderboard",
    "write_text",
]
