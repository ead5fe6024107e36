"""Optuna with its samplers, by its ask-and-tell interface."""

from __future__ import annotations

from typing import Any, Literal

from attrs import define, frozen

from autotune.space import Configuration
from autotune_benchmarks.peers.flat_space import Choice, Flat, FlatSpace, Place, Real, Whole
from autotune_benchmarks.peers.installed import missing, quiet, short_seed, versions
from autotune_benchmarks.peers.tool import Tool, ToolSession
from autotune_benchmarks.problems.problem import Problem

__all__ = ["OptunaSearch", "OptunaSession", "suggested"]

_NEEDS = {
    "tpe": ("optuna",),
    "gp": ("optuna", "torch"),
    "cmaes": ("optuna", "cmaes"),
}


@define(eq=False)
class OptunaSession(ToolSession):
    """An ``optuna.Study`` of a flat space that is asked and told."""

    flat: FlatSpace
    study: Any
    _trial: Any = None

    def ask(self) -> dict[str, Any]:
        """Return what the sampler suggests, parameter by parameter; inactive ones not at all."""
        with quiet("optuna"):
            self._trial = self.study.ask()
            values = suggested(self._trial, self.flat)
        return dict(self.first) if self.is_first() else self.flat.configuration(values)

    def tell(self, configuration: Configuration, score: float, seconds: float) -> None:  # noqa: ARG002
        """Tell the study of the score, or that the trial failed."""
        from optuna.trial import TrialState

        with quiet("optuna"):
            if self.loss(configuration, score) is None:
                self.study.tell(self._trial, state=TrialState.FAIL)
            else:
                self.study.tell(self._trial, score)

    def best(self) -> dict[str, Any]:
        """Return ``study.best_params``."""
        try:
            trial = self.study.best_trial
        except ValueError:  # none is complete
            return dict(self.first)
        return dict(self.first) if trial.number == 0 else self.flat.configuration(trial.params)


def suggested(trial: Any, flat: FlatSpace) -> dict[str, Any]:
    """Return what a trial suggests for those parameters of a flat space that are active.

    Parameters
    ----------
    trial : optuna.Trial
        Asked for.
    flat : FlatSpace
        The parameters.
    """
    values: dict[str, Any] = {}
    for parameter in flat.in_order:
        if flat.is_active(parameter, values):
            values[parameter.name] = _suggest(trial, parameter)
    return values


def _suggest(trial: Any, parameter: Flat) -> Any:
    match parameter:
        case Real(name=name, low=low, high=high, log=log):
            return trial.suggest_float(name, low, high, log=log)
        case Whole(name=name, low=low, high=high, log=log):
            return trial.suggest_int(name, low, high, log=log)
        case Place(name=name, n=n):
            return trial.suggest_int(name, 0, n - 1)
        case Choice(name=name, n=n):
            return trial.suggest_categorical(name, range(n))


@frozen
class OptunaSearch(Tool):
    """Optuna.

    Parameters
    ----------
    sampler : {"tpe", "gp", "cmaes"}
        Which of its samplers suggests.

    Notes
    -----
    Samplers are left as they are by default. Conditional parameters are suggested only where they
    are active, which is Optuna's define-by-run. An ordered list of values is given as the place in
    it, a number, for as a categorical parameter it would lose its order. CMA-ES samples what
    is not a number at random, as Optuna has it. Failed trials are told as ``TrialState.FAIL``.
    """

    sampler: Literal["tpe", "gp", "cmaes"] = "tpe"

    @property
    def name(self) -> str:
        """Such as "optuna-tpe"."""
        return f"optuna-{self.sampler}"

    def missing(self) -> str | None:
        """Return what can't be imported."""
        return missing(*_NEEDS[self.sampler])

    def version(self) -> str:
        """Return Optuna's version and its helpers'."""
        return versions(*_NEEDS[self.sampler])

    def settings(self) -> dict[str, Any]:
        """Return what is set."""
        given: dict[str, Any] = {
            "seed": "the run's",
            "first point": "study.enqueue_trial",
            "ordered values": "suggest_int of the place",
        }
        if self.sampler == "cmaes":
            given["x0"] = "the first point's numbers, as the documentation of CmaEsSampler has it"
        return given

    def session(
        self,
        problem: Problem,
        first: Configuration,
        seed: int,
        n_trials: int,  # noqa: ARG002
    ) -> OptunaSession:
        """Begin a study in memory."""
        import optuna

        flat = FlatSpace(problem.space)
        with quiet("optuna"):
            study = optuna.create_study(
                direction=problem.direction, sampler=self._sampler(flat, first, short_seed(seed))
            )
            study.enqueue_trial(flat.values(first))
        return OptunaSession(problem.direction, first, flat, study)

    def _sampler(self, flat: FlatSpace, first: Configuration, seed: int) -> Any:
        from optuna import samplers

        match self.sampler:
            case "tpe":
                return samplers.TPESampler(seed=seed)
            case "gp":
                return samplers.GPSampler(seed=seed)
            case "cmaes":
                numbers = [p.name for p in flat.parameters if not isinstance(p, Choice)]
                values = flat.all_values(first)
                x0 = {name: values[name] for name in numbers}
                return samplers.CmaEsSampler(seed=seed, x0=x0)
