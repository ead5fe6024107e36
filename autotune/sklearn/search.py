"""StepSearchCV: the search as a scikit-learn meta-estimator."""

from __future__ import annotations

import difflib
import time
import warnings
from collections.abc import Callable, Mapping
from copy import copy, deepcopy
from functools import cached_property
from numbers import Integral
from os import PathLike
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from attrs import evolve
from sklearn.base import _fit_context, clone, is_classifier
from sklearn.exceptions import FitFailedWarning
from sklearn.model_selection import check_cv
from sklearn.model_selection._search import BaseSearchCV
from sklearn.utils import get_tags
from sklearn.utils._param_validation import Interval
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import _check_method_params, _num_samples, indexable

from autotune.errors import EvaluationError, SpaceError, StudyError
from autotune.execution import Execution
from autotune.interchange.earlier import read_prior
from autotune.interchange.search_results import cv_results, ranks
from autotune.log import Log, MemoryLog, open_log
from autotune.report.progress import in_notebook
from autotune.sklearn.callbacks import FitTasks
from autotune.sklearn.cross_validation import STOOD_IN, CrossValidated
from autotune.sklearn.domains import as_recorded, space_for, start_value_names
from autotune.sklearn.fingerprint import fingerprints
from autotune.sklearn.splits import check_redrawable, other_splits
from autotune.space import Space
from autotune.strategy import Strategy
from autotune.strategy.defaults import trials_within
from autotune.study import Accepted, Evaluated, Event, Rejected, Study, StudyStarted
from autotune.study.changes import describe_change
from autotune.study.formatting import format_value
from autotune.study.summary import study_summary
from autotune.tuner import PriorTrial, Tuner, TuneResult, none_succeeded

if TYPE_CHECKING:
    from autotune.analysis.honest_score import HonestScore

__all__ = ["StepSearchCV"]

_OF_THE_BEST = ("best_estimator_", "best_index_", "best_params_", "best_score_", "honest_score_")


def _can_set_output(search: Any) -> bool:
    return hasattr(search.estimator, "set_output")


