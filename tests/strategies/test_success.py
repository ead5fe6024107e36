"""The chance of success: what is learnt from failures, and how candidates are weighed by it."""

import math

import numpy as np
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from autotune import Categorical, Float, Space, tune
from autotune.errors import ComponentError
from autotune.strategy import AnticipateQuery, Key
from autotune.strategy.success import taken_by_chance, weighed_by_chance
from autotune.study import (
    EMPTY,
    Evaluated,
    Failure,
    Measurement,
    Proposed,
    Rejected,
    StudyStarted,
    apply,
)
from autotune_strategies import (
    BayesianRidgeRegression,
    ClassPrior,
    Forest,
    GaussianClassifier,
    GaussianProcess,
    Greedy,
    LogExpectedImprovement,
    NearestNeighbours,
    Regression,
    ThompsonSampling,
    recipes,
)
from autotune_strategies.gaussian.classification import negative_log_evidence
from autotune_strategies.gaussian.kernel import Inputs, distances
from autotune_strategies.target import censored_seconds

SQUARE = Space({"x": Float(0.0, 1.0), "y": Float(0.0, 1.0)})
FAILED = Failure("ValueError", "no")


def play(part, space, trials):
    """Return the state of a part and the study after trials: (configuration, None or failure)."""
    study, state = EMPTY, part.init()

    def take(event):
        nonlocal study, state
        study = apply(study, event)
        state = part.update(state, study, event)

    take(StudyStarted(0, "s", space, "maximize", "score", 1, {}, 0))
    for number, (configuration, failure, *seconds) in enumerate(trials, 1):
        took = (seconds[0] if seconds else 1.0,)
        score = (math.nan if failure else 0.5 + 0.01 * (number % 5),)
        take(Proposed(0, number, configuration, None, (), "start"))
        take(Evaluated(0, number, Measurement((0,), score, took, (0.0,), failure=failure)))
        take(Rejected(0, number, None, None, "failed" if failure else "no gain"))
    return state, study


def asked(part, space, trials, configurations, target="success"):
    state, study = play(part, space, trials)
    coordinates = space.encode(configurations)
    parents = np.ones(len(configurations), dtype=np.int64)
    return part.read(state, AnticipateQuery(study, Key(0), target, coordinates, parents)).mean


def points(n, fails, seed=0):
    rng = np.random.default_rng(seed)
    drawn = [{"x": float(x), "y": float(y)} for x, y in rng.random((n, 2))]
    return [(c, FAILED if fails(c) else None) for c in drawn]


def test_the_gradient_of_the_evidence_is_its_slope():
    rng = np.random.default_rng(1)
    space = Space({"x": Float(0, 1), "c": Categorical(["a", "b", "c"])})
    columns = space.sample(rng, 25)
    y = (columns["x"] > 0.4).astype(float)
    inputs = Inputs.of(space, columns)
    squared, prior = distances(inputs, inputs), ClassPrior()
    theta = prior.mode(2) + 0.3 * rng.standard_normal(4)
    gradient = negative_log_evidence(theta, squared, y, prior)[1]
    for i in range(4):
        step = np.eye(4)[i] * 1e-4
        above, below = (
            negative_log_evidence(theta + s, squared, y, prior)[0] for s in (step, -step)
        )
        assert gradient[i] == pytest.approx((above - below) / 2e-4, rel=1e-4, abs=1e-6)


def test_it_learns_a_rule_over_two_parameters():
    trials = points(40, lambda c: c["x"] + c["y"] > 1.2)
    new = points(200, lambda c: c["x"] + c["y"] > 1.2, seed=1)
    chance = asked(GaussianClassifier(), SQUARE, trials, [c for c, _ in new])
    fails = np.array([failure is not None for _, failure in new])
    assert np.mean((chance < 0.5) == fails) > 0.9
    assert np.all((chance >= 0) & (chance <= 1))


def test_it_learns_a_dead_choice_from_two_failures():
    space = Space({"solver": Categorical(["a", "b", "dead"]), "x": Float(0, 1)})
    trials = [({"solver": s, "x": x}, FAILED if s == "dead" else None)
              for s, x in [("a", 0.1), ("b", 0.9), ("dead", 0.2), ("a", 0.6), ("dead", 0.8)]]  # fmt: skip
    other = [{"solver": s, "x": 0.5} for s in ("a", "b", "dead")]
    a, b, dead = asked(GaussianClassifier(), space, trials, other)
    assert min(a, b) > 0.7
    assert dead < 0.5


