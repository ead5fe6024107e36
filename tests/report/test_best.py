"""Who is best, wherever it is said: the recommended trial, what was measured, what to expect."""

from __future__ import annotations

import io
import json
import math
import re

import numpy as np
import openpyxl
import pytest
from attrs import evolve, frozen
from rich.console import Console

from autotune import Float, Space, Tuner, tune
from autotune.analysis import HonestScore, acceptance_rates
from autotune.analysis.recorded_moves import recorded_moves
from autotune.cli import main
from autotune.interchange.workbook import workbook
from autotune.replay import backtest, counterfactual, explain, fork, state_at, verify
from autotune.report import write_report
from autotune.report.best import best_of
from autotune.report.document import as_json, study_document
from autotune.report.live_view import best_text, live_view
from autotune.report.page_data import study_data
from autotune.strategy import Composed, RecommendQuery
from autotune.strategy.defaults import recommended, with_budget
from autotune.study import EMPTY
from autotune.study.changes import describe_change, describe_changes
from autotune.study.summary import study_summary
from autotune_strategies import Ridge, recipes

SPACE = Space({"x": Float(0, 1), "y": Float(0, 1)})


@frozen
class FirstTrial(Composed[RecommendQuery, int]):
    """Recommend the first trial."""

    def read(self, state, query):
        return 1


def noisy(log=None, *, n_trials=40, seed=4, strategy=None):
    rng = np.random.default_rng(seed)

    def score(c):
        return -((c["x"] - 0.3) ** 2) - (c["y"] - 0.6) ** 2 + 0.3 * rng.standard_normal()

    return tune(
        score, SPACE, n_trials=n_trials, strategy=strategy, log=log, seed=seed, metric="gain"
    )


@pytest.fixture(scope="module")
def found():
    """A run whose recommended trial is not the incumbent, with configurations measured again."""
    for seed in range(20):
        result = noisy(seed=seed)
        if result.best_trial != result.study.incumbent:
            return result
    raise AssertionError("each time the incumbent was recommended")


def confirmed(study):
    return [t for t in range(1, study.n_trials + 1) if study.origin(t) == "confirm"]


def test_a_study_alone_tells_which_trial_its_strategy_recommends(found):
    assert recommended(found.study) == found.best_trial
    assert recommended(EMPTY) is None
    walk = noisy(n_trials=10, strategy=recipes.random_walk()).study
    assert recommended(walk) is not None


def test_a_recommendation_that_is_not_known_is_the_incumbent_and_one_handed_in_is_asked():
    strategy = evolve(recipes.random_walk(), recommendation=FirstTrial())
    study = noisy(n_trials=12, strategy=strategy).study
    assert study.incumbent != 1
    assert recommended(study) == study.incumbent
    assert recommended(study, [FirstTrial]) == 1


def test_what_is_to_be_expected_is_said_with_as_many_digits_as_make_sense():
    def words(score, low, high, measured):
        return HonestScore(1, score, low, high, 0.9, measured, 1).words

    assert words(0.8941, 0.8702, 0.918, 0.912) == "0.894 (0.870 to 0.918) to be expected of it"
    assert words(123456.0, 120000.0, 126912.0, 130000.0).startswith("123456 (120000 to 126912)")
    assert words(1e-9, 0.5e-9, 1.5e-9, 2e-9).startswith("1e-09 (5e-10 to 1.5e-09)")
    assert words(0.5, 0.5, 0.5, 0.5) == ""
    assert words(0.5, math.nan, math.nan, 0.5) == ""


def test_what_was_measured_and_what_is_to_be_expected_stand_beside_each_other(found):
    best, honest = best_of(found.study), found.honest_score()
    assert (best.trial, best.configuration) == (found.best_trial, found.best)
    assert best.honest == honest
    assert best.words == f"gain {found.best_score:.5g} measured; {honest.words}"
    certain = tune(lambda c: c["x"], SPACE, n_trials=8, deterministic=True)
    assert best_of(certain.study).words == f"gain {certain.best_score:.5g}".replace("gain", "score")


def test_documents_tell_the_best_beside_the_incumbent(found):
    document = json.loads(as_json(study_document(found.study)))
    honest = found.honest_score()
    assert document["incumbent"]["trial"] == found.study.incumbent
    assert document["best"]["trial"] == found.best_trial
    assert document["best"]["configuration"] == found.best
    assert document["best"]["n_evaluations"] == honest.n_evaluations
    expected = {name: getattr(honest, name) for name in ("score", "low", "high", "level")}
    assert document["best"]["expected"] == pytest.approx(expected)
    unknown = tune(lambda c: c["x"], SPACE, n_trials=3).study
    assert json.loads(as_json(study_document(unknown)))["best"]["expected"] is None


