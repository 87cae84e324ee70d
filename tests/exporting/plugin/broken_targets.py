"""Targets of a user's own, each wrong in one way: what an export must catch."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import replace

from kerascfg.exporting import Target
from kerascfg.exporting.target import Refused
from kerascfg.exporting.targets.litert import LiteRT, litert
from kerascfg.exporting.targets.saved_model import SavedModel, convert, saved_model


def flipped_weight() -> Target:
    """Change the sign of one weight while converting."""

    def flip(model, directory):
        kernel = model.model.get_layer("head").kernel
        values = kernel.numpy()
        values[0] = -values[0] + 1.0
        kernel.assign(values)
        convert(model, directory)

    return replace(saved_model(), convert=flip)


def no_normalisation() -> Target:
    """Forget what the normalisation has learnt."""

    def forget(model, directory):
        layer = model.model.get_layer("bn1")
        for variable, value in zip(layer.weights, (1.0, 0.0, 0.0, 1.0), strict=True):
            variable.assign(variable * 0 + value)
        convert(model, directory)

    return replace(saved_model(), convert=forget)


def flipped_bits() -> Target:
    """Damage the numbers in a converted file."""
    made = litert()

    def damage(model, directory):
        made.convert(model, directory)
        file = directory / "model.tflite"
        content = bytearray(file.read_bytes())
        bias = model.model.get_layer("head").bias.numpy().tobytes()
        start = content.find(bias)
        assert start > 0
        content[start + 3] ^= 0x40
        file.write_bytes(bytes(content))

    return replace(made, convert=damage)


def swapped_classes() -> Target:
    """Answer with the classes in another order."""

    class Swapped(SavedModel):
        def __call__(self, feeds):
            return {name: value[:, ::-1] for name, value in super().__call__(feeds).items()}

    return replace(saved_model(), open=Swapped)


def nan_answers() -> Target:
    """Answer NaN."""

    class NotANumber(LiteRT):
        def __call__(self, feeds):
            return {name: value * float("nan") for name, value in super().__call__(feeds).items()}

    return replace(litert(), open=NotANumber)


def segfault() -> Target:
    """Die while converting, as converters do."""

    def die(model, directory):
        (directory / "half_written").write_text("half", encoding="utf-8")
        print("about to convert the strangest layer", file=sys.stderr)
        os.kill(os.getpid(), signal.SIGSEGV)

    return replace(saved_model(), convert=die)


def abort_at_run() -> Target:
    """Die while the artefact runs."""

    def die(directory):
        os.abort()

    return replace(litert(), open=die)


def uses_keras() -> Target:
    """Need Keras to run the artefact."""

    def open_with_keras(directory):
        import keras

        return keras

    return replace(saved_model(), open=open_with_keras)


def refuses() -> Target:
    """Refuse every model."""

    def refuse(model, directory):
        raise Refused("this format holds no models on Mondays")

    return replace(saved_model(), convert=refuse)


def raises() -> Target:
    """Raise an error of the converter's own."""

    def fail(model, directory):
        raise ValueError("axis 7 is out of range\nand more lines of no use")

    return replace(saved_model(), convert=fail)


def not_installed() -> Target:
    """Need a package that nobody has."""
    return replace(saved_model(), requires={"no_such_package_at_all": "no-such-package"})


def half_installed() -> Target:
    """Need a package of which a part is missing."""

    def use(model, directory):
        import half_there.rest  # noqa: F401 # pyright: ignore[reportMissingImports]

    return replace(saved_model(), convert=use, requires={"half_there": "half-there"})


def no_target() -> str:
    """Return something else."""
    return "saved_model"
