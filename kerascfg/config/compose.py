"""Composition: Hydra's, with one rule of our own; the only module that speaks to OmegaConf.

Plain merging leaves stale arguments behind: a swapped `type` keeps the arguments of the old one.
So where a later file or an override states what a node is, the node's earlier arguments are
dropped. Values of the command line may set keys that no file states; the check finds the typos.
See docs/decisions/0001-composition.md.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import yaml
from hydra._internal import hydra as hydra_engine
from hydra._internal.config_loader_impl import ConfigLoaderImpl, get_overrides_dirname
from hydra._internal.utils import create_config_search_path
from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.default_element import ResultDefault
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.core.plugins import Plugins
from hydra.errors import HydraException
from hydra.plugins.config_source import ConfigResult
from hydra.plugins.search_path_plugin import SearchPathPlugin
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf, open_dict
from omegaconf.errors import OmegaConfBaseException

from kerascfg.config.places import Layer, Places, display
from kerascfg.errors import COMMAND_LINE, ConfigError, Problem, did_you_mean
from kerascfg.naming import KINDS

CONFIG_NAME = "config"
WIRING = ("inputs", "when", "after")
"""What a node keeps when a later file or override says anew what it is: its place in the graph."""

_NODE_PLACES = re.compile(
    r"^(model\.layers\.\w+|model\.blocks\.\w+\.layers\.\w+|optimizer|loss|metrics\.\w+"
    r"|callbacks\.\w+|tracker\.\w+|strategy|export\.\w+|data\.source)$"
)
_OWNED = {"task": "model.layers", "backbone": "model.layers"}


def shipped_conf() -> Path:
    """Return the folder of the package's own YAML files: in the wheel, or beside it in a clone."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "conf"
    return inside if inside.is_dir() else package.parent / "conf"


class KerascfgSearchPath(SearchPathPlugin):
    """The user's `conf/` first, then the package's."""

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        """Add both folders."""
        user, shipped = (Path.cwd() / "conf").resolve(), shipped_conf()
        if user.is_dir() and user != shipped:
            search_path.prepend("kerascfg-user", f"file://{user}")
        search_path.append("kerascfg", f"file://{shipped}")


class NodeLoader(ConfigLoaderImpl):
    """Hydra's loader with nodes that are replaced, and values for keys that no file states."""

    def __init__(self, config_search_path: ConfigSearchPath):
        super().__init__(config_search_path)
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
        """Compose by Hydra what Hydra chooses, then set values by our rules."""
        parsed = OverridesParser.create().parse_overrides(overrides)
        values = [o for o in parsed if not o.is_hydra_override() and not self.is_group(o)]
        chosen = [_chosen(o) for o in parsed if o not in values]
        if validate_sweep_overrides:
            self.validate_sweep_overrides_legal(values, run_mode, from_shell)
        cfg = super().load_configuration(
            config_name, chosen, run_mode, from_shell, validate_sweep_overrides
        )
        OmegaConf.set_struct(cfg, False)
        self.problems = []
        for override in kinds_first(values):
            if not override.is_sweep_override():
                self.problems += apply_override(cfg, override)
        task = [o for o in parsed if not o.is_hydra_override()]
        choices = cfg.hydra.runtime.choices
        cfg.setdefault("name", f"{choices.get('data')}_{choices.get('model')}")
        with open_dict(cfg.hydra):
            names = cfg.hydra.job.config.override_dirname
            cfg.hydra.overrides.task = [o.input_line for o in task]
            cfg.hydra.job.override_dirname = get_overrides_dirname(
                task, list(names.exclude_keys), names.item_sep, names.kv_sep
            )
        return cfg

    def _compose_config_from_defaults_list(
        self, defaults: list[ResultDefault], repo: Any
    ) -> DictConfig:
        cfg = OmegaConf.create()
        layers = []
        for default in defaults:
            loaded = self._load_single_config(default, repo)
            layer = _layer_of(loaded, default)
            if layer is not None:
                layers.append(layer)
                _check_owned(cfg, loaded.config, default, layer)
                replace_nodes(cfg, loaded.config, "")
            _check_hydra_subtree(loaded, layer)
            cfg.merge_with(loaded.config)
        self.layers = tuple(layers)
        return cfg

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
    task = OmegaConf.masked_copy(cfg, [key for key in cfg if key != "hydra"])
    problems = []
    with _no_environment():
        for path, node in _interpolations(task, ""):
            try:
                OmegaConf.select(task, path, throw_on_resolution_failure=True)
            except OmegaConfBaseException as error:
                reason = str(error).splitlines()[0]
                problems.append(
                    Problem(
                        path,
                        f"expected an interpolation that resolves. Received: {node} ({reason})",
                    )
                )
        if problems:
            return {}, problems
        container = OmegaConf.to_container(task, resolve=True)
    assert isinstance(container, dict)
    return {str(key): value for key, value in container.items()}, []


