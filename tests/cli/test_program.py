"""The command line, in process and as real processes: exit codes, streams, JSON, interrupts."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from attrs import evolve, frozen

from autotune import Categorical, Float, Space, Tuner, open_log, tune, verify
from autotune.cli import main
from autotune.errors import LogError
from autotune.replay import state_at
from autotune.strategy import Composed
from autotune.study import Accepted, Evaluated, Measurement, StudyStarted
from autotune_strategies import recipes

OBJECTIVE = """
def objective(c):
    if c["x"] > 1e6:
        raise ValueError("too far")
    return -((c["x"] - 3) ** 2)

def wrong(c):
    return "no number"

number = 3
"""


HEEDING = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from autotune.cli import main
sys.exit(main())
"""


def objective(c: dict[str, float]) -> float:
    return -((c["x"] - 3) ** 2)


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines as wide as they come, wherever the tests run."""
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A finished study of ten trials."""
    path = tmp_path / "log"
    tune(objective, {"x": 1.0}, n_trials=10, seed=2, log=path)
    return path


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A module with an objective, in the current directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    name = "autotune_test_objective"
    monkeypatch.delitem(sys.modules, name, raising=False)
    (tmp_path / f"{name}.py").write_text(OBJECTIVE)
    return name


def unfinished(path: Path, *, trials: int = 4) -> None:
    """Write a study with its last trial pending."""
    with Tuner({"x": 1.0}, n_trials=8, seed=1, log=path) as tuner:
        for _ in range(trials - 1):
            trial = tuner.ask()
            assert trial is not None
            tuner.tell(trial.trial, (objective(dict(trial.configuration)), 0.1))
        tuner.ask()


def edited(source: Path, target: Path, change) -> Path:
    """Copy a log, with every event changed by a function."""
    with open_log(source, mode="r") as old, open_log(target, mode="x") as new:
        new.append([change(seq, event) for seq, event in enumerate(old.events())])
    return target


def json_of(text: str):
    return json.loads(text, parse_constant=pytest.fail)


def run(*arguments: object, cwd: Path | None = None, **options) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "autotune", *(str(a) for a in arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
        env={**environment(), **options},
    )


def environment() -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k not in ("FORCE_COLOR", "COLUMNS")}
    return {
        **kept,
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONIOENCODING": "utf-8",
    }


def one_line(err: str) -> str:
    assert err.count("\n") == 1
    assert err.startswith("autotune: error: ")
    return err


# Usage


def test_version_and_help(capsys) -> None:
    for option, word in (("--version", "autotune "), ("--help", "examples:")):
        with pytest.raises(SystemExit) as exit_:
            main([option])
        assert exit_.value.code == 0
        assert word in capsys.readouterr().out
    for command in ("demo", "show", "verify", "resume"):
        with pytest.raises(SystemExit) as exit_:
            main([command, "--help"])
        assert exit_.value.code == 0
        assert "--json" in capsys.readouterr().out


def test_without_arguments_it_prints_its_help(capsys) -> None:
    assert main([]) == 0
    said = capsys.readouterr().out
    assert "usage: autotune" in said
    assert "counterfactual" in said


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["dance"], "dance"),
        (["show"], "LOG"),
        (["demo", "--n-trials", "0"], "whole number >= 1"),
        (["demo", "--n-trials", "many"], "whole number >= 1"),
        (["demo", "--seed", "-1"], "whole number >= 0"),
        (["resume", "x", "--n-trials", "1.5"], "whole number >= 1"),
    ],
)
def test_wrong_usage_is_exit_code_2(argv, words, misused) -> None:
    assert words in misused(*argv)


