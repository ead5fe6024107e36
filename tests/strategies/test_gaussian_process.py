"""The Gaussian process: against scikit-learn's, and what its numbers must do."""

from __future__ import annotations

import math

import numpy as np
import pytest
from attrs import evolve as replace
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import approx_fprime
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

from autotune import Boolean, Categorical, Float, Integer, Ordinal, Sequence, Space, tune
from autotune.errors import ComponentError
from autotune.replay import verify
from autotune.space import Fixed
from autotune.space.unit_cube import cube_size, from_unit_cube
from autotune.strategy import AnticipateQuery, Key, describe, rebuild
from autotune.study import (
    EMPTY,
    Evaluated,
    Failure,
    Measurement,
    Proposed,
    Rejected,
    StudyStarted,
    apply,
)
from autotune.testing import configurations, legal_logs, spaces
from autotune_strategies import recipes
from autotune_strategies.anticipators.gaussian_process import (
    GaussianProcess,
    GaussianState,
    _kept,
)
from autotune_strategies.gaussian.inference import (
    JITTER,
    Posterior,
    Prior,
    fit_hyperparameters,
    negative_log_posterior,
)
from autotune_strategies.gaussian.kernel import Inputs, distances, group_names, matern52
from autotune_strategies.target import target_column
from autotune_strategies.warps import LogWarp, NoWarp, Ranks, Winsorized, YeoJohnson
from autotune_strategies.weights import Discount, EvenWeights

NUMBERS = Space({"x": Float(0, 1), "y": Float(1e-3, 10, log=True), "n": Integer(1, 9)})
LINE = Space({"x": Float(0, 1)})
MIXED = Space(
    {
        "x": Float(-2, 2),
        "rate": Float(log=True),
        "solver": Categorical(["adam", "sgd", "lbfgs"]),
        "size": Ordinal([1, 2, 4, 8]),
        "warm": Boolean(),
        "layers": Sequence(Integer(1, 100, log=True), 1, 4),
        "same": Fixed(3),
    },
    start={"rate": 0.1},
)
CLASSES = {
    kind.__name__: kind
    for kind in (
        Discount,
        EvenWeights,
        GaussianProcess,
        LogWarp,
        NoWarp,
        Prior,
        Ranks,
        Winsorized,
        YeoJohnson,
    )
}
EVERY = [
    GaussianProcess(),
    GaussianProcess("seconds", warp=LogWarp()),
    GaussianProcess(weights=Discount(5.0), warp=YeoJohnson(), of="change", max_rows=5),
    GaussianProcess(warp=Ranks(), prior=Prior(1.0, -8.0, 2.0, 0.5), max_rows=1),
    GaussianProcess(warp=Winsorized(), prior=Prior(nugget=0.3)),
]
every = pytest.mark.parametrize("anticipator", EVERY, ids=range(len(EVERY)))
close = np.testing.assert_allclose


def events_of(space, trials, direction="maximize"):
    """Events of judged trials, (configuration, score), in folds of one; None for a failure."""
    events = [StudyStarted(0, "s", space, direction, "score", 1, {}, 0)]
    for trial, (configuration, score) in enumerate(trials, 1):
        failure = Failure("E", "e") if score is None else None
        value = math.nan if score is None else score
        parent = None if trial == 1 else trial - 1
        events.append(Proposed(0, trial, configuration, parent, (), "given"))
        seconds = 1.0 + trial % 3
        events.append(
            Evaluated(0, trial, Measurement((0,), (value,), (seconds,), (0.0,), {}, failure))
        )
        events.append(Rejected(0, trial, None, None, "no gain"))
    return events


def walk(n, space, function, *, noise=0.0, seed=0):
    rng = np.random.default_rng(seed)
    configurations = draw(space, n, seed)
    return [(c, float(function(c) + noise * rng.normal())) for c in configurations]


