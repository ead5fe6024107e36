"""Addresses of randomness: every draw comes from a generator built from seed, trial and role."""

from __future__ import annotations

import zlib

import numpy as np
from attrs import field, frozen

from autotune.errors import StudyError

__all__ = ["Key"]


def _whole(value: object) -> object:
    return value.item() if isinstance(value, np.integer) else value


def _check_seed(instance: object, attribute: object, seed: int) -> None:  # noqa: ARG001
    if not isinstance(seed, int) or isinstance(seed, bool) or not 0 <= seed < 2**63:
        raise StudyError(f"seed = {seed!r} must be a whole number from 0 to 2**63 - 1")


def _step(step: int | str) -> int:
    if isinstance(step, str):
        return zlib.crc32(step.encode())
    whole = _whole(step)
    # From 2**32 on a number takes two words, and would name the same stream as two smaller ones.
    if not isinstance(whole, int) or isinstance(whole, bool) or not 0 <= whole < 2**32:
        raise StudyError(f"key address {step!r} must be a name or a number from 0 to 2**32 - 1")
    return whole


@frozen
class Key:
    """The address of a stream of random numbers.

    Two keys that differ anywhere give independent streams, and the same key always gives the same
    one, so asking twice draws the same numbers and a new component never shifts another's.

    Parameters
    ----------
    seed : int
        The study's seed, from 0 to 2**63 - 1.
    path : tuple of int
        Trial, role and so on; grown with ``child``.

    Examples
    --------
    >>> key = Key(7).child(3, "move")
    >>> key.generator().random() == key.generator().random()
    True

    Notes
    -----
    Built on numpy's ``SeedSequence`` (O'Neill, 2015, "Developing a seed_seq alternative") and its
    spawn keys. Role names enter by their CRC-32.
    """

    seed: int = field(converter=_whole, validator=_check_seed)
    path: tuple[int, ...] = ()

    def child(self, *address: int | str) -> Key:
        """Return the key further down: trial numbers as they are, role names by checksum."""
        return Key(self.seed, (*self.path, *map(_step, address)))

    def generator(self) -> np.random.Generator:
        """Return a fresh generator for this address."""
        return np.random.Generator(
            np.random.PCG64(np.random.SeedSequence(self.seed, spawn_key=self.path))
        )
