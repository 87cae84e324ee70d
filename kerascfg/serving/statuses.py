"""How a request fails: TensorFlow Serving's status codes, and what HTTP makes of them."""

from __future__ import annotations

from typing import Literal

Code = Literal[
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
]
"""In the order of their numbers, from 1."""

HTTP: dict[Code, int] = {
    "CANCELLED": 499,
    "UNKNOWN": 500,
    "INVALID_ARGUMENT": 400,
    "DEADLINE_EXCEEDED": 504,
    "NOT_FOUND": 404,
    "ALREADY_EXISTS": 409,
    "PERMISSION_DENIED": 403,
    "RESOURCE_EXHAUSTED": 429,
    "FAILED_PRECONDITION": 400,
    "ABORTED": 409,
    "OUT_OF_RANGE": 400,
    "UNIMPLEMENTED": 501,
    "INTERNAL": 500,
    "UNAVAILABLE": 503,
    "DATA_LOSS": 500,
    "UNAUTHENTICATED": 401,
}
"""As `ToHTTPStatusCode` of TensorFlow Serving's `http_server.cc`."""


class StatusError(Exception):
    """A request that is answered with an error."""

    def __init__(self, code: Code, message: str):
        """Say which, and why in words for the client."""
        super().__init__(message)
        self.code: Code = code
        self.message = message
        self.http = HTTP[code]


class TooLargeError(StatusError):
    """A body of more bytes than the server takes; HTTP has a status of its own for it."""

    def __init__(self, most: int):
        """Say how many it takes."""
        super().__init__("RESOURCE_EXHAUSTED", f"The body is larger than max_body_bytes={most}")
        self.http = 413


def invalid(message: str) -> StatusError:
    """Return the error of a request that its client has to change."""
    return StatusError("INVALID_ARGUMENT", message)
