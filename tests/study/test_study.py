"""Study: folding events, compared with a slow model of plain dicts built from the same events."""

import copy
import math

import numpy as np
import pytest
from attrs import evolve as replace
from hypothesis import given, settings
from hypothesis import strategies as st

from autotune.errors import StudyError
from autotune.space import Boolean, Categorical, Fixed, Float, Integer, Sequence, Space
from autotune.space.dimensions import Label
from autotune.study import (
    EMPTY,
    Accepted,
    Anticipated,
    Evaluated,
    Failure,
    Measurement,
    Outcome,
    Proposed,
    Rejected,
    SpaceChanged,
    StrategyChanged,
    StudyStarted,
    StudyStopped,
    apply,
    reduce,
)
from autotune.study.columns import apply_columns
from autotune.study.events import KINDS, ORIGINS, REASONS, EventColumns
from autotune.testing import legal_logs, same

TRIAL_EVENTS = (Proposed, Evaluated, Accepted, Rejected)
FEWER = settings(max_examples=50)  # where copies of every state are compared


SPACE = Space(
    {
        "alpha": Float(0, 1),
        "depth": Integer(1, 9),
        "solver": Categorical(["adam", "sgd"]),
        "layers": Sequence(of=Integer(1)),
        "warm": Boolean(),
    },
    start={"layers": (4, 1)},
)
STARTED = StudyStarted(0, "s", SPACE, "maximize", "score", 2, {"type": "Walk"}, 1)
# Trial 1 is the incumbent, 2 has a score, 3 none, 4 has failed.
LOG = [
    STARTED,
    *(Proposed(i, i, SPACE.start, None, (), "explore") for i in (1, 2, 3, 4)),
    Evaluated(5, 1, Measurement((0, 1), (0.5, 0.7), (1.0, 2.0), (0.1, 0.1))),
    Accepted(6, 1, None, None),
    Evaluated(7, 2, Measurement((0,), (0.9,), (1.0,), (0.1,))),
    Evaluated(7, 4, Measurement((0,), (0.9,), (1.0,), (0.1,), failure=Failure("ValueError", "no"))),
]
COORDINATES = SPACE.encode([SPACE.start])


# ---- the model ---------------------------------------------------------------------------------


def modelled(log):
    """What a study should say after a log, worked out from scratch with plain dicts."""
    trials = {}
    state = {"incumbent": None, "stopped": None, "trials": trials}
    for event in log:
        match event:
            case StudyStarted():
                state["space"] = event.space
                state["strategy"] = event.strategy
                state["sign"] = {"maximize": 1.0, "minimize": -1.0}[event.direction]
            case Proposed():
                trials[event.trial] = {
                    "proposed": event,
                    "configuration": dict(event.configuration),
                    "evaluated": [],
                    "verdict": None,
                }
            case Evaluated():
                trials[event.trial]["evaluated"].append(event)
            case Accepted() | Rejected():
                trials[event.trial]["verdict"] = event
                if isinstance(event, Accepted):
                    state["incumbent"] = event.trial
            case SpaceChanged():
                known, state["space"] = state["space"], event.space
                start = event.space.start_values
                added = {name: start[name] for name in event.space if name not in known}
                # What was inactive in a trial stays so: generated conditions never change.
                for trial in trials.values():
                    trial["configuration"] = {**added, **trial["configuration"]}
            case StrategyChanged():
                state["strategy"] = event.strategy
                state["stopped"] = None
            case StudyStopped():
                state["stopped"] = event
    return state


def joined(trial, name):
    return tuple(
        number for event in trial["evaluated"] for number in getattr(event.measurement, name)
    )


def failures(trial):
    """Why it failed; the loss of a worker is no failure of its trial."""
    told = (event.measurement for event in trial["evaluated"])
    return [m.failure for m in told if m.failure is not None and not m.is_loss]


def modelled_outcome(trial, sign):
    scores = joined(trial, "scores")
    failed = any(failures(trial))
    usable = not failed and len(scores) > 0 and all(map(math.isfinite, scores))
    return {
        "n_folds": len(scores),
        "score": np.mean(scores) if usable else math.nan,
        "value": sign * np.mean(scores) if usable else math.nan,
        "score_sd": np.std(scores) if usable else math.nan,
        "fit_seconds": np.mean(joined(trial, "fit_seconds")) if scores else math.nan,
        "score_seconds": np.mean(joined(trial, "score_seconds")) if scores else math.nan,
        "failed": failed,
    }


