"""The accepted steps as a chart of plain characters, for a terminal."""

from __future__ import annotations

from autotune.study import Study
from autotune.study.formatting import aligned, clean
from autotune.study.rows import accepted_steps

__all__ = ["terminal_chart"]

_EIGHTHS = " ▏▎▍▌▋▊▉█"


def terminal_chart(study: Study, *, width: int = 76, ascii_only: bool = False) -> str:
    """Draw score and fit time over the accepted steps, one line for each.

    The score is a mark between the smallest and the largest of the column; the fit time is a bar
    from zero.

    Parameters
    ----------
    study : Study
        The study.
    width : int
        Characters in a line.
    ascii_only : bool
        Whether to do without block characters.

    Returns
    -------
    str
        Some lines; one that says so if no trial has been accepted.

    Examples
    --------
    >>> from autotune import tune
    >>> result = tune(lambda c: (-(c["x"] - 3) ** 2, 0.5), {"x": 1.0}, n_trials=5)
    >>> print(terminal_chart(result.study, width=60, ascii_only=True).splitlines()[0][:23])
    trial   score (maximize
    """
    steps = accepted_steps(study)
    if not steps:
        return "no trial has been accepted yet"
    scores = [step.score for step in steps if step.score is not None]
    seconds = [step.fit_seconds or 0.0 for step in steps]
    score_texts = aligned([step.score for step in steps])
    second_texts = aligned(seconds)
    wide_score = max(len(text) for text in score_texts)
    wide_second = max(len(text) for text in second_texts)
    room = max(width - 7 - wide_score - 2 - 3 - wide_second - 3, 16)
    track = room * 3 // 5
    bar = room - track

    direction = study.begun.direction
    title = f"{clean(study.begun.metric)} ({direction})"
    left = 7 + 1 + wide_score + 1 + track
    lines = [f"{'trial':>5}   {title:<{left - 7}}  mean fit seconds"]
    low, high = (min(scores), max(scores)) if scores else (0.0, 0.0)
    longest = max(seconds)
    for step, score_text, second, second_text in zip(
        steps, score_texts, seconds, second_texts, strict=True
    ):
        mark = _mark(step.score, low, high, track, ascii_only=ascii_only)
        length = _bar(second / longest if longest > 0 else 0.0, bar, ascii_only=ascii_only)
        lines.append(
            f"{step.trial:>5}  {score_text:>{wide_score}} {mark}"
            f"  {second_text:>{wide_second}} {length}".rstrip()
        )
    return "\n".join(lines)


def _mark(value: float | None, low: float, high: float, width: int, *, ascii_only: bool) -> str:
    line, dot = (".", "o") if ascii_only else ("·", "●")
    if value is None:
        return " " * width
    share = 1.0 if high == low else (value - low) / (high - low)
    at = round(share * (width - 1))
    return line * at + dot + " " * (width - 1 - at)


def _bar(share: float, width: int, *, ascii_only: bool) -> str:
    if ascii_only:
        return "#" * max(round(share * width), 1)
    eighths = max(round(share * width * 8), 1)
    full, rest = divmod(eighths, 8)
    return "█" * full + (_EIGHTHS[rest] if rest else "")
