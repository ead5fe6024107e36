"""Rules to stop: when each does, how they combine, and what they say."""

from __future__ import annotations

import itertools
import math
import re

import numpy as np
import pytest
from attrs import field, frozen
from hypothesis import given
from hypothesis import strategies as st

from autotune import Boolean, Categorical, Float, Integer, Ordinal, Sequence, Space
from autotune.errors import ComponentError
from autotune.space import Equals
from autotune.strategy import AnticipateQuery, Composed, Estimate, Key, StopQuery, describe, rebuild
from autotune.study import (
    Accepted,
    Anticipated,
    Evaluated,
    Failure,
    Measurement,
    Proposed,
    Rejected,
    SpaceChanged,
    StrategyChanged,
    StudyStarted,
    apply,
    reduce,
)
from autotune.testing import legal_logs
from autotune_strategies.anticipators.ridge import LogFeatures, Ridge
from autotune_strategies.termination.exhaustion import SpaceExhausted
from autotune_strategies.termination.limits import MaxTrials, ScoreReached, Seconds, TimeBudget
from autotune_strategies.termination.regret_bound import (
    RegretBound,
    confidence_width,
    simple_regret_bound,
)
from autotune_strategies.termination.rule import Both, Either, Never, Rule
from autotune_strategies.termination.stalls import NothingAnticipated, Patience

SPACE = Space({"x": Float(0, 1)})
KEY = Key(2).child(9, "stop")
SIMPLE = [
    Never(),
    MaxTrials(1),
    MaxTrials(3),
    Seconds(2.0),
    Seconds(1.0, wall=True),
    TimeBudget(1.0),
    Patience(1),
    Patience(3),
    ScoreReached(0.5),
    NothingAnticipated(0.5, 1),
    NothingAnticipated(0.5, 2, expected=False),
    SpaceExhausted(),
    RegretBound(Ridge(), n_candidates=10, least_trials=2),
    RegretBound(Ridge(), n_candidates=0, least_trials=2, noise=1e9),
]
COMBINED = [
    MaxTrials(3) | Patience(2),
    MaxTrials(2) & Patience(1),
    (MaxTrials(2) | Seconds(1.0)) & Patience(1),
    (MaxTrials(2) & Seconds(1.0)) | (Patience(1) & ScoreReached(0.0)),
    MaxTrials(1) & Seconds(1.0),
]
ALL = SIMPLE + COMBINED
CLASSES = {
    c.__name__: c
    for c in (
        Never,
        MaxTrials,
        Seconds,
        TimeBudget,
        Patience,
        ScoreReached,
        NothingAnticipated,
        SpaceExhausted,
        RegretBound,
        Either,
        Both,
        Ridge,
        LogFeatures,
    )
}


def trial_events(number, scores=(0.5,), verdict="rejected", at=0, seconds=1.0, **proposed):
    values = {"x": number / 100} | proposed.pop("configuration", {})
    n = len(scores)
    events = [
        Proposed(
            at,
            number,
            values,
            None,
            (),
            proposed.get("origin", "given"),
            proposed.get("anticipated"),
        ),
        Evaluated(
            at,
            number,
            Measurement(
                tuple(range(n)),
                tuple(scores),
                (seconds,) * n,
                (seconds / 4,) * n,
                {},
                Failure("E", "e") if n == 0 else None,
            ),
        ),
    ]
    if verdict == "accepted":
        events.append(Accepted(at, number, None, None))
    elif verdict == "rejected":
        events.append(Rejected(at, number, None, None, "no gain"))
    return events


def study_of(*trials, space=SPACE, direction="maximize", n_folds=1, begun=0):
    events = [StudyStarted(begun, "s", space, direction, "score", n_folds, {}, 0)]
    for number, trial in enumerate(trials, 1):
        events += trial_events(number, **trial)
    return reduce(events)


def said(rule, study):
    return rule.read(rule.init(), StopQuery(study, KEY))