def draw(space, n, seed=0):
    """Configurations, numbers without bounds among them."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(n):
        one = {}
        for name, dimension in space.parameters:
            unbounded = isinstance(dimension, Float) and not dimension.bounded
            one[name] = (
                float(10 ** rng.uniform(-3, 0))
                if unbounded
                else dimension.decode(dimension.sample(rng, 1)[0])
            )
        found.append(one)
    return found


def fold(anticipator, events, study=EMPTY, state=None):
    state = anticipator.init() if state is None else state
    for event in events:
        study = apply(study, event)
        state = anticipator.update(state, study, event)
    return study, state


def ask(anticipator, study, state, configurations, target="score", parents=None):
    coordinates = study.known_space.encode(configurations)
    parents = np.zeros(len(configurations), np.int64) if parents is None else np.array(parents)
    return anticipator.read(state, AnticipateQuery(study, Key(0), target, coordinates, parents))


def learnt(space, trials, anticipator=None):
    """Return what a process makes of configurations, and its state."""
    anticipator = anticipator or GaussianProcess()
    study, state = fold(anticipator, events_of(space, trials))
    return lambda *given, **more: ask(anticipator, study, state, *given, **more), state


def smooth(c):
    return math.sin(5 * c["x"])


def peers(theta, noise=None):
    """scikit-learn's process at the same hyper-parameters."""
    kernel = ConstantKernel(math.exp(theta[-2])) * Matern(np.exp(theta[:-2]), nu=2.5)
    if noise is None:
        kernel = kernel + WhiteKernel(math.exp(theta[-1]))
        alpha = JITTER
    else:
        alpha = math.exp(theta[-1]) * noise + JITTER
    return GaussianProcessRegressor(kernel, alpha=alpha, optimizer=None)


def some(seed, n=12, m=7, d=3):
    """Points of the unit cube, targets, hyper-parameters and points to ask about."""
    rng = np.random.default_rng(seed)
    X, Q = rng.random((n, d)), rng.random((m, d))
    y = rng.normal(size=n)
    theta = np.array([*rng.uniform(-2, 1, d), rng.uniform(-1, 1), rng.uniform(-6, 0)])
    return X, y - y.mean(), theta, Q


def inputs(X):
    """Columns of numbers as inputs."""
    d = X.shape[1]
    return Inputs(tuple(column[:, None] for column in X.T), (False,) * d, (0.0,) * d)


