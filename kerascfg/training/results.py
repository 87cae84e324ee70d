"""What is kept of a trained model: its metrics, what it confuses, samples to verify it with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kerascfg.classes import class_places
from kerascfg.texts import stored
from kerascfg.training.feeding import feeder, output_names, take_inputs
from kerascfg.training.objectives import objectives_of

if TYPE_CHECKING:
    import numpy as np

SAMPLES = 256
CALIBRATION_SAMPLES = 512
_SAMPLE_BYTES = 32 * 2**20


def evaluate(model: Any, data: Any, split: str, config: Mapping[str, Any]) -> dict[str, float]:
    """Return loss and metrics of a compiled model over one split, exact over its samples."""
    batches, steps = data.evaluation_batches(split)
    feed = feeder(model, tuple(data.targets), config)
    logs = model.evaluate(batches.map(feed), steps=steps, return_dict=True, verbose=0)
    return {name: float(value) for name, value in logs.items()}


def predict(model: Any, data: Any, split: str) -> Any:
    """Return the output, or the outputs by name, for every sample of a split, in its order."""
    batches, steps = data.evaluation_batches(split)
    taken = batches.map(lambda features, *_: (take_inputs(model, features),))
    made, rows = model.predict(taken, steps=steps, verbose=0), data.sizes[split]
    if isinstance(made, Mapping):
        return {name: output[:rows] for name, output in made.items()}
    return made[:rows]


def compile_for_evaluation(model: Any, config: Mapping[str, Any], facts: Mapping[str, Any]) -> None:
    """Give a loaded model its loss and metrics."""
    model.compile(
        optimizer="sgd",
        **objectives_of(config, facts, output_names(model)),
    )


def confusion_matrices(model: Any, data: Any, split: str) -> dict[str, tuple[Any, tuple[str, ...]]]:
    """Count what a classifier takes for what.

    Returns:
        For each target whose rows have one class, and whose output gives one value a class (or one
        probability, of two): counts `(classes, classes)`, a row for each true class, and the
        classes' names. None of an empty split.
    """
    import numpy as np

    if not data.sizes.get(split):
        return {}
    answers = {name: data.answers(split, name) for name in data.class_names}
    true = {name: places for name in answers if (places := class_places(answers[name])) is not None}
    if not true:
        return {}
    predicted = predict(model, data, split)
    counted = {}
    for target, places in true.items():
        names = data.class_names[target]
        output = predicted.get(target) if isinstance(predicted, Mapping) else predicted
        chosen = None if output is None else _choices(output, len(names))
        if chosen is not None:
            matrix = np.zeros((len(names), len(names)), dtype=int)
            np.add.at(matrix, (places.astype(int), chosen), 1)
            counted[target] = matrix, names
    return counted


def _choices(output: np.ndarray, classes: int) -> np.ndarray | None:
    """Return the class that each row of an output chooses, None where it does not choose one."""
    if output.ndim == 2 and output.shape[1] == classes:
        return output.argmax(axis=1)
    is_probability = output.size == len(output) and output.min() >= 0 and output.max() <= 1
    return (output.reshape(-1) > 0.5).astype(int) if is_probability and classes == 2 else None


def representative_samples(data: Any) -> dict[str, Any]:
    """Return real samples, of the test split where there is one, by `x/FEATURE` and `y/TARGET`.

    The features are raw, as the served model takes them; the targets are what was learnt. At most
    `SAMPLES` of them, and fewer of large ones: with them a run can be exported and verified
    without its data set.
    """
    split = next(s for s in ("test", "validation", "train") if data.sizes.get(s))
    limit = _affordable(data, split, SAMPLES)
    features, _ = data.raw_arrays(split, limit=limit)
    _, targets = data.arrays(split, limit=limit)
    return _by_kind(features, targets)


def calibration_samples(data: Any) -> dict[str, Any]:
    """Return samples of the training split, named as in `representative_samples`.

    With them a quantised artefact is calibrated, and its loss of accuracy held down, without a look
    at the samples that it is judged on. At most `CALIBRATION_SAMPLES`, drawn with the run's seed
    and kept in the split's order; fewer of large ones.
    """
    import numpy as np

    limit = _affordable(data, "train", CALIBRATION_SAMPLES)
    drawn = np.random.default_rng(data.seed).permutation(data.sizes["train"])[:limit]
    rows = np.sort(drawn)
    features, _ = data.samples("train", rows, raw=True)
    _, targets = data.samples("train", rows)
    return _by_kind(features, targets)


def _affordable(data: Any, split: str, most: int) -> int:
    """Return how many samples of a split are kept, by the size of its first."""
    one, _ = data.raw_arrays(split, limit=1)
    size = max(1, sum(array.nbytes for array in one.values()))
    return max(1, min(most, _SAMPLE_BYTES // size))


def _by_kind(features: Mapping[str, Any], targets: Mapping[str, Any]) -> dict[str, Any]:
    return {f"x/{name}": stored(array) for name, array in features.items()} | {
        f"y/{name}": array for name, array in targets.items()
    }
