"""What REST and gRPC have in common: which model is meant, its answer, and what is counted."""

from __future__ import annotations

import asyncio
import sys
import time
import traceback
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from kerascfg.serving.batching import Batcher, Limits, StoppingError
from kerascfg.serving.metrics import Metrics
from kerascfg.serving.model import DEFAULT, PREDICT, Model, Signature
from kerascfg.serving.statuses import StatusError, invalid
from kerascfg.serving.tensors import check_feeds

if TYPE_CHECKING:
    import numpy as np

T = TypeVar("T")
Entry = Literal["REST", "GRPC"]


@dataclass(frozen=True)
class Wanted:
    """The model that a request asks for; a version or a label, or neither for the latest."""

    name: str
    version: int | None = None
    label: str | None = None


class Service:
    """One version of one model, for both protocols."""

    def __init__(self, model: Model, name: str, version: int, limits: Limits):
        """Put a queue before a model.

        Args:
            model: the model.
            name: what clients call it.
            version: the number of its version.
            limits: how much at once.
        """
        self.model, self.name, self.version = model, name, version
        self.draining = False
        self.cut_off = 0
        """Requests that got no answer because the server ended."""
        self._sending: set[asyncio.Task[Any]] = set()
        self._given_up = False
        self.batcher = Batcher(self._run, limits, lambda count: self.metrics.batch(count))
        self.metrics = Metrics(name, lambda: self.batcher.queued)

    def expect(self, wanted: Wanted) -> None:
        """Check that the model is the one that is meant.

        Raises:
            StatusError: it is another.
        """
        if not wanted.name:
            raise invalid("ModelSpec has no name specified.")
        if wanted.label is not None:
            raise invalid(f"Unrecognized servable version label: {wanted.label}")
        if wanted.name != self.name or wanted.version not in (None, self.version):
            which = (
                f"Latest({wanted.name})"
                if wanted.version is None
                else f"Specific({wanted.name}, {wanted.version})"
            )
            raise StatusError("NOT_FOUND", f"Servable not found for request: {which}")

    def signature(self, name: str, missing: Callable[[str], StatusError]) -> Signature:
        """Return a signature, "" for the default; `missing` makes the error where there is none."""
        name = name or DEFAULT
        if name not in self.model.signatures:
            raise missing(name)
        return self.model.signatures[name]

    async def predict(
        self, signature_name: str, feeds: Mapping[str, np.ndarray], outputs: Sequence[str] = ()
    ) -> dict[str, np.ndarray]:
        """Answer with the outputs of a signature, by name in order.

        Args:
            signature_name: "" for the default.
            feeds: its inputs.
            outputs: those wanted; all where there are none.

        Raises:
            StatusError: it cannot be answered.
        """
        signature = self.signature(signature_name, _not_found)
        _check_names(feeds, signature, outputs)
        check_feeds(feeds, signature.inputs)
        answer = await self.batcher.answer(signature_name or DEFAULT, feeds, signature.shares)
        return {name: answer[name] for name in outputs or sorted(answer)}

    def refuse_examples(self, method: Literal["classify", "regress"], name: str) -> StatusError:
        """Return why `:classify` or `:regress` is no way to ask this model.

        They take serialised examples, for which a signature of that kind is needed. An export of
        a Keras model has signatures to predict.
        """
        word = {"classify": "classification", "regress": "regression"}[method]
        name = name or DEFAULT
        if name not in self.model.definitions:
            return invalid(f"No signature was found with the name: {name}")
        was = self.model.definitions[name].method_name
        wanted = f"tensorflow/serving/{method}"
        if was == wanted:
            return StatusError("UNIMPLEMENTED", f"kerascfg serve answers {PREDICT} alone")
        return invalid(f"Expected {word} signature method_name to be {wanted}. Was: {was}")

    def version_status(self, wanted: Wanted) -> Any:
        """Return a `GetModelStatusResponse`.

        Raises:
            StatusError: there is no such model or version.
        """
        from tensorflow_serving.apis.get_model_status_pb2 import (
            GetModelStatusResponse,
            ModelVersionStatus,
        )

        if wanted.version is not None and (wanted.name, wanted.version) != (
            self.name,
            self.version,
        ):
            message = f"Could not find version {wanted.version} of model {wanted.name}"
            raise StatusError("NOT_FOUND", message)
        if wanted.name != self.name:
            message = f"Could not find any versions of model {wanted.name}"
            raise StatusError("NOT_FOUND", message)
        state = ModelVersionStatus.UNLOADING if self.draining else ModelVersionStatus.AVAILABLE
        response = GetModelStatusResponse()
        status = response.model_version_status.add(version=self.version, state=state)
        status.status.SetInParent()
        return response

    def metadata(self, wanted: Wanted) -> Any:
        """Return a `GetModelMetadataResponse` with the model's signatures.

        Raises:
            StatusError: there is no such model or version.
        """
        from tensorflow_serving.apis.get_model_metadata_pb2 import (
            GetModelMetadataResponse,
            SignatureDefMap,
        )

        self.expect(wanted)
        response = GetModelMetadataResponse()
        response.model_spec.name = self.name
        response.model_spec.version.value = self.version
        signatures = SignatureDefMap(signature_def=self.model.definitions)
        response.metadata["signature_def"].Pack(signatures)
        return response

    async def received(self, sent: Coroutine[Any, Any, T]) -> T:
        """Return what a client still sends.

        Raises:
            StoppingError: the server ends before it is there.
        """
        task = asyncio.create_task(sent)
        self._sending.add(task)
        try:
            return await task
        except asyncio.CancelledError:
            if self._given_up:
                raise StoppingError from None
            raise
        finally:
            self._sending.discard(task)

    def give_up(self) -> None:
        """Answer no more: requests under way, also those still being sent, are told so."""
        self._given_up = True
        self.batcher.give_up()
        for task in self._sending:
            task.cancel()

    @contextmanager
    def counted(self, api: str, entry: Entry, name: str) -> Iterator[None]:
        """Count a request for the model `name`; unexpected errors become the client's INTERNAL."""
        began, status = time.perf_counter(), "OK"
        try:
            yield
        except StatusError as error:
            status = error.code
            self.cut_off += isinstance(error, StoppingError)
            raise
        except asyncio.CancelledError:
            status = "CANCELLED"
            raise
        except Exception as error:
            status = "INTERNAL"
            traceback.print_exc(file=sys.stderr)
            raise StatusError("INTERNAL", f"{type(error).__name__}: {error}") from error
        finally:
            if name == self.name:  # other names would be labels without end
                self.metrics.request(api, entry, status, time.perf_counter() - began)

    def _run(self, signature: str, feeds: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        began = time.perf_counter()
        answer = self.model(signature, feeds)
        self.metrics.call(self.model.runtime, time.perf_counter() - began)
        return answer


def _not_found(name: str) -> StatusError:
    return StatusError("FAILED_PRECONDITION", f'Serving signature key "{name}" not found.')


def _check_names(
    feeds: Mapping[str, np.ndarray], signature: Signature, outputs: Sequence[str]
) -> None:
    """Check the names of inputs and of wanted outputs.

    Raises:
        StatusError: they are not the signature's.
    """
    sent, wanted = set(feeds), set(signature.inputs)
    if len(sent) != len(wanted):
        raise invalid(
            f"input size does not match signature: {len(sent)}!={len(wanted)} "
            f"len({_braces(sent)}) != len({_braces(wanted)}). "
            f"Sent extra: {_braces(sent - wanted)}. "
            f"Missing but required: {_braces(wanted - sent)}."
        )
    for name in sorted(wanted - sent):
        feed = signature.definition.inputs[name].name
        raise invalid(
            f"Signature input alias: {name}(feed name: {feed}) not found in request and no "
            f"default value provided. Inputs expected to be in the request {_braces(sent)}, "
            "or default input alias set: "
        )
    for index, name in enumerate(outputs):
        if name not in signature.outputs:
            raise invalid(
                f"output tensor alias not found in signature: {name} "
                f"Outputs expected to be in the set {_braces(signature.outputs)}."
            )
        if name in outputs[:index]:
            raise invalid(f"duplicate output tensor alias: {name}")


def _braces(names: Sequence[str] | set[str] | Mapping[str, Any]) -> str:
    return f"{{{','.join(sorted(names))}}}"
