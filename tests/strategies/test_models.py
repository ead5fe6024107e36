"""Models of anticipators: against scikit-learn, and what each promises of itself."""

from __future__ import annotations

import sys
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.linear_model import BayesianRidge, Ridge
from sklearn.svm import SVR

from autotune.errors import ComponentError
from autotune.strategy import describe, rebuild
from autotune_strategies.models.linear import BayesianRidgeRegression, LocalLinear, RidgeRegression
from autotune_strategies.models.model import Model, SklearnRegressor, standardized
from autotune_strategies.models.nonparametric import Forest, NearestNeighbours

OWN = [
    RidgeRegression(),
    RidgeRegression(1e-9),
    BayesianRidgeRegression(),
    NearestNeighbours(1, "even"),
    NearestNeighbours(3),
    LocalLinear(),
    LocalLinear(3, 1e-6),
    Forest(n_trees=3),
    Forest("extra", n_trees=3, max_features=1, min_samples_leaf=1),
]
SKLEARN = [
    SklearnRegressor("sklearn.svm.SVR", {"C": 2.0}),
    SklearnRegressor("KNeighborsRegressor"),
    SklearnRegressor("sklearn.gaussian_process.GaussianProcessRegressor", {"alpha": 0.1}),
    SklearnRegressor("Lasso", {"alpha": 0.1}),
    SklearnRegressor("HuberRegressor"),
    SklearnRegressor("PLSRegression"),
    SklearnRegressor("GradientBoostingRegressor", {"n_estimators": 3}),
    SklearnRegressor("MLPRegressor", {"hidden_layer_sizes": (3,), "max_iter": 5}),
]


def rng(seed=0):
    return np.random.default_rng(seed)


def standard(y):
    sd = y.std()
    return (y - y.mean()) / sd if sd > 0 else np.zeros(len(y))


@st.composite
def problems(draw):
    """Rows as features give them: with doubles, constant columns, more columns than rows."""
    n, p, m = draw(st.integers(2, 12)), draw(st.integers(1, 5)), draw(st.integers(1, 5))
    numbers = st.sampled_from([0.0, 1.0, -1.0, 700.0, 1e-3]) | st.floats(-10, 10)
    X = draw(arrays(np.float64, (n, p), elements=numbers))
    Q = draw(arrays(np.float64, (m, p), elements=numbers))
    y = standard(draw(arrays(np.float64, n, elements=st.floats(-3, 3))))
    w = draw(arrays(np.float64, n, elements=st.sampled_from([1.0, 0.5, 1e-3, 1e-30])))
    w[draw(st.integers(0, n - 1))] = 1.0
    return X, y, w, Q


def smooth(n=40, p=3, seed=0, noise=0.3):
    r = rng(seed)
    X = r.normal(size=(n, p))
    y = X @ np.arange(1.0, p + 1) + noise * r.normal(size=n)
    return X, standard(y), np.ones(n), r.normal(size=(7, p))


@pytest.mark.parametrize("model", OWN + SKLEARN, ids=str)
@settings(max_examples=25)
@given(problem=problems())
def test_every_model_is_total(model, problem):
    mean, sd = model.fit_predict(*problem, rng())
    assert mean.shape == sd.shape == (len(problem[3]),)
    assert np.all(np.isfinite(mean))
    assert np.all(np.isfinite(sd))
    assert np.all(sd >= 0)


@pytest.mark.parametrize("kind", ["random", "extra"])
def test_leaves_of_rows_that_hardly_count_are_not_empty(kind):
    X = np.full((7, 4), 2.0)
    X[[1, 4, 5], 0] = [0.0, 1.0, 0.0]
    y = np.full(7, 0.40824829)
    y[1] = -2.44948974
    w = np.array([1e-30, 1.0, 1e-30, 1e-30, 1.0, 1.0, 1e-30])
    for seed in range(50):
        forest = Forest(kind, n_trees=3)
        mean, sd = forest.fit_predict(X, y, w, np.array([[2.0, 0, 0, 0]]), rng(seed))
        assert np.isfinite(mean[0])
        assert np.isfinite(sd[0])


