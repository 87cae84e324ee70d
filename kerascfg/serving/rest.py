"""TensorFlow Serving's REST API: https://www.tensorflow.org/tfx/serving/api_rest."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal, cast
from urllib.parse import unquote

from kerascfg.serving.json_answers import column_json, encoded, error_json, row_json
from kerascfg.serving.json_requests import read_examples, read_predict
from kerascfg.serving.metrics import PATH
from kerascfg.serving.service import Service, Wanted
from kerascfg.serving.statuses import StatusError, TooLargeError, invalid

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

HEALTH = "/healthz"
"""Not TensorFlow Serving's, whose probes ask for the model's status."""

_MODEL = r"/v1/models(?:/([^/:]+))?(?:/versions/(\d+)|/labels/([^/:]+))?"
_ASK = re.compile(
    rf"(?i){_MODEL.replace('(?:/([^/:]+))?', '/([^/:]+)')}:(classify|regress|predict)"
)
_TELL = re.compile(rf"(?i){_MODEL}(?:/(metadata))?")
_LARGEST_VERSION = 2**63 - 1

_NOT_FOUND = """\
<HTML><HEAD>
<TITLE>404 Not Found</TITLE>
</HEAD><BODY>
<H1>Not Found</H1>
</BODY></HTML>
"""


class Rest:
    """The ASGI application."""

    def __init__(self, service: Service, max_body_bytes: int):
        """Answer for a service; larger bodies are refused."""
        self._service, self._max_body_bytes = service, max_body_bytes

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request of HTTP."""
        from starlette.requests import Request

        response = await self._respond(Request(scope, receive))
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        from starlette.responses import HTMLResponse, PlainTextResponse, Response

        path = request.scope["raw_path"].decode("latin-1")
        if path == PATH:
            return Response(self._service.metrics.text(), media_type="text/plain; version=0.0.4")
        if path == HEALTH:
            draining = self._service.draining
            return PlainTextResponse("stopping" if draining else "ok", 503 if draining else 200)
        if not path.lower().startswith("/v1/"):
            return HTMLResponse(_NOT_FOUND, 404)
        try:
            content, status = await self._answer(request, path), 200
        except StatusError as error:
            content, status = error_json(error.message), error.http
        return Response(content, status, media_type="application/json")

    async def _answer(self, request: Request, path: str) -> bytes:
        """Return the body of an answer.

        Raises:
            StatusError: it is an error.
        """
        if request.method == "POST" and (asked := _ASK.fullmatch(path)):
            *_, method = asked.groups()
            return await self._ask(_wanted(asked), method.lower(), request)
        if request.method == "GET" and (told := _TELL.fullmatch(path)):
            wanted = _wanted(told)
            if not wanted.name:
                raise invalid("Missing model name in request.")
            if told[4]:
                return encoded(_metadata_json(self._service.metadata(wanted)))
            return encoded(_status_json(self._service.version_status(wanted)))
        raise invalid(f"Malformed request: {request.method} {path}")

    async def _ask(self, wanted: Wanted, method: str, request: Request) -> bytes:
        service = self._service
        with service.counted(method.capitalize(), "REST", wanted.name):
            if method == "predict":
                service.batcher.expect_room()
            body = await service.received(self._body(request))
            if method != "predict":
                name = read_examples(body)
                service.expect(wanted)
                raise service.refuse_examples(cast(Literal["classify", "regress"], method), name)

            def inputs_of(name: str) -> Any:
                service.expect(wanted)
                return service.signature(name, _not_found).inputs

            asked = read_predict(body, inputs_of)
            outputs = await service.predict(asked.signature, asked.feeds)
            write = row_json if asked.format == "row" else column_json
            return encoded(write(outputs))

    async def _body(self, request: Request) -> bytes:
        """Read a body, no further than it may be long.

        Raises:
            StatusError: it is too long, or the client went away.
        """
        from starlette.requests import ClientDisconnect

        most = self._max_body_bytes
        if int(request.headers.get("content-length", 0)) > most:
            raise TooLargeError(most)
        body = bytearray()
        try:
            async for part in request.stream():
                body += part
                if len(body) > most:
                    raise TooLargeError(most)
        except ClientDisconnect as error:
            raise StatusError("CANCELLED", "The client went away") from error
        return bytes(body)


def _wanted(match: re.Match[str]) -> Wanted:
    """Read which model an address names.

    Raises:
        StatusError: the version is no number of 64 bits.
    """
    name, version, label = match.group(1, 2, 3)
    if version is not None and int(version) > _LARGEST_VERSION:
        raise invalid(f"Failed to convert version: {version} to numeric.")
    return Wanted(
        unquote(name or ""),
        None if version is None else int(version),
        None if label is None else unquote(label),
    )


def _not_found(name: str) -> StatusError:
    return invalid(f'Serving signature name: "{name}" not found in signature def')


def _status_json(response: Any) -> str:
    from google.protobuf.json_format import MessageToJson

    return MessageToJson(response, always_print_fields_with_no_presence=True, indent=1) + "\n"


def _metadata_json(response: Any) -> str:
    """Write metadata; its parts are joined as TensorFlow Serving joins them."""
    from google.protobuf.json_format import MessageToJson
    from tensorflow_serving.apis.get_model_metadata_pb2 import SignatureDefMap

    signatures = SignatureDefMap()
    response.metadata["signature_def"].Unpack(signatures)
    spec, definitions = (
        MessageToJson(
            message,
            preserving_proto_field_name=True,
            always_print_fields_with_no_presence=True,
            indent=1,
            sort_keys=True,
        )
        + "\n"
        for message in (response.model_spec, signatures)
    )
    return f'{{\n"model_spec":{spec},\n"metadata": {{"signature_def": {definitions}}}\n}}\n'
