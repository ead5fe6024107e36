"""Results of other tools as logs, and logs as what other tools read."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV
from sklearn.svm import SVC

from autotune import Categorical, Float, Integer, Space, Tuner, tune, verify
from autotune.errors import LogError, SpaceError, StudyError
from autotune.interchange.importing import import_results
from autotune.interchange.prototype_csv import prototype_table, write_prototype_csv
from autotune.interchange.results_table import from_columns, read_csv, spread
from autotune.log import MemoryLog
from autotune.replay import state_at
from autotune.space import Boolean, Fixed, Sequence, as_space
from autotune.testing import legal_logs
from autotune_strategies import recipes
from helpers import ROOT

REAL = ROOT.parent / "shared" / "data" / "cv_results_2018.csv"
LATER = {
    2: ("changes", "score_improved_by", "time_improved_by"),
    3: (
        "changes",
        "score_improved_by",
        "time_improved_by",
        "score_improvement_anticipated",
        "params_previous",
    ),
}
FIRST = [
    "improved",
    "iteration",
    "mean_fit_time",
    "mean_score_time",
    "mean_test_score",
    "param_batch_size",
    "param_flag",
    "param_hidden_layer_sizes",
    "param_learning_rate_init",
    "param_solver",
    "params",
    "rank_test_score",
    "split0_test_score",
    "split1_test_score",
    "std_fit_time",
    "std_score_time",
    "std_test_score",
]


def objective(c):
    score = -((c["x"] - 3) ** 2) + c["flag"] - len(c["layers"])
    if c["x"] > 10:
        raise ValueError("too far")
    return score, 0.1 + c["n"] / 100


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A log of two folds such as the prototype might have made, and its file of each generation."""
    from autotune.study import Measurement

    log = MemoryLog()
    tuner = Tuner(
        as_space(
            {
                "batch_size": 64,
                "flag": True,
                "hidden_layer_sizes": (4, 1),
                "learning_rate_init": 0.1,
                "solver": "adam",
            },
            options={"solver": ["adam", "sgd"]},
        ),
        strategy=recipes.autotune_2018(),
        n_folds=2,
        n_trials=40,
        log=log,
    )
    rng = np.random.default_rng(0)
    while (trial := tuner.ask()) is not None:
        c = trial.configuration
        score = -abs(math.log(c["learning_rate_init"] / 0.01)) + len(c["hidden_layer_sizes"])
        scores = tuple(score + rng.normal(0, 0.1, 2))
        seconds = tuple(rng.uniform(0.1, 0.3, 2))
        tuner.tell(trial.trial, Measurement((0, 1), scores, seconds, (0.01, 0.02)))
    folder = tmp_path_factory.mktemp("generations")
    for generation in (1, 2, 3):
        columns = sorted([*FIRST, *LATER.get(generation, ())])
        write_prototype_csv(log, folder / f"{generation}.csv", columns=columns)
    return log, folder


@pytest.mark.parametrize("generation", [1, 2, 3])
def test_each_generation_of_the_prototypes_file_comes_back(made, generation, tmp_path):
    log, folder = made
    path = folder / f"{generation}.csv"
    back = import_results(path, strategy=recipes.autotune_2018())
    original, study = state_at(log), state_at(back)
    assert study.n_trials == original.n_trials == 40
    assert study.incumbent == original.incumbent
    for trial in range(1, 41):
        assert study.configuration(trial) == original.configuration(trial)
        assert study.outcome(trial).score == original.outcome(trial).score
    assert np.array_equal(study.verdicts["accepted"], original.verdicts["accepted"])
    assert verify(back).passed
    columns = pd.read_csv(path).columns
    write_prototype_csv(back, tmp_path / "again.csv", columns=columns)
    a, b = pd.read_csv(path), pd.read_csv(tmp_path / "again.csv")
    # What was anticipated is not among what can be taken over.
    kept = [name for name in columns if name != "score_improvement_anticipated"]
    pd.testing.assert_frame_equal(a[kept], b[kept], check_exact=False, rtol=1e-12, atol=1e-15)


