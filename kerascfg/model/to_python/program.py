"""Write the functions that build a model with nothing but Keras."""

from __future__ import annotations

import ast
import builtins
import keyword
from collections.abc import Mapping
from typing import Any

from kerascfg.errors import ConfigError, Problem
from kerascfg.model.adapt import learnt_state
from kerascfg.model.build import Built
from kerascfg.model.calls import fill_positions
from kerascfg.model.graph import Graph, Inner, Node, Ref
from kerascfg.model.taps import WHOLE, Tapped, picks_of
from kerascfg.model.to_python.layout import Bracket, Code, call, lines
from kerascfg.model.to_python.values import BUILDER, Imports, node_code, text, value_code
from kerascfg.naming import Found, Later, find, load_object

Inputs = Mapping[str, tuple[tuple[int | None, ...], str]]
"""Input -> its shape without the batch, and its dtype."""

_RESERVED = {"keras", "layers", "ops", "kerascfg", *dir(builtins)}
_HELD = """\
# Keras 3 overrules a stated `training=False` while the model around it is trained; kerascfg holds
# it. Set `trainable = False` on those layers where it matters.
"""


def write_python(built: Built, model: Mapping[str, Any], title: str) -> str:
    """Return a program that builds the same model.

    What layers learnt from the data (vocabularies, means) is written as arguments.

    Args:
        built: the model and its spelled-out graph.
        model: its config, for `class`.
        title: what the model is called in the program's first line.

    Raises:
        ConfigError: an inner model asks for sizes, which only the build knows.
    """
    program = _Program(built)
    program.imports.builder(built.graph, "model")
    program.function(built.graph, _inputs_of(built.model), built.model.name, model)
    body = "\n\n\n".join("\n".join(written) for written in program.functions)
    imports = "\n".join(program.imports.lines())
    note = f"{_HELD}\n" if program.holds_modes else ""
    main = 'if __name__ == "__main__":\n    build_model().summary()\n'
    return f'"""{title}, as plain Keras code."""\n\n{imports}\n\n{note}\n{body}\n\n\n{main}'


def _inputs_of(model: Any) -> Inputs:
    tensors = (
        model.input if isinstance(model.input, Mapping) else {model.inputs[0].name: model.input}
    )
    return {name: (tuple(t.shape[1:]), str(t.dtype)) for name, t in tensors.items()}


class _Program:
    """The functions written so far.

    Attributes:
        built: the outermost model.
        imports: what they need.
        functions: their lines; inner models come first.
        holds_modes: whether a call states its `training` mode.
    """

    def __init__(self, built: Built):
        self.built = built
        self.imports = Imports()
        self.functions: list[list[str]] = []
        self.holds_modes = False

    def function(self, graph: Graph, inputs: Inputs, title: str, model: Mapping[str, Any]) -> None:
        """Write the function that builds one model, after those of the models inside it."""
        function = _Function(self, graph, self.built if graph is self.built.graph else None)
        body = function.body(inputs, title, model)
        for inner_title, inner_graph, described in function.inner:
            self.function(inner_graph, described, inner_title, {})
        name = self.imports.builder(graph, title)
        head = [f"def {name}() -> keras.Model:", f'    """Build `{title}`."""']
        self.functions.append([*head, *body])


