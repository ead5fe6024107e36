"""A log in a directory: what survives, who may write, what is refused."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from autotune.errors import LogError, LogLockedError
from autotune.log import DirectoryLog, MemoryLog, open_log
from autotune.log import directory as directory_module
from autotune.log import files as files_module
from autotune.log.frames import read_frames
from autotune.space import Categorical, Float, Integer, Sequence, Space
from autotune.study import (
    Accepted,
    Anticipated,
    Evaluated,
    Measurement,
    Proposed,
    SpaceChanged,
    StudyStarted,
    reduce,
)
from autotune.study.columns import replay
from autotune.testing import same
from helpers import TESTS

SPACE = Space(
    {
        "alpha": Float(0, 1),
        "layers": Sequence(of=Integer(1, 9)),
        "solver": Categorical(["adam", "sgd"]),
    }
)
WIDER = Space({**dict(SPACE.parameters), "solver": Categorical(["adam", "sgd", None])})
WIDEST = Space({**dict(WIDER.parameters), "n": Integer(1, 3)})
STARTED = StudyStarted(1, "study", SPACE, "maximize", "score", 1, {"type": "Walk"}, 0)


def trial(number, space=SPACE):
    configuration = {
        **space.start,
        "alpha": number / (number + 1),
        "layers": (1,) * (number % 4 + 1),
    }
    return [
        Proposed(
            3 * number,
            number,
            {
                **configuration,
                "solver": space["solver"].options[number % len(space["solver"].options)],
            },
            number - 1 or None,
            ("alpha",) if number % 3 else ("alpha", "layers"),
            "explore",
            Anticipated(0.1 * number, 0.1, 1.0, 0.5, 0.0, 0.0),
        ),
        Evaluated(3 * number + 1, number, Measurement((0,), (number / 7,), (0.5,), (0.1,))),
        Accepted(3 * number + 2, number, 0.5, -0.1),
    ]


def trials(first, last):
    return [event for number in range(first, last + 1) for event in trial(number)]


def names(path, pattern="*"):
    return sorted(file.name for file in Path(path).glob(pattern))


def live_of(path):
    (live,) = Path(path).glob("live-*.arrow")
    return live


def check(path, events):
    """Check that a directory holds exactly these events, for a reader and for a writer."""
    with open_log(path, mode="r") as log:
        assert len(log) == len(events)
        assert list(log.events()) == events
        assert list(log.events(2)) == events[2:]
        assert log.table().num_rows == len(events)
        if events:
            assert same(replay(log.batches()), reduce(events))
    with DirectoryLog(path) as log:
        assert len(log) == len(events)
        assert list(log.events()) == events


@pytest.fixture
def path(tmp_path):
    return tmp_path / "log"


def crashed(log_path, tmp_path, name="crashed"):
    """Return a copy of a directory as a process killed now would leave it."""
    copy = tmp_path / name
    shutil.copytree(log_path, copy)
    return copy


# What is written is there


def test_events_are_there_after_closing_and_without(path, tmp_path):
    with DirectoryLog(path) as log:
        assert (len(log), log.space, list(log.events())) == (0, None, [])
        log.append([STARTED])
        log.append(trials(1, 5))
        assert len(log) == 16
        assert log.space is SPACE
        assert list(log.events()) == [STARTED, *trials(1, 5)]
        check(crashed(path, tmp_path), [STARTED, *trials(1, 5)])
    (name,) = names(path, "*.parquet")
    assert re.fullmatch(f"part-{0:020d}-{15:020d}-[0-9a-f]{{16}}.parquet", name)
    assert names(path, "live*") == []
    check(path, [STARTED, *trials(1, 5)])


def test_a_reader_sees_each_append(path):
    with DirectoryLog(path) as log, DirectoryLog(path, mode="r") as reader:
        assert (len(reader), reader.space) == (0, None)
        for n, events in enumerate([[STARTED], trials(1, 1), trials(2, 3)]):
            log.append(events)
            if n == 1:
                log.seal()
            assert len(reader) == len(log)
            assert reader.space == SPACE
            assert list(reader.events()) == list(log.events())
        with pytest.raises(LogError, match="mode='r'"):
            reader.append(trials(4, 4))


def test_a_new_log_has_no_space_after_a_failed_start(path, monkeypatch):
    with DirectoryLog(path) as log:
        full_disk(monkeypatch)
        with pytest.raises(LogError):
            log.append([STARTED])
        monkeypatch.undo()
        assert log.space is None
        log.append([STARTED])
    check(path, [STARTED])


def test_the_space_may_change(path, tmp_path):
    events = [STARTED, *trials(1, 3), SpaceChanged(50, WIDER), *trials(4, 4)]
    events += [event for n in (5, 6) for event in trial(n, WIDER)]
    with DirectoryLog(path) as log:
        log.append(events[:4])
        log.append(events[4:12])
        assert log.space == WIDER
        log.append(events[12:])
        check(crashed(path, tmp_path), events)
    check(path, events)
    with open_log(path, mode="r") as log:
        table = log.table()
    assert table.schema.field("param_solver").type == pa.string()
    assert table["param_solver"].to_pylist()[-3] == "None" or "None" in set(
        table["param_solver"].to_pylist()
    )


def test_a_parameter_may_change_its_type(path):
    other = Space({"alpha": Categorical(["low", "high"]), "n": Integer(1, 3)})
    first = Space({"alpha": Float(0, 1), "n": Float(0, 9)})
    with DirectoryLog(path) as log:
        log.append([StudyStarted(1, "s", first, "maximize", "score", 1, {}, 0)])
        log.append([Proposed(1, 1, {"alpha": 0.5, "n": 2.5}, None, (), "start")])
        log.append([SpaceChanged(2, other)])
        log.append([Proposed(3, 2, {"alpha": "low", "n": 2}, None, (), "start")])
    with open_log(path, mode="r") as log:
        assert log.table()["param_alpha"].to_pylist() == [None, "0.5", None, "low"]
        assert log.table()["param_n"].to_pylist() == [None, 2.5, None, 2.0]
        assert [e.configuration for e in log.events() if isinstance(e, Proposed)] == [
            {"alpha": 0.5, "n": 2.5},
            {"alpha": "low", "n": 2},
        ]


def test_bulk_appends_are_sealed(path):
    events = [STARTED, *trials(1, 1500)]
    with DirectoryLog(path) as log:
        log.append(events)
        assert names(path, "live*") == []
        assert len(names(path, "*.parquet")) == 1
        log.append(trials(1501, 1501))
    check(path, [*events, *trials(1501, 1501)])


def test_many_small_parts_are_merged(path):
    with DirectoryLog(path) as log:
        log.append([STARTED])
        for number in range(1, 60):
            log.append(trial(number))
            log.seal()
    assert len(names(path, "*.parquet")) < 16 + 3
    check(path, [STARTED, *trials(1, 59)])


def test_a_closed_log_is_read_and_not_written(path):
    log = DirectoryLog(path)
    log.append([STARTED])
    log.close()
    log.close()
    assert log.read_only
    assert list(log.events()) == [STARTED]
    with pytest.raises(LogError, match="closed"):
        log.append(trials(1, 1))


def test_a_log_begins_with_its_study(path):
    with DirectoryLog(path) as log:
        with pytest.raises(LogError, match="begins with StudyStarted"):
            log.append(trials(1, 1))
        log.append([STARTED])
        with pytest.raises(LogError, match="no other"):
            log.append([STARTED])
        assert len(log) == 1


def test_what_cannot_be_written_changes_nothing(path):
    with DirectoryLog(path) as log:
        log.append([STARTED])
        with pytest.raises(LogError, match="solver"):
            log.append(
                [*trials(1, 1), Proposed(0, 2, {**SPACE.start, "solver": 5}, None, (), "start")]
            )
        assert len(log) == 1
        log.append(trials(1, 1))
    check(path, [STARTED, *trials(1, 1)])


# Without this library


def test_parts_are_plain_parquet(path):
    with DirectoryLog(path) as log:
        log.append([STARTED, *trials(1, 9)])
    (part,) = path.glob("*.parquet")
    frame = pq.read_table(part).to_pandas()
    assert frame["param_alpha"].dtype == "float64"
    assert frame.loc[frame.kind == "Proposed", "param_alpha"].iloc[0] == 0.5
    assert frame.loc[frame.kind == "Proposed", "param_layers"].iloc[2].tolist() == [1, 1, 1, 1]
    assert set(frame["param_solver"].dropna()) == {"adam", "sgd"}
    assert str(frame["at"].dtype) == "datetime64[us, UTC]"


def test_a_live_file_is_a_plain_arrow_stream(path):
    with DirectoryLog(path) as log:
        log.append([STARTED])
        log.append(trials(1, 2))
        with pa.ipc.open_stream(live_of(path).read_bytes()) as stream:
            table = stream.read_all()
    assert table["kind"].to_pylist() == ["StudyStarted", *["Proposed", "Evaluated", "Accepted"] * 2]


def test_parts_say_what_their_space_is(path):
    with DirectoryLog(path) as log:
        log.append([STARTED])
    (part,) = path.glob("*.parquet")
    assert json.loads(pq.read_schema(part).metadata[b"autotune.space"]) == SPACE.describe()


# Killed


def test_cut_at_every_byte_only_what_was_not_acknowledged_is_lost(path, tmp_path):
    with DirectoryLog(path) as log:
        log.append([STARTED])
        ends = [live_of(path).stat().st_size]
        for number in (1, 2):
            log.append(trial(number))
            ends.append(live_of(path).stat().st_size)
        content = live_of(path).read_bytes()
        state = crashed(path, tmp_path)
    events, name = [STARTED, *trials(1, 2)], live_of(state).name
    for cut in range(len(content) + 1):
        frames = read_frames(content[:cut])
        whole = sum(end <= cut for end in ends)
        assert len(frames.batches) == whole
        assert not frames.damaged
        assert whole == 0 or frames.length == ends[whole - 1]
    edges = {end + near for end in ends for near in (-1, 0, 1, 4, 8, 9) if end + near <= ends[2]}
    for cut in sorted({0, 1, 8, 700, *edges, *range(ends[0], ends[2], 509)}):
        copy = crashed(state, tmp_path, "copy")
        (copy / name).write_bytes(content[:cut])
        whole = sum(end <= cut for end in ends)
        n = 1 + 3 * (whole - 1) if whole else 0
        with DirectoryLog(copy, mode="r") as log:
            assert list(log.events()) == events[:n]
        with DirectoryLog(copy) as log:
            assert len(log) == n
            log.append(events[n : n + 4])
        check(copy, events[: n + 4])
        shutil.rmtree(copy)


@pytest.mark.parametrize("tail", [b"\0" * 4096, b"\xff" * 64, b"\xff\xff\xff\xff\x10\0\0\0", b"x"])
def test_rubbish_behind_the_last_event_is_dropped(path, tmp_path, tail):
    with DirectoryLog(path) as log:
        log.append([STARTED, *trials(1, 1)])
        state = crashed(path, tmp_path)
    with live_of(state).open("ab") as file:
        file.write(tail)
    check(state, [STARTED, *trials(1, 1)])


def test_a_flipped_bit_is_never_read(path, tmp_path):
    with DirectoryLog(path) as log:
        log.append([STARTED])
        begin = live_of(path).stat().st_size
        log.append(trials(1, 1))
        end = live_of(path).stat().st_size
        log.append(trials(2, 2))
        content = live_of(path).read_bytes()
        state = crashed(path, tmp_path)
    live, events = live_of(state), [STARTED, *trials(1, 2)]
    for place in range(end, len(content), 41):
        flipped = bytearray(content)
        flipped[place] ^= 1 << place % 8
        live.write_bytes(flipped)
        with DirectoryLog(state, mode="r") as log:
            assert list(log.events()) == events[:4]
    # Broken before its end it was by no interrupted write: that is said, and nothing cut off.
    for place in range(0, end, 257):
        flipped = bytearray(content)
        flipped[place] ^= 1 << place % 8
        live.write_bytes(flipped)
        for mode in ("r", "a"):
            with pytest.raises(LogError, match="damaged"):
                DirectoryLog(state, mode=mode)
        assert live.read_bytes() == flipped
    assert begin < end


class Killed(BaseException):
    """What the process would not live to see."""


@pytest.mark.parametrize("call", ["replace", "unlink", "fsync", "write"])
def test_killed_between_any_two_steps(path, tmp_path, monkeypatch, call):
    """Die before and after every system call of a seal that merges; nothing is lost."""
    monkeypatch.setattr("autotune.log.parts.MERGED_AT_ONCE", 3)
    events = [STARTED, *trials(1, 3)]
    with DirectoryLog(path) as log:
        log.append(events[:4])
        log.seal()
        log.append(events[4:7])
        log.seal()
        log.append(events[7:])
        before = crashed(path, tmp_path, "before")
    states = []

    real = getattr(os, call)

    def recorded(*arguments):
        states.append(crashed(copy, tmp_path, f"{call}{len(states)}"))
        result = real(*arguments)
        states.append(crashed(copy, tmp_path, f"{call}{len(states)}"))
        return result

    copy = crashed(before, tmp_path, "copy")
    log = DirectoryLog(copy)
    log.append(trials(4, 4))
    monkeypatch.setattr(os, call, recorded)
    log.seal()
    monkeypatch.undo()
    log.close()
    events += trials(4, 4)
    assert len(states) >= 2
    for state in states:
        check(state, events)
        assert names(state, "*.tmp") == []
        ranges = [tuple(map(int, name.split("-")[1:3])) for name in names(state, "*.parquet")]
        assert [first for first, _ in ranges] == [0, *(last + 1 for _, last in ranges[:-1])]


def test_killed_while_the_log_is_made(tmp_path, monkeypatch):
    states = []

    def recorded(name, real):
        def call(*arguments, **options):
            for _ in range(2):
                if (tmp_path / "log").exists():
                    states.append(crashed(tmp_path / "log", tmp_path, f"s{len(states)}"))
                if _ == 0:
                    result = real(*arguments, **options)
            return result

        return call

    for name in ("replace", "fsync", "write", "unlink"):
        monkeypatch.setattr(os, name, recorded(name, getattr(os, name)))
    with DirectoryLog(tmp_path / "log") as log:
        monkeypatch.undo()
        log.append([STARTED])
    assert len(states) > 3
    for state in states:
        with DirectoryLog(state) as log:
            log.append([STARTED])
        check(state, [STARTED])


WRITER = """
import sys
from autotune.log import DirectoryLog
from tests_log_shared import STARTED, trial
log = DirectoryLog(sys.argv[1])
log.append([STARTED])
number = 0
while True:
    number += 1
    log.append(trial(number))
    print(len(log), flush=True)
