"""From a name in YAML to the thing it names: allowed, found in source, later imported."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kerascfg.errors import Problem, did_you_mean, display
from kerascfg.naming.areas import AREAS, HELPERS, NAMEABLE, REFUSED, is_nameable
from kerascfg.naming.signatures import Signature, signature_of
from kerascfg.naming.source import (
    Definition,
    find_definition,
    is_module,
    public_names,
    resolve_dotted,
)
from kerascfg.naming.trust import allowed_roots, how_to_allow, make_plugins_importable


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
    try:
        return _find_dotted(name, path) if "." in name else _find_short(name, area, path)
    except SyntaxError as error:
        place = f"{display(Path(error.filename or ''))}:{error.lineno}"
        return Problem(path, f"expected Python in {place}: {error.msg}. Received: {name}")


def import_object(found: Found, path: str) -> Any | Problem:
    """Import what was found; the object's own module is checked too, not only the spelled name."""
    make_plugins_importable()
    module, name = found.module, found.name
    if module.startswith("kerascfg."):  # the one file, not the package that names all of its kind
        module, name = found.definition.module, found.definition.name
    try:
        thing = getattr(importlib.import_module(module), name)
    except Exception as error:
        return Problem(path, f"importing {found} failed: {type(error).__name__}: {error}")
    return _refused(found.module, getattr(thing, "__module__", None) or "", str(found), path) or (
        thing
    )


def names_of_area(area: str) -> list[str]:
    """List the short names that an area knows."""
    names = {name for module in AREAS[area] for name in public_names(module)}
    return sorted(names - HELPERS - REFUSED.keys())


def _find_short(name: str, area: str, path: str) -> Found | Problem:
    for module in AREAS[area]:
        definition = find_definition(module, name)
        if definition and name not in HELPERS and not name.startswith("_"):
            return _found(module, name, definition, path)
    meant = _meant(name, names_of_area(area))
    other = {"layer": "op", "op": "layer"}.get(area)
    if other and any(find_definition(module, name) for module in AREAS[other]):
        key = {"layer": "type", "op": "op"}
        return Problem(
            path,
            f"expected the name of {_article(area)}. Received: {name}, which is {_article(other)}",
            hint=f"a node that is {_article(other)} is written {{{key[other]}: {name}}}",
        )
    where = " or ".join(AREAS[area]) or "with its package: my_package.Name"
    return Problem(
        path,
        f"expected the name of {_article(area)} ({where}). Received: {name}",
        hint=f"did you mean `{meant}`?" if meant else None,
        fix=f"{path}={meant}" if meant else None,
    )


def _find_dotted(name: str, path: str) -> Found | Problem:
    module, _, attribute = name.rpartition(".")
    root = name.split(".")[0]
    if root not in NAMEABLE and root not in allowed_roots():
        return Problem(
            path,
            f"expected a name from Keras, kerascfg or an allowed package. Received: {name}",
            hint=how_to_allow(root),
        )
    if root in NAMEABLE and not is_nameable(module):
        return _not_nameable(root, name, path)
    make_plugins_importable()
    definition = resolve_dotted(name)
    if not isinstance(definition, Definition) or attribute in HELPERS:
        return _unknown_dotted(name, module, attribute, path)
    return _found(module, attribute, definition, path)


def _found(module: str, name: str, definition: Definition, path: str) -> Found | Problem:
    spelled = f"{module}.{name}"
    if problem := _refused(module, definition.module, spelled, path):
        return problem
    if definition.module.startswith("keras.") and definition.name in REFUSED:
        return Problem(path, f"{spelled} is refused: {REFUSED[definition.name]}")
    return Found(module, name, definition, signature_of(definition))


def _refused(module: str, origin: str, spelled: str, path: str) -> Problem | None:
    """Refuse what an allowed module merely imports from elsewhere, `my_package.os.system`.

    Args:
        module: the module by which the thing is named.
        origin: the module that defines it.
        spelled: the whole name.
        path: where it stands in the config.
    """
    root = origin.split(".")[0]
    if root in NAMEABLE:
        listed = module in NAMEABLE[root]  # keras.layers.JaxLayer comes from keras.src.utils
        return None if listed or is_nameable(origin) else _not_nameable(root, spelled, path)
    if root in allowed_roots():
        return None
    return Problem(
        path,
        f"expected an object of an allowed package. Received: {spelled}, which is of "
        f"{origin or 'unknown origin'}",
    )


def _not_nameable(root: str, name: str, path: str) -> Problem:
    module, _, attribute = name.rpartition(".")
    meant = did_you_mean(module, NAMEABLE[root])
    if meant and attribute in public_names(meant) and not is_module(module):
        return Problem(
            path,
            f"expected a module of {root}. Received: {module}",
            hint=f"did you mean `{meant}.{attribute}`?",
            fix=f"{path}={meant}.{attribute}",
        )
    return Problem(
        path,
        f"expected a name below {', '.join(NAMEABLE[root])}. Received: {name}",
        hint="a config may name what builds and trains a model, nothing that loads, downloads, "
        "sends or deletes",
    )


def _unknown_dotted(name: str, module: str, attribute: str, path: str) -> Problem:
    if not is_module(module):
        return Problem(
            path,
            f"expected the name of something that can be imported. Received: {name}, but there is "
            f"no module {module} (looked in the current folder and where Python looks)",
        )
    meant = _meant(attribute, public_names(module))
    if meant == attribute:
        message = f"expected a class or function that {module} defines itself. Received: {name}"
        return Problem(path, message, hint="its source only imports it, or makes it at run time")
    return Problem(
        path,
        f"expected a class or function of {module}. Received: {name}",
        hint=f"did you mean `{module}.{meant}`?" if meant else None,
        fix=f"{path}={module}.{meant}" if meant else None,
    )


def _meant(name: str, options: list[str]) -> str | None:
    """Find what was meant by a misspelled name; `mse` is `MeanSquaredError` by its initials."""
    initials = {"".join(c for c in o if c.isupper()).lower(): o for o in options if o[0].isupper()}
    return initials.get(name.lower()) or did_you_mean(name, options)


def _article(area: str) -> str:
    return f"an {area}" if area[0] in "aeiou" else f"a {area}"
