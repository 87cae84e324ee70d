"""From a Keras object's config to the node a person would write: what is no default, and short."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from kerascfg.errors import ConfigError, Problem
from kerascfg.model.adapt import learnt_state
from kerascfg.model.from_keras.calls import plain
from kerascfg.naming import NEEDS_OBJECT, Found, build_node, find, load_object
from kerascfg.naming.areas import area_of_argument
from kerascfg.naming.identifiers import identifiers

NameModel = Callable[[Any], str]
"""Makes a block of a model that is an argument; returns the block's name."""

Same = Callable[[Mapping[str, Any]], bool]
"""Tells whether other arguments make the same object."""

_STAND_IN = {"type": "Identity"}
"""Stands for a block where only the other arguments are compared."""

_BY_KERAS = ("name", "build_config", "registered_name", "shared_object_id")
"""What a config holds that says nothing about the arguments."""


def layer_node(layer: Any, path: str, rank: int | None, name_model: NameModel) -> dict[str, Any]:
    """Return the node that makes a layer like this one.

    Args:
        layer: a `keras.Layer`.
        path: where the node will stand.
        rank: number of axes of what the layer takes; None where that is not one tensor.
        name_model: makes a block of a model inside the layer.

    Raises:
        ConfigError: a config cannot say it; the problem says which argument, and why.
    """
    import keras

    try:
        config = dict(layer.get_config())
    except NotImplementedError as error:
        message = f"{type(layer).__name__} has no get_config() that tells its arguments"
        raise ConfigError(Problem(path, message)) from error
    config |= _before_building(config, rank or 0)
    if not layer.weights:  # a vocabulary, unlike a mean, is no weight: it would be lost
        config |= {key: state for key, state in learnt_state(layer, config).items() if state}
    inner = {}
    for key in NEEDS_OBJECT & config.keys():
        part = getattr(layer, key, None)
        if isinstance(part, keras.Model):
            inner[key] = {"block": name_model(part)}
        elif isinstance(part, keras.Layer) and _holds_model(part):
            inner[key] = layer_node(part, f"{path}.{key}", None, name_model)
    return _short_node(_name_of(type(layer), "layer", path), "layer", config, inner, path)


def are_alike(one: Any, other: Any) -> bool:
    """Tell whether two layers are made alike and hold the same variables: as good as one layer."""
    if type(one) is not type(other):
        return False
    ours, theirs = ([id(variable) for variable in layer.variables] for layer in (one, other))
    return ours == theirs and (
        _comparable(one.get_config(), {}) == _comparable(other.get_config(), {})
    )


def _before_building(config: Mapping[str, Any], rank: int) -> dict[str, Any]:
    """Return the axes as they were before a layer, once built, counted them from the front."""
    axes = {}
    if "axis" in config:
        axis = _only(config["axis"])
        axes["axis"] = -1 if axis == rank - 1 else axis
    attended = config.get("attention_axes")
    if attended is not None and list(attended) == list(range(1, rank - 1)):
        axes["attention_axes"] = None
    return axes


def _only(axes: Any) -> Any:
    """Return one axis by itself; some layers make a list of it."""
    return axes[0] if isinstance(axes, list | tuple) and len(axes) == 1 else axes


def value_of(argument: str, value: Any, path: str) -> Any:
    """Return one value of a config as YAML says it.

    Args:
        argument: whose value it is; nodes inside it are looked up where that says.
        value: a value as `get_config` gives it.
        path: where it will stand.

    Raises:
        ConfigError: YAML has no word for it.
    """
    match value:
        case Mapping() if _is_code(argument, value):
            message = f"expected no code inside data. Received: a lambda as `{argument}`"
            hint = "write the function in your package and name it by {op: my_package.function}"
            raise ConfigError(Problem(path, message, hint=hint))
        case {"class_name": "function", "config": str(name), **rest}:
            spelled = f"{rest.get('module')}.{name.split('>')[-1]}"
            load_object(spelled, "op", path)
            return {"op": spelled}
        case {"class_name": "DTypePolicy", "config": {"name": str(name)}}:
            return name
        case {"class_name": str(name), "config": Mapping() as config, **rest}:
            return _object(argument, f"{rest.get('module')}.{name}", config, path)
        case list() | tuple():
            return [value_of(argument, item, f"{path}.{i}") for i, item in enumerate(value)]
        case Mapping():
            return {str(k): value_of(str(k), v, f"{path}.{k}") for k, v in value.items()}
        case _ if callable(value):
            return value_of(argument, {"class_name": "__lambda__"}, path)
    try:
        return plain(value)
    except ConfigError as error:
        raise ConfigError(Problem(path, p.message, p.hint) for p in error.problems) from error


def _is_code(argument: str, value: Mapping[str, Any]) -> bool:
    """Tell whether a serialized value is a lambda; an activation's has no class name."""
    kind = value.get("class_name")
    return kind == "__lambda__" or (kind is None and area_of_argument(argument) == "activation")


def _object(argument: str, dotted: str, config: Mapping[str, Any], path: str) -> Any:
    """Return a serialized object as an identifier where Keras has one, else as a short node."""
    from keras.src.utils.naming import to_snake_case

    area = area_of_argument(argument)
    name = _name_of(load_object(dotted, area, path), area, path)
    node = _short_node(name, area, dict(config), {}, path)
    text = to_snake_case(name)
    if len(node) == 1 and text in identifiers(area) and _is_taken(text, area):
        return text
    return name if len(node) == 1 and argument in NEEDS_OBJECT else node


def _is_taken(text: str, area: str) -> bool:
    """Tell whether Keras makes an object of an identifier; `constant` it lists, but cannot make."""
    import keras

    try:
        getattr(keras, f"{area}s").get(text)
    except KeyError:
        return False
    return True


