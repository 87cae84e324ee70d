"""What works on this machine: which targets and strategies, and what fixes those that do not.

Nothing heavy is imported here. What a package is worth is found by importing it in a process of
its own: a name that can be found may belong to an install that is broken.
"""

from kerascfg.doctor.examine import Finding, examine
from kerascfg.doctor.table import findings_table

__all__ = ["Finding", "examine", "findings_table"]
