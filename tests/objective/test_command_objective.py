"""Commands as objectives: real processes, what they are given, and what becomes of their output."""

from __future__ import annotations

import json
import os
import pickle
import signal
import stat
import sys
import threading
import time
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from autotune import Categorical, Equals, Float, Integer, Sequence, Space, tune, verify
from autotune.errors import EvaluationError
from autotune.objective import CommandObjective, placement, separate_folds
from autotune.objective.command_template import CommandTemplate
from autotune.study import Evaluated, Rejected
from autotune_strategies import Racing, recipes

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="shell scripts")


def script(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def printing(text: str, **options) -> CommandObjective:
    return CommandObjective(["printf", "%s", text.replace("{", "{{").replace("}", "}}")], **options)


def evaluations(log):
    return [event for event in log.events() if isinstance(event, Evaluated)]


@pytest.mark.parametrize(
    ("printed", "score", "seconds", "metrics"),
    [
        ("0.5", 0.5, None, {}),
        ("epoch 1\nepoch 2\n-1e-3\n\n", -1e-3, None, {}),
        ('{"score": 0.5, "seconds": 2}', 0.5, 2.0, {}),
        ('{"auc": 0.5, "loss": 3.5}', 0.5, None, {"loss": 3.5}),
        ('{"score": 0.5, "metrics": {"loss": 3.5}, "n": 2}', 0.5, None, {"loss": 3.5, "n": 2.0}),
        ("[0.5]", 0.5, None, {}),
    ],
)
def test_the_last_line_is_the_score(printed, score, seconds, metrics):
    found = printing(printed, metric="auc").evaluate({"x": 1.0}, (0,))
    assert found.failure is None
    assert found.scores == (score,)
    assert found.metrics == {name: (value,) for name, value in metrics.items()}
    assert seconds is None or found.fit_seconds == (seconds,)


@pytest.mark.parametrize(
    ("printed", "words"),
    [
        ("", "printed nothing"),
        ("done", "'done', is not JSON"),
        ("NaN", "the score of fold 0 is nan"),
        ('"0.5"', "of type str"),
        ("true", "of type bool"),
        ("[0.5, 0.6]", "2 scores for 1 fold"),
        ('{"loss": 1}', "none of which is 'score'"),
        ("[" * 100_000, "is not JSON"),
    ],
)
def test_output_that_is_no_score_is_a_recorded_failure(printed, words):
    found = printing(printed).evaluate({"x": 1.0}, (0,))
    assert words in found.failure.message


def test_a_script_in_the_current_directory_is_tuned(here):
    script(here / "train.sh", 'echo "lr is $2"; echo "-($2 - 3)^2" >/dev/null; echo "$2"')
    space = {"lr": Float(0, 1)}
    result = tune(CommandObjective("train.sh --lr {lr}"), space, n_trials=6, seed=1)
    for event in evaluations(result.log):
        assert event.measurement.scores == (result.study.configuration(event.trial)["lr"],)
    assert verify(result.log).passed


ARGUMENTS = [sys.executable, "-c", "import json,sys; print(json.dumps(sys.argv[1:]))"]


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])), st.floats(-1e9, 1e9))
def test_a_value_is_never_more_than_a_word_nor_changed(text, number):
    filled = CommandTemplate.of("run --name {name} --x={x} '{name} {x}'").filled(
        {"name": text, "x": number}
    )
    assert filled == ["run", "--name", text, f"--x={number!r}", f"{text} {number!r}"]


def test_no_shell_sees_the_values(here):
    space = Space({"a": Categorical(["; touch evil", "$(touch evil)", "`touch evil`", "*"])})
    for shell in (False, True):
        command = CommandObjective(
            "printf '%s' 1 {a} > /dev/null; echo 1" if shell else "printf %s-%s 1 {a}", shell=shell
        )
        for value in space["a"].choices:
            command.evaluate({"a": value}, (0,))
    assert list(here.iterdir()) == []


def test_a_shell_gets_each_value_as_one_word():
    command = CommandObjective("set -- {a} {*b}; echo $#", shell=True)  # noqa: S604
    assert command.evaluate({"a": "x y'\"", "b": [1, 2]}, (0,)).scores == (3.0,)
    assert command.evaluate({"a": "x"}, (0,)).scores == (1.0,)


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("t {flag} {none} {n} {x}", ["t", "true", "null", "3", "0.1"]),
        ("t {layers}", ["t", "[4, 1]"]),
        ("t {*layers} end", ["t", "4", "1", "end"]),
        ("t --layers={layers:,}", ["t", "--layers=4,1"]),
        ("t {x:.3f}", ["t", "0.100"]),
        ("t {{x}} '{n}'", ["t", "{x}", "3"]),
        ("t mlp.lr={mlp.lr}", ["t", "mlp.lr=5"]),
        ("t --gamma {gamma} -v --g={gamma} a{gamma} {n}", ["t", "-v", "3"]),
        ("t {gamma}", ["t"]),
        ("t ''", ["t", ""]),
    ],
)
def test_what_places_become(template, words):
    values = {"flag": True, "none": None, "n": 3, "x": 0.1, "layers": (4, 1), "mlp.lr": 5}
    assert CommandTemplate.of(template).filled(values) == words


