"""The accepted steps as a picture: score and fit time, as the prototype's author drew them."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from autotune.errors import MissingExtraError
from autotune.report.rows import TrialRow, accepted_steps
from autotune.report.text import aligned, clean
from autotune.study import Study

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_accepted_steps"]

# Of Okabe and Ito's palette, which colour-blind people tell apart.
_SCORE = "#D55E00"
_SECONDS = "#0072B2"
_INCHES_FOR_LABEL = 0.46


def plot_accepted_steps(study: Study, *, ax: Axes | None = None) -> tuple[Axes, Axes]:
    """Plot mean test score and mean fit time over the accepted steps.

    Every step is labelled with its trial and what it changed.

    Parameters
    ----------
    study : Study
        The study.
    ax : matplotlib Axes, optional
        Where to draw, the fit time then on a second axis at its right; by default a new figure with
        two aligned panels.

    Returns
    -------
    (Axes, Axes)
        Those of the score and of the fit time; ``[0].figure.savefig(path)`` saves the picture.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
        from matplotlib.ticker import MaxNLocator
    except ImportError as error:
        raise MissingExtraError(
            'pictures need matplotlib; install it with: pip install "autotune-search[plot]"'
        ) from error
    steps = accepted_steps(study)
    above: Any
    below: Any
    if ax is None:
        wide = min(max(2.6 + 0.72 * len(steps), 7.5), 18.0)
        figure = Figure(figsize=(wide, 6.6), layout="constrained")
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
        figure.suptitle(_title(study, steps), fontsize=11)
        bottom = below
    else:
        above = ax
        below = above.twinx()
        bottom = above
    at = list(range(len(steps)))
    nan = float("nan")
    style: dict[str, Any] = {"marker": "o", "markersize": 6, "linewidth": 1.8}
    above.plot(
        at,
        [nan if step.score is None else step.score for step in steps],
        color=_SCORE,
        **style,
    )
    below.plot(
        at,
        [nan if step.fit_seconds is None else step.fit_seconds for step in steps],
        color=_SECONDS,
        **{**style, "marker": "s" if ax is not None else "o"},
    )
    metric = _escape(clean(study.begun.metric))
    above.set_ylabel(
        "mean test score" if metric == "score" else f"mean test score\n({metric})", color=_SCORE
    )
    below.set_ylabel("mean fit time\n(seconds)", color=_SECONDS)
    # From zero, so that twice the height is twice the time.
    below.set_ylim(bottom=0.0)
    for panel, colour in ((above, _SCORE), (below, _SECONDS)):
        panel.tick_params(axis="y", colors=colour)
        panel.yaxis.set_major_locator(MaxNLocator(6))
        for side in ("top", "right") if ax is None else ("top",):
            panel.spines[side].set_visible(False)
    above.grid(axis="y", alpha=0.25)
    if ax is None:
        below.grid(axis="y", alpha=0.25)
        above.tick_params(axis="x", length=0)
    shown = _label_steps(bottom, steps)
    if ax is None:
        _write_scores(above, steps, shown, rising=study.sign > 0)
    return above, below


def _title(study: Study, steps: list[TrialRow]) -> str:
    noun = "step" if len(steps) == 1 else "steps"
    return f"{len(steps)} accepted {noun} of {study.n_judged} judged trials"


def _write_scores(axis: Any, steps: list[TrialRow], shown: list[int], *, rising: bool) -> None:
    """Write scores at their points, on the side where the line doesn't run."""
    texts = aligned([step.score for step in steps])
    for i in shown:
        score = steps[i].score
        if score is not None:
            axis.annotate(
                texts[i],
                (i, score),
                xytext=(5 if rising else -5, 6),
                textcoords="offset points",
                ha="right" if rising else "left",
                fontsize=7.5,
                color=_SCORE,
            )
    axis.margins(y=0.1)


def _label_steps(axis: Any, steps: list[TrialRow]) -> list[int]:
    """Label the steps, those for which there is room, and return which."""
    inches = axis.figure.get_figwidth() * axis.get_position().width
    every = -(-len(steps) // max(int(inches / _INCHES_FOR_LABEL), 2)) if steps else 1
    shown = [i for i in range(len(steps)) if i % every == 0 or i == len(steps) - 1]
    if len(shown) > 1 and shown[-1] - shown[-2] < every:
        del shown[-2]
    labels = [_escape(_short(steps[i])) for i in shown]
    axis.set_xticks(
        shown,
        labels,
        rotation=40,
        rotation_mode="anchor",
        ha="right",
        va="top",
        fontsize=8.5,
        linespacing=1.1,
    )
    axis.set_xlabel("accepted steps: trial, and what it changed", fontsize=9)
    if steps:
        axis.set_xlim(-0.5, len(steps) - 0.5)
    return shown


def _short(step: TrialRow) -> str:
    """Return a step's label: two lines at most, short enough to stand beside its neighbour."""
    told = clean(f"{step.trial}: {step.changes}")
    lines = textwrap.wrap(told, width=28, break_long_words=True)
    if len(lines) > 2:
        lines = textwrap.wrap(told, width=38, max_lines=2, placeholder=" …")
    return "\n".join(lines)


def _escape(text: str) -> str:
    return text.replace("$", r"\$")
