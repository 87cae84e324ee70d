"""Bytes of an image or a sound file as numbers: the same for a data source and for a served model.

The sources decode with these functions while training, the layers `DecodeImage` and `DecodeAudio`
where a model takes encoded bytes. Both give the same bits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import tensorflow as tf

ColorMode = Literal["rgb", "grayscale"]
Fit = Literal["stretch", "crop", "pad"]

CHANNELS = {"rgb": 3, "grayscale": 1}

_PNG, _JPEG, _BMP = b"\x89P", b"\xff\xd8", b"BM"  # how these files begin

_COLOUR_TABLE = (
    "expected a BMP file with red, green and blue for each pixel. Received: one with a table of "
    "colours; save it as PNG"
)

_UNNAMED = "expected a file whose name ends as its content is. Received: BMP; name it .bmp"


def decode_image(
    content: tf.Tensor,
    height: int,
    width: int,
    color_mode: ColorMode = "rgb",
    fit: Fit = "stretch",
    antialias: bool = True,
    bmp: bool = True,
) -> tf.Tensor:
    """Decode one PNG, JPEG, BMP, GIF or WebP and resize it, bilinear.

    The content tells the format, not the file's name. Of an animation the first frame counts, an
    alpha channel is left out, and of 16 bits the upper 8 are kept.

    Args:
        content: the file's bytes, a scalar.
        height: of the result, in pixels.
        width: likewise.
        color_mode: `rgb` or `grayscale`.
        fit: what happens where the proportions differ: `stretch` the image, `crop` it around its
            centre, or `pad` it with black.
        antialias: smooth where the image shrinks, so that no pixel of it is passed over.
        bmp: whether it may be BMP; where that is known to be false it is refused, which costs a
            tenth of the decoding less than to look into it.

    Returns:
        Pixels from 0 to 255, float32 `(height, width, channels)`.
    """
    import tensorflow as tf

    channels = CHANNELS[color_mode]
    with tf.control_dependencies([_checked_bmp(content) if bmp else _no_bmp(content)]):
        pixels = _decode(tf.identity(content), channels)
    pixels = _cropped(pixels, height, width) if fit == "crop" else pixels
    size = _size_within(pixels, height, width) if fit == "pad" else (height, width)
    image = _resized(pixels, size, antialias)
    if fit == "pad":
        top, left = (height - size[0]) // 2, (width - size[1]) // 2
        image = tf.image.pad_to_bounding_box(image, top, left, height, width)
    return tf.ensure_shape(image, (height, width, channels))


def decode_audio(content: tf.Tensor, samples: int, channels: int = 1) -> tf.Tensor:
    """Decode one WAV file of 16-bit samples; cut it, or fill it up with silence, to a length.

    Args:
        content: the file's bytes, a scalar.
        samples: the length, in samples.
        channels: how many the file must have; none is dropped or made up.

    Returns:
        Values from -1 to 1, float32 `(samples, channels)`.
    """
    import tensorflow as tf

    decoded = tf.audio.decode_wav(content, desired_samples=samples).audio
    found = tf.shape(decoded)[1]
    is_right = _assert(
        tf.equal(found, channels), f"expected channels: {channels}. Received channels:", found
    )
    with tf.control_dependencies([is_right]):
        return tf.ensure_shape(tf.identity(decoded), (samples, channels))


def _decode(content: tf.Tensor, channels: int) -> tf.Tensor:
    """Decode an image; of BMP, GIF and WebP TensorFlow makes no greys by itself."""
    import tensorflow as tf

    def decode(channels: int) -> tf.Tensor:
        pixels = tf.io.decode_image(content, channels=channels, expand_animations=False)
        return tf.ensure_shape(pixels, (None, None, channels))

    if channels == 3:
        return decode(3)
    begins = tf.strings.substr(content, 0, 2)
    return tf.cond(
        tf.logical_or(tf.equal(begins, _PNG), tf.equal(begins, _JPEG)),
        lambda: decode(1),
        lambda: tf.image.rgb_to_grayscale(decode(3)),
    )


def _checked_bmp(content: tf.Tensor) -> tf.Tensor:
    """Refuse a BMP file that would be misread; True for every other file."""
    import tensorflow as tf

    is_bmp = tf.equal(tf.strings.substr(content, 0, 2), _BMP)
    return tf.cond(is_bmp, lambda: _has_no_colour_table(content), lambda: True)


def _no_bmp(content: tf.Tensor) -> tf.Operation:
    """Refuse a BMP file; without a condition, since `tf.debugging.Assert` makes one."""
    import tensorflow as tf

    is_other = tf.not_equal(tf.strings.substr(content, 0, 2), _BMP)
    return tf.raw_ops.Assert(condition=is_other, data=[_UNNAMED])


def _has_no_colour_table(content: tf.Tensor) -> tf.Tensor:
    """Refuse a BMP file of 8 bits with colours: TensorFlow takes its indices for greys."""
    import tensorflow as tf

    header = tf.io.decode_raw(tf.strings.substr(content, 2, 52), tf.int32)
    pixels_at, table_at, bits = header[2], 14 + header[3], header[6] // 2**16

    def is_of_greys() -> tf.Tensor:
        table = tf.strings.substr(content, table_at, pixels_at - table_at)
        colours = tf.reshape(tf.io.decode_raw(table, tf.uint8), (-1, 4))[:, :3]
        greys = tf.range(tf.shape(colours)[0])[:, None]
        return tf.reduce_all(tf.equal(tf.cast(colours, tf.int32), greys))

    is_fine = tf.cond(tf.equal(bits, 8), is_of_greys, lambda: True)
    with tf.control_dependencies([_assert(is_fine, _COLOUR_TABLE)]):
        return tf.identity(is_fine)


def _resized(pixels: tf.Tensor, size: tuple[Any, Any], antialias: bool) -> tf.Tensor:
    """Resize, bilinear; an image that grows has nothing to smooth, which is slower."""
    import tensorflow as tf

    if not antialias:
        return tf.image.resize(pixels, size)
    shape = tf.shape(pixels)
    return tf.cond(
        tf.logical_or(shape[0] > size[0], shape[1] > size[1]),
        lambda: tf.image.resize(pixels, size, antialias=True),
        lambda: tf.image.resize(pixels, size),
    )


def _cropped(pixels: tf.Tensor, height: int, width: int) -> tf.Tensor:
    """Cut the largest centred part that has the proportions of `height` to `width`."""
    import tensorflow as tf

    rows, columns = tf.shape(pixels)[0], tf.shape(pixels)[1]
    kept_rows = tf.maximum(tf.minimum(rows, columns * height // width), 1)
    kept_columns = tf.maximum(tf.minimum(columns, rows * width // height), 1)
    top, left = (rows - kept_rows) // 2, (columns - kept_columns) // 2
    return pixels[top : top + kept_rows, left : left + kept_columns]


def _size_within(pixels: tf.Tensor, height: int, width: int) -> tuple[tf.Tensor, tf.Tensor]:
    """Return the largest size with the image's own proportions.

    In whole numbers, unlike `tf.image.resize_with_pad`: graph optimisers change how a quotient of
    floats is rounded, and an export would place the image one row beside where training saw it.
    """
    import tensorflow as tf

    rows, columns = tf.shape(pixels)[0], tf.shape(pixels)[1]
    return (
        tf.maximum(tf.minimum(height, rows * width // columns), 1),
        tf.maximum(tf.minimum(width, columns * height // rows), 1),
    )


def _assert(condition: tf.Tensor, *said: str | tf.Tensor) -> tf.Operation:
    import tensorflow as tf

    return tf.debugging.Assert(condition, list(said))
