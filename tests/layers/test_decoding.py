"""Layers that decode files give what the sources give, in a saved model and an export too."""

from __future__ import annotations

import io
import subprocess
import sys
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

pytestmark = pytest.mark.slow

FITS: tuple[Any, ...] = ("stretch", "crop", "pad")


def encoded(pixels: np.ndarray, kind: str) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, kind)
    return stream.getvalue()


def tone(hertz: float, samples: int, channels: int = 1, width: int = 2) -> bytes:
    values = np.sin(np.arange(samples) * 2 * np.pi * hertz / 8000) * (2 ** (8 * width - 2))
    stream = io.BytesIO()
    with wave.open(stream, "wb") as file:
        file.setparams((channels, width, 8000, 0, "NONE", ""))
        file.writeframes(np.repeat(values, channels).astype(f"<i{width}").tobytes())
    return stream.getvalue()


@pytest.fixture(scope="module")
def photographs() -> list[bytes]:
    from sklearn.datasets import load_sample_images

    images = load_sample_images().images
    return [encoded(image, kind) for image in images for kind in ("JPEG", "PNG", "BMP", "GIF")]


def decoder(**arguments: Any) -> Any:
    import keras

    from kerascfg.layers import DecodeImage

    content = keras.Input((), dtype="string", name="content")
    return keras.Model(content, DecodeImage(**arguments)(content))


@pytest.mark.parametrize("color_mode", ["rgb", "grayscale"])
@pytest.mark.parametrize("fit", FITS)
def test_a_batch_of_files_is_decoded_as_the_source_decodes_each(photographs, color_mode, fit):
    import tensorflow as tf

    from kerascfg.decoding import decode_image

    model = decoder(height=24, width=32, color_mode=color_mode, fit=fit)
    assert model.output_shape == (None, 24, 32, 3 if color_mode == "rgb" else 1)
    assert model.output.dtype == "float32"
    pixels = model(tf.constant(photographs)).numpy()
    singly = [decode_image(each, 24, 32, color_mode, fit).numpy() for each in photographs]
    np.testing.assert_array_equal(pixels, singly)
    assert 0 <= pixels.min() < 30 and 200 < pixels.max() < 255.001


def test_what_fits_is_not_stretched(photographs):
    from kerascfg.decoding import decode_image

    wide = encoded(np.tile(np.array([[0, 0, 200, 200, 0, 0]], "uint8"), (2, 1)), "PNG")
    grey = [decode_image(wide, 2, 2, "grayscale", fit)[..., 0] for fit in ("crop", "pad")]
    np.testing.assert_array_equal(grey[0], [[200, 200], [200, 200]])
    np.testing.assert_allclose(grey[1][0], grey[1][0][::-1])
    assert decode_image(photographs[0], 1, 300, fit="crop").shape == (1, 300, 3)


def test_grey_pictures_keep_their_values_in_every_format():
    from kerascfg.decoding import decode_image

    grey = np.arange(64, dtype="uint8").reshape(8, 8) * 4
    for kind in ("PNG", "BMP", "GIF"):
        pixels = decode_image(encoded(grey, kind), 8, 8, "grayscale").numpy()
        np.testing.assert_array_equal(pixels[..., 0], grey, err_msg=kind)


def test_alpha_is_left_out_and_16_bits_become_8():
    from kerascfg.decoding import decode_image

    colours = np.random.default_rng(0).integers(0, 256, (4, 4, 4), "uint8")
    pixels = decode_image(encoded(colours, "PNG"), 4, 4).numpy()
    np.testing.assert_array_equal(pixels, colours[..., :3])
    deep = colours[..., 0].astype("uint16") * 256 + 77
    pixels = decode_image(encoded(deep, "PNG"), 4, 4, "grayscale").numpy()
    np.testing.assert_array_equal(pixels[..., 0], colours[..., 0])


