"""Stop when every configuration has been tried."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from attrs import field, frozen

from autotune.errors import ComponentError
from autotune.space import Space
from autotune.space.cardinality import dimension_size
from autotune.space.columns import fingerprints
from autotune.strategy import StopQuery
from autotune.strategy.component import OMITTED_AT_DEFAULT
from autotune.strategy.validators import switch
from autotune.study import Study
from autotune.study.repeats import evaluations_of, is_noisy
from autotune_strategies.termination.rule import Rule

__all__ = ["SpaceExhausted"]


@frozen
class SpaceExhausted(Rule):
    """Stop when every configuration of a finite space has been proposed at least once.

    A space with a ``Float`` or a missing bound is never exhausted, nor one whose configurations
    can't be counted: see ``Space.n_configurations``. Not monotone: the space may be extended.

    A study of a space that can be counted gets this rule, unless the strategy has one of its own.

    Parameters
    ----------
    combinations : int, optional
        Spaces with conditions or constraints count as never exhausted if there are more
        combinations of values, allowed or not; None for no such limit.
    unless_noisy : bool
        Whether to go on unless scores are known to be certain
        (``autotune.study.repeats.is_noisy``). For strategies that measure again on purpose, which
        is what is left then, up to ``StudyStarted.n_repeats`` times.

    Examples
    --------
    >>> print(SpaceExhausted())
    Stop when every configuration has been tried.
    """

    combinations: int | None = field(default=10_000, metadata=OMITTED_AT_DEFAULT)
    unless_noisy: bool = field(
        default=False, validator=switch, metadata=OMITTED_AT_DEFAULT, kw_only=True
    )

    @combinations.validator
    def _check_combinations(self, attribute: Any, value: object) -> None:  # noqa: ARG002
        if value is not None and (
            isinstance(value, bool) or not isinstance(value, int) or value < 1
        ):
            raise ComponentError(
                f"SpaceExhausted.combinations = {value!r} must be a whole number >= 1, or None"
            )

    def clause(self) -> str:
        """Return the condition in words."""
        certain = ", and scores are certain" if self.unless_noisy else ""
        return f"every configuration has been tried{certain}"

    def read(self, state: tuple[Any, ...], query: StopQuery) -> str | None:  # noqa: ARG002
        """Return the reason to stop, or None."""
        study = query.study
        space = study.known_space
        if self._too_many(space):
            return None
        most = space.n_configurations
        if most is None or study.n_trials < most:
            return None
        rows = fingerprints(space, study.coordinates)
        first = {row: i for i, row in reversed(list(enumerate(rows)))}
        if len(first) < most or not _all_allowed(space, study, list(first.values()), most):
            return None
        if self.unless_noisy and is_noisy(study) is not False:
            n_repeats = study.begun.n_repeats
            if n_repeats is None or not _measured(study, n_repeats):
                return None
        return f"all {most} configurations have been tried"

    def _too_many(self, space: Space) -> bool:
        if self.combinations is None or not (space.conditional or space.constraints):
            return False
        sizes = [dimension_size(dimension) for _, dimension in space.parameters]
        return any(n is None for n in sizes) or math.prod(n or 0 for n in sizes) > self.combinations


def _measured(study: Study, n_repeats: int) -> bool:
    """Tell whether every configuration that has not failed was measured so many times."""
    first = evaluations_of(study)
    own = np.array([study.origin(i + 1) != "prior" for i in range(study.n_trials)])
    counts = np.bincount(first[own], minlength=study.n_trials + 1)
    return bool(np.all(counts[first[study.outcomes().usable]] >= n_repeats))


def _all_allowed(space: Space, study: Study, rows: list[int], most: int) -> bool:
    """Tell whether so many of the configurations that were tried are allowed by the space."""
    if not space.constraints:
        return True
    tried = {name: column[rows] for name, column in study.coordinates.items()}
    return int(space.allowed(tried).sum()) >= most
