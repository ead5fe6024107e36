"""Made-up problems in which trials fail, drawn anew for every run: where, how often and how near.

What a search does about failures can't be told from one problem, and could be tuned to it. So each
of these is a kind of problem, and the number of a run draws one of the kind: how many parameters
there are and on which scales, where the best lies, which trials fail, how noisy scores are.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable, Mapping
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Any, Self

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from autotune.objective import Measurement
from autotune.space import (
    Boolean,
    Categorical,
    Configuration,
    Dimension,
    Float,
    In,
    Integer,
    Space,
)
from autotune.strategy import Key
from autotune.study import Failure
from autotune_benchmarks.problems.own_problem import OwnProblem

__all__ = [
    "MADE_FAILING",
    "Branch",
    "Cliff",
    "DeadChoice",
    "FailingProblem",
    "Flaky",
    "Island",
    "Pairs",
    "Rule",
    "Slow",
    "Strip",
    "load_made_failing",
]

Array = NDArray[np.float64]

_ROUNDING = 1e-9  # an optimum on an edge is not to fail for the last digit of a logarithm
_DRAWS = 2000
_NOISES = (0.0, 0.01, 0.03)  # of losses that range over about 1


@frozen
class _Number:
    """A number on the scale from 0 to 1 on which losses and failures are defined."""

    name: str
    low: float
    high: float
    log: bool = False
    whole: bool = False

    @property
    def dimension(self) -> Dimension:
        if self.whole:
            return Integer(int(self.low), int(self.high), log=self.log)
        return Float(self.low, self.high, log=self.log)

    def unit(self, value: float) -> float:
        if self.log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def value(self, unit: float) -> float | int:
        if self.log:
            found = self.low * math.pow(self.high / self.low, unit)
        else:
            found = self.low + unit * (self.high - self.low)
        found = min(max(found, self.low), self.high)
        return round(found) if self.whole else found


_SCALES = (
    _Number("", -10.0, 10.0),
    _Number("", 0.0, 1.0),
    _Number("", 1e-5, 1.0, log=True),
    _Number("", 1e-2, 1e3, log=True),
    _Number("", 1, 512, log=True, whole=True),
    _Number("", 1, 30, whole=True),
)


def _numbers(rng: np.random.Generator, n: int, letter: str = "x") -> tuple[_Number, ...]:
    """Draw numbers: every other instance has them all alike, on a linear scale."""
    mixed = bool(rng.integers(2))
    kinds = rng.integers(len(_SCALES), size=n) if mixed else np.zeros(n, dtype=np.int64)
    return tuple(evolve(_SCALES[kind], name=f"{letter}{i}") for i, kind in enumerate(kinds))


def _snapped(numbers: tuple[_Number, ...], point: Array) -> Array:
    """Return the point of the nearest values that there are."""
    return np.array([n.unit(n.value(float(u))) for n, u in zip(numbers, point, strict=True)])


def _point(numbers: tuple[_Number, ...], configuration: Configuration) -> Array:
    return np.array([number.unit(configuration[number.name]) for number in numbers])


def _values(numbers: tuple[_Number, ...], point: Array) -> dict[str, Any]:
    return {n.name: n.value(float(u)) for n, u in zip(numbers, point, strict=True)}


@frozen(eq=False)
class _Bowl:
    r"""A loss that is 0 at a point and larger elsewhere, at least on one side of an edge there.

    With :math:`v = x - c`, :math:`|A v|^2 + ripple \sum_i (1 - \cos 6 \pi (A v)_i) + slope\, (-n
    v)^{power}`. Where there is a slope, the bowl itself is flat along *n*: the loss falls up to
    the edge :math:`n v = 0`, behind which trials fail.
    """

    centre: Array
    axes: Array
    ripple: float = 0.0
    normal: Array | None = None
    slope: float = 0.0
    power: float = 1.0

    def at(self, point: Array) -> float:
        v = point - self.centre
        found = 0.0
        if self.normal is not None and self.slope > 0:
            s = float(self.normal @ v)
            v = v - s * self.normal
            found = self.slope * max(-s, 0.0) ** self.power
        z = self.axes @ v
        return found + float(z @ z) + self.ripple * float(np.sum(1 - np.cos(6 * math.pi * z)))


def _axes(rng: np.random.Generator, n: int) -> Array:
    """Draw a rotation with unequal lengths: up to thirty times as steep one way as another."""
    rotation, _ = np.linalg.qr(rng.standard_normal((n, n)))
    steepness = 30.0 ** rng.uniform(0.0, 1.0, n)
    steepness *= 2.0 / steepness.mean()
    return np.asarray(np.sqrt(steepness)[:, None] * rotation)


def _ripple(rng: np.random.Generator) -> float:
    return float(rng.choice([0.0, 0.0, 0.02]))


def _normal(rng: np.random.Generator, n: int, of: int, *, signs: bool) -> Array:
    """Draw the direction of an edge, over so many of the axes."""
    normal = np.zeros(n)
    chosen = rng.permutation(n)[:of]
    normal[chosen] = rng.uniform(0.5, 1.0, len(chosen))
    if signs:
        normal[chosen] *= rng.choice([-1.0, 1.0], len(chosen))
    return np.asarray(normal / np.linalg.norm(normal))


def _share_beyond(normal: Array, point: Array) -> float:
    """Return the share of the unit cube that lies beyond an edge through a point."""
    cube = np.random.default_rng(0).random((4096, len(normal)))
    return float(np.mean((cube - point) @ normal > _ROUNDING))


def _edge(
    rng: np.random.Generator,
    numbers: tuple[_Number, ...],
    normal: Array,
    shares: tuple[float, float],
) -> Array:
    """Draw a point on an edge beyond which a share of the cube lies."""
    for _ in range(1000):
        point = _snapped(numbers, rng.uniform(0.15, 0.85, len(numbers)))
        if shares[0] <= _share_beyond(normal, point) <= shares[1]:
            return point
    raise RuntimeError(f"no edge with shares of {shares} beyond was found")


@frozen
class FailingProblem(OwnProblem):
    """A kind of problem in which trials fail, of which every run has another instance.

    A subclass has ``loss``, what a trial scores that does not fail, ``failure`` and ``optimum``.
    Regrets are normalised by the median of those random configurations that do not fail.

    Parameters
    ----------
    number : int
        Of the instance.
    """

    number: int = 0
    n_folds = 1

    def instance(self, seed: int) -> Self:
        """Return the problem that runs with this number search in.

        Parameters
        ----------
        seed : int
            The number of the run.
        """
        return evolve(self, number=seed)

    @property
    def rng(self) -> np.random.Generator:
        """What the instance is drawn with."""
        return Key(self.number).child("instance", self.name).generator()

    @abstractmethod
    def loss(self, configuration: Configuration) -> float:
        """Return what a trial would score if it did not fail, without noise."""

    @abstractmethod
    def failure(self, configuration: Configuration) -> Failure | None:
        """Return why trials of a configuration fail, always; None if they do not."""

    @abstractmethod
    def optimum(self) -> dict[str, Any]:
        """Return the best configuration that does not fail."""

    @property
    def best(self) -> float:
        """The loss of the best."""
        return self.loss(self.optimum())

    @property
    def median(self) -> float:
        """The loss of the median of many random configurations that do not fail."""
        return _working_median(self)

    def truth(self, configuration: Configuration) -> float:
        """Return the loss without noise; NaN where trials fail, always."""
        if self.failure(configuration) is not None:
            return math.nan
        return self.loss(configuration)

    def measure(self, configuration: Configuration, seed: int, trial: int) -> Measurement:
        """Return the measurement of a trial, which tells why it failed."""
        score, seconds = super().evaluate(configuration, seed, trial)
        failure = self.failure(configuration) or self.bad_luck(seed, trial)
        if failure is not None:
            score = math.nan
        return Measurement((0,), (score,), (seconds,), (0.0,), failure=failure)

    def bad_luck(self, seed: int, trial: int) -> Failure | None:  # noqa: ARG002
        """Return why a trial fails whatever its configuration; None if it does not."""
        return None

    def evaluate(self, configuration: Configuration, seed: int, trial: int) -> tuple[float, float]:
        """Return score and seconds of a trial; NaN where it fails."""
        found = self.measure(configuration, seed, trial)
        return found.scores[0], found.fit_seconds[0]


@lru_cache(maxsize=1024)
def _working_median(problem: FailingProblem) -> float:
    rng = Key(0).child("median", problem.name).generator()
    drawn = problem.space.decode(problem.space.sample(rng, _DRAWS))
    losses = [problem.loss(each) for each in drawn if problem.failure(each) is None]
    return float(np.median(losses))


@frozen
class _OfNumbers:
    """What was drawn of a problem in numbers alone."""

    numbers: tuple[_Number, ...]
    bowl: _Bowl
    fails: Callable[[Array], bool]
    noise: float


@frozen
class _NumberProblem(FailingProblem):
    """A problem in numbers alone, with a bowl and a region in which trials fail."""

    failure_told = Failure("ValueError", "no such combination can be fitted")

    @property
    @abstractmethod
    def drawn(self) -> _OfNumbers:
        """What was drawn."""

    @property
    def space(self) -> Space:
        """The numbers."""
        return _space(self.drawn.numbers)

    def loss(self, configuration: Configuration) -> float:
        """Return the loss of the bowl."""
        return self.drawn.bowl.at(_point(self.drawn.numbers, configuration))

    def failure(self, configuration: Configuration) -> Failure | None:
        """Return why trials fail; None outside of the region in which they do."""
        beyond = self.drawn.fails(_point(self.drawn.numbers, configuration))
        return self.failure_told if beyond else None

    def noise(self, configuration: Configuration) -> float:  # noqa: ARG002
        """Return the standard deviation of a score."""
        return self.drawn.noise

    def optimum(self) -> dict[str, Any]:
        """Return the bottom of the bowl."""
        return _values(self.drawn.numbers, self.drawn.bowl.centre)


@lru_cache(maxsize=1024)
def _space(numbers: tuple[_Number, ...]) -> Space:
    return Space({number.name: number.dimension for number in numbers})


@frozen
class Strip(_NumberProblem):
    """A thin strip at an end of one parameter fails, far from the best; 1 to 4 parameters."""

    name = "failing/strip"

    @cached_property
    def drawn(self) -> _OfNumbers:
        """What was drawn: the strip is 5 to 15 % wide, and 30 % or more from the best."""
        rng = self.rng
        numbers = _numbers(rng, int(rng.integers(1, 5)))
        n = len(numbers)
        axis, high, width = int(rng.integers(n)), bool(rng.integers(2)), rng.uniform(0.05, 0.15)
        centre = rng.uniform(0.2, 0.8, n)
        centre[axis] = rng.uniform(0.1, 0.55) if high else rng.uniform(0.45, 0.9)
        bowl = _Bowl(_snapped(numbers, centre), _axes(rng, n), _ripple(rng))

        def fails(point: Array) -> bool:
            u = point[axis] if high else 1.0 - point[axis]
            return bool(u > 1.0 - width)

        return _OfNumbers(numbers, bowl, fails, float(rng.choice(_NOISES)))


@frozen
class Cliff(_NumberProblem):
    """Better and better until it breaks, as at a memory limit; 1 to 4 parameters.

    The edge runs across one parameter, or is the sum of two or three on their scales, as a size is
    of several factors. The best stands on it. A quarter to a half of the space lies beyond.
    """

    name = "failing/cliff"
    failure_told = Failure("MemoryError", "unable to allocate an array")

    @cached_property
    def drawn(self) -> _OfNumbers:
        """What was drawn: the loss falls up to the edge, evenly or ever less."""
        rng = self.rng
        numbers = _numbers(rng, int(rng.integers(1, 5)))
        n = len(numbers)
        normal = _normal(rng, n, int(rng.integers(1, min(n, 3) + 1)), signs=False)
        centre = _edge(rng, numbers, normal, (0.25, 0.5))
        bowl = _Bowl(
            centre,
            _axes(rng, n),
            _ripple(rng),
            normal,
            float(rng.uniform(0.5, 2.0)),
            float(rng.choice([1.0, 1.0, 2.0])),
        )

        def fails(point: Array) -> bool:
            return bool(normal @ (point - centre) > _ROUNDING)

        return _OfNumbers(numbers, bowl, fails, float(rng.choice(_NOISES)))


@frozen
class Rule(_NumberProblem):
    """A rule over two parameters decides what fails, a fifth to a half of it; 2 to 5 parameters.

    It is a bound on a weighted sum or difference of the two, or a corner where both are large (or
    small). The best lies on the edge or not far from it.
    """

    name = "failing/rule"

    @cached_property
    def drawn(self) -> _OfNumbers:
        """What was drawn."""
        rng = self.rng
        numbers = _numbers(rng, int(rng.integers(2, 6)))
        n = len(numbers)
        noise = float(rng.choice(_NOISES))
        if rng.integers(3) == 0:
            return self._corner(rng, numbers, noise)
        normal = _normal(rng, n, 2, signs=True)
        edge = _edge(rng, numbers, normal, (0.2, 0.5))
        axes, ripple = _axes(rng, n), _ripple(rng)
        if rng.integers(2) == 0:  # the best is on the edge
            bowl = _Bowl(edge, axes, ripple, normal, float(rng.uniform(0.5, 2.0)))
        else:
            inside = np.clip(edge - normal * rng.uniform(0.03, 0.25), 0.0, 1.0)
            bowl = _Bowl(_snapped(numbers, inside), axes, ripple)
        if normal @ (bowl.centre - edge) > 0:  # the nearest whole numbers are beyond
            bowl = evolve(bowl, centre=edge)

        def fails(point: Array) -> bool:
            return bool(normal @ (point - edge) > _ROUNDING)

        return _OfNumbers(numbers, bowl, fails, noise)

    def _corner(
        self, rng: np.random.Generator, numbers: tuple[_Number, ...], noise: float
    ) -> _OfNumbers:
        n = len(numbers)
        one, other = (int(i) for i in rng.permutation(n)[:2])
        flipped = rng.integers(2, size=2).astype(bool)
        from_one, from_other = rng.uniform(0.3, 0.55, 2)

        def fails(point: Array) -> bool:
            u, v = np.where(flipped, 1.0 - point[[one, other]], point[[one, other]])
            return bool(u > from_one and v > from_other)

        while True:
            centre = rng.uniform(0.15, 0.85, n)
            near = from_one - rng.uniform(0.02, 0.25)  # beside the corner, short of it in one
            centre[one] = 1.0 - near if flipped[0] else near
            centre = _snapped(numbers, centre)
            if not fails(centre):
                return _OfNumbers(numbers, _Bowl(centre, _axes(rng, n), _ripple(rng)), fails, noise)


@frozen
class Island(_NumberProblem):
    """Most of the space is broken but for an island, where runs begin; 2 to 4 parameters.

    The island is a ball or a box, 5 to 25 % of the space. The best lies somewhere on it, or on its
    shore, behind which it would only get better.
    """

    name = "failing/island"

    @cached_property
    def drawn(self) -> _OfNumbers:
        """What was drawn."""
        rng = self.rng
        n = int(rng.integers(2, 5))
        numbers = _numbers(rng, n)
        round_one = bool(rng.integers(2))
        shore = rng.integers(3) == 0
        while True:
            middle = rng.uniform(0.25, 0.75, n)
            size = rng.uniform(0.15, 0.45) * (1.0 if round_one else 0.85)

            def fails(point: Array, middle: Array = middle, size: float = size) -> bool:
                away = np.abs(point - middle)
                far = np.linalg.norm(away) if round_one else away.max()
                return bool(far > size + _ROUNDING)

            cube = np.random.default_rng(0).random((2048, n))
            share = 1.0 - np.mean([fails(point) for point in cube])
            if not 0.05 <= share <= 0.25:
                continue
            outward = rng.standard_normal(n)
            if not round_one:  # the outward normal of one of the sides
                outward = np.eye(n)[int(rng.integers(n))] * rng.choice([-1.0, 1.0])
            outward = outward / np.linalg.norm(outward)
            far = 1.0 if shore else rng.uniform(0.0, 0.9)
            centre = middle + far * size * outward
            if np.any(centre < 0) or np.any(centre > 1):
                continue
            if shore and any(number.whole for number in numbers):
                numbers = tuple(evolve(_SCALES[0], name=number.name) for number in numbers)
            centre = _snapped(numbers, centre)
            if fails(centre):
                continue
            axes, ripple = _axes(rng, n), _ripple(rng)
            bowl = (
                _Bowl(centre, axes, ripple, outward, float(rng.uniform(0.5, 2.0)))
                if shore
                else _Bowl(centre, axes, ripple)
            )
            return _OfNumbers(numbers, bowl, fails, float(rng.choice(_NOISES)))


@frozen
class Flaky(_NumberProblem):
    """One trial in five fails by chance, whatever is tried; 2 to 5 parameters."""

    name = "failing/flaky"
    share = 0.2

    @cached_property
    def drawn(self) -> _OfNumbers:
        """What was drawn: no region fails."""
        rng = self.rng
        numbers = _numbers(rng, int(rng.integers(2, 6)))
        n = len(numbers)
        centre = _snapped(numbers, rng.uniform(0.1, 0.9, n))
        bowl = _Bowl(centre, _axes(rng, n), _ripple(rng))
        return _OfNumbers(numbers, bowl, lambda _: False, float(rng.choice(_NOISES)))

    def bad_luck(self, seed: int, trial: int) -> Failure | None:
        """Return a failure for one trial in five, by its number alone."""
        if Key(seed).child(trial, "luck").generator().random() < self.share:
            return Failure("ConnectionError", "the licence server did not answer")
        return None


@frozen
class Slow(_NumberProblem):
    """What is costly ends at a time limit, and seconds range over decades; 2 to 5 parameters.

    The logarithm of seconds is a sum over one to three parameters; a fifth to a half of the space
    takes longer than the limit. The best is at the limit, or cheap.
    """

    name = "failing/slow"
    limit = 60.0

    @cached_property
    def drawn(self) -> _OfNumbers:
        """What was drawn of loss and region."""
        return self._all[0]

    @cached_property
    def _all(self) -> tuple[_OfNumbers, Array, Array, float]:
        rng = self.rng
        numbers = _numbers(rng, int(rng.integers(2, 6)))
        n = len(numbers)
        normal = _normal(rng, n, int(rng.integers(1, min(n, 3) + 1)), signs=False)
        edge = _edge(rng, numbers, normal, (0.2, 0.5))
        axes, ripple = _axes(rng, n), _ripple(rng)
        if rng.integers(2) == 0:
            slope, power = float(rng.uniform(0.3, 1.0)), float(rng.choice([1.0, 2.0]))
            bowl = _Bowl(edge, axes, ripple, normal, slope, power)
        else:
            inside = np.clip(edge - normal * rng.uniform(0.1, 0.4), 0.0, 1.0)
            bowl = _Bowl(_snapped(numbers, inside), axes, ripple)
        if normal @ (bowl.centre - edge) > 0:  # the nearest whole numbers take longer
            bowl = evolve(bowl, centre=edge)
        decades = float(rng.uniform(2.0, 4.0))

        def fails(point: Array) -> bool:
            return bool(normal @ (point - edge) > _ROUNDING)

        made = _OfNumbers(numbers, bowl, fails, float(rng.choice(_NOISES)))
        return made, normal, edge, decades

    def failure(self, configuration: Configuration) -> Failure | None:
        """Return that it took too long; None where it does not."""
        if not self.drawn.fails(_point(self.drawn.numbers, configuration)):
            return None
        words = f"the evaluation took longer than timeout = {self.limit} s and was ended"
        return Failure("TimeoutError", words, limit=self.limit)

    def seconds(self, configuration: Configuration) -> float:
        """Return what evaluating takes: the limit at most."""
        made, normal, edge, decades = self._all
        beyond = float(normal @ (_point(made.numbers, configuration) - edge))
        return min(self.limit * math.pow(10.0, decades * beyond), self.limit)


@frozen
class _OfChoices:
    """What was drawn of a problem with a choice.

    Each choice has its own bottom of the bowl over the shared numbers, and ``own`` numbers that
    only some choices have.
    """

    choices: tuple[str, ...]
    shared: tuple[_Number, ...]
    own: Mapping[_Number, tuple[str, ...]]
    bowls: Mapping[str, _Bowl]
    offsets: Mapping[str, float]
    best: str
    noise: float

    def numbers(self, choice: str) -> tuple[_Number, ...]:
        """Return the numbers that a choice has."""
        return (*self.shared, *(number for number, of in self.own.items() if choice in of))

    def loss(self, choice: str, configuration: Configuration) -> float:
        """Return the loss of a configuration with a choice."""
        found = self.bowls[choice].at(_point(self.numbers(choice), configuration))
        return self.offsets[choice] + found

    def optimum(self, choice: str) -> dict[str, Any]:
        """Return the best configuration with a choice."""
        return _values(self.numbers(choice), self.bowls[choice].centre)


_NAMES = ("lbfgs", "newton", "saga", "adam", "sgd")


def _offsets(rng: np.random.Generator, choices: tuple[str, ...], best: str) -> dict[str, float]:
    """Draw by how much each choice lies behind the best one."""
    return {c: 0.0 if c == best else float(rng.uniform(0.02, 0.5)) for c in choices}


@frozen
class DeadChoice(FailingProblem):
    """One of three to five choices never works; 1 to 3 numbers, and a flag in every other one."""

    name = "failing/dead_choice"

    @cached_property
    def _all(self) -> tuple[_OfChoices, str, bool]:
        rng = self.rng
        choices = tuple(str(c) for c in rng.permutation(_NAMES)[: int(rng.integers(3, 6))])
        dead, best = choices[0], choices[1]
        shared = _numbers(rng, int(rng.integers(1, 4)))
        n = len(shared)
        axes, ripple = _axes(rng, n), _ripple(rng)
        centre = rng.uniform(0.2, 0.8, n)
        spread = float(rng.choice([0.0, 0.2]))
        bowls = {
            c: _Bowl(
                _snapped(shared, np.clip(centre + rng.uniform(-spread, spread, n), 0, 1)),
                axes,
                ripple,
            )
            for c in choices
        }
        flag = bool(rng.integers(2))
        offsets = _offsets(rng, choices, best)
        ordered = tuple(str(c) for c in rng.permutation(choices))
        noise = float(rng.choice(_NOISES))
        return _OfChoices(ordered, shared, {}, bowls, offsets, best, noise), dead, flag

    @cached_property
    def space(self) -> Space:
        """A choice, numbers, and perhaps a flag."""
        made, _, flag = self._all
        found: dict[str, Dimension] = {"solver": Categorical(list(made.choices))}
        found |= {number.name: number.dimension for number in made.shared}
        return Space({**found, "scaled": Boolean()} if flag else found)

    def loss(self, configuration: Configuration) -> float:
        """Return the loss."""
        found = self._all[0].loss(configuration["solver"], configuration)
        return found + (0.1 if configuration.get("scaled", True) is False else 0.0)

    def failure(self, configuration: Configuration) -> Failure | None:
        """Return that the choice does not work; None for all others."""
        if configuration["solver"] != self._all[1]:
            return None
        return Failure("ValueError", f"solver {configuration['solver']!r} does not support this")

    def noise(self, configuration: Configuration) -> float:  # noqa: ARG002
        """Return the standard deviation of a score."""
        return self._all[0].noise

    def optimum(self) -> dict[str, Any]:
        """Return the best configuration."""
        made, _, flag = self._all
        found = {"solver": made.best, **made.optimum(made.best)}
        return {**found, "scaled": True} if flag else found


@frozen
class Pairs(FailingProblem):
    """Two choices that do not all go together, as solvers and penalties do not; 1 to 3 numbers.

    Of three to five by three or four combinations a third or so fails, the best one not, and no
    choice fails with all of the other.
    """

    name = "failing/pairs"

    @cached_property
    def _all(self) -> tuple[_OfChoices, tuple[str, ...], frozenset[tuple[str, str]], str]:
        rng = self.rng
        solvers = tuple(str(c) for c in rng.permutation(_NAMES)[: int(rng.integers(3, 6))])
        penalties = ("l1", "l2", "elastic", "none")[: int(rng.integers(3, 5))]
        best = solvers[int(rng.integers(len(solvers)))]
        best_penalty = penalties[int(rng.integers(len(penalties)))]
        while True:
            dead = rng.random((len(solvers), len(penalties))) < 0.35
            dead[solvers.index(best), penalties.index(best_penalty)] = False
            some = 0.2 <= dead.mean() <= 0.5
            if some and not dead.all(axis=0).any() and not dead.all(axis=1).any():
                break
        failing = frozenset(
            (solver, penalty)
            for i, solver in enumerate(solvers)
            for j, penalty in enumerate(penalties)
            if dead[i, j]
        )
        shared = _numbers(rng, int(rng.integers(1, 4)))
        n = len(shared)
        bowl = _Bowl(_snapped(shared, rng.uniform(0.2, 0.8, n)), _axes(rng, n), _ripple(rng))
        offsets = _offsets(rng, solvers, best)
        of_penalty = _offsets(rng, penalties, best_penalty)
        made = _OfChoices(
            solvers,
            shared,
            {},
            dict.fromkeys(solvers, bowl),
            {**offsets, **of_penalty},
            best,
            float(rng.choice(_NOISES)),
        )
        return made, penalties, failing, best_penalty

    @cached_property
    def space(self) -> Space:
        """Two choices, and numbers."""
        made, penalties, _, _ = self._all
        found: dict[str, Dimension] = {
            "solver": Categorical(list(made.choices)),
            "penalty": Categorical(list(penalties)),
        }
        return Space({**found, **{number.name: number.dimension for number in made.shared}})

    def loss(self, configuration: Configuration) -> float:
        """Return the loss: that of the numbers, and what each choice lies behind the best."""
        made = self._all[0]
        found = made.loss(configuration["solver"], configuration)
        return found + made.offsets[configuration["penalty"]]

    def failure(self, configuration: Configuration) -> Failure | None:
        """Return that the two choices do not go together; None if they do."""
        solver, penalty = configuration["solver"], configuration["penalty"]
        if (solver, penalty) not in self._all[2]:
            return None
        return Failure("ValueError", f"solver {solver!r} does not support penalty {penalty!r}")

    def noise(self, configuration: Configuration) -> float:  # noqa: ARG002
        """Return the standard deviation of a score."""
        return self._all[0].noise

    def optimum(self) -> dict[str, Any]:
        """Return the best configuration."""
        made, _, _, penalty = self._all
        return {"solver": made.best, "penalty": penalty, **made.optimum(made.best)}


@frozen
class Branch(FailingProblem):
    """Trials fail in one branch of a choice, by a number: its own, or one that others have too.

    A model is one of three or four, and there are numbers that one or two of them have beside one
    or two that all have. In one branch, the best one in every other instance, some number must not
    be large (or small): 30 to 60 % of the branch fail.
    """

    name = "failing/branch"

    @cached_property
    def _all(self) -> tuple[_OfChoices, str, _Number, bool, float]:
        rng = self.rng
        choices = tuple(f"model_{letter}" for letter in "abcd"[: int(rng.integers(3, 5))])
        shuffled = tuple(str(c) for c in rng.permutation(choices))
        failing = shuffled[0]
        best = shuffled[int(rng.integers(2))]
        shared = _numbers(rng, int(rng.integers(1, 3)))
        of = [(c,) for c in choices] + [(failing, shuffled[2])]
        own = dict(zip(_numbers(rng, len(of), "p"), of, strict=True))
        made = _OfChoices(choices, shared, own, {}, _offsets(rng, choices, best), best, 0.0)
        ruled = made.numbers(failing)[int(rng.integers(len(made.numbers(failing))))]
        high, share = bool(rng.integers(2)), float(rng.uniform(0.3, 0.6))
        bowls: dict[str, _Bowl] = {}
        for c in choices:
            numbers = made.numbers(c)
            centre = rng.uniform(0.2, 0.8, len(numbers))
            if c == failing:  # the best of the branch is not far from where it fails
                u = max(1.0 - share - rng.uniform(0.05, 0.3), 0.0)
                centre[numbers.index(ruled)] = u if high else 1.0 - u
            axes = _axes(rng, len(numbers))
            bowls[c] = _Bowl(_snapped(numbers, centre), axes, _ripple(rng))
        whole = evolve(made, bowls=bowls, noise=float(rng.choice(_NOISES)))
        return whole, failing, ruled, high, share

    @cached_property
    def space(self) -> Space:
        """A choice, numbers of some branches, and numbers of all."""
        made = self._all[0]
        parameters: dict[str, Dimension] = {"model": Categorical(list(made.choices))}
        parameters |= {n.name: n.dimension for n in (*made.shared, *made.own)}
        conditions = {number.name: In("model", list(of)) for number, of in made.own.items()}
        return Space(parameters, conditions=conditions)

    def loss(self, configuration: Configuration) -> float:
        """Return the loss."""
        return self._all[0].loss(configuration["model"], configuration)

    def failure(self, configuration: Configuration) -> Failure | None:
        """Return why trials fail; None outside of the branch, and where its number is right."""
        _, failing, ruled, high, share = self._all
        if configuration["model"] != failing:
            return None
        u = ruled.unit(configuration[ruled.name])
        if (u if high else 1.0 - u) <= 1.0 - share:
            return None
        return Failure("FloatingPointError", f"{failing} diverged with this {ruled.name}")

    def noise(self, configuration: Configuration) -> float:  # noqa: ARG002
        """Return the standard deviation of a score."""
        return self._all[0].noise

    def optimum(self) -> dict[str, Any]:
        """Return the best configuration."""
        made = self._all[0]
        return {"model": made.best, **made.optimum(made.best)}


_PROBLEMS: Mapping[str, FailingProblem] = MappingProxyType(
    {
        problem.name: problem
        for problem in (
            Strip(),
            Cliff(),
            Rule(),
            DeadChoice(),
            Pairs(),
            Island(),
            Flaky(),
            Slow(),
            Branch(),
        )
    }
)

MADE_FAILING: tuple[str, ...] = tuple(_PROBLEMS)
"""The names of all."""


def load_made_failing(name: str) -> FailingProblem:
    """Return the problem of a name, its instance 0.

    Parameters
    ----------
    name : str
        One of ``MADE_FAILING``.

    Raises
    ------
    ValueError
        If there is none.
    """
    if name not in _PROBLEMS:
        raise ValueError(f"problem {name!r} must be one of {', '.join(MADE_FAILING)}")
    return _PROBLEMS[name]
