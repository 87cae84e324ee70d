"""Which devices JAX sees: asked in a process of its own, since JAX takes them when it starts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from importlib.util import find_spec

from kerascfg.errors import ConfigError, Problem, RunError

EXTRA = "pip install 'kerascfg[jax]'"
_ASK = """
import json, jax
print("devices", json.dumps([[d.platform, d.device_kind] for d in jax.devices()]))
"""
_LIMIT_SECONDS = 120


def check_jax(path: str) -> list[Problem]:
    """Return the problem of a strategy that needs JAX where it is not installed."""
    if find_spec("jax") and find_spec("jaxlib"):
        return []
    message = "expected JAX, with which this strategy trains. Received: it is not installed"
    hint = f"{EXTRA}; for GPUs besides: pip install 'jax[cuda12]'"
    return [Problem(path, message, hint=hint, fix="strategy=auto")]


@cache
def jax_devices() -> list[tuple[str, str]]:
    """Return platform (`cpu`, `gpu`, `tpu`) and kind of each device that JAX sees by default.

    Raises:
        ConfigError: JAX is not installed.
        RunError: JAX does not start.
    """
    if problems := check_jax("strategy"):
        raise ConfigError(problems)
    quiet = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
    try:
        done = subprocess.run(
            [sys.executable, "-c", _ASK],
            capture_output=True,
            text=True,
            env=quiet,
            timeout=_LIMIT_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise RunError(f"JAX did not say its devices within {_LIMIT_SECONDS} s") from error
    said = [line for line in done.stdout.splitlines() if line.startswith("devices ")]
    if not said:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise RunError(f"JAX does not start: {last}")
    return [(platform, kind) for platform, kind in json.loads(said[-1].partition(" ")[2])]


def jax_accelerators(wanted: str, path: str = "strategy") -> list[str]:
    """Return the kinds of the GPUs or TPUs that JAX sees.

    Args:
        wanted: `gpu` or `tpu`.
        path: where the strategy stands in the config.

    Raises:
        ConfigError: there are none; nothing falls back to the processor.
    """
    seen = jax_devices()
    found = [kind for platform, kind in seen if platform == wanted]
    if found:
        return found
    name = wanted.upper()
    package = "jax[cuda12]" if wanted == "gpu" else "jax[tpu]"
    raise ConfigError(
        Problem(
            path,
            f"expected {name}s. Received: a machine on which JAX sees "
            + ", ".join(f"{kind} ({platform})" for platform, kind in seen),
            hint=f"a {name} needs its driver and `pip install '{package}'`"
            + ("; strategy.logical_devices=2 splits the processor" if wanted == "gpu" else ""),
            fix="strategy=auto",
        )
    )