@pytest.mark.parametrize("model", OWN, ids=str)
@settings(max_examples=25)
@given(problem=problems())
def test_a_row_is_answered_the_same_in_any_company(model, problem):
    X, y, w, Q = problem
    mean, sd = model.fit_predict(X, y, w, Q, rng())
    back_mean, back_sd = model.fit_predict(X, y, w, Q[::-1], rng())
    assert np.array_equal(back_mean[::-1], mean)
    assert np.array_equal(back_sd[::-1], sd)
    for i in range(len(Q)):
        one_mean, one_sd = model.fit_predict(X, y, w, Q[i : i + 1], rng())
        assert one_mean[0] == mean[i]
        assert one_sd[0] == sd[i]


@pytest.mark.parametrize("model", SKLEARN, ids=str)
def test_a_row_is_answered_much_the_same_in_any_company_by_scikit_learn(model):
    X, y, w, Q = smooth()
    mean, sd = model.fit_predict(X, y, w, Q, rng())
    one_mean, one_sd = model.fit_predict(X, y, w, Q[3:4], rng())
    assert one_mean[0] == pytest.approx(mean[3], abs=1e-9)
    assert one_sd[0] == pytest.approx(sd[3], abs=1e-6)


@pytest.mark.parametrize("model", OWN + SKLEARN, ids=str)
def test_the_arguments_are_left_as_they_are(model):
    problem = smooth()
    copies = [a.copy() for a in problem]
    model.fit_predict(*problem, rng())
    assert all(np.array_equal(a, b) for a, b in zip(problem, copies, strict=True))


@pytest.mark.parametrize("model", OWN + SKLEARN, ids=str)
def test_a_description_makes_the_model_again(model):
    assert isinstance(model, Model)
    again = rebuild(describe(model), {type(model).__name__: type(model)})
    assert again == model
    assert hash(again) == hash(model)
    problem = smooth()
    for a, b in zip(
        model.fit_predict(*problem, rng(3)), again.fit_predict(*problem, rng(3)), strict=True
    ):
        assert np.array_equal(a, b)


# Ridge


@given(problem=problems(), alpha=st.floats(0.01, 100))
def test_ridge_is_scikit_learns(problem, alpha):
    X, y, w, Q = problem
    mean, sd = RidgeRegression(alpha).fit_predict(X, y, w, Q, rng())
    known = Ridge(alpha, solver="svd").fit(X, y, sample_weight=w)
    np.testing.assert_allclose(mean, known.predict(Q), rtol=1e-6, atol=1e-6)
    residuals = y - known.predict(X)
    expected = np.sqrt(np.average(residuals**2, weights=w))
    np.testing.assert_allclose(sd, expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    "model", [RidgeRegression(), BayesianRidgeRegression(tolerance=1e-10)], ids=str
)
def test_weight_two_is_the_same_row_twice(model):
    X, y, w, Q = smooth()
    w[:10] = 2.0
    twice = np.concatenate([np.arange(40), np.arange(10)])
    found = model.fit_predict(X, y, w, Q, rng())
    expected = model.fit_predict(X[twice], y[twice], np.ones(50), Q, rng())
    np.testing.assert_allclose(found, expected, rtol=1e-6)


# Bayesian ridge


@pytest.mark.parametrize(("n", "p"), [(40, 3), (15, 8), (200, 2), (10, 15)])
@pytest.mark.parametrize("seed", range(5))
def test_bayesian_ridge_is_scikit_learns(n, p, seed):
    X, y, _, Q = smooth(n, p, seed)
    w = rng(seed).uniform(0.5, 1, n)
    w /= w.max()
    known = BayesianRidge(tol=1e-8, max_iter=2000).fit(X, y, sample_weight=w)
    expected, expected_sd = known.predict(Q, return_std=True)
    mean, sd = BayesianRidgeRegression(2000, 1e-8).fit_predict(X, y, w, Q, rng())
    # With more columns than rows scikit-learn counts freedom that is not there (see the model).
    tolerance = 1e-5 if n > p else 0.05
    np.testing.assert_allclose(mean, expected, rtol=tolerance, atol=tolerance)
    if n > p:
        np.testing.assert_allclose(sd, expected_sd, rtol=1e-5)