def test_a_bmp_with_a_table_of_colours_is_refused_rather_than_misread():
    import tensorflow as tf

    from kerascfg.decoding import decode_image

    colours = np.random.default_rng(0).integers(0, 256, (8, 8, 3), "uint8")
    stream = io.BytesIO()
    Image.fromarray(colours).quantize(16).save(stream, "BMP")
    with pytest.raises(tf.errors.InvalidArgumentError, match="table of colours; save it as PNG"):
        decode_image(tf.constant(stream.getvalue()), 8, 8)


def test_sounds_are_cut_or_filled_up():
    import tensorflow as tf

    from kerascfg.layers import DecodeAudio

    layer = DecodeAudio(samples=400)
    short, long = layer(tf.constant([tone(440, 300), tone(440, 500)])).numpy()
    assert short.shape == (400, 1) and short.dtype == "float32"
    expected = np.sin(np.arange(400) * 2 * np.pi * 440 / 8000) / 2
    np.testing.assert_allclose(long[:, 0], expected, atol=1e-4)
    np.testing.assert_array_equal(short[:300], long[:300])
    assert not short[300:].any()


@pytest.mark.parametrize(
    ("sound", "said"),
    [
        (tone(440, 10, channels=2), "expected channels: 1. Received channels:"),
        (tone(440, 10, width=1), "16-bit WAV files, but received 8"),
        (b"not a sound", "RIFF"),
    ],
)
def test_a_sound_of_another_kind_is_refused(sound, said):
    import tensorflow as tf

    from kerascfg.layers import DecodeAudio

    with pytest.raises(tf.errors.InvalidArgumentError, match=said):
        DecodeAudio(samples=10)(tf.constant([sound]))


def test_only_one_file_a_sample_is_taken():
    import keras

    from kerascfg.layers import DecodeAudio, DecodeImage

    with pytest.raises(ValueError, match=r"the bytes of one file a sample, .*`encoded: true`"):
        DecodeAudio(samples=4)(keras.Input((2,), dtype="string"))
    with pytest.raises(ValueError, match="Received: color_mode='red'"):
        DecodeImage(4, 4, color_mode="red")  # pyright: ignore[reportArgumentType]


def test_a_saved_and_an_exported_model_take_the_bytes_of_files(photographs, tmp_path: Path):
    import keras
    import tensorflow as tf

    from kerascfg.layers import DecodeAudio, DecodeImage

    inputs = {name: keras.Input((), dtype="string", name=name) for name in ("image", "sound")}
    outputs = {
        **{fit: DecodeImage(16, 12, fit=fit)(inputs["image"]) for fit in FITS},
        "waves": DecodeAudio(100, channels=2)(inputs["sound"]),
    }
    model = keras.Model(inputs, outputs)
    files = {"image": photographs[:3], "sound": [tone(200 * n, 90, 2) for n in (1, 2, 3)]}
    expected = model({name: tf.constant(each) for name, each in files.items()})
    model.save(tmp_path / "model.keras")
    again: Any = keras.saving.load_model(tmp_path / "model.keras")
    answers = again({name: tf.constant(each) for name, each in files.items()})
    for name, values in expected.items():
        np.testing.assert_array_equal(answers[name], values)
        np.save(tmp_path / f"{name}.npy", values)
    model.export(tmp_path / "served", format="tf_saved_model", verbose=False)
    for name, each in files.items():
        for index, content in enumerate(each):
            (tmp_path / f"{name}{index}").write_bytes(content)
    done = subprocess.run([sys.executable, "-c", _CLIENT], cwd=tmp_path, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


_CLIENT = """
import sys
sys.modules["keras"] = sys.modules["kerascfg"] = None
import numpy as np
import tensorflow as tf
serve = tf.saved_model.load("served").signatures["serving_default"]
files = {name: [open(f"{name}{i}", "rb").read() for i in range(3)] for name in ("image", "sound")}
answers = serve(**{name: tf.constant(each) for name, each in files.items()})
for name, values in answers.items():
    np.testing.assert_array_equal(values, np.load(f"{name}.npy"))
assert set(answers) == {"stretch", "crop", "pad", "waves"}
"""
