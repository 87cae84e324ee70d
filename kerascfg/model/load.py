"""Read a saved model back, its custom layers found through the config that built it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile, ZipFile

from kerascfg.damages import DAMAGES
from kerascfg.errors import RunError
from kerascfg.model.depth import room_for
from kerascfg.model.filling import FILLING
from kerascfg.model.modes import hold_stated_modes
from kerascfg.naming import Found, find, load_object

if TYPE_CHECKING:
    import keras


def load_model(file: Path, config: Mapping[str, Any]) -> keras.Model:
    """Load `model.keras` of a run, without compiling it.

    Args:
        file: the saved model.
        config: the run's config; only layers that it names, and that are allowed now, are loaded
            (and the one that fills gaps, which `data.features` asks for).

    Raises:
        RunError: the file is missing or damaged.
        ConfigError: a layer's package is no longer allowed.
    """
    import keras

    custom = {FILLING: load_object(FILLING, "layer", "data.features")}
    for name, path in _names(config.get("model") or {}, "model"):
        found = find(name, "layer", path)
        if isinstance(found, Found) and not found.module.startswith("keras."):
            custom[found.name] = load_object(name, "layer", path)
    try:
        _expect_whole(file)
        with room_for(_calls_in(file)):
            model: Any = keras.saving.load_model(file, custom_objects=custom, compile=False)
    except DAMAGES as error:
        raise RunError(f"{file} cannot be read: {error}") from error
    hold_stated_modes(model)
    return model


def _expect_whole(file: Path) -> None:
    """Hold every part of a saved model to its checksum.

    Keras reads weights whose checksum is wrong a second time, in pieces, without looking at it.

    Raises:
        BadZipFile: a part is not what was saved.
    """
    with ZipFile(file) as parts:
        if (damaged := parts.testzip()) is not None:
            raise BadZipFile(f"{damaged} is damaged")


def _calls_in(file: Path) -> int:
    """Count the layers of a saved model."""
    with ZipFile(file) as parts:
        return parts.read("config.json").count(b'"inbound_nodes"')


def _names(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Yield every text that may name a class or function, with its path."""
    match value:
        case str() if value[:1].isalpha() and value.replace(".", "").isidentifier():
            yield value, path
        case list():
            for index, item in enumerate(value):
                yield from _names(item, f"{path}.{index}")
        case Mapping():
            for key, item in value.items():
                yield from _names(item, f"{path}.{key}")