def test_bayesian_ridge_finds_the_noise():
    X, y, w, _ = smooth(2000, 2, noise=1.0)
    _, sd = BayesianRidgeRegression().fit_predict(X, y, w, np.zeros((1, 2)), rng())
    assert sd[0] == pytest.approx(1 / np.sqrt(1 + 4 + 1), rel=0.1)


def test_bayesian_ridge_is_less_sure_far_away_also_where_it_saw_nothing():
    X, y, w, _ = smooth()
    X = np.column_stack([X, np.zeros(len(X))])
    Q = np.zeros((3, 4))
    Q[1, 0], Q[2, 3] = 10.0, 10.0
    _, sd = BayesianRidgeRegression().fit_predict(X, y, w, Q, rng())
    assert sd[1] > 1.05 * sd[0]
    assert sd[2] > 1.05 * sd[1]


def test_bayesian_ridge_is_unsure_where_no_row_points():
    X = np.zeros((4, 6))
    X[:, :2] = [[1, 0], [-1, 0], [0, 1], [0, -1]]
    Q = np.zeros((2, 6))
    Q[0, 0] = Q[1, 5] = 3.0
    y = standard(X[:, 0] + 0.5 * X[:, 1])
    _, sd = BayesianRidgeRegression().fit_predict(X, y, np.ones(4), Q, rng())
    assert sd[1] > 3 * sd[0]


# Nearest neighbours


@pytest.mark.parametrize("weighting", ["even", "distance"])
def test_one_neighbour_interpolates(weighting):
    X, y, w, _ = smooth()
    mean, _ = NearestNeighbours(1, weighting).fit_predict(X, y, w, X, rng())
    np.testing.assert_allclose(mean, y, rtol=1e-9)


def test_distance_weighting_interpolates_nearly_with_any_number():
    X, y, w, _ = smooth()
    mean, _ = NearestNeighbours(7, "distance").fit_predict(X, y, w, X, rng())
    np.testing.assert_allclose(mean, y, atol=1e-3)


@given(problem=problems(), k=st.integers(1, 15))
def test_neighbours_stay_within_the_range_seen(problem, k):
    X, y, w, Q = problem
    mean, sd = NearestNeighbours(k).fit_predict(X, y, w, Q, rng())
    assert np.all(mean >= y.min() - 1e-9)
    assert np.all(mean <= y.max() + 1e-9)
    assert np.all(sd <= np.ptp(y) + 1e-9)


def test_all_as_neighbours_give_the_weighted_mean():
    X, y, w, Q = smooth()
    w = rng(1).uniform(0.1, 1, len(y))
    mean, sd = NearestNeighbours(len(y), "even").fit_predict(X, y, w, Q, rng())
    expected = np.average(y, weights=w)
    np.testing.assert_allclose(mean, expected)
    np.testing.assert_allclose(sd, np.sqrt(np.average((y - expected) ** 2, weights=w)))


def test_equally_near_rows_all_count():
    X = np.array([[0.0], [0.0], [5.0]])
    mean, _ = NearestNeighbours(1, "even").fit_predict(
        X, np.array([1.0, 2.0, 9.0]), np.ones(3), np.zeros((1, 1)), rng()
    )
    assert mean[0] == 1.5


def test_the_spread_is_that_of_one_neighbour_more():
    X = np.array([[0.0], [1.0], [5.0]])
    mean, sd = NearestNeighbours(1).fit_predict(
        X, np.array([1.0, 4.0, 9.0]), np.array([1.0, 0.5, 1.0]), np.zeros((1, 1)), rng()
    )
    assert mean[0] == 1
    assert sd[0] == pytest.approx(np.sqrt(0.5 * 9 / 1.5))


# Local linear


@settings(max_examples=30)
@given(seed=st.integers(0, 1000), p=st.integers(1, 3), k=st.integers(12, 60))
def test_local_linear_is_exact_on_linear_data(seed, p, k):
    X, _, w, Q = smooth(40, p, seed)
    slopes = rng(seed + 1).normal(size=p)
    y = X @ slopes
    mean, sd = LocalLinear(k, 1e-9).fit_predict(X, y, w, Q, rng())
    np.testing.assert_allclose(mean, Q @ slopes, atol=1e-4)
    np.testing.assert_allclose(sd, 0, atol=1e-4)


