"""Objectives: what is tuned, and how whatever they return becomes a measurement."""

from autotune.objective.choice import as_objective, runs_folds
from autotune.objective.command import CommandObjective
from autotune.objective.coroutine import CoroutineObjective
from autotune.objective.function import Function, FunctionObjective
from autotune.objective.measurement import failed, measured
from autotune.objective.protocol import (
    Finishing,
    FitsSpace,
    KeepsTime,
    KnowsRepeats,
    Objective,
    Placement,
    check_space,
    finish,
    finish_all,
    placement,
    separate_folds,
)
from autotune.objective.stepwise import StepwiseObjective
from autotune.study import Measurement
from autotune.study.measurement import joined, raised

__all__ = [
    "CommandObjective",
    "CoroutineObjective",
    "Finishing",
    "FitsSpace",
    "Function",
    "FunctionObjective",
    "KeepsTime",
    "KnowsRepeats",
    "Measurement",
    "Objective",
    "Placement",
    "StepwiseObjective",
    "as_objective",
    "check_space",
    "failed",
    "finish",
    "finish_all",
    "joined",
    "measured",
    "placement",
    "raised",
    "runs_folds",
    "separate_folds",
]
