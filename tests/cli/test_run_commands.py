"""``autotune run``, ``search`` and ``space``: real use without writing Python."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import csv, feather, parquet
from sklearn.datasets import load_iris

from autotune import Float, Space, open_log, tune, verify
from autotune.cli import main
from autotune.errors import EvaluationError, MissingExtraError
from autotune.interchange.data_table import read_data
from autotune.replay import state_at
from autotune.space import read_space
from autotune.study import Evaluated
from autotune.study.repeats import evaluations_of

MODULE = """
def objective(c):
    return -((c["x"] - 3) ** 2)

def metrics(c):
    return {"loss": (c["x"] - 3) ** 2, "other": c["x"]}

def steps(c):
    for k in range(4):
        yield -((c["x"] - 3) ** 2) - k / 100

def both(c):
    return [c["x"], -c["x"]]

async def waiting(c):
    return -((c["x"] - 3) ** 2)

def broken(c):
    raise ValueError("no such file")

number = 3
"""

MODELS = """
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.neighbors import KNeighborsClassifier
from sklearn.cluster import KMeans

def pipeline():
    return make_pipeline(StandardScaler(), KNeighborsClassifier())

ready = KNeighborsClassifier()

def needs(argument):
    return ready

def nothing():
    return None

number = 3
"""

SPACE = """
[parameters]
x = { kind = "float", low = -10, high = 10, start = 1 }
"""

NEIGHBOURS = """
[parameters]
n_neighbors = { kind = "integer", low = 1, high = 30, start = 25 }
weights = { kind = "categorical", choices = ["uniform", "distance"] }
"""


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """A directory with what the commands are given, on a wide terminal."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    for name, text in (("run_module", MODULE), ("run_models", MODELS)):
        monkeypatch.delitem(sys.modules, name, raising=False)
        (tmp_path / f"{name}.py").write_text(text)
    (tmp_path / "space.toml").write_text(SPACE)
    (tmp_path / "knn.toml").write_text(NEIGHBOURS)
    script = tmp_path / "train.sh"
    script.write_text('#!/bin/sh\necho training\necho "$2"\n')
    script.chmod(0o755)
    return tmp_path


@pytest.fixture(scope="module")
def iris():
    X, y = load_iris(return_X_y=True)
    columns = {f"f{i}": X[:, i] for i in range(X.shape[1])}
    return pa.table({**columns, "kind": y, "shop": [i % 10 for i in range(len(y))]})


# run


def test_a_function_is_tuned(said, here):
    argv = ("run", "run_module:objective", "--space", "space.toml", "--log", "log", "--seed", 3)
    code, out, _ = said(*argv, "--n-trials", 6, "--save", "best.json")
    assert code == 0
    study = state_at("log")
    assert (study.n_trials, study.begun.seed) == (6, 3)
    assert json.loads(Path("best.json").read_text()) == study.configuration(study.incumbent)
    assert verify("log").passed
    again = "autotune run run_module:objective --space space.toml --log log --seed 3"
    assert f"{again} --save best.json --n-trials 12" in out
    same = tune(
        lambda c: -((c["x"] - 3) ** 2),
        Space({"x": Float(-10, 10)}, start={"x": 1}),
        n_trials=6,
        seed=3,
    )
    assert same.best == study.configuration(study.incumbent)


def test_the_same_command_goes_on(said):
    argv = ("run", "run_module:objective", "--space", "space.toml", "--log", "log", "--quiet")
    assert said(*argv, "--n-trials", 3)[0] == 0
    code, out, _ = said(*argv, "--n-trials", 5)
    assert code == 0
    assert "Going on with the study in log." in out
    assert state_at("log").n_trials == 5
    assert said(*argv, "--n-trials", 5)[0] == 0
    assert state_at("log").n_trials == 5


def test_without_a_log_a_new_directory_is_made(said, here):
    argv = ("run", "run_module:objective", "--space", "space.toml", "--n-trials", 2)
    assert "--log autotune-run --n-trials 4" in said(*argv)[1]
    said(*argv)
    assert state_at("autotune-run").n_trials == state_at("autotune-run-2").n_trials == 2


