"""Weights of a pretrained model: `imagenet` (downloaded once), a local file, or none."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kerascfg.errors import ConfigError, Problem, RunError, did_you_mean
from kerascfg.naming import Found, is_expression

_BY_NAME = ("imagenet",)
_FILES = (".weights.h5", ".keras", ".h5")
"""How files of weights end; others may be pickles, which run what they hold."""


def check_weights(found: Found, arguments: Mapping[str, Any], path: str) -> list[Problem]:
    """Check that the weights of an application are a known set or an existing file."""
    weights = arguments.get("weights")
    if not _is_application(found) or not isinstance(weights, str) or is_expression(weights):
        return []
    at = f"{path}.weights"
    if Path(weights).expanduser().is_file() and not weights.endswith(_FILES):
        message = f"expected a file that Keras wrote ({', '.join(_FILES)}). Received: {weights}"
        return [Problem(at, message)]
    if weights in (*_BY_NAME, "???") or Path(weights).expanduser().is_file():
        return []
    meant = did_you_mean(weights, _BY_NAME)
    return [
        Problem(
            at,
            f"expected imagenet, null, or the path of an existing file. Received: {weights} "
            f"(looking from {Path.cwd()})",
            hint=f"did you mean `{meant}`?" if meant else None,
            fix=f"{at}={meant or 'null'}",
        )
    ]


def explain_download(error: ConfigError, arguments: Mapping[str, Any], path: str) -> Exception:
    """Say what to do where weights could not be downloaded; return other errors as they are."""
    address = re.search(r"URL fetch failure on (\S+?):? ", str(error))
    if arguments.get("weights") not in _BY_NAME or address is None:
        return error
    home = os.environ.get("KERAS_HOME") or "~/.keras"
    name = address[1].rsplit("/", 1)[-1]
    return RunError(
        f"{path}: the imagenet weights could not be downloaded from {address[1]}. Put the file "
        f"{name} into {home}/models by hand, or set {path}.weights=FILE (your own .weights.h5) "
        f"or {path}.weights=null"
    )


def _is_application(found: Found) -> bool:
    return {"include_top", "weights"} <= found.signature.arguments.keys()


def without_pretrained(value: Any) -> Any:
    """Return a model's config in which no application takes pretrained weights.

    Its shapes are the same, and nothing is downloaded.
    """
    match value:
        case Mapping():
            plain = {key: without_pretrained(item) for key, item in value.items()}
            if "applications" in str(value.get("type")):
                plain["weights"] = None
            return plain
        case list():
            return [without_pretrained(item) for item in value]
        case _:
            return value
