"""Whether the packages of a peer are there, which versions, and their noise kept down."""

from __future__ import annotations

import importlib
import logging
import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata

import numpy as np

from autotune.study import Direction

__all__ = ["loss", "missing", "quiet", "short_seed", "versions"]


def missing(*modules: str) -> str | None:
    """Return why some modules can't be imported and what to do about it; None if all can.

    Parameters
    ----------
    *modules : str
        Their import names.
    """
    for module in modules:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                importlib.import_module(module)
        except Exception as error:  # noqa: BLE001  # a package may break at import in any way
            said = " ".join(str(error).split())
            return (
                f"{module} can't be imported ({type(error).__name__}: {said}): "
                "pip install 'autotune-search[bench]'"
            )
    return None


def versions(*distributions: str) -> str:
    """Return the versions of installed distributions, such as "optuna 5.0.0, torch 2.14.1"."""
    found = []
    for name in distributions:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            found.append(f"{name} missing")
    return ", ".join(found)


def short_seed(seed: int) -> int:
    """Return a seed of 31 bits, as most tools want, that hangs on all bits of a longer one."""
    return int(np.random.SeedSequence(seed).generate_state(1)[0] >> 1)


def loss(direction: Direction, score: float) -> float | None:
    """Return what is to be minimised; None where the trial failed."""
    if not math.isfinite(score):
        return None
    return -score if direction == "maximize" else score


@contextmanager
def quiet(*loggers: str) -> Iterator[None]:
    """Silence warnings and some loggers of a tool for a while: they don't concern a benchmark."""
    silenced = [(logging.getLogger(name), logging.getLogger(name).level) for name in loggers]
    for logger, _ in silenced:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in silenced:
            logger.setLevel(level)