def test_options_of_a_study(said):
    code, out, err = said(
        "run", "run_module:metrics", "--space", "space.toml", "--direction", "minimize",
        "--metric", "loss", "--strategy", "random_walk", "--n-trials", 4, "--log", "log", "--json",
    )  # fmt: skip
    assert code == 0
    document = json.loads(out)
    assert (document["metric"], document["direction"]) == ("loss", "minimize")
    assert "Tuning run_module:metrics" in err
    study = state_at("log")
    assert study.strategy["termination"]["n"] == 4
    with open_log("log", mode="r") as log:
        events = [event for event in log.events() if isinstance(event, Evaluated)]
    assert all("other" in event.measurement.metrics for event in events)
    assert min(event.measurement.scores[0] for event in events) == document["incumbent"]["score"]


@pytest.mark.parametrize(
    ("function", "more"), [("steps", ("--n-folds", 4, "--strategy", "racing")), ("waiting", ())]
)
def test_functions_of_other_kinds(function, more, said):
    argv = ("run", f"run_module:{function}", "--space", "space.toml", "--log", "log")
    assert said(*argv, *more, "--n-trials", 4)[0] == 0
    assert state_at("log").n_judged == 4
    assert verify("log").passed
    go_on = ("resume", "log", "--objective", f"run_module:{function}", "--n-trials", 5)
    assert said(*go_on)[0] == 0
    assert state_at("log").n_judged == 5


def test_a_command_is_tuned(said):
    argv = ("run", "--command", "train.sh --x {x}", "--space", "space.toml", "--log", "log")
    code, out, _ = said(*argv, "--n-trials", 4)
    assert code == 0
    assert "autotune run --command 'train.sh --x {x}' --space space.toml --log log" in out
    study = state_at("log")
    outcome = study.incumbent_outcome
    assert outcome is not None
    assert outcome.score == study.configuration(study.incumbent)["x"]


def test_a_command_by_a_shell_and_standard_input(said):
    line = 'read line; echo "$line" > given; echo {x} | cat'
    argv = ("run", "--command", line, "--shell", "--stdin", "--space", "space.toml")
    assert said(*argv, "--n-trials", 1, "--log", "log")[0] == 0
    assert state_at("log").incumbent_outcome.score == 1.0
    assert json.loads(Path("given").read_text()) == {"x": 1.0}


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (
            ("run_module:broken",),
            "2 trials of 2 failed; 2 of them by ValueError: no such",
        ),
        (("--command", "sh -c 'echo why >&2; exit 3'"), "CalledProcessError: the command exited"),
        (("--command", "sleep 60", "--timeout", "0.2"), "TimeoutError: the command took longer"),
    ],
)
def test_a_run_in_which_all_fails_says_why(argv, words, said):
    code, out, _ = said("run", *argv, "--space", "space.toml", "--log", "log", "--n-trials", 2)
    assert code == 1
    assert words in out
    assert state_at("log").n_judged == 2


@pytest.mark.parametrize("what", [("run_module:broken",), ("--command", "false")])
def test_fail_fast_ends_with_the_first_failure(what, said):
    argv = ("run", *what, "--space", "space.toml", "--log", "log", "--n-trials", 5)
    code, out, _ = said(*argv, "--fail-fast")
    assert code == 1
    assert "1 trial of 1 failed" in out
    assert state_at("log").n_judged == 1
    assert said(*argv[:-1], 2)[0] == 1
    assert state_at("log").n_judged == 2


def test_a_command_is_resumed(said, refused):
    argv = ("run", "--command", "train.sh --x {x}", "--space", "space.toml", "--log", "log")
    said(*argv, "--n-trials", 2)
    go_on = ("resume", "log", "--command", "train.sh --x {x}")
    code, out, _ = said(*go_on, "--n-trials", 4, "--jobs", 2)
    assert code == 0
    assert "autotune resume log --command 'train.sh --x {x}' --n-trials 8" in out
    assert state_at("log").n_judged == 4
    assert "one of them" in refused(*go_on, "--objective", "run_module:objective")


