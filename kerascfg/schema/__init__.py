"""JSON Schemas of the configuration, so that editors complete and underline while one types.

They say what the check says, made from the same signatures, settings and documentation. What only
the composed config shows (arguments that another file gives, references) is left to the check.
"""

from kerascfg.schema.groups import group_schemas
from kerascfg.schema.write import write_schemas

__all__ = ["group_schemas", "write_schemas"]
