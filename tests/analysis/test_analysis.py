"""Analysis: planted truth is found, intervals cover it, and every function is total on any study."""

from __future__ import annotations

import contextlib
import itertools
import math
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autotune import Boolean, Categorical, Equals, Float, Integer, Sequence, Space, tune
from autotune.analysis import (
    acceptance_rates,
    calibration,
    compare,
    forecast,
    interactions,
    local_effects,
    move_effects,
    partial_dependence,
    permutation_importance,
    recorded_moves,
    regret,
    sensitivity,
    surrogate,
    trajectory,
    utilisation,
    variance_shares,
)
from autotune.analysis.intervals import wilson_interval
from autotune.errors import StudyError
from autotune.space.distance import configuration_distance
from autotune.study import (
    EMPTY,
    Accepted,
    Anticipated,
    Evaluated,
    Event,
    Failure,
    Measurement,
    Proposed,
    Rejected,
    Study,
    StudyStarted,
    reduce,
)
from autotune.testing import studies
from autotune_strategies import Ridge, recipes

SECOND = 1_000_000


def linear(weights: dict[str, float], *, n: int = 40, seed: int = 0, walk: bool = False) -> Study:
    """Search a linear function of numbers from 0 to 1, noisy by a little."""
    noise = np.random.default_rng(seed)
    space = Space({name: Float(0, 1) for name in weights})
    strategy = recipes.random_walk() if walk else recipes.random_search()

    def objective(c: dict[str, float]) -> tuple[float, float]:
        score = sum(w * c[name] for name, w in weights.items())
        return score + 0.01 * noise.standard_normal(), 0.1 + c[next(iter(weights))]

    return tune(objective, space, n_trials=n, seed=seed, strategy=strategy).study


def planted(seed: int, effects: tuple[float, ...], *, n: int = 50, n_folds: int = 4) -> Study:
    """Record moves of one or two parameters from one trial, with changes of known size.

    Scores are noisy, and some folds are harder than others.
    """
    rng = np.random.default_rng(seed)
    d = len(effects)
    names = [f"p{j}" for j in range(d)]
    space = Space({name: Float(0, 1) for name in names})
    events: list[Event] = [StudyStarted(0, "s", space, "maximize", "score", n_folds, {}, 0)]
    hard = rng.normal(0, 0.1, n_folds)
    folds = tuple(range(n_folds))
    for t in range(1, n + 1):
        x, change = np.full(d, 0.5), 0.0
        moved = [] if t == 1 else rng.choice(d, rng.integers(1, 3), replace=False).tolist()
        for j in moved:
            x[j] = rng.random()
            change += effects[j] * rng.standard_normal()
        scores = hard + change + 0.02 * rng.standard_normal(n_folds)
        configuration = dict(zip(names, x.tolist(), strict=True))
        drawn = tuple(names[j] for j in moved)
        parent = None if t == 1 else 1
        events += [
            Proposed(t, t, configuration, parent, drawn, "start" if t == 1 else "explore"),
            Evaluated(
                t, t, Measurement(folds, tuple(scores.tolist()), (1.0,) * n_folds, (0.0,) * n_folds)
            ),
            Accepted(t, t, None, None) if t == 1 else Rejected(t, t, None, None, "no gain"),
        ]
    return reduce(events)


@given(
    st.permutations(["strong", "weak", "idle", "other"]),
    st.integers(0, 1000),
    st.sampled_from([1.0, -1.0]),
    st.booleans(),
)
@settings(max_examples=8)
def test_the_ranking_is_that_of_the_planted_weights(names, seed, sign, walk) -> None:
    weights = {"strong": sign, "weak": 0.3, "idle": 0.0, "other": 0.0}
    study = linear({name: weights[name] for name in names}, seed=seed, walk=walk)
    found = sensitivity(study, n_groups=4, n_samples=64, most_pairs_of=0)
    assert found.ranking[:2] == ("strong", "weak")
    assert found.shares is not None
    assert found.permutation is not None
    totals = dict(zip(found.parameters, found.shares.total, strict=True))
    assert totals["strong"] > 0.7
    assert max(totals["idle"], totals["other"]) < 0.05
    cost = dict(zip(found.parameters, found.permutation.importance, strict=True))
    assert cost["strong"] > cost["weak"] > max(cost["idle"], cost["other"]) - 0.01


