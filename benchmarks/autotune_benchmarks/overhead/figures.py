"""Figures: what was measured, beside a peer and a target."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from attrs import asdict, frozen
from rich.console import Console
from rich.table import Table

__all__ = ["Figure", "tell"]

_WIDTH = 130


@frozen
class Figure:
    """One measured number.

    Parameters
    ----------
    section, name : str
        What was measured.
    unit : str
        Its unit.
    value : float
        What autotune needs or does.
    better : {"more", "less"}
        Which values are better.
    peer : float or str, optional
        What the peer does on the same work, or why that is not known; None where it has no such
        work.
    target : float, optional
        What the value is to reach.
    note : str
        What a reader must know to understand it.
    """

    section: str
    name: str
    unit: str
    value: float
    better: Literal["more", "less"]
    peer: float | str | None = None
    target: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times better autotune is than the peer."""
        if self.peer is None or isinstance(self.peer, str):
            return None
        return self.value / self.peer if self.better == "more" else self.peer / self.value

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None where there is none."""
        if self.target is None:
            return None
        return self.value >= self.target if self.better == "more" else self.value <= self.target

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain data."""
        found = asdict(self)
        found["autotune"], found["optuna"] = found.pop("value"), found.pop("peer")
        return {**found, "ratio": self.ratio, "met": self.met}


def tell(
    benchmark: str,
    title: str,
    figures: Sequence[Figure],
    about: Mapping[str, str],
    *,
    as_json: bool,
) -> None:
    """Print figures and what they were measured on.

    Parameters
    ----------
    benchmark, title : str
        What the benchmark is called in JSON, and above the table.
    figures : sequence of Figure
        What was measured.
    about : mapping
        The machine.
    as_json : bool
        Whether to print JSON, in place of a table.
    """
    if as_json:
        rows = [figure.as_dict() for figure in figures]
        print(json.dumps({"benchmark": benchmark, "machine": about, "figures": rows}, indent=2))
        return
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH)  # a file has room
    console.print(_table(title, figures))
    for figure in figures:
        if figure.note:
            words = f"{figure.section}, {figure.name}: {figure.note}"
            console.print(f"[dim]{words}[/]", highlight=False)
    console.print(", ".join(f"{key} {value}" for key, value in about.items()), highlight=False)


def _table(title: str, figures: Sequence[Figure]) -> Table:
    table = Table(title=title)
    table.add_column("")
    for heading in ("autotune", "Optuna", "times better", "target"):
        table.add_column(heading, justify="right")
    table.add_column("")
    section = ""
    for figure in figures:
        if figure.section != section:
            if section:
                table.add_section()
            section = figure.section
        peer = figure.peer
        table.add_row(
            f"{figure.section}: {figure.name}",
            f"{_short(figure.value)} {figure.unit}",
            peer
            if isinstance(peer, str)
            else "-"
            if peer is None
            else f"{_short(peer)} {figure.unit}",
            "" if figure.ratio is None else _short(figure.ratio),
            ""
            if figure.target is None
            else f"{'≥' if figure.better == 'more' else '≤'} {_short(figure.target)} {figure.unit}",
            {None: "", True: "[green]met[/]", False: "[red]not met[/]"}[figure.met],
        )
    return table


def _short(number: float) -> str:
    if abs(number) >= 100:
        return f"{number:,.0f}"
    return f"{number:.3g}"
