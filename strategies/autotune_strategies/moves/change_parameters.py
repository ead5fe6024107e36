"""The move of the 2018 prototype: change a fixed number of parameters."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import field, frozen

from autotune.component import Composed, Draws, MoveQuery, ScheduleQuery
from autotune.dimensions import Constant, Sequence
from autotune.space import pad_rows
from autotune.validators import count, part
from autotune_strategies.steps.multiply_add import MultiplyAdd

__all__ = ["ChangeParameters"]


@frozen
class ChangeParameters(Composed[MoveQuery, Draws]):
    """Change one parameter, or several, drawn evenly and without replacement.

    Of a list or tuple one random element changes, or the sequence grows by one element equal to
    its smallest: with *n* elements each of the *n* + 1 deeds is as likely.

    Parameters
    ----------
    number : int
        How many parameters change; all, if there are fewer.
    step : MultiplyAdd
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
    step: MultiplyAdd = field(default=MultiplyAdd(), validator=part)
    extend: bool = True

    def read(self, state: tuple[Any, ...], query: MoveQuery) -> Draws:
        """Return ``query.count`` candidate steps."""
        study = query.study
        space = study.known_space
        scales = self.read_part(state, "step", ScheduleQuery(study, query.key.child("step")))
        names = [name for name in space if not isinstance(space[name], Constant)]
        base = {name: study.proposals[f"param_{name}"][query.parent - 1] for name in space}
        rows: dict[str, list[Any]] = {name: [] for name in space}
        moved: list[tuple[str, ...]] = []
        rng = query.key.generator()
        for _ in range(query.count):
            size = min(self.number, len(names))
            changed = [names[i] for i in rng.permutation(len(names))[:size]]
            for name in space:
                value = base[name]
                if name in changed:
                    value = self._change(rng, space[name], value, scales, alone=size == 1)
                rows[name].append(value)
            moved.append(tuple(changed))
        coordinates = {
            name: pad_rows([row[~np.isnan(row)] for row in column])
            if isinstance(space[name], Sequence)
            else np.array(column, dtype=np.float64)
            for name, column in rows.items()
        }
        return Draws(coordinates, tuple(moved))

    def _change(
        self,
        rng: np.random.Generator,
        dimension: Any,
        value: Any,
        scales: tuple[float, float],
        *,
        alone: bool,
    ) -> Any:
        if not isinstance(dimension, Sequence):
            return self.step.step(rng, dimension, float(value), scales, alone=alone)
        row = value[~np.isnan(value)]
        may_grow = self.extend and (dimension.max_length is None or len(row) < dimension.max_length)
        deeds = len(row) + int(may_grow)
        if deeds == 0:
            return row
        i = int(rng.integers(deeds))
        if i == len(row):
            return dimension.grown(row)
        row = row.copy()
        row[i] = self.step.step(rng, dimension.of, float(row[i]), scales, alone=alone)
        return row
