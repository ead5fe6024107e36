"""A configuration that has not been tried, in place of one that has."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any

import numpy as np

from autotune.space import Coordinates, Space
from autotune.space.cardinality import combinations_of, dimension_size
from autotune.space.columns import fingerprints, take_rows
from autotune.study import Study
from autotune.study.events import ORIGINS

__all__ = ["is_repeated", "untried"]

# Configurations drawn at random, and how often, before all are gone through.
_DRAWN = 128
_ROUNDS = 8
_GONE_THROUGH = 100_000

_PRIOR = ORIGINS.index("prior")


def is_repeated(study: Study, configuration: dict[str, Any]) -> bool:
    """Tell whether a configuration has been proposed before, other than as an earlier result.

    One that was taken over may be measured anew on purpose, on other folds.
    """
    space = study.known_space
    (wanted,) = fingerprints(space, space.encode([configuration]))
    own = np.flatnonzero(study.proposals["origin"] != _PRIOR)
    return wanted in set(fingerprints(space, take_rows(study.coordinates, own)))


def untried(study: Study, rng: np.random.Generator) -> dict[str, Any] | None:
    """Return a configuration that has not been proposed, drawn at random.

    Parameters
    ----------
    study : Study
        A study of a finite space.
    rng : Generator
        Draws.

    Returns
    -------
    dict, optional
        None where there is none, or none was found: the space is large and hardly anything in it is
        allowed.

    Examples
    --------
    >>> from autotune import Integer, tune
    >>> study = tune(lambda c: c["k"], {"k": Integer(1, 3)}, n_trials=2, seed=0).study
    >>> tried = [study.configuration(trial) for trial in (1, 2)]
    >>> untried(study, np.random.default_rng(0)) in tried
    False
    """
    space = study.known_space
    seen = set(fingerprints(space, study.coordinates))
    for _ in range(_ROUNDS):
        found = _new(space, space.sample(rng, _DRAWN), seen)
        if len(found) > 0:
            return found[0]
    sizes = [dimension_size(dimension) for _, dimension in space.parameters]
    n = math.prod(size for size in sizes if size is not None)
    if None in sizes or n > _GONE_THROUGH:
        return None
    left = _new(space, combinations_of(space, n), seen)
    return left[int(rng.integers(len(left)))] if left else None


def _new(space: Space, coordinates: Coordinates, seen: Collection[bytes]) -> list[dict[str, Any]]:
    """Return the allowed configurations at coordinates that have not been seen."""
    columns = space.mark_inactive(coordinates)
    allowed = np.flatnonzero(space.allowed(columns))
    rows = fingerprints(space, columns)
    new = {rows[i]: i for i in reversed(allowed.tolist()) if rows[i] not in seen}
    return [space.decode_row(columns, i) for i in sorted(new.values())]
