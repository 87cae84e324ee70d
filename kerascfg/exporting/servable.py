"""A Keras model by the names of its inputs and outputs, as artefacts need it."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from kerascfg.errors import RunError
from kerascfg.exporting.calibration import Calibration
from kerascfg.exporting.delivery import Port
from kerascfg.exporting.inlining import inlined
from kerascfg.exporting.samples import CHUNK
from kerascfg.exporting.target import Lacking, Refused
from kerascfg.model import learnt_outputs, load_model

if TYPE_CHECKING:
    import keras
    import numpy as np
    import tensorflow as tf
    from tensorflow.types.experimental import ConcreteFunction


class Servable:
    """A model that takes and returns dicts by name.

    Attributes:
        model: the Keras model.
        learnt: names of the outputs that were learnt from targets, so that a metric can be taken;
            the others are made of them.
        inputs: its inputs, each with a name that every format takes.
        outputs: its outputs: the keys of a dict, else the names of the layers that make them.
        metadata: what a target writes into its artefact where the format allows (`About.metadata`);
            empty for a model of no run.
        samples: the real samples by the names of `inputs`; empty for a model of no run.
    """

    def __init__(self, model: keras.Model, calibrate: Callable[[], Calibration] | None = None):
        """Find names, shapes and dtypes of a built model.

        Args:
            model: a functional or sequential model.
            calibrate: returns the samples that it may be calibrated with.

        Raises:
            RunError: the model does not say what it takes and returns.
        """
        self.model = model
        self._calibrate = calibrate
        structure = {
            "input": getattr(model, "input", None),
            "output": getattr(model, "output", None),
        }
        if any(value is None for value in structure.values()):
            raise RunError(
                "expected a model that knows its inputs and outputs (functional or sequential). "
                f"Received: {type(model).__name__} {model.name!r}"
            )
        tensors = _by_name(structure["input"], [tensor.name for tensor in model.inputs])
        served = served_names(tensors)
        self.inputs = tuple(_port(served[name], name, tensor) for name, tensor in tensors.items())
        outputs = _by_name(structure["output"], unique(model.output_names))
        self.outputs = tuple(_port(name, name, tensor) for name, tensor in outputs.items())
        self.samples: dict[str, np.ndarray] = {}
        learnt = learnt_outputs(model)
        self.learnt = tuple(name for name in outputs if learnt is None or name in learnt)
        self.metadata: dict[str, str] = {}

    @cached_property
    def calibration(self) -> Calibration:
        """Return samples of the training split, as the model is fed them.

        They are read when a target asks for them.

        Raises:
            Refused: there are none.
        """
        if self._calibrate is None:
            raise Refused("there are no samples of the training split to calibrate with")
        return self._calibrate()

    def __call__(self, feeds: Mapping[str, Any]) -> dict[str, Any]:
        """Call the model as for inference; names are those of `inputs` and `outputs`."""
        return self._named(self.model(self._structured(feeds), training=False))

    def predict(self, feeds: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Predict with Keras's own `predict`; strings are given as tensors, which it wants."""
        import tensorflow as tf

        tensors = {name: tf.constant(value) for name, value in feeds.items()}
        quiet: Any = 0  # Keras annotates its default, "auto", alone
        answer = self.model.predict(self._structured(tensors), batch_size=CHUNK, verbose=quiet)
        return self._named(answer)

    def write_saved_model(self, directory: Path, signature: str, batch: int | None) -> None:
        """Write a SavedModel with one signature of named inputs and outputs.

        Args:
            directory: where to.
            signature: name of the signature.
            batch: the number of samples it takes, None for any.
        """
        import keras

        archive = keras.export.ExportArchive()
        archive.track(self.model)
        archive.add_endpoint(signature, self.__call__, [self._specs(batch)])
        archive.write_out(str(directory), verbose=False)

    def concrete(self, batch: int | None) -> ConcreteFunction:
        """Return the model as one TensorFlow function with its weights as constants.

        It takes the names of `inputs` as keywords, its placeholders are named so, and it returns a
        dict by the names of `outputs`. Loops stay operations with a function as their body.

        Args:
            batch: the number of samples it takes, None for any.

        Raises:
            Lacking: it holds what is no constant, such as the table of a lookup.
        """
        import tensorflow as tf
        from tensorflow.python.framework import convert_to_constants

        specs = self._specs(batch)
        traced = tf.function(self.__call__, autograph=False).get_concrete_function(specs)
        frozen: Any = inlined(
            convert_to_constants.convert_variables_to_constants_v2(
                traced, lower_control_flow=False, aggressive_inlining=True
            )
        )
        if {tensor.op.name for tensor in frozen.inputs} - specs.keys():
            raise Lacking(
                "it holds tables or other resources, which cannot become constants; put the "
                "layers that do into model.preprocess, so that the artefact starts behind them"
            )
        return _named_function(frozen, specs, sorted(port.name for port in self.outputs))

    def _specs(self, batch: int | None) -> dict[str, tf.TensorSpec]:
        import tensorflow as tf

        return {
            port.name: tf.TensorSpec((batch, *port.shape[1:]), port.dtype, name=port.name)
            for port in self.inputs
        }

    def _structured(self, feeds: Mapping[str, tf.Tensor]) -> Any:
        """Arrange named tensors the way the model wants them."""
        tensors = [feeds[port.name] for port in self.inputs]
        match self.model.input:
            case Mapping():
                names = [port.model_name or port.name for port in self.inputs]
                return dict(zip(names, tensors, strict=True))
            case list() | tuple():
                return tensors
            case _:
                return tensors[0]

    def _named(self, answer: Any) -> dict[str, Any]:
        return _by_name(answer, [port.name for port in self.outputs])