class StepSearchCV(BaseSearchCV):  # type: ignore[misc]
    """Search hyper-parameters step by step, by cross-validation; use it like ``GridSearchCV``.

    Parameters
    ----------
    estimator : estimator
        What is tuned; cloned for every fit.
    space : Space or dict
        The parameters: a ``Space``, or by name dimensions, lists of choices, scipy.stats
        distributions, and plain start values, which get bounds or choices from what the estimator
        publishes (``autotune.sklearn.space_for`` tells how, and shows the space before a search).
        Where dimensions are given without start values, the search starts at the estimator's own
        settings if they are legal.
    strategy : Strategy or str, optional
        How to search, or the name of a recipe such as "racing"; the default recipe if left out.
    n_trials : int or "auto", optional
        Trials in the study when it ends, including those that ``log`` holds already; None for no
        limit but the strategy's own and Ctrl-C. "auto" is 100, or with a time budget as many as
        there is time for.
    time_budget : float, optional
        Seconds that the search may run in all, with those in ``log``; pauses between sessions don't
        count. No trial is begun once they are spent; those that run then may end (an ``Execution``
        has a time-out for each fold). The refit comes after it.
    scoring : str, callable, list, tuple or dict, optional
        As in ``GridSearchCV``. Of several metrics the one ``refit`` names counts, else the first.
    cv : int, splitter or iterable, optional
        As in ``GridSearchCV``; splits are made once, so that every trial sees the same, but for
        what ``n_repeats`` says.
    n_repeats : int
        On how many different splits a configuration may be evaluated. With 1 all trials are on the
        same, as in ``GridSearchCV``, and the best may have been lucky with those. With more, the
        strategy spends the last part of the budget on evaluating the contenders again, as trials
        of their own: each time on splits of as many folds that ``cv`` draws anew, from a seed that
        follows from the search's. It takes a ``cv`` that can draw: a number, ``KFold`` and its
        kin, ``ShuffleSplit`` and its kin, and others with a ``random_state``.
    refit : bool, str or callable
        As in ``GridSearchCV``.
    random_state : int, RandomState or None
        Seed of the search; None draws one, or takes that of the log.
    log : path, Log or None
        Where the record is kept: a directory, a log, or memory. ``fit`` with a log that holds a
        study goes on with it, if the data and the splits are the same.
    prior_results : fitted search, log, path or dict, optional
        Earlier results to learn and go on from: another search, a log, or a ``cv_results_`` dict.
    n_jobs : int, optional
        Folds run at once, of one trial or several; -1 for all processors. Joblib runs them, on the
        backend that is in force.
    execution : Execution, optional
        How trials are evaluated beyond that: on an executor, several at a time, with a time-out or
        a limit on memory. Where it says no ``n_jobs``, that of the search counts.
    verbose : int
        1 tells the bounds and choices of start values and every accepted step (in a notebook: a
        bar), 2 every trial, 3 every fold.
    pre_dispatch : int or str
        As in ``GridSearchCV``.
    error_score : float or "raise"
        NaN makes a trial with a failing fit or score a failed trial; a number stands in for the
        score of that fold; "raise" raises once the failure is recorded.
    return_train_score : bool
        Whether training scores are recorded.
    max_identical_failures : int, optional
        How many trials may fail in the same way, one after the other, before any has succeeded:
        then the search ends in the error, as scikit-learn's do when all fits fail, but before the
        budget is spent. None to go on whatever fails.
    between_trials : callable, optional
        Called without arguments before each trial, in the process that evaluates it; such as
        ``keras.utils.clear_session``, so that models of earlier trials don't pile up.

    Attributes
    ----------
    best_params_, best_score_, best_index_, best_estimator_, refit_time_
        Of the trial that the strategy recommends: the one with the best mean score.
    honest_score_ : HonestScore or None
        The score to be expected of that trial on data like these, with an interval: the best of
        many measured scores is too good (see ``autotune.analysis.honest_score``). It is reckoned
        when it is first asked for; None without ``best_index_``.
    cv_results_ : dict
        As scikit-learn's, with the columns of the 2018 prototype: see
        ``autotune.interchange.search_results``.
    space_ : Space
        The space that was searched, with all bounds and choices.
    study_ : Study
        The study.
    log_ : Log or str
        The record: the log in memory, or the path of the durable one.
    interrupted_ : bool
        Whether Ctrl-C ended the search.
    scorer_, n_splits_, multimetric_, classes_, n_features_in_, feature_names_in_
        As in ``GridSearchCV``.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> X, y = load_iris(return_X_y=True)
    >>> search = StepSearchCV(SVC(), {"C": 1.0, "gamma": 0.1}, n_trials=10, random_state=0)
    >>> search.fit(X, y).best_score_ > 0.95
    True
    """

    _parameter_constraints = {  # noqa: RUF012  # scikit-learn's own way
        **BaseSearchCV._parameter_constraints,
        "space": "no_validation",
        "strategy": "no_validation",
        "n_trials": "no_validation",
        "time_budget": "no_validation",
        "random_state": ["random_state"],
        "log": "no_validation",
        "prior_results": "no_validation",
        "n_repeats": [Interval(Integral, 1, None, closed="left")],
        "max_identical_failures": [Interval(Integral, 1, None, closed="left"), None],
        "between_trials": [callable, None],
        "execution": [Execution, None],
    }

    def __init__(
        self,
        estimator: Any,
        space: Space | Mapping[str, Any],
        *,
        strategy: Strategy | str | None = None,
        n_trials: int | Literal["auto"] | None = "auto",
        time_budget: float | None = None,
        scoring: Any = None,
        cv: Any = None,
        refit: Any = True,
        random_state: Any = None,
        log: Log | str | PathLike[str] | None = None,
        prior_results: Any = None,
        n_jobs: int | None = None,
        execution: Execution | None = None,
        verbose: int = 0,
        pre_dispatch: int | str = "2*n_jobs",
        error_score: Any = np.nan,
        return_train_score: bool = False,
        max_identical_failures: int | None = 5,
        between_trials: Callable[[], object] | None = None,
        n_repeats: int = 1,
    ) -> None:
        super().__init__(
            estimator,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            pre_dispatch=pre_dispatch,
            error_score=error_score,
            return_train_score=return_train_score,
        )
        self.space = space
        self.strategy = strategy
        self.n_trials = n_trials
        self.time_budget = time_budget
        self.random_state = random_state
        self.log = log
        self.prior_results = prior_results
        self.max_identical_failures = max_identical_failures
        self.between_trials = between_trials
        self.execution = execution
        self.n_repeats = n_repeats

    def __sklearn_clone__(self) -> Self:
        # An executor can't be copied; a copy of the search uses the same.
        bare = copy(self)
        bare.execution = None
        cloned: Self = super(StepSearchCV, bare).__sklearn_clone__()
        cloned.execution = self.execution
        return cloned

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = super().__getstate__()
        if self.execution is None:
            return state
        # An executor belongs to this process.
        return {**state, "execution": evolve(self.execution, executor=None)}

    # Whether nested parameters are checked too is the estimators' own business.
    @_fit_context(prefer_skip_nested_validation=False)  # type: ignore[untyped-decorator]
    def fit(self, X: Any, y: Any = None, **params: Any) -> Self:
        """Search, then fit the best estimator on all data if ``refit``.

        Parameters
        ----------
        X : array-like
            The data.
        y : array-like, optional
            The target.
        **params
            Passed on to the estimator, splitter and scorer as in ``GridSearchCV``.

        Returns
        -------
        StepSearchCV
            Itself, fitted.

        Raises
        ------
        SpaceError, StudyError, LogError, ValueError
            If something makes no sense, before any fit; or if every trial failed.
        """
        for name in _OF_THE_BEST:
            self.__dict__.pop(name, None)  # of an earlier fit
        space = self._checked_space()
        prior = [] if self.prior_results is None else read_prior(self.prior_results)
        scorers, main = self._get_scorers()
        X, y = indexable(X, y)
        params = _check_method_params(X, params=params)
        routed = self._get_routed_params_for_fit(params)
        splitter = check_cv(self.cv, y, classifier=is_classifier(self.estimator))
        if self.n_repeats > 1:
            check_redrawable(splitter, self.n_repeats)
        splits = tuple(splitter.split(X, y, **routed.splitter.split))
        if len(splits) == 0:
            raise ValueError("No fits were performed. Was the CV iterator empty?")
        metric, label = self._metric(scorers, main)
        base = clone(self.estimator)

        def drawn(seed: int) -> tuple[Any, str]:
            others = other_splits(
                splitter,
                splits,
                n_repeats=self.n_repeats,
                seed=seed,
                X=X,
                y=y,
                routed=routed.splitter.split,
            )
            return others, self._data(X, y, splits, others, params)

        others, tuner = self._tuner(space, label, len(splits), drawn)
        owned = tuner.log is not self.log
        try:
            self.space_ = space = tuner.study.known_space
            if self.verbose > 0 and not in_notebook():
                for line in self._inferred(space):
                    print(line)  # noqa: T201
            if prior and tuner.study.n_trials == 0:
                tuner.take_over(_in_space(prior, space))
            weight = params.get("sample_weight")
            metadata = None if weight is None else {"sample_weight": weight}
            tasks = FitTasks(
                self,
                base,
                refit=self.refit is not False,
                data={"X": X, "y": y, "metadata": metadata},
                n_folds=len(splits),
                n_trials=trials_within(self.n_trials, self.time_budget),
            )
            objective = CrossValidated(
                estimator=base,
                X=X,
                y=y,
                splits=splits,
                scorer=scorers,
                metric=metric,
                fit_params=routed.estimator.fit,
                score_params=routed.scorer.score,
                return_train_score=self.return_train_score,
                error_score=self.error_score,
                between_trials=self.between_trials,
                tasks=tasks,
                other_splits=others,
            )
            result = self._run(tuner, objective)
            tasks.searched()
            self._keep(result, tuner.log, scorers, metric, len(splits), y)
        finally:
            if owned:
                tuner.close()
        if self.refit:
            self._refit(base, X, y, routed.estimator.fit, tasks)
        tasks.end()
        return self

    def _run(self, tuner: Tuner, objective: CrossValidated) -> TuneResult:
        in_bar = self.verbose == 1 and in_notebook()
        execution = Execution() if self.execution is None else self.execution
        if execution.n_jobs is None:
            execution = evolve(execution, n_jobs=self.n_jobs, pre_dispatch=self.pre_dispatch)
        try:
            return tuner.run(
                objective,
                execution=execution,
                progress=True if in_bar else self._watcher(),
                on_error="raise" if self.error_score == "raise" else "record",
                max_identical_failures=self.max_identical_failures,
            )
        except EvaluationError as error:
            study = tuner.study
            if study.incumbent is None and study.failures():
                raise self._none_succeeded(study, objective.y, str(error)) from error
            raise

    def _none_succeeded(self, study: Study, y: Any, text: str) -> Exception:
        """Return the error to raise where every trial failed."""
        if self._needs_target and y is None:
            return ValueError(
                f"{type(self.estimator).__name__} requires y to be passed, but the target y is "
                f"None; {text}"
            )
        # An error for every configuration has nothing to do with configurations.
        mistaken = all(failure.kind == "TypeError" for failure in study.failures().values())
        return (TypeError if mistaken else ValueError)(text)

    @available_if(_can_set_output)  # type: ignore[untyped-decorator]
    def set_output(self, *, transform: str | None = None) -> Self:
        """Say of what kind ``transform`` shall return data, where the estimator can be told.

        Parameters
        ----------
        transform : {"default", "pandas", "polars"}, optional
            As in scikit-learn; None changes nothing.

        Returns
        -------
        StepSearchCV
            Itself.
        """
        self.estimator.set_output(transform=transform)
        if hasattr(self, "best_estimator_"):
            self.best_estimator_.set_output(transform=transform)
        return self

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags = deepcopy(get_tags(self.estimator).target_tags)
        return tags

    def _checked_space(self) -> Space:
        space = space_for(self.estimator, self.space)
        known = self.estimator.get_params(deep=True)
        spelled = {name.lower(): name for name in known}
        for name in space:
            if name in known or _nested_in_choice(name, known, space):
                continue
            if not _takes(self.estimator, name, space):
                close = difflib.get_close_matches(name.lower(), spelled, n=1)
                hint = f"; did you mean {spelled[close[0]]!r}?" if close else ""
                raise SpaceError(
                    f"{name!r} is not a parameter of {type(self.estimator).__name__}{hint} "
                    "(see estimator.get_params())"
                )
        return space

    def _inferred(self, space: Space) -> list[str]:
        """Tell which bounds and choices the parameters with a plain start value have."""
        if not isinstance(self.space, Mapping):
            return []
        started = start_value_names(self.estimator, self.space)
        return [
            f"{name}: {dimension}, from {format_value(space.start_values[name])}"
            for name, dimension in space.parameters
            if name in started
        ]

    def _metric(self, scorers: Any, main: Any) -> tuple[str, str]:
        """Return the key of the score that counts, and what the study calls it."""
        names = getattr(scorers, "_scorers", None)
        if names is not None:
            key = str(main if main in names else next(iter(names)))
            return key, key
        if isinstance(self.scoring, str):
            return "score", self.scoring
        if self.scoring is None:
            return "score", "score"
        label = getattr(self.scoring, "__name__", None) or " ".join(repr(self.scoring).split())
        # A function may return several scores; then refit says which counts.
        return (self.refit if isinstance(self.refit, str) else "score"), label

    def _data(
        self, X: Any, y: Any, splits: Any, others: tuple[Any, ...], params: Mapping[str, Any]
    ) -> str:
        """Return the fingerprint of all that is as long as X, and of the splits."""
        n = _num_samples(X)
        more = {
            name: value
            for name, value in params.items()
            if hasattr(value, "__len__") and len(value) == n and name not in ("X", "y", "splits")
        }
        again = {"other splits": others} if others else {}
        return fingerprints({"X": X, "y": y, **more, "splits": splits, **again})

    def _tuner(
        self,
        space: Space,
        metric: str,
        n_folds: int,
        drawn: Callable[[int], tuple[tuple[Any, ...], str]],
    ) -> tuple[tuple[Any, ...], Tuner]:
        """Return the other splits, which ``drawn`` draws from the search's seed, and the tuner."""
        seed: int | None
        log = MemoryLog() if self.log is None else open_log(self.log)
        if self.random_state is None:
            # Fresh entropy for a new study; a log brings its own seed.
            seed = None if len(log) > 0 else int(np.random.SeedSequence().generate_state(1)[0])
        elif isinstance(self.random_state, np.random.RandomState):
            seed = int(self.random_state.randint(2**31 - 1)) if len(log) == 0 else None
        else:
            seed = int(self.random_state)
        try:
            if isinstance(self.space, Mapping) and log.space is not None:
                started = start_value_names(self.estimator, self.space)
                space = as_recorded(space, log.space, started)
            began = next(iter(log.events()), None)
            theirs = began.seed if isinstance(began, StudyStarted) else 0
            others, data = drawn(theirs if seed is None else seed)
            return others, Tuner(
                space,
                strategy=self.strategy,
                log=log,
                direction="maximize",
                metric=metric,
                n_folds=n_folds,
                n_trials=trials_within(self.n_trials, self.time_budget),
                time_budget=self.time_budget,
                seed=seed,
                data=data,
                # Where the splits are the same for every trial a score is what it is.
                deterministic=self.n_repeats == 1,
                n_repeats=None if self.n_repeats == 1 else int(self.n_repeats),
            )
        except BaseException:
            if log is not self.log:
                log.close()
            raise

    def _repr_html_inner(self) -> str:
        return str(super()._repr_html_inner()) + self._summary()

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        bundle: dict[str, Any] = super()._repr_mimebundle_(**kwargs)
        if "text/html" in bundle:
            bundle["text/html"] += self._summary()
        return bundle

    @cached_property
    def honest_score_(self) -> HonestScore | None:
        """The score to be expected of the best trial."""
        from autotune.analysis.honest_score import honest_score  # its parts take long to load

        study = self.study_
        trial = self._best_trial()
        if trial is None or not study.outcomes().usable[trial - 1]:
            return None
        return honest_score(study, trial)

    def _best_trial(self) -> int | None:
        if not hasattr(self, "best_index_"):
            return None
        return int(self.cv_results_["iteration"][self.best_index_])

    def _summary(self) -> str:
        if not hasattr(self, "study_"):
            return ""
        honest = self.honest_score_
        return study_summary(
            self.study_,
            best=self._best_trial(),
            expected="" if honest is None else honest.words,
        )

    def _watcher(self) -> Any:
        if self.verbose < 1:
            return None
        verbose = self.verbose

        def tell(event: Event, study: Study) -> None:
            if isinstance(event, Evaluated) and verbose > 2:
                for line in _folds_in_words(event):
                    print(line)  # noqa: T201
            if isinstance(event, Accepted) or (isinstance(event, Rejected) and verbose > 1):
                score = study.outcome(event.trial).score
                verdict = "accepted" if isinstance(event, Accepted) else event.reason
                print(  # noqa: T201  # verbose is scikit-learn's word for this
                    f"trial {event.trial}: {describe_change(study, event.trial)}: "
                    f"{format_value(score)} {verdict}"
                )

        return tell

    @property
    def _needs_target(self) -> bool:
        return bool(get_tags(self.estimator).target_tags.required)

    def _keep(
        self,
        result: TuneResult,
        log: Log,
        scorers: Any,
        metric: str,
        n_splits: int,
        y: Any,
    ) -> None:
        study = result.study
        if study.n_judged == 0 and result.interrupted:
            raise KeyboardInterrupt
        failures = study.failures()
        if failures:
            trial, failure = next(iter(failures.items()))
            text = (
                f"{len(failures)} of {study.n_judged} trials failed; the first, trial {trial}, by "
                f"{failure.kind}: {failure.message}"
            )
            if study.incumbent is None:
                raise self._none_succeeded(study, y, none_succeeded(study) or text)
            warnings.warn(text, FitFailedWarning, stacklevel=3)
        if study.incumbent is None:
            raise StudyError("no trial was accepted; the log says why")
        results = cv_results(study, log)
        columns = [results.get(f"split{fold}_{STOOD_IN}", 0.0) for fold in range(n_splits)]
        stood_in = sum(int(np.nansum(column)) for column in columns)
        if 0 < stood_in == len(study.folds):
            raise ValueError(
                f"all {stood_in} fits or scorings failed, so that no score means anything; fit the "
                "estimator once by itself to see why, or say error_score='raise'"
            )
        if stood_in > 0:
            warnings.warn(
                f"{stood_in} fits or scorings failed; each counts as error_score = "
                f"{self.error_score}",
                FitFailedWarning,
                stacklevel=3,
            )
        others = [name[10:] for name in results if name.startswith("mean_test_")]
        several = getattr(scorers, "_scorers", None) is not None
        self.multimetric_ = several or others != ["score"]
        if self.multimetric_:
            if self.refit and not callable(self.refit) and not isinstance(self.refit, str):
                self._check_refit_for_multimetric(dict.fromkeys(others, 0.0))
            results = _as_multimetric(results, metric)
        else:
            metric = "score"
        self.n_splits_ = n_splits
        self.scorer_ = getattr(scorers, "_scorers", scorers)
        self.cv_results_ = results
        self.study_ = study
        self.log_ = log if isinstance(log, MemoryLog) else str(getattr(log, "path", log))
        self.interrupted_ = result.interrupted
        if callable(self.refit):
            self.best_index_ = self._select_best_index(self.refit, metric, results)
        elif self.refit or not self.multimetric_:
            self.best_index_ = int(np.flatnonzero(results["iteration"] == result.best_trial)[0])
            self.best_score_ = float(results[f"mean_test_{metric}"][self.best_index_])
        if hasattr(self, "best_index_"):
            self.best_params_ = results["params"][self.best_index_]

    def _refit(
        self, base: Any, X: Any, y: Any, fit_params: Mapping[str, Any], tasks: FitTasks
    ) -> None:
        self.best_estimator_ = clone(base).set_params(**clone(self.best_params_, safe=False))
        with tasks.refit(self.best_estimator_):
            begin = time.perf_counter()
            if y is None:
                self.best_estimator_.fit(X, **fit_params)
            else:
                self.best_estimator_.fit(X, y, **fit_params)
            self.refit_time_ = time.perf_counter() - begin
        if hasattr(self.best_estimator_, "feature_names_in_"):
            self.feature_names_in_ = self.best_estimator_.feature_names_in_


