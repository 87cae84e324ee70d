"""The schema that Arrow's files have in common: which columns are read, and their types."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kerascfg.data.arrow.columns import can_be_read, plain_type
from kerascfg.errors import Problem, RunError, did_you_mean, override

if TYPE_CHECKING:
    import pyarrow as pa


def check_schema(schema: pa.Schema, chosen: Sequence[str] | None, path: str) -> list[Problem]:
    """Check that the columns that are asked for, or else all, are there and can be read."""
    for name in chosen or ():
        if name not in schema.names:
            meant = did_you_mean(str(name), schema.names)
            return [
                Problem(
                    path,
                    f"expected columns of the file ({', '.join(schema.names)}). Received: {name}",
                    hint=f"did you mean `{meant}`?" if meant else None,
                    fix=override(path, [meant if each == name else each for each in chosen or ()])
                    if meant
                    else None,
                )
            ]
    nested = [f for f in schema if not can_be_read(f.type) and (not chosen or f.name in chosen)]
    if not nested:
        return []
    listed = ", ".join(f"`{field.name}`, {field.type}" for field in nested)
    return [
        Problem(
            path,
            "expected columns of numbers, texts, dates, or lists of one length. "
            f"Received: {listed}",
            hint="read the others only, or flatten it when the file is written",
            fix=override(path, [f.name for f in schema if can_be_read(f.type)]),
        )
    ]


def common_schema(
    schemas: Sequence[tuple[Path, pa.Schema]], chosen: Sequence[str] | None
) -> pa.Schema:
    """Return the columns that are read and the types that hold the values of all files.

    Raises:
        RunError: a file lacks a column, has one that the first has not, or one of a type that
            cannot be read or does not go with the first's.
    """
    import pyarrow as pa

    first_file, first = schemas[0]
    common = None
    for file, schema in schemas:
        doubled = sorted({name for name in schema.names if schema.names.count(name) > 1})
        if doubled:
            raise RunError(f"{file}: expected each name once. Received twice: {doubled}")
        wanted = list(first.names if chosen is None else chosen)
        if chosen is None and set(schema.names) != set(wanted):
            raise RunError(
                f"{file}: expected the columns of {first_file} ({', '.join(wanted)}). "
                f"Received: {', '.join(schema.names)}"
            )
        problems = check_schema(schema, wanted, f"{file}")
        if problems:
            raise RunError(f"{file}: {problems[0].message}")
        plain = pa.schema([(name, plain_type(schema.field(name).type)) for name in wanted])
        try:
            schemas_so_far = [common, plain] if common else [plain]
            common = pa.unify_schemas(schemas_so_far, promote_options="permissive")
        except pa.ArrowException as error:
            raise RunError(f"{file}: expected the types of {first_file}. {error}") from error
    assert common is not None
    return common
