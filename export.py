"""Deliver from a finished run: `python export.py run=DIR export=[saved_model,litert]`."""

from kerascfg.cli.export import main

if __name__ == "__main__":
    raise SystemExit(main())
