"""Dimensions of a search space: which values a parameter takes, their coordinates, its steps.

A *coordinate* is a value as a double, exactly: a number is its own coordinate, a boolean is 0 or 1,
a choice is its index, and a sequence is a row of its elements' coordinates, padded with NaN. The
map is one to one, so value → coordinate → value is the identity, and so is coordinate → value →
coordinate. (A logarithm in doubles can't be: near 1e10 it sends sixteen neighbours to one number.)
Where the natural scale of a parameter is wanted, for distances and features, ``scaled`` gives it.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Iterable
from typing import Any, ClassVar, Literal, TypeAlias

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.errors import SpaceError
from autotune.space.equality import Exactly, same

__all__ = [
    "Boolean",
    "Categorical",
    "Dimension",
    "Fixed",
    "Float",
    "Integer",
    "Label",
    "Ordinal",
    "ScalarDimension",
    "Sequence",
]

Array: TypeAlias = NDArray[np.float64]
Value: TypeAlias = Any
Length: TypeAlias = float | NDArray[np.float64]

# Integers up to here are doubles exactly, so coordinates lose nothing.
LARGEST_INTEGER = 2**53
SMALLEST_DOUBLE = math.ulp(0.0)
# The sizes between which doubles have all their digits.
SMALLEST = float(np.finfo(np.float64).tiny)
LARGEST = float(np.finfo(np.float64).max)
# Zero has no logarithm; where one is needed it counts as this.
SIZE_OF_ZERO = 1e-12


@frozen
class Label:
    """A choice known only by its label: a log was opened without the space that holds the object.

    Parameters
    ----------
    text : str
        The label, as written in the log.
    """

    text: str

    def __repr__(self) -> str:
        return f"<{self.text}>"


def plain(value: Value) -> Value:
    """Return numpy scalars (also inside lists and tuples) as the Python values they stand for."""
    if isinstance(value, np.generic):
        return value.item()
    if type(value) is tuple:
        return tuple(plain(item) for item in value)
    if type(value) is list:
        return [plain(item) for item in value]
    return value


def is_plain(value: Value) -> bool:
    """Tell whether a value is None, a boolean, a number, a string, or a list or tuple of them."""
    if value is None or type(value) in (bool, int, float, str):
        return True
    return type(value) in (list, tuple) and all(is_plain(item) for item in value)


def _loosely_same(a: Value, b: Value) -> bool:
    """Tell whether 1 and 1.0, or a list and a tuple, are all that two values differ in."""
    if type(a) in (int, float) and type(b) in (int, float) and a == b:
        return True
    if type(a) in (list, tuple) and type(b) in (list, tuple):
        return len(a) == len(b) and all(_loosely_same(x, y) for x, y in zip(a, b, strict=True))
    return same(a, b)


def shown(value: Value) -> str:
    """Return a value's repr, cut where it is too long for a message."""
    try:
        text = repr(value)
    except ValueError:  # Python refuses to print integers of thousands of digits
        text = f"an integer of {value.bit_length()} bits"
    return text if len(text) <= 80 else f"{text[:77]}..."


def _label(value: Value, index: int) -> str:
    if isinstance(value, Label):
        return value.text
    if type(value) is str:
        return value
    if is_plain(value):
        return repr(value)
    if isinstance(value, type) or (callable(value) and hasattr(value, "__qualname__")):
        return f"{value.__module__}.{value.__qualname__}"
    text = " ".join(repr(value).split())
    # A memory address would make the label differ from run to run.
    return f"{type(value).__qualname__}#{index}" if " at 0x" in text else text


def _number(name: str, value: Value) -> float | int:
    value = plain(value)
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise SpaceError(
            f"{name} = {shown(value)} is of type {type(value).__name__}, a number is needed; "
            "use Boolean or Categorical for other values"
        )
    if isinstance(value, int):
        return value
    return float(value)


def _bounds_text(low: float | None, high: float | None) -> str:
    return f"[{'-inf' if low is None else low}, {'inf' if high is None else high}]"


def _check_bounds(kind: str, low: float | None, high: float | None, *, log: bool) -> None:
    for side, bound in (("low", low), ("high", high)):
        if bound is None:
            continue
        if not math.isfinite(bound):
            raise SpaceError(
                f"{kind}.{side} = {bound!r} is not finite; leave it out for a parameter "
                "without that bound"
            )
        if log and bound <= 0:
            raise SpaceError(
                f"{kind}.{side} = {bound!r} must be > 0 on a log scale; raise it or use log=False"
            )
    if low is not None and high is not None and not low < high:
        raise SpaceError(
            f"{kind}: low = {low!r} must be below high = {high!r}; swap them, or use "
            "Fixed for a single value"
        )


def _fold_unit(u: Array) -> Array:
    """Reflect numbers at 0 and 1 until they lie between."""
    u = np.mod(np.abs(np.clip(u, -(2.0**52), 2.0**52)), 2.0)
    return np.where(u > 1.0, 2.0 - u, u)


