"""Components with a fault each: the kit finds every one, by the check that is meant for it."""

from __future__ import annotations

import datetime as dt
import math
import random
import time
from time import perf_counter
from typing import Any, ClassVar

import attrs
import numpy as np
import pytest
from attrs import field, frozen

from autotune.strategy import (
    AcceptQuery,
    AcquisitionQuery,
    AnticipateQuery,
    Candidates,
    Composed,
    ConfirmQuery,
    Estimate,
    FoldQuery,
    MoveQuery,
    RecommendQuery,
    Schedule,
    ScheduleQuery,
    StartQuery,
    StopQuery,
    Verdict,
)
from autotune.strategy.candidates import columns_of, draw_steps, row_of
from autotune.study import Evaluated, Proposed, SpaceChanged
from autotune.testing import LawBroken, check_component
from autotune_strategies import Constant, MaxTrials, recipes

FAULTS: list[tuple[Any, str, str]] = []


def fault(law, words, *arguments):
    """Plant a component: the law that it breaks, and words of the message."""

    def plant(cls):
        FAULTS.append((cls(*arguments), law, words))
        return cls

    return plant


# It changes what it is given, or remembers what it should not.


@fault("check_reading", "changed what it was given")
@frozen
class ScalesItsCandidates(Composed[AnticipateQuery, Estimate]):
    def read(self, state, query):
        for column in query.coordinates.values():
            np.multiply(column, 0.5, out=column)
        n = len(query.parents)
        return Estimate(np.zeros(n), np.ones(n))


@fault("check_reading", "study's proposals")
@frozen
class WritesIntoTheStudy(Composed[ScheduleQuery, float]):
    def read(self, state, query):
        rows = query.study.proposals._buffer.rows
        if query.study.n_trials > 0:
            rows["parent"][0] = 77
        return 1.0


@fault("check_reading", "study's pending")
@frozen
class ForgetsPendingTrials(Composed[StopQuery, None]):
    def read(self, state, query):
        query.study.pending.clear()


@fault("check_reading", "reading")
@frozen
class CountsItsReadings(Composed[ScheduleQuery, float]):
    readings: list = field(factory=list)

    def read(self, state, query):
        self.readings.append(1)
        return 1.0 / len(self.readings)


@fault("check_reading", "reading twice gives different answers")
@frozen
class CountsAllReadings(Composed[ScheduleQuery, float]):
    readings: ClassVar[list] = []

    def read(self, state, query):
        self.readings.append(1)
        return 1.0 / len(self.readings)


@fault("check_reading", "answer depends on")
@frozen
class RemembersItsFirstAnswer(Composed[ScheduleQuery, float]):
    answers: dict = field(factory=dict, eq=False, repr=False, init=False)

    def read(self, state, query):
        return self.answers.setdefault("first", 1.0 + query.study.n_trials)


@fault("check_folding", "instead of changing the old one")
@frozen
class AppendsToItsState:
    def init(self):
        return []

    def update(self, state, study, event):
        state.append(study.n_events)
        return state

    def read(self, state, query: ScheduleQuery):
        return 1.0


@fault("check_folding", "once more")
@frozen
class FoldsTheClock:
    def init(self):
        return 0.0

    def update(self, state, study, event):
        return time.perf_counter()

    def read(self, state, query: ScheduleQuery):
        return 1.0


@fault("check_folding", "in two parts")
@frozen
class KnowsItsStateByIdentity:
    def init(self):
        return (0.0, (id(self) * 0.0,))

    def update(self, state, study, event):
        same_as_before = LAST.get(id(self)) is state
        after = (state[0] + (1.0 if same_as_before or study.n_events == 1 else 2.0), state[1])
        LAST[id(self)] = after
        return after

    def read(self, state, query: ScheduleQuery):
        return 1.0


LAST: dict[int, Any] = {}


@fault("check_folding", "init gives")
@frozen
class BeginsAtRandom:
    def init(self):
        return np.random.default_rng().random()

    def update(self, state, study, event):
        return state

    def read(self, state, query: ScheduleQuery):
        return 1.0