@pytest.mark.parametrize(
    ("command", "options", "words"),
    [
        ("", {}, "a program and its arguments"),
        ([], {}, "a program and its arguments"),
        ("echo 'a", {}, "No closing quotation"),
        ("echo {", {}, "Single '{'"),
        ("echo {}", {}, "without the plain name"),
        ("echo {x!r}", {}, "without the plain name"),
        ("no-such-program {x}", {}, "neither on the path"),
        (["echo"], {"shell": True}, "one line for a shell"),
        ("  ", {"shell": True}, "one line of shell"),
        ("echo", {"timeout": 0}, "timeout = 0"),
        ("echo", {"timeout": True}, "timeout = True"),
        ("echo", {"directory": "no/such"}, "is not a directory"),
        ("echo", {"n_folds": 0}, "n_folds = 0"),
    ],
)
def test_commands_that_make_no_sense(command, options, words):
    with pytest.raises(EvaluationError, match=words):
        CommandObjective(command, **options)


def test_a_script_that_may_not_be_executed_is_told_apart(here):
    (here / "train.sh").write_text("echo 1")
    with pytest.raises(EvaluationError, match="chmod"):
        CommandObjective("train.sh")
    assert CommandObjective("sh train.sh").evaluate({}, (0,)).scores == (1.0,)


@pytest.mark.parametrize(
    ("command", "space", "words"),
    [
        ("echo {y}", {"x": 1.0}, "places for y; the space has x"),
        ("echo 1", {"a b": 1.0, "A_b": 1.0}, "AUTOTUNE_PARAM_A_B"),
        ("echo {x}", {"x": [print, len]}, "which a command can't be given"),
    ],
)
def test_a_command_for_another_space_is_refused_before_any_trial(command, space, words):
    seen = []
    with pytest.raises(EvaluationError, match=words):
        tune(CommandObjective(command), space, progress=lambda *event: seen.append(event))
    assert seen == []


def test_parameters_are_in_the_environment_and_on_standard_input(monkeypatch):
    monkeypatch.setenv("AUTOTUNE_PARAM_GAMMA", "of an outer search")
    program = (
        "import json,os,sys; given = json.load(sys.stdin);"
        "env = {k: v for k, v in os.environ.items() if k.startswith('AUTOTUNE_')};"
        "ok = given == json.loads(env.pop('AUTOTUNE_CONFIGURATION')) == {'kind': 'rbf', 'C': 2.5};"
        "ok &= env == {'AUTOTUNE_PARAM_KIND': 'rbf', 'AUTOTUNE_PARAM_C': '2.5',"
        " 'AUTOTUNE_FOLDS': '0', 'AUTOTUNE_REPEAT': '0'};"
        "ok &= os.environ['MINE'] == 'too';"
        "print(int(ok))"
    )
    command = [sys.executable, "-c", program.replace("{", "{{").replace("}", "}}")]
    objective = CommandObjective(command, stdin=True, environment={"MINE": "too"})
    found = objective.evaluate({"kind": "rbf", "C": 2.5}, (0,))
    assert found.failure is None
    assert found.scores == (1.0,)


def test_an_inactive_parameter_is_nowhere(here):
    script(here / "train.sh", 'echo "${AUTOTUNE_PARAM_GAMMA-9}$#"')
    space = Space(
        {"kernel": Categorical(["linear", "rbf"]), "gamma": Integer(1, 9)},
        conditions={"gamma": Equals("kernel", "rbf")},
    )
    objective = CommandObjective("train.sh {kernel} --gamma {gamma}")
    objective.check_space(space)
    assert objective.evaluate({"kernel": "linear"}, (0,)).scores == (91.0,)
    assert objective.evaluate({"kernel": "rbf", "gamma": 7}, (0,)).scores == (73.0,)


