"""What stands for each @name@ of a kit's templates, in the spelling of each language."""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from kerascfg.exporting.tflite.c_source import one_line

if TYPE_CHECKING:
    import numpy as np

    from kerascfg.exporting.delivery import Delivery, Port
    from kerascfg.exporting.foreign import Foreign


_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""Control characters, line ends, and what turns the direction of a text."""
_IN_CPP = '    {{{name}, "{dtype}", {{{shape}}}, "{file}"}},'


def fillings(
    delivery: Delivery,
    fed: Mapping[str, np.ndarray],
    expected: Mapping[str, np.ndarray],
    served_name: str,
    foreign: Iterable[Foreign] = (),
) -> dict[str, str]:
    """Return what stands for each @name@ of the templates.

    Args:
        delivery: gives names, shapes, dtypes and tolerance.
        fed: the golden inputs.
        expected: the golden outputs.
        served_name: what a server calls the model.
        foreign: what Keras lacks of the model, where Keras loads it.
    """
    samples = len(next(iter(fed.values())))
    batch = delivery.inputs[0].shape[0] or samples
    return {
        "target": delivery.target,
        "samples": str(samples),
        "batch": str(batch),
        "tolerance": repr(float(delivery.tolerance or 0.0)),
        "takes": _table(delivery.inputs),
        "returns": _table(delivery.outputs),
        "example": ", ".join(f'"{escaped(port.name)}": ...' for port in delivery.inputs),
        "served_name": served_name,
        "foreign": " ".join(sorted(escaped(f"{each.module}:{each.name}") for each in foreign)),
        # These three stand inside quotes, so that the templates are Python as they are.
        "input_names": '", "'.join(escaped(port.name) for port in delivery.inputs),
        "output_names": '", "'.join(escaped(port.name) for port in delivery.outputs),
        "input_dtypes": '", "'.join(
            f'{escaped(port.name)}": "{port.dtype}' for port in delivery.inputs
        ),
        "inputs_json": _json(fed),
        "outputs_json": _json(expected) if len(expected) > 1 else _json(expected, named=False),
        "cpp_inputs": _rows(fed, "input", _IN_CPP, escaped),
        "cpp_outputs": _rows(expected, "output", _IN_CPP, escaped),
        "kotlin_inputs": _rows(fed, "input", '        {name} to "{file}",', _in_kotlin),
        "kotlin_outputs": _rows(expected, "output", '        {name} to "{file}",', _in_kotlin),
        "kotlin_dtypes": _rows(fed, "input", '        {name} to "{dtype}",', _in_kotlin),
        "kotlin_shapes": _rows(
            fed, "input", "            {name} to longArrayOf({one}),", _in_kotlin
        ),
        "kotlin_input_names": _rows(fed, "input", "            {name},", _in_kotlin),
        "kotlin_output_names": _rows(expected, "output", "            {name},", _in_kotlin),
        "micro_golden": "\n\n".join([_micro(fed, "Input"), _micro(expected, "Output")]),
        "micro_inputs": _micro_table(fed, "Input"),
        "micro_outputs": _micro_table(expected, "Output"),
        "coreml_inputs": _rows(
            fed, "input", '        {name}: ("{stem}", [{one}], "{dtype}"),', _in_swift
        ),
        "coreml_outputs": _rows(expected, "output", '        {name}: "{feature}",', _in_swift),
        "swift_shapes": _rows(fed, "input", "        ({name}, [{one}]),", _in_swift),
        "swift_output_names": _rows(expected, "output", "        {name},", _in_swift),
        "swift_inputs": _rows(fed, "input", '        {name}: "{stem}",', _in_swift),
        "swift_outputs": _rows(expected, "output", '        {name}: "{stem}",', _in_swift),
    }


def _rows(
    arrays: Mapping[str, np.ndarray],
    what: str,
    line: str,
    spelled: Callable[[str], str],
) -> str:
    """Return a line for each golden tensor, with its name as a language spells it."""
    return "\n".join(
        line.format(
            name=f'"{spelled(name)}"',
            dtype=array.dtype.name,
            feature=re.sub(r"\W", "_", name, flags=re.ASCII),
            shape=", ".join(str(size) for size in array.shape[1:]),
            one=", ".join(str(size) for size in (1, *array.shape[1:])),
            stem=f"{what}_{place}",
            file=f"{what}_{place}.bin",
        )
        for place, (name, array) in enumerate(arrays.items())
    )


def _micro(arrays: Mapping[str, np.ndarray], what: str) -> str:
    """Return tensors as arrays of C++, a line for each record."""
    written = []
    for place, (name, array) in enumerate(arrays.items()):
        lines = [
            "    " + " ".join(f"{_literal(number)}," for number in record.ravel().tolist())
            for record in array
            if array.dtype.kind in "biuf"
        ]
        head = f"// {one_line(name)}\nconstexpr float k{what}{place}[] = {{"
        written.append("\n".join([head, *lines, "};"]))
    return "\n".join(written)


def _literal(number: float) -> str:
    """Spell a number as C++'s float."""
    if math.isfinite(number):
        return f"{float(number)!r}f"
    return "NAN" if math.isnan(number) else "-INFINITY" if number < 0 else "INFINITY"


def _micro_table(arrays: Mapping[str, np.ndarray], what: str) -> str:
    return ", ".join(
        f"{{k{what}{place}, {array[:1].size}}}" for place, array in enumerate(arrays.values())
    )


def _table(ports: Iterable[Port]) -> str:
    return "\n".join(f"    {escaped(port.name)}: {port.dtype}, {_shape(port)}" for port in ports)


def _shape(port: Port) -> str:
    sizes = ["records", *("any" if size is None else str(size) for size in port.shape[1:])]
    return f"({', '.join(sizes)})" if len(sizes) > 1 else "(records,)"


def escaped(name: str, control: str = r"\u{:04x}") -> str:
    """Escape what ends a text or a line in any of the languages: names come from data.

    Args:
        name: a name of an input, an output or a class.
        control: how a language spells a control character by its number.
    """
    plain = name.replace("\\", "\\\\").replace('"', '\\"')
    return _CONTROL.sub(lambda found: control.format(ord(found[0])), plain)


def _in_kotlin(name: str) -> str:
    return escaped(name).replace("$", "\\$")


def _in_swift(name: str) -> str:
    return escaped(name, r"\u{{{:x}}}")


def _json(arrays: Mapping[str, np.ndarray], *, named: bool = True) -> str:
    """Return tensors as TensorFlow Serving's JSON has them; a single output comes without name."""
    spelled = {name: _spelled(array.tolist()) for name, array in arrays.items()}
    return json.dumps(spelled if named else next(iter(spelled.values())), ensure_ascii=False)


def _spelled(value: Any) -> Any:
    """Return lists with the bytes in them as TensorFlow Serving's JSON has them."""
    match value:
        case list():
            return [_spelled(item) for item in value]
        case bytes():
            return {"b64": base64.b64encode(value).decode("ascii")}
        case _:
            return value
