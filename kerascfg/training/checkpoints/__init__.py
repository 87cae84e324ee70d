"""Exact checkpoints: a training's state, saved while it goes on, and given back bit for bit."""

from kerascfg.training.checkpoints.keeper import Keeper, open_keeper, unsaved_keeper
from kerascfg.training.checkpoints.settings import CheckpointSettings, read_checkpoint
from kerascfg.training.checkpoints.state import Position, State, Training
from kerascfg.training.checkpoints.variables import make_variables

__all__ = [
    "CheckpointSettings",
    "Keeper",
    "Position",
    "State",
    "Training",
    "make_variables",
    "open_keeper",
    "read_checkpoint",
    "unsaved_keeper",
]
