"""A study as one JSON document, for machines."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np

from autotune.report.best import best_of
from autotune.space.dimensions import Label
from autotune.study import Study
from autotune.study.formatting import moment
from autotune.study.rows import accepted_steps, all_trials

__all__ = ["as_json", "plain_data", "study_document"]


def study_document(study: Study, *, trials: bool = False) -> dict[str, Any]:
    """Return what there is to say about a study, as plain data.

    Parameters
    ----------
    study : Study
        The study; it must have started.
    trials : bool
        Whether all trials are listed.

    Returns
    -------
    dict
        Ready for ``as_json``.
    """
    began = study.begun
    began_at = moment(began.at)
    accepted = int(study.verdicts["accepted"].sum())
    best = best_of(study)
    document: dict[str, Any] = {
        "study_id": began.study_id,
        "lineage": began.lineage,
        "metric": began.metric,
        "direction": began.direction,
        "n_folds": began.n_folds,
        "seed": began.seed,
        "started": None if began_at is None else began_at.isoformat(),
        "versions": began.versions,
        "space": study.known_space.describe(),
        "strategy": study.strategy,
        "n_events": study.n_events,
        "n_trials": study.n_trials,
        "n_prior": study.n_prior,
        "n_accepted": accepted,
        "n_rejected": study.n_judged - accepted,
        "n_failed": int(study.outcomes().failed.sum()),
        "pending": sorted(study.pending),
        "stopped": None
        if study.stopped is None
        else {"rule": study.stopped.rule, "words": study.stopped.words},
        "incumbent": _incumbent(study),
        "best": None if best is None else best.document(),
        "accepted_steps": [
            {**attrs.asdict(row), "configuration": study.configuration(row.trial)}
            for row in accepted_steps(study)
        ],
    }
    if trials:
        failures = study.failures()
        document["trials"] = [
            {
                **attrs.asdict(row),
                "failure": failures.get(row.trial),
                "configuration": study.configuration(row.trial),
            }
            for row in all_trials(study)
        ]
    return document


def _incumbent(study: Study) -> dict[str, Any] | None:
    if study.incumbent is None or study.incumbent_outcome is None:
        return None
    outcome = study.incumbent_outcome
    return {
        "trial": study.incumbent,
        "score": outcome.score,
        "score_sd": outcome.score_sd,
        "fit_seconds": outcome.fit_seconds,
        "configuration": study.configuration(study.incumbent),
    }


def plain_data(value: Any) -> Any:
    """Return a value as JSON can hold it: NaN and infinities as None, objects as their label.

    Examples
    --------
    >>> plain_data({"score": float("nan"), "layers": (8, 4)})
    {'score': None, 'layers': [8, 4]}
    """
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(name): plain_data(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain_data(item) for item in value]
    if isinstance(value, Label):
        return value.text
    if attrs.has(type(value)):
        return {
            field.name: plain_data(getattr(value, field.name))
            for field in attrs.fields(type(value))
        }
    return repr(value)


def as_json(document: Mapping[str, Any]) -> str:
    """Return a document as JSON text that any parser reads."""
    return json.dumps(plain_data(document), indent=2, allow_nan=False)
