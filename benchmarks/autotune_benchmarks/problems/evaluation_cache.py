"""Evaluations on disk: what was measured once is not measured again."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import sklearn
from attrs import frozen

from autotune.objective import Measurement
from autotune.space import Configuration
from autotune.study import Failure

__all__ = ["CACHE_VARIABLE", "EvaluationCache", "cache_from_environment"]

CACHE_VARIABLE = "AUTOTUNE_BENCH_CACHE"
"""The environment variable that names the directory of evaluations that are kept."""


@frozen
class EvaluationCache:
    """A directory with a small JSON file for each evaluation, in a folder for each problem.

    Several processes may use it at once: a file is there as a whole or not at all. What another
    version of scikit-learn measured is not taken for this one's.

    Parameters
    ----------
    directory : Path
        Where; it is made when the first evaluation is kept.
    """

    directory: Path

    def path(self, problem: str, configuration: Configuration, replicate: int) -> Path:
        """Return where an evaluation is kept."""
        said = [dict(configuration), replicate, sklearn.__version__]
        digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:32]
        return self.directory.joinpath(*problem.split("/"), f"{digest}.json")

    def get(self, problem: str, configuration: Configuration, replicate: int) -> Measurement | None:
        """Return a measurement that was kept; None if there is none that can be read."""
        try:
            found = json.loads(self.path(problem, configuration, replicate).read_text("utf-8"))
            failure = found["failure"]
            return Measurement(
                tuple(found["folds"]),
                tuple(found["scores"]),
                tuple(found["fit_seconds"]),
                tuple(found["score_seconds"]),
                failure=None if failure is None else Failure(**failure),
            )
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None

    def put(
        self, problem: str, configuration: Configuration, replicate: int, found: Measurement
    ) -> None:
        """Keep a measurement."""
        path = self.path(problem, configuration, replicate)
        path.parent.mkdir(parents=True, exist_ok=True)
        failure = found.failure
        said: dict[str, Any] = {
            "configuration": dict(configuration),
            "replicate": replicate,
            "folds": found.folds,
            "scores": found.scores,
            "fit_seconds": found.fit_seconds,
            "score_seconds": found.score_seconds,
            "failure": None
            if failure is None
            else {"kind": failure.kind, "message": failure.message},
        }
        with NamedTemporaryFile(
            "w", encoding="utf-8", dir=path.parent, suffix=".part", delete=False
        ) as file:
            json.dump(said, file)
        Path(file.name).replace(path)


def cache_from_environment() -> EvaluationCache | None:
    """Return the cache that the environment names; None if it names none."""
    directory = os.environ.get(CACHE_VARIABLE)
    return EvaluationCache(Path(directory)) if directory else None
