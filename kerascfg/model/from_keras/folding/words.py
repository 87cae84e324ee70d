"""Names for what folding makes, taken from the names of what it is made of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache

_TAKEN = frozenset(
    {
        *("input", "type", "op", "block", "share", "inputs", "outputs", "call", "repeat"),
        *("first", "each", "when", "after", "data", "train", "index", "count", "preprocess"),
        *("and", "as", "for", "from", "if", "in", "is", "lambda", "not", "or", "with", "channels"),
    }
)
"""Names that mean something else in a block or an expression."""
_LONGEST = 20

_SHORT = {
    "BatchNormalization": "bn",
    "LayerNormalization": "norm",
    "Conv2D": "conv",
    "DepthwiseConv2D": "depthwise",
    "SeparableConv2D": "separable",
    "ZeroPadding2D": "pad",
    "Activation": "act",
    "ReLU": "relu",
}


def common_name(names: Sequence[str]) -> str:
    """Return the words with which all names begin: `conv2` of `conv2_bn` and `conv2_relu`."""
    split = [name.split("_") for name in names]
    shared = []
    for words in zip(*split, strict=False):
        if len(set(words)) > 1:
            break
        shared.append(words[0])
    return "_".join(shared).strip("_")


@cache
def is_automatic(name: str, target: str) -> bool:
    """Tell whether a name is Keras's own choice: `conv2d_7` of a Conv2D."""
    plain = re.sub(r"_\d+$", "", name)
    return plain.replace("_", "") == target.rpartition(".")[2].replace("_", "").lower()


def without_prefix(name: str, prefix: str) -> str:
    """Return a name without the words it begins with, a number in front moved to the end."""
    rest = name.removeprefix(prefix).strip("_") if prefix else name
    if match := re.fullmatch(r"(\d+)_?([A-Za-z]\w*)", rest):
        rest = match[2] + match[1]
    return rest if re.fullmatch(r"[A-Za-z]\w*", rest) else ""


def name_of_slot(names: Sequence[str], target: str) -> str:
    """Return the name of a block's node: what those it stands for have in common.

    Args:
        names: their names, without the prefix of where each stands.
        target: their class or function, for where the names say nothing.
    """
    if names and all(names) and len(set(names)) == 1 and not re.search(r"\d\d", names[0]):
        return names[0]
    plain = {re.sub(r"_?\d+$", "", name) for name in names}
    if len(plain) == 1 and (only := plain.pop()) and not re.search(r"\d", only):
        return only
    return short_name(target)


def short_name(target: str) -> str:
    """Return what a node of a class is called for short."""
    last = target.rpartition(".")[2]
    plain = _SHORT.get(last) or re.sub(r"\d+D$", "", last)
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", plain).lower()


def name_of_block(names: Sequence[str], targets: Sequence[str]) -> str:
    """Return the name of a block: what its uses have in common, else what it consists of."""
    words = [re.sub(r"\d+[a-z]?$", "", word) for word in _last_words(names)]
    if len(set(words)) == 1 and len(words[0]) > 1 and words[0] not in _TAKEN:
        return words[0]
    if targets[-1] == "Multiply" and any("Pooling" in target for target in targets):
        return "squeeze_excite"
    for join, name in (("Add", "residual"), ("Concatenate", "branches")):
        if join in targets:
            return name
    described = "_".join(short_name(target) for target in targets)
    return described if len(described) <= _LONGEST else "unit"


def _last_words(names: Sequence[str]) -> list[str]:
    """Return of each name the last word that is more than a number."""
    found = []
    for name in names:
        words = [word for word in name.split("_") if not re.fullmatch(r"\d+[a-z]?", word)]
        found.append(words[-1] if words else "")
    return found


def unique(name: str, taken: Iterable[str]) -> str:
    """Return a name that is not taken, with a number behind it where needed."""
    others = {*taken, *_TAKEN}
    if name not in others:
        return name
    return next(new for i in range(2, 10_000) if (new := f"{name}_{i}") not in others)


def unmistakable(wishes: Sequence[tuple[str, str | None]], inputs: Sequence[str]) -> list[str]:
    """Return a name for each node of a graph, none of which can collide once spelled out.

    A node that stands for several prefixes their names with its own: no other name may begin so.

    Args:
        wishes: what each would be called (unique where it is one), and of what several it
            consists (None where it is one).
        inputs: names of what enters the graph.
    """
    plain = {*inputs, *(name for name, parts in wishes if parts is None)}
    others = {*plain, *(name for name, _ in wishes)}
    taken = set(plain)
    chosen = []
    for wish, parts in wishes:
        name = wish
        if parts is not None:
            tries = (wish, *(f"{wish}_{parts}{number}" for number in ("", *range(2, 10_000))))
            name = next(new for new in tries if new not in taken and not _begins(new, others))
            taken.add(name)
            others.add(name)
        chosen.append(name)
    return chosen


def _begins(name: str, others: Iterable[str]) -> bool:
    return any(other.startswith(f"{name}_") for other in others)
