"""Moves that change one parameter or a few by a step."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.space import Row, Sequence
from autotune.strategy import Candidates, Composed, MoveQuery, ScheduleQuery
from autotune.strategy.candidates import draw_steps, row_of, unchanged
from autotune.strategy.validators import count, part
from autotune_strategies.moves.counts import Geometric, Number, NumberQuery
from autotune_strategies.moves.selection import Picker, PickQuery, Uniformly
from autotune_strategies.moves.sequences import SequenceChange, sequence_change
from autotune_strategies.moves.step import Step, scales_of_parameter, searchable
from autotune_strategies.steps import MultiplyAdd

__all__ = ["ChangeParameters", "ChangeSeveral"]


@frozen
class ChangeParameters(Composed[MoveQuery, Candidates]):
    """Change one parameter, or several, drawn evenly and without replacement.

    Of a list or tuple one random element changes, or the sequence grows by one element equal to
    its smallest: with *n* elements each of the *n* + 1 actions is as likely. Where no parameter can
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
        actions = len(value) + int(may_grow)
        if actions == 0:
            return value
        i = int(rng.integers(actions))
        if i == len(value):
            return dimension.grown(value)
        row = value.copy()
        row[i] = self.step.step(rng, dimension.of, float(row[i]), scales, alone=alone)
        return row


@frozen
class ChangeSeveral(Composed[MoveQuery, Candidates]):
    """Change some parameters: how many is drawn, and which, without replacement.

    Where no parameter can change the candidates stay where they are.

    Parameters
    ----------
    number : Number
        The chances of changing one, two or more parameters: ``FixedNumber``, ``Geometric`` or
        ``Scheduled``.
    pick : Picker
        The chance of each parameter to be the first drawn; of those left, the next is drawn with
        chances in the same proportion. ``Uniformly``, ``BySensitivity`` or ``ByPastSuccess``.
    step : Step
        How a value, or an element of a sequence, changes.
    sequences : SequenceChange
        How a sequence changes.

    Examples
    --------
    >>> from autotune_strategies.moves.selection import BySensitivity
    >>> ChangeSeveral(Geometric(1.5), BySensitivity(floor=0.3)).pick.floor
    0.3

    References
    ----------
    Efraimidis and Spirakis (2006), "Weighted random sampling with a reservoir", Information
    Processing Letters 97(5), pp. 181-185: how several are drawn without replacement.
    """

    number: Number = field(default=Geometric(), validator=part)
    pick: Picker = field(default=Uniformly(), validator=part)
    step: Step = field(default=MultiplyAdd(), validator=part)
    sequences: SequenceChange = field(default=SequenceChange(), validator=sequence_change)

    def read(self, state: tuple[Any, ...], query: MoveQuery) -> Candidates:
        """Return ``query.count`` candidate steps."""
        study, key = query.study, query.key
        space = study.known_space
        names = searchable(space, row_of(study, query.parent))
        if not names:
            return unchanged(query)
        asked = NumberQuery(study, key.child("number"), len(names))
        numbers = np.cumsum(self.read_part(state, "number", asked))
        chances = self.read_part(state, "pick", PickQuery(study, key.child("pick"), names))
        scales = self.read_part(state, "step", ScheduleQuery(study, key.child("step")))
        scales_of = {name: scales_of_parameter(scales, i) for i, name in enumerate(space)}

        def propose(rng: np.random.Generator, base: Row) -> tuple[Row, tuple[str, ...]]:
            # Rounding may leave the sum of the chances a little off 1.
            n = 1 + int(np.searchsorted(numbers[:-1], rng.random() * numbers[-1], side="right"))
            picked = tuple(names[i] for i in _drawn(rng, chances, n))
            row = dict(base)
            for name in picked:
                row[name] = self._changed(
                    rng, space[name], base[name], scales_of[name], alone=len(picked) == 1
                )
            return row, picked

        return draw_steps(query, propose)

    def _changed(
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
        return self.sequences.apply(
            rng,
            dimension,
            value,
            lambda x: self.step.step(rng, dimension.of, x, scales, alone=alone),
        )


def _drawn(rng: np.random.Generator, chances: NDArray[np.float64], n: int) -> list[int]:
    """Draw n places in proportion to their chances, one after another without replacement.

    Of independent exponential times with these rates the n first are such a sample; a place without
    a chance comes last.
    """
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        times = rng.standard_exponential(len(chances)) / chances
    return sorted(np.argsort(times, kind="stable")[:n].tolist())
