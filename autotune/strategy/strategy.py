"""Strategy: the parts of a search together, and its decisions as pure functions."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import evolve, field, frozen
from attrs.validators import optional
from numpy.typing import NDArray

from autotune.space import Coordinates
from autotune.space.equality import Exactly
from autotune.strategy.blas import one_thread
from autotune.strategy.component import (
    OMITTED_AT_DEFAULT,
    Acceptance,
    AcceptQuery,
    Acquisition,
    AcquisitionQuery,
    AnticipateQuery,
    Anticipator,
    AskQuery,
    Candidates,
    Composed,
    Confirmation,
    ConfirmQuery,
    Estimate,
    FoldPlan,
    FoldQuery,
    Move,
    MoveQuery,
    Prediction,
    Recommendation,
    RecommendQuery,
    Schedule,
    ScheduleQuery,
    Start,
    StartQuery,
    StopQuery,
    Termination,
    Verdict,
)
from autotune.strategy.fantasies import PENDING_VALUES, PendingValue, with_fantasies
from autotune.strategy.keys import Key
from autotune.strategy.success import taken_by_chance, weighed_by_chance
from autotune.strategy.untried import is_repeated, untried
from autotune.strategy.validators import count, natural, one_of, part, switch
from autotune.study import (
    Accepted,
    Anticipated,
    Measurement,
    Origin,
    Proposed,
    Rejected,
    Study,
    StudyStopped,
)

__all__ = ["Decision", "Proposal", "Strategy", "ask", "judge", "plan", "recommend", "stop"]


@frozen
class Proposal:
    """A trial that a strategy wants next.

    Parameters
    ----------
    configuration : dict
        A value for each parameter.
    parent : int, optional
        The trial it steps from.
    moved : tuple of str
        The parameters drawn to move.
    origin : {"start", "explore", "exploit", "confirm"}
        How it came about.
    anticipated : Anticipated, optional
        What is expected of it.
    """

    configuration: dict[str, Any]
    parent: int | None
    moved: tuple[str, ...]
    origin: Origin
    anticipated: Anticipated | None


@frozen(eq=False)
class Decision:
    """All that a strategy weighed for one proposal, and what it chose, for explanations.

    Parameters
    ----------
    parent : int
        The trial to step from.
    exploring : bool
        Whether the step is taken as drawn.
    rate : float
        The exploration rate.
    candidates : Candidates
        The candidate steps.
    prediction : Prediction, optional
        What is anticipated of them; None while nothing can be said.
    worth : ndarray, shape (n,), optional
        What the acquisition makes of it.
    chosen : int
        The candidate taken.
    """

    parent: int
    exploring: bool
    rate: float
    candidates: Candidates
    prediction: Prediction | None
    worth: NDArray[np.float64] | None
    chosen: int


@frozen
class NoConfirmation(Composed[ConfirmQuery, None]):
    """Measure no configuration again.

    Examples
    --------
    >>> NoConfirmation()
    NoConfirmation()
    """

    def read(self, state: tuple[Any, ...], query: ConfirmQuery) -> None:  # noqa: ARG002
        """Return None."""
        return


@frozen
class Incumbent(Composed[RecommendQuery, int | None]):
    """Recommend the incumbent, the trial accepted last.

    Examples
    --------
    >>> Incumbent()
    Incumbent()
    """

    def read(self, state: tuple[Any, ...], query: RecommendQuery) -> int | None:  # noqa: ARG002
        """Return its number; None while nothing has been accepted."""
        return query.study.incumbent


@frozen
class Strategy(Composed[AskQuery, Proposal]):
    """The parts that decide what is tried, kept and when to end.

    Change one with ``attrs.evolve(strategy, move=…)``.

    Parameters
    ----------
    start : Start
        The first configurations.
    move : Move
        Candidate steps from the incumbent.
    exploration : Schedule
        The chance that a step is taken as drawn, without comparing.
    n_candidates : int
        How many candidates are compared otherwise.
    score_anticipator, seconds_anticipator : Anticipator
        What score and fit seconds to expect of a candidate. One that says nothing of seconds
        counts as expecting those of the trial stepped from.
    acquisition : Acquisition
        How much each candidate is worth trying.
    folds : FoldPlan
        Which cross-validation folds a trial gets.
    acceptance : Acceptance
        Whether an evaluated trial becomes the incumbent.
    termination : Termination
        When the study is over.
    success_anticipator : Anticipator, optional
        The chance that a candidate succeeds, by which its worth is weighed (see
        ``autotune.strategy.success``), and by which steps that are not compared are drawn once
        something has failed; None to ask nothing of it. It learns from judged trials alone: those
        that still run say nothing.
    pending_value : {"mean", "best", "worst", "anticipated", "unknown"}
        What trials that still run count as while candidates are compared, where several run at
        once: see ``autotune.strategy.fantasies``.
    retries : int
        How often a trial is run again whose worker was lost: killed, or taken along by a pool or a
        node that broke. That may be nobody's fault; a trial that loses one worker more has failed.
    repeats : bool
        Whether a start point or a step may come out at a configuration that has been tried. If not,
        one that has not been tried is drawn in its place, as long as there is one; a trial that is
        measured again on purpose is left as it is.
    confirmation : Confirmation
        When a configuration that was tried is measured again, and which.
    recommendation : Recommendation
        Which trial's configuration is held for best in the end. It need not be the incumbent, from
        which steps are taken.

    Examples
    --------
    >>> from attrs import evolve
    >>> from autotune_strategies import Greedy, Patience, recipes
    >>> strategy = evolve(recipes.default(), acquisition=Greedy(), termination=Patience(20))
    >>> strategy.termination
    Patience(n=20)
    """

    start: Start = field(validator=part)
    move: Move = field(validator=part)
    exploration: Schedule = field(validator=part)
    n_candidates: int = field(validator=count)
    score_anticipator: Anticipator = field(validator=part)
    seconds_anticipator: Anticipator = field(validator=part)
    acquisition: Acquisition = field(validator=part)
    folds: FoldPlan = field(validator=part)
    acceptance: Acceptance = field(validator=part)
    termination: Termination = field(validator=part)
    # Descriptions in logs that were written before there were these fields stay equal.
    success_anticipator: Anticipator | None = field(
        default=None, validator=optional(part), metadata=OMITTED_AT_DEFAULT, kw_only=True
    )
    pending_value: PendingValue = field(
        default="best", validator=one_of(*PENDING_VALUES), metadata=OMITTED_AT_DEFAULT
    )
    retries: int = field(default=0, validator=natural, metadata=OMITTED_AT_DEFAULT)
    repeats: bool = field(default=True, validator=switch, metadata=OMITTED_AT_DEFAULT)
    confirmation: Confirmation = field(
        default=NoConfirmation(), validator=part, metadata=OMITTED_AT_DEFAULT
    )
    recommendation: Recommendation = field(
        default=Incumbent(), validator=part, metadata=OMITTED_AT_DEFAULT
    )

    def read(self, state: tuple[Any, ...], query: AskQuery) -> Proposal:
        """Return the next proposal."""
        study, key = query.study, query.key
        space = study.known_space
        begin: Coordinates | None = self.read_part(
            state, "start", StartQuery(study, key.child("start"))
        )
        if begin is not None:
            return Proposal(space.decode_row(begin, 0), None, (), "start", None)
        known: list[Decision] = []
        again = self._confirmed(state, query, known)
        if again is not None:
            return self._repeated(state, query, again)
        weighed = known[0] if known else self.weigh(state, query)
        i = weighed.chosen
        return Proposal(
            space.decode_row(weighed.candidates.coordinates, i),
            weighed.parent,
            weighed.candidates.moved[i],
            "explore" if weighed.exploring else "exploit",
            anticipated_at(weighed.prediction, i, study.sign),
        )

    def _confirmed(
        self, state: tuple[Any, ...], query: AskQuery, known: list[Decision]
    ) -> int | None:
        """Return the trial to measure again; what is weighed for that is put in ``known``."""
        study, key = query.study, query.key

        def candidate() -> Coordinates:
            if not known:
                known.append(self.weigh(state, query))
            i = known[0].chosen
            return {
                name: column[i : i + 1] for name, column in known[0].candidates.coordinates.items()
            }

        used = self.used(state, study)
        asked = ConfirmQuery(study, key.child("confirmation"), candidate, used)
        trial: int | None = self.read_part(state, "confirmation", asked)
        return trial

    def _repeated(self, state: tuple[Any, ...], query: AskQuery, trial: int) -> Proposal:
        study = query.study
        rows = {name: column[trial - 1 : trial] for name, column in study.coordinates.items()}
        prediction = self.predict(state, query, trial, Candidates(rows, ((),)))
        anticipated = anticipated_at(prediction, 0, study.sign)
        return Proposal(study.configuration(trial), trial, (), "confirm", anticipated)

    def used(self, state: tuple[Any, ...], study: Study) -> float | None:
        """Return what share of the budget is used up, from 0 to 1; None where there is none."""
        rule, rule_state = self.part(state, "termination")
        used = getattr(rule, "used", None)
        if used is None:
            return None
        key = trial_key(study, study.n_trials + 1).child("stop")
        share: float | None = used(rule_state, StopQuery(study, key))
        return share

    def weigh(self, state: tuple[Any, ...], query: AskQuery) -> Decision:
        """Draw candidate steps, anticipate them, and choose one."""
        study, key = query.study, query.key
        # Until something succeeded there is only the first trial to step from.
        parent = study.incumbent if study.incumbent is not None else 1
        rate = float(
            self.read_part(state, "exploration", ScheduleQuery(study, key.child("exploration")))
        )
        exploring = bool(key.child("explore").generator().random() < rate)
        # A step that may fail is chosen out of many even where it is not compared by its worth.
        wary = self.success_anticipator is not None and bool(study.evaluations["failed"].any())
        n = self.n_candidates if wary or not exploring else 1
        candidates: Candidates = self.read_part(
            state, "move", MoveQuery(study, key.child("move"), parent, n)
        )
        prediction = self.predict(state, query, parent, candidates)
        worth = None
        chosen = 0
        if wary and (exploring or prediction is None):
            chance = self._chance(state, query, parent, candidates)
            if chance is not None:
                chosen = taken_by_chance(chance, key.child("success"))
        elif prediction is not None and len(candidates) > 1:
            worth = self.read_part(
                state,
                "acquisition",
                AcquisitionQuery(study, key.child("acquisition"), prediction),
            )
            if prediction.success is not None:
                logarithmic = bool(getattr(self.acquisition, "logarithmic", False))
                worth = weighed_by_chance(worth, prediction.success, logarithmic=logarithmic)
            chosen = int(np.argmax(np.where(np.isnan(worth), -np.inf, worth)))
        return Decision(parent, exploring, rate, candidates, prediction, worth, chosen)

    def predict(
        self, state: tuple[Any, ...], query: AskQuery, parent: int, candidates: Candidates
    ) -> Prediction | None:
        """Return what is anticipated of candidate steps from a trial; None while nothing is."""
        study = query.study
        ahead = AskQuery(with_fantasies(study, self.pending_value), query.key)
        n = len(candidates)
        # The parent goes along as the last row, so that differences come from one fit.
        coordinates = {
            name: _with_row(column, study.proposals[f"param_{name}"][parent - 1])
            for name, column in candidates.coordinates.items()
        }
        parents = np.full(n + 1, parent, dtype=np.int64)
        value, seconds = (
            self._estimate(state, ahead, target, coordinates, parents)
            for target in ("score", "seconds")
        )
        if value is None:
            return None
        if seconds is None:
            # Nothing is said of time, so none is anticipated to be saved or lost.
            seconds = _as_parent(study, parent, n + 1)
        return Prediction(
            value=value.mean[:n],
            value_sd=value.sd[:n],
            seconds=seconds.mean[:n],
            seconds_sd=seconds.sd[:n],
            gain=value.mean[:n] - value.mean[n],
            seconds_saved=seconds.mean[n] - seconds.mean[:n],
            success=self._chance(state, query, parent, candidates),
        )

    def _chance(
        self, state: tuple[Any, ...], query: AskQuery, parent: int, candidates: Candidates
    ) -> NDArray[np.float64] | None:
        """Return the chance that each candidate succeeds; None if nothing is said of it."""
        if self.success_anticipator is None or len(candidates) == 0:
            return None
        parents = np.full(len(candidates), parent, dtype=np.int64)
        estimate = self._estimate(state, query, "success", candidates.coordinates, parents)
        return None if estimate is None else np.clip(estimate.mean, 0.0, 1.0)

    def _estimate(
        self,
        state: tuple[Any, ...],
        query: AskQuery,
        target: str,
        coordinates: Coordinates,
        parents: NDArray[np.int64],
    ) -> Estimate | None:
        asked = AnticipateQuery(query.study, query.key.child(target), target, coordinates, parents)
        estimate: Estimate | None = self.read_part(state, f"{target}_anticipator", asked)
        return estimate


def _as_parent(study: Study, parent: int, n: int) -> Estimate:
    seconds = study.outcome(parent).fit_seconds
    return Estimate(np.full(n, seconds if np.isfinite(seconds) else 0.0), np.zeros(n))


def _with_row(column: NDArray[np.float64], row: Any) -> NDArray[np.float64]:
    if column.ndim == 1:
        return np.append(column, row)
    width = max(column.shape[1], len(row))
    out = np.full((len(column) + 1, width), np.nan)
    out[:-1, : column.shape[1]] = column
    out[-1, : len(row)] = row
    return out


def anticipated_at(prediction: Prediction | None, i: int, sign: float) -> Anticipated | None:
    """Return what is anticipated of one candidate, with the score as the user's scorer counts."""
    if prediction is None:
        return None
    return Anticipated(
        score=sign * float(prediction.value[i]),
        score_sd=float(prediction.value_sd[i]),
        seconds=float(prediction.seconds[i]),
        seconds_sd=float(prediction.seconds_sd[i]),
        gain=float(prediction.gain[i]),
        seconds_saved=float(prediction.seconds_saved[i]),
        success=None if prediction.success is None else float(prediction.success[i]),
    )


