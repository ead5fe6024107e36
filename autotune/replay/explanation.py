"""Why a trial was proposed: what was weighed, and what each change was expected to bring."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attrs
import numpy as np
from attrs import frozen

from autotune.errors import StudyError
from autotune.replay.reading import LogLike, reading
from autotune.replay.walk import walk
from autotune.space.columns import fingerprints, take_rows
from autotune.strategy import AskQuery, Candidates, Decision, Strategy
from autotune.strategy.blas import one_thread
from autotune.strategy.candidates import columns_of, row_columns, row_of
from autotune.strategy.defaults import as_strategy, known_components
from autotune.strategy.state import SearchState
from autotune.strategy.strategy import anticipated_at, trial_key
from autotune.study import Anticipated, Origin, Proposed
from autotune.study.formatting import format_value

__all__ = ["Candidate", "Explanation", "explain"]


@frozen
class Candidate:
    """A step that was weighed.

    Parameters
    ----------
    configuration : dict
        Where it leads.
    moved : tuple of str
        The parameters drawn to move.
    score, score_sd, seconds, seconds_sd, gain, seconds_saved, success : float, optional
        What was anticipated, as in ``Anticipated``; None where nothing was.
    worth : float, optional
        What the acquisition made of it; None where nothing was compared.
    chosen : bool
        Whether it was taken.
    """

    configuration: dict[str, Any]
    moved: tuple[str, ...]
    score: float | None
    score_sd: float | None
    seconds: float | None
    seconds_sd: float | None
    gain: float | None
    seconds_saved: float | None
    success: float | None
    worth: float | None
    chosen: bool


@frozen
class Explanation:
    """How a trial came to be proposed.

    Parameters
    ----------
    trial : int
        The trial.
    seq : int
        The number of its ``Proposed`` event.
    origin : str
        How it came about.
    configuration : dict
        What was proposed.
    parent : int, optional
        The trial it stepped from, or whose configuration was measured again.
    rate : float, optional
        The exploration rate; None for trials that were not steps.
    candidates : tuple of Candidate
        What was weighed, the most worthwhile first; none for trials that were not steps, but for
        one that was measured again what is anticipated of it.
    contributions : dict of str to float
        The anticipated gain of each change by itself, with all else as in the parent. An
        anticipator that adds up terms of single parameters, such as ridge regression on the
        features of 2018, has them add up to the anticipated gain.
    together : float
        The anticipated gain less the sum of these: what comes of changing them together.
    """

    trial: int
    seq: int
    origin: Origin
    configuration: dict[str, Any]
    parent: int | None
    rate: float | None
    candidates: tuple[Candidate, ...]
    contributions: dict[str, float]
    together: float

    @property
    def chosen(self) -> Candidate | None:
        """The candidate that was taken; None where it had been tried and another was drawn."""
        return next((c for c in self.candidates if c.chosen), None)

    def __str__(self) -> str:
        if self.origin == "confirm":
            return self._again()
        if self.rate is None:
            words = {
                "start": "the strategy's start asked for it",
                "given": "it was given by hand",
                "prior": "it is an earlier result that was taken over",
            }
            return f"trial {self.trial}: {words.get(self.origin, self.origin)}"
        lines = [f"trial {self.trial}, a step from trial {self.parent}: {self._how()}"]
        chosen = self.chosen
        if chosen is not None and chosen.gain is not None:
            lines.append(
                f"anticipated: gain {chosen.gain:+.4g} (sd {chosen.score_sd:.2g}), "
                f"{chosen.seconds_saved:+.3g} seconds saved"
                + (
                    ""
                    if chosen.success is None
                    else f", succeeds with a chance of {chosen.success:.2f}"
                )
            )
            lines += [
                f"  {name} to {format_value(self.configuration.get(name, 'inactive'))}: {gain:+.4g}"
                for name, gain in self.contributions.items()
            ]
            if len(self.contributions) > 1:
                lines.append(f"  together: {self.together:+.4g}")
        return "\n".join(lines)

    def _again(self) -> str:
        lines = [f"trial {self.trial}: the configuration of trial {self.parent} measured again"]
        chosen = self.chosen
        if chosen is None or chosen.score is None:
            lines.append("to see whether it scores the same")
        else:
            lines.append(f"anticipated: {chosen.score:.5g} (sd {chosen.score_sd:.2g})")
        return "\n".join(lines)

    def _how(self) -> str:
        if self.candidates and self.chosen is None:
            return "what was to be taken had been tried, so drawn at random from what had not"
        if self.origin == "explore":
            return f"explored, at a rate of {self.rate:.3g}, so taken as drawn"
        n = len(self.candidates)
        if all(c.worth is None for c in self.candidates):
            return "nothing could be anticipated yet, so taken as drawn"
        return f"worth most of {n} candidates"


def explain(
    log: LogLike,
    trial: int,
    *,
    strategy: Strategy | str | None = None,
    components: Iterable[type] = (),
) -> Explanation:
    """Weigh again what was weighed when a trial was proposed.

    Parameters
    ----------
    log : path or Log
        The log.
    trial : int
        The trial.
    strategy, components
        As for ``verify``.

    Returns
    -------
    Explanation
        Printing it tells the story.

    Raises
    ------
    StudyError
        If the log has no such trial.

    Examples
    --------
    >>> from autotune import tune
    >>> result = tune(lambda c: -(c["x"] - 3) ** 2, {"x": 1.0}, n_trials=10)
    >>> why = explain(result.log, 10)
    >>> why.chosen.worth == max(c.worth for c in why.candidates)
    True
    """
    known = known_components(components)
    given = None if strategy is None else as_strategy(strategy)
    with reading(log) as opened:
        for moment in walk(opened.events(), known, given):
            event = moment.event
            if isinstance(event, Proposed) and event.trial == trial:
                assert moment.before is not None
                return _explained(moment.before, event, moment.seq)
    raise StudyError(f"trial = {trial!r} is not in the log; see autotune show LOG --all")


@one_thread()
def _explained(current: SearchState, event: Proposed, seq: int) -> Explanation:
    if event.parent is None:
        return Explanation(
            event.trial, seq, event.origin, dict(event.configuration), None, None, (), {}, 0.0
        )
    query = AskQuery(current.study, trial_key(current.study, event.trial))
    if event.origin == "confirm":
        return _measured_again(current, query, event, seq)
    decision = current.strategy.weigh(current.state, query)
    if _was_replaced(current, event, decision):
        weighed = tuple(attrs.evolve(c, chosen=False) for c in _candidates(current, decision))
        configuration = dict(event.configuration)
        return Explanation(
            event.trial,
            seq,
            event.origin,
            configuration,
            event.parent,
            decision.rate,
            weighed,
            {},
            0.0,
        )
    contributions = _contributions(current, query, decision)
    gain = None if decision.prediction is None else float(decision.prediction.gain[decision.chosen])
    return Explanation(
        trial=event.trial,
        seq=seq,
        origin=event.origin,
        configuration=dict(event.configuration),
        parent=event.parent,
        rate=decision.rate,
        candidates=_candidates(current, decision),
        contributions=contributions,
        together=0.0 if gain is None else gain - sum(contributions.values()),
    )


def _measured_again(
    current: SearchState, query: AskQuery, event: Proposed, seq: int
) -> Explanation:
    """Anticipate again a configuration that was measured again."""
    assert event.parent is not None
    candidates = Candidates(row_columns(current.study, event.parent), ((),))
    prediction = current.strategy.predict(current.state, query, event.parent, candidates)
    weighed = Decision(event.parent, False, 0.0, candidates, prediction, None, 0)
    return Explanation(
        trial=event.trial,
        seq=seq,
        origin=event.origin,
        configuration=dict(event.configuration),
        parent=event.parent,
        rate=None,
        candidates=_candidates(current, weighed),
        contributions={},
        together=0.0,
    )


def _was_replaced(current: SearchState, event: Proposed, decision: Decision) -> bool:
    """Tell whether what was chosen had been tried, and something else was proposed for it."""
    if current.strategy.repeats:
        return False
    space = current.study.known_space
    chosen = take_rows(decision.candidates.coordinates, [decision.chosen])
    return fingerprints(space, chosen) != fingerprints(space, space.encode([event.configuration]))


def _candidates(current: SearchState, decision: Decision) -> tuple[Candidate, ...]:
    study, prediction, worth = current.study, decision.prediction, decision.worth
    configurations = study.known_space.decode(decision.candidates.coordinates)
    nothing = dict.fromkeys(field.name for field in attrs.fields(Anticipated))
    result = []
    for i, configuration in enumerate(configurations):
        expected = anticipated_at(prediction, i, study.sign)
        result.append(
            Candidate(
                configuration=configuration,
                moved=decision.candidates.moved[i],
                worth=None if worth is None else float(worth[i]),
                chosen=i == decision.chosen,
                **(nothing if expected is None else attrs.asdict(expected)),
            )
        )
    return tuple(sorted(result, key=lambda c: (not c.chosen, -(c.worth or 0.0))))


def _contributions(current: SearchState, query: AskQuery, decision: Decision) -> dict[str, float]:
    """Anticipate each changed parameter by itself."""
    if decision.prediction is None:
        return {}
    study = current.study
    space = study.known_space
    before = row_of(study, decision.parent)
    after = {
        name: column[decision.chosen] for name, column in decision.candidates.coordinates.items()
    }
    after = {
        name: value[~np.isnan(value)] if np.ndim(value) else float(value)
        for name, value in after.items()
    }
    changed = [
        name for name in space if not np.array_equal(before[name], after[name], equal_nan=True)
    ]
    if not changed:
        return {}
    rows = [space.settle_row({**before, name: after[name]}) for name in changed]
    candidates = Candidates(columns_of(space, rows), tuple((name,) for name in changed))
    alone = current.strategy.predict(current.state, query, decision.parent, candidates)
    if alone is None:
        return {}
    return dict(zip(changed, alone.gain.tolist(), strict=True))
