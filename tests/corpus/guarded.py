"""Run `kerascfg check --json` with little memory, and tell of everything it does to the outside.

What a check may never do is raised from an audit hook: start a process, connect, write a file.
Lines `DID ...` on standard error say what was tried and which modules were imported.
"""

from __future__ import annotations

import os
import resource
import sys

GIGABYTE = 2**30
FORBIDDEN = (
    *("os.system", "os.exec", "os.fork", "os.posix_spawn", "subprocess.Popen", "socket.connect"),
    *("os.remove", "os.rename", "os.rmdir", "os.mkdir", "shutil.rmtree", "urllib.Request"),
    "pickle.find_class",
)
ALLOWED = (
    *("kerascfg", "hydra", "hydra_plugins", "omegaconf", "antlr4", "yaml", "_yaml", "packaging"),
    *("importlib_resources", "_distutils_hack", "rich", "pygments", "attr", "cython_runtime"),
)


def watch(event: str, details: tuple) -> None:
    if event in FORBIDDEN:
        print(f"DID {event} {details!r}", file=sys.stderr)
        raise PermissionError(event)
    writes = os.O_WRONLY | os.O_RDWR | os.O_CREAT
    if event == "open" and isinstance(details[2], int) and details[2] & writes:
        print(f"DID open {details!r}", file=sys.stderr)
        raise PermissionError(event)


def main() -> int:
    resource.setrlimit(resource.RLIMIT_AS, (GIGABYTE, GIGABYTE))
    resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
    sys.dont_write_bytecode = True
    sys.addaudithook(watch)
    from kerascfg.cli import main

    status = main(["check", "--json", *sys.argv[1:]])
    for name in sorted({module.split(".")[0] for module in sys.modules}):
        if name.startswith("_cython"):
            continue
        if name not in sys.stdlib_module_names and name not in (*ALLOWED, "__main__"):
            print(f"DID import {name}", file=sys.stderr)
    return status


if __name__ == "__main__":
    raise SystemExit(main())
