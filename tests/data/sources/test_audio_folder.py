import wave

import numpy as np
import pytest

from kerascfg.data import check_data, open_data
from kerascfg.data.sources.audio_folder import audio_folder
from kerascfg.errors import RunError


def write_sound(file, values, rate=8000, channels=1, width=2):
    with wave.open(str(file), "wb") as sound:
        sound.setparams((channels, width, rate, 0, "NONE", ""))
        kind = "<u1" if width == 1 else "<i2" if width == 2 else "<i4"
        samples = np.repeat(values, channels).astype(kind).tobytes()
        if width == 3:
            samples = b"".join(samples[at : at + 3] for at in range(0, len(samples), 4))
        sound.writeframes(samples)


@pytest.fixture
def sounds(tmp_path):
    """Ten tones and ten chirps, from 300 to 480 samples."""
    for name in ("tone", "chirp"):
        (tmp_path / name).mkdir()
        for index in range(10):
            times = np.arange(300 + 20 * index) / 8000
            hertz = 300 + 20 * index + (4000 * times if name == "chirp" else 0)
            values = 20000 * np.sin(2 * np.pi * hertz * times)
            write_sound(tmp_path / name / f"{index}.wav", values)
    return tmp_path


def config(folder, **arguments):
    return {"source": {"type": "audio_folder", "path": str(folder), "samples": 400, **arguments}}


def test_arguments_are_checked(sounds):
    def found(**arguments):
        return {p.path: p for p in check_data(config(sounds, **arguments), "classification")}

    assert found() == {}
    assert "a length in samples" in found(samples=None)["data.source.samples"].message
    assert "a number of channels" in found(channels=0)["data.source.channels"].message
    assert "DecodeAudio" in (found(encoded=True)["data.source.samples"].hint or "")


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"rate": 16000}, "expected 8000 samples a second.*Received: 16000"),
        ({"channels": 2}, "channels: 1. Received: 2"),
        ({"width": 1}, "16 bits. Received: 8 bits"),
        ({"width": 3}, "16 bits. Received: 24 bits"),
    ],
)
def test_sounds_that_differ_are_named_when_the_data_is_opened(sounds, other, said):
    write_sound(sounds / "tone" / "7.wav", np.zeros(400), **other)
    with pytest.raises(RunError, match=rf"tone.7\.wav: .*{said}"):
        audio_folder(str(sounds), 400)
    table = audio_folder(str(sounds), 400, on_error="skip")
    assert table.rows == 19
    (skipped,) = table.skipped
    assert "7.wav" in skipped


@pytest.mark.parametrize("content", [b"", b"RIFF", b"no sound at all, but a text"])
def test_what_is_no_sound_is_named(sounds, content):
    (sounds / "tone" / "3.wav").write_bytes(content)
    with pytest.raises(RunError, match=r"tone.3\.wav: expected a WAV file\. Received: \S"):
        audio_folder(str(sounds), 400)


def test_a_sampling_rate_that_is_stated_is_held(sounds):
    assert audio_folder(str(sounds), 400, sampling_rate=8000).rows == 20
    with pytest.raises(RunError, match=r"0\.wav: expected 16000 samples a second"):
        audio_folder(str(sounds), 400, sampling_rate=16000)


@pytest.mark.slow
def test_sounds_are_cut_or_filled_up_to_one_length(sounds):
    data = open_data(config(sounds), task="classification", seed=0)
    audio = np.concatenate([data.arrays(split)[0]["audio"] for split in data.sizes])
    assert audio.shape == (20, 400, 1) and audio.dtype == "float32"
    lengths = sorted(int(np.flatnonzero(each)[-1]) + 1 for each in audio[..., 0])
    assert lengths[0] in (299, 300) and lengths[-1] in (399, 400)
    assert np.abs(audio).max() == pytest.approx(20000 / 32768, abs=1e-3)


@pytest.mark.slow
def test_encoded_sounds_decode_to_the_same(sounds):
    from kerascfg.layers import DecodeAudio

    arguments = {"samples": None, "encoded": True}
    encoded, decoded = (
        open_data(config(sounds, **more), task="classification", seed=0).training_batches()
        for more in (arguments, {})
    )
    content, audio = next(iter(encoded))[0]["audio"], next(iter(decoded))[0]["audio"]
    assert content.dtype == "string"
    np.testing.assert_array_equal(DecodeAudio(400)(content), audio)


@pytest.mark.slow
def test_a_sound_that_disappears_or_is_cut_short_is_named(sounds):
    data = open_data(config(sounds), task="classification", seed=0)
    (sounds / "chirp" / "2.wav").write_bytes(b"RIFF")
    with pytest.raises(RunError, match=r"chirp.2\.wav cannot be loaded"):
        for split in data.sizes:
            data.arrays(split)
