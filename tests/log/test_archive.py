"""Archives: many logs in few files, whole or not there, whatever happens."""

from __future__ import annotations

import shutil

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autotune import Float, Space, tune
from autotune.errors import LogError, LogLockedError
from autotune.log import (
    Archive,
    DirectoryLog,
    MemoryLog,
    SealedLog,
    archive,
    compact,
    find_logs,
    is_archive,
    open_log,
)
from autotune.log.writer_lock import WriterLock
from autotune.replay import fork, verify, verify_many
from autotune.study import SpaceChanged, reduce, replay
from autotune.testing import legal_logs, same


def short_log(seed, n_trials=5, start=1.0):
    return tune(lambda c: -(c["x"] ** 2), {"x": start}, n_trials=n_trials, seed=seed).log


def rows(table):
    return [str(row) for row in table.to_pylist()]


@settings(max_examples=25, deadline=None)
@given(scripts=st.lists(legal_logs(max_trials=6), min_size=1, max_size=5), one_by_one=st.booleans())
def test_a_log_in_an_archive_is_the_log(scripts, one_by_one, tmp_path_factory):
    path = tmp_path_factory.mktemp("a") / "archive"
    logs = {f"g/{i}": MemoryLog(script) for i, script in enumerate(scripts) if len(script) > 0}
    if one_by_one:
        for name, log in logs.items():
            Archive(path).add({name: log})
    else:
        Archive(path).add(logs)
    kept = Archive(path)
    assert list(kept) == sorted(logs)
    assert kept.damaged() == []
    for name, log in logs.items():
        stored = open_log(path / name, mode="r")
        assert isinstance(stored, SealedLog)
        assert len(stored) == len(log)
        assert same(stored.space, log.space)
        assert same(list(stored.events()), list(log.events()))
        half = len(log) // 2
        assert same(list(stored.events(half)), list(log.events(half)))
        assert same(replay(stored.batches()), reduce(log.events()))
        assert rows(stored.table()) == rows(log.table())


def test_many_logs_make_few_files(tmp_path, monkeypatch):
    kept = Archive(tmp_path / "archive")
    logs = {f"{seed:03d}": short_log(seed) for seed in range(40)}
    for name, log in logs.items():
        kept.add({name: log})
    assert len(kept.files) < 20
    assert all(same(list(kept[name].events()), list(log.events())) for name, log in logs.items())
    Archive(tmp_path / "at once").add(logs)
    (file,) = Archive(tmp_path / "at once").files
    assert file.stat().st_size < 60_000


def test_starts_of_their_own_do_not_part_logs(tmp_path):
    kept = Archive(tmp_path / "archive")
    logs = {f"{seed:02d}": short_log(seed, start=0.5 + seed) for seed in range(20)}
    for name, log in logs.items():
        kept.add({name: log})
    assert len(kept.files) < 12
    for name, log in logs.items():
        assert same(list(kept[name].events()), list(log.events()))
        assert kept[name].space == log.space
        assert kept[name].space.start == {"x": 0.5 + int(name)}
    Archive(tmp_path / "at once").add(logs)
    assert len(Archive(tmp_path / "at once").files) == 1


def test_rows_are_found_across_row_groups(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "_ROWS_IN_GROUP", 7)
    logs = {str(seed): short_log(seed) for seed in range(5)}
    Archive(tmp_path / "archive").add(logs)
    kept = Archive(tmp_path / "archive")
    assert all(same(list(kept[name].events()), list(log.events())) for name, log in logs.items())


def test_a_folder_is_compacted_and_verified(tmp_path):
    for seed in range(6):
        path = tmp_path / "runs" / f"group{seed % 2}" / str(seed)
        tune(lambda c: -(c["x"] ** 2), {"x": 1.0}, n_trials=5, seed=seed, log=path).log.close()
    kept = compact(tmp_path / "runs", tmp_path / "archive")
    assert kept.names == ("group0/0", "group0/2", "group0/4", "group1/1", "group1/3", "group1/5")
    assert len(kept.files) == 1
    assert find_logs(tmp_path / "archive") == [tmp_path / "archive" / name for name in kept.names]
    assert len(find_logs(tmp_path)) == 12
    found = verify_many(tmp_path / "archive")
    assert found.passed
    assert len(found.logs) == 6
    assert verify(tmp_path / "archive" / "group1" / "3").passed
    again = compact(tmp_path / "archive", tmp_path / "again")
    assert again.names == kept.names
    with pytest.raises(LogError, match="already"):
        compact(tmp_path / "runs", tmp_path / "archive")
    with pytest.raises(LogError, match="same name"):
        compact([tmp_path / "a" / "x", tmp_path / "b" / "x"], tmp_path / "third")
    with pytest.raises(LogError, match="no log"):
        compact([], tmp_path / "third")


def test_a_log_in_an_archive_is_read_only(tmp_path):
    log = short_log(1)
    Archive(tmp_path / "a").add({"x": log})
    for mode in ("a", "x"):
        with pytest.raises(LogError, match="fork it"):
            open_log(tmp_path / "a" / "x", mode=mode)
    with pytest.raises(LogError, match="no log named 'y'"):
        open_log(tmp_path / "a" / "y", mode="r")
    with open_log(tmp_path / "a" / "x", mode="r") as kept:
        assert kept.read_only
        kept.append([])
        with pytest.raises(LogError, match="read-only"):
            kept.append([next(log.events())])
        assert kept.space == log.space
    forked = fork(tmp_path / "a" / "x", 9, to=tmp_path / "forked")
    assert len(forked) == 10
    forked.close()


