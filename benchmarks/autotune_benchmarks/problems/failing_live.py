"""Live problems in which trials fail: xz within some memory, a support vector machine in time.

Both do the real thing, and yet repeat exactly: memory is what liblzma says that unpacking takes,
and time is counted in iterations of the solver. There are six cases of each, of which a run takes
the one of its number. What is best was found beforehand by 600 random configurations or more and as
many steps from the best of them, so that a search may find slightly better: a regret below 0.
"""

from __future__ import annotations

import lzma
import math
import warnings
from abc import abstractmethod
from collections.abc import Mapping
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any, ClassVar, Self

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import SVC
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from autotune.objective import Measurement
from autotune.space import Categorical, Configuration, Dimension, Equals, Float, In, Integer, Space
from autotune.strategy import Key
from autotune.study import Direction, Failure
from autotune_benchmarks.problems.own_problem import OwnProblem

__all__ = ["LIVE_FAILING", "LiveFailing", "SvcInTime", "Xz", "load_live_failing"]


@frozen
class _Found:
    """What a configuration came to."""

    score: float
    seconds: float
    failure: Failure | None = None


@frozen
class LiveFailing(OwnProblem):
    """A live problem with several cases, of which a run takes the one of its number.

    Parameters
    ----------
    number : int
        Of the instance.
    """

    number: int = 0
    n_folds = 1
    known: ClassVar[tuple[tuple[float, float], ...]]
    """The best score and that of the median of what works, of each case."""

    def instance(self, seed: int) -> Self:
        """Return the problem that runs with this number search in.

        Parameters
        ----------
        seed : int
            The number of the run.
        """
        return evolve(self, number=seed)

    @property
    def case(self) -> int:
        """Which of the cases."""
        return self.number % len(self.known)

    @property
    def best(self) -> float:
        """The best score that was found beforehand."""
        return self.known[self.case][0]

    @property
    def median(self) -> float:
        """The score of the median of those random configurations that work."""
        return self.known[self.case][1]

    @abstractmethod
    def run(self, configuration: Configuration) -> _Found:
        """Do what is measured."""

    def failure(self, configuration: Configuration) -> Failure | None:
        """Return why trials of a configuration fail, always; None if they do not."""
        return self._found(configuration).failure

    def truth(self, configuration: Configuration) -> float:
        """Return the score; NaN where trials fail."""
        return self._found(configuration).score

    def seconds(self, configuration: Configuration) -> float:
        """Return what it took."""
        return self._found(configuration).seconds

    def measure(self, configuration: Configuration, seed: int, trial: int) -> Measurement:  # noqa: ARG002
        """Return the measurement of a trial, which tells why it failed."""
        found = self._found(configuration)
        return Measurement((0,), (found.score,), (found.seconds,), (0.0,), failure=found.failure)

    def _found(self, configuration: Configuration) -> _Found:
        checked = self.space.check(configuration)
        return _remembered(evolve(self, number=self.case), tuple(checked.items()))


@lru_cache(maxsize=16_384)
def _remembered(problem: LiveFailing, items: tuple[tuple[str, Any], ...]) -> _Found:
    return problem.run(dict(items))


_WORDS = 3000
_LENGTH = 96 * 1024


def _text(kind: int) -> bytes:
    """Make up something to be packed: prose, records of numbers, or both in turns, with repeats."""
    rng = Key(kind).child("text").generator()
    letters = np.frombuffer(b"etaoinshrdlucmfwypvbgk", dtype=np.uint8)
    words = [
        bytes(letters[rng.zipf(1.5, rng.integers(2, 9)) % len(letters)]) for _ in range(_WORDS)
    ]
    parts: list[bytes] = []
    size = 0
    while size < _LENGTH:
        if parts and rng.random() < 0.3:  # something said before, long ago or lately
            part = parts[int(len(parts) * rng.random() ** 0.5)]
        elif kind % 3 == 0 or (kind % 3 == 2 and rng.random() < 0.5):
            part = b" ".join(words[i % _WORDS] for i in rng.zipf(1.3, 150)) + b".\n"
        else:
            steps = rng.integers(-40, 41, size=(120, 2)).cumsum(axis=0).astype("<i4")
            part = steps.tobytes()
        parts.append(part)
        size += len(part)
    return b"".join(parts)[:_LENGTH]


@cache
def _texts(kind: int) -> bytes:
    return _text(kind)


