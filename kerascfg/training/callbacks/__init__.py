"""Callbacks of our own, named in `callbacks` like those of Keras."""

from kerascfg.training.callbacks.best_checkpoint import BestCheckpoint as BestCheckpoint
from kerascfg.training.callbacks.profile import Profile as Profile
