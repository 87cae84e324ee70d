"""What can be wrong with data: how the files are made, and what is said of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tests.data.bad.making import (
    arrays,
    cell,
    column,
    content,
    cut,
    flipped,
    hdf5,
    lines,
    mask,
    npy_files,
    parquet,
    pictures,
    records,
    several,
    sound,
    sounds,
    steps,
    table,
    texts,
)

CSV = ["data=csv", "data.source.path=t.csv", "data.target=kind", "model=tabular"]
WAGE = [*CSV, "data.target=wage", "task=regression"]
NPZ = ["data=npz", "data.source.path=t.npz", "data.target=y", "model=tabular"]
NPY = ["data=npy", "data.source.path=arrays", "data.target=y", "model=tabular"]
HDF5 = ["data=hdf5", "data.source.path=t.h5", "data.target=y", "model=tabular"]
PARQUET = ["data=parquet", "data.source.path=t.parquet", "data.target=kind", "model=tabular"]
JSONL = ["data=jsonl", "data.source.path=t.jsonl", "data.target=kind", "model=tabular"]
RECORDS = ["data=tfrecord", "data.source.path=t.tfrecord", "~data.source.features.image",
           "data.source.features.x={shape: [2]}", "model=tabular"]  # fmt: skip
SEQUENCES = ["data=sequences", "data.source.path=t.npz", "data.target=y", "model=lstm"]
WHOLE = "data.split={train: 1.0, validation: 0.0, test: 0.0}"  # so that every file is read
IMAGES = ["data=image_folder", "data.source.path=pictures", "data.source.image_size=[8,8]", WHOLE]
MASKS = ["data=segmentation", "data.source.images=pictures/one", "data.source.masks=masks",
         "data.source.image_size=[8,8]", "task=null", "model=small_unet", "model.args.classes=2",
         "loss=sparse_categorical_crossentropy", WHOLE]  # fmt: skip
SOUNDS = ["data=audio_folder", "data.source.path=sounds", "data.source.samples=800", "model=mlp",
          WHOLE]  # fmt: skip
TEXTS = ["data=text_folder", "data.source.path=texts", "model=text", WHOLE]
LISTED = ["data=image_table", "data.source.path=t.csv", "data.source.image_size=[8,8]",
          "data.target=kind", WHOLE]  # fmt: skip
BY_COLUMN = ["data.split.by=column", "data.split.column=part", "data.split.stratify=false"]
SKIP = ["data.on_error=skip"]


@dataclass(frozen=True)
class Bad:
    """A mistake in data.

    Attributes:
        make: makes the files, in the current folder.
        overrides: the command line.
        status: the exit status.
        says: what is said of it.
        then: what happens between the check and the run.
        skipped: parts of the lines of skipped.txt, one each.
    """

    make: Callable[[], Any]
    overrides: list[str]
    status: int
    says: tuple[str, ...]
    then: Callable[[], Any] = lambda: None
    skipped: tuple[str, ...] = ()


CASES = {
    # tables
    "a ragged row": Bad(
        table(lambda r: r[6].pop()), CSV, 1, ("t.csv, row 7", "expected 3 cells", "2")
    ),
    "bytes that are no UTF-8": Bad(
        table(cell(9, 0, "Tromsø"), "latin-1"), CSV, 1, ("t.csv, row 9", "UTF-8", "0xf8")
    ),
    "a name twice in the header": Bad(
        table(cell(1, 1, "city")), CSV, 2, ("row 1", "`city`", "columns 1 and 2")
    ),
    "a column without a name": Bad(table(cell(1, 1, "")), CSV, 2, ("row 1", "expected a name")),
    "a header alone": Bad(
        table(lambda r: r.__delitem__(slice(1, None))), CSV, 1, ("csv t.csv", "without rows")
    ),
    "an empty file": Bad(content("t.csv", ""), CSV, 2, ("t.csv", "expected a header")),
    "a quote that is left open": Bad(
        table(cell(4, 0, '"Rome')), CSV, 1, ("t.csv, row 4", "expected CSV")
    ),
    "a target that is no column": Bad(
        table(), [*CSV, "data.target=kidn"], 2, ("data.target", "`kind`")
    ),
    "a feature that is no column": Bad(
        table(), [*CSV, "data.features=[ctiy]"], 2, ("ctiy", "`city`")
    ),
    "a column that changes to text": Bad(
        table(cell(30, 1, "much")),
        [*CSV, "data.features={wage: {dtype: float32}}"],
        2,
        ("data.features.wage.dtype", "'much'", "t.csv, row 30"),
    ),
    "a column that changes to text, unsaid": Bad(
        table(cell(30, 1, "much")), CSV, 0, ("`wage` is a text although", "t.csv, row 30")
    ),
    "a value that is missing for a whole number": Bad(
        table(cell(5, 1, "")),
        [*CSV, "data.features={wage: {dtype: int32}}"],
        2,
        ("`wage` without one in 1 of 40", "missing"),
    ),
    "an infinite value": Bad(
        table(cell(8, 1, "inf")), CSV, 1, ("`wage`", "infinite one in 1 of 40 rows", "t.csv, row 8")
    ),
    "a value that is missing (NaN)": Bad(
        table(cell(8, 1, "")), CSV, 0, ("`wage` has no value (NaN) in 1 of 40",)
    ),
    "a target without a number": Bad(
        table(cell(8, 1, "")),
        WAGE,
        2,
        ("data.target", "`wage` without one in 1 of 40", "t.csv, row 8"),
    ),
    "a target without a class": Bad(
        table(cell(8, 2, "")), CSV, 2, ("data.target", "`kind` without one", "t.csv, row 8")
    ),
    "a constant target": Bad(
        table(column("wage", lambda i: "1.5")), WAGE, 2, ("data.target", "varies", "`wage`")
    ),
    "one class": Bad(
        table(column("kind", lambda i: "old")),
        CSV,
        2,
        ("two or more classes", "`kind`, which is old"),
    ),
    "a class of one row": Bad(table(cell(8, 2, "odd")), CSV, 2, ("odd", "1")),
    "classes that are fractions": Bad(
        table(), [*CSV, "data.target=wage"], 2, ("classes", "`wage`", "1.5", "task=regression")
    ),
    "a quantity that is a text": Bad(
        table(), [*CSV, "task=regression"], 2, ("column of numbers", "'old'")
    ),
    "three classes for task=binary": Bad(
        table(column("kind", lambda i: "abc"[i % 3])),
        [*CSV, "task=binary"],
        2,
        ("two classes", "3 (a, b, c)"),
    ),
    "another number of classes than stated": Bad(
        table(), [*CSV, "data.classes=5"], 2, ("data.classes", "2 (new, old)")
    ),
    "a class that only validation has": Bad(
        table(
            lambda r: [
                column("part", lambda i: ("train", "validation")[i % 4 == 0])(r),
                cell(2, 2, "odd")(r),
            ]
        ),
        [*CSV, *BY_COLUMN],
        2,
        ("only classes in validation", "odd (1 row)"),
    ),
    "nothing to train on": Bad(
        table(column("part", lambda i: "test")),
        [*CSV, *BY_COLUMN],
        2,
        ("expected rows to train on", "40 test"),
    ),
    "a split that nobody knows": Bad(
        table(column("part", lambda i: ("train", "tset")[i == 20])),
        [*CSV, *BY_COLUMN],
        2,
        ("'tset'", "`test`", "t.csv, row 22"),
    ),
    "a split that is empty": Bad(
        table(lambda r: r.__delitem__(slice(4, None))),
        [*CSV, "data.split.stratify=false"],
        2,
        ("data.split", "3"),
    ),
    "a row without its group": Bad(
        table(cell(7, 0, "")),
        [*CSV, "data.split={by: group, column: city}"],
        2,
        ("data.split.column", "`city` without one in 1 of 40", "t.csv, row 7"),
    ),
    "a time that is none": Bad(
        table(), [*CSV, "data.split={by: time, column: city}"], 2, ("data.split.column", "Rome")
    ),
    "a negative weight": Bad(
        table(column("counts", lambda i: str(1 - 2 * (i == 9)))),
        [*CSV, "data.weight=counts"],
        2,
        ("data.weight", "`counts`", "-1", "t.csv, row 11"),
    ),
    "a weight that is a text": Bad(
        table(column("counts", lambda i: "x")),
        [*CSV, "data.weight=counts"],
        2,
        ("data.weight", "`counts`"),
    ),
    "weights that are all zero": Bad(
        table(column("counts", lambda i: "0")),
        [*CSV, "data.weight=counts"],
        2,
        ("data.weight", "`counts`"),
    ),
    "rows on both sides of the split": Bad(
        table(lambda r: [column("wage", lambda i: str(i % 4))(r)]),
        CSV,
        0,
        ("also in train, equal in every feature",),
    ),
    "a file that disappears": Bad(
        table(),
        CSV,
        2,
        ("data.source.path", "t.csv, which does not exist"),
        then=lambda: Path("t.csv").unlink(),
    ),
    "a file that is not there": Bad(
        table(), [*CSV, "data.source.path=tt.csv"], 2, ("data.source.path", "tt.csv", "`t.csv`")
    ),
    "a folder instead of a file": Bad(
        lambda: Path("t.csv").mkdir(), CSV, 2, ("data.source.path", "folder")
    ),
    "files with other headers": Bad(
        several(table(), content("u.csv", "city,pay,kind\nRome,1,old\n")),
        [*CSV, "data.source.path=[t.csv,u.csv]"],
        2,
        ("u.csv, row 1", "expected the header of", "city, pay, kind"),
    ),
    "a ragged row, skipped": Bad(
        table(lambda r: r[6].pop()),
        [*CSV, *SKIP],
        0,
        ("1 of 40 rows",),
        skipped=("t.csv, row 7: expected 3 cells",),
    ),
    "bytes that are no UTF-8, skipped": Bad(
        table(cell(9, 0, "Tromsø"), "latin-1"),
        [*CSV, *SKIP],
        0,
        ("1 of 40 rows",),
        skipped=("t.csv, row 9: expected UTF-8",),
    ),
    # lines of JSON
    "a line that is no object": Bad(lines((4, "[1, 2]")), JSONL, 1, ("t.jsonl, row 4", "object")),
    "a line that is no JSON": Bad(lines((4, '{"wage": 1,')), JSONL, 1, ("t.jsonl, row 4", "JSON")),
    "a line that is no UTF-8": Bad(
        lines((4, b'{"wage": 1, "kind": "caf\xe9"}')), JSONL, 1, ("t.jsonl, row 4", "UTF-8")
    ),
    "a line without a column": Bad(lines((4, '{"wage": 1}')), JSONL, 2, ("kind", "t.jsonl, row 4")),
    "a list of another length": Bad(
        lines((4, '{"wage": [1, 2], "kind": "old"}')), JSONL, 1, ("t.jsonl, row 4", "`wage`")
    ),
    "a line that is no object, skipped": Bad(
        lines((4, "3"), (9, "{")),
        [*JSONL, *SKIP],
        0,
        ("2 of 30 rows",),
        skipped=("t.jsonl, row 4", "t.jsonl, row 9"),
    ),
    # arrays
    "a cut npz": Bad(cut(arrays(), "t.npz", 40), NPZ, 2, ("data.source.path", "t.npz")),
    "a damaged array in an npz": Bad(
        several(
            arrays(),
            lambda: Path("t.npz").write_bytes(
                Path("t.npz").read_bytes().replace(b"\0" * 16, b"\1" * 16, 1)
            ),
        ),
        NPZ,
        1,
        ("t.npz", "x"),
    ),
    "an array of Python objects": Bad(
        arrays(x=np.array([{}] * 20)), NPZ, 1, ("t.npz", "`x`", "allow_pickle")
    ),
    "arrays of other lengths": Bad(arrays(y=np.arange(19) % 2), NPZ, 1, ("x: 20", "y: 19")),
    "a number instead of an array": Bad(arrays(z=np.float32(3)), NPZ, 1, ("one row a sample", "z")),
    "an array of complex numbers": Bad(
        arrays(x=np.zeros((20, 3), "complex64")), NPZ, 1, ("`x`", "complex64")
    ),
    "labels that are neither 0 nor 1": Bad(
        arrays(y=np.full((20, 3), 2)), [*NPZ, "task=multilabel"], 2, ("0 and 1",)
    ),
    "a cut npy": Bad(cut(npy_files, "arrays/x.npy", 8), NPY, 1, ("x.npy",)),
    "lengths that do not sum to the steps": Bad(
        steps(np.full(20, 2)), SEQUENCES, 1, ("t.npz, `steps_lengths`", "60 steps", "40")
    ),
    "a cut HDF5 file": Bad(cut(hdf5(), "t.h5", 4000), HDF5, 1, ("t.h5", "expected an HDF5 file")),
    "no HDF5 file": Bad(content("t.h5", b"other bytes"), HDF5, 2, ("data.source.path", "t.h5")),
    "a group that is not in the file": Bad(
        hdf5(), [*HDF5, "data.source.group=inner"], 1, ("t.h5", "inner", "x, y")
    ),
    "datasets of other lengths": Bad(hdf5((20, 19)), HDF5, 1, ("x: 20", "y: 19")),
    "a cut Parquet file": Bad(
        cut(parquet, "t.parquet", 30), PARQUET, 2, ("data.source.path", "t.parquet")
    ),
    "a Parquet file without its target": Bad(
        parquet, [*PARQUET, "data.target=kidn"], 2, ("data.target", "`kind`")
    ),
    # records
    "a cut TFRecord file": Bad(cut(records(), "t.tfrecord", 5), RECORDS, 1, ("t.tfrecord", "20")),
    "a record whose checksum is wrong": Bad(flipped, RECORDS, 1, ("t.tfrecord", "3")),
    "a record without a feature": Bad(
        records(last={"x": np.ones(2, "float32")}), RECORDS, 1, ("t.tfrecord", "label", "20")
    ),
    "a record of another length": Bad(
        records(last={"x": np.ones(3, "float32"), "label": np.array([1])}),
        RECORDS,
        1,
        ("t.tfrecord", "x", "20"),
    ),
    "a record of another dtype": Bad(
        records(last={"x": np.array([1, 2]), "label": np.array([1])}),
        RECORDS,
        1,
        ("t.tfrecord", "x", "20"),
    ),
    "a record without a feature, skipped": Bad(
        records(last={"x": np.ones(2, "float32")}),
        [*RECORDS, *SKIP],
        0,
        ("1 of 20 rows",),
        skipped=("t.tfrecord",),
    ),
    # images and masks
    "a corrupt image": Bad(
        pictures(content("pictures/one/3.png", b"no image")),
        IMAGES,
        1,
        ("one/3.png cannot be loaded",),
    ),
    "an empty image file": Bad(
        pictures(content("pictures/one/3.png", b"")), IMAGES, 1, ("one/3.png cannot be loaded",)
    ),
    "a cut image": Bad(
        cut(pictures(), "pictures/one/3.png", 30), IMAGES, 1, ("one/3.png cannot be loaded",)
    ),
    "a class that disappears": Bad(
        pictures(),
        IMAGES,
        2,
        ("data.source.path", "two or more", "pictures, only `one`"),
        then=lambda: Path("pictures/zero").rename("gone"),
    ),
    "a class without images": Bad(
        pictures(lambda: Path("pictures/two").mkdir()), IMAGES, 1, ("two: expected images",)
    ),
    "a folder without classes": Bad(
        lambda: Path("pictures").mkdir(), IMAGES, 2, ("data.source.path", "pictures")
    ),
    "a link to an image that is gone": Bad(
        pictures(lambda: Path("pictures/one/x.png").symlink_to("gone.png")),
        IMAGES,
        1,
        ("one/x.png cannot be loaded",),
    ),
    "a link to an image that is gone, skipped": Bad(
        pictures(lambda: Path("pictures/one/x.png").symlink_to("gone.png")),
        [*IMAGES, *SKIP],
        0,
        ("1 of 21 rows",),
        skipped=("one/x.png cannot be loaded",),
    ),
    "a corrupt image, skipped": Bad(
        pictures(content("pictures/one/3.png", b"no image")),
        [*IMAGES, *SKIP],
        0,
        ("1 of 20 rows",),
        skipped=("one/3.png cannot be loaded",),
    ),
    "nothing but corrupt images, skipped": Bad(
        pictures(lambda: [f.write_bytes(b"x") for f in Path("pictures").glob("*/*.png")]),
        [*IMAGES, *SKIP],
        1,
        ("expected rows that can be loaded", "0.png"),
    ),
    "a table that names an image that is not there": Bad(
        pictures(
            content(
                "t.csv",
                "image,kind\n"
                + "".join(
                    f"pictures/{c}/{i}.png,{c}\n" for c in ("one", "zero") for i in range(11)
                ),
            )
        ),
        LISTED,
        1,
        ("t.csv, row 12", "10.png"),
    ),
    "a mask of another size": Bad(pictures(mask(8, 9)), MASKS, 1, ("masks/3.png", "9x8")),
    "a mask in colours": Bad(pictures(mask(8, 8, 3)), MASKS, 1, ("masks/3.png", "RGB")),
    "an image without a mask": Bad(
        pictures(lambda: Path("masks/3.png").unlink()), MASKS, 1, ("one/3.png", "expected a mask")
    ),
    "a mask of another size, skipped": Bad(
        pictures(mask(8, 9)), [*MASKS, *SKIP], 0, ("1 of 10 rows",), skipped=("masks/3.png",)
    ),
    "a cut mask": Bad(
        cut(pictures(), "masks/3.png", 30), MASKS, 1, ("masks/3.png: expected a mask",)
    ),
    "a cut mask, skipped": Bad(
        cut(pictures(), "masks/3.png", 30),
        [*MASKS, *SKIP],
        0,
        ("1 of 10 rows",),
        skipped=("masks/3.png: expected a mask",),
    ),
    # sounds and texts
    "a sound of another rate": Bad(
        sounds(sound("low/5.wav", rate=16000)), SOUNDS, 1, ("low/5.wav", "8000", "16000")
    ),
    "a sound of two channels": Bad(
        sounds(sound("low/5.wav", channels=2)), SOUNDS, 1, ("low/5.wav", "channels: 1")
    ),
    "a sound of 8 bits": Bad(
        sounds(sound("low/5.wav", width=1)), SOUNDS, 1, ("low/5.wav", "16 bits", "8 bits")
    ),
    "a sound that is none": Bad(
        sounds(content("sounds/low/5.wav", b"ID3")), SOUNDS, 1, ("low/5.wav", "expected a WAV file")
    ),
    "a sound of another rate, skipped": Bad(
        sounds(sound("low/5.wav", rate=16000)),
        [*SOUNDS, *SKIP],
        0,
        ("1 of 16 rows",),
        skipped=("low/5.wav",),
    ),
    "a text that is no UTF-8": Bad(
        texts(content("texts/good/3.txt", b"caf\xe9")), TEXTS, 1, ("good/3.txt", "expected UTF-8")
    ),
    "an empty text": Bad(
        texts(content("texts/good/3.txt", b"")), TEXTS, 1, ("good/3.txt", "empty")
    ),
    "an empty text, skipped": Bad(
        texts(content("texts/good/3.txt", b"")),
        [*TEXTS, *SKIP],
        0,
        ("1 of 16 rows",),
        skipped=("good/3.txt",),
    ),
}
