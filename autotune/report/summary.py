"""A study in short as HTML without scripts: for notebooks, and for pages where none may run."""

from __future__ import annotations

from html import escape

import numpy as np

from autotune.dimensions import Exactly
from autotune.report.history_svg import history_svg
from autotune.report.text import as_python, clean
from autotune.study import Study
from autotune.words import changes_in_words, format_value

__all__ = ["study_summary"]

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


def study_summary(study: Study, *, title: str = "", styled: bool = True) -> str:
    """Return what a study came to as HTML.

    Parameters
    ----------
    study : Study
        The study; it need not have started.
    title : str
        What stands above.
    styled : bool
        Whether to bring a style sheet along.

    Returns
    -------
    str
        An element that runs nothing; what a log says is in it as text.

    Examples
    --------
    >>> from autotune import tune
    >>> found = tune(lambda c: -(c["x"] - 3) ** 2, {"x": 1.0}, n_trials=5)
    >>> "best configuration" in study_summary(found.study)
    True
    """
    parts = ['<div class="autotune-summary">', _STYLE if styled else ""]
    if title != "":
        parts.append(f"<p><strong>{_text(title)}</strong></p>")
    if study.started is None:
        return "".join([*parts, "<p>No study has begun.</p></div>"])
    parts.append(f"<p>{_text(state_in_words(study))}</p>")
    if study.incumbent is not None:
        parts += [_best(study, study.incumbent), history_svg(study), _steps(study)]
    return "".join([*parts, "</div>"])


def state_in_words(study: Study) -> str:
    """Return how a study stands, in a sentence or two."""
    accepted = int(study.verdicts["accepted"].sum())
    failed = int((study.outcomes().failed & study.outcomes().judged).sum())
    told = [f"{accepted} accepted", f"{study.n_judged - accepted - failed} rejected"]
    told += [f"{failed} failed"] if failed > 0 else []
    told += [f"{len(study.pending)} pending"] if study.pending else []
    noun = "trial" if study.n_trials == 1 else "trials"
    end = "not stopped" if study.stopped is None else f"stopped: {study.stopped.words}"
    return f"{study.n_trials} {noun}: {', '.join(told)}; {end}."


def _best(study: Study, trial: int) -> str:
    outcome = study.incumbent_outcome
    assert outcome is not None
    score = f"{study.begun.metric} {format_value(study.sign * outcome.score, 5)}"
    if outcome.n_folds > 1:
        score += f" ± {format_value(outcome.score_sd, 2)} over {outcome.n_folds} folds"
    seconds = f", fit {format_value(outcome.fit_seconds)} s"
    best, start = study.configuration(trial), study.known_space.start
    changed = [
        name
        for name in study.known_space
        if Exactly(best.get(name)) != Exactly(start.get(name)) or (name in best) != (name in start)
    ]
    rows = "".join(
        f'<tr><th scope="row">{_text(name)}</th><td>{_value(start, name)}</td>'
        f"<td><strong>{_value(best, name)}</strong></td></tr>"
        for name in changed
    )
    table = (
        f"<table><thead><tr><th>changed</th><th>start</th><th>best</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>"
        if rows
        else "<p>The start values are the best so far.</p>"
    )
    return (
        f"<p>best configuration: <strong>{_text(score)}</strong>{_text(seconds)}, "
        f"by trial {trial}</p><pre>{escape(as_python(best))}</pre>{table}"
    )


def _value(configuration: dict[str, object], name: str) -> str:
    return _text(format_value(configuration[name])) if name in configuration else "inactive"


def _steps(study: Study) -> str:
    verdicts = study.verdicts
    where = np.flatnonzero(verdicts["accepted"])
    outcomes = study.outcomes()
    rows = []
    for row in where[-_MOST_STEPS:]:
        trial = int(verdicts["trial"][row])
        gain = float(verdicts["gain"][row])
        rows.append(
            f'<tr><td class="number">{trial}</td><td>{_text(changes_in_words(study, trial))}</td>'
            f'<td class="number">{_number(study.sign * float(outcomes.score[trial - 1]), 5)}</td>'
            f'<td class="number">{_number(gain, 4, signed=True)}</td>'
            f'<td class="number">{_number(float(outcomes.fit_seconds[trial - 1]), 4)}</td></tr>'
        )
    more = len(where) - len(rows)
    note = f'<p class="soft">{more} earlier steps are left out.</p>' if more > 0 else ""
    heads = "<th>trial</th><th>what changed</th>" + "".join(
        f'<th class="number">{head}</th>'
        for head in (_text(study.begun.metric), "gain", "fit seconds")
    )
    return (
        f"<details open><summary>accepted steps</summary>{note}<table><thead><tr>{heads}</tr>"
        f"</thead><tbody>{''.join(rows)}</tbody></table></details>"
    )


def _number(value: float, digits: int, *, signed: bool = False) -> str:
    if not np.isfinite(value):
        return ""
    return ("+" if signed and value > 0 else "") + format_value(value, digits)


def _text(text: object) -> str:
    return escape(clean(text))
