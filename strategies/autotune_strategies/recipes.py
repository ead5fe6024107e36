"""Recipes: strategies put together and named."""

from __future__ import annotations

from collections.abc import Callable

from attrs import evolve

from autotune.errors import ComponentError
from autotune.strategy import Acquisition, Anticipator, Move, Strategy
from autotune_strategies.acceptance.means import PooledMean, PosteriorMean
from autotune_strategies.acceptance.threshold import SimulatedAnnealing, Threshold
from autotune_strategies.acquisition.confidence import Greedy
from autotune_strategies.acquisition.cost import GainMinusPrice, MinusPrice, WithinSeconds
from autotune_strategies.acquisition.improvement import ExpectedImprovement
from autotune_strategies.anticipators.gaussian_classifier import GaussianClassifier
from autotune_strategies.anticipators.gaussian_process import GaussianProcess
from autotune_strategies.anticipators.no_anticipation import NoAnticipation
from autotune_strategies.anticipators.regression import Regression
from autotune_strategies.anticipators.ridge import Ridge
from autotune_strategies.confirmation import ConfirmContenders
from autotune_strategies.features import ScaledFeatures
from autotune_strategies.folds import AllFolds, Racing
from autotune_strategies.models.linear import BayesianRidgeRegression, RidgeRegression
from autotune_strategies.moves.change import ChangeParameters
from autotune_strategies.moves.combinations import Mixture, Unseen
from autotune_strategies.moves.perturbation import GlobalJump, LocalPerturbation
from autotune_strategies.recommendation import BestBelieved
from autotune_strategies.schedules.adaptive import PerParameterSuccess
from autotune_strategies.schedules.combinations import Constant
from autotune_strategies.schedules.decay import InverseLinear
from autotune_strategies.starts.combinations import InTurn, UntilKnown
from autotune_strategies.starts.designs import LatinHypercube
from autotune_strategies.starts.points import StartValues
from autotune_strategies.steps import MultiplyAdd, NearOrNotPositive, NormalStep
from autotune_strategies.termination.rule import Never
from autotune_strategies.warps import LogWarp
from autotune_strategies.weights import Discount, Distance, KernelNeighbourhood

__all__ = [
    "annealing",
    "autotune_2018",
    "coordinate_walk",
    "default",
    "discounted",
    "gaussian",
    "neighbourhood",
    "racing",
    "random_search",
    "random_walk",
]


def autotune_2018(
    *,
    step_number_vars: int = 1,
    multiply_scale: float = 1.0,
    add_scale: float = 0.0,
    step_veto_rule: Callable[[float, float], bool] = NearOrNotPositive(0.05),  # noqa: B008
    step_threshold: float = 1e-4,
    extending_lists: bool = True,
    max_fit_time: float | None = None,
    explore_rt_init: float = 1.0,
    explore_rt_decay: float = 0.25,
    explore_rt_min: float = 0.5,
    anticipation_draws: int = 25,
    tradeoff_scr_per_sec: float = 0.0,
    ridge_alpha: float = 1.0,
) -> Strategy:
    """Search as the AutoTune prototype of 2018 did.

    From the best configuration so far it changes one parameter (``ChangeParameters``,
    ``MultiplyAdd``). At a falling rate (``InverseLinear``) it explores; otherwise it takes, of 25
    draws, the one that two ridge regressions (``Ridge`` on ``LogFeatures``) anticipate to be worth
    most (``GainMinusPrice``). ``Threshold`` keeps it or not. Pick it to continue work begun with
    the prototype, or as a base line.

    Parameters
    ----------
    step_number_vars : int
        Parameters changed in one step.
    multiply_scale, add_scale : float
        Standard deviations of a step's exponent and summand.
    step_veto_rule : callable attrs object
        Tells which steps are uninteresting.
    step_threshold : float
        The least gain worth keeping. The prototype took the direction from its sign; the size is
        used here, and the direction is said where the study is made.
    extending_lists : bool
        Whether lists and tuples may grow.
    max_fit_time : float, optional
        Models that fit longer on average are rejected.
    explore_rt_init, explore_rt_decay, explore_rt_min : float
        The exploration rate, ``max(min, init / (1 + trials * decay))``.
    anticipation_draws : int
        Candidates compared when exploiting.
    tradeoff_scr_per_sec : float
        Score that a second of mean fit time is worth.
    ridge_alpha : float
        Penalty of the regressions.

    Returns
    -------
    Strategy
        Without an end of its own; give the study a budget.

    Notes
    -----
    Three slips of the prototype are put right: saving time counts for a model, not against it (see
    ``Threshold``); drawing from zero or a negative number ends; and of the draws compared the best
    is taken even if none is anticipated to gain (the prototype then took the last).

    Examples
    --------
    >>> autotune_2018(step_number_vars=2).move.number
    2
    """
    if not isinstance(step_threshold, int | float) or isinstance(step_threshold, bool):
        raise ComponentError(f"step_threshold = {step_threshold!r} must be a number")
    return Strategy(
        start=StartValues(),
        move=ChangeParameters(
            number=step_number_vars,
            step=MultiplyAdd(Constant(multiply_scale), Constant(add_scale), step_veto_rule),
            extend=extending_lists,
        ),
        exploration=InverseLinear(explore_rt_init, explore_rt_decay, explore_rt_min),
        n_candidates=anticipation_draws,
        score_anticipator=Ridge(ridge_alpha),
        seconds_anticipator=Ridge(ridge_alpha),
        acquisition=GainMinusPrice(tradeoff_scr_per_sec, max_fit_time),
        folds=AllFolds(),
        acceptance=Threshold(abs(step_threshold), tradeoff_scr_per_sec, max_fit_time),
        termination=Never(),
        retries=1,
    )


