"""Study: the events of a search, and the state that folding them gives."""

from autotune.study.events import (
    Accepted,
    Anticipated,
    Direction,
    Evaluated,
    Event,
    Failure,
    Lineage,
    Origin,
    Proposed,
    Reason,
    Rejected,
    SpaceChanged,
    StrategyChanged,
    StudyStarted,
    StudyStopped,
)
from autotune.study.study import EMPTY, Outcome, Outcomes, Study, apply, reduce
from autotune.study.summary import study_summary

__all__ = [
    "EMPTY",
    "Accepted",
    "Anticipated",
    "Direction",
    "Evaluated",
    "Event",
    "Failure",
    "Lineage",
    "Origin",
    "Outcome",
    "Outcomes",
    "Proposed",
    "Reason",
    "Rejected",
    "SpaceChanged",
    "StrategyChanged",
    "Study",
    "StudyStarted",
    "StudyStopped",
    "apply",
    "reduce",
]

Study._repr_html_ = study_summary