def close(expected):
    return pytest.approx(expected, rel=1e-9, abs=1e-7, nan_ok=True)


def outcome_dict(outcome):
    return {
        name: getattr(outcome, name)
        for name in (
            "n_folds",
            "score",
            "value",
            "score_sd",
            "fit_seconds",
            "score_seconds",
            "failed",
        )
    }


def read_all(study):
    """Everything a study can be asked."""
    numbers = range(1, study.n_trials + 1)
    asked = {
        "n_trials": study.n_trials,
        "n_judged": study.n_judged,
        "outcomes": study.outcomes(),
        "trials": [
            (
                study.configuration(trial),
                study.parent(trial),
                study.moved(trial),
                study.origin(trial),
                study.anticipated(trial),
                study.outcome(trial),
                study.measurement(trial),
            )
            for trial in numbers
        ],
    }
    if study.started is not None:
        asked |= {
            "begun": study.begun,
            "space": study.known_space,
            "coordinates": study.coordinates,
        }
    return asked


class TestAgainstTheModel:
    @given(legal_logs())
    def test_trials_are_as_they_were_proposed(self, log):
        study, model = reduce(log), modelled(log)
        assert study.n_trials == len(model["trials"])
        assert study.n_events == len(log)
        for number, trial in model["trials"].items():
            event = trial["proposed"]
            assert same(study.configuration(number), trial["configuration"])
            assert study.parent(number) == event.parent
            assert study.moved(number) == event.moved
            assert study.origin(number) == event.origin
            assert study.anticipated(number) == event.anticipated
        assert same(
            study.coordinates,
            study.space.encode([trial["configuration"] for trial in model["trials"].values()]),
        )

    @given(legal_logs())
    def test_outcomes_are_means_over_all_folds(self, log):
        study, model = reduce(log), modelled(log)
        columns = study.outcomes()
        for number, trial in model["trials"].items():
            expected = modelled_outcome(trial, model["sign"])
            assert outcome_dict(study.outcome(number)) == close(expected)
            row = {name: getattr(columns, name)[number - 1] for name in expected}
            if trial["evaluated"]:
                assert row == close(expected)
            else:
                assert row == close({**expected, "n_folds": 0})
            judged = trial["verdict"] is not None
            assert columns.judged[number - 1] == judged
            assert columns.usable[number - 1] == (judged and math.isfinite(expected["score"]))
        assert len(columns.score) == len(model["trials"])

    @FEWER
    @given(legal_logs())
    def test_folds_are_as_they_were_recorded(self, log):
        study, model = reduce(log), modelled(log)
        for number, trial in model["trials"].items():
            expected = Measurement(
                *(joined(trial, name) for name in ("folds", "scores", "fit_seconds")),
                score_seconds=joined(trial, "score_seconds"),
                failure=next(iter(failures(trial)), None),
            )
            assert same(study.measurement(number), expected)
            assert (number in study.pending) == (trial["verdict"] is None)
            if number in study.pending:
                assert same(study.pending[number], expected)
        assert list(study.pending) == sorted(study.pending)

    @FEWER
    @given(legal_logs())
    def test_verdicts_and_the_incumbent(self, log):
        study, model = reduce(log), modelled(log)
        verdicts = [event for event in log if isinstance(event, Accepted | Rejected)]
        assert study.n_judged == len(verdicts)
        for row, event in zip(study.verdicts.rows, verdicts, strict=True):
            accepted = isinstance(event, Accepted)
            assert (row["trial"], row["accepted"], row["at"]) == (event.trial, accepted, event.at)
            assert row["reason"] == (-1 if accepted else REASONS.index(event.reason))
            assert row["gain"] == close(math.nan if event.gain is None else event.gain)
            saved = event.seconds_saved
            assert row["seconds_saved"] == close(math.nan if saved is None else saved)
        assert study.incumbent == model["incumbent"]
        if study.incumbent is None:
            assert study.incumbent_outcome is None
        else:
            expected = modelled_outcome(model["trials"][study.incumbent], model["sign"])
            assert outcome_dict(study.incumbent_outcome) == close(expected)
            assert same(study.incumbent_outcome, study.outcome(study.incumbent))

    @FEWER
    @given(legal_logs())
    def test_what_is_in_force(self, log):
        study, model = reduce(log), modelled(log)
        assert study.started is study.begun is log[0]
        assert study.space is study.known_space is model["space"]
        assert study.strategy == model["strategy"]
        assert study.sign == model["sign"]
        assert study.stopped is model["stopped"]
        proposed = [event for event in log if isinstance(event, Proposed)]
        assert study.n_prior == sum(event.origin == "prior" for event in proposed)


