"""The hand-written models of `examples/models`: what each should have, and that each works."""

from __future__ import annotations

import re
import shlex
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from kerascfg.model import build_model, check_model, load_model
from tests.examples import references

FOLDER = Path(__file__).parents[2] / "examples" / "models"
KERAS_IO = "printed at https://keras.io/examples/"


@dataclass(frozen=True)
class Example:
    """What is known of a model, and a small one of its kind.

    Attributes:
        parameters: how many it has.
        source: who says so: a publication, `keras.applications` or `references`.
        small: arguments that make it small.
        shape: shape of its input, where no argument sets that.
    """

    parameters: int
    source: str
    small: dict[str, Any] = field(default_factory=dict)
    shape: tuple[int, ...] | None = None


EXAMPLES = {
    "conditional_autoencoder": Example(416_032, "references"),
    "convmixer": Example(51_751_912, "references", {"size": 28, "width": 8, "depth": 2}),
    "convnext_tiny": Example(
        28_589_128, "keras.applications.ConvNeXtTiny", {"width": 8}, (32, 32, 3)
    ),
    "crnn": Example(432_596, KERAS_IO + "vision/captcha_ocr", {"width": 32, "height": 16}),
    "deeplab_v3_plus": Example(
        11_857_236, KERAS_IO + "vision/deeplabv3_plus", {"size": 64, "classes": 3}
    ),
    "lenet": Example(61_706, "LeCun et al., 1998, without the sparse table between maps"),
    "mlp_mixer": Example(
        59_880_472,
        "timm mixer_b16_224: 59.88 million",
        {"size": 32, "width": 8, "depth": 2, "tokens": 4},
    ),
    "mnist_mlp": Example(669_706, "printed by mnist_mlp.py of Keras"),
    "mobilenet_v2": Example(3_538_984, "keras.applications.MobileNetV2", shape=(32, 32, 3)),
    "resnet50": Example(25_636_712, "keras.applications.ResNet50", {"width": 4}, (32, 32, 3)),
    "seq2seq": Example(718_173, "references", {"width": 8}),
    "siamese_contrastive": Example(5_324, KERAS_IO + "vision/siamese_contrastive"),
    "text_transformer": Example(657_758, "references", {"vocabulary": 50, "length": 12}),
    "unet": Example(31_030_593, "references", {"width": 2, "size": 32}),
    "variable_selection": Example(68_137, "references"),
    "vit_b16": Example(
        86_567_656,
        "timm vit_base_patch16_224: 86.57 million",
        {"size": 32, "width": 8, "depth": 2, "heads": 2},
    ),
    "wavenet": Example(277_760, "references", {"width": 4, "depth": 4, "cycle": 2}),
    "wide_and_deep": Example(1_239, "Géron, Hands-On Machine Learning, 2nd edition, chapter 10"),
    "xception": Example(22_910_480, "keras.applications.Xception", {"middle": 1}, (96, 96, 3)),
}
TWINS = [name for name, example in EXAMPLES.items() if "keras.applications" in example.source]
REBUILT = [name for name, example in EXAMPLES.items() if example.source == "references"]
COLUMNS = {f"column{index}": {"shape": [1], "dtype": "float32"} for index in range(40)}


def lines_of(name: str) -> int:
    return len((FOLDER / f"{name}.yaml").read_text(encoding="utf-8").splitlines())


def config_of(name: str, *, small: bool = False) -> dict[str, Any]:
    config = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    if small:
        example = EXAMPLES[name]
        if example.small:
            config["args"] = {**config.get("args", {}), **example.small}
        if example.shape:
            config["inputs"] = {"image": {"shape": list(example.shape)}}
    return config


def built(name: str, *, small: bool = False) -> Any:
    columns = dict(list(COLUMNS.items())[:4]) if small else COLUMNS
    facts = {"data": {"features": columns}} if name == "variable_selection" else {}
    return build_model(config_of(name, small=small), facts, batches=batches_of)


