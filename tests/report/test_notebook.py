"""What notebooks show: studies, logs, results and searches, and the progress of a run."""

from __future__ import annotations

import html
import sys
from pathlib import Path

import pytest
from rich.console import Console
from sklearn import config_context
from sklearn.datasets import load_iris
from sklearn.svm import SVC

from autotune import StepSearchCV, Tuner, open_log, tune
from autotune.log import Archive, MemoryLog, compact
from autotune.report.progress import Progress
from autotune.study import EMPTY
from autotune.study.summary import study_summary

HOSTILE = "<script>alert(1)</script>"


def objective(c: dict[str, float]) -> tuple[float, float]:
    if c["x"] > 10:
        raise ValueError(HOSTILE)
    return -((c["x"] - 3) ** 2), 0.1


def test_a_study_and_what_holds_it_show_its_summary(tmp_path: Path) -> None:
    with Tuner({"x": 1.0}, log=tmp_path / "runs" / "log", n_trials=6, metric=HOSTILE) as tuner:
        result = tuner.run(objective)
        shown = tuner._repr_html_()
    study = result.study
    assert study._repr_html_() == study_summary(study)
    assert shown == result._repr_html_() == study_summary(study, best=result.best_trial)
    assert "incumbent:" in study._repr_html_()
    assert "best configuration:" in shown
    compact(tmp_path / "runs", tmp_path / "archive")
    logs = (
        result.log,
        open_log(tmp_path / "runs" / "log", mode="r"),
        Archive(tmp_path / "archive")["log"],
        MemoryLog(result.log.events()),
    )
    for log in logs:
        text = log._repr_html_()
        assert type(log).__name__ in text
        assert f"{study.n_trials} trials: " in text
        assert "<script" not in text


def test_what_holds_no_study_shows_so(tmp_path: Path) -> None:
    assert "No study has begun" in EMPTY._repr_html_()
    assert "No study has begun" in MemoryLog()._repr_html_()
    with Tuner({"x": 1.0}, n_trials=2) as tuner:
        assert "0 trials" in tuner._repr_html_()


def test_a_log_that_can_not_be_read_says_why(tmp_path: Path) -> None:
    tune(objective, {"x": 1.0}, n_trials=3, log=tmp_path / "log")
    log = open_log(tmp_path / "log", mode="r")
    for part in (tmp_path / "log").glob("*.parquet"):
        part.write_bytes(b"nonsense")
    text = log._repr_html_()
    assert "It can't be read: " in text
    assert "DirectoryLog" in text


def test_a_search_keeps_scikit_learns_picture_and_adds_its_summary() -> None:
    X, y = load_iris(return_X_y=True)
    search = StepSearchCV(SVC(), {"C": 1.0}, n_trials=8, random_state=0, cv=3)
    before = search._repr_html_()
    assert "autotune-summary" not in before
    assert "StepSearchCV" in before
    search.fit(X, y)
    for text in (search._repr_html_(), search._repr_mimebundle_()["text/html"]):
        assert "sk-top-container" in text
        assert f"{html.escape(search.honest_score_.words)}</p>" in text
        assert f"by trial {search.honest_score_.trial}<br>" in text
    with config_context(display="text"):
        assert not hasattr(search, "_repr_html_")
        assert "text/html" not in search._repr_mimebundle_()


def test_a_run_that_is_watched_says_its_steps(capsys) -> None:
    found = tune(objective, {"x": 1.0}, n_trials=3, seed=1, progress=True)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "trial 1 of 3: accepted at -4: start values"
    assert len(lines) == int(found.study.verdicts["accepted"].sum())
    tune(objective, {"x": 1.0}, n_trials=3, seed=1, progress=False)
    assert capsys.readouterr().out == ""


@pytest.fixture
def drawn(monkeypatch) -> list[str]:
    """What a notebook was told to show, in order, each in the place of the one before."""
    ipython = pytest.importorskip("IPython.display")
    shown: list[str] = []

    class Handle:
        def update(self, html: object) -> None:
            shown.append(html.data)

    def display(html: object, *, display_id: bool) -> Handle:
        assert display_id
        shown.append(html.data)
        return Handle()

    monkeypatch.setattr(ipython, "display", display)
    return shown


def test_a_notebook_shows_a_bar_and_the_steps_as_text(drawn) -> None:
    console = Console(file=sys.stderr, force_jupyter=True)
    with Progress(console, n_trials=12) as progress:
        found = tune(objective, {"x": 1.0}, n_trials=12, seed=3, progress=progress, metric=HOSTILE)
    assert "0 of 12 trials" in drawn[0]
    last = drawn[-1]
    assert '<progress value="12" max="12"></progress>' in last
    accepted = int(found.study.verdicts["accepted"].sum())
    assert f"{accepted} accepted step" in last
    assert last.count("<li>") == min(accepted, 5)
    assert int(found.study.outcomes().failed.sum()) > 0
    assert not any("<script" in each for each in drawn)
    # Events follow each other faster than a browser can draw.
    assert len(drawn) < found.study.n_events


def test_a_search_in_a_notebook_shows_a_bar(drawn, monkeypatch, capsys) -> None:
    monkeypatch.setattr("rich.console._is_jupyter", lambda: True)
    X, y = load_iris(return_X_y=True)
    StepSearchCV(SVC(), {"C": 1.0}, n_trials=3, random_state=0, cv=3, verbose=1).fit(X, y)
    assert '<progress value="3" max="3"></progress>' in drawn[-1]
    assert capsys.readouterr().out == ""
