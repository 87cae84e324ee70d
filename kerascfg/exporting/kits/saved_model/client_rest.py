"""Ask TensorFlow Serving over REST; Python's own library and NumPy are enough.

    from client_rest import Model

    answers = Model("http://localhost:8501/v1/models/@served_name@").predict({@example@})

Takes arrays by name, the first axis counts records:
@takes@

Returns, likewise:
@returns@
"""

from __future__ import annotations

import base64
import json
import urllib.request
from collections.abc import Mapping
from typing import Any

import numpy as np

URL = "http://localhost:8501/v1/models/@served_name@"
OUTPUTS = ["@output_names@"]


class Model:
    """The model behind a server."""

    def __init__(self, url: str = URL, timeout: float = 30.0):
        """Remember where the model is served; `timeout` is in seconds."""
        self._url = f"{url}:predict"
        self._timeout = timeout

    def predict(self, records: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Answer any number of records.

        Raises:
            urllib.error.HTTPError: the server refuses; its body says why.
        """
        inputs = {name: _spelled(np.asarray(array).tolist()) for name, array in records.items()}
        body = json.dumps({"signature_name": "serving_default", "inputs": inputs}).encode()
        request = urllib.request.Request(self._url, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=self._timeout) as response:
            outputs = json.load(response)["outputs"]
        if len(OUTPUTS) == 1:  # a single output comes without its name
            outputs = {OUTPUTS[0]: outputs}
        return {name: np.asarray(_plain(outputs[name])) for name in OUTPUTS}


def _spelled(value: Any) -> Any:
    """Return bytes as TensorFlow Serving's JSON has them."""
    if isinstance(value, list):
        return [_spelled(item) for item in value]
    return {"b64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value


def _plain(value: Any) -> Any:
    """Return what `_spelled` was given."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return base64.b64decode(value["b64"]) if isinstance(value, dict) else value
