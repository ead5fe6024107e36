"""``autotune sensitivity``: how much each parameter matters for score and fit time."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from autotune.analysis import MoveEffects, Sensitivity, sensitivity
from autotune.cli.shared.options import json_option, log_argument
from autotune.cli.shared.output import OK, console_for, counted, print_json, print_rows, say
from autotune.cli.shared.studies import replayed
from autotune.errors import StudyError
from autotune.log import open_log
from autotune.strategy.defaults import anticipator, anticipator_names
from autotune.study.formatting import aligned, clean, format_value

__all__ = ["DESCRIPTION", "EXAMPLES", "add_options", "run"]

DESCRIPTION = f"""\
Tell how much each parameter matters for the score, or for the fit time: the share of the
variance that it explains, by itself and in all, over the whole space; what the recorded
moves in it changed; and what a step from the incumbent would do. All but the moves is
what an anticipator makes of the trials.

anticipators: {", ".join(anticipator_names())}"""

_NEAR = 0.05

EXAMPLES = """\
examples:
  autotune sensitivity autotune-demo
  autotune sensitivity autotune-demo --target seconds
  autotune sensitivity autotune-demo --over trials --anticipator Ridge --json"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    log_argument(parser)
    parser.add_argument(
        "--target",
        choices=("score", "seconds"),
        default="score",
        help="what depends on the parameters (default: score)",
    )
    parser.add_argument(
        "--over",
        choices=("space", "trials"),
        default="space",
        help="whether parameters vary over their range, or as in the trials (default: space)",
    )
    parser.add_argument("--anticipator", metavar="NAME", help="what stands for the objective")
    parser.add_argument(
        "--level",
        metavar="P",
        type=float,
        default=0.95,
        help="of the intervals (default: 0.95)",
    )
    json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    path: Path = arguments.log
    target = arguments.target
    if not 0 < arguments.level < 1:
        raise StudyError(f"--level {arguments.level} must lie between 0 and 1, such as 0.95")
    name: str | None = arguments.anticipator
    made = None if name is None else anticipator(name, target=target)
    with open_log(path, mode="r") as log:
        study = replayed(log, path)
    found = sensitivity(
        study, made, target=target, over=arguments.over, n_samples=512, level=arguments.level
    )
    if arguments.json:
        print_json({"log": str(path), **_document(found)})
    else:
        _print(console_for(json=False), found, study.known_space.searched)
    return OK


def _document(found: Sensitivity) -> dict[str, Any]:
    table = found.to_table()
    pairs = found.pairs
    return {
        "target": found.target,
        "metric": found.metric,
        "n_trials": found.n_trials,
        "level": found.moves.level,
        "over": None if found.shares is None else found.shares.over,
        "r2": None if found.permutation is None else found.permutation.r2,
        "parameters": [
            {name: column[i] for name, column in table.items()}
            for i in range(len(found.parameters))
        ],
        "pairs": []
        if pairs is None
        else [
            {"first": a, "second": b, "share": share, "low": low, "high": high}
            for a, b, share, low, high in zip(
                pairs.first, pairs.second, pairs.share, pairs.low, pairs.high, strict=True
            )
        ],
    }


def _print(console: Console, found: Sensitivity, names: tuple[str, ...]) -> None:
    what = clean(found.metric) if found.target == "score" else "fit seconds"
    level = f"{found.moves.level:.0%}"
    if len(names) == 0:
        say(console, "the space has no parameter that is searched")
        return
    trials = counted(found.n_trials, "trial")
    if found.shares is None:
        say(console, f"{trials}: too few for an anticipator to tell what {what} depends on")
    else:
        over = "the whole space" if found.shares.over == "space" else "what was tried"
        say(console, f"what {what} depends on, over {over}, by {trials} (intervals: {level}):")
        _print_shares(console, found)
    say(console)
    moves = found.moves
    noise = "" if moves.noise_known else "; the noise of scores is not taken out"
    say(console, f"what moves changed (intervals: {level}{noise}):")
    _print_moves(console, moves, found.order)
    if found.local is not None:
        say(console)
        say(console, f"what is anticipated around the incumbent, trial {found.local.incumbent}:")
        _print_local(console, found)
    if found.pairs is not None:
        strong = [i for i, share in enumerate(found.pairs.share) if share >= 0.01]
        if len(strong) > 0:
            say(console)
            told = ", ".join(
                f"{clean(found.pairs.first[i])} and {clean(found.pairs.second[i])} "
                f"{_percent(found.pairs.share[i])}"
                for i in strong[:3]
            )
            say(console, f"together, beyond each by itself: {told}")


def _print_shares(console: Console, found: Sensitivity) -> None:
    shares, permutation = found.shares, found.permutation
    assert shares is not None
    rows = [
        [
            found.parameters[j],
            _percent(shares.main[j]),
            _percent(shares.total[j]),
            _interval(_percent(shares.total_low[j]), _percent(shares.total_high[j])),
            "" if permutation is None else f"{permutation.importance[j]:.2f}",
        ]
        for j in found.order
    ]
    print_rows(
        console,
        ["parameter", "by itself", "in all", "interval", "cost of shuffling"],
        rows,
        right=("by itself", "in all", "interval", "cost of shuffling"),
    )


def _print_moves(console: Console, moves: MoveEffects, order: NDArray[np.int64]) -> None:
    size = aligned(moves.effect[order].tolist())
    low, high = (aligned(c[order].tolist()) for c in (moves.effect_low, moves.effect_high))
    up, down = (aligned(c[order].tolist(), signed=True) for c in (moves.up, moves.down))
    print_rows(
        console,
        ["parameter", "moves", "size of change", "interval", "mean if up", "mean if down"],
        [
            [moves.parameters[j], moves.n_moves[j], a, _interval(b, c), d, e]
            for j, a, b, c, d, e in zip(order, size, low, high, up, down, strict=True)
        ],
        right=("moves", "size of change", "interval", "mean if up", "mean if down"),
    )


def _print_local(console: Console, found: Sensitivity) -> None:
    local = found.local
    assert local is not None
    order = found.order
    # What hardly differs from the best is not worth a step.
    here = np.abs(local.best) < _NEAR * local.spread
    here |= local.best == 0
    up, down, best = (
        aligned(c[order].tolist(), signed=True) for c in (local.up, local.down, local.best)
    )
    print_rows(
        console,
        ["parameter", "value", "share", "step up", "step down", "best at", "change"],
        [
            [
                found.parameters[j],
                "inactive" if local.values[j] is None else format_value(local.values[j]),
                _percent(local.share[j]),
                a,
                b,
                "here" if here[j] else format_value(local.best_values[j]),
                "" if here[j] else c,
            ]
            for j, a, b, c in zip(order, up, down, best, strict=True)
        ],
        right=("value", "share", "step up", "step down", "best at", "change"),
    )


def _percent(share: float) -> str:
    return "" if math.isnan(share) else f"{100 * share:.0f} %"


def _interval(low: str, high: str) -> str:
    return f"{low} to {high}" if low and high else ""
