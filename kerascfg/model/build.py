"""Make the layers of a spelled-out graph and call them: a `keras.Model`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from kerascfg.errors import ConfigError, Problem
from kerascfg.model.adapt import Batches, adapt, needs_adapting
from kerascfg.model.calls import (
    RefusedError,
    call_function,
    call_layer,
    make_layer,
    pick,
    tensors_of,
)
from kerascfg.model.depth import room_for
from kerascfg.model.expand import expand_model
from kerascfg.model.graph import Graph, Inner, Node, Ref, Value, leaves, refs
from kerascfg.model.inputs import entering_tensors, input_tensors
from kerascfg.model.mismatch import mismatch
from kerascfg.model.modes import hold_stated_modes
from kerascfg.model.parts import PREPROCESS, entering_layers
from kerascfg.model.taps import Tapped, picks_of, with_taps
from kerascfg.naming import ExpressionError, build_value, call, load_object, settle, split_node

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Preprocessed:
    """What enters `layers` besides the data's features.

    Attributes:
        values: node -> what its name stands for among the inputs of `layers`.
        specs: input -> its `shape`, without the batch, and its `dtype`.
        facts: node -> what `$preprocess.NODE` tells of it.
    """

    values: Mapping[str, Value] = field(default_factory=dict)
    specs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    facts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Built:
    """A model and what it was built from.

    Attributes:
        model: the model.
        graph: the spelled-out graph, sizes of tensors filled in.
        outputs: input or node -> its symbolic output, or outputs.
        layers: node made by `type`, `share` or `tower` -> its layer.
    """

    model: keras.Model
    graph: Graph
    outputs: Mapping[str, Any]
    layers: Mapping[str, Any]


def build_model(
    model: Mapping[str, Any],
    facts: Mapping[str, Any],
    *,
    batches: Batches | None = None,
    name: str = "model",
    path: str = "model",
) -> keras.Model:
    """Build a model from its config; see `build_graph`."""
    return build_graph(model, facts, batches=batches, name=name, path=path).model


def build_graph(
    model: Mapping[str, Any],
    facts: Mapping[str, Any],
    *,
    batches: Batches | None = None,
    name: str = "model",
    path: str = "model",
    preprocessed: Preprocessed | None = None,
) -> Built:
    """Build what learns of a model, its `layers`, from its config.

    Args:
        model: the group `model`; without `inputs`, `facts["data"]["features"]` and what is
            preprocessed are its inputs.
        facts: what is known of the data: `{"data": {"classes": 10, "features": {name: {"shape":
            [28, 28], "dtype": "float32"}}, ...}, "train": {"steps": ...}}`.
        batches: returns batches of the named features of the training split, for layers that are
            adapted to the data.
        name: name of the model.
        path: where the model stands in the config.
        preprocessed: what `preprocess` of the model gives.

    Returns:
        A functional model, of the class `model.class` where that is stated. One input or output
        stands by itself; several are mappings by name.

    Raises:
        ConfigError: the graph is not in the language, or Keras refuses a layer or a call; the
            problem names the node.
    """
    before = preprocessed or Preprocessed()
    facts = {**facts, PREPROCESS: before.facts}
    entering = entering_tensors(model, facts, path, before.specs)
    given = {key: value for key, value in before.values.items() if _is_among(value, entering)}
    raw = tuple(key for key in entering if key not in before.specs)
    graph = expand_model(
        model,
        tuple(entering),
        facts,
        path,
        entering={**{key: Ref(key) for key in raw}, **given},
        first=entering_layers(model, raw, path).first,
    )
    builder = Builder(taken_by(graph, entering), batches)
    made = builder.build(graph, name, path, model.get("class"))
    layers = {key: layer for key, (layer, _) in builder.layers.items()}
    nodes = tuple(builder.nodes)
    return Built(made, replace(graph, nodes=nodes), builder.tensors, layers)


def taken_by(graph: Graph, entering: Mapping[str, Any]) -> dict[str, Any]:
    """Return the inputs that a graph takes."""
    taken = {ref.node for node in graph.nodes for ref in refs(node.inputs)}
    taken |= {ref.node for ref in graph.outputs.values()}
    return {key: tensor for key, tensor in entering.items() if key in taken}


def _is_among(value: Value, entering: Mapping[str, Any]) -> bool:
    return all(ref.node in entering for _, ref in leaves(value))


class _BehindFailedError(Exception):
    """A node needs one that Keras refused, of which there is a problem already."""


class Builder:
    """The tensors and layers of one model so far.

    Attributes:
        entering: input -> symbolic tensor.
        tensors: input or node -> its output or outputs.
        layers: node -> its layer, and what is tapped from it.
        origins: input or node -> the inputs that it depends on.
        nodes: the nodes built, sizes of tensors filled in.
    """

    def __init__(self, entering: Mapping[str, Any], batches: Batches | None):
        self.entering = entering
        self.batches = batches
        self.tensors: dict[str, Any] = dict(entering)
        self.layers: dict[str, tuple[Any, list[str]]] = {}
        self.origins = {key: frozenset({key}) for key in entering}
        self.nodes: list[Node] = []

    def build(
        self, graph: Graph, name: str, path: str, kind: Any = None, by_name: bool = False
    ) -> keras.Model:
        """Build all nodes, and the model from its inputs to its outputs.

        Args:
            graph: what the model consists of.
            name: its name.
            path: where it stands in the config.
            kind: the node of its class, a subclass of `keras.Model`; None for that itself.
            by_name: whether it takes and returns mappings even where there is one tensor, and an
                output may be several, which are then `output_key`.
        """
        picks = picks_of(graph)
        problems: dict[str, Problem] = {}  # by path: copies of a node fail alike
        for stated in graph.nodes:
            try:
                self.add(stated, picks.get(stated.name, []))
            except _BehindFailedError:
                continue
            except ConfigError as error:
                for found in error.problems:
                    problems.setdefault(found.path, found)
        if problems:
            raise ConfigError(problems.values())
        made = {k: pick(ref, self.tensors, f"{path}.outputs") for k, ref in graph.outputs.items()}
        if by_name:
            outputs = {name: one for k, value in made.items() for name, one in _several(k, value)}
            between = {"inputs": dict(self.entering), "outputs": outputs, "name": name}
        else:
            outputs = {k: _one_tensor(made[k], ref.node, path) for k, ref in graph.outputs.items()}
            between = {"inputs": _only(self.entering), "outputs": _only(outputs), "name": name}
        with room_for(len(graph.nodes)):
            model = _model(kind, between, path)
        hold_stated_modes(model)
        return model

    def add(self, stated: Node, picks: list[str]) -> None:
        """Build one node.

        Raises:
            ConfigError: Keras refuses the layer or the call.
        """
        needed = {ref.node for ref in refs(stated.inputs)}
        if stated.kind == "share":
            needed.add(stated.target)
        if not needed <= self.tensors.keys():
            raise _BehindFailedError
        node = self.settled(stated)
        self.nodes.append(node)
        self.origins[node.name] = frozenset().union(
            *(self.origins[ref.node] for ref in refs(node.inputs))
        )
        try:
            self.tensors[node.name] = self.output(node, picks)
        except RefusedError as refused:
            nodes = {other.name: other for other in self.nodes}
            raise ConfigError(mismatch(node, str(refused), nodes, self.tensors)) from refused

    def settled(self, node: Node) -> Node:
        """Fill in the sizes of tensors that a node's arguments ask for."""
        try:
            arguments, called = settle([node.arguments, node.call], self.channels)
        except ExpressionError as error:
            raise ConfigError(Problem(node.path, str(error))) from error
        return replace(node, arguments=arguments, call=called)

    def channels(self, ref: Ref) -> int:
        """Return the size of a node's last axis."""
        if ref.node not in self.tensors:
            raise _BehindFailedError
        name = ".".join((ref.node, *ref.picks))
        shape = getattr(pick(ref, self.tensors, name), "shape", ())
        if not shape or shape[-1] is None:
            raise ExpressionError(
                f"expected a last axis of known size in channels({name}). Received: shape "
                f"{tuple(shape)}"
            )
        return shape[-1]

    def output(self, node: Node, picks: list[str]) -> Any:
        """Make the node's layer, or find it, and call it on its inputs."""
        inputs = tensors_of(node.inputs, self.tensors, f"{node.path}.inputs")
        if node.kind == "op":
            return call_function(node, inputs)
        if node.kind == "share":
            layer, tapped = self.layers[node.target]
        elif node.kind == "tower":
            layer, tapped = self.tower(node, inputs), []
        else:
            made_first = replace(node, arguments=_with_models(node.arguments))
            layer, tapped = with_taps(make_layer(made_first, inputs), picks, node.path)
            if needs_adapting(layer, node.arguments):
                self.adapt(layer, node, inputs)
        self.layers[node.name] = layer, tapped
        if node.tower:
            inputs = _only(dict(zip(node.tower.inputs, inputs, strict=True)))
            return layer(inputs)
        made = call_layer(node, layer, inputs)
        return Tapped(zip(tapped, _as_list(made), strict=True)) if tapped else made

    def tower(self, node: Node, inputs: list[Any]) -> keras.Model:
        """Build a block as a model of its own, for inputs like these."""
        import keras

        assert node.tower is not None
        entering = {
            name: keras.Input(batch_shape=tensor.shape, dtype=tensor.dtype, name=name)
            for name, tensor in zip(node.tower.inputs, inputs, strict=True)
        }
        return Builder(entering, None).build(node.tower, node.name, node.path)

    def adapt(self, layer: Any, node: Node, tensor: Any) -> None:
        """Adapt a layer to the training data, on the tensor that feeds it."""
        entering = {key: self.entering[key] for key in sorted(self.origins[node.name])}
        adapt(layer, entering, tensor, self.batches, node.path)


