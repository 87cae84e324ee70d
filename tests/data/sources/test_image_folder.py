import shutil

import numpy as np
import pytest
from PIL import Image

from kerascfg.data import open_data
from kerascfg.data.sources.image_folder import image_folder
from kerascfg.errors import RunError


def config(folder, **more):
    source = {"type": "image_folder", "path": str(folder), "image_size": [8, 8]}
    return {"source": {**source, **more.pop("source", {})}, "batch_size": 4, **more}


def open_images(folder, **more):
    return open_data(config(folder, **more), task="classification", seed=0)


def test_folders_are_classes_and_images_are_not_opened_yet(digit_images):
    (digit_images / "zero" / "0.png").write_bytes(b"broken")
    data = open_images(digit_images)
    assert data.class_names == {"label": ("one", "zero")}
    assert data.sizes == {"train": 16, "validation": 2, "test": 2}
    assert data.features["image"].shape == (8, 8, 3)


def test_the_fingerprint_is_of_names_and_sizes_wherever_the_folder_lies(digit_images, tmp_path):
    first = image_folder(str(digit_images), [8, 8]).fingerprint
    moved = shutil.copytree(digit_images, tmp_path / "moved")
    assert image_folder(str(moved), [8, 8]).fingerprint == first
    (moved / "one" / "3.png").unlink()
    assert image_folder(str(moved), [8, 8]).fingerprint != first


def test_what_is_no_image_is_left_out_with_a_note(digit_images):
    (digit_images / "one" / "readme.txt").write_text("ones")
    (digit_images / "one" / ".hidden").write_text("")
    (note,) = open_images(digit_images).notes
    assert "1 files" in note and "one/readme.txt" in note


def test_a_class_without_images_is_refused(digit_images):
    (digit_images / "two").mkdir()
    with pytest.raises(RunError, match="two: expected images"):
        open_images(digit_images)


def test_a_folder_that_comes_divided_stays_so(digit_images):
    for index, split in enumerate(("train", "val", "test")):
        for name in ("one", "zero"):
            (digit_images / split / name).mkdir(parents=True)
            for file in sorted((digit_images / name).iterdir())[: (6, 2, 2)[index]]:
                file.rename(digit_images / split / name / file.name)
    for name in ("one", "zero"):
        (digit_images / name).rmdir()
    data = open_images(digit_images)
    assert data.class_names == {"label": ("one", "zero")}
    assert data.sizes == {"train": 12, "validation": 4, "test": 4}
    table = image_folder(str(digit_images), [8, 8])
    assert table.place is not None and table.splits is not None
    for row, split in enumerate(table.splits):
        assert f"/{split[:3]}" in table.place(row).removeprefix(str(digit_images))


def test_classes_named_train_and_test_are_classes(digit_images):
    (digit_images / "one").rename(digit_images / "train")
    (digit_images / "zero").rename(digit_images / "test")
    assert open_images(digit_images).class_names == {"label": ("test", "train")}


@pytest.mark.slow
@pytest.mark.parametrize("fit", ["stretch", "crop"])
def test_files_that_stay_encoded_decode_to_the_same_pixels(tmp_path, fit):
    from sklearn.datasets import load_sample_images

    from kerascfg.layers import DecodeImage

    for index, pixels in enumerate(load_sample_images().images):
        (tmp_path / str(index)).mkdir()
        for at in range(4):
            kind = ("jpg", "png", "webp", "bmp")[at]
            photograph = Image.fromarray(pixels[at * 40 : at * 40 + 200])
            photograph.save(tmp_path / str(index) / f"{at}.{kind}")
    decoded, encoded = (
        open_images(tmp_path, source=source, split={"train": 1.0, "validation": 0.0, "test": 0.0})
        for source in ({"image_size": [24, 32], "fit": fit}, {"image_size": None, "encoded": True})
    )
    assert (encoded.features["image"].shape, encoded.features["image"].dtype) == ((), "string")
    layer = DecodeImage(24, 32, fit=fit)
    for (x, y, _), (files, labels, _) in zip(
        decoded.training_batches().take(2), encoded.training_batches().take(2), strict=True
    ):
        np.testing.assert_array_equal(y["label"], labels["label"])
        np.testing.assert_array_equal(layer(files["image"]), x["image"])


