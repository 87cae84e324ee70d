"""Hydra's loader with our rules: nodes are replaced, and keys that no file states can be set.

Hydra finds the files, orders them and parses overrides; `merge` lays them over each other. See
docs/decisions/0001-composition.md.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hydra import version
from hydra._internal import hydra as hydra_engine
from hydra._internal.config_loader_impl import ConfigLoaderImpl, get_overrides_dirname
from hydra._internal.utils import create_config_search_path
from hydra.core.config_search_path import ConfigSearchPath, SearchPathQuery
from hydra.core.default_element import ResultDefault
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.core.plugins import Plugins
from hydra.plugins.config_source import ConfigResult
from hydra.plugins.search_path_plugin import SearchPathPlugin
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf, open_dict

from kerascfg.config.files import Files, file_of, refuse_hydra
from kerascfg.config.folders import conf_folders
from kerascfg.config.merge import delete_value, depth, merge, set_value
from kerascfg.config.places import Layer, key_lines
from kerascfg.errors import COMMAND_LINE, ConfigError, Problem, display
from kerascfg.naming.source import Definition, resolve_dotted

VERSION_BASE = "1.3"
"""The Hydra whose behaviour we ask for, in our own composition and in `hydra.main`."""
_OWNERS = ("task", "backbone")
"""Groups that set nodes of a model, which must be there."""
_ALLOWED_TARGETS = ("hydra", "hydra_plugins", "kerascfg")
_LOGGING = re.compile(r"(?:logging(?:\.handlers)?|colorlog)\.[A-Z]\w*")


class KerascfgSearchPath(SearchPathPlugin):
    """The user's `conf/` first, then the package's."""

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        """Add both folders."""
        *user, shipped = conf_folders()
        for folder in user:
            search_path.prepend("kerascfg-user", f"file://{folder}")
        search_path.append("kerascfg", f"file://{shipped}")


class NodeLoader(ConfigLoaderImpl):
    """Hydra's loader with nodes that are replaced, and values for keys that no file states.

    Attributes:
        layers: the files of the last composition, in order.
        problems: overrides of the last composition that could not be applied.
    """

    def __init__(self, config_search_path: ConfigSearchPath):
        self.config_search_path = config_search_path
        self.repository = Files(config_search_path=config_search_path)
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
        parsed = OverridesParser.create(config_loader=self).parse_overrides(overrides)
        values = [o for o in parsed if not o.is_hydra_override() and not self.is_group(o)]
        chosen = [_chosen(o) for o in parsed if o not in values]
        if validate_sweep_overrides:
            self.validate_sweep_overrides_legal(values, run_mode, from_shell)
        with without_environment(), warnings.catch_warnings():
            # In 1.3 a defaults list without `_self_` means its end; Hydra warns as if it were new.
            warnings.filterwarnings("ignore", ".*is missing `_self_`", UserWarning)
            cfg = super().load_configuration(
                config_name, chosen, run_mode, from_shell, validate_sweep_overrides
            )
        task, hydra = split(cfg)
        _check_targets(hydra)
        self.problems = []
        # The command line is one layer: what says what a node is comes before its arguments.
        for override in sorted(values, key=lambda o: depth(o.key_or_group)):
            if override.is_delete():
                self.problems += delete_value(task, override.key_or_group)
            elif not override.is_sweep_override():
                value = override.value()
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
            file = file_of(loaded, default.config_path)
            if "hydra" in cfg:
                if file is not None:
                    refuse_hydra(file)
                hydra.merge_with(OmegaConf.masked_copy(cfg, "hydra"))
            plain, _ = split(cfg)
            if file is not None:
                layers.append(Layer(file, default.package or "", default.config_path or ""))
                model = next((layer for layer in layers if layer.package == "model"), None)
                _check_owned(task, plain, default, file, model)
            task = merge(task, plain)
        self.layers = tuple(layers)
        return _joined(task, hydra.hydra)

    def _load_single_config(self, default: ResultDefault, repo: Any) -> ConfigResult:
        loaded = super()._load_single_config(default, repo)
        # Hydra removes defaults lists after merging, by this flag; nodes are replaced before that.
        holder = OmegaConf.select(loaded.config, default.package or "") or loaded.config
        if holder._get_flag("HYDRA_REMOVE_TOP_LEVEL_DEFAULTS"):
            with open_dict(holder):
                holder.pop("defaults", None)
        return loaded


@contextmanager
def hydra_with_nodes() -> Iterator[None]:
    """Make Hydra compose by `NodeLoader`; it has no public way to be given a loader."""
    _register_search_path()
    before = hydra_engine.ConfigLoaderImpl
    hydra_engine.ConfigLoaderImpl = NodeLoader  # type: ignore[misc]
    try:
        yield
    finally:
        hydra_engine.ConfigLoaderImpl = before  # type: ignore[misc]


def open_loader(config_dir: str | None = None) -> NodeLoader:
    """Return a loader over the search path that Hydra itself will use."""
    _register_search_path()
    version.setbase(VERSION_BASE)
    search_path = create_config_search_path(None)
    if config_dir is not None:
        folder = Path(config_dir).resolve()
        if not folder.is_dir():
            message = f"expected a folder with YAML files. Received: {config_dir}"
            raise ConfigError(Problem("--config-dir", message, place=COMMAND_LINE))
        last = SearchPathQuery(provider="schema")
        search_path.prepend("command-line", f"file://{folder}", last)
    return NodeLoader(search_path)


def _register_search_path() -> None:
    plugins = Plugins.instance()
    if KerascfgSearchPath not in plugins.discover(SearchPathPlugin):
        plugins.register(KerascfgSearchPath)


@contextmanager
def without_environment() -> Iterator[None]:
    """Refuse `oc.env` while the task's config is composed: YAML must not read secrets."""
    from omegaconf.resolvers import oc

    def refuse(*_: Any) -> None:
        raise ValueError("a config may not read the environment")

    OmegaConf.register_new_resolver("oc.env", refuse, replace=True)
    try:
        yield
    finally:
        OmegaConf.register_new_resolver("oc.env", oc.env, replace=True)


