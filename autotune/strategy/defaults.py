"""The one place where the kernel reaches for the strategies package, late and by name."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal

import attrs

from autotune.errors import ComponentError
from autotune.space import Space
from autotune.strategy.blas import one_thread
from autotune.strategy.component import (
    Anticipator,
    RecommendQuery,
    Termination,
    describe,
    rebuild,
)
from autotune.strategy.strategy import NoConfirmation, Strategy, trial_key
from autotune.study import Study

__all__ = [
    "anticipator",
    "anticipator_names",
    "as_strategy",
    "counts_running_time",
    "default_anticipator",
    "default_strategy",
    "known_components",
    "names_component",
    "recipe",
    "recipe_names",
    "recipes",
    "recommended",
    "replace_budget",
    "smoothing_anticipator",
    "trials_within",
    "until_exhausted",
    "with_budget",
]

if TYPE_CHECKING:
    from autotune_strategies import recipes


def __getattr__(name: str) -> Any:
    if name == "recipes":
        from autotune_strategies import recipes

        return recipes
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def default_strategy() -> Strategy:
    """Return the strategy used where none is given."""
    from autotune_strategies import recipes

    return recipes.default()


def default_anticipator(target: str) -> Anticipator:
    """Return what predicts a target in an analysis where none is given.

    Seconds are learnt as logarithms, for they are never negative and differ by factors.
    """
    from autotune_strategies import GaussianClassifier, GaussianProcess, LogWarp

    if target == "seconds":
        return GaussianProcess(target="seconds", warp=LogWarp())
    if target == "success":
        return GaussianClassifier()
    return GaussianProcess()


def smoothing_anticipator() -> Anticipator:
    """Return what tells a score from its luck where no other anticipator is given.

    A share of what no neighbour explains belongs to the configuration, the rest is luck.
    """
    from autotune_strategies import GaussianProcess, Prior, Winsorized

    return GaussianProcess(warp=Winsorized(), prior=Prior(noise=-1.0, noise_sd=1.5, nugget=0.1))


def recipe_names() -> tuple[str, ...]:
    """Return the names of the recipes, sorted."""
    from autotune_strategies import recipes

    return tuple(sorted(recipes.__all__))


def recipe(name: str) -> Strategy:
    """Return the strategy of a recipe, with its parameters as they are by default.

    Parameters
    ----------
    name : str
        Its name in ``autotune_strategies.recipes``.

    Raises
    ------
    ComponentError
        If there is none of that name.

    Examples
    --------
    >>> from autotune_strategies import recipes
    >>> recipe("random_walk") == recipes.random_walk()
    True
    """
    from autotune_strategies import recipes

    if name not in recipes.__all__:
        raise ComponentError(
            f"strategy = {name!r} is not a recipe; choose one of {', '.join(recipe_names())}"
        )
    made: Strategy = getattr(recipes, name)()
    return made


def as_strategy(given: Strategy | str) -> Strategy:
    """Return a strategy: the one given, or that of the recipe named.

    Parameters
    ----------
    given : Strategy or str
        A strategy, or the name of a recipe, such as "racing".

    Raises
    ------
    ComponentError
        If it is neither.

    Examples
    --------
    >>> as_strategy("random_walk") == recipe("random_walk")
    True
    """
    if isinstance(given, str):
        return recipe(given)
    if not isinstance(given, Strategy):
        raise ComponentError(
            f"strategy = {given!r} is of type {type(given).__name__}; give a Strategy, such as "
            "autotune_strategies.recipes.autotune_2018(), or the name of a recipe: one of "
            f"{', '.join(recipe_names())}"
        )
    return given


def anticipator_names() -> tuple[str, ...]:
    """Return the names of the anticipators of scores that need no arguments, sorted."""
    return tuple(sorted(_anticipators()))


def anticipator(name: str, *, target: str = "score") -> Anticipator:
    """Return an anticipator with its parameters as they are by default.

    Parameters
    ----------
    name : str
        The name of its class, one of ``anticipator_names()``.
    target : {"score", "seconds"}
        What it shall predict; some must be told when they are made.

    Raises
    ------
    ComponentError
        If there is none of that name, or it needs arguments.

    Examples
    --------
    >>> anticipator("Ridge").alpha
    1.0
    """
    known = _anticipators()
    if name not in known:
        raise ComponentError(
            f"anticipator = {name!r} is not one that needs no arguments; choose one of "
            f"{', '.join(anticipator_names())}"
        )
    kind: Any = known[name]
    takes = any(each.name == "target" for each in attrs.fields(kind))
    made: Anticipator = kind(target=target) if takes else kind()
    return made


def _anticipators() -> dict[str, type]:
    import autotune_strategies

    return {
        name: kind
        for name, kind in known_components().items()
        if kind.__module__.startswith("autotune_strategies.anticipators.")
        # It predicts nothing, and so needs no looking up.
        and kind is not autotune_strategies.NoAnticipation
        # This library's that tell success say nothing of scores and seconds.
        and not getattr(kind, "tells_success", False)
        and hasattr(kind, "init")
        and all(each.default is not attrs.NOTHING for each in attrs.fields(kind))
    }


def known_components(extra: Iterable[type] = ()) -> dict[str, type]:
    """Return the component classes that a log may name: those of this library and ``extra``.

    Raises
    ------
    ComponentError
        If an extra class is not an attrs class or has the name of another.
    """
    import autotune_strategies

    known: dict[str, type] = {"Strategy": Strategy}
    for name in autotune_strategies.__all__:
        item: Any = getattr(autotune_strategies, name)
        if isinstance(item, type):
            known[name] = item
    for kind in extra:
        if not isinstance(kind, type) or not attrs.has(kind):
            raise ComponentError(
                f"components: {kind!r} is not an attrs class; pass the class itself"
            )
        if known.get(kind.__name__, kind) is not kind:
            raise ComponentError(
                f"components: {kind.__name__} is already the name of {known[kind.__name__]!r}; "
                "rename yours"
            )
        known[kind.__name__] = kind
    return known


def recommended(study: Study, components: Iterable[type] = ()) -> int | None:
    """Return the trial that a study's strategy holds for best, told from the study alone.

    The part that recommends is made of its description. It is shown the study at once: what it
    adds up over events it has not seen. Where its class is not known, or the strategy described has
    no such part, it is the incumbent.

    Parameters
    ----------
    study : Study
        The study; it need not have started.
    components : iterable of type
        Classes of your own that the description may name.

    Returns
    -------
    int or None
        None while there is none.

    Examples
    --------
    >>> from autotune import tune
    >>> found = tune(lambda c: -((c["x"] - 3) ** 2), {"x": 1.0}, n_trials=20, seed=0)
    >>> recommended(found.study) == found.best_trial
    True
    """
    described = study.strategy.get("recommendation")
    if study.started is None or described is None:
        return study.incumbent
    try:
        part = rebuild(described, known_components(components))
    except ComponentError:
        return study.incumbent
    key = trial_key(study, study.n_trials + 1).child("recommendation")
    with one_thread():
        trial: int | None = part.read(part.init(), RecommendQuery(study, key))
    return trial


def trials_within(n_trials: int | Literal["auto"] | None, time_budget: float | None) -> int | None:
    """Return a number of trials, where "auto" is 100, or as many as a budget of time allows.

    Examples
    --------
    >>> trials_within("auto", None), trials_within("auto", 60.0), trials_within(20, 60.0)
    (100, None, 20)
    """
    if n_trials == "auto":
        return 100 if time_budget is None else None
    return n_trials


def with_budget(
    strategy: Strategy, n_trials: int | None, time_budget: float | None = None
) -> Strategy:
    """Return the strategy with limits on trials and seconds beside its own rule to stop.

    Parameters
    ----------
    strategy : Strategy
        A strategy.
    n_trials : int, optional
        The number of trials; None for no limit.
    time_budget : float, optional
        The seconds that the study may run; None for no limit.
    """
    from autotune_strategies import Either, MaxTrials, Never, TimeBudget

    limits: list[Termination] = []
    if n_trials is not None:
        if isinstance(n_trials, bool) or not isinstance(n_trials, int) or n_trials < 1:
            raise ComponentError(f"n_trials = {n_trials!r} must be a whole number >= 1, or None")
        limits.append(MaxTrials(n_trials))
    if time_budget is not None:
        if (
            isinstance(time_budget, bool)
            or not isinstance(time_budget, int | float)
            or not 0 < time_budget < math.inf
        ):
            raise ComponentError(
                f"time_budget = {time_budget!r} must be a number of seconds > 0, or None for no "
                "limit"
            )
        limits.append(TimeBudget(time_budget))
    if not limits:
        return strategy
    own: Termination = strategy.termination
    rules = tuple(limits) if isinstance(own, Never) else (own, *limits)
    return attrs.evolve(strategy, termination=rules[0] if len(rules) == 1 else Either(rules))


def until_exhausted(strategy: Strategy, space: Space) -> Strategy:
    """Return the strategy with an end when all of a space that can be counted has been tried.

    Until then it repeats nothing by chance. One that measures configurations again goes on while
    that may tell something. A strategy that has such a rule, alone or in a combination, is left as
    it is.

    Parameters
    ----------
    strategy : Strategy
        A strategy, before ``with_budget``.
    space : Space
        The space of its study.
    """
    from autotune_strategies import Either, Never, SpaceExhausted

    own: Termination = strategy.termination
    if space.n_configurations is None or names_component(describe(own), "SpaceExhausted"):
        return strategy
    confirms = not isinstance(strategy.confirmation, NoConfirmation)
    rule = SpaceExhausted(None, unless_noisy=confirms)
    end = rule if isinstance(own, Never) else Either((own, rule))
    return attrs.evolve(strategy, termination=end, repeats=False)


def names_component(described: Any, name: str) -> bool:
    """Tell whether a component of a class is in a description."""
    if isinstance(described, Mapping):
        return described.get("component") == name or any(
            names_component(value, name) for value in described.values()
        )
    return isinstance(described, list | tuple) and any(
        names_component(value, name) for value in described
    )


def replace_budget(
    strategy: Strategy, n_trials: int | None, time_budget: float | None = None
) -> Strategy:
    """Return the strategy with limits that ``with_budget`` set replaced by others; None keeps one.

    Parameters
    ----------
    strategy, n_trials, time_budget
        As for ``with_budget``.
    """
    from autotune_strategies import Either, MaxTrials, Never, TimeBudget

    rule: Termination = strategy.termination
    rules: list[Termination] = list(rule.rules) if isinstance(rule, Either) else [rule]
    if rules and isinstance(last := rules[-1], TimeBudget):
        time_budget = last.seconds if time_budget is None else time_budget
        del rules[-1]
    if rules and isinstance(last := rules[-1], MaxTrials):
        n_trials = last.n if n_trials is None else n_trials
        del rules[-1]
    if len(rules) > 1:  # somebody else's combination
        return with_budget(strategy, n_trials, time_budget)
    own = rules[0] if rules else Never()
    return with_budget(attrs.evolve(strategy, termination=own), n_trials, time_budget)


def counts_running_time(component: object) -> bool:
    """Tell whether a part of a component looks at for how long the study has been running.

    Such a rule says so with ``counts_running_time: ClassVar[bool] = True``; where a study with one
    is gone on with, that is recorded, so that the pause before it does not count.
    """
    if getattr(type(component), "counts_running_time", False):
        return True
    if isinstance(component, tuple):
        return any(counts_running_time(item) for item in component)
    kind: Any = type(component)
    return attrs.has(kind) and any(
        counts_running_time(getattr(component, each.name)) for each in attrs.fields(kind)
    )
