"""Which parameters a move may change."""

from __future__ import annotations

from autotune.space import Row, Space
from autotune.strategy.candidates import columns_of

__all__ = ["searchable"]


def searchable(space: Space, row: Row) -> tuple[str, ...]:
    """Return the parameters of a configuration that are no constants and active, in order.

    Parameters
    ----------
    space : Space
        The space.
    row : mapping
        Coordinates of the configuration, as ``autotune.strategy.candidates.row_of`` returns them.

    Examples
    --------
    >>> from autotune.space import Boolean, Equals, Float, Space
    >>> space = Space({"a": Boolean(), "x": Float(0, 1)}, conditions={"x": Equals("a", True)})
    >>> searchable(space, {"a": 0.0, "x": float("nan")}), searchable(space, {"a": 1.0, "x": 0.5})
    (('a',), ('a', 'x'))
    """
    if not space.conditional:
        return space.searched
    # Whether an empty sequence is inactive, only the conditions can tell.
    active = space.active(columns_of(space, [row]))
    return tuple(name for name in space.searched if active[name][0])