def test_scores_of_all_folds_are_resumed_if_they_are_counted(said, refused):
    argv = ("run", "run_module:both", "--n-folds", 2, "--space", "space.toml", "--log", "log")
    assert said(*argv, "--n-trials", 2)[0] == 0
    go_on = ("resume", "log", "--objective", "run_module:both", "--n-trials", 3)
    assert "--n-folds" in refused(*go_on)
    assert "2 folds" in refused("resume", "log", "--command", "echo 1", "--n-trials", 3)
    assert state_at("log").n_trials == 2
    assert said(*go_on, "--n-folds", 2)[0] == 0
    assert state_at("log").n_judged == 3


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("run_module:objective", "--space", "no.toml"), "no.toml can't be read"),
        (("run_module:objective", "--space", "run_module.py"), "must end in .toml or .json"),
        (("--space", "space.toml"), "name a function"),
        (("run_module:objective", "--command", "true", "--space", "space.toml"), "one of them"),
        (("run_module.objective", "--space", "space.toml"), "must be MODULE:FUNCTION"),
        (("run_module:missing", "--space", "space.toml"), "can't be imported"),
        (("run_module:number", "--space", "space.toml"), "of type int"),
        (("run_module:steps", "--space", "space.toml"), "give n_folds"),
        (("run_module:objective", "--shell", "--space", "space.toml"), "--shell goes with"),
        (("--command", "train.sh {lr}", "--space", "space.toml"), "places for lr"),
        (("--command", "no-such-program", "--space", "space.toml"), "neither on the path"),
        (("run_module:objective", "--strategy", "x", "--space", "space.toml"), "is not a recipe"),
        (("run_module:objective", "--save", "no/best", "--space", "space.toml"), "--save no/best"),
    ],
)
def test_what_is_wrong_is_said_before_a_log_is_made(argv, words, refused, here):
    before = sorted(here.iterdir())
    assert words in refused("run", *argv, "--log", "log")
    assert [path for path in sorted(here.iterdir()) if path.name != "__pycache__"] == before


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("--timeout", "0"), "a number of seconds > 0"),
        (("--timeout", "soon"), "a number of seconds > 0"),
        (("--n-folds", "0"), "whole number >= 1"),
        (("--batch-size", "0"), "whole number >= 1"),
        (("--batch-size", "some"), "whole number >= 1"),
        (("--jobs", "0"), "or -1"),
        (("--batch-size", "2", "--asynchronous"), "not allowed with"),
        (("--direction", "up"), "invalid choice"),
        ((), "--space"),
    ],
)
def test_wrong_usage(argv, words, capsys):
    with pytest.raises(SystemExit) as exit_:
        main(["run", "run_module:objective", *argv])
    assert exit_.value.code == 2
    assert words in capsys.readouterr().err


COMMAND = ("--command", "train.sh --x {x}")


@pytest.mark.parametrize(
    ("what", "how"),
    [
        # A function goes to processes, which take long to begin; the others to threads.
        (("run_module:objective",), ()),
        (("run_module:waiting",), ("--batch-size", 1)),
        (("run_module:waiting",), ("--asynchronous",)),
        (COMMAND, ()),
        (COMMAND, ("--asynchronous",)),
    ],
)
def test_several_trials_at_once(what, how, said):
    argv = ("run", *what, "--space", "space.toml", "--log", "log", "--n-trials", 4)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "only .* workers")
        code, _, err = said(*argv, "--jobs", 2, *how, "--quiet")
    assert (code, err) == (0, "")
    study = state_at("log")
    assert study.n_judged == 4
    assert not study.outcomes().failed.any()
    assert verify("log").passed


