"""Ranges of numbers with open and closed ends, and the dimension that a start value has there."""

from __future__ import annotations

import math

from attrs import frozen

from autotune.space import Dimension, Fixed, Float, Integer

__all__ = ["Range"]

# From 0 upwards without an end nothing says what is large; a hundredth is small for a penalty.
_SMALL = 0.01
# A start value below this share of the range says that magnitudes matter.
_SHARE = 0.1
# Between bounds this many times apart whole numbers are stepped from the start value.
_FAR = 1000


@frozen
class Range:
    """The numbers between two ends.

    Parameters
    ----------
    low, high : float, optional
        The ends; None where there is none.
    low_open, high_open : bool
        Whether an end itself is left out.
    whole : bool
        Whether whole numbers only are in it.
    log : bool
        Whether magnitudes matter in any case.
    linear_below : float, optional
        Which size is small, where numbers go up from 0 without an end.
    """

    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False
    whole: bool = False
    log: bool = False
    linear_below: float | None = None

    def __contains__(self, value: float) -> bool:
        above = self.low is None or (value > self.low if self.low_open else value >= self.low)
        below = self.high is None or (value < self.high if self.high_open else value <= self.high)
        return above and below and not (self.whole and not float(value).is_integer())

    def __str__(self) -> str:
        return (
            f"{'(' if self.low_open or self.low is None else '['}"
            f"{'-inf' if self.low is None else self.low}, "
            f"{'inf' if self.high is None else self.high}"
            f"{')' if self.high_open or self.high is None else ']'}"
        )

    def dimension(self, value: float) -> Dimension:
        """Return the dimension that a start value stands for.

        It holds nothing outside of the range. Between two ends a fraction is searched evenly, but
        in magnitudes where the start value is less than a tenth of the range; without an upper end
        the start value is multiplied, and from 0 it goes up a scale that has a place for 0. What is
        positive stays so, and whole numbers at least 1.

        Parameters
        ----------
        value : float
            In the range.
        """
        if math.isinf(value):
            return Fixed(value)
        return self._whole(int(value)) if self.whole else self._real(value)

    def _whole(self, value: int) -> Dimension:
        low = None if self.low is None else math.floor(self.low) + 1
        if self.low is not None and not self.low_open:
            low = math.ceil(self.low)
        high = None if self.high is None else math.ceil(self.high) - 1
        if self.high is not None and not self.high_open:
            high = math.floor(self.high)
        if value == low == -1:
            return Fixed(value)  # which says: without a limit
        if value == 0 and low is not None and high != 0:
            low = max(low, 0)
        if value > 0:
            low = 1 if low is None else max(1, low)
        if low is not None and low == high:
            return Fixed(value)
        if value > 0 and low is not None and high is not None and high > _FAR * low:
            return Integer(None, high, log=True) if low == 1 else Integer(low, high, log=True)
        return Integer(low, high)

    def _real(self, value: float) -> Dimension:
        low, high = self.low, self.high
        if low is not None and high is not None:
            return self._between(value, float(low), float(high))
        if value > 0:
            if low is not None and low > 0:
                return Float(self._inside_low(value), log=True)
            return Float(None, self._inside_high(value), log=True)
        if value < 0:
            if high is not None and high < 0:
                return Float(None, self._inside_high(value))
            return Float(self._inside_low(value), None if low is None else 0.0)
        if low is None and high is None:
            return Float()
        small = _SMALL if self.linear_below is None else self.linear_below
        return Float(self._inside_low(value), self._inside_high(value), linear_below=small)

    def _between(self, value: float, low: float, high: float) -> Dimension:
        bottom, top = self._inside_low(value), self._inside_high(value)
        if low == 0 and (self.log or value < _SHARE * high):
            if self.low_open:
                return Float(None, top, log=True)
            small = high / 100 if value == 0 else min(value, high / 100)
            return Float(0.0, top, linear_below=small)
        return Float(bottom, top, log=low > 0 and high >= _FAR * low)

    def _inside_low(self, value: float) -> float | None:
        if self.low is None or not self.low_open:
            return None if self.low is None else float(self.low)
        low = float(self.low)  # and rounding must not lead back to it
        return max(low + self._margin(value - low), math.nextafter(low, math.inf))

    def _inside_high(self, value: float) -> float | None:
        if self.high is None or not self.high_open:
            return None if self.high is None else float(self.high)
        high = float(self.high)
        return min(high - self._margin(high - value), math.nextafter(high, -math.inf))

    def _margin(self, room: float) -> float:
        """Return how far from an open end to stay: a twentieth of the range, if there is room.

        Of a fraction much smaller than that, such as one of the rows, nothing may be left.
        """
        if self.low is None or self.high is None:
            return min(max(abs(self.low or 0.0), abs(self.high or 0.0)) / 1000, room / 2)
        return min((self.high - self.low) / 20, room / 2)
