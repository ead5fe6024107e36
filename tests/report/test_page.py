"""The page of a report as data and as HTML: exact, whole, and safe whatever a log says."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from autotune import Categorical, Float, Integer, Sequence, Space, Tuner, tune
from autotune.errors import StudyError
from autotune.log import MemoryLog
from autotune.report import page
from autotune.report.analysis_data import analysis_data
from autotune.report.document import plain_data
from autotune.report.page import content_policy, page_json, report_page
from autotune.report.page_data import column, study_data
from autotune.report.writing import write_report
from autotune.space.dimensions import Label
from autotune.space.equality import Exactly
from autotune.study import (
    EMPTY,
    Accepted,
    Evaluated,
    Failure,
    Measurement,
    Proposed,
    Study,
    StudyStarted,
    reduce,
)
from autotune.study.rows import STATUSES
from autotune.study.summary import history_svg, study_summary
from autotune.testing import legal_logs

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)> '\"&\u2028\x1b[31m"


def decoded(data: dict[str, str] | None, n: int) -> np.ndarray[Any, Any]:
    if data is None:
        return np.full(n, np.nan)
    return np.frombuffer(base64.b64decode(data["data"]), dtype=f"<{data['type']}")


def hostile() -> Tuner:
    """Return a tuner whose log says markup wherever a log can say something."""
    space = Space(
        {HOSTILE: Categorical([HOSTILE, "plain"]), "x": Float(0, 1)},
        start={HOSTILE: HOSTILE, "x": 0.5},
    )
    tuner = Tuner(space, metric=HOSTILE, n_trials=5, seed=1)
    for result in (0.5, ValueError(HOSTILE), 0.7):
        trial = tuner.ask()
        assert trial is not None
        tuner.tell(trial.trial, result)
    return tuner


class Markup(HTMLParser):
    """Notes elements, attributes and the texts of scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.raw: list[tuple[str, str]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.open.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("script", "style"):
            self.raw.append((self.open[-1], data))


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (np.array([0, 127, -128]), "i1"),
        (np.array([0, 128]), "i2"),
        (np.array([70_000, -1]), "i4"),
        (np.array([2**40]), "f8"),
        (np.array([], dtype=np.int64), "i1"),
        (np.array([0.1, np.nan, 1e300]), "f8"),
        (np.array([0.1, np.nan], dtype=np.float32), "f4"),
    ],
)
def test_a_column_is_small_and_exact(values, kind) -> None:
    found = column(values)
    assert found is not None
    assert found["type"] == kind
    assert np.array_equal(decoded(found, len(values)), values, equal_nan=values.dtype.kind == "f")


@settings(max_examples=40)
@given(log=legal_logs())
def test_the_data_of_a_page_says_what_the_study_says(log) -> None:
    study = reduce(log, EMPTY)
    data = json.loads(json.dumps(study_data(study), allow_nan=False))
    n = study.n_trials
    outcomes = study.outcomes()
    trials = {name: decoded(each, n) for name, each in data["trials"].items()}
    assert {len(values) for values in trials.values()} == {n}
    score = np.where(np.isfinite(outcomes.score), outcomes.score, np.nan)
    assert np.array_equal(trials["score"], score, equal_nan=True)
    for i in range(n):
        verdict = STATUSES[int(trials["verdict"][i])]
        assert (verdict == "pending") == (i + 1 in study.pending)
        assert (verdict == "failed") == (bool(outcomes.failed[i]) and i + 1 not in study.pending)
        assert (int(trials["parent"][i]) or None) == study.parent(i + 1)
        moved = data["moved"]["lists"][int(decoded(data["moved"]["values"], n)[i])]
        names = list(study.known_space)
        assert [names[k] for k in moved] == [m for m in study.moved(i + 1) if m in names]
    accepted = study.verdicts["trial"][study.verdicts["accepted"]]
    assert decoded(data["accepted"], 0).tolist() == accepted.tolist()
    assert_parameters(study, data)


def test_an_incumbent_whose_later_fold_failed_has_no_known_score() -> None:
    space = Space({"x": Float(0, 1)})
    study = reduce(
        [
            StudyStarted(0, "s", space, "maximize", "score", 1, {}, 0),
            Proposed(0, 1, {"x": 0.5}, None, (), "start"),
            Evaluated(0, 1, Measurement((0,), (0.5,), (0.0,), (0.0,))),
            Accepted(0, 1, 0.0, 0.0),
            Evaluated(1, 1, Measurement((), (), (), (), {}, Failure("ValueError", "no"))),
        ]
    )
    data = json.loads(json.dumps(study_data(study), allow_nan=False))
    assert data["incumbent"] == data["best"]["trial"] == 1
    assert data["best"]["score"] is None


