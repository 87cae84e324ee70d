"""What a config may name besides Keras and kerascfg: what the project's code side allows.

YAML and overrides are data that may come from strangers, so they never widen this list. It is
widened by the environment variable `KERASCFG_PLUGINS`, or by `[tool.kerascfg] plugins` in the
`pyproject.toml` of a folder that its user has trusted with `kerascfg trust`.
"""

from __future__ import annotations

import json
import os
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from kerascfg.errors import ConfigError, Problem


def allowed_roots() -> tuple[str, ...]:
    """Return the top-level packages of the user's own whose objects a config may name."""
    named = os.environ.get("KERASCFG_PLUGINS", "").replace(",", " ").split()
    allowed = (*named, *trusted_plugins(find_project(Path.cwd())))
    return tuple(name for name in allowed if name not in sys.stdlib_module_names)


def find_project(start: Path) -> Path | None:
    """Return the nearest folder at or above `start` with a pyproject.toml that lists plugins."""
    for folder in (start, *start.parents):
        if listed_plugins(folder):
            return folder
    return None


@cache
def listed_plugins(folder: Path) -> tuple[str, ...]:
    """Return `[tool.kerascfg] plugins` of the folder's pyproject.toml, trusted or not.

    Raises:
        ConfigError: the file is no TOML, or the entry is no list of names.
    """
    file = folder / "pyproject.toml"
    if not file.is_file():
        return ()
    try:
        read: Any = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(
            Problem("tool.kerascfg", f"expected TOML. {error}", place=str(file))
        ) from error
    for key in ("tool", "kerascfg"):
        read = read.get(key) if isinstance(read, dict) else None
    plugins = read.get("plugins", []) if isinstance(read, dict) else []
    if not (isinstance(plugins, list) and all(isinstance(name, str) for name in plugins)):
        raise ConfigError(
            Problem(
                "tool.kerascfg.plugins",
                f"expected a list of package names. Received: {plugins!r}",
                fix='plugins = ["my_package"]',
                place=str(file),
            )
        )
    return tuple(plugins)


def trusted_plugins(folder: Path | None) -> tuple[str, ...]:
    """Return the plugins that the folder lists and its user has trusted, name by name."""
    if folder is None:
        return ()
    trusted = _read_trusted().get(str(folder.resolve()), [])
    return tuple(name for name in listed_plugins(folder) if name in trusted)


def trust(folder: Path) -> tuple[str, ...]:
    """Remember that the user trusts the plugins that this folder lists now; return them."""
    plugins = listed_plugins(folder)
    file = _trust_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    known = {**_read_trusted(), str(folder.resolve()): list(plugins)}
    beside = file.with_name(f"{file.name}.{os.getpid()}")
    beside.write_text(json.dumps(known, indent=2), encoding="utf-8")
    beside.replace(file)
    return plugins


def make_plugins_importable() -> None:
    """Put the trusted project's folder on `sys.path`, as `python train.py` in it would."""
    folder = find_project(Path.cwd())
    if os.environ.get("KERASCFG_PLUGINS"):
        _add_to_path(Path.cwd())
    if folder is not None and trusted_plugins(folder):
        _add_to_path(folder)


def _add_to_path(folder: Path) -> None:
    for place in (folder / "src", folder):
        if place.is_dir() and str(place) not in sys.path:
            sys.path.append(str(place))


def _trust_file() -> Path:
    home = os.environ.get("KERASCFG_HOME")
    return (Path(home) if home else Path.home() / ".config" / "kerascfg") / "trusted.json"


def _read_trusted() -> dict[str, list[str]]:
    try:
        read = json.loads(_trust_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}  # nothing is trusted: the safe reading of an absent or damaged file
    entries = read.items() if isinstance(read, dict) else ()
    return {folder: names for folder, names in entries if isinstance(names, list)}


def how_to_allow(root: str) -> str:
    """Say how a user's own package is allowed, from where the user stands now."""
    if root in sys.stdlib_module_names:
        return "Python's own modules cannot be named: they do what a config must not"
    folder = find_project(Path.cwd())
    if folder is not None and root in listed_plugins(folder):
        return f"{folder.name}/pyproject.toml lists it: run `kerascfg trust` there to allow it"
    return (
        f'if it is yours, allow it: `plugins = ["{root}"]` under [tool.kerascfg] in pyproject.toml '
        f"and `kerascfg trust`, or KERASCFG_PLUGINS={root}"
    )
