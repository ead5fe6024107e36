"""Which trial is best, with what was measured of it and what is to be expected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen

from autotune.strategy.defaults import recommended
from autotune.study import Outcome, Study
from autotune.study.formatting import clean, format_value

if TYPE_CHECKING:
    from autotune.analysis.honest_score import HonestScore

__all__ = ["Best", "best_of"]


@frozen(eq=False)
class Best:
    """The trial that a study's strategy holds for best.

    Parameters
    ----------
    trial : int
        Its number.
    configuration : dict
        A value for each parameter.
    metric : str
        What the score is called.
    outcome : Outcome
        What was measured.
    honest : HonestScore, optional
        What is to be expected of it; None if its score is not finite.
    """

    trial: int
    configuration: dict[str, Any]
    metric: str
    outcome: Outcome
    honest: HonestScore | None

    @property
    def expected(self) -> str:
        """What is to be expected of it, in words; empty where only what was measured is known."""
        return "" if self.honest is None else self.honest.words

    @property
    def score(self) -> str:
        """What was measured, in words, and said so where something else is to be expected."""
        text = f"{self.metric} {format_value(self.outcome.score, 5)}"
        return clean(f"{text} measured" if self.expected else text)

    @property
    def words(self) -> str:
        """What was measured and what is to be expected, in words."""
        return f"{self.score}; {self.expected}" if self.expected else self.score

    def document(self) -> dict[str, Any]:
        """Return it as plain data."""
        honest = self.honest
        return {
            "trial": self.trial,
            "score": self.outcome.score,
            "score_sd": self.outcome.score_sd,
            "fit_seconds": self.outcome.fit_seconds,
            "n_evaluations": 1 if honest is None else honest.n_evaluations,
            "expected": None
            if honest is None or not honest.known
            else {
                "score": honest.score,
                "low": honest.low,
                "high": honest.high,
                "level": honest.level,
            },
            "configuration": self.configuration,
        }


# A view that is drawn again asks of the same study again.
_last: dict[str, tuple[Study, Best | None]] = {}


def best_of(study: Study) -> Best | None:
    """Return the trial that is held for best, and what is known of it; None while there is none.

    Parameters
    ----------
    study : Study
        The study; it need not have started.

    Examples
    --------
    >>> from autotune import tune
    >>> found = tune(lambda c: -((c["x"] - 3) ** 2), {"x": 1.0}, n_trials=20, seed=0)
    >>> best_of(found.study).trial == found.best_trial
    True
    """
    last = _last.get("asked")
    if last is None or last[0] is not study:
        last = _last["asked"] = study, _found(study)
    return last[1]


def _found(study: Study) -> Best | None:
    from autotune.analysis.honest_score import honest_score  # its parts take long to load

    trial = recommended(study)
    if trial is None:
        return None
    outcome = study.outcome(trial)
    # Folds that came in after the verdict can have spoilt it.
    honest = honest_score(study, trial) if study.outcomes().usable[trial - 1] else None
    return Best(trial, study.configuration(trial), study.begun.metric, outcome, honest)