def trial_key(study: Study, trial: int) -> Key:
    """Return the address of a trial's randomness."""
    return Key(study.begun.seed).child(trial)


@one_thread()
def ask(strategy: Strategy, state: tuple[Any, ...], study: Study, *, at: int) -> Proposed:
    """Return what to try next: a pure function of strategy, state and the study's seed.

    Parameters
    ----------
    strategy : Strategy
        The parts.
    state : tuple
        Their state after the study's events.
    study : Study
        The state.
    at : int
        The time to write into the event, in microseconds since 1970-01-01 UTC.

    Returns
    -------
    Proposed
        The next trial. Asking twice gives the same.
    """
    trial = study.n_trials + 1
    key = trial_key(study, trial)
    proposal = strategy.read(state, AskQuery(study, key))
    if not strategy.repeats:
        proposal = _unrepeated(proposal, study, key.child("untried"))
    return Proposed(
        at=at,
        trial=trial,
        configuration=proposal.configuration,
        parent=proposal.parent,
        moved=proposal.moved,
        origin=proposal.origin,
        anticipated=proposal.anticipated,
    )


def _unrepeated(proposal: Proposal, study: Study, key: Key) -> Proposal:
    """Return a proposal of what has not been tried, where one would repeat what has by chance."""
    on_purpose = proposal.origin != "start" and not proposal.moved
    if on_purpose or not is_repeated(study, proposal.configuration):
        return proposal
    found = None
    if study.known_space.n_configurations is not None:
        found = untried(study, key.generator())
    if found is None:
        return proposal
    if proposal.parent is None:
        return evolve(proposal, configuration=found)
    before = study.configuration(proposal.parent)
    moved = tuple(
        name
        for name in study.known_space
        if (name in found) != (name in before)
        or (name in found and Exactly(found[name]) != Exactly(before[name]))
    )
    return Proposal(found, proposal.parent, moved, "explore", None)


