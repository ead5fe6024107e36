"""Sealed logs on other file systems: an object store in memory, which can't rename."""

from __future__ import annotations

from typing import ClassVar

import fsspec
import pyarrow.fs as pfs
import pytest
from fsspec.implementations.memory import MemoryFileSystem
from hypothesis import given, settings
from hypothesis import strategies as st

from autotune import tune
from autotune.errors import LogError
from autotune.log import DirectoryLog, MemoryLog, copy_log, filesystems, open_log, read_logs
from autotune.replay import fork, verify
from autotune.study import reduce, replay
from autotune.testing import legal_logs, same


class Bucket(MemoryFileSystem):
    """What an object store can do: whole objects put, read, listed and deleted."""

    protocol = "bucket"
    cachable = False
    store: ClassVar[dict] = {}
    pseudo_dirs: ClassVar[list] = [""]
    failing_after = None

    def mv(self, *arguments, **options):
        raise NotImplementedError("objects can't be renamed")

    rename = move = mv_file = mv

    def _open(self, path, mode="rb", **options):
        if mode != "rb" and self.failing_after is not None:
            if self.failing_after == 0:
                raise OSError("the network is gone")
            self.failing_after -= 1
        return super()._open(path, mode, **options)


@pytest.fixture
def bucket():
    made = Bucket()
    made.store.clear()
    made.pseudo_dirs[:] = [""]
    return made


def short_log(seed=1):
    return tune(lambda c: -(c["x"] ** 2), {"x": 1.0}, n_trials=8, seed=seed).log


@settings(max_examples=40, deadline=None)
@given(script=legal_logs(max_trials=8), cut=st.integers(1, 30))
def test_a_stored_log_is_the_log(script, cut):
    bucket = Bucket()
    bucket.store.clear()
    log = MemoryLog(script)
    stored = copy_log(log, "runs/1", filesystem=bucket)
    assert stored.read_only
    assert len(stored) == len(log)
    assert same(stored.space, log.space)
    assert same(list(stored.events(min(cut, len(log)))), list(log.events(min(cut, len(log)))))
    assert same(replay(stored.batches()), reduce(log.events()))
    assert [str(r) for r in stored.table().to_pylist()] == [str(r) for r in log.table().to_pylist()]


def test_there_and_back_again(tmp_path, bucket):
    log = short_log()
    with DirectoryLog(tmp_path / "log") as disk:
        for event in log.events():
            disk.append([event])
        stored = copy_log(disk, "a/b", filesystem=bucket)
    assert verify(open_log("a/b", mode="r", filesystem=bucket)).passed
    with copy_log(stored, tmp_path / "back") as back:
        assert not back.read_only
        assert same(list(back.events()), list(log.events()))
        with pytest.raises(LogError, match="already"):
            copy_log(stored, tmp_path / "log")
    forked = fork(stored, 9)
    assert len(forked) == 10
    with pytest.raises(LogError, match="already"):
        copy_log(log, "a/b", filesystem=bucket)
    with pytest.raises(LogError, match="copy_log"):
        open_log("a/b", filesystem=bucket)
    with pytest.raises(LogError, match="read-only"):
        stored.append(list(log.events())[:1])


def test_a_closed_directory_can_be_copied_by_any_tool(tmp_path, bucket):
    log = short_log()
    with DirectoryLog(tmp_path / "log") as disk:
        for event in log.events():
            disk.append([event])
            disk.seal()
        bucket.put(str(tmp_path / "log"), "early", recursive=True)
        disk.append([])
    bucket.put(str(tmp_path / "log"), "copy", recursive=True)
    assert same(list(open_log("copy", "r", filesystem=bucket).events()), list(log.events()))
    with DirectoryLog(tmp_path / "live") as live:
        live.append(list(log.events()))
        bucket.put(str(tmp_path / "live"), "live", recursive=True)
    with pytest.raises(LogError, match="close the log and copy it again"):
        open_log("live", "r", filesystem=bucket)


def test_an_interrupted_copy_is_no_log_and_can_be_repeated(bucket, monkeypatch):
    monkeypatch.setattr(filesystems, "LARGEST_MERGED", 5)
    log = MemoryLog()
    log.append(list(short_log(1).events()))
    small = [log.table().slice(i, 4) for i in range(0, len(log), 4)]
    monkeypatch.setattr(filesystems, "_tables", lambda log: small)
    for writes in range(len(small) + 1):
        bucket.failing_after = writes
        with pytest.raises(LogError, match="the network is gone"):
            copy_log(log, "x", filesystem=bucket)
        with pytest.raises(LogError, match="holds no log"):
            open_log("x", "r", filesystem=bucket)
    bucket.failing_after = None
    other = short_log(2)
    monkeypatch.undo()
    stored = copy_log(other, "x", filesystem=bucket)
    assert same(list(stored.events()), list(other.events()))


def test_damage_and_mistakes_are_said(bucket):
    stored = copy_log(short_log(), "x", filesystem=bucket)
    (name,) = [name for name in bucket.store if name.endswith(".parquet")]
    content = bytearray(bucket.cat(name))
    content[100] ^= 1
    bucket.pipe(name, bytes(content))
    with pytest.raises(LogError, match="checksum"):
        list(stored.events())
    bucket.rm(name)
    with pytest.raises(LogError, match="can't be read"):
        list(stored.events())
    bucket.pipe("/x/log.json", b'{"format": "autotune log", "version": 2}')
    with pytest.raises(LogError, match="upgrade"):
        open_log("x", "r", filesystem=bucket)
    with pytest.raises(LogError, match="filesystem = 's3'"):
        open_log("x", "r", filesystem="s3")


def test_stored_logs_are_a_data_set(bucket):
    for seed in range(3):
        copy_log(short_log(seed), f"runs/g/{seed}", filesystem=bucket)
    found = read_logs("runs", filesystem=bucket).to_table(columns=["log", "kind"])
    assert sorted(set(found["log"].to_pylist())) == ["g/0", "g/1", "g/2"]
    assert found.num_rows == sum(len(short_log(seed)) for seed in range(3))
    one = read_logs(["runs/g/1"], filesystem=bucket)
    assert one.count_rows() == len(short_log(1))
    with pytest.raises(LogError, match="no log"):
        read_logs("nowhere", filesystem=bucket)


def test_file_systems_of_pyarrow_and_fsspec(tmp_path):
    log = short_log()
    own = pfs.SubTreeFileSystem(str(tmp_path), pfs.LocalFileSystem())
    copy_log(log, "one", filesystem=own)
    copy_log(log, tmp_path / "two", filesystem=fsspec.filesystem("file"))
    for name in ("one", "two"):
        with DirectoryLog(tmp_path / name) as local:
            assert same(list(local.events()), list(log.events()))
