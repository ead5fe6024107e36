"""Which parameters each trial of a table changed against the trial it stepped from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from autotune.log.values import ValueColumn, single, split
from autotune.space.dimensions import Exactly
from autotune.study.formatting import format_value
from autotune.study.summary import INACTIVE

__all__ = ["changed_names", "changed_words"]

Changed: TypeAlias = NDArray[np.bool_]

_WORDS = {"given": "given", "prior": "earlier result"}


def changed_names(parameters: Mapping[str, pa.Array], parent: pa.Array) -> pa.Array:
    """Return the names of the parameters in which each trial differs from its parent.

    Parameters
    ----------
    parameters : mapping of str to pyarrow.Array
        The value of each trial, null where a parameter is inactive.
    parent : pyarrow.Array
        The number of the trial that each stepped from, null for none.

    Returns
    -------
    pyarrow.Array
        Lists of strings, in the order of the parameters; empty for a trial without parent.

    Examples
    --------
    >>> columns = {"x": pa.array([1.0, 2.0]), "kind": pa.array(["a", "a"])}
    >>> changed_names(columns, pa.array([None, 1])).to_pylist()
    [[], ['x']]
    """
    differ = _differ(parameters, parent)
    count = differ.sum(axis=1)
    offsets = np.concatenate([[0], np.cumsum(count)]).astype(np.int32)
    names = pa.array(list(parameters), pa.string())
    return pa.ListArray.from_arrays(pa.array(offsets), names.take(pa.array(np.nonzero(differ)[1])))


def _differ(parameters: Mapping[str, pa.Array], parent: pa.Array) -> Changed:
    stepped = np.asarray(parent.is_valid())
    before = np.asarray(pc.fill_null(parent, 1), dtype=np.int64) - 1
    differ = np.zeros((len(parent), len(parameters)), dtype=np.bool_)
    for j, column in enumerate(parameters.values()):
        codes = _codes(column)
        same = codes == codes[before]
        if same.ndim == 2:
            same = same.all(axis=1)
        differ[:, j] = stepped & ~same
    return differ


def _codes(column: pa.Array) -> NDArray[Any]:
    """Return numbers, or rows of numbers, that are the same where the values are."""
    if pa.types.is_list(column.type):
        flat, lengths = split(column)
        inner = _codes(flat)
        if inner.ndim == 2:
            inner = np.unique(inner, axis=0, return_inverse=True)[1].reshape(-1)
        width = max(int(lengths.max(initial=0)), 1)
        # The length comes first, and tells an empty list from none.
        rows = np.zeros((len(column), width + 1), dtype=np.int64)
        rows[:, 0] = np.where(np.asarray(column.is_valid()), lengths, -1)
        rows[:, 1:][np.arange(width) < lengths[:, None]] = inner
        return rows
    if pa.types.is_floating(column.type) and column.null_count == 0:
        # Adding 0 makes one of both zeros.
        return (np.asarray(column) + 0.0).view(np.int64)
    if pa.types.is_integer(column.type) and column.null_count == 0:
        return np.asarray(column)
    if pa.types.is_boolean(column.type) and column.null_count == 0:
        return np.asarray(column.cast(pa.int8()))
    if pa.types.is_floating(column.type):
        column = pc.add(column, 0.0)
    return np.asarray(pc.fill_null(column.dictionary_encode().indices, -1))


def changed_words(
    parameters: Mapping[str, pa.Array],
    columns: Mapping[str, ValueColumn],
    proposed: pa.Table,
    start: Mapping[str, Any],
) -> pa.Array:
    """Return what each trial changed, in words, as ``changes_in_words`` tells it.

    Parameters
    ----------
    parameters : mapping of str to pyarrow.Array
        The value of each trial, null where a parameter is inactive.
    columns : mapping of str to ValueColumn
        How each parameter's values are kept.
    proposed : pyarrow.Table
        The proposals, with ``parent``, ``origin`` and ``moved``.
    start : mapping of str to object
        The start configuration.

    Returns
    -------
    pyarrow.Array
        Strings.
    """
    parent = single(proposed["parent"])
    differ = _differ(parameters, parent)
    names = list(parameters)
    rank = _ranks(single(proposed["moved"]), names)
    trials, which = np.nonzero(differ)
    before = np.asarray(pc.fill_null(parent, 1), dtype=np.int64)[trials] - 1
    told = np.empty(len(trials), dtype=object)
    for j, name in enumerate(names):
        here = np.flatnonzero(which == j)
        old, new = (
            _values(parameters[name].take(pa.array(rows[here])), columns[name])
            for rows in (before, trials)
        )
        told[here] = [
            f"{name} from {format_value(a)} to {format_value(b)}"
            for a, b in zip(old, new, strict=True)
        ]
    order = np.lexsort((rank[trials, which], trials))
    offsets = np.concatenate([[0], np.cumsum(differ.sum(axis=1))]).astype(np.int32)
    lists = pa.ListArray.from_arrays(pa.array(offsets), pa.array(told[order], pa.string()))
    words = pc.binary_join(lists, "; ").to_numpy(zero_copy_only=False)
    words[words == ""] = "nothing"
    for row in np.flatnonzero(np.asarray(parent.is_null())).tolist():
        words[row] = _without_parent(parameters, columns, proposed["origin"][row], row, start)
    return pa.array(words, pa.string())


def _values(array: pa.Array, column: ValueColumn) -> list[Any]:
    if array.null_count == 0:
        return column.values(array)
    values = iter(column.values(array.drop_null()))
    return [next(values) if there else INACTIVE for there in np.asarray(array.is_valid())]


def _ranks(moved: pa.Array, names: list[str]) -> NDArray[np.int64]:
    """Return the place of each parameter in what is told: those drawn first, as they were drawn."""
    flat, lengths = split(moved)
    rank = np.tile(np.arange(len(names)) + len(names), (len(lengths), 1))
    codes = np.asarray(pc.fill_null(pc.index_in(flat, value_set=pa.array(names)), -1))
    rows = np.repeat(np.arange(len(lengths)), lengths)
    ends = np.cumsum(lengths)
    place = np.arange(len(codes)) - np.repeat(ends - lengths, lengths)
    known = codes >= 0
    np.minimum.at(rank, (rows[known], codes[known]), place[known])
    return rank


def _without_parent(
    parameters: Mapping[str, pa.Array],
    columns: Mapping[str, ValueColumn],
    origin: pa.Scalar,
    row: int,
    start: Mapping[str, Any],
) -> str:
    word = str(origin.as_py())
    if word != "start":
        return _WORDS.get(word, word)
    tried = {
        name: columns[name].values(column.slice(row, 1))[0]
        for name, column in parameters.items()
        if column[row].is_valid
    }
    same = tried.keys() == start.keys() and all(
        Exactly(tried[name]) == Exactly(value) for name, value in start.items()
    )
    return "start values" if same else "start point"
