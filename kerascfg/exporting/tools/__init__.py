"""Tool environments: what a converter needs beyond kerascfg's own packages, in a folder of its own.

Some converters are too large for everybody (PyTorch), others cannot be resolved beside TensorFlow.
Each such tool is an overlay: packages at exact pins, installed without their dependencies into a
folder of the user's cache, and put before everything else on the paths of those processes alone
that need it. The pins of a tool lie in `pins/NAME/`: `requirements.txt` for pip, `package.json`
with `package-lock.json` for npm.

A tool is made when its user says so (`kerascfg doctor --make NAME`), never in passing: it takes
minutes and up to some gigabytes.
"""

from kerascfg.exporting.tools.making import make, make_tool, trouble
from kerascfg.exporting.tools.table import (
    TOOLS,
    Tool,
    is_here,
    lacking,
    missing_tools,
    overlaid,
    overlays,
    tool_folder,
    tool_named,
)

__all__ = [
    "TOOLS",
    "Tool",
    "is_here",
    "lacking",
    "make",
    "make_tool",
    "missing_tools",
    "overlaid",
    "overlays",
    "tool_folder",
    "tool_named",
    "trouble",
]
