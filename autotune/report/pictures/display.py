"""Display: what all pictures share, in the manner of scikit-learn's displays."""

from __future__ import annotations

import io
from os import PathLike
from typing import TYPE_CHECKING, Any, Self

from attrs import define, field

from autotune.replay import state_at
from autotune.report.pictures.axes import explain_empty
from autotune.report.pictures.theme import Theme, ThemeName, picture_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from autotune.replay.reading import LogLike
    from autotune.study import Study

__all__ = ["Display", "StudyDisplay", "metric_of"]


@define(eq=False)
class Display:
    """A picture that can be plotted again elsewhere.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Those it was plotted on last.
    figure_ : matplotlib Figure
        That of the axes.
    """

    ax_: Any = field(init=False, default=None, repr=False)
    figure_: Any = field(init=False, default=None, repr=False)

    def plot(self, ax: Axes | None = None, *, theme: ThemeName | Theme | None = None) -> Self:
        """Plot the picture.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to plot; a new figure if left out.
        theme : {"light", "dark"} or Theme, optional
            By default that which fits the ground.

        Returns
        -------
        Display
            The display itself, with new ``ax_`` and ``figure_``.

        Raises
        ------
        StudyError
            If there is no theme of that name.
        MissingExtraError
            If matplotlib is not installed.
        """
        axes, chosen = picture_axes(ax, theme, self._size())
        missing = self._missing()
        if missing is None:
            self._plot(axes, chosen)
        else:
            explain_empty(axes, chosen, missing)
        self.ax_, self.figure_ = axes, axes.figure
        return self

    def _size(self) -> tuple[float, float]:
        """Return the width and height of a new figure, in inches."""
        return 7.2, 4.2

    def _missing(self) -> str | None:
        """Return why there is nothing to plot, if there is nothing."""
        return None

    def _plot(self, ax: Any, theme: Theme) -> None:
        raise NotImplementedError

    def save(self, path: str | PathLike[str], *, dpi: float = 150) -> None:
        """Save the picture; the ending of the path says as what (png, svg, pdf)."""
        self.figure_.savefig(path, dpi=dpi)

    def _repr_png_(self) -> bytes | None:
        """Show the picture in a notebook."""
        if self.figure_ is None:
            return None
        out = io.BytesIO()
        self.figure_.savefig(out, format="png", dpi=110)
        return out.getvalue()


@define(eq=False)
class StudyDisplay(Display):
    """A picture of one study, also plotted from its log."""

    @classmethod
    def from_study(
        cls, study: Study, *, ax: Axes | None = None, theme: ThemeName | Theme | None = None
    ) -> Self:
        """Plot a study.

        Parameters
        ----------
        study : Study
            The study; it may be empty.
        ax, theme : optional
            As for ``Display.plot``.
        """
        return cls(*cls._computed(study)).plot(ax, theme=theme)

    @classmethod
    def _computed(cls, study: Study) -> tuple[Any, ...]:
        """Return what a display of a study is made of."""
        raise NotImplementedError

    @classmethod
    def from_log(cls, log: LogLike, *args: Any, **options: Any) -> Self:
        """Plot the study of a log.

        Parameters
        ----------
        log : path or Log
            The log.
        *args, **options
            Those of ``from_study`` after the study.
        """
        from_study: Any = cls.from_study
        display: Self = from_study(state_at(log), *args, **options)
        return display


def metric_of(study: Study) -> str:
    """Return what the score of a study is called."""
    return "score" if study.started is None else study.started.metric
