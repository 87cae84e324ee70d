"""Attacks that are too large to be written down: each returns the arguments and the files."""

from __future__ import annotations

Attack = tuple[list[str], dict[str, str]]
_REST = "layers: {flat: Flatten, head: Dense}\n"


def _file(text: str) -> Attack:
    return ["model=mine"], {"conf/model/mine.yaml": text}


def laughs() -> Attack:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    return _file("\n".join(lines) + "\n" + _REST)


def merges() -> Attack:
    lines = ["a0: &a0 {x: {y: 1}}"]
    lines += [f"a{n}: &a{n} {{x: *a{n - 1}, y: *a{n - 1}, z: *a{n - 1}}}" for n in range(1, 30)]
    return _file("\n".join(lines) + "\nall: {<<: *a29}\n" + _REST)


def deep_mappings() -> Attack:
    return _file("args: " + "{a: " * 10_000 + "1" + "}" * 10_000 + "\n" + _REST)


def deep_lists() -> Attack:
    return _file("args: " + "[" * 10_000 + "]" * 10_000 + "\n" + _REST)


def deep_block() -> Attack:
    return _file("\n".join(" " * depth + "a:" for depth in range(10_000)) + "\n")


def deep_override() -> Attack:
    return ["model.layers.conv1.kernel_size=" + "[" * 10_000 + "]" * 10_000], {}


def long_path() -> Attack:
    return [".".join(["model"] * 10_000) + "=1"], {}


def long_key() -> Attack:
    return ["model." + "a" * 100_000 + "=1"], {}


def large_file() -> Attack:
    return _file("args: {a: '" + "x" * 10_000_000 + "'}\n" + _REST)


def deep_expression() -> Attack:
    return ["model.layers.conv1.filters='$(" + "(" * 10_000 + "1" + ")" * 10_000 + ")'"], {}


def multiplying_blocks() -> Attack:
    blocks = ["  b0: {layers: {x: ReLU}}"]
    for n in range(1, 11):
        uses = ", ".join(f"x{k}: {{block: b{n - 1}}}" for k in range(10))
        blocks.append(f"  b{n}: {{layers: {{{uses}}}}}")
    text = "blocks:\n" + "\n".join(blocks)
    return _file(text + "\nlayers: {flat: Flatten, y: {block: b10}, head: Dense}\n")


def multiplying_files() -> Attack:
    files = {
        f"conf/model/a{n}{half}.yaml": f"defaults: [/model/a{n - 1}x, {{/model: [a{n - 1}y]}}]\n"
        for n in range(1, 30)
        for half in "xy"
    }
    files |= {f"conf/model/a0{half}.yaml": _REST for half in "xy"}
    return ["model=a29x"], files


def multiplying_interpolations() -> Attack:
    pairs = ['a0: "xxxxxxxxxx"']
    pairs += [f'a{n}: "' + f"${{model.args.a{n - 1}}}" * 10 + '"' for n in range(1, 12)]
    return _file("args:\n  " + "\n  ".join(pairs) + "\n" + _REST)


def many_overrides() -> Attack:
    return [f"model.layers.x{n}.type=ReLU" for n in range(500)] + ["seed=x"], {}
