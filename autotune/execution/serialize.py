"""Serialization: the objective, with its data, goes to the workers once, not with every trial.

It is pickled apart from the memory of its arrays (pickle protocol 5). On one machine both lie in
files that all workers map into memory; where there is no common disk they travel as bytes.
Nothing of this outlives the run, and nothing of it is in a log.
"""

from __future__ import annotations

import mmap
import pickle
import shutil
import sys
import tempfile
import threading
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

import cloudpickle  # type: ignore[import-untyped]
from attrs import define, field, frozen

from autotune.errors import EvaluationError
from autotune.objective import Objective

__all__ = [
    "NotStoredError",
    "Serialized",
    "Source",
    "Stored",
    "load",
    "pack",
    "serialize",
    "store",
    "unpack",
]

_OBJECTIVE = "objective.pickle"


class NotStoredError(EvaluationError):
    """A worker on another machine does not find the files of the objective."""


@frozen
class Stored:
    """An objective in files.

    Parameters
    ----------
    folder : str
        Where.
    key : str
        A name that no other objective has.
    """

    folder: str
    key: str

    def remove(self) -> None:
        """Remove the files; workers that have mapped them keep what they have."""
        shutil.rmtree(self.folder, ignore_errors=True)


@frozen(eq=False, repr=False)
class Serialized:
    """An objective as bytes.

    Parameters
    ----------
    pickled : bytes
        The objective without the memory of its arrays.
    buffers : tuple of bytes
        That memory.
    key : str
        A name that no other objective has.
    path : tuple of str
        Where modules are found in the process that it comes from.
    """

    pickled: bytes
    buffers: tuple[bytes, ...]
    key: str
    path: tuple[str, ...]


Source: TypeAlias = Stored | Serialized


@define
class _Known:
    """The objective that a worker used last."""

    lock: threading.Lock = field(factory=threading.Lock)
    key: str = ""
    objective: Any = None


_known = _Known()


def serialize(objective: Objective) -> Serialized:
    """Pickle an objective into bytes.

    Raises
    ------
    EvaluationError
        If it, or something that it holds, can't be pickled.
    """
    buffers: list[pickle.PickleBuffer] = []
    try:
        pickled = cloudpickle.dumps(objective, protocol=5, buffer_callback=buffers.append)
    except Exception as error:
        raise EvaluationError(
            f"the objective can't travel to other processes, for it can't be pickled ({error}); "
            "use n_jobs=None, threads (executor=concurrent.futures.ThreadPoolExecutor(…)), or an "
            "objective without open files, locks and the like"
        ) from error
    return Serialized(
        pickled,
        tuple(bytes(buffer.raw()) for buffer in buffers),
        uuid.uuid4().hex,
        tuple(entry or str(Path.cwd()) for entry in sys.path),
    )


def store(source: Objective | Serialized) -> Stored:
    """Write an objective to files in a new temporary folder.

    Raises
    ------
    EvaluationError
        If it can't be pickled.
    """
    serialized = source if isinstance(source, Serialized) else serialize(source)
    folder = Path(tempfile.mkdtemp(prefix="autotune-"))
    try:
        for i, buffer in enumerate(serialized.buffers):
            (folder / f"{i}.buffer").write_bytes(buffer)
        head = serialized.pickled, len(serialized.buffers), serialized.path
        (folder / _OBJECTIVE).write_bytes(pickle.dumps(head))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return Stored(str(folder), serialized.key)


def load(source: Source) -> Objective:
    """Return the objective; one that was used last is still there.

    Its arrays are mapped from the files and can't be written to.

    Raises
    ------
    NotStoredError
        If its files are not on this machine.
    """
    with _known.lock:
        if _known.key != source.key:
            _known.objective = _loaded(source)
            _known.key = source.key
        objective: Objective = _known.objective
    return objective


def _loaded(source: Source) -> Any:
    if isinstance(source, Serialized):
        _look_in(source.path)
        return pickle.loads(source.pickled, buffers=source.buffers)  # noqa: S301  # our own bytes
    folder = Path(source.folder)
    try:
        pickled, n, path = pickle.loads((folder / _OBJECTIVE).read_bytes())  # noqa: S301
        buffers = [_mapped(folder / f"{i}.buffer") for i in range(n)]
    except FileNotFoundError as error:
        raise NotStoredError(f"{source.folder} is not on this machine") from error
    _look_in(path)
    return pickle.loads(pickled, buffers=buffers)  # noqa: S301  # our own files


def _look_in(path: tuple[str, ...]) -> None:
    """Find modules where the process finds them that the objective comes from."""
    sys.path.extend(entry for entry in path if entry not in sys.path)


def _mapped(path: Path) -> mmap.mmap | bytes:
    with path.open("rb") as file:
        if path.stat().st_size == 0:
            return b""
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def pack(configuration: Mapping[str, Any]) -> bytes:
    """Pickle a configuration, whose choices may be objects."""
    packed: bytes = cloudpickle.dumps(dict(configuration), protocol=5)
    return packed


def unpack(packed: bytes) -> dict[str, Any]:
    """Return what ``pack`` packed."""
    configuration: dict[str, Any] = pickle.loads(packed)  # noqa: S301  # our own bytes
    return configuration
