"""Pictures: what is in them (series, counts, words), on light and dark, of odd and empty studies."""

from __future__ import annotations

import io
import math
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings

pytest.importorskip("matplotlib")

from matplotlib import rc_context
from matplotlib.colors import to_rgb, to_rgba
from matplotlib.figure import Figure

from autotune import Categorical, Equals, Float, Integer, Sequence, Space, Tuner, tune
from autotune.analysis import acceptance_rates, calibration, recorded_moves, trajectory
from autotune.errors import StudyError
from autotune.replay import fork, state_at
from autotune.report.pictures import (
    DARK,
    LIGHT,
    AcceptanceRatesDisplay,
    AcceptedStepsDisplay,
    CalibrationDisplay,
    ComparisonDisplay,
    HistoryDisplay,
    LineageDisplay,
    PairsDisplay,
    ParallelCoordinatesDisplay,
    PartialDependenceDisplay,
    RegretDisplay,
    SensitivityDisplay,
    StepLengthsDisplay,
    TrajectoryDisplay,
    UtilisationDisplay,
)
from autotune.study import EMPTY, Study
from autotune.testing import studies
from autotune_strategies import Ridge, recipes

SPACE = Space(
    {
        "rate": Float(1e-4, 1, log=True),
        "layers": Sequence(of=Integer(1, 64, log=True), max_length=2),
        "kernel": Categorical(("relu", "tanh")),
        "gamma": Float(0, 1),
    },
    conditions={"gamma": Equals("kernel", "tanh")},
)


@cache
def mixed(direction: str = "maximize") -> Study:
    """Return a study with numbers, lists, choices, a condition and failures."""
    noise = np.random.default_rng(1)
    sign = 1 if direction == "maximize" else -1

    def objective(c):
        if noise.random() < 0.1:
            raise ValueError("diverged")
        score = 0.9 - 0.05 * (math.log10(c["rate"]) + 2) ** 2 - 0.1 / len(c["layers"])
        return sign * score, 0.1 * sum(c["layers"])

    return tune(
        objective,
        SPACE,
        n_trials=40,
        seed=4,
        strategy=recipes.autotune_2018(),
        metric="f1" if sign > 0 else "loss",
        direction=direction,
    ).study


@cache
def one() -> Study:
    return tune(lambda _: (0.5, 0.1), SPACE, n_trials=1, seed=1).study


@cache
def begun() -> Study:
    return Tuner(SPACE).study


def of_one_study():
    """Return what plots each picture of one study, by name."""
    return {
        "history": HistoryDisplay.from_study,
        "steps": AcceptedStepsDisplay.from_study,
        "sensitivity": lambda s, **k: SensitivityDisplay.from_study(
            s, Ridge(), n_samples=16, n_groups=3, **k
        ),
        "effects": lambda s, **k: SensitivityDisplay.from_study(
            s, Ridge(), measure="moves", n_samples=8, n_groups=0, **k
        ),
        "pairs": lambda s, **k: PairsDisplay.from_study(s, Ridge(), n_samples=8, **k),
        "calibration": CalibrationDisplay.from_study,
        "dependence": lambda s, **k: PartialDependenceDisplay.from_study(
            s, _first(s), Ridge(), n=3, **k
        ),
        "parallel": ParallelCoordinatesDisplay.from_study,
        "lengths": StepLengthsDisplay.from_study,
        "acceptance": AcceptanceRatesDisplay.from_study,
        "trajectory": lambda s, **k: TrajectoryDisplay.from_study(s, ahead=10, **k),
        "regret": RegretDisplay.from_study,
        "workers": UtilisationDisplay.from_study,
        "comparison": lambda s, **k: ComparisonDisplay.from_studies([] if s is EMPTY else [s], **k),
        "lineage": lambda s, **k: LineageDisplay.from_studies({"it": s}, **k),
    }


def _first(study: Study) -> str:
    return "" if study.space is None or not study.space.searched else study.space.searched[0]


def rendered(figure) -> bytes:
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=40)
    assert out.getvalue().startswith(b"\x89PNG")
    return out.getvalue()


def words(ax) -> str:
    return " ".join(text.get_text() for text in ax.texts)


def legend(ax) -> list[str]:
    return [text.get_text() for text in ax.get_legend().get_texts()]