def job_config(cfg: DictConfig) -> tuple[dict[str, Any], Path]:
    """Return a job's plain config and its directory, as Hydra's main hands them over."""
    plain, problems = to_plain(cfg)
    if problems:
        raise ConfigError(problems)
    return plain, Path(HydraConfig.get().runtime.output_dir)


# --- overrides -----------------------------------------------------------------------------------


def parse_override(text: str) -> Override | Problem:
    """Parse one override by Hydra's own grammar."""
    try:
        return OverridesParser.create().parse_override(text)
    except HydraException as error:
        key = text.lstrip("+~").split("=")[0] or text
        reason = str(error).splitlines()[0]
        hint = "expected KEY=VALUE"
        if "=" in text:
            value = text.split("=", 1)[1]
            hint = f"quote the value: '{key}=\"{value}\"'"
        return Problem(
            key, f"cannot be read. Received: {text} ({reason})", hint, place=COMMAND_LINE
        )


def quote_path(text: str, multirun: bool) -> str:
    """Quote the value of `run=` and `*.path=`, so that a path may hold `=`, spaces or brackets."""
    match = re.match(r"^(\+{0,2}(?:[\w.]*\.path|run|hydra\.(?:run|sweep)\.dir))=(.+)$", text)
    if not match or match[2][0] in "\"'[" or "${" in match[2] or match[2] == "null":
        return text
    special = "=(){}[]:; " + ("" if multirun else ",")
    if not set(match[2]) & set(special):
        return text
    return match[1] + '="' + match[2].replace('"', '\\"') + '"'


def check_choices(loader: NodeLoader, override: Override) -> list[Problem]:
    """Check that the group of an override exists, and each file it chooses."""
    group = override.key_or_group
    if override.is_hydra_override() or override.is_delete():
        return []
    if not loader.repository.group_exists(group):
        if "/" not in group and override.package is None:
            return []
        groups = [g for g in _groups(loader) if not g.startswith("hydra")]
        meant = did_you_mean(group, groups)
        return [
            Problem(
                group,
                f"expected a group ({', '.join(groups)}). Received: {group}",
                f"did you mean `{meant}`?" if meant else None,
                fix=f"{meant}={_value_text(override)}" if meant else None,
                place=COMMAND_LINE,
            )
        ]
    return [
        _unknown_choice(loader, group, choice, override)
        for choice in _choices(override)
        if not loader.repository.config_exists(f"{group}/{choice}")
    ]


def sweep_jobs(overrides: list[Override]) -> list[list[str]]:
    """Spread a sweep as Hydra's basic sweeper does: one list of overrides for each job."""
    axes = []
    for override in overrides:
        if override.is_sweep_override():
            key = override.get_key_element()
            axes.append([f"{key}={value}" for value in override.sweep_string_iterator()])
        else:
            axes.append([override.input_line or ""])
    return [list(job) for job in itertools.product(*axes)]


def kinds_first(overrides: list[Override]) -> list[Override]:
    """Order the command line, which is one layer: what says what a node is comes first."""
    return sorted(overrides, key=lambda o: o.key_or_group.rpartition(".")[2] not in KINDS)


def apply_override(cfg: DictConfig, override: Override) -> list[Problem]:
    """Set or delete one value; keys that no file states are made.

    Returns:
        The problem of a key that cannot be deleted, or lies below something that is no mapping.
    """
    path, value = override.key_or_group, override.value()
    parent, _, key = path.rpartition(".")
    if override.package is not None:
        message = f"expected a group. Received: {override.input_line}"
        return [Problem(path, message, place=COMMAND_LINE)]
    _spell_out(cfg, parent)
    holder = OmegaConf.select(cfg, parent) if parent else cfg
    if override.is_delete():
        if not isinstance(holder, DictConfig) or key not in holder:
            known = list(holder) if isinstance(holder, DictConfig) else []
            meant = did_you_mean(key, map(str, known))
            return [
                Problem(
                    path,
                    f"expected a key that is there, to delete it. Received: {override.input_line}",
                    f"did you mean `{meant}`?" if meant else None,
                    place=COMMAND_LINE,
                )
            ]
        holder.pop(key)
        return []
    if holder is not None and not OmegaConf.is_config(holder):
        message = f"expected a mapping at {parent}. Received: {parent}={holder}"
        return [Problem(path, message, place=COMMAND_LINE)]
    new = OmegaConf.create()
    if key in KINDS and isinstance(value, str) and _NODE_PLACES.match(parent):
        grand, _, name = parent.rpartition(".")
        OmegaConf.update(new, "node", {key: value}, force_add=True)
        target = OmegaConf.select(cfg, grand) if grand else cfg
        if isinstance(target, DictConfig) and name in target:
            replace_node(target, name, new.node)
    elif isinstance(holder, DictConfig) and key in holder:
        OmegaConf.update(new, "node", value, force_add=True)
        replace_value(holder, key, new, "node", path)
        value = new._get_node("node")
    try:
        OmegaConf.update(cfg, path, value, merge=True, force_add=True)
    except (OmegaConfBaseException, AssertionError, IndexError, TypeError) as error:
        return [Problem(path, f"cannot be set: {error}", place=COMMAND_LINE)]
    return []


