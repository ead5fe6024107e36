"""Features: logarithms and standardised coordinates, with inactive parameters marked."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autotune import Boolean, Categorical, Float, Integer, Sequence, Space
from autotune.errors import ComponentError
from autotune.space import Fixed, Ordinal
from autotune.strategy import describe, rebuild
from autotune.study import reduce
from autotune.testing import legal_logs
from autotune_strategies.anticipators.ridge import LogFeatures
from autotune_strategies.features import Features, ScaledFeatures

EVERY = [
    LogFeatures(),
    ScaledFeatures(),
    ScaledFeatures("log", squares=False),
    ScaledFeatures("linear", length=False, missing=False, one_hot=False),
]
every = pytest.mark.parametrize("features", EVERY, ids=str)

MIXED = Space(
    {
        "x": Float(1e-3, 1, log=True),
        "n": Integer(1, 100),
        "b": Boolean(),
        "c": Categorical(["p", "q", "r"]),
        "o": Ordinal([1, 2, 4]),
        "l": Sequence(Integer(1, 8), 1, 3),
        "k": Fixed(3),
        "u": Float(low=0),
    },
    start={"u": 1.0},
)


def some(n, seed=0, gone=0.0, space=MIXED):
    """Coordinates of the mixed space, of which a share is inactive."""
    rng = np.random.default_rng(seed)
    columns = {name: d.sample(rng, n) for name, d in space.parameters if name != "u"}
    columns["u"] = rng.exponential(size=n)
    for name, column in columns.items():
        if name != "k":
            column[rng.random(n) < gone] = np.nan
    return columns


def rows(coordinates, index):
    return {name: column[index] for name, column in coordinates.items()}


@every
@settings(max_examples=60)
@given(log=legal_logs())
def test_features_are_finite_on_any_record(features, log):
    study = reduce(log)
    X, Q = features.read(study.known_space, study.coordinates, rows(study.coordinates, slice(0, 3)))
    assert np.all(np.isfinite(X))
    assert np.array_equal(X[:3], Q)
    assert len(X) == study.n_trials


@every
@pytest.mark.parametrize("gone", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("seed", range(3))
def test_features_are_finite_where_parameters_are_inactive(features, gone, seed):
    record, candidates = some(12, seed, gone), some(5, seed + 10, 0.5)
    X, Q = features.read(MIXED, record, candidates)
    assert X.shape == (12, Q.shape[1])
    assert np.all(np.isfinite(X))
    assert np.all(np.isfinite(Q))


@every
def test_a_candidates_features_do_not_depend_on_the_others(features):
    record, candidates = some(12, gone=0.2), some(6, 1, gone=0.2)
    X, Q = features.read(MIXED, record, candidates)
    for i in range(6):
        X_alone, alone = features.read(MIXED, record, rows(candidates, slice(i, i + 1)))
        assert np.array_equal(alone[0], Q[i])
        assert np.array_equal(X_alone, X)


@every
def test_a_description_makes_the_features_again(features):
    assert isinstance(features, Features)
    assert rebuild(describe(features), {type(features).__name__: type(features)}) == features


@every
def test_being_inactive_is_marked_and_stands_in_the_middle(features):
    space = Space({"x": Float(1.0, 100.0)})
    record = {"x": np.array([1.0, 10.0, 100.0, np.nan])}
    X, Q = features.read(space, record, {"x": np.array([np.nan, 10.0])})
    if getattr(features, "missing", True):
        assert X[:, 0].tolist() == [0, 0, 0, 1]
        assert Q[:, 0].tolist() == [1, 0]
    values = X[:, 1 if getattr(features, "missing", True) else 0]
    assert values[:3].min() < values[3] < values[:3].max()
    assert values[3] == (np.log(10.0) if isinstance(features, LogFeatures) else 0)


# LogFeatures


def test_log_features_of_a_space_without_conditions_are_those_of_2018():
    """The columns written out; recorded studies replay on them bit for bit."""
    record, candidates = some(12), some(5, 1)
    X, Q = LogFeatures().read(MIXED, record, candidates)
    for made, source in ((X, record), (Q, candidates)):
        expected = []
        for name in ("x", "n"):
            log = np.log(source[name])
            expected += [log, log * log]
        expected.append(source["b"])
        expected += [source["c"] == v for v in np.unique(record["c"])]
        expected += [source["o"] == v for v in np.unique(record["o"])]
        for j in range(3):
            gone = np.isnan(source["l"][:, j])
            if j > 0:
                expected.append(gone)
            log = np.log(np.where(gone, 1e-3, source["l"][:, j]))
            expected += [log, log * log]
        log = np.log(source["u"])
        expected += [log, log * log]
        assert np.array_equal(made, np.column_stack(expected).astype(float))


def test_what_stands_in_for_an_inactive_value_is_no_value_of_its_own():
    space = Space({"x": Float(1.0, 9.0), "c": Categorical(["p", "q"]), "b": Boolean()})
    record = {
        "x": np.array([2.0, 3.0, np.nan]),
        "c": np.array([0.0, np.nan, np.nan]),
        "b": np.array([1.0, np.nan, 1.0]),
    }
    X, _ = LogFeatures().read(space, record, record)
    # A flag and a logarithm without its square; then flags alone.
    assert X.shape == (3, 4)
    assert X[:, 0].tolist() == [0, 0, 1]
    assert X[:, 2].tolist() == [0, 1, 1]
    assert X[:, 3].tolist() == [0, 1, 0]


def test_an_inactive_choice_is_none_of_the_choices():
    space = Space({"c": Categorical(["p", "q"])})
    X, Q = LogFeatures().read(
        space, {"c": np.array([0.0, 1.0, np.nan])}, {"c": np.array([np.nan, 1.0])}
    )
    assert X.tolist() == [[0, 1, 0], [0, 0, 1], [1, 0, 0]]
    assert Q.tolist() == [[1, 0, 0], [0, 0, 1]]


def test_a_candidate_may_be_the_first_to_be_inactive():
    space = Space({"x": Float(1.0, 9.0), "c": Categorical(["p", "q"])})
    record = {"x": np.array([2.0, 3.0, 4.0]), "c": np.array([0.0, 1.0, 1.0])}
    gone = {"x": np.array([np.nan]), "c": np.array([np.nan])}
    X, Q = LogFeatures().read(space, record, gone)
    assert np.array_equal(X, LogFeatures().read(space, record, record)[0])
    assert Q.tolist() == [[np.log(3.0), np.log(3.0) ** 2, 0, 0]]


# ScaledFeatures


@settings(max_examples=60)
@given(
    x=st.lists(st.floats(-1e3, 1e3).map(lambda v: round(v, 3)), min_size=2, max_size=9),
    scale=st.sampled_from([1e-3, 1.0, 1e6, 1e300, -7.0]),
    shift=st.sampled_from([0.0, 5.0]),
)
def test_linear_features_have_no_unit(x, scale, shift):
    x = np.array(x)
    space = Space({"x": Float()}, start={"x": 1.0})
    features = ScaledFeatures("linear")
    X, _ = features.read(space, {"x": x}, {"x": x})
    Y, _ = features.read(space, {"x": x * scale + shift * abs(scale)}, {"x": x})
    assert X.shape == Y.shape
    if X.shape[1]:
        X[:, 0] *= np.sign(scale)
        np.testing.assert_allclose(X, Y, atol=1e-6)
        assert X[:, 0].mean() == pytest.approx(0, abs=1e-9)
        assert X[:, 0].std() == pytest.approx(1)


def test_scales_are_what_they_say():
    space = Space({"x": Float(1.0, 101.0)})
    x = np.array([1.0, 10.0, 101.0])
    for scale, expected in (
        ("natural", (x - 1) / 100),
        ("linear", x),
        ("log", np.log(x)),
    ):
        X, _ = ScaledFeatures(scale, squares=False).read(space, {"x": x}, {"x": x})
        np.testing.assert_allclose(X[:, 0], (expected - expected.mean()) / expected.std())


def test_switches_add_and_drop_columns():
    record = some(30)

    def width(**switches):
        return ScaledFeatures(**switches).read(MIXED, record, record)[0].shape[1]

    everything = width()
    assert everything - width(squares=False) == 8  # x, n, o, three elements, the length, u
    assert everything - width(length=False) == 2  # with its square
    assert everything - width(missing=False) == 2  # the first element is never missing
    assert everything - width(one_hot=False) == 3 - 2  # c as a number, with its square


def test_the_length_of_a_sequence_counts_beyond_what_was_seen():
    space = Space({"l": Sequence(Integer(1, 8), 1, 5)})
    record = {"l": np.array([[3.0, np.nan], [3.0, 3.0]])}
    longer = {"l": np.array([[3.0, 3.0, 3.0, 3.0]])}
    X, Q = ScaledFeatures(missing=False).read(space, record, longer)
    np.testing.assert_allclose(X, [[-1], [1]])
    np.testing.assert_allclose(Q, [[5]])


def test_a_choice_never_seen_is_none_of_those_seen():
    space = Space({"c": Categorical(["p", "q", "r"])})
    _, Q = ScaledFeatures().read(space, {"c": np.array([0.0, 1.0])}, {"c": np.array([2.0])})
    assert Q.tolist() == [[0, 0]]


@pytest.mark.parametrize("switch", ["squares", "length", "missing", "one_hot"])
def test_switches_are_on_or_off(switch):
    with pytest.raises(ComponentError, match=switch):
        ScaledFeatures(**{switch: "yes"})


def test_the_scale_is_one_of_three():
    with pytest.raises(ComponentError, match="scale"):
        ScaledFeatures("cubic")
