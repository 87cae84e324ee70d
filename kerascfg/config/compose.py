"""From overrides to one plain config, with all that Hydra and OmegaConf refuse as problems.

Behind `to_plain` there are plain containers only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.utils import setup_globals
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from kerascfg.config.loader import NodeLoader, split, without_environment
from kerascfg.config.places import Places
from kerascfg.config.refusals import say_again
from kerascfg.errors import COMMAND_LINE, ConfigError, Problem

CONFIG_NAME = "config"


@dataclass(frozen=True)
class Composed:
    """One composed config, behind the border.

    Attributes:
        config: plain containers, interpolations resolved.
        places: where each key comes from.
        directories: `run` and `sweep`, as Hydra's subtree spells them.
    """

    config: dict[str, Any]
    places: Places
    directories: dict[str, str]


def compose(
    loader: NodeLoader, overrides: list[str], config_name: str = CONFIG_NAME
) -> tuple[Composed | None, list[Problem]]:
    """Compose one config; what Hydra and OmegaConf refuse is returned as problems.

    Args:
        loader: from `open_loader`.
        overrides: of one job, without sweeps.
        config_name: the primary config.
    """
    try:
        cfg = loader.load_configuration(config_name, overrides, RunMode.RUN)
    except ConfigError as error:
        return None, list(error.problems)
    except (HydraException, OmegaConfBaseException, ValueError, RecursionError) as error:
        return None, [say_again(error, overrides)]
    parsed = OverridesParser.create(config_loader=loader).parse_overrides(overrides)
    chosen = tuple(o.key_or_group.replace("/", ".") for o in parsed if loader.is_group(o))
    stated = tuple(o.key_or_group for o in parsed if not loader.is_group(o))
    places = Places(loader.layers, stated, chosen)
    plain, problems = to_plain(cfg)
    directories, found = _directories(cfg, stated)
    problems = [*loader.problems, *problems, *found]
    return Composed(plain, places, directories), places.locate(problems)


def to_plain(cfg: DictConfig) -> tuple[dict[str, Any], list[Problem]]:
    """Cross the border: plain containers, interpolations resolved, without Hydra's own subtree."""
    raw, _ = split(cfg)
    problems = []
    with without_environment():
        task = OmegaConf.create(raw)
        for path, text in _interpolations(raw, ""):
            try:
                OmegaConf.select(task, path, throw_on_resolution_failure=True)
            except (OmegaConfBaseException, RecursionError) as error:
                problems.append(_unresolved(path, text, error))
        if problems:
            return {}, problems
        plain = OmegaConf.to_container(task, resolve=True)
        assert isinstance(plain, dict)
        return plain, []  # type: ignore[return-value]


def job_config(cfg: DictConfig) -> tuple[dict[str, Any], Path]:
    """Return a job's plain config and its directory, as Hydra's main hands them over."""
    plain, problems = to_plain(cfg)
    if problems:
        raise ConfigError(problems)
    return plain, Path(HydraConfig.get().runtime.output_dir)


def _directories(cfg: DictConfig, stated: tuple[str, ...]) -> tuple[dict[str, str], list[Problem]]:
    """Resolve the directories that the command line states."""
    setup_globals()
    found, problems = {}, []
    for kind in ("run", "sweep"):
        path = f"hydra.{kind}.dir"
        if path in stated:
            try:
                found[kind] = str(OmegaConf.select(cfg, path, throw_on_missing=True))
            except OmegaConfBaseException as error:
                text = OmegaConf.to_container(cfg.hydra[kind])["dir"]  # type: ignore[index]
                problems.append(_unresolved(path, str(text), error, COMMAND_LINE))
    return found, problems


def _unresolved(path: str, text: str, error: Exception, place: str | None = None) -> Problem:
    reason = str(error).splitlines()[0].split(" raised while resolving interpolation: ")[-1]
    message = f"expected an interpolation that resolves. Received: {text} ({reason})"
    return Problem(path, message, place=place)


def _interpolations(value: Any, path: str) -> Iterator[tuple[str, str]]:
    match value:
        case dict():
            items: Any = value.items()
        case list():
            items = enumerate(value)
        case str() if "${" in value:
            yield path, value
            return
        case _:
            return
    for key, item in items:
        yield from _interpolations(item, f"{path}.{key}" if path else str(key))