def _model(kind: Any, between: Mapping[str, Any], path: str) -> keras.Model:
    """Make the model between its inputs and outputs."""
    import keras

    if kind is None:
        return call(keras.Model, between, path)
    at = f"{path}.class"
    name, arguments = split_node(kind) or ("", {})
    made = call(
        load_object(name, "model", at),
        {**{k: build_value(k, v, f"{at}.{k}") for k, v in arguments.items()}, **between},
        at,
    )
    if not isinstance(made, keras.Model):
        message = f"expected a subclass of keras.Model. Received: {name}"
        raise ConfigError(Problem(at, message))
    return made


def _with_models(value: Any) -> Any:
    """Build every block inside a node's arguments as a model of its own."""
    match value:
        case Inner():
            entering = input_tensors(value.inputs, value.path)
            return Builder(entering, None).build(value.graph, value.name, value.path)
        case Mapping():
            return {key: _with_models(item) for key, item in value.items()}
        case list():
            return [_with_models(item) for item in value]
        case _:
            return value


def _only(tensors: Mapping[str, Any]) -> Any:
    """Return the only tensor by itself, several by name."""
    return dict(tensors) if len(tensors) > 1 else next(iter(tensors.values()))


def _as_list(made: Any) -> list[Any]:
    return list(made) if isinstance(made, list | tuple) else [made]


def _several(name: str, value: Any) -> list[tuple[str, Any]]:
    """Return the tensors of an output by name."""
    match value:
        case Mapping():
            return [(f"{name}_{key}", item) for key, item in value.items()]
        case list() | tuple():
            return [(f"{name}_{index}", item) for index, item in enumerate(value)]
        case _:
            return [(name, value)]


def _one_tensor(value: Any, node: str, path: str) -> Any:
    """Refuse an output that is several: `decoder` where `decoder.0` is meant."""
    if isinstance(value, list | tuple | Mapping):
        names = value if isinstance(value, Mapping) else range(len(value))
        listed = ", ".join(f"{node}.{name}" for name in names)
        message = f"expected one of {listed}. Received: {node}, which has several outputs"
        raise ConfigError(Problem(f"{path}.outputs", message))
    return value
