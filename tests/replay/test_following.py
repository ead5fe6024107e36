"""Following a log that another process writes: in the terminal, and as a page that is served."""

from __future__ import annotations

import http.client
import io
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from autotune import Tuner, open_log, tune
from autotune.cli import main
from autotune.errors import LogError, StudyError
from autotune.log import MemoryLog
from autotune.replay.following import Follower
from autotune.report.live_view import live_view, score_line, time_left
from autotune.report.page_data import study_data
from autotune.report.serving import PageServer, Shown
from autotune.study import EMPTY, reduce
from autotune.testing import legal_logs, same


def objective(c: dict[str, float]) -> tuple[float, float]:
    if c["x"] > 50:
        raise ValueError("[bold]too far\x1b[31m")
    return -((c["x"] - 3) ** 2), 0.1


def printed(renderable: object, width: int = 100) -> str:
    file = io.StringIO()
    Console(file=file, width=width, markup=False, highlight=False).print(renderable)
    return file.getvalue()


# Following


@settings(max_examples=30)
@given(log=legal_logs(), data=st.data())
def test_following_in_any_pieces_gives_the_same_study(log, data) -> None:
    begin = data.draw(st.integers(0, len(log)))
    written = MemoryLog(log[:begin])
    follower = Follower(written)
    seen = begin
    while seen < len(log):
        more = data.draw(st.integers(1, len(log) - seen))
        written.append(log[seen : seen + more])
        found = follower.look()
        assert same([event for event, _ in found], log[seen : seen + more])
        seen += more
        assert found[-1][1] is follower.study
    assert follower.look() == []
    assert same(follower.study, reduce(log, EMPTY))


def test_a_log_on_disk_is_followed_while_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with Tuner({"x": 1.0}, log=path, n_trials=3) as tuner, open_log(path, mode="r") as log:
        follower = Follower(log)
        assert follower.study.n_events == 1
        trial = tuner.ask()
        assert trial is not None
        assert len(follower.look()) == 1
        assert list(follower.study.pending) == [1]
        tuner.tell(1, ValueError("no"))
        follower.look()
        assert follower.study.failures()[1].message == "no"


def test_a_log_that_was_replaced_is_refused() -> None:
    events = list(tune(objective, {"x": 1.0}, n_trials=2).log.events())

    class Shrinking(MemoryLog):
        def __len__(self) -> int:
            return super().__len__() if self._read_only else 1

    log = Shrinking(events, read_only=True)
    follower = Follower(log)
    log._read_only = False
    with pytest.raises(LogError, match="was replaced"):
        follower.look()


# The view


@settings(max_examples=30)
@given(log=legal_logs(), width=st.integers(40, 120), height=st.integers(8, 40))
def test_any_study_has_a_view(log, width, height) -> None:
    study = reduce(log, EMPTY)
    text = printed(live_view(study, now=study.begun.at, width=width, height=height), width)
    assert "\x1b" not in text
    assert all(len(line) <= width for line in text.splitlines())


def test_the_view_says_how_it_stands() -> None:
    tuner = Tuner({"x": 1.0}, n_trials=9, seed=1)
    for result in (0.5, 0.25, ValueError("[bold]no\x1b[31m"), 0.75):
        trial = tuner.ask()
        assert trial is not None
        tuner.tell(trial.trial, result if isinstance(result, Exception) else (result, 0.1))
    assert tuner.ask() is not None
    follower = Follower(tuner.log)
    now = int(tuner.study.proposals["at"][4]) + 75_000_000
    text = printed(live_view(follower.study, now=now, n_trials=9, note="a note"))
    assert "4 of 9 trials" in text
    assert "2 accepted, 1 failed" in text
    assert "score 0.75 by trial 4" in text
    assert "trial 5, since 1 min 15 s" in text
    assert r"failed: ValueError: [bold]no\x1b[31m"[:28] in text
    assert "a note" in text
    assert time_left(follower.study, 4) == 0.0
    assert "waiting" in printed(live_view(EMPTY, now=0))


def test_the_line_of_scores_rises_with_the_incumbent() -> None:
    scores = iter([0.0, 1.0, 0.5, 3.0, 2.0, 2.0, 7.0])
    study = tune(lambda _: (next(scores), 0.1), {"x": 1.0}, n_trials=7).study
    assert score_line(study, width=20) == "▁▂▂▄▄▄█"
    assert len(score_line(study, width=4)) == 4
    assert score_line(study, width=20, ascii_only=True) == "_..--" + "-#"
    assert score_line(EMPTY, width=9) == ""


# The command


def test_watch_of_a_stopped_study_says_so_and_ends(tmp_path, capsys) -> None:
    tune(objective, {"x": 1.0}, n_trials=3, log=tmp_path / "log")
    assert main(["watch", str(tmp_path / "log")]) == 0
    assert capsys.readouterr().out.splitlines() == ["after 3 trials", "stopped: 3 of 3 trials done"]
    assert main(["watch", str(tmp_path / "none")]) == 2
    assert "autotune: error: " in capsys.readouterr().err


@pytest.mark.parametrize("port", ["-1", "70000", "x"])
def test_watch_refuses_what_is_no_port(tmp_path, port, capsys) -> None:
    with pytest.raises(SystemExit):
        main(["watch", str(tmp_path), "--serve", port])
    assert "must be a port" in capsys.readouterr().err


