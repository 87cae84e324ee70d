"""`tf.train.Example`: what a config says of its features, and parsing many at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from kerascfg.data.table import TensorSpec
from kerascfg.errors import Problem, override
from kerascfg.naming import read_settings

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class ExampleFeature:
    """One feature of the examples in a file, as in `image: {shape: [28, 28, 1], decode: image}`.

    Attributes:
        shape: its shape without the batch; `[null, ...]` differs in length from row to row.
        dtype: what it becomes. Whole numbers are stored as int64 and cast.
        decode: how its bytes become numbers: `image` (PNG, JPEG, BMP, GIF), resized to `shape`
            where it differs, or `raw` (`array.tobytes()`, little-endian); null where they are
            stored as numbers or are texts.
    """

    shape: list[int | None] = field(default_factory=list)
    dtype: Literal["float32", "int32", "int64", "uint8", "bool", "string"] = "float32"
    decode: Literal["image", "raw"] | None = None

    @property
    def spec(self) -> TensorSpec:
        """Return the spec of a sample."""
        return TensorSpec(tuple(self.shape), self.dtype)

    @property
    def is_ragged(self) -> bool:
        """Tell whether the length differs from row to row."""
        return None in self.shape

    @property
    def is_scalar(self) -> bool:
        """Tell whether it is one number or text a row."""
        return not self.shape and self.decode is None


def read_features(given: Any, path: str) -> tuple[dict[str, ExampleFeature], list[Problem]]:
    """Read the argument `features` of a source.

    Args:
        given: name -> `{shape, dtype, decode}`.
        path: where it stands in the config.

    Returns:
        The features that are right, and all problems.
    """
    if not isinstance(given, Mapping) or not given:
        message = f"expected the features of a record, name: {{shape, dtype}}. Received: {given!r}"
        fix = override(path, {"image": {"shape": [28, 28, 1], "decode": "image"}})
        return {}, [Problem(path, message, fix=fix)]
    features, problems = {}, []
    for name, said in given.items():
        feature, found = read_settings(ExampleFeature, said, f"{path}.{name}")
        if feature is not None:
            found = _check(feature, f"{path}.{name}")
        if feature is not None and not found:
            features[name] = feature
        problems += found
    return features, problems


def _check(feature: ExampleFeature, path: str) -> list[Problem]:
    shape, at = feature.shape, f"{path}.shape"
    fixed = shape[1:] if feature.decode is None else shape
    if any(side is None for side in fixed):
        where = "first" if feature.decode is None else "no"
        return [Problem(at, f"expected null in {where} place at most. Received: {shape}")]
    if any(side is not None and side < 1 for side in shape):
        return [Problem(at, f"expected sides of 1 or more. Received: {shape}")]
    if feature.decode == "image" and (len(shape) != 3 or shape[2] not in (1, 3, 4)):
        said = f"expected height, width and 1, 3 or 4 channels of an image. Received: {shape}"
        return [Problem(at, said, fix=override(at, [96, 96, 3]))]
    wanted = {"image": ("float32", "uint8"), "raw": ("float32", "int32", "int64", "uint8")}
    if feature.decode and feature.dtype not in wanted[feature.decode]:
        expected = ", ".join(wanted[feature.decode])
        said = f"expected one of {expected} where bytes are decoded. Received: {feature.dtype}"
        return [Problem(f"{path}.dtype", said, fix=override(f"{path}.dtype", "uint8"))]
    return []


def parse(records: Any, features: Mapping[str, ExampleFeature]) -> dict[str, Any]:
    """Parse serialized examples; images stay encoded.

    Args:
        records: string tensor or array `(batch,)`.
        features: what to take of each.

    Returns:
        name -> tensor `(batch, ...)`, ragged where the feature is.

    Raises:
        tf.errors.InvalidArgumentError: an example lacks a feature, or it is of another kind or
            size.
    """
    import tensorflow as tf

    specs = {name: _stored(feature) for name, feature in features.items()}
    parsed = tf.io.parse_example(records, specs)
    return {name: _as_said(parsed[name], feature) for name, feature in features.items()}


def _stored(feature: ExampleFeature) -> Any:
    import tensorflow as tf

    if feature.decode:
        return tf.io.FixedLenFeature([], tf.string)
    dtype = {"string": tf.string, "float32": tf.float32}.get(feature.dtype, tf.int64)
    if feature.is_ragged:
        inner = [tf.io.RaggedFeature.UniformRowLength(side or 0) for side in feature.shape[1:]]
        return tf.io.RaggedFeature(dtype, partitions=tuple(inner))
    return tf.io.FixedLenFeature(feature.shape, dtype)


def _as_said(tensor: Any, feature: ExampleFeature) -> Any:
    import tensorflow as tf

    if feature.decode == "raw":
        flat = tf.io.decode_raw(tensor, feature.dtype)
        return tf.reshape(flat, [tf.shape(tensor)[0], *feature.shape])
    if feature.decode == "image" or feature.dtype == "string":
        return tensor
    return tf.cast(tensor, feature.dtype)


def as_rows(tensor: Any) -> np.ndarray:
    """Return a parsed tensor as an array, of arrays where it is ragged."""
    import numpy as np
    import tensorflow as tf

    if not isinstance(tensor, tf.RaggedTensor):
        return tensor.numpy()
    values, ends = tensor.values.numpy(), tensor.row_splits.numpy()
    rows = np.empty(len(ends) - 1, object)
    for row in range(len(rows)):
        rows[row] = values[ends[row] : ends[row + 1]]
    return rows


def image_decoder(features: Mapping[str, ExampleFeature]) -> Any:
    """Return a `Table.load` that decodes the images among features, or None if there is none."""
    images = {name: each for name, each in features.items() if each.decode == "image"}
    if not images:
        return None

    def load(row: dict[str, Any]) -> dict[str, Any]:
        return {**row, **{name: _pixels(row[name], each) for name, each in images.items()}}

    return load


def _pixels(content: Any, feature: ExampleFeature) -> Any:
    import tensorflow as tf

    height, width, channels = feature.shape
    pixels = tf.io.decode_image(content, channels=channels, expand_animations=False)

    def resized() -> Any:
        exact = tf.image.resize(pixels, [height, width], antialias=True)
        return tf.saturate_cast(tf.round(exact), tf.uint8) if feature.dtype == "uint8" else exact

    fits = tf.reduce_all(tf.shape(pixels)[:2] == [height, width])
    pixels = tf.cond(fits, lambda: tf.cast(pixels, feature.dtype), resized)
    return tf.ensure_shape(pixels, feature.shape)


def failing(
    records: Sequence[bytes], features: Mapping[str, ExampleFeature]
) -> Iterator[tuple[int, str]]:
    """Yield the position of each record that cannot be parsed, and what is wrong with it."""
    import tensorflow as tf

    for position, record in enumerate(records):
        try:
            parse([record], features)
        except tf.errors.InvalidArgumentError as error:
            yield position, _reason(error.message)


def _reason(message: str) -> str:
    """Say in a few words what TensorFlow says in many."""
    message = re.sub(r"\{\{.*?\}\}|\[Op:.*?\]", "", message).strip()
    if missing := re.search(r"Feature: (.*?) \(data type: (\w+)\) is required", message):
        return f"expected a feature `{missing[1]}` ({missing[2]}). Received: none"
    if other := re.search(r"Key: (\S+), .*Data type: (\w+) but expected type: (\w+)", message):
        return f"expected {other[3]} in the feature `{other[1]}`. Received: {other[2]}"
    if sizes := re.search(r"Key: (\S+), .*Values size: (\d+) but output shape: (.*\])", message):
        return f"expected a feature `{sizes[1]}` of shape {sizes[3]}. Received: {sizes[2]} values"
    if "Could not parse" in message:
        return "expected a tf.train.Example. Received: other bytes"
    return f"expected what `features` says. Received: {message.splitlines()[0]}"