@given(st.permutations([0.3, 0.1, 0.0]), st.integers(0, 1000))
@settings(max_examples=20)
def test_recorded_moves_rank_planted_effects(effects, seed) -> None:
    found = move_effects(planted(seed, tuple(effects)), n_resamples=20)
    assert [effects[j] for j in found.order] == [0.3, 0.1, 0.0]


def test_intervals_of_move_effects_cover() -> None:
    truth = np.array([0.2, 0.05, 0.0])
    inside, mean_inside, squares = np.zeros(3), np.zeros(3), np.zeros(3)
    for seed in range(40):
        found = move_effects(planted(seed, tuple(truth)), n_resamples=200)
        squares += found.effect**2 / 40
        inside += (found.effect_low <= truth) & (truth <= found.effect_high)
        mean_inside += (found.change_low <= 0) & (found.change_high >= 0)
    # 38 of 40 are to be expected; the intervals are a little too narrow for so few moves.
    assert inside.min() >= 32
    assert mean_inside.min() >= 32
    # The noise of a difference, 0.014, is taken out, but for that which all moves share by chance.
    assert np.sqrt(squares) == pytest.approx(truth, abs=0.012)


def test_intervals_of_variance_shares_cover() -> None:
    weights = {"a": 1.0, "b": 0.5, "c": 0.0}
    truth = np.array([0.8, 0.2, 0.0])
    inside = np.zeros(3)
    for seed in range(10):
        found = variance_shares(linear(weights, n=30, seed=seed), n_samples=128)
        slack = 0.005  # the draws' own inaccuracy
        inside += (found.main_low - slack <= truth) & (truth <= found.main_high + slack)
        assert np.all(np.abs(found.total - truth) < 0.05)
    assert inside.min() >= 8


def test_interactions_find_the_pair() -> None:
    space = Space({name: Float(0, 1) for name in ("a", "b", "c", "d")})

    def objective(c):
        return 4 * (c["a"] - 0.5) * (c["c"] - 0.5) + 0.3 * c["b"]

    study = tune(objective, space, n_trials=70, strategy=recipes.random_search(), seed=1).study
    found = interactions(study, n_samples=128, n_groups=0)
    assert (found.first[0], found.second[0]) == ("a", "c")
    # Var of 4uv with u, v even on (-1/2, 1/2) is 1/9; that of 0.3 b is 0.0075.
    assert found.share[0] == pytest.approx((1 / 9) / (1 / 9 + 0.0075), abs=0.1)
    assert found.share[1:].max() < 0.1
    shares = variance_shares(study, n_samples=128, n_groups=0)
    assert shares.main[0] < 0.1 < shares.total[0]
    matrix = found.matrix(study.known_space.searched)
    assert matrix[0, 2] == matrix[2, 0] == found.share[0]
    assert np.isnan(np.diag(matrix)).all()


def test_parameters_that_always_moved_together_are_not_told_apart() -> None:
    study = linear({"a": 1.0, "b": 0.0})
    found = move_effects(study)
    assert found.n_moves.tolist() == [39, 39]
    assert found.n_alone.tolist() == [0, 0]
    assert np.isnan(found.effect).all()
    assert sensitivity(study, n_groups=0, most_pairs_of=0).ranking == ("a", "b")