def split(cfg: DictConfig) -> tuple[dict[str, Any], Any]:
    """Part the task's config, as plain containers with interpolations as text, from Hydra's."""
    names: Any = [key for key in cfg if key != "hydra"]
    plain: Any = OmegaConf.to_container(OmegaConf.masked_copy(cfg, names), resolve=False)
    return plain, cfg._get_node("hydra")


def _joined(task: dict[str, Any], hydra: Any) -> DictConfig:
    cfg = OmegaConf.create(task)
    cfg["hydra"] = hydra
    return cfg


def _chosen(override: Override) -> str:
    """Spell the choice of a group for Hydra, which says `~task` where users say `task=null`."""
    if override.value() is None and not override.is_delete() and not override.is_hydra_override():
        return f"~{override.key_or_group}"
    return override.input_line or ""


def _check_owned(
    task: dict[str, Any],
    new: dict[str, Any],
    default: ResultDefault,
    file: Path,
    model: Layer | None,
) -> None:
    """Refuse a task or a backbone on a model, from the file `model`, without the nodes it sets.

    Raises:
        ConfigError: such a node is missing.
    """
    group, _, choice = (default.config_path or "").partition("/")
    if group not in _OWNERS:
        return
    there = _nodes(task)
    if task.get("model") and not there:
        return  # the check says what is wrong with a model without layers
    if not there and model is not None:
        message = "expected a mapping `name: node` with at least one node. Received: nothing"
        raise ConfigError(Problem("model.layers", message, place=f"{display(model.file)}:1"))
    missing = [key for key in _nodes(new) if key not in there]
    if not missing:
        return
    lines = dict(key_lines(file))
    raise ConfigError(
        Problem(
            f"model.layers.{missing[0]}",
            f"expected a model with {' and '.join(map(str, missing))}, "
            f"which {group}={choice} sets. "
            f"Received: a model with {', '.join(map(str, there)) or 'no layers'}",
            hint=f"choose another model, or no {group}",
            fix=f"{group}=null",
            place=f"{display(file)}:{lines.get(f'model.layers.{missing[0]}', 1)}",
        )
    )


def _nodes(task: dict[str, Any]) -> dict[str, Any]:
    model = task.get("model")
    layers = model.get("layers") if isinstance(model, dict) else None
    return layers if isinstance(layers, dict) else {}


def _is_hydras(name: str) -> bool:
    """Tell whether a class is defined where its name says: `hydra.core.utils.os.system` is not."""
    if name.split(".")[0] not in _ALLOWED_TARGETS:
        return False
    found = resolve_dotted(name)
    return isinstance(found, Definition) and found.module.split(".")[0] in _ALLOWED_TARGETS


def _check_targets(hydra: DictConfig) -> None:
    """Let Hydra instantiate nothing but its own, its plugins' and ours.

    Raises:
        ConfigError: a `_target_` lies elsewhere, or is an interpolation.
    """
    waiting: list[tuple[str, Any]] = [("hydra", OmegaConf.to_container(hydra, resolve=False))]
    while waiting:
        path, value = waiting.pop()
        items = value.items() if isinstance(value, dict) else ()
        items = enumerate(value) if isinstance(value, list) else items
        for key, item in items:
            if key == "_target_" and not _is_hydras(str(item)):
                expected = "expected a name of hydra, hydra_plugins or kerascfg"
                message = f"{expected}. Received: {item}"
                raise ConfigError(Problem(f"{path}.{key}", message, place=COMMAND_LINE))
            if key in ("class", "()") and not _LOGGING.fullmatch(str(item)):
                message = f"expected a class of Python's logging. Received: {item}"
                raise ConfigError(Problem(f"{path}.{key}", message, place=COMMAND_LINE))
            waiting.append((f"{path}.{key}", item))
