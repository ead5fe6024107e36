"""Anticipators that learn by regression, ensembles of them, and the one that says nothing."""

from __future__ import annotations

import math

import numpy as np
import pytest
from attrs import evolve as replace
from hypothesis import given, settings
from hypothesis import strategies as st

from autotune import Boolean, Categorical, Float, Integer, Sequence, Space, tune
from autotune.errors import ComponentError
from autotune.replay import verify
from autotune.strategy import AnticipateQuery, Key, describe, rebuild
from autotune.study import (
    EMPTY,
    Accepted,
    Evaluated,
    Failure,
    Measurement,
    Proposed,
    Rejected,
    StudyStarted,
    apply,
)
from autotune.testing import legal_logs
from autotune_strategies import Ridge, recipes
from autotune_strategies.anticipators.ensemble import Ensemble
from autotune_strategies.anticipators.no_anticipation import NoAnticipation
from autotune_strategies.anticipators.regression import Regression
from autotune_strategies.anticipators.ridge import LogFeatures
from autotune_strategies.features import ScaledFeatures
from autotune_strategies.models.linear import BayesianRidgeRegression, LocalLinear, RidgeRegression
from autotune_strategies.models.model import SklearnRegressor
from autotune_strategies.models.nonparametric import Forest, NearestNeighbours
from autotune_strategies.target import target_column
from autotune_strategies.warps import LogWarp, NoWarp, Ranks, YeoJohnson
from autotune_strategies.weights import (
    Discount,
    EvenWeights,
    KernelNeighbourhood,
    NearestNeighbourhood,
    ProductOfWeights,
)

# On linear data, at least.
GOOD = Regression(RidgeRegression(1e-6))
BAD = Regression(NearestNeighbours(1000, "even"))

EVERY = [
    NoAnticipation(),
    Regression(),
    Regression(RidgeRegression(1e-6), ScaledFeatures("linear"), of="change"),
    Regression(BayesianRidgeRegression(), weights=Discount(3.0), warp=LogWarp()),
    Regression(BayesianRidgeRegression(), of="change", warp=YeoJohnson()),
    Regression(NearestNeighbours(2), ScaledFeatures(), KernelNeighbourhood(0.3)),
    Regression(NearestNeighbours(2), of="change", warp=LogWarp()),
    Regression(LocalLinear(4), weights=ProductOfWeights((Discount(1.0), NearestNeighbourhood(2)))),
    Regression(LocalLinear(), ScaledFeatures(), of="change", warp=Ranks()),
    Regression(Forest(n_trees=2), warp=Ranks()),
    Regression(SklearnRegressor("DecisionTreeRegressor", {"max_depth": 2}), warp=YeoJohnson()),
    Ensemble((Regression(), NoAnticipation(), Regression(NearestNeighbours(1), of="change"))),
    Ensemble((Ensemble((Regression(), BAD)), GOOD), 3.0, None, ("score",)),
]
every = pytest.mark.parametrize("anticipator", EVERY, ids=range(len(EVERY)))
CLASSES = {
    kind.__name__: kind
    for kind in (
        BayesianRidgeRegression,
        Discount,
        Ensemble,
        EvenWeights,
        Forest,
        KernelNeighbourhood,
        LocalLinear,
        LogWarp,
        LogFeatures,
        NearestNeighbourhood,
        NearestNeighbours,
        NoAnticipation,
        NoWarp,
        ProductOfWeights,
        Ranks,
        Regression,
        Ridge,
        RidgeRegression,
        ScaledFeatures,
        SklearnRegressor,
        YeoJohnson,
    )
} | {"Distance": KernelNeighbourhood().distance.__class__}
LINE = Space({"x": Float(0, 1)})
PLANE = Space({"x": Float(1e-3, 1, log=True), "y": Float(1, 100)})


def events_of(space, trials):
    """Events of judged trials: (configuration, parent, score, seconds); no score for a failure."""
    events = [StudyStarted(0, "s", space, "maximize", "score", 1, {}, 0)]
    for trial, (configuration, parent, score, seconds) in enumerate(trials, 1):
        failure = Failure("E", "e") if score is None else None
        value = math.nan if score is None else score
        events.append(Proposed(0, trial, configuration, parent, (), "given"))
        events.append(
            Evaluated(0, trial, Measurement((0,), (value,), (seconds,), (0.0,), {}, failure))
        )
        events.append(
            Accepted(0, trial, None, None)
            if trial == 1 and score is not None
            else Rejected(0, trial, None, None, "no gain")
        )
    return events


