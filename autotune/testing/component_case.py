"""A component with a case: its states along the log, and its answers, worked out once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

from autotune.study import Study
from autotune.testing.case import Case, studies_of
from autotune.testing.classes import copy_of, equal_value
from autotune.testing.kind import Kind

__all__ = ["ComponentCase", "attempt", "component_case"]


def attempt(what: str, call: Callable[..., Any], *arguments: Any) -> Any:
    """Return what a call returns; whatever it raises counts as a failed check."""
    try:
        return call(*arguments)
    except Exception as error:
        raise AssertionError(f"{what} raised {type(error).__name__}: {error}") from error


class ComponentCase:
    """A component with a case, and what several checks need to know of the two.

    Parameters
    ----------
    component : Component
        What is checked.
    case : Case
        What it is checked on.
    kind : Kind
        Its kind.
    """

    def __init__(self, component: Any, case: Case, kind: Kind) -> None:
        self.component = component
        self.case = case
        self.kind = kind
        self.pristine = copy_of(component)
        self.twin = copy_of(component)
        self.kept: list[Any] = []

    @cached_property
    def studies(self) -> list[Study]:
        """The study before the first event and after each."""
        return studies_of(self.case.log)

    @cached_property
    def states(self) -> list[Any]:
        """The component's state before the first event and after each."""
        return self.replay(self.component, self.studies, kept=self.kept)

    def replay(
        self,
        component: Any,
        studies: Sequence[Study],
        cut: int = -1,
        kept: list[Any] | None = None,
    ) -> list[Any]:
        """Return states along the log; an equal value of that at the cut is carried on.

        With ``kept`` copies are left there, made before later events could change a state.
        """
        states = [attempt("init", component.init)]
        for i, event in enumerate(self.case.log[: len(studies) - 1]):
            if kept is not None:
                kept.append(copy_of(states[i]))
            state = equal_value(states[i]) if i == cut else states[i]
            what = f"update on event {i}, {type(event).__name__},"
            states.append(attempt(what, component.update, state, studies[i + 1], event))
        if kept is not None:
            kept.append(copy_of(states[-1]))
        return states

    def questions(self, study: Study) -> list[Any]:
        """Return what the kind is asked at a study: the same each time, newly made."""
        if study.started is None:
            return []
        return list(self.kind.ask(study, self.case.key, self.case.source()))

    def read(self, component: Any, state: Any, query: Any) -> Any:
        """Return an answer."""
        what = f"read after {query.study.n_events} events, asked {_told(query)},"
        return attempt(what, component.read, state, query)

    @cached_property
    def answers(self) -> dict[int, list[tuple[Any, Any]]]:
        """Questions and answers by position: how many events had been taken in."""
        found: dict[int, list[tuple[Any, Any]]] = {}
        for i in self.case.positions:
            study, state = self.studies[i], self.states[i]
            asked = self.questions(study)
            found[i] = [(query, self.read(self.component, state, query)) for query in asked]
        return found

    @cached_property
    def last(self) -> int | None:
        """The last position at which there was something to ask."""
        return max((i for i, answers in self.answers.items() if answers), default=None)


def _told(query: Any) -> str:
    # Only what is short: a study is told by its log.
    shown = {
        name: getattr(query, name)
        for name in ("parent", "count", "target", "trial", "parents", "rows")
        if hasattr(query, name)
    }
    return f"{type(query).__name__}({', '.join(f'{k}={v!r}' for k, v in shown.items())})"


_COMPONENT_CASES: WeakKeyDictionary[Case, dict[int, ComponentCase]] = WeakKeyDictionary()


def component_case(component: Any, case: Case, kind: Kind) -> ComponentCase:
    """Return the checked of a component and a case, the same for all checks of the two."""
    by_id = _COMPONENT_CASES.setdefault(case, {})
    checked = by_id.get(id(component))
    if checked is None or checked.component is not component:
        checked = ComponentCase(component, case, kind)
        by_id[id(component)] = checked
    return checked
