"""Live problems: fixed folds and replicates, evaluations that are kept, failures that are told."""

from __future__ import annotations

import json
import math
import pickle
import warnings
from pathlib import Path

import attrs
import numpy as np
import pytest
from sklearn.linear_model import Ridge, SGDRegressor
from sklearn.model_selection import KFold, cross_val_score

from autotune.objective import Measurement
from autotune.space import Float, Space
from autotune.strategy import Key
from autotune.study import Failure
from autotune_benchmarks.problems.evaluation_cache import CACHE_VARIABLE, EvaluationCache
from autotune_benchmarks.problems.live_problem import LiveProblem
from autotune_benchmarks.problems.live_problems import LIVE, load_live
from autotune_benchmarks.problems.own_problem import random_configuration
from autotune_benchmarks.problems.toy_2018 import START, Toy2018, make_data

FITS = []


def data():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((90, 3))
    return X, X[:, 0] + 0.1 * rng.standard_normal(90)


def ridge(configuration, state):
    FITS.append(state)
    if configuration["alpha"] > 1000:
        raise ValueError("alpha is too large")
    return Ridge(configuration["alpha"])


def stochastic(configuration, state):
    FITS.append(state)
    return SGDRegressor(alpha=configuration["alpha"], max_iter=5, tol=None, random_state=state)


SPACE = Space({"alpha": Float(1e-3, 1e4, log=True)})
SMALL = LiveProblem(
    "mine/ridge", SPACE, data, ridge, "r2", best=1.0, median=0.5, n_folds=3, classes=False
)
NOISY = attrs.evolve(SMALL, name="mine/sgd", build=stochastic, replicates=3)


def in_memory(problem, tmp_path):
    """Return the problem with a cache of its own, so that tests don't see each other's."""
    return problem.cached(EvaluationCache(tmp_path / "kept"))


def test_a_score_is_that_of_cross_validation_with_fixed_folds(tmp_path):
    problem = in_memory(SMALL, tmp_path)
    X, y = data()
    folds = KFold(3, shuffle=True, random_state=0)
    expected = cross_val_score(Ridge(0.5), X, y, cv=folds, scoring="r2")
    score, seconds = problem.evaluate({"alpha": 0.5}, 1, 1)
    assert score == pytest.approx(expected.mean())
    assert problem.truth({"alpha": 0.5}) == score
    assert seconds > 0
    measured = problem.evaluate_folds({"alpha": 0.5}, (2, 0))
    assert measured.folds == (2, 0)
    assert measured.scores == pytest.approx((expected[2], expected[0]))
    assert problem.regret({"alpha": 0.5}) == pytest.approx((1 - score) / 0.5)


def test_a_trial_meets_a_replicate_and_the_truth_is_their_mean(tmp_path):
    problem = in_memory(NOISY, tmp_path)
    configuration = {"alpha": 0.01}
    scores = [problem.evaluate(configuration, 4, trial)[0] for trial in range(1, 40)]
    assert len(set(scores)) == 3
    assert problem.truth(configuration) == pytest.approx(np.mean(list(set(scores))))
    assert scores == [problem.evaluate(configuration, 4, trial)[0] for trial in range(1, 40)]


def test_what_is_kept_on_disk_is_not_measured_again(tmp_path):
    problem = in_memory(SMALL, tmp_path)
    FITS.clear()
    first = problem.evaluate({"alpha": 2.0}, 1, 1)
    assert len(FITS) == 3
    again = attrs.evolve(problem, median=0.4)  # another value: nothing of it is in memory
    assert again.evaluate({"alpha": 2.0}, 1, 1) == first
    assert len(FITS) == 3
    (path,) = (tmp_path / "kept" / "mine" / "ridge").iterdir()
    assert json.loads(path.read_text())["configuration"] == {"alpha": 2.0}
    path.write_text("{torn")
    third = attrs.evolve(problem, median=0.3)
    assert third.evaluate({"alpha": 2.0}, 1, 1)[0] == first[0]
    assert len(FITS) == 6


def test_the_environment_names_a_cache(tmp_path, monkeypatch):
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "named"))
    attrs.evolve(SMALL, name="mine/in-environment").evaluate({"alpha": 3.0}, 1, 1)
    assert len(list((tmp_path / "named" / "mine" / "in-environment").iterdir())) == 1


def test_a_trial_that_fails_is_told_and_kept_as_one(tmp_path):
    problem = in_memory(SMALL, tmp_path)
    FITS.clear()
    score, seconds = problem.evaluate({"alpha": 5000.0}, 1, 1)
    assert math.isnan(score)
    assert seconds >= 0
    assert len(FITS) == 1
    measured = problem.evaluate_folds({"alpha": 5000.0}, (0, 1, 2)).checked()
    assert measured.failure == Failure("ValueError", "alpha is too large")
    assert problem.regret({"alpha": 5000.0}) == math.inf
    again = attrs.evolve(problem, median=0.2)
    assert again.evaluate_folds({"alpha": 5000.0}, (0,)).failure == measured.failure
    assert len(FITS) == 1


def test_a_cache_gives_back_what_it_was_given(tmp_path):
    cache = EvaluationCache(tmp_path)
    configuration = {"layers": (3, 2), "alpha": 0.1, "solver": None}
    measured = Measurement((0, 1), (0.5, 0.25), (1.0, 2.0), (0.1, 0.2))
    assert cache.get("a/b", configuration, 0) is None
    cache.put("a/b", configuration, 0, measured)
    assert cache.get("a/b", configuration, 0) == measured
    assert cache.get("a/b", configuration, 1) is None
    assert cache.get("a/c", configuration, 0) is None
    assert not list(Path(tmp_path).rglob("*.part"))


@pytest.mark.parametrize("name", LIVE)
def test_every_live_problem_trains_what_its_space_holds(name):
    problem = load_live(name)
    assert problem.name == name
    assert problem.family == "live"
    assert problem.best > problem.median
    assert problem.first(3) == problem.first(3)
    assert problem.space.check(problem.first(3)) == problem.first(3)
    X, y = problem.data()
    rows = np.concatenate([np.flatnonzero(y == c)[:12] for c in np.unique(y)])
    if not problem.classes:
        rows = np.arange(60)
    for i in range(6):
        configuration = random_configuration(problem.space, Key(1).child(i))
        model = problem.build(configuration, 0)
        if "max_iter" in model.get_params():
            model.set_params(max_iter=2)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.fit(X[rows], y[rows])
        assert model.predict(X[rows]).shape == rows.shape
    assert pickle.loads(pickle.dumps(problem)) == problem  # noqa: S301


def test_the_regret_of_the_best_known_is_0_and_of_the_median_1(tmp_path):
    problem = in_memory(SMALL, tmp_path)
    truth = problem.truth({"alpha": 0.5})
    known = attrs.evolve(problem, best=truth, median=truth - 1)
    assert known.regret({"alpha": 0.5}) == 0
    assert attrs.evolve(problem, best=truth + 1, median=truth).regret({"alpha": 0.5}) == 1


def test_the_toy_problem_starts_where_the_prototype_did():
    problem = load_live("live/toy_2018")
    assert problem.first(1) == problem.first(2) == dict(START)
    X, y = problem.data()
    assert np.array_equal(X, make_data(0)[0])
    assert problem.n_folds == Toy2018(X, y, 0).n_folds


def test_names_that_are_none_are_refused():
    with pytest.raises(ValueError, match="live/svc_digits"):
        load_live("live/none")
