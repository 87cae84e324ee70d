"""The tools by name, where each lies once it is made, and how processes come to see it."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import platform
import shutil
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from kerascfg.cache_folder import cache_folder
from kerascfg.errors import RunError

PYTHON, NODE = "python", "node_modules"
"""The folders of a made tool: what goes on PYTHONPATH, and on NODE_PATH."""
REQUIREMENTS, PACKAGE = "requirements.txt", "package.json"


@dataclass(frozen=True)
class Tool:
    """What some targets need besides kerascfg's own packages.

    Attributes:
        name: what it is asked for by.
        holds: what is in it, for its user.
        modules: what can be imported from it, by which it is told that it works.
        megabytes: what it takes on the disk, about.
        files: what must lie in its folder besides the modules: what targets take of it.
        note: what its user has to know before it can be made here, or empty.
        pins: the folder with its pins; None is the one of this package.
    """

    name: str
    holds: str
    modules: tuple[str, ...]
    megabytes: int
    files: tuple[str, ...] = ()
    note: str = ""
    pins: Path | None = None

    @property
    def place(self) -> Path:
        """Return the folder that the tool is, once it is made: another for other pins or Python."""
        runs_on = f"{sys.version_info[:2]} {sys.platform} {platform.machine()}"
        digest = hashlib.sha256(runs_on.encode())
        for file in self.pin_files():
            digest.update(file.name.encode() + b"\0" + file.read_bytes())
        return cache_folder() / "tools" / f"{self.name}-{digest.hexdigest()[:16]}"

    @property
    def making(self) -> str:
        """Return the command that makes the tool, with what it takes on the disk."""
        return f"kerascfg doctor --make {self.name} (about {self.megabytes} MB)"

    def pin_files(self) -> list[Path]:
        """Return the files that say what the tool is made of."""
        pins = self.pins or Path(__file__).parent / "pins" / self.name
        return sorted(file for file in pins.iterdir() if file.suffix in (".txt", ".json"))


_LITERT_JS = f"{NODE}/@litertjs"
TOOLS = (
    Tool(
        "torch",
        "PyTorch and ExecuTorch",
        ("torch", "executorch"),
        1100,
        note="pip has to find PyTorch's wheels for the CPU: set PIP_EXTRA_INDEX_URL to the address "
        "that pytorch.org names for them"
        if sys.platform == "linux"
        else "",
    ),
    Tool("jax", "JAX", ("jax",), 400),
    Tool(
        "litert_js",
        "LiteRT.js",
        (),
        38,
        files=(
            f"{_LITERT_JS}/core/dist/index.js",
            f"{_LITERT_JS}/wasm-utils/dist/index.js",
            *(
                f"{_LITERT_JS}/core/wasm/litert_wasm_{build}internal.{ending}"
                for build in ("", "compat_")
                for ending in ("js", "wasm")
            ),
        ),
    ),
    Tool(
        "tfjs",
        "TensorFlow.js and its converter",
        (),
        140,
        files=(
            f"{NODE}/@tensorflow/tfjs/dist/tf.min.js",
            f"{PYTHON}/tensorflowjs/converters/tf_saved_model_conversion_v2.py",
        ),
    ),
)
"""The tools that `Target.tools` may name."""


def tool_named(name: str) -> Tool:
    """Return a tool of `TOOLS`.

    Raises:
        RunError: there is none of that name.
    """
    for tool in TOOLS:
        if tool.name == name:
            return tool
    known = ", ".join(tool.name for tool in TOOLS)
    raise RunError(f"expected the name of a tool: {known}. Received: {name!r}")


def tool_folder(name: str) -> Path | None:
    """Return the folder of a tool that is made and whole, else None."""
    return made_folder(tool_named(name))


def made_folder(tool: Tool) -> Path | None:
    """Return the folder of a tool that is made and whole, else None.

    It got its name when all of it had been installed and imported; where parts of it were removed
    since, it is to be made again.
    """
    return None if missing_parts(tool, tool.place) else tool.place


def missing_parts(tool: Tool, folder: Path) -> list[str]:
    """Return what a tool in a folder lacks to be whole."""
    modules = [f"{PYTHON}/{name}" for name in tool.modules]
    lost = [
        name
        for name in modules
        if not (folder / name).is_dir() and not (folder / f"{name}.py").is_file()
    ]
    return lost + [name for name in tool.files if not (folder / name).is_file()]


def missing_tools(names: Iterable[str]) -> str | None:
    """Say which tools are neither made nor importable as it is, and what makes them, or None."""
    missing = [tool for tool in map(tool_named, names) if not (made_folder(tool) or is_here(tool))]
    if not missing:
        return None
    return "; ".join(
        f"it needs {tool.holds}, which is kept apart; make it once: {tool.making}"
        for tool in missing
    )


def lacking(tool: Tool) -> str | None:
    """Say what is not here that making a tool takes, and after "; " what brings it, or None."""
    files = {file.name for file in tool.pin_files()}
    if REQUIREMENTS in files and not importlib.util.find_spec("pip"):
        return "pip, which installs it, is not in this environment; python -m ensurepip"
    if PACKAGE in files and not shutil.which("npm"):
        return "npm, which installs it, is not on PATH; install Node.js with npm"
    return None


def is_here(tool: Tool) -> bool:
    """Tell whether the environment that runs holds the tool's modules itself."""
    return bool(tool.modules) and all(importlib.util.find_spec(name) for name in tool.modules)


def overlays(names: Iterable[str]) -> tuple[Path, ...]:
    """Return the folders of those tools that are made, for the processes of a target."""
    folders = (tool_folder(name) for name in names)
    return tuple(folder for folder in folders if folder)


def overlaid(environment: dict[str, str], folders: Sequence[Path]) -> dict[str, str]:
    """Return an environment in which Python and Node find the packages of tools first."""
    added = {"PYTHONPATH": PYTHON, "NODE_PATH": NODE}
    paths = {
        variable: [str(folder / part) for folder in folders if (folder / part).exists()]
        + [path for path in environment.get(variable, "").split(os.pathsep) if path]
        for variable, part in added.items()
    }
    return environment | {name: os.pathsep.join(found) for name, found in paths.items() if found}
