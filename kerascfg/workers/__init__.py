"""Processes of another backend that train in place of this one (`strategy.workers`).

The front hall goes on as a TensorFlow process: it reads data, preprocesses, builds, evaluates,
saves and exports. Its workers do nothing but `fit`: they get the model as a file and the batches,
ready to be learnt from, through a connection, and give the learnt variables back as a file.
"""

from kerascfg.workers.front import fit_in_workers

__all__ = ["fit_in_workers"]