def test_the_command_line_shows_the_recommended_trial_and_what_to_expect(tmp_path, capsys):
    log = tmp_path / "log"
    result = noisy(log)
    assert main(["show", str(log)]) == 0
    out = capsys.readouterr().out
    assert f"best configuration (trial {result.best_trial}):" in out
    assert best_of(result.study).words in out
    assert ("the incumbent" in out) == (result.best_trial != result.study.incumbent)
    assert main(["show", str(log), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["best"]["trial"] == result.best_trial
    again = confirmed(result.study)[0]
    assert main(["explain", str(log), str(again)]) == 0
    assert "measured again" in capsys.readouterr().out


def test_a_view_of_a_study_that_ended_shows_what_is_recommended(found):
    text = best_text(found.study)
    assert f"by trial {found.best_trial}: " in text
    assert found.honest_score().words in text
    assert best_text(found.study, short=True) == best_of(found.study).words
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(live_view(found.study, now=0, width=200))
    assert f"by trial {found.best_trial}" in console.export_text()


def test_pages_and_notebooks_show_the_recommended_trial_and_a_bare_study_its_incumbent(
    found, tmp_path
):
    words = found.honest_score().words
    best = study_data(found.study)["best"]
    assert best["trial"] == found.best_trial
    assert f"{best['expected']['score']} ({best['expected']['low']} to " in words
    page = write_report({"a": found.log}, tmp_path / "a.html").read_text(encoding="utf-8")
    for text in (page, found._repr_html_()):
        assert f"by trial {found.best_trial}<br>{words}</p>" in text
    assert f"by trial {found.best_trial}<" in found.log._repr_html_()
    bare = study_summary(found.study)
    assert f"by trial {found.study.incumbent}<" in bare
    assert "incumbent: <strong>" in bare


def test_a_workbook_has_a_sheet_of_the_best(found):
    book = openpyxl.load_workbook(io.BytesIO(workbook(found.log)))
    known = dict(book["Best"].iter_rows(min_row=2, max_col=2, values_only=True))
    honest = found.honest_score()
    assert known["trial"] == found.best_trial
    assert known["gain, measured"] == pytest.approx(found.best_score)
    assert known["gain, to be expected"] == pytest.approx(honest.score)
    assert known["from, with a chance of 0.9"] == pytest.approx(honest.low)
    assert {name: known[f"parameter {name}"] for name in SPACE} == pytest.approx(found.best)


def test_a_trial_that_was_measured_again_is_told_as_one(found):
    study, again = found.study, confirmed(found.study)
    assert again
    for trial in again:
        assert describe_change(study, trial) == f"trial {study.parent(trial)} measured again"
    why = explain(found.log, again[-1])
    assert (why.origin, why.parent) == ("confirm", study.parent(again[-1]))
    text = str(why)
    assert text.startswith(
        f"trial {again[-1]}: the configuration of trial {why.parent} measured again\n"
    )
    told = study.proposals["anticipated_score"][again[-1] - 1]
    assert why.chosen.score == pytest.approx(told)
    assert re.search(rf"anticipated: {re.escape(format(told, '.5g'))} \(sd ", text)


def test_a_trial_that_was_measured_again_is_not_a_move(found):
    again = set(confirmed(found.study))
    moves = recorded_moves(found.study)
    assert again.isdisjoint(moves.trials.tolist())
    assert "confirm" not in acceptance_rates(found.study, by="origin").groups


def test_a_study_with_trials_measured_again_is_verified_forked_and_replayed(found):
    assert verify(found.log).passed
    told = counterfactual(found.log, with_budget(recipes.default(), 40))
    assert told.same_proposals == len(told.divergences)
    assert len(backtest(found.log, Ridge()).trials) > 0
    again = confirmed(found.study)[0]
    seq = 3 * again  # after its proposal and some
    state = state_at(fork(found.log, seq))
    assert describe_changes(state, [again]) == describe_changes(found.study, [again])


def test_a_tuner_shows_what_its_strategy_recommends(found):
    with Tuner.resume(found.log) as tuner:
        assert tuner._repr_html_() == found._repr_html_()