def log_size(x: Array) -> Array:
    """Return the logarithms of the sizes of numbers; 0, which has none, counts as 1e-12."""
    size = np.abs(x)
    return np.asarray(np.log(np.where(size == 0, SIZE_OF_ZERO, size)))


def from_log_size(logs: Array) -> Array:
    """Return the sizes at logarithms, reflected at the smallest and the largest double."""
    low, high = math.log(SMALLEST), math.log(LARGEST)
    inside = (logs >= low) & (logs <= high)
    mirrored = low + _fold_unit((logs - low) / (high - low)) * (high - low)
    return np.clip(np.exp(np.where(inside, logs, mirrored)), SMALLEST, LARGEST)


def multiplied(x: float, exponent: float) -> float:
    """Return a number times exp(exponent), its size reflected at the ends of what doubles hold."""
    y = x * math.exp(min(exponent, 700.0))
    if x == 0 or SMALLEST <= abs(y) <= LARGEST:
        return y
    logs = np.asarray(math.log(abs(x)) + max(exponent, -LARGEST))
    return math.copysign(float(from_log_size(logs)), x)


class _Numeric:
    """The base of Float and Integer; their values differ only in rounding and type."""

    __slots__ = ()

    low: Any
    high: Any
    log: bool
    linear_below: float | None

    @property
    def bounded(self) -> bool:
        """Whether both bounds are given."""
        return self.low is not None and self.high is not None

    @property
    def two_way(self) -> bool:
        """Whether each place on the natural scale is that of a number, as ``unscaled`` needs it."""
        return self.bounded or self.linear_below is not None

    @property
    def _curved(self) -> bool:
        # Between bounds as close as this the logarithm is straight, and rounding would spoil it.
        return self.log and float(self.high) / float(self.low) > 1 + 1e-6

    def _unit(self, x: Array) -> Array:
        lo, hi = float(self.low), float(self.high)
        with np.errstate(over="ignore"):  # far outside of narrow bounds; folding copes with it
            if self.linear_below is not None:
                a, b = self._bent(np.array([lo, hi]))
                return np.asarray((self._bent(x) - a) / (b - a))
            if self._curved:
                return np.asarray((np.log(x) - math.log(lo)) / (math.log(hi) - math.log(lo)))
            if math.isfinite(hi - lo):
                return np.asarray((x - lo) / (hi - lo))
            return np.asarray((x / 2 - lo / 2) / (hi / 2 - lo / 2))

    def _from_unit(self, u: Array) -> Array:
        lo, hi = float(self.low), float(self.high)
        if self.linear_below is not None:
            a, b = self._bent(np.array([lo, hi]))
            x = self._unbent(a * (1 - u) + b * u)
        elif self._curved:
            x = np.exp(math.log(lo) + u * (math.log(hi) - math.log(lo)))
        else:
            x = lo * (1 - u) + hi * u
        return np.clip(x, lo, hi)

    def _bent(self, x: Array) -> Array:
        """Give numbers on the scale that is linear around 0 and logarithmic further out."""
        assert self.linear_below is not None
        size = np.abs(x)
        with np.errstate(over="ignore"):
            place = np.log1p(size / self.linear_below)
        far = log_size(size) - math.log(self.linear_below)
        return np.asarray(np.copysign(np.where(np.isinf(place), far, place), x))

    def _unbent(self, place: Array) -> Array:
        assert self.linear_below is not None
        with np.errstate(over="ignore"):
            near = np.minimum(self.linear_below * np.expm1(np.minimum(np.abs(place), 700)), LARGEST)
        far = np.exp(np.minimum(np.abs(place) + math.log(self.linear_below), math.log(LARGEST)))
        return np.asarray(np.copysign(np.where(np.abs(place) < 700.0, near, far), place))

    def _reflect(self, x: Array) -> Array:
        """Bring real numbers inside the bounds by reflection, on the dimension's own scale."""
        x = np.clip(np.nan_to_num(np.asarray(x, dtype=np.float64)), -LARGEST, LARGEST)
        if self.log:
            x = np.where(x > 0, x, np.maximum(-x, SMALLEST))
        if self.low is None and self.high is None:
            return x
        if self.bounded:
            inside = (x >= self.low) & (x <= self.high)
            if inside.all():
                return x
            return np.where(inside, x, self._from_unit(_fold_unit(self._unit(x))))
        bound = float(self.low if self.low is not None else self.high)
        outside = x < bound if self.low is not None else x > bound
        with np.errstate(over="ignore"):
            if self.log:
                mirrored = np.exp(2 * math.log(bound) - np.log(x))
            else:
                mirrored = 2 * bound - x
        # Rounding must not carry a mirrored number back over the bound, nor to 0 or infinity.
        smallest = SMALLEST_DOUBLE if self.log else -LARGEST
        low = smallest if self.low is None else bound
        return np.where(outside, np.clip(mirrored, low, LARGEST if self.high is None else bound), x)

    def scaled(self, coordinates: Array) -> Array:
        """Give coordinates on the natural scale: [0, 1] if bounded, else the log of the size."""
        x = np.asarray(coordinates, dtype=np.float64)
        if self.bounded:
            return self._unit(x)
        if self.linear_below is not None:
            return self._bent(x)
        return log_size(x)

    def unscaled(self, numbers_: Array) -> Array:
        """Give the coordinates at places on the natural scale, reflecting at its ends.

        Raises
        ------
        SpaceError
            If there are not both bounds, nor a size below which the scale is linear: then the
            natural scale has no ends, and no place for 0.
        """
        if not self.two_way:
            raise SpaceError(f"{self!r} has no scale from 0 to 1 without both bounds; give them")
        u = np.asarray(numbers_, dtype=np.float64)
        u = np.where(np.isnan(u), 0.0, u)
        if not self.bounded:
            return self.settle(self._unbent(u))
        return self._within(self._from_unit(_fold_unit(u)))

    def _within(self, x: Array) -> Array:
        """Settle numbers that lie between the bounds."""
        return x

    def moved(self, coordinates: Array, by: float | Array) -> Array:
        """Give coordinates moved along the natural scale, where that goes both ways.

        A move past an end is reflected there, but one that would pass a bound of 0 ends at 0: so a
        penalty that is searched upwards from 0 can become 0 again.

        Parameters
        ----------
        coordinates : ndarray
            Where the moves begin.
        by : float or ndarray
            How far they go, in units of the range between two bounds, else of logarithms.
        """
        x = np.asarray(coordinates, dtype=np.float64)
        place = self.scaled(x) + by
        y = self.unscaled(place)
        if self.linear_below is None:
            return y
        bottom, top = (0.0, 1.0) if self.bounded else (0.0, 0.0)
        if self.low == 0:
            y = np.where((place < bottom) & (x > 0), 0.0, y)
        if self.high == 0:
            y = np.where((place > top) & (x < 0), 0.0, y)
        return y

    def settle(self, numbers_: Array) -> Array:
        """Bring any real numbers to coordinates of the dimension (reflecting at the bounds)."""
        return self._reflect(numbers_)

    def encode(self, value: Value) -> float:
        """Return the coordinate of one legal value."""
        return float(value)

    def sample(self, rng: np.random.Generator, size: int) -> Array:
        """Draw coordinates uniformly on the natural scale, shape (size,)."""
        if not self.bounded:
            raise SpaceError(
                f"{self!r} can't be sampled without both bounds; give low and high, "
                "or step from a start value"
            )
        return self.settle(self._from_unit(rng.random(size)))

    def step(self, rng: np.random.Generator, coordinate: float, length: float) -> float:
        """Step from a coordinate by a normal draw of the given length on the natural scale."""
        draw = float(rng.standard_normal())
        if self.linear_below is not None:
            return float(self.moved(np.asarray(coordinate), length * draw))
        if self.bounded:
            u = self._unit(np.asarray(coordinate)) + length * draw
            return float(self._from_unit(_fold_unit(u)))
        if coordinate == 0:
            return float(self._reflect(np.asarray(length * draw)))
        return float(self._reflect(np.asarray(multiplied(coordinate, length * draw))))

    def steps(self, rng: np.random.Generator, coordinates: Array, length: Length) -> Array:
        """Step from each of several coordinates, as ``step`` does from one; shape (n,)."""
        x = np.asarray(coordinates, dtype=np.float64)
        by = length * rng.standard_normal(len(x))
        if self.linear_below is not None:
            return self.moved(x, by)
        if self.bounded:
            return self._from_unit(_fold_unit(self._unit(x) + by))
        sizes = from_log_size(log_size(x) + np.clip(by, -LARGEST, LARGEST))
        return self._reflect(np.where(x == 0, by, np.copysign(sizes, x)))

    def default(self) -> Any:
        """Return the middle of the natural scale."""
        if not self.bounded:
            raise SpaceError(
                f"{self!r} has no start value; give start={{name: value}} or both bounds"
            )
        middle = float(self._from_unit(np.asarray(0.5)))
        # Few digits, because a person reads and copies it; more where the bounds are that close.
        for digits in (4, 8, 12):
            rounded = float(f"{middle:.{digits}g}")
            near = self.low <= rounded <= self.high
            if near and abs(float(self._unit(np.asarray(rounded))) - 0.5) < 0.01:
                return rounded
        return middle

    def _check_range(self, name: str, value: float) -> None:
        below = self.low is not None and value < self.low
        above = self.high is not None and value > self.high
        if below or above:
            raise SpaceError(
                f"{name} = {shown(value)} lies outside its bounds "
                f"{_bounds_text(self.low, self.high)}; change the value or widen the bounds"
            )
        if self.log and value <= 0:
            raise SpaceError(
                f"{name} = {shown(value)} must be > 0 on a log scale; change the value or use "
                "log=False"
            )