# All of them


@given(legal_logs(), st.sampled_from(ALL))
def test_every_legal_log_is_digested(log, rule):
    state, study = rule.init(), reduce([])
    stopped = False
    for event in log:
        study = apply(study, event)
        state = rule.update(state, study, event)
        query = StopQuery(study, KEY)
        with np.errstate(over="ignore", invalid="ignore"):
            words = rule.read(state, query)
            assert words == rule.read(state, query)
        assert words is None or (type(words) is str and words)
        if rule.monotone:
            assert words is not None or not stopped
        stopped = words is not None


def test_the_claims_to_be_monotone():
    monotone = {type(rule).__name__ for rule in SIMPLE if rule.monotone}
    assert monotone == {"Never", "MaxTrials", "Seconds", "TimeBudget"}
    assert (MaxTrials(1) & Seconds(1.0)).monotone
    assert (MaxTrials(1) | Seconds(1.0)).monotone
    assert not (MaxTrials(1) | Patience(1)).monotone
    assert not (MaxTrials(1) & Patience(1)).monotone


@pytest.mark.parametrize("rule", ALL, ids=repr)
def test_descriptions_round_trip(rule):
    assert rebuild(describe(rule), CLASSES) == rule


@pytest.mark.parametrize("rule", ALL, ids=repr)
def test_every_rule_reads_as_one_sentence(rule):
    sentence = str(rule)
    assert re.fullmatch(r"Stop when [^\n]+\.", sentence)
    assert ". " not in sentence
    assert sentence.count("(") == sentence.count(")")
    assert repr(rule) not in sentence  # that is for rules which have no words of their own


def test_the_sentences():
    assert str(MaxTrials(100) | Patience(20)) == (
        "Stop when 100 trials are done or when 20 trials in a row brought no gain."
    )
    assert str((MaxTrials(1) | Patience(1)) & Seconds(60, wall=True)) == (
        "Stop when (1 trial is done or when 1 trial brought no gain) and 60 s have passed since the "
        "study began."
    )
    assert str(MaxTrials(5) & Patience(2) | ScoreReached(0.9)) == (
        "Stop when 5 trials are done and 2 trials in a row brought no gain or when a trial scores as "
        "good as 0.9."
    )


# Combinations


@frozen
class Says(Rule):
    """Says what it is told to."""

    words: str | None = None

    def read(self, state, query):
        return self.words


class Foreign(Composed[StopQuery, str | None]):
    """A rule that does not derive from Rule."""


@frozen
class Plain(Foreign):
    def read(self, state, query):
        return "plain"


answers = st.none() | st.sampled_from(["a", "b"])
rules = st.recursive(
    st.builds(Says, answers),
    lambda inner: st.tuples(inner, inner, st.booleans()).map(
        lambda t: t[0] | t[1] if t[2] else t[0] & t[1]
    ),
    max_leaves=6,
)
NOTHING = study_of()


def stops(rule):
    return said(rule, NOTHING) is not None


@given(rules, rules, rules)
def test_rules_combine_as_truth_values_do(a, b, c):
    assert stops(a | b) == (stops(a) or stops(b))
    assert stops(a & b) == (stops(a) and stops(b))
    assert stops(a & (b | c)) == stops((a & b) | (a & c))
    assert stops(a | (b & c)) == stops((a | b) & (a | c))
    assert (a | b) | c == a | (b | c)
    assert (a & b) & c == a & (b & c)
    assert stops(a | Never()) == stops(a)
    assert not stops(a & Never())


def test_combinations_are_flat_and_give_their_reasons():
    a, b, c = Says("one"), Says(None), Says("three")
    assert (a | b | c).rules == (a, b, c)
    assert (a & b & c).rules == (a, b, c)
    assert (a | b & c).rules == (a, Both((b, c)))
    assert said(b | c | a, NOTHING) == "three"
    assert said(a & c, NOTHING) == "one; three"
    assert said(a & b, NOTHING) is None


