"""Starts at known points: the space's start values, given ones, the best of earlier results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from attrs import field, frozen

from autotune.errors import ComponentError, SpaceError
from autotune.space import Row
from autotune.space.dimensions import plain
from autotune.space.equality import Exactly
from autotune.strategy import Key
from autotune.strategy.candidates import row_of
from autotune.strategy.validators import as_tuple, count
from autotune.study import Study
from autotune.study.events import ORIGINS
from autotune_strategies.starts.designs import Design, row_at

__all__ = ["BestOfPrior", "GivenPoints", "StartValues"]

_START = ORIGINS.index("start")


@frozen
class StartValues(Design):
    """Try the space's start values first, unless earlier results were taken over.

    Examples
    --------
    >>> StartValues()
    StartValues()
    """

    def most(self, study: Study) -> int:
        """Return 1, or 0 if the study began otherwise."""
        return int(study.n_trials == 0 or bool(study.proposals["origin"][0] == _START))

    def rows(self, study: Study, key: Key) -> tuple[Row, ...]:  # noqa: ARG002
        """Return the start values, unless the study began otherwise."""
        if self.most(study) == 0:
            return ()
        space = study.known_space
        return (row_at(space, space.encode([space.start]), 0),)


def _settled(value: Any) -> Any:
    """Return a value as its description gives it back: lists are tuples there."""
    value = plain(value)
    return tuple(_settled(item) for item in value) if isinstance(value, list | tuple) else value


def _as_points(given: Iterable[Mapping[str, Any]]) -> tuple[dict[str, Any], ...]:
    if isinstance(given, Mapping):
        raise ComponentError(
            f"GivenPoints.points = {given!r} must be several points; put the dict in brackets"
        )
    points = as_tuple(given)
    for i, point in enumerate(points):
        if not isinstance(point, Mapping) or not all(isinstance(name, str) for name in point):
            raise ComponentError(
                f"GivenPoints.points[{i}] = {point!r} must be a dict of values by parameter"
            )
    return tuple({name: _settled(value) for name, value in point.items()} for point in points)


@frozen
class GivenPoints(Design):
    """Try points that are known to be good, or worth knowing.

    Parameters
    ----------
    points : tuple of mapping
        Values by parameter. A parameter left out takes its start value; one that is inactive then
        is left out of the configuration.

    Raises
    ------
    ComponentError
        When the first point is asked for, if any of them does not fit the space.

    Examples
    --------
    >>> GivenPoints([{"C": 1.0, "kernel": "rbf"}, {"C": 100.0}]).points[1]
    {'C': 100.0}
    """

    points: tuple[dict[str, Any], ...] = field(converter=_as_points, eq=Exactly)

    @points.validator
    def _check_points(self, attribute: Any, value: tuple[dict[str, Any], ...]) -> None:  # noqa: ARG002
        if len(value) == 0:
            raise ComponentError("GivenPoints.points = () must hold at least one point")

    def most(self, study: Study) -> int:  # noqa: ARG002
        """Return how many points there are."""
        return len(self.points)

    def rows(self, study: Study, key: Key) -> tuple[Row, ...]:  # noqa: ARG002
        """Return the points as rows, all of them checked."""
        space = study.known_space
        result: list[Row] = []
        for i, point in enumerate(self.points):
            where = f"GivenPoints.points[{i}] = {point!r}"
            unknown = [name for name in point if name not in space]
            if unknown:
                raise ComponentError(
                    f"{where}: {unknown} are not parameters of the space ({', '.join(space)}); "
                    "correct the names or leave them out"
                )
            try:
                # As if all were active, so that a wrong value is found wherever it stands.
                values = {name: space[name].check(name, value) for name, value in point.items()}
                checked = space.check(space.check_values({**space.start_values, **values}))
            except SpaceError as error:
                raise ComponentError(f"{where} does not fit the space: {error}") from error
            result.append(row_at(space, space.encode([checked]), 0))
        return tuple(result)


_PRIOR = ORIGINS.index("prior")


@frozen
class BestOfPrior(Design):
    """Try the best configurations of the earlier results that were taken over once more.

    Their scores may come from other data, other folds or a lucky draw. Evaluated anew, they can be
    compared with what follows, and the search goes on from one that is good here. Without earlier
    results it begins at the start values.

    Parameters
    ----------
    n : int
        How many, each configuration once. The best comes first; of equals the earlier.

    Examples
    --------
    >>> BestOfPrior(n=3)
    BestOfPrior(n=3)

    References
    ----------
    Feurer, Springenberg and Hutter (2015), "Initializing Bayesian hyperparameter optimization via
    meta-learning", AAAI 29, pp. 1128-1135: a search that is started from what was best elsewhere.
    """

    n: int = field(default=1, validator=count)

    def most(self, study: Study) -> int:
        """Return how many points there are at most."""
        return min(self.n, study.n_prior)

    def rows(self, study: Study, key: Key) -> tuple[Row, ...]:  # noqa: ARG002
        """Return the best prior trials' coordinates; failed ones and those forbidden are none."""
        space = study.known_space
        score = study.outcomes().value
        prior = np.flatnonzero((study.proposals["origin"] == _PRIOR) & ~np.isnan(score))
        best: dict[tuple[object, ...], Row] = {}
        for i in prior[np.argsort(-score[prior], kind="stable")]:
            row = row_of(study, int(i) + 1)
            if space.allows_row(row):
                best.setdefault(tuple(np.asarray(x).tobytes() for x in row.values()), row)
            if len(best) == self.n:
                break
        return tuple(best.values())