def test_moves_in_one_parameter_are_means_and_root_mean_squares() -> None:
    study = linear({"a": 2.0}, n=20, walk=True)
    moves, found = recorded_moves(study), move_effects(study)
    scores = trajectory(study).scores
    change = scores[moves.trials - 1] - scores[moves.parents - 1]
    assert moves.change == pytest.approx(change)
    assert np.isnan(moves.noise).all()
    assert found.effect[0] == pytest.approx(np.sqrt(np.mean(change**2)))
    up = moves.direction[:, 0] > 0
    assert found.up[0] == pytest.approx(np.mean(change[up]), rel=0.02)
    assert found.up[0] > 0 > found.down[0]
    assert found.n_up[0] + found.n_down[0] == found.n_moves[0] == 19
    seconds = move_effects(study, target="seconds", log=True)
    assert seconds.effect[0] > 0
    assert seconds.log


def test_changes_pair_the_folds_that_both_have() -> None:
    space = Space({"x": Float(0, 1)})
    study = reduce(
        [
            StudyStarted(0, "s", space, "minimize", "rmse", 3, {}, 0),
            Proposed(1, 1, {"x": 0.5}, None, (), "start"),
            Evaluated(1, 1, Measurement((0, 1, 2), (1.0, 2.0, 3.0), (1.0, 1.0, 4.0), (0.0,) * 3)),
            Accepted(1, 1, None, None),
            Proposed(2, 2, {"x": 0.6}, 1, ("x",), "explore"),
            Evaluated(2, 2, Measurement((2, 0), (2.0, 0.5), (8.0, 2.0), (0.0,) * 2)),
            Rejected(2, 2, 0.5, 0.0, "raced out"),
        ]
    )
    moves = recorded_moves(study)
    assert moves.change.tolist() == [-0.75]
    assert moves.noise.tolist() == [pytest.approx(0.125 / 2)]
    assert recorded_moves(study, target="seconds").change.tolist() == [2.5]
    assert recorded_moves(study, target="seconds", log=True).change[0] == pytest.approx(math.log(2))


@given(studies(max_trials=5))
@settings(max_examples=25)
def test_the_size_of_a_move_is_the_distance_of_configurations(study) -> None:
    moves = recorded_moves(study)
    for trial, parent, size in zip(moves.trials, moves.parents, moves.size, strict=True):
        a, b = study.configuration(int(parent)), study.configuration(int(trial))
        assert size == pytest.approx(configuration_distance(study.known_space, a, b), abs=1e-9)


@given(studies(max_trials=8))
@settings(max_examples=30)
def test_every_analysis_is_total_on_any_study(study) -> None:
    path = trajectory(study)
    assert len(path) == study.n_judged
    if study.incumbent is not None:
        assert path.incumbents[-1] == study.incumbent
    assert np.all(np.diff(path.elapsed) >= 0)
    for by in ("parameter", "size", "origin", "number"):
        rates = acceptance_rates(study, by=by)
        assert np.all(rates.n_accepted <= rates.n)
        assert np.all(rates.low <= rates.high)
    used = utilisation(study)
    assert len(used.trials) == len(used.workers)
    calibration(study)
    compare([study])
    for target in ("score", "seconds"):
        moves = move_effects(study, target=target, n_resamples=5)
        known = np.isfinite(moves.effect_low)
        assert np.all(moves.effect_low[known] <= moves.effect_high[known])
    with np.errstate(over="ignore", invalid="ignore"):
        for analysis in (
            lambda: sensitivity(study, Ridge(), n_groups=3, n_samples=8),
            lambda: regret(study, anticipator=Ridge(), n_samples=8),
            lambda: forecast(study, trials=5, n_draws=20),
            lambda: local_effects(study, Ridge(), n=3),
            *(
                lambda pair=pair: partial_dependence(study, pair, Ridge(), n=3, n_samples=4)
                for pair in itertools.combinations(study.known_space.searched[:2], 2)
            ),
        ):
            with contextlib.suppress(StudyError):  # too little to tell
                analysis()


