"""Composition: Hydra's, with one rule of our own; the only module that speaks to OmegaConf.

Hydra finds the files, orders them and parses overrides; `merge` lays them over each other. Behind
`to_plain` there are plain containers only. See docs/decisions/0001-composition.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any
from unittest import mock

import yaml
from hydra._internal import hydra as hydra_engine
from hydra._internal.config_loader_impl import ConfigLoaderImpl, get_overrides_dirname
from hydra._internal.config_repository import ConfigRepository
from hydra._internal.utils import create_config_search_path
from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.default_element import ResultDefault
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.core.plugins import Plugins
from hydra.errors import HydraException
from hydra.plugins.config_source import ConfigResult, ConfigSource
from hydra.plugins.search_path_plugin import SearchPathPlugin
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf, open_dict
from omegaconf.errors import OmegaConfBaseException

from kerascfg.config.folders import conf_folders, shipped_conf
from kerascfg.config.merge import delete_value, merge, set_value, states_kind
from kerascfg.config.places import Layer, Places
from kerascfg.errors import ConfigError, Problem, display

CONFIG_NAME = "config"
_OWNED = {"task": "layers", "backbone": "layers"}


class KerascfgSearchPath(SearchPathPlugin):
    """The user's `conf/` first, then the package's."""

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        """Add both folders."""
        *user, shipped = conf_folders()
        for folder in user:
            search_path.prepend("kerascfg-user", f"file://{folder}")
        search_path.append("kerascfg", f"file://{shipped}")


class CommentedRepository(ConfigRepository):
    """Hydra's repository, for files with other comments above `# @package`.

    Hydra stops to look for the package at the first of them; ours begin with what a file needs
    (`# needs: network`).
    """

    def load_config(self, config_path: str) -> ConfigResult | None:
        """Load a file, with the package that one of its first comments states."""
        loaded = super().load_config(config_path)
        file = _file_of(loaded, config_path) if loaded else None
        if loaded and file and loaded.header["package"] is None:
            comments = takewhile(_is_comment, file.read_text(encoding="utf-8").splitlines())
            packages = [line for line in comments if re.match(r"#\s*@", line)]
            loaded.header.update(ConfigSource._get_header_dict("\n".join(packages)))
        return loaded


class NodeLoader(ConfigLoaderImpl):
    """Hydra's loader with nodes that are replaced, and values for keys that no file states.

    Attributes:
        layers: the files of the last composition, in order.
        problems: overrides of the last composition that could not be applied.
    """

    def __init__(self, config_search_path: ConfigSearchPath):
        super().__init__(config_search_path)
        self.repository = CommentedRepository(config_search_path)
        self.layers: tuple[Layer, ...] = ()
        self.problems: list[Problem] = []

    def is_group(self, override: Override) -> bool:
        """Tell whether an override chooses a file of a group rather than setting a value."""
        return self.repository.group_exists(override.key_or_group) and not isinstance(
            override.value(), dict
        )

    def load_configuration(
        self,
        config_name: str | None,
        overrides: list[str],
        run_mode: RunMode,
        from_shell: bool = True,
        validate_sweep_overrides: bool = True,
    ) -> DictConfig:
        """Let Hydra compose what it chooses, then set the values of the command line."""
        parsed = OverridesParser.create().parse_overrides(overrides)
        values = [o for o in parsed if not o.is_hydra_override() and not self.is_group(o)]
        chosen = [_chosen(o) for o in parsed if o not in values]
        if validate_sweep_overrides:
            self.validate_sweep_overrides_legal(values, run_mode, from_shell)
        cfg = super().load_configuration(
            config_name, chosen, run_mode, from_shell, validate_sweep_overrides
        )
        task, hydra = _split(cfg)
        self.problems = []
        # The command line is one layer: what says what a node is comes before its arguments.
        for override in sorted(values, key=lambda o: not states_kind(o.key_or_group)):
            if override.is_delete():
                self.problems += delete_value(task, override.key_or_group)
            elif not override.is_sweep_override():
                value = _plain(override.value())
                self.problems += set_value(task, override.key_or_group, value)
        choices = hydra.runtime.choices
        task.setdefault("name", f"{choices.get('data')}_{choices.get('model')}")
        app = [o for o in parsed if not o.is_hydra_override()]
        with open_dict(hydra):
            names = hydra.job.config.override_dirname
            hydra.overrides.task = [o.input_line for o in app]
            hydra.job.override_dirname = get_overrides_dirname(
                app, list(names.exclude_keys), names.item_sep, names.kv_sep
            )
        return _joined(task, hydra)

    def _compose_config_from_defaults_list(
        self, defaults: list[ResultDefault], repo: Any
    ) -> DictConfig:
        task: dict[str, Any] = {}
        hydra = OmegaConf.create()
        layers = []
        for default in defaults:
            loaded = self._load_single_config(default, repo)
            cfg = loaded.config
            assert isinstance(cfg, DictConfig)
            layer = _layer_of(loaded, default)
            _check_hydra_subtree(cfg, layer)
            if "hydra" in cfg:
                hydra.merge_with(OmegaConf.masked_copy(cfg, "hydra"))
            plain, _ = _split(cfg)
            if layer is not None:
                layers.append(layer)
                _check_owned(task, plain, default, layer)
            task = merge(task, plain)
        self.layers = tuple(layers)
        return _joined(task, hydra.hydra)

    def _load_single_config(self, default: ResultDefault, repo: Any) -> ConfigResult:
        try:
            loaded = super()._load_single_config(default, repo)
        except yaml.YAMLError as error:
            raise ConfigError(_yaml_problem(error, default)) from error
        # Hydra removes defaults lists after merging, by this flag; nodes are replaced before that.
        holder = OmegaConf.select(loaded.config, default.package or "") or loaded.config
        if holder._get_flag("HYDRA_REMOVE_TOP_LEVEL_DEFAULTS"):
            with open_dict(holder):
                holder.pop("defaults", None)
        return loaded


@dataclass(frozen=True)
class Composed:
    """One composed config, behind the border: plain containers, interpolations resolved."""

    config: dict[str, Any]
    places: Places
    overrides: tuple[str, ...]


@contextmanager
def hydra_with_nodes() -> Iterator[None]:
    """Make Hydra compose by `NodeLoader`; it has no public way to be given a loader."""
    register_search_path()
    with mock.patch.object(hydra_engine, "ConfigLoaderImpl", NodeLoader):
        yield


def register_search_path() -> None:
    """Make Hydra find the user's and the package's files."""
    plugins = Plugins.instance()
    if KerascfgSearchPath not in plugins.discover(SearchPathPlugin):
        plugins.register(KerascfgSearchPath)


def open_loader(config_dir: str | None = None) -> NodeLoader:
    """Return a loader over the search path that Hydra itself will use."""
    register_search_path()
    search_path = create_config_search_path(None)
    if config_dir is not None:
        search_path.append("command-line", f"file://{Path(config_dir).resolve()}")
    return NodeLoader(search_path)


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
    except (HydraException, OmegaConfBaseException) as error:
        return None, [_hydra_problem(error)]
    paths = tuple(
        o.key_or_group
        for o in OverridesParser.create().parse_overrides(overrides)
        if not loader.is_group(o)
    )
    places = Places(loader.layers, paths)
    plain, problems = to_plain(cfg)
    problems = [*loader.problems, *problems]
    return Composed(plain, places, tuple(overrides)), places.locate(problems)


def to_plain(cfg: DictConfig) -> tuple[dict[str, Any], list[Problem]]:
    """Cross the border: plain containers, interpolations resolved, without Hydra's own subtree."""
    raw, _ = _split(cfg)
    problems = []
    with _no_environment():
        task = OmegaConf.create(raw)
        for path, text in _interpolations(raw, ""):
            try:
                OmegaConf.select(task, path, throw_on_resolution_failure=True)
            except OmegaConfBaseException as error:
                reason = str(error).splitlines()[0]
                message = f"expected an interpolation that resolves. Received: {text} ({reason})"
                problems.append(Problem(path, message))
        if problems:
            return {}, problems
        return _plain(OmegaConf.to_container(task, resolve=True)), []


