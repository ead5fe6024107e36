"""The commands ``sensitivity`` and ``plot``: what they print and write, and what they refuse."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("matplotlib")

from autotune import Float, Space, tune
from autotune.cli import main
from autotune.cli.commands.plot import KINDS
from autotune.replay import fork
from autotune_strategies import recipes

SPACE = Space({"strong": Float(0, 1), "idle": Float(0, 1)})


@pytest.fixture(scope="module")
def logs(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("logs")
    walk = recipes.random_walk()
    with tune(
        lambda c: (-abs(c["strong"] - 0.7), 0.1 + c["idle"]),
        SPACE,
        n_trials=16,
        seed=1,
        strategy=walk,
        metric="f1",
        log=folder / "first",
    ).log as log:
        fork(log, 9, to=folder / "second").close()
    with tune(lambda _: 1.0, SPACE, n_trials=1, seed=1, log=folder / "alone").log:
        pass
    return folder


def said(capsys: pytest.CaptureFixture[str], *argv: object) -> str:
    assert main([str(word) for word in argv]) == 0
    return capsys.readouterr().out


def refused(capsys: pytest.CaptureFixture[str], *argv: object) -> str:
    assert main([str(word) for word in argv]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    return err


def test_sensitivity_ranks_parameters(logs, capsys, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    out = said(capsys, "sensitivity", logs / "first")
    assert out.index("strong") < out.index("idle")
    assert "what f1 depends on, over the whole space, by 16 trials" in out
    out = said(capsys, "sensitivity", logs / "first", "--target", "seconds", "--over", "trials")
    assert out.index("idle") < out.index("strong")
    assert "what fit seconds depends on, over what was tried" in out
    assert "1 trial: too few" in said(capsys, "sensitivity", logs / "alone")


def test_sensitivity_as_json(logs, capsys) -> None:
    document = json.loads(
        said(capsys, "sensitivity", logs / "first", "--anticipator", "Ridge", "--json"),
        parse_constant=pytest.fail,
    )
    assert [row["parameter"] for row in document["parameters"]] == ["strong", "idle"]
    assert document["level"] == 0.95
    assert document["n_trials"] == 16
    assert {"share_total", "move_effect", "permutation_importance", "local_share"} <= set(
        document["parameters"][0]
    )
    assert len(document["pairs"]) == 1
    alone = json.loads(said(capsys, "sensitivity", logs / "alone", "--json"))
    assert alone["over"] is None


def test_what_sensitivity_refuses(logs, capsys) -> None:
    assert "--level 2.0" in refused(capsys, "sensitivity", logs / "first", "--level", "2")
    assert "'Oracle'" in refused(capsys, "sensitivity", logs / "first", "--anticipator", "Oracle")


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_kind_is_drawn(kind, logs, tmp_path, capsys) -> None:
    several = kind in ("comparison", "lineage")
    of = [logs / "first", logs / "second"] if several else [logs / "first"]
    more = ["--parameter", "strong"] if kind in ("dependence", "lengths") else []
    to = tmp_path / "it.svg"
    out = said(capsys, "plot", *of, "--kind", kind, "-o", to, *more)
    assert out == f"{kind} of {len(of)} log{'s' if several else ''}: {to}\n"
    assert to.read_bytes().startswith(b"<?xml")


def test_pictures_in_all_formats_and_as_json(logs, tmp_path, capsys) -> None:
    to = tmp_path / "it.pdf"
    document = json.loads(said(capsys, "plot", logs / "first", "-o", to, "--dark", "--json"))
    assert document == {"logs": [str(logs / "first")], "kind": "history", "file": str(to)}
    assert to.read_bytes().startswith(b"%PDF")
    assert "--overwrite" in refused(capsys, "plot", logs / "first", "-o", to)
    said(capsys, "plot", logs / "first", "-o", to, "--overwrite")


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["-o", "it.gif"], ".png, .svg, .pdf"),
        (["second", "-o", "it.png"], "is of one log; 2 were named"),
        (["-o", "it.png", "--kind", "dependence"], "one or two of --parameter"),
        (["-o", "it.png", "--parameter", "idle"], "takes none"),
        (["-o", "it.png", "--kind", "lengths", "--parameter", "a", "b"], "one at most"),
        (["-o", "it.png", "--kind", "dependence", "--parameter", "weak"], "'weak'"),
    ],
)
def test_what_plot_refuses(argv, words, logs, tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    named = [str(logs / word) if word == "second" else word for word in argv]
    assert words in refused(capsys, "plot", logs / "first", *named)
    assert list(tmp_path.iterdir()) == []
