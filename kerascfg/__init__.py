"""YAML files describe a Keras model; kerascfg builds, trains, verifies and exports it.

A notebook needs six functions: `load` a config, `check` it, `build_model`, `train`, `export`, and
`open_run` for the files of a run. They are imported when they are used.
"""

from typing import TYPE_CHECKING, Any

from kerascfg._version import __version__

if TYPE_CHECKING:
    from kerascfg.api import build_model, check, export, load, open_run, train

__all__ = [
    "__version__",
    "build_model",
    "check",
    "export",
    "load",
    "open_run",
    "train",
]


def __getattr__(name: str) -> Any:
    """Import a public function when it is asked for, so that `import kerascfg` stays light."""
    if name in __all__:
        from kerascfg import api

        return getattr(api, name)
    raise AttributeError(f"module 'kerascfg' has no attribute {name!r}")