def test_local_linear_is_a_ridge_with_tricube_weights():
    X, y, _, Q = smooth(30, 2)
    w = rng(1).uniform(0.1, 1, 30)
    mean, sd = LocalLinear(12, 0.5).fit_predict(X, y, w, Q, rng())
    Z, asked = standardized(X, w, Q)
    for i, q in enumerate(asked):
        d = np.sqrt(((Z - q) ** 2).sum(axis=1))
        kernel = w * np.clip(1 - (d / (1.001 * np.sort(d)[11])) ** 3, 0, None) ** 3
        kernel[d > np.sort(d)[11]] = 0
        known = Ridge(0.5).fit(Z, y, sample_weight=kernel)
        assert mean[i] == pytest.approx(known.predict([q])[0])
        residuals = y - known.predict(Z)
        assert sd[i] == pytest.approx(np.sqrt(np.average(residuals**2, weights=kernel)))


def test_local_linear_follows_a_bend_that_a_line_does_not():
    X = np.linspace(-1, 1, 60)[:, None]
    y = standard(np.abs(X[:, 0]))
    line, _ = RidgeRegression(1e-6).fit_predict(X, y, np.ones(60), X, rng())
    local, _ = LocalLinear(12, 1e-6).fit_predict(X, y, np.ones(60), X, rng())
    assert np.abs(local - y).mean() < 0.05 * np.abs(line - y).mean()


def test_local_linear_ignores_what_is_out_of_reach():
    X, y, w, _ = smooth(60, 2)
    Q = np.zeros((1, 2))
    far = np.argsort(((X - X.mean(0)) ** 2 / X.var(0)).sum(1))[-20:]
    other = y.copy()
    other[far] += 100
    a = LocalLinear(10).fit_predict(X, y, w, Q, rng())
    b = LocalLinear(10).fit_predict(X, other, w, Q, rng())
    assert np.array_equal(a, b)


# Forest


@pytest.mark.parametrize("kind", ["random", "extra"])
@settings(max_examples=30)
@given(problem=problems(), seed=st.integers(0, 99))
def test_a_forest_stays_within_the_range_seen(kind, problem, seed):
    X, y, w, Q = problem
    mean, sd = Forest(kind, 4).fit_predict(X, y, w, Q, rng(seed))
    assert np.all(mean >= y.min())
    assert np.all(mean <= y.max())
    assert np.all(sd <= np.ptp(y) / 2 + 1e-9)


@pytest.mark.parametrize("kind", ["random", "extra"])
def test_a_forest_depends_on_its_generator_and_on_nothing_else(kind):
    problem = smooth()
    a, b, c = (Forest(kind).fit_predict(*problem, rng(seed))[0] for seed in (1, 1, 2))
    assert np.array_equal(a, b)
    assert not np.array_equal(a, c)


def test_extra_trees_with_a_row_to_a_leaf_interpolate():
    X, y, w, _ = smooth()
    mean, sd = Forest("extra", 5, min_samples_leaf=1).fit_predict(X, y, w, X, rng())
    np.testing.assert_allclose(mean, y, atol=1e-9)
    np.testing.assert_allclose(sd, 0, atol=1e-6)


def test_the_spread_within_leaves_counts():
    X = np.repeat([[0.0], [1.0]], 20, axis=0)
    y = np.concatenate([np.tile([1.0, -1.0], 10), np.zeros(20)])
    _, sd = Forest("extra").fit_predict(X, y, np.ones(40), np.array([[0.0], [1.0]]), rng())
    np.testing.assert_allclose(sd, [1, 0], atol=1e-9)


def test_a_forest_sees_what_no_line_sees():
    r = rng()
    X = r.integers(0, 2, (80, 2)).astype(float)
    y = standard((X[:, 0] != X[:, 1]).astype(float))
    Q = np.array([[0.0, 0.0], [0.0, 1.0]])
    mean, _ = Forest().fit_predict(X, y, np.ones(80), Q, rng())
    assert mean[1] - mean[0] > 1


