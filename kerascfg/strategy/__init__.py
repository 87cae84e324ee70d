"""Strategies, one file each: `strategy=NAME`, or `strategy: {type: NAME, ...}`."""

from kerascfg.strategy.auto import auto as auto
from kerascfg.strategy.cpu import cpu as cpu
from kerascfg.strategy.gpu import gpu as gpu
from kerascfg.strategy.mirrored import mirrored as mirrored