def test_a_failing_command_is_recorded_with_the_end_of_its_standard_error(here):
    script(
        here / "train.sh", "i=0; while [ $i -lt 50 ]; do i=$((i+1)); echo line $i >&2; done; exit 3"
    )
    result = tune(CommandObjective("train.sh"), {"x": 1.0}, n_trials=2)
    failure = evaluations(result.log)[0].measurement.failure
    assert failure.kind == "CalledProcessError"
    assert "exited with code 3: line 31\n" in failure.message
    assert failure.message.endswith("line 50")
    assert result.n_trials == 2


def test_a_command_that_is_killed_is_recorded(here):
    script(here / "train.sh", "kill -9 $$")
    found = CommandObjective("train.sh").evaluate({}, (0,))
    assert "was ended by SIGKILL" in found.failure.message


def gone(pid: int) -> bool:
    """Wait until a process has ended; a zombie has."""
    for _ in range(500):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at /proc")
@pytest.mark.parametrize("stubborn", [False, True])
def test_the_time_out_ends_all_it_has_started(here, stubborn):
    trap = "trap '' TERM; " if stubborn else ""
    script(
        here / "train.sh",
        f"{trap}sleep 600 & echo $! > child; echo $$ > self; wait; wait; sleep 600",
    )
    objective = CommandObjective("train.sh", timeout=1.5, grace=0.2)
    found = objective.evaluate({}, (0,))
    assert found.failure.kind == "TimeoutError"
    assert "timeout = 1.5" in found.failure.message
    for name in ("self", "child"):
        assert gone(int((here / name).read_text()))


def test_a_child_that_goes_on_does_not_hold_the_search(here):
    script(here / "train.sh", "sleep 600 & echo $! > child; echo 1")
    try:
        assert CommandObjective("train.sh").evaluate({}, (0,)).scores == (1.0,)
    finally:
        os.kill(int((here / "child").read_text()), signal.SIGKILL)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at /proc")
def test_an_interrupt_ends_the_command(here):
    script(here / "train.sh", "echo $$ > self; sleep 600")
    before = signal.signal(signal.SIGINT, signal.default_int_handler)

    def interrupt():
        while not (here / "self").exists() or (here / "self").read_text() == "":
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        result = tune(CommandObjective("train.sh"), {"x": 1.0}, n_trials=3)
    finally:
        thread.join()
        signal.signal(signal.SIGINT, before)
    assert result.interrupted
    assert gone(int((here / "self").read_text()))
    assert len(result.study.pending) == 1


def test_a_command_that_is_told_which_folds_to_run(here):
    code = (
        "import sys; x = float(sys.argv[1]); folds = [int(f) for f in sys.argv[2].split(',')];"
        "print([-(x - 3) ** 2 - fold / 100 for fold in folds])"
    )
    objective = CommandObjective([sys.executable, "-c", code, "{x}", "{folds}"], n_folds=5)
    assert separate_folds(objective)
    assert placement(objective) == "threads"
    strategy = evolve(recipes.random_walk(), folds=Racing())
    result = tune(objective, {"x": 1.0}, n_trials=6, strategy=strategy, seed=3)
    raced = [e for e in result.log.events() if isinstance(e, Rejected) and e.reason == "raced out"]
    assert len(raced) > 0
    assert sum(len(event.measurement.folds) for event in evaluations(result.log)) < 30


def test_a_command_that_prints_the_scores_of_all_folds():
    objective = printing("[1, 2, 3]", n_folds=3)
    assert objective.evaluate({"x": 1.0}, (0, 1, 2)).scores == (1.0, 2.0, 3.0)
    assert objective.evaluate({"x": 1.0}, (1,)).scores == (2.0,)
    with pytest.raises(EvaluationError, match="rename the parameter"):
        CommandObjective("echo {folds}", n_folds=2).check_space(Space({"folds": Integer(1, 9)}))


def test_commands_travel():
    objective = CommandObjective("echo {x}", timeout=60)
    back = pickle.loads(pickle.dumps(objective))  # noqa: S301
    assert back.evaluate({"x": 1.5}, (0,)).scores == (1.5,)
    assert back.timeout == 60


def test_lists_are_json(here):
    objective = CommandObjective(
        [*ARGUMENTS[:2], "import sys,json; print(sum(json.loads(sys.argv[1])))", "{layers}"]
    )
    space = Space({"layers": Sequence(of=Integer(1, 9), max_length=3)}, start={"layers": (4, 1)})
    objective.check_space(space)
    assert objective.evaluate(space.start, (0,)).scores == (5.0,)
    assert json.loads("[4, 1]") == [4, 1]


def test_the_folder_is_where_it_runs(here):
    folder = here / "folder"
    folder.mkdir()
    script(folder / "train.sh", "cat score")
    (folder / "score").write_text("0.25\n")
    assert CommandObjective("train.sh", directory=folder).evaluate({}, (0,)).scores == (0.25,)
