"""TFRecord files written as their users write them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import tensorflow as tf


def example(features: Mapping[str, Any]) -> bytes:
    """Serialize lists, texts, bytes and numbers by their type."""
    return tf.train.Example(
        features=tf.train.Features(feature={k: _feature(v) for k, v in features.items()})
    ).SerializeToString()


def _feature(value: Any) -> tf.train.Feature:
    values = list(value) if isinstance(value, list | tuple) else [value]
    if any(isinstance(each, str | bytes) for each in values):
        content = [each.encode() if isinstance(each, str) else each for each in values]
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=content))
    if any(isinstance(each, float) for each in values):
        return tf.train.Feature(float_list=tf.train.FloatList(value=values))
    return tf.train.Feature(int64_list=tf.train.Int64List(value=values))


def write_records(file: Path, records: Iterable[bytes | Mapping[str, Any]]) -> Path:
    with tf.io.TFRecordWriter(str(file)) as writer:
        for record in records:
            writer.write(record if isinstance(record, bytes) else example(record))
    return file