def test_an_empty_study_has_nothing_but_words() -> None:
    assert len(trajectory(EMPTY)) == 0
    assert len(recorded_moves(EMPTY)) == 0
    assert utilisation(EMPTY).n_workers == 0
    assert acceptance_rates(EMPTY).groups == ()
    assert len(calibration(EMPTY).trials) == 0
    assert sensitivity(EMPTY).ranking == ()
    begun = reduce([StudyStarted(0, "s", Space({"x": Float(0, 1)}), "maximize", "score", 1, {}, 0)])
    assert sensitivity(begun).ranking == ("x",)
    for analysis, words in (
        (lambda: variance_shares(begun), "at least 2"),
        (lambda: regret(begun), "no trial has been accepted"),
        (lambda: forecast(begun), "at least 2 improvements"),
        (lambda: partial_dependence(begun, "x"), "at least 2"),
        (lambda: compare([]), "at least one"),
    ):
        with pytest.raises(StudyError, match=words):
            analysis()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda s: variance_shares(s, level=1.0), "level = 1.0"),
        (lambda s: variance_shares(s, over="all"), "over = 'all'"),
        (lambda s: variance_shares(s, n_groups=-1), "n_groups = -1"),
        (lambda s: move_effects(s, target="time"), "target = 'time'"),
        (lambda s: partial_dependence(s, "z"), "'z'"),
        (lambda s: partial_dependence(s, ("a", "a")), "two different"),
        (lambda s: partial_dependence(s, "a", around="best"), "around = 'best'"),
        (lambda s: partial_dependence(s, "a", n=1), "n = 1"),
        (lambda s: permutation_importance(s, n_groups=2), "n_groups = 3"),
        (lambda s: permutation_importance(s, n_repeats=0), "n_repeats = 0"),
        (lambda s: local_effects(s, length=0), "length = 0"),
        (lambda s: acceptance_rates(s, by="day"), "by = 'day'"),
        (lambda s: acceptance_rates(s, by="size", n_sizes=0), "n_sizes = 0"),
        (lambda s: forecast(s, seconds=0), "seconds = 0"),
        (lambda s: forecast(s, seconds=1, trials=1), "one of them"),
        (lambda s: forecast(s, clock="wall"), "clock = 'wall'"),
        (lambda s: regret(s, optimum=math.inf), "optimum = inf"),
        (lambda s: compare([s], clock="wall"), "clock = 'wall'"),
        (lambda s: compare({"none": []}), "'none'"),
    ],
)
def test_arguments_that_make_no_sense_are_named(call, words) -> None:
    with pytest.raises(StudyError, match=words):
        call(walked())


@cache
def walked() -> Study:
    return linear({"a": 1.0, "b": 0.3}, n=30, walk=True)


def test_a_minimised_score_keeps_its_units() -> None:
    space = Space({"x": Float(0, 1), "y": Float(0, 1)})
    study = tune(
        lambda c: 5 + (c["x"] - 0.3) ** 2, space, n_trials=25, direction="minimize", seed=2
    ).study
    mean = surrogate(study).predict(study.coordinates).mean
    assert mean == pytest.approx(trajectory(study).scores, abs=0.02)
    curve = partial_dependence(study, "x")
    assert curve.axes[0].values[int(curve.mean.argmin())] == pytest.approx(0.3, abs=0.1)
    assert np.all(curve.low <= curve.high)
    local = local_effects(study)
    assert local.share[0] > 0.9
    assert local.best.max() <= 0
    told = regret(study, optimum=5.0)
    assert np.all(np.diff(told.simple) <= 0)
    assert told.simple[-1] >= 0
    ahead = forecast(study, trials=20)
    assert ahead.score_low <= ahead.score <= ahead.score_high <= ahead.best


