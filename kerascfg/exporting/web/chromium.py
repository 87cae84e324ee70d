"""Chromium (or Chrome, Edge) without a window: where it is, and how it is started."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from kerascfg.exporting.target import Refused

STATED_BY = ("KERASCFG_CHROMIUM", "CHROME_PATH")
NAMES = (
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"),
    *("microsoft-edge", "msedge"),
)
_FLAGS = (
    "--headless",
    "--disable-gpu",  # the certificate is about the CPU, which every machine has
    "--no-first-run",
    "--no-default-browser-check",
    # Nothing but the page that is asked for is loaded, and nothing is reported.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-proxy-server",
)


def find_chromium() -> str:
    """Return the program: what the environment states, else what is found on PATH.

    Raises:
        Refused: there is none.
    """
    fix = "install chromium or set KERASCFG_CHROMIUM to the program of a Chromium, Chrome or Edge"
    for variable in STATED_BY:
        if stated := os.environ.get(variable):
            if program := shutil.which(stated):
                return program
            raise Refused(f"{variable} names no program that can be run: {stated!r}; {fix}")
    for name in NAMES:
        if program := shutil.which(name):
            return program
    raise Refused(f"a page runs in a browser, and there is no Chromium on PATH; {fix}")


def headless(program: str, profile: Path, url: str) -> list[str]:
    """Return the command that opens a page.

    Args:
        program: from `find_chromium`.
        profile: an empty folder for the browser's own files.
        url: the page.
    """
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    sandbox = ["--no-sandbox"] if root else []  # Chromium has none for root
    return [program, *_FLAGS, *sandbox, f"--user-data-dir={profile}", url]
