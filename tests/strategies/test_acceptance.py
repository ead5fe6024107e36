"""Acceptances: who becomes the incumbent."""

from __future__ import annotations

import math

import numpy as np
import pytest
from attrs import field, frozen
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from autotune import Boolean, Categorical, Float, Space
from autotune.errors import ComponentError
from autotune.space import Equals
from autotune.strategy import (
    AcceptQuery,
    AnticipateQuery,
    Composed,
    Estimate,
    Key,
    Verdict,
    describe,
    rebuild,
)
from autotune.study import (
    Accepted,
    Evaluated,
    Failure,
    Measurement,
    Proposed,
    Rejected,
    StudyStarted,
    apply,
    reduce,
)
from autotune.testing import legal_logs
from autotune_strategies.acceptance.means import PooledMean, PosteriorMean, same_configuration
from autotune_strategies.acceptance.paired_tests import (
    PairedTest,
    default_test_ratio,
    p_not_above,
    standard_error,
)
from autotune_strategies.acceptance.shared_folds import against_incumbent, compare
from autotune_strategies.acceptance.threshold import SimulatedAnnealing, Threshold
from autotune_strategies.anticipators.ridge import LogFeatures, Ridge
from autotune_strategies.schedules.combinations import Constant
from autotune_strategies.schedules.decay import InverseLinear

SPACE = Space({"x": Float(0, 1)})
KEY = Key(5).child(2, "acceptance")
ALL = [
    Threshold(),
    Threshold(0.0, 0.01, 2.0),
    PairedTest(),
    PairedTest(0.2, 0.01, 0.0, 0.01, 2.0),
    SimulatedAnnealing(),
    SimulatedAnnealing(Constant(0.5), 0.01, 2.0),
    PosteriorMean(Ridge()),
    PosteriorMean(Ridge(0.1), 0.01, 0.01, 2.0),
    PooledMean(),
    PooledMean(0.0, 0.01, 2.0),
]
CLASSES = {
    c.__name__: c
    for c in (
        Threshold,
        PairedTest,
        SimulatedAnnealing,
        PosteriorMean,
        PooledMean,
        Ridge,
        LogFeatures,
        Constant,
        InverseLinear,
    )
}


def study_of(*trials, direction="maximize", n_folds=5, space=SPACE):
    """A study of trials, each a dict: scores by fold, and what else there is to say."""
    events = [StudyStarted(0, "s", space, direction, "score", n_folds, {}, 0)]
    for number, trial in enumerate(trials, 1):
        scores = trial["scores"]
        scores = scores if isinstance(scores, dict) else dict(enumerate(scores))
        seconds = trial.get("seconds", 1.0)
        origin = trial.get("origin", "given")
        configuration = trial.get("at", {"x": number / 100})
        events.append(Proposed(0, number, configuration, None, (), origin))
        folds = tuple(scores)
        events.append(
            Evaluated(
                0,
                number,
                Measurement(
                    folds,
                    tuple(scores.values()),
                    (float(seconds),) * len(folds),
                    (0.0,) * len(folds),
                    {},
                    Failure("E", "e") if trial.get("failed") else None,
                ),
            )
        )
        verdict = trial.get("verdict", "pending")
        if verdict == "accepted":
            events.append(Accepted(0, number, None, None))
        elif verdict == "rejected":
            events.append(Rejected(0, number, None, None, "no gain"))
    return reduce(events)


def judge(acceptance, study, trial=None, key=KEY):
    trial = study.n_trials if trial is None else trial
    query = AcceptQuery(study, key, trial, study.outcome(trial))
    return acceptance.read(acceptance.init(), query)


def duel(ours, theirs, **more):
    """A study whose incumbent scored ``theirs``, and whose pending trial scores ``ours``."""
    return study_of({"scores": theirs, "verdict": "accepted"}, {"scores": ours, **more})


scores = st.lists(st.floats(-1, 1), min_size=5, max_size=5)


# All of them