def load_servable(run_directory: Path, file: Path | None = None) -> Servable:
    """Load the model of a finished run, with the layers that its config names.

    Args:
        run_directory: the run.
        file: a part of its model, saved by itself; None is `model.keras`.

    Raises:
        RunError: the model is missing or damaged.
        ConfigError: a layer's package is no longer allowed.
    """
    config = run_directory / "config.yaml"
    said = yaml.safe_load(config.read_text(encoding="utf-8")) if config.exists() else {}
    return Servable(load_model(file or run_directory / "model.keras", said))


def served_names(names: Iterable[str]) -> dict[str, str]:
    """Give each input a name that every format takes: the name of a variable in a program.

    SavedModel's signatures are called with inputs as Python keywords, so that `fixed acidity`
    becomes `fixed_acidity`; the manifest keeps both.
    """
    served: dict[str, str] = {}
    for name in names:
        plain = re.sub(r"\W", "_", name, flags=re.ASCII)
        if not re.match(r"[A-Za-z]", plain) or keyword.iskeyword(plain) or plain == "self":
            plain = f"input_{plain}"
        served[name] = unique([*served.values(), plain])[-1]
    return served


def unique(names: Iterable[str]) -> list[str]:
    """Number the names that were there before: `head`, `head_1`."""
    given: list[str] = []
    for name in names:
        number, chosen = 0, name
        while chosen in given:
            number += 1
            chosen = f"{name}_{number}"
        given.append(chosen)
    return given


def _by_name(structure: Any, names: list[str]) -> dict[str, Any]:
    match structure:
        case Mapping():
            return {str(name): structure[name] for name in sorted(structure)}
        case list() | tuple():
            return dict(zip(names, structure, strict=True))
        case _:
            return {names[0]: structure}


def _named_function(
    frozen: ConcreteFunction, specs: Mapping[str, tf.TensorSpec], outputs: list[str]
) -> ConcreteFunction:
    """Give a function that was frozen, and lost them by that, its named inputs and outputs.

    Args:
        frozen: the function.
        specs: what it takes, by name.
        outputs: names of what it returns, in the order of `frozen.outputs`.
    """
    import tensorflow as tf

    graph = frozen.graph.as_graph_def()
    ends = [tensor.name for tensor in frozen.outputs]

    def named(*tensors: tf.Tensor) -> dict[str, tf.Tensor]:
        fed = {tensor.name: given for tensor, given in zip(frozen.inputs, tensors, strict=True)}
        made = tf.graph_util.import_graph_def(graph, fed, ends, name="model")
        return {
            name: tf.identity(tensor, re.sub(r"\W", "_", name, flags=re.ASCII))
            for name, tensor in zip(outputs, made, strict=True)
        }

    ordered = [specs[tensor.op.name] for tensor in frozen.inputs]
    wrapped: Any = tf.compat.v1.wrap_function(named, ordered)
    return wrapped.prune(wrapped.inputs, wrapped.structured_outputs, "model", ((), dict(specs)))


def _port(served: str, name: str, tensor: Any) -> Port:
    dtype = str(tensor.dtype)
    return Port(served, tuple(tensor.shape), dtype, name if name != served else None)