def batches_of(names: Any) -> Any:
    """Return batches of columns, for layers that are adapted to the data."""
    import tensorflow as tf

    columns = {name: np.arange(8, dtype="float32")[:, None] for name in names}
    return tf.data.Dataset.from_tensors(columns)


def a_batch(model: Any, size: int = 2) -> Any:
    """Return random inputs, named as the model's."""
    draw = np.random.default_rng(0)
    batch = {
        tensor.name: draw.integers(0, 10, [size, *(n or 6 for n in tensor.shape[1:])], "int32")
        if "int" in tensor.dtype
        else draw.random([size, *tensor.shape[1:]], "float32")
        for tensor in model.inputs
    }
    return batch if len(batch) > 1 else next(iter(batch.values()))


def test_each_file_has_its_entry():
    assert sorted(file.stem for file in FOLDER.glob("*.yaml")) == sorted(EXAMPLES)


def test_the_readme_lists_each_model_with_its_lines_and_parameters():
    text = (FOLDER.parent / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"\(models/(\w+)\.yaml\) \| (\d+) \| ([\d,]+) \|", text)
    assert sorted(listed) == [
        (name, str(lines_of(name)), f"{EXAMPLES[name].parameters:,}") for name in sorted(EXAMPLES)
    ]


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_file_is_short_and_nothing_is_wrong_with_it(name: str):
    assert lines_of(name) < 70
    features = tuple(COLUMNS) if name == "variable_selection" else None
    assert check_model(config_of(name), features) == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_command_at_the_top_of_a_file_lacks_nothing_but_the_users_data(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    from kerascfg.config.arguments import parse_flags
    from kerascfg.config.entry import collect
    from kerascfg.interpreter import check

    text = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    command = re.search(r"python train.py ((?:\\\n# |[^\n])*)", text)
    assert command, "no command"
    words = shlex.split(re.sub(r"\\\n# ", "", command[1]))
    assert f"model={name}" in words
    shutil.copytree(FOLDER, tmp_path / "conf" / "model")
    monkeypatch.chdir(tmp_path)
    _, problems = collect(parse_flags(words), check)
    assert [p for p in problems if not p.path.startswith("data.source.path")] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", EXAMPLES)
def test_a_model_has_the_parameters_of_its_source(name: str):
    assert built(name).count_params() == EXAMPLES[name].parameters


@pytest.mark.slow
@pytest.mark.parametrize("name", REBUILT)
def test_the_same_network_in_python_has_as_many(name: str):
    made = getattr(references, name)()
    assert made.count_params() == EXAMPLES[name].parameters


@pytest.mark.slow
@pytest.mark.parametrize("name", TWINS)
def test_a_twin_in_keras_answers_the_same(name: str):
    import keras

    model = built(name)
    extra = {"include_preprocessing": False} if name == "convnext_tiny" else {}
    constructor = EXAMPLES[name].source.removeprefix("keras.applications.")
    twin = getattr(keras.applications, constructor)(weights=None, **extra)
    assert model.count_params() == twin.count_params()
    for weight, its in zip(model.weights, twin.weights, strict=True):
        weight.assign(np.reshape(its, weight.shape))  # of a depthwise kernel, Keras turns two axes
    values = a_batch(model, size=1)
    np.testing.assert_allclose(model(values), twin(values), rtol=1e-3, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("name", EXAMPLES)
def test_a_small_one_trains_and_survives_a_file(name: str, tmp_path: Path):
    import keras

    model = built(name, small=True)
    batch = a_batch(model)
    before = np.asarray(model(batch))
    assert before.shape == tuple(
        n or m for n, m in zip(model.output_shape, before.shape, strict=True)
    )
    assert len(before) == 2
    model.compile(keras.optimizers.Adam(0.01), "mse", run_eagerly=True)
    model.train_on_batch(batch, np.zeros_like(before))
    after = np.asarray(model(batch))
    assert np.all(np.isfinite(after)) and not np.array_equal(before, after)
    model.save(tmp_path / "model.keras")
    loaded: Any = load_model(tmp_path / "model.keras", {"model": config_of(name)})
    np.testing.assert_allclose(loaded(batch), after, rtol=1e-5, atol=1e-6)