@given(legal_logs(), st.sampled_from(ALL))
def test_every_legal_log_is_judged(log, acceptance):
    state, study = acceptance.init(), reduce([])
    for event in log:
        study = apply(study, event)
        state = acceptance.update(state, study, event)
        for trial, partial in study.pending.items():
            outcome = partial.outcome(study.sign)
            if outcome.failed or not math.isfinite(outcome.score):
                continue
            query = AcceptQuery(study, KEY, trial, outcome)
            with np.errstate(over="ignore"):
                verdict = acceptance.read(state, query)
            assert isinstance(verdict, Verdict)
            assert verdict == acceptance.read(state, query)
            for number in (verdict.gain, verdict.seconds_saved):
                assert number is None or math.isfinite(number)
            if study.incumbent is None:
                assert verdict == Verdict(None, None, None)


@pytest.mark.parametrize("acceptance", ALL, ids=repr)
def test_descriptions_round_trip(acceptance):
    assert rebuild(describe(acceptance), CLASSES) == acceptance


@pytest.mark.parametrize("acceptance", ALL, ids=repr)
def test_the_first_trial_with_a_score_is_accepted(acceptance):
    assert judge(acceptance, study_of({"scores": [-5.0], "seconds": 99})).reason is None
    after_failures = study_of(
        {"scores": [], "failed": True, "verdict": "rejected"}, {"scores": [-5.0], "seconds": 99}
    )
    assert judge(acceptance, after_failures) == Verdict(None, None, None)


@pytest.mark.parametrize("acceptance", ALL, ids=repr)
def test_an_incumbent_that_lost_its_score_is_beaten_by_any(acceptance):
    study = study_of({"scores": {0: 0.5}, "verdict": "accepted"}, {"scores": [0.1]})
    study = apply(study, Evaluated(0, 1, Measurement((1,), (math.nan,), (1.0,), (0.0,))))
    assert judge(acceptance, study) == Verdict(None, None, None)


@pytest.mark.parametrize("acceptance", [a for a in ALL if a.max_fit_time is not None], ids=repr)
def test_what_fits_too_long_is_rejected(acceptance):
    study = duel([0.9, 0.91, 0.9, 0.9, 0.9], [0.1] * 5, seconds=3.0)
    verdict = judge(acceptance, study)
    assert verdict.reason == "too slow"
    assert verdict.gain == pytest.approx(0.802)
    assert verdict.seconds_saved == pytest.approx(-2.0)


@pytest.mark.parametrize("acceptance", ALL, ids=repr)
def test_a_clear_gain_is_accepted_whichever_way_is_better(acceptance):
    up = duel([0.9, 0.91, 0.9, 0.92, 0.9], [0.1, 0.12, 0.1, 0.1, 0.1])
    assert judge(acceptance, up).reason is None
    down = study_of(
        {"scores": [0.9, 0.91, 0.9, 0.92, 0.9], "verdict": "accepted"},
        {"scores": [0.1, 0.12, 0.1, 0.1, 0.1]},
        direction="minimize",
    )
    verdict = judge(acceptance, down)
    assert verdict.reason is None
    assert verdict.gain == pytest.approx(0.802)


# Shared folds


@given(scores, scores, st.permutations(range(5)))
def test_trials_on_the_same_folds_are_compared_by_their_means(ours, theirs, order):
    study = duel({fold: ours[fold] for fold in order}, theirs)
    comparison = compare(study, 2, 1)
    assert comparison.gain == study.outcome(2).value - study.outcome(1).value
    assert np.array_equal(comparison.gains, np.array(ours) - np.array(theirs))


@given(scores, scores, st.sets(st.integers(0, 4), min_size=1, max_size=4), st.sampled_from([1, -1]))
def test_trials_on_other_folds_are_compared_on_those_they_share(ours, theirs, some, sign):
    study = study_of(
        {"scores": theirs, "verdict": "accepted", "seconds": 3.0},
        {"scores": {fold: ours[fold] for fold in some}, "seconds": 1.0},
        direction="maximize" if sign > 0 else "minimize",
    )
    comparison = compare(study, 2, 1)
    expected = np.mean([sign * (ours[fold] - theirs[fold]) for fold in sorted(some)])
    assert comparison.gain == pytest.approx(expected)
    assert comparison.seconds_saved == 2.0
    assert len(comparison.gains) == len(some)


