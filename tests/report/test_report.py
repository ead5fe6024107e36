"""Reports: rows, charts, pictures and JSON of studies, also of odd and hostile ones."""

from __future__ import annotations

import io
import json
import math
import sys
from itertools import pairwise

import pytest
from rich.console import Console

from autotune import Categorical, Equals, Float, Integer, Sequence, Space, Tuner, tune
from autotune.errors import MissingExtraError
from autotune.report import terminal_chart
from autotune.report.document import as_json, study_document
from autotune.report.pictures import AcceptedStepsDisplay
from autotune.report.progress import Progress
from autotune.report.tables import header, space_table, steps_table, trials_table
from autotune.study import EMPTY, Study
from autotune.study.formatting import aligned, as_python, clean, describe_strategy, duration
from autotune.study.rows import accepted_steps, all_trials
from autotune_strategies import recipes

SPACE = Space(
    {
        "mlpclassifier__learning_rate_init": Float(1e-5, 1.0, log=True),
        "mlpclassifier__hidden_layer_sizes": Sequence(of=Integer(1, 128), max_length=4),
        "activation": Categorical(("relu", "tanh")),
    },
    start={"mlpclassifier__hidden_layer_sizes": (4, 1)},
)


def rising(n: int) -> Study:
    """Return a study of n trials in which each is accepted."""
    count = iter(range(1, n + 1))

    def score(_: object) -> tuple[float, float]:
        return next(count) / n, 0.5 + 0.1 * (n % 3)

    return tune(score, SPACE, n_trials=n, seed=3, deterministic=True).study


def bumpy(direction: str = "maximize") -> Study:
    """Return a study with accepted, rejected, failed and pending trials."""
    walk = recipes.random_walk()
    tuner = Tuner({"x": 1.0, "y": 2.0}, direction=direction, strategy=walk, n_trials=9, seed=1)
    sign = 1 if direction == "maximize" else -1
    for result in (0.5, 0.4, 0.7, ValueError("no"), float("nan"), 0.71, 0.2):
        trial = tuner.ask()
        assert trial is not None
        tuner.tell(trial.trial, result if isinstance(result, Exception) else sign * result)
    tuner.ask()
    return tuner.study


def printed(*renderables: object, width: int = 100) -> str:
    file = io.StringIO()
    console = Console(file=file, width=width, markup=False, highlight=False)
    for renderable in renderables:
        console.print(renderable)
    return file.getvalue()


@pytest.mark.parametrize("direction", ["maximize", "minimize"])
def test_rows_say_what_became_of_every_trial(direction: str) -> None:
    study = bumpy(direction)
    sign = 1 if direction == "maximize" else -1
    rows = all_trials(study)
    assert [row.verdict for row in rows] == [
        "accepted", "rejected", "accepted", "rejected", "rejected", "accepted", "rejected", "pending",
    ]  # fmt: skip
    assert [row.reason for row in rows] == [
        None, "no gain", None, "failed", "failed", None, "no gain", None,
    ]  # fmt: skip
    steps = accepted_steps(study)
    assert [step.trial for step in steps] == [1, 3, 6]
    assert steps == [row for row in rows if row.verdict == "accepted"]
    assert [step.score for step in steps] == [sign * 0.5, sign * 0.7, sign * 0.71]
    assert steps[0].gain is None
    assert steps[1].gain == pytest.approx(0.2)
    assert rows[3].score is None
    assert rows[7].score is None
    assert steps[0].changes == "start values"
    assert " from " in steps[1].changes


def test_rows_of_an_empty_study() -> None:
    study = Tuner({"x": 1.0}).study
    assert accepted_steps(study) == all_trials(study) == []
    assert "no trial" in terminal_chart(study)
    assert "0 accepted" in printed(header(study), steps_table(study), trials_table(study))