def test_conditions_and_sequences_are_looked_at_where_they_hold() -> None:
    space = Space(
        {
            "kernel": Categorical(("rbf", "linear")),
            "gamma": Float(0.01, 1, log=True),
            "layers": Sequence(of=Integer(1, 8), max_length=3),
            "flag": Boolean(),
        },
        conditions={"gamma": Equals("kernel", "rbf")},
    )

    def objective(c):
        return math.log10(c.get("gamma", 0.1)) + len(c["layers"]) + 0.2 * c["flag"]

    study = tune(objective, space, n_trials=40, strategy=recipes.random_search(), seed=3).study
    curve = partial_dependence(study, "gamma", n=5)
    assert curve.axes[0].log
    assert np.all(np.diff(curve.mean) > 0)
    assert {study.configuration(int(t))["kernel"] for t in curve.trials} == {"rbf"}
    grid = partial_dependence(study, ("layers", "kernel"))
    assert grid.mean.shape == (len(grid.axes[0]), 2)
    lengths = [len(value) for value in grid.axes[0].values]
    assert lengths == sorted(lengths)
    assert len(grid.to_table()["layers"]) == grid.mean.size
    found = sensitivity(study, n_groups=4, n_samples=64)
    assert found.ranking[0] == "layers"
    assert found.local is not None
    table = found.to_table()
    assert {len(column) for column in table.values()} == {4}
    assert list(table["parameter"]) == list(found.ranking)


def test_to_pandas() -> None:
    pytest.importorskip("pandas")
    frame = move_effects(walked()).to_pandas()
    assert frame["parameters"].tolist() == ["a", "b"]
    assert len(trajectory(walked()).to_pandas()) == 30


def timed(spans: list[tuple[float, float]]) -> Study:
    """Return a study of trials that ran from and to given seconds, each better than the last."""
    space = Space({"x": Float(0, 1000)})
    told: list[tuple[float, int, Event]] = []
    for trial, (begin, end) in enumerate(spans, 1):
        a, b = int(begin * SECOND), int(end * SECOND)
        told += [
            (begin, 1, Proposed(a, trial, {"x": float(trial)}, None, (), "explore")),
            (
                end,
                0,
                Evaluated(b, trial, Measurement((0,), (float(trial),), (end - begin,), (0.0,))),
            ),
            (end, 0, Accepted(b, trial, None, None)),
        ]
    events = [event for _, _, event in sorted(told, key=lambda item: item[:2])]
    return reduce([StudyStarted(0, "s", space, "maximize", "score", 1, {}, 0), *events])


def test_utilisation_of_two_workers() -> None:
    used = utilisation(timed([(0, 10), (0, 4), (5, 9), (10, 12)]))
    assert used.n_workers == 2
    assert used.span == 12
    assert used.share == pytest.approx(20 / 24)
    assert used.fitting == pytest.approx(20 / 12)
    assert used.idle == 0
    moments, running = used.running()
    assert moments.tolist() == [0, 4, 5, 9, 10, 12]
    assert running.tolist() == [2, 1, 2, 1, 1, 0]
    for lane in range(2):
        own = used.workers == lane
        assert np.all(used.begin[own][1:] >= used.end[own][:-1])


def test_pauses_between_sessions_are_no_time_spent() -> None:
    study = timed([(0, 10), (10, 20), (5000, 5010)])
    assert trajectory(study).elapsed.tolist() == [10, 20, 30]
    used = utilisation(study)
    assert used.n_pauses == 1
    assert used.span == 30
    assert used.share == 1
    # Nothing is a pause that is no longer than trials are.
    assert trajectory(timed([(0, 1000), (1100, 2100)])).elapsed.tolist() == [1000, 2100]


def test_trajectory_after_trials_and_seconds() -> None:
    path = trajectory(timed([(0, 10), (10, 20)]))
    assert path.best_after(np.array([0, 1, 2, 5])).tolist()[1:] == [1, 2, 2]
    assert np.isnan(path.best_after(np.array([9.0]), clock="elapsed")[0])
    assert path.best_after(np.array([10.0]), clock="busy").tolist() == [1]