def test_a_hard_fold_that_only_one_ran_does_not_count():
    study = duel({0: 0.8, 1: 0.7}, {0: 0.79, 1: 0.69, 2: 0.1})
    assert judge(Threshold(), study).gain == pytest.approx(0.01)
    study = duel({0: 0.8, 1: 0.7}, {0: 0.81, 1: 0.71, 2: 0.1})
    assert judge(Threshold(), study).reason == "no gain"


def test_without_a_shared_fold_means_are_compared():
    comparison = compare(duel({0: 0.5, 1: 0.7}, {2: 0.1}), 2, 1)
    assert comparison.gain == pytest.approx(0.5)
    assert len(comparison.gains) == 0


def test_folds_of_results_taken_over_are_other_folds():
    # Written as fold 0 is the mean of another search's folds.
    study = study_of(
        {"scores": {0: 0.7}, "origin": "prior", "verdict": "accepted"},
        {"scores": [0.9, 0.5, 0.5, 0.5, 0.5]},
    )
    comparison = compare(study, 2, 1)
    assert comparison.gain == pytest.approx(0.58 - 0.7)
    assert len(comparison.gains) == 0


def test_a_fold_run_twice_counts_once_with_its_mean():
    study = duel({0: 0.5, 1: 0.9}, {0: 0.4})
    study = apply(study, Evaluated(0, 2, Measurement((0,), (0.3,), (1.0,), (0.0,))))
    assert compare(study, 2, 1).gains == pytest.approx([0.0])


# Threshold: as it was, where the folds are the same


@given(scores, scores, st.floats(0, 0.5), st.floats(0, 0.1), st.floats(0.1, 3), st.floats(0.1, 3))
def test_the_threshold_is_that_of_2018(ours, theirs, threshold, price, fast, slow):
    study = study_of(
        {"scores": theirs, "verdict": "accepted", "seconds": slow},
        {"scores": ours, "seconds": fast},
    )
    old, new = study.outcome(1), study.outcome(2)
    gain, saved = new.score - old.score, old.fit_seconds - new.fit_seconds
    reason = None if gain + price * saved > threshold else "no gain"
    assert judge(Threshold(threshold, price), study) == Verdict(gain, saved, reason)


# The paired test


@given(scores, scores)
def test_without_correction_it_is_the_paired_t_test(ours, theirs):
    differences = np.array(ours) - np.array(theirs)
    assume(np.std(differences) > 1e-6)
    expected = stats.ttest_rel(ours, theirs, alternative="greater").pvalue
    assert p_not_above(differences, 0.0, 0.0) == pytest.approx(expected, rel=1e-6, abs=1e-12)


def test_the_corrected_statistic_by_hand():
    # Ten folds: mean 0.02, sample variance 0.0004, so t = 0.02 / sqrt((1/10 + 1/9) 0.0004).
    spread = np.array([1, -1, 1, -1, 1, -1, 1, -1, 1, -1]) * 0.02 * math.sqrt(0.9)
    differences = 0.02 + spread
    assert np.var(differences, ddof=1) == pytest.approx(0.0004)
    assert standard_error(0.0004, 10, 1 / 9) == pytest.approx(0.00918936583)
    t = 0.02 / 0.00918936583
    assert t == pytest.approx(2.17643, abs=1e-4)
    p = p_not_above(differences, 0.0, default_test_ratio(10))
    assert p == pytest.approx(stats.t.sf(t, 9), rel=1e-6)
    assert p == pytest.approx(0.0288, abs=5e-4)
    # The plain test would be about five times as sure.
    assert p_not_above(differences, 0.0, 0.0) < p / 4


def test_the_verdict_follows_the_corrected_test():
    differences = [0.05, -0.01, 0.03, 0.02, 0.01]
    study = duel([0.5 + d for d in differences], [0.5] * 5)
    # t is 2 without and 4/3 with the correction, which are exceeded with chances of 0.058 and 0.127.
    assert judge(PairedTest(0.1, test_ratio=0.0), study).reason is None
    verdict = judge(PairedTest(0.1), study)
    assert verdict.reason == "no gain"
    assert verdict.gain == pytest.approx(0.02)
    assert judge(PairedTest(0.1, test_ratio=0.25), study) == verdict
    assert judge(PairedTest(0.13), study).reason is None
    assert judge(PairedTest(0.2, threshold=0.02), study).reason == "no gain"


