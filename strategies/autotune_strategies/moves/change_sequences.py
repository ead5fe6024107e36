"""Change a sequence, and nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import field, frozen

from autotune.space import Row, Sequence
from autotune.strategy import Candidates, Composed, MoveQuery, ScheduleQuery
from autotune.strategy.candidates import draw_steps, row_of
from autotune.strategy.validators import part
from autotune_strategies.moves.scales import scales_of_parameter
from autotune_strategies.moves.searchable import searchable
from autotune_strategies.moves.sequence_change import SequenceChange, sequence_change
from autotune_strategies.moves.step import Step
from autotune_strategies.steps.multiply_add import MultiplyAdd

__all__ = ["ChangeSequences"]


@frozen
class ChangeSequences(Composed[MoveQuery, Candidates]):
    """Change one of the sequences, such as the layers of a network, drawn evenly.

    In a ``Mixture`` with a move for all parameters it gives the shape of a model a share of the
    steps of its own. Where there is no sequence, or none is active, the candidates stay where they
    are.

    Parameters
    ----------
    change : SequenceChange
        How it changes.
    step : Step
        How one of its elements does.

    Examples
    --------
    >>> ChangeSequences(SequenceChange(grow=2.0)).change.grow
    2.0
    """

    change: SequenceChange = field(default=SequenceChange(), validator=sequence_change)
    step: Step = field(default=MultiplyAdd(), validator=part)

    def read(self, state: tuple[Any, ...], query: MoveQuery) -> Candidates:
        """Return ``query.count`` candidate steps."""
        space = query.study.known_space
        active = searchable(space, row_of(query.study, query.parent))
        names = [name for name in active if isinstance(space[name], Sequence)]
        if not names:
            return draw_steps(query, lambda _, base: (base, ()))
        scales = self.read_part(state, "step", ScheduleQuery(query.study, query.key.child("step")))
        scales_of = {name: scales_of_parameter(scales, i) for i, name in enumerate(space)}

        def propose(rng: np.random.Generator, base: Row) -> tuple[Row, tuple[str, ...]]:
            name = names[int(rng.integers(len(names)))]
            dimension: Any = space[name]

            def step(x: float) -> float:
                return self.step.step(rng, dimension.of, x, scales_of[name], alone=True)

            return {**base, name: self.change.apply(rng, dimension, base[name], step)}, (name,)

        return draw_steps(query, propose)
