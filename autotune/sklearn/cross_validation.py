"""Cross-validation as an objective: fit and score an estimator fold by fold, and time it."""

from __future__ import annotations

import math
import numbers
import os
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal, TypeAlias

import numpy as np
from attrs import define, field, frozen
from numpy.typing import NDArray
from sklearn import config_context, get_config
from sklearn.base import clone
from sklearn.metrics._scorer import _MultimetricScorer
from sklearn.utils._array_api import device, get_namespace
from sklearn.utils.metaestimators import _safe_split
from sklearn.utils.validation import _check_method_params

from autotune.clock import user_cpu_seconds
from autotune.errors import EvaluationError
from autotune.execution.workers import survives_pickling
from autotune.objective import Measurement, failed
from autotune.sklearn.callbacks import FitTasks
from autotune.study import Failure

__all__ = ["CrossValidated"]

Split: TypeAlias = tuple[NDArray[np.int64], NDArray[np.int64]]
Scores: TypeAlias = Mapping[str, float]

STOOD_IN = "failed"
"""The measure that says of each fold whether ``error_score`` stands in for its score."""


@frozen
class _Fold:
    """The result of one fold; scores that failed are missing."""

    test: Scores
    train: Scores
    fit_seconds: float
    fit_cpu_seconds: float
    score_seconds: float
    score_cpu_seconds: float
    failure: Failure | None
    error: BaseException | None


@define
class _Stopwatch:
    """Seconds, and processors' seconds, since it was last looked at."""

    _wall: float = field(factory=time.perf_counter)
    _cpu: float = field(factory=user_cpu_seconds)

    def lap(self) -> tuple[float, float]:
        wall, cpu = time.perf_counter(), user_cpu_seconds()
        passed = wall - self._wall, max(cpu - self._cpu, 0.0)
        self._wall, self._cpu = wall, cpu
        return passed


@define
class _Surroundings:
    """Where an evaluation was made ready, so that it runs elsewhere as it would there."""

    process: int = field(factory=os.getpid)
    config: dict[str, Any] = field(factory=get_config)
    filters: list[Any] = field(factory=lambda: list(warnings.filters))

    @property
    def here(self) -> bool:
        """Whether this is the process they were found in."""
        return os.getpid() == self.process

    @contextmanager
    def restored(self) -> Iterator[None]:
        """Hold scikit-learn's settings, and in another process what warnings are shown."""
        with config_context(**self.config):
            if self.here:
                yield
                return
            with warnings.catch_warnings():
                warnings.filters[:] = self.filters  # type: ignore[index]
                yield


@define
class _Before:
    """The configuration that was evaluated last in this process, and on which splits."""

    configuration: Mapping[str, Any] | None = None
    repeat: int = 0

    def __getstate__(self) -> tuple[Any, ...]:
        return ()

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.configuration, self.repeat = None, 0


