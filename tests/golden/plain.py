"""Events and studies as plain data, the same in every version that reads a log the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from autotune.space import Space
from autotune.space.dimensions import Label
from autotune.study import Anticipated, Event, Failure, Measurement, Study
from autotune.study.events import KINDS, SCHEMA_VERSION
from golden.version_1 import described_in_version_1, in_words_of_version_1

__all__ = ["digests", "fields_now", "plain", "trials"]

_NEW_IN_VERSION_3 = {Anticipated: ("success",), Failure: ("limit",)}


def fields_now() -> dict[str, list[str]]:
    """Return the fields of every kind of event, as this version knows them."""
    fields = {kind.__name__: [each.name for each in attrs.fields(kind)] for kind in KINDS}
    measured = [each.name for each in attrs.fields(Measurement) if each.name != "error"]
    return {**fields, "Evaluated": ["at", "trial", *measured]}


def field_of(event: Event, name: str) -> Any:
    """Return a field of an event, or of the measurement that it holds."""
    return getattr(event, name) if hasattr(event, name) else getattr(event.measurement, name)


def plain(value: Any, version: int) -> Any:
    """Return a value as JSON holds it, tuples and labels told from lists and words.

    Parameters
    ----------
    value : object
        A value of a field of an event.
    version : int
        The schema version in whose words spaces are described.
    """
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Space():
            return {"space": described_in_version_1(value) if version == 1 else value.describe()}
        case Label():
            return {"label": value.text}
        case tuple():
            return {"tuple": [plain(item, version) for item in value]}
        case list():
            return [plain(item, version) for item in value]
        case Mapping():
            return {str(name): plain(item, version) for name, item in value.items()}
        case _ if attrs.has(type(value)):
            new = _NEW_IN_VERSION_3.get(type(value), ()) if version < 3 else ()
            names = [each.name for each in attrs.fields(type(value)) if each.name not in new]
            return {name: plain(getattr(value, name), version) for name in names}
        case _:
            raise TypeError(f"{value!r} has no plain form")


def _in_words_of_version_2(strategy: Any) -> Any:
    """Return a strategy's plain form as it was before candidates were drawn many at once."""
    if strategy.get("component") != "Strategy":
        return strategy
    assert strategy["move"]["component"] == "OneByOne"
    return {**strategy, "move": strategy["move"]["of"]}


def digests(events: Iterable[Event], fields: Mapping[str, list[str]], version: int) -> list[str]:
    """Return a short digest of each event, over the fields that a version knew.

    Parameters
    ----------
    events : iterable of Event
        As a log returns them.
    fields : mapping of str to list of str
        By kind: the fields there were when the log was written.
    version : int
        The schema version of the log.
    """
    found = []
    for event in events:
        kind = type(event).__name__
        values = {name: plain(field_of(event, name), version) for name in fields[kind]}
        if version < 3 and "strategy" in values:
            values["strategy"] = _in_words_of_version_2(values["strategy"])
        if version == 1 and "strategy" in values:
            values["strategy"] = in_words_of_version_1(values["strategy"])
        said = [kind, values]
        text = json.dumps(said, sort_keys=True, ensure_ascii=True)
        found.append(hashlib.sha256(text.encode()).hexdigest()[:12])
    return found


def trials(study: Study) -> list[dict[str, Any]]:
    """Return every trial of a study: number, origin, configuration, score and verdict."""
    verdicts = study.verdicts.rows
    verdict = {
        int(trial): "accepted" if accepted else "rejected"
        for trial, accepted in zip(verdicts["trial"], verdicts["accepted"], strict=True)
    }
    rows = []
    for trial in range(1, study.n_trials + 1):
        score = study.outcome(trial).score if trial in verdict else None
        rows.append(
            {
                "trial": trial,
                "origin": study.origin(trial),
                "configuration": plain(study.configuration(trial), SCHEMA_VERSION),
                "score": score,
                "verdict": verdict.get(trial, "pending"),
            }
        )
    return rows
