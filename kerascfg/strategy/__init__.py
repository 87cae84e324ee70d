"""Strategies, one file each: `strategy=NAME`, or `strategy: {type: NAME, ...}`."""

from kerascfg.strategy.auto import auto as auto
from kerascfg.strategy.cpu import cpu as cpu
from kerascfg.strategy.data_parallel import data_parallel as data_parallel
from kerascfg.strategy.gpu import gpu as gpu
from kerascfg.strategy.mirrored import mirrored as mirrored
from kerascfg.strategy.model_parallel import model_parallel as model_parallel
from kerascfg.strategy.multi_worker import multi_worker as multi_worker
from kerascfg.strategy.tpu import tpu as tpu