@frozen(eq=False)
class CrossValidated:
    """Score an estimator by cross-validation.

    It can be pickled, and evaluates in another process as in the one that made it: with the same
    settings of scikit-learn and the same filters of warnings.

    Seconds are those of ``time.perf_counter`` around ``fit`` and around the scoring of the test
    data, taken where they happen; beside them, the seconds of user time that processors spent
    (``autotune.clock.user_cpu_seconds``) are recorded as the measures ``fit_cpu_seconds`` and
    ``score_cpu_seconds``. Where a fold fails, the seconds up to then count.

    Parameters
    ----------
    estimator : estimator
        Cloned for every fit.
    X, y : array-like
        The data; ``y`` may be None.
    splits : tuple of (train, test)
        Indices of each fold, made once, so that every trial sees the same.
    scorer : callable
        ``scorer(estimator, X, y)`` gives a number, or a dict of them.
    metric : str
        Which of several scores counts; ignored where there is one.
    fit_params, score_params : mapping
        Passed to ``fit`` and to the scorer, cut to the fold where they are as long as X.
    return_train_score : bool
        Whether training scores are recorded too.
    error_score : float or "raise"
        A finite number stands in for a score of a fold whose fit or scoring failed, and the
        measure ``failed`` says so; with NaN the trial fails.
    between_trials : callable, optional
        Called without arguments before the first fold of each trial, in the process that
        evaluates it (in each of them, if there are several).
    tasks : FitTasks, optional
        Shows the folds to scikit-learn's callbacks.
    other_splits : tuple of tuple of (train, test)
        As many folds each, for configurations that are evaluated again: once on each, then on
        ``splits`` again.
    """

    estimator: Any
    X: Any
    y: Any
    splits: tuple[Split, ...]
    scorer: Callable[..., Any]
    metric: str
    fit_params: Mapping[str, Any] = field(factory=dict)
    score_params: Mapping[str, Any] = field(factory=dict)
    return_train_score: bool = False
    error_score: float | Literal["raise"] = math.nan
    between_trials: Callable[[], object] | None = None
    tasks: FitTasks | None = None
    other_splits: tuple[tuple[Split, ...], ...] = ()
    _surroundings: _Surroundings = field(factory=_Surroundings, init=False, repr=False)
    _before: _Before = field(factory=_Before, init=False, repr=False)

    @property
    def n_folds(self) -> int:
        """Number of folds."""
        return len(self.splits)

    def evaluate(self, configuration: dict[str, Any], folds: tuple[int, ...]) -> Measurement:
        """Fit and score on some folds, one after the other; a failure is returned, not raised."""
        return self.evaluate_repeat(configuration, folds, 0)

    def evaluate_repeat(
        self, configuration: dict[str, Any], folds: tuple[int, ...], repeat: int
    ) -> Measurement:
        """Evaluate on other splits a configuration that was evaluated before."""
        return self.gather(folds, [self.run(configuration, fold, repeat) for fold in folds])

    def run(self, configuration: Mapping[str, Any], fold: int, repeat: int = 0) -> _Fold:
        """Fit and score on one fold, here and now."""
        with self._surroundings.restored():
            try:
                self._begin(configuration, repeat)
            except Exception as error:  # noqa: BLE001  # a failing trial is data, whatever it raises
                return self._failed(error, "between_trials: ")
            return self._fit_and_score(configuration, fold, repeat)

    def _begin(self, configuration: Mapping[str, Any], repeat: int) -> None:
        if self.between_trials is None:
            return
        last = self._before.configuration
        if last is None or self._before.repeat != repeat or not _same(last, configuration):
            self.between_trials()
        self._before.configuration, self._before.repeat = configuration, repeat

    def _fit_and_score(self, configuration: Mapping[str, Any], fold: int, repeat: int) -> _Fold:
        train, test = self._split(fold, repeat)
        fitting = scoring = (0.0, 0.0)
        fitted = False
        watch = _Stopwatch()
        try:
            # Choices may be estimators themselves, which must not be shared between fits.
            model = clone(self.estimator).set_params(**clone(dict(configuration), safe=False))
            X_train, y_train = _safe_split(model, self.X, self.y, train)
            X_test, y_test = _safe_split(model, self.X, self.y, test, train)
            params = _check_method_params(self.X, params=self.fit_params, indices=train)
            with _shown(self.tasks, model, X_train, y_train, params):
                watch.lap()
                if y_train is None:
                    model.fit(X_train, **params)
                else:
                    model.fit(X_train, y_train, **params)
                fitting = watch.lap()
            fitted = True
            params = _check_method_params(self.X, params=self.score_params, indices=test)
            watch.lap()
            test_scores, failure = self._score(model, X_test, y_test, params)
            scoring = watch.lap()
            train_scores: Scores = {}
            if self.return_train_score:
                params = _check_method_params(self.X, params=self.score_params, indices=train)
                train_scores, _ = self._score(model, X_train, y_train, params)
        except Exception as error:  # noqa: BLE001  # a failing trial is data, whatever it raises
            seconds = watch.lap()
            return self._failed(
                error, "", fitting if fitted else seconds, seconds if fitted else (0.0, 0.0)
            )
        return _Fold(test_scores, train_scores, *fitting, *scoring, failure, None)

    def _failed(
        self,
        error: Exception,
        where: str,
        fitting: tuple[float, float] = (0.0, 0.0),
        scoring: tuple[float, float] = (0.0, 0.0),
    ) -> _Fold:
        failure = Failure(type(error).__name__, f"{where}{error}")
        kept = error if self._surroundings.here or survives_pickling(error) else None
        return _Fold({}, {}, *fitting, *scoring, failure, kept)

    def _split(self, fold: int, repeat: int) -> tuple[Any, Any]:
        known = (self.splits, *self.other_splits)
        train, test = known[repeat % len(known)][fold]
        if not get_config()["array_api_dispatch"]:
            return train, test
        # Splitters know of numpy only; data elsewhere is indexed by what lives there.
        namespace, _ = get_namespace(self.X)
        where = device(self.X)
        return namespace.asarray(train, device=where), namespace.asarray(test, device=where)

    def _score(
        self, model: Any, X: Any, y: Any, params: Mapping[str, Any]
    ) -> tuple[Scores, Failure | None]:
        """Return the scores, and what the one that counts failed of where only some failed."""
        scorer = self.scorer
        result = scorer(model, X, **params) if y is None else scorer(model, X, y, **params)
        given = result if isinstance(result, Mapping) else {"score": result}
        failure = None
        scores = {}
        for name, value in given.items():
            if isinstance(value, str) and isinstance(scorer, _MultimetricScorer):
                # It catches what single scorers raise, and gives the words in place of the score.
                if name == self.metric:
                    failure = _failure_in(value)
                continue
            if isinstance(value, np.ndarray | np.generic) and np.ndim(value) == 0:
                value = value.item()  # noqa: PLW2901
            if isinstance(value, bool) or not isinstance(value, numbers.Real):
                raise EvaluationError(
                    f"scoring gave {name} = {value!r} of type {type(value).__name__}; "
                    "it must return a number"
                )
            scores[name] = float(value)
        return scores, failure

    def gather(self, folds: tuple[int, ...], done: Sequence[_Fold]) -> Measurement:
        """Put what folds gave together."""
        bad = next((fold for fold in done if fold.failure is not None), None)
        stand_in = math.nan if self.error_score == "raise" else float(self.error_score)
        forgiven = bad is not None and math.isfinite(stand_in)
        names = self._names(done)
        if self.metric not in names and len(names) > 1:
            unknown = EvaluationError(
                f"scoring gives {', '.join(names)}, but refit is {self.metric!r}; name one"
            )
            return failed(unknown, folds, 0.0)
        main = self.metric if self.metric in names else names[0]
        metrics: dict[str, tuple[float, ...]] = {}
        for name in names:
            if name != main:
                metrics[f"test_{name}"] = tuple(f.test.get(name, stand_in) for f in done)
            if self.return_train_score:
                metrics[f"train_{name}"] = tuple(f.train.get(name, stand_in) for f in done)
        metrics["fit_cpu_seconds"] = tuple(fold.fit_cpu_seconds for fold in done)
        metrics["score_cpu_seconds"] = tuple(fold.score_cpu_seconds for fold in done)
        if forgiven:
            metrics[STOOD_IN] = tuple(float(fold.failure is not None) for fold in done)
        error = None
        none_fitted = all(fold.failure is not None for fold in done)
        if bad is not None and bad.failure is not None and (none_fitted or not forgiven):
            error = bad.error or EvaluationError(f"{bad.failure.kind}: {bad.failure.message}")
        return Measurement(
            folds=folds,
            scores=tuple(fold.test.get(main, stand_in) for fold in done),
            fit_seconds=tuple(fold.fit_seconds for fold in done),
            score_seconds=tuple(fold.score_seconds for fold in done),
            metrics=metrics,
            failure=None if bad is None or forgiven else bad.failure,
            error=error,
        )

    def _names(self, done: Sequence[_Fold]) -> list[str]:
        if isinstance(self.scorer, _MultimetricScorer):
            return list(self.scorer._scorers)
        return next((list(fold.test) for fold in done if len(fold.test) > 0), [self.metric])


@contextmanager
def _shown(
    tasks: FitTasks | None, model: Any, X: Any, y: Any, params: Mapping[str, Any]
) -> Iterator[None]:
    if tasks is None:
        yield
        return
    weight = params.get("sample_weight")
    metadata = None if weight is None else {"sample_weight": weight}
    with tasks.fold(model, X=X, y=y, metadata=metadata):
        yield


def _same(a: Mapping[str, Any], b: Mapping[str, Any]) -> bool:
    try:
        return bool(a == b)
    except ValueError:  # arrays don't say whether they are equal
        return False


def _failure_in(trace: str) -> Failure:
    """Return the failure that a printed traceback tells of."""
    kind, _, message = trace.strip().splitlines()[-1].partition(": ")
    return Failure(kind.rpartition(".")[2], message)