def test_any_component_can_be_combined_with_and_nothing_else():
    assert said(Says(None) | Plain(), NOTHING) == "plain"
    assert str(Says(None) & Plain()) == "Stop when Says(words=None) says so and Plain() says so."
    assert not (MaxTrials(1) & Plain()).monotone
    with pytest.raises(TypeError):
        MaxTrials(1) | 3
    with pytest.raises(TypeError):
        MaxTrials(1) & "x"
    for kind in (Either, Both):
        with pytest.raises(ComponentError, match=r"rules = \(\)"):
            kind(())
        with pytest.raises(ComponentError, match=r"\.rules = "):
            kind((MaxTrials(1), 3))


@frozen
class Tally(Rule):
    """Remembers how many events it has taken in."""

    n: int = 2

    def init(self):
        return 0

    def update(self, state, study, event):
        return state + 1

    def read(self, state, query):
        return f"{state} events" if state >= self.n else None


def test_rules_that_remember_keep_their_states_apart():
    rule = (Tally(2) & Tally(4)) | Tally(5)
    study, state, found = reduce([]), rule.init(), []
    for event in [StudyStarted(0, "s", SPACE, "maximize", "score", 1, {}, 0), *trial_events(1)]:
        study = apply(study, event)
        state = rule.update(state, study, event)
        found.append(rule.read(state, StopQuery(study, KEY)))
    assert found == [None, None, None, "4 events; 4 events"]


# Trials, seconds


def test_trials_are_counted_without_those_taken_over():
    prior = {"origin": "prior"}
    assert said(MaxTrials(2), study_of(prior, {})) is None
    assert said(MaxTrials(2), study_of(prior, {}, {})) == "2 of 2 trials done"


def test_seconds_are_those_of_fitting_and_scoring():
    # Two folds of 1 s and 0.25 s each, and what is taken over costs nothing.
    prior = {"origin": "prior", "seconds": 1000.0}
    trial = {"scores": (0.5, 0.5)}
    assert said(Seconds(5.0), study_of(prior, trial)) is None
    assert said(Seconds(5.0), study_of(prior, trial, trial)) is not None
    assert said(Seconds(5.1), study_of(prior, trial, trial)) is None


def test_wall_seconds_are_those_between_events():
    begun = 1_700_000_000_000_000
    trials = [{"at": begun + 1_500_000}, {"at": begun + 3_000_000, "verdict": "pending"}]
    assert said(Seconds(3.0, wall=True), study_of(*trials, begun=begun)) is not None
    assert said(Seconds(3.0, wall=True), study_of(trials[0], begun=begun)) is None
    assert said(Seconds(1.5, wall=True), study_of(trials[0], begun=begun)) is not None
    assert said(Seconds(0.1, wall=True), study_of(begun=begun)) is None
    # A verdict that comes late counts too.
    late = Rejected(begun + 9_000_000, 1, None, None, "no gain")
    study = study_of({"at": begun, "verdict": "pending"}, begun=begun)
    assert said(Seconds(9.0, wall=True), study) is None
    assert said(Seconds(9.0, wall=True), apply(study, late)) is not None


def test_running_seconds_leave_out_what_lies_before_a_going_on():
    minute = 60_000_000
    ran = study_of({"at": minute}, {"at": 2 * minute})
    assert said(TimeBudget(120.0), ran) == "120 s of running, the time budget was 120 s"
    assert said(TimeBudget(120.1), ran) is None
    # Changes are recorded when a study is gone on with, a day later.
    for change in (StrategyChanged(1440 * minute, {}), SpaceChanged(1440 * minute, SPACE)):
        later = apply(ran, change)
        assert later.seconds == 120.0
        assert apply(later, trial_events(3, at=1441 * minute)[0]).seconds == 180.0
    # A clock that is set back takes nothing away, and goes on from there.
    back = apply(ran, trial_events(3, at=minute)[0])
    assert back.seconds == 120.0
    assert apply(back, trial_events(3, at=3 * minute)[1]).seconds == 240.0