@pytest.mark.slow
def test_without_smoothing_pixels_are_those_of_keras(tmp_path):
    import keras
    from sklearn.datasets import load_sample_images

    for index, pixels in enumerate(load_sample_images().images):
        (tmp_path / str(index)).mkdir()
        for at in range(3):
            part = Image.fromarray(pixels[at * 50 : at * 50 + 150, at * 30 :])
            part.save(tmp_path / str(index) / f"{at}.{('jpg', 'png', 'bmp')[at]}")
    table = image_folder(str(tmp_path), [24, 32], antialias=False)
    batches = keras.utils.image_dataset_from_directory(
        tmp_path, image_size=(24, 32), batch_size=6, shuffle=False, verbose=False
    )
    assert table.load is not None
    images = [table.load({"image": name})["image"] for name in table.columns["image"][:]]
    np.testing.assert_array_equal(images, next(iter(batches))[0])


@pytest.mark.slow
def test_the_content_tells_the_format_and_an_animation_is_its_first_frame(digit_images):
    frames = [Image.open(file) for file in sorted((digit_images / "one").iterdir())[:3]]
    for file in (digit_images / "one").iterdir():
        file.unlink()
    frames[1].save(digit_images / "one" / "a.jpg", "PNG")
    frames[0].save(digit_images / "one" / "b.gif", save_all=True, append_images=frames[1:])
    table = image_folder(str(digit_images), [8, 8], "grayscale")
    assert table.load is not None
    for row, frame in ((0, 1), (1, 0)):
        pixels = table.load({"image": table.columns["image"][row]})["image"]
        np.testing.assert_array_equal(pixels[..., 0], frames[frame])


@pytest.mark.slow
@pytest.mark.parametrize("cache", ["memory", "none"])
def test_pixels_are_raw_from_0_to_255(digit_images, cache):
    data = open_images(digit_images, cache=cache, source={"color_mode": "grayscale"})
    originals = sorted(np.asarray(Image.open(file)).sum() for file in digit_images.glob("*/*.png"))
    images = [data.arrays(split)[0]["image"] for split in ("train", "validation", "test")]
    assert images[0].shape == (16, 8, 8, 1)
    assert images[0].dtype == "float32"
    assert sorted(np.concatenate(images).sum(axis=(1, 2, 3))) == pytest.approx(originals)
    x, y, _ = next(iter(data.training_batches()))
    assert x["image"].shape == (4, 8, 8, 1)
    assert y["label"].shape == (4,)


@pytest.mark.slow
def test_photographs_of_any_size_and_format_are_resized(tmp_path):
    from sklearn.datasets import load_sample_images

    for index, pixels in enumerate(load_sample_images().images):
        for kind in ("jpg", "png", "bmp", "gif"):
            folder = tmp_path / f"photo{index}"
            folder.mkdir(exist_ok=True)
            Image.fromarray(pixels[:: index + 1]).save(folder / f"{kind}.{kind}")
    split = {"train": 0.5, "validation": 0.0, "test": 0.5}
    data = open_images(tmp_path, source={"image_size": [24, 32]}, split=split)
    x, y = data.arrays("train")
    assert x["image"].shape == (4, 24, 32, 3)
    assert 0 <= x["image"].min() < 30 and 200 < x["image"].max() <= 255
    assert sorted(y["label"]) == [0, 0, 1, 1]


@pytest.mark.slow
@pytest.mark.parametrize("damage", [b"", b"not an image", "cut"])
def test_a_damaged_image_is_named(digit_images, damage):
    file = digit_images / "one" / "4.png"
    file.write_bytes(file.read_bytes()[:-30] if damage == "cut" else damage)
    data = open_images(digit_images)
    with pytest.raises(RunError, match=r"one.4\.png cannot be loaded"):
        for split in ("train", "validation", "test"):
            data.arrays(split)


@pytest.mark.slow
def test_a_bmp_file_under_another_name_is_named(digit_images):
    file = digit_images / "one" / "4.png"
    Image.open(file).convert("RGB").save(file, "BMP")
    data = open_images(digit_images)
    with pytest.raises(RunError, match=r"one.4\.png cannot be loaded.*name it \.bmp"):
        for split in ("train", "validation", "test"):
            data.arrays(split)


@pytest.mark.slow
def test_a_file_that_disappears_is_named(digit_images):
    data = open_images(digit_images)
    (digit_images / "zero" / "7.png").unlink()
    with pytest.raises(RunError, match=r"zero.7\.png cannot be loaded.*No such file"):
        data.training_batches()
        data.evaluation_batches("validation")
        data.evaluation_batches("test")


@pytest.mark.slow
def test_a_damaged_image_that_breaks_training_can_be_explained(digit_images):
    import tensorflow as tf

    (digit_images / "zero" / "7.png").write_bytes(b"broken")
    data = open_images(digit_images, cache="none")
    with pytest.raises(tf.errors.OpError) as raised:
        for split in ("validation", "test", "train"):
            for _ in data.evaluation_batches(split)[0]:
                pass
    assert "zero" in str(data.explain(raised.value))
    assert data.explain(ValueError("something else")) is None
