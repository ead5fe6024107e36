"""Figures: what was measured, beside a peer and a target."""

from __future__ import annotations

from typing import Any, Literal

from attrs import frozen
from rich.table import Table

__all__ = ["Figure", "as_table"]


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
        return {
            "section": self.section,
            "name": self.name,
            "unit": self.unit,
            "autotune": self.value,
            "better": self.better,
            "optuna": self.peer,
            "ratio": self.ratio,
            "target": self.target,
            "met": self.met,
            "note": self.note,
        }


def as_table(title: str, figures: list[Figure]) -> Table:
    """Return the figures as a table for people."""
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
