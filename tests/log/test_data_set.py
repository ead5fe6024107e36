"""Many logs as one data set, and the queries that the page shows."""

from __future__ import annotations

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as pds
import pytest

from autotune import Categorical, Float, Integer, tune
from autotune.errors import LogError
from autotune.log import Archive, DirectoryLog, read_logs
from autotune.log.tables import as_schema, common_schema

SPACES = {
    "a": {"x": Float(0, 1), "n": Integer(1, 9)},
    "b": {"x": Float(0, 1), "n": Float(1, 9), "kind": Categorical(["p", "q"])},
    "c": {"x": Integer(1, 5), "kind": Categorical([True, False])},
}


def score(configuration):
    return -float(configuration["x"]) - float(configuration.get("n", 0))


@pytest.fixture(scope="module")
def logs():
    return {
        f"{group}/{seed}": tune(score, space, n_trials=6, seed=seed).log
        for group, space in SPACES.items()
        for seed in range(3)
    }


@pytest.fixture
def runs(tmp_path, logs):
    """Logs that are closed, one that is being written, and an archive of some."""
    for name, log in logs.items():
        if name.startswith("c"):
            continue
        with DirectoryLog(tmp_path / name) as disk:
            disk.append(list(log.events()))
    Archive(tmp_path / "kept").add({name: log for name, log in logs.items() if name[0] == "c"})
    with DirectoryLog(tmp_path / "a" / "live") as live:
        live.append(list(logs["a/0"].events()))
        yield tmp_path


def expected(logs):
    """The rows by plain means: the tables of the logs, one below the other."""
    tables = {
        **{name: log.table() for name, log in logs.items() if name[0] != "c"},
        **{f"kept/{name}": log.table() for name, log in logs.items() if name[0] == "c"},
        "a/live": logs["a/0"].table(),
    }
    schema = common_schema([table.schema for table in tables.values()])
    rows = {}
    for name, table in tables.items():
        for row in as_schema(table, schema).to_pylist():
            rows[name, row["seq"]] = {"log": name, **row}
    return rows


def test_it_holds_every_event_of_every_log(runs, logs):
    found = read_logs(runs)
    assert isinstance(found, pds.Dataset)
    wanted = expected(logs)
    rows = found.to_table().to_pylist()
    assert len(rows) == len(wanted)
    for row in rows:
        assert str(row) == str(wanted[row["log"], row["seq"]])
    assert found.schema.names[0] == "log"
    kinds = {name: found.schema.field(f"param_{name}").type for name in ("x", "n", "kind")}
    assert kinds == {"x": pa.float64(), "n": pa.float64(), "kind": pa.string()}


def test_one_log_an_archive_and_some_logs(runs, logs):
    one = read_logs(runs / "a" / "1")
    assert pc.unique(one.to_table()["log"]).to_pylist() == ["1"]
    assert one.count_rows() == len(logs["a/1"])
    archive = read_logs(runs / "kept")
    assert sorted(pc.unique(archive.to_table()["log"]).to_pylist()) == ["c/0", "c/1", "c/2"]
    paths = [runs / "a" / "1", runs / "kept" / "c" / "2"]
    some = read_logs(paths)
    assert sorted(pc.unique(some.to_table()["log"]).to_pylist()) == sorted(map(str, paths))
    assert some.count_rows() == len(logs["a/1"]) + len(logs["c/2"])


def test_only_the_files_wanted_are_read(runs):
    for part in (runs / "a" / "1").glob("part-*.parquet"):
        broken = read_logs(runs)
        part.write_bytes(b"nothing")
    wanted = pc.field("log") == "b/1"
    assert broken.to_table(filter=wanted, columns=["param_x"]).num_rows > 0
    with pytest.raises((pa.ArrowInvalid, OSError)):
        broken.to_table()


def test_where_there_is_no_log_it_is_said(tmp_path):
    with pytest.raises(LogError, match="no log"):
        read_logs(tmp_path)
    DirectoryLog(tmp_path / "empty").close()
    with pytest.raises(LogError, match="no log with an event"):
        read_logs(tmp_path)
    with pytest.raises(LogError, match="check the path"):
        read_logs([tmp_path / "none"])


def test_engines_agree(runs, logs):
    events = read_logs(runs)
    by_sql = duckdb.sql(
        "select log, count(*) n, max(list_avg(scores)) best from events where kind = 'Evaluated' "
        "group by log order by log"
    ).fetchall()
    frame = (
        pl.scan_pyarrow_dataset(events)
        .filter(pl.col("kind") == "Evaluated")
        .group_by("log")
        .agg(pl.len().alias("n"), pl.col("scores").list.mean().max().alias("best"))
        .sort("log")
        .collect()
    )
    assert by_sql == frame.rows()
    assert {log: n for log, n, _ in by_sql}["b/2"] == 6
