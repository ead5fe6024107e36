"""The catalogue: a page for each kind of part, with pictures and the ablation's rows."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import attrs
from attrs import frozen

import autotune_strategies
from autotune.strategy import describe
from autotune_benchmarks.contestants.chosen import chosen_contestants
from autotune_benchmarks.contestants.contestant import Contestant
from autotune_benchmarks.contestants.variants import BASE
from autotune_benchmarks.report.ablation import Row, ablation_rows, shown
from autotune_benchmarks.report.report import compared
from autotune_strategies import recipes

from .docstrings import summary
from .signatures import short

__all__ = ["Entry", "ablation", "entries", "page", "pages", "write"]

ROOT = Path(__file__).parent.parent.parent
RESULTS = ROOT / "benchmarks" / "results"

_PAGES: Mapping[str, tuple[str, str]] = {
    "starts": ("Starts", "The first configurations, before there is anything to step from."),
    "schedules": (
        "Schedules",
        "A number, or one for each parameter, that may change: a length, a rate, a temperature.",
    ),
    "steps": ("Steps", "What one value does when it moves."),
    "moves": (
        "Moves",
        "Candidates to try next, from the incumbent; how many and which parameters they change.",
    ),
    "anticipators": (
        "Anticipators",
        "Expectations of a candidate, and the models, features, weights and warps for it.",
    ),
    "acquisition": (
        "Acquisitions",
        "Worth of each candidate, from what is anticipated of it.",
    ),
    "folds": ("Fold plans", "Which folds of the cross-validation a trial runs."),
    "acceptance": ("Acceptance", "Whether an evaluated trial becomes the incumbent."),
    "confirmation": (
        "Confirmation",
        "Whether a configuration that was tried is measured again, and which.",
    ),
    "recommendation": (
        "Recommendation",
        "Which trial's configuration is held for best; it need not be the incumbent.",
    ),
    "termination": ("Termination", "When the search is over."),
    "recipes": ("Recipes", "Strategies put together and named."),
}
_HOME = dict.fromkeys(("models", "features", "gaussian", "weights", "warps"), "anticipators")
# What a strategy has for these parts if nothing is said is defined beside it.
_BESIDE_STRATEGY = {"NoConfirmation": "confirmation", "Incumbent": "recommendation"}


@frozen
class Entry:
    """A component, or a recipe, of the catalogue.

    Parameters
    ----------
    name : str
        Its name.
    page : str
        Where it is.
    thing : object
        The class or function.
    """

    name: str
    page: str
    thing: Any


@cache
def entries() -> tuple[Entry, ...]:
    """Return all entries, in alphabetical order.

    Examples
    --------
    >>> next(entry.page for entry in entries() if entry.name == "Ranks")
    'anticipators'
    """
    found = []
    for name in autotune_strategies.__all__:
        thing = getattr(autotune_strategies, name)
        if isinstance(thing, type) and attrs.has(thing) and not name.endswith("Query"):
            part = _BESIDE_STRATEGY.get(name, thing.__module__.split(".")[1])
            found.append(Entry(name, _HOME.get(part, part), thing))
    found += [Entry(name, "recipes", getattr(recipes, name)) for name in recipes.__all__]
    return tuple(sorted(found, key=lambda entry: entry.name.lower()))


def pages() -> list[str]:
    """Return the names of the pages, in the order in which a proposal is made."""
    return list(_PAGES)


def _parts(described: Any) -> Iterator[tuple[str, str]]:
    """Yield the components of a description, each with its own settings, without its parts'."""
    if isinstance(described, Mapping):
        if "component" in described:
            own = {k: v for k, v in described.items() if not any(True for _ in _parts(v))}
            yield described["component"], repr(sorted(own.items()))
        for value in described.values():
            yield from _parts(value)
    elif isinstance(described, list | tuple):
        for value in described:
            yield from _parts(value)


def _shown_by(contestant: Contestant, base: Contestant) -> set[str]:
    """Return the components that a variant is about.

    Those that its base lacks; or else those that are set otherwise; or else those it has lost.
    """
    own = Counter(_parts(describe(contestant.strategy)))
    theirs = Counter(_parts(describe(base.strategy)))
    before, after = {name for name, _ in theirs}, {name for name, _ in own}
    changed = {name for name, _ in own - theirs} - {"Strategy"}
    return (after - before) or changed or (before - after)


_ABOUT = {
    "starts": ("starts",),
    "moves": ("moves",),
    "steps": ("steps",),
    "numbers of parameters": ("moves.counts",),
    "pickers": ("moves.selection",),
    "schedules": ("schedules",),
    "exploration": ("schedules",),
    "sequences": ("moves.sequences",),
    "anticipators": ("anticipators", "models"),
    "features": ("features",),
    "weights": ("weights",),
    "weights of a regression": ("weights",),
    "warps": ("warps",),
    "acquisition": ("acquisition",),
    "acceptance": ("acceptance",),
    "folds": ("folds",),
    "confirmation": ("confirmation",),
    "recommendation": ("recommendation",),
    "termination": ("termination",),
}
"""The modules that a group of variants is about; what else comes along is shown only if needed."""


