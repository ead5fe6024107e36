"""Sensitivity: how much each parameter matters, by the moves recorded and by an anticipator."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from autotune.analysis.background import Over
from autotune.analysis.columns import Columns, words
from autotune.analysis.intervals import check_level
from autotune.analysis.local_effects import LocalEffects, local_of
from autotune.analysis.move_effects import MoveEffects, move_effects
from autotune.analysis.permutation_importance import PermutationImportance, importance_of
from autotune.analysis.surrogate import refits
from autotune.analysis.target import Target, usable_trials
from autotune.analysis.variance_shares import (
    Interactions,
    VarianceShares,
    interactions_of,
    shares_of,
)
from autotune.strategy import Anticipator
from autotune.study import Study

__all__ = ["Sensitivity", "sensitivity"]

# With fewer trials an anticipator is asked nothing.
_FEWEST = 6


@frozen(eq=False)
class Sensitivity(Columns):
    """How much each parameter matters for a target, by several measures.

    Parameters
    ----------
    target : {"score", "seconds"}
        What depends on the parameters.
    metric : str
        What the score is called.
    n_trials : int
        Trials that could be learnt from.
    parameters : tuple of str
        Those searched, in the order of the space.
    moves : MoveEffects
        What the recorded moves changed.
    shares : VarianceShares, optional
        Of the variance of what is anticipated, as the rest is by an anticipator; None with fewer
        than six trials.
    pairs : Interactions, optional
        The pairs that work together.
    permutation : PermutationImportance, optional
        What it costs not to know a parameter.
    local : LocalEffects, optional
        What changes to the incumbent would do; None without an incumbent, too.
    """

    target: str
    metric: str
    n_trials: int
    parameters: tuple[str, ...]
    moves: MoveEffects = field(repr=False)
    shares: VarianceShares | None = field(repr=False)
    pairs: Interactions | None = field(repr=False)
    permutation: PermutationImportance | None = field(repr=False)
    local: LocalEffects | None = field(repr=False)

    @property
    def order(self) -> NDArray[np.int64]:
        """The rows by total share of the variance, without one by effect of the moves."""
        return self.moves.order if self.shares is None else self.shares.order

    @property
    def ranking(self) -> tuple[str, ...]:
        """The parameters, that which matters most first."""
        return tuple(self.parameters[j] for j in self.order)

    def to_table(self) -> dict[str, NDArray[Any]]:
        """Return a row for each parameter, that which matters most first, NaN for what is unknown.

        Columns are those of the parts, prefixed by ``move_``, ``share_``, ``permutation_`` and
        ``local_``.
        """
        order = self.order
        table: dict[str, NDArray[Any]] = {"parameter": words(self.parameters)[order]}
        parts: dict[str, Columns | None] = {
            "move": self.moves,
            "share": self.shares,
            "permutation": self.permutation,
            "local": self.local,
        }
        for prefix, part in parts.items():
            if part is not None:
                for name, column in part.to_table().items():
                    if name != "parameters":
                        table[f"{prefix}_{name}"] = column[order]
        return table


def sensitivity(
    study: Study,
    anticipator: Anticipator | None = None,
    *,
    target: Target = "score",
    over: Over = "space",
    n_samples: int = 256,
    n_groups: int = 8,
    most_pairs_of: int = 6,
    level: float = 0.95,
    seed: int = 0,
) -> Sensitivity:
    """Tell how much each parameter matters for the score or the fit time.

    By the moves that were recorded (``move_effects``), and by what an anticipator makes of the
    trials: shares of the variance (``variance_shares``), pairs (``interactions``), what shuffling
    costs (``permutation_importance``), and changes to the incumbent (``local_effects``).

    Parameters
    ----------
    study : Study
        The study; it may be empty.
    anticipator : Anticipator, optional
        What stands for the objective; the default one if left out.
    target : {"score", "seconds"}
        What depends on the parameters.
    over : {"space", "trials"}
        As for ``variance_shares``.
    n_samples, n_groups : int
        As for ``variance_shares``; they decide how long it takes.
    most_pairs_of : int
        Of how many parameters pairs are made; 0 for none.
    level : float
        Of all intervals.
    seed : int
        Of all draws.

    Returns
    -------
    Sensitivity
        The measures, and a ranking by them.

    Raises
    ------
    StudyError
        If an argument makes no sense.

    Examples
    --------
    >>> from autotune import Float, Space, tune
    >>> space = Space({name: Float(0, 1) for name in ("idle", "strong", "weak")})
    >>> result = tune(lambda c: -(c["strong"] - 0.4) ** 2 + 0.1 * c["weak"], space, n_trials=40,
    ...              seed=1)
    >>> sensitivity(result.study).ranking
    ('strong', 'weak', 'idle')
    """
    check_level(level)
    moves = move_effects(study, target=target, level=level, seed=seed)
    n = len(usable_trials(study, target))
    names = moves.parameters
    shares = pairs = permutation = local = None
    if n >= _FEWEST and len(names) > 0:
        fitted = refits(study, anticipator, target=target, n_groups=n_groups, seed=seed)
        shares = shares_of(fitted, over=over, n_samples=n_samples, level=level, seed=seed)
        if most_pairs_of > 1 and len(names) > 1:
            pairs = interactions_of(
                fitted,
                over=over,
                n_samples=n_samples,
                most=most_pairs_of,
                level=level,
                seed=seed,
            )
        if len(fitted.partial) > 0:
            permutation = importance_of(fitted, n_repeats=5, level=level, seed=seed)
        if study.incumbent is not None:
            local = local_of(fitted.full, length=0.1, n=25)
    return Sensitivity(
        target=target,
        metric="score" if study.started is None else study.started.metric,
        n_trials=n,
        parameters=names,
        moves=moves,
        shares=shares,
        pairs=pairs,
        permutation=permutation,
        local=local,
    )