def _spell_out(cfg: DictConfig, path: str) -> None:
    """Turn a short form (`gap: GlobalAveragePooling2D`) below which something is set into a node."""
    parts = path.split(".") if path else []
    for length in range(1, len(parts) + 1):
        place = ".".join(parts[:length])
        if _NODE_PLACES.match(place):
            holder = OmegaConf.select(cfg, ".".join(parts[: length - 1])) if length > 1 else cfg
            if isinstance(holder, DictConfig) and isinstance(holder.get(parts[length - 1]), str):
                holder[parts[length - 1]] = {"type": holder[parts[length - 1]]}


# --- nodes are replaced --------------------------------------------------------------------------


def replace_nodes(cfg: DictConfig, new: DictConfig, path: str) -> None:
    """Drop from `cfg` what merging `new` over it would leave stale."""
    for key in list(new):
        if path == "" and key == "hydra":
            continue
        if key in cfg:
            replace_value(cfg, str(key), new, str(key), f"{path}.{key}" if path else str(key))


def replace_value(cfg: DictConfig, key: str, new: DictConfig, new_key: str, path: str) -> None:
    """Prepare one value of `cfg` (and of `new`) for being merged."""
    old, value = _raw(cfg, key), _raw(new, new_key)
    if key == "learning_rate":
        _keep_rate(old, value, new, new_key)
        value = _raw(new, new_key)
    if isinstance(value, DictConfig):
        if _kind(value):
            replace_node(cfg, key, value)
        elif isinstance(old, DictConfig):
            replace_nodes(old, value, path)
        elif isinstance(old, str) and _NODE_PLACES.match(path) and path != "loss":
            cfg[key] = {"type": old}
    elif isinstance(value, str) and isinstance(old, DictConfig) and _NODE_PLACES.match(path):
        new[new_key] = {**_wiring(old), "type": value}
        replace_node(cfg, key, new[new_key])


def replace_node(cfg: DictConfig, key: str, node: DictConfig) -> None:
    """Drop the earlier arguments of a node, keeping its place in the graph."""
    old = _raw(cfg, key)
    if isinstance(old, DictConfig):
        cfg[key] = _wiring(old)
    elif old is not None:
        cfg[key] = {}


def _wiring(old: DictConfig) -> dict[str, Any]:
    return {name: old._get_node(name) for name in WIRING if name in old}


def _keep_rate(old: Any, value: Any, new: DictConfig, key: str) -> None:
    """A number over a schedule is its initial rate; a schedule that asks for one keeps the number."""
    rate = "initial_learning_rate"
    if isinstance(old, DictConfig) and _kind(old) and isinstance(value, int | float):
        new[key] = {rate: value}
    elif isinstance(value, DictConfig) and isinstance(old, int | float):
        if OmegaConf.is_missing(value, rate):
            value[rate] = old


def _kind(node: DictConfig) -> bool:
    return any(kind in node and isinstance(_raw(node, kind), str) for kind in KINDS)


def _raw(cfg: DictConfig, key: str) -> Any:
    """Return a value as it stands: containers as such, scalars plain, interpolations as text."""
    node = cfg._get_node(key)
    if node is None or (isinstance(node, DictConfig) and (node._is_none() or node._is_missing())):
        return None
    return node if OmegaConf.is_config(node) else node._value()  # type: ignore[union-attr]


# --- what is refused -----------------------------------------------------------------------------


def _layer_of(loaded: ConfigResult, default: ResultDefault) -> Layer | None:
    """Return the layer of a YAML file on disk; Hydra's own configs are none."""
    if not loaded.path.startswith("file://"):
        return None
    file = Path(loaded.path.removeprefix("file://")) / f"{default.config_path}.yaml"
    return Layer(file, default.package or "")


