"""`python -m kerascfg` is the `kerascfg` command."""

from kerascfg.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
