"""Schedules that adapt to what the trials gave."""

from __future__ import annotations

import math
from typing import Any, Literal, TypeAlias

import numpy as np
from attrs import field, frozen
from attrs.validators import optional
from numpy.typing import NDArray

from autotune.errors import ComponentError
from autotune.strategy import Composed, Schedule, ScheduleQuery
from autotune.strategy.validators import count, not_negative, one_of, part, positive, share
from autotune.study import Study
from autotune_strategies.schedules.combinations import Constant
from autotune_strategies.schedules.decay import check_between, check_upside, judged_steps
from autotune_strategies.sensitivity import sensitivity

__all__ = [
    "ByRecentAccuracy",
    "LengthBySensitivity",
    "NoImprovementWindow",
    "OneFifthRule",
    "PerParameterSuccess",
    "recent_accuracy",
]

Array: TypeAlias = NDArray[np.float64]


def recent_accuracy(study: Study, window: int, prior_pairs: float = 10.0) -> float:
    r"""Return how well the latest steps' scores were ordered by what was anticipated of them.

    .. math:: a = \frac{C - D}{P + P_0}

    with *C* and *D* the numbers of pairs of steps that were anticipated in the right and in the
    wrong order, *P* the number of pairs and :math:`P_0` that of pairs taken to have been a matter
    of chance: Kendall's τ, drawn towards 0 while there is little evidence.

    Parameters
    ----------
    study : Study
        The state.
    window : int
        So many steps at most, the latest that were judged and of which something was anticipated.
        A step that failed counts as worse than all others.
    prior_pairs : float
        :math:`P_0`.

    Returns
    -------
    float
        From -1 to 1; 0 where nothing is known.
    """
    trials = judged_steps(study).trial
    anticipated = study.sign * study.proposals["anticipated_score"][trials - 1]
    known = np.isfinite(anticipated)
    trials, anticipated = trials[known][-window:], anticipated[known][-window:]
    scores = study.outcomes().value[trials - 1]
    return _concordance(anticipated, np.where(np.isnan(scores), -np.inf, scores), prior_pairs)


def _concordance(x: Array, y: Array, prior_pairs: float) -> float:
    n = len(x)
    pairs = n * (n - 1) / 2
    if pairs + prior_pairs <= 0:
        return 0.0
    # Comparisons, for differences of doubles overflow, and those of infinities are none.
    right = (x[:, None] > x) & (y[:, None] > y)
    wrong = (x[:, None] > x) & (y[:, None] < y)
    return float(right.sum() - wrong.sum()) / (pairs + prior_pairs)


@frozen
class ByRecentAccuracy(Composed[ScheduleQuery, float]):
    r"""An exploration rate between two bounds, by the anticipator's recent accuracy.

    .. math:: \text{ceiling} - (\text{ceiling} - \text{floor}) \cdot \max(a, 0)

    with *a* the rank correlation between anticipated and actual scores of the latest steps (see
    ``recent_accuracy``). An anticipator that is no better than chance, or yet unknown, is not
    relied on.

    Parameters
    ----------
    floor, ceiling : float
        The rate where everything was anticipated in the right order, and where nothing was.
    window : int
        So many of the latest steps count, at least 2.
    prior_pairs : float
        Pairs of steps taken to have been a matter of chance; as many as five steps have by default.

    Examples
    --------
    >>> ByRecentAccuracy(floor=0.1, ceiling=0.5).rate(0.5)
    0.3

    References
    ----------
    Kendall (1938), "A new measure of rank correlation", Biometrika 30, pp. 81-93.
    """

    floor: float = field(default=0.1, validator=share)
    ceiling: float = field(default=0.6, validator=share)
    window: int = field(default=20)
    prior_pairs: float = field(default=10.0, validator=not_negative)

    @window.validator
    def _check_window(self, attribute: Any, value: int) -> None:  # noqa: ARG002
        if isinstance(value, bool) or not isinstance(value, int) or value < 2:
            raise ComponentError(f"ByRecentAccuracy.window = {value!r} must be a whole number >= 2")

    def __attrs_post_init__(self) -> None:
        check_upside(self, "floor", "ceiling")

    @property
    def may_be_zero(self) -> bool:
        """Whether it can get to 0."""
        return self.floor == 0

    def rate(self, accuracy: float) -> float:
        """Return the rate at an accuracy from -1 to 1."""
        relied_on = min(max(accuracy, 0.0), 1.0)
        return (1.0 - relied_on) * self.ceiling + relied_on * self.floor

    def read(self, state: tuple[Any, ...], query: ScheduleQuery) -> float:  # noqa: ARG002
        """Return the rate at this state."""
        return self.rate(recent_accuracy(query.study, self.window, self.prior_pairs))


