"""What is recommended, and what is measured again: luck, repeated trials, and certain scores."""

from __future__ import annotations

import numpy as np
from attrs import evolve, frozen
from hypothesis import given
from hypothesis import strategies as st

from autotune import tune
from autotune.space import Boolean, Categorical, Float, Space
from autotune.strategy import (
    AnticipateQuery,
    Composed,
    ConfirmQuery,
    Estimate,
    Key,
    RecommendQuery,
    recommend,
)
from autotune.strategy.state import SearchState
from autotune.study import (
    Accepted,
    Evaluated,
    Measurement,
    Proposed,
    Rejected,
    StudyStarted,
    reduce,
)
from autotune.study.repeats import evaluations_of, is_noisy
from autotune_strategies import BestBelieved, BestMeasured, ConfirmContenders, recipes

SPACE = Space({"x": Float(0, 1)})


def study_of(trials, *, direction="maximize", deterministic=None, accept=True):
    """A study of judged trials, (x, score); every gain is accepted if ``accept``."""
    sign = 1 if direction == "maximize" else -1
    events = [
        StudyStarted(0, "s", SPACE, direction, "score", 1, {}, 0, deterministic=deterministic)
    ]
    best = -np.inf
    for i, (x, score) in enumerate(trials, 1):
        events.append(Proposed(i, i, {"x": x}, None, (), "given"))
        events.append(Evaluated(i, i, Measurement((0,), (score,), (1.0,), (0.0,))))
        gained = sign * score > best
        best = max(best, sign * score)
        taken = gained and (accept or i == 1)
        events.append(
            Accepted(i, i, None, None) if taken else Rejected(i, i, None, None, "no gain")
        )
    return reduce(events)


def recommended(component, study):
    return component.read(component.init(), RecommendQuery(study, Key(0)))


@frozen
class Told(Composed[AnticipateQuery, Estimate]):
    """An anticipator that says what it was told of all trials, and then of something new."""

    mean: tuple[float, ...] = ()
    sd: tuple[float, ...] = ()
    new: tuple[float, float] = (-9.0, 0.1)

    def read(self, state, query):
        study, n = query.study, len(query.parents)
        mean = np.array([*(self.mean or study.outcomes().value), self.new[0]])
        sd = np.array([*(self.sd or np.ones(study.n_trials)), self.new[1]])
        return Estimate(mean[:n], sd[:n], np.full(n, 0.5))


def confirmed(study, *, used=None, share=0.3, **told):
    component = ConfirmContenders(share, 2, anticipator=Told(**told))
    new = study.known_space.encode([{"x": 0.9}])
    return component.read(component.init(), ConfirmQuery(study, Key(0), lambda: new, used))


scores = st.lists(
    st.tuples(st.sampled_from([0.1, 0.2, 0.3, 0.4]), st.integers(-5, 5).map(float)),
    min_size=1,
    max_size=12,
)


@given(scores, st.sampled_from(["maximize", "minimize"]))
def test_the_best_measured_has_the_best_mean_over_its_evaluations(trials, direction):
    study = study_of(trials, direction=direction)
    sign = 1 if direction == "maximize" else -1
    means = {x: np.mean([sign * s for y, s in trials if y == x]) for x, _ in trials}
    x, _ = trials[recommended(BestMeasured(), study) - 1]
    assert means[x] == max(means.values())


@given(scores)
def test_where_scores_are_certain_the_best_believed_is_the_best_measured(trials):
    study = study_of(trials, deterministic=True)
    assert recommended(BestBelieved(), study) == recommended(BestMeasured(), study)


@given(scores, st.permutations(range(12)))
def test_the_order_of_trials_does_not_matter_to_the_best_mean(trials, order):
    shuffled = [trials[i] for i in order if i < len(trials)]
    one, other = study_of(trials), study_of(shuffled)
    means = [
        np.mean([s for y, s in told if y == told[recommended(BestMeasured(), study) - 1][0]])
        for told, study in ((trials, one), (shuffled, other))
    ]
    assert means[0] == means[1]


def test_a_lucky_trial_among_bad_neighbours_is_not_believed():
    rng = np.random.default_rng(1)
    good = [(x, 1.0 + 0.1 * rng.standard_normal()) for x in np.linspace(0.6, 0.9, 12)]
    bad = [(x, 0.1 * rng.standard_normal()) for x in np.linspace(0.0, 0.3, 12)]
    # Evaluated again, a good one and the lucky one tell how much luck there is.
    trials = [*good, *bad, (0.15, 1.6), (0.15, 0.1), (0.75, 0.9), (0.75, 1.1)]
    study = study_of(trials)
    assert is_noisy(study)
    assert trials[recommended(BestBelieved(), study) - 1][0] >= 0.6


