"""`-o FILE` of the commands that write a text: to a new file, or to standard output."""

from __future__ import annotations

from pathlib import Path

_OUTPUT = ("-o", "--output")


def read_output_flag(
    argv: list[str], flags: tuple[str, ...] = _OUTPUT
) -> tuple[list[str], Path | None]:
    """Split the arguments into those of the command, and the file to write.

    Args:
        argv: arguments of the command line.
        flags: the flags behind which the file stands.

    Raises:
        ConfigError: a flag without a file, or a file that is there already.
    """
    from kerascfg.errors import COMMAND_LINE, ConfigError, Problem, display

    rest, file = [], None
    arguments = iter(argv)
    for argument in arguments:
        if argument not in flags:
            rest.append(argument)
            continue
        name = next(arguments, None)
        if name is None:
            message = "expected a file behind it"
            raise ConfigError(
                Problem(argument, message, fix=f"{argument} FILE", place=COMMAND_LINE)
            )
        file = Path(name).expanduser()
        if file.exists():
            message = f"expected a new file. Received: {display(file)}, which is there already"
            hint = "name another, or delete it first"
            raise ConfigError(Problem(argument, message, hint=hint, place=COMMAND_LINE))
    return rest, file


def write_output(text: str, file: Path | None, flag: str = _OUTPUT[0]) -> None:
    """Print a text, or write it to a file and its folder, whole or not at all.

    Args:
        text: what to write.
        file: the file, or None to print.
        flag: the flag that named the file.

    Raises:
        ConfigError: the file cannot be written.
    """
    from kerascfg.errors import COMMAND_LINE, ConfigError, Problem, display
    from kerascfg.runs import write_text

    if file is None:
        print(text, end="")
        return
    try:
        write_text(file, text)
    except OSError as error:
        reason = error.strerror or str(error)
        message = f"expected a file that can be written. Received: {display(file)} ({reason})"
        raise ConfigError(Problem(flag, message, place=COMMAND_LINE)) from error
    print(f"written to {display(file)}")
