"""Start points that the user names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import field, frozen

from autotune.errors import ComponentError, SpaceError
from autotune.space import Row
from autotune.space.dimensions import Exactly, plain
from autotune.strategy import Key
from autotune.study import Study
from autotune_strategies.starts.design import Design, row_at

__all__ = ["GivenPoints"]


def _settled(value: Any) -> Any:
    """Return a value as its description gives it back: lists are tuples there."""
    value = plain(value)
    return tuple(_settled(item) for item in value) if isinstance(value, list | tuple) else value


def _as_points(given: Iterable[Mapping[str, Any]]) -> tuple[dict[str, Any], ...]:
    if isinstance(given, Mapping):
        raise ComponentError(
            f"GivenPoints.points = {given!r} must be several points; put the dict in brackets"
        )
    points = tuple(given)
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
        found: list[Row] = []
        for i, point in enumerate(self.points):
            where = f"GivenPoints.points[{i}] = {point!r}"
            unknown = [name for name in point if name not in space]
            if unknown:
                raise ComponentError(
                    f"{where}: {unknown} are no parameters of the space ({', '.join(space)}); "
                    "correct the names or leave them out"
                )
            try:
                # As if all were active, so that a wrong value is found wherever it stands.
                values = {name: space[name].check(name, value) for name, value in point.items()}
                checked = space.check(space.check_values({**space.start_values, **values}))
            except SpaceError as error:
                raise ComponentError(f"{where} does not fit the space: {error}") from error
            found.append(row_at(space, space.encode([checked]), 0))
        return tuple(found)
