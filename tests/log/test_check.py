"""What ``check_log`` finds, what it repairs, and what it leaves alone."""

from __future__ import annotations

import re
import shutil

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autotune import Float, Integer, tune
from autotune.errors import LogError
from autotune.log import Archive, DirectoryLog, MemoryLog
from autotune.log.check import check_log
from autotune.log.parts import Part, read_part, write_part
from autotune.testing import same

SPACE = {"x": Float(-1, 1), "n": Integer(1, 9)}


def score(configuration):
    return -((configuration["x"] - 0.3) ** 2) - configuration["n"]


@pytest.fixture(scope="module")
def events():
    return list(tune(score, SPACE, n_trials=8, seed=1).log.events())


@pytest.fixture
def path(tmp_path):
    return tmp_path / "log"


def written(path, events, cuts=(5, 12, 20)):
    """Write a log with a part up to each cut and the rest live, and leave it as a kill does."""
    log = DirectoryLog(path)
    begin = 0
    for cut in cuts:
        log.append(events[begin:cut])
        log.seal()
        begin = cut
    log.append(events[begin:])
    copy = path.with_name(f"{path.name}-crashed")
    shutil.copytree(path, copy)
    log.close()
    return copy


def kinds(integrity):
    return sorted((each.kind, re.sub("[0-9].*", "", each.file)) for each in integrity.findings)


def files(path):
    return {
        file.name: file.read_bytes()
        for file in path.iterdir()
        if not file.name.startswith("writer")
    }


def part(path, number):
    return sorted(path.glob("part-*.parquet"))[number]


def flip(file):
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(bytes(content))


def whole(path, events):
    with DirectoryLog(path, mode="r") as log:
        assert same(list(log.events()), events)


def test_a_closed_log_is_whole(path, events):
    written(path, events)
    found = check_log(path)
    assert found.passed
    assert found.findings == ()
    assert (found.n_events, found.n_parts, found.n_checksummed) == (len(events), 4, 4)
    assert str(found) == f"{path}: whole, {len(events)} events in 4 sealed parts"


def test_what_a_kill_left_is_cleared_away(path, events):
    crash = written(path, events)
    (live,) = crash.glob("live-*")
    with live.open("ab") as file:
        file.write(live.read_bytes()[:-8][-100:])
    (crash / "part-1.parquet.tmp").write_bytes(b"PAR1")
    before = files(crash)
    dry = check_log(crash, repair=False)
    assert kinds(dry) == [("repairable", "live-"), ("repairable", "part-")]
    assert not dry.passed
    assert dry.n_events == len(events)
    assert files(crash) == before
    found = check_log(crash)
    assert kinds(found) == [("repaired", "live-"), ("repaired", "part-")]
    assert found.passed
    assert "last 100 bytes" in str(found)
    assert check_log(crash).findings == ()
    whole(crash, events)


@pytest.mark.parametrize("content", [None, b"", b"{", b"\xff\xfe"])
def test_a_lost_mark_is_written_again(path, events, content):
    written(path, events)
    mark = path / "log.json"
    mark.unlink()
    if content is not None:
        mark.write_bytes(content)
    with pytest.raises(LogError):
        DirectoryLog(path, mode="r")
    assert kinds(check_log(path, repair=False)) == [("repairable", "log.json")]
    assert kinds(check_log(path)) == [("repaired", "log.json")]
    whole(path, events)


def test_a_newer_format_is_refused(path, events):
    written(path, events)
    (path / "log.json").write_text('{"format": "autotune log", "version": 2}')
    before = files(path)
    with pytest.raises(LogError, match="upgrade"):
        check_log(path)
    assert files(path) == before


def test_files_get_their_names_back(path, events):
    crash = written(path, events)
    names = set(files(crash))
    part(crash, 1).rename(crash / "old.parquet")
    part(crash, 0).rename(crash / f"part-{7:020d}-{9:020d}.parquet")
    (live,) = crash.glob("live-*")
    live.rename(crash / "x.arrow")
    found = check_log(crash, repair=False)
    assert kinds(found) == [
        ("repairable", "old.parquet"),
        ("repairable", "part-"),
        ("repairable", "x.arrow"),
    ]
    assert check_log(crash).passed
    assert {n for n in names if n.startswith("part")} <= set(files(crash))
    whole(crash, events)


def test_a_damaged_part_whose_events_others_hold_is_put_aside(path, events):
    """As when the disk spoils the result of a merge, or of a seal, before its sources are gone."""
    crash = written(path, events)
    sources = [part(crash, number) for number in (1, 2)]
    kept = {file.name: file.read_bytes() for file in sources}
    DirectoryLog(crash).close()
    table = pa.concat_tables([read_part(Part.of(file)) for file in sources])
    merged = write_part(crash, 5, table)
    for file in sources:
        file.unlink()
    whole(crash, events)
    flip(merged.path)
    for name, content in kept.items():
        (crash / name).write_bytes(content)
    with pytest.raises(LogError, match="checksum"):
        whole(crash, events)
    found = check_log(crash)
    assert kinds(found) == [("repaired", "part-")]
    assert found.passed
    assert (crash / f"{merged.path.name}.damaged").exists()
    whole(crash, events)
    assert check_log(crash).findings == ()


