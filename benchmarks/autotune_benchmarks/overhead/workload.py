"""A made-up study to measure with: six parameters of all scalar kinds, one fold."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from autotune.space import Boolean, Categorical, Dimension, Float, Integer, Space
from autotune.strategy import Strategy, describe
from autotune.study import (
    Accepted,
    Anticipated,
    Evaluated,
    Event,
    Measurement,
    Proposed,
    Rejected,
    StudyStarted,
)

__all__ = ["SPACE", "made_up_configurations", "made_up_events", "made_up_score"]

_PARAMETERS: dict[str, Dimension] = {
    "learning_rate": Float(1e-5, 1.0, log=True),
    "dropout": Float(0.01, 0.9),
    "batch_size": Integer(8, 1024, log=True),
    "layers": Integer(1, 12),
    "shuffle": Boolean(),
    "solver": Categorical(["adam", "sgd", "lbfgs"]),
}

SPACE = Space(
    _PARAMETERS, start={"learning_rate": 0.1, "batch_size": 64, "layers": 2, "solver": "sgd"}
)

_SECOND = 1_000_000


def made_up_configurations(n: int, seed: int = 0) -> list[dict[str, Any]]:
    """Return n configurations, the start and then random ones."""
    if n == 0:
        return []
    drawn = SPACE.decode(SPACE.sample(np.random.default_rng(seed), n - 1)) if n > 1 else []
    return [SPACE.start, *drawn]


def made_up_score(configuration: dict[str, Any]) -> float:
    """Return a score with one optimum and without noise."""
    choice = {"adam": 0.5, "sgd": 0.0, "lbfgs": 0.25}[configuration["solver"]]
    return float(
        -((math.log10(configuration["learning_rate"]) + 2) ** 2)
        - configuration["dropout"]
        - math.log(configuration["batch_size"] / 50) ** 2
        - 0.1 * abs(configuration["layers"] - 4)
        + 0.2 * configuration["shuffle"]
        + choice
    )


def made_up_events(strategy: Strategy, n_trials: int, seed: int = 0) -> Iterator[Event]:
    """Yield the events of a study: a start, then three for each trial.

    Parameters
    ----------
    strategy : Strategy
        What the study claims to have been decided by.
    n_trials : int
        Its length.
    seed : int
        Of configurations and anticipations.
    """
    rng = np.random.default_rng([seed, 1])
    at = 1_700_000_000 * _SECOND
    yield StudyStarted(
        at=at,
        study_id=f"made-up-{seed}",
        space=SPACE,
        direction="maximize",
        metric="score",
        n_folds=1,
        strategy=describe(strategy),
        seed=seed,
    )
    best: tuple[int, float, float] | None = None
    hopes = rng.standard_normal((n_trials, 3)).tolist()
    moves = rng.integers(len(SPACE), size=n_trials).tolist()
    for i, configuration in enumerate(made_up_configurations(n_trials, seed)):
        trial = i + 1
        score = made_up_score(configuration)
        seconds = 0.01 * configuration["layers"] + 1 / configuration["batch_size"]
        hope = hopes[i]
        first = best is None
        yield Proposed(
            at=at + 1,
            trial=trial,
            configuration=configuration,
            parent=None if best is None else best[0],
            moved=() if first else (SPACE.names[moves[i]],),
            origin="start" if first else "explore" if i % 2 else "exploit",
            anticipated=None
            if i < 2
            else Anticipated(hope[0], 0.5, abs(hope[1]), 0.1, hope[2], -hope[1]),
        )
        at += _SECOND
        yield Evaluated(
            at=at,
            trial=trial,
            measurement=Measurement(
                folds=(0,), scores=(score,), fit_seconds=(seconds,), score_seconds=(seconds / 50,)
            ),
        )
        gain = None if best is None else score - best[1]
        saved = None if best is None else best[2] - seconds
        if gain is None or gain > 1e-4:
            best = trial, score, seconds
            yield Accepted(at + 2, trial, gain, saved)
        else:
            yield Rejected(at + 2, trial, gain, saved, "no gain")
