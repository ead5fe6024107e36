"""Moves that change one parameter or a few by a step."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.space import Coordinates, Sequence
from autotune.space.space import pad_rows
from autotune.strategy import Candidates, Composed, MoveQuery, ScheduleQuery
from autotune.strategy.candidates import draw_columns, draw_steps, row_columns, row_of, unchanged
from autotune.strategy.validators import count, part
from autotune_strategies.moves.counts import Geometric, Number, NumberQuery
from autotune_strategies.moves.one_by_one import propose_parameters, propose_several
from autotune_strategies.moves.selection import Picker, PickQuery, Uniformly
from autotune_strategies.moves.sequences import SequenceChange, sequence_change
from autotune_strategies.moves.step import Step, scales_of_parameter, searchable, stepped
from autotune_strategies.steps import MultiplyAdd

__all__ = ["ChangeParameters", "ChangeSeveral"]


Array: TypeAlias = NDArray[np.float64]
Mask: TypeAlias = NDArray[np.bool_]


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
        if query.one_by_one:
            return draw_steps(query, propose_parameters(self, space, names, scales_of))
        if not names:
            return unchanged(query)
        places = [space.names.index(name) for name in names]

        def propose(rng: np.random.Generator, n: int) -> tuple[Coordinates, Mask]:
            mask = rng.random((n, len(names))).argsort(axis=1).argsort(axis=1) < size
            moved = np.zeros((n, len(space)), dtype=np.bool_)
            moved[:, places] = mask
            columns = row_columns(query.study, query.parent, n)
            alone = np.full(n, size == 1)
            for name, place in zip(names, places, strict=True):
                rows, dimension = np.flatnonzero(moved[:, place]), space[name]
                change = self._extended if isinstance(dimension, Sequence) else self._stepped
                columns[name] = change(
                    rng, dimension, columns[name], rows, scales_of[name], alone[rows]
                )
            return columns, moved

        return draw_columns(query, propose)

    def _stepped(
        self,
        rng: np.random.Generator,
        dimension: Any,
        column: Array,
        rows: NDArray[np.int64],
        scales: tuple[float, ...],
        alone: Mask,
    ) -> Array:
        column[rows] = stepped(self.step, rng, dimension, column[rows], scales, alone)
        return column

    def _extended(
        self,
        rng: np.random.Generator,
        dimension: Any,
        column: Array,
        rows: NDArray[np.int64],
        scales: tuple[float, ...],
        alone: Mask,
    ) -> Array:
        """Change one element of each of some rows, all the same, or let it grow by one."""
        row = column[0][~np.isnan(column[0])]
        k = len(row)
        grows = self.extend and (dimension.max_length is None or k < dimension.max_length)
        if k + grows == 0 or len(rows) == 0:
            return column
        wide = np.full((len(column), k + 1), np.nan)
        wide[:, :k] = row
        place = rng.integers(k + grows, size=len(rows))
        new = place == k
        wide[rows[new], k] = dimension.grown(row)[-1]
        old = rows[~new], place[~new]
        wide[old] = stepped(self.step, rng, dimension.of, wide[old], scales, alone[~new])
        return wide


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

        if query.one_by_one:
            return draw_steps(
                query, propose_several(self, space, names, numbers, chances, scales_of)
            )
        places = [space.names.index(name) for name in names]

        def propose(rng: np.random.Generator, n: int) -> tuple[Coordinates, Mask]:
            # Rounding may leave the sum of the chances a little off 1.
            at = rng.random(n) * numbers[-1]
            number = 1 + np.searchsorted(numbers[:-1], at, side="right")
            mask = _drawn(rng, chances, number)
            moved = np.zeros((n, len(space)), dtype=np.bool_)
            moved[:, places] = mask
            columns = row_columns(query.study, query.parent, n)
            for name, place in zip(names, places, strict=True):
                rows, dimension = np.flatnonzero(moved[:, place]), space[name]
                alone, scales = number[rows] == 1, scales_of[name]
                if isinstance(dimension, Sequence):
                    columns[name] = self._changed(
                        rng, dimension, columns[name], rows, scales, alone
                    )
                else:
                    columns[name][rows] = stepped(
                        self.step, rng, dimension, columns[name][rows], scales, alone
                    )
            return columns, moved

        return draw_columns(query, propose)

    def _changed(
        self,
        rng: np.random.Generator,
        dimension: Any,
        column: Array,
        rows: NDArray[np.int64],
        scales: tuple[float, ...],
        alone: Mask,
    ) -> Array:
        """Change sequences in some rows."""
        listed = [row[~np.isnan(row)] for row in column]
        for i, one in zip(rows.tolist(), alone.tolist(), strict=True):

            def step(x: float, one: bool = one) -> float:  # noqa: FBT001
                return self.step.step(rng, dimension.of, x, scales, alone=one)

            listed[i] = self.sequences.apply(rng, dimension, listed[i], step)
        return pad_rows(listed)


def _drawn(rng: np.random.Generator, chances: Array, number: NDArray[np.int64]) -> Mask:
    """Draw places in proportion to their chances, one after another without replacement.

    Of independent exponential times with these rates the first are such a sample; a place without a
    chance comes last. Each of n rows draws a number of its own.
    """
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        times = rng.standard_exponential((len(number), len(chances))) / chances
    rank = np.argsort(np.argsort(times, axis=1, kind="stable"), axis=1, kind="stable")
    return np.asarray(rank < number[:, None])
