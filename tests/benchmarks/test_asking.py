"""What asking costs is measured in spaces of all kinds, beside the same work done by Optuna."""

from __future__ import annotations

import json

import numpy as np
import pytest

from autotune_benchmarks.__main__ import main
from autotune_benchmarks.overhead.asking import WORKS, measure


@pytest.mark.parametrize("name", WORKS)
def test_what_is_told_before_is_allowed_and_drawn_from_the_whole(name):
    work = WORKS[name]
    told = work.drawn(np.random.default_rng(1), 200)
    assert all(work.space.allows(work.space.check(each)) for each in told)
    assert len({repr(each) for each in told}) > 150
    assert len({work.loss(each) for each in told}) > 50
    first = next(iter(work.space))
    values = [each[first] for each in told]
    assert min(values) < max(values)
    assert 6 <= len(work.space) <= 7


@pytest.mark.parametrize(("name", "share"), [("constrained", 0.5), ("10 % allowed", 0.1)])
def test_as_much_of_a_constrained_space_is_allowed_as_its_name_says(name, share):
    space = WORKS[name].space
    free = type(space)(space.parameters, start=space.start)
    drawn = free.decode(free.sample(np.random.default_rng(2), 2000))
    assert np.mean([space.allows(each) for each in drawn]) == pytest.approx(share, abs=0.03)


@pytest.mark.parametrize("name", ["flat", "conditional"])
def test_each_contestant_is_asked_as_often_and_what_it_takes_is_told(name):
    pytest.importorskip("optuna")
    found = measure(WORKS[name], 6, asks=2, peers=("tpe",))
    assert set(found.seconds) == {"default", "optuna-tpe"}
    assert found.asks == {"default": 2, "optuna-tpe": 2}
    assert min(found.seconds.values()) > 0
    assert found.ratio("optuna-tpe") == found.seconds["optuna-tpe"] / found.seconds["default"]
    assert found.allowed == {"default": 1.0, "optuna-tpe": 1.0}


def test_a_peer_is_told_of_the_constraint():
    pytest.importorskip("optuna")
    found = measure(WORKS["constrained"], 20, asks=3, peers=("tpe",))
    assert found.allowed["default"] == 1.0
    assert 0 <= found.allowed["optuna-tpe"] <= 1


def test_the_figures_are_printed(capsys):
    options = ["--spaces", "flat", "--trials", "5", "--asks", "1", "--no-peers"]
    assert main(["asking", *options]) == 0
    assert "default" in capsys.readouterr().out
    assert main(["asking", *options, "--json"]) == 0
    (figure,) = json.loads(capsys.readouterr().out)["figures"]
    assert figure["space"] == "flat"
    assert figure["trials"] == 5