def test_another_study_is_not_gone_on_with(said, refused):
    argv = ("run", "run_module:objective", "--space", "space.toml", "--log", "log", "--quiet")
    said(*argv, "--n-trials", 2)
    # Only what is wrong goes to standard error; that it goes on is said before.
    code, _, err = said(*argv, "--direction", "minimize")
    assert code == 2
    assert "its direction is 'maximize'" in err


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_an_interrupted_run_ends_its_command_and_can_go_on(here):
    (here / "slow.sh").write_text("#!/bin/sh\necho $$ > child\nsleep 600\n")
    (here / "slow.sh").chmod(0o755)
    code = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"
        "from autotune.cli import main; sys.exit(main())"
    )
    argv = ["run", "--command", "slow.sh", "--space", "space.toml", "--log", "log"]
    with subprocess.Popen(
        [sys.executable, "-c", code, *argv], stdout=subprocess.PIPE, text=True
    ) as process:
        deadline = time.monotonic() + 60
        while not (here / "child").exists() or (here / "child").read_text() == "":
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "autotune run --command slow.sh --space space.toml --log log" in out
    with pytest.raises(ProcessLookupError):
        os.kill(int((here / "child").read_text()), 0)
    assert list(state_at("log").pending) == [1]


# search


@pytest.mark.parametrize(
    "suffix", ["parquet", "csv", "tsv", "csv.gz", "arrow", "stream.arrow", "feather"]
)
def test_data_is_read_by_the_end_of_its_name(suffix, iris, here):
    path = here / f"data.{suffix}"
    if suffix == "parquet":
        parquet.write_table(iris, path)
    elif suffix == "csv.gz":
        with pa.CompressedOutputStream(str(path), "gzip") as file:
            csv.write_csv(iris, file)
    elif suffix in ("csv", "tsv"):
        delimiter = "\t" if suffix == "tsv" else ","
        csv.write_csv(iris, path, csv.WriteOptions(delimiter=delimiter))
    elif suffix == "feather":
        feather.write_feather(iris, path)
    else:
        make = pa.ipc.new_stream if suffix.startswith("stream") else pa.ipc.new_file
        with pa.OSFile(str(path), "wb") as file, make(file, iris.schema) as writer:
            writer.write_table(iris)
    data = read_data(path, target="kind", groups="shop")
    assert data.X.shape == (150, 4)
    assert (
        data.X.to_numpy().tolist()
        == iris.select(["f0", "f1", "f2", "f3"]).to_pandas().to_numpy().tolist()
    )
    assert data.y.tolist() == iris["kind"].to_pylist()
    assert data.groups.tolist() == iris["shop"].to_pylist()
    assert read_data(path, target=None, drop=["f0", "kind"]).X.shape == (150, 4)


def test_without_pandas_numbers_are_read_and_words_are_not(iris, here, monkeypatch):
    parquet.write_table(iris, here / "data.parquet")
    csv.write_csv(pa.table({"a": ["x", "y"], "b": [1, 2], "c": [True, False]}), here / "words.csv")
    monkeypatch.setitem(sys.modules, "pandas", None)
    X = read_data(here / "data.parquet", target="kind").X
    assert X[:, 0].tolist() == iris["f0"].to_pylist()
    assert read_data(here / "words.csv", target=None, drop=["a"]).X.tolist() == [[1, 1], [2, 0]]
    with pytest.raises(MissingExtraError, match=r"columns a of .*pandas"):
        read_data(here / "words.csv", target=None)


@pytest.mark.parametrize(
    ("name", "text", "options", "words"),
    [
        ("a.xls", "", {}, "must end in one of"),
        ("a.gz", "", {}, "must end in one of"),
        ("missing.csv", None, {}, "does not exist"),
        ("a.parquet", "no parquet", {}, "can't be read"),
        ("a.arrow", "no arrow", {}, "can't be read"),
        ("a.csv", "", {}, "can't be read"),
        ("a.csv", "x,y\n1,2\n", {"target": "z"}, "--target 'z' names 0 columns.*it has x, y"),
        ("a.csv", "x,x,y\n1,1,2\n", {"target": "x"}, "names 2 columns"),
        ("a.csv", "x,y\n1,2\n", {"drop": ["z"]}, "--drop 'z'"),
        ("a.csv", "x,y\n1,2\n", {"groups": "z"}, "--groups 'z'"),
        ("a.csv", "x,y\n1,\n2,3\n", {"target": "y"}, "no value in 1 of 2 rows"),
        ("a.csv", "y\n1\n", {"target": "y"}, "0 features"),
        ("a.csv", "x,y\n", {"target": "y"}, "0 rows"),
    ],
)
def test_data_that_makes_no_sense(name, text, options, words, here):
    if text is not None:
        (here / name).write_text(text)
    with pytest.raises(EvaluationError, match=words):
        read_data(here / name, **{"target": None, **options})


