"""Counterfactuals: what another strategy would have proposed at each recorded state."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from attrs import frozen

from autotune.replay.reading import LogLike, reading
from autotune.replay.walk import walk
from autotune.space.distance import configuration_distance
from autotune.strategy import Strategy, ask, judge, stop
from autotune.strategy.defaults import as_strategy, known_components
from autotune.strategy.state import SearchState
from autotune.study import Accepted, Proposed, Rejected

__all__ = ["Counterfactual", "Divergence", "counterfactual"]


@frozen
class Divergence:
    """A trial as it was, and as the other strategy would have had it.

    Parameters
    ----------
    trial, seq : int
        The trial, and the number of its ``Proposed`` event.
    recorded, proposed : dict
        The configuration that was tried, and the one that the other would have tried.
    distance : float
        How far they lie apart, from 0 to 1; see
        ``autotune.space.distance.configuration_distance``.
    accepted : bool, optional
        Whether the trial was accepted; None if it was not judged.
    would_accept : bool, optional
        Whether the other would have accepted the trial that was made, with the result it had.
    """

    trial: int
    seq: int
    recorded: dict[str, Any]
    proposed: dict[str, Any]
    distance: float
    accepted: bool | None
    would_accept: bool | None


@frozen
class Counterfactual:
    """How far another strategy diverges from what was done.

    Nothing is said of what would have come of it: that was not measured.

    Parameters
    ----------
    divergences : tuple of Divergence
        One for each trial that the log's strategy proposed.
    stops_at : int, optional
        The trial before which the other would have ended the study.
    """

    divergences: tuple[Divergence, ...]
    stops_at: int | None

    @property
    def mean_distance(self) -> float:
        """The mean distance of proposals; NaN without any."""
        return (
            float(np.mean([d.distance for d in self.divergences])) if self.divergences else np.nan
        )

    @property
    def same_proposals(self) -> int:
        """How many proposals are the same."""
        return sum(d.distance == 0 for d in self.divergences)

    @property
    def same_verdicts(self) -> int:
        """How many verdicts on the recorded trials are the same."""
        return sum(
            d.accepted is not None and d.accepted == d.would_accept for d in self.divergences
        )

    def __str__(self) -> str:
        n = len(self.divergences)
        judged = sum(d.accepted is not None for d in self.divergences)
        ends = "" if self.stops_at is None else f"; it would have stopped before {self.stops_at}"
        return (
            f"{self.same_proposals} of {n} proposals and {self.same_verdicts} of {judged} verdicts "
            f"would have been the same, at a mean distance of {self.mean_distance:.3f}{ends}"
        )


def counterfactual(
    log: LogLike, strategy: Strategy | str, *, components: Iterable[type] = ()
) -> Counterfactual:
    """Ask another strategy at each recorded state what it would have proposed there.

    It knows the past as it was recorded, not as it would have become: the two part anew at every
    trial, and no outcome is invented.

    Parameters
    ----------
    log : path or Log
        The log.
    strategy : Strategy or str
        The other.
    components : iterable of type
        Classes of your own that the log names.

    Returns
    -------
    Counterfactual
        Its proposals beside those recorded.

    Examples
    --------
    >>> from autotune import tune
    >>> from autotune_strategies import recipes
    >>> found = tune(lambda c: -(c["x"] - 3) ** 2, {"x": 1.0}, n_trials=10)
    >>> counterfactual(found.log, recipes.default()).same_proposals
    10
    >>> counterfactual(found.log, recipes.random_walk()).same_proposals < 10
    True
    """
    strategy = as_strategy(strategy)
    known = known_components(components)
    proposals: dict[int, tuple[int, dict[str, Any], dict[str, Any], float]] = {}
    verdicts: dict[int, tuple[bool, bool]] = {}
    stops_at: int | None = None
    with reading(log) as opened:
        for moment in walk(opened.events(), known, strategy):
            event, current = moment.event, moment.before
            if current is None:
                continue
            if isinstance(event, Proposed) and event.origin not in ("given", "prior"):
                study = current.study
                ended = stop(strategy, current.state, study, at=event.at)
                if ended is not None and stops_at is None:
                    stops_at = event.trial
                other = ask(strategy, current.state, study, at=event.at).configuration
                recorded = dict(event.configuration)
                distance = configuration_distance(study.known_space, recorded, other)
                proposals[event.trial] = (moment.seq, recorded, dict(other), distance)
            elif isinstance(event, Accepted | Rejected) and event.trial in proposals:
                verdicts[event.trial] = _verdicts(current, event)
    return Counterfactual(
        tuple(
            Divergence(trial, *found, *verdicts.get(trial, (None, None)))
            for trial, found in proposals.items()
        ),
        stops_at,
    )


def _verdicts(current: SearchState, event: Accepted | Rejected) -> tuple[bool, bool]:
    derived = judge(current.strategy, current.state, current.study, event.trial, at=event.at)
    return isinstance(event, Accepted), isinstance(derived, Accepted)