def default(*, price: float = 0.0, max_fit_time: float | None = None) -> Strategy:
    """Search where a Gaussian process expects most improvement: the strategy used if none is given.

    After the start values come three points of a Latin hypercube (``LatinHypercube``), unless four
    trials are known already (``UntilKnown``). From then on 250 candidates not yet tried
    (``Unseen``), three in five near the incumbent (``LocalPerturbation``) and two in five anywhere
    (``GlobalJump``), are compared by the improvement to be expected (``ExpectedImprovement``) under
    a Gaussian process that learns how far each parameter reaches and how noisy scores are
    (``GaussianProcess``). Seconds are anticipated by ridge regression on their logarithm. What
    scores better is kept (``Threshold``). Of all recipes it got furthest on the recorded tables;
    pick another one to learn something, or where proposals must cost less than a millisecond.

    Parameters
    ----------
    price : float
        Score that one second of mean fit time is worth.
    max_fit_time : float, optional
        Models that are anticipated to fit longer, in seconds on average, are tried last; those that
        do are rejected.

    Returns
    -------
    Strategy
        Without an end of its own; give the study a budget.

    Examples
    --------
    >>> default(max_fit_time=10.0).acceptance
    PooledMean(threshold=0.0, price=0.0, max_fit_time=10.0)
    """
    return Strategy(
        start=UntilKnown(InTurn((StartValues(), LatinHypercube(3))), trials=4),
        move=_near_or_anywhere(),
        exploration=Constant(0.0),
        n_candidates=250,
        score_anticipator=GaussianProcess(failure_noise=0.02),
        seconds_anticipator=_log_seconds(),
        success_anticipator=GaussianClassifier(),
        acquisition=_improvement(price, max_fit_time),
        folds=AllFolds(),
        acceptance=PooledMean(0.0, price, max_fit_time),
        termination=Never(),
        retries=1,
        confirmation=ConfirmContenders(),
        recommendation=BestBelieved(price=price),
    )


def gaussian(*, price: float = 0.0, max_fit_time: float | None = None) -> Strategy:
    """Search like ``default``, and keep what the Gaussian process holds for better.

    An evaluated trial becomes the incumbent if its posterior mean is above the incumbent's
    (``PosteriorMean``), not if its score is. Pick it where one score is mostly luck, as with a new
    random seed or split in every trial of a model that hardly reacts to its parameters. Where the
    noise is moderate it keeps less than it might, for a good trial that the process does not
    believe at once is not tried again: on the recorded tables it comes a little behind
    ``default``.

    Parameters
    ----------
    price, max_fit_time
        As for ``default``.

    Returns
    -------
    Strategy
        Without an end of its own; give the study a budget.

    Examples
    --------
    >>> gaussian().acceptance.anticipator == gaussian().score_anticipator
    True
    """
    strategy = default(price=price, max_fit_time=max_fit_time)
    return evolve(
        strategy,
        acceptance=PosteriorMean(
            strategy.score_anticipator, price=price, max_fit_time=max_fit_time
        ),
    )


