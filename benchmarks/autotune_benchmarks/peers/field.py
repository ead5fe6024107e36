"""The field: every peer there is."""

from __future__ import annotations

from autotune_benchmarks.peers.cma_search import CmaSearch
from autotune_benchmarks.peers.flaml_search import FlamlSearch
from autotune_benchmarks.peers.hyperopt_search import HyperoptSearch
from autotune_benchmarks.peers.nevergrad_search import NevergradSearch
from autotune_benchmarks.peers.optuna_search import OptunaSearch
from autotune_benchmarks.peers.peer import Peer
from autotune_benchmarks.peers.random_search import RandomSearch
from autotune_benchmarks.peers.sklearn_halving import SklearnHalving
from autotune_benchmarks.peers.sklearn_random import SklearnRandom
from autotune_benchmarks.peers.skopt_search import SkoptSearch
from autotune_benchmarks.peers.smac_search import SmacSearch

__all__ = ["peers"]


def peers() -> tuple[Peer, ...]:
    """Return all peers, those that can't run here among them; ask each what is ``missing``."""
    return (
        OptunaSearch("tpe"),
        OptunaSearch("gp"),
        OptunaSearch("cmaes"),
        FlamlSearch("cfo"),
        FlamlSearch("blendsearch"),
        HyperoptSearch(),
        SmacSearch(),
        SkoptSearch(),
        NevergradSearch(),
        CmaSearch(),
        SklearnRandom(),
        SklearnHalving(),
        RandomSearch(),
        RandomSearch(times=2),
    )