# It asks others than the study and its key.


@fault("check_reading", "global random numbers")
@frozen
class UsesNumpysGlobal(Composed[ScheduleQuery, float]):
    def read(self, state, query):
        return 0.5 + float(np.random.rand())  # noqa: NPY002


@fault("check_reading", "global random numbers")
@frozen
class UsesPythonsGlobal(Composed[AcquisitionQuery, Any]):
    def read(self, state, query):
        return np.array([random.random() for _ in query.prediction.value])  # noqa: S311


@fault("check_reading", "without an address")
@frozen
class SeedsItselfFromTheSystem(Composed[AcquisitionQuery, Any]):
    def read(self, state, query):
        return np.random.default_rng().random(len(query.prediction.value))


@fault("check_reading", "the clock")
@frozen
class ReadsTheClock(Composed[ScheduleQuery, float]):
    def read(self, state, query):
        return 1.0 + time.time()


@fault("check_reading", "the clock")
@frozen
class ReadsAnImportedClock(Composed[StopQuery, str | None]):
    def read(self, state, query):
        return "it is late" if perf_counter() > 1e6 else None


@fault("check_reading", "the clock")
@frozen
class ReadsTheDate(Composed[StopQuery, str | None]):
    def read(self, state, query):
        return f"it is {dt.datetime.now(tz=dt.UTC):%s}"


@fault("check_keys", "same for every key")
@frozen
class IgnoresItsKey(Composed[MoveQuery, Candidates]):
    def read(self, state, query):
        def propose(rng, row):
            mine = np.random.default_rng(0)
            space = query.study.known_space
            moved = tuple(
                n for n in space.searched if np.size(row[n]) and not np.any(np.isnan(row[n]))
            )
            return {**row, **{n: space[n].step(mine, row[n], 0.5) for n in moved}}, moved

        return draw_steps(query, propose)


@fault("check_keys", "same for every key")
@frozen
class DrawsTheSameWorth(Composed[AcquisitionQuery, Any]):
    def read(self, state, query):
        return query.prediction.gain + np.random.default_rng(1).random()


@fault("check_keys", "same for every key")
@frozen
class StartsAnywhereButTheSame(Composed[StartQuery, Any]):
    def read(self, state, query):
        if query.study.n_trials > 0:
            return None
        space = query.study.known_space
        rng = np.random.default_rng(3)
        start = space.encode([space.start])
        if not space.conditional and not space.constraints:
            for name, column in start.items():
                if column.ndim == 1:
                    start[name] = np.array([space[name].step(rng, column[0], 0.5)])
        return start


# It fails on logs that are legal.


@fault("check_digestion", "raised IndexError")
@frozen
class ForgetsFailedTrials(Composed[StopQuery, str | None]):
    def read(self, state, query):
        study = query.study
        judged = study.verdicts["trial"].tolist()
        best = max([study.measurement(trial).scores[0] for trial in judged], default=0.0)
        return "perfect" if best == 1.0 else None


@fault("check_digestion", "raised IndexError")
@frozen
class WantsScores:
    def init(self):
        return ()

    def update(self, state, study, event):
        if isinstance(event, Evaluated) and event.measurement.scores[0] > 0:
            return state
        return state

    def read(self, state, query: ScheduleQuery):
        return 1.0


@fault("check_digestion", "cannot convert float NaN to integer")
@frozen
class CannotBearInactiveParameters(Composed[StopQuery, str | None]):
    def read(self, state, query):
        for column in query.study.coordinates.values():
            if column.ndim == 1:
                _ = [int(x) for x in column]


@fault("check_digestion", "update on event")
@frozen
class CannotBearAnotherSpace:
    def init(self):
        return ()

    def update(self, state, study, event):
        if isinstance(event, SpaceChanged):
            raise NotImplementedError("a space is for ever")
        return state

    def read(self, state, query: ScheduleQuery):
        return 1.0