def racing(
    *, level: float = 0.05, price: float = 0.0, max_fit_time: float | None = None
) -> Strategy:
    """Search like ``default``, and give up a trial as soon as its folds make it hopeless.

    After each fold from the second on, a paired t-test compares the trial with the incumbent on the
    folds that it has run (``Racing``); if it is worse, the others are saved. Pick it where fits are
    long and folds are many (ten, say): at equal cost it sees more configurations.

    Parameters
    ----------
    level : float
        The level of the test: higher drops sooner.
    price, max_fit_time
        As for ``default``.

    Returns
    -------
    Strategy
        Without an end of its own; give the study a budget.

    Examples
    --------
    >>> racing(level=0.1).folds.level
    0.1
    """
    return evolve(default(price=price, max_fit_time=max_fit_time), folds=Racing(level))


def discounted(
    *, half_life: float = 20.0, price: float = 0.0, max_fit_time: float | None = None
) -> Strategy:
    """Step from the best, guided by a Bayesian ridge regression that forgets early trials.

    Candidates are normal steps in a few parameters (``LocalPerturbation``). A regression with an
    error bar (``BayesianRidgeRegression``) on levels and squares (``ScaledFeatures``) in which a
    trial counts half as much as one ``half_life`` trials later (``Discount``) tells their expected
    improvement; at a falling rate a step is taken as drawn (``InverseLinear``). Pick it where an
    early part of the search lay in quite another region, and proposals should be cheap and easy to
    explain: each is a sum of one term for each parameter.

    Parameters
    ----------
    half_life : float
        In trials.
    price, max_fit_time
        As for ``default``.

    Returns
    -------
    Strategy
        Without an end of its own; give the study a budget.

    Examples
    --------
    >>> discounted(half_life=10.0).score_anticipator.weights
    Discount(half_life=10.0)
    """
    return _walk(
        Regression(BayesianRidgeRegression(), ScaledFeatures(), weights=Discount(half_life)),
        price,
        max_fit_time,
    )


def neighbourhood(
    *, bandwidth: float = 0.5, price: float = 0.0, max_fit_time: float | None = None
) -> Strategy:
    """Step from the best, guided by a regression on the trials around it.

    As ``discounted``, but a trial counts by how near it is to the incumbent
    (``KernelNeighbourhood``), with the distances measured in what a parameter has been seen to do
    to the score (``Distance(sensitive=True)``). Pick it where the score bends too much for one
    straight model of the whole space.

    Parameters
    ----------
    bandwidth : float
        The width of the neighbourhood.
    price, max_fit_time
        As for ``default``.

    Returns
    -------
    Strategy
        Without an end of its own; give the study a budget.

    Examples
    --------
    >>> neighbourhood(bandwidth=0.3).score_anticipator.weights.bandwidth
    0.3
    """
    weights = KernelNeighbourhood(bandwidth, Distance(sensitive=True))
    return _walk(
        Regression(BayesianRidgeRegression(), ScaledFeatures(), weights=weights),
        price,
        max_fit_time,
    )


def annealing(*, temperature: float = 0.01, decay: float = 0.1) -> Strategy:
    """Step at random, and now and then keep a worse trial: simulated annealing.

    Each trial is a normal step in a few parameters from the incumbent (``LocalPerturbation``); one
    that is worse by *g* is kept with the chance exp(−*g* / temperature), which falls as trials go
    by (``SimulatedAnnealing``, ``InverseLinear``). Nothing is anticipated. Pick it as a base line,
    or where the score has many small hills.

    Parameters
    ----------
    temperature : float
        At the start, in units of the score.
    decay : float
        How fast it falls: after *n* trials it is temperature / (1 + *n* · decay).

    Returns
    -------
    Strategy
        Without an end of its own; give the study a budget.

    Examples
    --------
    >>> annealing(temperature=0.1).acceptance.temperature.initial
    0.1
    """
    return evolve(
        random_walk(), acceptance=SimulatedAnnealing(InverseLinear(temperature, decay, 0.0))
    )


