"""Trials that still run are known to the anticipators, and to nobody else."""

from __future__ import annotations

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autotune import Float, Space, Tuner, verify
from autotune.errors import ComponentError
from autotune.log import MemoryLog
from autotune.strategy import AnticipateQuery, Key, describe, rebuild
from autotune.strategy.defaults import known_components
from autotune.strategy.fantasies import PENDING_VALUES, with_fantasies
from autotune.study import EMPTY, apply
from autotune.testing import legal_logs
from autotune_strategies import recipes

SPACE = Space({"x": Float(-5, 5), "y": Float(-5, 5)}, start={"x": 1.0, "y": 1.0})


def studies(events):
    study = EMPTY
    for event in events:
        study = apply(study, event)
        yield study


@given(legal_logs(), st.sampled_from(PENDING_VALUES))
def test_only_what_is_pending_is_imagined(events, pending_value):
    for study in studies(events):
        before = attrs.asdict(study, recurse=False)
        ahead = with_fantasies(study, pending_value)
        assert attrs.asdict(study, recurse=False) == before
        assert ahead.n_trials == study.n_trials
        assert ahead.incumbent == study.incumbent
        if not study.pending or pending_value == "unknown" or not study.outcomes().usable.any():
            assert ahead is study
            continue
        assert all(partial.failed for partial in ahead.pending.values())
        judged = study.outcomes().judged
        for name in ("score", "fit_seconds"):
            there = getattr(study.outcomes(), name)[judged]
            np.testing.assert_array_equal(getattr(ahead.outcomes(), name)[judged], there)


@given(legal_logs())
def test_a_constant_lies_between_what_was_seen(events):
    for study in studies(events):
        seen = study.outcomes().value[study.outcomes().usable]
        fresh = [
            trial for trial, part in study.pending.items() if not part.folds and not part.failed
        ]
        if len(seen) == 0 or not fresh:
            continue
        told = {
            pending_value: with_fantasies(study, pending_value).outcomes().value[fresh[0] - 1]
            for pending_value in PENDING_VALUES[:3]
        }
        assert told["worst"] == seen.min()
        assert told["best"] == seen.max()
        assert seen.min() <= told["mean"] <= seen.max() or np.isclose(told["mean"], seen.mean())


def waiting(pending_value, n=3):
    """Return a tuner with ten judged trials and some that are pending."""
    strategy = attrs.evolve(recipes.default(), pending_value=pending_value)
    tuner = Tuner(SPACE, strategy=strategy, seed=2, deterministic=True)
    for _ in range(10):
        trial = tuner.ask()
        score = -(trial.configuration["x"] ** 2) - trial.configuration["y"] ** 2
        tuner.tell(trial.trial, (score, 0.5))
    return tuner, tuner.ask_batch(n)


def test_less_is_unknown_next_to_what_is_pending():
    tuner, batch = waiting("best")
    score, state = tuner.strategy.part(tuner._current.state, "score_anticipator")
    places = SPACE.encode([proposed.configuration for proposed in batch])

    def sd(study):
        query = AnticipateQuery(study, Key(0), "score", places, np.zeros(3, dtype=np.int64))
        return score.read(state, query).sd

    assert (sd(with_fantasies(tuner.study, "best")) < 0.7 * sd(tuner.study)).all()


def test_what_is_pending_moves_the_next_proposal():
    (_, *known), (_, *unknown) = (
        waiting(pending_value)[1] for pending_value in ("best", "unknown")
    )
    assert [p.configuration for p in known] != [p.configuration for p in unknown]


@pytest.mark.parametrize("pending_value", PENDING_VALUES)
def test_a_batch_is_derived_again(pending_value):
    tuner, batch = waiting(pending_value)
    for proposed in reversed(batch):
        tuner.tell(proposed.trial, 0.5)
    assert verify(tuner.log).passed


def test_a_batch_is_that_of_asking_one_by_one():
    _, batch = waiting("best")
    tuner, (first,) = waiting("best", 1)
    one_by_one = [first, tuner.ask(), tuner.ask()]
    assert [attrs.evolve(p, at=0) for p in batch] == [attrs.evolve(p, at=0) for p in one_by_one]


def test_a_batch_is_recorded_together_or_not_at_all():
    class Full(MemoryLog):
        full = False

        def append(self, events):
            if self.full:
                raise OSError(28, "No space left on device")
            super().append(events)

    log = Full()
    tuner = Tuner(SPACE, log=log, n_trials=9)
    log.full = True
    with pytest.raises(OSError, match="No space"):
        tuner.ask_batch(4)
    assert tuner.study.n_trials == 0
    log.full = False
    assert [p.trial for p in tuner.ask_batch(4)] == [1, 2, 3, 4]


def test_the_default_is_left_out_so_that_older_descriptions_stay_equal():
    strategy = recipes.default()
    assert "pending_value" not in describe(strategy)
    other = attrs.evolve(strategy, pending_value="anticipated")
    assert describe(other)["pending_value"] == "anticipated"
    for each in (strategy, other):
        assert rebuild(describe(each), known_components()) == each


def test_an_unknown_pending_value_is_refused():
    with pytest.raises(
        ComponentError, match=r"Strategy.pending_value = 'median' must be one of 'mean'"
    ):
        attrs.evolve(recipes.default(), pending_value="median")
