"""Training: stages, loss and metrics, callbacks and trackers, progress."""

from kerascfg.training.fit import (
    Fitted,
    check_callbacks,
    compile_for_evaluation,
    evaluate,
    fit,
    predict,
)
from kerascfg.training.objectives import check_objectives
from kerascfg.training.settings import Stage, plan_stages

__all__ = [
    "Fitted",
    "Stage",
    "check_callbacks",
    "check_objectives",
    "compile_for_evaluation",
    "evaluate",
    "fit",
    "plan_stages",
    "predict",
]