def fold(anticipator, events):
    study, state = EMPTY, anticipator.init()
    for event in events:
        study = apply(study, event)
        state = anticipator.update(state, study, event)
    return study, state


def ask(anticipator, events, coordinates, parents, target="score", key=None):
    study, state = fold(anticipator, events)
    query = AnticipateQuery(
        study, key or Key(0), target, coordinates, np.asarray(parents, dtype=np.int64)
    )
    return anticipator.read(state, query)


def walk(n, space=PLANE, seed=0, score=None, noise=0.0):
    """Trials that each step from an earlier one."""
    rng = np.random.default_rng(seed)
    configurations = space.decode(space.sample(rng, n))
    trials = []
    for i, configuration in enumerate(configurations):
        parent = None if i == 0 else int(rng.integers(1, i + 1))
        value = (score or linear_score)(configuration) + noise * rng.normal()
        trials.append((configuration, parent, float(value), float(rng.random())))
    return events_of(space, trials)


def linear_score(configuration):
    return 2 * math.log(configuration["x"]) - 3 * math.log(configuration["y"]) + 1


def sample(m, space=PLANE, seed=9):
    return space.sample(np.random.default_rng(seed), m)


# What holds for every one of them


@every
@settings(max_examples=40)
@given(log=legal_logs(), target=st.sampled_from(["score", "seconds"]), data=st.data())
def test_every_anticipator_is_total(anticipator, log, target, data):
    study, state = fold(anticipator, log)
    assert fold(anticipator, log)[1] == state
    n = study.n_trials
    parents = np.array(
        data.draw(st.lists(st.integers(0, n + 1), min_size=n, max_size=n)), dtype=np.int64
    )
    query = AnticipateQuery(study, Key(3), target, study.coordinates, parents)
    estimate = anticipator.read(state, query)
    again = anticipator.read(state, query)
    usable = int(np.isfinite(target_column(study, target)).sum())
    if estimate is None:
        assert again is None
        return
    assert usable >= 2
    assert estimate.mean.shape == estimate.sd.shape == (n,)
    assert np.all(np.isfinite(estimate.mean))
    assert np.all(np.isfinite(estimate.sd))
    assert np.all(estimate.sd >= 0)
    assert np.array_equal(again.mean, estimate.mean)
    assert np.array_equal(again.sd, estimate.sd)


@every
@settings(max_examples=25)
@given(
    scores=st.lists(
        st.floats(allow_nan=False, allow_infinity=False)
        | st.sampled_from([1.7e308, -1.7e308, 5e-324, 0.0]),
        min_size=2,
        max_size=8,
    )
)
def test_every_anticipator_copes_with_scores_of_any_size(anticipator, scores):
    n = len(scores)
    trials = [
        ({"x": (i % 3) / 3}, None if i == 0 else i, score, 1.0) for i, score in enumerate(scores)
    ]
    estimate = ask(anticipator, events_of(LINE, trials), {"x": np.linspace(0, 1, 4)}, [1, n, 0, 2])
    if estimate is not None:
        assert np.all(np.isfinite(estimate.mean))
        assert np.all(np.isfinite(estimate.sd))
        assert np.all(estimate.sd >= 0)


@every
def test_a_candidate_is_judged_the_same_in_any_company(anticipator):
    events, q = walk(30, noise=0.5), sample(8)
    parents = np.array([1, 2, 3, 30, 5, 0, 7, 99])
    whole = ask(anticipator, events, q, parents)
    if whole is None:
        return
    order = np.random.default_rng(0).permutation(8)
    shuffled = ask(anticipator, events, {k: v[order] for k, v in q.items()}, parents[order])
    assert np.array_equal(shuffled.mean, whole.mean[order])
    assert np.array_equal(shuffled.sd, whole.sd[order])
    for i in range(8):
        alone = ask(
            anticipator, events, {k: v[i : i + 1] for k, v in q.items()}, parents[i : i + 1]
        )
        assert alone.mean[0] == whole.mean[i]
        assert alone.sd[0] == whole.sd[i]


@every
def test_a_description_makes_the_anticipator_again(anticipator):
    assert rebuild(describe(anticipator), CLASSES) == anticipator