def job_config(cfg: DictConfig) -> tuple[dict[str, Any], Path]:
    """Return a job's plain config and its directory, as Hydra's main hands them over."""
    plain, problems = to_plain(cfg)
    if problems:
        raise ConfigError(problems)
    return plain, Path(HydraConfig.get().runtime.output_dir)


def _split(cfg: DictConfig) -> tuple[dict[str, Any], Any]:
    """Part the task's config, as plain containers with interpolations as text, from Hydra's."""
    names = [str(key) for key in cfg if key != "hydra"]
    plain = OmegaConf.to_container(OmegaConf.masked_copy(cfg, names), resolve=False)
    return _plain(plain), cfg._get_node("hydra")


def _joined(task: dict[str, Any], hydra: Any) -> DictConfig:
    cfg = OmegaConf.create(task)
    cfg["hydra"] = hydra
    return cfg


def _plain(value: Any) -> Any:
    """Return plain containers whose keys are texts, except those YAML read as something else."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _layer_of(loaded: ConfigResult, default: ResultDefault) -> Layer | None:
    """Return the layer of a YAML file on disk; Hydra's own configs are none."""
    file = _file_of(loaded, default.config_path or "")
    return Layer(file, default.package or "") if file else None


def _file_of(loaded: ConfigResult, config_path: str) -> Path | None:
    if not loaded.path.startswith("file://"):
        return None
    return Path(loaded.path.removeprefix("file://")) / f"{config_path.removesuffix('.yaml')}.yaml"


