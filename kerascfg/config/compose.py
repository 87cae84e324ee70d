"""From overrides to one plain config, with all that Hydra and OmegaConf refuse as problems.

Behind `to_plain` there are plain containers only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
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

from kerascfg.config.folders import conf_folders
from kerascfg.config.inclusion import circle
from kerascfg.config.loader import NodeLoader, split, without_environment
from kerascfg.config.places import Places
from kerascfg.config.refusals import say_again
from kerascfg.errors import COMMAND_LINE, ConfigError, Problem, did_you_mean

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
    except RecursionError as error:
        return None, [circle(conf_folders()) or say_again(error, overrides)]
    except (HydraException, OmegaConfBaseException, ValueError) as error:
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
    problems, loops = [], {}
    if too_large := _multiplied(raw):
        return {}, [too_large]
    with without_environment():
        task = OmegaConf.create(raw)
        for path, text in _interpolations(raw, ""):
            try:
                OmegaConf.select(task, path, throw_on_resolution_failure=True)
            except (OmegaConfBaseException, RecursionError) as error:
                if "Recursive interpolation" in str(error) or isinstance(error, RecursionError):
                    loops[path] = text
                else:
                    problems.append(_unresolved(path, text, error, known=_paths(raw, "")))
        if problems or loops:
            return {}, [*problems, *_each_loop(loops)]
        plain = OmegaConf.to_container(task, resolve=True)
        assert isinstance(plain, dict)
        return plain, []  # type: ignore[return-value]


def job_config(cfg: DictConfig) -> tuple[dict[str, Any], Path]:
    """Return a job's plain config and its directory, as Hydra's main hands them over."""
    plain, problems = to_plain(cfg)
    if problems:
        raise ConfigError(problems)
    return plain, Path(HydraConfig.get().runtime.output_dir)


def hydra_files(cfg: DictConfig) -> dict[str, str]:
    """Return what Hydra would write into a job's `.hydra/`, by name.

    The run writes it instead: Hydra overwrites what another run left there, leaves half files on a
    full disk, and secrets in them.
    """
    told = HydraConfig.instance().cfg
    assert told is not None, "Hydra sets it before it runs a job"
    return {
        ".hydra/config.yaml": OmegaConf.to_yaml(cfg),
        ".hydra/hydra.yaml": OmegaConf.to_yaml(told),
        ".hydra/overrides.yaml": OmegaConf.to_yaml(told.hydra.overrides.task),
    }


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


def _unresolved(
    path: str,
    text: str,
    error: Exception,
    place: str | None = None,
    known: Iterable[str] = (),
) -> Problem:
    reason = str(error).splitlines()[0].split(" raised while resolving interpolation: ")[-1]
    message = f"expected an interpolation that resolves. Received: {text} ({reason})"
    name = re.fullmatch(r"\$\{([\w.]+)\}", text)
    meant = did_you_mean(name[1], known) if name else None
    return Problem(path, message, f"did you mean `{meant}`?" if meant else None, place=place)


def _each_loop(loops: dict[str, str]) -> Iterator[Problem]:
    """Yield one problem for each loop of interpolations, at the first of its keys."""
    seen: set[str] = set()
    for path, text in loops.items():
        waiting = [] if path in seen else [path]
        if waiting:
            message = f"expected an interpolation that does not come back to itself: {text}"
            yield Problem(path, message)
        while waiting:
            here = waiting.pop()
            if here not in seen:
                seen.add(here)
                waiting += [p for p in re.findall(r"[\w.]+", loops[here]) if p in loops]


_LARGEST = 1_000_000
"""Characters and values of a config with its interpolations spelled out."""


def _multiplied(config: dict[str, Any]) -> Problem | None:
    """Return the problem of interpolations that name each other many times over."""
    by_path = dict(_values(config, ""))
    sizes: dict[str, int] = {}

    def size(path: str) -> int:
        if path not in sizes:
            sizes[path] = 1  # a loop is found elsewhere
            sizes[path] = sum(map(size, _named(path, by_path[path], by_path)), len(str(path)))
        return sizes[path]

    for path, text in _interpolations(config, ""):
        if size(path) > _LARGEST:
            message = f"expected a value that is not made of itself many times over: {text[:80]}"
            return Problem(path, message)
    return None


def _named(path: str, value: Any, known: Mapping[str, Any]) -> Iterator[str]:
    """Yield the paths whose values make up a value: those below it, and those it names."""
    match value:
        case dict() | list():
            keys: Any = value if isinstance(value, dict) else range(len(value))
            yield from (f"{path}.{key}" for key in keys)
        case str() if "${" in value:
            for dots, name in re.findall(r"(\.*)([\w.]+)", value):
                above = path.split(".")[: -len(dots)] if dots else []
                full = ".".join([*above, name])
                if full in known:
                    yield full


def _values(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield every value with its path, in mappings and lists."""
    match value:
        case dict():
            items: Any = value.items()
        case list():
            items = enumerate(value)
        case _:
            return
    for key, item in items:
        below = f"{path}.{key}" if path else str(key)
        yield below, item
        yield from _values(item, below)


def _paths(value: Any, path: str) -> Iterator[str]:
    """Yield the path of every value below mappings."""
    for key, item in value.items() if isinstance(value, dict) else ():
        below = f"{path}.{key}" if path else str(key)
        yield below
        yield from _paths(item, below)


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
