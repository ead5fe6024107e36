"""What goes wrong, by kind; each message names parameter, value, bound and remedy."""

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
    """Base of every error that this library raises on purpose."""


class SpaceError(AutotuneError, ValueError):
    """A search space, or a configuration for one, that makes no sense."""


class ComponentError(AutotuneError, ValueError):
    """A strategy component that can't be built, described or found by name."""


class StudyError(AutotuneError, ValueError):
    """An event or a request that doesn't fit the study so far."""


class EvaluationError(AutotuneError, ValueError):
    """An objective whose result can't be understood."""


class LogError(AutotuneError, OSError):
    """A log that can't be opened, read or written."""


class LogLockedError(LogError):
    """A log that another process is writing."""


class MissingExtraError(AutotuneError, ImportError):
    """An optional package is needed for this; the message says which extra brings it."""
