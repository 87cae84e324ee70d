"""Where YAML files are looked for: the user's `conf/` first, then the package's."""

from __future__ import annotations

from pathlib import Path


def shipped_conf() -> Path:
    """Return the folder of the package's own YAML files: beside it in a clone, inside a wheel."""
    package = Path(__file__).resolve().parent.parent
    beside = package.parent / "conf"
    return beside if (beside / "config.yaml").is_file() else package / "conf"


def conf_folders() -> list[Path]:
    """Return the folders that exist, the user's before the package's."""
    user = (Path.cwd() / "conf").resolve()
    shipped = shipped_conf()
    return [user, shipped] if user.is_dir() and user != shipped else [shipped]
