"""How much memory is free, as far as the system says."""

from __future__ import annotations

import os
import re
from pathlib import Path


def half_of_free_memory() -> int | None:
    """Return half of what is free in bytes, or None where the system does not say."""
    try:
        said = Path("/proc/meminfo").read_text(encoding="ascii")
    except OSError:
        names = getattr(os, "sysconf_names", {})
        if "SC_AVPHYS_PAGES" not in names:
            return None
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    available = re.search(r"MemAvailable: +(\d+) kB", said)
    return int(available[1]) * 1024 // 2 if available else None