@fault("check_digestion", "raised KeyError")
@frozen
class KnowsOnlyTheFirstSpace:
    def init(self):
        return ()

    def update(self, state, study, event):
        if isinstance(event, Proposed) and state == ():
            return tuple(study.known_space)
        return state

    def read(self, state, query: ScheduleQuery):
        known = dict.fromkeys(state or query.study.known_space, 1.0)
        return np.array([known[name] for name in query.study.known_space])


@fault("check_digestion", "divide by zero")
@frozen
class WarnsOfZeroSeconds(Composed[ScheduleQuery, float]):
    def read(self, state, query):
        seconds = query.study.outcomes().fit_seconds
        return 1.0 + float(np.nansum(1.0 / seconds) == 0)


# Its answers are not what the kind promises.


@fault("check_answers", "not in the space")
@frozen
class StepsOutOfBounds(Composed[MoveQuery, Candidates]):
    def read(self, state, query):
        rng = query.key.generator()
        row = row_of(query.study, query.parent)
        space = query.study.known_space
        rows = []
        for _ in range(query.count):
            moved = {n: x if np.ndim(x) else x + rng.normal() for n, x in row.items()}
            rows.append(moved)
        return Candidates(columns_of(space, rows), (space.searched,) * query.count)


@fault("check_answers", "no searched parameters")
@frozen
class MovesWhatIsNot(Composed[MoveQuery, Candidates]):
    def read(self, state, query):
        return draw_steps(query, lambda rng, row: (row, ("gamma",)))


@fault("check_answers", "yet says that")
@frozen
class MovesInSecret(Composed[MoveQuery, Candidates]):
    def read(self, state, query):
        space = query.study.known_space

        def propose(rng, row):
            for name in space.searched:
                if np.ndim(row[name]) == 0 and not np.isnan(row[name]):
                    return {**row, name: space[name].step(rng, row[name], 1.0)}, ()
            return row, ()

        return draw_steps(query, propose)


@fault("check_answers", "were asked for")
@frozen
class DrawsTooFew(Composed[MoveQuery, Candidates]):
    def read(self, state, query):
        return draw_steps(attrs.evolve(query, count=1), lambda rng, row: (row, ()))


@fault("check_answers", "whose value is")
@frozen
class GuessesInactiveParameters(Composed[StartQuery, Any]):
    def read(self, state, query):
        if query.study.n_trials > 0:
            return None
        space = query.study.known_space
        start = space.encode([space.start])
        return {n: np.nan_to_num(c) if c.ndim == 1 else c for n, c in start.items()}


@fault("check_start_ends", "still wants another")
@frozen
class StartsForEver(Composed[StartQuery, Any]):
    def read(self, state, query):
        space = query.study.known_space
        return space.encode([space.start])


@fault("check_answers", "shape")
@frozen
class HasTheWrongShape(Composed[AnticipateQuery, Estimate]):
    def read(self, state, query):
        n = len(query.parents)
        return Estimate(np.zeros((n, 1)), np.ones(n))


@fault("check_answers", "not finite")
@frozen
class ExpectsNaN(Composed[AnticipateQuery, Estimate]):
    def read(self, state, query):
        n = len(query.parents)
        scores = query.study.outcomes().value
        return Estimate(np.full(n, scores.mean()), np.ones(n))


@fault("check_answers", "sd = ")
@frozen
class IsSurerThanSure(Composed[AnticipateQuery, Estimate]):
    def read(self, state, query):
        n = len(query.parents)
        return Estimate(np.zeros(n), np.full(n, -1.0))


@fault("check_success", "from 0 to 1")
@frozen
class IsMoreThanCertain(Composed[AnticipateQuery, Estimate]):
    tells_success: ClassVar[bool] = True

    def read(self, state, query):
        n = len(query.parents)
        return Estimate(np.full(n, 1.5), np.zeros(n))


@fault("check_success", "nothing has failed")
@frozen
class FearsTheUntried(Composed[AnticipateQuery, Estimate]):
    tells_success: ClassVar[bool] = True

    def read(self, state, query):
        n = len(query.parents)
        return Estimate(np.full(n, 0.5), np.zeros(n))


