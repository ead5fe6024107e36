"""Verifying many logs, on several processors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from os import PathLike, fspath
from typing import Any

from attrs import frozen
from joblib import Parallel, delayed

from autotune.errors import LogError
from autotune.log import find_logs
from autotune.replay.verification import Verification, verify

__all__ = ["Verifications", "verify_many"]


@frozen
class Verifications:
    """The result of ``verify_many``.

    Parameters
    ----------
    logs : tuple of str
        The paths.
    found : tuple of Verification
        Of each.
    """

    logs: tuple[str, ...]
    found: tuple[Verification, ...]

    @property
    def passed(self) -> bool:
        """Whether all logs passed."""
        return all(each.passed for each in self.found)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """One row for each log, as plain data."""
        return [
            {
                "log": log,
                "verified": each.passed,
                "n_events": each.n_events,
                "n_proposals": each.n_proposals,
                "n_verdicts": each.n_verdicts,
                "n_stops": each.n_stops,
                "difference": None if each.difference is None else str(each.difference),
            }
            for log, each in zip(self.logs, self.found, strict=True)
        ]

    def __str__(self) -> str:
        total = sum(each.n_events for each in self.found)
        bad = [
            f"{log}: {each}"
            for log, each in zip(self.logs, self.found, strict=True)
            if not each.passed
        ]
        good = len(self.found) - len(bad)
        return "\n".join([f"{good} of {len(self.found)} logs verified, {total} events", *bad])


def verify_many(
    logs: str | PathLike[str] | Sequence[str | PathLike[str]],
    *,
    n_jobs: int | None = None,
    components: Iterable[type] = (),
) -> Verifications:
    """Verify logs, each by itself.

    Parameters
    ----------
    logs : path or sequence of path
        The logs, or a folder of logs.
    n_jobs : int, optional
        Processes; one if left out, -1 for one on each core.
    components : iterable of type
        Classes of your own that the logs name.

    Returns
    -------
    Verifications
        In the order given.

    Raises
    ------
    LogError
        If there is no log.

    Examples
    --------
    >>> import tempfile
    >>> from autotune import tune
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for seed in (1, 2):
    ...         found = tune(lambda c: -c["x"] ** 2, {"x": 1.0}, n_trials=5, seed=seed,
    ...                      log=f"{folder}/{seed}")
    ...     print(verify_many(folder))
    2 of 2 logs verified, 34 events
    """
    paths = (
        [fspath(path) for path in find_logs(logs)]
        if isinstance(logs, str | PathLike)
        else [fspath(path) for path in logs]
    )
    if not paths:
        raise LogError(f"{logs!r}: there is no log; name a log, or a folder of logs")
    classes = tuple(components)
    found: list[Verification] = Parallel(n_jobs=n_jobs)(
        delayed(verify)(path, components=classes) for path in paths
    )
    return Verifications(tuple(paths), tuple(found))
