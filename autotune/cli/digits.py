"""The demo: a neural network on scikit-learn's handwritten digits, tuned step by step."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from attrs import frozen
from sklearn.datasets import load_digits
from sklearn.metrics import get_scorer
from sklearn.model_selection import StratifiedKFold
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from autotune.errors import LogError
from autotune.objective import Measurement, Objective
from autotune.sklearn.cross_validation import CrossValidated
from autotune.space import Categorical, Dimension, Float, Integer, Sequence, Space

__all__ = [
    "METRIC",
    "N_FOLDS",
    "N_TRIALS",
    "SPACE",
    "Digits",
    "free_directory",
    "mark",
    "marked_objective",
]

METRIC = "accuracy"
N_FOLDS = 3
N_TRIALS = 60

_PARAMETERS: dict[str, Dimension] = {
    "learning_rate_init": Float(1e-5, 0.5, log=True),
    "alpha": Float(1e-7, 10.0, log=True),
    "batch_size": Integer(16, 512, log=True),
    "hidden_layer_sizes": Sequence(of=Integer(2, 128, log=True), max_length=3),
    "activation": Categorical(("relu", "tanh", "logistic")),
}

SPACE = Space(
    _PARAMETERS,
    start={
        "learning_rate_init": 0.0005,
        "alpha": 0.1,
        "batch_size": 256,
        "hidden_layer_sizes": (8,),
        "activation": "logistic",
    },
)
"""The demo's space; it starts, on purpose, from settings that a person would improve."""

_MARK = "objective.json"
_DIGITS = "autotune.cli.digits:digits"


@frozen(eq=False)
class Digits:
    """Accuracy of a small neural network on the digits, by 3-fold cross-validation.

    Parameters
    ----------
    cross_validated : CrossValidated
        The model and the data.
    """

    cross_validated: CrossValidated

    @classmethod
    def load(cls) -> Digits:
        """Return it, with the data that scikit-learn brings."""
        X, y = load_digits(return_X_y=True)
        model = MLPClassifier(max_iter=15, random_state=0)
        splitter = StratifiedKFold(N_FOLDS, shuffle=True, random_state=0)
        return cls(
            CrossValidated(
                estimator=Pipeline([("scale", StandardScaler()), ("mlp", model)]),
                X=X,
                y=y,
                splits=tuple(splitter.split(X, y)),
                scorer=get_scorer(METRIC),
                metric=METRIC,
            )
        )

    @property
    def n_folds(self) -> int:
        """Three."""
        return self.cross_validated.n_folds

    def evaluate(self, configuration: dict[str, Any], folds: tuple[int, ...]) -> Measurement:
        """Fit and score; few epochs are the demo's choice, so no word of convergence."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return self.cross_validated.evaluate(
                {f"mlp__{name}": value for name, value in configuration.items()}, folds
            )


# The one list of words that a log's mark may say; whatever else it says is not looked up.
_KNOWN: dict[str, Callable[[], Objective]] = {_DIGITS: Digits.load}


def mark(log: Path) -> None:
    """Write beside a log's files that its objective is the demo's."""
    (log / _MARK).write_text(json.dumps({"objective": _DIGITS}) + "\n", encoding="utf-8")


def marked_objective(log: Path, space: Space) -> Objective | None:
    """Return the demo's objective if the log is marked as its own and has its space, else None."""
    try:
        text = (log / _MARK).read_text(encoding="utf-8")
        said = json.loads(text)
    except (OSError, ValueError):
        return None
    word = said.get("objective") if isinstance(said, dict) else None
    make = _KNOWN.get(word) if isinstance(word, str) else None
    return None if make is None or space.describe() != SPACE.describe() else make()


def free_directory(parent: Path, stem: str = "autotune-demo") -> Path:
    """Make a directory for a log: ``autotune-demo``, or if that exists ``autotune-demo-2`` etc.

    Raises
    ------
    LogError
        If no directory can be made there.
    """
    number = 1
    while True:
        path = parent / (stem if number == 1 else f"{stem}-{number}")
        try:
            path.mkdir()
        except FileExistsError:
            number += 1
        except OSError as error:
            raise LogError(
                f"no directory can be made in {os.fspath(parent.resolve())} "
                f"({error.strerror}); choose another place with --log DIR"
            ) from error
        else:
            return path