@pytest.mark.skipif(not REAL.is_file(), reason="the author's own file is not here")
def test_the_authors_own_file(tmp_path):
    log = import_results(REAL, strategy=recipes.autotune_2018())
    study = state_at(log)
    accepted = study.verdicts["trial"][study.verdicts["accepted"]]
    assert accepted.tolist() == [1, 55, 100, 106, 109, 117, 172, 184, 299]
    assert study.n_trials == 299
    assert study.incumbent_outcome.score == pytest.approx(0.996163, abs=5e-7)
    columns = pd.read_csv(REAL).columns
    write_prototype_csv(log, tmp_path / "again.csv", columns=columns)
    pd.testing.assert_frame_equal(
        pd.read_csv(REAL), pd.read_csv(tmp_path / "again.csv"), check_exact=False, rtol=1e-14
    )


def test_an_imported_study_goes_on(made):
    back = import_results(made[1] / "1.csv", strategy=recipes.autotune_2018(), metric="accuracy")
    tuner = Tuner.resume(back, n_trials=45)
    while (trial := tuner.ask()) is not None:
        tuner.tell(trial.trial, 0.0)
    assert tuner.study.n_trials == 45
    assert tuner.study.begun.metric == "accuracy"
    assert verify(back).passed


def test_a_recorded_verdict_stands_whatever_the_strategy_would_say():
    table = {"x": [1.0, 2.0, 3.0], "score": [0.5, 0.9, 0.1], "improved": [True, False, True]}
    study = state_at(import_results(table))
    assert study.verdicts["accepted"].tolist() == [True, False, True]
    assert study.incumbent == 3
    del table["improved"]
    assert state_at(import_results(table)).incumbent == 2
    assert state_at(import_results(table, direction="minimize")).incumbent == 3


def test_scikit_learns_results():
    X, y = load_iris(return_X_y=True)
    grid = GridSearchCV(
        SVC(), [{"C": [0.1, 1.0], "kernel": ["rbf"]}, {"C": [10.0], "kernel": ["linear"]}], cv=3
    ).fit(X, y)
    for source in (grid, grid.cv_results_, pd.DataFrame(grid.cv_results_)):
        study = state_at(import_results(source))
        assert study.n_trials == 3
        assert study.configuration(study.incumbent) == grid.best_params_
        assert study.incumbent_outcome.score == pytest.approx(grid.best_score_)
        assert study.begun.n_folds == 3
        for i in range(3):
            outcome = study.outcome(i + 1)
            assert outcome.fit_seconds == pytest.approx(grid.cv_results_["mean_fit_time"][i])


def test_a_plain_table():
    frame = pd.DataFrame({"lr": [0.1, 0.01], "layers": [(4,), (4, 2)], "score": [1.0, 2.0]})
    study = state_at(import_results(frame.assign(seconds=[3.0, 4.0])))
    assert study.configuration(2) == {"lr": 0.01, "layers": (4, 2)}
    assert study.outcome(2).fit_seconds == 4.0


def test_a_trial_without_a_score_failed():
    study = state_at(import_results({"x": [1.0, 2.0], "score": [0.5, math.nan]}))
    assert study.outcome(2).failed
    assert study.incumbent == 1


@given(legal_logs())
def test_any_log_is_a_table_of_the_prototype(events):
    log = MemoryLog()
    log.append(list(events))
    study = state_at(log)
    table = prototype_table(study, log)
    assert {len(column) for column in table.values()} == {study.n_judged}
    assert list(table) == sorted(table)


@given(st.just(0.0) | st.floats(1e-9, 1e6), st.floats(0, 1), st.integers(1, 20))
def test_spread_has_the_mean_and_standard_deviation(mean, share, n):
    # Of n numbers none of which is negative no other can be.
    sd = share * mean * math.sqrt(n - 1)
    found = spread(mean, sd, n)
    assert len(found) == n
    assert min(found) >= 0
    assert np.mean(found) == pytest.approx(mean, rel=1e-9, abs=1e-300)
    if n > 1:
        assert np.std(found) == pytest.approx(sd, rel=1e-6, abs=1e-6 * mean)