def _is_comment(line: str) -> bool:
    return line.startswith("#") or not line.strip()


def _check_owned(
    task: dict[str, Any], new: dict[str, Any], default: ResultDefault, layer: Layer
) -> None:
    """Refuse a task or a backbone on a model that lacks the nodes it sets."""
    group, _, choice = (default.config_path or "").partition("/")
    if group not in _OWNED:
        return
    there = (task.get("model") or {}).get("layers") or {}
    missing = [key for key in (new.get("model") or {}).get("layers") or {} if key not in there]
    if missing:
        raise ConfigError(
            [
                Problem(
                    f"model.layers.{key}",
                    f"expected a model with the node `{key}`, which {group}={choice} sets; it has "
                    f"{', '.join(map(str, there)) or 'none'}",
                    hint=f"choose another model, or no {group}",
                    fix=f"{group}=null",
                    place=display(layer.file),
                )
                for key in missing
            ]
        )


def _check_hydra_subtree(cfg: DictConfig, layer: Layer | None) -> None:
    """Let only shipped files set Hydra's subtree: it is the one that runs what it names."""
    if layer is None or "hydra" not in cfg:
        return
    if not layer.file.resolve().is_relative_to(shipped_conf()):
        raise ConfigError(
            Problem(
                "hydra",
                "expected no `hydra` here: only the command line and shipped files may set it",
                hint="say it on the command line: hydra.launcher.n_jobs=2",
                place=display(layer.file),
            )
        )


def _chosen(override: Override) -> str:
    """Spell the choice of a group for Hydra, which says `~task` where users say `task=null`."""
    if override.value() is None and not override.is_delete() and not override.is_hydra_override():
        return f"~{override.key_or_group}"
    return override.input_line or ""


@contextmanager
def _no_environment() -> Iterator[None]:
    """Refuse `oc.env` while the task's config is resolved: YAML must not read secrets."""
    from omegaconf.resolvers import oc

    def refuse(*_: Any) -> None:
        raise ValueError("a config may not read the environment")

    OmegaConf.register_new_resolver("oc.env", refuse, replace=True)
    try:
        yield
    finally:
        OmegaConf.register_new_resolver("oc.env", oc.env, replace=True)


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


def _yaml_problem(error: yaml.YAMLError, default: ResultDefault) -> Problem:
    mark = getattr(error, "problem_mark", None)
    reason = getattr(error, "problem", None) or str(error)
    place = f"{display(Path(mark.name))}:{mark.line + 1}" if mark else default.config_path
    return Problem(default.package or "config", f"expected YAML: {reason}", place=place)


def _hydra_problem(error: Exception) -> Problem:
    """Say again, in our form, what Hydra or OmegaConf refused."""
    cause = error.__cause__ if isinstance(error.__cause__, OmegaConfBaseException) else error
    text = str(cause) or str(error)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    key = getattr(cause, "full_key", None)
    if key is None and (match := re.search(r"In '([\w/]+)'", text)):
        key = match[1]
    return Problem(str(key or "config"), "; ".join(lines[:2]) or type(error).__name__)
