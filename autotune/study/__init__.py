"""Study: the events of a search, and the state that applying them gives."""

from autotune.study.columns import replay
from autotune.study.events import (
    Accepted,
    Anticipated,
    Direction,
    Evaluated,
    Event,
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
from autotune.study.measurement import Failure, Measurement, Outcome
from autotune.study.study import EMPTY, Outcomes, Study, apply, reduce
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
    "Measurement",
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
    "replay",
]

Study._repr_html_ = study_summary
