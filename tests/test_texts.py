import numpy as np

from kerascfg.texts import as_texts, restored, stored


def test_texts_are_unicode_of_fixed_width():
    texts = as_texts(np.array(["Größe".encode(), "ab", b""], dtype=object))
    assert texts.dtype.kind == "U"
    assert texts.tolist() == ["Größe", "ab", ""]
    assert stored(texts) is texts


def test_bytes_that_are_no_text_come_back_from_a_file_with_the_zeros_at_their_end(tmp_path):
    given = np.array([b"\x89PNG\r\n", b"RIFF\xff\0\0", b"plain"], dtype=object)
    np.savez(tmp_path / "a.npz", image=stored(as_texts(given)))
    with np.load(tmp_path / "a.npz", allow_pickle=False) as archive:
        assert restored(archive["image"]).tolist() == given.tolist()


def test_a_text_that_ends_in_zero_is_bytes():
    assert as_texts(np.array([b"a\0"], dtype=object)).tolist() == [b"a\0"]


def test_numbers_are_left_alone():
    numbers = np.arange(3)
    assert restored(stored(numbers)) is numbers