# The space


@pytest.mark.parametrize(
    ("values", "dimension"),
    [
        ([1, 5], Integer()),
        ([1, -5], Integer(-5, 1)),
        ([1, 2.5], Float()),
        ([0.0, 2.5], Float(0.0, 2.5)),
        ([True, False], Boolean()),
        (["a", "b", "a"], Categorical(["a", "b"])),
        (["a", "a"], Fixed("a")),
        ([None, 3], Categorical([None, 3])),
        ([(4, 1), (7,)], Sequence(of=Integer())),
        ([(), (7,)], Sequence(of=Integer(), min_length=0)),
        ([[0.5], [0.25, 1.0]], Sequence(of=Float(), kind="list")),
        ([(4, 1), 3], Categorical([(4, 1), 3])),
        ([math.inf, 1.0], Categorical([math.inf, 1.0])),
    ],
)
def test_dimensions_by_their_values(values, dimension):
    space = Space.from_configurations([{"x": value} for value in values])
    assert space["x"] == dimension
    for value in values:
        assert space.check({"x": value}) == {"x": value}


def test_a_space_of_ones_own():
    space = Space({"x": Float(0, 10)})
    study = state_at(import_results({"x": [1.0, 2.0], "score": [0.5, 0.7]}, space=space))
    assert study.known_space == space
    with pytest.raises(SpaceError, match="x"):
        import_results({"x": [1.0, 20.0], "score": [0.5, 0.7]}, space=space)


# What can't be read


def test_what_can_not_be_imported(tmp_path, made):
    with pytest.raises(StudyError, match="is not a file"):
        import_results(tmp_path / "nothing.csv")
    with pytest.raises(StudyError, match="type int"):
        import_results(3)
    with pytest.raises(StudyError, match="no scores"):
        import_results({"x": [1.0]})
    with pytest.raises(StudyError, match="no parameters"):
        import_results({"score": [1.0]})
    with pytest.raises(StudyError, match="different lengths"):
        import_results({"x": [1.0], "score": [1.0, 2.0]})
    with pytest.raises(StudyError, match="no trials"):
        import_results({"x": [], "score": []})
    with pytest.raises(StudyError, match="improved = 'maybe'"):
        import_results({"x": [1.0], "score": [1.0], "improved": ["maybe"]})
    empty = tmp_path / "empty.csv"
    empty.write_text("")
    with pytest.raises(StudyError, match="is empty"):
        read_csv(empty)
    ragged = tmp_path / "ragged.csv"
    ragged.write_text("x,score\n1,2\n1,2,3\n")
    with pytest.raises(StudyError, match="line 3: 3 values for 2 columns"):
        read_csv(ragged)
    with pytest.raises(LogError, match="a new log"):
        import_results({"x": [1.0], "score": [1.0]}, made[0])
    assert len(made[0]) == 122


def test_text_is_never_run(tmp_path):
    path = tmp_path / "evil.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["x", "score"])
        writer.writerow(["__import__('os').system('touch evil')", "1.0"])
    (trial,) = read_csv(path)
    assert trial.configuration == {"x": "__import__('os').system('touch evil')"}
    assert not Path("evil").exists()


def test_columns_that_say_the_order():
    found = from_columns({"iteration": [2, 1], "x": [1.0, 2.0], "score": [0.1, 0.2]})
    assert [trial.configuration["x"] for trial in found] == [2.0, 1.0]


def test_a_tuned_function_as_the_prototypes_table():
    found = tune(objective, {"x": 1.0, "n": 3, "flag": False, "layers": (1,)}, n_trials=20)
    table = prototype_table(found.study, found.log)
    assert table["changes"][0] == "start values"
    assert all(" from " in told or told == "nothing" for told in table["changes"][1:])
    assert set(table["rank_test_score"]) == {1}
    assert "params_previous" not in prototype_table(found.study, later=False)
