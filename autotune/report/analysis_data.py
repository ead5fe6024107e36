"""The analysis of a study, as plain data for the page of a report."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autotune.analysis import (
    Interactions,
    MoveEffects,
    VarianceShares,
    forecast,
    move_effects,
    sensitivity,
)
from autotune.errors import StudyError
from autotune.study import Study
from autotune.study.formatting import clean, format_value

__all__ = ["analysis_data"]

_MOST_PAIRS = 6


def analysis_data(study: Study, *, quick: bool = False) -> dict[str, Any]:
    """Return how much each parameter matters, and what going on would probably bring.

    Parameters
    ----------
    study : Study
        The study; it must have started.
    quick : bool
        Whether to leave out what an anticipator says, which takes longer the more trials there are.

    Returns
    -------
    dict
        ``sensitivity``, a list of measures with their rows, and ``forecast``, words or None: what
        ``study_data`` returns and this together are what the page shows.

    Examples
    --------
    >>> from autotune import tune
    >>> found = tune(lambda c: -(c["x"] - 3) ** 2 + 0 * c["y"], {"x": 1.0, "y": 1.0}, n_trials=40)
    >>> [group["title"] for group in analysis_data(found.study, quick=True)["sensitivity"]]
    ['What moves changed: score', 'What moves changed: fit seconds']
    """
    metric = study.begun.metric
    groups = []
    if quick:
        moves = move_effects(study)
    else:
        result = sensitivity(study)
        moves = result.moves
        if result.shares is not None:
            groups.append(_shares(result.shares, metric, result.n_trials))
        if result.pairs is not None:
            groups.append(_pairs(result.pairs, metric))
    groups.append(_moves(moves, metric, "score"))
    groups.append(_moves(move_effects(study, target="seconds"), "fit seconds", "seconds"))
    return {
        "sensitivity": [group for group in groups if len(group["rows"]) > 0],
        "forecast": _outlook(study),
    }


def _group(
    title: str, note: str, unit: str, kind: str, rows: Iterable[dict[str, Any]]
) -> dict[str, Any]:
    known = [row for row in rows if row["value"] is not None]
    return {"title": clean(title), "note": note, "unit": unit, "kind": kind, "rows": known}


def _row(
    name: str,
    value: float,
    low: float,
    high: float,
    words: Callable[[float], str],
    unit: str = "",
    more: str = "",
) -> dict[str, Any]:
    known = bool(np.isfinite(low) and np.isfinite(high))
    text = words(value) + unit + (f" ({words(low)} to {words(high)})" if known else "")
    return {
        "name": clean(name),
        "value": float(value) if np.isfinite(value) else None,
        "low": float(low) if known else None,
        "high": float(high) if known else None,
        "words": f"{text}{more}",
    }


def _percent(share: float) -> str:
    return f"{_hundredths(share)} %"


def _hundredths(share: float) -> str:
    return f"{100 * share:.0f}"


def _shares(shares: VarianceShares, metric: str, n_trials: int) -> dict[str, Any]:
    level = _percent(shares.level)
    return _group(
        f"Share of the variation of {metric}",
        f"As a Gaussian process sees it over the whole space, from {n_trials} trials: by itself "
        f"and together with other parameters; in brackets {level} intervals.",
        "share of the variation",
        "score",
        (
            _row(
                shares.parameters[j],
                shares.total[j],
                shares.total_low[j],
                shares.total_high[j],
                _hundredths,
                " %",
                f", by itself {_percent(min(shares.main[j], shares.total[j]))}",
            )
            for j in shares.order
        ),
    )


def _pairs(pairs: Interactions, metric: str) -> dict[str, Any]:
    first = [j for j in range(len(pairs.first)) if pairs.share[j] >= 0.005][:_MOST_PAIRS]
    return _group(
        "Pairs that work together",
        f"Share of the variation of {metric} beyond what both explain by themselves.",
        "share of the variation",
        "score",
        (
            _row(
                f"{pairs.first[j]} and {pairs.second[j]}",
                pairs.share[j],
                pairs.low[j],
                pairs.high[j],
                _hundredths,
                " %",
            )
            for j in first
        ),
    )


def _moves(moves: MoveEffects, metric: str, kind: str) -> dict[str, Any]:
    counts: NDArray[np.int64] = moves.n_moves
    return _group(
        f"What moves changed: {metric}",
        "How large a change by a move of the parameter was, up or down, from the recorded moves, "
        "with the noise of the folds taken out.",
        f"change of {metric}",
        kind,
        (
            _row(
                moves.parameters[j],
                moves.effect[j],
                moves.effect_low[j],
                moves.effect_high[j],
                lambda value: format_value(float(value), 2),
                more=f", {counts[j]} moves" if counts[j] != 1 else ", 1 move",
            )
            for j in moves.order
        ),
    )


def _outlook(study: Study) -> str | None:
    """Return what as many trials again would probably bring, if there is enough to tell."""
    own = study.n_judged - study.n_prior
    if study.incumbent is None or own < 1:
        return None
    try:
        ahead = forecast(study, trials=own)
    except StudyError:
        return None
    score = format_value(float(ahead.score), 5)
    return clean(
        f"Another {own} trials would probably bring: with a chance of {_percent(ahead.chance)} an "
        f"improvement, to {study.begun.metric} {score} "
        f"({_percent(ahead.level)} interval {format_value(float(ahead.score_low), 5)} to "
        f"{format_value(float(ahead.score_high), 5)}). It is the curve of improvements carried "
        "forward, and knows nothing of what can be reached at all."
    )
