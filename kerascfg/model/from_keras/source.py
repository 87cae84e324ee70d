"""Find the model that is to be read: a file, an application, or an object of an allowed package."""

from __future__ import annotations

import importlib
import inspect
import json
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerascfg.errors import ConfigError, Problem, did_you_mean, display
from kerascfg.naming import load_object
from kerascfg.naming.areas import REFUSED, is_nameable
from kerascfg.naming.trust import allowed_roots, how_to_allow, make_plugins_importable

if TYPE_CHECKING:
    import keras

SOURCE = "SOURCE"
"""What the argument is called in help and problems."""

_APPLICATIONS = "keras.applications"
_PARTS_OF_FILES = frozenset(
    {
        *("builtins", "keras", "keras.models"),
        *("keras.src.models.functional", "keras.src.models.sequential"),
    }
)
"""Modules that a saved model names besides those that a config may name."""


def open_source(source: str) -> keras.Model:
    """Return the model that a source names, with its weights where it has any.

    Args:
        source: the path of a `.keras` file, `keras.applications.NAME` (made without weights), or
            `package.module.name` of an allowed package: a model, or a function that makes one.

    Raises:
        ConfigError: there is no such model, it may not be named, or it carries code.
    """
    if source.endswith((".keras", ".h5", ".hdf5")) or "/" in source or Path(source).is_file():
        return _saved(Path(source).expanduser())
    if not all(part.isidentifier() for part in source.split(".")) or "." not in source:
        message = "expected FILE.keras, keras.applications.NAME or package.module.name"
        raise ConfigError(Problem(SOURCE, f"{message}. Received: {source}"))
    if source.startswith(f"{_APPLICATIONS}."):
        return _application(source)
    return _made(source, _imported(source))


def _application(source: str) -> keras.Model:
    import keras

    name = source.removeprefix(f"{_APPLICATIONS}.")
    known = [n for n in dir(keras.applications) if n[0].isupper()]
    if name.split(".")[-1] not in known:
        meant = did_you_mean(name, known)
        message = f"expected one of {', '.join(known)}. Received: {source}"
        hint = f"did you mean `{_APPLICATIONS}.{meant}`?" if meant else None
        raise ConfigError(Problem(SOURCE, message, hint=hint))
    return load_object(source, "layer", SOURCE)(weights=None)


def _imported(source: str) -> Any:
    """Import an object of an allowed package."""
    root = source.split(".")[0]
    if root not in allowed_roots():
        message = "expected a file, keras.applications.NAME or a name from an allowed package"
        hint = how_to_allow(root)
        raise ConfigError(Problem(SOURCE, f"{message}. Received: {source}", hint=hint))
    make_plugins_importable()
    module, _, attribute = source.rpartition(".")
    try:
        holder = importlib.import_module(module)
    except ImportError as error:
        message = f"expected a module that can be imported. Received: {module} ({error})"
        raise ConfigError(Problem(SOURCE, message)) from error
    except Exception as error:
        message = f"importing {module} failed: {type(error).__name__}: {error}"
        raise ConfigError(Problem(SOURCE, message)) from error
    if not hasattr(holder, attribute):
        meant = did_you_mean(attribute, [n for n in vars(holder) if not n.startswith("_")])
        message = f"expected a model or a function of {module}. Received: {attribute}"
        hint = f"did you mean `{module}.{meant}`?" if meant else None
        raise ConfigError(Problem(SOURCE, message, hint=hint))
    return getattr(holder, attribute)


def _made(source: str, thing: Any) -> keras.Model:
    """Return the model that an object is, or makes."""
    import keras

    if isinstance(thing, keras.Model):
        return thing
    if not callable(thing):
        message = f"expected a keras.Model or a function that returns one. Received: {thing!r}"
        raise ConfigError(Problem(SOURCE, message))
    needed = [
        name
        for name, parameter in inspect.signature(thing).parameters.items()
        if parameter.default is parameter.empty
        and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]
    if needed:
        message = f"expected a function without required arguments. Received: {source}, which "
        hint = "write a function without arguments that calls it"
        raise ConfigError(Problem(SOURCE, f"{message}requires {', '.join(needed)}", hint=hint))
    try:
        model = thing()
    except Exception as error:
        message = f"calling {source} failed: {type(error).__name__}: {error}"
        raise ConfigError(Problem(SOURCE, message)) from error
    if not isinstance(model, keras.Model):
        message = f"expected a function that returns a keras.Model. Received: {type(model)}"
        raise ConfigError(Problem(SOURCE, message))
    return model


def _saved(file: Path) -> keras.Model:
    """Load a `.keras` file."""
    if file.suffix in (".h5", ".hdf5"):
        message = "expected a .keras file; one in HDF5 may carry code without saying so"
        hint = "load it where you trust it, and save it anew: model.save('model.keras')"
        raise ConfigError(Problem(SOURCE, f"{message}. Received: {display(file)}", hint=hint))
    if not file.is_file():
        message = (
            f"expected an existing file. Received: {display(file)} (looking from {Path.cwd()})"
        )
        raise ConfigError(Problem(SOURCE, message))
    try:
        return _loaded(file)
    except RecursionError as error:
        message = f"expected a model saved by Keras 3. Received: {display(file)}, which is nested"
        raise ConfigError(Problem(SOURCE, f"{message} too deeply to be read")) from error


def _loaded(file: Path) -> keras.Model:
    """Load a file that is there, after a look at what it would import.

    Raises:
        ConfigError: it is no model, or names what no config may.
        RecursionError: it is nested without end.
    """
    import keras

    try:
        with zipfile.ZipFile(file) as archive:
            config = json.loads(archive.read("config.json"))
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        message = f"expected a model saved by Keras 3. Received: {display(file)} ({error})"
        raise ConfigError(Problem(SOURCE, message)) from error
    if problems := list(dict.fromkeys(_not_allowed(config, SOURCE))):
        raise ConfigError(problems)
    make_plugins_importable()
    try:
        loaded: Any = keras.saving.load_model(file, compile=False, safe_mode=True)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ImportError) as error:
        reason = str(error).strip().split("\n")[0]
        raise ConfigError(Problem(SOURCE, f"{display(file)} cannot be read: {reason}")) from error
    return loaded


def _not_allowed(config: Any, path: str) -> Iterator[Problem]:
    """Yield what of a saved model's config no config may name: loading it would import it."""
    match config:
        case {"class_name": "__lambda__" | "Lambda"}:
            yield Problem(path, f"the file holds a Lambda, which is refused: {REFUSED['Lambda']}")
        case {"module": str(module), "class_name": str(name), **rest}:
            spelled = config["config"] if name == "function" else name
            if problem := _refused(module, str(spelled), path):
                yield problem
            yield from _not_allowed(rest, path)
        case Mapping():
            for value in config.values():
                yield from _not_allowed(value, path)
        case list():
            for item in config:
                yield from _not_allowed(item, path)


def _refused(module: str, name: str, path: str) -> Problem | None:
    root = module.split(".")[0]
    spelled = f"{module}.{name}"
    if root in allowed_roots() or module in _PARTS_OF_FILES:
        return None
    if root in ("keras", "keras_hub", "kerascfg"):
        if is_nameable(module) and name not in REFUSED:
            return None
        return Problem(path, f"the file holds {spelled}, which no config may name")
    message = f"expected a file of Keras's own layers or of an allowed package. Received: {spelled}"
    return Problem(path, message, hint=how_to_allow(root))