@one_thread()
def plan(strategy: Strategy, state: tuple[Any, ...], study: Study, trial: int) -> tuple[int, ...]:
    """Return the folds of a pending trial to run next; none when it is ready to be judged.

    Parameters
    ----------
    strategy, state, study
        As for ``ask``.
    trial : int
        The pending trial.
    """
    if study.outcome(trial).failed:
        return ()
    return _planned(strategy, state, study, trial) or ()


def _planned(
    strategy: Strategy, state: tuple[Any, ...], study: Study, trial: int
) -> tuple[int, ...] | None:
    folds: tuple[int, ...] | None = strategy.read_part(
        state, "folds", FoldQuery(study, trial_key(study, trial).child("folds"), trial)
    )
    return folds


@one_thread()
def judge(
    strategy: Strategy, state: tuple[Any, ...], study: Study, trial: int, *, at: int
) -> Accepted | Rejected:
    """Return the verdict on an evaluated trial.

    A trial that failed, or has no finite score, is rejected before acceptance is asked, and so is
    one that the fold plan finds hopeless.

    Parameters
    ----------
    strategy, state, study, at
        As for ``ask``.
    trial : int
        A pending trial whose folds are done.
    """
    outcome = study.outcome(trial)
    if outcome.failed or not np.isfinite(outcome.value):
        return Rejected(at, trial, None, None, "failed")
    if study.incumbent is not None and _planned(strategy, state, study, trial) is None:
        return Rejected(at, trial, *_shared_gain(study, trial), "raced out")
    verdict: Verdict = strategy.read_part(
        state,
        "acceptance",
        AcceptQuery(study, trial_key(study, trial).child("acceptance"), trial, outcome),
    )
    if verdict.reason is None:
        return Accepted(at, trial, verdict.gain, verdict.seconds_saved)
    return Rejected(at, trial, verdict.gain, verdict.seconds_saved, verdict.reason)


