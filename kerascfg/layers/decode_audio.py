"""Encoded sounds as samples, so that a served model takes the bytes of a file."""

from __future__ import annotations

from typing import Any

import keras

from kerascfg.decoding import decode_audio
from kerascfg.layers.decoder import Decoder


@keras.saving.register_keras_serializable(package="kerascfg")
class DecodeAudio(Decoder):
    """Decode a batch of WAV files of 16-bit samples, bit by bit as `audio_folder` does.

    Values are float32 from -1 to 1 whatever the policy; sounds are cut, or filled up with silence.
    It needs TensorFlow's backend.

    Args:
        samples: the length, in samples.
        channels: how many the files have; none is dropped or made up.

    Input shape: `(batch,)`, dtype string.
    Output shape: `(batch, samples, channels)`.
    """

    def __init__(self, samples: int, channels: int = 1, **kwargs: Any):
        super().__init__(**kwargs)
        self.samples, self.channels = samples, channels

    def decode(self, content: Any) -> Any:
        """Decode one sound."""
        return decode_audio(content, self.samples, self.channels)

    @property
    def decoded_shape(self) -> tuple[int, ...]:
        """Return `(samples, channels)`."""
        return (self.samples, self.channels)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "samples": self.samples, "channels": self.channels}