def test_calibration_is_what_was_recorded() -> None:
    space = Space({"x": Float(0, 1)})
    events: list[Event] = [StudyStarted(0, "s", space, "minimize", "rmse", 1, {}, 0)]
    for trial, (told, came) in enumerate([(None, 4.0), (3.0, 2.0), (5.0, None), (1.0, 1.5)], 1):
        anticipated = None if told is None else Anticipated(told, 0.5, 1.0, 0.1, 0.0, 0.0)
        events.append(
            Proposed(0, trial, {"x": trial / 9}, None, (), "exploit", anticipated=anticipated)
        )
        if came is None:
            failure = Failure("ValueError", "no")
            events.append(Evaluated(0, trial, Measurement((), (), (), (), failure=failure)))
            events.append(Rejected(0, trial, None, None, "failed"))
        else:
            events.append(Evaluated(0, trial, Measurement((0,), (came,), (1.0,), (0.0,))))
            events.append(Accepted(0, trial, None, None))
    found = calibration(reduce(events))
    assert found.trials.tolist() == [2, 4]
    assert found.error.tolist() == [1.0, -0.5]
    assert found.before.tolist() == [4.0, 3.0]
    assert found.n_silent == 1


def test_comparison_pairs_folds_and_groups() -> None:
    a, b = planted(0, (0.1, 0.1), n=5), planted(1, (0.1, 0.1), n=5)
    found = compare({"a": a, "b": b})
    assert np.isfinite(found.gain_low[1])
    assert found.gain_low[1] <= found.gain[1] <= found.gain_high[1]
    assert found.gain[0] == 0
    walks = [linear({"a": 1.0}, n=8, seed=seed, walk=True) for seed in range(3)]
    jumps = [linear({"a": 1.0}, n=12, seed=seed) for seed in range(2)]
    groups = compare({"walk": walks, "jump": jumps}, clock="trials")
    assert groups.n_studies.tolist() == [3, 2]
    assert groups.n_trials.tolist() == [8, 12]
    assert groups.gain[1] == pytest.approx(groups.best[1] - groups.best[0])
    assert np.isnan(groups.curves[0][groups.at > 8]).all()
    assert np.isfinite(groups.curves[1]).all()
    assert groups.curves[1][-1] == pytest.approx(groups.best[1])
    assert np.all(groups.trials_to_target <= [8, 12])
    assert len(groups.to_table()["names"]) == 2
    with pytest.raises(StudyError, match="can't be compared"):
        compare([walks[0], tune(lambda _: 1.0, {"x": 1.0}, n_trials=1, metric="f1").study])


def test_acceptance_rates_by_parameter_and_size() -> None:
    study = walked()
    moves = recorded_moves(study)
    rates = acceptance_rates(study)
    assert rates.n.tolist() == moves.moved.sum(axis=0).tolist()
    assert rates.n_accepted.tolist() == moves.moved[moves.accepted].sum(axis=0).tolist()
    assert acceptance_rates(study, by="size").n.sum() == len(moves)
    assert acceptance_rates(study, by="origin").n.sum() == len(moves)
    low, high = wilson_interval(np.array([0, 0]), np.array([0, 10]), 0.95)
    assert (low[0], high[0]) == (0.0, 1.0)
    assert low[1] == pytest.approx(0, abs=1e-12)
    assert high[1] == pytest.approx(0.278, abs=1e-3)


def test_the_outlook_covers_what_came() -> None:
    space = Space({name: Float(0, 1) for name in "abc"})
    inside = told = 0
    for seed in range(12):
        aim = np.random.default_rng(seed).uniform(0.2, 0.8, 3)

        def objective(c, aim=aim):
            return -sum((c[name] - x) ** 2 for name, x in zip("abc", aim, strict=True))

        result = tune(objective, space, n_trials=80, seed=seed, strategy=recipes.random_walk())
        events = list(result.log.events())
        end = max(i for i, event in enumerate(events) if getattr(event, "trial", None) == 40)
        best = trajectory(result.study).best
        try:
            ahead = forecast(reduce(events[: end + 1]), trials=40, n_draws=500)
        except StudyError:
            continue
        told += 1
        inside += ahead.gain_low <= best[-1] - best[39] <= ahead.gain_high
        assert ahead.gain_low >= 0
        assert np.all(np.diff(ahead.median) >= 0)
        assert ahead.at[-1] == 80
        assert not ahead.is_far
    # Four in five are to be expected.
    assert told >= 10
    assert inside >= 0.6 * told
