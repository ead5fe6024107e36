"""Trials that fail before any has succeeded: when to end a run that can't succeed."""

from __future__ import annotations

from attrs import define, field

from autotune.errors import EvaluationError, StudyError
from autotune.study import Failure
from autotune.study.failures import likeness, told

__all__ = ["Failing"]

_TIMED_OUT = "TimeoutError"


@define
class Failing:
    """Counts trials that fail in the same way, one after the other, before any has succeeded.

    Parameters
    ----------
    allowed : int, optional
        How many may; None for any number.
    limited : bool
        Whether evaluations are ended at a time-out: that one was says nothing of others.
    succeeded : bool
        Whether a trial has succeeded.

    Raises
    ------
    StudyError
        If ``allowed`` makes no sense.
    """

    allowed: int | None = field()
    limited: bool = False
    succeeded: bool = False
    _last: Failure | None = field(default=None, init=False)
    _n: int = field(default=0, init=False)

    @allowed.validator
    def _check_allowed(self, attribute: object, value: object) -> None:  # noqa: ARG002
        if value is not None and (
            isinstance(value, bool) or not isinstance(value, int) or value < 1
        ):
            raise StudyError(
                f"max_identical_failures = {value!r} must be a whole number >= 1, or None to go on "
                "whatever fails"
            )

    def add(self, failure: Failure | None, error: BaseException | None) -> None:
        """Take note of a judged trial; raise if there are too many that failed like it.

        Parameters
        ----------
        failure : Failure, optional
            Why it failed; None if it did not.
        error : BaseException, optional
            The exception behind that, where it is known.

        Raises
        ------
        EvaluationError
            If there are too many.
        """
        if failure is None:
            self.succeeded = True
        if failure is None or self.succeeded or self.allowed is None:
            return
        if self.limited and failure.kind == _TIMED_OUT:
            self._last, self._n = None, 0
            return
        same = self._last is not None and likeness(self._last) == likeness(failure)
        self._last, self._n = failure, self._n + 1 if same else 1
        if self._n >= self.allowed:
            many = "1 trial" if self._n == 1 else f"{self._n} trials"
            raise EvaluationError(
                f"{many} failed in the same way, and none has succeeded: {told(failure)}; mend "
                "that and run it again (what is recorded stays), or say "
                "max_identical_failures=None to go on whatever fails"
            ) from error