def random_walk(*, length: float = 0.2) -> Strategy:
    """Step at random from the best, and keep what scores better: stochastic hill climbing.

    Each trial is a normal step in a few parameters from the incumbent (``LocalPerturbation``).
    Nothing is anticipated. Pick it to see what anticipation is worth, or for a thousand trials of a
    model that fits in a moment.

    Parameters
    ----------
    length : float
        The step length, as a share of each parameter's range.

    Returns
    -------
    Strategy
        Without an end of its own; give the study a budget.

    Examples
    --------
    >>> random_walk().n_candidates
    1
    """
    return _unguided(Unseen(LocalPerturbation(Constant(length))))


def coordinate_walk(*, length: float = 0.2) -> Strategy:
    """Step in one parameter at a time, with a length of its own that success makes longer.

    Each parameter's step length grows when a step in it is accepted and shrinks when it is rejected
    (``ChangeParameters``, ``NormalStep``, ``PerParameterSuccess``). Nothing is anticipated. Pick it
    to read off which parameters matter: each trial changes a single one.

    Parameters
    ----------
    length : float
        The step length to begin with, as a share of each parameter's range.

    Returns
    -------
    Strategy
        Without an end of its own; give the study a budget.

    Examples
    --------
    >>> coordinate_walk(length=0.3).move.of.step.length.initial
    0.3
    """
    step = NormalStep(PerParameterSuccess(initial=length))
    return _unguided(Unseen(ChangeParameters(number=1, step=step)))


def random_search() -> Strategy:
    """Try configurations drawn anew from the whole space.

    The start values come first, then every parameter is drawn evenly on its natural scale
    (``GlobalJump``), no configuration twice (``Unseen``). Pick it as the base line that a search
    must beat.

    Returns
    -------
    Strategy
        Without an end of its own; give the study a budget.

    Examples
    --------
    >>> random_search().exploration
    Constant(value=1.0)
    """
    return _unguided(Unseen(GlobalJump()))


def _near_or_anywhere() -> Unseen:
    return Unseen(Mixture((LocalPerturbation(), GlobalJump()), weights=(3, 2)))


def _log_seconds() -> Regression:
    # A step multiplies the time of fitting rather than adding to it.
    return Regression(
        RidgeRegression(), ScaledFeatures(squares=False), warp=LogWarp(), censored=True
    )


def _improvement(price: float, max_fit_time: float | None) -> Acquisition:
    acquisition: Acquisition = ExpectedImprovement()
    if price > 0:
        acquisition = MinusPrice(acquisition, price)
    if max_fit_time is not None:
        acquisition = WithinSeconds(acquisition, max_fit_time=max_fit_time)
    return acquisition


def _walk(score: Anticipator, price: float, max_fit_time: float | None) -> Strategy:
    return Strategy(
        start=StartValues(),
        move=Unseen(LocalPerturbation()),
        exploration=InverseLinear(1.0, 0.25, 0.1),
        n_candidates=100,
        score_anticipator=score,
        seconds_anticipator=_log_seconds(),
        success_anticipator=GaussianClassifier(),
        acquisition=_improvement(price, max_fit_time),
        folds=AllFolds(),
        acceptance=Threshold(0.0, price, max_fit_time),
        termination=Never(),
        retries=1,
        recommendation=BestBelieved(price=price),
    )


def _unguided(move: Move) -> Strategy:
    return Strategy(
        start=StartValues(),
        move=move,
        exploration=Constant(1.0),
        n_candidates=1,
        score_anticipator=NoAnticipation(),
        seconds_anticipator=NoAnticipation(),
        acquisition=Greedy(),
        folds=AllFolds(),
        acceptance=Threshold(0.0),
        termination=Never(),
        retries=1,
        recommendation=BestBelieved(),
    )
