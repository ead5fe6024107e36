"""Errors, by kind; each message names parameter, value, bound and remedy."""

from __future__ import annotations

__all__ = [
    "AutotuneError",
    "ComponentError",
    "EvaluationError",
    "LogError",
    "LogLockedError",
    "MissingExtraError",
    "SpaceError",
    "StudyError",
]


class AutotuneError(Exception):
    """Base of every error that this library raises on purpose.

    Examples
    --------
    >>> from autotune import AutotuneError, open_log
    >>> try:
    ...     open_log("no/such/log", mode="r")
    ... except AutotuneError as error:
    ...     print(type(error).__name__)
    LogError
    """


class SpaceError(AutotuneError, ValueError):
    """A search space, or a configuration for one, that makes no sense.

    Examples
    --------
    >>> from autotune import Float
    >>> from autotune.errors import SpaceError
    >>> try:
    ...     Float(1.0, 0.0)
    ... except SpaceError as error:
    ...     print(error)
    Float: low = 1.0 must be below high = 0.0; swap them, or use Fixed for a single value
    """


class ComponentError(AutotuneError, ValueError):
    """A strategy component that can't be built, described or found by name.

    Examples
    --------
    >>> from autotune.errors import ComponentError
    >>> from autotune_strategies import Patience
    >>> try:
    ...     Patience(0)
    ... except ComponentError as error:
    ...     print(error)
    Patience.n = 0 must be a whole number >= 1
    """


class StudyError(AutotuneError, ValueError):
    """An event or a request that doesn't fit the study so far.

    Examples
    --------
    >>> from autotune import Tuner
    >>> from autotune.errors import StudyError
    >>> try:
    ...     Tuner({"x": 1.0}, direction="up")
    ... except StudyError as error:
    ...     print(error)
    direction = 'up' must be 'maximize' or 'minimize'
    """


class EvaluationError(AutotuneError, ValueError):
    """An objective whose result can't be understood.

    Examples
    --------
    >>> from autotune import Tuner
    >>> from autotune.errors import EvaluationError
    >>> tuner = Tuner({"x": 1.0})
    >>> trial = tuner.ask()
    >>> try:
    ...     tuner.tell(trial.trial, "good")
    ... except EvaluationError as error:
    ...     print(str(error).split(";")[0])
    the objective's score = 'good' is of type str
    """


class LogError(AutotuneError, OSError):
    """A log that can't be opened, read or written.

    Examples
    --------
    >>> from autotune import open_log
    >>> from autotune.errors import LogError
    >>> try:
    ...     open_log("no/such/log", mode="r")
    ... except LogError as error:
    ...     print(error)
    no/such/log holds no log; check the path
    """


class LogLockedError(LogError):
    """A log that another process is writing.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from autotune.errors import LogLockedError
    >>> from autotune.log import DirectoryLog
    >>> with TemporaryDirectory() as folder, DirectoryLog(folder) as writing:
    ...     try:
    ...         DirectoryLog(folder)
    ...     except LogLockedError as error:
    ...         print("is writing this log" in str(error))
    True
    """


class MissingExtraError(AutotuneError, ImportError):
    """An optional package is needed for this; the message says which extra brings it.

    Examples
    --------
    >>> issubclass(MissingExtraError, ImportError)
    True
    """