# ---- a study is a value ------------------------------------------------------------------------


def another_future(study):
    """Events that may follow any study: one more trial, evaluated and rejected, and old ones."""
    trial = study.n_trials + 1
    return [
        Proposed(7, trial, study.space.start, None, ("other",), "given"),
        *(Evaluated(7, old, Measurement((9,), (-9.0,), (9.0,), (9.0,))) for old in range(1, trial)),
        Evaluated(7, trial, Measurement((0, 1), (0.125, 0.25), (8.0, 8.0), (8.0, 8.0))),
        Rejected(7, trial, None, None, "duplicate"),
        StrategyChanged(7, {"type": "Other"}),
    ]


class TestValue:
    @FEWER
    @given(legal_logs(), st.data())
    def test_reducing_in_two_parts_is_reducing_at_once(self, log, data):
        cut = data.draw(st.integers(0, len(log)))
        whole = reduce(log)
        parts = reduce(log[cut:], reduce(log[:cut]))
        assert same(parts, whole)
        assert parts == whole

    @FEWER
    @given(legal_logs())
    def test_folding_leaves_the_state_before_as_it_was(self, log):
        states = [EMPTY]
        snapshots = [copy.deepcopy(EMPTY)]
        for event in log:
            states.append(apply(states[-1], event))
            assert same(states[-2], snapshots[-1])
            snapshots.append(copy.deepcopy(states[-1]))
        for state, snapshot in zip(states, snapshots, strict=True):
            assert same(state, snapshot)

    @FEWER
    @given(legal_logs(), st.data())
    def test_two_futures_do_not_disturb_each_other(self, log, data):
        cut = data.draw(st.integers(1, len(log)))
        root = reduce(log[:cut])
        one, other = root, root
        rest, different = log[cut:], another_future(root)
        for i in range(max(len(rest), len(different))):
            one = reduce(rest[i : i + 1], one)
            other = reduce(different[i : i + 1], other)
        assert same(one, reduce(log))
        assert same(other, reduce([*log[:cut], *different]))
        assert same(root, reduce(log[:cut]))

    @FEWER
    @given(legal_logs())
    def test_asking_changes_nothing(self, log):
        study = reduce(log)
        before = copy.deepcopy(study)
        first = read_all(study)
        assert same(read_all(study), first)
        assert same(study, before)

    def test_the_empty_study_stays_empty(self):
        reduce(LOG)
        assert same(EMPTY, copy.deepcopy(EMPTY))
        assert EMPTY.n_events == EMPTY.n_trials == len(EMPTY.evaluations) == 0
        assert EMPTY.evaluations._buffer.used == 0  # nobody writes in what all studies share
        assert reduce([]) is EMPTY

    def test_equality_knows_nan(self):
        log = [*LOG, Evaluated(9, 3, Measurement((0,), (math.nan,), (1.0,), (1.0,)))]
        again = [*LOG, Evaluated(9, 3, Measurement((0,), (float("nan"),), (1.0,), (1.0,)))]
        assert reduce(log) == reduce(again)
        assert reduce(log) != reduce(LOG)
        nothing = Outcome(0, *[math.nan] * 5, False)
        assert nothing == Outcome(0, *[float("nan")] * 5, False)
        assert nothing != Outcome(0, 0.0, *[float("nan")] * 4, False)


# ---- columns -----------------------------------------------------------------------------------