def _optional_float(bound: Value) -> Value:
    if bound is None:
        return None
    try:
        return float(_number("Float bound", bound))
    except OverflowError:
        raise SpaceError(
            f"Float bound = {shown(bound)} is beyond the largest double; leave it out for a "
            "parameter without that bound"
        ) from None


def _optional_integer(bound: Value) -> Value:
    if bound is None:
        return None
    number = _number("Integer bound", bound)
    if not _is_whole(number):
        raise SpaceError(
            f"Integer bound = {shown(bound)} is not a whole number; round it, use Float, or leave "
            "it out for a parameter without that bound"
        )
    if abs(number) > LARGEST_INTEGER:
        raise SpaceError(
            f"Integer bound = {shown(bound)} is beyond ±2**53, the largest integer kept exactly; "
            "use Float or a smaller bound"
        )
    return int(number)


def _is_whole(number: float) -> bool:
    return isinstance(number, int) or (math.isfinite(number) and number == int(number))


@frozen
class Float(_Numeric):
    """A real number, between bounds if they are given.

    It steps multiplicatively unless both bounds are given, and keeps its sign if neither is; with
    ``linear_below`` it steps on that scale, and may be 0.

    Parameters
    ----------
    low, high : float, optional
        Bounds, both inclusive.
    log : bool
        Whether the natural scale is logarithmic; then values are > 0.
    linear_below : float, optional
        The size below which the natural scale is linear, and above which it is logarithmic, so that
        0 has its place on it: for a penalty that is either 0 or of any magnitude.

    Raises
    ------
    SpaceError
        If the bounds are not finite, upside down, or not positive on a log scale; if
        ``linear_below`` is not positive, or given where 0 is not between the bounds.

    Examples
    --------
    >>> Float(1e-4, 1.0, log=True).scaled(0.01).round(6).item()
    0.5
    >>> Float(0, 10, linear_below=0.01).scaled([0, 0.001, 0.1, 10]).round(2).tolist()
    [0.0, 0.01, 0.35, 1.0]
    """

    low: float | None = field(default=None, converter=_optional_float)
    high: float | None = field(default=None, converter=_optional_float)
    log: bool = field(default=False, converter=bool, kw_only=True)
    linear_below: float | None = field(default=None, converter=_optional_float, kw_only=True)

    def __attrs_post_init__(self) -> None:
        _check_bounds("Float", self.low, self.high, log=self.log)
        size = self.linear_below
        if size is None:
            return
        if not 0 < size < math.inf:
            raise SpaceError(f"Float.linear_below = {size!r} must be a finite number > 0")
        above, below = (
            self.low is not None and self.low > 0,
            self.high is not None and self.high < 0,
        )
        if self.log or above or below:
            raise SpaceError(
                f"Float.linear_below = {size!r} is for numbers that may be 0, unlike those "
                f"{'on a log scale' if self.log else f'in {_bounds_text(self.low, self.high)}'}; "
                "leave it out, or give bounds around 0 and log=False"
            )

    def __repr__(self) -> str:
        more = "" if self.linear_below is None else f", linear_below={self.linear_below!r}"
        return f"Float(low={self.low!r}, high={self.high!r}, log={self.log!r}{more})"

    def check(self, name: str, value: Value) -> float:
        """Return the value as a float, or raise a SpaceError that names ``name``."""
        number = _number(name, value)
        try:
            number = float(number)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise SpaceError(f"{name} = {shown(value)} is not finite; give a finite number")
        self._check_range(name, number)
        return number

    def decode(self, coordinate: float) -> float:
        """Return the value at a coordinate."""
        return float(coordinate)