@frozen
class LengthBySensitivity(Composed[ScheduleQuery, Array]):
    r"""Step lengths that are inversely related to how much a parameter matters.

    .. math:: \ell_j = \text{base} \cdot
              \min\left(\max\left(s_j^{-\text{power}}, \tfrac{1}{\text{most}}\right),
                        \text{most}\right)

    with :math:`s_j` the sensitivity measured on the recorded steps, 1 on average; so steps in
    different parameters are anticipated to change the score about as much.

    Parameters
    ----------
    base : Schedule
        The length of a parameter of average sensitivity.
    target : {"score", "seconds"}
        What should change as much.
    power : float
        How strongly sensitivity counts; 0 for not at all.
    most : float
        The largest factor by which a length differs from the base, either way; at least 1.

    Examples
    --------
    >>> LengthBySensitivity(Constant(0.2)).power
    1.0
    """

    base: Schedule = field(default=Constant(0.2), validator=part)
    target: Literal["score", "seconds"] = field(
        default="score", validator=one_of("score", "seconds")
    )
    power: float = field(default=1.0, validator=not_negative)
    most: float = field(default=5.0, validator=positive)

    def __attrs_post_init__(self) -> None:
        if not self.most >= 1:
            raise ComponentError(f"LengthBySensitivity.most = {self.most!r} must be >= 1; raise it")

    @property
    def may_be_zero(self) -> bool:
        """Whether the base may."""
        return bool(getattr(self.base, "may_be_zero", False))

    def read(self, state: tuple[Any, ...], query: ScheduleQuery) -> Array:
        """Return the lengths at this state, shape (d,)."""
        base = np.asarray(self.read_part(state, "base", query), dtype=np.float64)
        with np.errstate(over="ignore", under="ignore"):
            inverse = sensitivity(query.study, self.target) ** -self.power
            lengths = base * np.clip(inverse, 1.0 / self.most, self.most)
        return np.minimum(lengths, np.finfo(np.float64).max)


