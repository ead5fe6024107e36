"""A study in short, as HTML that runs no scripts: for notebooks, and for pages where none may."""

from __future__ import annotations

from html import escape

import numpy as np
from numpy.typing import NDArray

from autotune.space.equality import Exactly
from autotune.study.formatting import as_python, clean, format_value
from autotune.study.rows import trial_rows
from autotune.study.study import Study

__all__ = ["history_svg", "study_summary"]

_STYLE = """\
<style>
.autotune-summary { max-width: 46rem; line-height: 1.45; }
.autotune-summary table { border-collapse: collapse; margin: .3em 0; }
.autotune-summary th, .autotune-summary td { padding: .15em .9em .15em 0; text-align: left; }
.autotune-summary .number { text-align: right; font-variant-numeric: tabular-nums; }
.autotune-summary pre { margin: .4em 0; }
.autotune-summary .soft { opacity: .75; }
</style>"""
_MOST_STEPS = 12
_WIDE, _HIGH, _LEFT, _RIGHT, _TOP, _BOTTOM = 640, 190, 64, 8, 10, 24
_MOST_POINTS = 1000
# Of Okabe and Ito's palette, which colour-blind people tell apart.
_ACCEPTED, _INCUMBENT = "#D55E00", "#0072B2"


def study_summary(
    study: Study,
    *,
    title: str = "",
    styled: bool = True,
    best: int | None = None,
    expected: str = "",
) -> str:
    """Return what a study came to as HTML.

    Parameters
    ----------
    study : Study
        The study; it need not have started.
    title : str
        What stands above.
    styled : bool
        Whether to bring a style sheet along.
    best : int, optional
        The trial that is held for best; the incumbent is shown if left out.
    expected : str
        What is to be expected of it, in words.

    Returns
    -------
    str
        An element that runs nothing; what a log says is in it as text.

    Examples
    --------
    >>> from autotune import tune
    >>> result = tune(lambda c: -(c["x"] - 3) ** 2, {"x": 1.0}, n_trials=5)
    >>> "best configuration" in study_summary(result.study, best=result.best_trial)
    True
    """
    parts = ['<div class="autotune-summary">', _STYLE if styled else ""]
    if title != "":
        parts.append(f"<p><strong>{_text(title)}</strong></p>")
    if study.started is None:
        return "".join([*parts, "<p>No study has begun.</p></div>"])
    parts.append(f"<p>{_text(describe_state(study))}</p>")
    if study.incumbent is not None:
        parts += [
            _best(study, best, expected),
            history_svg(study),
            _steps(study),
        ]
    return "".join([*parts, "</div>"])


def describe_state(study: Study) -> str:
    """Return how a study stands, in a sentence or two."""
    accepted = int(study.verdicts["accepted"].sum())
    failed = int((study.outcomes().failed & study.outcomes().judged).sum())
    told = [f"{accepted} accepted", f"{study.n_judged - accepted - failed} rejected"]
    told += [f"{failed} failed"] if failed > 0 else []
    told += [f"{len(study.pending)} pending"] if study.pending else []
    noun = "trial" if study.n_trials == 1 else "trials"
    end = "not stopped" if study.stopped is None else f"stopped: {study.stopped.words}"
    return f"{study.n_trials} {noun}: {', '.join(told)}; {end}."


def _best(study: Study, best: int | None, expected: str) -> str:
    trial = study.incumbent if best is None else best
    assert trial is not None
    outcome, noun = study.outcome(trial), "incumbent" if best is None else "best configuration"
    score = f"{study.begun.metric} {format_value(outcome.score, 5)}"
    if outcome.n_folds > 1:
        score += f" ± {format_value(outcome.score_sd, 2)} over {outcome.n_folds} folds"
    seconds = f", fit {format_value(outcome.fit_seconds)} s"
    found, start = study.configuration(trial), study.known_space.start
    changed = [
        name
        for name in study.known_space
        if Exactly(found.get(name)) != Exactly(start.get(name))
        or (name in found) != (name in start)
    ]
    rows = "".join(
        f'<tr><th scope="row">{_text(name)}</th><td>{_value(start, name)}</td>'
        f"<td><strong>{_value(found, name)}</strong></td></tr>"
        for name in changed
    )
    table = (
        f"<table><thead><tr><th>changed</th><th>start</th><th>{noun.split(maxsplit=1)[0]}</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>"
        if rows
        else "<p>The start values are the best so far.</p>"
    )
    if expected:
        expected = f"<br>{_text(expected)}"
        score += " measured"
    return (
        f"<p>{noun}: <strong>{_text(score)}</strong>{_text(seconds)}, "
        f"by trial {trial}{expected}</p><pre>{escape(as_python(found))}</pre>{table}"
    )


def _value(configuration: dict[str, object], name: str) -> str:
    return _text(format_value(configuration[name])) if name in configuration else "inactive"


def _steps(study: Study) -> str:
    accepted = study.verdicts["trial"][study.verdicts["accepted"]]
    rows = [
        f'<tr><td class="number">{step.trial}</td><td>{_text(step.changes)}</td>'
        f'<td class="number">{_number(step.score, 5)}</td>'
        f'<td class="number">{_number(step.gain, 4, signed=True)}</td>'
        f'<td class="number">{_number(step.fit_seconds, 4)}</td></tr>'
        for step in trial_rows(study, accepted[-_MOST_STEPS:])
    ]
    more = len(accepted) - len(rows)
    note = f'<p class="soft">{more} earlier steps are left out.</p>' if more > 0 else ""
    heads = "<th>trial</th><th>what changed</th>" + "".join(
        f'<th class="number">{head}</th>'
        for head in (_text(study.begun.metric), "gain", "fit seconds")
    )
    return (
        f"<details open><summary>accepted steps</summary>{note}<table><thead><tr>{heads}</tr>"
        f"</thead><tbody>{''.join(rows)}</tbody></table></details>"
    )


def _number(value: float | None, digits: int, *, signed: bool = False) -> str:
    if value is None:
        return ""
    return ("+" if signed and value > 0 else "") + format_value(value, digits)


def _text(text: object) -> str:
    return escape(clean(text))


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
    >>> result = tune(lambda c: -(c["x"] - 3) ** 2, {"x": 1.0}, n_trials=5)
    >>> history_svg(result.study)[:4]
    '<svg'
    """
    verdicts = study.verdicts
    score = study.outcomes().score
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
        f'<circle cx="{x}" cy="{y}" r="3.5"><title>{_title(study, int(trial))}</title></circle>'
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


def _title(study: Study, trial: int) -> str:
    score = float(study.outcome(trial).score)
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