def columns_of(run, space):
    """A run of trial events as columns."""
    proposed = [event for event in run if isinstance(event, Proposed)]
    evaluated = [event for event in run if isinstance(event, Evaluated)]
    verdicts = [event for event in run if isinstance(event, Accepted | Rejected)]
    fields = ("score", "score_sd", "seconds", "seconds_sd", "gain", "seconds_saved", "success")

    def folds(name, dtype):
        return np.array(
            [number for e in evaluated for number in getattr(e.measurement, name)], dtype=dtype
        )

    def number(value):
        return math.nan if value is None else value

    return EventColumns(
        kind=np.array([KINDS.index(type(event)) for event in run], dtype=np.int8),
        at=np.array([event.at for event in run], dtype=np.int64),
        trial=np.array([event.trial for event in run], dtype=np.int64),
        coordinates=space.encode([event.configuration for event in proposed]),
        parent=np.array([event.parent or 0 for event in proposed], dtype=np.int64),
        origin=np.array([ORIGINS.index(event.origin) for event in proposed], dtype=np.int8),
        moved=[event.moved for event in proposed],
        anticipated=np.array(
            [[number(getattr(e.anticipated, name, None)) for name in fields] for e in proposed],
            dtype=np.float64,
        ).reshape(len(proposed), len(fields)),
        fold_count=np.array([len(event.measurement.folds) for event in evaluated], dtype=np.int64),
        folds=folds("folds", np.int64),
        scores=folds("scores", np.float64),
        fit_seconds=folds("fit_seconds", np.float64),
        score_seconds=folds("score_seconds", np.float64),
        failure=[event.measurement.failure for event in evaluated],
        gain=np.array([number(event.gain) for event in verdicts], dtype=np.float64),
        seconds_saved=np.array([number(e.seconds_saved) for e in verdicts], dtype=np.float64),
        reason=np.array(
            [-1 if isinstance(e, Accepted) else REASONS.index(e.reason) for e in verdicts],
            dtype=np.int8,
        ),
    )


def reduce_columns(log, cuts, study=EMPTY):
    """Fold a log by runs of columns, cut at the given places and wherever no trial's event is."""
    run = []
    for i, event in enumerate([*log, None]):
        if run and (i in cuts or not isinstance(event, TRIAL_EVENTS)):
            study = apply_columns(study, columns_of(run, study.space))
            run = []
        if isinstance(event, TRIAL_EVENTS):
            run.append(event)
        elif event is not None:
            study = apply(study, event)
    return study


def bits(study):
    """Every number of a study's tables to the last bit, the sign of zero too."""
    tables = (study.proposals, study.evaluations, study.folds, study.verdicts)
    return [
        table[name].tobytes() for table in tables for name in table.dtype.names if name != "moved"
    ]


def broken(data, log):
    """The log with one event lost, doubled, moved, or about another trial."""
    i = data.draw(st.integers(1, len(log) - 1))
    match data.draw(st.sampled_from(["lose", "double", "swap", "trial", "parent"])):
        case "lose":
            return log[:i] + log[i + 1 :]
        case "double":
            return [*log[:i], log[i], *log[i:]]
        case "swap":
            j = data.draw(st.integers(1, len(log) - 1))
            changed = list(log)
            changed[i], changed[j] = log[j], log[i]
            return changed
        case "trial":
            number = data.draw(st.integers(-1, 9))
            return [*log[:i], replace(log[i], trial=number), *log[i + 1 :]]
        case "parent":
            if not isinstance(log[i], Proposed):
                return log
            number = data.draw(st.integers(-1, 9).filter(bool))
            return [*log[:i], replace(log[i], parent=number), *log[i + 1 :]]