def _shared_gain(study: Study, trial: int) -> tuple[float | None, float | None]:
    """Return gain and seconds saved against the incumbent on the folds that both have."""
    if study.incumbent is None:
        return None, None
    theirs, ours = study.measurement(study.incumbent), study.measurement(trial)
    shared = sorted(set(theirs.folds) & set(ours.folds))
    # Folds of earlier results that were taken over may come from another split.
    if not shared or "prior" in (study.origin(study.incumbent), study.origin(trial)):
        return None, None
    gain = study.sign * (_mean_over(ours, "scores", shared) - _mean_over(theirs, "scores", shared))
    saved = _mean_over(theirs, "fit_seconds", shared) - _mean_over(ours, "fit_seconds", shared)
    return (gain if np.isfinite(gain) else None), (saved if np.isfinite(saved) else None)


def _mean_over(partial: Measurement, column: str, folds: list[int]) -> float:
    """Return the mean over folds, one that was run several times counting with its mean."""
    values = getattr(partial, column)
    means = [
        np.mean([value for f, value in zip(partial.folds, values, strict=True) if f == fold])
        for fold in folds
    ]
    return float(np.mean(means))


@one_thread()
def stop(
    strategy: Strategy, state: tuple[Any, ...], study: Study, *, at: int
) -> StudyStopped | None:
    """Return the event that ends the study if its time has come, else None.

    Parameters
    ----------
    strategy, state, study, at
        As for ``ask``.
    """
    words: str | None = strategy.read_part(
        state, "termination", StopQuery(study, trial_key(study, study.n_trials + 1).child("stop"))
    )
    if words is None:
        return None
    return StudyStopped(at, type(strategy.termination).__name__, words)


@one_thread()
def recommend(strategy: Strategy, state: tuple[Any, ...], study: Study) -> int | None:
    """Return the trial whose configuration a strategy holds for best; None while there is none.

    Parameters
    ----------
    strategy, state, study
        As for ``ask``.
    """
    trial: int | None = strategy.read_part(
        state,
        "recommendation",
        RecommendQuery(study, trial_key(study, study.n_trials + 1).child("recommendation")),
    )
    return trial
