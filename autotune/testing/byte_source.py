"""Decisions read from bytes: how generated logs are made cheaply, shrunk well, and told in a line.

Hypothesis draws one string of bytes; what it stands for is worked out from them without any further
draw. A byte of zero is the simplest decision everywhere, and bytes past the end are zero, so that
shrinking the bytes shrinks the log.
"""

from __future__ import annotations

import base64
import math
import struct
import zlib
from collections.abc import Sequence as SequenceOf
from typing import Any, TypeVar

from autotune.errors import StudyError
from autotune.space import (
    Boolean,
    Categorical,
    Dimension,
    Fixed,
    Float,
    Integer,
    Ordinal,
    Sequence,
    Space,
)

__all__ = ["ByteSource", "packed", "unpacked"]

T = TypeVar("T")

FAR = 1e9
FAR_INTEGER = 10**9
_HANDY = (0.5, 1.0, -1.0, 2.0, 0.1, 10.0, -0.25, 100.0)


class ByteSource:
    """Bytes, read one decision after another; zeros once they are used up.

    Parameters
    ----------
    content : bytes
        The bytes.

    Examples
    --------
    >>> source = ByteSource(bytes([7, 255]))
    >>> source.below(4), source.pick("abc"), source.below(100)
    (3, 'a', 0)
    """

    __slots__ = ("_at", "_content")

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    def byte(self) -> int:
        """Return the next byte."""
        at = self._at
        self._at = at + 1
        return self._content[at] if at < len(self._content) else 0

    def take(self, n: int) -> bytes:
        """Return the next bytes, as many as asked for."""
        taken = self._content[self._at : self._at + n]
        self._at += n
        return taken.ljust(n, b"\0")

    def below(self, n: int) -> int:
        """Return a whole number from 0 to ``n - 1``."""
        if n <= 256:
            return self.byte() % n
        return int.from_bytes(self.take((n.bit_length() + 7) // 8 + 1), "big") % n

    def pick(self, items: SequenceOf[T]) -> T:
        """Return one of the items; the first is the simplest."""
        return items[self.below(len(items))]

    def chance(self, share: float) -> bool:
        """Return True with the given chance; False is simpler."""
        return self.byte() >= 256 * (1 - share)

    def fraction(self) -> float:
        """Return a number from 0 to 1."""
        return ((self.byte() << 8) | self.byte()) / 65535

    def number(self, low: float, high: float, *, log: bool = False) -> float:
        """Return a number between bounds; the bounds themselves and round numbers come often."""
        mode = self.byte() % 8
        if mode == 0:
            x = 1.0 if log else 0.0
        elif mode == 1:
            x = low
        elif mode == 2:
            x = high
        elif mode == 3:
            x = self.pick(_HANDY)
        elif mode == 4:
            (x,) = struct.unpack("<d", self.take(8))
            if not low <= x <= high:
                x = math.remainder(x, 1.0) if math.isfinite(x) else low
        elif log:
            x = math.exp(math.log(low) + self.fraction() * (math.log(high) - math.log(low)))
        else:
            share = self.fraction()
            x = (1 - share) * low + share * high
        return min(max(x, low), high)

    def value(self, dimension: Dimension) -> Any:
        """Return a legal value of a dimension."""
        match dimension:
            case Float(low=low, high=high, log=log):
                if low is None:
                    low = min(1 / FAR if log else -FAR, FAR if high is None else high)
                return self.number(low, max(low, FAR) if high is None else high, log=log)
            case Integer(low=least, high=most, log=log):
                if least is None:
                    least = min(1 if log else -FAR_INTEGER, FAR_INTEGER if most is None else most)
                if most is None:
                    most = max(least, FAR_INTEGER)
                x = self.number(float(least), float(most), log=log)
                return min(max(round(x), least), most)
            case Boolean():
                return self.below(2) == 1
            case Categorical() | Ordinal():
                return dimension.options[self.below(len(dimension.options))]
            case Fixed():
                return dimension.value
            case Sequence():
                longest = dimension.max_length
                if longest is None:
                    longest = dimension.min_length + 3
                length = dimension.min_length + self.below(longest - dimension.min_length + 1)
                items = [self.value(dimension.of) for _ in range(length)]
                return items if dimension.kind == "list" else tuple(items)

    def configuration(self, space: Space) -> dict[str, Any]:
        """Return a legal configuration: inactive parameters left out, constraints kept."""
        values = {name: self.value(dimension) for name, dimension in space.parameters}
        if space.conditional:
            values = space.check_values(values)
        return values if space.allows(values) else space.start


def packed(content: bytes) -> str:
    r"""Return bytes as a short word that can be pasted into a test.

    Examples
    --------
    >>> unpacked(packed(bytes([0, 7, 0, 0])))
    b'\x00\x07'
    """
    return base64.urlsafe_b64encode(zlib.compress(content.rstrip(b"\0"), 9)).decode().rstrip("=")


def unpacked(word: str) -> bytes:
    """Return the bytes that ``packed`` made a word of, without the zeros at their end."""
    try:
        return zlib.decompress(base64.urlsafe_b64decode(word + "=" * (-len(word) % 4)))
    except (ValueError, zlib.error) as error:
        raise StudyError(
            f"example {word!r} is not one that a failing check printed; copy the whole word"
        ) from error
