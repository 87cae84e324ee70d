import numpy as np
import pytest
from PIL import Image

from kerascfg.data import check_data, epoch_order, open_data
from kerascfg.data.sources.segmentation import segmentation
from kerascfg.errors import RunError


@pytest.fixture
def scenes(tmp_path):
    """Twelve digits of 8x8 with, for masks, where there is ink: 0, 1 (some), 2 (much)."""
    from sklearn.datasets import load_digits

    for name in ("images", "masks"):
        (tmp_path / name).mkdir()
    for index, image in enumerate(load_digits().images[:12]):
        Image.fromarray((image * 15).astype("uint8")).save(tmp_path / "images" / f"{index}.bmp")
        mask = np.digitize(image, [1, 10]).astype("uint8")
        Image.fromarray(mask).save(tmp_path / "masks" / f"{index}.png")
    return tmp_path


def arguments(scenes, **more):
    images, masks = (str(scenes / name) for name in ("images", "masks"))
    return {"images": images, "masks": masks, "image_size": [8, 8], **more}


def masks_of(scenes, **more):
    return segmentation(**arguments(scenes, **more)).columns["mask"][:]


def test_both_folders_are_looked_for(scenes):
    def found(**more):
        source = {"type": "segmentation", **arguments(scenes, **more)}
        return {p.path: p for p in check_data({"source": source}, None)}

    assert found() == {}
    assert found(masks=str(scenes / "mask"))["data.source.masks"].fix == (
        f"data.source.masks={scenes / 'masks'}"
    )
    assert found(image_size=None).keys() == {"data.source.image_size"}


def test_masks_are_matched_by_name_and_resized_without_mixing(scenes):
    masks = masks_of(scenes)
    assert masks.shape == (12, 8, 8) and masks.dtype == "int32"
    stems = sorted(str(index) for index in range(12))
    for mask, stem in zip(masks, stems, strict=True):
        np.testing.assert_array_equal(mask, Image.open(scenes / "masks" / f"{stem}.png"))
    larger = masks_of(scenes, image_size=[16, 24])
    np.testing.assert_array_equal(larger, masks.repeat(2, axis=1).repeat(3, axis=2))
    assert set(masks_of(scenes, image_size=[5, 3]).flat) <= {0, 1, 2}


def test_masks_of_black_and_white_are_two_classes(scenes):
    expected = masks_of(scenes) > 0
    for file in (scenes / "masks").iterdir():
        Image.fromarray((np.asarray(Image.open(file)) > 0).astype("uint8") * 255).save(file)
    assert set(masks_of(scenes).flat) == {0, 255}
    np.testing.assert_array_equal(masks_of(scenes, binary=True), expected)


def test_an_index_into_a_table_of_colours_is_the_class(scenes):
    expected = masks_of(scenes)
    for file in (scenes / "masks").iterdir():
        mask = Image.fromarray(np.asarray(Image.open(file)), "L").convert("P")
        mask.putpalette([0, 0, 0, 200, 0, 0, 0, 0, 250])
        mask.save(file)
    np.testing.assert_array_equal(masks_of(scenes), expected)


def test_what_is_no_pair_is_named(scenes):
    (scenes / "masks" / "1.png").unlink()
    (scenes / "images" / "2.bmp").unlink()
    Image.new("L", (9, 8)).save(scenes / "masks" / "3.png")
    Image.new("RGB", (8, 8)).save(scenes / "masks" / "4.png")
    (scenes / "images" / "5.bmp").write_bytes(b"")
    with pytest.raises(RunError) as raised:
        segmentation(**arguments(scenes))
    one, two, three, four, five = str(raised.value).splitlines()
    assert "1.bmp: expected a mask 1.png" in one
    assert "2.png: expected an image 2.jpg" in two
    assert "8x8 and 9x8 pixels" in three
    assert "4.png: expected a mask of one channel" in four and "RGB" in four
    assert "5.bmp: expected an image" in five
    table = segmentation(**arguments(scenes, on_error="skip"))
    assert (table.rows, len(table.skipped)) == (7, 5)


def test_two_files_of_one_name_are_refused(scenes):
    Image.new("L", (8, 8)).save(scenes / "images" / "1.png")
    with pytest.raises(RunError, match=r"expected each name once.*1\.bmp and .*1\.png"):
        segmentation(**arguments(scenes))


def test_a_mask_that_is_damaged_is_named(scenes):
    table = segmentation(**arguments(scenes))
    file = scenes / "masks" / "0.png"
    file.write_bytes(file.read_bytes()[:60])
    with pytest.raises(RunError, match=r"masks.0\.png: expected a mask"):
        table.columns["mask"][:]


@pytest.mark.slow
def test_batches_hold_each_image_with_its_mask(scenes):
    source = {"type": "segmentation", **arguments(scenes, color_mode="grayscale")}
    data = open_data({"source": source, "batch_size": 4}, task=None, seed=0)
    x, y, _ = next(iter(data.training_batches()))
    assert y["mask"].shape == (4, 8, 8) and y["mask"].dtype == "int32"
    np.testing.assert_array_equal(np.digitize(x["image"][..., 0] / 15, [1, 10]), y["mask"])


@pytest.mark.slow
@pytest.mark.parametrize("cache", ["none", "memory", "disk"])
def test_masks_are_read_with_their_images_only(scenes, cache, monkeypatch):
    monkeypatch.setenv("KERASCFG_CACHE", str(scenes / "cache"))
    expected = masks_of(scenes)
    source = {"type": "segmentation", **arguments(scenes)}
    data = open_data({"source": source, "batch_size": 4, "cache": cache}, task=None, seed=1)
    part = data.parts["train"]
    assert part.targets == {} and data.targets["mask"].dtype == "int32"
    ((x, y, _),) = data.training_batches().take(1).as_numpy_iterator()
    rows = part.numbers[epoch_order(1, 0, part.rows)[:4]]
    np.testing.assert_array_equal(y["mask"], expected[rows])
    assert x["image"].shape == (4, 8, 8, 3)
    np.testing.assert_array_equal(data.answers("train", "mask"), expected[part.numbers])
    (first, *_) = data.target_batches("train", ["mask"])
    np.testing.assert_array_equal(first["mask"], expected[part.numbers][: len(first["mask"])])


@pytest.mark.slow
def test_a_mask_that_breaks_after_it_was_opened_is_named(scenes):
    source = {"type": "segmentation", **arguments(scenes)}
    data = open_data({"source": source, "batch_size": 4}, task=None, seed=1)
    for file in (scenes / "masks").iterdir():
        file.write_bytes(b"")
    with pytest.raises(RunError, match=r"masks/\d+\.png: expected a mask"):
        data.training_batches()