@given(scores, scores, st.floats(0, 1), st.floats(0, 1))
def test_what_passes_a_strict_level_passes_a_lax_one(ours, theirs, a, b):
    study = duel(ours, theirs)
    strict, lax = (judge(PairedTest(level), study).reason is None for level in sorted((a, b)))
    assert lax or not strict


@given(scores, scores)
def test_at_half_the_level_the_sign_decides(ours, theirs):
    assume(abs(np.mean(ours) - np.mean(theirs)) > 1e-9)
    study = duel(ours, theirs)
    assert (judge(PairedTest(0.5), study).reason is None) == (np.mean(ours) > np.mean(theirs))


def test_one_fold_leaves_the_mean_to_decide_and_no_noise_leaves_no_doubt():
    assert judge(PairedTest(), duel([0.6], [0.5])).reason is None
    assert judge(PairedTest(), duel([0.5], [0.5])).reason == "no gain"
    assert judge(PairedTest(), duel([0.75] * 5, [0.5] * 5)).reason is None
    assert judge(PairedTest(), duel([0.5] * 5, [0.5] * 5)).reason == "no gain"


def test_seconds_have_a_price_in_the_test():
    study = study_of(
        {"scores": [0.5, 0.51, 0.5, 0.5, 0.5], "verdict": "accepted", "seconds": 5.0},
        {"scores": [0.5, 0.5, 0.5, 0.51, 0.5], "seconds": 1.0},
    )
    assert judge(PairedTest(), study).reason == "no gain"
    assert judge(PairedTest(price=0.1), study).reason is None


# Annealing


@given(scores, scores, st.floats(0, 0.1), st.floats(0.1, 3))
def test_at_temperature_zero_it_is_a_threshold_of_zero(ours, theirs, price, seconds):
    study = duel(ours, theirs, seconds=seconds)
    cold = judge(SimulatedAnnealing(Constant(0.0), price), study)
    assert cold == judge(Threshold(0.0, price), study)


@given(scores, scores, st.integers(0, 100))
def test_a_gain_is_accepted_at_any_temperature(ours, theirs, seed):
    study = duel(ours, theirs)
    assume(study.outcome(2).value > study.outcome(1).value)
    assert judge(SimulatedAnnealing(Constant(0.1)), study, key=Key(seed)).reason is None


def test_a_loss_is_accepted_as_often_as_metropolis_says():
    study = duel([0.4], [0.5])
    annealing = SimulatedAnnealing(Constant(0.2))
    verdicts = [judge(annealing, study, key=Key(1).child(i)) for i in range(2000)]
    accepted = sum(verdict.reason is None for verdict in verdicts)
    assert stats.binomtest(accepted, 2000, math.exp(-0.1 / 0.2)).pvalue > 0.01
    assert {verdict.reason for verdict in verdicts} == {None, "chance"}
    assert judge(annealing, study) == judge(annealing, study)


@given(scores, scores, st.floats(1e-3, 1), st.floats(1, 10), st.integers(0, 50))
def test_what_passes_when_cold_passes_when_hot(ours, theirs, temperature, factor, seed):
    study = duel(ours, theirs)
    cold = judge(SimulatedAnnealing(Constant(temperature)), study, key=Key(seed))
    hot = judge(SimulatedAnnealing(Constant(temperature * factor)), study, key=Key(seed))
    assert hot.reason is None or cold.reason is not None


def test_a_hopeless_loss_is_no_matter_of_chance():
    for temperature in (1e-6, 0.02):
        annealing = SimulatedAnnealing(Constant(temperature))
        assert judge(annealing, duel([0.1], [0.9])).reason == "no gain"


def test_the_temperature_follows_its_schedule():
    cooling = SimulatedAnnealing(InverseLinear(1000.0, 1e9, 0.0))
    assert judge(cooling, duel([0.1], [0.9])).reason == "no gain"
    assert (
        judge(SimulatedAnnealing(InverseLinear(1000.0, 0.0, 0.0)), duel([0.1], [0.9])).reason
        is None
    )


# The posterior mean


