"""A saved model from a stranger runs nothing of theirs when it is loaded."""

import contextlib
import io
import json
import sys
import zipfile
from pathlib import Path

import pytest

from kerascfg.errors import ConfigError, RunError
from kerascfg.model import load_model

pytestmark = pytest.mark.slow

CONFIG = {"model": {"layers": {"dense": {"type": "Dense", "units": 2}}}}
EVIL = "from pathlib import Path\nPath({mark!r}).write_text('run')\n"


@pytest.fixture
def saved(tmp_path):
    """A harmless model, saved."""
    import keras

    inputs = keras.Input((3,), name="x")
    model = keras.Model(inputs, keras.layers.Dense(2, name="dense", activation="relu")(inputs))
    model.save(tmp_path / "model.keras")
    return tmp_path / "model.keras"


@pytest.fixture
def evil(tmp_path, monkeypatch):
    """A module that leaves a mark where it is imported; the mark's path."""
    mark = tmp_path / "mark"
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "evil_module.py").write_text(
        EVIL.format(mark=str(mark)) + "class Evil:\n    pass\ndef system(x):\n    return x\n"
    )
    monkeypatch.syspath_prepend(tmp_path / "code")
    yield mark
    sys.modules.pop("evil_module", None)


def edit(file: Path, change) -> None:
    """Change the `config.json` of a saved model."""
    parts = read(file)
    config = json.loads(parts["config.json"])
    change(config)
    parts["config.json"] = json.dumps(config).encode()
    write(file, parts)


def read(file: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write(file: Path, parts: dict[str, bytes]) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)


def dense(config):
    return next(layer for layer in config["config"]["layers"] if layer["class_name"] == "Dense")


def lambda_layer(config, mark):
    import keras

    layer = keras.layers.Lambda(lambda x: Path(mark).touch() or x)
    told = keras.saving.serialize_keras_object(layer)
    dense(config).update(told, config={**told["config"], "name": "dense"})


def class_of_a_module(config, mark):
    dense(config).update(module="evil_module", class_name="Evil", registered_name="evil>Evil")


def function_of_a_module(config, mark):
    dense(config)["config"]["activation"] = {
        "module": "evil_module", "class_name": "function", "config": "system",
        "registered_name": "system",
    }  # fmt: skip


def function_of_python(config, mark):
    dense(config)["config"]["activation"] = {
        "module": "os", "class_name": "function", "config": "system", "registered_name": "system"
    }  # fmt: skip


def class_of_python(config, mark):
    dense(config)["config"]["kernel_initializer"] = {
        "module": "builtins", "class_name": "exec", "config": {"code": "1"},
        "registered_name": None,
    }  # fmt: skip


def lambda_as_activation(config, mark):
    dense(config)["config"]["activation"] = {
        "class_name": "__lambda__", "config": {"value": ["4wA=", None, None]},
    }  # fmt: skip


def saved_model_layer(config, mark):
    told = {"name": "dense", "filepath": str(Path(mark).parent)}
    dense(config).update(module="keras.layers", class_name="TFSMLayer", config=told)


def file_reader(config, mark):
    told = {"name": "dense", "vocabulary": "/etc/hostname"}
    dense(config).update(module="keras.layers", class_name="StringLookup", config=told)


ATTACKS = (
    *(lambda_layer, class_of_a_module, function_of_a_module, function_of_python),
    *(class_of_python, lambda_as_activation, saved_model_layer, file_reader),
)


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_model_that_asks_for_code_is_refused_and_nothing_runs(saved, evil, attack):
    edit(saved, lambda config: attack(config, str(evil)))
    with pytest.raises((RunError, ConfigError), match=r"model\.keras cannot be read"):
        load_model(saved, CONFIG)
    assert not evil.exists()
    assert "evil_module" not in sys.modules


def test_weights_in_another_file_are_not_followed(saved):
    import h5py

    parts = read(saved)
    weights = io.BytesIO(parts["model.weights.h5"])
    with h5py.File(weights, "r+") as stored:
        group = stored["layers/dense/vars"]
        del group["0"]
        group["0"] = h5py.ExternalLink("/etc/passwd", "x")
    write(saved, {**parts, "model.weights.h5": weights.getvalue()})
    with pytest.raises(RunError, match=r"model\.keras cannot be read"):
        load_model(saved, CONFIG)


def test_a_part_whose_name_leads_elsewhere_is_not_written_there(saved):
    parts = read(saved)
    write(saved, {**parts, "assets/../../../outside": b"x", "/tmp/kerascfg-outside": b"x"})
    with contextlib.suppress(RunError):
        load_model(saved, CONFIG)
    assert not Path("/tmp/kerascfg-outside").exists()
    assert not list(saved.parents[1].glob("outside"))


def test_weights_with_a_flipped_bit_are_not_loaded(saved):
    kernel = next(w for w in load_model(saved, CONFIG).get_weights() if w.size == 6)
    content = bytearray(saved.read_bytes())
    at = content.find(kernel.tobytes())
    assert at > 0, "the weights are stored as they are"
    content[at + 2] ^= 1
    saved.write_bytes(content)
    with pytest.raises(RunError, match=r"model\.weights\.h5 is damaged"):
        load_model(saved, CONFIG)


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\x05\x06" + b"\0" * 18])
def test_what_is_no_saved_model_is_told(saved, content):
    saved.write_bytes(content)
    with pytest.raises(RunError, match=r"model\.keras cannot be read"):
        load_model(saved, CONFIG)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"class_name": 3}', "{}", '"x"'])
def test_a_damaged_config_of_a_model_is_told(saved, text):
    write(saved, {**read(saved), "config.json": text.encode()})
    with pytest.raises(RunError, match=r"model\.keras cannot be read"):
        load_model(saved, CONFIG)


@pytest.mark.parametrize("name", ["config.json", "model.weights.h5"])
def test_a_missing_part_is_told(saved, name):
    parts = read(saved)
    del parts[name]
    write(saved, parts)
    with pytest.raises(RunError, match=r"model\.keras cannot be read"):
        load_model(saved, CONFIG)