def test_tables_hold_numbers_reasons_and_failures() -> None:
    study = bumpy()
    text = printed(trials_table(study), width=140)
    assert "rejected: failed (ValueError: no)" in text
    assert "rejected: no gain" in text
    assert "pending" in text
    assert "+0.2000" in printed(steps_table(study))
    told = printed(header(study))
    assert "8: 3 accepted, 4 rejected (2 failed), 1 pending" in told
    assert "MaxTrials(n=9)" in told
    assert "can go on" in told
    assert "Float(" in printed(space_table(study))


def test_a_parameter_that_is_inactive_at_the_start_is_in_the_table_of_the_space() -> None:
    space = Space(
        {"kernel": Categorical(("linear", "rbf")), "gamma": Float(0.0, 1.0)},
        start={"kernel": "linear"},
        conditions={"gamma": Equals("kernel", "rbf")},
    )
    assert "inactive" in printed(space_table(Tuner(space).study))


def test_terminal_chart_has_a_line_for_each_step() -> None:
    study = rising(12)
    for ascii_only in (False, True):
        lines = terminal_chart(study, width=80, ascii_only=ascii_only).splitlines()
        assert len(lines) == 13
        assert all(len(line) <= 80 for line in lines)
    assert terminal_chart(study, ascii_only=True).isascii()
    marks = [line.index("o", 8) for line in terminal_chart(study, ascii_only=True).splitlines()[1:]]
    assert marks == sorted(marks)


def test_terminal_chart_of_equal_scores_and_no_seconds() -> None:
    study = tune(lambda _: (1.0, 0.0), {"x": 1.0}, n_trials=3).study
    assert len(terminal_chart(study).splitlines()) == 2


