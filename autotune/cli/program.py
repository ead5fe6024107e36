"""The program: its commands, and what all of them do about errors, interrupts and broken pipes."""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

from autotune.errors import AutotuneError

__all__ = ["main"]

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
  autotune explain autotune-demo 12         why trial 12 was proposed
  autotune fork autotune-demo --to other --trial 12 --strategy random_walk
                                            another study with the first twelve trials of it
  autotune run train:objective --space space.toml --log runs/x
                                            tune a function of your own
  autotune COMMAND --help                   more on each

exit codes: 0 done; 1 what was asked about is not so (verify, check); 2 wrong usage or bad input;
130 interrupted."""

# The module of each command, and what it does. Only the module of the one in use is imported.
_COMMANDS = {
    "demo": ("demo", "run a real search on bundled data"),
    "run": ("run", "tune a function, or any program"),
    "search": ("search", "tune an estimator of scikit-learn on a table of data"),
    "resume": ("resume", "go on with a study"),
    "space": ("space", "check a search space, print it, or write a first one"),
    "show": ("show", "show what a log records, or a folder of logs"),
    "report": ("report", "write an interactive page of HTML on logs"),
    "watch": ("watch", "show a study as it runs, in the terminal or the browser"),
    "explain": ("explain", "tell why a trial was proposed"),
    "verify": ("verify", "derive every recorded decision again"),
    "check": ("check", "check every byte of a log, and repair it"),
    "fork": ("fork", "begin another study with the past of one"),
    "counterfactual": ("counterfactual", "ask another strategy what it would have proposed"),
    "sensitivity": ("sensitivity", "tell how much each parameter matters"),
    "plot": ("plot", "draw a picture of a study"),
    "backtest": ("backtest", "rank anticipators on a log that is there already"),
    "import": ("importing", "make a log of another tool's results"),
    "export": ("exporting", "write a log's trials to a file for other tools"),
    "compact": ("compact", "put many logs into an archive of a few files"),
}


def _parser(argv: Sequence[str]) -> argparse.ArgumentParser:
    plain = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="autotune", description=_DESCRIPTION, epilog=_EXAMPLES, formatter_class=plain
    )
    parser.add_argument("--version", action="version", version=f"autotune {_version()}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=False)
    for name, (module_name, about) in _COMMANDS.items():
        sub = commands.add_parser(name, help=about, formatter_class=plain)
        if name in argv:
            module: Any = import_module(f"autotune.cli.commands.{module_name}")
            sub.description, sub.epilog = module.DESCRIPTION, module.EXAMPLES
            module.add_options(sub)
            sub.set_defaults(run=module.run, words=tuple(argv))
    return parser


def _version() -> str:
    try:
        return metadata.version("autotune-search")
    except metadata.PackageNotFoundError:
        return "(not installed)"


def _warning(
    otherwise: Callable[..., str],
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    line: str | None = None,
) -> str:
    """Return a warning of this library in one line, without the place in its code."""
    if Path(filename).is_relative_to(Path(__file__).parent.parent):
        return f"autotune: {message}\n"
    return otherwise(message, category, filename, lineno, line)


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
    words = list(sys.argv[1:] if argv is None else argv)
    parser = _parser(words)
    arguments = parser.parse_args(words)
    if not hasattr(arguments, "run"):
        parser.print_help()
        return 0
    from autotune.cli.shared.output import (
        BAD_INPUT,
        BROKEN_PIPE,
        INTERRUPTED,
        complain,
        forget_output,
    )

    before = warnings.formatwarning
    warnings.formatwarning = partial(_warning, before)
    try:
        code: int = arguments.run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        forget_output()
        return BROKEN_PIPE
    except KeyboardInterrupt:
        return complain("interrupted", INTERRUPTED)
    except AutotuneError as error:
        return complain(f"error: {error}", BAD_INPUT)
    except OSError as error:
        where = "" if error.filename is None else f": {error.filename}"
        return complain(f"error: {error.strerror or error}{where}", BAD_INPUT)
    finally:
        warnings.formatwarning = before
    return code
