"""Make the layers of a spelled-out graph and call them: a `keras.Model`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kerascfg.errors import ConfigError, Problem
from kerascfg.model.adapt import Batches, adapt, needs_adapting
from kerascfg.model.calls import call_function, call_layer, make_layer, pick, tensors_of
from kerascfg.model.expand import expand_model
from kerascfg.model.graph import Graph, Node, refs
from kerascfg.model.modes import hold_stated_modes
from kerascfg.model.taps import Tapped, picks_of, with_taps
from kerascfg.naming import call

if TYPE_CHECKING:
    import keras


def build_model(
    model: Mapping[str, Any],
    facts: Mapping[str, Any],
    *,
    batches: Batches | None = None,
    name: str = "model",
    path: str = "model",
) -> keras.Model:
    """Build a model from its config.

    Args:
        model: the group `model`; without `inputs`, `facts["data"]["features"]` are its inputs.
        facts: what is known of the data: `{"data": {"classes": 10, "features": {name: {"shape":
            [28, 28], "dtype": "float32"}}, ...}, "train": {"steps": ...}}`.
        batches: returns batches of the named features of the training split, for layers that are
            adapted to the data.
        name: name of the model.
        path: where the model stands in the config.

    Returns:
        A functional model. One input or output stands by itself; several are mappings by name.

    Raises:
        ConfigError: the graph is not in the language, or Keras refuses a layer or a call; the
            problem names the node.
    """
    entering = _inputs(model, facts, path)
    graph = expand_model(model, tuple(entering), facts, path)
    taken = {ref.node for node in graph.nodes for ref in refs(node.inputs)}
    taken |= {ref.node for ref in graph.outputs.values()}
    if unused := [key for key in model.get("inputs") or {} if key not in taken]:
        raise ConfigError(
            [Problem(f"{path}.inputs.{key}", "stated, but no node takes it") for key in unused]
        )
    used = {key: tensor for key, tensor in entering.items() if key in taken}
    return _Builder(used, batches).build(graph, name, path)


def _inputs(model: Mapping[str, Any], facts: Mapping[str, Any], path: str) -> dict[str, Any]:
    import keras

    known = facts.get("data", {}).get("features", {})
    described = model.get("inputs") or known
    if not described:
        message = "expected inputs, since there is no data to take them from"
        raise ConfigError(Problem(f"{path}.inputs", message))
    return {
        key: call(
            keras.Input,
            {
                "shape": tuple(spec["shape"]),
                "dtype": spec.get("dtype") or known.get(key, {}).get("dtype") or "float32",
                "name": key,
            },
            f"{path}.inputs.{key}",
        )
        for key, spec in described.items()
    }


class _Builder:
    """The tensors and layers of one model so far.

    Attributes:
        entering: input -> symbolic tensor.
        tensors: input or node -> its output or outputs.
        layers: node -> its layer, and what is tapped from it.
        origins: input or node -> the inputs that it depends on.
    """

    def __init__(self, entering: Mapping[str, Any], batches: Batches | None):
        self.entering = entering
        self.batches = batches
        self.tensors: dict[str, Any] = dict(entering)
        self.layers: dict[str, tuple[Any, list[str]]] = {}
        self.origins = {key: frozenset({key}) for key in entering}

    def build(self, graph: Graph, name: str, path: str) -> keras.Model:
        """Build all nodes, and the model from its inputs to its outputs."""
        import keras

        picks = picks_of(graph)
        for node in graph.nodes:
            self.origins[node.name] = frozenset().union(
                *(self.origins[ref.node] for ref in refs(node.inputs))
            )
            self.tensors[node.name] = self.output(node, picks.get(node.name, []))
        outputs = {
            key: _one_tensor(pick(ref, self.tensors, f"{path}.outputs"), ref.node, path)
            for key, ref in graph.outputs.items()
        }
        stated = {"inputs": _only(self.entering), "outputs": _only(outputs), "name": name}
        model = call(keras.Model, stated, path)
        hold_stated_modes(model)
        return model

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
            layer, tapped = with_taps(make_layer(node, inputs), picks, node.path)
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
        return _Builder(entering, None).build(node.tower, node.name, node.path)

    def adapt(self, layer: Any, node: Node, tensor: Any) -> None:
        """Adapt a layer to the training data, on the tensor that feeds it."""
        entering = {key: self.entering[key] for key in sorted(self.origins[node.name])}
        adapt(layer, entering, tensor, self.batches, node.path)


def _only(tensors: Mapping[str, Any]) -> Any:
    """Return the only tensor by itself, several by name."""
    return dict(tensors) if len(tensors) > 1 else next(iter(tensors.values()))


def _as_list(made: Any) -> list[Any]:
    return list(made) if isinstance(made, list | tuple) else [made]


def _one_tensor(value: Any, node: str, path: str) -> Any:
    """Refuse an output that is several: `decoder` where `decoder.0` is meant."""
    if isinstance(value, list | tuple | Mapping):
        names = value if isinstance(value, Mapping) else range(len(value))
        listed = ", ".join(f"{node}.{name}" for name in names)
        message = f"expected one of {listed}. Received: {node}, which has several outputs"
        raise ConfigError(Problem(f"{path}.outputs", message))
    return value