def _nested_in_choice(name: str, known: Mapping[str, Any], space: Space) -> bool:
    """Tell whether a nested parameter may belong to a step that is itself searched."""
    head, separator, _ = name.rpartition("__")
    return separator != "" and (head in space) and head in known


def _takes(estimator: Any, name: str, space: Space) -> bool:
    """Tell whether an estimator can be set a parameter that it doesn't list, as skorch's can."""
    try:
        clone(estimator).set_params(**{name: space.start_values[name]})
    except (ValueError, TypeError, AttributeError):
        return False
    return True


def _folds_in_words(event: Evaluated) -> list[str]:
    return [
        f"trial {event.trial}, fold {fold}: {format_value(score)} in {fit:.3g} s"
        for fold, score, fit in zip(
            event.measurement.folds,
            event.measurement.scores,
            event.measurement.fit_seconds,
            strict=True,
        )
    ]


def _in_space(prior: list[PriorTrial], space: Space) -> list[PriorTrial]:
    kept = []
    for i, trial in enumerate(prior):
        try:
            configuration = space.check(trial.configuration)
        except SpaceError as error:
            if trial.measurement.failure is not None:
                continue  # it says no more than that the space ends before it
            raise SpaceError(f"prior_results, result {i}: {error}") from None
        kept.append(evolve(trial, configuration=configuration))
    return kept


def _as_multimetric(results: dict[str, Any], metric: str) -> dict[str, Any]:
    """Name the main score after its metric, and rank the others too."""
    renamed = {}
    for name, column in results.items():
        renamed[name.replace("_test_score", f"_test_{metric}") if metric != "score" else name] = (
            column
        )
    for name in list(renamed):
        other = name.removeprefix("mean_test_")
        if other != name and f"rank_test_{other}" not in renamed:
            renamed[f"rank_test_{other}"] = ranks(renamed[name])
    return renamed