class TestColumns:
    @given(legal_logs(), st.sets(st.integers(0, 30)))
    def test_are_the_same_as_one_by_one(self, log, cuts):
        one_by_one, by_columns = reduce(log), reduce_columns(log, cuts)
        assert same(by_columns, one_by_one)
        assert by_columns == one_by_one
        assert bits(by_columns) == bits(one_by_one)
        assert same(read_all(by_columns), read_all(one_by_one))

    @FEWER
    @given(legal_logs(), st.sets(st.integers(0, 30)))
    def test_leave_the_state_before_as_it_was(self, log, cuts):
        cut = len(log) // 2 + 1
        root = reduce(log[:cut])
        before = copy.deepcopy(root)
        one = reduce_columns(log[cut:], cuts, root)
        assert same(root, before)
        other = reduce(another_future(root), root)
        assert same(one, reduce(log))
        assert same(other, reduce([*log[:cut], *another_future(root)]))

    @given(st.data(), legal_logs(changes=False).filter(lambda log: len(log) > 1))
    def test_reject_what_one_by_one_rejects(self, data, log):
        log = broken(data, log)
        start = reduce(log[:1])
        try:
            one_by_one = reduce(log[1:], start)
        except StudyError:
            before = copy.deepcopy(start)
            with pytest.raises(StudyError):
                apply_columns(start, columns_of(log[1:], start.space))
            assert same(start, before)
        else:
            assert same(apply_columns(start, columns_of(log[1:], start.space)), one_by_one)

    def test_an_accepted_trial_needs_its_score_before_the_verdict(self):
        proposed = Proposed(1, 1, SPACE.start, None, (), "start")
        score = Evaluated(2, 1, Measurement((0,), (0.5,), (1.0,), (1.0,)))
        failed = Evaluated(4, 1, Measurement((), (), (), (), failure=Failure("ValueError", "")))
        accepted = Accepted(3, 1, None, None)
        too_late = columns_of([proposed, accepted, score], SPACE)
        with pytest.raises(StudyError, match="without a finite score"):
            apply_columns(reduce([STARTED]), too_late)
        run = [proposed, score, accepted, failed]
        study = apply_columns(reduce([STARTED]), columns_of(run, SPACE))
        assert same(study, reduce([STARTED, *run]))
        assert study.incumbent_outcome.failed

    @pytest.mark.parametrize("n_folds", [2, 12, 200])
    def test_sums_of_many_folds_round_the_same(self, n_folds):
        rng = np.random.default_rng(n_folds)

        def numbers():
            return tuple((rng.standard_normal(n_folds) * 10.0 ** rng.integers(-6, 6)).tolist())

        run = [
            event
            for trial in range(1, 21)
            for event in (
                Proposed(1, trial, SPACE.start, None, (), "explore"),
                Evaluated(
                    2, trial, Measurement(tuple(range(n_folds)), numbers(), numbers(), numbers())
                ),
            )
        ]
        start = reduce([STARTED])
        assert bits(apply_columns(start, columns_of(run, SPACE))) == bits(reduce(run, start))

    def test_none_leave_the_study(self):
        study = reduce(LOG)
        assert apply_columns(study, columns_of([], SPACE)) is study

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"kind": [1, 2, 0]}, "belongs to no trial"),
            ({"kind": [1, 2, 7]}, "belongs to no trial"),
            ({"parent": [5]}, "not before it"),
            ({"parent": [-1]}, "not before it"),
            ({"origin": [len(ORIGINS)]}, "origin"),
            ({"origin": [-1]}, "origin"),
            ({"reason": [len(REASONS)]}, "reason"),
            ({"reason": [-1]}, "reason"),
            ({"trial": [6, 5, 5]}, "out of turn"),
            ({"trial": [5, 5, 6]}, "never proposed"),
            ({"trial": [5, 0, 5]}, "never proposed"),
            ({"trial": [5, 5, 1]}, "judged twice"),
            ({"coordinates": {}}, "the space has"),
            ({"coordinates": {**COORDINATES, "gamma": np.array([1.0])}}, "the space has"),
            (
                {"coordinates": {**COORDINATES, "alpha": np.array([math.nan])}},
                "alpha.* not a finite",
            ),
            (
                {"coordinates": {**COORDINATES, "layers": np.array([[math.inf]])}},
                "layers.* not a finite",
            ),
        ],
    )
    def test_reject_what_no_event_could_say(self, changes, words):
        run = [
            Proposed(8, 5, SPACE.start, 1, (), "explore"),
            Evaluated(8, 5, Measurement((0,), (0.5,), (1.0,), (1.0,))),
            Rejected(9, 5, 0.1, 0.1, "no gain"),
        ]
        study = reduce(LOG)
        before = copy.deepcopy(study)
        columns = columns_of(run, SPACE)
        assert same(apply_columns(study, columns), reduce(run, study))
        changed = {
            name: value if name == "coordinates" else np.array(value, getattr(columns, name).dtype)
            for name, value in changes.items()
        }
        with pytest.raises(StudyError, match=words):
            apply_columns(study, replace(columns, **changed))
        assert same(study, before)