@pytest.mark.parametrize("name", ["", "/a", "a/", "a//b", "../a", ".", "a/./b", "a\\b", "a\0"])
def test_names_that_are_no_names_are_refused(tmp_path, name):
    with pytest.raises(LogError, match="can't name"):
        Archive(tmp_path / "a").add({name: short_log(1)})
    assert not (tmp_path / "a").exists()


def test_what_can_not_be_archived_is_refused(tmp_path):
    with pytest.raises(LogError, match="empty"):
        Archive(tmp_path / "a").add({"x": MemoryLog()})
    (tmp_path / "notes.txt").write_text("mine")
    for path in (tmp_path, tmp_path / "notes.txt"):
        with pytest.raises(LogError, match="is not an archive"):
            Archive(path)
    kept = Archive(tmp_path / "a")
    kept.add({"x": short_log(1)})
    with pytest.raises(LogError, match=r"named \['x'\] already"):
        kept.add({"x": short_log(2), "y": short_log(3)})
    assert Archive(tmp_path / "a").names == ("x",)
    (tmp_path / "a" / "archive.json").write_text('{"format": "autotune archive", "version": 2}')
    with pytest.raises(LogError, match="upgrade"):
        Archive(tmp_path / "a")
    (tmp_path / "a" / "archive.json").write_text("{")
    with pytest.raises(LogError, match=r"archive.json can't be read"):
        Archive(tmp_path / "a")


def test_one_writer_at_a_time_and_any_readers(tmp_path):
    Archive(tmp_path / "a").add({"x": short_log(1)})
    lock = WriterLock(tmp_path / "a")
    with pytest.raises(LogLockedError):
        Archive(tmp_path / "a").add({"y": short_log(2)})
    assert Archive(tmp_path / "a").names == ("x",)
    lock.release()
    one, other = Archive(tmp_path / "a"), Archive(tmp_path / "a")
    one.add({"y": short_log(2)})
    other.add({"z": short_log(3)})
    assert other.names == ("x", "y", "z")


def test_killed_at_any_write_each_log_is_whole_or_not_there(tmp_path, monkeypatch):
    """Copies of the directory before and after each step of the writer are what a kill leaves."""
    monkeypatch.setattr(archive, "to_merge", lambda files: len(files) if len(files) > 2 else 0)
    logs = {f"c{i}": log for i, log in enumerate(_changing_logs())}
    logs |= {str(seed): short_log(seed) for seed in range(3)}
    states = []

    def spied(real):
        def step(*arguments, **options):
            for moment in (0, 1):
                states.append(tmp_path / f"state{len(states)}")
                shutil.copytree(tmp_path / "a", states[-1])
                if moment == 0:
                    real(*arguments, **options)

        return step

    monkeypatch.setattr(archive, "write_file", spied(archive.write_file))
    monkeypatch.setattr(archive, "discard", spied(archive.discard))
    kept = Archive(tmp_path / "a")
    names = list(logs)
    for begin in range(0, len(names), 2):
        kept.add({name: logs[name] for name in names[begin : begin + 2]})
    monkeypatch.undo()
    assert len(states) > 10
    seen = 0
    for state in states:
        (state / "writer.json").unlink(missing_ok=True)
        found = Archive(state)
        assert len(found) >= seen
        seen = len(found)
        for name in found:
            assert same(list(found[name].events()), list(logs[name].events()))
        missing = {name: log for name, log in logs.items() if name not in found}
        if missing:
            found.add(missing)
        whole = Archive(state)
        assert set(whole) == set(logs)
        assert whole.incomplete == ()
        for name in whole:
            assert same(list(whole[name].events()), list(logs[name].events()))


def _changing_logs():
    """Logs whose space changes once."""
    for seed in range(3):
        log = short_log(seed)
        space = Space({"x": Float(0.5, 2), f"y{seed}": Float(0, 1)})
        yield MemoryLog([*log.events(), SpaceChanged(9, space)])


def test_damage_is_found(tmp_path):
    logs = {str(seed): short_log(seed) for seed in range(7)}
    Archive(tmp_path / "a").add(logs)
    (file,) = (tmp_path / "a").glob("*.parquet")
    columns = pq.read_metadata(file).row_group(0)
    pages = next(c for c in map(columns.column, range(20)) if c.path_in_schema == "trial")
    content = bytearray(file.read_bytes())
    content[pages.data_page_offset + pages.total_compressed_size - 1] ^= 4
    file.write_bytes(bytes(content))
    ((path, words),) = Archive(tmp_path / "a").damaged()
    assert path == file
    assert "it holds 0, 1, 2, 3, 4 and 2 more; restore" in words
    with pytest.raises(LogError, match="damaged"):
        [list(log.events()) for log in Archive(tmp_path / "a").values()]
    file.write_bytes(bytes(content)[:300])
    with pytest.raises(LogError, match="damaged"):
        Archive(tmp_path / "a")


def test_an_archive_is_no_log(tmp_path):
    Archive(tmp_path / "a").add({"x": short_log(1)})
    assert is_archive(tmp_path / "a")
    for mode in ("r", "a"):
        with pytest.raises(LogError, match="no log"):
            DirectoryLog(tmp_path / "a", mode=mode)
