"""Parameters that matter more are changed more often."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.errors import ComponentError
from autotune.strategy import Composed
from autotune.strategy.validators import share
from autotune_strategies.moves.pickers.in_proportion import in_proportion
from autotune_strategies.moves.pickers.query import PickQuery
from autotune_strategies.sensitivity import sensitivity

__all__ = ["BySensitivity"]


@frozen
class BySensitivity(Composed[PickQuery, NDArray[np.float64]]):
    r"""Pick parameters in proportion to how much their changes changed the target.

    .. math:: p_j = \frac{\text{floor}}{k} + (1 - \text{floor}) \frac{s_j}{\sum_i s_i}

    with :math:`s_j` the sensitivity measured on the recorded steps, and *k* the number of
    parameters that can change. While nothing is measured all have the same chance.

    Parameters
    ----------
    floor : float
        The share of the chances that is spread evenly, from 0 to 1, so that what seems not to
        matter is tried again: no parameter's chance is below ``floor / k``.
    target : {"score", "seconds"}
        What is sensitive.

    Examples
    --------
    >>> BySensitivity(floor=0.1).floor
    0.1
    """

    floor: float = field(default=0.2, validator=share)
    target: Literal["score", "seconds"] = field(default="score")

    def __attrs_post_init__(self) -> None:
        if self.target not in {"score", "seconds"}:
            raise ComponentError(
                f"BySensitivity.target = {self.target!r} must be 'score' or 'seconds'"
            )

    def read(self, state: tuple[Any, ...], query: PickQuery) -> NDArray[np.float64]:  # noqa: ARG002
        """Return the chances, shape (k,)."""
        study = query.study
        of = dict(zip(study.known_space, sensitivity(study, self.target).tolist(), strict=True))
        return in_proportion(np.array([of[name] for name in query.names]), self.floor)
