"""Where is kept, between runs, what can be made again."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """Return the folder for what can be made again: `$KERASCFG_CACHE`, or the user's own."""
    if stated := os.environ.get("KERASCFG_CACHE"):
        return Path(stated).expanduser()
    shared = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(shared).expanduser() / "kerascfg"
