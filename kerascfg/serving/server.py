"""One process that speaks REST and gRPC, from its first port to its last answer."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Callable, Iterator
from typing import Any

from kerascfg.errors import COMMAND_LINE, ConfigError, Problem, RunError
from kerascfg.quiet import quiet_stderr
from kerascfg.serving.artefact import Artefact
from kerascfg.serving.production import addresses
from kerascfg.serving.settings import Settings

PACKAGES = {
    "grpc": "grpcio",
    "prometheus_client": "prometheus-client",
    "rapidjson": "python-rapidjson",
    "starlette": "starlette",
    "tensorflow_serving": "tensorflow-serving-api",
    "uvicorn": "uvicorn",
}
"""What the extra `serve` brings: what is imported -> what installs it."""

_KEEP_ALIVE_SECONDS = 75
"""A client that asks again later than this opens a new connection."""
_LAST_SECONDS = 2
"""What clients get to take their last answer, after that connections are closed."""


def expect_packages() -> None:
    """Check that the packages of the extra are there, without importing them.

    Raises:
        ConfigError: one is missing.
    """
    import importlib.util

    missing = [install for name, install in PACKAGES.items() if not importlib.util.find_spec(name)]
    if missing:
        message = f"expected the packages that serving needs. Missing: {', '.join(missing)}"
        hint = "pip install 'kerascfg[serve]'"
        raise ConfigError(Problem("serve", message, hint=hint, place=COMMAND_LINE))


def serve(
    settings: Settings, artefact: Artefact, on_ready: Callable[[dict[str, str]], None]
) -> int:
    """Serve an artefact until SIGTERM or SIGINT.

    Args:
        settings: where, and how much at once.
        artefact: what.
        on_ready: told the addresses once requests are answered there.

    Returns:
        128 and the signal's number, once all requests have been answered.

    Raises:
        ConfigError: a port cannot be listened on.
        RunError: the artefact cannot be loaded, or requests were cut off at the end.
    """
    with _listening(settings.host, settings.port, "port") as rest_socket:
        with _listening(settings.host, settings.grpc_port, "grpc_port"):
            pass  # so that a taken port is known before TensorFlow is loaded
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
        with quiet_stderr():
            from kerascfg.serving.model import load
            from kerascfg.serving.warm_up import warm_up

            try:
                model = load(artefact)
                warm_up(model, artefact)
            except Exception as error:
                lines = str(error).strip().splitlines() or [""]
                message = f"{artefact.target} cannot be loaded: {type(error).__name__}: {lines[0]}"
                raise RunError(message) from error
        return asyncio.run(_serve(settings, artefact, model, rest_socket, on_ready))


async def _serve(
    settings: Settings,
    artefact: Artefact,
    model: Any,
    rest_socket: socket.socket,
    on_ready: Callable[[dict[str, str]], None],
) -> int:
    from kerascfg.serving.batching import Limits
    from kerascfg.serving.grpc import grpc_server
    from kerascfg.serving.rest import Rest
    from kerascfg.serving.service import Service

    limits = Limits(
        settings.max_batch_size,
        settings.batch_timeout_micros / 1e6,
        settings.max_batch_size * settings.max_enqueued_batches,
    )
    name = settings.name or artefact.name
    service = Service(model, name, artefact.version, limits)
    rpc = grpc_server(service, settings.max_body_bytes)
    grpc_port = _add_port(rpc, settings)
    rest = _rest_server(Rest(service, settings.max_body_bytes))
    with _signals() as stopped:
        work = asyncio.create_task(service.batcher.work())
        await rpc.start()
        listening = asyncio.create_task(rest.serve(sockets=[rest_socket]))
        while not rest.started and not listening.done():
            await asyncio.sleep(0.01)
        if not listening.done():
            on_ready(addresses(settings.host, rest_socket.getsockname()[1], grpc_port, name))
        waiting = asyncio.create_task(stopped.first.wait())
        await asyncio.wait({waiting, listening, work}, return_when=asyncio.FIRST_COMPLETED)
        service.draining = True
        waiting.cancel()
        await _drained(service, rest, listening, rpc, stopped.again, settings.grace_seconds)
        work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work
    if count := service.cut_off:
        requests = "1 request" if count == 1 else f"{count} requests"
        raise RunError(f"the server ended before {requests} could be answered")
    if not stopped.number:
        raise RunError("the server ended by itself")
    return 128 + stopped.number


async def _drained(
    service: Any,
    rest: Any,
    listening: asyncio.Task[None],
    rpc: Any,
    again: asyncio.Event,
    grace_seconds: int,
) -> None:
    """Close the ports and wait for requests under way, for a time or until told again to stop.

    What has no answer then is told that the server is stopping, and connections are closed a
    little later: a client that takes its answer slowly does not keep the server.
    """
    rest.should_exit = True
    over = asyncio.gather(listening, rpc.stop(grace_seconds + _LAST_SECONDS))
    impatient = asyncio.create_task(again.wait())
    await asyncio.wait({over, impatient}, timeout=grace_seconds, return_when="FIRST_COMPLETED")
    impatient.cancel()
    if not over.done():
        service.give_up()
        last = asyncio.create_task(rpc.stop(_LAST_SECONDS))
        await asyncio.wait({over, last}, timeout=_LAST_SECONDS)
        for connection in list(rest.server_state.connections):
            connection.transport.abort()
    await over


def _rest_server(app: Any) -> Any:
    """Make the HTTP server; signals are ours, since they stop gRPC too."""
    import uvicorn

    class Server(uvicorn.Server):
        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

    config = uvicorn.Config(
        app,
        lifespan="off",
        ws="none",
        loop="asyncio",
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
    )
    return Server(config)


class _Stopped:
    """Set by the signals that end the server."""

    def __init__(self):
        self.first, self.again = asyncio.Event(), asyncio.Event()
        self.number = 0


@contextlib.contextmanager
def _signals() -> Iterator[_Stopped]:
    """Note SIGTERM and SIGINT; a second one asks not to wait for requests under way."""
    stopped, loop = _Stopped(), asyncio.get_running_loop()

    def note(number: int, frame: object) -> None:
        event = stopped.again if stopped.number else stopped.first
        stopped.number = stopped.number or number
        loop.call_soon_threadsafe(event.set)

    numbers = (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(number, note) for number in numbers]
    try:
        yield stopped
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


@contextlib.contextmanager
def _listening(host: str, port: int, key: str) -> Iterator[socket.socket]:
    """Bind a port.

    Raises:
        ConfigError: it cannot be bound.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
        family, kind, protocol, _, address = found[0]
        # asyncio sends small answers at once (TCP_NODELAY) where it is told that this is TCP.
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise _unusable("host", host, error) from error
    with listener:
        if os.name != "nt":  # there it would let a second server have the same port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
        except OSError as error:
            raise _unusable(key, port, error) from error
        yield listener


def _add_port(server: Any, settings: Settings) -> int:
    """Let the gRPC server listen; return the port's number.

    Raises:
        ConfigError: it cannot.
    """
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    try:
        return server.add_insecure_port(f"{host}:{settings.grpc_port}")
    except RuntimeError as error:
        raise _unusable("grpc_port", settings.grpc_port, error) from error


def _unusable(key: str, value: object, error: Exception) -> ConfigError:
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    what = "an address of this machine" if key == "host" else "a port that is free"
    message = f"expected {what}. Received: {key}={value} ({why})"
    hint = None if key == "host" else f"{key}=0 takes any that is free"
    return ConfigError(Problem(key, message, hint=hint, place=COMMAND_LINE))