def test_failures_by_chance_fence_nothing_in():
    rng = np.random.default_rng(2)
    trials = points(60, lambda _: bool(rng.random() < 0.2))
    chance = asked(GaussianClassifier(), SQUARE, trials, [c for c, _ in points(100, bool, seed=3)])
    assert chance.min() > 0.55
    assert chance.mean() == pytest.approx(0.8, abs=0.1)


def test_one_failure_more_makes_what_is_around_it_less_likely_to_succeed():
    trials = points(12, lambda c: c["x"] > 0.8)
    here = {"x": 0.5, "y": 0.5}
    part = GaussianClassifier()
    state, _ = play(part, SQUARE, trials)
    chances = []
    for more in ([], [(here, FAILED)]):
        _, study = play(part, SQUARE, [*trials, *more])
        query = AnticipateQuery(study, Key(0), "success", SQUARE.encode([here]), np.array([1]))
        chances.append(float(part.read(state, query).mean[0]))
    assert chances[1] < chances[0]


def test_while_nothing_failed_it_says_that_all_succeed_and_changes_no_decision():
    trials = points(10, lambda _: False)
    assert np.all(asked(GaussianClassifier(), SQUARE, trials, [c for c, _ in trials]) == 1.0)
    found = []
    for success in (GaussianClassifier(), None):
        strategy = evolve(recipes.default(), success_anticipator=success)
        result = tune(
            lambda c: -((c["x"] - 0.3) ** 2), SQUARE, n_trials=12, strategy=strategy, seed=1
        )
        found.append([result.study.configuration(t) for t in range(1, 13)])
    assert found[0] == found[1]


@pytest.mark.parametrize("recipe", ["default", "gaussian", "racing", "discounted", "neighbourhood"])
def test_a_recipe_that_anticipates_fails_less_than_one_that_learns_nothing_of_it(recipe):
    def breaks(c):
        if c["x"] > 0.5:
            raise MemoryError("too large")
        return c["x"] - (c["y"] - 0.5) ** 2

    strategy = getattr(recipes, recipe)()
    assert strategy.success_anticipator == GaussianClassifier()
    blind = evolve(strategy, success_anticipator=None)
    if isinstance(strategy.score_anticipator, GaussianProcess):
        blind = evolve(blind, score_anticipator=GaussianProcess())
    space = SQUARE.with_start({"x": 0.2, "y": 0.2})
    failed = {}
    for name, each in {"learns": strategy, "blind": blind}.items():
        for seed in (1, 2, 3):
            result = tune(
                breaks, space, n_trials=30, strategy=each, seed=seed, direction="maximize"
            )
            failed[name] = failed.get(name, 0) + len(result.study.failures())
    assert failed["learns"] < failed["blind"]
    result = tune(breaks, space, n_trials=30, strategy=strategy, seed=3, direction="maximize")
    recorded = result.study.proposals["anticipated_success"]
    assert np.isfinite(recorded[10:]).mean() > 0.5
    assert result.study.anticipated(30).success == recorded[29]


@pytest.mark.parametrize("model", [NearestNeighbours(3), Forest(), BayesianRidgeRegression()])
def test_any_anticipator_serves(model):
    trials = points(30, lambda c: c["x"] > 0.6)
    low, high = asked(
        Regression(model), SQUARE, trials, [{"x": 0.1, "y": 0.5}, {"x": 0.95, "y": 0.5}]
    )
    assert low > high


@given(
    st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=8),
    st.data(),
)
def test_more_worth_and_more_chance_are_never_worth_less(worth, data):
    worth = np.array(worth)
    chance = np.array(
        data.draw(st.lists(st.floats(0, 1), min_size=len(worth), max_size=len(worth)))
    )
    weighed = weighed_by_chance(worth, chance)
    assert np.all(np.isfinite(weighed))
    assert np.array_equal(weighed_by_chance(worth, np.ones(len(worth))), worth)
    i = data.draw(st.integers(0, len(worth) - 1))
    surer = chance.copy()
    surer[i] = data.draw(st.floats(chance[i], 1.0))
    assert weighed_by_chance(worth, surer)[i] >= weighed[i] - 1e-9 * (1 + abs(weighed[i]))