@frozen
class Xz(LiveFailing):
    """Bytes that xz makes of a thousand, by its filter's seven options.

    liblzma refuses ``lc + lp > 4``, and what takes more memory to unpack than a limit fails as
    well; a larger dictionary packs better until then.
    """

    name = "failing/xz"
    known = (
        (142.0898, 187.6831),
        (207.0719, 240.8854),
        (188.2324, 233.2357),
        (180.2165, 231.4453),
        (191.4062, 230.7129),
        (195.1090, 249.5117),
    )
    limits = (140, 110, 180, 100, 160, 120)  # thousand bytes

    @property
    def space(self) -> Space:
        """The options of the filter LZMA2."""
        return _xz_space()

    def run(self, configuration: Configuration) -> _Found:
        """Pack and unpack."""
        text = _texts(self.case)
        given = dict(configuration)
        options = {
            "id": lzma.FILTER_LZMA2,
            **given,
            "mode": lzma.MODE_NORMAL if given["mode"] == "normal" else lzma.MODE_FAST,
            "mf": getattr(lzma, f"MF_{given['mf'].upper()}"),
        }
        try:
            packed = lzma.compress(text, lzma.FORMAT_XZ, filters=[options])
            lzma.decompress(packed, memlimit=1000 * self.limits[self.case])
        except lzma.LZMAError as error:
            return _Found(math.nan, 1.0, Failure("LZMAError", str(error)))
        return _Found(1000 * len(packed) / len(text), 1.0)


@cache
def _xz_space() -> Space:
    parameters: dict[str, Dimension] = {
        "dict_size": Integer(4096, 1 << 18, log=True),
        "lc": Integer(0, 4),
        "lp": Integer(0, 4),
        "pb": Integer(0, 4),
        "mode": Categorical(["fast", "normal"]),
        "mf": Categorical(["hc3", "hc4", "bt2", "bt3", "bt4"]),
        "nice_len": Integer(8, 273),
    }
    return Space(parameters)


Array = NDArray[Any]


@cache
def _data(case: int) -> tuple[Array, Array]:
    """Return 180 rows of a data set, as it comes: numbers on scales that differ."""
    load = (load_breast_cancer, load_wine, load_digits)[case % 3]
    X, y = load(return_X_y=True)
    rows = Key(case).child("rows").generator().permutation(len(y))[:180]
    return X[rows], y[rows]


@frozen
class SvcInTime(LiveFailing):
    """A support vector machine on data that were not scaled, ended at a number of iterations.

    A fit that takes more than these counts as timed out, after as many seconds as they stand for.
    What is slow is found where a large C meets a kernel that separates badly.
    """

    name = "failing/svc"
    direction: ClassVar[Direction] = "maximize"
    metric = "accuracy"
    known = (
        (0.950000, 0.594444),
        (0.865066, 0.398870),
        (0.944444, 0.166667),
        (0.950000, 0.605556),
        (0.893409, 0.398870),
        (0.955556, 0.133333),
    )
    limits = (3000, 500, 50, 1000, 1500, 40)  # iterations
    per_second = 100.0

    @property
    def space(self) -> Space:
        """The kernel with its parameters, and what all have."""
        return _svc_space()

    def run(self, configuration: Configuration) -> _Found:
        """Cross-validate, up to the first fold that takes too long."""
        X, y = _data(self.case)
        limit = self.limits[self.case]
        scores: list[float] = []
        seconds = 0.0
        for train, test in StratifiedKFold(3, shuffle=True, random_state=0).split(X, y):
            with warnings.catch_warnings(), threadpool_limits(1):
                warnings.simplefilter("ignore")
                model = SVC(**configuration, max_iter=limit).fit(X[train], y[train])
            seconds += (1.0 + float(np.max(model.n_iter_))) / self.per_second
            if model.fit_status_ != 0:
                words = f"the evaluation took longer than timeout = {limit / self.per_second} s"
                failure = Failure("TimeoutError", f"{words} and was ended", limit=seconds)
                return _Found(math.nan, seconds, failure)
            scores.append(float(model.score(X[test], y[test])))
        return _Found(math.fsum(scores) / len(scores), seconds)


@cache
def _svc_space() -> Space:
    parameters: dict[str, Dimension] = {
        "kernel": Categorical(["linear", "rbf", "poly", "sigmoid"]),
        "C": Float(1e-4, 1e5, log=True),
        "gamma": Float(1e-8, 1.0, log=True),
        "degree": Integer(2, 5),
        "coef0": Float(0.0, 10.0),
        "tol": Float(1e-5, 1e-1, log=True),
    }
    return Space(
        parameters,
        conditions={
            "gamma": In("kernel", ["rbf", "poly", "sigmoid"]),
            "degree": Equals("kernel", "poly"),
            "coef0": In("kernel", ["poly", "sigmoid"]),
        },
    )


_PROBLEMS: Mapping[str, LiveFailing] = MappingProxyType(
    {problem.name: problem for problem in (Xz(), SvcInTime())}
)

LIVE_FAILING: tuple[str, ...] = tuple(_PROBLEMS)
"""The names of all."""


def load_live_failing(name: str) -> LiveFailing:
    """Return the problem of a name, its instance 0.

    Parameters
    ----------
    name : str
        One of ``LIVE_FAILING``.

    Raises
    ------
    ValueError
        If there is none.
    """
    if name not in _PROBLEMS:
        raise ValueError(f"problem {name!r} must be one of {', '.join(LIVE_FAILING)}")
    return _PROBLEMS[name]
