"""Say again, in our form, what Hydra and OmegaConf refuse."""

from __future__ import annotations

import re

from hydra.errors import MissingConfigException
from omegaconf.errors import OmegaConfBaseException

from kerascfg.config.folders import conf_folders
from kerascfg.errors import COMMAND_LINE, Problem, did_you_mean, display


def say_again(error: Exception) -> Problem:
    """Return the problem that an exception of Hydra or OmegaConf stands for."""
    text = _text(error)
    inside = re.match(r"In '?(\S+?)'?: ", text)
    parent = inside[1] if inside else None
    if isinstance(error, MissingConfigException) and error.missing_cfg_file:
        return _missing(error, parent)
    if match := re.search(r"Could not override '([^']+)'", text):
        if "No match in the defaults list" in text:
            return _not_in_defaults(match[1], parent)
        message = f"expected a key that Hydra knows. Received: {match[1]}"
        return Problem(match[1], message, place=COMMAND_LINE)
    if match := re.search(r"You must specify '([^']+)'", text):
        return Problem(match[1], "required, but no file is chosen", fix=f"{match[1]}=...")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    said = "; ".join(line for line in lines[:2] if not line.startswith(("full_key", "object_type")))
    key = getattr(error.__cause__ or error, "full_key", None) or parent or "config"
    return Problem(str(key), said or type(error).__name__, place=_place(parent, ""))


def _text(error: Exception) -> str:
    cause = error.__cause__ if isinstance(error.__cause__, OmegaConfBaseException) else None
    return str(cause or "") or str(error)


def _missing(error: MissingConfigException, parent: str | None) -> Problem:
    group, _, choice = (error.missing_cfg_file or "").rpartition("/")
    options = list(error.options or ())
    meant = did_you_mean(choice, options)
    expected = f"one of {', '.join(options)}" if options else "a file in a folder conf/"
    return Problem(
        group or choice,
        f"expected {expected}. Received: {choice}",
        hint=f"did you mean `{meant}`?" if meant else None,
        fix=f"{group}={meant}" if meant and not parent else None,
        place=_place(parent, choice),
    )


def _not_in_defaults(group: str, parent: str | None) -> Problem:
    return Problem(
        group,
        "expected a group of the defaults list. "
        f"Received: {group}, which {'no file above it' if parent else 'config.yaml'} lists",
        hint=f"add `- {group}: null` to the defaults of conf/config.yaml",
        place=_place(parent, group.split("/")[-1]) if parent else COMMAND_LINE,
    )


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