def test_watch_tells_of_a_study_that_another_process_writes(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with Tuner({"x": 1.0}, log=path, n_trials=3, seed=1) as tuner:
        watching = subprocess.Popen(
            [sys.executable, "-m", "autotune", "watch", str(path)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "COLUMNS": "100"},
        )
        assert watching.stdout is not None
        try:
            assert watching.stdout.readline() == "after 0 trials\n"
            tuner.run(lambda c: (-((c["x"] - 3) ** 2), 0.1))
            out, _ = watching.communicate(timeout=60)
        finally:
            watching.kill()
    assert watching.returncode == 0
    assert out.splitlines()[0] == "trial 1 of 3: accepted at -4: start values"
    assert out.splitlines()[-1] == "stopped: 3 of 3 trials done"


def test_interrupting_watch_leaves_the_study_alone_and_the_page_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with Tuner({"x": 1.0}, log=path, n_trials=3) as tuner:
        heeding = (
            "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
            "from autotune.cli import main; sys.exit(main())"
        )
        watching = subprocess.Popen(
            [sys.executable, "-c", heeding, "watch", str(path), "--serve", "0"],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "COLUMNS": "100"},
        )
        assert watching.stdout is not None
        try:
            line = watching.stdout.readline()
            (port,) = re.findall(r"^the page: http://127\.0\.0\.1:(\d+)/$", line)
            assert watching.stdout.readline() == "after 0 trials\n"
            tuner.run(lambda c: (c["x"], 0.1))
            studies = json.loads(ask(int(port), "/data.json")[2])["studies"]
            assert studies[0]["n_trials"] == 3
            assert watching.poll() is None  # though the study has stopped: the page is still there
            watching.send_signal(signal.SIGINT)
            watching.communicate(timeout=60)
        finally:
            watching.kill()
    assert watching.returncode == 0
    with pytest.raises(OSError, match="refused"):
        ask(int(port), "/")


# The server


def ask(
    port: int, path: str, method: str = "GET", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, headers=sent)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


@pytest.fixture
def tuner() -> Tuner:
    return Tuner({"x": 1.0}, n_trials=5)


@pytest.fixture
def server(tuner) -> Iterator[PageServer]:
    follower = Follower(tuner.log)

    def look() -> Shown:
        follower.look()
        study = follower.study
        return Shown(str(study.n_events), lambda: {"mine": study_data(study)})

    with PageServer(look, title="mine") as serving:
        yield serving


def test_the_page_is_served_with_a_policy_and_tells_of_every_change(server, tuner) -> None:
    status, headers, page = ask(server.port, "/")
    assert status == 200
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert page.startswith(b"<!doctype html>")
    assert b'data-live="data.json" data-tag="1"' in page
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert "Python" not in headers["Server"]
    status, headers, data = ask(server.port, "/data.json")
    assert (status, headers["ETag"]) == (200, '"1"')
    assert json.loads(data)["studies"][0]["n_trials"] == 0
    unchanged = ask(server.port, "/data.json", If_None_Match='"1"')
    assert (unchanged[0], unchanged[2]) == (304, b"")
    assert tuner.ask() is not None
    status, headers, data = ask(server.port, "/data.json", If_None_Match='"1"')
    assert (status, headers["ETag"]) == (200, '"2"')
    assert json.loads(data)["studies"][0]["n_pending"] == 1


@pytest.mark.parametrize(
    ("method", "path", "host", "status"),
    [
        ("GET", "/../etc/passwd", None, 404),
        ("GET", "/data.jsonx", None, 404),
        ("GET", "/", "evil.example", 403),
        ("GET", "/data.json", "127.0.0.1.evil.example:80", 403),
        ("POST", "/", None, 501),
        ("DELETE", "/data.json", None, 501),
        ("HEAD", "/", None, 200),
    ],
)
def test_nothing_else_is_served(server, method, path, host, status) -> None:
    headers = {} if host is None else {"Host": host}
    found, _, content = ask(server.port, path, method, **headers)
    assert found == status
    assert b"<script" not in content


def test_the_name_localhost_will_do(server) -> None:
    assert ask(server.port, "/", Host=f"localhost:{server.port}")[0] == 200


def test_only_this_machine_is_served(server) -> None:
    assert server.address == f"http://127.0.0.1:{server.port}/"
    assert server._server.server_address[0] == "127.0.0.1"


def test_a_port_in_use_is_named(server) -> None:
    with pytest.raises(StudyError, match=f"port = {server.port} can't be had"):
        PageServer(lambda: Shown("0", dict), title="other", port=server.port)


def test_a_log_that_can_not_be_read_is_an_answer_not_a_crash() -> None:
    def look() -> Shown:
        raise LogError("it is damaged")

    with PageServer(look, title="mine") as serving:
        status, _, content = ask(serving.port, "/")
        assert status == 503
        assert b"it is damaged" in content


def test_browsers_may_ask_all_at_once(server, tuner) -> None:
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda: found.append(ask(server.port, "/data.json")[0]))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    tuner.run(lambda c: (c["x"], 0.1))
    for thread in threads:
        thread.join()
    assert found == [200] * 8