def _is_about(group: str, name: str) -> bool:
    module = getattr(autotune_strategies, name).__module__.removeprefix("autotune_strategies.")
    return any(module == part or module.startswith(f"{part}.") for part in _ABOUT.get(group, ()))


@frozen
class _Results:
    by_component: Mapping[str, tuple[Row, ...]]
    in_base: Mapping[str, tuple[str, ...]]


def _rows(suite: str) -> list[Row]:
    return ablation_rows(*compared(RESULTS / f"{suite}.parquet"))


@cache
def ablation() -> _Results:
    """Return the rows of the ablation for each component and recipe, and what the bases hold."""
    chosen = chosen_contestants(["components"])
    bases = {each.name: each for each in chosen if each.against == each.name}
    rows = {row.contestant: row for row in _rows("components")}
    found: dict[str, list[Row]] = {}
    aside: dict[str, list[Row]] = {}
    for each in chosen:
        row = rows.get(each.name)
        if row is not None and each.name not in bases:
            for name in _shown_by(each, bases[each.against]):
                kept = found if _is_about(each.group, name) else aside
                kept.setdefault(name, []).append(row)
    found = {**aside, **found}
    for row in _rows("recipes"):
        found.setdefault(row.contestant, []).append(row)
    held: dict[str, list[str]] = {}
    for name, base in bases.items():
        for part in {part for part, _ in _parts(describe(base.strategy))}:
            held.setdefault(part, []).append(name)
    return _Results(
        {name: tuple(rows) for name, rows in found.items()},
        {name: tuple(names) for name, names in held.items()},
    )


def _cell(row: Row, i: int) -> str:
    if row.difference is None:
        return f"{row.regret[i]:.3f}"
    return shown(row.difference[i])


def _against(name: str, row: Row) -> str:
    if row.difference is None:
        return "nothing: regret itself"
    return "random search" if name in recipes.__all__ else row.against


def _ablation_of(name: str) -> list[str]:
    results = ablation()
    rows = results.by_component.get(name, ())
    lines: list[str] = []
    held = [base for base in results.in_base.get(name, ()) if base in (BASE, "walk")]
    if held:
        words = " and of ".join(f"the {base}" if base != BASE else "the base" for base in held)
        lines += [f"Part of {words} of the ablation.", ""]
    if rows:
        at = rows[0].at
        lines += [
            "| ablation | against | " + " | ".join(f"at {n} trials" for n in at) + " |",
            "|---|---|" + "---:|" * len(at),
        ]
        lines += [
            f"| {row.label} | {_against(name, row)} | "
            + " | ".join(_cell(row, i) for i in range(len(row.at)))
            + " |"
            for row in rows
        ]
        lines.append("")
    return lines


@cache
def _when() -> Mapping[str, str]:
    """Return when to pick a component, as the page of components says."""
    text = (ROOT / "docs" / "components.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \|[^|]+\|([^|]+)\|$", text, re.MULTILINE)
    return {name: words.strip() for name, words in rows}


def _reference(entry: Entry) -> str:
    if entry.page == "recipes":
        return f"{{py:func}}`autotune_strategies.recipes.{entry.name}`"
    return f"{{py:class}}`autotune_strategies.{entry.name}`"


def page(name: str) -> str:
    """Return a page, as Markdown.

    Parameters
    ----------
    name : str
        One of ``pages()``.
    """
    from .pictures import PICTURES

    title, words = _PAGES[name]
    lines = [f"# {title}", "", words, ""]
    for entry in entries():
        if entry.page != name:
            continue
        picture = PICTURES[entry.name]
        code = f"recipes.{entry.name}()" if name == "recipes" else short(picture.component)
        lines += [f"## {entry.name}", "", summary(entry.thing), ""]
        when = _when().get(entry.name)
        if when is not None:
            lines += [f"*When to pick it:* {when}. *All of it:* {_reference(entry)}.", ""]
        alt = f"{entry.name}: {picture.words}"
        lines += [f"![{alt}](pictures/{entry.name}.svg)", ""]
        lines += [f"`{code}`. {picture.words}", ""]
        lines += _ablation_of(entry.name)
    return "\n".join(lines)


def _digest() -> str:
    """Return what changes when a picture or a row might."""
    found = hashlib.sha256()
    folders = ("autotune", "strategies", "docs/_site", "benchmarks/autotune_benchmarks")
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            found.update(path.read_bytes())
    for path in (*sorted(RESULTS.glob("*.parquet")), ROOT / "docs" / "components.md"):
        found.update(path.read_bytes())
    return found.hexdigest()


def write(to: Path) -> None:
    """Write the pages and their pictures, unless they are those of the same code."""
    mark, digest = to / ".digest", _digest()
    if mark.exists() and mark.read_text() == digest:
        return
    from .pictures import PICTURES, save

    (to / "pictures").mkdir(parents=True, exist_ok=True)
    for name in pages():
        (to / f"{name}.md").write_text(page(name), encoding="utf-8")
    for entry in entries():
        save(PICTURES[entry.name], to / "pictures" / f"{entry.name}.svg")
    mark.write_text(digest)
