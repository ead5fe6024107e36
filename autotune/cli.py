"""The command line: ``autotune demo``, ``show``, ``verify`` and ``resume``."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import os
import shlex
import sys
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any, NoReturn

from rich.console import Console
from rich.text import Text

from autotune.clock import SystemClock
from autotune.dimensions import Label
from autotune.errors import (
    AutotuneError,
    ComponentError,
    EvaluationError,
    LogError,
    MissingExtraError,
    SpaceError,
    StudyError,
)
from autotune.events import Evaluated, Failure
from autotune.log import Log, is_log, open_log
from autotune.objective import Objective, as_objective
from autotune.replay import Verification, refold, verify
from autotune.report.chart import terminal_chart
from autotune.report.document import as_json, plain_data, study_document
from autotune.report.plot import plot_accepted_steps
from autotune.report.progress import Progress
from autotune.report.tables import header, space_table, steps_table, trials_table
from autotune.report.text import as_python, clean
from autotune.study import Study
from autotune.tuner import Tuner, TuneResult

__all__ = ["main"]

OK = 0
NOT_SO = 1
BAD_INPUT = 2
INTERRUPTED = 130
BROKEN_PIPE = 141

PICTURE = "accepted-steps.png"

_DESCRIPTION = """\
Step-by-step hyper-parameter search with an immutable, replayable record.

A log is the directory in which a search keeps its record."""

_EXAMPLES = """\
examples:
  autotune demo                             a real search on scikit-learn's digits, about a minute
  autotune show autotune-demo               what it found, and every accepted step
  autotune show autotune-demo --all         every trial, with its verdict
  autotune verify autotune-demo             prove that every decision follows from what came before
  autotune resume autotune-demo --n-trials 200
                                            go on with it, to 200 trials in all

exit codes: 0 done; 1 what was asked about is not so (verify); 2 wrong usage or bad input;
130 interrupted."""

_DEMO = """\
Tune a neural network on scikit-learn's handwritten digits, by 3-fold cross-validation,
starting from poor settings. Shows its progress, the accepted steps, a chart of score and
fit time, and where the log is. Ctrl-C ends it with what there is; resume goes on."""

_DEMO_EXAMPLES = """\
examples:
  autotune demo
  autotune demo --log runs/digits --seed 7
  autotune demo --n-trials 30 --json > found.json"""

_SHOW = """\
Show what a log records: the study, the best configuration as Python to paste, and the
accepted steps. Needs none of the code that wrote the log, runs none, and may be used
while the log is being written."""

_SHOW_EXAMPLES = """\
examples:
  autotune show autotune-demo
  autotune show autotune-demo --all
  autotune show autotune-demo --json | python -m json.tool"""

_VERIFY = """\
Derive every recorded proposal, verdict and stop again from the events before it.
Exit code 0 if all agree, 1 if not; then the first event that differs is named."""

_RESUME = """\
Go on with the study in a log, where it stopped: a trial that was running comes first.
A log of the demo needs nothing else. For any other, name the function that was tuned;
it is imported from the current directory."""

_RESUME_EXAMPLES = """\
examples:
  autotune resume autotune-demo
  autotune resume autotune-demo --n-trials 200
  autotune resume runs/mine --objective my_module:my_function"""


class _Console(Console):
    """A console that leaves a broken pipe to ``main``."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def _count(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} must be a whole number >= 1")
    return number


def _seed(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = -1
    if number < 0:
        raise argparse.ArgumentTypeError(f"{text!r} must be a whole number >= 0")
    return number


def _parser() -> argparse.ArgumentParser:
    plain = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="autotune", description=_DESCRIPTION, epilog=_EXAMPLES, formatter_class=plain
    )
    parser.add_argument("--version", action="version", version=f"autotune {_version()}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def command(
        name: str, run: Callable[[argparse.Namespace], int], about: str, long: str, epilog: str
    ) -> argparse.ArgumentParser:
        sub = commands.add_parser(
            name, help=about, description=long, epilog=epilog, formatter_class=plain
        )
        sub.set_defaults(run=run)
        return sub

    demo = command("demo", _demo, "run a real search on bundled data", _DEMO, _DEMO_EXAMPLES)
    demo.add_argument(
        "--log",
        metavar="DIR",
        type=Path,
        help="a new directory for the log (default: autotune-demo here, or the next free "
        "autotune-demo-2, ...)",
    )
    demo.add_argument(
        "--n-trials", metavar="N", type=_count, help="how many trials to do (default: 60)"
    )
    demo.add_argument(
        "--seed", metavar="S", type=_seed, default=0, help="seed of the search (default: 0)"
    )
    demo.add_argument("--quiet", action="store_true", help="show the result only, no progress")
    _json_option(demo)

    show = command("show", _show, "show what a log records", _SHOW, _SHOW_EXAMPLES)
    show.add_argument("log", metavar="LOG", type=Path, help="directory of a log")
    show.add_argument("--all", action="store_true", help="list all trials, not only accepted ones")
    _json_option(show)

    check = command("verify", _verify, "derive every recorded decision again", _VERIFY, "")
    check.add_argument("log", metavar="LOG", type=Path, help="directory of a log")
    _json_option(check)

    resume = command("resume", _resume, "go on with a study", _RESUME, _RESUME_EXAMPLES)
    resume.add_argument("log", metavar="LOG", type=Path, help="directory of a log")
    resume.add_argument(
        "--objective",
        metavar="MODULE:FUNCTION",
        help="the function that was tuned: takes a dict of parameter values, returns a score, or "
        "(score, seconds)",
    )
    resume.add_argument(
        "--n-trials",
        metavar="N",
        type=_count,
        help="trials in the study when it ends, with those it has (default: as the log says)",
    )
    _json_option(resume)
    return parser


