"""The move of the 2018 prototype: change a fixed number of parameters."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import field, frozen

from autotune.space import Row, Sequence
from autotune.strategy import Candidates, Composed, MoveQuery, ScheduleQuery
from autotune.strategy.candidates import draw_steps, row_of
from autotune.strategy.validators import count, part
from autotune_strategies.moves.scales import scales_of_parameter
from autotune_strategies.moves.searchable import searchable
from autotune_strategies.moves.step import Step
from autotune_strategies.steps.multiply_add import MultiplyAdd

__all__ = ["ChangeParameters"]


@frozen
class ChangeParameters(Composed[MoveQuery, Candidates]):
    """Change one parameter, or several, drawn evenly and without replacement.

    Of a list or tuple one random element changes, or the sequence grows by one element equal to
    its smallest: with *n* elements each of the *n* + 1 deeds is as likely. Where no parameter can
    change the candidates stay where they are.

    Parameters
    ----------
    number : int
        How many parameters change; all, if there are fewer.
    step : Step
        How a value changes.
    extend : bool
        Whether sequences may grow.

    Examples
    --------
    >>> ChangeParameters(number=2).number
    2

    References
    ----------
    ``pick_parameter_step`` of the AutoTune prototype (2018).
    """

    number: int = field(default=1, validator=count)
    step: Step = field(default=MultiplyAdd(), validator=part)
    extend: bool = True

    def read(self, state: tuple[Any, ...], query: MoveQuery) -> Candidates:
        """Return ``query.count`` candidate steps."""
        space = query.study.known_space
        scales = self.read_part(state, "step", ScheduleQuery(query.study, query.key.child("step")))
        scales_of = {name: scales_of_parameter(scales, i) for i, name in enumerate(space)}
        names = searchable(space, row_of(query.study, query.parent))
        size = min(self.number, len(names))

        def propose(rng: np.random.Generator, base: Row) -> tuple[Row, tuple[str, ...]]:
            picked = tuple(names[i] for i in rng.permutation(len(names))[:size])
            row = dict(base)
            for name in space:
                if name in picked:
                    row[name] = self._change(
                        rng, space[name], base[name], scales_of[name], alone=size == 1
                    )
            return row, picked

        return draw_steps(query, propose)

    def _change(
        self,
        rng: np.random.Generator,
        dimension: Any,
        value: Any,
        scales: tuple[float, ...],
        *,
        alone: bool,
    ) -> Any:
        if not isinstance(dimension, Sequence):
            return self.step.step(rng, dimension, value, scales, alone=alone)
        may_grow = self.extend and (
            dimension.max_length is None or len(value) < dimension.max_length
        )
        deeds = len(value) + int(may_grow)
        if deeds == 0:
            return value
        i = int(rng.integers(deeds))
        if i == len(value):
            return dimension.grown(value)
        row = value.copy()
        row[i] = self.step.step(rng, dimension.of, float(row[i]), scales, alone=alone)
        return row
