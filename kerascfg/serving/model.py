"""A delivered artefact in its own runtime, by its signatures."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, get_args

from kerascfg.exporting.tflite.feeding import given, said
from kerascfg.serving.artefact import Artefact
from kerascfg.serving.operations import refuse_operations
from kerascfg.serving.statuses import Code, StatusError, invalid
from kerascfg.serving.tensors import Spec

if TYPE_CHECKING:
    import numpy as np

DEFAULT = "serving_default"
PREDICT = "tensorflow/serving/predict"
_TRACE = "<stack traces unavailable>\n"


@dataclass(frozen=True)
class Signature:
    """What can be asked of a model under one name.

    Attributes:
        definition: its `SignatureDef`, as clients are told of it.
        inputs: what it takes.
        outputs: what it returns.
        shares: whether the samples of different requests may stand in one call: the first axis of
            every input and output is open.
    """

    definition: Any
    inputs: Mapping[str, Spec]
    outputs: Mapping[str, Spec]
    shares: bool


class Model(Protocol):
    """A loaded model."""

    runtime: str
    definitions: Mapping[str, Any]
    """All its `SignatureDef`s, also those that are not for clients."""
    signatures: Mapping[str, Signature]

    def __call__(self, signature: str, feeds: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Answer one call, in one thread at a time.

        Raises:
            StatusError: the model failed on these feeds.
        """
        ...


def load(artefact: Artefact) -> Model:
    """Load an artefact."""
    if artefact.kind == "saved_model":
        return SavedModel(artefact.path)
    return LiteRT(artefact.path)


class SavedModel:
    """A SavedModel, answered by its signatures alone: nothing of Keras is needed."""

    runtime = "TF2"

    def __init__(self, folder: Path):
        """Load a version's folder."""
        import tensorflow as tf
        from tensorflow.core.protobuf.saved_model_pb2 import SavedModel as Proto

        proto = Proto.FromString((folder / "saved_model.pb").read_bytes())
        for each in proto.meta_graphs:
            refuse_operations(each, folder.parent.name)
        self._loaded: Any = tf.saved_model.load(str(folder), tags=["serve"])
        self._functions = dict(self._loaded.signatures)
        (graph,) = (graph for graph in proto.meta_graphs if "serve" in graph.meta_info_def.tags)
        self.definitions: Mapping[str, Any] = dict(graph.signature_def)
        self.signatures: Mapping[str, Signature] = {
            name: _signature(self.definitions[name]) for name in self._functions
        }

    def __call__(self, signature: str, feeds: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Answer one call."""
        import tensorflow as tf

        inputs = self.signatures[signature].inputs
        try:
            tensors = {
                name: tf.constant(array, dtype=inputs[name].dtype) for name, array in feeds.items()
            }
            answer = self._functions[signature](**tensors)
            return {name: tensor.numpy() for name, tensor in answer.items()}
        except tf.errors.OpError as error:
            raise StatusError(_code(error.error_code), _said(error.message)) from error


class LiteRT:
    """A LiteRT file. One that takes one sample a call is called once for each of several.

    Whole numbers at its ends (`int8_io`) are its own matter: clients send and get real values.
    """

    runtime = "LiteRT"

    def __init__(self, file: Path):
        """Open a file."""
        from ai_edge_litert.interpreter import Interpreter

        self._interpreter = Interpreter(str(file), num_threads=1)
        names = self._interpreter.get_signature_list()
        self._runners = {name: self._interpreter.get_signature_runner(name) for name in names}
        self.definitions: Mapping[str, Any] = {
            name: _definition(run) for name, run in self._runners.items()
        }
        self.signatures: Mapping[str, Signature] = {
            name: _signature(each) for name, each in self.definitions.items()
        }

    def __call__(self, signature: str, feeds: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Answer one call."""
        run = self._runners[signature]
        inputs, outputs = run.get_input_details(), run.get_output_details()
        fed = given(inputs, feeds)
        if not self.signatures[signature].shares:
            return said(outputs, run(**fed))
        import numpy as np

        count = len(next(iter(feeds.values())))
        if not count:
            raise invalid("Expects at least one sample")
        answers = [
            said(outputs, run(**{name: array[row : row + 1] for name, array in fed.items()}))
            for row in range(count)
        ]
        return {name: np.concatenate([row[name] for row in answers]) for name in answers[0]}


def _said(message: str) -> str:
    """Return what a session of TensorFlow says of an error, without what eager calls add."""
    return re.sub(r" ?\[Op:\w+\]\s*$", "", message.rpartition(_TRACE)[2])


def _code(number: int) -> Code:
    return get_args(Code)[number - 1]


def _signature(definition: Any) -> Signature:
    inputs, outputs = _specs(definition.inputs), _specs(definition.outputs)
    specs = [*inputs.values(), *outputs.values()]
    shares = all(spec.shape is not None and spec.shape[:1] == (None,) for spec in specs)
    return Signature(definition, inputs, outputs, shares)


def _specs(infos: Mapping[str, Any]) -> dict[str, Spec]:
    import tensorflow as tf

    return {
        name: Spec(
            tf.as_dtype(info.dtype).name,
            None
            if info.tensor_shape.unknown_rank
            else tuple(dim.size if dim.size >= 0 else None for dim in info.tensor_shape.dim),
        )
        for name, info in sorted(infos.items())
    }


def _definition(run: Any) -> Any:
    """Describe a signature of a LiteRT file as that of a SavedModel.

    Where all inputs and outputs hold one sample, any number is taken, one after the other.
    """
    import tensorflow as tf
    from tensorflow.core.protobuf.meta_graph_pb2 import SignatureDef

    inputs, outputs = run.get_input_details(), run.get_output_details()
    shapes = [_shape(entry) for entry in (*inputs.values(), *outputs.values())]
    one_by_one = all(shape[:1] == [1] for shape in shapes)
    definition = SignatureDef(method_name=PREDICT)
    for infos, details in ((definition.inputs, inputs), (definition.outputs, outputs)):
        for name, entry in details.items():
            info = infos[name]
            info.name = entry["name"]
            scale, _ = entry["quantization"]
            info.dtype = tf.as_dtype("float32" if scale else entry["dtype"]).as_datatype_enum
            shape = _shape(entry)
            for size in [-1, *shape[1:]] if one_by_one else shape:
                info.tensor_shape.dim.add(size=size)
    return definition


def _shape(entry: Mapping[str, Any]) -> list[int]:
    return [int(size) for size in entry["shape_signature"]]