@fault("check_success", "after it failed")
@frozen
class LearnsFailuresUpsideDown(Composed[AnticipateQuery, Estimate]):
    tells_success: ClassVar[bool] = True

    def read(self, state, query):
        n, outcomes = len(query.parents), query.study.outcomes()
        failed = int((outcomes.judged & ~outcomes.usable).sum())
        return Estimate(np.full(n, 1.0 if failed == 0 else 1.0 - 0.5**failed), np.zeros(n))


@fault("check_answers", "does not exist")
@frozen
class ConfirmsWhatComesNext(Composed[ConfirmQuery, int | None]):
    def read(self, state, query):
        return query.study.n_trials + 1


@fault("check_answers", "no score to stand on")
@frozen
class RecommendsTheLatest(Composed[RecommendQuery, int | None]):
    def read(self, state, query):
        return query.study.n_trials or None


@fault("check_order", "along with the others")
@frozen
class ComparesItsCandidates(Composed[AnticipateQuery, Estimate]):
    def read(self, state, query):
        n = len(query.parents)
        return Estimate(np.arange(n) / n, np.ones(n))


@fault("check_order_of_worth", "in the order")
@frozen
class PrefersTheFirst(Composed[AcquisitionQuery, Any]):
    def read(self, state, query):
        return query.prediction.gain - np.arange(len(query.prediction.gain))


@fault("check_answers", "holds NaN")
@frozen
class DividesByNoDoubt(Composed[AcquisitionQuery, Any]):
    def read(self, state, query):
        with np.errstate(all="ignore"):
            return 0.0 / query.prediction.value_sd


@fault("check_better_is_worth_more", "instead of")
@frozen
class LikesItSlow(Composed[AcquisitionQuery, Any]):
    rewards_better: ClassVar[bool] = True

    def read(self, state, query):
        return query.prediction.seconds


@fault("check_answers", "not above zero")
@frozen
class ShrinksToNothing(Composed[ScheduleQuery, float]):
    def read(self, state, query):
        return max(0.0, 1.0 - 0.25 * query.study.n_trials)


@fault("check_answers", "negative")
@frozen
class ShrinksBelowZero(Composed[ScheduleQuery, float]):
    may_be_zero: ClassVar[bool] = True

    def read(self, state, query):
        return 1.0 - 0.25 * query.study.n_trials


@fault("check_answers", "shape")
@frozen
class ForgetsThatSpacesGrow(Composed[ScheduleQuery, Any]):
    def read(self, state, query):
        return np.ones(len(query.study.begun.space))


@fault("check_answers|check_rounds", "run already")
@frozen
class RepeatsAFold(Composed[FoldQuery, Any]):
    def read(self, state, query):
        return (0,)


@fault("check_rounds", "rounds")
@frozen
class PlansNothingForEver(Composed[FoldQuery, Any]):
    def read(self, state, query):
        done = query.study.measurement(query.trial).folds
        left = tuple(f for f in range(query.study.begun.n_folds) if f not in done)
        return left or _Endless()


class _Endless(tuple):
    __slots__ = ()

    def __bool__(self):
        return True


@fault("check_answers", "is rejected")
@frozen
class RejectsTheFirst(Composed[AcceptQuery, Verdict]):
    def read(self, state, query):
        incumbent = query.study.incumbent_outcome
        best = -math.inf if incumbent is None else incumbent.value
        if query.outcome.value > max(best, 0.0):
            return Verdict(None, None, None)
        return Verdict(None, None, "no gain")


@fault("check_digestion", "NoneType")
@frozen
class TakesZeroForMissing(Composed[AcceptQuery, Verdict]):
    def read(self, state, query):
        incumbent = query.study.incumbent_outcome
        score = query.outcome.value or None
        if incumbent is None:
            return Verdict(None, None, None)
        gain = score - incumbent.value
        return Verdict(gain, None, None if gain > 0 else "no gain")