# Patience, score


@given(st.lists(st.sampled_from(["accepted", "rejected"]), max_size=12), st.integers(1, 5))
def test_patience_counts_rejections_since_the_last_acceptance(verdicts, n):
    study = study_of(*({"verdict": verdict} for verdict in verdicts))
    tail = len(list(itertools.takewhile(lambda v: v == "rejected", reversed(verdicts))))
    assert (said(Patience(n), study) is not None) == (tail >= n)


def test_patience_is_not_tried_by_what_is_taken_over_or_pending():
    prior = {"origin": "prior"}
    assert said(Patience(2), study_of(prior, prior, {})) is None
    assert said(Patience(2), study_of({}, {"verdict": "pending"})) is None
    assert said(Patience(2), study_of(prior, {}, {})) == "2 trials in a row brought no gain"


def test_the_score_to_reach_is_the_objectives():
    trials = [{"scores": (0.4,)}, {"scores": (0.6,)}]
    assert said(ScoreReached(0.6), study_of(*trials)) == "trial 2 scored 0.6, the target was 0.6"
    assert said(ScoreReached(0.7), study_of(*trials)) is None
    assert said(ScoreReached(0.4), study_of(*trials, direction="minimize")) is not None
    assert said(ScoreReached(0.3), study_of(*trials, direction="minimize")) is None


# Nothing anticipated


def foreseen(gain, sd=0.0, origin="exploit"):
    return {"origin": origin, "anticipated": Anticipated(0.5, sd, 1.0, 0.0, gain, 0.0)}


def test_what_little_is_anticipated_has_to_be_so_several_times_in_a_row():
    rule = NothingAnticipated(0.01, 2)
    assert said(rule, study_of(foreseen(0.001))) is None
    assert said(rule, study_of(foreseen(0.001), foreseen(0.1))) is None
    assert said(rule, study_of(foreseen(0.001), foreseen(0.1), foreseen(0.0))) is None
    assert said(rule, study_of(foreseen(0.1), foreseen(0.001), foreseen(-1.0))) is not None
    # Exploring says nothing of the best there is.
    exploring = foreseen(0.5, origin="explore")
    assert said(rule, study_of(foreseen(0.001), exploring, foreseen(0.0))) is not None
    assert said(rule, study_of(foreseen(0.001), {"origin": "exploit"})) is None
    assert said(rule, study_of(exploring, exploring)) is None


def test_uncertainty_counts_as_improvement_expected():
    # Expected improvement at gain 0 is 0.3989 sd.
    study = study_of(foreseen(0.0, 0.1))
    assert said(NothingAnticipated(0.0399, 1), study) is not None  # 0.03989 is less
    assert said(NothingAnticipated(0.0398, 1), study) is None
    assert said(NothingAnticipated(1e-9, 1, expected=False), study) is not None


@given(st.floats(-1, 1), st.floats(0, 1), st.floats(0, 1), st.floats(1, 5))
def test_a_larger_epsilon_stops_no_later(gain, sd, epsilon, factor):
    study = study_of(foreseen(gain, sd))
    if said(NothingAnticipated(epsilon, 1), study) is not None:
        assert said(NothingAnticipated(epsilon * factor, 1), study) is not None


# The regret bound


def test_the_bound_by_hand():
    # Three evaluated, two others; bounds two standard deviations wide.
    estimate = Estimate(
        np.array([0.5, 0.7, 0.6, 0.65, 0.2]), np.array([0.1, 0.05, 0.01, 0.15, 0.2])
    )
    # Upper: 0.7, 0.8, 0.62, 0.95, 0.6; lower of the evaluated: 0.3, 0.6, 0.58.
    assert simple_regret_bound(estimate, 3, 2.0) == pytest.approx(0.95 - 0.6)
    assert simple_regret_bound(estimate, 5, 2.0) == pytest.approx(0.95 - 0.6)
    # Known exactly, and all of it: no regret.
    assert simple_regret_bound(Estimate(estimate.mean, np.zeros(5)), 5, 2.0) == 0.0


