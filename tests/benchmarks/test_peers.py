"""Every peer keeps to the space, the first point and the budget, and repeats itself with a seed."""

from __future__ import annotations

import gc
import math
import re
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autotune.errors import SpaceError
from autotune.space import (
    And,
    Boolean,
    Categorical,
    Equals,
    Fixed,
    Float,
    In,
    Integer,
    LessThan,
    Not,
    Ordinal,
    Sequence,
    Space,
)
from autotune_benchmarks.peers.field import peers
from autotune_benchmarks.peers.flat_space import FlatSpace
from autotune_benchmarks.peers.hand_over import HandOver
from autotune_benchmarks.peers.installed import missing, short_seed, versions
from autotune_benchmarks.peers.page import peers_page
from autotune_benchmarks.peers.sklearn_halving import evaluations
from helpers import DOCS

PEERS = peers()
NAMES = [peer.name for peer in PEERS]

MIXED = Space(
    {
        "rate": Float(1e-4, 1.0, log=True),
        "momentum": Float(0.0, 0.9),
        "units": Integer(1, 64, log=True),
        "depth": Integer(1, 5),
        "batch": Ordinal([8, 16, 32, 64]),
        "solver": Categorical(["adam", "sgd", None]),
        "warm": Boolean(),
        "fixed": Fixed(3),
        "layers": Sequence(of=Integer(1, 9), min_length=1, max_length=3),
        "nesterov": Boolean(),
        "decay": Float(0.1, 1.0),
    },
    start={"nesterov": True, "layers": (4, 2)},
    conditions={
        "nesterov": Equals("solver", "sgd"),
        "decay": And([In("solver", ["adam", "sgd"]), Equals("warm", True)]),
    },
)
FIRST = {
    "rate": 0.0123,
    "momentum": 0.5,
    "units": 7,
    "depth": 3,
    "batch": 32,
    "solver": "sgd",
    "warm": True,
    "fixed": 3,
    "layers": (5, 8),
    "nesterov": False,
    "decay": 0.25,
}


class Made:
    """A smooth function of all kinds of parameters."""

    name = family = "made"
    metric = "score"
    n_folds = 1

    def __init__(self, direction="maximize", space=MIXED):
        self.direction = direction
        self.space = space

    def score(self, configuration):
        found = -((math.log10(configuration["rate"]) + 2) ** 2)
        found -= (configuration["momentum"] - 0.7) ** 2 + 0.1 * (configuration["depth"] - 2) ** 2
        found -= 0.1 * abs(math.log2(configuration["batch"]) - 4)
        found -= 0.01 * abs(sum(configuration["layers"]) - 10)
        found += {"adam": 0.3, "sgd": 0.2, None: 0.0}[configuration["solver"]]
        return found if self.direction == "maximize" else -found


def ready(peer):
    reason = peer.missing()
    if reason is not None:
        pytest.skip(reason)
    return peer


def searched(peer, problem, seed, n, fails=lambda trial: False, first=FIRST):
    session = peer.session(problem, first, seed, n)
    asked = []
    for trial in range(n * session.cost):
        configuration = session.ask()
        asked.append(configuration)
        score = math.nan if fails(trial) else problem.score(configuration)
        session.tell(configuration, score, 0.5 + configuration["units"] / 64)
    return asked, session


def test_every_peer_of_the_issue_is_there():
    assert len(set(NAMES)) == len(NAMES)
    assert set(NAMES) >= {
        "optuna-tpe", "optuna-gp", "optuna-cmaes", "flaml-cfo", "flaml-blendsearch",
        "hyperopt-tpe", "smac3", "skopt-gp", "nevergrad-ngopt", "cma-es", "random", "random-2x", "sklearn-random",
        "sklearn-halving",
    }  # fmt: skip


@pytest.mark.parametrize("peer", PEERS, ids=NAMES)
def test_peers_are_values(peer):
    (same,) = [other for other in peers() if other.name == peer.name]
    assert same == peer
    assert hash(same) == hash(peer)
    assert repr(same) == repr(peer)
    assert all(isinstance(key, str) for key in peer.settings())
    reason = peer.missing()
    assert reason is None or "pip install" in reason
    assert peer.version() != ""


def test_what_is_missing_is_said_with_the_remedy():
    reason = missing("math", "no_such_module")
    assert reason is not None
    assert "no_such_module" in reason
    assert "autotune-search[bench]" in reason
    assert missing("math") is None
    assert versions("no-such-distribution") == "no-such-distribution missing"