def _holds_model(layer: Any) -> bool:
    import keras

    return any(isinstance(part, keras.Model) for part in layer._flatten_layers())


def _name_of(thing: type, area: str, path: str) -> str:
    """Return the shortest name by which a config finds a class.

    Raises:
        ConfigError: a config may not name it.
    """
    short = find(thing.__name__, area, path)
    if isinstance(short, Found) and load_object(thing.__name__, area, path) is thing:
        return thing.__name__
    dotted = f"{thing.__module__}.{thing.__name__}"
    found = find(dotted, area, path)
    if isinstance(found, Problem):
        refused = short if isinstance(short, Problem) and "is refused" in short.message else found
        raise ConfigError(refused)
    return dotted


def _short_node(
    name: str, area: str, config: dict[str, Any], inner: Mapping[str, Any], path: str
) -> dict[str, Any]:
    """Return the node with only those arguments that make a difference.

    What the constructor yields without an argument is compared, not only what the signature says:
    `data_format=None` becomes `channels_last`, and that need not be written.
    """
    found = find(name, area, path)
    if isinstance(found, Problem):
        raise ConfigError(found)
    known = found.signature.arguments
    meant = _comparable(config, inner)
    values = {
        key: inner[key] if key in inner else value_of(key, value, f"{path}.{key}")
        for key, value in config.items()
        if (key in known or found.signature.open) and key not in _BY_KERAS
    }
    needed = [key for key in found.signature.required if key in values]
    yielded = _yielded(name, area, {key: values[key] for key in needed}, inner, path)
    stated = {
        key: value
        for key, value in values.items()
        if key in needed or (key not in yielded and key not in meant and value is not None)
        or meant.get(key) != yielded.get(key)
    }  # fmt: skip
    if (again := _yielded(name, area, stated, inner, path)) != meant:
        # Arguments depend on each other (Bidirectional's two layers, say): state what is left.
        left = {key for key in meant if again.get(key) != meant[key]} & values.keys()
        stated = {key: values[key] for key in values if key in stated or key in left}
        again = _yielded(name, area, stated, inner, path)
    if wrong := [key for key in meant if again.get(key) != meant[key]]:
        message = f"{name} does not take back what its get_config() tells: {', '.join(wrong)}"
        raise ConfigError(Problem(path, message))
    order = [*known, *stated]
    stated = dict(sorted(stated.items(), key=lambda item: order.index(item[0])))

    def same(arguments: Mapping[str, Any]) -> bool:
        try:
            return _yielded(name, area, arguments, inner, path) == meant
        except ConfigError:
            return False  # the constructor wants it as it was

    return {"type": name, **_shortened(_pruned(stated, inner, same), inner, same)}


def _pruned(stated: dict[str, Any], inner: Mapping[str, Any], same: Same) -> dict[str, Any]:
    """Leave out of a wrapped layer what the wrapper sets in it anyway."""
    for key, node in stated.items():
        if key in inner or key not in NEEDS_OBJECT or not isinstance(node, Mapping):
            continue
        for argument in [argument for argument in node if argument != "type"]:
            less = {k: v for k, v in stated[key].items() if k != argument}
            if same({**stated, key: less}):
                stated = {**stated, key: less}
    return stated


def _shortened(stated: dict[str, Any], inner: Mapping[str, Any], same: Same) -> dict[str, Any]:
    """Write `3` for `[3, 3]` where the constructor takes it so."""
    for key, value in stated.items():
        if key in inner or not (scalar := _repeated(value)):
            continue
        if same({**stated, key: scalar[0]}):
            stated = {**stated, key: scalar[0]}
    return stated


def _repeated(value: Any) -> list[int]:
    """Return the number that a list says over and over, in a list; an empty one if it is none."""
    if not isinstance(value, list) or len(value) < 2:
        return []
    flat = [n for item in value for n in (item if isinstance(item, list) else [item])]
    return flat[:1] if len(set(map(str, flat))) == 1 and isinstance(flat[0], int) else []


def _yielded(
    name: str, area: str, arguments: Mapping[str, Any], inner: Mapping[str, Any], path: str
) -> dict[str, Any]:
    """Return what `get_config` tells of an object with these arguments."""
    import keras

    stood = json.dumps({key: _stand_in(value) for key, value in arguments.items()})
    try:
        config = _config_of(name, area, stood, keras.config.dtype_policy().name)
    except ConfigError as error:
        raise ConfigError(Problem(path, p.message, p.hint) for p in error.problems) from error
    return _comparable(json.loads(config), inner)


def _stand_in(value: Any) -> Any:
    match value:
        case {"block": _}:
            return _STAND_IN
        case list():
            return [_stand_in(item) for item in value]
        case Mapping():
            return {key: _stand_in(item) for key, item in value.items()}
        case _:
            return value


@cache
def _config_of(name: str, area: str, arguments: str, _dtype: str) -> str:
    """Return what `get_config` tells, as JSON; `_dtype` is the policy that layers begin with."""
    made = build_node({"type": name, **json.loads(arguments)}, area, name)
    return json.dumps(_comparable(made.get_config(), {}))


def _comparable(config: Any, without: Mapping[str, Any]) -> Any:
    """Return a config in plain containers, without names and what `without` holds."""
    match config:
        case {"class_name": "DTypePolicy", "config": {"name": str(name)}}:
            return name
        case Mapping():
            return {
                str(key): _comparable(_only(value) if key == "axis" else value, {})
                for key, value in config.items()
                if key not in _BY_KERAS and key not in without
            }
        case list() | tuple():
            return [_comparable(item, {}) for item in config]
        case None | bool() | int() | float() | str():
            return config
        case _ if hasattr(config, "tolist"):
            return config.tolist()
        case _:
            return repr(config)
