"""Data: a source yields a table; targets are encoded, rows divided, batches ordered by seed.

`check_data` looks at a config without reading the data, `open_data` reads it. A source of one's
own is a function that returns a `Table`.
"""

from kerascfg.data.check import (
    check_bucket,
    check_data,
    known_classes,
    known_columns,
    known_features,
    known_numbered,
    known_targets,
)
from kerascfg.data.dataset import Data
from kerascfg.data.describe import describe_data, facts_of
from kerascfg.data.facts import check_facts
from kerascfg.data.objects import as_table, with_table, without_table
from kerascfg.data.opening import open_data
from kerascfg.data.order import epoch_order, evaluation_order, training_order
from kerascfg.data.prepare import Augment, Prepare
from kerascfg.data.settings import DataSettings
from kerascfg.data.splitting import SplitSettings
from kerascfg.data.table import Table, TensorSpec, fingerprint_of, measured_specs

__all__ = [
    "Augment",
    "Data",
    "DataSettings",
    "Prepare",
    "SplitSettings",
    "Table",
    "TensorSpec",
    "as_table",
    "check_bucket",
    "check_data",
    "check_facts",
    "describe_data",
    "epoch_order",
    "evaluation_order",
    "facts_of",
    "fingerprint_of",
    "known_classes",
    "known_columns",
    "known_features",
    "known_numbered",
    "known_targets",
    "measured_specs",
    "open_data",
    "training_order",
    "with_table",
    "without_table",
]
