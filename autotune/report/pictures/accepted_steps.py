"""The accepted steps as a picture: score and fit time, as the prototype's author drew them."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any, Self

from attrs import define, field

from autotune.report.pictures.axes import decorate, escape, explain_empty
from autotune.report.pictures.display import StudyDisplay, metric_of
from autotune.report.pictures.theme import Theme, ThemeName, on_ground, theme_of
from autotune.study import Study
from autotune.study.formatting import aligned, clean
from autotune.study.rows import TrialRow, accepted_steps

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["AcceptedStepsDisplay"]

_INCHES_FOR_LABEL = 0.46


@define(eq=False)
class AcceptedStepsDisplay(StudyDisplay):
    """Mean test score and mean fit time over the accepted steps, each labelled with its change.

    Parameters
    ----------
    steps : tuple of TrialRow
        The accepted steps.
    metric : str
        What the score is called.
    rising : bool
        Whether larger scores are better.
    n_judged : int
        Trials judged in all.
    seconds_ax_ : matplotlib Axes
        What the fit time was plotted on last.

    Examples
    --------
    >>> from autotune import tune
    >>> result = tune(lambda c: -(c["x"] - 3) ** 2, {"x": 1.0}, n_trials=20, seed=1)
    >>> AcceptedStepsDisplay.from_study(result.study).steps[0].changes
    'start values'
    """

    steps: tuple[TrialRow, ...]
    metric: str
    rising: bool
    n_judged: int
    seconds_ax_: Any = field(init=False, default=None, repr=False)

    @classmethod
    def _computed(cls, study: Study) -> tuple[Any, ...]:
        steps = tuple(accepted_steps(study))
        return steps, metric_of(study), study.sign > 0, study.n_judged

    def plot(self, ax: Axes | None = None, *, theme: ThemeName | Theme | None = None) -> Self:
        """Plot the picture; the parameters are those of ``Display.plot``.

        Axes that are given get the fit time on a second axis at their right; a new figure has two
        aligned panels.
        """
        chosen = theme_of(theme, ax)
        self.ax_, self.seconds_ax_ = _plot(self, ax, chosen)
        self.figure_ = self.ax_.figure
        if ax is None or theme is not None:
            on_ground(self.figure_, chosen)
        return self


def _plot(display: AcceptedStepsDisplay, ax: Any, theme: Theme) -> tuple[Any, Any]:
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    steps = display.steps
    above: Any
    below: Any
    if ax is None:
        wide = min(max(2.6 + 0.72 * len(steps), 7.5), 18.0)
        figure = Figure(figsize=(wide, 6.6), layout="constrained")
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
        title = _title(len(steps), display.n_judged)
        figure.suptitle(title, fontsize=11, color=theme.text)
        bottom = below
    else:
        above = ax
        below = above.twinx()
        bottom = above
    if len(steps) == 0:
        explain_empty(above, theme, "no trial has been accepted yet")
        below.set_axis_off()
        return above, below
    at = list(range(len(steps)))
    nan = float("nan")
    style: dict[str, Any] = {"marker": "o", "markersize": 6, "linewidth": 1.8}
    above.plot(
        at,
        [nan if step.score is None else step.score for step in steps],
        color=theme.score,
        **style,
    )
    below.plot(
        at,
        [nan if step.fit_seconds is None else step.fit_seconds for step in steps],
        color=theme.seconds,
        **{**style, "marker": "s" if ax is not None else "o"},
    )
    metric = escape(display.metric)
    named = "mean test score" if metric == "score" else f"mean test score\n({metric})"
    for panel, colour, words in (
        (above, theme.score, named),
        (below, theme.seconds, "mean fit time\n(seconds)"),
    ):
        right = ax is not None and panel is below
        decorate(panel, theme, y=words, grid="none" if right else "y")
        panel.yaxis.label.set_color(colour)
        panel.tick_params(axis="y", colors=colour)
        panel.yaxis.set_major_locator(MaxNLocator(6))
        panel.spines["right"].set_visible(right)
    # From zero, so that twice the height is twice the time.
    below.set_ylim(bottom=0.0)
    if ax is None:
        above.tick_params(axis="x", length=0)
        above.set_xlabel("")
    shown = _label_steps(bottom, steps, theme)
    if ax is None:
        _write_scores(above, steps, shown, theme, rising=display.rising)
    return above, below


def _title(n: int, n_judged: int) -> str:
    steps, trials = ("step" if n == 1 else "steps"), ("trial" if n_judged == 1 else "trials")
    return f"{n} accepted {steps} of {n_judged} judged {trials}"


def _write_scores(
    axis: Any, steps: tuple[TrialRow, ...], shown: list[int], theme: Theme, *, rising: bool
) -> None:
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
                color=theme.score,
            )
    axis.margins(y=0.1)


def _label_steps(axis: Any, steps: tuple[TrialRow, ...], theme: Theme) -> list[int]:
    """Label the steps, those for which there is room, and return which."""
    inches = axis.figure.get_figwidth() * axis.get_position().width
    every = -(-len(steps) // max(int(inches / _INCHES_FOR_LABEL), 2)) if steps else 1
    shown = [i for i in range(len(steps)) if i % every == 0 or i == len(steps) - 1]
    if len(shown) > 1 and shown[-1] - shown[-2] < every:
        del shown[-2]
    labels = [_short(steps[i]).replace("$", r"\$") for i in shown]
    axis.set_xticks(
        shown,
        labels,
        rotation=40,
        rotation_mode="anchor",
        ha="right",
        va="top",
        fontsize=8.5,
        linespacing=1.1,
        color=theme.text,
    )
    axis.set_xlabel("accepted steps: trial, and what it changed", fontsize=9, color=theme.text)
    if steps:
        axis.set_xlim(-0.5, len(steps) - 0.5)
    return shown


def _short(step: TrialRow) -> str:
    """Return a step's label: two lines at most, short enough to stand beside its neighbour."""
    text = clean(f"{step.trial}: {step.changes}")
    lines = textwrap.wrap(text, width=28, break_long_words=True)
    if len(lines) > 2:
        lines = textwrap.wrap(text, width=38, max_lines=2, placeholder=" …")
    return "\n".join(lines)
