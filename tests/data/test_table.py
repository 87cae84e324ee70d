import numpy as np
import pytest

from kerascfg.data import Table, TensorSpec, fingerprint_of, measured_specs
from kerascfg.data.table import check_table
from kerascfg.errors import RunError


def test_specs_are_measured_without_the_batch():
    columns = {
        "image": np.zeros((5, 8, 8, 1), np.uint8),
        "size": np.zeros(5),
        "token": np.zeros((5, 3), np.int64),
        "city": np.array(["a"] * 5, dtype=object),
    }
    assert measured_specs(columns) == {
        "image": TensorSpec((8, 8, 1), "uint8"),
        "size": TensorSpec((), "float32"),
        "token": TensorSpec((3,), "int32"),
        "city": TensorSpec((), "string"),
    }


def test_the_fingerprint_depends_on_names_shapes_and_content():
    base = {"x": np.arange(6.0), "y": np.array(["a", "b"], dtype=object)}
    assert fingerprint_of(base) == fingerprint_of({name: v.copy() for name, v in base.items()})
    others = [
        {**base, "x": np.arange(6.0) + 1},
        {**base, "x": np.arange(6.0).reshape(2, 3)},
        {**base, "y": np.array(["a", "c"], dtype=object)},
        {"z": base["x"], "y": base["y"]},
    ]
    assert len({fingerprint_of(each) for each in (base, *others)}) == 5


def test_the_fingerprint_of_objects_is_over_what_they_hold():
    rows = np.empty(2, object)
    rows[:] = [np.arange(2000.0), np.arange(3.0)]
    other = rows.copy()
    other[0] = np.where(rows[0] == 1000, 7, rows[0])
    files = np.array([b"\x89PNG", b"\xff\0"], object)
    shifted = np.array([b"\x89PNG\xff", b"\0"], object)
    each = [{"x": values} for values in (rows, other, files, shifted)]
    assert len(set(map(fingerprint_of, each))) == 4


def table(columns, specs=None, **more):
    return Table(columns, measured_specs(columns) if specs is None else specs, "", **more)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (table({}), "without rows"),
        (table({"x": np.zeros(0)}), "without rows"),
        (table({"x": np.zeros(2), "y": np.zeros(3)}), "as many rows"),
        (table({"x": np.zeros((2, 0))}), "values in every row.*`x`"),
        (table({"x": np.zeros(2)}, target="y"), "a column for its target"),
        (table({"x": np.zeros(2)}, {"z": TensorSpec((), "float32")}), "a column for every spec"),
    ],
)
def test_a_table_that_no_run_can_use_is_refused(wrong, message):
    with pytest.raises(RunError, match=f"my_source: .*{message}"):
        check_table(wrong, "my_source")
