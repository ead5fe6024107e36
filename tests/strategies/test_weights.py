"""Weights of recorded trials, distances between configurations, and measured sensitivity."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autotune import Boolean, Categorical, Float, Integer, Sequence, Space
from autotune.errors import ComponentError
from autotune.space import Fixed, Ordinal
from autotune.strategy import Key, describe, rebuild
from autotune.study import (
    Accepted,
    Evaluated,
    Measurement,
    Proposed,
    Rejected,
    StudyStarted,
    reduce,
)
from autotune.testing import legal_logs
from autotune_strategies.sensitivity import sensitivity
from autotune_strategies.target import target_column
from autotune_strategies.weights import (
    Discount,
    Distance,
    EvenWeights,
    KernelNeighbourhood,
    NearestNeighbourhood,
    ProductOfWeights,
    WeightQuery,
    parameter_distances,
)

EVERY = [
    EvenWeights(),
    Discount(3.0),
    Discount(1e-300),
    Discount(None),
    NearestNeighbourhood(2),
    NearestNeighbourhood(1, 1e-3, Distance(sensitive=True)),
    KernelNeighbourhood(0.3),
    KernelNeighbourhood(1e-300, Distance(sensitive=True)),
    ProductOfWeights((Discount(2.0), KernelNeighbourhood(1.0))),
]
CLASSES = {
    kind.__name__: kind
    for kind in (
        EvenWeights,
        Discount,
        NearestNeighbourhood,
        KernelNeighbourhood,
        ProductOfWeights,
        Distance,
    )
}
SQUARE = Space({"a": Float(0, 1), "b": Float(0, 1)})


def study_of(space, steps, direction="maximize"):
    """A study of (configuration, parent, moved, score); the first trial is accepted."""
    events = [StudyStarted(0, "s", space, direction, "score", 1, {}, 0)]
    for trial, (configuration, parent, moved, score) in enumerate(steps, 1):
        events.append(Proposed(0, trial, configuration, parent, moved, "given"))
        events.append(Evaluated(0, trial, Measurement((0,), (score,), (1.0 + trial,), (0.0,))))
        accept = trial == 1 and math.isfinite(score)
        events.append(
            Accepted(0, 1, None, None) if accept else Rejected(0, trial, None, None, "no gain")
        )
    return reduce(events)


def line(n, space=SQUARE):
    """Trials at growing distance from the first, the incumbent."""
    return study_of(space, [({"a": i / n, "b": 0.5}, None, (), float(i)) for i in range(n)])


def weights_of(weights, study, target="score", rows=None):
    if rows is None:
        rows = np.flatnonzero(np.isfinite(target_column(study, target)))
    return weights.read(weights.init(), WeightQuery(study, Key(0), target, rows))


@pytest.mark.parametrize("weights", EVERY, ids=str)
@settings(max_examples=60)
@given(log=legal_logs(), target=st.sampled_from(["score", "seconds"]))
def test_weights_are_positive_and_at_most_one_on_any_record(weights, log, target):
    study = reduce(log)
    rows = np.flatnonzero(np.isfinite(target_column(study, target)))
    w = weights_of(weights, study, target, rows)
    assert w.shape == rows.shape
    assert np.all(w > 0)
    assert np.all(w <= 1)
    if study.incumbent is not None:
        position = rows == study.incumbent - 1
        if not isinstance(weights, Discount | ProductOfWeights):
            assert np.all(w[position] == 1)
    one_by_one = weights_of(weights, study, target, rows[::-1])
    assert np.array_equal(one_by_one[::-1], w)


@pytest.mark.parametrize("weights", EVERY, ids=str)
def test_a_description_makes_the_weights_again(weights):
    assert rebuild(describe(weights), CLASSES) == weights


# Discount


@given(half_life=st.floats(0.5, 50), n=st.integers(2, 60))
def test_a_half_life_halves(half_life, n):
    study = line(n)
    w = weights_of(Discount(half_life), study)
    np.testing.assert_allclose(w[::-1], np.maximum(0.5 ** (np.arange(n) / half_life), 1e-30))


def test_a_whole_half_life_halves_exactly():
    w = weights_of(Discount(2.0), line(9))
    assert np.array_equal(w[:-2] * 2, w[2:])
    assert w[-1] == 1


def test_no_half_life_is_no_discount():
    assert weights_of(Discount(None), line(5)).tolist() == [1] * 5


@pytest.mark.parametrize("value", [0, -1.0, math.inf, "long", True])
def test_a_half_life_is_a_time(value):
    with pytest.raises(ComponentError, match=r"Discount\.half_life"):
        Discount(value)


# Neighbourhoods


@given(n=st.integers(1, 20), k=st.integers(1, 25))
def test_k_nearest_count_one(n, k):
    w = weights_of(NearestNeighbourhood(k, 0.125), line(n))
    assert w.tolist() == [1.0] * min(k, n) + [0.125] * max(n - k, 0)


def test_trials_as_near_as_the_kth_count_too():
    steps = [({"a": 0.5, "b": b}, None, (), 1.0) for b in (0.5, 0.25, 0.75, 0.0)]
    w = weights_of(NearestNeighbourhood(2), study_of(SQUARE, steps))
    assert w.tolist() == [1, 1, 1, 0.01]


@pytest.mark.parametrize("value", [0, -1, 1.5, True, "some"])
def test_elsewhere_is_a_weight(value):
    with pytest.raises(ComponentError, match="elsewhere"):
        NearestNeighbourhood(3, value)


def test_the_kernel_is_a_normal_density_of_the_distance():
    w = weights_of(KernelNeighbourhood(0.25), line(10))
    np.testing.assert_allclose(w, np.exp(-0.5 * (np.arange(10) / 10 / 0.25) ** 2))


def test_without_an_incumbent_all_count_the_same():
    study = study_of(
        SQUARE,
        [({"a": 0.1, "b": 0.1}, None, (), math.nan)]
        + [({"a": i / 9, "b": 0.5}, None, (), 1.0) for i in range(9)],
    )
    for weights in (KernelNeighbourhood(0.1), NearestNeighbourhood(2)):
        assert weights_of(weights, study).tolist() == [1] * 9


def test_a_product_multiplies():
    study = line(12)
    parts = (Discount(3.0), KernelNeighbourhood(0.4), EvenWeights())
    expected = np.prod([weights_of(p, study) for p in parts], axis=0)
    np.testing.assert_allclose(weights_of(ProductOfWeights(parts), study), expected)


@pytest.mark.parametrize("parts", [(), (1.0,), (Distance(),)])
def test_a_product_is_of_weights(parts):
    with pytest.raises(ComponentError, match=r"ProductOfWeights\.weights"):
        ProductOfWeights(parts)


# Distances


@settings(max_examples=100)
@given(log=legal_logs(), sensitive=st.booleans())
def test_distances_are_finite_symmetric_and_zero_at_home(log, sensitive):
    study = reduce(log)
    rows = np.arange(study.n_trials)
    distance = Distance(sensitive=sensitive)
    all_of_them = np.array([distance.read(study, "score", t + 1, rows) for t in rows])
    if len(rows) == 0:
        return
    assert np.all(np.isfinite(all_of_them))
    assert np.all(all_of_them >= 0)
    assert np.all(np.diag(all_of_them) == 0)
    assert np.array_equal(all_of_them, all_of_them.T)


def test_distances_by_dimension():
    space = Space(
        {
            "f": Float(0, 10),
            "g": Float(1e-3, 1, log=True),
            "u": Float(),
            "b": Boolean(),
            "c": Categorical(["p", "q", "r"]),
            "o": Ordinal([1, 2, 4]),
            "l": Sequence(Integer(0, 10), 0, 3),
            "k": Fixed(1),
        },
        start={"u": 1.0},
    )
    a = {"f": 1.0, "g": 1e-3, "u": -math.e, "b": True, "c": "p", "o": 1, "l": (1, 2), "k": 1}
    b = {"f": 6.0, "g": 1e-2, "u": 1.0, "b": False, "c": "r", "o": 2, "l": (4, 6, 8), "k": 1}
    found = parameter_distances(space, space.encode([a]), space.encode([b]))[0]
    expected = [0.5, 1 / 3, 2, 1, 1, 0.5, math.sqrt(0.09 + 0.16 + 1), 0]
    np.testing.assert_allclose(found, expected)


def test_an_inactive_parameter_is_one_from_an_active_one():
    space = Space(
        {"x": Float(0, 1), "c": Categorical(["p", "q"]), "l": Sequence(Float(0, 1), 1, 2)}
    )
    a = {
        "x": np.array([np.nan, 0.9]),
        "c": np.array([np.nan, 1.0]),
        "l": np.array([[np.nan, np.nan], [0.5, 0.5]]),
    }
    gone = {name: column[:1] for name, column in a.items()}
    assert parameter_distances(space, a, gone).tolist() == [[0, 0, 0], [1, 1, 1]]


def test_a_parameter_without_effect_does_not_take_a_trial_far():
    """The target hangs on a alone, so that steps in b stay near."""
    rng = np.random.default_rng(0)
    steps = [({"a": 0.5, "b": 0.5}, None, (), 0.5)]
    for i in range(40):
        moved = "ab"[i % 2]
        there = {"a": 0.5, "b": 0.5, moved: float(rng.random())}
        steps.append((there, 1, (moved,), there["a"]))
    study = study_of(SQUARE, steps)
    rows = np.arange(41)
    plain, sensitive = (Distance(s).read(study, "score", 1, rows) for s in (False, True))
    in_a, in_b = rows[1::2], rows[2::2]
    assert np.all(sensitive[in_a] > 1.5 * plain[in_a])
    assert np.all(sensitive[in_b] < 0.3 * plain[in_b])


# Sensitivity


@settings(max_examples=150)
@given(log=legal_logs(), target=st.sampled_from(["score", "seconds"]))
def test_sensitivity_is_positive_and_one_on_average(log, target):
    study = reduce(log)
    s = sensitivity(study, target)
    assert s.shape == (len(study.known_space),)
    assert np.all(np.isfinite(s))
    assert np.all(s > 0)
    searched = [not isinstance(d, Fixed) for _, d in study.known_space.parameters]
    if any(searched):
        assert s[searched].mean() == pytest.approx(1)
    assert np.all(s[[not one for one in searched]] == 1)


def steps_from_one(effects, moves, rng, noise=0.0):
    """Steps from the first trial whose moved parameters change the score by their effects."""
    steps = [(dict.fromkeys(effects, 0.5), None, (), 0.0)]
    for moved in moves:
        there = dict.fromkeys(effects, 0.5)
        score = noise * rng.normal()
        for name in moved:
            there[name] = 0.5 + 0.3 * rng.choice([-1, 1])
            score += effects[name] * rng.choice([-1, 1])
        steps.append((there, 1, moved, float(score)))
    return steps


@pytest.mark.parametrize("number", [1, 2])
def test_sensitivity_finds_the_effects(number):
    rng = np.random.default_rng(0)
    effects = {"a": 4.0, "b": 1.0, "c": 0.0}
    space = Space({name: Float(0, 1) for name in effects})
    moves = [tuple(rng.choice(list(effects), number, replace=False)) for _ in range(300)]
    s = sensitivity(study_of(space, steps_from_one(effects, moves, rng)))
    assert s[0] > s[1] > s[2]
    if number == 1:
        np.testing.assert_allclose(s, np.array([4, 1, 0]) * 3 / 5, atol=0.1)


@given(factor=st.sampled_from([1e-6, 3.0, 1e300]), shift=st.sampled_from([0.0, 1.0]))
def test_sensitivity_has_no_unit_and_no_direction(factor, shift):
    rng = np.random.default_rng(1)
    space = Space({"a": Float(0, 1), "b": Float(0, 1)})
    steps = steps_from_one({"a": 1.0, "b": 0.3}, [("a",), ("b",), ("a", "b")] * 3, rng, 0.1)
    other = [(c, p, m, (score + shift) * factor) for c, p, m, score in steps]
    one = sensitivity(study_of(space, steps))
    np.testing.assert_allclose(one, sensitivity(study_of(space, other)), rtol=1e-6)
    np.testing.assert_allclose(one, sensitivity(study_of(space, steps, "minimize")))


def test_one_step_moves_an_estimate_less_than_many():
    space = Space({"a": Float(0, 1), "b": Float(0, 1)})
    rng = np.random.default_rng(2)
    few = sensitivity(study_of(space, steps_from_one({"a": 1, "b": 0}, [("a",), ("b",)], rng)))
    many = sensitivity(
        study_of(space, steps_from_one({"a": 1, "b": 0}, [("a",), ("b",)] * 20, rng))
    )
    assert 1 < few[0] < 1.5 < many[0] < 2
    np.testing.assert_allclose(few[0] / few[1], (2 + 2) / 2)


def test_a_parameter_that_only_follows_is_not_blamed():
    steps = [({"a": 0.5, "b": 0.5}, None, (), 0.0)]
    steps += [({"a": 0.1 * i, "b": 0.1 * i}, 1, ("a",), 1.0) for i in range(5)]
    drawn = sensitivity(study_of(SQUARE, steps))
    assert drawn[0] >= 1 >= drawn[1]
    unsaid = sensitivity(study_of(SQUARE, [(c, p, (), score) for c, p, _, score in steps]))
    assert unsaid[0] == unsaid[1] == 1


def test_nothing_to_learn_from_is_even():
    assert sensitivity(line(5)).tolist() == [1, 1]
    same = [({"a": 0.5, "b": 0.5}, None, (), 1.0), ({"a": 0.6, "b": 0.5}, 1, ("a",), 1.0)]
    assert sensitivity(study_of(SQUARE, same)).tolist() == [1, 1]


def test_seconds_have_their_own_sensitivity():
    steps = [({"a": 0.5, "b": 0.5}, None, (), 0.0), ({"a": 0.6, "b": 0.5}, 1, ("a",), 0.0)]
    study = study_of(SQUARE, [*steps, ({"a": 0.5, "b": 0.6}, 1, ("b",), 0.0)])
    assert sensitivity(study, "score").tolist() == [1, 1]
    assert sensitivity(study, "seconds")[1] > sensitivity(study, "seconds")[0]
