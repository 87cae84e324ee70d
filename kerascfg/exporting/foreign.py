"""What a model holds that is not Keras's own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

if TYPE_CHECKING:
    import keras

_OURS = ("keras", "builtins", "kerascfg")


@dataclass(frozen=True)
class Foreign:
    """A class or function in a saved model that is not Keras's own.

    Attributes:
        module: where it is imported from.
        name: its name there.
        key: what Keras looks it up by: "PACKAGE>NAME" where it registers itself.
    """

    module: str
    name: str
    key: str


def foreign_objects(file: Path) -> set[Foreign]:
    """Find what a saved model needs beside Keras."""
    with ZipFile(file) as parts:
        return set(_foreign(json.loads(parts.read("config.json"))))


def errors_of(model: keras.Model) -> tuple[type[Exception], ...]:
    """Return the errors by which a model says that another backend of Keras cannot run it.

    What is somebody's own may raise anything. Keras's layers and kerascfg's know the backends: they
    raise RuntimeError (of which NotImplementedError is one), and every other error is a bug.
    """
    return (Exception,) if _is_anybodys(json.loads(model.to_json())) else (RuntimeError,)


def _is_anybodys(value: Any) -> bool:
    """Tell whether a config names a class or function that neither Keras nor kerascfg has."""
    match value:
        case {"module": None | "builtins", "class_name": "function"}:
            return True  # a name without a place: Keras's own are texts
        case {"module": str(module), "class_name": str()} if module.partition(".")[0] not in _OURS:
            return True
        case Mapping():
            return any(map(_is_anybodys, value.values()))
        case list():
            return any(map(_is_anybodys, value))
    return False


def _foreign(value: Any) -> Iterator[Foreign]:
    match value:
        case {"module": str(module), "class_name": str(name), **rest}:
            is_function = name == "function" and isinstance(rest.get("config"), str)
            name = rest["config"] if is_function else name
            if module.partition(".")[0] not in ("keras", "builtins"):
                yield Foreign(module, name, rest.get("registered_name") or name)
            yield from _foreign(rest)
        case Mapping():
            for item in value.values():
                yield from _foreign(item)
        case list():
            for item in value:
                yield from _foreign(item)
