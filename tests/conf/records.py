"""A record of a TFRecord file, made without TensorFlow, which light tests do not import."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from kerascfg.data.sources.tfrecord import _masked_crc


def picture_record(pixels: np.ndarray, label: int) -> bytes:
    """Frame a `tf.train.Example` of `image`, a PNG of `(height, width, 1)`, and `label`."""
    png = io.BytesIO()
    Image.fromarray(pixels[:, :, 0]).save(png, "PNG")
    image = _part(1, _part(1, png.getvalue()))  # a list of bytes
    number = _part(3, _part(1, bytes([label])))  # a list of int64, packed
    features = [(b"image", image), (b"label", number)]
    entries = [_part(1, _part(1, name) + _part(2, value)) for name, value in features]
    example = _part(1, b"".join(entries))
    length = len(example).to_bytes(8, "little")
    return length + _sum(length) + example + _sum(example)


def _part(number: int, content: bytes) -> bytes:
    """Encode a field of a protocol buffer that has a length."""
    size, length = len(content), b""
    while size > 127:
        length += bytes([size & 127 | 128])
        size >>= 7
    return bytes([number << 3 | 2]) + length + bytes([size]) + content


def _sum(content: bytes) -> bytes:
    return _masked_crc(content).to_bytes(4, "little")