# ---- against scikit-learn ----------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_the_kernel_is_that_of_scikit_learn(seed):
    X, _, theta, Q = some(seed)
    k, _ = matern52(distances(inputs(X), inputs(Q)), theta[:3])
    close(k, Matern(np.exp(theta[:3]), nu=2.5)(X, Q), rtol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_the_posterior_is_that_of_scikit_learn(seed):
    X, y, theta, Q = some(seed)
    posterior = Posterior.of(inputs(X), y, np.ones(len(y)), theta)
    mean, variance = posterior.marginal(inputs(Q))
    expected, sd = peers(theta).fit(X, y).predict(Q, return_std=True)
    close(mean, expected, rtol=1e-8, atol=1e-10)
    close(variance, sd**2 - math.exp(theta[-1]), rtol=1e-6, atol=1e-9)
    mean, covariance = posterior.joint(inputs(Q))
    expected, theirs = peers(theta).fit(X, y).predict(Q, return_cov=True)
    close(mean, expected, rtol=1e-8, atol=1e-10)
    close(covariance, theirs - math.exp(theta[-1]) * np.eye(len(Q)), rtol=1e-6, atol=1e-9)
    close(np.diagonal(covariance), variance, atol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_each_row_has_its_own_noise(seed):
    X, y, theta, Q = some(seed)
    noise = np.random.default_rng(seed).uniform(0.5, 20, len(y))
    mean, variance = Posterior.of(inputs(X), y, noise, theta).marginal(inputs(Q))
    expected, sd = peers(theta, noise).fit(X, y).predict(Q, return_std=True)
    close(mean, expected, rtol=1e-8, atol=1e-10)
    close(variance, sd**2, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_the_marginal_likelihood_is_that_of_scikit_learn(seed, weighted):
    X, y, theta, _ = some(seed)
    noise = np.random.default_rng(seed).uniform(0.5, 20, len(y)) if weighted else np.ones(len(y))
    prior = Prior()
    found, _ = negative_log_posterior(theta, distances(inputs(X), inputs(X)), y, noise, prior)
    off = (theta - prior.mode(3)) / prior.sd(3)
    likelihood = -(found - 0.5 * off @ off) - 0.5 * len(y) * math.log(2 * math.pi)
    theirs = peers(theta, noise if weighted else None).fit(X, y).log_marginal_likelihood_value_
    assert likelihood == pytest.approx(theirs, rel=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_what_has_been_learnt_predicts_as_scikit_learn_does(seed):
    """From the events to the estimate, at the hyper-parameters of the state."""
    trials = walk(15, NUMBERS, lambda c: c["x"] * math.log(c["y"]) + c["n"], noise=0.3, seed=seed)
    others = draw(NUMBERS, 6, seed + 100)

    def points(some):
        # A whole number's scale is that of its values.
        return np.array(
            [[c["x"], math.log(c["y"] / 1e-3) / math.log(1e4), (c["n"] - 1) / 8] for c in some]
        )

    asked, state = learnt(NUMBERS, trials)
    assert [name for name, _ in state.lengths] == ["x", "y", "n"]
    theta = np.array([*(length for _, length in state.lengths), state.signal, state.noise])
    y = np.array([score for _, score in trials])
    peer = peers(theta).fit(points(c for c, _ in trials), (y - y.mean()) / y.std())
    mean, sd = peer.predict(points(others), return_std=True)
    found = asked(others)
    close(found.mean, y.mean() + y.std() * mean, rtol=1e-7)
    close(found.sd, y.std() * np.sqrt(sd**2 - math.exp(theta[-1])), rtol=1e-5)


# ---- likelihood --------------------------------------------------------------------------------


@settings(max_examples=40)
@given(seed=st.integers(0, 10_000), n=st.integers(1, 10), d=st.integers(1, 4))
def test_the_gradient_is_that_of_differences(seed, n, d):
    X, y, theta, _ = some(seed, n, 1, d)
    noise = np.random.default_rng(seed).uniform(0.2, 5, n)
    squared = distances(inputs(X), inputs(X))
    arguments = (squared, y, noise, Prior())
    _, gradient = negative_log_posterior(theta, *arguments)
    step = 1e-6
    for i in range(d + 2):
        ahead, behind = (
            negative_log_posterior(theta + sign * step * np.eye(d + 2)[i], *arguments)[0]
            for sign in (1, -1)
        )
        slope = (ahead - behind) / (2 * step)
        assert gradient[i] == pytest.approx(slope, rel=1e-4, abs=1e-4 * (1 + abs(ahead)))


@pytest.mark.parametrize("seed", range(4))
def test_the_slope_of_the_kernel_is_that_of_differences(seed):
    X, _, theta, Q = some(seed, 2, 1)
    squared = distances(inputs(X[:1]), inputs(Q))
    _, slope = matern52(squared, theta[:3])
    analytic = slope[0, 0] * squared[:, 0, 0] * np.exp(-2 * theta[:3])
    numeric = approx_fprime(theta[:3], lambda t: matern52(squared, t)[0][0, 0], 1e-7)
    close(analytic, numeric, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("groups", [1, 5, 50])
def test_length_scales_are_log_normal_beforehand(groups):
    prior = Prior()
    location = math.sqrt(2) + 0.5 * math.log(groups)
    lengths = np.array([0.01, 0.3, 1.0, 20.0])
    theirs = stats.lognorm.logpdf(lengths, s=prior.length_sd, scale=math.exp(location))
    ours = -0.5 * ((np.log(lengths) - prior.mode(groups)[0]) / prior.length_sd) ** 2
    close(ours - ours[0], theirs - theirs[0], rtol=1e-9)


@settings(max_examples=15)
@given(seed=st.integers(0, 10_000))
def test_what_is_fitted_is_more_probable_than_where_it_began(seed):
    X, y, theta, _ = some(seed, 10)
    arguments = (distances(inputs(X), inputs(X)), y, np.ones(10), Prior())
    found = fit_hyperparameters(*arguments, start=theta)
    least = negative_log_posterior(found, *arguments)[0]
    alone = fit_hyperparameters(*arguments)
    for other in (theta, Prior().mode(3), alone, found + 0.05, found - 0.05):
        assert least <= negative_log_posterior(other, *arguments)[0] + 1e-6


def test_a_bad_start_does_not_spoil_what_the_prior_leads_to():
    """From long scales and much noise the way leads to where all is noise."""
    rng = np.random.default_rng(3)
    X = rng.random((25, 1))
    y = np.sin(12 * X[:, 0]) + 0.3 * rng.normal(size=25)
    arguments = (distances(inputs(X), inputs(X)), (y - y.mean()) / y.std(), np.ones(25), Prior())
    alone = fit_hyperparameters(*arguments)
    for start in ([6.0, -4.0, 2.0], [-5.0, 4.0, 2.0], [6.0, 4.0, 0.0]):
        found = fit_hyperparameters(*arguments, start=np.array(start))
        assert (
            negative_log_posterior(found, *arguments)[0]
            <= negative_log_posterior(alone, *arguments)[0]
        )


def test_rows_that_are_the_same_are_no_obstacle():
    X = np.zeros((6, 2))
    y = np.array([1.0, -1.0] * 3)
    theta = np.array([0.0, 0.0, 3.0, -40.0])
    posterior = Posterior.of(inputs(X), y, np.ones(6), theta)
    mean, variance = posterior.marginal(inputs(np.array([[0.0, 0.0], [9.0, 9.0]])))
    close(mean, 0, atol=1e-6)
    assert variance[0] < 1e-3
    assert variance[1] == pytest.approx(math.exp(3), rel=1e-3)


# ---- inputs ------------------------------------------------------------------------------------


def between(space, a, b):
    """Squared distances of two configurations, by group."""
    one, other = (Inputs.of(space, space.encode([c])) for c in (a, b))
    found = distances(one, other)[:, 0, 0]
    return dict(zip(group_names(space), found.tolist(), strict=True))


def test_distances_of_each_type():
    base = {
        "x": 0.0,
        "rate": 0.1,
        "solver": "adam",
        "size": 1,
        "warm": False,
        "layers": (10, 10),
        "same": 3,
    }
    assert group_names(MIXED) == (
        *("x", "rate", "solver", "size", "warm", "layers", "layers#length"),
    )

    def far(**changed):
        found = between(MIXED, base, {**base, **changed})
        return {name: value for name, value in found.items() if value != 0}

    assert far() == {}
    assert far(x=1.0) == {"x": pytest.approx(1 / 16)}
    assert far(rate=10.0) == {"rate": pytest.approx(1)}  # a hundred times as large
    assert far(rate=1e-3) == {"rate": pytest.approx(1)}
    assert far(solver="sgd") == far(solver="lbfgs") == {"solver": 1}
    assert far(size=8) == {"size": pytest.approx(1)}
    assert far(warm=True) == {"warm": 1}
    assert far(layers=(100, 10)) == {"layers": pytest.approx(1 / 4)}
    assert far(layers=(100, 1)) == {"layers": pytest.approx(1 / 2)}
    # An element that only one of them has counts 1, and a quarter is one element in length.
    assert far(layers=(10,)) == {"layers": 1, "layers#length": 1 / 16}
    assert far(layers=(10,) * 4) == {"layers": 2, "layers#length": 1 / 4}


def test_what_is_missing_lies_one_unit_beside_the_centre():
    space = Space(
        {"x": Float(0, 1), "c": Categorical(["a", "b", "c"]), "s": Sequence(Float(0, 1), 0, 2)}
    )
    nan = math.nan
    coordinates = {
        "x": np.array([0.0, 0.5, 1.0, nan, nan]),
        "c": np.array([0.0, 1.0, 2.0, nan, nan]),
        "s": np.array([[0.5, 0.5], [0.5, nan], [0.0, 0.5], [nan, nan], [nan, nan]]),
    }
    there = Inputs.of(space, coordinates)
    x, c, s, length = distances(there, there)
    assert x[3].tolist() == [1.25, 1, 1.25, 0, 0]
    assert c[3].tolist() == [1, 1, 1, 0, 0]
    assert s[3].tolist() == [2, 1, 2.25, 0, 0]
    assert length[3].tolist() == [1 / 4, 1 / 16, 1 / 4, 0, 0]
    assert np.array_equal(x, x.T)


@given(
    st.integers(0, 2**32),
    st.sampled_from(
        [Float(0, 1), Float(), Integer(1, 100, log=True), Ordinal([1, 2, 3]), Boolean()]
    ),
    st.floats(0.01, 10),
)
def test_the_kernel_is_positive_definite_whatever_is_missing(seed, of, length):
    start = {"x": 2.0, "s": (3.0, 40.0)} if of == Float() else {}
    space = Space({"x": of, "s": Sequence(of, 0, 4)}, start=start)
    rng = np.random.default_rng(seed)
    coordinates = {
        name: np.where(rng.random(column.shape) < 0.4, np.nan, column)
        for name, column in from_unit_cube(space, rng.random((30, cube_size(space)))).items()
    }
    there = Inputs.of(space, coordinates)
    for squared in distances(there, there):
        k, _ = matern52(squared[None], np.array([math.log(length)]))
        assert np.linalg.eigvalsh(k).min() > -1e-9


def test_elements_beyond_the_sixteenth_count_by_the_length_alone():
    space = Space({"s": Sequence(Integer(1, 9))}, start={"s": (1,)})
    same, longer = {"s": (1,) * 16}, {"s": (1,) * 16 + (9, 9)}
    assert between(space, same, longer) == {"s": 0, "s#length": 1 / 4}


def test_padding_makes_no_difference():
    space = Space({"s": Sequence(Integer(1, 9), 0)})
    short, long = Inputs.of(space, {"s": np.array([[1.0]])}), space.encode([{"s": (1, 5, 9)}])
    padded = Inputs.of(space, {"s": np.array([[1.0, np.nan, np.nan, np.nan, np.nan]])})
    there = Inputs.of(space, long)
    assert np.array_equal(distances(short, there), distances(padded, there))
    assert np.array_equal(distances(there, short), distances(there, padded))


@settings(max_examples=60)
@given(st.data(), spaces(conditional=True))
def test_distances_are_such_as_distances_are(data, space):
    some = data.draw(st.lists(configurations(space), min_size=2, max_size=5))
    there = Inputs.of(space, space.encode(some))
    found = distances(there, there)
    assert len(found) == len(group_names(space))
    if len(found) == 0:
        return
    assert found.shape[1:] == (len(some), len(some))
    assert np.all(np.isfinite(found))
    assert np.all(found >= 0)
    assert np.array_equal(found, found.transpose(0, 2, 1))
    assert np.all(np.diagonal(found, axis1=1, axis2=2) == 0)
    theta = Prior().mode(len(found))
    y = np.arange(len(some)) - (len(some) - 1) / 2
    mean, variance = Posterior.of(there, y, np.ones(len(y)), theta).marginal(there)
    assert np.all(np.isfinite(mean))
    assert np.all((variance >= 0) & (variance <= math.exp(theta[-2]) + 1e-9))


# ---- what is expected --------------------------------------------------------------------------


def mixed(c):
    return (
        math.sin(c["x"])
        + (c["solver"] == "sgd")
        + 0.3 * c["size"]
        - math.log(c["rate"]) / 5
        + 0.2 * len(c["layers"])
    )


def test_the_order_of_choices_changes_nothing():
    trials = walk(25, MIXED, mixed, noise=0.1)
    others = draw(MIXED, 6, 7)
    asked, state = learnt(MIXED, trials)
    shuffled = Space(
        {**dict(MIXED.parameters), "solver": Categorical(["lbfgs", "adam", "sgd"])},
        start={"rate": 0.1},
    )
    again, same = learnt(shuffled, trials)
    assert same == state
    assert np.array_equal(again(others).mean, asked(others).mean)
    assert np.array_equal(again(others).sd, asked(others).sd)


def test_the_order_of_trials_changes_nothing():
    """At the same hyper-parameters, but for rounding."""
    trials = walk(30, MIXED, mixed, noise=0.1)
    others = draw(MIXED, 6, 7)
    process = GaussianProcess()
    study, state = fold(process, events_of(MIXED, trials))
    order = np.random.default_rng(1).permutation(len(trials))
    shuffled, _ = fold(process, events_of(MIXED, [trials[i] for i in order]))
    one, two = (ask(process, s, state, others) for s in (study, shuffled))
    close(two.mean, one.mean, rtol=1e-7, atol=1e-7)
    close(two.sd, one.sd, rtol=1e-6, atol=1e-7)


def test_it_is_surer_where_it_has_looked():
    trials = [({"x": x}, math.sin(6 * x)) for x in np.linspace(0, 0.4, 9)]
    asked, _ = learnt(LINE, trials)
    seen = asked([c for c, _ in trials])
    close(seen.mean, [score for _, score in trials], atol=0.05)
    further = asked([{"x": x} for x in (0.4, 0.5, 0.6, 0.8, 1.0)]).sd
    assert np.all(np.diff(further) > 0)
    assert further[-1] > 5 * seen.sd.max()
    # One more trial there, and it is surer there too.
    more, _ = learnt(LINE, [*trials, ({"x": 1.0}, 0.0)])
    assert more([{"x": 1.0}]).sd[0] < 0.3 * further[-1]


@pytest.mark.parametrize("seed", range(3))
def test_noise_is_learnt(seed):
    quiet, loud = (learnt(LINE, walk(60, LINE, smooth, noise=sd, seed=seed))[1] for sd in (0, 0.5))
    variance = np.var([smooth(c) for c in draw(LINE, 60, seed)])
    assert math.exp(quiet.noise) < 1e-3
    assert 0.5 < math.exp(loud.noise) / (0.25 / (variance + 0.25)) < 2


@pytest.mark.parametrize("seed", range(3))
def test_what_is_irrelevant_has_the_longer_length_scale(seed):
    space = Space({"x": Float(0, 1), "idle": Float(0, 1), "off": Categorical(["a", "b"])})
    _, state = learnt(space, walk(40, space, smooth, noise=0.05, seed=seed))
    lengths = dict(state.lengths)
    assert lengths["idle"] > lengths["x"] + math.log(3)
    assert lengths["off"] > lengths["x"] + math.log(3)


@pytest.mark.parametrize("of", ["level", "change"])
@pytest.mark.parametrize(("scale", "shift"), [(1e-3, 0.0), (7.0, -20.0), (1e200, 0.0), (1.0, 1e4)])
def test_units_of_scores_do_not_matter(scale, shift, of):
    trials = walk(20, MIXED, mixed, noise=0.1)
    others, parents = draw(MIXED, 5, 7), [1, 2, 3, 0, 20]
    process = GaussianProcess(of=of)
    one, state = learnt(MIXED, trials, process)
    two, same = learnt(MIXED, [(c, scale * y + shift) for c, y in trials], process)
    close([v for _, v in same.lengths], [v for _, v in state.lengths], atol=1e-2)
    a, b = one(others, parents=parents), two(others, parents=parents)
    close((b.mean - shift) / scale, a.mean, rtol=1e-3, atol=1e-3)
    close(b.sd / scale, a.sd, rtol=1e-2, atol=1e-3)


def test_the_direction_turns_the_sign_and_nothing_else():
    trials = walk(20, MIXED, mixed, noise=0.1)
    process, others = GaussianProcess(), draw(MIXED, 5, 7)
    up = fold(process, events_of(MIXED, trials))
    down = fold(process, events_of(MIXED, [(c, -y) for c, y in trials], "minimize"))
    assert up[1] == down[1]
    assert np.array_equal(ask(process, *up, others).mean, ask(process, *down, others).mean)


@pytest.mark.parametrize("left_out", [None, math.nan, math.inf, -math.inf])
@every
def test_trials_without_a_score_are_left_out(anticipator, left_out):
    if isinstance(anticipator.weights, Discount):
        return  # by which the time that they took counts
    trials = walk(14, MIXED, mixed, noise=0.1)
    spoilt = list(trials)
    for place, configuration in zip((0, 3, 9, 17), draw(MIXED, 4, 5), strict=True):
        spoilt.insert(place, (configuration, left_out))
    others = draw(MIXED, 5, 7)
    events = events_of(MIXED, trials)
    kept = [i for i, (_, score) in enumerate(spoilt, 1) if score is not left_out]
    # The trials that are left take as long as they did.
    seconds = dict(
        zip(
            kept,
            (e.measurement.fit_seconds for e in events if isinstance(e, Evaluated)),
            strict=True,
        )
    )
    more = [
        replace(
            e,
            measurement=replace(e.measurement, fit_seconds=seconds.get(e.trial, (99.0,))),
        )
        if isinstance(e, Evaluated)
        else e
        for e in events_of(MIXED, spoilt)
    ]
    study, state = fold(anticipator, events)
    worse, learnt_there = fold(anticipator, more)
    only, nothing = fold(anticipator, events_of(MIXED, [(c, left_out) for c, _ in trials]))
    for target in ("score", "seconds"):
        a, b = (ask(anticipator, s, state, others, target) for s in (study, worse))
        assert np.array_equal(a.mean, b.mean)
        assert np.array_equal(a.sd, b.sd)
        found = ask(anticipator, worse, learnt_there, others, target)
        assert np.all(np.isfinite(found.mean))
        assert np.all(found.sd >= 0)
        assert ask(anticipator, only, nothing, others, target) is None


def test_inactive_parameters_are_told_from_active_ones():
    """What the score does where gamma is active says nothing of where it is not."""
    from autotune.space import Equals

    space = Space(
        {"kernel": Categorical(["linear", "rbf"]), "gamma": Float(0, 1)},
        conditions={"gamma": Equals("kernel", "rbf")},
    )
    rng = np.random.default_rng(0)
    trials = []
    for i in range(30):
        if i % 3 == 0:
            trials.append(({"kernel": "linear"}, 0.5 + 0.01 * rng.normal()))
        else:
            gamma = rng.random()
            trials.append(({"kernel": "rbf", "gamma": gamma}, gamma + 0.01 * rng.normal()))
    asked, _ = learnt(space, trials)
    found = asked([{"kernel": "linear"}, *({"kernel": "rbf", "gamma": g} for g in (0.1, 0.9))])
    close(found.mean, [0.5, 0.1, 0.9], atol=0.06)


def test_sequences_of_different_lengths_are_learnt():
    space = Space({"layers": Sequence(Integer(1, 100, log=True), 1, 4)})
    trials = walk(40, space, lambda c: math.log(c["layers"][0]) - len(c["layers"]), noise=0.01)
    asked, _ = learnt(space, trials)
    others = [{"layers": (50,)}, {"layers": (2, 10)}, {"layers": (50, 3, 7, 20)}]
    close(asked(others).mean, [2.9, -1.3, -0.1], atol=0.8)
    # What is asked about may be longer or shorter than all that has been tried.
    few = [({"layers": (5, 5)}, 1.0), ({"layers": (9, 5)}, 2.0), ({"layers": (20, 5)}, 3.0)]
    asked, _ = learnt(space, few)
    for other in others:
        one = asked([other])
        assert np.isfinite(one.mean[0])
        assert one.sd[0] > 0


def test_a_candidate_is_the_same_in_company():
    asked, _ = learnt(MIXED, walk(20, MIXED, mixed, noise=0.1))
    others = draw(MIXED, 8, 7)
    whole = asked(others)
    close([asked([c]).mean[0] for c in others], whole.mean, rtol=1e-9, atol=1e-12)
    close([asked([c]).sd[0] for c in others], whole.sd, rtol=1e-9, atol=1e-9)


def test_with_change_a_step_begins_at_what_its_parent_scored():
    trials = walk(20, LINE, smooth, noise=0.5)
    scores = [score for _, score in trials]
    process = GaussianProcess(of="change")
    asked, _ = learnt(LINE, trials, process)
    level, _ = learnt(LINE, trials)
    there = [c for c, _ in trials]
    close(asked(there, parents=np.arange(1, 21)).mean, scores, rtol=1e-9)
    assert np.abs(level(there).mean - scores).max() > 0.3
    # Without a parent that is known it is the level.
    close(asked(there, parents=[0] * 10 + [99] * 10).mean, level(there).mean, rtol=1e-12)


def test_the_joint_estimate_has_the_single_ones_on_its_diagonal():
    trials = walk(20, MIXED, mixed, noise=0.1)
    process, others = GaussianProcess(), draw(MIXED, 6, 7)
    study, state = fold(process, events_of(MIXED, trials))
    query = AnticipateQuery(study, Key(0), "score", MIXED.encode(others), np.zeros(6, np.int64))
    mean, covariance, back = process.joint(state, query)
    single = process.read(state, query)
    y = np.array([score for _, score in trials])
    close(back, single.mean, rtol=1e-9)
    close(y.mean() + y.std() * mean, single.mean, rtol=1e-9)
    close(y.std() * np.sqrt(np.diagonal(covariance)), single.sd, rtol=1e-6, atol=1e-9)
    assert np.linalg.eigvalsh(covariance).min() > -1e-8


def test_late_trials_count_for_more_under_a_discount():
    early = [({"x": x}, 0.0) for x in np.linspace(0, 1, 10)]
    late = [({"x": x}, 1.0) for x in np.linspace(0, 1, 10)]
    even, _ = learnt(LINE, early + late)
    recent, _ = learnt(LINE, early + late, GaussianProcess(weights=Discount(1.0)))
    assert even([{"x": 0.5}]).mean[0] == pytest.approx(0.5, abs=0.01)
    assert recent([{"x": 0.5}]).mean[0] > 0.7


def test_one_target_is_learnt_and_the_other_goes_by_the_prior():
    trials = walk(20, LINE, smooth)
    study, _ = fold(GaussianProcess(), events_of(LINE, trials))
    known = GaussianState((), (("x", 3.0),), 1.0, -9.0, 99)
    other = GaussianState((), (("x", -3.0),), 0.0, 0.0, 99)
    found = [
        [
            ask(GaussianProcess(of_), study, state, [{"x": 0.3}], target).mean[0]
            for state in (known, other)
        ]
        for of_ in ("score", "seconds")
        for target in ("score", "seconds")
    ]
    differs = [a != b for a, b in found]
    assert differs == [True, False, False, True]


def test_two_trials_are_needed():
    for n in range(4):
        asked, _ = learnt(LINE, walk(n, LINE, smooth))
        assert (asked([{"x": 0.5}]) is None) == (n < 2)


def test_nothing_to_search_is_no_obstacle():
    asked, _ = learnt(Space({"c": Fixed(1)}), [({"c": 1}, float(i)) for i in range(6)])
    found = asked([{"c": 1}])
    assert found.mean.tolist() == [2.5]
    assert found.sd[0] == pytest.approx(np.std(range(6)))


# ---- state -------------------------------------------------------------------------------------


@every
@settings(max_examples=25)
@given(log=legal_logs() | legal_logs(MIXED, 16, changes=False), data=st.data())
def test_every_legal_log_is_learnt_from(anticipator, log, data):
    cut = data.draw(st.integers(0, len(log)))
    study, state = fold(anticipator, log)
    assert fold(anticipator, log[cut:], *fold(anticipator, log[:cut])) == (study, state)
    for target in ("score", "seconds"):
        n = study.n_trials
        parents = np.array([i % (n + 2) for i in range(n)], dtype=np.int64)
        found = anticipator.read(
            state, AnticipateQuery(study, Key(3), target, study.coordinates, parents)
        )
        few = np.isfinite(target_column(study, target)).sum() < 2
        assert (found is None) == few
        if found is not None:
            assert found.mean.shape == found.sd.shape == (n,)
            assert np.all(np.isfinite(found.mean))
            assert np.all(np.isfinite(found.sd))
            assert np.all(found.sd >= 0)


def test_folding_in_two_parts_is_folding_at_once():
    events = events_of(MIXED, walk(16, MIXED, mixed, noise=0.1))
    process = GaussianProcess()
    whole = fold(process, events)[1]
    assert whole.lengths
    half = fold(process, events[:25])
    before = half[1]
    assert fold(process, events[25:], *half)[1] == whole
    assert half[1] is before  # a state is a value


def test_it_learns_again_when_the_record_has_grown_by_a_fifth():
    events = events_of(LINE, walk(30, LINE, smooth, noise=0.1))
    process = GaussianProcess()
    study, state, fitted = EMPTY, process.init(), []
    for event in events:
        study = apply(study, event)
        new = process.update(state, study, event)
        assert (new is state) == (new == state)
        if new != state:
            fitted.append((study.n_judged, new.next_fit))
        state = new
    looks = [4, 5, 6, 8, 10, 12, 15, 18, 22, 27]
    assert fitted == list(zip(looks, [*looks[1:], 33], strict=True))


def test_what_was_learnt_is_kept_when_a_parameter_is_added():
    from autotune.study import SpaceChanged

    process = GaussianProcess()
    study, state = fold(process, events_of(LINE, walk(10, LINE, smooth)))
    wider = Space({"x": Float(0, 1), "new": Float(0, 1)})
    study, after = fold(process, [SpaceChanged(0, wider)], study, state)
    assert after is state
    found = ask(process, study, after, [{"x": 0.3, "new": 0.5}, {"x": 0.3, "new": 0.9}])
    assert found.mean[0] == pytest.approx(smooth({"x": 0.3}), abs=0.1)
    assert found.sd[1] > found.sd[0]


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=60), st.integers(1, 40))
def test_of_many_trials_the_best_the_latest_and_some_others_are_looked_at(y, most):
    y = np.array(y)
    kept, third = _kept(y, most), most // 3
    n = len(y)
    assert np.array_equal(kept, np.unique(kept))
    assert len(kept) == min(n, most)
    assert set(range(n - min(third, n), n)) <= set(kept.tolist())
    best = np.sort(y)[::-1][:third]
    assert np.sort(y[kept])[::-1][: len(best)].tolist() == best.tolist()


def test_few_rows_still_tell_the_best():
    trials = walk(60, LINE, lambda c: -((c["x"] - 0.7) ** 2))
    asked, _ = learnt(LINE, trials, GaussianProcess(max_rows=15))
    found = asked([{"x": x} for x in (0.1, 0.4, 0.7)]).mean
    assert np.all(np.diff(found) > 0)
    assert found[2] == pytest.approx(0, abs=0.02)


# ---- descriptions and errors -------------------------------------------------------------------


@every
def test_a_description_makes_the_anticipator_again(anticipator):
    assert rebuild(describe(anticipator), CLASSES) == anticipator


def test_a_search_with_it_runs_and_replays():
    strategy = replace(
        recipes.default(), score_anticipator=GaussianProcess(), seconds_anticipator=EVERY[1]
    )
    result = tune(lambda c: -((c["x"] - 0.3) ** 2), LINE, strategy=strategy, n_trials=8, seed=1)
    assert verify(result.log, components=CLASSES.values()).passed


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda: GaussianProcess(weights=1.0), "weights"),
        (lambda: GaussianProcess(warp=LogWarp), "warp"),
        (lambda: GaussianProcess(warp=None), "warp"),
        (lambda: GaussianProcess(max_rows=0), "max_rows"),
        (lambda: GaussianProcess(prior=None), "prior"),
        (lambda: Prior(length_sd=0.0), "length_sd"),
        (lambda: Prior(noise=-13.0), "noise"),
        (lambda: Prior(noise=math.nan), "noise"),
        (lambda: Prior(noise_sd=-1.0), "noise_sd"),
        (lambda: Prior(signal_sd=math.inf), "signal_sd"),
    ],
)
def test_bad_fields_are_named(make, named):
    with pytest.raises(ComponentError, match=named):
        make()