@every
def test_asking_changes_nothing(anticipator):
    events, q = walk(12), sample(3)
    study, state = fold(anticipator, events)
    copies = {k: v.copy() for k, v in q.items()}
    anticipator.read(state, AnticipateQuery(study, Key(0), "score", q, np.ones(3, np.int64)))
    assert fold(anticipator, events)[1] == state
    assert all(np.array_equal(q[k], copies[k]) for k in q)


@pytest.mark.parametrize("anticipator", EVERY[1:], ids=range(1, len(EVERY)))
def test_a_linear_target_is_learnt_better_than_by_its_mean(anticipator):
    events, q = walk(60), sample(20)
    expected = np.array([linear_score(c) for c in PLANE.decode(q)])
    estimate = ask(anticipator, events, q, np.arange(1, 21))
    assert np.mean((estimate.mean - expected) ** 2) < 0.6 * expected.var()


def test_a_search_with_each_of_them_runs_and_replays():
    def objective(c):
        return -((math.log(c["x"]) + 2) ** 2) - (math.log(c["y"]) - 2) ** 2

    for anticipator in EVERY:
        strategy = replace(
            recipes.default(), score_anticipator=anticipator, seconds_anticipator=Regression()
        )
        result = tune(objective, PLANE, strategy=strategy, n_trials=12, seed=1)
        assert result.n_trials == 12
        assert result.study.outcomes().usable.all()
        assert verify(result.log, components=CLASSES.values()).passed


# Regression


@settings(max_examples=30)
@given(log=legal_logs(), target=st.sampled_from(["score", "seconds"]))
def test_ridge_regression_on_log_features_is_ridge(log, target):
    """But for rounding, and where scores dwarf one another."""
    study, _ = fold(Ridge(), log)
    query = AnticipateQuery(
        study, Key(0), target, study.coordinates, np.zeros(study.n_trials, np.int64)
    )
    found = Regression(RidgeRegression(2.0)).read(Regression().init(), query)
    expected = Ridge(2.0).read((), query)
    assert (found is None) == (expected is None)
    if found is not None:
        scale = 1e-7 * np.nanmax(np.abs(target_column(study, target)))
        np.testing.assert_allclose(found.mean, expected.mean, rtol=1e-6, atol=scale)
        np.testing.assert_allclose(found.sd, expected.sd, rtol=1e-6, atol=scale)


def test_changes_and_levels_agree_on_linear_data():
    events, q = walk(30), sample(10)
    expected = [linear_score(c) for c in PLANE.decode(q)]
    for of in ("level", "change"):
        found = ask(Regression(RidgeRegression(1e-9), of=of), events, q, np.arange(1, 11))
        np.testing.assert_allclose(found.mean, expected, rtol=1e-5)
        np.testing.assert_allclose(found.sd, 0, atol=1e-4)


def test_a_change_is_added_to_what_the_parent_scored():
    """Both branches change by 10 x, at different levels; where a step begins, it is added."""
    trials = [({"x": 0.1}, None, 1.0, 1.0)]
    trials += [({"x": x}, 1, 1 + 10 * (x - 0.1), 1.0) for x in (0.3, 0.5)]
    trials += [({"x": 0.1}, None, 101.0, 1.0)]
    trials += [({"x": x}, 4, 101 + 10 * (x - 0.1), 1.0) for x in (0.3, 0.5)]
    change = Regression(RidgeRegression(1e-9), ScaledFeatures("linear", squares=False), of="change")
    found = ask(change, events_of(LINE, trials), {"x": np.full(2, 0.8)}, [1, 4])
    np.testing.assert_allclose(found.mean, [8.0, 108.0], rtol=1e-5)


def test_without_its_parents_outcome_a_candidate_gets_the_mean():
    trials = [({"x": 0.1}, None, 1.0, 1.0), ({"x": 0.2}, 1, 2.0, 1.0), ({"x": 0.4}, 2, 6.0, 1.0)]
    trials += [({"x": 0.9}, 3, None, 1.0)]
    change = Regression(RidgeRegression(1e-9), of="change")
    found = ask(change, events_of(LINE, trials), {"x": np.full(4, 0.6)}, [4, 0, 99, 3])
    assert found.mean[:3].tolist() == pytest.approx([3.0] * 3)
    assert found.sd[:3].tolist() == pytest.approx([np.std([1, 2, 6])] * 3)
    assert found.mean[3] > 6


