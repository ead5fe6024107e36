"""A fingerprint of data, so that a log is not gone on with on other data unnoticed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from scipy import sparse

__all__ = ["fingerprint", "fingerprints"]

_BYTES_AT_A_TIME = 2**20
"""Of an array that is not contiguous, so that no copy of the whole is made."""


def fingerprints(named: Mapping[str, Any]) -> str:
    """Return the fingerprints of several pieces of data, in words.

    Parameters
    ----------
    named : mapping of str to object
        The pieces; those that are None are left out.

    Examples
    --------
    >>> fingerprints({"X": np.eye(2), "y": None, "splits": [([0], [1])]})
    'X 2x2 99a3a4e5bba8, splits 1 58863c548628'
    """
    return ", ".join(
        f"{name} {fingerprint(value)}" for name, value in named.items() if value is not None
    )


def fingerprint(data: Any) -> str:
    """Return the shape of data and a short hash of its contents.

    Equal data have the same fingerprint, in every process and on every machine. Arrays (in any
    order of memory), sparse matrices, data frames and series, and lists of numbers, strings and
    such are read to the end, some hundred megabytes a second and without a copy. Of what is none
    of these only the type and the shape count, for it may be lazy or remote, or have no stable
    contents.

    Parameters
    ----------
    data : object
        The data.

    Returns
    -------
    str
        Such as ``"150x4 0f3c5e0a9b21"``.
    """
    digest = hashlib.sha256()
    _update(digest, data)
    shape = getattr(data, "shape", None)
    if not isinstance(shape, tuple):
        shape = (len(data),) if hasattr(data, "__len__") else ()
    return f"{'x'.join(map(str, shape))} {digest.hexdigest()[:12]}".strip()


def _update(digest: Any, data: Any) -> None:
    if isinstance(data, np.ndarray):
        _update_array(digest, data)
    elif sparse.issparse(data):
        matrix: Any = data
        rows = matrix.tocsr()
        if not rows.has_sorted_indices:
            rows = rows.sorted_indices()
        _say(digest, f"sparse {rows.shape}")
        for part in (rows.data, rows.indices, rows.indptr):
            # Indices are of 32 or 64 bits as chance will have it.
            _update_array(digest, part if part is rows.data else part.astype(np.int64))
    elif hasattr(data, "columns") and hasattr(data, "__getitem__") and hasattr(data, "shape"):
        _say(digest, "frame")
        for column in data.columns:
            _say(digest, f"{column!s}")
            _update(digest, np.asarray(data[column]))
    elif hasattr(data, "to_numpy"):
        _say(digest, "series")
        _update(digest, np.asarray(data))
    elif isinstance(data, str | bytes | int | float | complex | np.generic) or data is None:
        _say(digest, f"{type(data).__name__} {data!r}")
    elif isinstance(data, Sequence):
        _update_items(digest, data)
    else:
        _say(digest, f"{type(data).__qualname__} {getattr(data, 'shape', '')}")


def _update_array(digest: Any, array: np.ndarray[Any, Any]) -> None:
    _say(digest, f"array {array.shape} {array.dtype.str}")
    if array.dtype.hasobject:
        _update_items(digest, array.ravel())
        return
    if array.ndim == 0:
        array = array.reshape(1)
    step = max(_BYTES_AT_A_TIME * len(array) // max(array.nbytes, 1), 1)
    for begin in range(0, len(array), step):
        rows = np.ascontiguousarray(array[begin : begin + step])
        digest.update(rows.reshape(-1).view(np.uint8))


def _update_items(digest: Any, items: Iterable[Any]) -> None:
    _say(digest, "items")
    for item in items:
        _update(digest, item)


def _say(digest: Any, words: str) -> None:
    said = words.encode("utf-8", "surrogatepass")
    digest.update(len(said).to_bytes(8, "little") + said)
