"""Questions to a log: explanations, forks, counterfactuals, and what would have been predicted."""

from __future__ import annotations

import math

import numpy as np
import pytest
from attrs import evolve, frozen
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from autotune import Float, Space, Tuner, open_log, tune, verify
from autotune.errors import LogError, StudyError
from autotune.log import MemoryLog
from autotune.replay import backtest, counterfactual, explain, fork, state_at
from autotune.space import as_space
from autotune.space.distance import configuration_distance
from autotune.strategy import Composed, Estimate
from autotune.study import Evaluated, Proposed, StrategyChanged
from autotune.testing import configurations, legal_logs, spaces
from autotune_strategies import GaussianProcess, MaxTrials, Never, Ridge, recipes
from helpers import OPTIONS, objective

START = {"x": 1.0, "n": 5, "flag": True, "layers": (4, 1), "word": "a"}


def recorded(strategy, n_trials=30, log=None):
    log = MemoryLog() if log is None else log
    tune(
        objective,
        as_space(START, options=OPTIONS),
        n_trials=n_trials,
        seed=11,
        log=log,
        strategy=strategy,
    )
    return log


STRATEGIES = {
    "2018": recipes.autotune_2018(step_number_vars=3),
    "default": evolve(recipes.default(), n_candidates=30),
    "walk": recipes.random_walk(),
}
LOGS = {name: recorded(strategy) for name, strategy in STRATEGIES.items()}


def proposals(log):
    return [event for event in log.events() if isinstance(event, Proposed)]


# explain


@pytest.mark.parametrize("name", LOGS)
def test_the_chosen_candidate_is_what_was_proposed(name):
    for event in proposals(LOGS[name]):
        why = explain(LOGS[name], event.trial)
        assert (why.origin, why.parent, why.trial) == (event.origin, event.parent, event.trial)
        assert str(why).startswith(f"trial {event.trial}")
        if event.parent is None:
            assert why.candidates == ()
            continue
        assert sum(c.chosen for c in why.candidates) == 1
        assert why.candidates[0] is why.chosen
        assert why.chosen.configuration == event.configuration
        assert why.chosen.moved == event.moved
        if event.anticipated is not None:
            for expected in ("score", "score_sd", "seconds", "gain", "seconds_saved"):
                assert getattr(why.chosen, expected) == getattr(event.anticipated, expected)
        if event.origin == "exploit" and why.chosen.worth is not None:
            assert why.chosen.worth == max(c.worth for c in why.candidates)
            worths = [c.worth for c in why.candidates[1:]]
            assert worths == sorted(worths, reverse=True)


def test_contributions_add_up_where_the_anticipator_adds():
    several = 0
    for event in proposals(LOGS["2018"])[5:]:
        why = explain(LOGS["2018"], event.trial)
        if why.chosen.gain is not None:
            several += len(why.contributions) > 1
            assert why.together == pytest.approx(0, abs=1e-9)
            assert sum(why.contributions.values()) == pytest.approx(why.chosen.gain)
            assert set(why.contributions) <= set(why.chosen.moved)
    assert several > 5


def test_a_trial_that_is_not_there_cant_be_explained():
    with pytest.raises(StudyError, match="trial = 99"):
        explain(LOGS["walk"], 99)


# fork


