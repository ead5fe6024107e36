"""A search's tasks as scikit-learn's callbacks see them, where its version has callbacks (1.9)."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Self

__all__ = ["FitTasks"]


class FitTasks:
    """The tree of tasks of one ``fit``: the search with a leaf for each fold, then the refit.

    It has the shape of ``RandomizedSearchCV``'s, so that ``ProgressBar``, ``ScoringMonitor`` and
    callbacks of one's own find in it what they know. Where nobody listens it does nothing, and
    neither does it before scikit-learn 1.9.

    Parameters
    ----------
    search : estimator
        Whose ``fit`` it is.
    estimator : estimator
        What it fits; it may have callbacks of its own.
    refit : bool
        Whether the best is fitted again at the end.
    data : mapping
        ``X``, ``y`` and ``metadata``, shown to the callbacks at the root.
    n_folds : int
        Folds of a trial.
    n_trials : int, optional
        Trials at most; None if nobody knows.
    """

    def __init__(
        self,
        search: Any,
        estimator: Any,
        *,
        refit: bool,
        data: Mapping[str, Any],
        n_folds: int,
        n_trials: int | None,
    ) -> None:
        heard = getattr(search, "_skl_callbacks", ())
        self._data = data
        self._root: Any = None
        self._search: Any = None
        # A search may hold an open log, which can't travel: it goes along only to be shown.
        self._caller = search if heard else None
        self._numbers = itertools.count()
        listens = heard or getattr(estimator, "_skl_callbacks", ())
        if not listens or not hasattr(search, "_init_callback_context"):
            return
        self._root = search._init_callback_context(max_subtasks=1 + refit)
        self._root.call_on_fit_task_begin(estimator=search, **data)
        self._search = self._root.subcontext(
            task_name="search",
            max_subtasks=None if n_trials is None else n_trials * n_folds,
            sequential_subtasks=False,
        )
        self._search.call_on_fit_task_begin(estimator=search)

    def __getstate__(self) -> dict[str, Any]:
        # To a worker goes what its folds need: not the data, and not the folds of others.
        return {**self.__dict__, "_data": {}, "_numbers": None}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        self.__dict__.update(state)
        self._numbers = itertools.count(secrets.randbits(31) << 32)  # no other copy gives them

    @contextmanager
    def fold(self, model: Any, **data: Any) -> Iterator[Self]:
        """Show the fit of a fold to the callbacks, and pass them on to the model.

        Parameters
        ----------
        model : estimator
            What is fitted within.
        **data
            Its ``X``, ``y`` and ``metadata``.
        """
        if self._search is None:
            yield self
            return
        task = self._search.subcontext(
            task_name="candidate-split-evaluation", task_id=next(self._numbers)
        )
        try:
            with task.propagate_callback_context(model):
                task.call_on_fit_task_begin(estimator=self._caller, **data)
                yield self
        finally:
            task.call_on_fit_task_end(estimator=self._caller, **data)

    def searched(self) -> None:
        """Tell that the search is over."""
        if self._search is not None:
            self._search.call_on_fit_task_end(estimator=self._caller)

    @contextmanager
    def refit(self, model: Any) -> Iterator[Self]:
        """Show the fit of the best on all data."""
        if self._root is None:
            yield self
            return
        task = self._root.subcontext(task_name="refit-with-best-params")
        with task.propagate_callback_context(model):
            task.call_on_fit_task_begin(estimator=self._caller, **self._data)
            yield self
        task.call_on_fit_task_end(estimator=self._caller, **self._data)

    def end(self) -> None:
        """Tell that all is over."""
        if self._root is not None:
            self._root.call_on_fit_task_end(estimator=self._caller, **self._data)