@pytest.mark.parametrize(("of", "needed"), [("level", 2), ("change", 3)])
def test_two_rows_are_needed(of, needed):
    trials = [({"x": x}, i or None, x, 1.0) for i, x in enumerate((0.1, 0.2, 0.5))]
    for n in range(4):
        failed = ({"x": 0.7}, 1 if n else None, None, 1.0)
        events = events_of(LINE, [*trials[:n], failed])
        found = ask(Regression(of=of), events, {"x": np.array([0.3])}, [1])
        assert (found is None) == (n < needed)


@every
@settings(max_examples=10)
@given(scale=st.sampled_from([1e-3, 7.0, 1e6]), shift=st.sampled_from([0.0, -20.0]))
def test_units_of_the_target_do_not_matter(anticipator, scale, shift):
    if isinstance(getattr(anticipator, "warp", None), LogWarp):
        return  # which has its own idea of zero
    events, q = walk(20, noise=0.3), sample(5)
    other = [
        replace(
            e,
            measurement=replace(
                e.measurement,
                scores=tuple(s * scale + shift * scale for s in e.measurement.scores),
            ),
        )
        if isinstance(e, Evaluated)
        else e
        for e in events
    ]
    one = ask(anticipator, events, q, np.arange(1, 6))
    two = ask(anticipator, other, q, np.arange(1, 6))
    if one is not None:
        atol = 1e-5 * (abs(shift) + 20) * scale
        np.testing.assert_allclose(two.mean, (one.mean + shift) * scale, rtol=1e-4, atol=atol)
        np.testing.assert_allclose(two.sd, one.sd * scale, rtol=1e-4, atol=atol)


def test_recent_trials_count_for_more_under_a_discount():
    early = [({"x": 0.1 * i}, None, 0.0, 1.0) for i in range(10)]
    late = [({"x": 0.1 * i}, None, 1.0, 1.0) for i in range(10)]
    q = {"x": np.array([0.35])}
    even, recent = (
        ask(Regression(weights=w), events_of(LINE, early + late), q, [1]).mean[0]
        for w in (EvenWeights(), Discount(1.0))
    )
    assert even == pytest.approx(0.5)
    assert recent > 0.99


def test_seconds_are_a_target_of_their_own():
    trials = [({"x": 0.1 * i}, None, -0.1 * i, 5.0 * i) for i in range(1, 9)]
    model = Regression(RidgeRegression(1e-9), ScaledFeatures("linear", squares=False))
    q = {"x": np.array([0.9])}
    score, seconds = (ask(model, events_of(LINE, trials), q, [1], t) for t in ("score", "seconds"))
    assert score.mean[0] == pytest.approx(-0.9)
    assert seconds.mean[0] == pytest.approx(45)


def test_a_logarithm_of_seconds_makes_powers_linear():
    space = Space({"n": Integer(1, 1000, log=True)})
    trials = [({"n": n}, None, 0.0, 1e-3 * n**2) for n in (1, 2, 4, 8, 16)]
    model = Regression(RidgeRegression(1e-9), ScaledFeatures("log", squares=False), warp=LogWarp())
    found = ask(model, events_of(space, trials), {"n": np.array([500.0])}, [1], "seconds")
    assert found.mean[0] == pytest.approx(250, rel=1e-3)


def test_an_outlier_spoils_ranks_less():
    trials = [({"x": 0.1 * i}, None, 0.1 * i, 1.0) for i in range(10)]
    trials[0] = ({"x": 0.0}, None, -1e6, 1.0)
    features = ScaledFeatures("linear", squares=False)
    q = {"x": np.array([0.3, 0.8])}
    plain, ranks = (
        ask(Regression(RidgeRegression(0.1), features, warp=w), events_of(LINE, trials), q, [1, 1])
        for w in (NoWarp(), Ranks())
    )
    assert abs(ranks.mean - q["x"]).max() < 0.3 < abs(plain.mean - q["x"]).max()


def test_other_keys_are_other_forests():
    events, q = walk(30, noise=0.5), sample(4)
    one, other = (ask(Regression(Forest()), events, q, [1] * 4, key=Key(k)) for k in (1, 2))
    assert not np.array_equal(one.mean, other.mean)


