import numpy as np

from kerascfg.exporting.arrays import read_arrays, write_arrays


def test_arrays_come_back_under_any_name(tmp_path):
    arrays = {"file": np.arange(2), "samples/head out": np.ones((2, 1), "float32")}
    write_arrays(tmp_path / "a.npz", arrays)
    found = read_arrays(tmp_path / "a.npz")
    assert {name: array.dtype for name, array in found.items()} == {
        name: array.dtype for name, array in arrays.items()
    }
    assert found["file"].tolist() == [0, 1]


def test_bfloat16_comes_back_as_float32(tmp_path):
    import ml_dtypes

    write_arrays(tmp_path / "a.npz", {"head": np.array([1.5], ml_dtypes.bfloat16)})
    (head,) = read_arrays(tmp_path / "a.npz").values()
    assert (head.dtype, head.tolist()) == (np.float32, [1.5])


def test_text_of_every_kind_comes_back_as_unicode(tmp_path):
    write_arrays(
        tmp_path / "a.npz",
        {
            "objects": np.array(["Größe".encode(), b""], dtype=object),
            "bytes": np.array([b"ab", b"c"]),
            "unicode": np.array(["ü"]),
        },
    )
    found = read_arrays(tmp_path / "a.npz")
    assert found["objects"].tolist() == ["Größe", ""]
    assert found["bytes"].tolist() == ["ab", "c"]
    assert found["unicode"].tolist() == ["ü"]
