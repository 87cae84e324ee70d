"""From a functional or Sequential model to the flat mapping that a person would write."""

from __future__ import annotations

import inspect
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from kerascfg.errors import ConfigError, Problem
from kerascfg.model.from_keras.calls import layer_inputs, stated_call, tensors_of
from kerascfg.model.from_keras.interface import (
    inner_graph,
    input_names,
    input_specs,
    is_graph,
    output_names,
    unique,
    valid,
)
from kerascfg.model.from_keras.operations import operation_node
from kerascfg.model.from_keras.values import are_alike, layer_node
from kerascfg.model.modes import default_mode
from kerascfg.model.wiring import wire
from kerascfg.naming import find

_Made = tuple[Any, tuple[str, ...]]
"""An output of a call, and what picks it from the node."""


@dataclass(frozen=True)
class _Call:
    """One call in a graph.

    Attributes:
        node: Keras's record of it.
        name: name of the node where all is laid out flat.
        again: the node that called the same layer first, or None.
        known: tensor (its id) -> its name in the graph.
        training: the mode that a call of the model around it stated.
        path: where the node will stand.
    """

    node: Any
    name: str
    again: str | None
    known: Mapping[int, str]
    training: Any
    path: str

    def refer(self, tensor: Any) -> str:
        """Name a tensor."""
        return self.known[id(tensor)]


@dataclass(frozen=True)
class _Owner:
    """The layer that a weight belongs to, the graph that calls it, and where that is written."""

    layer: Any
    graph: str
    path: str


def read_model(model: Any, path: str = "model") -> dict[str, Any]:
    """Describe a model as the group `model` does, without folding anything.

    Args:
        model: a functional or Sequential `keras.Model`.
        path: where the description will stand in a config.

    Returns:
        `inputs`, `layers`, and where they are needed `outputs`, `blocks`, `class`.

    Raises:
        ConfigError: the model is no graph, or a layer cannot be described without loss.
    """
    reader = _Reader(path, {})
    graph = reader.graph(model, "", path, leaving=output_names(model, path))
    kind = _own_class(model, path)
    return {
        **({"class": kind} if kind else {}),
        "inputs": input_specs(model, path),
        **({"blocks": reader.blocks} if reader.blocks else {}),
        **graph,
    }


def calls_behind(outputs: list[Any], inputs: list[Any]) -> list[Any]:
    """Return the calls (Keras's nodes) that lead to some tensors, each after what it needs.

    What a call takes comes in the order in which it takes it, so that a chain stays together.
    """
    entering = set(map(id, inputs))
    found: dict[int, Any] = {}
    waiting: list[tuple[Any, bool]] = [(tensor, False) for tensor in reversed(outputs)]
    while waiting:
        tensor, is_ready = waiting.pop()
        if id(tensor) in entering:
            continue
        operation, index, _ = tensor._keras_history
        node = operation._inbound_nodes[index]
        if id(node) in found:
            continue
        if is_ready:
            found[id(node)] = node
        else:
            needed = tensors_of(list(stated_call(node).values()))
            waiting.append((tensor, True))
            waiting += [(other, False) for other in reversed(needed)]
    return list(found.values())


