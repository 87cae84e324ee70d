"""A delivered artefact behind TensorFlow Serving's REST and gRPC APIs, for development and tests.

The room, from a command to an answer:

| module | does |
|---|---|
| `settings`, `artefact` | what was asked for; the delivery, compared with its manifest |
| `server` | one process, from its first port to its last answer |
| `production` | what it says at its start |
| `model`, `warm_up` | a SavedModel or LiteRT file by its signatures; its first requests |
| `service` | what both protocols have in common |
| `batching`, `model_thread` | the bounded queue; the thread that calls the model |
| `rest`, `grpc` | the protocols |
| `json_requests`, `json_values`, `json_answers`, `tensors` | their forms of a tensor |
| `statuses`, `metrics` | errors with their codes; what Prometheus reads |
"""

from kerascfg.serving.artefact import Artefact, find_artefact
from kerascfg.serving.production import greeting
from kerascfg.serving.server import expect_packages, serve
from kerascfg.serving.settings import Settings, read_settings

__all__ = [
    "Artefact",
    "Settings",
    "expect_packages",
    "find_artefact",
    "greeting",
    "read_settings",
    "serve",
]
