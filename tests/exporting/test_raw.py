"""Raw records in, answers out: an artefact does to them what the pipeline of training did."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from rich.console import Console

import kerascfg
from kerascfg import interpreter
from kerascfg.runs import create_run
from kerascfg.training.results import predict

pytestmark = pytest.mark.slow

ROWS = 120

SERVE = """
import sys
import numpy as np
import tensorflow as tf

model = tf.saved_model.load(sys.argv[1]).signatures["serving_default"]
with np.load(sys.argv[2], allow_pickle=True) as raw:
    answers = model(**{name: tf.constant(raw[name]) for name in raw.files})
assert "kerascfg" not in sys.modules, "it must answer by itself"
np.savez(sys.argv[3], **{name: value.numpy() for name, value in answers.items()})
"""

TABLE = """
preprocess:
  filled: {op: nan_to_num, inputs: age}
  column: {op: expand_dims, axis: -1}
  years: {type: Normalization}
  town: {type: StringLookup, inputs: city, output_mode: one_hot}
  tall: {type: FeatureEncoder, inputs: body height}
layers:
  joined: {type: Concatenate, inputs: [years, town, tall]}
  hidden: {type: Dense, units: 8, activation: relu}
  head: {type: Dense, units: 1}
"""

TEXT = """
preprocess:
  tokens: {type: TextVectorization, max_tokens: 100, output_sequence_length: 6}
layers:
  embed: {type: Embedding, input_dim: $preprocess.tokens.vocabulary_size, output_dim: 8}
  pool: GlobalAveragePooling1D
  head: {type: Dense, units: $data.classes, activation: softmax}
postprocess:
  best: {type: ClassNames, inputs: head, names: $data.class_names, k: 2}
"""


IMAGES = """
preprocess:
  pixels: {type: DecodeImage, height: 8, width: 8, color_mode: grayscale}
layers:
  scaled: {type: Rescaling, scale: 0.0039}
  conv: {type: Conv2D, filters: 4, kernel_size: 3, activation: relu}
  flat: Flatten
  head: {type: Dense, units: $data.classes, activation: softmax}
"""

SOUNDS = """
preprocess:
  samples: {type: DecodeAudio, samples: 400}
layers:
  conv: {type: Conv1D, filters: 4, kernel_size: 9, strides: 4, activation: relu}
  pool: GlobalAveragePooling1D
  head: {type: Dense, units: $data.classes, activation: softmax}
