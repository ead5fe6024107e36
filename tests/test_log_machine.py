"""One machine drives a log in memory and one in a directory; they must agree whatever happens."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from autotune.events import EventColumns
from autotune.log import DirectoryLog, MemoryLog, directory
from autotune.study import EMPTY, evolve, evolve_columns, reduce
from autotune.testing import legal_logs, same


def folded(runs):
    study = EMPTY
    for run in runs:
        study = evolve_columns(study, run) if isinstance(run, EventColumns) else evolve(study, run)
    return study


class TwoLogs(RuleBasedStateMachine):
    """The script is a legal log; what varies is how it is cut, sealed, killed and read."""

    @initialize(script=legal_logs(max_trials=12), seal_at=st.sampled_from([1, 3, 10, 2048]))
    def begin(self, script, seal_at):
        self.usual = directory._EVENTS_TO_SEAL
        directory._EVENTS_TO_SEAL = seal_at
        self.folder = Path(tempfile.mkdtemp())
        self.copies = 0
        self.script = script
        self.memory = MemoryLog()
        self.path = self.folder / "log"
        self.disk = DirectoryLog(self.path)
        self.reader = DirectoryLog(self.path, mode="r")

    @property
    def rest(self):
        return self.script[len(self.memory) :]

    @rule(n=st.integers(1, 8) | st.just(30))
    def append(self, n):
        events = self.rest[:n]
        self.memory.append(events)
        self.disk.append(events)

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

    @rule()
    def fold_runs(self):
        state = reduce(self.memory.events())
        for log in (self.memory, self.disk, self.reader):
            assert same(folded(log.runs()), state)

    @rule()
    def read_table(self):
        wanted = self.memory.table()
        for log in (self.disk, self.reader):
            table = log.table()
            assert table.column_names == wanted.column_names
            assert table.num_rows == wanted.num_rows
            assert [str(v) for v in table.to_pylist()] == [str(v) for v in wanted.to_pylist()]

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
            self.disk.close()
            shutil.rmtree(self.folder)


TwoLogs.TestCase.settings = settings(
    max_examples=30,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
test_two_logs = TwoLogs.TestCase