@pytest.fixture
def data(iris, here):
    parquet.write_table(iris.drop_columns(["shop"]), here / "iris.parquet")
    parquet.write_table(iris, here / "shops.parquet")


@pytest.mark.usefixtures("data")
def test_an_estimator_is_tuned_on_a_table(said):
    argv = (
        "search", "--estimator", "sklearn.neighbors:KNeighborsClassifier", "--data", "iris.parquet",
        "--target", "kind", "--space", "knn.toml", "--cv", 3, "--scoring", "f1_macro",
        "--log", "log", "--save", "best.json",
    )  # fmt: skip
    code, out, _ = said(*argv, "--n-trials", 5, "--save-model", "model.joblib")
    assert code == 0
    study = state_at("log")
    assert (study.n_trials, study.begun.n_folds, study.begun.metric) == (5, 3, "f1_macro")
    assert study.configuration(1)["n_neighbors"] == 25
    best = json.loads(Path("best.json").read_text())
    assert best == study.configuration(study.incumbent)
    assert "model: model.joblib" in out
    import joblib

    model = joblib.load("model.joblib")
    assert model.get_params()["n_neighbors"] == best["n_neighbors"]
    assert list(model.feature_names_in_) == ["f0", "f1", "f2", "f3"]
    assert verify("log").passed
    code, out, err = said(*argv, "--n-trials", 6, "--json")
    assert code == 0
    assert json.loads(out)["n_trials"] == 6
    assert "Going on with the study in log." in err


@pytest.mark.usefixtures("data")
def test_start_values_are_searched_within_what_the_estimator_takes(said):
    argv = (
        "search", "--estimator", "sklearn.tree:DecisionTreeClassifier", "--data", "iris.parquet",
        "--target", "kind", "--start", "ccp_alpha=0.0", "min_samples_split=2", "criterion=gini",
        'splitter=["best","random"]', "--cv", 2, "--log", "log",
    )  # fmt: skip
    code, out, _ = said(*argv, "--n-trials", 6)
    assert code == 0
    told = " ".join(out.split())
    assert "ccp_alpha: Float(low=0.0, high=None, log=False, linear_below=0.01), from 0" in told
    assert "criterion: Categorical(choices=('entropy', 'gini', 'log_loss')), from gini" in told
    study = state_at("log")
    space = study.known_space
    assert space["criterion"].choices == ("entropy", "gini", "log_loss")
    assert space["splitter"].choices == ("best", "random")
    assert len(study.failures()) == 0
    assert said(*argv, "--n-trials", 7)[0] == 0
    assert state_at("log").n_trials == 7


@pytest.mark.usefixtures("data")
def test_a_list_is_a_tuple_where_the_estimator_holds_one(said):
    start = ("--start", "hidden_layer_sizes=[10, 5]", "alpha=1e-4")
    code, out, _ = said(
        "space", "--estimator", "sklearn.neural_network:MLPClassifier", *start, "--json"
    )
    assert code == 0
    described = json.loads(out)["space"]["parameters"]
    assert described["hidden_layer_sizes"]["kind"] == "sequence"
    assert described["hidden_layer_sizes"]["start"] == [10, 5]


@pytest.mark.usefixtures("data")
def test_what_makes_a_pipeline_and_groups(said, here):
    (here / "pipe.toml").write_text(
        NEIGHBOURS.replace("n_nei", "kneighborsclassifier__n_nei").replace(
            "weights", "kneighborsclassifier__weights"
        )
    )
    code, _, _ = said(
        "search", "--estimator", "run_models:pipeline", "--data", "shops.parquet", "--target",
        "kind", "--groups", "shop", "--space", "pipe.toml", "--n-trials", 2, "--quiet", "--jobs", 2,
    )  # fmt: skip
    assert code == 0
    assert state_at("autotune-search").n_trials == 2


