import numpy as np
import pytest

from kerascfg.data import check_data, open_data
from kerascfg.data.sources.image_folder import image_folder
from kerascfg.data.sources.image_table import image_table
from kerascfg.errors import RunError


@pytest.fixture
def digit_table(digit_images):
    """A CSV file beside the folder of digits: file, kind, and the ink of each picture."""
    from PIL import Image

    rows = ["file,kind,ink"]
    for file in sorted(digit_images.glob("*/*.png")):
        ink = np.asarray(Image.open(file)).mean()
        rows.append(f"{file.relative_to(digit_images.parent).as_posix()},{file.parent.name},{ink}")
    table = digit_images.parent / "digits.csv"
    table.write_text("\n".join(rows), encoding="utf-8")
    return table


def config(table, target="kind", **arguments):
    given = {"path": str(table), "image_size": [8, 8], "column": "file", **arguments}
    return {"source": {"type": "image_table", **given}, "target": target}


def found(*args, **arguments):
    return {p.path: p for p in check_data(config(*args, **arguments), task=None)}


def test_header_and_folder_are_looked_at(digit_table):
    assert found(digit_table) == {}
    assert found(digit_table, "ink", column="fil")["data.source.column"].fix == (
        "data.source.column=file"
    )
    assert (
        "height and width" in found(digit_table, image_size=[8])["data.source.image_size"].message
    )
    missing = found(digit_table, root=str(digit_table.parent / "digit"))["data.source.root"]
    assert missing.fix == f"data.source.root={digit_table.parent / 'digits'}"


def test_an_image_that_is_not_there_is_named_with_its_row(digit_table, digit_images):
    (digit_images / "one" / "3.png").unlink()
    (digit_images / "one" / "4.png").unlink()
    with pytest.raises(RunError, match=r"(row|sample) \d.*one.3\.png.*2 such rows in all"):
        image_table(str(digit_table), [8, 8], column="file")
    table = image_table(str(digit_table), [8, 8], column="file", on_error="skip")
    assert table.rows == len(table.columns["ink"]) == 18
    assert len(table.skipped) == 2 and "4.png" in table.skipped[1]
    assert table.place is not None and "5.png" in table.place(3)


def test_a_column_of_numbers_holds_no_paths(digit_table):
    with pytest.raises(RunError, match="expected paths in the column `ink`"):
        image_table(str(digit_table), [8, 8], column="ink")


def test_the_fingerprint_is_of_the_table_and_of_the_images(digit_table, digit_images, tmp_path):
    def fingerprint():
        return image_table(str(digit_table), [8, 8], column="file").fingerprint

    first = fingerprint()
    (digit_images / "one" / "3.png").write_bytes(b"other")
    second = fingerprint()
    digit_table.write_text(digit_table.read_text().replace(",one,", ",two,"))
    assert len({first, second, fingerprint()}) == 3


@pytest.mark.slow
def test_a_table_gives_the_pixels_of_a_folder_and_several_targets(digit_table, digit_images):
    data = open_data(config(digit_table, ["kind", "ink"]), task=None, seed=0)
    assert list(data.features) == ["file"]
    x, y = data.arrays("train")
    assert y["kind"].shape == y["ink"].shape == (16,)
    np.testing.assert_allclose(x["file"].mean(axis=(1, 2, 3)), y["ink"], rtol=1e-5)
    folder = image_folder(str(digit_images), [8, 8])
    table = image_table(str(digit_table), [8, 8], column="file")
    for name, row in zip(folder.columns["image"], range(20), strict=True):
        assert table.load is not None and folder.load is not None
        pixels = table.load({"file": table.columns["file"][row]})["file"]
        np.testing.assert_array_equal(pixels, folder.load({"image": name})["image"])


@pytest.mark.slow
def test_other_columns_are_features_too(digit_table):
    data = open_data(config(digit_table), task="classification", seed=0)
    assert {name: spec.shape for name, spec in data.features.items()} == {
        "file": (8, 8, 3),
        "ink": (),
    }
    x, _, _ = next(iter(data.training_batches()))
    np.testing.assert_allclose(np.mean(x["file"], axis=(1, 2, 3)), x["ink"], rtol=1e-5)
