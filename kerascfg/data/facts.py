"""Do expressions ask for features and targets that the data has? `$data.features.NAME.shape`."""

from __future__ import annotations

from typing import Any

from kerascfg.errors import Problem, did_you_mean, override
from kerascfg.naming import expressions_in, names_asked


def check_facts(
    config: Any, features: tuple[str, ...], targets: tuple[str, ...], path: str = ""
) -> list[Problem]:
    """Return the expressions that ask for a feature or target that the data lacks.

    Args:
        config: the config, or a part of it.
        features: names of the data's features.
        targets: names of its targets.
        path: where the part stands in the config.
    """
    known = {"features": features, "targets": targets}
    problems = []
    for at, expression in expressions_in(config, path):
        for name in names_asked(expression):
            group, _, asked = name.removeprefix("data.").partition(".")
            there = known.get(group, ()) if name.startswith("data.") and asked else ()
            if not there or any(f"{asked}.".startswith(f"{known_name}.") for known_name in there):
                continue
            said = asked.split(".")[0]
            meant = did_you_mean(said, there)
            right = expression.replace(f"data.{group}.{said}", f"data.{group}.{meant}")
            problems.append(
                Problem(
                    at,
                    f"expected one of the data's {group} ({', '.join(there)}). Received: {said}",
                    hint=f"did you mean `{meant}`?" if meant else None,
                    fix=override(at, right) if meant else None,
                )
            )
    return problems
