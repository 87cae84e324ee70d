"""What is kept of a trained model: its metrics, what it confuses, samples to verify it with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerascfg.texts import stored
from kerascfg.training.feeding import feeder, output_names, take_inputs
from kerascfg.training.objectives import objectives_of

SAMPLES = 256
_SAMPLE_BYTES = 32 * 2**20


def evaluate(model: Any, data: Any, split: str, config: Mapping[str, Any]) -> dict[str, float]:
    """Return loss and metrics of a compiled model over one split, exact over its samples."""
    batches, steps = data.evaluation_batches(split)
    feed = feeder(model, tuple(data.targets), config)
    logs = model.evaluate(batches.map(feed), steps=steps, return_dict=True, verbose=0)
    return {name: float(value) for name, value in logs.items()}


def predict(model: Any, data: Any, split: str) -> Any:
    """Return the outputs of a model with one output for every sample of a split, in its order."""
    batches, steps = data.evaluation_batches(split)
    taken = batches.map(lambda features, *_: (take_inputs(model, features),))
    return model.predict(taken, steps=steps, verbose=0)[: data.sizes[split]]


def compile_for_evaluation(model: Any, config: Mapping[str, Any], facts: Mapping[str, Any]) -> None:
    """Give a loaded model its loss and metrics."""
    model.compile(
        optimizer="sgd",
        **objectives_of(config, facts, output_names(model)),
    )


def confusion_matrix(model: Any, data: Any, split: str) -> tuple[Any, tuple[str, ...]] | None:
    """Count what a classifier takes for what.

    Returns:
        Counts `(classes, classes)`, a row for each true class, and the classes' names; None where
        the data has not exactly one target with classes.
    """
    import numpy as np

    if len(data.class_names) != 1 or len(data.targets) != 1:
        return None
    ((target, names),) = data.class_names.items()
    outputs = predict(model, data, split)
    answers = np.asarray(data.answers(split, target)).reshape(-1).astype(int)
    choices = outputs.argmax(-1) if outputs.shape[-1] > 1 else outputs.reshape(-1) > 0.5
    matrix = np.zeros((len(names), len(names)), dtype=int)
    np.add.at(matrix, (answers, choices.astype(int)), 1)
    return matrix, names


def representative_samples(data: Any) -> dict[str, Any]:
    """Return real samples, of the test split where there is one, by `x/FEATURE` and `y/TARGET`.

    The features are raw, as the served model takes them; the targets are what was learnt. At most
    `SAMPLES` of them, and fewer of large ones: with them a run can be exported and verified
    without its data set.
    """
    split = next(s for s in ("test", "validation", "train") if data.sizes.get(s))
    one, _ = data.raw_arrays(split, limit=1)
    size = max(1, sum(array.nbytes for array in one.values()))
    limit = max(1, min(SAMPLES, _SAMPLE_BYTES // size))
    features, _ = data.raw_arrays(split, limit=limit)
    _, targets = data.arrays(split, limit=limit)
    return {f"x/{name}": stored(array) for name, array in features.items()} | {
        f"y/{name}": array for name, array in targets.items()
    }
