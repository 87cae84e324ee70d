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
from kerascfg.exporting import read_manifest
from kerascfg.exporting.calibration import calibration_of
from kerascfg.exporting.parts import read_part
from kerascfg.exporting.servable import load_servable
from kerascfg.runs import create_run
from kerascfg.training.results import predict

pytestmark = pytest.mark.slow

ROWS = 120

ALONE = """
import sys

import numpy as np

sys.modules["keras"] = sys.modules["kerascfg"] = None  # importing them fails from now on
folder, raw_file, answers_file = sys.argv[1:]
with np.load(raw_file, allow_pickle=True) as stored:
    raw = dict(stored)
"""

SAVED_MODEL = """
import tensorflow as tf

model = tf.saved_model.load(folder + "/1").signatures["serving_default"]
answers = model(**{name.replace(" ", "_"): tf.constant(rows) for name, rows in raw.items()})
np.savez(answers_file, **{name: value.numpy() for name, value in answers.items()})
"""

PREPARE = """
sys.path.insert(0, folder)
from preprocess import preprocess

made = preprocess(raw)
"""

FEED_AS_IT_IS = """
sys.modules["tensorflow"] = None
made = {name.replace(" ", "_"): rows for name, rows in raw.items()}
"""

LITERT = """
from ai_edge_litert.interpreter import Interpreter

run = Interpreter(folder + "/model.tflite").get_signature_runner("serving_default")
as_row = lambda value: np.array([value.encode() if isinstance(value, str) else value])
rows = [dict(zip(made, row)) for row in zip(*made.values())]
answers = [run(**{name: as_row(value) for name, value in row.items()}) for row in rows]
joined = {name: np.concatenate([answer[name] for answer in answers]) for name in answers[0]}
np.savez(answers_file, **joined)
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
postprocess:
  answer: {type: ClassNames, inputs: head, names: $data.class_names}
  scores: {op: multiply, inputs: [head, 1.0]}
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
    config = kerascfg.load([*overrides, "train.epochs=2", "export=[saved_model,litert]"])
    config["model"] = yaml.safe_load(model)
    assert kerascfg.check(config) == []
    return interpreter.train(config, create_run(directory / "run"), Console(file=io.StringIO()))


def answered(
    trained: Any,
    target: str,
    steps: list[str],
    directory: Path,
    records: dict[str, np.ndarray] | None = None,
) -> dict[str, np.ndarray]:
    """Return what an artefact answers to raw records, in a process of its own.

    Args:
        trained: the run.
        target: the artefact's target.
        steps: the lines of the process.
        directory: where to exchange files.
        records: raw features by name; None for those of the test split.
    """
    raw: dict[str, Any] = records or trained.data.raw_arrays("test")[0]
    np.savez(directory / "raw.npz", **raw)
    artefact = trained.run.path(f"exports/{target}")
    files = [str(artefact), str(directory / "raw.npz"), str(directory / "answers.npz")]
    code = "\n".join([ALONE, *steps])
    subprocess.run([sys.executable, "-c", code, *files], check=True, cwd=directory)
    with np.load(directory / "answers.npz", allow_pickle=True) as stored:
        return dict(stored)


def delivered(trained: Any, target: str) -> Any:
    (delivery,) = (each for each in trained.deliveries if each.target == target)
    assert delivery.status == "delivered", delivery.reason
    return delivery


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


STEPS = {"saved_model": [SAVED_MODEL], "litert": [FEED_AS_IT_IS, LITERT]}


@pytest.mark.parametrize("target", STEPS)
def test_a_raw_table_with_gaps_is_answered_as_in_training(target: str, table: Any, tmp_path: Path):
    raw, _ = table.data.raw_arrays("test")
    assert np.isnan(raw["age"]).any() and (raw["city"] == "").any()
    assert delivered(table, target).notes == ()
    expected = predict(table.model, table.data, "test")
    answers = answered(table, target, STEPS[target], tmp_path)
    assert np.abs(answers["head"] - expected).max() <= 1e-6 * max(1, np.abs(expected).max())


TEXT_STEPS = {"saved_model": [SAVED_MODEL], "litert": [PREPARE, LITERT]}


@pytest.mark.parametrize("target", TEXT_STEPS)
def test_raw_texts_are_answered_with_names_as_in_training(target: str, text: Any, tmp_path: Path):
    delivered(text, target)
    expected = predict(text.model, text.data, "test")
    answers = answered(text, target, TEXT_STEPS[target], tmp_path)
    assert np.abs(answers["best_probabilities"] - np.sort(expected)[:, ::-1]).max() <= 1e-6
    names = np.array(text.data.class_names["label"])[np.argsort(-expected, axis=1)]
    assert (answers["best_names"].astype(str) == names).all()


@pytest.mark.parametrize("target", TEXT_STEPS)
def test_encoded_images_are_answered_with_their_class_as_in_training(
    target: str, images: Any, tmp_path: Path
):
    assert "zeros" not in delivered(images, target).cases  # no bytes are no image
    expected = predict(images.model, images.data, "test")
    answers = answered(images, target, TEXT_STEPS[target], tmp_path)
    assert np.abs(answers["scores"] - expected).max() <= 1e-6
    names = np.array(images.data.class_names["label"])[np.argmax(expected, axis=1)]
    assert (answers["answer"].astype(str) == names).all()


@pytest.mark.parametrize("target", TEXT_STEPS)
def test_encoded_sounds_are_answered_as_in_training(target: str, sounds: Any, tmp_path: Path):
    delivered(sounds, target)
    ((_, raw),) = sounds.data.raw_arrays("test")[0].items()
    assert raw.dtype == object and isinstance(raw[0], bytes)
    expected = predict(sounds.model, sounds.data, "test")
    answers = answered(sounds, target, TEXT_STEPS[target], tmp_path)
    assert np.abs(answers["head"] - expected).max() <= 1e-6


def test_an_artefact_says_what_it_lacks_and_lists_the_module_that_makes_it(text: Any):
    delivery = delivered(text, "litert")
    assert delivery.notes == (
        "starts behind `tokens` (TextVectorization): give it what preprocess.py makes of raw "
        "records",
    )
    assert [port.name for port in delivery.inputs] == ["tokens"]
    paths = {file.path for file in delivery.files}
    assert {"litert/preprocess.py", "litert/preprocess/saved_model.pb"} <= paths
    assert read_manifest(text.run.directory)[-1]["notes"] == list(delivery.notes)


def test_the_module_says_what_it_takes_and_returns(text: Any):
    said = text.run.path("exports/litert/preprocess.py").read_text(encoding="utf-8")
    assert "    review: string, (records,)\n" in said
    assert "    tokens: int64, (records, 6)\n" in said


def test_what_learns_takes_what_is_prepared(table: Any):
    assert {tensor.name for tensor in table.model.inputs} == {"years", "town", "tall"}
    assert set(table.data.features) == {"years", "town", "tall"}


def test_the_model_of_the_run_takes_the_datas_features(table: Any):
    delivery = delivered(table, "saved_model")
    assert {port.model_name or port.name for port in delivery.inputs} == {
        "age",
        "city",
        "body height",
    }
    assert delivery.differences["samples"] <= 1e-4
    assert delivery.max_scaled_diff <= 1e-5


def test_calibration_goes_through_what_stands_before_the_artefact(text: Any):
    folder = text.run.path("exports/litert")
    whole = load_servable(text.run.directory)
    fed = calibration_of(text.run.directory, whole, read_part(folder, "preprocess"))
    assert list(fed.rows) == ["tokens"]
    assert fed.rows["tokens"].shape == (fed.count, 6)
    assert [len(truth) for truth in fed.truth.values()] == [fed.count]


def test_samples_are_raw(text: Any):
    with np.load(text.run.path("samples.npz")) as samples:
        assert samples["x/review"].dtype.kind == "U"
        assert samples["y/label"].dtype.kind == "i"


FILLED = """
preprocess:
  town: {type: StringLookup, inputs: city, output_mode: one_hot}
  fill_height: {op: expand_dims, inputs: height, axis: -1}
