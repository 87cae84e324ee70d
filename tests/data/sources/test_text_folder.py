import pytest

from kerascfg.data import open_data
from kerascfg.errors import RunError

TEXTS = {"thanks": "Vielen Dank für {}", "bill": "Bitte zahlen Sie {} €"}


@pytest.fixture
def letters(tmp_path):
    for name, text in TEXTS.items():
        (tmp_path / name).mkdir()
        for index in range(10):
            content = text.format(index).encode()
            (tmp_path / name / f"{index}.txt").write_bytes(content)
    return tmp_path


def open_letters(folder, **more):
    source = {"type": "text_folder", "path": str(folder)}
    return open_data({"source": source, **more}, task="classification", seed=0)


def test_folders_are_classes_and_texts_one_string_each(letters):
    data = open_letters(letters)
    assert data.class_names == {"label": ("bill", "thanks")}
    assert (data.features["text"].shape, data.features["text"].dtype) == ((), "string")


def test_a_folder_that_comes_divided_stays_so(letters):
    for split in ("train", "test"):
        for name in TEXTS:
            (letters / split / name).mkdir(parents=True)
            for file in sorted((letters / name).iterdir())[: 8 if split == "train" else 3]:
                (letters / split / name / file.name).write_bytes(file.read_bytes())
    for name in TEXTS:
        for file in (letters / name).iterdir():
            file.unlink()
        (letters / name).rmdir()
    split = {"train": 0.75, "validation": 0.25, "test": 0.0}
    assert open_letters(letters, split=split).sizes == {"train": 12, "validation": 4, "test": 6}


@pytest.mark.slow
def test_texts_are_unicode_without_a_byte_order_mark(letters):
    file = letters / "bill" / "0.txt"
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    data = open_letters(letters)
    texts = {text for split in data.sizes for text in data.arrays(split)[0]["text"]}
    assert texts == {text.format(index) for text in TEXTS.values() for index in range(10)}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "an empty file"), ("für".encode("latin1"), "expected UTF-8.*iconv"), (None, "No such")],
)
def test_what_is_no_text_is_named(letters, content, said):
    data = open_letters(letters)
    file = letters / "thanks" / "7.txt"
    file.unlink() if content is None else file.write_bytes(content)
    with pytest.raises(RunError, match=rf"thanks.7\.txt.*{said}"):
        for split in data.sizes:
            data.arrays(split)