def test_inactive_parameters_are_learnt_about():
    """With b the score is 1, without 0; the coordinates of b itself say nothing."""
    space = Space({"a": Boolean(), "b": Float(1, 10)})
    events = events_of(
        space, [({"a": i % 2 == 0, "b": 1.0 + i % 5}, None, float(i % 2), 1.0) for i in range(20)]
    )
    study, _ = fold(Ridge(), events)
    table = study.proposals.rows.copy()
    table["param_b"][::2] = np.nan
    table["param_a"] = 0
    study = replace(study, proposals=type(study.proposals).of(table))
    q = {"a": np.zeros(2), "b": np.array([3.0, np.nan])}
    query = AnticipateQuery(study, Key(0), "score", q, np.ones(2, np.int64))
    for features in (LogFeatures(), ScaledFeatures()):
        for anticipator in (Regression(features=features), Ridge()):
            found = anticipator.read(anticipator.init(), query)
            assert found.mean[0] > 0.8
            assert found.mean[1] < 0.2


def test_parts_are_checked():
    with pytest.raises(ComponentError, match=r"Regression\.model"):
        Regression(Ridge())
    with pytest.raises(ComponentError, match=r"Regression\.model"):
        Regression(RidgeRegression)
    with pytest.raises(ComponentError, match=r"Regression\.features"):
        Regression(features=3)
    with pytest.raises(ComponentError, match=r"Regression\.weights"):
        Regression(weights=1.0)
    with pytest.raises(ComponentError, match=r"Regression\.warp"):
        Regression(warp=RidgeRegression())
    with pytest.raises(ComponentError, match=r"Regression\.of"):
        Regression(of="both")


# Ensembles


def test_weight_goes_to_the_better_member():
    for members, better in (((GOOD, BAD), 0), ((BAD, GOOD), 1)):
        ensemble = Ensemble(members)
        _, state = fold(ensemble, walk(20, noise=0.05))
        weights = ensemble.weights(state, "score")
        assert weights[better] > 0.9
        assert weights.sum() == pytest.approx(1)
        # The seconds are noise, which the mean foresees better than a line.
        assert ensemble.weights(state, "seconds")[better] < 0.5


def test_weights_are_those_of_the_formula():
    ensemble = Ensemble((GOOD, BAD), power=2.0, half_life=3.0)
    events = walk(9, noise=0.5)
    keep = 2 ** (-1 / 3)
    sums = np.zeros((2, 2))
    study = EMPTY
    for event in events:
        study = apply(study, event)
        if isinstance(event, Proposed):
            row = event.trial - 1
            q = AnticipateQuery(
                study,
                Key(0),
                "score",
                {k: v[row : row + 1] for k, v in study.coordinates.items()},
                np.array([event.parent or 0]),
            )
            foreseen = [m.read(m.init(), q) for m in (GOOD, BAD)]
        elif isinstance(event, Accepted | Rejected):
            sums *= keep
            if foreseen[0] is not None:
                errors = [study.outcome(event.trial).score - e.mean[0] for e in foreseen]
                sums += np.column_stack([np.square(errors), [1, 1]])
    average = sums[:, 0].sum() / sums[:, 1].sum()
    expected = ((sums[:, 0] + average) / (sums[:, 1] + 1)) ** -2.0
    _, state = fold(ensemble, events)
    np.testing.assert_allclose(state.errors[0], sums)
    np.testing.assert_allclose(ensemble.weights(state, "score"), expected / expected.sum())


def test_a_mixture_has_the_moments_of_a_mixture():
    ensemble = Ensemble((GOOD, BAD))
    events, q = walk(10, noise=0.5), sample(4)
    study, state = fold(ensemble, events)
    w = ensemble.weights(state, "score")[:, None]
    query = AnticipateQuery(study, Key(0), "score", q, np.ones(4, np.int64))
    each = [m.read(m.init(), query) for m in (GOOD, BAD)]
    means, sds = (np.array([getattr(e, name) for e in each]) for name in ("mean", "sd"))
    found = ensemble.read(state, query)
    np.testing.assert_allclose(found.mean, (w * means).sum(0))
    second = (w * (sds**2 + means**2)).sum(0)
    np.testing.assert_allclose(found.sd, np.sqrt(second - found.mean**2))


