"""Objectives that know other seeds for a configuration that is evaluated again."""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pytest
from attrs import evolve

from autotune import tune, verify
from autotune.clock import SystemClock
from autotune.errors import EvaluationError, StudyError
from autotune.execution import Execution
from autotune.objective import CommandObjective, FunctionObjective, KnowsRepeats, as_objective
from autotune.strategy import AcceptQuery, Key
from autotune.study import Evaluated, Measurement, Proposed, apply
from autotune.study.repeats import evaluations_of, is_noisy, repeat_of, same_split
from autotune.tuner import PriorTrial, Tuner
from autotune_strategies import recipes
from autotune_strategies.acceptance.means import PooledMean
from autotune_strategies.acceptance.shared_folds import compare
from autotune_strategies.confirmation import ConfirmContenders


def seeded(configuration, repeat):
    return configuration["x"] + 10.0 * repeat


async def waiting(configuration, repeat):
    return seeded(configuration, repeat)


def in_folds(configuration, folds, repeat):
    return [seeded(configuration, repeat) + fold for fold in folds]


def thrice(objective, execution, n_folds=1):
    """Return the scores of one configuration that was evaluated three times."""
    with Tuner({"x": 1.0}, n_trials=3, n_folds=n_folds) as tuner:
        for _ in range(3):
            tuner.propose({"x": 2.0})
        study = tuner.run(objective, execution=execution).study
        assert verify(tuner.log).passed
    return [study.measurement(trial).scores for trial in (1, 2, 3)]


@pytest.mark.parametrize(
    "execution",
    [
        Execution(),
        Execution(asynchronous=True),
        Execution(n_jobs=2, batch_size=3),
        Execution(timeout=60),
        Execution(n_jobs=2, batch_size=3, timeout=60),
    ],
    ids=["serial", "asynchronous", "joblib", "isolated", "two isolated"],
)
def test_a_function_is_told_which_repeat_it_is(execution):
    assert thrice(seeded, execution) == [(2.0,), (12.0,), (22.0,)]


@pytest.mark.parametrize("kind", [ThreadPoolExecutor, ProcessPoolExecutor])
@pytest.mark.parametrize("timeout", [None, 60])
def test_executors_pass_it_on(kind, timeout):
    with kind(2) as executor:
        execution = Execution(executor=executor, batch_size=3, timeout=timeout)
        if kind is ThreadPoolExecutor and timeout is not None:
            return
        assert thrice(seeded, execution) == [(2.0,), (12.0,), (22.0,)]


def test_coroutines_and_functions_of_folds_are_told_too():
    assert thrice(waiting, Execution()) == [(2.0,), (12.0,), (22.0,)]
    assert thrice(in_folds, Execution(), 2) == [(2.0, 3.0), (12.0, 13.0), (22.0, 23.0)]


def test_a_command_finds_it_in_its_environment():
    program = "import os; print(float(os.environ['AUTOTUNE_REPEAT']))"
    command = CommandObjective([sys.executable, "-c", program, "{x}"])
    assert thrice(command, Execution()) == [(0.0,), (1.0,), (2.0,)]


def test_a_function_that_does_not_ask_is_not_told():
    assert thrice(lambda c, repeat=7: c["x"] + repeat, Execution()) == [(9.0,)] * 3
    assert not as_objective(lambda c: 1.0, SystemClock()).takes_repeat


def test_scores_kept_of_one_repeat_are_not_those_of_another():
    calls = []

    def scores(configuration, repeat):
        calls.append(repeat)
        return [10.0 * repeat, 10.0 * repeat + 1]

    objective = FunctionObjective(scores, n_folds=2, takes_repeat=True)
    assert objective.evaluate_repeat({"x": 1.0}, (0,), 0).scores == (0.0,)
    assert objective.evaluate_repeat({"x": 1.0}, (0,), 1).scores == (10.0,)
    assert objective.evaluate_repeat({"x": 1.0}, (1,), 0).scores == (1.0,)
    assert objective.evaluate_repeat({"x": 1.0}, (1,), 1).scores == (11.0,)
    assert calls == [0, 1]


def test_a_generator_that_asks_is_refused():
    def steps(configuration, repeat):
        yield 1.0

    with pytest.raises(EvaluationError, match="takes repeat"):
        as_objective(steps, SystemClock(), n_folds=1)


def test_an_objective_of_ones_own_is_told_if_it_can_be():
    class Own:
        n_folds = 1

        def evaluate(self, configuration, folds):
            return self.evaluate_repeat(configuration, folds, 0)

        def evaluate_repeat(self, configuration, folds, repeat):
            return Measurement(folds, (float(repeat),), (0.0,), (0.0,))

    assert isinstance(Own(), KnowsRepeats)
    assert thrice(Own(), Execution()) == [(0.0,), (1.0,), (2.0,)]