@pytest.mark.usefixtures("data")
def test_clusters_need_no_target(said, here):
    (here / "k.toml").write_text(
        '[parameters]\nn_clusters = { kind = "integer", low = 2, high = 5 }'
    )
    code, _, _ = said(
        "search", "--estimator", "sklearn.cluster:KMeans", "--data", "iris.parquet", "--drop",
        "kind", "--space", "k.toml", "--n-trials", 2, "--log", "log",
    )  # fmt: skip
    assert code == 0
    assert state_at("log").n_trials == 2


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"--estimator": "run_models"}, "must be MODULE:NAME"),
        ({"--estimator": "run_models:missing"}, "can't be imported"),
        ({"--estimator": "run_models:number"}, "of type int; name an estimator"),
        ({"--estimator": "run_models:needs"}, "can't be made without arguments"),
        ({"--estimator": "run_models:nothing"}, "has no fit and get_params"),
        ({"--estimator": "run_models:pipeline"}, "is not a parameter of Pipeline"),
        ({"--scoring": "acuracy"}, "--scoring 'acuracy' is not a scorer; choose one of accuracy"),
        ({"--target": "kin"}, "--target 'kin' names 0 columns"),
        ({"--data": "no.csv"}, "does not exist"),
        ({"--space": "no.toml"}, "can't be read"),
        ({"--start": "C=1.0"}, "one of them"),
        ({"--save-model": "no/model"}, "--save-model no/model"),
    ],
)
def test_a_search_that_makes_no_sense_makes_no_log(change, words, refused, here):
    options = {
        "--estimator": "run_models:ready",
        "--data": "iris.parquet",
        "--target": "kind",
        "--space": "knn.toml",
        **change,
    }
    assert words in refused("search", *(word for pair in options.items() for word in pair))
    assert not (here / "autotune-search").exists()


@pytest.mark.usefixtures("data")
def test_a_search_in_which_all_fails_says_why(said, here):
    (here / "bad.toml").write_text(
        '[parameters]\np = { kind = "integer", low = -9, high = -1, start = -2 }'
    )
    code, out, err = said(
        "search", "--estimator", "run_models:ready", "--data", "iris.parquet", "--target", "kind",
        "--space", "bad.toml", "--quiet", "--n-trials", 2, "--save-model", "model", "--save", "best",
    )  # fmt: skip
    assert (code, err) == (1, "")
    assert "2 trials of 2 failed; 2 of them by " in out
    assert not (here / "model").exists()
    assert not (here / "best").exists()


@pytest.mark.usefixtures("data")
def test_a_search_that_cant_begin_says_why(said):
    code, _, err = said(
        "search", "--estimator", "run_models:ready", "--data", "iris.parquet", "--target", "kind",
        "--space", "knn.toml", "--cv", 60, "--quiet", "--n-trials", 2,
    )  # fmt: skip
    assert code == 2
    assert "n_splits=60" in err


# space


def test_a_space_is_checked_and_printed(said, here):
    code, out, _ = said("space", "knn.toml")
    assert code == 0
    (here / "again.toml").write_text(out)
    assert read_space("again.toml") == read_space("knn.toml")
    document = json.loads(said("space", "knn.toml", "--json")[1])
    assert document == {"space": read_space("knn.toml").describe(), "written": None}


def test_a_space_is_inferred_and_written(said):
    argv = ("space", "--start", "lr=0.1", "layers=[4, 1]", "n=3", "flag=true", "kernel=rbf")
    code, out, _ = said(*argv, "--options", "kernel=rbf,poly", "--to", "s.toml")
    assert (code, out) == (0, "5 parameters in s.toml\n")
    start = {"lr": 0.1, "layers": [4, 1], "n": 3, "flag": True, "kernel": "rbf"}
    assert read_space("s.toml") == Space.from_start(start, {"kernel": ["rbf", "poly"]})
    assert said("space", "s.toml", "--to", "s.json")[0] == 0
    assert read_space("s.json") == read_space("s.toml")


