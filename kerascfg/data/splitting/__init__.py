"""Divide the rows of a table: by row, group, time, a column or files; stable, or in folds."""

from kerascfg.data.splitting.divide import across_borders, divide_rows
from kerascfg.data.splitting.draw import Facts, split_rows
from kerascfg.data.splitting.leaks import refuse_unknown_classes, shared_rows, unlearned_labels
from kerascfg.data.splitting.settings import SPLITS, SplitSettings, check_spans, check_split

__all__ = [
    "SPLITS",
    "Facts",
    "SplitSettings",
    "across_borders",
    "check_spans",
    "check_split",
    "divide_rows",
    "refuse_unknown_classes",
    "shared_rows",
    "split_rows",
    "unlearned_labels",
]
