"""The veto rule of the 2018 prototype: steps that lead nowhere new."""

from __future__ import annotations

from attrs import field, frozen

from autotune.strategy.validators import not_negative

__all__ = ["NearOrNotPositive"]


@frozen
class NearOrNotPositive:
    """Find a step uninteresting if it loses the sign or stays near the present value.

    For a positive value *x* and a result *y* the step is vetoed when *y* ≤ 0 or
    (1 - share)·*y* ≤ *x* ≤ (1 + share)·*y*; negative values mirror that, and from zero anything
    but zero is interesting. (The prototype drew for ever from zero and negative values.)

    Parameters
    ----------
    share : float
        How near is too near, 0.05 by default.

    Examples
    --------
    >>> veto = NearOrNotPositive(0.05)
    >>> veto(100.0, 101.0), veto(100.0, 110.0), veto(100.0, -5.0)
    (True, False, True)
    """

    share: float = field(default=0.05, validator=not_negative)

    def __call__(self, present: float, proposed: float) -> bool:
        """Tell whether the step from ``present`` to ``proposed`` is uninteresting."""
        if present == 0:
            return proposed == 0
        x, y = (present, proposed) if present > 0 else (-present, -proposed)
        return y <= 0 or (1 - self.share) * y <= x <= (1 + self.share) * y
