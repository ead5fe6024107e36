"""Who takes part in a comparison: a recipe of this library, or another tool."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from importlib import metadata
from typing import Any

from attrs import frozen

from autotune.strategy import Strategy, describe
from autotune.study import Event
from autotune_benchmarks.contestants.search import limited, search_by_peer, search_by_strategy
from autotune_benchmarks.peers.peer import Peer
from autotune_benchmarks.problems.problem import Problem
from autotune_strategies import recipes

__all__ = ["Entrant", "all_entrants", "chosen_entrants"]


@frozen
class Entrant:
    """A contestant under its name.

    Parameters
    ----------
    name : str
        That of the recipe or of the peer.
    by : Strategy or Peer
        What searches.
    """

    name: str
    by: Strategy | Peer

    @property
    def ours(self) -> bool:
        """Whether it is a strategy of this library, whose decisions can be derived again."""
        return isinstance(self.by, Strategy)

    def missing(self) -> str | None:
        """Return why it can't run here, with the remedy; None if it can."""
        return None if isinstance(self.by, Strategy) else self.by.missing()

    def version(self) -> str:
        """Return the version of what searches."""
        if not isinstance(self.by, Strategy):
            return self.by.version()
        try:
            return metadata.version("autotune-search")
        except metadata.PackageNotFoundError:
            return "not installed"

    def described(self) -> dict[str, Any]:
        """Return how it searches, as plain data."""
        if isinstance(self.by, Strategy):
            return describe(self.by)
        return {"peer": self.by.name, "settings": self.by.settings()}

    def fingerprint(self) -> str:
        """Return what changes when the description or the version does.

        It does not see changes of the code behind them.
        """
        said = [self.described(), None if self.ours else self.version()]
        text = json.dumps(said, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def search(
        self, problem: Problem, seed: int, trials: int, seconds: float | None = None
    ) -> list[Event]:
        """Search a problem, and return the events.

        Parameters
        ----------
        problem : Problem
            Where.
        seed : int
            The number of the run.
        trials : int
            The budget.
        seconds : float, optional
            The budget in seconds, of evaluating and asking together.
        """
        if isinstance(self.by, Strategy):
            return search_by_strategy(problem, limited(self.by, trials, seconds), seed)
        return search_by_peer(problem, self.by, seed, trials, seconds=seconds)


def all_entrants() -> tuple[Entrant, ...]:
    """Return every recipe and every peer, whether it can run here or not.

    Examples
    --------
    >>> "default" in [entrant.name for entrant in all_entrants()]
    True
    """
    from autotune_benchmarks.peers.field import peers

    ours = [Entrant(name, getattr(recipes, name)()) for name in recipes.__all__]
    # The default comes first: others are compared with it.
    ours.sort(key=lambda entrant: (entrant.name != "default", entrant.name))
    return (*ours, *(Entrant(peer.name, peer) for peer in peers()))


def chosen_entrants(names: Iterable[str] | None = None) -> tuple[Entrant, ...]:
    """Return entrants by their names, in the order of ``all_entrants``.

    Parameters
    ----------
    names : iterable of str, optional
        ``recipes`` and ``peers`` stand for all of them; all if left out.

    Raises
    ------
    ValueError
        If there is none of a name.

    Examples
    --------
    >>> [entrant.name for entrant in chosen_entrants(["random_walk", "default"])]
    ['default', 'random_walk']
    """
    known = all_entrants()
    if names is None:
        return known
    wanted = set(names)
    groups = {"all", "recipes", "peers"}
    unknown = sorted(wanted - {entrant.name for entrant in known} - groups)
    if unknown:
        raise ValueError(
            f"contestant {unknown[0]!r} must be recipes, peers or one of "
            f"{', '.join(entrant.name for entrant in known)}"
        )
    return tuple(
        entrant
        for entrant in known
        if entrant.name in wanted
        or "all" in wanted
        or ("recipes" if entrant.ours else "peers") in wanted
    )