# ---- what cannot follow ------------------------------------------------------------------------


def proposed(**changes):
    return replace(Proposed(8, 5, SPACE.start, 1, ("alpha",), "explore"), **changes)


def configured(**changes):
    return proposed(configuration={**SPACE.start, **changes})


def evaluated(trial=2, folds=(1,), scores=(0.1,), fit_seconds=(1.0,), score_seconds=(1.0,)):
    return Evaluated(8, trial, Measurement(folds, scores, fit_seconds, score_seconds))


ILLEGAL = [
    (STARTED, "started already"),
    (proposed(trial=4), "trial 4 out of turn; 5 comes next"),
    (proposed(trial=6), "out of turn"),
    (proposed(parent=5), "steps from trial 5, which is not before it"),
    (proposed(parent=0), "not before it"),
    (proposed(parent=-1), "not before it"),
    (proposed(origin="magic"), "origin 'magic' is not one of"),
    (proposed(configuration={"alpha": 0.5}), "does not fit the space: 'depth'"),
    (configured(gamma=1), "does not fit the space: it has parameters besides"),
    (configured(alpha="much"), "does not fit the space"),
    (configured(alpha=None), "does not fit the space"),
    (configured(alpha=math.nan), "does not fit the space: nan is not a finite number"),
    (configured(alpha=math.inf), "does not fit the space: inf is not a finite number"),
    (configured(layers=(4, math.nan)), "does not fit the space: nan is not a finite number"),
    (configured(depth=10**400), "does not fit the space"),
    (configured(solver="lbfgs"), "does not fit the space"),
    (configured(layers=3), "does not fit the space"),
    (configured(layers=("a",)), "does not fit the space"),
    (evaluated(trial=0), "trial 0 was evaluated but never proposed"),
    (evaluated(trial=-1), "never proposed"),
    (evaluated(trial=5), "never proposed"),
    (evaluated(folds=(0, 1)), "2 folds, 1 scores, 1 fit and 1 score seconds"),
    (evaluated(scores=()), "one of each"),
    (evaluated(fit_seconds=(1.0, 1.0)), "one of each"),
    (evaluated(score_seconds=()), "one of each"),
    (Accepted(8, 1, None, None), "trial 1 was judged but is not pending"),
    (Accepted(8, 3, None, None), "trial 3 was accepted without a finite score"),
    (Accepted(8, 4, None, None), "trial 4 was accepted without a finite score"),
    (Accepted(8, 5, None, None), "not pending"),
    (Rejected(8, 1, None, None, "no gain"), "not pending"),
    (Rejected(8, 0, None, None, "no gain"), "not pending"),
    (Rejected(8, 2, None, None, "ugly"), "reason 'ugly' is not one of"),
    (SpaceChanged(8, Space({"alpha": Float(0, 1)})), r"lacks parameter\(s\) \['depth'"),
    (
        SpaceChanged(8, Space({**dict(SPACE.parameters), "layers": Fixed(())})),
        "does not hold an earlier trial: layers",
    ),
]