@fault("check_answers", "not finite")
@frozen
class GainsWithoutEnd(Composed[AcceptQuery, Verdict]):
    def read(self, state, query):
        incumbent = query.study.incumbent_outcome
        if incumbent is None:
            return Verdict(None, None, None)
        with np.errstate(all="ignore"):
            gain = float(np.float64(query.outcome.value - incumbent.value) / 0.0)
        return Verdict(gain, None, "no gain")


@fault("check_answers", "not one of")
@frozen
class HasReasonsOfItsOwn(Composed[AcceptQuery, Verdict]):
    def read(self, state, query):
        first = query.study.incumbent is None
        return Verdict(None, None, None if first else "bad luck")


@fault("check_monotone", "no longer does")
@frozen
class ChangesItsMind(Composed[StopQuery, str | None]):
    monotone: ClassVar[bool] = True

    def read(self, state, query):
        return "a trial waits" if len(query.study.pending) > 0 else None


@fault("check_answers", "reason in words")
@frozen
class StopsWithoutWords(Composed[StopQuery, Any]):
    def read(self, state, query):
        return query.study.n_trials > 2


@fault("check_sentence", "several lines")
@frozen(str=False)
class ProsesOn(Composed[StopQuery, None]):
    def __str__(self):
        return "Stop.\nOr go on."

    def read(self, state, query):
        return None


# Its description is none.


@fault("check_description", "of type set")
@frozen
class HoldsASet(Composed[StopQuery, None]):
    words: Any = field(factory=lambda: {"a"})

    def read(self, state, query):
        return None


@fault("check_description", "makes")
@frozen
class ComesBackAsAnother(Composed[ScheduleQuery, float]):
    value: float = field(default=1.0, converter=lambda x: x * 2)

    def read(self, state, query):
        return self.value


@fault("check_description", "can be set")
@attrs.define
class CanBeChanged(Composed[ScheduleQuery, float]):
    value: float = 1.0

    def read(self, state, query):
        return self.value


@fault("check_description", "address")
@frozen
class HoldsSomethingUnreadable(Composed[ScheduleQuery, float]):
    value: Any = field(factory=object)

    def read(self, state, query):
        return 1.0


# A strategy with a part that is at fault.


@fault("check_steps", "leads out")
@frozen
class StepsOutTogether(Composed[ScheduleQuery, Any]):
    def read(self, state, query):
        return (1.0,)

    def step(self, rng, dimension, coordinate, scales, *, alone):
        return coordinate

    def steps(self, rng, dimension, coordinates, scales, *, alone):
        return coordinates + 1e300


@frozen
class _Drifts(Composed[MoveQuery, Candidates]):
    def read(self, state, query):
        row = row_of(query.study, query.parent)
        moved = {n: x if np.ndim(x) else x + 1e-3 for n, x in row.items()}
        rows = [moved] * query.count
        space = query.study.known_space
        return Candidates(columns_of(space, rows), (space.searched,) * query.count)


FAULTS.append(
    (
        attrs.evolve(recipes.autotune_2018(), move=_Drifts(), n_candidates=2),
        "check_digestion|check_answers",
        "space",
    )
)


@pytest.mark.parametrize(
    ("component", "law", "words"), FAULTS, ids=[type(c).__name__ for c, _, _ in FAULTS]
)
def test_is_found(component, law, words):
    with pytest.raises(LawBroken) as found:
        check_component(component)
    assert found.value.law in law.split("|")
    assert words in str(found.value)


def test_how_many_are_found():
    assert len(FAULTS) == len({type(component) for component, _, _ in FAULTS})
    assert len(FAULTS) == 61


@frozen
class Half(Composed[ScheduleQuery, float]):
    of: Schedule

    def read(self, state, query):
        return self.read_part(state, "of", query) / 2


@pytest.mark.parametrize("component", [Half(Constant(1.0)), MaxTrials(2)])
def test_what_has_no_fault_passes(component):
    check_component(component)
