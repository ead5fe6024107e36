"""Which study was forked from which: the trees, and ``autotune show`` of a folder."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from autotune import open_log, tune
from autotune.cli import main
from autotune.replay import fork
from autotune.report.lineage import StudyRecord, lineage_forest, lineage_tree, walk_branch
from autotune.study import Lineage


def record(name: str, study_id: str, parent: str | None = None, seq: int = 0) -> StudyRecord:
    return StudyRecord(
        name=name,
        study_id=study_id,
        lineage=None if parent is None else Lineage(parent, seq),
        metric="score",
        direction="maximize",
        n_events=9,
        n_trials=3,
        n_accepted=1,
        incumbent=2,
        score=0.5,
        stopped=None,
    )


def shape(branches):
    return [(branch.record.name, shape(branch.forks)) for branch in branches]


def test_forks_are_below_their_origin_in_the_order_they_left_it() -> None:
    records = [
        record("late", "3", "1", 40),
        record("root", "1"),
        record("of late", "4", "3", 50),
        record("early", "2", "1", 10),
    ]
    assert shape(lineage_forest(records)) == [
        ("root", [("early", []), ("late", [("of late", [])])])
    ]


def test_an_origin_that_is_not_there_and_copies_and_circles() -> None:
    assert shape(lineage_forest([record("a", "1", "gone")])) == [("a", [])]
    copies = [record("a", "1"), record("copy", "1"), record("b", "2", "1")]
    assert shape(lineage_forest(copies)) == [("a", [("b", [])]), ("copy", [])]
    assert shape(lineage_forest([record("self", "1", "1")])) == [("self", [])]
    circle = [record("tail", "0", "1"), record("a", "1", "2"), record("b", "2", "1")]
    assert shape(lineage_forest(circle)) == [("a", [("tail", []), ("b", [])])]
    assert lineage_forest([]) == ()


@given(
    st.lists(
        st.tuples(
            st.integers(0, 6).map(str),
            st.none() | st.integers(0, 8).map(str),
            st.integers(0, 3),
        ),
        max_size=12,
    )
)
def test_each_study_is_there_once_below_its_origin(said) -> None:
    """Whatever logs say of their descent."""
    records = [
        record(f"log {i}", study_id, parent, seq) for i, (study_id, parent, seq) in enumerate(said)
    ]
    forest = lineage_forest(records)
    found = [at.record.name for root in forest for _, at in walk_branch(root)]
    assert sorted(found) == sorted(each.name for each in records)
    first = {}
    for each in records:
        first.setdefault(each.study_id, each.name)
    for root in forest:
        for _, at in walk_branch(root):
            assert [f.record.lineage.seq for f in at.forks] == sorted(
                f.record.lineage.seq for f in at.forks
            )
            for below in at.forks:
                assert below.record.lineage.study_id == at.record.study_id
                assert first[at.record.study_id] == at.record.name
    # Only those are roots that have no origin here, or of which a circle had to be cut.
    for root in forest:
        lineage = root.record.lineage
        if lineage is not None and lineage.study_id in first:
            below = [at.record.name for _, at in walk_branch(root)]
            assert first[lineage.study_id] in below


def test_forks_of_forks_as_deep_as_they_come() -> None:
    records = [
        record("log 0", "0"),
        *(record(f"log {i}", str(i), str(i - 1)) for i in range(1, 3000)),
    ]
    (root,) = lineage_forest(reversed(records))
    assert [depth for depth, _ in walk_branch(root)] == list(range(3000))


def test_the_tree_says_where_forks_left() -> None:
    records = [
        record("root\x1b[2J", "1", "elsewhere", 4),
        record("a", "2", "1", 10),
        record("of a", "3", "2", 12),
        record("b", "4", "1", 20),
    ]
    console = Console(width=100, file=StringIO())
    (root,) = lineage_forest(records)
    console.print(lineage_tree(root))
    assert [line.rstrip() for line in console.file.getvalue().splitlines()] == [
        "root\\x1b[2J: forked from elsewhere after event 4, 9 events, score 0.5 by trial 2",
        "├── a: forked after event 10, 9 events, score 0.5 by trial 2",
        "│   └── of a: forked after event 12, 9 events, score 0.5 by trial 2",
        "└── b: forked after event 20, 9 events, score 0.5 by trial 2",
    ]


# autotune show FOLDER


def objective(c: dict[str, float]) -> float:
    return -((c["x"] - 3) ** 2)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Two studies, forks of one, a log with no study yet, and one that can't be read."""
    monkeypatch.setenv("COLUMNS", "200")
    tune(objective, {"x": 1.0}, n_trials=5, seed=1, log=tmp_path / "first").log.close()
    tune(objective, {"x": 1.0}, n_trials=3, seed=2, log=tmp_path / "second").log.close()
    fork(tmp_path / "first", 10, to=tmp_path / "forks" / "ten").close()
    fork(tmp_path / "forks" / "ten", 7, to=tmp_path / "forks" / "seven").close()
    open_log(tmp_path / "empty", mode="x").close()
    tune(objective, {"x": 1.0}, n_trials=3, log=tmp_path / "torn").log.close()
    (part,) = (tmp_path / "torn").glob("part-*.parquet")
    part.write_bytes(part.read_bytes()[:100])
    return tmp_path


def test_show_a_folder(folder, capsys) -> None:
    assert main(["show", str(folder)]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    above, tree = out.split("lineage:\n")
    for name in ("first", "second", "forks/ten", "forks/seven"):
        assert f"\n{name} " in above
    tree, unread = tree.split("not shown:\n")
    assert [line.split(",")[0] for line in tree.strip().splitlines()] == [
        "first: 17 events",
        "└── forks/ten: forked after event 10",
        "    └── forks/seven: forked after event 7",
    ]
    assert "holds no study yet" in unread
    assert "damaged" in unread


def test_show_a_folder_as_json(folder, capsys) -> None:
    assert main(["show", str(folder), "--json"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    document = json.loads(out, parse_constant=pytest.fail)
    assert document["n_logs"] == 6
    studies = {each["log"]: each for each in document["studies"]}
    assert list(studies) == ["first", "forks/seven", "forks/ten", "second"]
    assert studies["first"]["forked_from"] is None
    assert studies["forks/ten"]["forked_from"] == {
        "study_id": studies["first"]["study_id"],
        "seq": 10,
        "log": "first",
    }
    assert studies["first"]["stopped"] == "5 of 5 trials done"
    assert studies["forks/seven"]["stopped"] is None
    assert [each["log"] for each in document["not_shown"]] == ["empty", "torn"]


def test_options_for_one_log_are_refused_for_a_folder(folder, capsys) -> None:
    for option in (["--all"], ["--at", "0"], ["--trial", "1"]):
        assert main(["show", str(folder), *option]) == 2
        assert f"{option[0]} is for one log" in capsys.readouterr().err


def test_a_folder_without_forks_has_no_lineage(folder, capsys) -> None:
    for name in ("forks/ten", "forks/seven", "first", "torn", "empty"):
        for file in (folder / name).iterdir():
            file.unlink()
    assert main(["show", str(folder)]) == 0
    out = capsys.readouterr().out
    assert "second" in out
    assert "lineage" not in out
    assert "not shown" not in out