@pytest.mark.parametrize("name", list(of_one_study()))
def test_every_picture_is_plotted_on_the_axes_given_and_again_on_others(name) -> None:
    ax, other = (Figure(layout="constrained").subplots() for _ in range(2))
    display = of_one_study()[name](mixed(), ax=ax)
    assert display.ax_ is ax
    assert display.plot(other) is display
    assert (display.ax_, display.figure_) == (other, other.figure)
    assert rendered(other.figure) == rendered(ax.figure)


@pytest.mark.parametrize("name", [n for n in of_one_study() if n != "lineage"])
def test_every_picture_of_a_study_without_trials_says_why_it_is_empty(name) -> None:
    for study in (EMPTY, begun()) if name != "dependence" else (begun(),):
        ax = of_one_study()[name](study).ax_
        assert words(ax).replace("\n", " ").startswith(("no ", "too few", "nothing"))
        assert len(ax.lines) == len(ax.collections) == len(ax.patches) == 0
        rendered(ax.figure)


@pytest.mark.parametrize("name", list(of_one_study()))
def test_every_picture_of_one_trial(name) -> None:
    rendered(of_one_study()[name](one()).figure_)


@given(studies(max_trials=6))
@settings(max_examples=6)
def test_every_picture_of_any_study(study) -> None:
    # Infinite scores and years of seconds overflow in the pictures' own scales.
    with np.errstate(all="ignore"):
        for name, plot in of_one_study().items():
            if name != "dependence" or study.known_space.searched:
                assert plot(study).figure_.axes


@pytest.mark.parametrize("name", list(of_one_study()))
@pytest.mark.parametrize(("theme", "colours"), [("light", LIGHT), ("dark", DARK)])
def test_words_stand_out_from_the_ground(name, theme, colours) -> None:
    ax = of_one_study()[name](mixed(), theme=theme).ax_
    ground = to_rgba(colours.ground)
    assert to_rgba(ax.figure.get_facecolor()) == ground
    assert to_rgba(ax.get_facecolor()) == ground
    labels = [
        ax.title,
        ax.xaxis.label,
        ax.yaxis.label,
        *ax.get_xticklabels(),
        *ax.get_yticklabels(),
    ]
    labels += ax.get_legend().get_texts() if ax.get_legend() is not None else []
    for label in labels:
        if label.get_text():
            assert contrast(label.get_color(), colours.ground) > 3


def luminance(colour) -> float:
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return float(np.dot([0.2126, 0.7152, 0.0722], linear))