"""


def train(directory: Path, model: str, overrides: list[str]) -> Any:
    config = kerascfg.load([*overrides, "train.epochs=2", "export=[saved_model]"])
    config["model"] = yaml.safe_load(model)
    assert kerascfg.check(config) == []
    return interpreter.train(config, create_run(directory / "run"), Console(file=io.StringIO()))


def served(trained: Any, directory: Path) -> dict[str, np.ndarray]:
    """Return what the SavedModel answers to the raw test split, in a process of its own."""
    raw, _ = trained.data.raw_arrays("test")
    np.savez(directory / "raw.npz", **{n.replace(" ", "_"): rows for n, rows in raw.items()})
    artefact = trained.run.path("exports/saved_model/1")
    files = [str(artefact), str(directory / "raw.npz"), str(directory / "answers.npz")]
    subprocess.run([sys.executable, "-c", SERVE, *files], check=True, cwd=directory)
    with np.load(directory / "answers.npz", allow_pickle=True) as stored:
        return {name: stored[name] for name in stored.files}


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Any:
    directory = tmp_path_factory.mktemp("table")
    random = np.random.default_rng(0)
    rows = ["age,city,body height,wage"]
    for _ in range(ROWS):
        age = random.choice(["", str(random.integers(18, 70))], p=[0.2, 0.8])
        city = random.choice(["Bonn", "Ulm", "K\u00f6ln", ""])
        rows.append(f"{age},{city},{random.normal(170, 9):.1f},{random.normal(30, 5):.2f}")
    (directory / "data.csv").write_text("\n".join(rows), encoding="utf-8")
    source = ["data=csv", f"data.source.path={directory / 'data.csv'}"]
    return train(directory, TABLE, [*source, "data.target=wage", "task=regression"])


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> Any:
    directory = tmp_path_factory.mktemp("text")
    random = np.random.default_rng(0)
    words = {"good": ["lovely", "Warm,", "funny"], "bad": ["dull", "cold", "long!"]}
    rows = ["review,label"]
    for index in range(ROWS):
        label = ("good", "bad")[index % 2]
        rows.append(f'"{" ".join(random.choice(words[label], 4))}",{label}')
    (directory / "data.csv").write_text("\n".join(rows), encoding="utf-8")
    source = ["data=csv", f"data.source.path={directory / 'data.csv'}"]
    return train(directory, TEXT, [*source, "data.target=label"])


def from_files(kind: str, directory: Path) -> list[str]:
    """Return the overrides of a folder whose files come encoded."""
    return [f"data={kind}", f"data.source={{type: {kind}, path: {directory}, encoded: true}}"]


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Any:
    from PIL import Image
    from sklearn.datasets import load_digits

    directory = tmp_path_factory.mktemp("images")
    pixels, labels = load_digits(return_X_y=True)
    for index, (rows, label) in enumerate(zip(pixels[:ROWS], labels[:ROWS], strict=True)):
        folder = directory / "digits" / f"class{label}"
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray((rows.reshape(8, 8) * 15).astype("uint8")).save(folder / f"{index}.png")
    return train(directory, IMAGES, from_files("image_folder", directory / "digits"))


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> Any:
    import wave

    directory = tmp_path_factory.mktemp("sounds")
    random = np.random.default_rng(0)
    for index in range(ROWS):
        folder = directory / "tones" / ("low", "high")[index % 2]
        folder.mkdir(parents=True, exist_ok=True)
        length = int(random.integers(300, 500))
        wave_form = np.sin(np.arange(length) * (0.1, 0.5)[index % 2] + random.random())
        fading = (wave_form * np.linspace(8000, 0, length)).astype("<i2")  # it ends in zeros
        with wave.open(str(folder / f"{index}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes(fading.tobytes())
    return train(directory, SOUNDS, from_files("audio_folder", directory / "tones"))


def test_a_raw_table_with_gaps_is_answered_as_in_training(table: Any, tmp_path: Path):
    raw, _ = table.data.raw_arrays("test")
    assert np.isnan(raw["age"]).any() and (raw["city"] == "").any()
    expected = predict(table.model, table.data, "test")
    answers = served(table, tmp_path)
    assert np.abs(answers["head"] - expected).max() <= 1e-6 * max(1, np.abs(expected).max())


def test_raw_texts_are_answered_with_names_as_in_training(text: Any, tmp_path: Path):
    expected = predict(text.model, text.data, "test")
    answers = served(text, tmp_path)
    assert np.abs(answers["best_probabilities"] - np.sort(expected)[:, ::-1]).max() <= 1e-6
    names = np.array(text.data.class_names["label"])[np.argsort(-expected, axis=1)]
    assert (answers["best_names"].astype(str) == names).all()


@pytest.mark.parametrize("kind", ["images", "sounds"])
def test_the_bytes_of_files_are_answered_as_in_training(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
):
    trained = request.getfixturevalue(kind)
    (delivery,) = trained.deliveries
    assert delivery.status == "delivered", delivery.reason
    ((_, raw),) = trained.data.raw_arrays("test")[0].items()
    assert raw.dtype == object and isinstance(raw[0], bytes)
    expected = predict(trained.model, trained.data, "test")
    assert np.abs(served(trained, tmp_path)["head"] - expected).max() <= 1e-6


def test_what_learns_takes_what_is_prepared(table: Any):
    assert {tensor.name for tensor in table.model.inputs} == {"years", "town", "tall"}
    assert set(table.data.features) == {"years", "town", "tall"}


def test_the_model_of_the_run_takes_the_datas_features(table: Any):
    (delivery,) = table.deliveries
    assert delivery.status == "delivered", delivery.reason
    assert {port.model_name or port.name for port in delivery.inputs} == {
        "age",
        "city",
        "body height",
    }
    assert delivery.max_abs_diff <= 1e-4


def test_samples_are_raw(text: Any):
    with np.load(text.run.path("samples.npz")) as samples:
        assert samples["x/review"].dtype.kind == "U"
        assert samples["y/label"].dtype.kind == "i"
