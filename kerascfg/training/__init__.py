"""Training: stages, loss and metrics, callbacks and trackers, progress, results."""

from kerascfg.training.fit import Fitted, check_callbacks, fit
from kerascfg.training.objectives import check_loss_weights, check_objectives
from kerascfg.training.results import (
    compile_for_evaluation,
    confusion_matrix,
    evaluate,
    predict,
    representative_samples,
)
from kerascfg.training.settings import Stage, plan_stages

__all__ = [
    "Fitted",
    "Stage",
    "check_callbacks",
    "check_loss_weights",
    "check_objectives",
    "compile_for_evaluation",
    "confusion_matrix",
    "evaluate",
    "fit",
    "plan_stages",
    "predict",
    "representative_samples",
]
