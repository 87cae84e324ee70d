"""Make the learning rate of an optimizer smaller, be it a number or a schedule."""

from __future__ import annotations

from typing import Any


def scale_rate(optimizer: Any, factor: float) -> None:
    """Multiply the rate that an optimizer keeps as a variable; a schedule is left as it is."""
    import keras

    if factor == 1:
        return
    for each in _with_rate(optimizer):
        if not _has_schedule(each):
            rate: Any = keras.ops.convert_to_numpy(each.learning_rate)
            each.learning_rate = float(rate) * factor


def scale_schedule(model: Any, factor: float) -> None:
    """Multiply all rates of a compiled model's schedule, before its first step."""
    if factor == 1:
        return
    model.optimizer.build(model.trainable_variables)  # several know their parts only then
    for each in _with_rate(model.optimizer):
        if _has_schedule(each):
            each.learning_rate = _scaled(each._learning_rate, factor)


def _with_rate(optimizer: Any) -> list[Any]:
    """Return the optimizers within one that have a rate of their own."""
    if hasattr(optimizer, "optimizers"):
        return [inner for each in optimizer.optimizers for inner in _with_rate(each)]
    if hasattr(optimizer, "inner_optimizer"):
        return _with_rate(optimizer.inner_optimizer)
    return [optimizer]


def _has_schedule(optimizer: Any) -> bool:
    import keras

    return isinstance(optimizer._learning_rate, keras.optimizers.schedules.LearningRateSchedule)


def _scaled(schedule: Any, factor: float) -> Any:
    import keras

    class Scaled(keras.optimizers.schedules.LearningRateSchedule):
        """A schedule's rates, each multiplied."""

        def __call__(self, step: Any) -> Any:
            return schedule(step) * factor

        def get_config(self) -> dict[str, Any]:
            return {"schedule": keras.saving.serialize_keras_object(schedule), "factor": factor}

    return Scaled()