@frozen
class Integer(_Numeric):
    """A whole number, between bounds if they are given.

    It steps multiplicatively unless both bounds are given, and keeps its sign if neither is.

    Parameters
    ----------
    low, high : int, optional
        Bounds, both inclusive, at most 2**53 in size.
    log : bool
        Whether the natural scale is logarithmic; then values are > 0.

    Raises
    ------
    SpaceError
        If the bounds are not whole, too large, upside down, or not positive on a log scale.

    Examples
    --------
    >>> Integer(1, 10).check("depth", 3.0)
    3
    """

    low: int | None = field(default=None, converter=_optional_integer)
    high: int | None = field(default=None, converter=_optional_integer)
    log: bool = field(default=False, converter=bool, kw_only=True)
    linear_below: None = field(default=None, init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        _check_bounds("Integer", self.low, self.high, log=self.log)

    def check(self, name: str, value: Value) -> int:
        """Return the value as an int, or raise a SpaceError that names ``name``."""
        number = _number(name, value)
        if not _is_whole(number):
            raise SpaceError(
                f"{name} = {shown(value)} is not a whole number; round it or use Float"
            )
        number = int(number)
        if abs(number) > LARGEST_INTEGER:
            raise SpaceError(
                f"{name} = {shown(value)} is beyond ±2**53, the largest integer kept exactly; "
                "use Float"
            )
        self._check_range(name, number)
        return number

    def decode(self, coordinate: float) -> int:
        """Return the value at a coordinate."""
        return int(coordinate)

    def settle(self, numbers_: Array) -> Array:
        """Bring any real numbers to coordinates of the dimension: round, reflect at the bounds."""
        limit = float(LARGEST_INTEGER)
        x = np.rint(self._reflect(np.rint(np.clip(numbers_, -limit, limit))))
        low = -limit if self.low is None else float(self.low)
        if self.log:
            low = max(low, 1.0)
        return np.clip(x, low, limit if self.high is None else float(self.high)) + 0.0

    def _within(self, x: Array) -> Array:
        """Settle numbers that lie between the bounds."""
        return np.rint(x) + 0.0

    def sample(self, rng: np.random.Generator, size: int) -> Array:
        """Draw coordinates uniformly on the natural scale, shape (size,)."""
        low, high = self.low, self.high
        if low is not None and high is not None and not self.log:
            return rng.integers(low, high, size=size, endpoint=True).astype(np.float64)
        return super().sample(rng, size)

    def step(self, rng: np.random.Generator, coordinate: float, length: float) -> float:
        """Step to another whole number by a normal draw of the given length."""
        x = self._whole(super().step(rng, coordinate, length), coordinate)
        if x == coordinate:
            sign = 1.0 if rng.random() < 0.5 else -1.0
            x = self._whole(coordinate + sign, coordinate)
            if x == coordinate:
                x = self._whole(coordinate - sign, coordinate)
        return x

    def steps(self, rng: np.random.Generator, coordinates: Array, length: Length) -> Array:
        """Step from each of several coordinates, as ``step`` does from one; shape (n,)."""
        x = np.asarray(coordinates, dtype=np.float64)
        y = self._wholes(super().steps(rng, x, length), x)
        sign = np.where(rng.random(len(x)) < 0.5, 1.0, -1.0)
        for beside in (x + sign, x - sign):
            y = np.where(y == x, self._wholes(beside, x), y)
        return y

    def _wholes(self, x: Array, origin: Array) -> Array:
        x = self.settle(x)
        if self.low is None and self.high is None:
            sides = np.copysign(np.maximum(x * np.copysign(1.0, origin), 1.0), origin)
            x = np.where(origin == 0, x, sides)
        return x

    def _whole(self, x: float, origin: float) -> float:
        """Settle a step from ``origin``, on its side of 0 if there are no bounds."""
        x = float(self.settle(np.asarray(x)))
        if self.low is None and self.high is None and origin != 0:
            x = math.copysign(max(x * math.copysign(1.0, origin), 1.0), origin)
        return x

    def default(self) -> int:
        """Return the middle of the natural scale."""
        return int(self.settle(np.asarray(super().default())))


@frozen
class Boolean:
    """True or False.

    Examples
    --------
    >>> Boolean().encode(True)
    1.0
    """

    def check(self, name: str, value: Value) -> bool:
        """Return the value as a bool, or raise a SpaceError that names ``name``."""
        value = plain(value)
        if not isinstance(value, bool):
            raise SpaceError(
                f"{name} = {shown(value)} is of type {type(value).__name__}; "
                "True or False is needed"
            )
        return value

    def encode(self, value: Value) -> float:
        """Return the coordinate of one legal value."""
        return 1.0 if value else 0.0

    def decode(self, coordinate: float) -> bool:
        """Return the value at a coordinate."""
        return float(coordinate) >= 0.5

    def settle(self, numbers_: Array) -> Array:
        """Bring any real numbers to 0 or 1."""
        return np.where(np.asarray(numbers_) >= 0.5, 1.0, 0.0)

    def scaled(self, coordinates: Array) -> Array:
        """Give coordinates on the natural scale, which is their own."""
        return np.asarray(coordinates, dtype=np.float64)

    def sample(self, rng: np.random.Generator, size: int) -> Array:
        """Draw coordinates uniformly, shape (size,)."""
        return rng.integers(0, 2, size=size).astype(np.float64)

    def step(self, rng: np.random.Generator, coordinate: float, length: float) -> float:  # noqa: ARG002
        """Flip."""
        return 1.0 - float(coordinate)

    def steps(self, rng: np.random.Generator, coordinates: Array, length: Length) -> Array:  # noqa: ARG002
        """Flip each; shape (n,)."""
        return 1.0 - np.asarray(coordinates, dtype=np.float64)

    def default(self) -> bool:
        """Return False."""
        return False


def _values_tuple(values: Iterable[Value]) -> tuple[Value, ...]:
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise SpaceError(f"choices = {shown(values)} must be a list of values; put it in brackets")
    return tuple(plain(v) for v in values)


def _unique_labels(options: tuple[Value, ...]) -> tuple[str, ...]:
    """Return a label for each option, all different.

    Those of plain values depend on plain values alone, and those of objects are kept by the
    ``Label`` that stands for them, so a space read back from its description has the same.
    """
    labels = [_label(value, i) for i, value in enumerate(options)]
    plain_ones = [i for i, value in enumerate(options) if is_plain(value)]
    if len({labels[i] for i in plain_ones}) < len(plain_ones):  # such as 1 and "1"
        for i in plain_ones:
            labels[i] = repr(options[i])
    natural = list(labels)
    for i, value in enumerate(options):
        if not is_plain(value) and natural.count(natural[i]) > 1:
            label = f"{natural[i]}#{i}"
            while label in labels:
                label += f"#{i}"
            labels[i] = label
    return tuple(labels)


@frozen
class _Indexed:
    """The base of Categorical and Ordinal: a value's coordinate is its index."""

    kind: ClassVar[str] = "choices"
    labels: tuple[str, ...] = field(init=False, repr=False, eq=False)
    """The values' names in logs and tables."""
    _words: dict[str, float] = field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        if len(self.options) == 0:
            raise SpaceError(f"{type(self).__name__} needs at least one value; none was given")
        seen: set[Exactly] = set()
        for value in self.options:
            if isinstance(value, float) and math.isnan(value):
                raise SpaceError(f"{type(self).__name__}: NaN can't be a choice; use None instead")
            if Exactly(value) in seen:
                raise SpaceError(
                    f"{type(self).__name__}: the value {shown(value)} is given twice; leave one out"
                )
            seen.add(Exactly(value))
        object.__setattr__(self, "labels", _unique_labels(self.options))
        words = {value: float(i) for i, value in enumerate(self.options) if type(value) is str}
        object.__setattr__(self, "_words", words)

    @property
    def options(self) -> tuple[Value, ...]:
        """The values, in order."""
        raise NotImplementedError

    def index(self, value: Value) -> int | None:
        """Return the index of a value (or of its label), or None where it is not an option."""
        value = plain(value)
        for i, option in enumerate(self.options):
            if same(option, value):
                return i
        if isinstance(value, Label):
            return self.labels.index(value.text) if value.text in self.labels else None
        # 1 for 1.0, or a list for a tuple, is what the user meant where nothing else equals it.
        loose = [i for i, option in enumerate(self.options) if _loosely_same(option, value)]
        return loose[0] if len(loose) == 1 else None

    def check(self, name: str, value: Value) -> Value:
        """Return the option equal to the value, or raise a SpaceError that names ``name``."""
        i = self.index(value)
        if i is None:
            raise SpaceError(
                f"{name} = {shown(value)} is not one of its {self.kind} {list(self.labels)}; "
                "choose one of them or add it"
            )
        return self.options[i]

    def encode(self, value: Value) -> float:
        """Return the coordinate of one legal value."""
        if type(value) is str:  # most choices are, and they are looked up for every event
            coordinate: float | None = self._words.get(value)
            if coordinate is not None:
                return coordinate
        i = self.index(value)
        if i is None:
            raise SpaceError(f"{shown(value)} is not one of {list(self.labels)}")
        return float(i)

    def decode(self, coordinate: float) -> Value:
        """Return the value at a coordinate."""
        return self.options[int(coordinate)]

    def sample(self, rng: np.random.Generator, size: int) -> Array:
        """Draw coordinates uniformly, shape (size,)."""
        return rng.integers(0, len(self.options), size=size).astype(np.float64)

    def settle(self, numbers_: Array) -> Array:
        """Bring any real numbers to indices."""
        x = np.rint(np.nan_to_num(np.asarray(numbers_, dtype=np.float64)))
        return np.clip(x, 0.0, len(self.options) - 1.0) + 0.0


@frozen
class Categorical(_Indexed):
    """One of several values without an order; any objects, also estimators and functions.

    Parameters
    ----------
    choices : iterable
        The values. Those that are not plain (numbers, strings, booleans, None, lists and tuples
        of them) are written to logs by their label.

    Raises
    ------
    SpaceError
        If there are none, or one is given twice.

    Examples
    --------
    >>> Categorical(["relu", "tanh"]).encode("tanh")
    1.0
    """

    choices: tuple[Value, ...] = field(converter=_values_tuple, eq=Exactly)

    @property
    def options(self) -> tuple[Value, ...]:
        """The choices."""
        return self.choices

    def scaled(self, coordinates: Array) -> Array:
        """Give indices as they are: choices have no scale, only same and different."""
        return np.asarray(coordinates, dtype=np.float64)

    def step(self, rng: np.random.Generator, coordinate: float, length: float) -> float:  # noqa: ARG002
        """Pick another choice, each with the same chance."""
        n = len(self.choices)
        if n == 1:
            return float(coordinate)
        i = int(rng.integers(0, n - 1))
        return float(i if i < int(coordinate) else i + 1)

    def steps(self, rng: np.random.Generator, coordinates: Array, length: Length) -> Array:  # noqa: ARG002
        """Pick another choice for each; shape (n,)."""
        x = np.asarray(coordinates, dtype=np.float64)
        n = len(self.choices)
        return x if n == 1 else (x + rng.integers(1, n, size=len(x))) % n

    def default(self) -> Value:
        """Return the first choice."""
        return self.choices[0]


@frozen
class Ordinal(_Indexed):
    """One of several values that have an order, given in that order.

    Parameters
    ----------
    values : iterable
        The values, from one end to the other.

    Raises
    ------
    SpaceError
        If there are none, or one is given twice.

    Examples
    --------
    >>> Ordinal(["small", "medium", "large"]).default()
    'medium'
    """

    kind: ClassVar[str] = "values"

    values: tuple[Value, ...] = field(converter=_values_tuple, eq=Exactly)

    @property
    def options(self) -> tuple[Value, ...]:
        """The values, in order."""
        return self.values

    def scaled(self, coordinates: Array) -> Array:
        """Give coordinates on [0, 1], evenly spaced."""
        return np.asarray(coordinates, dtype=np.float64) / max(len(self.values) - 1, 1)

    def step(self, rng: np.random.Generator, coordinate: float, length: float) -> float:
        """Step to another value along the order, by a normal draw of the given length."""
        top = len(self.values) - 1
        if top == 0:
            return float(coordinate)
        return Integer(0, top).step(rng, float(coordinate), length)

    def steps(self, rng: np.random.Generator, coordinates: Array, length: Length) -> Array:
        """Step from each of several coordinates, as ``step`` does from one; shape (n,)."""
        x = np.asarray(coordinates, dtype=np.float64)
        top = len(self.values) - 1
        return x if top == 0 else Integer(0, top).steps(rng, x, length)

    def default(self) -> Value:
        """Return the middle value."""
        return self.values[(len(self.values) - 1) // 2]


@frozen
class Fixed:
    """A parameter that is set but not searched.

    Parameters
    ----------
    value : object
        Its value.

    Examples
    --------
    >>> Fixed(0.1).decode(0.0)
    0.1
    """

    value: Value = field(converter=plain, eq=Exactly)

    @property
    def labels(self) -> tuple[str, ...]:
        """The value's name in logs and tables."""
        return (_label(self.value, 0),)

    def check(self, name: str, value: Value) -> Value:
        """Return the value if it is the fixed one, or raise a SpaceError that names ``name``."""
        value = plain(value)
        labelled = isinstance(value, Label) and value.text in self.labels
        if not _loosely_same(value, self.value) and not labelled:
            raise SpaceError(
                f"{name} = {shown(value)} differs from its fixed value {shown(self.value)}; "
                "use Categorical to search it"
            )
        return self.value

    def encode(self, value: Value) -> float:  # noqa: ARG002
        """Return 0, the only coordinate."""
        return 0.0

    def decode(self, coordinate: float) -> Value:  # noqa: ARG002
        """Return the value."""
        return self.value

    def settle(self, numbers_: Array) -> Array:
        """Bring any real numbers to 0."""
        return np.zeros_like(np.asarray(numbers_, dtype=np.float64))

    def scaled(self, coordinates: Array) -> Array:
        """Give zeros."""
        return np.zeros_like(np.asarray(coordinates, dtype=np.float64))

    def sample(self, rng: np.random.Generator, size: int) -> Array:  # noqa: ARG002
        """Give zeros, shape (size,)."""
        return np.zeros(size)

    def step(self, rng: np.random.Generator, coordinate: float, length: float) -> float:  # noqa: ARG002
        """Stay."""
        return 0.0

    def steps(self, rng: np.random.Generator, coordinates: Array, length: Length) -> Array:  # noqa: ARG002
        """Stay; shape (n,)."""
        return np.zeros(len(coordinates))

    def default(self) -> Value:
        """Return the value."""
        return self.value


ScalarDimension: TypeAlias = Float | Integer | Boolean | Categorical | Ordinal


def _check_element(instance: object, attribute: object, value: Any) -> None:  # noqa: ARG001
    if not isinstance(value, ScalarDimension):
        raise SpaceError(
            f"Sequence.of = {value!r} must be a Float, Integer, Boolean, Categorical or Ordinal"
        )


@frozen
class Sequence:
    """A list or tuple of values of one dimension, whose length may change.

    Parameters
    ----------
    of : Float, Integer, Boolean, Categorical or Ordinal
        What its elements are.
    min_length, max_length : int
        Bounds of the length, both inclusive; without ``max_length`` it may grow for ever.
    kind : {"tuple", "list"}
        The Python type of the values.

    Raises
    ------
    SpaceError
        If the lengths are upside down or ``of`` is not a scalar dimension.

    Examples
    --------
    >>> Sequence(of=Integer(1, 64), max_length=3).check("hidden_layer_sizes", [4, 1])
    (4, 1)
    """

    of: ScalarDimension = field(validator=_check_element)
    min_length: int = field(default=1, converter=plain)
    max_length: int | None = field(default=None, converter=plain)
    kind: Literal["tuple", "list"] = field(default="tuple")

    def __attrs_post_init__(self) -> None:
        lengths = [self.min_length] + ([] if self.max_length is None else [self.max_length])
        for length in lengths:
            if not isinstance(length, int) or isinstance(length, bool) or length < 0:
                raise SpaceError(f"Sequence length {length!r} must be a whole number of at least 0")
        if self.max_length is not None and self.max_length < max(self.min_length, 1):
            raise SpaceError(
                f"Sequence: max_length = {self.max_length} must be at least "
                f"max(min_length, 1) = {max(self.min_length, 1)}; raise it"
            )
        if self.kind not in ("tuple", "list"):
            raise SpaceError(f"Sequence.kind = {self.kind!r} must be 'tuple' or 'list'")

    @property
    def _type(self) -> Callable[[Iterable[Value]], Value]:
        return tuple if self.kind == "tuple" else list

    def check(self, name: str, value: Value) -> Value:
        """Return the value with legal elements, or raise a SpaceError that names ``name``."""
        if isinstance(value, np.ndarray):
            value = value.tolist()
        if not isinstance(value, list | tuple):
            raise SpaceError(
                f"{name} = {shown(value)} is of type {type(value).__name__}; "
                f"a {self.kind} is needed"
            )
        top = math.inf if self.max_length is None else self.max_length
        if not self.min_length <= len(value) <= top:
            raise SpaceError(
                f"{name} = {shown(value)} has {len(value)} elements, outside its bounds "
                f"[{self.min_length}, {top}]; change it or the bounds of its length"
            )
        return self._type(self.of.check(f"{name}[{i}]", item) for i, item in enumerate(value))

    def encode(self, value: Value) -> tuple[float, ...]:
        """Return the coordinates of one legal value, one for each element."""
        encode = self.of.encode
        return tuple([encode(item) for item in value])

    def decode(self, coordinate: Iterable[float]) -> Value:
        """Return the value at a row of coordinates (padding is dropped)."""
        row = np.asarray(coordinate, dtype=np.float64)
        return self._type(self.of.decode(c) for c in row[~np.isnan(row)])

    def settle(self, numbers_: Array) -> Array:
        """Bring the elements of a row (or rows) to coordinates; padding stays."""
        x = np.asarray(numbers_, dtype=np.float64)
        return np.where(np.isnan(x), np.nan, self.of.settle(np.nan_to_num(x, nan=1.0)))

    def scaled(self, coordinates: Array) -> Array:
        """Give the elements' coordinates on their natural scale; padding stays NaN."""
        x = np.asarray(coordinates, dtype=np.float64)
        filled = np.where(np.isnan(x), self.of.encode(self._element_default()), x)
        return np.where(np.isnan(x), np.nan, self.of.scaled(filled))

    def sample(self, rng: np.random.Generator, size: int) -> Array:
        """Draw lengths, then elements, uniformly; shape (size, max_length), padded with NaN."""
        if self.max_length is None:
            raise SpaceError(f"{self!r} can't be sampled without max_length; give it")
        lengths = rng.integers(self.min_length, self.max_length, size=size, endpoint=True)
        out = self.of.sample(rng, size * self.max_length).reshape(size, self.max_length)
        out[np.arange(self.max_length)[None, :] >= lengths[:, None]] = np.nan
        return out

    def step(self, rng: np.random.Generator, coordinate: Array, length: float) -> Array:
        """Change one element, grow by one as large as the smallest, or drop one; each is as likely.

        Returns a row without padding.
        """
        row = np.asarray(coordinate, dtype=np.float64)
        row = row[~np.isnan(row)]
        actions = ["change"] if len(row) > 0 else []
        if self.max_length is None or len(row) < self.max_length:
            actions.append("grow")
        if len(row) > self.min_length:
            actions.append("shrink")
        action = actions[int(rng.integers(len(actions)))] if actions else "stay"
        if action == "grow":
            return self.grown(row)
        if action == "stay":
            return row
        i = int(rng.integers(len(row)))
        if action == "shrink":
            return np.delete(row, i)
        row = row.copy()
        row[i] = self.of.step(rng, float(row[i]), length)
        return row

    def grown(self, row: Array) -> Array:
        """Return the row with one more element, like its smallest (or the element's default)."""
        new = float(row.min()) if len(row) > 0 else self.of.encode(self._element_default())
        return np.append(row, new)

    def _element_default(self) -> Value:
        of = self.of
        if isinstance(of, Float | Integer) and not of.bounded:
            edge = of.low if of.low is not None else (of.high if of.high is not None else 1)
            return type(edge)(edge) if isinstance(of, Float) else int(edge)
        return of.default()

    def default(self) -> Value:
        """Return the shortest sequence of the element's default."""
        of = self.of
        if isinstance(of, Float | Integer) and not of.bounded and self.min_length > 0:
            of.default()  # raises: an unbounded element has no start value
        return self._type(self._element_default() for _ in range(self.min_length))


Dimension: TypeAlias = Float | Integer | Boolean | Categorical | Ordinal | Sequence | Fixed