def overlaps(figure, axis) -> int:
    """Count neighbouring tick labels that touch: parallel slanted boxes, anchored at their ticks."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    found = 0
    labels = axis.get_xticklabels()
    slope = math.sin(math.radians(labels[0].get_rotation()))
    for left, right in pairwise(labels):
        ends = axis.transData.transform([(left.get_position()[0], 0), (right.get_position()[0], 0)])
        across = (ends[1][0] - ends[0][0]) * slope
        right.set_rotation(0)
        found += right.get_window_extent(canvas.get_renderer()).height > across
    return found


def axes_of(display):
    return display.ax_, display.seconds_ax_


@pytest.mark.parametrize("n", [1, 2, 15, 40])
def test_picture_labels_do_not_overlap(n: int) -> None:
    pytest.importorskip("matplotlib")
    score, seconds = axes_of(AcceptedStepsDisplay.from_study(rising(n)))
    assert score.figure is seconds.figure
    assert len(score.lines[0].get_xdata()) == n
    assert len(seconds.lines[0].get_xdata()) == n
    labels = [label.get_text() for label in seconds.get_xticklabels()]
    assert labels[0] == "1: start values"
    assert labels[-1].startswith(f"{n}:")
    if n <= 15:
        assert len(labels) == n
    if n > 1:
        assert overlaps(score.figure, seconds) == 0
    out = io.BytesIO()
    score.figure.savefig(out, dpi=40)
    assert out.getvalue().startswith(b"\x89PNG")


def test_picture_on_given_axes_and_of_nothing() -> None:
    pytest.importorskip("matplotlib")
    from matplotlib.figure import Figure

    axes = Figure().subplots()
    score, seconds = axes_of(AcceptedStepsDisplay.from_study(rising(5), ax=axes))
    assert score is axes
    assert seconds is not axes
    assert len(axes.get_xticklabels()) == 5
    empty = AcceptedStepsDisplay.from_study(Tuner({"x": 1.0}).study)
    empty.save(io.BytesIO(), dpi=30)


def test_picture_without_matplotlib_says_how_to_get_it(monkeypatch) -> None:
    for name in [*(n for n in sys.modules if n.startswith("matplotlib")), "matplotlib.figure"]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingExtraError, match=r'pip install "autotune-search\[plot\]"'):
        AcceptedStepsDisplay.from_study(rising(2))


def test_document_is_strict_json() -> None:
    study = bumpy()
    document = json.loads(as_json(study_document(study, trials=True)), parse_constant=pytest.fail)
    assert document["n_trials"] == len(document["trials"]) == 8
    assert document["n_accepted"] == len(document["accepted_steps"]) == 3
    assert document["n_failed"] == 2
    assert document["pending"] == [8]
    assert document["incumbent"]["trial"] == 6
    assert document["incumbent"]["score"] == 0.71
    assert document["trials"][3]["score"] is None
    assert document["stopped"] is None
    assert "trials" not in study_document(study)


def test_document_of_objects_and_tuples() -> None:
    space = Space({"model": Categorical((len, max)), "sizes": Sequence(of=Integer(1, 9))})
    study = tune(lambda _: 1.0, space, n_trials=2).study
    document = json.loads(as_json(study_document(study)))
    assert isinstance(document["incumbent"]["configuration"]["sizes"], list)
    assert isinstance(document["incumbent"]["configuration"]["model"], str)


def test_hostile_names_can_not_steer_the_terminal() -> None:
    name = "x\x1b[2J[red]\u202e\n"
    study = tune(lambda _: 1.0, {name: 1.0}, n_trials=2, metric="m\x1b[31m$x$").study
    text = printed(
        header(study), space_table(study), steps_table(study), trials_table(study), width=200
    ) + terminal_chart(study)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "[red]" in text
    assert "\x1b" not in as_python(study.configuration(1))
    assert "\x1b" not in as_json(study_document(study))


def test_progress_without_a_terminal_is_a_line_for_each_accepted_step() -> None:
    file = io.StringIO()
    with Progress(Console(file=file, width=80), n_trials=5) as progress:
        tune(lambda c: -((c["x"] - 3) ** 2), {"x": 1.0}, n_trials=5, seed=1, progress=progress)
    lines = file.getvalue().splitlines()
    assert lines[0] == "trial 1 of 5: accepted at -4: start values"
    assert all("accepted at" in line for line in lines)
    assert "\x1b" not in file.getvalue()


def test_progress_in_a_terminal_shows_how_it_stands() -> None:
    file = io.StringIO()
    console = Console(
        file=file, width=80, force_terminal=True, legacy_windows=False, _environ={"TERM": "xterm"}
    )

    def objective(c):
        if c["x"] != 1.0:
            raise ValueError("too far")
        return 0.5

    with Progress(console, n_trials=4) as progress:
        walk = recipes.random_walk()
        tune(objective, {"x": 1.0}, strategy=walk, n_trials=4, metric="accuracy", progress=progress)
    shown = file.getvalue()
    assert "0 of 4 trials" in shown
    assert "4 of 4 trials" in shown
    assert "accuracy 0.5 by trial 1: start values" in shown
    assert " left" in shown
    assert "failed: ValueError: too far" in shown
    assert "x from 1 to" in shown
    assert "1 accepted, 3 failed" in shown
    assert "4 of 4 trials done" in shown
    # A view taller or wider than planned would wrap and leave rubbish behind.
    assert max(len(line) for line in strip(shown).splitlines()) <= 80


def strip(text: str) -> str:
    import re

    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text).replace("\r", "\n")


def test_text() -> None:
    assert clean("a\x00\u202eb\ud800") == "a\\x00\\u202eb\\ud800"
    assert aligned([]) == []
    assert aligned([float("nan"), None]) == ["", ""]
    assert aligned([1234567.0, 1.0]) == ["1.235e+06", "1"]
    assert aligned([0.0]) == ["0.0000"]
    assert aligned([-0.02, 3.0], signed=True) == ["-0.0200", "+3.0000"]
    assert duration(0) == "0 s"
    assert duration(3599.6) == "1 h 00 min"
    assert describe_strategy({}) == "unknown"
    assert EMPTY.n_trials == 0
