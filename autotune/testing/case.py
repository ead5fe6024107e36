"""Cases: what a component is checked on, worked out from bytes or given by hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from attrs import field, frozen

from autotune.strategy import Key
from autotune.study import EMPTY, Event, Study, apply
from autotune.testing.byte_source import ByteSource, packed, unpacked
from autotune.testing.log_builder import CHUNK, HEADER, small_space, write_log

__all__ = ["CASE_BYTES", "Case", "studies_of"]

_CASE = 16
_CHOICES = 48
_SPACE = 24
_CHUNKS = 14
_LENGTHS = (0, 1, 2, 3, 4, 6, 8, 10, 12, 14, 14, 14)

CASE_BYTES = _CASE + _CHOICES + _SPACE + HEADER + _CHUNKS * CHUNK
"""How many bytes make a case."""

# What is asked where nothing was said: candidates of all sorts.
_ANY_CHOICES = bytes((37 * i * i + 11 * i + 5) % 256 for i in range(_CHOICES))


def _as_tuple(log: Iterable[Event]) -> tuple[Event, ...]:
    return tuple(log)


@frozen(eq=False)
class Case:
    """A legal log, and what a component is asked about it.

    Parameters
    ----------
    log : iterable of Event
        The events.
    key : Key
        The address of randomness for the questions.
    choices : bytes
        What the questions are made of: candidates, parents and so on.
    split : int, optional
        After so many events the log is cut in two; in the middle if left out.
    stride : int
        Questions are put after every so many events, and at the end.
    content : bytes, optional
        What the case was made from, if it was made from bytes.

    Examples
    --------
    >>> case = Case.from_bytes(b"")
    >>> len(case.log), case.key
    (1, Key(seed=0, path=()))
    """

    log: tuple[Event, ...] = field(converter=_as_tuple)
    key: Key = field(default=Key(0))
    choices: bytes = field(default=_ANY_CHOICES, repr=False)
    split: int = -1
    stride: int = 1
    content: bytes | None = field(default=None, repr=False)

    @classmethod
    def from_bytes(cls, content: bytes) -> Case:
        """Make a case from bytes; zeros make the simplest."""
        source = ByteSource(content[:_CASE])
        length = source.pick(_LENGTHS)
        stride = source.pick((1, 3, 4, 5, 6, 7, 8, 9))
        split = source.byte()
        key = Key(source.below(2**63))
        at = _CASE + _CHOICES
        space = small_space(ByteSource(content[at : at + _SPACE]))
        at += _SPACE
        log = write_log(
            space, content[at : at + HEADER + length * CHUNK], max_trials=10, whole=True
        )
        return cls(
            log,
            key,
            content[_CASE : _CASE + _CHOICES],
            split % (len(log) + 1),
            stride,
            content,
        )

    @classmethod
    def from_word(cls, word: str) -> Case:
        """Make the case that a failing check printed."""
        return cls.from_bytes(unpacked(word))

    @property
    def word(self) -> str | None:
        """The case as a word that can be pasted; None if it was not made from bytes."""
        return None if self.content is None else packed(self.content)

    @property
    def cut(self) -> int:
        """How many events come before the cut."""
        return len(self.log) // 2 if self.split < 0 else min(self.split, len(self.log))

    @property
    def positions(self) -> list[int]:
        """The numbers of events after which questions are put."""
        n = len(self.log)
        inner = [i for i in range(1, n) if i % self.stride == 0]
        return [*inner, n] if n > 0 else []

    def source(self) -> ByteSource:
        """Return the decisions that questions are made of, from the first."""
        return ByteSource(self.choices)


def studies_of(log: Sequence[Event]) -> list[Study]:
    """Return the study before the first event and after each."""
    studies = [EMPTY]
    for event in log:
        studies.append(apply(studies[-1], event))
    return studies