def test_a_logarithm_and_what_it_is_the_logarithm_of_come_in_the_same_order():
    rng = np.random.default_rng(0)
    worth, chance = rng.random(50), rng.random(50)
    logs = weighed_by_chance(np.log(worth), chance, logarithmic=True)
    assert np.array_equal(np.argsort(logs), np.argsort(weighed_by_chance(worth, chance)))


@pytest.mark.parametrize("acquisition", [Greedy(), LogExpectedImprovement(), ThompsonSampling()])
def test_every_acquisition_is_weighed(acquisition):
    def breaks(c):
        if c["x"] > 0.5:
            raise MemoryError("too large")
        return c["x"] - (c["y"] - 0.5) ** 2

    failed = []
    for success in (GaussianClassifier(), None):
        strategy = evolve(
            recipes.default(),
            acquisition=acquisition,
            success_anticipator=success,
            score_anticipator=GaussianProcess(),
        )
        space = SQUARE.with_start({"x": 0.2, "y": 0.2})
        result = tune(breaks, space, n_trials=20, strategy=strategy, direction="maximize", seed=0)
        failed.append(len(result.study.failures()))
    assert failed[0] < failed[1]


def test_what_is_taken_by_chance_is_the_first_where_all_are_alike():
    assert all(taken_by_chance(np.full(9, 0.4), Key(i)) == 0 for i in range(20))
    taken = [taken_by_chance(np.array([0.1, 0.9]), Key(i)) for i in range(200)]
    assert np.mean(taken) > 0.9
    assert taken_by_chance(np.zeros(3), Key(0)) == 0


def test_what_is_around_failures_is_less_uncertain_unless_others_succeed_there():
    good = points(12, lambda _: False)
    here = {"x": 0.95, "y": 0.95}
    sd = {}
    for noise in (None, 0.02):
        part = GaussianProcess(failure_noise=noise)
        state, study = play(part, SQUARE, [*good, *([(here, FAILED)] * 6)])
        query = AnticipateQuery(study, Key(0), "score", SQUARE.encode([here]), np.array([1]))
        sd[noise] = float(part.read(state, query).sd[0])
    assert sd[0.02] < sd[None]


def test_a_prior_is_one():
    with pytest.raises(ComponentError, match="is not a ClassPrior"):
        GaussianClassifier(prior=2.0)
    with pytest.raises(ComponentError, match="must"):
        ClassPrior(offset=0.0)


def slow_choice(timeout=3.0):
    space = Space({"kernel": Categorical(["quick", "slow"]), "x": Float(0, 1)})
    late = Failure("TimeoutError", "it took longer", limit=timeout)
    trials = [({"kernel": "slow" if i % 3 == 0 else "quick", "x": i / 15},
               late if i % 3 == 0 else None, timeout if i % 3 == 0 else 0.02)
              for i in range(15)]  # fmt: skip
    return space, trials


def test_a_trial_ended_at_its_limit_took_at_least_as_long():
    space, trials = slow_choice()
    candidates = [{"kernel": k, "x": 0.5} for k in ("quick", "slow")]
    regression = recipes.default().seconds_anticipator
    assert regression.censored
    quick, slow = asked(regression, space, trials, candidates, "seconds")
    assert slow > 1.5  # a penalised line lies below what it is fitted to
    assert quick < 0.1
    _, blind = asked(evolve(regression, censored=False), space, trials, candidates, "seconds")
    assert blind < 0.1
    bounds = censored_seconds(play(regression, space, trials)[1])
    assert np.flatnonzero(np.isfinite(bounds)).tolist() == [0, 3, 6, 9, 12]
    assert set(bounds[np.isfinite(bounds)]) == {3.0}


def test_a_higher_limit_makes_what_is_anticipated_no_quicker():
    candidates = [{"kernel": "slow", "x": 0.5}]
    regression = recipes.default().seconds_anticipator
    found = [
        float(asked(regression, *slow_choice(limit), candidates, "seconds")[0])
        for limit in (0.5, 3.0, 60.0)
    ]
    assert found == sorted(found)


def test_bounds_are_of_levels_not_of_changes():
    with pytest.raises(ComponentError, match="of='level'"):
        Regression(of="change", censored=True)
