"""Training: stages, loss and metrics, callbacks and trackers, progress, results."""

from kerascfg.training.batch_size import largest_batch
from kerascfg.training.check_heads import check_heads
from kerascfg.training.check_monitors import check_monitors, logged_names
from kerascfg.training.check_rollback import check_rollback
from kerascfg.training.checkpoints import (
    Keeper,
    Position,
    Training,
    open_keeper,
    read_checkpoint,
)
from kerascfg.training.choices import read_choice, write_choice
from kerascfg.training.fit import Fitted, check_callbacks, fit
from kerascfg.training.freeze import check_globs
from kerascfg.training.memory import explain_memory
from kerascfg.training.objectives import check_loss_weights, check_objectives
from kerascfg.training.results import (
    calibration_samples,
    compile_for_evaluation,
    confusion_matrices,
    evaluate,
    predict,
    representative_samples,
)
from kerascfg.training.settings import (
    Stage,
    check_one_device,
    needs_one_device,
    plan_stages,
    read_train,
)
from kerascfg.training.trying import step_fits

__all__ = [
    "Fitted",
    "Keeper",
    "Position",
    "Stage",
    "Training",
    "calibration_samples",
    "check_callbacks",
    "check_globs",
    "check_heads",
    "check_loss_weights",
    "check_monitors",
    "check_objectives",
    "check_one_device",
    "check_rollback",
    "compile_for_evaluation",
    "confusion_matrices",
    "evaluate",
    "explain_memory",
    "fit",
    "largest_batch",
    "logged_names",
    "needs_one_device",
    "open_keeper",
    "plan_stages",
    "predict",
    "read_checkpoint",
    "read_choice",
    "read_train",
    "representative_samples",
    "step_fits",
    "write_choice",
]