class _Reader:
    """The blocks and names of one model so far.

    Attributes:
        path: where the model will stand.
        blocks: block -> its description, for nested models.
        taken: names of all nodes, laid out flat.
        owners: weight (its id) -> the layer that it belongs to.
        inner: nested model (its id) -> the mode it was first called in, and its outputs' names.
    """

    def __init__(self, path: str, blocks: dict[str, Any]):
        self.path = path
        self.blocks = blocks
        self.taken: set[str] = set()
        self.owners: dict[int, _Owner] = {}
        self.inner: dict[int, tuple[Any, list[str]]] = {}

    def graph(
        self,
        model: Any,
        prefix: str,
        path: str,
        training: Any = None,
        inputs: tuple[str, ...] = (),
        leaving: tuple[str, ...] = (),
    ) -> dict[str, Any]:
        """Describe one graph: its `layers`, and `outputs` where they do not speak for themselves.

        Args:
            model: whose graph it is.
            prefix: what the names of its nodes get in front when they are laid out flat.
            path: where it will stand.
            training: the mode that a call of the model around it stated.
            inputs: names of what enters it; the model's own by default.
            leaving: names by which its outputs leave it, if by name.
        """
        function = inner_graph(model, path)
        names = inputs or tuple(input_names(model, path))
        known = {id(tensor): name for tensor, name in zip(function.inputs, names, strict=True)}
        nodes = calls_behind(function.outputs, function.inputs)
        _refuse_unused(function, names, nodes, path)
        wished = _wished_names(function.outputs, leaving)
        self.taken.update(leaving)
        first: dict[int, str] = {}
        layers: dict[str, Any] = {}
        for node in nodes:
            name = wished.get(id(node)) or self.node_name(node.operation, prefix, names)
            at = f"{path}.layers.{name}"
            layer = self.own(node.operation, prefix, at)
            again = first.get(id(layer))
            first.setdefault(id(layer), name)
            with _placed(at):
                call = _Call(node, prefix + name, again, known, training, at)
                described, made = self.node(call)
            known |= {id(tensor): ".".join((name, *pick)) for tensor, pick in made}
            default = next(reversed(layers), names[0] if len(names) == 1 else None)
            layers[name] = _tidy(described, default)
        outputs = [known[id(tensor)] for tensor in function.outputs]
        for name, given in zip(leaving, outputs, strict=bool(leaving)):
            if name != given:  # an input, one of several outputs of a layer, or named twice
                layers[name] = {"type": "Identity", "inputs": given}
        outputs = list(leaving) or outputs
        if len(set(outputs)) < len(outputs):
            message = "expected each tensor once among the outputs. Received: "
            hint = "rebuild the model with keras.layers.Identity() before the second of the same"
            raise ConfigError(Problem(f"{path}.outputs", message + ", ".join(outputs), hint=hint))
        wiring, _ = wire(layers, names, None, path)
        said = wiring is not None and list(wiring.outputs) == outputs
        return {"layers": layers} if said else {"layers": layers, "outputs": outputs}

    def node(self, call: _Call) -> tuple[dict[str, Any], list[_Made]]:
        """Describe one call; return the node, and its outputs with how each is picked."""
        import keras

        operation, given = call.node.operation, stated_call(call.node)
        if not isinstance(operation, keras.Layer):
            return operation_node(operation, given, call.refer), _picks(call.node, given)
        mode = given.pop("training", call.training)
        if mode == default_mode(operation) or "training" not in _parameters(operation):
            mode = None
        if is_graph(operation):
            return self.model_node(call, given, mode)
        inputs, further = layer_inputs(operation, given, call.refer)
        if mode is not None:
            further["training"] = mode
        described = {"share": call.again}
        if call.again is None:
            described = layer_node(operation, call.path, _rank(given), self.argument_block)
        described |= {"inputs": inputs, **({"call": further} if further else {})}
        return described, _picks(call.node, given)

    def model_node(
        self, call: _Call, given: Mapping[str, Any], mode: Any
    ) -> tuple[dict[str, Any], list[_Made]]:
        """Describe the call of a nested model: a block, or one more call of a shared one."""
        model = call.node.operation
        first, *further = given
        if further:
            message = "expected a nested model to be called on its inputs alone. Received: "
            raise ConfigError(Problem(call.path, message + ", ".join(further)))
        taken = [call.refer(tensor) for tensor in tensors_of(given[first])]
        names = tuple(input_names(model, call.path)) if len(taken) > 1 else ("input",)
        if call.again is None:
            block = self.graph(model, f"{call.name}_", call.path, mode, names)
            self.inner[id(model)] = mode, block.get("outputs") or []
            if len(names) > 1:
                block = {"inputs": list(names), **block}
            described: dict[str, Any] = {"block": self.add_block(call.name, block)}
        else:
            described = {"share": call.again}
        stated, outputs = self.inner[id(model)]
        if stated != mode:
            message = f"expected one mode in all calls of {model.name}. Received: training={mode}"
            raise ConfigError(Problem(call.path, f"{message} after {stated}"))
        described["inputs"] = taken[0] if len(taken) == 1 else dict(zip(names, taken, strict=True))
        picks = [(name.replace(".", "_"),) for name in outputs] if len(outputs) > 1 else [()]
        return described, list(zip(call.node.outputs, picks, strict=True))

    def argument_block(self, model: Any) -> str:
        """Make a complete block of a model that is an argument; return the block's name."""
        path = f"{self.path}.blocks.{valid(model.name)}"
        graph = _Reader(self.path, self.blocks).graph(model, "", path)
        return self.add_block(valid(model.name), {"inputs": input_specs(model, path), **graph})

    def add_block(self, name: str, block: dict[str, Any]) -> str:
        """Add a block, or find the one that says the same; return its name."""
        for other, same in self.blocks.items():
            if same == block:
                return other
        name = unique(name, self.blocks)
        self.blocks[name] = block
        return name

    def node_name(self, operation: Any, prefix: str, inputs: tuple[str, ...]) -> str:
        """Name a node after its layer, so that it is unique where all is laid out flat."""
        plain = valid(operation.name)
        inner = plain.removeprefix(prefix)
        taken = {*inputs, *(n.removeprefix(prefix) for n in self.taken if n.startswith(prefix))}
        name = unique(inner if inner[:1].isalpha() else plain, taken)
        self.taken.add(prefix + name)
        return name

    def own(self, operation: Any, graph: str, path: str) -> Any:
        """Note to which layer, and in which graph, weights belong.

        What has weights of another layer cannot be written apart from it: the copy would have its
        own. It can where both are alike, such as two `RNN` with one cell: one is called twice.

        Returns:
            The layer that is called: the operation itself, or the one that it is alike.

        Raises:
            ConfigError: weights belong to two layers, or to two graphs.
        """
        import keras

        if not isinstance(operation, keras.Layer) or is_graph(operation):
            return operation  # the weights of a graph belong to the layers in it
        own = _Owner(operation, graph, path)
        owners = [self.owners.setdefault(id(weight), own) for weight in operation.weights]
        for owner, weight in zip(owners, operation.weights, strict=True):
            if owner.graph == graph and owner.layer is operation:
                continue
            if owner.graph == graph and are_alike(owner.layer, operation):
                return owner.layer
            message = f"expected {operation.name} to have weights of its own. Received: "
            message += f"{weight.path}, which belongs to {owner.path} too"
            hint = "a whole layer is shared, by `share`, not a part of one, and in one graph"
            raise ConfigError(Problem(path, message, hint=hint))
        return operation


