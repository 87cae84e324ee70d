"""Say again, in our form, what Hydra and OmegaConf refuse."""

from __future__ import annotations

import re

from hydra.errors import MissingConfigException
from omegaconf.errors import OmegaConfBaseException

from kerascfg.config.folders import conf_folders
from kerascfg.errors import COMMAND_LINE, Problem, did_you_mean, display


def say_again(error: Exception, overrides: list[str]) -> Problem:
    """Return the problem that an exception of Hydra or OmegaConf stands for.

    Args:
        error: what composition raised.
        overrides: the overrides it was given.
    """
    text = _text(error)
    inside = re.match(r"In '?(\S+?)'?: ", text)
    parent = inside[1] if inside else None
    if isinstance(error, MissingConfigException) and error.missing_cfg_file:
        return _missing(error, parent)
    if match := re.search(r"'([\w/]+)@(\w+)\.[\w.]+'", text):
        return _not_global(match[1], match[2], parent)
    if match := re.search(r"Error resolving interpolation '(.+)', possible[^:]*: (.*)", text):
        message = f"expected the choice of an earlier group ({match[2]}). Received: {match[1]}"
        return Problem("defaults", message, place=_first_line(re.escape(match[1])))
    if match := re.search(r"Could not override '([^']+)'", text):
        if "No match in the defaults list" in text:
            return _not_in_defaults(match[1], parent)
        message = f"expected a key that Hydra knows. Received: {match[1]}"
        return Problem(match[1], message, place=COMMAND_LINE)
    if match := re.search(r"Multiple values for ([\w/]+)\.", text):
        return _chosen_twice(match[1], text.rpartition(": ")[2].rstrip("'"), overrides)
    if match := re.match(r"Key '(\w+)' not in '(\w+)'", text):
        path = str(getattr(error.__cause__, "full_key", None) or match[1])
        message = f"expected a key of Hydra's {match[2]}. Received: {match[1]}"
        return Problem(path, message, place=COMMAND_LINE)
    if match := re.search(r"You must specify '([^']+)'", text):
        return Problem(match[1], "required, but no file is chosen", fix=f"{match[1]}=...")
    if match := re.search(r"force-add of config groups is not supported: '\+\+([^=]+)=", text):
        given = next((o for o in overrides if o.startswith(f"++{match[1]}=")), f"++{match[1]}")
        message = f"expected the choice of a group without ++. Received: {given}"
        return Problem(match[1], message, fix=given.lstrip("+"), place=COMMAND_LINE)
    if match := re.match(r"Could not delete '(\w+)'", text):
        message = f"expected one choice to take back. Received: ~{match[1]}"
        return Problem(match[1], message, fix=f"{match[1]}=[]", place=COMMAND_LINE)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for override in overrides:
        key = override.lstrip("+~").partition("=")[0]
        if parent is None and (f"'{key}'" in text or f"full_key: {key}" in text):
            message = f"expected what Hydra can apply. Received: {override} ({lines[0]})"
            return Problem(key, message, place=COMMAND_LINE)
    said = "; ".join(line for line in lines[:2] if not line.startswith(("full_key", "object_type")))
    key = getattr(error.__cause__ or error, "full_key", None) or parent or "config"
    return Problem(str(key), said or type(error).__name__, place=_place(parent, ""))


def _text(error: Exception) -> str:
    cause = error.__cause__ if isinstance(error.__cause__, OmegaConfBaseException) else None
    return str(cause or "") or str(error)


def _missing(error: MissingConfigException, parent: str | None) -> Problem:
    group, _, choice = (error.missing_cfg_file or "").rpartition("/")
    if str(error).startswith("Cannot find primary config"):
        message = f"expected the name of a YAML file in conf/. Received: {choice}"
        return Problem("--config-name", message, place=COMMAND_LINE)
    options = list(error.options or ())
    meant = did_you_mean(choice, options)
    expected = f"one of {', '.join(options)}" if options else "a file in a folder conf/"
    return Problem(
        group or choice,
        f"expected {expected}. Received: {choice}",
        hint=f"did you mean `{meant}`?" if meant else None,
        fix=f"{group}={meant}" if meant and not parent else None,
        place=_place_of_choice(group, choice) or _place(parent, choice),
    )


def _chosen_twice(group: str, choice: str, overrides: list[str]) -> Problem:
    if any(text.startswith(f"+{group}=") for text in overrides):
        message = f"expected the choice of a group without +. Received: +{group}={choice}"
        return Problem(group, message, fix=f"{group}={choice}", place=COMMAND_LINE)
    message = f"expected `override /{group}: {choice}`, since a file is chosen already"
    return Problem(group, message, place=_place_of_choice(group, choice))


def _not_in_defaults(group: str, parent: str | None) -> Problem:
    group = group.split("@")[0]
    beside = f"{(parent or '').rpartition('/')[0]}/"
    known = _group_names()
    meant = group.removeprefix(beside) if group.removeprefix(beside) in known else None
    meant = meant or did_you_mean(group, known)
    if meant and parent:
        return Problem(
            group,
            f"expected a group of the defaults list. Received: {group}",
            hint=f"did you mean `{meant}`? Another group is named from the root, as in "
            f"`- override /{meant}: ...`",
            place=_place(parent, group.split("/")[-1]),
        )
    return Problem(
        group,
        "expected a group of the defaults list. "
        f"Received: {group}, which {'no file above it' if parent else 'config.yaml'} lists",
        hint=f"add `- {group}: null` to the defaults of conf/config.yaml",
        place=_place(parent, group.split("/")[-1]) if parent else COMMAND_LINE,
    )


def _not_global(group: str, package: str, parent: str | None) -> Problem:
    return Problem(
        package,
        f"expected `# @package _global_` at the top of a file that chooses {group}",
        hint=f"without it, all that the file says goes below {package}",
        place=_place(parent, ""),
    )


def _group_names() -> list[str]:
    """List the groups that there are, those inside others too."""
    return sorted(
        {
            inner.relative_to(folder).as_posix()
            for folder in conf_folders()
            for inner in folder.rglob("*")
            if inner.is_dir() and not inner.name.startswith("__")
        }
    )


def _place_of_choice(group: str, choice: str) -> str | None:
    """Return file and line of a defaults list that makes a choice."""
    return _first_line(rf"^\s*-.*\b{re.escape(group)}\b[^:]*:.*\b{re.escape(choice)}\b")


def _first_line(pattern: str) -> str | None:
    """Return file and line of the first user's or shipped line in which a pattern is found."""
    for folder in conf_folders():
        for file in sorted(folder.rglob("*.yaml")):
            if not file.is_file():
                continue
            lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
            for number, line in enumerate(lines, 1):
                if re.search(pattern, line):
                    return f"{display(file)}:{number}"
    return None


def _place(config_path: str | None, word: str) -> str | None:
    """Return file and line in which a user's or shipped config names something."""
    for folder in conf_folders():
        file = folder / f"{config_path}.yaml"
        if config_path and file.is_file():
            lines = file.read_text(encoding="utf-8").splitlines()
            found = (
                n for n, line in enumerate(lines, 1) if re.search(rf"\b{re.escape(word)}\b", line)
            )
            return f"{display(file)}:{next(found, 1) if word else 1}"
    return None