def contrast(a, b) -> float:
    """WCAG's ratio."""
    high, low = sorted([luminance(a), luminance(b)], reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_colours_are_told_apart(theme) -> None:
    for colour in (
        theme.text,
        theme.faint,
        theme.accepted,
        theme.failed,
        theme.score,
        theme.seconds,
    ):
        assert contrast(colour, theme.ground) > 3
    # Also by one who doesn't see the difference of red and green: its absence is simulated by the
    # matrices of Viénot, Brettel and Mollon (1999).
    deuteranopia = np.array([[0.293, 0.707, 0.0], [0.293, 0.707, 0.0], [-0.022, 0.022, 1.0]])
    seen = [deuteranopia @ np.array(to_rgb(colour)) for colour in theme.series[:5]]
    for i, a in enumerate(seen):
        for b in seen[:i]:
            assert np.linalg.norm(a - b) > 0.1


def test_the_theme_fits_the_ground() -> None:
    with rc_context({"figure.facecolor": "black", "axes.facecolor": "black"}):
        ax = HistoryDisplay.from_study(mixed()).ax_
        assert ax.yaxis.label.get_color() == DARK.text
    figure = Figure(facecolor="black")
    ax = HistoryDisplay.from_study(mixed(), ax=figure.add_subplot(facecolor="none")).ax_
    assert ax.yaxis.label.get_color() == DARK.text
    assert HistoryDisplay.from_study(mixed()).ax_.yaxis.label.get_color() == LIGHT.text
    with pytest.raises(StudyError, match="theme = 'blue'"):
        HistoryDisplay.from_study(mixed(), theme="blue")


@pytest.mark.parametrize("direction", ["maximize", "minimize"])
def test_history_counts_every_trial_once(direction) -> None:
    study = mixed(direction)
    ax = HistoryDisplay.from_study(study).ax_
    path = trajectory(study)
    assert f"accepted ({path.accepted.sum()})" in legend(ax)
    assert f"failed ({path.failed.sum()})" in legend(ax)
    assert f"rejected ({(~path.accepted & ~path.failed).sum()})" in legend(ax)
    assert sum(len(points.get_offsets()) for points in ax.collections) == len(path)
    (line,) = ax.lines
    assert line.get_ydata()[-1] == path.best[-1]
    gains = path.sign * np.diff(line.get_ydata())
    assert np.all(gains >= 0)
    assert ax.get_ylabel() == ("f1" if direction == "maximize" else "loss")


def test_history_puts_scores_far_off_at_the_edge() -> None:
    scores = iter([0.5, 0.9, 0.91, 0.92, 0.93, 0.94, 0.95, -100.0, 0.95, 0.951])
    study = tune(lambda _: next(scores), {"x": 1.0}, n_trials=10).study
    ax = HistoryDisplay.from_study(study).ax_
    assert "below (1)" in legend(ax)
    assert ax.get_ylim()[0] > -1


def test_sensitivity_bars_are_sorted_and_annotated() -> None:
    display = SensitivityDisplay.from_study(mixed(), Ridge(), n_samples=32, n_groups=3)
    ax, shares = display.ax_, display.sensitivity.shares
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert labels == list(display.sensitivity.ranking)
    assert len(ax.patches) == 2 * len(labels)
    assert legend(ax) == ["by itself", "with others"]
    notes = [text.get_text() for text in ax.texts]
    assert notes == [f"{100 * share:.0f} %" for share in shares.total[shares.order]]
    seconds = SensitivityDisplay.from_study(
        mixed(), Ridge(), target="seconds", n_samples=32, n_groups=0
    )
    assert seconds.sensitivity.ranking[0] == "layers"
    effects = SensitivityDisplay.from_study(
        mixed(), Ridge(), measure="moves", n_samples=8, n_groups=0
    ).ax_
    assert "moves" in words(effects)
    assert "noise included" in effects.get_xlabel()
    for measure in ("permutation", "local"):
        ax = SensitivityDisplay.from_study(
            mixed(), Ridge(), measure=measure, n_samples=8, n_groups=3
        ).ax_
        assert len(ax.patches) == len(labels)
    with pytest.raises(StudyError, match="measure = 'size'"):
        SensitivityDisplay.from_study(mixed(), measure="size")


def test_pairs_have_a_cell_each() -> None:
    ax = PairsDisplay.from_study(mixed(), Ridge(), n_samples=16).ax_
    assert len(ax.texts) == 6
    assert all(text.get_text().endswith(" %") for text in ax.texts)


def test_foresight_has_a_point_for_each_trial_foretold() -> None:
    study = mixed()
    ax = CalibrationDisplay.from_study(study).ax_
    told = calibration(study)
    counts = [int(label.split("(")[1].rstrip(")")) for label in legend(ax)]
    assert sum(counts) == len(told.trials) > 5
    low, high = ax.get_xlim()
    assert (low, high) == ax.get_ylim()
    log = tune(lambda c: -((c["x"] - 3) ** 2), {"x": 1.0}, n_trials=12, seed=1).log
    display = CalibrationDisplay.from_log(log, Ridge(), target="seconds")
    assert display.ax_.get_xlabel() == "anticipated fit seconds"


def test_dependence_along_numbers_choices_and_lists() -> None:
    ax = PartialDependenceDisplay.from_study(mixed(), "rate", Ridge(), n=5).ax_
    assert ax.get_xscale() == "log"
    assert len(ax.collections) == 1
    assert ax.lines[0].get_xdata().shape == (5,)
    assert "incumbent" in legend(ax)
    rug = next(line for line in ax.lines if line.get_marker() == "|")
    assert (
        len(rug.get_xdata()) == trajectory(mixed()).accepted.size - trajectory(mixed()).failed.sum()
    )
    choices = PartialDependenceDisplay.from_study(mixed(), "kernel", Ridge()).ax_
    assert [label.get_text() for label in choices.get_xticklabels()] == ["relu", "tanh"]
    lists = PartialDependenceDisplay.from_study(mixed(), "layers", Ridge(), around="incumbent").ax_
    assert lists.get_xticklabels()[0].get_text().startswith("(")


def test_dependence_on_two() -> None:
    display = PartialDependenceDisplay.from_study(mixed(), ("rate", "kernel"), Ridge(), n=5)
    ax = display.ax_
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("rate", "kernel")
    assert ax.collections[0].get_array().size == 10
    assert len(ax.figure.axes) == 2
    assert ax.figure.axes[1].get_ylabel() == "anticipated f1"
    with pytest.raises(StudyError, match="'nothing'"):
        PartialDependenceDisplay.from_study(mixed(), "nothing", Ridge())


def test_parallel_coordinates_have_a_line_for_each_trial() -> None:
    display = ParallelCoordinatesDisplay.from_study(mixed())
    usable = int(mixed().outcomes().usable.sum())
    (lines,) = display.ax_.collections
    assert len(lines.get_segments()) == usable
    names = [label.get_text() for label in display.ax_.get_xticklabels()]
    assert names == [*SPACE.searched, "f1"]
    assert "inactive" in words(display.ax_)
    assert {"relu", "tanh"} <= {text.get_text() for text in display.ax_.texts}
    for axis in display.coordinates:
        known = axis.places[~np.isnan(axis.places)]
        assert np.all((known >= 0) & (known <= 1))
    few = ParallelCoordinatesDisplay.from_study(mixed(), parameters=("kernel",)).ax_
    assert [label.get_text() for label in few.get_xticklabels()] == ["kernel", "f1"]


def test_moves_are_counted() -> None:
    moves = recorded_moves(mixed())
    ax = StepLengthsDisplay.from_study(mixed()).ax_
    counts = [int(label.split("(")[1].rstrip(")")) for label in legend(ax) if "(" in label]
    assert sum(counts) == len(moves)
    ax = StepLengthsDisplay.from_study(mixed(), parameter="rate").ax_
    assert "rate" in ax.get_ylabel()
    with pytest.raises(StudyError, match="parameter = 'x'"):
        StepLengthsDisplay.from_study(mixed(), parameter="x")
    rates = acceptance_rates(mixed())
    ax = AcceptanceRatesDisplay.from_study(mixed()).ax_
    assert len(ax.patches) == len(rates.groups)
    notes = {text.get_text() for text in ax.texts}
    assert notes == {
        f"{k} of {n}" if n > 0 else "never moved"
        for k, n in zip(rates.n_accepted, rates.n, strict=True)
    }


def test_trajectory_looks_ahead() -> None:
    space = {"x": Float(0, 1), "y": Float(0, 1)}
    study = tune(
        lambda c: 0.9 - abs(c["x"] - 0.4) - c["y"] / 9,
        Space(space),
        n_trials=40,
        strategy=recipes.random_walk(),
        metric="f1",
        seed=2,
    ).study
    ax = TrajectoryDisplay.from_study(study, clock="trials", ahead=20).ax_
    assert len(ax.collections) == 1
    assert ax.get_xlim()[1] > 60
    # An f1 ends at 1, whatever improvements there were.
    assert ax.collections[0].get_paths()[0].vertices[:, 1].max() <= 1
    assert len(TrajectoryDisplay.from_study(study, clock="busy").ax_.collections) == 0
    with pytest.raises(StudyError, match="clock = 'wall'"):
        TrajectoryDisplay.from_study(study, clock="wall")


def test_comparison_names_the_best_first() -> None:
    runs = {
        name: [
            tune(lambda c: -abs(c["x"] - far), {"x": 1.0}, n_trials=6, seed=seed).study  # noqa: B023
            for seed in (1, 2)
        ]
        for name, far in (("far", 100.0), ("near", 1.5))
    }
    ax = ComparisonDisplay.from_studies(runs).ax_
    assert [label.split(":")[0] for label in legend(ax)] == ["near", "far"]
    assert all("2 studies" in label for label in legend(ax))
    assert len(ax.collections) == 2


def test_regret_falls() -> None:
    study = tune(lambda c: -((c["x"] - 3) ** 2), {"x": 1.0}, n_trials=25, seed=1).study
    ax = RegretDisplay.from_study(study, optimum=0.0).ax_
    y = ax.lines[0].get_ydata()
    assert np.all(np.diff(y) <= 0)
    assert y[0] == 4.0
    assert "the optimum" in ax.get_title(loc="left")


def test_workers_have_a_bar_for_each_trial() -> None:
    ax = UtilisationDisplay.from_study(mixed()).ax_
    assert sum(len(bars.get_paths()) for bars in ax.collections) == 40
    assert ax.get_yticks().tolist() == [1]


def test_lineage_branches_where_studies_forked() -> None:
    found = tune(lambda c: -((c["x"] - 3) ** 2), {"x": 1.0}, n_trials=6, seed=1)
    first = fork(found.log, 9)
    held = {"root": found.study, "one": state_at(first), "two": state_at(fork(first, 6))}
    ax = LineageDisplay.from_studies(held).ax_
    told = [text.get_text().split()[0] for text in ax.texts]
    assert told == ["root", "one", "two"]
    ups = [
        line for line in ax.lines if len(set(line.get_xdata())) == 1 and len(line.get_xdata()) == 2
    ]
    assert {int(line.get_xdata()[0]) for line in ups} == {7, 10}
    assert "no study" in words(LineageDisplay.from_studies({"empty": EMPTY}).ax_)


def test_hostile_names_are_drawn_as_they_are() -> None:
    name = "x\x1b$\\frac{$"
    study = tune(lambda c: c[name], {name: 1.0}, n_trials=8, metric="m$^$", seed=1).study
    for kind in ("history", "parallel", "lengths", "acceptance", "dependence"):
        rendered(of_one_study()[kind](study).figure_)
    rendered(LineageDisplay.from_studies({name: study}).figure_)


def test_a_display_is_drawn_again_saved_and_shown_in_notebooks(tmp_path) -> None:
    display = HistoryDisplay.from_study(mixed())
    ax = Figure().subplots()
    assert display.plot(ax=ax, theme="dark").ax_ is ax
    assert display.figure_ is ax.figure
    for ending, begin in (("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")):
        display.save(tmp_path / f"picture.{ending}", dpi=40)
        assert (tmp_path / f"picture.{ending}").read_bytes().startswith(begin)
    assert display._repr_png_().startswith(b"\x89PNG")


def test_a_display_is_drawn_from_a_log() -> None:
    found = tune(lambda c: -((c["x"] - 3) ** 2), {"x": 1.0}, n_trials=9, seed=1)
    display = HistoryDisplay.from_log(found.log, theme="dark")
    assert len(display.trajectory) == 9
    curve = PartialDependenceDisplay.from_log(found.log, "x", Ridge(), n=3)
    assert curve.ax_.get_xlabel() == "x"


def coverage(figure, colour: str, tolerance: float = 0.06) -> float:
    """Return the share of pixels that have a colour, or nearly."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure.set_dpi(60)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())[..., :3] / 255
    return float(np.mean(np.all(np.abs(pixels - np.array(to_rgb(colour))) < tolerance, axis=-1)))


def test_colours_reach_the_picture() -> None:
    # An image test with room for another version's fonts and edges: how much ink of which colour.
    ax = HistoryDisplay.from_study(mixed(), theme="light").ax_
    assert 0.85 < coverage(ax.figure, LIGHT.ground) < 0.98
    assert 0.004 < coverage(ax.figure, LIGHT.accepted) < 0.05
    assert 0.0001 < coverage(ax.figure, LIGHT.failed) < 0.01
    bars = SensitivityDisplay.from_study(
        mixed(), Ridge(), measure="local", n_samples=8, n_groups=0, theme="dark"
    )
    filled = coverage(bars.figure_, DARK.series[0])
    box = bars.ax_.get_position()
    low, high = bars.ax_.get_xlim()
    height = abs(np.diff(bars.ax_.get_ylim())[0])
    shares = sum(patch.get_width() for patch in bars.ax_.patches)
    expected = box.width * box.height * 0.62 * shares / (high - low) / height
    assert filled == pytest.approx(expected, rel=0.15)


def test_where_trials_fail_is_shown_by_the_chance_of_success():
    def breaks(c):
        if c["x"] + c["y"] > 1.2:
            raise ValueError("too large")
        return c["x"] * c["y"]

    space = {"x": Float(0.0, 1.0), "y": Float(0.0, 1.0)}
    study = tune(breaks, space, n_trials=20, seed=0, direction="maximize").study
    n = len(study.failures())
    assert 0 < n < 20
    for names in ("x", ("x", "y")):
        display = PartialDependenceDisplay.from_study(study, names, target="success", n=4)
        assert np.all((display.dependence.mean >= 0) & (display.dependence.mean <= 1))
        words = [text.get_text() for text in display.ax_.get_legend().get_texts()]
        assert {f"trials ({20 - n})", f"failed ({n})"} <= set(words)
    assert display.dependence.mean[0, 0] > display.dependence.mean[-1, -1]
