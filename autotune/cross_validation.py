"""Cross-validation as an objective: fit and score an estimator fold by fold, and time it."""

from __future__ import annotations

import math
import numbers
import time
from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias

import numpy as np
from attrs import frozen
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.utils.metaestimators import _safe_split
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import _check_method_params

from autotune.errors import EvaluationError
from autotune.events import Failure
from autotune.objective import Measurement, failed

__all__ = ["CrossValidated"]

Split: TypeAlias = tuple[NDArray[np.int64], NDArray[np.int64]]
Scores: TypeAlias = Mapping[str, float]


@frozen
class _Fold:
    """What one fold gave."""

    test: Scores
    train: Scores
    fit_seconds: float
    score_seconds: float
    failure: Failure | None
    error: BaseException | None

    def raised(self) -> BaseException | None:
        """Return the exception, or one with its words where it stayed in a worker."""
        if self.error is not None or self.failure is None:
            return self.error
        return EvaluationError(f"{self.failure.kind}: {self.failure.message}")


@frozen(eq=False)
class CrossValidated:
    """Score an estimator by cross-validation.

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
        A finite number stands in for the score of a fold whose fit or scoring failed; with NaN the
        trial fails.
    parallel : sklearn.utils.parallel.Parallel
        Runs the folds.
    """

    estimator: Any
    X: Any
    y: Any
    splits: tuple[Split, ...]
    scorer: Callable[..., Any]
    metric: str
    fit_params: Mapping[str, Any]
    score_params: Mapping[str, Any]
    return_train_score: bool
    error_score: float | Literal["raise"]
    parallel: Parallel

    @property
    def n_folds(self) -> int:
        """Number of folds."""
        return len(self.splits)

    def evaluate(self, configuration: dict[str, Any], folds: tuple[int, ...]) -> Measurement:
        """Fit and score on some folds; a failure is returned, not raised."""
        here = self.parallel.n_jobs in (None, 1)
        try:
            done: list[_Fold] = self.parallel(
                delayed(_fit_and_score)(
                    self.estimator,
                    self.X,
                    self.y,
                    self.splits[fold],
                    configuration,
                    self.scorer,
                    self.fit_params,
                    self.score_params,
                    return_train_score=self.return_train_score,
                    keep_error=here,
                )
                for fold in folds
            )
        except Exception as error:  # noqa: BLE001  # a worker died, or what it sent can't travel
            return failed(error, folds, 0.0)
        bad = next((fold for fold in done if fold.failure is not None), None)
        stand_in = math.nan if self.error_score == "raise" else float(self.error_score)
        forgiven = bad is not None and math.isfinite(stand_in)
        names = next((list(fold.test) for fold in done if fold.failure is None), [self.metric])
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
        return Measurement(
            folds=folds,
            scores=tuple(fold.test.get(main, stand_in) for fold in done),
            fit_seconds=tuple(fold.fit_seconds for fold in done),
            score_seconds=tuple(fold.score_seconds for fold in done),
            metrics=metrics,
            failure=None if bad is None or forgiven else bad.failure,
            error=None if bad is None or forgiven else bad.raised(),
        )


def _fit_and_score(
    estimator: Any,
    X: Any,
    y: Any,
    split: Split,
    configuration: Mapping[str, Any],
    scorer: Callable[..., Any],
    fit_params: Mapping[str, Any],
    score_params: Mapping[str, Any],
    *,
    return_train_score: bool,
    keep_error: bool,
) -> _Fold:
    train, test = split
    fit_seconds = score_seconds = 0.0
    begin = time.perf_counter()
    fitted = False
    try:
        # Choices may be estimators themselves, which must not be shared between fits.
        model = clone(estimator).set_params(**clone(dict(configuration), safe=False))
        X_train, y_train = _safe_split(model, X, y, train)
        X_test, y_test = _safe_split(model, X, y, test, train)
        fitting = _check_method_params(X, params=fit_params, indices=train)
        begin = time.perf_counter()
        if y_train is None:
            model.fit(X_train, **fitting)
        else:
            model.fit(X_train, y_train, **fitting)
        fit_seconds = time.perf_counter() - begin
        fitted = True
        begin = time.perf_counter()
        scoring = _check_method_params(X, params=score_params, indices=test)
        test_scores = _score(scorer, model, X_test, y_test, scoring)
        score_seconds = time.perf_counter() - begin
        train_scores: Scores = {}
        if return_train_score:
            scoring = _check_method_params(X, params=score_params, indices=train)
            train_scores = _score(scorer, model, X_train, y_train, scoring)
    except Exception as error:  # noqa: BLE001  # a failing trial is data, whatever it raises
        seconds = time.perf_counter() - begin
        failure = Failure(type(error).__name__, str(error))
        kept = error if keep_error else None  # not every exception survives the way back
        if fitted:
            return _Fold({}, {}, fit_seconds, seconds, failure, kept)
        return _Fold({}, {}, seconds, 0.0, failure, kept)
    return _Fold(test_scores, train_scores, fit_seconds, score_seconds, None, None)


def _score(
    scorer: Callable[..., Any], model: Any, X: Any, y: Any, params: Mapping[str, Any]
) -> Scores:
    result = scorer(model, X, **params) if y is None else scorer(model, X, y, **params)
    given = result if isinstance(result, Mapping) else {"score": result}
    scores = {}
    for name, value in given.items():
        if isinstance(value, np.ndarray | np.generic) and np.ndim(value) == 0:
            value = value.item()  # noqa: PLW2901
        if isinstance(value, bool) or not isinstance(value, numbers.Real):
            raise EvaluationError(
                f"scoring gave {name} = {value!r} of type {type(value).__name__}; "
                "it must return a number"
            )
        scores[name] = float(value)
    return scores