@frozen
class NoImprovementWindow(Composed[ScheduleQuery, float]):
    r"""A step length that shrinks after so many steps in a row without improvement.

    .. math:: \max\left(\text{floor}, \text{initial} \cdot \text{factor}^m\right), \quad
              m = \sum_r \lfloor n_r / \text{window} \rfloor

    with :math:`n_r` the length of each run of judged steps without success. The window is 2 *d* by
    default, *d* the number of parameters searched: enough steps to have tried each parameter both
    ways.

    Parameters
    ----------
    initial : float
        The length at first.
    factor : float
        What it is multiplied by, below 1.
    window : int, optional
        Steps in a row without success, 2 *d* by default.
    floor : float
        The least length.

    Examples
    --------
    >>> NoImprovementWindow(initial=0.4, factor=0.5, window=2).after([False, False, True, False], 2)
    0.2

    References
    ----------
    Wu, Wang and Huang (2021), "Frugal optimization for cost-related hyperparameters", AAAI 35(12),
    pp. 10347-10354, whose search waits for :math:`2^{d-1}` steps and shrinks by the square root of
    a ratio of trial numbers; to wait as long, give ``window``. Its random restarts are left to the
    strategy's moves.
    """

    initial: float = field(default=0.2, validator=positive)
    factor: float = field(default=0.5, validator=positive)
    window: int | None = field(default=None, validator=optional(count))
    floor: float = field(default=0.001, validator=positive)

    def __attrs_post_init__(self) -> None:
        if not self.factor < 1:
            raise ComponentError(
                f"NoImprovementWindow.factor = {self.factor!r} must be < 1; lower it"
            )
        check_upside(self, "floor", "initial")

    def after(self, successes: list[bool], window: int) -> float:
        """Return the length after steps that succeeded or not, in their order."""
        ends = np.flatnonzero(np.append(np.asarray(successes, dtype=np.bool_), True))
        runs = np.diff(ends, prepend=-1) - 1
        shrunk = int(np.sum(runs // window))
        return max(float(self.floor), self.initial * self.factor**shrunk)

    def read(self, state: tuple[Any, ...], query: ScheduleQuery) -> float:  # noqa: ARG002
        """Return the length at this state."""
        study = query.study
        window = self.window
        if window is None:
            window = 2 * max(len(study.known_space.searched), 1)
        return self.after(judged_steps(study).success.tolist(), window)


@frozen
class OneFifthRule(Composed[ScheduleQuery, float]):
    r"""A step length that grows while more than a fifth of the steps succeed, else shrinks.

    After every judged step

    .. math:: \ell \leftarrow \begin{cases}
        \ell \cdot f & \text{after a success} \\
        \ell \cdot f^{-\tau / (1 - \tau)} & \text{after a failure}
        \end{cases}

    with *f* the factor and τ the target, so that a share τ of successes leaves it where it is. With
    a window the share is counted instead: after every ``window`` steps the length is multiplied by
    *f* if more than τ of them succeeded, and divided by it if fewer did.

    A success is a step that was accepted with a gain. Start points, given points and earlier
    results don't count.

    Parameters
    ----------
    initial : float
        The length at first.
    factor : float
        How much it grows, above 1.
    target : float
        The share of successes to keep up, between 0 and 1 (both exclusive).
    window : int, optional
        So many steps are judged together.
    floor, ceiling : float
        Bounds of the length.

    Examples
    --------
    >>> round(OneFifthRule(initial=0.2, factor=2.0).after([True, False, False, False, False]), 6)
    0.2

    References
    ----------
    Rechenberg (1973), "Evolutionsstrategie", Frommann-Holzboog; Schumer and Steiglitz (1968),
    "Adaptive step size random search", IEEE Transactions on Automatic Control 13(3), pp. 270-276;
    after every step as in Kern et al. (2004), "Learning probability distributions in continuous
    evolutionary algorithms", Natural Computing 3, pp. 77-112.
    """

    initial: float = field(default=0.2, validator=positive)
    factor: float = field(default=1.5, validator=positive)
    target: float = field(default=0.2, validator=positive)
    window: int | None = field(default=None, validator=optional(count))
    floor: float = field(default=0.001, validator=positive)
    ceiling: float = field(default=1.0, validator=positive)

    def __attrs_post_init__(self) -> None:
        if not self.factor > 1:
            raise ComponentError(f"OneFifthRule.factor = {self.factor!r} must be > 1; raise it")
        if not self.target < 1:
            raise ComponentError(f"OneFifthRule.target = {self.target!r} must be < 1; lower it")
        check_between(self, "initial", "floor", "ceiling")

    def after(self, successes: list[bool]) -> float:
        """Return the length after steps that succeeded or not, in their order."""
        low, high = math.log(self.floor), math.log(self.ceiling)
        grow = math.log(self.factor)
        length = math.log(self.initial)
        if self.window is None:
            shrink = grow * self.target / (1.0 - self.target)
            changes = [grow if success else -shrink for success in successes]
        else:
            n = self.window
            changes = []
            for i in range(0, len(successes) - n + 1, n):
                excess = sum(successes[i : i + n]) - self.target * n
                # A share that is the target up to rounding counts as the target.
                changes.append(0.0 if abs(excess) < 1e-9 * n else math.copysign(grow, excess))
        for change in changes:
            # Bounded at each step, or a long run would have to be made good by one as long.
            length = min(max(length + change, low), high)
        return min(max(math.exp(length), self.floor), self.ceiling)

    def read(self, state: tuple[Any, ...], query: ScheduleQuery) -> float:  # noqa: ARG002
        """Return the length at this state."""
        return self.after(judged_steps(query.study).success.tolist())


@frozen
class PerParameterSuccess(Composed[ScheduleQuery, Array]):
    r"""Step lengths that grow where changes help and shrink where they make the model worse.

    After every judged step, for each parameter *j* that moved in it,

    .. math:: \ell_j \leftarrow \begin{cases}
        \ell_j \cdot \text{grow} & \text{if it was accepted with a gain} \\
        \ell_j \cdot \text{shrink} & \text{if it was worse than the incumbent, or failed}
        \end{cases}

    within the bounds; others stay. Start points, given points and earlier results don't count.

    Parameters
    ----------
    initial : float
        All lengths at first.
    grow, shrink : float
        Factors, above and below 1. By default four failures undo a success.
    floor, ceiling : float
        Bounds of the lengths.

    Examples
    --------
    >>> PerParameterSuccess(initial=0.2, grow=2.0, shrink=0.5).grow
    2.0

    References
    ----------
    Rosenbrock (1960), "An automatic method for finding the greatest or least value of a function",
    The Computer Journal 3(3), pp. 175-184, who lengthens a direction's step by 3 after a success
    and halves (and turns) it after a failure.
    """

    initial: float = field(default=0.2, validator=positive)
    grow: float = field(default=1.5, validator=positive)
    shrink: float = field(default=0.9, validator=positive)
    floor: float = field(default=0.01, validator=positive)
    ceiling: float = field(default=1.0, validator=positive)

    def __attrs_post_init__(self) -> None:
        if not self.grow > 1:
            raise ComponentError(f"PerParameterSuccess.grow = {self.grow!r} must be > 1; raise it")
        if not self.shrink < 1:
            raise ComponentError(
                f"PerParameterSuccess.shrink = {self.shrink!r} must be < 1; lower it"
            )
        check_between(self, "initial", "floor", "ceiling")

    def read(self, state: tuple[Any, ...], query: ScheduleQuery) -> Array:  # noqa: ARG002
        """Return the lengths at this state, shape (d,)."""
        study = query.study
        low, high = math.log(self.floor), math.log(self.ceiling)
        grow, shrink = math.log(self.grow), math.log(self.shrink)
        lengths = dict.fromkeys(study.known_space, math.log(self.initial))
        steps = judged_steps(study)
        moved = study.proposals["moved"][steps.trial - 1]
        changes = np.where(steps.success, grow, np.where(steps.failure, shrink, 0.0)).tolist()
        for names, change in zip(moved, changes, strict=True):
            for name in names:
                if name in lengths:
                    lengths[name] = min(max(lengths[name] + change, low), high)
        return np.clip(np.exp(list(lengths.values())), self.floor, self.ceiling)
