"""The self-test of the Python clients, with clients that answer rightly and wrongly."""

import subprocess
import sys

import numpy as np
import pytest

ANSWERING = """
import numpy as np

class Model:
    def predict(self, records):
        return {answers}
"""


@pytest.fixture
def test_kit(write):
    """Put a client that answers as told into a kit, and run its self-test."""

    def ran(inputs, outputs, answers):
        kit = write("litert", inputs, outputs)
        (kit / "client.py").write_text(ANSWERING.format(answers=answers), encoding="utf-8")
        command = [sys.executable, "selftest.py"]
        return subprocess.run(command, cwd=kit, capture_output=True, text=True, check=False)

    return ran


X = {"x": np.array([[1.0], [2.0]], np.float32)}
Y = {"y": np.array([[0.5, 0.25], [100.0, -7.0]], np.float32)}


@pytest.mark.parametrize(
    ("answers", "status"),
    [
        ('{"y": np.array([[0.5, 0.25], [100.0, -7.0]])}', 0),
        ('{"y": np.array([[0.5, 0.25], [100.0005, -7.0]])}', 0),  # 1e-5 of the record's largest
        ('{"y": np.array([[0.5002, 0.25], [100.0, -7.0]])}', 1),
        ('{"y": np.array([[0.25, 0.5], [100.0, -7.0]])}', 1),
        ('{"y": np.array([[0.5, np.nan], [100.0, -7.0]])}', 1),
        ('{"y": np.array([[0.5, 0.25]])}', 1),
    ],
)
def test_an_answer_is_right_within_the_tolerance_of_the_certificate(test_kit, answers, status):
    ran = test_kit(X, Y, answers)
    assert ran.returncode == status, ran.stderr
    assert ("ok" if status == 0 else "WRONG") in ran.stdout


def test_golden_arrays_reach_the_client_as_they_were(test_kit):
    fed = {
        "text": np.array(["ä", ""]),
        "file": np.array([b"\xff\x00", b""], dtype=object),
        "flag": np.array([True, False]),
        "gaps": np.array([[np.nan], [-1.5]], np.float64),
        "count": np.array([[2**40], [-1]], np.int64),
    }
    answers = (
        '{"text": records["text"], "file": records["file"], "flag": records["flag"], '
        '"gaps": records["gaps"], "count": records["count"]}'
    )
    ran = test_kit(fed, fed, answers)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_texts_are_equal_or_wrong(test_kit):
    names = {"name": np.array(["cat", "dog"])}
    assert test_kit(X, names, "{'name': np.array([b'cat', b'dog'], dtype=object)}").returncode == 0


def test_other_texts_are_wrong(test_kit):
    names = {"name": np.array(["cat", "dog"])}
    assert test_kit(X, names, "{'name': np.array(['cat', 'cow'])}").returncode == 1
