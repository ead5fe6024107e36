"""The pages of the API reference: one for each group of public names, made from ``__all__``."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import attrs
from attrs import frozen

from .docstrings import summary

__all__ = ["MODULES", "Group", "groups", "public_modules", "write"]

MODULES = (
    "autotune",
    "autotune.tuner",
    "autotune.space",
    "autotune.errors",
    "autotune_strategies",
    "autotune_strategies.recipes",
    "autotune.study",
    "autotune.study.events",
    "autotune.objective",
    "autotune.log",
    "autotune.replay",
    "autotune.interchange",
    "autotune.analysis",
    "autotune.report",
    "autotune.report.pictures",
    "autotune.strategy",
    "autotune.strategy.component",
    "autotune.testing",
    "autotune_benchmarks.problems.problem",
    "autotune_benchmarks.problems.own_problem",
    "autotune_benchmarks.peers.peer",
    "autotune_benchmarks.problems.suites",
    "autotune_benchmarks.contestants.contestant",
    "autotune_benchmarks.protocol.runner",
    "autotune_benchmarks.protocol.traces",
    "autotune_benchmarks.statistics.intervals",
)
"""Public modules, each name documented in the first that has it."""

_BY_MODULE = {
    "autotune.sklearn.search": ("searching", "Searching"),
    "autotune.tuner": ("searching", "Searching"),
    "autotune.execution": ("searching", "Searching"),
    "autotune.space": ("space", "The space"),
    "autotune.log": ("record", "The record"),
    "autotune.replay": ("record", "The record"),
    "autotune.errors": ("record", "The record"),
}
_PARTS = {
    "starts": "Starts",
    "schedules": "Schedules",
    "steps": "Steps",
    "moves": "Moves",
    "anticipators": "Anticipators",
    "models": "Models",
    "features": "Features",
    "gaussian": "Gaussian process parts",
    "weights": "Weights",
    "warps": "Warps",
    "acquisition": "Acquisition",
    "folds": "Fold plans",
    "acceptance": "Acceptance",
    "termination": "Termination",
    "recipes": "Recipes",
}
_TITLES = {
    "autotune_strategies.recipes": "Recipes",
    "autotune.tuner": "Results of runs",
    "autotune.space": "Spaces, more",
    "autotune.errors": "Errors",
    "autotune.objective": "Objectives",
    "autotune.log": "Logs",
    "autotune.study": "Studies and events",
    "autotune.study.events": "Events, more",
    "autotune.replay": "Replay",
    "autotune.interchange": "Import and export",
    "autotune.analysis": "Analysis",
    "autotune.report": "Reports",
    "autotune.report.pictures": "Pictures",
    "autotune.strategy": "Strategies, components and their questions",
    "autotune.strategy.component": "Components, more",
    "autotune.testing": "Testing",
    "autotune_benchmarks.problems.problem": "Problems",
    "autotune_benchmarks.problems.own_problem": "Problems of your own",
    "autotune_benchmarks.peers.peer": "Peers",
    "autotune_benchmarks.problems.suites": "Suites",
    "autotune_benchmarks.contestants.contestant": "Contestants",
    "autotune_benchmarks.contestants.chosen": "Contestants by name",
    "autotune_benchmarks.protocol.runner": "The protocol",
    "autotune_benchmarks.protocol.traces": "Traces of runs",
    "autotune_benchmarks.statistics.intervals": "Statistics",
}


@frozen
class Group:
    """Public names that share a page.

    Parameters
    ----------
    name : str
        Of the page.
    title : str
        Its heading.
    module : str
        What the names are imported from.
    names : tuple of str
        In alphabetical order.
    """

    name: str
    title: str
    module: str
    names: tuple[str, ...]


def _page(module: str, thing: Any) -> tuple[str, str]:
    home = getattr(thing, "__module__", None) or module
    if module == "autotune_strategies":
        part = home.split(".")[1] if "." in home else "parts"
        return f"strategies-{part}", _PARTS.get(part, part.title())
    if module == "autotune":
        for prefix, (name, title) in _BY_MODULE.items():
            if home == prefix or home.startswith(f"{prefix}."):
                return name, title
        return "others", "Others"
    return module.replace(".", "-"), _TITLES.get(module, module)


def public_modules() -> Iterator[tuple[str, ModuleType]]:
    """Yield the public modules that there are, by name."""
    for name in MODULES:
        parent, _, child = name.rpartition(".")
        if parent:
            there = {each.name for each in pkgutil.iter_modules(import_module(parent).__path__)}
            if child not in there:
                continue
        yield name, import_module(name)


_FIRST = ("StepSearchCV", "tune", "Tuner", "Execution", "Space", "Float", "Integer")


def _place(name: str) -> tuple[int, str]:
    """Return what names are sorted by: what most people look for, then by the alphabet."""
    return (_FIRST.index(name) if name in _FIRST else len(_FIRST), name.lower())


def groups() -> list[Group]:
    """Return all groups, in the order of the reference.

    Examples
    --------
    >>> [group.title for group in groups()][:2]
    ['Searching', 'The space']
    """
    found: dict[str, tuple[str, str, list[str]]] = {
        name: (title, "autotune", []) for name, title in _BY_MODULE.values()
    }
    found |= {
        f"strategies-{part}": (title, "autotune_strategies", []) for part, title in _PARTS.items()
    }
    seen: set[int] = set()
    for module, loaded in public_modules():
        for name in sorted(loaded.__all__, key=_place):
            thing = getattr(loaded, name)
            if inspect.ismodule(thing) or (_is_documented(thing) and id(thing) in seen):
                continue
            seen.add(id(thing))
            page, title = _page(module, thing)
            found.setdefault(page, (title, module, []))[2].append(name)
    return [
        Group(page, title, module, tuple(names))
        for page, (title, module, names) in found.items()
        if names
    ]


def _is_documented(thing: Any) -> bool:
    return inspect.isclass(thing) or inspect.isroutine(thing)


def _directive(module: str, name: str) -> str:
    thing = getattr(import_module(module), name)
    full = f"{module}.{name}"
    if inspect.isclass(thing):
        if issubclass(thing, BaseException):
            return f".. autoexception:: {full}\n   :show-inheritance:\n   :members:\n"
        options = ["members"]
        if attrs.has(thing) and callable(getattr(thing, "read", None)):
            options.append("exclude-members: init, update, read")
        return f".. autoclass:: {full}\n" + "".join(
            f"   :{o}{'' if ':' in o else ':'}\n" for o in options
        )
    if inspect.isroutine(thing):
        return f".. autofunction:: {full}\n"
    return f".. autodata:: {full}\n   :no-value:\n"


def _text(group: Group) -> str:
    lines = [group.title, "=" * len(group.title), ""]
    lines += [f"Import these from ``{group.module}``.", ""]
    lines += [".. list-table::", "   :widths: 30 70", ""]
    loaded = import_module(group.module)
    for name in group.names:
        thing = getattr(loaded, name)
        words = summary(thing) if _is_documented(thing) else ""
        lines += [f"   * - :py:obj:`~{group.module}.{name}`", f"     - {words}"]
    lines += [""]
    for name in group.names:
        lines += ["", "----", "", _directive(group.module, name)]
    return "\n".join(lines)


def _index() -> str:
    lines = ["API", "===", ""]
    lines += ["Everything public, as each package lists it in ``__all__``.", ""]
    for title, belongs in _SHELVES:
        names = [group.name for group in groups() if belongs(group)]
        lines += [".. toctree::", f"   :caption: {title}", "   :maxdepth: 1", ""]
        lines += [f"   {name}" for name in names] + [""]
    return "\n".join(lines)


_SHELVES: tuple[tuple[str, Callable[[Group], bool]], ...] = (
    ("From autotune", lambda group: group.module == "autotune"),
    ("From autotune_strategies", lambda group: group.module.startswith("autotune_strategies")),
    ("From submodules of autotune", lambda group: group.module.startswith("autotune.")),
    ("From autotune_benchmarks", lambda group: group.module.startswith("autotune_benchmarks")),
)


def write(to: Path) -> None:
    """Write the pages; those that are as they should be are left alone, for quick builds."""
    to.mkdir(parents=True, exist_ok=True)
    wanted = {f"{group.name}.rst": _text(group) for group in groups()}
    wanted["index.rst"] = _index()
    for stale in set(to.glob("*.rst")) - {to / name for name in wanted}:
        stale.unlink()
    for name, text in wanted.items():
        path = to / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