"""


def start_writer(path, tmp_path):
    shutil.copy(__file__, tmp_path / "tests_log_shared.py")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(tmp_path), str(TESTS)))}
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_second_writer_is_refused_by_name_until_the_first_is_killed(path, tmp_path):
    process = start_writer(path, tmp_path)
    try:
        for _ in range(40):
            acknowledged = int(process.stdout.readline())
        with pytest.raises(LogLockedError, match=rf"process {process.pid} on .*mode='r'"):
            DirectoryLog(path)
        with DirectoryLog(path, mode="r") as reader:
            assert len(reader) >= acknowledged
    finally:
        process.kill()
        rest = process.stdout.read().split()
        process.stdout.close()
        process.wait()
    acknowledged = int(rest[-1]) if rest and rest[-1].isdigit() else acknowledged
    with DirectoryLog(path) as log:
        n = len(log)
        assert n >= acknowledged
        assert n % 3 == 1
        log.append(trial(n // 3 + 1))
    check(path, [STARTED, *trials(1, n // 3 + 1)])


def test_two_logs_of_one_process_do_not_write_one_directory(path):
    with (
        DirectoryLog(path),
        pytest.raises(LogLockedError, match=f"process {os.getpid()} "),
    ):
        DirectoryLog(path)
    with DirectoryLog(path) as log:
        log.append([STARTED])


def test_reading_while_a_writer_writes_seals_and_merges(path, monkeypatch):
    monkeypatch.setattr("autotune.log.parts.MERGED_AT_ONCE", 4)
    last, failures = 60, []
    events = [STARTED, *trials(1, last)]
    done = threading.Event()

    def read():
        seen = 0
        try:
            with DirectoryLog(path, mode="r") as reader:
                while not done.is_set():
                    found = list(reader.events())
                    if found != events[: len(found)] or len(found) < seen:
                        failures.append((seen, len(found)))
                    seen = len(found)
                    if len(reader) < seen:
                        failures.append("shorter")
        except Exception as error:  # noqa: BLE001  # a thread's error must reach the test
            failures.append(error)

    with DirectoryLog(path) as log:
        log.append([STARTED])
        thread = threading.Thread(target=read)
        thread.start()
        for number in range(1, last + 1):
            log.append(trial(number))
            log.seal()
        done.set()
        thread.join()
    assert failures == []


def test_reading_goes_on_when_parts_are_merged_underneath(path, monkeypatch):
    monkeypatch.setattr("autotune.log.parts.MERGED_AT_ONCE", 4)
    events = [STARTED, *trials(1, 3)]
    with DirectoryLog(path) as log, DirectoryLog(path, mode="r") as reader:
        for event in events[:3]:
            log.append([event])
            log.seal()
        mine, its = log.events(), reader.events()
        assert [next(mine), next(its)] == events[:1] * 2
        for event in events[3:]:
            log.append([event])
            log.seal()
        assert list(mine) == list(its) == events[1:3]


def test_a_file_that_vanishes_while_names_are_read_is_looked_for_again(path, monkeypatch):
    with DirectoryLog(path) as log:
        log.append([STARTED, *trials(1, 2)])
        reader = DirectoryLog(path, mode="r")
        real, looks = Path.iterdir, []

        def torn(directory):
            # Sealed as the names were read: the live file has gone, its part was not there yet.
            looks.append(1)
            if len(looks) > 1:
                return real(directory)
            found = [file for file in real(directory) if not file.name.startswith("live")]
            log.seal()
            return iter(found)

        monkeypatch.setattr(Path, "iterdir", torn)
        assert len(reader) == 7
    assert len(looks) > 2


def test_a_live_file_that_could_not_be_deleted_counts_no_more(path, monkeypatch):
    monkeypatch.setattr("autotune.log.parts.MERGED_AT_ONCE", 3)
    with DirectoryLog(path) as log:
        for events in ([STARTED], trials(1, 1), trials(2, 2)):
            log.append(events)
            name, content = live_of(path).name, live_of(path).read_bytes()
            log.seal()
    (merged,) = names(path, "*.parquet")
    (path / name).write_bytes(content)
    check(path, [STARTED, *trials(1, 2)])
    assert names(path, "live*") == []
    assert names(path, "*.parquet") == [merged]


def test_a_seal_that_was_interrupted_is_not_counted_twice(path, monkeypatch):
    monkeypatch.setattr("autotune.log.parts.MERGED_AT_ONCE", 3)

    class Interrupted(list):
        def __delitem__(self, key):
            log._ended = list(self)
            raise KeyboardInterrupt

    with DirectoryLog(path) as log:
        log.append([STARTED])
        log._ended = Interrupted()
        with pytest.raises(KeyboardInterrupt):
            log.seal()
        for number in range(1, 9):
            log.append(trial(number))
            log.seal()
        assert list(log.events()) == [STARTED, *trials(1, 8)]
    check(path, [STARTED, *trials(1, 8)])


# The disk


def full_disk(monkeypatch, after=0):
    """Let writing fail half way, ``after`` calls from now on."""
    real, left = os.write, [after]

    def write(descriptor, content):
        left[0] -= 1
        if left[0] >= 0:
            return real(descriptor, content)
        if left[0] == -1:
            return real(descriptor, bytes(content[: len(content) // 2]))
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", write)


def test_a_full_disk_leaves_the_log_as_it_was(path, monkeypatch, tmp_path):
    with DirectoryLog(path) as log:
        log.append([STARTED])
        log.append(trials(1, 1))
        full_disk(monkeypatch)
        with pytest.raises(LogError, match="No space left"):
            log.append(trials(2, 2))
        monkeypatch.undo()
        assert len(log) == 4
        check(crashed(path, tmp_path), [STARTED, *trials(1, 1)])
        log.append(trials(2, 3))
    check(path, [STARTED, *trials(1, 3)])


@pytest.mark.parametrize("after", range(8))
def test_a_full_disk_while_the_space_changes_leaves_the_log_as_it_was(
    path, monkeypatch, tmp_path, after
):
    events = [STARTED, *trials(1, 1)]
    more = [*trials(2, 2), SpaceChanged(50, WIDER), *trial(3, WIDER)]
    more += [SpaceChanged(60, WIDEST), *trial(4, WIDEST)]
    with DirectoryLog(path) as log:
        log.append(events)
        full_disk(monkeypatch, after)
        try:
            log.append(more)
        except LogError:
            monkeypatch.undo()
            assert (len(log), log.space) == (4, SPACE)
            check(crashed(path, tmp_path), events)
            log.append(more)
        monkeypatch.undo()
        check(crashed(path, tmp_path, "then"), events + more)
    check(path, events + more)


def test_an_interrupted_append_leaves_the_log_as_it_was(path, monkeypatch, tmp_path):
    real = os.write

    def interrupted(descriptor, content):
        real(descriptor, bytes(content[: len(content) // 2]))
        raise KeyboardInterrupt

    with DirectoryLog(path) as log:
        log.append([STARTED])
        monkeypatch.setattr(os, "write", interrupted)
        with pytest.raises(KeyboardInterrupt):
            log.append(trials(1, 1))
        monkeypatch.undo()
        log.append(trials(1, 2))
        check(crashed(path, tmp_path), [STARTED, *trials(1, 2)])
    check(path, [STARTED, *trials(1, 2)])


def test_a_full_disk_while_sealing_loses_nothing(path, monkeypatch):
    monkeypatch.setattr(directory_module, "_EVENTS_TO_SEAL", 5)
    with DirectoryLog(path) as log:
        log.append([STARTED])
        full_disk(monkeypatch, after=1)
        log.append(trials(1, 2))  # is written, and only the sealing fails
        with pytest.raises(LogError, match="No space left"):
            log.seal()
        monkeypatch.undo()
        assert len(log) == 7
        log.append(trials(3, 3))
    check(path, [STARTED, *trials(1, 3)])


def test_after_a_write_that_cannot_be_undone_nothing_more_is_written(path, monkeypatch, tmp_path):
    log = DirectoryLog(path)
    log.append([STARTED])
    full_disk(monkeypatch)

    def broken(*arguments):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "ftruncate", broken)
    with pytest.raises(LogError):
        log.append(trials(1, 1))
    monkeypatch.undo()
    with pytest.raises(LogError, match="open it again"):
        log.append(trials(1, 1))
    log.close()
    check(path, [STARTED])


# What is not a log


def test_modes(path):
    with pytest.raises(LogError, match="no log"):
        DirectoryLog(path, mode="r")
    with pytest.raises(LogError, match="mode = 'w'"):
        DirectoryLog(path, mode="w")
    with DirectoryLog(path, mode="x") as log:
        log.append([STARTED])
    with pytest.raises(LogError, match="already"):
        DirectoryLog(path, mode="x")
    check(path, [STARTED])


def test_other_things_are_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("x")
    for mode in ("a", "r", "x"):
        with pytest.raises(LogError, match="log"):
            DirectoryLog(tmp_path, mode=mode)
        with pytest.raises(LogError, match="file"):
            DirectoryLog(tmp_path / "thesis.tex", mode=mode)
        with pytest.raises(LogError):
            DirectoryLog(tmp_path / "thesis.tex" / "log", mode=mode)
    assert names(tmp_path) == ["thesis.tex"]


def test_an_empty_directory_becomes_a_log(tmp_path):
    with DirectoryLog(tmp_path) as log:
        log.append([STARTED])
    check(tmp_path, [STARTED])


def test_no_permission_is_said(path, monkeypatch):
    with DirectoryLog(path) as log:
        log.append([STARTED])
    real = os.open

    def refused(name, flags, *more, **options):
        if flags & (os.O_WRONLY | os.O_RDWR):
            raise PermissionError(errno.EACCES, "Permission denied", str(name))
        return real(name, flags, *more, **options)

    monkeypatch.setattr(os, "open", refused)
    with pytest.raises(LogError, match=r"(?i)permission"):
        DirectoryLog(path)
    with pytest.raises(LogError, match=r"(?i)permission"):
        DirectoryLog(path.with_name("new"))
    with DirectoryLog(path, mode="r") as log:
        assert list(log.events()) == [STARTED]


@pytest.mark.parametrize(
    ("mark", "words"),
    [
        ('{"format": "autotune log", "version": 2}', "upgrade"),
        ('{"format": "diary", "version": 1}', "diary"),
        ("", "log.json"),
    ],
)
def test_a_log_of_another_format_is_refused(path, mark, words):
    DirectoryLog(path).close()
    (path / "log.json").write_text(mark)
    for mode in ("r", "a"):
        with pytest.raises(LogError, match=words):
            DirectoryLog(path, mode=mode)


def test_a_missing_or_damaged_part_is_said(path):
    with DirectoryLog(path) as log:
        for events in ([STARTED], trials(1, 1), trials(2, 2)):
            log.append(events)
            log.seal()
    _, middle, _ = sorted(path.glob("*.parquet"))
    content = middle.read_bytes()
    middle.write_bytes(content[: len(content) // 2])
    with pytest.raises(LogError, match=r"events 1 to 3 can't be read.*copy"):
        list(DirectoryLog(path, mode="r").events())
    middle.unlink()
    for mode in ("r", "a"):
        with pytest.raises(LogError, match="event 1 should"):
            DirectoryLog(path, mode=mode)


def test_opening_reads_no_events(path, monkeypatch):
    with DirectoryLog(path) as log:
        log.append([STARTED, *trials(1, 9)])

    def forbidden(*arguments, **options):
        raise AssertionError("events were read")

    monkeypatch.setattr(directory_module, "read_part", forbidden)
    for mode in ("r", "a"):
        with DirectoryLog(path, mode=mode) as log:
            assert len(log) == 28
            assert log.space == SPACE


def test_open_log_takes_paths_and_logs(path):
    memory = MemoryLog()
    assert open_log(memory) is memory
    with open_log(str(path)) as log:
        assert open_log(log) is log
    with pytest.raises(LogError, match="type int"):
        open_log(3)


def test_temporary_files_are_removed_by_the_next_writer(path):
    with DirectoryLog(path) as log:
        log.append([STARTED])
    left = path / f"part-{1:020d}-{5:020d}.parquet{files_module.TEMPORARY}"
    left.write_bytes(b"PAR1")
    with DirectoryLog(path, mode="r") as log:
        assert len(log) == 1
        assert left.exists()
    DirectoryLog(path).close()
    assert not left.exists()
    check(path, [STARTED])


# Checksums


def a_log_of_three_parts(path):
    with DirectoryLog(path) as log:
        for events in ([STARTED], trials(1, 1), trials(2, 2)):
            log.append(events)
            log.seal()
    return sorted(path.glob("*.parquet"))


def flip(file, at):
    content = bytearray(file.read_bytes())
    content[at] ^= 0x10
    file.write_bytes(bytes(content))


@pytest.mark.parametrize("share", [0.0, 0.1, 0.3, 0.5, 0.7, 0.9])
def test_a_flipped_bit_of_a_part_is_found(path, share):
    _, middle, _ = a_log_of_three_parts(path)
    flip(middle, int(share * middle.stat().st_size))
    for read in (lambda log: list(log.events()), lambda log: log.table()):
        with pytest.raises(LogError, match=r"events 1 to 3 can't be read.*checksum.*copy"):
            read(DirectoryLog(path, mode="r"))


def test_parts_without_checksums_are_read(path):
    for part in a_log_of_three_parts(path):
        part.rename(path / re.sub("-[0-9a-f]{16}[.]", ".", part.name))
    with DirectoryLog(path) as log:
        log.append(trials(3, 3))
    check(path, [STARTED, *trials(1, 3)])
    assert [len(name) for name in names(path, "*.parquet")] == [54, 54, 54, 71]


def test_copies_of_a_damaged_part_are_kept(path, tmp_path):
    with DirectoryLog(path) as log:
        log.append([STARTED, *trials(1, 3)])
        crash = crashed(path, tmp_path)
    (part,) = path.glob("*.parquet")
    (crash / part.name).write_bytes(part.read_bytes())
    flip(crash / part.name, 100)
    DirectoryLog(crash).close()
    assert len(names(crash, "live-*.arrow")) == 1
    (crash / part.name).write_bytes(part.read_bytes())
    DirectoryLog(crash).close()
    assert names(crash, "live-*.arrow") == []
    check(crash, [STARTED, *trials(1, 3)])


def test_a_closed_log_can_be_moved_and_copied_and_each_goes_on(tmp_path):
    first, second, third = (trial(number) for number in (1, 2, 3))
    with DirectoryLog(tmp_path / "here") as log:
        log.append([STARTED, *first])
    moved = (tmp_path / "here").rename(tmp_path / "there")
    copied = Path(shutil.copytree(moved, tmp_path / "copy"))
    for path, more in ((moved, second), (copied, third)):
        with DirectoryLog(path) as log:
            log.append(more)
    assert same(list(open_log(moved, "r").events()), [STARTED, *first, *second])
    assert same(list(open_log(copied, "r").events()), [STARTED, *first, *third])
    assert not (tmp_path / "here").exists()