class _Function:
    """The statements of one function.

    Attributes:
        inner: models to be built by functions of their own: their names, graphs and inputs.
        variables: input or node -> the variable of its output.
        layers: node -> the variable of its layer, where it has one.
    """

    def __init__(self, program: _Program, graph: Graph, built: Built | None):
        self.program = program
        self.imports = program.imports
        self.graph = graph
        self.built = built
        self.inner: list[tuple[str, Graph, Inputs]] = []
        self.shared = {node.target for node in graph.nodes if node.kind == "share"}
        self.picks = picks_of(graph)
        self.tapped: set[str] = set()
        names = [*graph.inputs, *(node.name for node in graph.nodes)]
        self.variables: dict[str, str] = {}
        self.layers: dict[str, str] = {}
        for name in names:
            self.variables[name] = self.free(name)

    def free(self, name: str) -> str:
        """Return a variable's name that nothing else has."""
        taken = _RESERVED | {*self.variables.values(), *self.layers.values()}
        if name.startswith(BUILDER):
            name = f"node_{name}"
        while keyword.iskeyword(name) or name in taken:
            name += "_"
        return name

    def layer_variable(self, node: str) -> str:
        """Return the variable of a node's layer; it is found in `layers` from then on."""
        self.layers[node] = self.free(f"{self.variables[node]}_layer")
        return self.layers[node]

    def body(self, inputs: Inputs, title: str, model: Mapping[str, Any]) -> list[str]:
        """Write all statements."""
        statements: list[tuple[str, Code]] = []
        for name, (shape, dtype) in inputs.items():
            stated: dict[str, Code] = {} if dtype == "float32" else {"dtype": text(dtype)}
            made = call("keras.Input", repr(shape), **stated, name=text(name))
            statements.append((self.variables[name], made))
        for node in self.graph.nodes:
            statements += self.node(node)
        leaving = {key: self.reference(ref) for key, ref in self.graph.outputs.items()}
        between: dict[str, Code] = {
            "inputs": _only({name: self.variables[name] for name in inputs}),
            "outputs": _only(leaving),
            "name": text(title),
        }
        made = call("keras.Model", **between)
        if kind := model.get("class"):
            stated = {"type": kind} if isinstance(kind, str) else dict(kind)
            own = node_code(stated, "model", "model.class", self.imports)
            assert isinstance(own, Bracket)
            made = call(own.head, *own.parts, **between)
        written = [line for target, code in statements for line in lines((target, " = ", code), 1)]
        return [*written, *lines(("return ", made), 1)]

    def node(self, node: Node) -> list[tuple[str, Code]]:
        """Write one node: its layer by itself where others need it too, and its call."""
        variable = self.variables[node.name]
        self.program.holds_modes |= "training" in node.call
        if node.kind == "op":
            return [(variable, self.operation(node))]
        if node.kind == "share":
            return [(variable, self.called(self.layers[node.target], node))]
        if node.kind == "tower":
            graph, inputs = self.tower(node)
            self.inner.append((node.name, graph, inputs))
            layer = self.layer_variable(node.name)
            build = self.imports.builder(graph, node.name)
            return [(layer, f"{build}()"), (variable, self.called(layer, node))]
        made, named = self.layer(node)
        outputs = self.built.outputs[node.name] if self.built else None
        tapped = isinstance(outputs, Tapped)
        if named and not tapped and node.name not in self.shared:
            return [(variable, self.called(made, node))]
        layer = self.layer_variable(node.name)
        statements: list[tuple[str, Code]] = [(layer, made)]
        if not named:
            statements.append((f"{layer}.name", text(node.name)))
        if tapped:
            self.tapped.add(node.name)
            statements.append((layer, self.taps(layer, node.name)))
        return [*statements, (variable, self.called(layer, node))]

    def layer(self, node: Node) -> tuple[Code, bool]:
        """Write the call that makes a layer; tell whether it gives the layer its name."""
        found = find(node.target, "layer", f"{node.path}.type")
        assert isinstance(found, Found)
        arguments = dict(node.arguments)
        if self.built:
            arguments |= learnt_state(self.built.layers[node.name], node.arguments)
        known = found.signature.arguments
        is_class = isinstance(found.definition.tree, ast.ClassDef)
        if is_class and ("name" in known or found.signature.open):
            arguments.setdefault("name", node.name)
        elif {"include_top", "input_shape"} <= known.keys() and self.built:
            # An application fixes the resolution of its weights by `input_shape`.
            shape = tuple(self.built.layers[node.name].input_shape[1:])
            if not arguments.get("include_top", True) and None not in shape:
                arguments.setdefault("input_shape", list(shape))
        code = node_code(
            {"type": node.target, **_settled(arguments, node)}, "layer", node.path, self.imports
        )
        for name, inner in _inner_models(arguments):
            described = {key: _described(spec) for key, spec in inner.inputs.items()}
            self.inner.append((name, inner.graph, described))
        return code, is_class

    def tower(self, node: Node) -> tuple[Graph, Inputs]:
        """Return the graph of a shared block and what enters it."""
        assert node.tower is not None
        if self.built is None:
            message = "expected no shared block inside another, which to-python cannot write"
            raise ConfigError(Problem(node.path, message))
        tensors = self.built.layers[node.name].inputs
        names = node.tower.inputs
        return node.tower, {
            name: (tuple(t.shape[1:]), str(t.dtype)) for name, t in zip(names, tensors, strict=True)
        }

    def called(self, layer: Code, node: Node) -> Code:
        """Write the call of a layer."""
        named = {key: value_code(key, v, node.path, self.imports) for key, v in node.call.items()}
        if node.tower:
            assert isinstance(node.inputs, list)
            given = dict(zip(node.tower.inputs, node.inputs, strict=True))
            return call(layer, _only({key: self.taken(value) for key, value in given.items()}))
        if isinstance(node.inputs, Mapping):
            inputs = {key: self.taken(value) for key, value in node.inputs.items()}
            return call(layer, **inputs, **named)
        return call(layer, self.taken(node.inputs), **named)

    def operation(self, node: Node) -> Code:
        """Write the call of a function."""
        arguments = {**_settled(node.arguments, node), **node.call}
        found = find(node.target, "op", f"{node.path}.op")
        assert isinstance(found, Found)
        if (found.module, found.name) == ("kerascfg.ops", "get_item") and "key" in arguments:
            return (self.taken(_first(node.inputs)), f"[{_key_code(arguments['key'])}]")
        function = self.imports.name(node.target, "op", f"{node.path}.op")
        named: dict[str, Code] = {
            key: value_code(key, value, f"{node.path}.{key}", self.imports)
            for key, value in arguments.items()
        }
        if isinstance(node.inputs, Mapping):
            return call(function, **{k: self.taken(v) for k, v in node.inputs.items()}, **named)
        given = node.inputs if isinstance(node.inputs, list) else [node.inputs]
        tensors = [self.taken(value) for value in given]
        thing = load_object(node.target, "op", f"{node.path}.op")
        positional = fill_positions(thing, tensors, named)
        return call(function, *positional, **named)

    def taps(self, layer: str, name: str) -> Code:
        """Write the model that gives out what is picked inside another."""
        outputs = {
            pick or "output": f"{layer}.output" if pick == WHOLE else (
                f"{layer}.get_layer({text(pick)}).output"
            )
            for pick in self.picks[name]
        }  # fmt: skip
        return call("keras.Model", f"{layer}.input", _mapping(outputs), name=text(name))

    def taken(self, inputs: Any) -> Code:
        """Write what a node takes: variables, numbers, lists and mappings of them."""
        match inputs:
            case Ref():
                return self.reference(inputs)
            case list():
                return Bracket("", tuple(map(self.taken, inputs)), "[", "]")
            case Mapping():
                return _mapping({key: self.taken(value) for key, value in inputs.items()})
            case _:
                return repr(inputs)

    def reference(self, ref: Ref) -> str:
        """Write a variable and what is picked from it."""
        picks = ref.picks
        if ref.node in self.tapped and (not picks or picks[0] not in self.picks[ref.node]):
            picks = ("output", *picks)
        picked = (f"[{pick}]" if pick.isdecimal() else f"[{text(pick)}]" for pick in picks)
        return self.variables[ref.node] + "".join(picked)