@given(log=legal_logs())
@settings(max_examples=40)
def test_an_ensemble_of_one_is_that_one(log):
    member = Regression(NearestNeighbours(2))
    study, state = fold(Ensemble((member,)), log)
    query = AnticipateQuery(
        study, Key(0), "score", study.coordinates, np.zeros(study.n_trials, np.int64)
    )
    found, expected = Ensemble((member,)).read(state, query), member.read(member.init(), query)
    assert (found is None) == (expected is None)
    if found is not None:
        assert np.array_equal(found.mean, expected.mean)
        np.testing.assert_allclose(found.sd, expected.sd)


@given(log=legal_logs())
@settings(max_examples=60)
def test_what_waits_for_a_verdict_is_what_is_pending(log):
    study, state = fold(Ensemble((Regression(), Ridge())), log)
    assert {trial for trial, _ in state.waiting} == set(study.pending)
    assert all(n >= 0 and math.isfinite(total) for part in state.errors for total, n in part)


def test_members_that_say_nothing_leave_it_to_the_others():
    events, q = walk(12), sample(3)
    found = ask(Ensemble((NoAnticipation(), GOOD)), events, q, [1, 1, 1])
    expected = ask(GOOD, events, q, [1, 1, 1])
    np.testing.assert_allclose(found.mean, expected.mean)
    assert ask(Ensemble((NoAnticipation(),)), events, q, [1, 1, 1]) is None


def test_failures_teach_an_ensemble_nothing():
    ensemble = Ensemble((GOOD, BAD))
    events = walk(6)
    n = 7
    failed = [
        Proposed(0, n, {"x": 0.5, "y": 5.0}, 1, (), "given"),
        Evaluated(0, n, Measurement((), (), (), (), {}, Failure("E", "e"))),
        Rejected(0, n, None, None, "failed"),
    ]
    _, before = fold(ensemble, events)
    _, after = fold(ensemble, events + failed)
    assert after == before


def test_old_errors_fade():
    """The bad member turns good when the score becomes noise; only a short memory sees it."""
    rng = np.random.default_rng(3)
    trials = []
    for i, c in enumerate(PLANE.decode(sample(80, seed=4))):
        trials.append((c, None, linear_score(c) if i < 40 else 30 * float(rng.normal()), 1.0))
    events = events_of(PLANE, trials)
    memories = [Ensemble((GOOD, BAD), half_life=h) for h in (2.0, None)]
    halfway = 1 + 3 * 41
    short, long = (m.weights(fold(m, events[:halfway])[1], "score")[0] for m in memories)
    assert short > 0.5
    assert long > 0.5
    short, long = (np.array(fold(m, events)[1].errors[0])[:, 1] for m in memories)
    assert np.all(short < 4)
    assert np.all(long == 78)


def test_an_unwatched_target_is_mixed_evenly():
    ensemble = Ensemble((GOOD, BAD), targets=("score",))
    _, state = fold(ensemble, walk(20))
    assert ensemble.weights(state, "seconds").tolist() == [0.5, 0.5]
    assert ensemble.weights(state, "score")[0] > 0.9


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"members": ()}, "at least one"),
        ({"members": (3,)}, "must be a component"),
        ({"members": (GOOD,), "power": 0.0}, "power"),
        ({"members": (GOOD,), "half_life": 0.0}, "half_life"),
        ({"members": (GOOD,), "targets": ("gain",)}, "targets"),
        ({"members": (GOOD,), "targets": ("score", "score")}, "targets"),
    ],
)
def test_fields_of_an_ensemble_are_checked(fields, word):
    with pytest.raises(ComponentError, match=word):
        Ensemble(**fields)


def test_choices_and_lists_are_learnt_from():
    space = Space({"c": Categorical(["p", "q"]), "l": Sequence(Integer(1, 64), 1, 3)})
    rng = np.random.default_rng(0)
    trials = [
        (c, None, float((c["c"] == "q") + 0.5 * len(c["l"])), 1.0)
        for c in space.decode(space.sample(rng, 40))
    ]
    q = space.encode([{"c": "p", "l": (8,)}, {"c": "q", "l": (8,)}, {"c": "p", "l": (8, 8, 8)}])
    for anticipator in (Regression(), Regression(Forest("extra"), ScaledFeatures())):
        mean = ask(anticipator, events_of(space, trials), q, [1, 1, 1]).mean
        np.testing.assert_allclose(mean, [0.5, 1.5, 1.5], atol=0.3)