@frozen
class Shrunken(Composed[AnticipateQuery, Estimate | None]):
    """A mean of the scores at the same place, as if each place had been seen at 0 before."""

    weight: float = 1.0

    def read(self, state, query):
        study = query.study
        outcomes = study.outcomes()
        rows = np.flatnonzero(outcomes.usable)
        x, y = study.coordinates["x"][rows], outcomes.value[rows]
        means = [
            y[x == at].sum() / (self.weight + np.sum(x == at)) for at in query.coordinates["x"]
        ]
        return Estimate(np.array(means), np.ones(len(means)))


@frozen
class Remembering:
    """Counts the verdicts it has taken in, and expects as much of what it is asked first."""

    worth: float = 1.0
    asked: list = field(factory=list, eq=False)

    def init(self):
        return 0

    def update(self, state, study, event):
        return state + isinstance(event, Accepted | Rejected)

    def read(self, state, query):
        self.asked.append((state, query.study.n_judged, query.parents.tolist()))
        return Estimate(np.array([self.worth, 0.0]), np.ones(2))


@pytest.mark.parametrize("target", ["lucky", "fair"])
def test_a_lucky_incumbent_is_seen_through(target):
    here, there = {"x": 0.25}, {"x": 0.75}
    lucky = [{"scores": [0.6], "at": there, "verdict": "accepted"}]
    # The same place has been seen to score 0.2 twice: on average it is worth (0.6 + 0.4) / 4.
    if target == "lucky":
        lucky += [{"scores": [0.2], "at": there, "verdict": "rejected"}] * 2
    study = study_of(*lucky, {"scores": [0.55], "at": here})
    verdict = judge(PosteriorMean(Shrunken()), study)
    assert verdict.gain == pytest.approx(-0.05)
    # 0.55 / 2 > 1 / 4, but 0.55 / 2 < 0.6 / 2.
    assert verdict.reason == (None if target == "lucky" else "no gain")
    assert judge(Threshold(), study).reason == "no gain"


def test_the_anticipator_learns_the_judged_trial_and_asking_changes_nothing():
    anticipator = Remembering()
    acceptance = PosteriorMean(anticipator)
    study = duel([0.4], [0.5])
    state = (1,)
    query = AcceptQuery(study, KEY, 2, study.outcome(2))
    assert acceptance.read(state, query).reason is None
    assert anticipator.asked == [(2, 2, [1, 1])]
    assert study.n_judged == 1
    assert 2 in study.pending


def test_smoothed_gain_and_price_have_to_pass_the_threshold():
    study = study_of(
        {"scores": [0.5], "verdict": "accepted", "seconds": 3.0}, {"scores": [0.4], "seconds": 1.0}
    )
    assert judge(PosteriorMean(Remembering(0.1), threshold=0.2), study).reason == "no gain"
    assert judge(PosteriorMean(Remembering(0.1), threshold=0.2, price=0.1), study).reason is None


@given(scores, scores)
def test_while_nothing_is_anticipated_the_measured_gain_decides(ours, theirs):
    @frozen
    class Silent(Composed[AnticipateQuery, Estimate | None]):
        def read(self, state, query):
            return None

    study = duel(ours, theirs)
    assert judge(PosteriorMean(Silent(), 0.01), study) == judge(Threshold(0.01), study)


# Pooled means


@given(st.lists(scores, min_size=2, max_size=5), st.floats(0, 0.1))
def test_where_no_configuration_is_tried_twice_it_is_the_threshold(trials, threshold):
    study = study_of(
        *({"scores": s, "verdict": "accepted"} for s in trials[:-1]), {"scores": trials[-1]}
    )
    assert judge(PooledMean(threshold), study) == judge(Threshold(threshold), study)