def _only(named: Mapping[str, Code]) -> Code:
    """Return the only one by itself, several by name, as the model takes and gives them."""
    return _mapping(named) if len(named) > 1 else next(iter(named.values()))


def _mapping(named: Mapping[str, Code]) -> Bracket:
    return Bracket("", tuple((f"{text(key)}: ", code) for key, code in named.items()), "{", "}")


def _first(inputs: Any) -> Any:
    match inputs:
        case list():
            return inputs[0]
        case Mapping():
            return next(iter(inputs.values()))
        case _:
            return inputs


def _key_code(key: Any) -> str:
    """Write the key of a `get_item` as it stands between brackets."""
    match key:
        case list():
            return ", ".join(map(_key_code, key))
        case str():
            inner = key.strip()
            return inner[1:-1] if inner.startswith("[") and inner.endswith("]") else inner
        case _:
            return repr(key)


def _settled(arguments: Mapping[str, Any], node: Node) -> dict[str, Any]:
    """Return the arguments; refuse a size that was only known inside the build."""
    for key, value in arguments.items():
        if isinstance(value, Later):
            message = "expected a number inside a shared block. Received: channels()"
            raise ConfigError(Problem(f"{node.path}.{key}", message))
    return dict(arguments)


def _inner_models(value: Any) -> list[tuple[str, Inner]]:
    match value:
        case Inner():
            return [(value.name, value)]
        case Mapping():
            return [found for item in value.values() for found in _inner_models(item)]
        case list():
            return [found for item in value for found in _inner_models(item)]
        case _:
            return []


def _described(spec: Mapping[str, Any]) -> tuple[tuple[int | None, ...], str]:
    return tuple(spec["shape"]), spec.get("dtype") or "float32"
