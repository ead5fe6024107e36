"""The scores of a study as a small drawing in SVG, for notebooks and pages without scripts."""

from __future__ import annotations

from html import escape

import numpy as np
from numpy.typing import NDArray

from autotune.report.text import clean
from autotune.study import Study
from autotune.words import format_value

__all__ = ["history_svg"]

_WIDE, _HIGH, _LEFT, _RIGHT, _TOP, _BOTTOM = 640, 190, 64, 8, 10, 24
_MOST_POINTS = 1000
# Of Okabe and Ito's palette, which colour-blind people tell apart.
_ACCEPTED, _INCUMBENT = "#D55E00", "#0072B2"


def history_svg(study: Study) -> str:
    """Draw the score of every trial, accepted ones large, and the line of the incumbent.

    Parameters
    ----------
    study : Study
        The study.

    Returns
    -------
    str
        An ``svg`` element; empty text where no trial has been accepted. Of more than a thousand
        rejected trials a regular sample is drawn.

    Examples
    --------
    >>> from autotune import tune
    >>> found = tune(lambda c: -(c["x"] - 3) ** 2, {"x": 1.0}, n_trials=5)
    >>> history_svg(found.study)[:4]
    '<svg'
    """
    verdicts = study.verdicts
    score = study.sign * study.outcomes().score
    accepted = verdicts["trial"][verdicts["accepted"]]
    accepted = accepted[np.isfinite(score[accepted - 1])]
    if len(accepted) == 0:
        return ""
    chosen = np.flatnonzero(np.isfinite(score)) + 1
    chosen = np.setdiff1d(chosen, accepted)
    chosen = chosen[:: max(-(-len(chosen) // _MOST_POINTS), 1)]
    low, high = _range(study.sign * score, study.sign)

    def place(trials: NDArray[np.int64]) -> list[tuple[float, float]]:
        x = _LEFT + (trials - 1) / max(study.n_trials - 1, 1) * (_WIDE - _LEFT - _RIGHT)
        share = np.clip((score[trials - 1] - low) / (high - low), 0.0, 1.0)
        y = _HIGH - _BOTTOM - share * (_HIGH - _TOP - _BOTTOM)
        return [(round(float(a), 1), round(float(b), 1)) for a, b in zip(x, y, strict=True)]

    steps = place(np.sort(accepted))
    line = f"M{steps[0][0]} {steps[0][1]}" + "".join(f"H{x}V{y}" for x, y in steps[1:])
    line += f"H{_WIDE - _RIGHT}"
    points = "".join(f"M{x} {y}h0" for x, y in place(chosen))
    dots = "".join(
        f'<circle cx="{x}" cy="{y}" r="3.5"><title>{_told(study, int(trial))}</title></circle>'
        for (x, y), trial in zip(steps, np.sort(accepted), strict=True)
    )
    name = escape(clean(study.begun.metric))
    text = 'fill="currentColor" opacity="0.75" font-size="11"'
    return (
        f'<svg viewBox="0 0 {_WIDE} {_HIGH}" width="{_WIDE}" role="img" '
        f'aria-label="{name} of {study.n_trials} trials, {len(accepted)} accepted" '
        'style="max-width: 100%; height: auto">'
        f'<path d="{points}" fill="none" stroke="currentColor" opacity="0.4" stroke-width="3" '
        'stroke-linecap="round"/>'
        f'<path d="{line}" fill="none" stroke="{_INCUMBENT}" stroke-width="1.8"/>'
        f'<g fill="{_ACCEPTED}">{dots}</g>'
        f'<text x="{_LEFT - 8}" y="{_TOP + 8}" text-anchor="end" {text}>{format_value(high)}</text>'
        f'<text x="{_LEFT - 8}" y="{_HIGH - _BOTTOM}" text-anchor="end" {text}>'
        f"{format_value(low)}</text>"
        f'<text x="{_LEFT}" y="{_HIGH - 6}" {text}>trial 1</text>'
        f'<text x="{_WIDE - _RIGHT}" y="{_HIGH - 6}" text-anchor="end" {text}>'
        f"{study.n_trials}</text></svg>"
    )


def _told(study: Study, trial: int) -> str:
    score = study.sign * float(study.outcome(trial).score)
    return f"trial {trial}: {format_value(score, 5)}"


def _range(score: NDArray[np.float64], sign: float) -> tuple[float, float]:
    """Return the limits of what is drawn: a few dreadful scores shall not squeeze the others."""
    known = np.sort(score[np.isfinite(score)])
    worst, best = float(known[0]), float(known[-1])
    if len(known) >= 8:
        usual = float(known[int(0.1 * (len(known) - 1))])
        worst = max(worst, usual - 0.75 * (best - usual))
    if worst == best:
        worst, best = worst - abs(worst) * 0.05 - 1e-12, best + abs(best) * 0.05 + 1e-12
    return (worst, best) if sign > 0 else (-best, -worst)
