"""Hyperopt's TPE: ``fmin``, as documented, in a thread that is asked and told."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from attrs import define, frozen

from autotune.space import Configuration
from autotune_benchmarks.peers.flat_space import (
    Choice,
    Flat,
    FlatSpace,
    Place,
    Real,
    Whole,
    flattened,
)
from autotune_benchmarks.peers.hand_over import HandOver
from autotune_benchmarks.peers.installed import quiet, short_seed
from autotune_benchmarks.peers.tool import Tool, ToolSession
from autotune_benchmarks.problems.problem import Problem

__all__ = ["HyperoptSearch", "HyperoptSession"]


@define(eq=False)
class HyperoptSession(ToolSession):
    """``fmin`` in a thread, on a flat space; its best is what ``fmin`` returns in the end."""

    flat: FlatSpace
    fmin: HandOver[dict[str, Any], dict[str, Any]]

    def ask(self) -> dict[str, Any]:
        """Return what the objective is called with; its best again when ``fmin`` is through."""
        with quiet("hyperopt"):
            found = self.fmin.ask()
        return self.best() if found is None else self.flat.configuration(found)

    def tell(self, configuration: Configuration, score: float, seconds: float) -> None:  # noqa: ARG002
        """Let the objective return the loss, or ``STATUS_FAIL``."""
        found = self.loss(configuration, score)
        self.fmin.tell({"status": "fail"} if found is None else {"status": "ok", "loss": found})


def _expression(parameter: Flat) -> Any:
    from hyperopt import hp

    match parameter:
        case Real(name=name, low=low, high=high, log=True):
            return hp.loguniform(name, math.log(low), math.log(high))
        case Real(name=name, low=low, high=high):
            return hp.uniform(name, low, high)
        case Whole(name=name, low=low, high=high, log=True):
            return hp.qloguniform(name, math.log(low - 0.5), math.log(high + 0.5), 1)
        case Whole(name=name, low=low, high=high):
            return hp.uniformint(name, low, high)
        case Place(name=name, n=n):
            return hp.uniformint(name, 0, n - 1)
        case Choice(name=name, n=n):
            return hp.choice(name, range(n))


def _space(flat: FlatSpace) -> Any:
    """Return the space in Hyperopt's words: conditional parameters hang below a choice's branch.

    A parameter hangs below one choice; what else its condition asks for is left to the objective,
    which does not look at inactive parameters.
    """
    from hyperopt import hp

    expressions = {
        parameter.name: _expression(parameter)
        for parameter in flat.parameters
        if not isinstance(parameter, Choice)
    }
    parents = _parents(flat)
    below: dict[tuple[str, int], list[str]] = {}
    for name, (parent, values) in parents.items():
        for value in values:
            below.setdefault((parent, value), []).append(name)
    for parameter in reversed(flat.in_order):
        if isinstance(parameter, Choice):
            branches = [
                {
                    parameter.name: i,
                    **{name: expressions[name] for name in below.get((parameter.name, i), ())},
                }
                for i in range(parameter.n)
            ]
            expressions[parameter.name] = hp.choice(parameter.name, branches)
    return {name: found for name, found in expressions.items() if name not in parents}


def _parents(flat: FlatSpace) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Return below which branches of which choice conditional parameters hang."""
    found: dict[str, tuple[str, tuple[int, ...]]] = {}
    for parameter in flat.in_order:
        wanted = None if parameter.condition is None else flat.parent_values(parameter.condition)
        for parent, values in {} if wanted is None else wanted.items():
            if isinstance(flat[parent], Choice):
                found[parameter.name] = (parent, values)
    return found


def _begun(flat: FlatSpace, first: Configuration) -> Any:
    """Return trials with the first point in wait, as fmin's ``points_to_evaluate`` makes them.

    Those know no parameters that are inactive, which are empty in trials that Hyperopt draws.
    """
    from hyperopt import Trials
    from hyperopt.fmin import generate_trial

    values = flat.all_values(first)
    document = generate_trial(0, values)
    for name, (parent, wanted) in _parents(flat).items():
        if values[parent] not in wanted or not document["misc"]["vals"][parent]:
            document["misc"]["idxs"][name] = document["misc"]["vals"][name] = []
    trials = Trials()
    trials.insert_trial_docs([document])
    return trials


@frozen
class HyperoptSearch(Tool):
    """Hyperopt with its tree-structured Parzen estimator.

    Notes
    -----
    Hyperopt has no ask-and-tell interface, so ``fmin`` runs in a thread and waits for each score.
    An ordered list of values is ``hp.uniformint`` of the place, for ``hp.choice`` would lose the
    order; parameters that hang on a choice are nested in its branch, as the documentation advises.
    Failed trials are told as ``STATUS_FAIL``.
    """

    name = "hyperopt-tpe"
    modules = ("hyperopt",)
    packages = ("hyperopt",)
    given: ClassVar[Mapping[str, Any]] = {
        "algo": "tpe.suggest",
        "max_evals": "the budget",
        "rstate": "the run's seed",
        "first point": "points_to_evaluate",
        "ordered values": "hp.uniformint of the place",
        "conditions": "nested hp.choice",
    }

    def session(
        self, problem: Problem, first: Configuration, seed: int, n_trials: int
    ) -> HyperoptSession:
        """Begin a search."""
        with quiet("hyperopt"):
            import hyperopt
            from hyperopt import tpe

            flat = FlatSpace(problem.space)
            space = _space(flat)
            trials = _begun(flat, first)

        def run(objective: Any) -> None:
            hyperopt.fmin(
                lambda found: objective(flattened(found)),
                space,
                algo=tpe.suggest,
                max_evals=n_trials,
                trials=trials,
                rstate=np.random.default_rng(short_seed(seed)),
                show_progressbar=False,
                verbose=False,
                return_argmin=False,
            )

        return HyperoptSession(problem.direction, first, flat, HandOver(run))