def test_heavy_rows_pull_a_forest():
    X, y = np.zeros((20, 1)), np.repeat([-1.0, 1.0], 10)
    X[0] = 1
    w = np.where(y > 0, 1.0, 0.01)
    mean, _ = Forest("extra").fit_predict(X, y, w, np.zeros((1, 1)), rng())
    assert mean[0] > 0.9


@pytest.mark.parametrize("share", [0, 1.5, True, "all"])
def test_a_share_of_features_is_a_share(share):
    with pytest.raises(ComponentError, match="max_features"):
        Forest(max_features=share)


# Any of scikit-learn's


def test_a_regressor_of_scikit_learn_is_fitted_as_by_hand():
    X, y, _, Q = smooth()
    w = rng(1).uniform(0.1, 1, len(y))
    mean, sd = SklearnRegressor("sklearn.svm.SVR", {"C": 3.0}).fit_predict(X, y, w, Q, rng())
    Z, asked = standardized(X, w, Q)
    known = SVR(C=3.0).fit(Z, y, sample_weight=w)
    assert np.array_equal(mean, known.predict(asked))
    expected = np.sqrt(np.average((y - known.predict(Z)) ** 2, weights=w))
    np.testing.assert_allclose(sd, expected)


def test_its_own_standard_deviation_is_used():
    X, y, w, Q = smooth()
    _, sd = SklearnRegressor("BayesianRidge").fit_predict(X, y, w, Q, rng())
    Z, asked = standardized(X, w, Q)
    expected = BayesianRidge().fit(Z, y, sample_weight=w).predict(asked, return_std=True)[1]
    np.testing.assert_allclose(sd, expected)
    assert len(set(sd.tolist())) > 1


def test_chance_comes_from_the_generator_unless_given():
    problem = smooth()
    free = SklearnRegressor("ExtraTreeRegressor", {"max_features": 1})
    fixed = SklearnRegressor("ExtraTreeRegressor", {"max_features": 1, "random_state": 5})
    first, second = (free.fit_predict(*problem, rng(seed))[0] for seed in (1, 2))
    assert not np.array_equal(first, second)
    first, second = (fixed.fit_predict(*problem, rng(seed))[0] for seed in (1, 2))
    assert np.array_equal(first, second)


def test_where_it_can_not_be_fitted_the_mean_is_given():
    X, y = np.array([[0.0], [1.0]]), np.array([-1.0, 3.0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mean, sd = SklearnRegressor("KNeighborsRegressor").fit_predict(X, y, np.ones(2), X, rng())
    assert mean.tolist() == [1.0, 1.0]
    assert sd.tolist() == [2.0, 2.0]


@pytest.mark.parametrize(
    "name",
    [
        "os.system",
        "antigravity.SVR",
        "sklearn.svm.SVC",
        "autotune_strategies.Ridge",
        "sklearn.pipeline.Pipeline",
        "",
        None,
        ["SVR"],
    ],
)
def test_only_regressors_of_scikit_learn_have_names(name):
    with pytest.raises(ComponentError, match="must name a regressor"):
        SklearnRegressor(name)
    assert "antigravity" not in sys.modules


@pytest.mark.parametrize(
    "name",
    ["PoissonRegressor", "MultiTaskLasso", "IsotonicRegression", "StackingRegressor"],
)
def test_regressors_that_do_not_fit_here_are_refused(name):
    with pytest.raises(ComponentError, match="can't be"):
        SklearnRegressor(name)


@pytest.mark.parametrize(
    ("parameters", "word"),
    [
        ({"C": -1.0}, "'C' parameter"),
        ({"D": 1.0}, "no parameter 'D'"),
        ({"kernel": np.dot}, "plain value"),
        ({"C": float("nan")}, "plain value"),
        (7, "must be a dict"),
        ({1: 2}, "must be a dict"),
    ],
)
def test_parameters_are_checked_at_once(parameters, word):
    with pytest.raises(ComponentError, match=word):
        SklearnRegressor("SVR", parameters)


def test_the_order_of_parameters_does_not_matter():
    a = SklearnRegressor("SVR", {"C": 1.0, "epsilon": 0.2})
    assert a == SklearnRegressor("SVR", {"epsilon": 0.2, "C": 1.0})
    assert a == SklearnRegressor("SVR", [["C", 1.0], ["epsilon", 0.2]])