@pytest.mark.parametrize("peer", PEERS, ids=NAMES)
def test_a_peer_keeps_to_space_start_and_budget(peer):
    problem = Made()
    asked, session = searched(ready(peer), problem, 3, 14)
    assert len(asked) == 14 * session.cost
    assert asked[0] == FIRST
    for configuration in asked:
        assert problem.space.check(configuration) == configuration
    assert len({repr(configuration) for configuration in asked}) > 5
    best = session.best()
    assert problem.space.check(best) == best
    if peer.name != "nevergrad-ngopt":  # it may recommend what it has not tried
        assert best in asked
    assert best != FIRST or problem.score(best) == max(map(problem.score, asked))


@pytest.mark.parametrize("peer", PEERS, ids=NAMES)
def test_a_peer_repeats_itself_with_a_seed_whatever_the_direction(peer):
    n = 12
    up, _ = searched(ready(peer), Made("maximize"), 2**62 + 5, n)
    down, _ = searched(peer, Made("minimize"), 2**62 + 5, n)
    other, _ = searched(peer, Made("maximize"), 2**62 + 6, n)
    assert up == down
    assert up != other


@pytest.mark.parametrize("peer", PEERS, ids=NAMES)
def test_a_peer_bears_failed_trials(peer):
    problem = Made()
    asked, session = searched(ready(peer), problem, 5, 12, fails=lambda trial: trial % 3 != 1)
    good = asked[1::3]
    for configuration in asked:
        assert problem.space.check(configuration) == configuration
    best = session.best()
    if peer.name not in ("nevergrad-ngopt", "smac3"):
        assert best in good
        assert problem.score(best) == max(map(problem.score, good))


@pytest.mark.parametrize("peer", PEERS, ids=NAMES)
def test_before_anything_is_scored_the_best_is_the_first(peer):
    session = ready(peer).session(Made(), FIRST, 1, 10)
    assert session.best() == FIRST
    session.ask()
    session.tell(FIRST, math.nan, 1.0)
    assert session.best() == FIRST


def test_twice_random_search_begins_as_random_search_does():
    once = next(peer for peer in PEERS if peer.name == "random")
    twice = next(peer for peer in PEERS if peer.name == "random-2x")
    a, _ = searched(once, Made(), 1, 10)
    b, session = searched(twice, Made(), 1, 5)
    assert session.cost == 2
    assert a == b


def test_flat_parameters_of_sequences_and_conditions():
    flat = FlatSpace(MIXED)
    names = [parameter.name for parameter in flat.parameters]
    assert "fixed" not in names
    assert [n for n in names if n.startswith("layers")] == [
        "layers.length", "layers.0", "layers.1", "layers.2",
    ]  # fmt: skip
    values = flat.values(FIRST)
    assert "layers.2" not in values
    assert values["batch"] == 2
    assert flat.is_active(flat["layers.1"], values)
    assert not flat.is_active(flat["layers.2"], values)
    assert flat.parent_values(flat["decay"].condition) == {"solver": (0, 1), "warm": (1,)}
    assert flat.parent_values(flat["layers.2"].condition) == {"layers.length": (3,)}
    assert flat.parent_values(Not(Equals("warm", True))) is None
    assert flat.parent_values(LessThan("depth", 3)) is None
    assert flat.parent_values(And([Equals("warm", True), Equals("warm", False)])) is None


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_configurations_come_back_from_flat_values_and_the_unit_cube(seed):
    import numpy as np

    flat = FlatSpace(MIXED)
    rng = np.random.default_rng(seed)
    configuration = MIXED.decode_row(MIXED.sample(rng, 1), 0)
    assert flat.configuration(flat.values(configuration)) == configuration
    everything = flat.all_values(configuration)
    assert list(everything) == [parameter.name for parameter in flat.parameters]
    assert flat.configuration(everything) == configuration
    point = flat.unit(everything)
    assert ((point >= 0) & (point <= 1)).all()
    back = flat.configuration(flat.from_unit(point))
    assert back == {
        **configuration,
        **{
            name: pytest.approx(value)
            for name, value in configuration.items()
            if isinstance(value, float)
        },
    }
    MIXED.check(flat.configuration(flat.from_unit(rng.uniform(-0.1, 1.1, len(point)))))


@pytest.mark.parametrize(
    ("space", "words"),
    [
        (Space({"x": Float()}, start={"x": 1.0}), "low and high"),
        (Space({"x": Sequence(of=Integer(1, 2))}), "max_length"),
        (Space({"x": Integer(1, 3)}, constraints=[LessThan("x", 3)]), "constraints"),
    ],
)
def test_spaces_that_peers_cannot_be_told_of_are_refused(space, words):
    with pytest.raises(SpaceError, match=words):
        FlatSpace(space)


