"""One machine drives logs in memory, in a directory and compacted; they agree whatever happens."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import attrs
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from autotune.errors import StudyError
from autotune.interchange.earlier import merge
from autotune.log import Archive, DirectoryLog, MemoryLog, archive, directory, open_log
from autotune.log.check import check_log
from autotune.replay import fork
from autotune.study import StudyStarted, reduce, replay
from autotune.testing import legal_logs, same


def told(table):
    return [str(row) for row in table.to_pylist()]


def merged(logs):
    try:
        return merge(logs)
    except StudyError as error:
        return str(error)


class Logs(RuleBasedStateMachine):
    """The script is a legal log; what varies is how it is cut, sealed, killed, kept and read."""

    @initialize(
        script=legal_logs(max_trials=12),
        seal_at=st.sampled_from([1, 3, 10, 2048]),
        n=st.integers(0, 20),
    )
    def begin(self, script, seal_at, n):
        self.usual = directory._EVENTS_TO_SEAL
        directory._EVENTS_TO_SEAL = seal_at
        self.usual_merging = archive.to_merge
        archive.to_merge = lambda files: len(files) if len(files) > 2 else 0
        self.folder = Path(tempfile.mkdtemp())
        self.copies = 0
        self.compacted = {}
        self.script = script
        self.memory = MemoryLog()
        self.path = self.folder / "log"
        self.disk = DirectoryLog(self.path)
        self.reader = DirectoryLog(self.path, mode="r")
        self.append(n)

    @property
    def rest(self):
        return self.script[len(self.memory) :]

    def append(self, n):
        events = self.rest[:n]
        self.memory.append(events)
        self.disk.append(events)

    @rule(n=st.integers(1, 8) | st.just(30))
    def append_some(self, n):
        self.append(n)

    @rule()
    def seal(self):
        self.disk.seal()

    @rule()
    def reopen(self):
        self.disk.close()
        self.disk = DirectoryLog(self.path)

    def copy(self):
        self.copies += 1
        path = self.folder / str(self.copies)
        shutil.copytree(self.path, path)
        return path

    def go_on_in(self, path):
        self.reader.close()
        self.disk.close()
        shutil.rmtree(self.path)
        self.path = path
        self.disk = DirectoryLog(path)
        self.reader = DirectoryLog(path, mode="r")

    @rule()
    def crash(self):
        self.go_on_in(self.copy())

    @precondition(lambda self: self.rest)
    @rule(n=st.integers(1, 8), lost=st.integers(1, 10_000))
    def crash_in_an_append(self, n, lost):
        """Cut off some of what one append wrote to one live file; what is whole of it may stay."""
        before = self.copy()
        self.disk.append(self.rest[:n])
        after = self.copy()
        grown = [
            file
            for file in after.glob("live-*.arrow")
            if not (before / file.name).exists()
            or (before / file.name).stat().st_size < file.stat().st_size
        ]
        if len(grown) == 1 and not (
            len(list(after.glob("part-*"))) > len(list(before.glob("part-*")))
        ):
            old = before / grown[0].name
            least = old.stat().st_size if old.exists() else 0
            content = grown[0].read_bytes()
            grown[0].write_bytes(content[: max(least, len(content) - lost)])
            before_len = len(self.memory)
            self.go_on_in(after)
            assert len(self.disk) == before_len
        else:
            self.memory.append(self.rest[:n])
            self.go_on_in(after)
        shutil.rmtree(before)

    @rule(data=st.data())
    def read_from(self, data):
        start = data.draw(st.integers(0, len(self.memory)))
        wanted = list(self.memory.events(start))
        assert same(list(self.disk.events(start)), wanted)
        assert same(list(self.reader.events(start)), wanted)

    @rule(data=st.data())
    def replay(self, data):
        events = list(self.memory.events())
        stop = data.draw(st.one_of(st.none(), st.integers(0, len(events))))
        state = reduce(events[:stop])
        for log in (self.memory, self.disk, self.reader):
            assert same(replay(log.batches(stop)), state)

    @rule()
    def read_table(self):
        wanted = self.memory.table()
        for log in (self.disk, self.reader):
            table = log.table()
            assert table.column_names == wanted.column_names
            assert table.num_rows == wanted.num_rows
            assert told(table) == told(wanted)

    @rule()
    def check(self):
        """Bring the log to where a kill leaves it, and have it checked and repaired."""
        if len(self.memory) == 0:
            return
        path = self.copy()
        assert check_log(path).passed
        assert check_log(path, repair=False).findings == ()
        self.go_on_in(path)

    @precondition(lambda self: len(self.memory) > 0)
    @rule(data=st.data())
    def compact(self, data):
        """Add the log as it is to an archive, where earlier states of it are, and its beginning."""
        n = len(self.compacted)
        beginning = MemoryLog(self.script[: 1 + n])
        Archive(self.folder / "archive").add({f"{n}": self.disk, f"{n + 1}": beginning})
        self.compacted[f"{n}"] = list(self.memory.events())
        self.compacted[f"{n + 1}"] = list(beginning.events())

        start = data.draw(st.integers(0, len(self.memory)))
        for name in self.compacted:
            self.read_compacted(name, start)

    def read_compacted(self, name, start):
        model = MemoryLog(self.compacted[name])
        kept = open_log(self.folder / "archive" / name, mode="r")
        assert len(kept) == len(model)
        assert same(kept.space, model.space)
        assert same(list(kept.events(start)), list(model.events(start)))
        assert same(replay(kept.batches()), reduce(model.events()))
        assert same(replay(kept.batches(start)), reduce(list(model.events())[:start]))
        assert told(kept.table()) == told(model.table())

    def kept(self):
        """Return the last compacted state, and a log in memory of the same events."""
        name = f"{len(self.compacted) - 2}"
        return Archive(self.folder / "archive")[name], MemoryLog(self.compacted[name])

    @precondition(lambda self: len(self.memory) > 0)
    @rule(data=st.data())
    def fork(self, data):
        """Forks of all logs share the past; the directory's goes on from there."""
        seq = data.draw(st.integers(0, len(self.memory) - 1))
        pairs = [(self.disk, self.memory), (self.reader, self.memory)]
        pairs += [self.kept()] if self.compacted else []
        for log, model in pairs:
            last = min(seq, len(model) - 1)
            one, other = fork(log, last), fork(model, last)
            began, *rest = one.events()
            expected, *model_rest = other.events()
            assert isinstance(began, StudyStarted)
            assert same(attrs.evolve(began, study_id=expected.study_id), expected)
            assert same(rest, model_rest)
            assert (began.lineage.seq, began.study_id != expected.study_id) == (last, True)

    @precondition(lambda self: len(self.memory) > 0)
    @rule()
    def merge(self):
        """What is merged does not hang on how it is kept."""
        logs = [self.disk, self.kept()[0] if self.compacted else self.reader]
        models = [self.memory, self.kept()[1] if self.compacted else self.memory]
        assert same(merged(logs), merged(models))

    @invariant()
    def they_agree(self):
        if not hasattr(self, "disk"):
            return
        assert len(self.disk) == len(self.reader) == len(self.memory)
        assert same(self.disk.space, self.memory.space)
        assert same(self.reader.space, self.memory.space)

    def teardown(self):
        if hasattr(self, "disk"):
            directory._EVENTS_TO_SEAL = self.usual
            archive.to_merge = self.usual_merging
            self.disk.close()
            shutil.rmtree(self.folder)


Logs.TestCase.settings = settings(
    max_examples=40,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
test_logs = Logs.TestCase
