"""A command line as an objective: any program that prints its score."""

from __future__ import annotations

import json
import math
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import evolve, field, frozen

from autotune.clock import Clock, SystemClock
from autotune.errors import EvaluationError
from autotune.objective.command_template import FOLDS, CommandTemplate, text_of
from autotune.objective.function import FunctionObjective
from autotune.objective.process import Ended, Running, run_process
from autotune.objective.protocol import Placement
from autotune.objective.validators import check_n_folds, check_optional_seconds, check_seconds
from autotune.space import Space
from autotune.space.dimensions import is_plain
from autotune.study import Failure, Measurement

__all__ = ["CommandObjective"]

PREFIX = "AUTOTUNE_PARAM_"
_STDERR_LINES = 20
_STDERR_LENGTH = 2000


def _given(command: str | Sequence[str]) -> str | tuple[str, ...]:
    return command if isinstance(command, str) else tuple(command)


@frozen(eq=False)
class CommandObjective:
    """A command, such as ``train.sh --lr {lr}``, which prints its score last.

    The last line on its standard output is JSON: a number; a list of one for each fold; or an
    object with ``score``, and as one likes ``seconds`` and other metrics, by themselves or in an
    object ``metrics``. What it prints before is up to it. Any exit code but 0 is a recorded
    failure, with the last of what was printed to standard error.

    Each ``{name}`` is the value of a parameter, see ``CommandTemplate``; no shell sees it unless
    one is asked for. All parameters are in the environment as well, as ``AUTOTUNE_PARAM_LR`` and so
    on, and as JSON in ``AUTOTUNE_CONFIGURATION``; an inactive parameter is in neither.

    Parameters
    ----------
    command : str or sequence of str
        The line, or its words. A program that is not on the path is looked for in ``directory``.
    n_folds : int
        Number of scores of one configuration. If ``{folds}`` is in the command, it is called with
        the numbers of some folds, as ``0,3``, and prints scores of these; they are in
        ``AUTOTUNE_FOLDS`` in any case. ``AUTOTUNE_REPEAT`` says how often the configuration was
        evaluated before.
    metric : str
        The name of the score in the JSON; ``score`` is one always.
    timeout : float, optional
        Seconds that a call may take; then it is ended, with all processes that it started in its
        group, and the trial has failed.
    grace : float
        Seconds it has, from then on, to end by itself.
    shell : bool
        Whether a shell runs the line. Values are quoted in their places; don't quote them again.
    stdin : bool
        Whether it is given the configuration as JSON on standard input.
    directory : path, optional
        Where it runs; here, if left out.
    environment : mapping, optional
        Further environment variables.
    clock : Clock
        Measures the seconds where the program doesn't say.

    Raises
    ------
    EvaluationError
        If the command can't be read or its program can't be found.

    Examples
    --------
    >>> import sys
    >>> program = "import sys; print('training'); print(-abs(float(sys.argv[1]) - 3))"
    >>> CommandObjective([sys.executable, "-c", program, "{x}"]).evaluate({"x": 1.0}, (0,)).scores
    (-2.0,)
    """

    command: str | tuple[str, ...] = field(converter=_given)
    n_folds: int = field(default=1, validator=check_n_folds, kw_only=True)
    metric: str = field(default="score", kw_only=True)
    timeout: float | None = field(default=None, validator=check_optional_seconds, kw_only=True)
    grace: float = field(default=5.0, validator=check_seconds, kw_only=True)
    shell: bool = field(default=False, kw_only=True)
    stdin: bool = field(default=False, kw_only=True)
    directory: str | os.PathLike[str] | None = field(default=None, kw_only=True)
    environment: Mapping[str, str] = field(factory=dict, kw_only=True)
    clock: Clock = field(factory=SystemClock, kw_only=True)
    _template: CommandTemplate = field(init=False, repr=False)
    _called: FunctionObjective = field(init=False, repr=False)
    _running: Running = field(factory=Running, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        if not self.shell:
            template = CommandTemplate.of(self.command)
        elif isinstance(self.command, str):
            template = CommandTemplate.of_shell(self.command)
        else:
            raise EvaluationError(f"command = {self.command!r} must be one line for a shell")
        if self.directory is not None and not Path(self.directory).is_dir():
            raise EvaluationError(f"directory = {os.fspath(self.directory)!r} is not a directory")
        if not self.shell and template.program is not None:
            _found(template.program, self.directory)
        object.__setattr__(self, "_template", template)
        call = _Call(self)
        takes_folds = FOLDS in template.names
        called = FunctionObjective(
            call, self.clock, self.n_folds, self.metric, takes_folds, takes_repeat=True
        )
        object.__setattr__(self, "_called", called)

    @property
    def separate_folds(self) -> bool:
        """Whether folds can be run by themselves: if the command takes them."""
        return self._called.separate_folds

    @property
    def placement(self) -> Placement:
        """Best in threads of this process, which wait."""
        return "threads"

    def check_space(self, space: Space) -> None:
        """Check that the command's parameters are those of a space.

        Raises
        ------
        EvaluationError
            If it has a place for one that there is not, or for one whose values have no text.
        """
        known = set(space) | {FOLDS}
        unknown = [name for name in self._template.names if name not in known]
        if unknown:
            raise EvaluationError(
                f"command = {self.command!r} has places for {', '.join(unknown)}; the space has "
                f"{', '.join(space)}; correct the names, and double braces that stand for "
                "themselves"
            )
        if FOLDS in space and FOLDS in self._template.names and self.n_folds > 1:
            raise EvaluationError(
                "the command's {folds} is a parameter as well as the folds to run; rename the "
                "parameter"
            )
        taken: dict[str, str] = {}
        for name in space:
            variable = variable_of(name)
            if variable in taken:
                raise EvaluationError(
                    f"parameters {taken[variable]!r} and {name!r} would both be the environment "
                    f"variable {variable}; rename one of them"
                )
            taken[variable] = name
            dimension: Any = space[name]
            choices = [*getattr(dimension, "options", ()), getattr(dimension, "value", None)]
            for value in choices:
                text_of(name, value)

    def with_timeout(self, seconds: float) -> CommandObjective:
        """Return the objective with a time-out, or with the shorter of two."""
        if self.timeout is not None:
            seconds = min(seconds, self.timeout)
        return evolve(self, timeout=seconds)

    def evaluate(self, configuration: dict[str, Any], folds: tuple[int, ...]) -> Measurement:
        """Run the command to its end; an interrupt ends it and goes through."""
        return self._called.evaluate(configuration, folds)

    def evaluate_repeat(
        self, configuration: dict[str, Any], folds: tuple[int, ...], repeat: int
    ) -> Measurement:
        """Run the command, telling it how often its configuration was evaluated before."""
        return self._called.evaluate_repeat(configuration, folds, repeat)

    def finish(self, configuration: dict[str, Any]) -> None:
        """Forget the scores that nobody asked for."""
        self._called.finish(configuration)

    def finish_all(self) -> None:
        """End what still runs, in other threads, and forget all scores that nobody asked for."""
        self._running.end_all()
        self._called.finish_all()

    def _result(self, configuration: Mapping[str, Any], folds: tuple[int, ...], repeat: int) -> Any:
        line = ",".join(str(fold) for fold in folds)
        values = {FOLDS: line, **configuration}
        begin = self.clock.timer()
        command: str | list[str]
        if self.shell:
            command = self._template.filled_for_shell(values)
        else:
            command = self._template.filled(values)
            command[0] = _found(command[0], self.directory)
        ended = run_process(
            command,
            running=self._running,
            shell=self.shell,
            environment=_environment(configuration, line, repeat, self.environment),
            directory=None if self.directory is None else os.fspath(self.directory),
            text=json.dumps(dict(configuration)) if self.stdin else "",
            timeout=self.timeout,
            grace=self.grace,
        )
        trouble = self._trouble(ended)
        if trouble is not None:
            return _failed(trouble, folds, self.clock.timer() - begin)
        return _last_line(ended)

    def _trouble(self, ended: Ended) -> Failure | None:
        if ended.timed_out:
            how = f"took longer than timeout = {self.timeout} seconds and was ended"
        elif ended.signal_name is not None:
            how = f"was ended by {ended.signal_name}"
        elif ended.code != 0:
            how = f"exited with code {ended.code}"
        else:
            return None
        kind = "TimeoutError" if ended.timed_out else "CalledProcessError"
        words = _last_words(ended.stderr)
        limit = self.timeout if ended.timed_out else None
        return Failure(kind, f"the command {how}" + (f": {words}" if words else ""), limit)


@frozen(eq=False)
class _Call:
    """The command as a function."""

    objective: CommandObjective

    def __call__(
        self, configuration: dict[str, Any], folds: tuple[int, ...] | None = None, *, repeat: int
    ) -> Any:
        every = tuple(range(self.objective.n_folds))
        return self.objective._result(configuration, every if folds is None else folds, repeat)


def variable_of(name: str) -> str:
    """Return the environment variable of a parameter.

    Examples
    --------
    >>> variable_of("mlp__alpha"), variable_of("my rate")
    ('AUTOTUNE_PARAM_MLP__ALPHA', 'AUTOTUNE_PARAM_MY_RATE')
    """
    return PREFIX + re.sub(r"\W", "_", name, flags=re.ASCII).upper()


def _environment(
    configuration: Mapping[str, Any], folds: str, repeat: int, more: Mapping[str, str]
) -> dict[str, str]:
    # An outer search's parameters are not this one's.
    inherited = {name: text for name, text in os.environ.items() if not name.startswith(PREFIX)}
    return {
        **inherited,
        **more,
        "AUTOTUNE_FOLDS": folds,
        "AUTOTUNE_REPEAT": str(repeat),
        "AUTOTUNE_CONFIGURATION": json.dumps(
            {name: value for name, value in configuration.items() if is_plain(value)}
        ),
        **{variable_of(name): text_of(name, value) for name, value in configuration.items()},
    }


def _found(program: str, directory: str | os.PathLike[str] | None) -> str:
    """Return the path of a program: one on the path, or else in the directory it runs in."""
    result = shutil.which(program)
    if result is not None:
        return str(Path(result).absolute())
    place = Path() if directory is None else Path(directory)
    own = (place / program).absolute()
    if shutil.which(own) is not None:
        return str(own)
    if own.is_file():
        raise EvaluationError(
            f"the command's program {program} can't be executed; make it so by "
            f"'chmod +x {program}', or name the program that runs it, as in 'sh {program}'"
        )
    raise EvaluationError(
        f"the command's program {program!r} is neither on the path nor in {place.absolute()}; "
        "correct its name"
    )


def _last_line(ended: Ended) -> Any:
    lines = ended.stdout.strip().splitlines()
    if len(lines) == 0:
        words = _last_words(ended.stderr)
        said = f"; on standard error: {words}" if words else ""
        raise EvaluationError(
            f"the command printed nothing; its last line must be its score as JSON{said}"
        )
    try:
        return json.loads(lines[-1])
    except (ValueError, RecursionError):
        raise EvaluationError(
            f"the command's last line, {lines[-1][:200]!r}, is not JSON; print a number, or an "
            'object such as {"score": 0.9}'
        ) from None


def _last_words(text: str) -> str:
    lines = text.strip().splitlines()[-_STDERR_LINES:]
    return "\n".join(lines)[-_STDERR_LENGTH:]


def _failed(failure: Failure, folds: tuple[int, ...], seconds: float) -> Measurement:
    return Measurement(
        folds[:1],
        (math.nan,),
        (seconds,),
        (0.0,),
        failure=failure,
        error=EvaluationError(failure.message),
    )