def test_a_damaged_part_without_a_copy_is_reported_and_nothing_touched(path, events):
    crash = written(path, events)
    flip(part(crash, 1))
    (crash / "log.json").unlink()
    name = part(crash, 1).name
    before = files(crash)
    found = check_log(crash, repair=False)
    assert kinds(found) == [("damage", "part-"), ("repairable", "log.json")]
    assert not found.passed
    assert found.n_events == 5
    assert f"damage: {name}: events 5 to 11 can't be read here (its bytes" in str(found)
    assert files(crash) == before
    check_log(crash)
    assert files(crash) == {**before, **{n: c for n, c in files(path).items() if n == "log.json"}}


def test_missing_events_are_reported(path, events):
    crash = written(path, events)
    part(crash, 1).unlink()
    found = check_log(crash)
    assert [str(each) for each in found.findings] == [
        "damage: events 5 to 11 are missing; restore them from a copy"
    ]
    assert found.n_events == 5


def test_overlapping_parts_are_reported(path, events):
    written(path, events)
    other = path.with_name("other")
    written(other, events, cuts=(8, 15))
    file = part(other, 1)
    (path / file.name).write_bytes(file.read_bytes())
    found = check_log(path)
    assert not found.passed
    assert "in another file too" in str(found)


def test_damage_in_a_live_file_is_reported(path, events):
    log = DirectoryLog(path)
    for event in events:
        log.append([event])
    crash = path.with_name(f"{path.name}-crashed")
    shutil.copytree(path, crash)
    log.close()
    (live,) = crash.glob("live-*")
    flip(live)
    before = files(crash)
    found = check_log(crash)
    assert kinds(found) == [("damage", "live-")]
    assert files(crash) == before


def test_a_log_that_is_written_is_only_looked_at(path, events):
    with DirectoryLog(path) as log:
        log.append(events)
        found = check_log(path)
        assert found.passed
        assert found.n_events == len(events)
        assert [each.kind for each in found.findings] == ["note"]
        assert "is writing this log" in str(found)


def test_parts_without_checksum_are_noted(path, events):
    written(path, events)
    file = part(path, 0)
    file.rename(path / re.sub("-[0-9a-f]{16}[.]", ".", file.name))
    found = check_log(path)
    assert found.passed
    assert (found.n_parts, found.n_checksummed) == (4, 3)
    assert kinds(found) == [("note", "part-")]


def test_events_that_do_not_fold_are_reported(path, events):
    with DirectoryLog(path) as log:
        log.append([*events[:5], *events[9:]])
    found = check_log(path)
    assert not found.passed
    assert [each.kind for each in found.findings] == ["damage"]


def test_strange_files_are_left_alone(path, events):
    written(path, events)
    for name in ("notes.txt", "y.arrow", "z.parquet"):
        (path / name).write_text("mine")
    (path / "folder").mkdir()
    found = check_log(path)
    assert found.passed
    assert [each.file for each in found.findings] == ["folder", "notes.txt", "y.arrow", "z.parquet"]


def test_a_wrong_path_is_said(tmp_path):
    for wrong in (tmp_path, tmp_path / "none"):
        with pytest.raises(LogError, match="check the path"):
            check_log(wrong)


def test_an_archive_is_checked(path, events):
    Archive(path).add({name: MemoryLog(events) for name in "ab"})
    found = check_log(path)
    assert found.passed
    assert (found.n_events, found.n_parts) == (2 * len(events), 1)
    (file,) = path.glob("*.parquet")
    content = bytearray(file.read_bytes())
    content[10] ^= 1
    file.write_bytes(bytes(content))
    found = check_log(path)
    assert not found.passed
    assert "it holds a, b; restore it" in str(found)


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_whatever_one_byte_does_no_event_is_changed_unseen(data, events, tmp_path_factory):
    """After a flipped bit anywhere the log is damaged, or repaired with the very same events."""
    path = tmp_path_factory.mktemp("flip") / "log"
    crash = written(path, events)
    file = data.draw(
        st.sampled_from(sorted(p for p in crash.iterdir() if not p.name.startswith("writer")))
    )
    content = bytearray(file.read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= 1 << data.draw(st.integers(0, 7))
    file.write_bytes(bytes(content))
    try:
        found = check_log(crash)
    except LogError:
        assert file.name == "log.json"
        return
    if found.passed:
        with DirectoryLog(crash, mode="r") as log:
            seen = list(log.events())
        # The last append may be torn: a flipped bit in it can't be told from that.
        assert same(seen, events) or (file.name.startswith("live") and same(seen, events[:20]))