class TestIllegal:
    @pytest.mark.parametrize(("event", "words"), ILLEGAL)
    def test_raises_and_leaves_the_study(self, event, words):
        study = reduce(LOG)
        before = copy.deepcopy(study)
        with pytest.raises(StudyError, match=words):
            apply(study, event)
        assert same(study, before)
        # What comes after is not disturbed either, by rows half written for instance.
        rest = another_future(study)
        assert same(reduce(rest, study), reduce([*LOG, *rest]))

    @pytest.mark.parametrize("score", [math.nan, math.inf, -math.inf])
    def test_a_score_that_is_not_finite_cannot_be_accepted(self, score):
        study = reduce([*LOG, evaluated(trial=3, scores=(score,))])
        with pytest.raises(StudyError, match="without a finite score"):
            apply(study, Accepted(9, 3, None, None))
        assert apply(study, Rejected(9, 3, None, None, "failed")).n_judged == 2

    @pytest.mark.parametrize(
        "event",
        [
            proposed(trial=1),
            evaluated(trial=1),
            Accepted(0, 1, None, None),
            Rejected(0, 1, None, None, "no gain"),
            SpaceChanged(0, SPACE),
            StrategyChanged(0, {}),
            StudyStopped(0, "rule", "words"),
        ],
    )
    def test_nothing_comes_before_the_start(self, event):
        with pytest.raises(StudyError):
            apply(EMPTY, event)

    def test_columns_do_not_come_before_the_start(self):
        with pytest.raises(StudyError):
            apply_columns(EMPTY, columns_of([proposed(trial=1)], SPACE))

    @pytest.mark.parametrize("direction", ["max", None, 1])
    def test_the_direction_must_be_one_of_two(self, direction):
        with pytest.raises(StudyError, match="is not one of"):
            apply(EMPTY, replace(STARTED, direction=direction))

    @given(st.data(), legal_logs().filter(lambda log: len(log) > 1))
    def test_no_broken_log_raises_anything_else(self, data, log):
        try:
            changed = broken(data, log)
        except TypeError:  # an event of no trial was to name another trial
            return
        try:
            reduce(changed)
        except StudyError:
            pass
        else:
            assert len(changed) == reduce(changed).n_events

    @pytest.mark.parametrize("trial", [0, -1, 5])
    @pytest.mark.parametrize(
        "ask",
        ["configuration", "parent", "moved", "origin", "anticipated", "outcome", "measurement"],
    )
    def test_asking_for_a_trial_that_is_not_there(self, ask, trial):
        with pytest.raises(StudyError, match=f"trial {trial} does not exist; the study has 1 to 4"):
            getattr(reduce(LOG), ask)(trial)

    @pytest.mark.parametrize("ask", ["begun", "known_space", "coordinates"])
    def test_asking_before_the_start(self, ask):
        with pytest.raises(StudyError, match="has not started"):
            getattr(EMPTY, ask)


# ---- particular cases --------------------------------------------------------------------------


class TestDirection:
    @pytest.mark.parametrize(("direction", "sign"), [("maximize", 1), ("minimize", -1)])
    def test_scores_are_as_recorded_and_of_values_the_larger_is_better(self, direction, sign):
        study = reduce([replace(STARTED, direction=direction), *LOG[1:]])
        assert study.outcome(1).score == 0.6
        assert study.outcome(1).value == sign * 0.6
        assert study.outcome(1).score_sd == pytest.approx(0.1)
        assert study.outcomes().score[1] == 0.9
        assert study.outcomes().value[1] == sign * 0.9
        assert study.incumbent_outcome.score == 0.6
        assert study.incumbent_outcome.value == sign * 0.6
        assert study.measurement(1).scores == (0.5, 0.7)  # as they were recorded

    def test_zero_is_a_score(self):
        study = reduce([*LOG, evaluated(trial=3, scores=(0.0,)), Accepted(9, 3, 0.0, 0.0)])
        assert study.incumbent == 3
        assert study.incumbent_outcome.score == 0.0
        assert study.outcomes().usable[2]
        assert study.verdicts["gain"].tolist()[-1] == 0.0


class TestSeveralEvaluations:
    def test_add_up(self):
        study = reduce([*LOG, evaluated(trial=2, folds=(1,), scores=(0.7,))])
        assert study.outcome(2).n_folds == 2
        assert study.outcome(2).score == pytest.approx(0.8)
        assert study.outcomes().n_folds.tolist() == [2, 2, 0, 1]

    def test_of_the_incumbent_change_what_is_known_of_it(self):
        study = reduce([*LOG, evaluated(trial=1, folds=(2,), scores=(0.0,))])
        assert study.incumbent_outcome.n_folds == 3
        assert study.incumbent_outcome.score == pytest.approx(0.4)
        assert same(study.incumbent_outcome, study.outcome(1))

    def test_a_failure_stays_one(self):
        study = reduce([*LOG, evaluated(trial=4)])
        assert study.outcome(4).failed
        assert study.outcomes().failed.tolist() == [False, False, False, True]
        assert math.isnan(study.outcome(4).score)
        assert study.outcome(4).n_folds == 2
        assert study.outcome(4).fit_seconds == 1.0