def test_the_width_by_hand():
    # beta = 2 log(50 · 20² · π² / (6 · 0.1)) / 5 = 0.4 log 328986.8 = 5.0814...
    assert confidence_width(50, 20, 0.1) ** 2 == pytest.approx(0.4 * math.log(328_986.8), rel=1e-6)
    assert confidence_width(1, 1, 5.0) == 0.0


@frozen
class Knows(Composed[AnticipateQuery, Estimate | None]):
    """Expects the scores as they are, with an sd, and another score everywhere else."""

    sd: float = 0.0
    elsewhere: float = -1.0
    asked: list = field(factory=list, eq=False)

    def read(self, state, query):
        study = query.study
        outcomes = study.outcomes()
        n = int(outcomes.usable.sum())
        m = len(query.coordinates["x"])
        self.asked.append((n, m))
        mean = np.full(m, self.elsewhere)
        mean[:n] = outcomes.value[outcomes.usable]
        return Estimate(mean, np.full(m, self.sd))


def searched(**more):
    # Population sd 0.02, sample variance 0.02² · 4/3, standard error sqrt((1/4 + 1/3) · 0.000533).
    best = (0.48, 0.52, 0.48, 0.52)
    return study_of(
        {"scores": best, "verdict": "accepted"},
        {"scores": (0.1,) * 4},
        {"scores": ()},
        n_folds=4,
        **more,
    )


NOISE = math.sqrt((1 / 4 + 1 / 3) * 0.02**2 * 4 / 3)


def test_it_stops_when_the_bound_is_below_the_noise():
    width = confidence_width(2, 2, 0.1)
    # Of what is evaluated alone the bound is twice the width of the best one's interval.
    edge = NOISE / (2 * width)
    for factor, stopped in ((0.99, True), (1.01, False)):
        rule = RegretBound(Knows(edge * factor), n_candidates=0, least_trials=2)
        assert (said(rule, searched()) is not None) == stopped
    ratio = RegretBound(Knows(edge), n_candidates=0, least_trials=2, test_ratio=0.0)
    assert said(ratio, searched()) is None
    assert said(ratio.__class__(Knows(edge * 0.6), 0, 0.1, 2, None, 0.0), searched()) is not None


def test_a_better_place_that_is_not_evaluated_keeps_it_going():
    knows = Knows(0.0, elsewhere=0.5 + NOISE * 0.99)
    assert said(RegretBound(knows, n_candidates=50, least_trials=2), searched()) is not None
    assert knows.asked == [(2, 52)]
    assert said(RegretBound(Knows(0.0, 0.5 + NOISE * 1.01), 50, 0.1, 2), searched()) is None


def test_it_waits_for_trials_and_needs_a_noise_to_compare_with():
    assert said(RegretBound(Knows(), n_candidates=0, least_trials=3), searched()) is None
    single = study_of({"verdict": "accepted"}, {"scores": (0.1,)})
    assert said(RegretBound(Knows(), n_candidates=0, least_trials=2), single) is None
    given_noise = RegretBound(Knows(), n_candidates=0, least_trials=2, noise=0.01)
    assert said(given_noise, single) is not None
    assert str(given_noise) == "Stop when what may be left to gain is less than 0.01."
    assert said(given_noise, study_of({}, {})) is None  # no incumbent


def test_an_unbounded_space_is_judged_by_what_is_evaluated():
    knows = Knows(0.0, elsewhere=9.0)
    space = Space({"x": Float()}, start={"x": 1.0})
    assert (
        said(RegretBound(knows, n_candidates=50, least_trials=2), searched(space=space)) is not None
    )
    assert knows.asked == [(2, 2)]


