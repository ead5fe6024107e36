"""Recipes: strategies put together and named."""

from __future__ import annotations

from collections.abc import Callable

from autotune.errors import ComponentError
from autotune.strategy import Strategy
from autotune_strategies.acceptance.threshold import Threshold
from autotune_strategies.acquisition.gain_minus_price import GainMinusPrice
from autotune_strategies.anticipators.ridge import Ridge
from autotune_strategies.folds.all_folds import AllFolds
from autotune_strategies.moves.change_parameters import ChangeParameters
from autotune_strategies.schedules.constant import Constant
from autotune_strategies.schedules.inverse_linear import InverseLinear
from autotune_strategies.starts.start_values import StartValues
from autotune_strategies.steps.multiply_add import MultiplyAdd
from autotune_strategies.steps.near_or_not_positive import NearOrNotPositive
from autotune_strategies.termination.never import Never

__all__ = ["autotune_2018", "default"]


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
        Draws compared when exploiting.
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
        draws=anticipation_draws,
        score=Ridge(ridge_alpha),
        seconds=Ridge(ridge_alpha),
        acquisition=GainMinusPrice(tradeoff_scr_per_sec, max_fit_time),
        folds=AllFolds(),
        acceptance=Threshold(abs(step_threshold), tradeoff_scr_per_sec, max_fit_time),
        termination=Never(),
    )


def default() -> Strategy:
    """Return the strategy used where none is given: ``autotune_2018`` with its defaults.

    Examples
    --------
    >>> default() == autotune_2018()
    True
    """
    return autotune_2018()