class TestStopping:
    def test_another_strategy_goes_on(self):
        stopped = reduce([*LOG, StudyStopped(8, "MaxTrials", "enough")])
        assert stopped.stopped == StudyStopped(8, "MaxTrials", "enough")
        going = apply(stopped, StrategyChanged(9, {"type": "Other"}))
        assert going.stopped is None
        assert going.strategy == {"type": "Other"}
        assert stopped.stopped is not None


class TestSpaceChanged:
    def changed(self, **dimensions):
        start = dimensions.pop("start", {})
        space = Space({**dict(SPACE.parameters), **dimensions}, start={"layers": (4, 1), **start})
        return reduce([*LOG, SpaceChanged(8, space)])

    def test_earlier_trials_count_with_the_start_of_what_is_new(self):
        study = self.changed(
            gamma=Float(0, 10), sizes=Sequence(Integer(1)), start={"gamma": 3, "sizes": (7, 8, 9)}
        )
        assert study.configuration(2) == {**SPACE.start, "gamma": 3.0, "sizes": (7, 8, 9)}
        assert study.coordinates["gamma"].tolist() == [3.0] * 4
        assert study.coordinates["sizes"].tolist() == [[7.0, 8.0, 9.0]] * 4
        assert study.incumbent == 1
        later = apply(
            study, proposed(configuration={**SPACE.start, "gamma": 1.0, "sizes": (1, 2, 3, 4)})
        )
        assert later.configuration(5)["sizes"] == (1, 2, 3, 4)
        assert later.configuration(4)["sizes"] == (7, 8, 9)

    def test_a_parameter_may_get_another_dimension_that_holds_its_values(self):
        study = self.changed(
            depth=Float(0, 10), layers=Categorical([(4, 1), (8,)]), solver=Fixed("adam")
        )
        assert same(
            study.configuration(1),
            {**SPACE.start, "depth": 5.0, "layers": (4, 1), "solver": "adam"},
        )
        assert study.coordinates["layers"].tolist() == [0.0] * 4

    def test_a_choice_may_become_a_sequence(self):
        one = Space({"layers": Categorical([(4, 1), (8,)])})
        other = Space({"layers": Sequence(Integer(1))}, start={"layers": (2,)})
        log = [
            replace(STARTED, space=one),
            Proposed(1, 1, {"layers": (4, 1)}, None, (), "start"),
            SpaceChanged(2, other),
        ]
        assert reduce(log).configuration(1) == {"layers": (4, 1)}

    def test_labels_become_the_objects_they_stand_for(self):
        known = Space({"kernel": Categorical([len, max])})
        read = Space.from_description(known.describe())
        log = [
            replace(STARTED, space=read),
            Proposed(1, 1, {"kernel": Label("builtins.max")}, None, (), "start"),
            SpaceChanged(2, known),
        ]
        assert reduce(log).configuration(1) == {"kernel": max}

    def test_what_was_recorded_of_proposals_stays(self):
        expected = Anticipated(0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
        log = [*LOG, proposed(anticipated=expected), SpaceChanged(9, SPACE)]
        study = reduce(log)
        assert study.anticipated(5) == expected
        assert (study.parent(5), study.moved(5), study.origin(5)) == (1, ("alpha",), "explore")
        assert study.proposals["at"].tolist() == [1, 2, 3, 4, 8]


def test_sequences_of_any_length_fit():
    lengths = [2, 0, 5, 1]
    space = Space({"a": Sequence(Integer(1), 0), "b": Float(0, 1)})
    log = [replace(STARTED, space=space)]
    for trial, length in enumerate(lengths, 1):
        configuration = {"a": tuple(range(1, length + 1)), "b": 0.5}
        log.append(Proposed(trial, trial, configuration, None, (), "explore"))
    study = reduce(log)
    assert [len(study.configuration(trial)["a"]) for trial in (1, 2, 3, 4)] == lengths
    assert study.coordinates["a"].shape == (4, 5)
    assert same(reduce_columns(log, {3}), study)
