"""`python -m kerascfg.exporting.tools NAME`: make a tool environment."""

import sys

from kerascfg.errors import RunError
from kerascfg.exporting.tools import TOOLS, make_tool

if len(sys.argv) != 2:
    sys.exit(f"expected the name of a tool: {', '.join(tool.name for tool in TOOLS)}")
try:
    make_tool(sys.argv[1])
except RunError as error:
    sys.exit(str(error))
