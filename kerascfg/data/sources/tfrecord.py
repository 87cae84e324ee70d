"""TFRecord files of `tf.train.Example`, read record by record: they may be larger than memory."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from kerascfg.data.digest import digest_of
from kerascfg.data.files import check_files, find_files
from kerascfg.data.peek import Peek
from kerascfg.data.table import Column, Table
from kerascfg.errors import ConfigError, Problem

_WHAT = "a TFRecord file"


def tfrecord(
    path: str | list[str] | dict[str, Any],
    features: dict[str, Any],
    on_error: Literal["stop", "skip"] = "stop",
) -> Table:
    """Yield the features of each record, under their own names.

    All files are read once when they are opened, and every checksum and feature is checked.
    Then only the places of the records and the scalar features (up to 256 MiB) are in memory;
    what a batch needs is read from the files.

    Args:
        path: the files; not compressed, since those can be read from the beginning only.
        features: name -> `{shape, dtype, decode}`, as in
            `{image: {shape: [28, 28, 1], decode: image}, label: {dtype: int64}}`. `shape` is that
            of a sample, `[null]` where its length differs; `dtype` float32, int32, int64, uint8,
            bool or string; `decode` is `image` for encoded images (resized to `shape`, pixels
            from 0 to 255), `raw` for bytes of an array.
        on_error: what becomes of a record that is damaged or lacks a feature.

    Raises:
        RunError: a record is damaged, or lacks a feature; the message names file and record.
    """
    from kerascfg.data.tfrecords.examples import image_decoder, read_features
    from kerascfg.data.tfrecords.records import ExampleColumn, Records
    from kerascfg.data.tfrecords.scan import Held, scan

    said, problems = read_features(features, "features")
    if problems:
        raise ConfigError(problems)
    files = find_files(path, _WHAT)
    held = Held(said)
    scanned = [scan(file, said, held, on_error == "skip") for file in files.paths]
    records = Records(files.paths, scanned)
    in_memory = held.columns()
    columns: dict[str, Column] = {
        name: in_memory[name] if name in in_memory else ExampleColumn(records, name, feature)
        for name, feature in said.items()
    }
    return Table(
        columns,
        {name: feature.spec for name, feature in said.items()},
        digest_of(files.paths),
        load=image_decoder(said),
        splits=files.splits_of_rows(records.rows),
        skipped=tuple(line for each in scanned for line in each.skipped),
        place=records.place,
    )


def peek(arguments: Mapping[str, Any], path: str) -> Peek:
    """Check what is said of the features, and the frame of each file's first record."""
    from kerascfg.data.tfrecords.examples import read_features

    features, problems = read_features(arguments.get("features"), f"{path}.features")
    suffixes = (".tfrecord", ".tfrecords")
    files, missing = check_files(arguments, path, _WHAT, suffixes)
    problems += (
        missing
        or [problem for file in files.paths if (problem := _check_frame(file, f"{path}.path"))][:1]
    )
    return Peek(problems=tuple(problems)) if problems else Peek(tuple(features))


def _check_frame(file: Path, path: str) -> Problem | None:
    with file.open("rb") as stream:
        frame = stream.read(12)
    if not frame or _masked_crc(frame[:8]) == int.from_bytes(frame[8:], "little"):
        return None
    if frame[:2] == b"\x1f\x8b":
        return Problem(
            path,
            f"expected TFRecord files that are not compressed. Received: {file}, which is GZIP",
            hint="samples are read in any order, which a compressed file does not allow: gunzip it",
        )
    return Problem(path, f"expected {_WHAT}. Received: {file}, whose first record has no header")


def _masked_crc(content: bytes) -> int:
    """Return the checksum of TFRecord: CRC-32C, rotated, plus a constant."""
    crc = 0xFFFFFFFF
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF
