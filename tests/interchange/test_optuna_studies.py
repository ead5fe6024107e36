"""Optuna's studies as logs, and logs as Optuna's studies."""

from __future__ import annotations

import math
import warnings

import pytest
from hypothesis import given, settings

from autotune import (
    Categorical,
    Equals,
    Fixed,
    Float,
    In,
    Integer,
    Ordinal,
    Sequence,
    Space,
    Tuner,
    tune,
    verify,
)
from autotune.errors import SpaceError, StudyError
from autotune.interchange import import_results, to_optuna, trials_table
from autotune.log import MemoryLog
from autotune.replay import state_at
from autotune.study import Measurement, Rejected
from autotune.testing import legal_logs
from autotune_strategies import recipes

optuna = pytest.importorskip("optuna")
optuna.logging.set_verbosity(optuna.logging.ERROR)


def of(trials):
    study = optuna.create_study(direction="maximize")
    study.add_trials(trials)
    return study


def trial(params, distributions, **more):
    more.setdefault("value", 1.0)
    return optuna.trial.create_trial(params=params, distributions=distributions, **more)


def objective(t):
    kind = t.suggest_categorical("kind", ["linear", "rbf"])
    c = t.suggest_float("C", 0.01, 100, log=True)
    gamma = t.suggest_float("gamma", 0.0, 1.0) if kind == "rbf" else 0.0
    size = t.suggest_int("size", 8, 64, step=8)
    if t.number == 3:
        raise ArithmeticError("planted")
    if t.number == 4:
        t.report(0.5, 1)
        raise optuna.TrialPruned
    return math.log(c) ** 2 + gamma + size / 64


@pytest.fixture(params=["memory", "sqlite", "journal"])
def studied(request, tmp_path):
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    storage = {
        "memory": lambda: None,
        "sqlite": lambda: f"sqlite:///{tmp_path}/study.db",
        "journal": lambda: JournalStorage(JournalFileBackend(str(tmp_path / "journal"))),
    }[request.param]()
    sampler = optuna.samplers.RandomSampler(seed=1)
    study = optuna.create_study(storage=storage, study_name="a", sampler=sampler)
    study.optimize(objective, n_trials=30, catch=(ArithmeticError,))
    study.ask()
    return study if storage is None else optuna.load_study(study_name="a", storage=storage)


def test_a_study_of_any_storage_becomes_a_log(studied):
    log = import_results(studied)
    study = state_at(log)
    assert study.n_trials == 30
    assert study.begun.direction == "minimize"
    space = study.known_space
    assert space["C"] == Float(0.01, 100, log=True)
    assert space["kind"] == Categorical(["linear", "rbf"])
    assert space["size"] == Ordinal(list(range(8, 65, 8)))
    assert space.conditions == (("gamma", In("kind", ["rbf"])),)
    told = trials_table(log).to_pylist()
    for row, each in zip(told, studied.trials, strict=False):
        assert study.configuration(row["trial"]) == each.params
        assert row["score"] == (each.value if each.state.name == "COMPLETE" else None)
    assert told[3]["failure_kind"] == "failed"
    assert told[4]["failure_kind"] == "pruned"
    assert told[row_of_best(told)]["score"] == studied.best_value
    first, last = studied.trials[0], studied.trials[29]
    assert told[0]["proposed_at"].timestamp() == first.datetime_start.timestamp()
    assert told[29]["finished_at"].timestamp() == last.datetime_complete.timestamp()
    took = last.datetime_complete - last.datetime_start
    assert told[29]["fit_seconds"] == took.total_seconds()
    assert study.begun.at == first.datetime_start.timestamp() * 1e6


def row_of_best(told):
    return told[-1]["incumbent"] - 1


def test_it_goes_on(studied, tmp_path):
    import_results(studied, tmp_path / "log", strategy=recipes.autotune_2018()).close()
    with Tuner.resume(tmp_path / "log") as tuner:
        proposed = tuner.ask()
    assert proposed is not None
    space = state_at(tmp_path / "log").known_space
    assert space.check(proposed.configuration) == proposed.configuration


def test_ranges_that_changed_are_united():
    float_, int_ = optuna.distributions.FloatDistribution, optuna.distributions.IntDistribution
    study = of(
        [
            trial({"x": 2.0, "n": 3}, {"x": float_(1, 3, log=True), "n": int_(3, 3)}),
            trial({"x": 9.0, "n": 3}, {"x": float_(2, 9, log=True), "n": int_(3, 3)}),
            trial({"x": 8.0, "n": 3}, {"x": float_(0, 9), "n": int_(3, 3)}),
        ]
    )
    space = state_at(import_results(study)).known_space
    assert space["x"] == Float(0, 9)
    assert space["n"] == Fixed(3)


def test_floats_with_steps_keep_their_grid():
    steps = optuna.distributions.FloatDistribution(0, 1, step=0.1)
    values = [round(x / 0.1) * 0.1 for x in (0.3, 0.7, 1.0)]
    study = of([trial({"x": x}, {"x": steps}) for x in values])
    found = state_at(import_results(study))
    assert len(found.known_space["x"].options) == 11
    assert [found.configuration(i)["x"] for i in (1, 2, 3)] == values


def test_what_can_not_be_imported():
    two = optuna.create_study(directions=["minimize", "maximize"])
    with pytest.raises(StudyError, match="2 objectives"):
        import_results(two)
    with pytest.raises(StudyError, match="no trial that ended"):
        import_results(optuna.create_study())
    float_ = optuna.distributions.FloatDistribution(0, 1)
    study = of([trial({"x": 0.5}, {"x": float_}), trial({"y": 0.5}, {"y": float_})])
    with pytest.raises(SpaceError, match="give space="):
        import_results(study)


# Export


def mixed_log(seed=0):
    space = Space(
        {
            "x": Float(-10, 10),
            "n": Integer(1),
            "lr": Float(1e-4, 1, log=True),
            "kind": Categorical(["a", "b", None]),
            "layers": Sequence(Integer(1, 50), 1, 3),
            "gamma": Float(0, 1),
            "odd": Categorical([(1, 2), (2, 1)]),
        },
        start={"x": 1.0, "n": 2},
        conditions={"gamma": Equals("kind", "a")},
    )

    def score(c):
        if c["n"] == 4:
            raise ValueError("planted")
        return c["x"] ** 2 + sum(c["layers"]) + (c["gamma"] if c["kind"] == "a" else 2.0)

    return tune(
        score, space, n_trials=60, seed=seed, direction="minimize",
        strategy=recipes.random_walk(),
    ).log  # fmt: skip


@pytest.mark.parametrize(
    "plot",
    [
        "plot_contour", "plot_edf", "plot_optimization_history", "plot_parallel_coordinate",
        "plot_param_importances", "plot_rank", "plot_slice", "plot_timeline",
    ],
)  # fmt: skip
def test_optunas_plots_show_a_log(plot):
    pytest.importorskip("plotly")
    study = to_optuna(mixed_log())
    arguments = {}
    if plot == "plot_contour":
        arguments["params"] = ["x", "lr"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Optuna's own: experimental plots
        figure = getattr(optuna.visualization, plot)(study, **arguments)
    assert len(figure.data) > 0
    assert any(
        len(trace.y if trace.y is not None else trace.dimensions) > 0 for trace in figure.data
    )


def test_an_exported_study_says_what_the_log_says(tmp_path):
    log = mixed_log()
    found = state_at(log)
    study = to_optuna(log, storage=f"sqlite:///{tmp_path}/study.db", study_name="ours")
    study = optuna.load_study(study_name="ours", storage=f"sqlite:///{tmp_path}/study.db")
    rows = trials_table(log, words=True).to_pylist()
    assert len(study.trials) == len(rows) == 60
    assert study.best_value == min(row["score"] for row in rows if row["score"] is not None)
    for row, each in zip(rows, study.trials, strict=True):
        configuration = found.configuration(row["trial"])
        assert each.params.keys() == configuration.keys()
        assert each.params["x"] == configuration["x"]
        assert each.params["layers"] == repr(configuration["layers"])
        assert each.params["odd"] == repr(configuration["odd"])
        assert each.value == row["score"]
        assert each.state.name == ("FAIL" if row["status"] == "failed" else "COMPLETE")
        assert each.user_attrs["status"] == row["status"]
        assert each.user_attrs["changes"] == row["changes"]
        assert each.datetime_start.timestamp() == row["proposed_at"].timestamp()
    assert any(each.state.name == "FAIL" for each in study.trials)


class Folds:
    n_folds = 5

    def evaluate(self, configuration, folds):
        scores = tuple(-(configuration["x"] ** 2) + 0.01 * fold for fold in folds)
        zero = (0.0,) * len(folds)
        return Measurement(tuple(folds), scores, zero, zero)


def test_trials_cut_short_are_pruned():
    strategy = recipes.racing()
    space = Space({"x": Float(-5, 5)}, start={"x": 4.0})
    log = MemoryLog()
    Tuner(space, strategy=strategy, n_folds=5, n_trials=30, log=log, seed=1).run(Folds())
    short = {row["trial"] for row in trials_table(log).to_pylist() if len(row["folds"]) < 5}
    assert short
    study = to_optuna(log)
    pruned = {t.user_attrs["trial"] for t in study.trials if t.state.name == "PRUNED"}
    assert pruned == short
    each = next(t for t in study.trials if t.state.name == "PRUNED")
    assert list(each.intermediate_values) == list(range(len(each.user_attrs["scores"])))


@settings(max_examples=40)
@given(legal_logs())
def test_any_log_can_be_exported(events):
    log = MemoryLog(events)
    study = to_optuna(log)
    rows = [row for row in trials_table(log).to_pylist() if row["status"] != "pending"]
    assert [t.user_attrs["trial"] for t in study.trials] == [row["trial"] for row in rows]


def test_there_and_back():
    log = mixed_log()
    there = to_optuna(log)
    back = import_results(there)
    first, second = state_at(log), state_at(back)
    for i in range(1, 61):
        a, b = first.configuration(i), second.configuration(i)
        assert {k: v for k, v in b.items() if k not in ("layers", "odd")} == {
            k: v for k, v in a.items() if k not in ("layers", "odd")
        }
    a, b = trials_table(log).to_pylist(), trials_table(back).to_pylist()
    for name in ("score", "finished_at", "failure_kind", "failure_message"):
        assert [row[name] for row in a] == [row[name] for row in b]
    assert sum(isinstance(event, Rejected) for event in back.events()) > 0
    assert verify(back).passed
