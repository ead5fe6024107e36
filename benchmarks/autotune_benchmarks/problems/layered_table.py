"""A recorded table of networks, searched as a sequence of layers."""

from __future__ import annotations

import math
from typing import Any

from attrs import field, frozen

from autotune.errors import SpaceError
from autotune.objective import Measurement
from autotune.space import Configuration, Ordinal, Sequence, Space
from autotune.study import Direction
from autotune_benchmarks.problems.recorded_tables import RecordedTable

__all__ = ["LayeredTable"]


@frozen(eq=False)
class LayeredTable:
    """A recorded table whose width and depth are searched as one parameter, the widths of layers.

    Only networks with equal layers were recorded. So a sequence is looked up by its length and by
    the recorded width nearest to the mean of its widths, counted in places of their order: what is
    searched is real where all layers are equal, and made up in between.

    Parameters
    ----------
    of : RecordedTable
        One with the parameters ``depth`` (1, 2, …) and ``width``, as the hpobench tables are.

    Raises
    ------
    SpaceError
        If it has not.
    """

    of: RecordedTable
    space: Space = field(init=False, repr=False)
    _widths: Ordinal = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        parameters = dict(self.of.space.parameters)
        depth, width = parameters.pop("depth", None), parameters.pop("width", None)
        if not (
            isinstance(depth, Ordinal)
            and isinstance(width, Ordinal)
            and depth.values == tuple(range(1, len(depth.values) + 1))
        ):
            raise SpaceError(
                f"{self.of.name} has no depth from 1 on and width; take a table that has"
            )
        parameters["layers"] = Sequence(of=width, max_length=len(depth.values))
        object.__setattr__(self, "space", Space(parameters))
        object.__setattr__(self, "_widths", width)

    @property
    def name(self) -> str:
        """That of the table: runs of both share their randomness."""
        return self.of.name

    @property
    def family(self) -> str:
        """That of the table."""
        return self.of.family

    @property
    def direction(self) -> Direction:
        """Which scores are better."""
        return self.of.direction

    @property
    def metric(self) -> str:
        """The recorded score."""
        return self.of.metric

    @property
    def n_folds(self) -> int:
        """The number of recorded seeds."""
        return self.of.n_folds

    def recorded(self, configuration: Configuration) -> dict[str, Any]:
        """Return the configuration of the table that stands for one with layers."""
        found = self.space.check(configuration)
        layers = found.pop("layers")
        places = [self._widths.values.index(width) for width in layers]
        place = math.floor(sum(places) / len(places) + 0.5)
        return {**found, "depth": len(layers), "width": self._widths.values[place]}

    def first(self, seed: int) -> dict[str, Any]:
        """Return the configuration that runs with this seed begin with, that of the table."""
        found = self.of.first(seed)
        depth, width = found.pop("depth"), found.pop("width")
        return {**found, "layers": (width,) * depth}

    def evaluate(self, configuration: Configuration, seed: int, trial: int) -> tuple[float, float]:
        """Return one recorded score and its training seconds."""
        return self.of.evaluate(self.recorded(configuration), seed, trial)

    def evaluate_folds(self, configuration: Configuration, folds: tuple[int, ...]) -> Measurement:
        """Return the records of some seeds, as if they were folds of a cross-validation."""
        return self.of.evaluate_folds(self.recorded(configuration), folds)

    def truth(self, configuration: Configuration) -> float:
        """Return the mean score over the recorded seeds."""
        return self.of.truth(self.recorded(configuration))

    def regret(self, configuration: Configuration) -> float:
        """Return the normalised regret of the true score, the scale that of the table."""
        return self.of.regret(self.recorded(configuration))
