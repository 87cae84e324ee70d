"""`train.py --help`: the groups, their choices and the everyday examples, read from the files."""

from __future__ import annotations

_EXAMPLES = """\
Examples
  python train.py                                            the default experiment
  python train.py optimizer=sgd optimizer.learning_rate=0.05 another optimizer, its rate
  python train.py model.layers.conv1.filters=16              any argument of any layer
  python train.py data=csv data.source.path=FILE data.target=COLUMN model=tabular
  python train.py -m optimizer=adam,sgd                      a sweep, with a table at the end
  python train.py run=runs/NAME/TIME                         go on with a run that was stopped
  python train.py export=[saved_model]                       what to deliver; [] for nothing

Flags
  --explain      every value, and the file or override it comes from
  --cfg job      the composed config
  -m             sweep over values separated by commas
  --hydra-help   Hydra's own help
"""


def print_help() -> None:
    """Print the help; nothing of Hydra is imported for it."""
    from kerascfg.config.folders import conf_folders

    print("Train, evaluate, export and report what a config describes.\n")
    print("Usage: python train.py [GROUP=CHOICE] [KEY=VALUE] [-m]\n")
    print("Groups")
    choices: dict[str, set[str]] = {}
    for folder in conf_folders():
        for file in sorted(folder.rglob("*.yaml")):
            group = file.parent.relative_to(folder).as_posix()
            if group != ".":
                choices.setdefault(group, set()).add(file.stem)
    for group in sorted(choices):
        print(f"  {group:<20} {_listed(sorted(choices[group]))}")
    print(f"\n{_EXAMPLES}")


def _listed(names: list[str]) -> str:
    shown = names if len(names) <= 14 else [*names[:13], f"... ({len(names)} in all)"]
    return ", ".join(shown)