@pytest.mark.parametrize("n_repeats", [0, -1, True, 1.5, "3"])
def test_a_bad_number_of_repeats_is_named(n_repeats):
    with pytest.raises(StudyError, match=f"n_repeats = {n_repeats!r}"):
        Tuner({"x": 1.0}, n_repeats=n_repeats)


def test_repeats_count_own_trials_of_the_configuration_and_come_round():
    tuner = Tuner({"x": 1.0}, n_repeats=2)
    tuner.take_over([PriorTrial({"x": 2.0}, Measurement((0,), (1.0,), (1.0,), (1.0,)))])
    trials = [tuner.propose({"x": x}).trial for x in (2.0, 3.0, 2.0, 2.0, 3.0)]
    study = tuner.study
    assert [repeat_of(study, trial) for trial in (1, *trials)] == [0, 0, 0, 1, 0, 1]
    assert not same_split(study, 1, 2)
    assert same_split(study, 2, 3)
    assert not same_split(study, 2, 4)
    assert same_split(study, 4, 6)


def told(n_repeats, rows):
    tuner = Tuner({"x": 1.0}, n_folds=2, n_repeats=n_repeats, strategy=recipes.random_walk())
    for x, scores in rows:
        trial = tuner.propose({"x": x}).trial
        tuner.tell(trial, list(scores))
    return tuner.study


def test_folds_of_other_splits_are_not_compared_one_by_one():
    rows = [(1.0, (0.0, 1.0)), (2.0, (0.0, 2.0)), (1.0, (4.0, 5.0))]
    assert len(compare(told(2, rows), 3, 2).gains) == 0
    assert compare(told(2, rows), 3, 2).gain == 3.5
    assert list(compare(told(None, rows), 3, 2).gains) == [4.0, 3.0]


def gain_of(rows):
    """Return by how much the last of some trials is held to be better than the incumbent."""
    *earlier, (x, scores) = rows
    study = told(2, earlier)
    trial = study.n_trials + 1
    study = apply(study, Proposed(study.latest, trial, {"x": x}, None, (), "given"))
    measured = Measurement((0, 1), scores, (1.0, 1.0), (0.0, 0.0))
    study = apply(study, Evaluated(study.latest, trial, measured))
    return PooledMean().read((), AcceptQuery(study, Key(0), trial, study.outcome(trial))).gain


def test_all_that_was_measured_of_a_configuration_counts_on_whatever_splits():
    best, other = (2.0, (2.0, 2.0)), (1.0, (0.0, 1.0))
    assert gain_of([best, other]) == -1.5
    assert gain_of([best, other, (1.0, (4.0, 5.0))]) == 0.5


def test_none_is_confirmed_more_often_than_there_are_repeats():
    strategy = evolve(recipes.default(), confirmation=ConfirmContenders(share=1.0, worth=0.0))

    def noisy(configuration, repeat):
        return -((configuration["x"] - 3) ** 2) + (repeat * 7 % 5) / 10

    found = tune(
        noisy, {"x": 1.0}, n_trials=30, n_repeats=2, seed=1, strategy=strategy, deterministic=False
    )
    counts = {}
    for first in evaluations_of(found.study).tolist():
        counts[first] = counts.get(first, 0) + 1
    assert max(counts.values()) == 2
    assert is_noisy(found.study)
    assert verify(found.log).passed
    assert found.study.begun.n_repeats == 2


def test_one_repeat_is_never_confirmed():
    found = tune(lambda c: c["x"], {"x": 1.0}, n_trials=30, n_repeats=1, seed=0)
    assert all(found.study.origin(trial) != "confirm" for trial in range(1, 31))


def recommended(rows):
    tuner = Tuner(
        {"x": 1.0}, n_repeats=3, deterministic=False, strategy=recipes.default(), n_trials=50
    )
    for x, score in rows:
        tuner.tell(tuner.propose({"x": x}).trial, score)
    return tuner.result().best_trial


def test_no_configuration_gains_from_an_easy_split():
    # The second and third split are worth 1 less; 2.0 was lucky on the first, 3.0 is the best.
    rows = [(1.0, 5.0), (2.0, 6.0), (3.0, 5.9), (2.0, 4.2), (3.0, 5.0), (2.0, 4.3), (3.0, 4.8)]
    assert recommended(rows) == 3
    # What was measured once only on the first split, an easy one, is not preferred for that.
    assert recommended([*rows, (4.0, 5.85)]) == 3
    # And what was measured on easy ones not for that: here the second is worth 3 more.
    assert recommended([(1.0, 5.0), (2.0, 5.2), (3.0, 5.9), (1.0, 8.1), (2.0, 8.2)]) == 3
    assert recommended([(1.0, 5.0), (2.0, 6.0)]) == 2
