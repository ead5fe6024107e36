"""``autotune plot``: a picture of one or more studies."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autotune.cli.shared.options import json_option
from autotune.cli.shared.output import OK, console_for, counted, print_json, say
from autotune.cli.shared.studies import check_begun, named_logs
from autotune.errors import StudyError
from autotune.log import open_log
from autotune.replay import state_at
from autotune.report import pictures
from autotune.study import Study

__all__ = ["DESCRIPTION", "EXAMPLES", "KINDS", "add_options", "run"]

_ENDINGS = (".png", ".svg", ".pdf")

KINDS = {
    "history": "scores over trials, accepted, rejected and failed, with the incumbent",
    "steps": "score and fit time over the accepted steps, each with its change in words",
    "sensitivity": "shares of the variance that parameters explain",
    "effects": "what moves in each parameter changed",
    "pairs": "which parameters work together",
    "dependence": "what is anticipated along one --parameter, or over two",
    "calibration": "anticipated against actual",
    "parallel": "all configurations as lines across the parameters",
    "lengths": "step lengths over trials, of one --parameter or over all",
    "acceptance": "how often moves were accepted, by parameter",
    "trajectory": "the incumbent over seconds, and what going on would bring",
    "regret": "how far the incumbent was from the best",
    "workers": "which worker had which trial",
    "comparison": "several studies beside each other",
    "lineage": "which study was forked from which",
}
_OF_SEVERAL = ("comparison", "lineage")

DESCRIPTION = "Draw a picture of what a log records. Kinds:\n\n" + "\n".join(
    f"  {kind:<12} {about}" for kind, about in KINDS.items()
)

EXAMPLES = """\
examples:
  autotune plot autotune-demo --kind history -o history.png
  autotune plot autotune-demo --kind sensitivity --target seconds -o seconds.svg
  autotune plot autotune-demo --kind dependence --parameter alpha -o alpha.pdf
  autotune plot autotune-demo --kind dependence --parameter alpha --target success -o fails.png
  autotune plot first second --kind comparison -o both.png"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument(
        "logs",
        metavar="LOG|FOLDER",
        type=Path,
        nargs="+",
        help="a log; for comparison and lineage several, or folders of logs",
    )
    parser.add_argument(
        "--kind", choices=tuple(KINDS), default="history", help="which picture (default: history)"
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        type=Path,
        required=True,
        help="the file, ending in .png, .svg or .pdf",
    )
    parser.add_argument(
        "--parameter", metavar="NAME", nargs="+", help="for dependence (one or two) and lengths"
    )
    parser.add_argument(
        "--target",
        choices=("score", "seconds", "success"),
        default="score",
        help="what of (default: score); success, for dependence, is where trials fail",
    )
    parser.add_argument("--dark", action="store_true", help="draw on dark ground")
    parser.add_argument("--overwrite", action="store_true", help="replace a file that is there")
    json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    to: Path = arguments.output
    kind: str = arguments.kind
    if to.suffix.lower() not in _ENDINGS:
        raise StudyError(f"--output {to} must end in {', '.join(_ENDINGS)}")
    if to.exists() and not arguments.overwrite:
        raise StudyError(f"--output {to} is there already; give another path, or --overwrite")
    logs = named_logs(arguments.logs)
    if kind not in _OF_SEVERAL and len(logs) > 1:
        raise StudyError(f"--kind {kind} is of one log; {len(logs)} were named")
    names: list[str] = arguments.parameter or []
    most = {"dependence": 2, "lengths": 1}.get(kind, 0)
    if len(names) > most or (kind == "dependence" and len(names) == 0):
        wanted = {"dependence": "one or two", "lengths": "one at most"}.get(kind, "none")
        raise StudyError(f"--kind {kind} takes {wanted} of --parameter; {len(names)} were given")
    if arguments.target == "success" and kind != "dependence":
        raise StudyError(f"--target success is for --kind dependence; --kind {kind} was given")
    studies: dict[str, Study] = {}
    for path in logs:
        with open_log(path, mode="r") as log:
            check_begun(log, path)
            studies[str(path)] = state_at(log)
    look: dict[str, Any] = {"theme": "dark" if arguments.dark else "light"}
    display = _draw(kind, studies, names, arguments.target, look)
    display.save(to)
    if arguments.json:
        print_json({"logs": list(studies), "kind": kind, "file": str(to)})
    else:
        say(console_for(json=False), f"{kind} of {counted(len(logs), 'log')}: {to}")
    return OK


def _draw(
    kind: str, studies: dict[str, Study], names: list[str], target: str, look: dict[str, Any]
) -> pictures.Display:
    study = next(iter(studies.values()))
    aimed: dict[str, Any] = {"target": target, **look}
    draw: dict[str, Callable[[], pictures.Display]] = {
        "history": lambda: pictures.HistoryDisplay.from_study(study, **look),
        "steps": lambda: pictures.AcceptedStepsDisplay.from_study(study, **look),
        "sensitivity": lambda: pictures.SensitivityDisplay.from_study(study, **aimed),
        "effects": lambda: pictures.SensitivityDisplay.from_study(
            study, measure="moves", n_groups=0, **aimed
        ),
        "pairs": lambda: pictures.PairsDisplay.from_study(study, **aimed),
        "dependence": lambda: pictures.PartialDependenceDisplay.from_study(study, names, **aimed),
        "calibration": lambda: pictures.CalibrationDisplay.from_study(study, **aimed),
        "parallel": lambda: pictures.ParallelCoordinatesDisplay.from_study(study, **look),
        "lengths": lambda: pictures.StepLengthsDisplay.from_study(
            study, parameter=names[0] if names else None, **look
        ),
        "acceptance": lambda: pictures.AcceptanceRatesDisplay.from_study(study, **look),
        "trajectory": lambda: pictures.TrajectoryDisplay.from_study(
            study, ahead=_half_as_long(study), **look
        ),
        "regret": lambda: pictures.RegretDisplay.from_study(study, **look),
        "workers": lambda: pictures.UtilisationDisplay.from_study(study, **look),
        "comparison": lambda: pictures.ComparisonDisplay.from_studies(studies, **look),
        "lineage": lambda: pictures.LineageDisplay.from_studies(studies, **look),
    }
    return draw[kind]()


def _half_as_long(study: Study) -> float | None:
    """Return how far ahead to look: half as long as the study took, which is not too far."""
    from autotune.analysis import trajectory

    elapsed = trajectory(study).elapsed
    return float(elapsed[-1]) / 2 if len(elapsed) > 0 and elapsed[-1] > 0 else None