def _check_owned(cfg: DictConfig, new: DictConfig, default: ResultDefault, layer: Layer) -> None:
    """Refuse a task or a backbone on a model that lacks the nodes it sets."""
    group = (default.config_path or "").split("/")[0]
    if group not in _OWNED:
        return
    nodes, there = OmegaConf.select(new, _OWNED[group]), OmegaConf.select(cfg, _OWNED[group])
    missing = [key for key in nodes or {} if key not in (there or {})]
    if missing:
        choice = (default.config_path or "").split("/", 1)[1]
        raise ConfigError(
            [
                Problem(
                    f"{_OWNED[group]}.{key}",
                    f"expected a model with the node `{key}`, which {group}={choice} sets; it has "
                    f"{', '.join(map(str, there or {})) or 'none'}",
                    hint=f"choose another model, or no {group}",
                    fix=f"{group}=null",
                    place=display(layer.file),
                )
                for key in missing
            ]
        )


def _check_hydra_subtree(loaded: ConfigResult, layer: Layer | None) -> None:
    """Let only shipped files set Hydra's subtree: it is the one that runs what it names."""
    if layer is None or "hydra" not in loaded.config:
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


def check_hydra_override(override: Override) -> list[Problem]:
    """Refuse a `_target_` outside Hydra, its plugins and kerascfg."""
    text = str(override.value())
    if "_target_" not in f"{override.key_or_group}={text}":
        return []
    targets = re.findall(
        r"_target_['\"]?\s*[:=]\s*['\"]?([\w.]+)", f"{override.key_or_group}={text}"
    )
    allowed = ("hydra.", "hydra_plugins.", "kerascfg.")
    return [
        Problem(
            override.key_or_group,
            f"expected a target below {', '.join(allowed)}. Received: {target}",
            place=COMMAND_LINE,
        )
        for target in targets
        if not target.startswith(allowed)
    ]


@contextmanager
def _no_environment() -> Iterator[None]:
    """Refuse `oc.env` while the task's config is resolved: YAML must not read secrets."""

    def refuse(*_: Any) -> None:
        raise ValueError("a config may not read the environment")

    from omegaconf.resolvers import oc

    OmegaConf.register_new_resolver("oc.env", refuse, replace=True)
    try:
        yield
    finally:
        OmegaConf.register_new_resolver("oc.env", oc.env, replace=True)


def _interpolations(cfg: Any, path: str) -> Iterator[tuple[str, str]]:
    keys = cfg if isinstance(cfg, DictConfig) else range(len(cfg))
    for key in keys:
        node = cfg._get_node(key)
        full = f"{path}.{key}" if path else str(key)
        if node is not None and node._is_interpolation():
            yield full, str(node._value())
        elif OmegaConf.is_config(node) and not node._is_none() and not node._is_missing():
            yield from _interpolations(node, full)


def _chosen(override: Override) -> str:
    """Spell the choice of a group for Hydra, which says `~task` where users say `task=null`."""
    if override.value() is None and not override.is_delete() and not override.is_hydra_override():
        return f"~{override.key_or_group}"
    return override.input_line or ""


def _choices(override: Override) -> list[str]:
    if override.is_sweep_override():
        values: list[Any] = list(override.sweep_iterator())
    else:
        values = [override.value()]
    flat = [item for value in values for item in (value if isinstance(value, list) else [value])]
    return [str(item).strip("'\"") for item in flat if item is not None and str(item) != "null"]


def _value_text(override: Override) -> str:
    return (override.input_line or "").split("=", 1)[-1]


def _unknown_choice(loader: NodeLoader, group: str, choice: str, override: Override) -> Problem:
    options = loader.get_group_options(group)
    meant = did_you_mean(choice, options)
    fixed = _value_text(override).replace(choice, meant) if meant else None
    return Problem(
        group,
        f"expected one of {', '.join(options)}. Received: {choice}",
        f"did you mean `{meant}`?" if meant else None,
        fix=f"{group}={fixed}" if fixed else None,
        place=COMMAND_LINE,
    )


def _groups(loader: NodeLoader, parent: str = "") -> list[str]:
    found = []
    for name in loader.list_groups(parent):
        full = f"{parent}/{name}" if parent else name
        if not full.startswith(("hydra", "__")):
            found += [full, *_groups(loader, full)]
    return found


def _yaml_problem(error: yaml.YAMLError, default: ResultDefault) -> Problem:
    mark = getattr(error, "problem_mark", None)
    reason = getattr(error, "problem", None) or str(error)
    place = f"{display(Path(mark.name))}:{mark.line + 1}" if mark else default.config_path
    return Problem(default.package or "config", f"expected YAML. {reason}", place=place)


def _hydra_problem(error: Exception) -> Problem:
    """Say again, in our form, what Hydra or OmegaConf refused."""
    cause = error.__cause__ if isinstance(error.__cause__, OmegaConfBaseException) else error
    text = str(cause) or str(error)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    key = getattr(cause, "full_key", None)
    if key is None and (match := re.search(r"'?In '?([\w/]+)'?", text)):
        key = match[1]
    return Problem(str(key or "config"), "; ".join(lines[:2]) or type(error).__name__)
