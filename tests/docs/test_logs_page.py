"""The examples of docs/logs.md run and print what the page says, and its queries are right."""

from __future__ import annotations

import io
import re
from collections import Counter
from contextlib import redirect_stdout

import numpy as np
import polars as pl
import pytest

from autotune import open_log
from autotune.replay import state_at
from autotune.study import Accepted, Proposed, Rejected
from autotune.study.events import KINDS
from helpers import DOCS

PAGE = (DOCS / "logs.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(python|text)\n(.*?)```", PAGE, re.DOTALL)
LOGS = ("discounted/2", "discounted/3", "walk/2", "walk/3")


def tokens(text):
    """Words, and numbers by themselves."""
    found = []
    for word in re.sub(r"[\[\](),:;]", " ", text).split():
        try:
            found.append(float(word))
        except ValueError:
            found.append(word)
    return found


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """Run the page from top to bottom; return its variables, and what was printed and promised."""
    names, printed = {}, []
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("page"))
        for (kind, code), (following, text) in zip(BLOCKS, [*BLOCKS[1:], ("", "")], strict=True):
            if kind == "python":
                out = io.StringIO()
                with redirect_stdout(out):
                    exec(compile(code, "logs.md", "exec"), names)  # noqa: S102
                printed.append((code, out.getvalue(), text if following == "text" else None))
        names["studies_"] = {log: state_at(f"runs/{log}") for log in LOGS}
        names["events_"] = {log: list(open_log(f"runs/{log}", mode="r").events()) for log in LOGS}
        yield names, printed
    names["db"].close()


def test_the_examples_print_what_the_page_says(page):
    for code, found, said in page[1]:
        if said is None:
            assert found == "", code
            continue
        assert len(tokens(found)) == len(tokens(said)), code
        for a, b in zip(tokens(found), tokens(said), strict=True):
            # Another machine may round the last digits otherwise.
            assert a == (pytest.approx(b, rel=0.05) if isinstance(b, float) else b), code
    assert sum(said is not None for _, _, said in page[1]) == 16


@pytest.mark.parametrize("query", ["best", "rates", "foresight", "speed", "hourly"])
def test_both_engines_give_the_same(page, query):
    sql, frame = page[0][query].pl(), page[0][f"{query}_frame"]
    assert sql.columns == frame.columns
    assert sql.height == frame.height > 0
    for one, other in zip(sql.rows(), frame.rows(), strict=True):
        for a, b in zip(one, other, strict=True):
            assert a == (pytest.approx(b) if isinstance(b, float) else b)


def test_the_best_of_each_study(page):
    for log, metric, trial, score in page[0]["best"].fetchall():
        study = page[0]["studies_"][log]
        assert (metric, trial) == (study.begun.metric, study.incumbent)
        assert score == pytest.approx(study.incumbent_outcome.score, abs=1e-4)


def test_smaller_is_better_where_the_study_says_so(page):
    import duckdb

    trials = pl.DataFrame({"log": ["a", "a"], "trial": [1, 2], "score": [0.5, 0.25]})
    events = pl.DataFrame(
        {"log": ["a"], "metric": ["loss"], "direction": ["minimize"], "kind": ["StudyStarted"]}
    )
    code = next(code for code, _, _ in page[1] if code.startswith("best = "))
    (query,) = re.findall(r'"""(.*?)"""', code, re.DOTALL)
    with duckdb.connect() as fresh:
        fresh.register("trials", trials)
        fresh.register("events", events)
        assert fresh.sql(query).fetchall() == [("a", "loss", 2, 0.25)]


def test_the_acceptance_rate_of_each_parameter(page):
    steps, accepted = Counter(), Counter()
    for events in page[0]["events_"].values():
        kept = {event.trial for event in events if isinstance(event, Accepted)}
        for event in events:
            if isinstance(event, Proposed):
                steps.update(event.moved)
                accepted.update(event.moved if event.trial in kept else ())
    expected = [
        (name, steps[name], pytest.approx(accepted[name] / steps[name], abs=1e-3))
        for name in sorted(steps)
    ]
    assert page[0]["rates"].fetchall() == expected
    assert min(accepted.values()) > 0


def test_anticipated_against_actual(page):
    found = {row[0]: row[1:] for row in page[0]["foresight"].fetchall()}
    assert set(found) == {"discounted/2", "discounted/3"}
    failures = 0
    for log, (n, correlation, rmse, within) in found.items():
        study = page[0]["studies_"][log]
        outcomes = study.outcomes()
        told = {
            event.trial: event.anticipated
            for event in page[0]["events_"][log]
            if isinstance(event, Proposed) and event.anticipated is not None
        }
        failures += sum(not outcomes.usable[trial - 1] for trial in told)
        trials = [trial for trial in told if outcomes.usable[trial - 1]]
        score = outcomes.score[np.array(trials) - 1]
        mean = np.array([told[trial].score for trial in trials])
        sd = np.array([told[trial].score_sd for trial in trials])
        assert n == len(trials)
        assert correlation == pytest.approx(np.corrcoef(mean, score)[0, 1], abs=0.01)
        assert rmse == pytest.approx(np.sqrt(np.mean((mean - score) ** 2)), abs=1e-4)
        assert within == pytest.approx(np.mean(np.abs(mean - score) <= 2 * sd), abs=0.01)
    assert failures > 0  # trials that failed have no score to compare


def test_trials_per_hour(page):
    for log, n, per_hour in page[0]["speed"].fetchall():
        events = page[0]["events_"][log]
        begun = min(event.at for event in events if isinstance(event, Proposed))
        ended = max(event.at for event in events if isinstance(event, Accepted | Rejected))
        assert n == 30
        assert per_hour == pytest.approx(30 * 3.6e9 / (ended - begun))
    assert sum(row[2] for row in page[0]["hourly"].fetchall()) == 120


def test_every_kind_and_column_is_named(page):
    for kind in KINDS:
        assert f"`{kind.__name__}`" in PAGE
    named = set(re.findall(r"`([a-z_]+)(?:<name>|…)?`", PAGE))
    for column in page[0]["events"].schema.names:
        if column != "log":
            assert any(column == name or column.startswith(f"{name}") for name in named), column
