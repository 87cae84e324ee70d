"""From a name in YAML to the thing it names: allowed, found in source, later imported."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from functools import cache
from typing import Any

from kerascfg.errors import Problem, did_you_mean
from kerascfg.naming.areas import AREAS, KERAS_MODULES
from kerascfg.naming.signatures import Signature, signature_of
from kerascfg.naming.source import (
    Definition,
    find_definition,
    public_names,
    resolve_dotted,
)
from kerascfg.naming.trust import allowed_roots, how_to_allow, make_plugins_importable

_OWN_MODULES = tuple(m for modules in AREAS.values() for m in modules if m.startswith("kerascfg."))
_HELPERS = frozenset({"get", "serialize", "deserialize", "Layer"})
_REFUSED = {
    "Lambda": "it carries code inside data; write a function in your package and name it by `op:`",
    "TFSMLayer": "it runs a stored graph of unknown origin",
    "LambdaCallback": "it carries code inside data; write a callback in your package",
    "RemoteMonitor": "it sends the run to another machine",
}


@dataclass(frozen=True)
class Found:
    """A class or function that a config names.

    Attributes:
        module: module through which it is imported (`keras.layers`).
        name: its name there.
        definition: its source.
        signature: the named arguments it takes.
    """

    module: str
    name: str
    definition: Definition
    signature: Signature

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


def find(name: str, area: str, path: str) -> Found | Problem:
    """Find what `name` names at a place of the config, importing nothing.

    Args:
        name: a short name, looked up in the modules of `area`, or a dotted one.
        area: a key of `AREAS`.
        path: path of the name in the config, for the problem.

    Returns:
        What was found, or the problem: unknown (with the nearest known name) or not allowed.
    """
    return _find_dotted(name, path) if "." in name else _find_short(name, area, path)


def import_object(found: Found, path: str) -> Any | Problem:
    """Import what was found; the object's own module is checked too, not only the spelled name."""
    make_plugins_importable()
    try:
        thing = getattr(importlib.import_module(found.module), found.name)
    except Exception as error:
        return Problem(path, f"importing {found} failed: {type(error).__name__}: {error}")
    origin = getattr(thing, "__module__", "") or ""
    if origin.split(".")[0] not in ("keras", *allowed_roots()):
        return Problem(
            path, f"expected an object of an allowed package. Received: {found} ({origin})"
        )
    return thing


def names_of_area(area: str) -> list[str]:
    """List the short names that an area knows."""
    return sorted(
        {
            name
            for module in AREAS[area]
            for name in public_names(module)
            if name not in _HELPERS and name not in _REFUSED
        }
    )


def _find_short(name: str, area: str, path: str) -> Found | Problem:
    for module in AREAS[area]:
        if name in _HELPERS or name.startswith("_"):
            break
        found = _found(module, name)
        if found is not None:
            if name in _REFUSED:
                return Problem(path, f"{found} is refused: {_REFUSED[name]}")
            return found
    meant = _meant(name, names_of_area(area))
    where = " or ".join(AREAS[area])
    return Problem(
        path,
        f"expected the name of {_article(area)} ({where}). Received: {name}",
        hint=f"did you mean `{meant}`?" if meant else None,
        fix=f"{path}={meant}" if meant else None,
    )


def _find_dotted(name: str, path: str) -> Found | Problem:
    root = name.split(".")[0]
    roots = allowed_roots()
    if root != "keras" and root not in roots:
        return Problem(
            path,
            f"expected a name from Keras, kerascfg or an allowed package. Received: {name}",
            hint=how_to_allow(root),
        )
    module, _, attribute = name.rpartition(".")
    allowed_modules = {"keras": KERAS_MODULES, "kerascfg": _OWN_MODULES}.get(root)
    if allowed_modules and not any(f"{module}.".startswith(f"{m}.") for m in allowed_modules):
        return Problem(
            path,
            f"expected a name below {', '.join(allowed_modules)}. Received: {name}",
            hint="a config may name what builds and trains a model, nothing that loads, downloads "
            "or deletes",
        )
    make_plugins_importable()
    definition = resolve_dotted(name)
    if not isinstance(definition, Definition) or attribute in _HELPERS:
        return _unknown_dotted(name, module, attribute, path)
    if definition.module.split(".")[0] not in ("keras", *roots):
        return Problem(
            path,
            f"expected an object of an allowed package. Received: {name}, which is "
            f"{definition.module}.{definition.name}",
        )
    if root == "keras" and attribute in _REFUSED:
        return Problem(path, f"{name} is refused: {_REFUSED[attribute]}")
    return Found(module, attribute, definition, signature_of(definition))


def _unknown_dotted(name: str, module: str, attribute: str, path: str) -> Problem:
    options = public_names(module)
    if not options:
        return Problem(
            path,
            f"expected the name of something that can be imported. Received: {name}, but there is "
            f"no module {module} (looked in the current folder and where Python looks)",
        )
    meant = _meant(attribute, options)
    return Problem(
        path,
        f"expected a class or function of {module}. Received: {name}",
        hint=f"did you mean `{module}.{meant}`?" if meant else None,
        fix=f"{path}={module}.{meant}" if meant else None,
    )


@cache
def _found(module: str, name: str) -> Found | None:
    definition = find_definition(module, name)
    return Found(module, name, definition, signature_of(definition)) if definition else None


def _meant(name: str, options: list[str]) -> str | None:
    """Find what was meant by a misspelled name; `mse` is `mean_squared_error` by its initials."""
    initials = {"".join(c for c in o if c.isupper()).lower(): o for o in options if o[0].isupper()}
    return did_you_mean(name, options) or initials.get(name.lower())


def _article(area: str) -> str:
    return f"an {area}" if area[0] in "aeiou" else f"a {area}"
