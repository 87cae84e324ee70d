"""Read YAML files for Hydra; what is wrong with one is said with its line."""

from __future__ import annotations

import re
from itertools import takewhile
from pathlib import Path

import yaml
from hydra._internal.config_repository import ConfigRepository
from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.object_type import ObjectType
from hydra.plugins.config_source import ConfigResult, ConfigSource
from omegaconf.errors import OmegaConfBaseException

from kerascfg.config.folders import conf_folders, shipped_conf
from kerascfg.config.inclusion import check_count
from kerascfg.config.places import key_lines
from kerascfg.config.reading import check_file, yaml_problem
from kerascfg.errors import ConfigError, Problem, display


class Files(ConfigRepository):
    """Hydra's repository of configs, with its errors in our form.

    Attributes:
        sizes: file -> how many files it stands for.
    """

    def __init__(self, config_search_path: ConfigSearchPath):
        super().__init__(config_search_path)
        self.sizes: dict[str, int] = {}

    def load_config(self, config_path: str) -> ConfigResult | None:
        """Load a config.

        Raises:
            ConfigError: the file is no YAML mapping, or may not say what it says.
        """
        source = self._find_object_source(config_path, ObjectType.CONFIG)
        folder = Path(source.path) if source and source.scheme() == "file" else None
        at = folder / f"{config_path.removesuffix('.yaml')}.yaml" if folder else Path(config_path)
        try:
            if folder is not None and folder.resolve() != shipped_conf():
                check_file(at, folder, config_path)
                check_count(config_path, conf_folders(), self.sizes)
            loaded = super().load_config(config_path)
        except yaml.YAMLError as error:
            raise ConfigError(yaml_problem(error, config_path, display(at))) from error
        except (OSError, OmegaConfBaseException, ValueError) as error:
            reason = str(error).splitlines()[0]
            message, place = f"expected a YAML mapping: {reason}", f"{display(at)}:1"
            raise ConfigError(Problem(config_path, message, place=place)) from error
        file = file_of(loaded, config_path) if loaded else None
        if loaded is not None and file is not None:
            if loaded.header["package"] is None:
                loaded.header.update(_package_below_comments(file))
            if "hydra" in loaded.config:
                refuse_hydra(file)
        return loaded


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
    lines = file.read_text(encoding="utf-8-sig").splitlines()
    comments = takewhile(lambda line: line.startswith("#") or not line.strip(), lines)
    packages = [line for line in comments if re.match(r"#\s*@", line)]
    return ConfigSource._get_header_dict("\n".join(packages))
