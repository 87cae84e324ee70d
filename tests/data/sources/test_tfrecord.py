"""Checks of TFRecord files, which need no TensorFlow; reading them is in tests/data/tfrecords."""

import gzip

import pytest

from kerascfg.data import check_data
from kerascfg.data.sources.tfrecord import _masked_crc
from kerascfg.data.tfrecords.examples import read_features

LABEL = {"label": {"dtype": "int64"}}


def framed(content):
    length = len(content).to_bytes(8, "little")
    sums = [_masked_crc(each).to_bytes(4, "little") for each in (length, content)]
    return length + sums[0] + content + sums[1]


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.tfrecord").write_bytes(framed(b"one") + framed(b"two"))
    return tmp_path / "a.tfrecord"


def problems(path="a.tfrecord", features=LABEL):
    source = {"type": "tfrecord", "path": path, "features": features}
    return check_data({"source": source, "target": "label"}, None)


def test_the_checksum_is_the_one_of_the_standard():
    # RFC 3720, B.4: 32 bytes of zeros have the CRC-32C 0x8a9136aa.
    crc = 0x8A9136AA
    assert _masked_crc(bytes(32)) == ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def test_features_are_the_columns(file):
    features = {"image": {"shape": [8, 8, 1], "decode": "image"}, **LABEL}
    assert problems(features=features) == []
    assert problems("*.tfrecord", {"x": {}, **LABEL}) == []
    (problem,) = problems(features={"x": {}, "lable": {}})
    assert problem.path == "data.target" and "lable" in str(problem)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (gzip.compress(b"one", mtime=0), "not compressed. Received: a.tfrecord, which is GZIP"),
        (b"x,y\n1,2\n3,4\n", "whose first record has no header"),
        (b"cut", "whose first record has no header"),
    ],
)
def test_other_files_are_refused(file, content, message):
    file.write_bytes(content)
    (problem,) = problems(features={"x": {}, **LABEL})
    assert problem.path == "data.source.path" and message in problem.message


@pytest.mark.parametrize(
    ("feature", "path", "message"),
    [
        ({"shape": [2, None]}, "x.shape", "null in first place at most"),
        ({"shape": [None], "decode": "raw"}, "x.shape", "null in no place"),
        ({"shape": [0]}, "x.shape", "sides of 1 or more"),
        ({"shape": 3}, "x.shape", "a list"),
        ({"shape": [8, 8], "decode": "image"}, "x.shape", "1, 3 or 4 channels"),
        ({"shape": [8, 8, 2], "decode": "image"}, "x.shape", "1, 3 or 4 channels"),
        ({"shape": [8, 8, 1], "decode": "image", "dtype": "bool"}, "x.dtype", "float32, uint8"),
        ({"dtype": "float16"}, "x.dtype", "one of float32"),
        ({"decode": "jpeg"}, "x.decode", "one of image, raw"),
        ({"typ": "int64"}, "x.typ", "dtype"),
        ("int64", "x", "a mapping"),
    ],
)
def test_a_feature_that_cannot_be_right_is_refused(feature, path, message):
    features, (problem,) = read_features({"x": feature, "y": {}}, "features")
    assert problem.path == f"features.{path}" and message in problem.message
    assert list(features) == ["y"]


@pytest.mark.parametrize("features", [{}, ["image"], None])
def test_features_must_be_said(file, features):
    assert "data.source.features" in {problem.path for problem in problems(features=features)}
