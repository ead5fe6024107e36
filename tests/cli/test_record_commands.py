"""The commands that work on records: in words, as JSON, and on bad input."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from attrs import evolve

from autotune import Tuner, open_log, tune, verify
from autotune.cli import main
from autotune.errors import ComponentError
from autotune.log import Archive, is_log
from autotune.replay import Explanation, explain, state_at
from autotune.strategy.defaults import anticipator, anticipator_names, recipe, recipe_names
from autotune.study import Accepted, StudyStarted
from autotune_strategies import recipes

PARAMETERS = {"x": 1.0, "y": 2.0}

COMMANDS = (
    "demo", "resume", "show", "explain", "verify", "check", "fork", "counterfactual", "backtest",
    "import", "export", "compact", "report", "run", "search", "space",
    "sensitivity", "plot",
)  # fmt: skip


def objective(c: dict[str, float]) -> float:
    return -((c["x"] - 3) ** 2) - (c["y"] - 1) ** 2


def record(path: Path, seed: int, n_trials: int = 10) -> Path:
    with tune(objective, PARAMETERS, n_trials=n_trials, seed=seed, log=path).log:
        return path


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Path:
    return record(tmp_path_factory.mktemp("written") / "log", 2)


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture
def log(written, tmp_path) -> Path:
    return Path(shutil.copytree(written, tmp_path / "log"))


@pytest.fixture
def runs(written, tmp_path) -> Path:
    """A folder with two copies of a log, of which one is in a folder below."""
    shutil.copytree(written, tmp_path / "runs" / "a")
    shutil.copytree(written, tmp_path / "runs" / "more" / "b")
    return tmp_path / "runs"


@pytest.fixture
def document(said):
    """Run a command with ``--json`` and return its exit code and its document."""

    def run(*argv: object):
        code, out, err = said(*argv, "--json")
        assert err == ""
        return code, json.loads(out, parse_constant=pytest.fail)

    return run


def edited(source: Path, target: Path, change) -> Path:
    with open_log(source, mode="r") as old, open_log(target, mode="x") as new:
        new.append([change(event) for event in old.events()])
    return target


def boasting(event):
    if isinstance(event, Accepted) and event.trial > 1:
        return evolve(event, gain=event.gain + 1.0)
    return event


def of_strangers(event):
    if isinstance(event, StudyStarted):
        return evolve(event, strategy={**event.strategy, "component": "Mine"})
    return event


# All commands


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help_with_an_example(command, capsys) -> None:
    with pytest.raises(SystemExit) as exit_:
        main([command, "--help"])
    assert exit_.value.code == 0
    out = capsys.readouterr().out
    assert "--json" in out
    assert f"examples:\n  autotune {command}" in out


def test_the_general_help_lists_all_commands(capsys) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    out = capsys.readouterr().out
    for command in COMMANDS:
        assert re.search(rf"^    {command}\s", out, re.MULTILINE)


ABOUT_A_STUDY = [
    ["explain", "LOG", "1"],
    ["fork", "LOG", "--to", "NEW"],
    ["counterfactual", "LOG", "--strategy", "default"],
    ["backtest", "LOG"],
    ["sensitivity", "LOG"],
    ["plot", "LOG", "-o", "NEW.png"],
    ["export", "LOG", "--to", "NEW.csv"],
]


@pytest.mark.parametrize(
    "argv",
    [
        *ABOUT_A_STUDY,
        ["check", "LOG"],
        ["verify", "LOG", "LOG"],
        ["compact", "LOG", "--to", "NEW"],
    ],
)
def test_what_is_no_log_is_bad_input(argv, tmp_path, refused, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("other").mkdir()
    for name in ("missing", "other"):
        assert name in refused(*(word.replace("LOG", name) for word in argv))
        assert sorted(path.name for path in tmp_path.iterdir()) == ["other"]


@pytest.mark.parametrize(
    "argv",
    [
        *ABOUT_A_STUDY,
        ["show", "LOG", "--at", "0"],
    ],
)
def test_a_log_without_a_study_is_bad_input(argv, tmp_path, refused, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    open_log("LOG", mode="x").close()
    assert "holds no study" in refused(*argv)
    assert not list(tmp_path.glob("NEW*"))


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["explain", "LOG", "1"], "autotune.replay.explain(log, trial, components=[...])"),
        (["verify", "LOG"], "autotune.verify(log, components=[...])"),
    ],
)
def test_components_that_are_not_here(argv, words, log, tmp_path, refused) -> None:
    path = edited(log, tmp_path / "strange", of_strangers)
    assert words in refused(*(str(path) if word == "LOG" else word for word in argv))


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["fork", "LOG"], "--to"),
        (["fork", "LOG", "--to", "x", "--at", "3", "--trial", "2"], "not allowed with"),
        (["fork", "LOG", "--to", "x", "--at", "-3"], "whole number >= 0"),
        (["show", "LOG", "--trial", "0"], "whole number >= 1"),
        (["explain", "LOG"], "TRIAL"),
        (["explain", "LOG", "first"], "whole number >= 1"),
        (["verify"], "LOG|FOLDER"),
        (["verify", "LOG", "--jobs", "0"], "or -1"),
        (["verify", "LOG", "--jobs", "all"], "or -1"),
        (["check"], "LOG|FOLDER"),
        (["export", "LOG"], "--to"),
        (["export", "LOG", "--to", "x", "--format", "ods"], "ods"),
        (["import", "x.csv"], "--log"),
        (["counterfactual", "LOG"], "--strategy"),
        (["backtest", "LOG", "--target", "luck"], "luck"),
        (["sensitivity", "LOG", "--over", "night"], "night"),
        (["plot", "LOG"], "--output"),
        (["plot", "LOG", "-o", "x.png", "--kind", "pie"], "pie"),
        (["compact", "runs"], "--to"),
    ],
)
def test_wrong_usage(argv, words, misused) -> None:
    assert words in misused(*argv)


# Recipes and anticipators by name


def test_recipes_by_name() -> None:
    assert set(recipe_names()) == set(recipes.__all__)
    for name in recipe_names():
        assert recipe(name) == getattr(recipes, name)()
    for name in ("nonsense", "__all__", "Strategy", "evolve"):
        with pytest.raises(ComponentError, match="choose one of annealing, autotune_2018, "):
            recipe(name)


def test_anticipators_by_name() -> None:
    assert {"GaussianProcess", "Ridge"} <= set(anticipator_names())
    for name in anticipator_names():
        made = anticipator(name, target="seconds")
        assert type(made).__name__ == name
        assert getattr(made, "target", "seconds") == "seconds"
    with pytest.raises(ComponentError, match="GaussianProcess"):
        anticipator("LogFeatures")


# show


def test_show_of_a_moment(log, said, document) -> None:
    with open_log(log, mode="r") as opened:
        verdict = next(
            seq
            for seq, event in reversed(list(enumerate(opened.events())))
            if getattr(event, "trial", None) == 4
        )
    code, found = document("show", log, "--trial", 4)
    assert code == 0
    assert (found["n_trials"], found["n_events"], found["stopped"]) == (4, verdict + 1, None)
    assert document("show", log, "--at", verdict) == (0, found)
    assert document("show", log, "--at", state_at(log).n_events - 1) == document("show", log)
    code, out, _ = said("show", log, "--at", 0, "--all")
    assert code == 0
    assert "no trial has been accepted yet" in out


def test_show_names_no_failure_of_later(tmp_path, document) -> None:
    def failing(c):
        if c["x"] != 1.0:
            raise ValueError("too far")
        return 1.0

    tune(failing, {"x": 1.0}, n_trials=3, log=tmp_path / "log").log.close()
    # Event 4 proposes the second trial, which fails in event 5.
    for seq, failures in ((4, 0), (5, 1), (9, 2)):
        _, found = document("show", tmp_path / "log", "--all", "--at", seq)
        assert sum(trial["failure"] is not None for trial in found["trials"]) == failures


def test_show_of_a_moment_that_is_not_there(log, refused) -> None:
    n = state_at(log).n_events
    assert f"from 0 to {n - 1}" in refused("show", log, "--at", n)
    assert "--trial 11 is not in the log" in refused("show", log, "--trial", 11)


# verify


def test_verify_several(log, tmp_path, said, document) -> None:
    bad = edited(log, tmp_path / "bad", boasting)
    assert document("verify", log)[1]["verified"] is True
    code, found = document("verify", log, bad, "--jobs", 2)
    assert code == 1
    assert (found["n_logs"], found["n_verified"]) == (2, 1)
    good, differs = found["logs"]
    assert (good["log"], good["verified"], good["difference"]) == (str(log), True, None)
    assert (differs["verified"], differs["difference"]["field"]) == (False, "gain")
    code, out, err = said("verify", log, bad)
    assert (code, err) == (1, "")
    assert "1 of 2 logs verified" in out
    assert f"{bad}: {verify(bad)}" in out


def test_verify_a_folder(runs, said, document) -> None:
    code, out, _ = said("verify", runs)
    assert code == 0
    assert "2 of 2 logs verified, 64 events" in out
    assert [each["log"] for each in document("verify", runs)[1]["logs"]] == [
        str(runs / "a"), str(runs / "more" / "b"),
    ]  # fmt: skip


def test_verify_goes_on_after_a_log_that_can_not_be_read(runs, said, document) -> None:
    edited(runs / "a", runs / "stranger", of_strangers)
    (part,) = (runs / "a").glob("part-*.parquet")
    part.write_bytes(part.read_bytes()[:100])
    code, found = document("verify", runs)
    assert code == 2
    assert [each["verified"] for each in found["logs"]] == [None, True, None]
    assert "damaged" in found["logs"][0]["problem"]
    code, out, _ = said("verify", runs)
    assert code == 2
    assert "1 of 3 logs verified" in out
    assert "components=[...]" in out
    # That a log differs weighs more than that another can't be read.
    edited(runs / "more" / "b", runs / "bad", boasting)
    assert said("verify", runs)[0] == 1


# check


def test_check_a_whole_log(log, said, document) -> None:
    before = {path: path.read_bytes() for path in log.iterdir()}
    code, out, err = said("check", log)
    assert (code, err) == (0, "")
    assert f"{log}: whole, 32 events" in out
    code, found = document("check", log)
    assert code == 0
    assert (found["n_logs"], found["n_passed"]) == (1, 1)
    assert found["logs"][0]["n_events"] == 32
    assert found["logs"][0]["findings"] == []
    assert {path: path.read_bytes() for path in log.iterdir()} == before


def test_check_repairs_what_can_be(log, said, document) -> None:
    mark = log / "log.json"
    mark.unlink()
    code, found = document("check", log, "--dry-run")
    assert code == 1
    assert [each["kind"] for each in found["logs"][0]["findings"]] == ["repairable"]
    assert not mark.exists()
    code, out, _ = said("check", log)
    assert code == 0
    assert "repaired: log.json" in out
    assert mark.exists()
    assert verify(log).passed


def test_check_reports_damage(runs, said, document) -> None:
    (part,) = (runs / "a").glob("part-*.parquet")
    part.write_bytes(part.read_bytes()[:-9] + b"123456789")
    (runs / "more" / "b" / "log.json").unlink()  # found all the same, and put right
    code, out, _ = said("check", runs)
    assert code == 1
    assert "damage: part-" in out
    assert "1 of 2 are whole" in out
    code, found = document("check", runs)
    assert code == 1
    assert [each["passed"] for each in found["logs"]] == [False, True]


def test_check_goes_on_after_a_log_of_another_format(runs, said, document, refused) -> None:
    (runs / "a" / "log.json").write_text('{"format": "autotune log", "version": 999}')
    assert "999" in refused("check", runs / "a")
    code, found = document("check", runs)
    assert code == 2
    assert [each["passed"] for each in found["logs"]] == [None, True]
    assert "not checked" in said("check", runs)[1]


# fork


def test_fork_goes_on_as_the_other_did(log, tmp_path, said, document) -> None:
    code, out, err = said("fork", log, "--to", tmp_path / "fork", "--trial", 4)
    assert (code, err) == (0, "")
    assert "with 4 trials" in out
    assert f"autotune resume {tmp_path / 'fork'}" in out
    study, source = state_at(tmp_path / "fork"), state_at(log)
    assert study.begun.lineage.study_id == source.begun.study_id
    assert study.strategy == source.strategy
    with open_log(tmp_path / "fork") as forked:
        whole = Tuner.resume(forked).run(objective).study
    assert [whole.configuration(t) for t in range(1, 11)] == [
        source.configuration(t) for t in range(1, 11)
    ]
    code, found = document("fork", log, "--to", tmp_path / "at", "--at", study.begun.lineage.seq)
    assert code == 0
    assert found["n_events"] == study.n_events
    assert found["forked_from"] == {
        "log": str(log), "study_id": source.begun.study_id, "seq": study.begun.lineage.seq,
    }  # fmt: skip


def test_fork_with_a_recipe_keeps_the_budget(log, tmp_path, said, document) -> None:
    to = tmp_path / "walk"
    code, found = document("fork", log, "--to", to, "--trial", 5, "--strategy", "random_walk")
    assert code == 0
    assert found["recipe"] == "random_walk"
    assert found["strategy"]["termination"] == {"component": "MaxTrials", "n": 10}
    with open_log(to) as forked:
        study = Tuner.resume(forked).run(objective).study
    assert study.n_trials == 10
    assert study.strategy["score_anticipator"]["component"] == "NoAnticipation"
    assert verify(to).passed
    code, out, _ = said("fork", to, "--to", tmp_path / "last", "--strategy", "racing")
    assert code == 0
    assert "from here on racing decides" in out


def test_fork_refuses(log, tmp_path, refused) -> None:
    to = tmp_path / "to"
    assert "choose one of annealing" in refused("fork", log, "--to", to, "--strategy", "best")
    assert "from 0 to 31" in refused("fork", log, "--to", to, "--at", 32)
    assert "--trial 11" in refused("fork", log, "--to", to, "--trial", 11)
    assert not to.exists()
    for taken in (log, tmp_path, log / "log.json"):
        assert "is there already" in refused("fork", log, "--to", taken)


def test_a_fork_of_the_demo_is_resumed_as_the_demo_is(tmp_path, said) -> None:
    path, to = tmp_path / "demo", tmp_path / "fork"
    assert said("demo", "--quiet", "--n-trials", 2, "--log", path)[0] == 0
    assert said("fork", path, "--to", to, "--trial", 1)[0] == 0
    assert said("resume", to)[0] == 0
    assert state_at(to).n_trials == 2


# explain


def test_explain(log, said, document) -> None:
    found: Explanation = explain(log, 10)
    code, out, err = said("explain", log, 10)
    assert (code, err) == (0, "")
    assert out.startswith(str(found))
    few = out.count("\n")
    assert said("explain", log, 10, "--all")[1].count("\n") == few + len(found.candidates) - 5
    code, told = document("explain", log, 10)
    assert code == 0
    assert told["words"] == str(found)
    assert told["configuration"] == found.configuration
    assert sum(each["chosen"] for each in told["candidates"]) == 1
    code, out, _ = said("explain", log, 1)
    assert out == "trial 1: the strategy's start asked for it\n"
    assert document("explain", log, 1)[1]["candidates"] == []


def test_explain_a_trial_that_is_not_there(log, refused) -> None:
    assert "trial = 11 is not in the log" in refused("explain", log, 11)


# counterfactual and backtest


def test_counterfactual(log, said, document) -> None:
    code, found = document("counterfactual", log, "--strategy", "default")
    assert code == 0
    assert (found["same_proposals"], found["n_proposals"]) == (10, 10)
    code, found = document("counterfactual", log, "--strategy", "random_search")
    assert found["same_proposals"] < 10
    assert len(found["trials"]) == 10
    code, out, err = said("counterfactual", log, "--strategy", "random_search", "--all")
    assert (code, err) == (0, "")
    assert out.startswith(f"random_search: {found['same_proposals']} of 10 proposals")
    assert "it would have tried" in out


def test_counterfactual_refuses_and_has_nothing_to_say(log, tmp_path, said, refused) -> None:
    assert "choose one of annealing" in refused("counterfactual", log, "--strategy", "best")
    with Tuner({"x": 1.0}, log=tmp_path / "given") as tuner:
        tuner.tell(tuner.propose({"x": 2.0}).trial, 1.0)
    code, out, _ = said("counterfactual", tmp_path / "given", "--strategy", "default")
    assert code == 0
    assert "all were given" in out


def test_backtest(log, said, document, refused) -> None:
    code, found = document("backtest", log)
    assert code == 0
    assert {each["anticipator"] for each in found["anticipators"]} == set(anticipator_names())
    errors = [each["rmse"] for each in found["anticipators"]]
    # One that tells success says nothing of scores; it comes last.
    assert errors == sorted(errors, key=lambda each: (each is None, each))
    code, found = document("backtest", log, "--target", "seconds", "--anticipator", "Ridge")
    assert [each["target"] for each in found["anticipators"]] == ["seconds"]
    code, out, err = said("backtest", log, "--anticipator", "Ridge", "GaussianProcess")
    assert (code, err) == (0, "")
    assert "GaussianProcess" in out
    assert "Regression" not in out
    assert "choose one of" in refused("backtest", log, "--anticipator", "Oracle")


def test_backtest_where_there_is_nothing_to_foretell(tmp_path, document, said) -> None:
    path = record(tmp_path / "one", 1, n_trials=1)
    assert document("backtest", path)[1]["anticipators"][0]["rmse"] is None
    assert said("backtest", path)[0] == 0


# import and export


def test_import_what_was_exported(log, tmp_path, said, document) -> None:
    file, back = tmp_path / "trials.csv", tmp_path / "back"
    assert said("export", log, "--to", file)[:2] == (0, f"{log}: 10 trials to {file}\n")
    code, out, err = said("import", file, "--log", back)
    assert (code, err) == (0, "")
    first, second = state_at(log), state_at(back)
    assert f"{file}: 10 trials, {int(first.verdicts['accepted'].sum())} accepted" in out
    assert first.incumbent == second.incumbent
    assert f"trial {second.incumbent}" in out
    assert [first.configuration(t) for t in range(1, 11)] == [
        second.configuration(t) for t in range(1, 11)
    ]
    assert verify(back).passed
    code, found = document("import", file, "--log", tmp_path / "more", "--strategy", "random_walk")
    assert code == 0
    assert found["log"] == str(tmp_path / "more")
    assert (found["n_trials"], found["incumbent"]["trial"]) == (10, first.incumbent)
    assert found["strategy"] == state_at(tmp_path / "more").strategy


@pytest.mark.parametrize("suffix", ["csv", "parquet", "json", "xlsx"])
def test_export_in_each_format(suffix, log, tmp_path, document, refused) -> None:
    if suffix == "xlsx":
        pytest.importorskip("xlsxwriter")
    file = tmp_path / f"trials.{suffix}"
    code, found = document("export", log, "--to", file)
    assert code == 0
    assert found == {
        "log": str(log), "file": str(file), "n_trials": 10, "n_judged": 10,
        "n_bytes": file.stat().st_size,
    }  # fmt: skip
    assert "--overwrite" in refused("export", log, "--to", file)
    file.write_text("old")
    assert document("export", log, "--to", file, "--overwrite")[0] == 0
    assert file.read_bytes() != b"old"
    assert document("export", log, "--to", tmp_path / "other", "--format", suffix)[0] == 0


def test_export_refuses(log, tmp_path, refused) -> None:
    assert "'.ods'" in refused("export", log, "--to", tmp_path / "trials.ods")
    assert "is a directory" in refused("export", log, "--to", tmp_path, "--format", "csv")
    assert "there is no folder" in refused("export", log, "--to", tmp_path / "no" / "t.csv")


def table(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_import_by_a_column_of_scores(tmp_path, said) -> None:
    file = table(
        tmp_path / "losses.csv",
        "param_C,mean_test_score,improved,loss\n1,0.9,True,5\n2,0.5,False,3\n4,0.7,False,\n",
    )
    assert said("import", file, "--log", tmp_path / "a")[0] == 0
    assert state_at(tmp_path / "a").incumbent == 1
    argv = ("import", file, "--log", tmp_path / "b", "--score", "loss", "--minimize")
    assert said(*argv)[0] == 0
    study = state_at(tmp_path / "b")
    assert (study.begun.metric, study.begun.direction, study.incumbent) == ("loss", "minimize", 2)
    assert study.outcomes().failed.tolist() == [False, False, True]
    assert list(study.known_space) == ["C"]
    argv = ("import", file, "--log", tmp_path / "c", "--metric", "log loss")
    assert said(*argv)[0] == 0
    assert state_at(tmp_path / "c").begun.metric == "log loss"


def test_import_keeps_verdicts_on_the_named_score(tmp_path, said) -> None:
    file = table(tmp_path / "t.csv", "C,auc,improved\n1,0.5,True\n2,0.9,False\n")
    assert said("import", file, "--log", tmp_path / "log", "--score", "auc")[0] == 0
    assert state_at(tmp_path / "log").incumbent == 1


def test_import_with_a_space(log, tmp_path, said, document, refused) -> None:
    file = table(tmp_path / "t.csv", "x,y,score\n1.0,2.0,0.5\n2.0,3.0,0.75\n")
    space = state_at(log).known_space.describe()
    assert said("import", file, "--log", tmp_path / "a", "--space", log)[0] == 0
    (tmp_path / "shown.json").write_text(json.dumps(document("show", log)[1]))
    (tmp_path / "space.json").write_text(json.dumps(space))
    for name in ("shown", "space"):
        to = tmp_path / name
        assert said("import", file, "--log", to, "--space", tmp_path / f"{name}.json")[0] == 0
        assert state_at(to).known_space.describe() == space
    assert state_at(tmp_path / "a").known_space.describe() == space
    to = tmp_path / "to"
    open_log(tmp_path / "empty", mode="x").close()
    for text, words in (
        ("{", "is not JSON"),
        ("[" * 10**5, "is not JSON"),
        ("[1]", "--space"),
        ('{"space": 3}', "--space"),
    ):
        bad = table(tmp_path / "bad.json", text)
        assert words in refused("import", file, "--log", to, "--space", bad)
    assert "holds no study" in refused("import", file, "--log", to, "--space", tmp_path / "empty")
    assert "missing" in refused("import", file, "--log", to, "--space", tmp_path / "missing")
    assert not to.exists()


def test_import_refuses(log, tmp_path, refused) -> None:
    to = tmp_path / "to"
    good = table(tmp_path / "good.csv", "C,score\n1,0.5\n")
    assert "is not a file" in refused("import", tmp_path / "missing.csv", "--log", to)
    assert "holds a log already" in refused("import", good, "--log", log)
    assert "C, score" in refused("import", good, "--log", to, "--score", "loss")
    assert "choose one of" in refused("import", good, "--log", to, "--strategy", "best")
    short = table(tmp_path / "short.csv", "C,score\n1\n")
    words = table(tmp_path / "words.csv", "C,score\n1,good\n")
    (tmp_path / "latin.csv").write_bytes("C,score\nä,1\n".encode("latin-1"))
    for more in ((), ("--score", "score")):
        assert "line 2" in refused("import", short, "--log", to, *more)
        assert "UTF-8" in refused("import", tmp_path / "latin.csv", "--log", to, *more)
    assert "line 2" in refused("import", words, "--log", to, "--score", "score")
    assert not to.exists()


@pytest.mark.parametrize("suffix", ["parquet", "json"])
def test_import_of_exported_trials(suffix, log, tmp_path, said, refused) -> None:
    file, back = tmp_path / f"trials.{suffix}", tmp_path / "back"
    assert said("export", log, "--to", file)[0] == 0
    assert said("import", file, "--log", back, "--space", log)[0] == 0
    first, second = state_at(log), state_at(back)
    assert first.verdicts["accepted"].tolist() == second.verdicts["accepted"].tolist()
    assert first.incumbent == second.incumbent
    file.write_text("[1, 2]")
    assert "can't be read" in refused("import", file, "--log", tmp_path / "no")
    assert "only CSV" in refused("import", file, "--log", tmp_path / "no", "--score", "loss")


def test_import_of_an_optuna_study(tmp_path, said, document, refused) -> None:
    optuna = pytest.importorskip("optuna")
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    lite, journal = tmp_path / "studies.db", tmp_path / "studies.log"
    for storage in (f"sqlite:///{lite}", JournalStorage(JournalFileBackend(str(journal)))):
        sampler = optuna.samplers.RandomSampler(seed=1)
        study = optuna.create_study(storage=storage, study_name="one", sampler=sampler)
        study.optimize(lambda trial: trial.suggest_float("x", 0, 1) ** 2, n_trials=5)
    best = study.best_trial.number + 1
    for i, argv in enumerate(
        [(lite, "--study"), (journal, "--study", "one"), (f"sqlite:///{lite}",)]
    ):
        code, found = document("import", *argv, "--log", tmp_path / str(i))
        assert (code, found["n_trials"], found["incumbent"]["trial"]) == (0, 5, best)
        assert found["source"] == str(argv[0])
        assert state_at(tmp_path / str(i)).begun.direction == "minimize"
    to = tmp_path / "to"
    assert "one" in refused("import", lite, "--study", "two", "--log", to)
    assert "no file" in refused("import", tmp_path / "none.db", "--study", "--log", to)
    assert "no file" in refused("import", f"sqlite:///{tmp_path}/none.db", "--log", to)
    other = table(tmp_path / "other.csv", "C,score\n1,0.5\n")
    assert "storage of Optuna" in refused("import", other, "--study", "--log", to)
    assert not to.exists()
    assert not (tmp_path / "none.db").exists()


# compact


def test_compact(runs, tmp_path, said, document) -> None:
    to = tmp_path / "archive"
    code, out, err = said("compact", runs, "--to", to)
    assert (code, err) == (0, "")
    assert f"2 logs added to {to}; it has 2 logs in 1 file" in out
    assert Archive(to).names == ("a", "more/b")
    assert is_log(runs / "a")
    shutil.copytree(runs / "a", tmp_path / "c")
    code, found = document("compact", tmp_path / "c", "--to", to)
    assert code == 0
    assert (found["n_added"], found["n_logs"], found["logs"]) == (1, 3, ["a", "c", "more/b"])

    assert "3 of 3 logs verified" in said("verify", to)[1]
    assert document("show", to)[1]["n_logs"] == 3
    code, found = document("show", to / "more/b")
    assert (code, found["n_trials"]) == (0, 10)
    assert said("explain", to / "a", 10)[1] == said("explain", runs / "a", 10)[1]
    assert said("fork", to / "a", "--to", tmp_path / "fork", "--trial", 3)[0] == 0
    assert state_at(tmp_path / "fork").n_trials == 3
    code, found = document("compact", to / "a", runs / "more/b", "--to", tmp_path / "next")
    assert (code, found["logs"]) == (0, ["a", "b"])
    assert document("compact", to / "c", "--to", tmp_path / "next")[1]["logs"] == ["a", "b", "c"]


def test_compact_refuses(runs, tmp_path, refused, said) -> None:
    to = tmp_path / "archive"
    assert said("compact", runs, "--to", to)[0] == 0
    assert "already" in refused("compact", runs, "--to", to)
    assert "is not an archive" in refused("compact", runs, "--to", runs)
    assert "archive" in refused("resume", to / "a", "--objective", "math:sin", "--n-trials", 99)


def test_check_an_archive(runs, tmp_path, said, document) -> None:
    to = tmp_path / "archive"
    said("compact", runs, "--to", to)
    assert said("check", to)[:2] == (0, f"{to}: whole, an archive of 2 logs in 1 file\n")
    code, found = document("check", to / "a", to / "more/b")
    assert (code, [each["archive"] for each in found["logs"]]) == (0, [str(to)])
    code, found = document("check", tmp_path)
    assert (code, found["n_passed"]) == (0, 3)
    (file,) = Archive(to).files
    content = bytearray(file.read_bytes())
    content[100] ^= 1
    file.write_bytes(content)
    code, out, _ = said("check", to)
    assert code == 1
    assert f"damage: {file.name}" in out


# A real process


def test_as_processes(log, tmp_path) -> None:
    def run(*argv: object) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "-m", "autotune", *(str(word) for word in argv)],
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            check=False,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONIOENCODING": "ascii"},
        )

    forked = run("fork", log, "--to", tmp_path / "runs" / "fork", "--at", 12, "--json")
    assert (forked.returncode, forked.stderr) == (0, "")
    assert json.loads(forked.stdout)["n_events"] == state_at(log, 12).n_events
    shown = run("show", tmp_path)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout.isascii()
    assert "forked after event 12" in shown.stdout
