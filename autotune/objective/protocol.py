"""The protocol of objectives: what the shell asks of them, and what they may tell besides."""

from __future__ import annotations

from typing import Any, Literal, Protocol, TypeAlias, runtime_checkable

from autotune.space import Space
from autotune.study import Measurement

__all__ = [
    "Finishing",
    "FitsSpace",
    "KeepsTime",
    "KnowsRepeats",
    "Objective",
    "Placement",
    "check_space",
    "finish",
    "finish_all",
    "placement",
    "separate_folds",
]

Placement: TypeAlias = Literal["serial", "threads", "anywhere"]


@runtime_checkable
class Objective(Protocol):
    """Something that can be evaluated fold by fold."""

    @property
    def n_folds(self) -> int:
        """Number of folds."""
        ...

    def evaluate(self, configuration: dict[str, Any], folds: tuple[int, ...]) -> Measurement:
        """Evaluate a configuration on some folds; a failure is returned, not raised."""
        ...


@runtime_checkable
class Finishing(Protocol):
    """An objective that keeps something of a trial until it is judged, such as a generator."""

    def finish(self, configuration: dict[str, Any]) -> None:
        """Let go of what was kept for a configuration: it has its verdict."""
        ...

    def finish_all(self) -> None:
        """Let go of everything: the run is over, however it ended. Another may follow."""
        ...


@runtime_checkable
class FitsSpace(Protocol):
    """An objective that knows which parameters it has, such as a command."""

    def check_space(self, space: Space) -> None:
        """Raise an EvaluationError if its parameters are not those of a space."""
        ...


@runtime_checkable
class KeepsTime(Protocol):
    """An objective that ends its own evaluations, as one that waits for something else can."""

    def with_timeout(self, seconds: float) -> Objective:
        """Return the objective with a time-out of an evaluation."""
        ...


@runtime_checkable
class KnowsRepeats(Protocol):
    """An objective that knows other folds, or other seeds, for what is evaluated again."""

    def evaluate_repeat(
        self, configuration: dict[str, Any], folds: tuple[int, ...], repeat: int
    ) -> Measurement:
        """Evaluate as ``evaluate`` does, for which ``repeat`` is 0, on other folds for each.

        A configuration's trials have the repeats 0, 1, 2 and so on, up to what the study's
        ``n_repeats`` allows.
        """
        ...


def check_space(objective: Objective, space: Space) -> None:
    """Check that a space is one that the objective can be tuned in, if it knows.

    Parameters
    ----------
    objective : Objective
        What is tuned.
    space : Space
        What it is to be tuned in.

    Raises
    ------
    AutotuneError
        If the objective says that it can't be.
    """
    if isinstance(objective, FitsSpace):
        objective.check_space(space)


def finish(objective: Objective, configuration: dict[str, Any]) -> None:
    """Tell an objective that a trial has its verdict, if it wants to know.

    Parameters
    ----------
    objective : Objective
        What is tuned.
    configuration : dict
        The trial's.
    """
    if isinstance(objective, Finishing):
        objective.finish(configuration)


def finish_all(objective: Objective) -> None:
    """Tell an objective that the run is over, if it wants to know.

    Parameters
    ----------
    objective : Objective
        What is tuned.
    """
    if isinstance(objective, Finishing):
        objective.finish_all()


def placement(objective: Objective) -> Placement:
    """Tell where an objective can be evaluated, by its attribute ``placement`` if it has one.

    Parameters
    ----------
    objective : Objective
        What is tuned.

    Returns
    -------
    {"serial", "threads", "anywhere"}
        Only in threads of the calling process; best there, since it waits for others, though it
        can travel; or anywhere.
    """
    said: Placement = getattr(objective, "placement", "anywhere")
    return said


def separate_folds(objective: Objective) -> bool:
    """Tell whether folds of one trial can be evaluated by themselves, and at the same time.

    An objective says so by an attribute ``separate_folds``; without one it is taken to.

    Parameters
    ----------
    objective : Objective
        What is tuned.
    """
    return bool(getattr(objective, "separate_folds", True))