def test_draws_obey_constraints():
    @frozen
    class Looks(Composed[AnticipateQuery, Estimate | None]):
        seen: list = field(factory=list, eq=False)

        def read(self, state, query):
            self.seen.append(query.coordinates)
            n = len(query.coordinates["x"])
            return Estimate(np.zeros(n), np.zeros(n))

    def low(configuration):
        return configuration["x"] < 0.5 and len(configuration["s"]) < 3

    space = Space(
        {"x": Float(0, 1), "s": Sequence(Integer(1, 3), 1, 4)},
        start={"x": 0.1, "s": (1,)},
        constraints=(low,),
    )
    looks = Looks()
    trials = [
        {"configuration": {"s": (1,)}, "scores": (0.1, 0.2), "verdict": "accepted"},
        {"configuration": {"s": (1, 2)}, "scores": (0.1, 0.2)},
    ]
    study = study_of(*trials, space=space, n_folds=2)
    assert said(RegretBound(looks, n_candidates=100, least_trials=2), study) is not None
    (seen,) = looks.seen
    assert 2 < len(seen["x"]) < 102
    assert np.all(seen["x"] < 0.5)
    assert np.all(np.sum(~np.isnan(seen["s"]), axis=1) < 3)


# The exhausted space


def svm(**more):
    return Space(
        {
            "kernel": Categorical(["linear", "rbf"]),
            "gamma": Integer(1, 5),
            "shrink": Boolean(),
            "layers": Sequence(Boolean(), 0, 1),
        },
        conditions={"gamma": Equals("kernel", "rbf"), "layers": Equals("shrink", True)},
        **more,
    )


def odd(configuration):
    return configuration["a"] % 2 == 1


small_spaces = st.sampled_from(
    [
        Space({"k": Integer(1, 4)}),
        Space({"a": Boolean(), "b": Ordinal(["x", "y", "z"])}),
        Space({"s": Sequence(Boolean(), 0, 2)}),
        Space({"a": Integer(1, 9)}, start={"a": 1}, constraints=(odd,)),
        svm(),
    ]
)


def values_of(dimension):
    match dimension:
        case Integer():
            return range(dimension.low, dimension.high + 1)
        case Sequence():
            lengths = range(dimension.min_length, dimension.max_length + 1)
            return [
                v for n in lengths for v in itertools.product(values_of(dimension.of), repeat=n)
            ]
        case Boolean():
            return [False, True]
        case _:
            return dimension.options


def all_of(space):
    """Every configuration, found by going through the product of values and asking the space."""
    found = []
    for values in itertools.product(*(values_of(dimension) for _, dimension in space.parameters)):
        configuration = space.check_values(dict(zip(space.names, values, strict=True)))
        if space.allows(configuration) and configuration not in found:
            found.append(configuration)
    return found


@given(small_spaces, st.randoms(), st.data())
def test_a_space_is_exhausted_exactly_when_all_is_tried(space, random, data):
    everything = all_of(space)
    assert len(everything) == space.n_configurations
    for configuration in everything:
        assert space.check(configuration) == configuration
    random.shuffle(everything)
    twice = [*everything[:2], *everything]
    events = [StudyStarted(0, "s", space, "maximize", "score", 1, {}, 0)]
    study = reduce(events)
    for number, configuration in enumerate(twice, 1):
        assert said(SpaceExhausted(), study) is None
        study = apply(study, Proposed(0, number, configuration, None, (), "given"))
    words = said(SpaceExhausted(), study)
    assert words == f"all {len(everything)} configurations have been tried"


def tried(space, *configurations, scores=()):
    events = [StudyStarted(0, "s", space, "maximize", "score", 1, {}, 0)]
    for number, configuration in enumerate(configurations, 1):
        events.append(Proposed(0, number, configuration, None, (), "given"))
        if number <= len(scores):
            score = (scores[number - 1],)
            events.append(Evaluated(0, number, Measurement((0,), score, (1.0,), (0.0,))))
            events.append(Accepted(0, number, None, None))
    return reduce(events)


