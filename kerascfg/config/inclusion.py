"""Which files include which by their `defaults:` lists: not themselves, nor many times over."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml

from kerascfg.errors import ConfigError, Problem, display

FastLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MOST_FILES = 500
"""Files of one config, each as often as it is included; Hydra takes milliseconds for each."""
_GROUP = re.compile(r"(?:(?:override|optional) +)*[^\s:]+")


def check_defaults(text: str, config_path: str, place: str) -> None:
    """Check the form of a defaults list's entries, which Hydra takes for granted.

    Args:
        text: the file.
        config_path: how Hydra calls it, as in `model/cnn`.
        place: how the user calls it.

    Raises:
        yaml.YAMLError: the file is no YAML.
        ConfigError: an entry is neither a file nor the choice of a group.
    """
    for item in _entries(text):
        if not _is_entry(item):
            message = "expected a file, or `group: file`, or `override /group: file`"
            where = f"{place}:{item.start_mark.line + 1}"
            raise ConfigError(Problem(config_path, message, place=where))


def check_count(config_path: str, folders: Sequence[Path], sizes: dict[str, int]) -> None:
    """Refuse a file that includes others many times over: Hydra would take them one by one.

    Args:
        config_path: how Hydra calls the file, as in `model/cnn`.
        folders: folders of configs, the user's first.
        sizes: file -> how many it stands for, as far as that is known.

    Raises:
        ConfigError: it includes too many.
    """

    def size(name: str) -> int:
        if name not in sizes:
            sizes[name] = 1  # a circle is found elsewhere
            sizes[name] = sum((size(other) for other, _ in _includes(name, folders)), 1)
        return sizes[name]

    if size(config_path.removesuffix(".yaml")) > _MOST_FILES:
        message = f"expected at most {_MOST_FILES} files, those that others include counted anew"
        raise ConfigError(Problem(config_path, message))


def circle(folders: Sequence[Path]) -> Problem | None:
    """Return the problem of a file that its own defaults list includes, over others maybe."""
    names = {
        file.relative_to(folder).with_suffix("").as_posix(): None
        for folder in reversed(folders)
        for file in sorted(folder.rglob("*.yaml"))
    }
    includes = {name: list(_includes(name, folders)) for name in names}
    for start in includes:
        included_by: dict[str, str] = {}
        waiting = [start]
        for name in waiting:
            for other, place in includes.get(name, ()):
                if other == start:
                    way = [name]
                    while way[-1] != start:
                        way.append(included_by[way[-1]])
                    received = " > ".join([*reversed(way), start])
                    message = f"expected a file that does not include itself. Received: {received}"
                    return Problem(start, message, place=place)
                if other not in included_by:
                    included_by[other] = name
                    waiting.append(other)
    return None


def _includes(name: str, folders: Sequence[Path]) -> Iterator[tuple[str, str]]:
    """Yield the files that a file's defaults list names, each with its place."""
    for folder in folders:
        file = folder / f"{name}.yaml"
        try:
            text = file.read_text(encoding="utf-8-sig")
            items = list(_entries(text))
        except FileNotFoundError:
            continue
        except (OSError, UnicodeDecodeError, yaml.YAMLError):
            return  # refused when it is loaded
        group = name.rpartition("/")[0]
        for item in items:
            for chosen in _chosen(item):
                full = chosen[1:] if chosen.startswith("/") else f"{group}/{chosen}".lstrip("/")
                yield full, f"{display(file)}:{item.start_mark.line + 1}"
        return


def _entries(text: str) -> Iterator[yaml.Node]:
    """Yield the entries of a file's defaults list."""
    if not re.search(r"\bdefaults\b", text):
        return
    root = yaml.compose(text, Loader=FastLoader)
    for key, items in root.value if isinstance(root, yaml.MappingNode) else ():
        if key.value == "defaults" and isinstance(items, yaml.SequenceNode):
            yield from items.value


def _is_entry(item: yaml.Node) -> bool:
    match item:
        case yaml.ScalarNode(tag="tag:yaml.org,2002:str"):
            return True
        case yaml.MappingNode(value=[(yaml.ScalarNode(tag=tag, value=group), chosen)]):
            files = chosen.value if isinstance(chosen, yaml.SequenceNode) else [chosen]
            return (
                tag == "tag:yaml.org,2002:str"
                and bool(_GROUP.fullmatch(group))
                and all(isinstance(file, yaml.ScalarNode) for file in files)
            )
        case _:
            return False


def _chosen(item: yaml.Node) -> Iterator[str]:
    """Yield what an entry of a defaults list chooses, spelled as group and file."""
    match item:
        case yaml.ScalarNode(value=str(name)) if name != "_self_":
            yield name.split("@")[0]
        case yaml.MappingNode(value=[(yaml.ScalarNode(value=str(group)), chosen)]):
            plain = re.sub(r"^(?:(?:override|optional) +)*", "", group).split("@")[0].strip()
            files = chosen.value if isinstance(chosen, yaml.SequenceNode) else [chosen]
            yield from (f"{plain}/{f.value}" for f in files if isinstance(f, yaml.ScalarNode))
