"""Which worker had which trial, and when."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import define
from numpy.typing import NDArray

from autotune.analysis import Utilisation, utilisation
from autotune.report.pictures.axes import decorate, legend_of, time_unit
from autotune.report.pictures.display import StudyDisplay
from autotune.report.pictures.theme import Theme
from autotune.study import Study

__all__ = ["UtilisationDisplay"]


@define(eq=False)
class UtilisationDisplay(StudyDisplay):
    """A lane for each worker with the trials that it had, accepted ones stressed.

    Parameters
    ----------
    utilisation : Utilisation
        What is plotted.
    accepted : ndarray of bool
        Which of its trials were accepted.

    Examples
    --------
    >>> from autotune import tune
    >>> result = tune(lambda c: -(c["x"] - 3) ** 2, {"x": 1.0}, n_trials=20, seed=1)
    >>> UtilisationDisplay.from_study(result.study).ax_.get_ylabel()
    'worker'
    """

    utilisation: Utilisation
    accepted: NDArray[np.bool_]

    @classmethod
    def _computed(cls, study: Study) -> tuple[Any, ...]:
        accepted = study.verdicts["trial"][study.verdicts["accepted"]]
        used = utilisation(study)
        return used, np.isin(used.trials, accepted)

    def _size(self) -> tuple[float, float]:
        return 8.0, min(1.7 + 0.36 * max(self.utilisation.n_workers, 1), 8.0)

    def _missing(self) -> str | None:
        return "no trial has been judged yet" if len(self.utilisation.trials) == 0 else None

    def _plot(self, ax: Any, theme: Theme) -> None:
        used, accepted = self.utilisation, self.accepted
        from matplotlib.collections import PolyCollection

        unit, name = time_unit(used.span)
        begin, end = used.begin / unit, used.end / unit
        lane = used.workers + 1.0
        for rows, label, colour in (
            (~accepted, "not accepted", theme.rejected),
            (accepted, "accepted", theme.accepted),
        ):
            if rows.any():
                a, b, y = begin[rows], end[rows], lane[rows]
                corners = np.stack(
                    [
                        np.column_stack([a, y - 0.36]),
                        np.column_stack([b, y - 0.36]),
                        np.column_stack([b, y + 0.36]),
                        np.column_stack([a, y + 0.36]),
                    ],
                    axis=1,
                )
                ax.add_collection(
                    PolyCollection(
                        list(corners),
                        facecolors=colour,
                        edgecolors=theme.ground,
                        linewidths=0.5 if len(begin) < 400 else 0.0,
                        label=f"{label} ({rows.sum()})",
                        rasterized=len(begin) > 2000,
                    )
                )
        ax.set_xlim(0, max(float(end.max()), 1e-9))
        ax.set_ylim(used.n_workers + 0.6, 0.4)
        every = -(-used.n_workers // 12)
        ax.set_yticks(range(1, used.n_workers + 1, every))
        share = "" if np.isnan(used.share) else f"{used.share:.0%} of the workers' time used"
        decorate(ax, theme, title=share, x=f"{name} since the beginning", y="worker", grid="x")
        legend_of(ax, theme, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2, frameon=False)