def test_where_scores_are_known_to_be_noisy_a_study_may_go_on():
    space = Space({"k": Integer(1, 2)})
    rule = SpaceExhausted(unless_noisy=True)
    for scores, goes_on in (((0.5, 0.6, 0.5), False), ((0.5, 0.6, 0.4), True), ((0.5, 0.6), True)):
        study = tried(space, *({"k": k} for k in (1, 2, 1)), scores=scores)
        assert (said(rule, study) is None) == goes_on
        assert said(SpaceExhausted(), study) == "all 2 configurations have been tried"
    assert str(rule) == ("Stop when every configuration has been tried, and scores are certain.")


def test_what_a_new_constraint_forbids_does_not_count_as_tried():
    wide, narrow = (
        Space({"a": Integer(1, 4)}, start={"a": 1}),
        Space({"a": Integer(1, 4)}, start={"a": 1}, constraints=(odd,)),
    )
    study = tried(wide, {"a": 1}, {"a": 2}, {"a": 4})
    changed = apply(study, SpaceChanged(0, narrow))
    assert said(SpaceExhausted(), changed) is None
    last = apply(changed, Proposed(0, 4, {"a": 3}, None, (), "given"))
    assert said(SpaceExhausted(), last) == "all 2 configurations have been tried"


def test_large_spaces_with_conditions_are_counted_where_the_rule_says_so():
    # In logs that were written before there was the limit as a field, it is 10,000.
    space = Space({"a": Boolean(), "b": Integer(1, 10_000)}, conditions={"b": Equals("a", True)})
    everything = [{"a": False}, *({"a": True, "b": b} for b in range(1, 10_001))]
    study = tried(space, *everything)
    assert said(SpaceExhausted(), study) is None
    assert said(SpaceExhausted(None), study) == "all 10001 configurations have been tried"
    assert describe(SpaceExhausted()) == {"component": "SpaceExhausted"}


def test_a_space_that_grows_is_open_again():
    space = Space({"k": Integer(1, 2)})
    study = reduce(
        [
            StudyStarted(0, "s", space, "maximize", "score", 1, {}, 0),
            Proposed(0, 1, {"k": 1}, None, (), "given"),
            Proposed(0, 2, {"k": 2}, None, (), "given"),
        ]
    )
    assert said(SpaceExhausted(), study) is not None
    wider = Space({"k": Integer(1, 2), "b": Boolean()})
    assert said(SpaceExhausted(), apply(study, SpaceChanged(0, wider))) is None


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: Seconds(0.0), "budget"),
        (lambda: Seconds(1.0, wall=1), "wall"),
        (lambda: TimeBudget(0), "seconds"),
        (lambda: SpaceExhausted(0), "combinations"),
        (lambda: SpaceExhausted(unless_noisy=1), "unless_noisy"),
        (lambda: Patience(0), "n"),
        (lambda: MaxTrials(2.5), "n"),
        (lambda: NothingAnticipated(-0.1), "epsilon"),
        (lambda: NothingAnticipated(0.1, 0), "n"),
        (lambda: NothingAnticipated(expected="yes"), "expected"),
        (lambda: RegretBound(3), "anticipator"),
        (lambda: RegretBound(Ridge(), n_candidates=-1), "n_candidates"),
        (lambda: RegretBound(Ridge(), delta=0.0), "delta"),
        (lambda: RegretBound(Ridge(), least_trials=0), "least_trials"),
        (lambda: RegretBound(Ridge(), noise=0.0), "noise"),
        (lambda: RegretBound(Ridge(), test_ratio=-1.0), "test_ratio"),
    ],
)
def test_bad_fields_are_named(make, name):
    with pytest.raises(ComponentError, match=rf"\.{name} = "):
        make()