layers:
  years: {op: expand_dims, inputs: age, axis: -1}
  joined: {type: Concatenate, inputs: [years, town, fill_height]}
  norm: Normalization
  head: {type: Dense, units: 1}
"""


@pytest.fixture(scope="module")
def gaps(tmp_path_factory: pytest.TempPathFactory) -> Any:
    directory = tmp_path_factory.mktemp("gaps")
    random = np.random.default_rng(0)
    rows = ["age,city,height,wage"]
    for index in range(ROWS):
        age = "" if index % 5 == 0 else str(random.integers(18, 70))
        city = random.choice(["Bonn", "Ulm", ""])
        # No gap of the height is there to be seen; one may be served all the same.
        rows.append(f"{age},{city},{random.normal(1.7, 0.1):.3f},{random.normal(30, 5):.2f}")
    (directory / "data.csv").write_text("\n".join(rows), encoding="utf-8")
    source = ["data=csv", f"data.source.path={directory / 'data.csv'}", "data.target=wage"]
    features = "{age: {missing: mean}, city: {missing: Rome}, height: {missing: median}}"
    return train(directory, FILLED, [*source, f"data.features={features}", "task=regression"])


@pytest.mark.parametrize("target", ["saved_model", "litert"])
def test_gaps_are_filled_where_it_is_served_as_they_were_for_training(
    target: str, gaps: Any, tmp_path: Path
):
    fills = gaps.data.fills
    assert fills["city"] == "Rome"
    records = {
        "age": np.array([40, np.nan, 50, fills["age"], 50], "float32"),
        "city": np.array(["Ulm", "Ulm", "", "Ulm", "Rome"]),
        "height": np.array([1.8, np.nan, 1.6, fills["height"], 1.6], "float32"),
    }
    delivered(gaps, target)
    answers = answered(gaps, target, TEXT_STEPS[target], tmp_path, records)["head"].reshape(-1)
    assert np.isfinite(answers).all()
    assert answers[[1, 2]].tolist() == answers[[3, 4]].tolist()
    expected = predict(gaps.model, gaps.data, "test")
    raw_test = answered(gaps, target, TEXT_STEPS[target], tmp_path)["head"]
    np.testing.assert_allclose(raw_test, expected, atol=1e-5)


def test_what_is_served_takes_raw_records_and_is_warmed_up_with_real_ones(text: Any):
    pytest.importorskip("tensorflow_serving", reason="the extra `serving` is not installed")
    import tensorflow as tf
    from tensorflow_serving.apis import prediction_log_pb2

    version = text.run.path("exports/saved_model/1")
    signature = tf.saved_model.load(str(version)).signatures["serving_default"]
    file = version / "assets.extra" / "tf_serving_warmup_requests"
    answers, reviews = [], []
    for record in tf.data.TFRecordDataset(str(file)).as_numpy_iterator():
        request = prediction_log_pb2.PredictionLog.FromString(record).predict_log.request
        assert request.model_spec.signature_name == "serving_default"
        fed = {name: tf.make_ndarray(proto) for name, proto in request.inputs.items()}
        answers.append(signature(**{name: tf.constant(array) for name, array in fed.items()}))
        reviews += [review.decode() for review in fed["review"]]
    assert reviews and set(reviews) <= set(text.data.raw_arrays("test")[0]["review"])
    keras_says = load_servable(text.run.directory).predict({"review": np.array(reviews)})
    for name, expected in keras_says.items():
        replayed = np.concatenate([answer[name].numpy() for answer in answers])
        if name == "best_names":
            assert (replayed == expected).all()
        else:
            assert np.abs(replayed - expected).max() <= 1e-6
