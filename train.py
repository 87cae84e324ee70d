"""Compose, check, train, evaluate, export and report: `python train.py optimizer=sgd`."""

from kerascfg.cli.train import main

if __name__ == "__main__":
    raise SystemExit(main())
