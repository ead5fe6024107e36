"""Contracts by kind, to inherit in pytest, and ``component_checks`` for parametrised tests."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial, update_wrapper
from typing import Any, ClassVar

from autotune.errors import MissingExtraError
from autotune.testing.checking import EXAMPLES, check_component
from autotune.testing.kind import Kind
from autotune.testing.kinds import KINDS, kind_of

try:
    import pytest
except ImportError as error:
    raise MissingExtraError(
        "autotune.testing's contracts need pytest; install it with "
        "pip install 'autotune-search[testing]'"
    ) from error

__all__ = [
    "AcceptanceContract",
    "AcquisitionContract",
    "AnticipatorContract",
    "ConfirmationContract",
    "Contract",
    "FoldPlanContract",
    "MoveContract",
    "RecommendationContract",
    "ScheduleContract",
    "StartContract",
    "StepContract",
    "StrategyContract",
    "TerminationContract",
    "component_checks",
]


class Contract:
    """The contract of components of a kind: inherit it and write the fixture ``component``.

    Attributes
    ----------
    kind : Kind
        The kind.
    examples : int
        The number of generated logs.

    Examples
    --------
    >>> import pytest
    >>> from autotune_strategies.termination.limits import MaxTrials
    >>> class TestMaxTrials(TerminationContract):
    ...     @pytest.fixture
    ...     def component(self):
    ...         return MaxTrials(3)
    """

    kind: ClassVar[Kind]
    examples: ClassVar[int] = EXAMPLES

    @pytest.fixture
    def component(self) -> Any:
        """Return the component to check; to be overridden."""
        raise NotImplementedError(
            f"{type(self).__name__} needs a fixture named component that returns a {self.kind.name}"
        )

    def test_is_of_its_kind(self, component: Any) -> None:
        """The questions it answers are those of the kind."""
        if KINDS.get(self.kind.name) is self.kind:
            assert kind_of(component) is self.kind

    def test_keeps_the_laws(self, component: Any) -> None:
        """All laws hold on as many legal logs as ``examples`` says."""
        check_component(component, examples=self.examples, kind=self.kind)


class ScheduleContract(Contract):
    """The contract of schedules.

    Examples
    --------
    >>> import pytest
    >>> from autotune_strategies.schedules.decay import Cosine
    >>> class TestCosine(ScheduleContract):
    ...     @pytest.fixture
    ...     def component(self):
    ...         return Cosine()
    """

    kind = KINDS["schedule"]


class StepContract(Contract):
    """The contract of steps.

    Examples
    --------
    >>> import pytest
    >>> from autotune_strategies.steps import NormalStep
    >>> class TestNormalStep(StepContract):
    ...     @pytest.fixture
    ...     def component(self):
    ...         return NormalStep()
    """

    kind = KINDS["step"]


class StartContract(Contract):
    """The contract of starts.

    Examples
    --------
    >>> import pytest
    >>> from autotune_strategies.starts.designs import Sobol
    >>> class TestSobol(StartContract):
    ...     @pytest.fixture
    ...     def component(self):
    ...         return Sobol(8)
    """

    kind = KINDS["start"]


class MoveContract(Contract):
    """The contract of moves.

    Examples
    --------
    >>> import pytest
    >>> from autotune_strategies.moves.perturbation import GlobalJump
    >>> class TestGlobalJump(MoveContract):
    ...     @pytest.fixture
    ...     def component(self):
    ...         return GlobalJump()
    """

    kind = KINDS["move"]


class AnticipatorContract(Contract):
    """The contract of anticipators.

    Examples
    --------
    >>> import pytest
    >>> from autotune_strategies.anticipators.ridge import Ridge
    >>> class TestRidge(AnticipatorContract):
    ...     @pytest.fixture
    ...     def component(self):
    ...         return Ridge()
    """

    kind = KINDS["anticipator"]


class AcquisitionContract(Contract):
    """The contract of acquisitions.

    Examples
    --------
    >>> import pytest
    >>> from autotune_strategies.acquisition.confidence import Greedy
    >>> class TestGreedy(AcquisitionContract):
    ...     @pytest.fixture
    ...     def component(self):
    ...         return Greedy()
    """

    kind = KINDS["acquisition"]


class FoldPlanContract(Contract):
    """The contract of fold plans.

    Examples
    --------
    >>> import pytest
    >>> from autotune_strategies.folds import Racing
    >>> class TestRacing(FoldPlanContract):
    ...     @pytest.fixture
    ...     def component(self):
    ...         return Racing()
    """

    kind = KINDS["fold plan"]


class AcceptanceContract(Contract):
    """The contract of acceptance rules.

    Examples
    --------
    >>> import pytest
    >>> from autotune_strategies.acceptance.threshold import Threshold
    >>> class TestThreshold(AcceptanceContract):
    ...     @pytest.fixture
    ...     def component(self):
    ...         return Threshold()
    """

    kind = KINDS["acceptance"]


class ConfirmationContract(Contract):
    """The contract of confirmations.

    Examples
    --------
    >>> import pytest
    >>> from autotune_strategies.confirmation import ConfirmContenders
    >>> class TestConfirmContenders(ConfirmationContract):
    ...     @pytest.fixture
    ...     def component(self):
    ...         return ConfirmContenders()
    """

    kind = KINDS["confirmation"]


class RecommendationContract(Contract):
    """The contract of recommendations.

    Examples
    --------
    >>> import pytest
    >>> from autotune_strategies.recommendation import BestMeasured
    >>> class TestBestMeasured(RecommendationContract):
    ...     @pytest.fixture
    ...     def component(self):
    ...         return BestMeasured()
    """

    kind = KINDS["recommendation"]


class TerminationContract(Contract):
    """The contract of rules to stop.

    Examples
    --------
    >>> import pytest
    >>> from autotune_strategies.termination.stalls import Patience
    >>> class TestPatience(TerminationContract):
    ...     @pytest.fixture
    ...     def component(self):
    ...         return Patience(10)
    """

    kind = KINDS["termination"]


class StrategyContract(Contract):
    """The contract of whole strategies.

    Examples
    --------
    >>> import pytest
    >>> from autotune_strategies.recipes import default
    >>> class TestDefault(StrategyContract):
    ...     @pytest.fixture
    ...     def component(self):
    ...         return default()
    """

    kind = KINDS["strategy"]


def component_checks(
    components: Iterable[Any], *, examples: int = EXAMPLES, kinds: Iterable[Kind] = ()
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Parametrise a test with components and their checks, as ``parametrize_with_checks`` does.

    Parameters
    ----------
    components : iterable
        Components of any kind.
    examples : int
        The number of legal logs that each is checked on.
    kinds : iterable of Kind
        Kinds besides those of the kernel, for components that answer other questions.

    Returns
    -------
    decorator
        For a test that takes ``component`` and ``check``, and calls ``check(component)``.

    Examples
    --------
    >>> from autotune_strategies.termination.limits import MaxTrials
    >>> @component_checks([MaxTrials(3), MaxTrials(5)])
    ... def test_rules(component, check):
    ...     check(component)
    """
    others = tuple(kinds)
    cases = []
    for component in components:
        kind = kind_of(component, others)
        check = partial(check_component, examples=examples, kind=kind)
        update_wrapper(check, check_component)
        text = repr(component)
        cases.append(
            pytest.param(component, check, id=text if len(text) <= 120 else f"{text[:117]}...")
        )
    return pytest.mark.parametrize(("component", "check"), cases)
