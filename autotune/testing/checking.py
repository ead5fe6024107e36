"""Checking a component against all laws of its kind; what fails is shrunk and told."""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from autotune.errors import MissingExtraError
from autotune.study import Event
from autotune.testing.case import CASE_BYTES, Case
from autotune.testing.checks.laws import (
    check_answers,
    check_description,
    check_digestion,
    check_folding,
    check_keys,
    check_reading,
)
from autotune.testing.classes import copy_of, imports_of
from autotune.testing.kind import Kind
from autotune.testing.kinds import kind_of
from autotune.testing.log_text import format_log

__all__ = ["EXAMPLES", "LawBroken", "check_case", "check_component", "reproduction"]

EXAMPLES = 200
"""How many logs a component is checked on."""


class LawBroken(AssertionError):  # noqa: N818
    """A component breaks a law of its kind.

    Attributes
    ----------
    law : str
        The name of the check that found it.
    case : Case or None
        What it was found on; None where no log is needed.

    Examples
    --------
    >>> from attrs import frozen
    >>> from autotune.strategy import Composed, ScheduleQuery
    >>> @frozen
    ... class Nowhere(Composed[ScheduleQuery, float]):
    ...     def read(self, state, query):
    ...         return -1.0
    >>> try:
    ...     check_component(Nowhere())
    ... except LawBroken as error:
    ...     print(error.law)
    check_answers
    """

    def __init__(self, law: str, case: Case | None, message: str) -> None:
        super().__init__(message)
        self.law = law
        self.case = case


def reproduction(component: object, case: Case | None) -> str:
    """Return two lines of Python that show a failure again.

    Parameters
    ----------
    component : Component
        What failed.
    case : Case or None
        What it failed on.

    Examples
    --------
    >>> from autotune_strategies.termination.limits import MaxTrials
    >>> print(reproduction(MaxTrials(3), Case.from_bytes(b"")))
    from autotune.testing import check_component; \
from autotune_strategies.termination.limits import MaxTrials
    check_component(MaxTrials(n=3), 'eNoDAAAAAAE')
    """
    imports = ["from autotune.testing import check_component", *imports_of(component)]
    example = f", {case.word!r}" if case is not None and case.word is not None else ""
    return f"{'; '.join(imports)}\ncheck_component({component!r}{example})"


def _broken(
    component: object, kind: Kind, law: Callable[..., None], case: Case | None, error: Exception
) -> LawBroken:
    article = "an" if kind.name[0] in "aeiou" else "a"
    text = f"{law.__name__}: {component!r}, {article} {kind.name}: {error}"
    if case is not None:
        text += f"\n\nthe log, shrunk:\n{format_log(case.log)}"
        text += f"\nasked with {case.key!r}, cut after {case.cut} events"
    text += f"\n\nto see it again:\n{reproduction(component, case)}"
    return LawBroken(law.__name__, case, text)


def check_case(component: Any, case: Case, kind: Kind | None = None) -> None:
    """Check a component against all laws of its kind on one case.

    Warnings count as failures, deprecations apart: a search of a hundred trials should not print
    one at each.

    Parameters
    ----------
    component : Component
        What is checked.
    case : Case
        A log and what is asked.
    kind : Kind, optional
        Found out if left out.

    Raises
    ------
    LawBroken
        If it breaks one.

    Examples
    --------
    >>> from autotune_strategies.termination.limits import MaxTrials
    >>> check_case(MaxTrials(3), Case.from_bytes(b""))
    """
    kind = kind if kind is not None else kind_of(component)
    with _strict():
        for law in (check_digestion, check_answers, check_folding, check_reading, *kind.laws):
            try:
                law(component, case, kind)
            except Exception as error:
                raise _broken(component, kind, law, case, error) from error


def check_component(
    component: Any,
    example: str | Iterable[Event] | Case | None = None,
    *,
    examples: int = EXAMPLES,
    kind: Kind | None = None,
) -> None:
    """Check a component against all laws of its kind, on many legal logs or on one.

    Parameters
    ----------
    component : Component
        What is checked.
    example : str or list of Event or Case, optional
        The word that a failure printed, or a log of your own, to be checked on alone.
    examples : int
        The number of logs that are generated otherwise.
    kind : Kind, optional
        Found out by the questions it answers if left out.

    Raises
    ------
    LawBroken
        If it breaks one. The message tells the shortest log found on which it does, and two lines
        that show it again.
    ComponentError
        If it is not a component, or of an unknown kind.

    Examples
    --------
    >>> from autotune_strategies.termination.limits import MaxTrials
    >>> check_component(MaxTrials(3), examples=20)
    """
    kind = kind if kind is not None else kind_of(component)
    _check_once(component, kind, (check_description, *kind.once))
    if example is None:
        _search(component, kind, examples)
    elif isinstance(example, str):
        check_case(component, Case.from_word(example), kind)
    else:
        check_case(component, example if isinstance(example, Case) else Case(example), kind)
    _check_once(component, kind, (check_keys,))


def _check_once(component: Any, kind: Kind, laws: Iterable[Callable[..., None]]) -> None:
    with _strict():
        for law in laws:
            try:
                law(component, kind)
            except Exception as error:
                raise _broken(component, kind, law, None, error) from error


@contextmanager
def _strict() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def _search(component: Any, kind: Kind, examples: int) -> None:
    """Generate cases until one fails, then shrink it."""
    try:
        from hypothesis import HealthCheck, Phase, given, settings
        from hypothesis import strategies as st
        from hypothesis.errors import HypothesisException
    except ImportError as error:
        raise MissingExtraError(
            "check_component without an example needs Hypothesis; install it with "
            "pip install 'autotune-search[testing]'"
        ) from error
    pristine = copy_of(component)
    first: LawBroken | None = None

    def broken(content: bytes) -> LawBroken | None:
        try:
            check_case(copy_of(pristine), Case.from_bytes(content), kind)
        except LawBroken as error:
            return error
        return None

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
        print_blob=False,
    )
    @given(st.integers(0, 2**64 - 1))
    def search(seed: int) -> None:
        nonlocal first
        # Hypothesis would draw a thousand bytes one by one.
        result = broken(random.Random(seed).randbytes(CASE_BYTES))  # noqa: S311
        if result is not None:
            first = first or result
            raise result

    try:
        search()
    except (LawBroken, HypothesisException):
        # What depends on earlier calls may not fail alike when Hypothesis tries again.
        if first is None:
            raise
    if first is not None:
        raise _shrunk(first, broken) from None


_BLOCKS = (256, 64, 16, 4, 1)


def _shrunk(first: LawBroken, broken: Callable[[bytes], LawBroken | None]) -> LawBroken:
    """Return the same law broken on as simple a case as is found by zeros and smaller bytes.

    Hypothesis would do it too, but knows nothing of the chunks, and takes several times as long.
    """
    assert first.case is not None
    best = first
    content = bytearray(first.case.content or b"")

    def simpler(at: int, new: bytes) -> bool:
        nonlocal best
        old = bytes(content[at : at + len(new)])
        if old == new:
            return False
        content[at : at + len(new)] = new
        result = broken(bytes(content))
        if result is not None and result.law == first.law:
            best = result
            return True
        content[at : at + len(new)] = old
        return False

    for _ in range(3):
        changed = False
        for size in _BLOCKS:
            for at in range(0, len(content), size):
                changed |= simpler(at, bytes(min(size, len(content) - at)))
        for at in range(len(content)):
            value = content[at]
            for less in (1, 2, value // 2, value - 1):
                if 0 < less < value and simpler(at, bytes([less])):
                    changed = True
                    break
        if not changed:
            break
    return best