def assert_parameters(study: Study, data: dict[str, Any]) -> None:
    n = study.n_trials
    for parameter, name in zip(data["parameters"], study.known_space, strict=True):
        values = decoded(parameter["values"], n)
        for i in range(n):
            configuration = study.configuration(i + 1)
            if parameter["kind"] in ("float", "integer"):
                here = values[i]
                assert np.isnan(here) == (name not in configuration)
                if name in configuration:
                    assert here == configuration[name]
            elif name not in configuration:
                assert values[i] == -1
            else:
                value = configuration[name]
                code = (parameter["codes"] or parameter["texts"])[int(values[i])]
                if not isinstance(value, Label) and parameter["kind"] == "sequence":
                    assert Exactly(eval(code, {})) == Exactly(value)  # noqa: S307


def test_failures_are_those_of_the_events() -> None:
    tuner = hostile()
    expected = {
        event.trial: event.measurement.failure
        for event in tuner.log.events()
        if isinstance(event, Evaluated) and event.measurement.failure is not None
    }
    assert len(expected) == 1
    assert tuner.study.failures() == expected
    assert EMPTY.failures() == {}


def test_a_strangers_words_stay_words() -> None:
    tuner = hostile()
    data = study_data(tuner.study)
    text = report_page(
        {HOSTILE: data}, summary=study_summary(tuner.study, title=HOSTILE, styled=False)
    )
    found = Markup(text)
    assert found.tags.count("script") == 2
    assert not {"img", "iframe", "object", "embed"} & set(found.tags)
    assert not [name for _, name, _ in found.attributes if name.startswith("on")]
    embedded = next(raw for tag, raw in found.raw if tag == "script")
    study = json.loads(embedded)["studies"][0]
    # Control characters are escaped, markup is not: the page sets it as text.
    shown = "</script><script>alert(1)</script><img src=x onerror=alert(2)> '\"&\\u2028\\x1b[31m"
    assert study["metric"] == study["name"] == study["parameters"][0]["name"] == shown
    assert study["failures"]["2"] == ["ValueError", shown]
    assert "alert" in study["parameters"][0]["texts"][0]


def test_the_policy_allows_the_pages_own_script_and_nothing_else() -> None:
    found = Markup(report_page({"a": study_data(hostile().study)}))
    (policy,) = (
        value for tag, name, value in found.attributes
        if tag == "meta" and name == "content" and value is not None and "default-src" in value
    )  # fmt: skip
    assert policy == content_policy(live=False)
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "connect-src" not in policy
    script = [raw for tag, raw in found.raw if tag == "script"][1]
    (style,) = [raw for tag, raw in found.raw if tag == "style"]
    for text in (script, style):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy


def test_the_page_needs_nothing_from_elsewhere() -> None:
    text = report_page({"a": study_data(hostile().study)})
    found = Markup(text)
    links = [value for _, name, value in found.attributes if name in ("src", "href", "action")]
    assert links == ["data:,"]
    script = [raw for tag, raw in found.raw if tag == "script"][1]
    assert not re.search(
        r"https?:|innerHTML|outerHTML|insertAdjacent|document\.write|eval\(", script
    )
    assert not re.search(r"url\(|@import", "".join(raw for tag, raw in found.raw if tag == "style"))


def test_every_asset_is_used_and_in_the_package() -> None:
    there = {each.name for each in (files("autotune.report") / "assets").iterdir()}
    assert there == {"page.html", "page.css", *page._SCRIPTS}


def test_what_no_json_can_hold_is_none() -> None:
    def objective(_: dict[str, float]) -> float:
        result = next(gave)
        if isinstance(result, ValueError):
            raise result
        return result

    gave = iter([ValueError("\ud800"), float("nan")])
    study = tune(objective, {"x": 1.0}, n_trials=2).study
    assert study.failures()[1] == Failure("ValueError", "\ud800")
    text = page_json({"a": study_data(study)})
    assert json.loads(text)["studies"][0]["best"] is None