@given(st.data())
def test_a_fork_shares_the_past_and_says_where_from(data):
    log = LOGS[data.draw(st.sampled_from(sorted(LOGS)))]
    seq = data.draw(st.integers(0, len(log) - 1))
    forked = fork(log, seq)
    events, theirs = list(forked.events()), list(log.events())
    assert events[1:] == theirs[1 : seq + 1]
    assert events[0].lineage.study_id == theirs[0].study_id
    assert events[0].lineage.seq == seq
    assert events[0].study_id != theirs[0].study_id
    assert evolve(events[0], study_id="", lineage=None) == evolve(theirs[0], study_id="")
    assert verify(forked).passed
    again = fork(forked, seq // 2)
    assert next(iter(again.events())).lineage == evolve(
        events[0].lineage, study_id=events[0].study_id, seq=seq // 2
    )


@pytest.mark.parametrize("seq", [0, 1, 2, 31, 32, 33, None])
def test_a_fork_goes_on_as_the_original_did_if_nothing_else_decides(seq):
    log = LOGS["default"]
    forked = fork(log, seq)
    Tuner.resume(forked, n_trials=30).run(objective)
    assert [p.configuration for p in proposals(forked)] == [p.configuration for p in proposals(log)]
    assert verify(forked).passed


def test_a_fork_with_another_strategy_goes_its_own_way(tmp_path):
    path = tmp_path / "fork"
    with fork(LOGS["2018"], 40, strategy=recipes.random_search(), to=path) as forked:
        assert isinstance(list(forked.events())[-1], StrategyChanged)
        Tuner.resume(forked, n_trials=30).run(objective)
    with open_log(path, mode="r") as log:
        own, theirs = proposals(log), proposals(LOGS["2018"])
        shared = state_at(LOGS["2018"], 40).n_trials
        assert own[:shared] == theirs[:shared]
        later = list(zip(own, theirs, strict=True))[shared:]
        assert all(a.configuration != b.configuration for a, b in later)
        assert verify(log).passed
    assert verify(LOGS["2018"]).passed


def test_a_fork_overwrites_nothing(tmp_path):
    log = LOGS["walk"]
    with pytest.raises(LogError, match="new or empty"):
        fork(log, 3, to=fork(log, 2))
    for seq in (-1, len(log), 1.0, True):
        with pytest.raises(StudyError, match="seq"):
            fork(log, seq, to=tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()


# counterfactual


@pytest.mark.parametrize("name", LOGS)
def test_a_strategy_does_not_diverge_from_itself(name):
    found = counterfactual(LOGS[name], STRATEGIES[name])
    assert len(found.divergences) == found.same_proposals == found.same_verdicts == 30
    assert found.mean_distance == 0
    assert found.stops_at is None
    assert str(found).startswith("30 of 30 proposals and 30 of 30 verdicts")


def test_another_strategy_diverges_by_what_lies_between():
    found = counterfactual(LOGS["2018"], STRATEGIES["walk"])
    space = state_at(LOGS["2018"], 0).known_space
    assert found.same_proposals < 10
    for d in found.divergences:
        assert d.distance == configuration_distance(space, d.recorded, d.proposed)
    # It steps from the same incumbent, so verdicts hang on the thresholds alone.
    assert found.same_verdicts >= 28


def test_it_says_where_another_would_have_stopped():
    strategy = evolve(STRATEGIES["walk"], termination=MaxTrials(10))
    assert counterfactual(LOGS["walk"], strategy).stops_at == 11


@given(legal_logs())
def test_any_log_has_a_counterfactual(events):
    log = MemoryLog()
    log.append(list(events))
    found = counterfactual(log, STRATEGIES["walk"])
    assert all(0 <= d.distance <= 1 for d in found.divergences)


# distance


@given(st.data())
def test_distance_is_one(data):
    space = data.draw(spaces(conditional=True))
    a, b = (data.draw(configurations(space)) for _ in range(2))
    there, back = (configuration_distance(space, *pair) for pair in ((a, b), (b, a)))
    assert there == back
    assert 0 <= there <= 1
    assert configuration_distance(space, a, a) == 0


# anticipate


def test_what_is_foretold_is_what_was_anticipated():
    for name in ("2018", "default"):
        log = LOGS[name]
        for target in ("score", "seconds"):
            found = backtest(log, getattr(STRATEGIES[name], f"{target}_anticipator"), target=target)
            told = dict(zip(found.trials.tolist(), found.mean.tolist(), strict=True))
            sds = dict(zip(found.trials.tolist(), found.sd.tolist(), strict=True))
            compared = 0
            for event in proposals(log):
                if event.anticipated is not None and event.trial in told:
                    compared += 1
                    assert told[event.trial] == pytest.approx(
                        getattr(event.anticipated, target), rel=1e-9, abs=1e-12
                    )
                    assert sds[event.trial] == pytest.approx(
                        getattr(event.anticipated, f"{target}_sd"), rel=1e-6, abs=1e-9
                    )
            assert compared > 4


@frozen
class Says(Composed):
    """Predicts the same of everything."""

    mean: float
    sd: float

    def read(self, state, query):
        n = len(query.parents)
        return Estimate(np.full(n, self.mean), np.full(n, self.sd))


def test_figures_by_hand():
    space = Space({"x": Float(0, 1)})
    scores = np.random.default_rng(0).normal(2, 3, size=200)
    log = MemoryLog()
    tuner = Tuner(space, log=log, strategy=evolve(recipes.random_search(), termination=Never()))
    for score in scores:
        tuner.tell(tuner.ask().trial, float(score))
    found = backtest(log, Says(2.0, 3.0))
    # Of the first nothing can be known.
    assert found.trials.tolist() == list(range(2, 201))
    assert found.n_silent == 1
    rest = scores[1:]
    assert found.rmse == pytest.approx(np.sqrt(np.mean((rest - 2) ** 2)))
    assert found.mae == pytest.approx(np.mean(np.abs(rest - 2)))
    assert found.negative_log_density == pytest.approx(-np.mean(stats.norm.logpdf(rest, 2, 3)))
    assert found.coverage[0.95] == np.mean(np.abs(rest - 2) <= stats.norm.ppf(0.975) * 3)
    for level, share in found.coverage.items():
        assert share == pytest.approx(level, abs=0.1)
    assert math.isnan(found.rank_correlation)
    before = np.cumsum(scores)[:-1] / np.arange(1, 200)
    np.testing.assert_allclose(found.before, before)
    assert found.skill == pytest.approx(
        1 - np.mean((rest - 2) ** 2) / np.mean((rest - before) ** 2)
    )
    assert set(found.as_dict()) >= {"rmse", "skill", "coverage_0.8"}


def test_scores_that_are_to_be_small_are_foretold_as_they_are():
    log = MemoryLog()
    tune(lambda c: (c["x"] - 3) ** 2, {"x": 1.0}, n_trials=25, log=log, direction="minimize")
    found = backtest(log, GaussianProcess())
    assert np.all(found.actual >= 0)
    assert found.rank_correlation > 0.5


@given(legal_logs())
def test_any_log_can_be_foretold(events):
    found = backtest(events, Ridge())
    n = len(found.trials)
    assert len(found.mean) == len(found.sd) == len(found.actual) == len(found.before) == n
    assert np.all(np.isfinite(found.actual))
    assert isinstance(str(found), str)
    judged = {e.trial for e in events if isinstance(e, Evaluated)}
    assert set(found.trials.tolist()) <= judged


def test_a_target_there_is_not():
    with pytest.raises(StudyError, match="target"):
        backtest(LOGS["walk"], Ridge(), target="beauty")