def test_the_space_of_a_log(said):
    with tune(lambda c: c["x"], {"x": 1.0}, n_trials=1, log="log").log:
        pass
    assert (
        said("space", "log")[1] == '[parameters]\nx = { kind = "float", log = true, start = 1.0 }\n'
    )
    argv = ("run", "run_module:objective", "--space", "log", "--log", "other", "--n-trials", 1)
    assert said(*argv)[0] == 0


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        ((), "one of them"),
        (("space.toml", "--start", "x=1"), "one of them"),
        (("space.toml", "--options", "x=1"), "go with --start"),
        (("space.toml", "--estimator", "a:B"), "--estimator goes with --start"),
        (
            ("--start", "C=1", "--estimator", "sklearn.svm:SVC", "--options", "C=1,2"),
            "choices are a list",
        ),
        (("--start", "C=-1", "--estimator", "sklearn.svm:SVC"), "is not one that SVC takes"),
        (("--start", "x"), "must be NAME=VALUE"),
        (("--start", "x=1", "--options", "y=1"), "no start value"),
        (("space.toml", "--to", "space.toml"), "is there already"),
        (("space.toml", "--to", "space.yaml"), "must end in"),
        (("missing.toml",), "missing.toml can't be read"),
    ],
)
def test_spaces_that_make_no_sense(argv, words, refused):
    assert words in refused("space", *argv)


def test_the_new_commands_list_the_recipes(capsys):
    for command in ("run", "search"):
        with pytest.raises(SystemExit):
            main([command, "--help"])
        assert re.search(r"strategies: annealing", capsys.readouterr().out)


def test_a_small_space_ends_the_run_and_that_is_said_in_one_line(here):
    """In a process of its own, for pytest shows warnings in its own way."""
    (here / "six.toml").write_text(
        '[parameters]\nk = { kind = "integer", low = 1, high = 3 }\nflag = { kind = "boolean" }\n'
    )
    line = "echo {k}"
    argv = ["run", "--command", line, "--space", "six.toml", "--log", "log", "--n-trials", "20"]
    done = subprocess.run(
        [sys.executable, "-m", "autotune", *argv], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert done.stderr == (
        "autotune: the space holds 6 configurations, fewer than n_trials = 20: the study ends when "
        "all have been tried\n"
    )
    study = state_at("log")
    # One of the six is measured again, to see whether scores are certain; they are, and that is all.
    assert [study.origin(t) for t in range(1, study.n_trials + 1)].count("confirm") == 1
    assert len(set(evaluations_of(study).tolist())) == 6
    assert study.n_trials == 7


def test_a_run_whose_first_trials_fail_alike_ends_and_can_be_gone_on_with(said):
    argv = ("run", "run_module:broken", "--space", "space.toml", "--log", "log")
    code, out, _ = said(*argv)
    assert code == 1
    assert "5 trials failed in the same way" in out
    assert "or say --max-identical-failures 0" in out
    assert "autotune run run_module:broken --space space.toml --log log\n" in out
    assert state_at("log").n_judged == 5
    code, out, _ = said(*argv, "--max-identical-failures", 0, "--n-trials", 7)
    assert (code, state_at("log").n_judged) == (1, 7)
    again = ("resume", "log", "--objective", "run_module:objective", "--n-trials", 9)
    code, out, _ = said(*again)
    assert code == 0
    assert "7 trials of 9 failed; 7 of them by ValueError" in out
    assert verify("log").passed


def test_seconds_end_a_run_and_more_of_them_go_on_with_it(said):
    argv = ("run", "run_module:objective", "--space", "space.toml", "--log", "log")
    code, out, _ = said(*argv, "--time-budget", "0.05", "--strategy", "random_walk")
    assert code == 0
    study = state_at("log")
    assert study.seconds >= 0.05
    assert "time budget" in study.stopped.words
    assert "--strategy random_walk --time-budget 0.1\n" in out
    code, out, _ = said("resume", "log", "--objective", "run_module:objective")
    assert "log is complete" in out
    code, out, _ = said(
        "resume", "log", "--objective", "run_module:objective", "--time-budget", 60,
        "--n-trials", study.n_trials + 2,
    )  # fmt: skip
    assert code == 0
    assert state_at("log").n_trials == study.n_trials + 2
    assert verify("log").passed