def test_seeds_of_63_bits_become_seeds_of_31_and_stay_apart():
    seeds = [short_seed(2**62 + i) for i in range(50)] + [short_seed(i) for i in range(50)]
    assert len(set(seeds)) == 100
    assert all(0 <= seed < 2**31 for seed in seeds)


def test_what_a_tool_raises_is_raised_where_it_is_asked():
    def run(objective):
        objective(1)
        raise ValueError("the tool broke")

    tool = HandOver(run)
    assert tool.ask() == 1
    tool.tell(2)
    with pytest.raises(ValueError, match="the tool broke"):
        tool.ask()
    assert tool.ask() is None


def test_a_tool_that_nobody_tells_any_more_ends_its_thread():
    caught = []

    def run(objective):
        try:
            objective(1)
        except Exception as error:  # noqa: BLE001
            caught.append(error)

    tool = HandOver(run)
    tool.ask()
    thread = tool._thread
    assert thread in threading.enumerate()
    del tool
    gc.collect()
    thread.join(30)
    assert not thread.is_alive()
    assert caught == []


def test_halving_evaluates_the_better_third_again():
    halving = next(peer for peer in PEERS if peer.name == "sklearn-halving")
    problem = Made()
    problem.n_folds = 9
    # 12 candidates once, 4 three times, 2 nine times: 42 evaluations after the first point.
    assert evaluations(12, 9) == 42
    asked, session = searched(halving, problem, 1, 43)
    rounds = [asked[1:13], asked[13:25:3], asked[25::9]]
    assert asked[13:25] == [c for c in rounds[1] for _ in range(3)]
    assert asked[25:] == [c for c in rounds[2] for _ in range(9)]
    by_score = sorted(rounds[0], key=problem.score)
    assert sorted(map(problem.score, rounds[1])) == list(map(problem.score, by_score[-4:]))
    assert sorted(map(problem.score, rounds[2])) == list(map(problem.score, by_score[-2:]))
    assert session.best() == by_score[-1]
    assert session.ask() == by_score[-1]  # the budget is spent; nothing new comes


@settings(max_examples=30, deadline=None)
@given(candidates=st.integers(1, 200), most=st.integers(1, 30))
def test_more_candidates_take_more_evaluations(candidates, most):
    assert evaluations(candidates, most) >= candidates
    assert evaluations(candidates + 1, most) > evaluations(candidates, most)


def test_the_page_of_settings_is_up_to_date():
    page = DOCS / "peers.md"
    assert page.read_text(encoding="utf-8") == peers_page(), (
        "run python -m autotune_benchmarks.peers.page > docs/peers.md"
    )
    sections = re.split(r"^## ", peers_page(), flags=re.MULTILINE)[1:]
    for peer in PEERS:
        (section,) = [s for s in sections if peer.name in s.splitlines()[0].split(", ")]
        assert len(section.partition("| setting")[0]) > 100, f"{peer.name} has no reasons"
        for name in peer.settings():
            assert f"| {name} |" in section


def test_on_the_unit_cube_every_value_has_its_share_of_the_axis():
    import numpy as np

    space = Space(
        {
            "place": Ordinal([1, 2, 4]),
            "choice": Categorical(["a", "b", "c", "d"]),
            "whole": Integer(3, 7),
            "log": Integer(1, 64, log=True),
        }
    )
    flat = FlatSpace(space)
    points = (np.arange(5000) + 0.5) / 5000
    drawn = [flat.from_unit(np.full(4, u)) for u in points]
    for name, n in (("place", 3), ("choice", 4), ("whole", 5)):
        _, counts = np.unique([values[name] for values in drawn], return_counts=True)
        assert counts == pytest.approx([5000 / n] * n, abs=1)
    values, counts = np.unique([values["log"] for values in drawn], return_counts=True)
    assert values.tolist() == list(range(1, 65))
    widths = np.diff(np.log(np.arange(65) + 0.5))
    assert counts == pytest.approx(5000 * widths / widths.sum(), abs=2)


class Tiny(Made):
    """Four configurations, each of which scores the same whenever it is tried."""

    def __init__(self):
        super().__init__(space=Space({"n": Integer(0, 1), "word": Categorical(["a", "b"])}))

    def score(self, configuration):
        return configuration["n"] + (configuration["word"] == "b")


@pytest.mark.parametrize("peer", PEERS, ids=NAMES)
def test_a_peer_goes_on_when_everything_is_tried(peer):
    problem = Tiny()
    first = {"n": 0, "word": "b"}
    session = ready(peer).session(problem, first, 2, 16)
    for _ in range(16 * session.cost):
        configuration = session.ask()
        assert problem.space.check(configuration) == configuration
        session.tell(configuration, problem.score(configuration), 1.0)
    assert problem.space.check(session.best()) == session.best()
