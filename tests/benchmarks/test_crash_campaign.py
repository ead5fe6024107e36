"""Running studies are killed with SIGKILL, a few times here; the benchmark does it by hundreds."""

from __future__ import annotations

import json
import signal

import pytest

from autotune_benchmarks.__main__ import main
from autotune_benchmarks.record import crash

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")


def test_a_short_campaign_loses_nothing(tmp_path, capsys):
    out = tmp_path / "report.json"
    command = ["crash", "--kills", "12", "--seed", "3", "--dir", str(tmp_path), "--out", str(out)]
    assert main(command) == 0, capsys.readouterr().out
    report = json.loads(out.read_text())
    assert report["passed"]
    assert report["kills"] == sum(report["phases"].values()) == 12
    assert report["logs"] == report["logs verified"] >= 1
    assert report["events acknowledged"] > 100
    assert report["lost"] == report["unreadable"] == report["failed"] == []
    assert report["readings while written"] > 0
    assert report["integrity checks"] >= report["logs"]
    assert str(tmp_path) not in out.read_text()
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]
    assert "0 logs lost any" in capsys.readouterr().out


def test_what_is_lost_is_noticed(tmp_path, monkeypatch):
    read = crash._read
    monkeypatch.setattr(crash, "_read", lambda path: read(path)[:-1])
    report = crash.campaign(6, 4, tmp_path)
    assert not report.passed
    assert report.lost


def test_what_cannot_be_read_is_noticed(tmp_path, monkeypatch):
    left_behind = crash._left_behind

    def damage(path):
        for file in [*path.glob("live-*"), *path.glob("part-*")]:
            content = bytearray(file.read_bytes())
            content[len(content) // 2] ^= 255
            file.write_bytes(content)
        return left_behind(path)

    monkeypatch.setattr(crash, "_left_behind", damage)
    report = crash.campaign(6, 5, tmp_path)
    assert not report.passed
    assert report.unreadable or report.lost