def test_luck_is_corrected_by_trying_again():
    a, b, c = {"x": 0.1}, {"x": 0.2}, {"x": 0.3}
    # b was lucky once; tried again it is a duplicate, but c has only to beat the mean of both.
    lucky = [
        {"scores": [0.5], "at": a, "verdict": "accepted"},
        {"scores": [0.9], "at": b, "verdict": "accepted"},
    ]
    again = study_of(*lucky, {"scores": [0.3], "at": b})
    assert judge(PooledMean(), again) == Verdict(0.0, 0.0, "duplicate")
    rejected = {"scores": [0.3], "at": b, "verdict": "rejected"}
    study = study_of(*lucky, rejected, {"scores": [0.7], "at": c})
    verdict = judge(PooledMean(), study)
    assert verdict.reason is None
    assert verdict.gain == pytest.approx(0.1)
    # And the runner-up, tried again, is back when it is better on average.
    study = study_of(*lucky, rejected, {"scores": [0.8], "at": a})
    assert judge(PooledMean(), study).gain == pytest.approx(0.05)
    assert judge(PooledMean(), study).reason is None
    study = study_of(*lucky, rejected, {"scores": [0.6], "at": a})
    assert judge(PooledMean(), study).reason == "no gain"


def test_failures_and_pending_trials_are_not_pooled():
    study = study_of(
        {"scores": [0.5], "at": {"x": 0.1}, "verdict": "accepted"},
        {"scores": [0.0], "at": {"x": 0.2}, "failed": True, "verdict": "rejected"},
        {"scores": [0.0], "at": {"x": 0.2}},
        {"scores": [0.6], "at": {"x": 0.2}},
    )
    assert judge(PooledMean(), study).gain == pytest.approx(0.1)


def test_pools_are_compared_fold_by_fold():
    # Fold 1 is hard; who ran it more often must not suffer for it.
    study = study_of(
        {"scores": {0: 0.8, 1: 0.2}, "at": {"x": 0.1}, "verdict": "accepted"},
        {"scores": {1: 0.2}, "at": {"x": 0.2}, "verdict": "rejected"},
        {"scores": {0: 0.9, 1: 0.3}, "at": {"x": 0.2}},
    )
    assert judge(PooledMean(), study).gain == pytest.approx((0.1 + 0.05) / 2)


def test_results_taken_over_are_pooled_with_their_like_only():
    study = study_of(
        {"scores": {0: 0.1}, "at": {"x": 0.2}, "origin": "prior", "verdict": "rejected"},
        {"scores": {0: 0.5, 1: 0.5}, "at": {"x": 0.1}, "verdict": "accepted"},
        {"scores": {0: 0.6, 1: 0.6}, "at": {"x": 0.2}},
    )
    assert judge(PooledMean(), study).gain == pytest.approx(0.1)


def test_inactive_parameters_are_equal_to_themselves():
    space = Space(
        {"kernel": Categorical(["linear", "rbf"]), "gamma": Float(0, 1), "s": Boolean()},
        conditions={"gamma": Equals("kernel", "rbf")},
    )
    configurations = [
        {"kernel": "linear", "s": True},
        {"kernel": "rbf", "gamma": 0.5, "s": True},
        {"kernel": "linear", "s": True},
        {"kernel": "rbf", "gamma": 0.25, "s": True},
        {"kernel": "linear", "s": False},
    ]
    study = study_of(*({"scores": [0.1], "at": c} for c in configurations), space=space)
    assert same_configuration(study, 1) == [1, 3]
    assert same_configuration(study, 4) == [4]


def test_against_an_incumbent_what_if():
    study = study_of({"scores": [0.5], "verdict": "accepted"})
    outcome = study.outcome(1)
    assert against_incumbent(study, 2, outcome).gain == 0.0
    assert against_incumbent(study_of({"scores": [0.5]}), 1) is None


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: PairedTest(1.5), "level"),
        (lambda: PairedTest(test_ratio=-1.0), "test_ratio"),
        (lambda: PairedTest(max_fit_time=0.0), "max_fit_time"),
        (lambda: SimulatedAnnealing(0.5), "temperature"),
        (lambda: SimulatedAnnealing(price=-1), "price"),
        (lambda: PosteriorMean(None), "anticipator"),
        (lambda: PosteriorMean(Ridge(), -1.0), "threshold"),
        (lambda: PooledMean(math.nan), "threshold"),
        (lambda: PooledMean(max_fit_time=-1.0), "max_fit_time"),
    ],
)
def test_bad_fields_are_named(make, name):
    with pytest.raises(ComponentError, match=rf"\.{name} = "):
        make()
