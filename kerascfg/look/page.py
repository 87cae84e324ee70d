"""A page with a table of samples, which needs no network; what the data says is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerascfg.errors import printable
from kerascfg.look.examples import Examples
from kerascfg.runs import write_text

if TYPE_CHECKING:
    import numpy as np

_LONGEST, _MOST_COLUMNS, _MOST_NUMBERS = 600, 100, 12
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = """\
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); }
body { font: 14px/1.45 system-ui, sans-serif; margin: 2rem; background: Canvas; color: CanvasText; }
h1 { font-size: 1.15rem; margin: 0 0 .25rem; }
p { margin: 0 0 1rem; opacity: .75; }
div { overflow-x: auto; }
table { border-collapse: collapse; }
th, td { padding: .35rem .7rem; border-bottom: 1px solid var(--line); text-align: left;
         vertical-align: top; }
th { position: sticky; top: 0; background: Canvas; white-space: nowrap; }
th small { display: block; font-weight: normal; opacity: .7; }
td { max-width: 44rem; overflow-wrap: anywhere; white-space: pre-wrap; }
td.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
td.gap { opacity: .55; font-style: italic; }
td.target, th.target { font-weight: 600; border-right: 2px solid var(--line); }
"""


def write_page(examples: Examples, names: Sequence[str], file: Path) -> Path:
    """Write the page.

    Args:
        examples: the samples.
        names: the features that are columns.
        file: where to write.
    """
    shown = list(names)[:_MOST_COLUMNS]
    targets = [name for name, values in examples.targets.items() if values.ndim <= 2]
    sizes = ", ".join(f"{size:,} {split}" for split, size in examples.sizes.items())
    rows = [at for group in examples.groups for at in group.positions]
    said = f"{len(rows)} training samples of {sizes}"
    if len(names) > len(shown):
        said += f"; {len(shown)} of {len(names)} features"
    heads = [_head(name, "target", "target") for name in targets]
    heads += [_head(name, _spec(examples, name), "") for name in shown]
    body = "\n".join(
        "<tr>"
        + "".join(_target(examples, name, at) for name in targets)
        + "".join(_cell(examples.features[name][at]) for name in shown)
        + "</tr>"
        for at in rows
    )
    page = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<title>Samples</title>\n<style>\n{_STYLE}</style></head><body>\n"
        f"<h1>Samples</h1><p>{escape(said)}</p>\n<div><table>\n"
        f"<thead><tr>{''.join(heads)}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>\n"
        "</body></html>\n"
    )
    return write_text(file, page)


def _spec(examples: Examples, name: str) -> str:
    spec = examples.specs[name]
    shape = "x".join("any" if axis is None else str(axis) for axis in spec.shape)
    return f"{shape} {spec.dtype}".strip()


def _head(name: str, about: str, kind: str) -> str:
    return f'<th class="{kind}">{escape(printable(name))}<small>{escape(about)}</small></th>'


def _target(examples: Examples, name: str, at: int) -> str:
    value, names = examples.targets[name][at], examples.class_names.get(name)
    if names and value.size == 1:
        said = names[int(value.reshape(-1)[0])]
    elif names:
        said = ", ".join(label for label, is_set in zip(names, value, strict=True) if is_set)
    else:
        said = _text(value)
    return f'<td class="target">{escape(_readable(said))}</td>'


def _cell(value: Any) -> str:
    said = _text(value)
    if said in ("", "nan"):
        return f'<td class="gap">{"empty" if said == "" else "missing"}</td>'
    kind = "" if isinstance(value, str | bytes) else ' class="number"'
    return f"<td{kind}>{escape(_readable(said))}</td>"


def _text(value: np.ndarray | Any) -> str:
    if isinstance(value, bytes):
        return f"{len(value):,} bytes"
    if isinstance(value, str):
        return str(value)
    numbers = value.reshape(-1)
    listed = ", ".join(_number(number) for number in numbers[:_MOST_NUMBERS])
    return f"{listed}, ... ({numbers.size:,})" if numbers.size > _MOST_NUMBERS else listed


def _number(value: Any) -> str:
    return str(value) if value.dtype.kind in "USObiu" else f"{value:.6g}"


def _readable(text: str) -> str:
    """Return a text without control characters (but for line ends), and not longer than helps."""
    clipped = text if len(text) <= _LONGEST else text[:_LONGEST] + f" … ({len(text):,} characters)"
    return "\n".join(printable(line) for line in clipped.splitlines())
