"""Components: descriptions go round, names are never imported, parts are composed."""

from __future__ import annotations

import json

import attrs
import pytest
from attrs import frozen

import autotune_strategies
from autotune.errors import ComponentError
from autotune.strategy import Composed, ScheduleQuery, Strategy, describe, rebuild
from autotune.strategy.component import is_component
from autotune.strategy.defaults import known_components, replace_budget, with_budget
from autotune_strategies import Either, MaxTrials, Never, recipes

RECIPES = [getattr(recipes, name) for name in recipes.__all__]


@frozen
class Tally(Composed[ScheduleQuery, float]):
    """A schedule of the tests' own."""

    values: tuple[float, ...] = (1.0, 2.0)

    def read(self, state, query):
        return self.values[0]


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_survives_its_description(recipe):
    strategy = recipe()
    description = json.loads(json.dumps(describe(strategy)))
    again = rebuild(description, known_components())
    assert again == strategy
    assert describe(again) == describe(strategy)
    assert repr(again) == repr(strategy)


def test_tuples_and_nested_parts_survive():
    strategy = attrs.evolve(
        recipes.autotune_2018(),
        exploration=Tally((0.5, 0.25)),
        termination=Either((MaxTrials(3), Either((Never(), MaxTrials(5))))),
    )
    description = json.loads(json.dumps(describe(strategy)))
    assert rebuild(description, known_components([Tally])) == strategy


def test_an_unknown_class_is_named_and_never_imported():
    description = {"component": "os.system", "command": "true"}
    with pytest.raises(ComponentError, match=r"os\.system"):
        rebuild(description, known_components())


def test_fields_that_dont_fit_are_named():
    with pytest.raises(ComponentError, match="surprise"):
        rebuild({"component": "MaxTrials", "n": 3, "surprise": 1}, known_components())
    with pytest.raises(ComponentError, match="MaxTrials"):
        rebuild({"component": "MaxTrials"}, known_components())
    with pytest.raises(ComponentError, match="not the description"):
        rebuild([], known_components())


def test_a_function_cant_be_described():
    strategy = recipes.autotune_2018(step_veto_rule=lambda x, y: False)
    with pytest.raises(ComponentError, match=r"MultiplyAdd\.veto.*frozen attrs class"):
        describe(strategy)


def test_infinity_cant_be_described():
    with pytest.raises(ComponentError, match="None"):
        describe(Tally((float("inf"),)))


def test_extra_components_are_checked():
    with pytest.raises(ComponentError, match="attrs class"):
        known_components([int])

    @frozen
    class Ridge:
        """Has the name of another."""

    with pytest.raises(ComponentError, match="Ridge"):
        known_components([Ridge])


def test_every_public_class_is_exported_and_has_a_shape():
    for name in autotune_strategies.__all__:
        item = getattr(autotune_strategies, name)
        if isinstance(item, type):
            assert attrs.has(item)
            assert item.__doc__


def test_the_budget_stands_beside_the_strategys_own_rule():
    strategy = recipes.autotune_2018()
    assert with_budget(strategy, None) == strategy
    assert with_budget(strategy, 5).termination == MaxTrials(5)
    own = attrs.evolve(strategy, termination=Either((Never(), Never())))
    assert with_budget(own, 5).termination == Either((own.termination, MaxTrials(5)))
    assert replace_budget(with_budget(own, 5), 9) == with_budget(own, 9)
    assert replace_budget(with_budget(strategy, 5), 9) == with_budget(strategy, 9)


@pytest.mark.parametrize("n", [0, -1, 1.5, True, "3"])
def test_a_bad_budget_is_named(n):
    with pytest.raises(ComponentError, match="n_trials"):
        with_budget(recipes.autotune_2018(), n)


def test_strategy_is_a_component_itself():
    assert is_component(recipes.autotune_2018())
    assert isinstance(recipes.autotune_2018(), Strategy)