def test_a_report_of_several_logs_is_one_file(tmp_path: Path) -> None:
    def objective(c: dict[str, float]) -> float:
        return -((c["x"] - 3) ** 2)

    first = tune(objective, {"x": 1.0}, n_trials=4, seed=1, log=tmp_path / "a")
    second = tune(objective, {"x": 1.0}, n_trials=6, seed=2)
    path = write_report([tmp_path / "a", second.log, second.log], tmp_path / "report.html")
    text = path.read_text(encoding="utf-8")
    (data, *_) = [raw for tag, raw in Markup(text).raw if tag == "script"]
    studies = json.loads(data)["studies"]
    assert [each["n_trials"] for each in studies] == [4, 6, 6]
    assert [each["name"] for each in studies] == [str(tmp_path / "a"), "study", "study (2)"]
    assert first.study.begun.study_id in text
    with pytest.raises(StudyError, match="is there already"):
        write_report(second.log, path)
    write_report({"mine": second.log}, path, overwrite=True)
    assert "<title>mine - autotune</title>" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("logs", [[], {}, MemoryLog()])
def test_a_report_on_nothing_is_refused(logs, tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"no study yet|give at least one"):
        write_report(logs, tmp_path / "report.html")
    assert list(tmp_path.iterdir()) == []


@settings(max_examples=15)
@given(log=legal_logs())
def test_any_study_has_an_analysis_that_json_holds(log) -> None:
    data = plain_data(analysis_data(reduce(log, EMPTY), quick=True))
    assert json.loads(json.dumps(data, allow_nan=False)) == data


def test_the_parameter_that_matters_stands_first() -> None:
    space = Space({name: Float(0, 1) for name in ("idle", "<b>strong</b>")})
    study = tune(lambda c: (c["<b>strong</b>"], 0.1), space, n_trials=25, seed=1).study
    data = analysis_data(study)
    assert [group["title"] for group in data["sensitivity"]] == [
        "Share of the variation of score", "What moves changed: score",
        "What moves changed: fit seconds",
    ]  # fmt: skip
    for group in data["sensitivity"][:2]:
        assert [row["name"] for row in group["rows"]] == ["<b>strong</b>", "idle"]
        first, second = group["rows"]
        assert first["value"] > 10 * second["value"]
        assert first["low"] <= first["value"] <= first["high"]
    assert "Another 25 trials would probably bring" in data["forecast"]
    page_ = report_page({"a": {**study_data(study), **plain_data(data)}})
    assert "<b>" not in page_


def test_a_summary_needs_no_script_and_says_the_best() -> None:
    space = Space(
        {"x": Float(0, 10), "layers": Sequence(of=Integer(1, 8)), "kept": Categorical(["a", "b"])},
        start={"x": 1.0, "layers": (4, 1)},
    )
    found = tune(lambda c: -abs(c["x"] - 3) - len(c["layers"]), space, n_trials=40, seed=1)
    text = study_summary(found.study, title="mine")
    markup = Markup(text)
    assert "script" not in markup.tags
    assert html.escape(f"'x': {found.best['x']!r},") in text
    assert markup.tags.count("svg") == 1
    accepted = int(found.study.verdicts["accepted"].sum())
    assert markup.tags.count("circle") == accepted
    assert text.count('<td class="number">') == 4 * min(accepted, 12)


@settings(max_examples=30)
@given(log=legal_logs())
def test_any_study_has_a_summary(log) -> None:
    study = reduce(log, EMPTY)
    markup = Markup(study_summary(study))
    assert markup.open == []
    drawn = [value or "" for _, name, value in markup.attributes if name in ("cx", "cy", "d")]
    assert not [each for each in drawn if "nan" in each or "inf" in each]


def test_summaries_of_odd_studies() -> None:
    assert "No study has begun" in study_summary(EMPTY)
    failing = tune(lambda _: float("nan"), {"x": 1.0}, n_trials=2).study
    assert "0 accepted, 0 rejected, 2 failed" in study_summary(failing)
    assert history_svg(failing) == ""
    one = tune(lambda _: 0.0, {"x": 1.0}, n_trials=1).study
    assert "start values are the best" in study_summary(one)
    assert "nan" not in history_svg(one)
    markup = Markup(study_summary(hostile().study, title=HOSTILE))
    assert not {"script", "img"} & set(markup.tags)
    assert not [name for _, name, _ in markup.attributes if name.startswith("on")]
