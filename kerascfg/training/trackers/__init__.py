"""Trackers, one file each: they send a run's history elsewhere."""

from kerascfg.training.trackers.csv import csv as csv
from kerascfg.training.trackers.tensorboard import tensorboard as tensorboard
