"""Upcasters: how rows that an older version wrote are brought to the form of this one.

When the schema changes, raise ``autotune.study.events.SCHEMA_VERSION`` and add here, for the
version left behind, a function from its table to the next version's. Files stay as
they were written.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from autotune.errors import LogError
from autotune.study.events import SCHEMA_VERSION

__all__ = ["UPCASTERS", "Upcaster", "upcast"]

Upcaster: TypeAlias = Callable[[pa.Table], pa.Table]

# Version 1 called a strategy's anticipators by what they anticipate, and a mixture a union.
_RENAMED_COMPONENTS = {"Union": "Mixture", "Fixed": "FixedNumber"}
_RENAMED_FIELDS = {
    "Strategy": {
        "draws": "n_candidates",
        "score": "score_anticipator",
        "seconds": "seconds_anticipator",
        "pending": "pending_value",
    },
    "RegretBound": {"draws": "n_candidates"},
}


def _described(value: Any) -> Any:
    """Return a description of version 1 in the words of version 2."""
    if isinstance(value, list):
        return [_described(item) for item in value]
    if not isinstance(value, dict):
        return value
    component = value.get("component")
    fields = _RENAMED_FIELDS.get(component, {}) if isinstance(component, str) else {}
    described = {fields.get(name, name): _described(item) for name, item in value.items()}
    if component in _RENAMED_COMPONENTS:
        described["component"] = _RENAMED_COMPONENTS[component]
    return described


def _from_version_1(table: pa.Table) -> pa.Table:
    """Return rows with their strategies described in the words of version 2.

    Spaces are read in both forms: see ``Space.from_description``.
    """
    return _with_strategies(table, _described)


def _with_strategies(table: pa.Table, described: Callable[[Any], Any]) -> pa.Table:
    """Return rows with their strategies described anew."""
    place = table.schema.get_field_index("strategy")
    if place < 0:
        return table
    cells = [
        cell if cell is None else json.dumps(described(json.loads(cell)), separators=(",", ":"))
        for cell in table.column(place).to_pylist()
    ]
    return table.set_column(place, table.schema.field(place), pa.array(cells, pa.string()))


# Version 2 said nothing of the chance of success, the limit at which a trial was ended, whether
# scores are certain, or on how many splits there are some.
_NEW_IN_VERSION_3 = {
    "anticipated_success": pa.float64(),
    "failure_limit": pa.float64(),
    "deterministic": pa.bool_(),
    "n_repeats": pa.int64(),
}


def _from_version_2(table: pa.Table) -> pa.Table:
    """Return rows with the columns that version 3 added, in which they say nothing.

    Candidates were drawn one by one then, which their strategies say from version 3 on.
    """
    for name, kind in _NEW_IN_VERSION_3.items():
        if name not in table.column_names:
            table = table.append_column(name, pa.nulls(table.num_rows, kind))
    return _with_strategies(table, _drawing_one_by_one)


def _drawing_one_by_one(value: Any) -> Any:
    """Return a description of version 2 with the move that says how candidates were drawn."""
    if isinstance(value, list):
        return [_drawing_one_by_one(item) for item in value]
    if not isinstance(value, dict):
        return value
    described = {name: _drawing_one_by_one(item) for name, item in value.items()}
    if described.get("component") == "Strategy" and "move" in described:
        described["move"] = {"component": "OneByOne", "of": described["move"]}
    return described


UPCASTERS: Mapping[int, Upcaster] = {1: _from_version_1, 2: _from_version_2}
"""By version: from a table of that version to a table of the next."""


def upcast(
    table: pa.Table,
    upcasters: Mapping[int, Upcaster] = UPCASTERS,
    current: int = SCHEMA_VERSION,
) -> pa.Table:
    """Bring rows of older schema versions to the current one.

    Parameters
    ----------
    table : pyarrow.Table
        Rows of a log, with their ``schema_version``.
    upcasters : mapping of int to callable
        By version: from a table of that version to a table of the next, which has its columns but
        not necessarily its ``schema_version``, since that is set here.
    current : int
        The version wanted.

    Returns
    -------
    pyarrow.Table
        The same rows, all of the current version.

    Raises
    ------
    LogError
        If a row is of a newer version, or of one that nothing is known of.
    """
    if table.num_rows == 0:
        return table
    bounds = pc.min_max(table["schema_version"]).as_py()
    if bounds["min"] is None or table["schema_version"].null_count > 0:
        raise LogError("a row says no schema_version; the log was changed or is damaged")
    if bounds["max"] > current:
        raise LogError(
            f"events written with version {bounds['max']} of the log's schema can't be read by "
            f"this autotune, which knows versions up to {current}; upgrade autotune-search"
        )
    if bounds["min"] == current:
        return table
    versions = np.asarray(table["schema_version"])
    begins = [0, *(np.flatnonzero(np.diff(versions)) + 1).tolist()]
    pieces = []
    for begin, end in zip(begins, [*begins[1:], len(versions)], strict=True):
        piece = table.slice(begin, end - begin)
        for version in range(int(versions[begin]), current):
            if version not in upcasters:
                raise LogError(
                    f"events written with version {version} of the log's schema can't be read by "
                    f"this autotune; convert the log with a release that knows version {version}"
                )
            piece = _marked(upcasters[version](piece), version + 1)
        pieces.append(piece)
    return pa.concat_tables(pieces, promote_options="default")


def _marked(table: pa.Table, version: int) -> pa.Table:
    column = pa.array(np.full(table.num_rows, version, dtype=np.int16))
    place = table.schema.get_field_index("schema_version")
    return table.set_column(place, table.schema.field(place), column)
