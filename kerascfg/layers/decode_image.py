"""Encoded images as pixels, so that a served model takes the bytes of a file."""

from __future__ import annotations

from typing import Any, get_args

import keras

from kerascfg.decoding import CHANNELS, ColorMode, Fit, decode_image
from kerascfg.layers.decoder import Decoder


@keras.saving.register_keras_serializable(package="kerascfg")
class DecodeImage(Decoder):
    """Decode a batch of PNG, JPEG, BMP, GIF or WebP files, bit by bit as `image_folder` does.

    Pixels are float32 from 0 to 255 whatever the policy; images are resized bilinear. It needs
    TensorFlow's backend.

    Args:
        height: of the result, in pixels.
        width: likewise.
        color_mode: `rgb` or `grayscale`.
        fit: what happens where the proportions differ: `stretch` the image, `crop` it around its
            centre, or `pad` it with black.
        antialias: smooth where an image shrinks.

    Input shape: `(batch,)`, dtype string.
    Output shape: `(batch, height, width, channels)`.
    """

    def __init__(
        self,
        height: int,
        width: int,
        color_mode: ColorMode = "rgb",
        fit: Fit = "stretch",
        antialias: bool = True,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        for name, given, choices in (("color_mode", color_mode, ColorMode), ("fit", fit, Fit)):
            if given not in get_args(choices):
                raise ValueError(f"expected one of {get_args(choices)}. Received: {name}={given!r}")
        self.height, self.width = height, width
        self.color_mode: ColorMode = color_mode
        self.fit: Fit = fit
        self.antialias = antialias

    def decode(self, content: Any) -> Any:
        """Decode one image."""
        return decode_image(
            content, self.height, self.width, self.color_mode, self.fit, self.antialias
        )

    @property
    def decoded_shape(self) -> tuple[int, ...]:
        """Return `(height, width, channels)`."""
        return (self.height, self.width, CHANNELS[self.color_mode])

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "height": self.height,
            "width": self.width,
            "color_mode": self.color_mode,
            "fit": self.fit,
            "antialias": self.antialias,
        }
