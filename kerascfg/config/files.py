"""Read YAML files for Hydra; what is wrong with one is said with its line."""

from __future__ import annotations

import re
from itertools import takewhile
from pathlib import Path

import yaml
from hydra._internal.config_repository import ConfigRepository
from hydra.core.object_type import ObjectType
from hydra.plugins.config_source import ConfigResult, ConfigSource
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from kerascfg.config.folders import shipped_conf
from kerascfg.config.places import key_lines
from kerascfg.errors import ConfigError, Problem, display

_HINTS = {
    r"'\\t'": "YAML is indented by spaces, not by tabs",
    r"mapping values are not allowed": "a text that holds `: ` needs quotes; a list of keys needs "
    "the same indentation",
    r"expected ',' or '}'|expected the node content|flow mapping": 'inside { } and [ ] quote '
    '"${...}", "???" and texts with commas or colons',
    r"duplicate key": "each key once: the later one would hide the other",
}  # fmt: skip


class Files(ConfigRepository):
    """Hydra's repository of configs, with its errors in our form."""

    def load_config(self, config_path: str) -> ConfigResult | None:
        """Load a config.

        Raises:
            ConfigError: the file is no YAML mapping, or may not say what it says.
        """
        try:
            loaded = super().load_config(config_path)
        except yaml.YAMLError as error:
            raise ConfigError(_yaml_problem(error, config_path)) from error
        except RecursionError as error:
            place = display(self._file(config_path))
            message = "expected YAML of less depth, without an alias inside what it stands for"
            raise ConfigError(Problem(config_path, message, place=place)) from error
        except (OSError, UnicodeDecodeError, OmegaConfBaseException, ValueError) as error:
            reason = str(error).splitlines()[0]
            place = display(self._file(config_path))
            problem = Problem(config_path, f"expected a YAML mapping: {reason}", place=place)
            raise ConfigError(problem) from error
        file = file_of(loaded, config_path) if loaded else None
        if loaded is not None and file is not None:
            if not OmegaConf.is_dict(loaded.config):
                place = f"{display(file)}:1"
                message = "expected a mapping `key: value`. Received: a list"
                raise ConfigError(Problem(config_path, message, place=place))
            if loaded.header["package"] is None:
                loaded.header.update(_package_below_comments(file))
            if "hydra" in loaded.config:
                refuse_hydra(file)
        return loaded

    def _file(self, config_path: str) -> Path:
        source = self._find_object_source(config_path, ObjectType.CONFIG)
        return Path(source.path if source else "") / f"{config_path}.yaml"


def file_of(loaded: ConfigResult, config_path: str | None) -> Path | None:
    """Return the YAML file on disk that was loaded; Hydra's own configs are none."""
    if not loaded.path.startswith("file://"):
        return None
    name = (config_path or "").removesuffix(".yaml")
    return Path(loaded.path.removeprefix("file://")) / f"{name}.yaml"


def refuse_hydra(file: Path) -> None:
    """Let only shipped files set Hydra's subtree: it is the one that runs what it names.

    Raises:
        ConfigError: the file is a user's.
    """
    if file.resolve().is_relative_to(shipped_conf()):
        return
    line = dict(key_lines(file)).get("hydra", 1)
    raise ConfigError(
        Problem(
            "hydra",
            "expected no settings of Hydra here: only the command line and shipped files make them",
            hint="say it on the command line, as in hydra.launcher.n_jobs=2",
            place=f"{display(file)}:{line}",
        )
    )


def _package_below_comments(file: Path) -> dict[str, str | None]:
    """Read `# @package` where other comments stand above it, at which Hydra stops to look."""
    lines = file.read_text(encoding="utf-8").splitlines()
    comments = takewhile(lambda line: line.startswith("#") or not line.strip(), lines)
    packages = [line for line in comments if re.match(r"#\s*@", line)]
    return ConfigSource._get_header_dict("\n".join(packages))


def _yaml_problem(error: yaml.YAMLError, config_path: str) -> Problem:
    mark = getattr(error, "problem_mark", None)
    reason = getattr(error, "problem", None) or str(error)
    place = f"{display(Path(mark.name))}:{mark.line + 1}" if mark else None
    hint = next((hint for pattern, hint in _HINTS.items() if re.search(pattern, reason)), None)
    return Problem(config_path, f"expected YAML: {reason}", hint, place=place)
