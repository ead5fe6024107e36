"""Checks of what rates: schedules, step lengths, anticipators and acquisitions."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from autotune.space.equality import same
from autotune.strategy import (
    AcquisitionQuery,
    AnticipateQuery,
    Component,
    Estimate,
    Key,
    Prediction,
    ScheduleQuery,
)
from autotune.study import Evaluated, Failure, Measurement, Proposed, Rejected, Study, apply
from autotune.testing.byte_source import ByteSource
from autotune.testing.case import Case
from autotune.testing.component_case import component_case
from autotune.testing.kind import Kind

__all__ = ["check_better_is_worth_more", "check_order", "check_order_of_worth", "check_success"]

Part = Component[Any, Any, Any]

# Approximate answers of a process may be off by a little.
_SLACK = 0.02


def ask_schedule(study: Study, key: Key, source: ByteSource) -> list[ScheduleQuery]:  # noqa: ARG001
    """Ask for the value at a state."""
    return [ScheduleQuery(study, key)]


def valid_schedule(component: Part, query: ScheduleQuery, answer: Any) -> None:
    """Check that a value is a finite number above zero, or one for each parameter."""
    d = len(query.study.known_space)
    if isinstance(answer, np.ndarray):
        assert answer.shape == (d,), f"a vector of shape {answer.shape}; the space has {d}"
        assert answer.dtype == np.float64, f"a vector of dtype {answer.dtype}"
    else:
        # A whole number is as good as its float.
        number = isinstance(answer, int | float) and not isinstance(answer, bool)
        assert number, f"{answer!r} is not a number"
    values = np.asarray(answer, dtype=np.float64)
    assert np.all(np.isfinite(values)), f"{answer!r} is not finite"
    if getattr(component, "may_be_zero", False):
        assert np.all(values >= 0), f"{answer!r} is negative"
    else:
        assert np.all(values > 0), (
            f"{answer!r} is not above zero; a schedule that may reach zero says so: "
            "`may_be_zero: ClassVar[bool] = True`"
        )


def valid_scales(component: Part, query: ScheduleQuery, answer: Any) -> None:  # noqa: ARG001
    """Check that the scales of a step are finite and not negative, one or one per parameter."""
    assert isinstance(answer, tuple), f"{answer!r} is not a tuple of scales"
    d = len(query.study.known_space)
    for scale in answer:
        values = np.asarray(scale, dtype=np.float64)
        assert values.shape in {(), (d,)}, f"a scale of shape {values.shape}; the space has {d}"
        assert np.all(np.isfinite(values) & (values >= 0)), (
            f"scale {scale!r} is negative or infinite"
        )


def ask_anticipator(study: Study, key: Key, source: ByteSource) -> list[AnticipateQuery]:
    """Ask for estimates at candidates, some of them trials that were, of one of the two targets."""
    if study.n_trials == 0:
        return []
    target = ("score", "seconds")[(source.byte() + study.n_events) % 2]
    n = source.pick((2, 1, 3, 5))
    space = study.known_space
    configurations, parents = [], []
    for _ in range(n):
        parents.append(1 + source.below(study.n_trials))
        if source.chance(0.3):
            configurations.append(study.configuration(1 + source.below(study.n_trials)))
        else:
            configurations.append(source.configuration(space))
    coordinates = space.encode(configurations)
    return [AnticipateQuery(study, key, target, coordinates, np.array(parents, dtype=np.int64))]


def _check_column(what: str, column: Any, n: int) -> None:
    assert isinstance(column, np.ndarray), f"{what} = {column!r} is not an array"
    assert column.shape == (n,), f"{what} has shape {column.shape}; {(n,)} is needed"
    assert column.dtype == np.float64, f"{what} is of dtype {column.dtype}"


def valid_estimate(component: Part, query: AnticipateQuery, answer: Any) -> None:  # noqa: ARG001
    """Check that an estimate is None, or has a finite mean and sd for each candidate."""
    if answer is None:
        return
    assert isinstance(answer, Estimate), f"{answer!r} is not of type Estimate"
    for what in ("mean", "sd"):
        column = getattr(answer, what)
        _check_column(what, column, len(query.parents))
        assert np.all(np.isfinite(column)), f"{what} = {column!r} is not finite"
    assert np.all(answer.sd >= 0), f"sd = {answer.sd!r} is negative"


def _rows(n: int, source: ByteSource) -> list[int]:
    """Return some rows, in another order."""
    order = list(range(n))
    for i in range(n - 1, 0, -1):
        j = source.below(i + 1)
        order[i], order[j] = order[j], order[i]
    return order[: 1 + source.below(n)]


def _close(a: Any, b: Any) -> bool:
    scale = float(np.max(np.abs(a), initial=0.0))
    return bool(np.allclose(a, b, rtol=1e-6, atol=1e-9 + 1e-7 * scale))


def check_order(component: Part, case: Case, kind: Kind) -> None:
    """Check that what is anticipated of a candidate hangs on no other: neither order nor company.

    Parameters
    ----------
    component : Anticipator
        Anticipates.
    case : Case
        A log and what is asked.
    kind : Kind
        Its kind.
    """
    checked = component_case(component, case, kind)
    if checked.last is None:
        return
    for query, answer in checked.answers[checked.last]:
        rows = _rows(len(query.parents), case.source())
        few = attrs.evolve(
            query,
            coordinates={name: column[rows] for name, column in query.coordinates.items()},
            parents=query.parents[rows],
        )
        other = checked.read(component, checked.states[checked.last], few)
        if answer is None or other is None:
            assert answer is other, "it answers for some candidates what it does not for others"
            continue
        for what in ("mean", "sd"):
            alone, along = getattr(other, what), getattr(answer, what)
            assert len(along) == len(query.parents), f"{what} has {len(along)} entries"
            assert _close(along[rows], alone), (
                f"asked for candidates {rows} of {len(query.parents)} alone, {what} is {alone!r}; "
                f"along with the others it is {along[rows]!r}"
            )


def check_success(component: Part, case: Case, kind: Kind) -> None:
    """Check the chances of success that an anticipator tells, where it claims to.

    They are from 0 to 1, all 1 while nothing has failed, and one more failure at a candidate never
    makes it likelier to succeed. A component claims it with ``tells_success: ClassVar[bool] =
    True``.

    Parameters
    ----------
    component, case, kind
        As for ``check_order``.
    """
    if not getattr(component, "tells_success", False):
        return
    checked = component_case(component, case, kind)
    if checked.last is None:
        return
    state, study = checked.states[checked.last], checked.studies[checked.last]
    failed = bool((study.outcomes().judged & ~study.outcomes().usable).any())
    for query, _ in checked.answers[checked.last]:
        asked = attrs.evolve(query, target="success")
        answer = checked.read(component, state, asked)
        assert isinstance(answer, Estimate), f"of success it says {answer!r}"
        chance = answer.mean
        _check_column("the chance of success", chance, len(query.parents))
        assert np.all((chance >= 0) & (chance <= 1)), f"chances {chance!r} are not from 0 to 1"
        if not failed:
            assert np.all(chance == 1), f"nothing has failed, and the chances are {chance!r}"
        if study.stopped is not None:
            continue
        space = study.known_space
        number = study.n_trials + 1
        tried = space.decode_row(query.coordinates, 0)
        nothing = Measurement((), (), (), (), failure=Failure("ValueError", "no"))
        after = study
        for event in (
            Proposed(0, number, tried, None, (), "given"),
            Evaluated(0, number, nothing),
            Rejected(0, number, None, None, "failed"),
        ):
            after = apply(after, event)
        other = checked.read(component, state, attrs.evolve(asked, study=after)).mean
        assert other[0] <= chance[0] + _SLACK, (
            f"candidate 0 succeeds with a chance of {chance[0]!r}; after it failed, of {other[0]!r}"
        )


def ask_acquisition(study: Study, key: Key, source: ByteSource) -> list[AcquisitionQuery]:
    """Ask what candidates are worth of which this and that is anticipated."""
    if study.n_trials == 0:
        return []
    n = source.pick((2, 1, 3, 5))
    plain = source.chance(0.5)

    def column(low: float, high: float) -> np.ndarray[Any, np.dtype[np.float64]]:
        if plain:
            return np.array([low + (high - low) * source.fraction() for _ in range(n)])
        return np.array([source.number(1e3 * low, 1e3 * high) for _ in range(n)])

    value, seconds, parents = column(-1.0, 1.0), column(0.0, 10.0), column(-1.0, 1.0)
    prediction = Prediction(
        value=value,
        value_sd=column(0.0, 1.0),
        seconds=seconds,
        seconds_sd=column(0.0, 1.0),
        gain=value - parents[0],
        seconds_saved=5.0 - seconds,
    )
    return [AcquisitionQuery(study, key, prediction)]


def valid_worth(component: Part, query: AcquisitionQuery, answer: Any) -> None:  # noqa: ARG001
    """Check that there is a worth for each candidate, none of them NaN."""
    _check_column("worth", answer, len(query.prediction.value))
    assert not np.any(np.isnan(answer)), f"worth = {answer!r} holds NaN"


def _picked(prediction: Prediction, rows: list[int]) -> Prediction:
    columns: dict[str, Any] = {
        a.name: getattr(prediction, a.name) for a in attrs.fields(Prediction)
    }
    for name, column in columns.items():
        columns[name] = None if column is None else column[rows]
    return Prediction(**columns)


def check_order_of_worth(component: Part, case: Case, kind: Kind) -> None:
    """Check that candidates in another order are worth the same, where nothing is drawn.

    Parameters
    ----------
    component : Acquisition
        Rates candidates.
    case : Case
        A log and what is asked.
    kind : Kind
        Its kind.
    """
    checked = component_case(component, case, kind)
    if checked.last is None:
        return
    state = checked.states[checked.last]
    for query, answer in checked.answers[checked.last]:
        elsewhere = attrs.evolve(query, key=query.key.child("elsewhere"))
        if not same(answer, checked.read(component, state, elsewhere)):
            continue  # it draws: the order of draws is its own affair
        source = case.source()
        order = _rows(len(answer), source)
        order += [i for i in range(len(answer)) if i not in order]
        turned = attrs.evolve(query, prediction=_picked(query.prediction, order))
        other = checked.read(component, state, turned)
        assert _close(answer[order], other), (
            f"in the order {order} worth is {other!r}; it was {answer[order]!r}"
        )


def check_better_is_worth_more(component: Part, case: Case, kind: Kind) -> None:
    """Check that a better and quicker candidate is never worth less, where that is claimed.

    A component claims it with ``rewards_better: ClassVar[bool] = True``.

    Parameters
    ----------
    component, case, kind
        As for ``check_order_of_worth``.
    """
    if not getattr(component, "rewards_better", False):
        return
    checked = component_case(component, case, kind)
    if checked.last is None:
        return
    state = checked.states[checked.last]
    for query, answer in checked.answers[checked.last]:
        was = query.prediction
        better = attrs.evolve(
            was,
            value=_raised(was.value, 1.0),
            gain=_raised(was.gain, 1.0),
            seconds=_raised(was.seconds, -0.5 * was.seconds[0]),
            seconds_saved=_raised(was.seconds_saved, 0.5 * was.seconds[0]),
        )
        other = checked.read(component, state, attrs.evolve(query, prediction=better))
        assert other[0] >= answer[0] - 1e-9 * abs(answer[0]), (
            f"anticipated to be better and quicker, candidate 0 is worth {other[0]!r} instead of "
            f"{answer[0]!r}"
        )


def _raised(column: Any, by: float) -> Any:
    raised = column.copy()
    raised[0] += by
    return raised