@pytest.mark.parametrize("command", ["show", "verify", "resume"])
def test_no_log_is_one_line_and_exit_code_2(command, tmp_path, capsys) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "file").write_text("hello")
    for path in (tmp_path / "missing", other, other / "file"):
        assert main([command, str(path)]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert str(path) in one_line(err)
    assert not (tmp_path / "missing").exists()


@pytest.mark.parametrize("command", ["show", "verify", "resume"])
def test_a_log_without_a_study_is_bad_input(command, tmp_path, capsys) -> None:
    open_log(tmp_path / "log", mode="x").close()
    assert main([command, str(tmp_path / "log")]) == 2
    assert "holds no study" in one_line(capsys.readouterr().err)


def test_a_damaged_log_is_bad_input(log, capsys) -> None:
    (part,) = log.glob("part-*.parquet")
    part.write_bytes(part.read_bytes()[:100])
    for command in ("show", "verify", "resume"):
        assert main([command, str(log)]) == 2
        assert "damaged" in one_line(capsys.readouterr().err)


# show


def test_show(log, capsys) -> None:
    assert main(["show", str(log)]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    study = state_at(log)
    assert study.begun.study_id in out
    for words in ("score, maximize", "MaxTrials(n=10)", "10 of 10 trials done", "accepted steps:"):
        assert words in out
    pasted = out[out.index("{\n") : out.index("}\n") + 1]
    assert eval(pasted) == study.configuration(study.incumbent)  # noqa: S307
    assert "rejected:" not in out


def test_show_all_names_every_verdict_and_failure(tmp_path, capsys) -> None:
    path = tmp_path / "log"

    def fails(c):
        if c["x"] != 1.0:
            raise ValueError("[bold]no\nmore\x1b[2J")
        return 1.0

    tune(fails, {"x": 1.0}, n_trials=3, log=path)
    assert main(["show", str(path), "--all"]) == 0
    out = capsys.readouterr().out
    flat = re.sub(r"\s+", " ", out)
    assert "rejected: failed (ValueError: [bold]no" in flat
    assert "\x1b" not in out
    assert "(2 failed)" in out


def test_show_json(log, capsys) -> None:
    assert main(["show", str(log), "--json"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    document = json_of(out)
    assert document["n_trials"] == 10
    assert document["stopped"]["rule"] == "MaxTrials"
    assert (
        document["incumbent"]["configuration"]["x"]
        == state_at(log).configuration(document["incumbent"]["trial"])["x"]
    )
    assert "trials" not in document
    assert main(["show", str(log), "--json", "--all"]) == 0
    assert len(json_of(capsys.readouterr().out)["trials"]) == 10


def test_show_while_it_is_written_and_unfinished(tmp_path, capsys) -> None:
    path = tmp_path / "log"
    with Tuner({"x": 1.0}, n_trials=8, log=path) as tuner:
        assert main(["show", str(path)]) == 0
        assert "no trial has been accepted yet" in capsys.readouterr().out
        tuner.tell(tuner.ask().trial, 1.0)
        tuner.ask()
        assert main(["show", str(path), "--all"]) == 0
        out = capsys.readouterr().out
        assert "1 pending" in out
        assert "the study can go on" in out
        assert main(["verify", str(path)]) == 0


class Model:
    """A choice that no log can hold."""

    def __repr__(self) -> str:
        return "Model()"


def test_show_of_a_log_whose_objects_are_not_here(tmp_path, capsys) -> None:
    path = tmp_path / "log"
    space = Space({"model": Categorical((Model, Composed)), "x": Float(0, 1)})
    tune(lambda _: 1.0, space, n_trials=3, log=path)
    assert main(["show", str(path), "--all"]) == 0
    assert "a label only" in capsys.readouterr().out
    assert main(["show", str(path), "--json"]) == 0
    label = json_of(capsys.readouterr().out)["incumbent"]["configuration"]["model"]
    assert isinstance(label, str)


# verify


def test_verify(log, capsys) -> None:
    assert main(["verify", str(log)]) == 0
    assert capsys.readouterr().out == f"{verify(log)}\n"
    assert main(["verify", str(log), "--json"]) == 0
    document = json_of(capsys.readouterr().out)
    assert document["verified"] is True
    assert document["difference"] is None
    assert document["n_proposals"] == 10


def test_verify_names_the_first_event_of_an_edited_log(log, tmp_path, capsys) -> None:
    def change(seq, event):
        if isinstance(event, Accepted) and event.trial > 1:
            return evolve(event, gain=event.gain + 1.0)
        return event

    with open_log(log, mode="r") as whole:
        seq, event = next(
            (seq, e) for seq, e in enumerate(whole.events()) if isinstance(e, Accepted) and e.gain
        )
    path = edited(log, tmp_path / "edited", change)
    assert main(["verify", str(path)]) == 1
    out, err = capsys.readouterr()
    assert err == ""
    assert f"event {seq}: Accepted of trial {event.trial}: gain is" in out
    assert main(["verify", str(path), "--json"]) == 1
    difference = json_of(capsys.readouterr().out)["difference"]
    assert (difference["seq"], difference["field"]) == (seq, "gain")
    assert difference["recorded"] == pytest.approx(difference["derived"] + 1.0)


def test_verify_finds_a_changed_score(log, tmp_path, capsys) -> None:
    def change(seq, event):
        if isinstance(event, Evaluated) and event.trial == 2:
            return evolve(event, measurement=evolve(event.measurement, scores=(1e9,)))
        return event

    path = edited(log, tmp_path / "edited", change)
    assert main(["verify", str(path)]) == 1
    assert "of trial 2" in capsys.readouterr().out


def test_verify_with_a_component_that_is_not_here(log, tmp_path, capsys) -> None:
    def change(seq, event):
        if isinstance(event, StudyStarted):
            return evolve(event, strategy={**event.strategy, "component": "Mine"})
        return event

    path = edited(log, tmp_path / "edited", change)
    assert main(["show", str(path)]) == 0
    capsys.readouterr()
    assert main(["verify", str(path)]) == 2
    assert "components=[...]" in one_line(capsys.readouterr().err)


# resume


def test_resume_a_complete_study_says_so(log, capsys) -> None:
    for argv in ([], ["--n-trials", "10"], ["--n-trials", "3"]):
        before = state_at(log).n_events
        assert main(["resume", str(log), *argv]) == 0
        out = capsys.readouterr().out
        assert "is complete: 10 of 10 trials done" in out
        assert f"autotune resume {log} --n-trials 20" in out
        assert state_at(log).n_events == before
    assert main(["resume", str(log), "--json"]) == 0
    out, err = capsys.readouterr()
    assert json_of(out)["n_trials"] == 10
    assert "is complete" in err


def test_resume_with_an_objective(log, module, capsys) -> None:
    argv = ["resume", str(log), "--objective", f"{module}:objective", "--n-trials", "15"]
    assert main(argv) == 0
    out = capsys.readouterr().out
    assert f"Resuming {log} after 10 of 15 trials" in out
    assert f"--objective {module}:objective --n-trials 30" in out
    study = state_at(log)
    assert study.n_trials == 15
    assert study.stopped.words == "15 of 15 trials done"
    assert main(["verify", str(log)]) == 0
    # The longer study is the one that would have been, had it been as long from the beginning.
    whole = tune(objective, {"x": 1.0}, n_trials=15, seed=2).study
    assert [study.configuration(t) for t in range(1, 16)] == [
        whole.configuration(t) for t in range(1, 16)
    ]


def test_resume_begins_with_the_pending_trial(tmp_path, module, capsys) -> None:
    path = tmp_path / "log"
    unfinished(path)
    pending = state_at(path).configuration(4)
    assert main(["resume", str(path), "--objective", f"{module}:objective", "--json"]) == 0
    out, err = capsys.readouterr()
    document = json_of(out)
    assert document["n_trials"] == 8
    assert document["pending"] == []
    assert document["interrupted"] is False
    assert "Resuming" in err
    assert state_at(path).configuration(4) == pending
    assert main(["verify", str(path)]) == 0


def test_resume_without_an_objective_says_how(tmp_path, capsys) -> None:
    path = tmp_path / "log"
    unfinished(path)
    for mark in (None, '{"objective": "os:getcwd"}', "[1]", "nonsense", '{"objective": ["x"]}',
                 '{"objective": "autotune.cli.digits:digits"}'):  # fmt: skip
        if mark is not None:
            (path / "objective.json").write_text(mark)
        assert main(["resume", str(path)]) == 2
        err = one_line(capsys.readouterr().err)
        assert "--objective module:function" in err
        assert "Tuner.resume(log)" in err
        assert "StepSearchCV" in err


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("no_colon", "module:function"),
        (":f", "module:function"),
        ("{module}:missing", "AttributeError"),
        ("{module}:number", "of type int"),
        ("no_such_module_anywhere:f", "ModuleNotFoundError"),
    ],
)
def test_resume_with_a_wrong_objective(name, words, tmp_path, module, capsys) -> None:
    path = tmp_path / "log"
    unfinished(path)
    before = state_at(path).n_events
    assert main(["resume", str(path), "--objective", name.format(module=module)]) == 2
    assert words in one_line(capsys.readouterr().err)
    assert state_at(path).n_events == before


def test_resume_records_an_objective_that_returns_nonsense(tmp_path, module, capsys) -> None:
    path = tmp_path / "log"
    unfinished(path)
    assert main(["resume", str(path), "--objective", f"{module}:wrong"]) == 0
    study = state_at(path)
    assert int(study.outcomes().failed.sum()) == 5
    assert main(["verify", str(path)]) == 0


def test_resume_with_another_number_of_folds_changes_nothing(tmp_path, module, capsys) -> None:
    path = tmp_path / "log"
    with Tuner({"x": 1.0}, n_trials=3, n_folds=5, log=path) as tuner:
        tuner.ask()
    before = state_at(path).n_events
    assert main(["resume", str(path), "--objective", f"{module}:objective", "--n-trials", "9"]) == 2
    assert "5 folds" in one_line(capsys.readouterr().err)
    assert state_at(path).n_events == before


def test_resume_of_objects_only_the_code_has(tmp_path, module, capsys) -> None:
    path = tmp_path / "log"
    space = Space({"x": Categorical((Model, Composed))})
    with Tuner(space, n_trials=3, log=path) as tuner:
        tuner.ask()
    assert main(["resume", str(path), "--objective", f"{module}:objective"]) == 2
    assert "space=" in one_line(capsys.readouterr().err)


def test_a_locked_log_names_who_holds_it(tmp_path, module, capsys) -> None:
    path = tmp_path / "log"
    unfinished(path)
    with open_log(path, mode="a"):
        assert main(["resume", str(path), "--objective", f"{module}:objective"]) == 2
        assert str(os.getpid()) in one_line(capsys.readouterr().err)
        assert main(["verify", str(path)]) == 0


# Interrupts


@frozen
class Swallowing:
    """An objective that is interrupted while it runs, and goes on as if it had not been."""

    @property
    def n_folds(self) -> int:
        return 1

    def evaluate(self, configuration, folds):
        with contextlib.suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        return Measurement(folds, (1.0,), (0.1,), (0.1,))


@pytest.mark.skipif(
    threading.current_thread() is not threading.main_thread(), reason="needs the main thread"
)
def test_an_interrupt_that_the_model_swallows_still_ends_the_run() -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        tuner = Tuner({"x": 1.0}, n_trials=3)
        result = tuner.run(Swallowing())
        assert result.interrupted
        assert list(result.study.pending) == [1]
        assert result.study.n_judged == 0
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.skipif(
    threading.current_thread() is not threading.main_thread(), reason="needs the main thread"
)
def test_an_interrupt_between_evaluations_waits_for_the_next() -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        tuner = Tuner({"x": 1.0}, n_trials=9)

        def interrupt(event, study) -> None:
            if isinstance(event, Evaluated) and event.trial == 2:
                signal.raise_signal(signal.SIGINT)

        result = tuner.run(objective, progress=interrupt)
        assert result.interrupted
        assert result.study.n_judged == 2
        assert list(result.study.pending) == [3]
    finally:
        signal.signal(signal.SIGINT, before)


# The demo, and real processes


def test_demo_as_a_process(tmp_path) -> None:
    done = run("demo", "--n-trials", 3, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    for words in (
        "trial 1 of 3: accepted at",
        "what changed",
        "mean fit seconds",
        "autotune show autotune-demo",
        "autotune verify autotune-demo",
        "autotune resume autotune-demo --n-trials 6",
    ):
        assert words in done.stdout
    assert "\x1b" not in done.stdout
    path = tmp_path / "autotune-demo"
    if "picture:" in done.stdout:
        assert (path / "accepted-steps.png").read_bytes().startswith(b"\x89PNG")
    assert json_of((path / "objective.json").read_text()) == {
        "objective": "autotune.cli.digits:digits"
    }
    assert verify(path).passed

    again = run("demo", "--n-trials", 1, "--json", cwd=tmp_path, PYTHONIOENCODING="ascii")
    assert again.returncode == 0, again.stderr
    document = json_of(again.stdout)
    assert document["log"] == "autotune-demo-2"
    assert document["metric"] == "accuracy"
    assert document["n_trials"] == 1
    assert "trial 1 of 1: accepted" in again.stderr
    assert again.stderr.isascii()

    assert main(["resume", str(tmp_path / "autotune-demo-2"), "--n-trials", "3"]) == 0
    first, second = state_at(path), state_at(tmp_path / "autotune-demo-2")
    assert [first.configuration(t) for t in (1, 2, 3)] == [
        second.configuration(t) for t in (1, 2, 3)
    ]


def test_demo_quiet_says_the_result_only(tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    path = tmp_path / "here"
    assert main(["demo", "--quiet", "--n-trials", "1", "--seed", "5", "--log", str(path)]) == 0
    out = capsys.readouterr().out
    assert "accepted at" not in out
    assert (
        'no picture: pictures need matplotlib; install it with: pip install "autotune-search' in out
    )
    assert state_at(path).begun.seed == 5
    assert main(["demo", "--n-trials", "1", "--log", str(path)]) == 2
    assert f"autotune resume {path}" in one_line(capsys.readouterr().err)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs permissions that bind")
def test_demo_in_a_read_only_directory(tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    tmp_path.chmod(0o500)
    try:
        assert main(["demo", "--n-trials", "1"]) == 2
        assert "--log DIR" in one_line(capsys.readouterr().err)
    finally:
        tmp_path.chmod(0o700)


def test_demo_where_no_directory_can_be_made(tmp_path, capsys, monkeypatch) -> None:
    def refuse(path, *args, **kwargs):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Path, "mkdir", refuse)
    assert main(["demo", "--n-trials", "1"]) == 2
    assert "choose another place with --log DIR" in one_line(capsys.readouterr().err)


def test_errors_of_the_system_are_one_line(tmp_path, capsys, monkeypatch) -> None:
    def full(*args, **kwargs):
        raise OSError(28, "No space left on device", "disk")

    monkeypatch.setattr("autotune.cli.commands.show.open_log", full)
    assert main(["show", str(tmp_path)]) == 2
    assert one_line(capsys.readouterr().err) == "autotune: error: No space left on device: disk\n"

    def two_lines(*args, **kwargs):
        raise LogError("first\nsecond\x1b[2J")

    monkeypatch.setattr("autotune.cli.commands.show.open_log", two_lines)
    assert main(["show", str(tmp_path)]) == 2
    assert one_line(capsys.readouterr().err).endswith("first second\\x1b[2J\n")


@pytest.mark.skipif(os.name == "nt", reason="needs SIGINT")
def test_ctrl_c_ends_a_demo_cleanly_and_resume_goes_on(tmp_path) -> None:
    process = subprocess.Popen(
        # A test run in the background ignores interrupts, and so would this process.
        [sys.executable, "-u", "-c", HEEDING, "demo", "--n-trials", "500"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=environment(),
    )
    try:
        for line in process.stdout:
            if line.startswith("trial 2 of 500"):
                break
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130, err
    assert err == ""
    assert "what changed" in out
    assert "interrupted after" in out
    assert "autotune resume autotune-demo" in out
    path = tmp_path / "autotune-demo"
    study = state_at(path)
    assert study.stopped is None
    assert len(study.pending) == 1
    assert main(["resume", str(path), "--n-trials", str(study.n_trials + 1)]) == 0
    assert state_at(path).n_trials == study.n_trials + 1
    assert verify(path).passed


@pytest.mark.skipif(os.name == "nt", reason="needs pipes that break")
def test_a_broken_pipe_is_quiet(tmp_path) -> None:
    path = tmp_path / "log"
    tune(objective, {"x": 1.0}, n_trials=200, strategy=recipes.random_walk(), log=path)
    for argv in (["show", str(path), "--all"], ["show", str(path), "--json", "--all"]):
        process = subprocess.Popen(
            [sys.executable, "-m", "autotune", *argv],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
        )
        process.stdout.close()
        err = process.stderr.read()
        process.stderr.close()
        assert process.wait(timeout=60) == 141
        assert err == b""


def test_processes_keep_streams_and_exit_codes_apart(log, tmp_path) -> None:
    missing = run("show", tmp_path / "missing")
    assert (missing.returncode, missing.stdout) == (2, "")
    assert "Traceback" not in missing.stderr
    one_line(missing.stderr)
    shown = run("show", log, PYTHONIOENCODING="ascii")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout.isascii()
