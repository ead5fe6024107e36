"""A picture for each component of the catalogue."""

from __future__ import annotations

from . import contenders, estimates, lines, points, worth
from .frame import Picture, plotted, save

__all__ = ["PICTURES", "Picture", "plotted", "save"]

PICTURES = {
    **lines.PICTURES,
    **points.PICTURES,
    **estimates.PICTURES,
    **worth.PICTURES,
    **contenders.PICTURES,
}