def test_noise_is_what_two_evaluations_of_a_configuration_show():
    assert is_noisy(study_of([(0.1, 1.0), (0.2, 2.0)])) is None
    assert is_noisy(study_of([(0.1, 1.0), (0.1, 1.0)])) is False
    assert is_noisy(study_of([(0.1, 1.0), (0.1, 1.5)])) is True
    assert is_noisy(study_of([(0.1, 1.0), (0.1, 1.5)], deterministic=True)) is False
    assert is_noisy(study_of([(0.1, 1.0)], deterministic=False)) is True
    assert evaluations_of(study_of([(0.1, 1.0), (0.2, 1.0), (0.1, 2.0)])).tolist() == [1, 2, 1]


def test_the_best_is_tried_again_once_to_see_whether_scores_are_noisy():
    assert confirmed(study_of([(0.1, 1.0)])) is None
    assert confirmed(study_of([(0.1, 1.0), (0.2, 2.0)])) == 2
    assert confirmed(study_of([(0.1, 1.0), (0.2, 2.0)], deterministic=True)) is None
    alike = [(0.1, 1.0), (0.2, 2.0), (0.2, 2.0), (0.3, 1.0), (0.4, 1.0)]
    assert confirmed(study_of(alike)) is None
    assert confirmed(study_of([*alike, (0.5, 1.0)])) == 2  # once more, for it may have been chance
    assert confirmed(study_of([*alike, (0.5, 1.0), (0.2, 2.0), (0.6, 1.0)])) is None


def test_contenders_are_measured_again_in_the_last_part_of_the_budget():
    noisy = study_of([(0.1, 1.0), (0.2, 2.0), (0.2, 2.5), (0.3, 1.9)])
    assert confirmed(noisy, used=0.69) is None
    mean = (0.0, 2.0, 2.0, 1.5)
    assert confirmed(noisy, used=0.71, mean=mean, sd=(0.1, 0.1, 0.1, 1.0)) == 4
    certain = {"used": 0.71, "mean": mean, "sd": (0.1, 0.1, 0.1, 0.1)}
    assert confirmed(noisy, **certain) == 2
    assert confirmed(noisy, **certain, new=(2.0, 1.0)) is None  # something new promises more
    assert confirmed(noisy, **certain, new=(1.0, 0.1)) == 2
    assert confirmed(noisy, used=0.71, share=0) is None


def test_a_noisy_function_has_its_contenders_confirmed_and_a_certain_one_is_tried_twice_at_most():
    rng = np.random.default_rng(0)
    noisy = tune(
        lambda c: -((c["x"] - 0.3) ** 2) + 0.3 * rng.standard_normal(), SPACE, n_trials=40, seed=1
    )
    study = noisy.study
    origins = [study.origin(t) for t in range(1, 41)]
    assert origins[:28].count("confirm") == 1
    assert origins[28:].count("confirm") >= 6
    again = origins.index("confirm") + 1
    assert study.configuration(again) == study.configuration(study.parent(again))
    assert study.moved(again) == ()
    certain = tune(lambda c: -((c["x"] - 0.3) ** 2), SPACE, n_trials=40, seed=1)
    study = certain.study
    assert [study.origin(t) for t in range(1, 41)].count("confirm") == 2
    assert certain.best_score == study.outcomes().score.max()


def test_a_walk_that_takes_losses_recommends_the_best_it_has_seen():
    found = tune(
        lambda c: -abs(c["x"] - 0.7),
        SPACE,
        n_trials=40,
        strategy=recipes.annealing(temperature=10.0),
        deterministic=True,
    )
    assert found.best_score == found.study.outcomes().score.max()
    assert found.best_trial != found.study.incumbent


def test_a_strategy_of_before_recommends_its_incumbent():
    strategy = evolve(recipes.annealing(temperature=10.0))
    old = evolve(strategy, recommendation=type(strategy).__attrs_attrs__.recommendation.default)
    study = study_of([(0.1, 1.0), (0.2, 3.0)], accept=False)
    current = SearchState(old, study, old.init())
    assert recommend(old, current.state, study) == study.incumbent == 1


def test_in_a_small_space_measuring_again_is_what_is_left_where_scores_are_noisy():
    small = Space({"k": Categorical(["a", "b", "c"]), "on": Boolean()})
    rng = np.random.default_rng(3)
    noisy = tune(lambda c: (c["k"] == "b") + rng.standard_normal(), small, n_trials=30, seed=0)
    assert noisy.n_trials == 30
    assert len(set(evaluations_of(noisy.study).tolist())) == 6
    certain = tune(lambda c: float(c["k"] == "b"), small, n_trials=30, seed=0)
    assert certain.n_trials == 7  # one was tried again, for nobody said that scores are certain
    said = tune(lambda c: float(c["k"] == "b"), small, n_trials=30, seed=0, deterministic=True)
    assert said.n_trials == 6
    assert "all 6 configurations have been tried" in said.stopped


def test_what_is_too_slow_is_not_recommended_and_a_second_has_its_price():
    def timed(c):
        return c["x"], 10 * c["x"]  # better is slower

    def best(**settings):
        strategy = recipes.default(**settings)
        return tune(timed, SPACE, n_trials=15, strategy=strategy, deterministic=True)

    assert best().best["x"] > 0.9
    assert best(max_fit_time=6.0).best["x"] <= 0.6
    assert best(price=1.0).best["x"] < 0.1