def _json_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--json",
        action="store_true",
        help="print one JSON document to standard output, and everything else to standard error",
    )


def _version() -> str:
    try:
        return metadata.version("autotune-search")
    except metadata.PackageNotFoundError:
        return "(not installed)"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments; those of the process if left out.

    Returns
    -------
    int
        The exit code.

    Raises
    ------
    SystemExit
        As argparse does: after ``--help`` and ``--version``, and on wrong usage.
    """
    arguments = _parser().parse_args(argv)
    try:
        code: int = arguments.run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        _forget_output()
        return BROKEN_PIPE
    except KeyboardInterrupt:
        return _complain("interrupted", INTERRUPTED)
    except AutotuneError as error:
        return _complain(f"error: {error}", BAD_INPUT)
    except OSError as error:
        where = "" if error.filename is None else f": {error.filename}"
        return _complain(f"error: {error.strerror or error}{where}", BAD_INPUT)
    return code


def _complain(message: str, code: int) -> int:
    with contextlib.suppress(OSError):
        print(f"autotune: {clean(' '.join(message.split()))}", file=sys.stderr)
    return code


def _forget_output() -> None:
    """Keep Python from complaining, when it ends, that nobody reads its output."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _console(*, json: bool) -> Console:
    """Return the console for what people read."""
    console = _Console(stderr=json, highlight=False, markup=False, emoji=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = 120
    return console


def _say(console: Console, text: str = "", style: str = "") -> None:
    console.print(Text(text, style=style), soft_wrap=True)


def _command(*words: object) -> str:
    return shlex.join(["autotune", *(str(word) for word in words)])


# --- demo ---------------------------------------------------------------------------------------


def _demo(arguments: argparse.Namespace) -> int:
    from autotune import demo

    console = _console(json=arguments.json)
    n_trials = demo.N_TRIALS if arguments.n_trials is None else arguments.n_trials
    objective = demo.Digits.load()
    log = _new_log(arguments.log, demo.free_directory)
    with (
        log,
        Tuner(
            demo.SPACE,
            log=log,
            metric=demo.METRIC,
            n_folds=demo.N_FOLDS,
            n_trials=n_trials,
            seed=arguments.seed,
        ) as tuner,
    ):
        path = _path_of(log)
        demo.mark(path)
        if not arguments.quiet:
            _say(
                console,
                f"Tuning a neural network on scikit-learn's digits: {n_trials} trials of "
                f"{demo.N_FOLDS} folds; Ctrl-C ends it early.",
            )
        result = _run(tuner, objective, console, n_trials, quiet=arguments.quiet)
    again = ("resume", path)
    return _conclude(result, path, again, console, json=arguments.json, picture=True)


def _new_log(path: Path | None, free: Callable[[Path], Path]) -> Log:
    if path is None:
        return open_log(free(Path()), mode="x")
    if is_log(path):
        raise LogError(
            f"{path} holds a log already; go on with it by {_command('resume', path)}, or choose "
            "another directory"
        )
    return open_log(path, mode="x")


def _path_of(log: Any) -> Path:
    return Path(log.path)


def _run(
    tuner: Tuner, objective: Objective, console: Console, n_trials: int | None, *, quiet: bool
) -> TuneResult:
    if quiet:
        return tuner.run(objective)
    with Progress(console, n_trials=n_trials) as progress:
        return tuner.run(objective, watch=progress)


def _conclude(
    result: TuneResult,
    log: Path,
    again: tuple[object, ...],
    console: Console,
    *,
    json: bool,
    picture: bool,
) -> int:
    """Tell what a run came to, and what can be done next; ``again`` are the words that go on."""
    study = result.study
    drawn: Path | None = None
    trouble: str | None = None
    if picture and study.incumbent is not None:
        try:
            drawn = _draw(study, log / PICTURE)
        except MissingExtraError as error:
            trouble = str(error)
        except OSError as error:
            trouble = f"the picture could not be saved: {error}"
    _say(console)
    console.print(steps_table(study))
    _say(console)
    ascii_only = not console.encoding.lower().startswith("utf")
    width = min(console.width, 100)
    _say(console, terminal_chart(study, width=width, ascii_only=ascii_only))
    _say(console)
    if result.best is not None:
        score = f"{clean(study.begun.metric)} {result.best_score:.5g}, trial {result.best_trial}"
        _say(console, f"best so far ({score}):" if study.stopped is None else f"best ({score}):")
        _say(console, as_python(result.best))
        _say(console)
    if drawn is not None:
        _say(console, f"picture: {drawn}")
    if trouble is not None:
        _say(console, f"no picture: {trouble}")
    _say(console, f"log:     {log}")
    _say(console)
    if result.interrupted:
        _say(console, f"interrupted after {study.n_judged} trials; go on with")
        _say(console, f"  {_command(*again)}")
    else:
        _say(console, "next:")
        for words in (
            ("show", log),
            ("verify", log),
            (*again, "--n-trials", 2 * max(study.n_trials - study.n_prior, 1)),
        ):
            _say(console, f"  {_command(*words)}")
    if json:
        _print_run(study, log, drawn, interrupted=result.interrupted)
    return INTERRUPTED if result.interrupted else OK


def _print_run(study: Study, log: Path, picture: Path | None, *, interrupted: bool) -> None:
    run = {
        "log": str(log),
        "picture": None if picture is None else str(picture),
        "interrupted": interrupted,
    }
    print(as_json({**run, **study_document(study)}))


def _draw(study: Study, path: Path) -> Path:
    figure: Any = plot_accepted_steps(study)[0].figure
    figure.savefig(path, dpi=150)
    return path


# --- show ---------------------------------------------------------------------------------------


def _show(arguments: argparse.Namespace) -> int:
    path: Path = arguments.log
    with open_log(path, mode="r") as log:
        study = _refolded(log, path)
        failures = _failures(log) if arguments.all else {}
    if arguments.json:
        document = study_document(study, trials=arguments.all, failures=failures)
        print(as_json({"log": str(path), **document}))
        return OK
    console = _console(json=False)
    console.print(header(study))
    _say(console)
    console.print(space_table(study))
    _say(console)
    if study.incumbent is None:
        _say(console, "no trial has been accepted yet")
    else:
        _say(console, f"best configuration (trial {study.incumbent}):", style="bold")
        _say(console, as_python(study.configuration(study.incumbent)))
        _say(console)
        _say(console, "accepted steps:", style="bold")
        console.print(steps_table(study))
    if arguments.all:
        _say(console)
        _say(console, "all trials:", style="bold")
        console.print(trials_table(study, failures))
    return OK


def _refolded(log: Log, path: Path) -> Study:
    if len(log) == 0:
        raise LogError(f"{path}: the log holds no study yet; start one in it, or name another")
    return refold(log)


def _failures(log: Log) -> dict[int, Failure]:
    return {
        event.trial: event.failure
        for event in log.events()
        if isinstance(event, Evaluated) and event.failure is not None
    }


# --- verify -------------------------------------------------------------------------------------


def _verify(arguments: argparse.Namespace) -> int:
    path: Path = arguments.log
    with open_log(path, mode="r") as log:
        if len(log) == 0:
            raise LogError(f"{path}: the log holds no study yet; there is nothing to verify")
        try:
            found = verify(log)
        except ComponentError as error:
            raise ComponentError(
                f"{path}: {error}; from Python: autotune.verify(log, components=[...])"
            ) from error
    if arguments.json:
        print(as_json({"log": str(path), **_verification(found)}))
    else:
        print(clean(found))
    return OK if found.passed else NOT_SO


def _verification(found: Verification) -> dict[str, Any]:
    difference = found.difference
    return {
        "verified": found.passed,
        "n_events": found.n_events,
        "n_proposals": found.n_proposals,
        "n_verdicts": found.n_verdicts,
        "n_stops": found.n_stops,
        "difference": None
        if difference is None
        else {**plain_data(difference), "words": str(difference)},
    }


# --- resume -------------------------------------------------------------------------------------


def _resume(arguments: argparse.Namespace) -> int:
    path: Path = arguments.log
    console = _console(json=arguments.json)
    given = None if arguments.objective is None else _imported(arguments.objective)
    with open_log(path, mode="r") as log:
        study = _refolded(log, path)
    budget = _budget(study.strategy)
    wanted: int | None = arguments.n_trials
    if _complete(study, wanted):
        return _nothing_to_do(study, path, console, json=arguments.json)
    objective, is_demo = _objective(given, path, study)
    if objective.n_folds != study.begun.n_folds:
        raise EvaluationError(
            f"{path} is a study of {study.begun.n_folds} folds, but the objective has "
            f"{objective.n_folds}; resume it with the objective it was begun with, or from Python "
            "with StepSearchCV(..., log=...)"
        )
    with open_log(path, mode="a") as log:
        try:
            tuner = Tuner.resume(log, n_trials=wanted)
        except ComponentError as error:
            raise ComponentError(
                f"{path}: {error}; from Python: autotune.Tuner.resume(log, strategy=...)"
            ) from error
        total = budget if wanted is None else wanted
        shown = None if total is None else total + tuner.study.n_prior
        of = "" if shown is None else f" of {shown}"
        _say(console, f"Resuming {path} after {study.n_judged}{of} trials; Ctrl-C ends it early.")
        result = _run(tuner, objective, console, shown, quiet=False)
    again: tuple[object, ...] = ("resume", path)
    if not is_demo:
        again += ("--objective", arguments.objective)
    return _conclude(result, path, again, console, json=arguments.json, picture=is_demo)


def _complete(study: Study, wanted: int | None) -> bool:
    if study.pending:
        return False
    if wanted is None:
        return study.stopped is not None
    return study.n_trials - study.n_prior >= wanted


def _nothing_to_do(study: Study, path: Path, console: Console, *, json: bool) -> int:
    done = study.n_trials - study.n_prior
    why = f"{done} trials done" if study.stopped is None else clean(study.stopped.words)
    _say(console, f"{path} is complete: {why}")
    _say(console, f"to go on: {_command('resume', path, '--n-trials', 2 * max(done, 1))}")
    if json:
        _print_run(study, path, None, interrupted=False)
    return OK


def _objective(given: Any, path: Path, study: Study) -> tuple[Objective, bool]:
    """Return the objective that the user named, or else the demo's if the log is marked so."""
    if given is None:
        from autotune import demo

        marked = demo.marked_objective(path, study.known_space)
        if marked is None:
            raise StudyError(
                f"{path} does not say what was tuned; name it with --objective module:function, or "
                "resume from Python: autotune.Tuner.resume(log).run(objective), or "
                "StepSearchCV(..., log=...) with the same arguments as before"
            )
        return marked, True
    for name in study.known_space:
        if _only_labels(study.known_space[name]):
            raise SpaceError(
                f"the choices of {name!r} are objects that only your code has; resume from Python: "
                "autotune.Tuner.resume(log, space=...).run(objective)"
            )
    return as_objective(given, SystemClock()), False


def _only_labels(dimension: Any) -> bool:
    choices = [getattr(dimension, "value", None), *getattr(dimension, "options", ())]
    return any(isinstance(choice, Label) for choice in choices)


def _budget(strategy: Any) -> int | None:
    """Return the number of trials at which a described strategy ends, if it says one."""
    end = strategy.get("termination")
    rules = end.get("rules", [end]) if isinstance(end, dict) else []
    limits = [
        rule["n"]
        for rule in rules
        if isinstance(rule, dict)
        and rule.get("component") == "MaxTrials"
        and isinstance(rule.get("n"), int)
    ]
    return min(limits, default=None)


def _imported(name: str) -> Any:
    """Return the function that the user named, as ``module:function``."""
    module_name, separator, attribute = name.partition(":")
    if not (separator and module_name and attribute):
        raise EvaluationError(
            f"--objective {name!r} must be module:function, such as my_module:my_function"
        )
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        found: Any = importlib.import_module(module_name)
        for part in attribute.split("."):
            found = getattr(found, part)
    except Exception as error:  # noqa: BLE001  # importing runs the user's code, whatever it raises
        _no_objective(name, error)
    if not callable(found) and not isinstance(found, Objective):
        raise EvaluationError(
            f"--objective {name!r} is of type {type(found).__name__}; name a function of a "
            "configuration"
        )
    return found


def _no_objective(name: str, error: Exception) -> NoReturn:
    raise EvaluationError(
        f"--objective {name!r} can't be imported from {Path.cwd()} "
        f"({type(error).__name__}: {error}); check the name and the current directory"
    ) from error
