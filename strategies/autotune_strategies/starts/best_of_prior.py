"""Start again from the best of earlier results."""

from __future__ import annotations

import numpy as np
from attrs import field, frozen

from autotune.space import Row
from autotune.strategy import Key
from autotune.strategy.candidates import row_of
from autotune.strategy.validators import count
from autotune.study import Study
from autotune.study.events import ORIGINS
from autotune_strategies.starts.design import Design

__all__ = ["BestOfPrior"]

_PRIOR = ORIGINS.index("prior")


@frozen
class BestOfPrior(Design):
    """Try the best configurations of the earlier results that were taken over once more.

    Their scores may come from other data, other folds or a lucky draw. Evaluated anew, they can be
    compared with what follows, and the search goes on from one that is good here. Without earlier
    results it begins at the start values.

    Parameters
    ----------
    n : int
        How many, each configuration once. The best comes first; of equals the earlier.

    Examples
    --------
    >>> BestOfPrior(n=3)
    BestOfPrior(n=3)

    References
    ----------
    Feurer, Springenberg and Hutter (2015), "Initializing Bayesian hyperparameter optimization via
    meta-learning", AAAI 29, pp. 1128-1135: a search that is started from what was best elsewhere.
    """

    n: int = field(default=1, validator=count)

    def most(self, study: Study) -> int:
        """Return how many points there are at most."""
        return min(self.n, study.n_prior)

    def rows(self, study: Study, key: Key) -> tuple[Row, ...]:  # noqa: ARG002
        """Return the best prior trials' coordinates; failed ones and those forbidden are none."""
        space = study.known_space
        score = study.outcomes().value
        prior = np.flatnonzero((study.proposals["origin"] == _PRIOR) & ~np.isnan(score))
        best: dict[tuple[object, ...], Row] = {}
        for i in prior[np.argsort(-score[prior], kind="stable")]:
            row = row_of(study, int(i) + 1)
            if space.allows_row(row):
                best.setdefault(tuple(np.asarray(x).tobytes() for x in row.values()), row)
            if len(best) == self.n:
                break
        return tuple(best.values())