def _own_class(model: Any, path: str) -> str | None:
    """Return the name of a class of the user's own that the model is of, with its `train_step`."""
    import keras

    if type(model).__module__.split(".")[0] == "keras" or type(model) is keras.Model:
        return None
    spelled = f"{type(model).__module__}.{type(model).__name__}"
    found = find(spelled, "model", f"{path}.class")
    if isinstance(found, Problem):
        raise ConfigError(found)
    return spelled


def _parameters(layer: Any) -> Collection[str]:
    return inspect.signature(layer.call).parameters


def _rank(given: Mapping[str, Any]) -> int | None:
    """Return the number of axes of what a call takes, where all its tensors have as many."""
    ranks = {len(tensor.shape) for tensor in tensors_of(list(given.values()))}
    return ranks.pop() if len(ranks) == 1 else None


def _picks(node: Any, given: Mapping[str, Any]) -> list[_Made]:
    """Return a call's outputs, each with what picks it (`lstm.1`)."""
    import keras

    if len(node.outputs) == 1:
        return [(node.outputs[0], ())]
    structure = node.operation.compute_output_spec(**given)
    paths = [path for path, _ in keras.tree.flatten_with_path(structure)]
    return [
        (tensor, tuple(map(str, path))) for tensor, path in zip(node.outputs, paths, strict=True)
    ]


def _wished_names(outputs: list[Any], leaving: tuple[str, ...]) -> dict[int, str]:
    """Return the names of the calls (their ids) whose only output leaves the model by name."""
    names: dict[int, str] = {}
    for tensor, name in zip(outputs, leaving, strict=bool(leaving)):
        operation, index, _ = tensor._keras_history
        node = operation._inbound_nodes[index]
        if len(node.outputs) == 1:
            names.setdefault(id(node), name)
    return names


def _refuse_unused(function: Any, names: Sequence[str], nodes: list[Any], path: str) -> None:
    taken = {id(t) for node in nodes for t in tensors_of(list(stated_call(node).values()))}
    taken |= set(map(id, function.outputs))
    for tensor, name in zip(function.inputs, names, strict=True):
        if id(tensor) not in taken:
            message = "expected an input that a layer takes. Received: one that nothing takes"
            raise ConfigError(Problem(f"{path}.inputs.{name}", message))


def _tidy(node: dict[str, Any], default: str | None) -> Any:
    """Put `inputs` behind the kind, leave them out where they go without saying; shorten."""
    (kind, target), *arguments = ((k, v) for k, v in node.items() if k != "inputs")
    inputs = {} if node["inputs"] == default else {"inputs": node["inputs"]}
    whole = {kind: target, **inputs, **dict(arguments)}
    return target if list(whole) == ["type"] else whole


@contextmanager
def _placed(path: str) -> Iterator[None]:
    """Say of a problem without a path where it was."""
    try:
        yield
    except ConfigError as error:
        raise ConfigError(replace(p, path=p.path or path) for p in error.problems) from error
