"""Failures of several trials: which are alike, and which are commonest."""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from collections.abc import Iterable

from autotune.study.formatting import clean
from autotune.study.measurement import Failure

__all__ = ["commonest", "likeness", "told"]

_LONGEST = 400

# An address, or a number with all that belongs to it.
_VARYING = re.compile(r"0x[0-9a-fA-F]+|\d[\d.,_]*(?:[eE][-+]?\d+)?")


def likeness(failure: Failure) -> tuple[str, str]:
    """Return a value that is equal for failures of the same kind that say the same.

    Numbers and addresses in the message, signs and white space make no difference.

    Parameters
    ----------
    failure : Failure
        Why a trial gave no score.

    Examples
    --------
    >>> likeness(Failure("ValueError", "x = -0.5 is too small")) == likeness(
    ...     Failure("ValueError", "x = 2e-7 is too small")
    ... )
    True
    """
    words = " ".join(_VARYING.sub("#", failure.message).split())
    return failure.kind, words.replace("-#", "#").replace("+#", "#")


def told(failure: Failure) -> str:
    """Return a failure in one line, cut where it is long.

    Examples
    --------
    >>> told(Failure("ValueError", "no  such file"))
    'ValueError: no such file'
    """
    words = textwrap.shorten(failure.message, _LONGEST, placeholder=" [...]")
    return clean(f"{failure.kind}: {words}" if words else failure.kind)


def commonest(failures: Iterable[Failure]) -> tuple[Failure, int]:
    """Return the first of the failures that are most often alike, and how often they are.

    Parameters
    ----------
    failures : iterable of Failure
        One or more.

    Examples
    --------
    >>> failure, n = commonest([Failure("A", "1"), Failure("B", "x"), Failure("A", "2")])
    >>> failure.message, n
    ('1', 2)
    """
    listed = list(failures)
    counts = Counter(likeness(failure) for failure in listed)
    most, n = counts.most_common(1)[0]
    return next(failure for failure in listed if likeness(failure) == most), n
