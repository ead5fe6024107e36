"""The kit itself: failures can be pasted, logs are told, contracts inherited, generators whole."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import textwrap
import time
from datetime import UTC, datetime

import attrs
import numpy as np
import pytest
from attrs import frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from autotune import testing
from autotune.errors import ComponentError, StudyError
from autotune.space.extension import obstacle
from autotune.strategy import Composed, FoldQuery, Key, ScheduleQuery, StopQuery, Strategy, ask
from autotune.study import EMPTY, SpaceChanged, Study, reduce
from autotune.study.events import KINDS as EVENT_KINDS
from autotune.testing import (
    Case,
    Kind,
    LawBroken,
    check_case,
    check_component,
    component_checks,
    format_log,
    kind_of,
    legal_logs,
    same,
)
from autotune.testing.byte_source import ByteSource, packed, unpacked
from autotune.testing.case import CASE_BYTES, studies_of
from autotune.testing.checking import reproduction
from autotune.testing.classes import copy_of, equal_value
from autotune.testing.log_builder import small_space, write_log
from autotune.testing.perturbed_environment import global_randomness, perturbed_environment
from autotune_strategies import (
    AllFolds,
    BestBelieved,
    BestMeasured,
    ChangeParameters,
    ConfirmContenders,
    Constant,
    GainMinusPrice,
    MaxTrials,
    MultiplyAdd,
    Never,
    Ridge,
    StartValues,
    Threshold,
)
from helpers import drawn

BYTES = st.binary(min_size=CASE_BYTES, max_size=CASE_BYTES)


FAULTY = """
    from attrs import frozen
    from autotune.strategy import Composed, ScheduleQuery

    @frozen
    class Shrinking(Composed[ScheduleQuery, float]):
        by: float = 0.5

        def read(self, state, query):
            return 1.0 - self.by * query.study.n_judged
"""


class TestFailures:
    @pytest.fixture
    def shrinking(self, tmp_path, monkeypatch):
        (tmp_path / "faulty_parts.py").write_text(textwrap.dedent(FAULTY))
        monkeypatch.syspath_prepend(tmp_path)
        import faulty_parts

        yield faulty_parts.Shrinking
        del sys.modules["faulty_parts"]

    def test_show_a_short_log_and_lines_that_fail_again(self, shrinking, tmp_path):
        with pytest.raises(LawBroken) as found:
            check_component(shrinking())
        message = str(found.value)
        assert found.value.law == "check_answers"
        # Two trials are judged, no more happens, and what happens is as plain as can be.
        log = message.partition("the log, shrunk:\n")[2].partition("\nasked")[0].splitlines()
        assert len(log) <= 7
        assert sum(line.count("rejected") + line.count("accepted") for line in log) == 2
        lines = message.partition("to see it again:\n")[2].splitlines()
        assert len(lines) == 2
        done = subprocess.run(
            [sys.executable, "-c", "\n".join(lines)],
            env={**os.environ, "PYTHONPATH": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1
        assert "check_answers: Shrinking(by=0.5), a schedule: after" in done.stderr
        assert "\n".join(log) in done.stderr

    def test_of_a_law_without_log_can_be_pasted_too(self):
        component = LocalSet()
        with pytest.raises(LawBroken, match="check_description") as found:
            check_component(component)
        assert found.value.case is None
        assert str(found.value).endswith("check_component(LocalSet(words={'a'}))")

    def test_names_no_import_of_what_is_local(self):
        @frozen
        class Local(Composed[StopQuery, None]):
            def read(self, state, query):
                return None

        first, second = reproduction(Local(), Case.from_bytes(b"\1")).splitlines()
        assert first == "from autotune.testing import check_component"
        assert second.startswith("check_component(")

    def test_a_log_of_ones_own_is_checked_alone(self):
        log = Case.from_bytes(bytes([9]) * CASE_BYTES).log
        check_component(MaxTrials(3), log)
        check_component(MaxTrials(3), Case(log, split=2))

    def test_a_word_that_is_none_is_refused(self):
        with pytest.raises(StudyError, match="copy the whole word"):
            check_component(MaxTrials(3), "nonsense")

    def test_warnings_count(self):
        @frozen
        class Warns(Composed[ScheduleQuery, float]):
            def read(self, state, query):
                return 1.0 + 0 * float(np.exp(np.float64(1e3)))

        with pytest.raises(LawBroken, match="overflow"):
            check_component(Warns(), "eNoDAAAAAAE")


@frozen
class LocalSet(Composed[StopQuery, None]):
    words: set = attrs.field(factory=lambda: {"a"})

    def read(self, state, query):
        return None


class TestCases:
    @given(BYTES)
    def test_are_legal_and_come_back_from_their_word(self, content):
        case = Case.from_bytes(content)
        again = Case.from_word(case.word)
        assert same(case.log, again.log)
        assert (case.key, case.cut, case.stride) == (again.key, again.cut, again.stride)
        assert case.choices.rstrip(b"\0") == again.choices.rstrip(b"\0")
        studies = studies_of(case.log)
        assert len(studies) == len(case.log) + 1
        space = studies[-1].known_space
        for trial in range(1, studies[-1].n_trials + 1):
            space.check_values(studies[-1].configuration(trial))

    def test_zeros_are_the_simplest(self):
        assert len(Case.from_bytes(bytes(CASE_BYTES)).log) == 1
        assert Case.from_bytes(b"").positions == [1]

    @given(st.binary(max_size=40))
    def test_words_hold_bytes(self, content):
        assert unpacked(packed(content)) == content.rstrip(b"\0")

    def test_have_all_that_may_happen(self):
        logs = [case.log for case in map(Case.from_bytes, drawn(BYTES, 300))]
        studies = [reduce(log) for log in logs]
        assert {type(event) for log in logs for event in log} == set(EVENT_KINDS)
        assert any(study.known_space.conditional for study in studies)
        assert any(study.known_space.constraints for study in studies)
        assert any(np.any(study.outcomes().failed) for study in studies)
        assert any(study.n_trials == 0 for study in studies)
        assert any(study.n_trials >= 8 for study in studies)
        assert any(study.incumbent is None and study.n_judged > 1 for study in studies)
        inactive = [
            column
            for study in studies
            for column in study.coordinates.values()
            if column.ndim == 1 and np.any(np.isnan(column))
        ]
        assert len(inactive) > 10

    @given(BYTES)
    def test_changes_of_space_keep_what_was(self, content):
        space = None
        for event in Case.from_bytes(content).log:
            if isinstance(event, SpaceChanged):
                assert obstacle(event.space, space) is None
            space = getattr(event, "space", space)


class TestTelling:
    @given(legal_logs(conditional=True))
    def test_is_a_line_for_each_event(self, log):
        text = format_log(log)
        assert len(text.split("\n")) == len(log) or "\n" in repr(log)
        assert text.startswith("0 started: ")


class TestWorlds:
    def test_put_everything_back(self):
        before = global_randomness()
        clock, kind = time.time, datetime
        with perturbed_environment(MaxTrials(3), seed=1, seconds=1e6):
            assert time.time is not clock
            random.random()  # noqa: S311
            np.random.rand()  # noqa: NPY002
        assert global_randomness() == before
        assert time.time is clock
        assert datetime is kind

    def test_reach_what_a_module_imported_by_name(self):
        with perturbed_environment(LooksAtTheDate(), seed=1, seconds=1e6, still=True):
            first = datetime.now(tz=UTC)
        assert first != datetime.now(tz=UTC)
        assert first.year == 2000


@frozen
class LooksAtTheDate(Composed[StopQuery, None]):
    def read(self, state, query):
        return None


class TestCopies:
    def test_are_spared_where_nothing_can_change(self):
        component = ChangeParameters()
        assert copy_of(component) is component
        changeable = LocalSet()
        assert copy_of(changeable) is not changeable
        assert copy_of(changeable) == changeable

    def test_equal_values_are_other_objects(self):
        state = (1.0, (2.0, "a"), np.zeros(2))
        assert equal_value(state) is not state
        assert same(equal_value(state), state)


class TestKinds:
    @pytest.mark.parametrize(
        ("component", "kind"),
        [
            (Constant(1.0), "schedule"),
            (MultiplyAdd(), "step"),
            (StartValues(), "start"),
            (ChangeParameters(), "move"),
            (Ridge(), "anticipator"),
            (GainMinusPrice(), "acquisition"),
            (AllFolds(), "fold plan"),
            (Threshold(), "acceptance"),
            (ConfirmContenders(), "confirmation"),
            (BestBelieved(), "recommendation"),
            (Never(), "termination"),
        ],
    )
    def test_are_found(self, component, kind):
        assert kind_of(component).name == kind

    def test_are_found_by_the_annotation_or_the_base(self):
        @frozen
        class Annotated:
            def init(self):
                return ()

            def update(self, state, study, event):
                return state

            def read(self, state, query: FoldQuery):
                return ()

        @frozen
        class Derived(MaxTrials):
            pass

        assert kind_of(Annotated()).name == "fold plan"
        assert kind_of(Derived(3)).name == "termination"

    def test_what_is_none_is_refused(self):
        with pytest.raises(ComponentError, match="not an attrs class"):
            kind_of("a string")
        with pytest.raises(ComponentError, match="lacks init"):
            kind_of(Key(0))

        @frozen
        class Odd(Composed[int, int]):
            def read(self, state, query):
                return 1

        with pytest.raises(ComponentError, match="pass kind="):
            kind_of(Odd())

    def test_others_can_be_added(self):
        @frozen(eq=False)
        class CountQuery:
            study: Study
            key: Key

        @frozen
        class CountTrials(Composed[CountQuery, int]):
            def read(self, state, query: CountQuery):
                return query.study.n_trials

        def valid(component, query, answer):
            assert answer < 3, f"{answer} is a lot"

        counts = Kind(
            "count", "CountQuery", lambda study, key, source: [CountQuery(study, key)], valid
        )
        with pytest.raises(LawBroken, match="3 is a lot"):
            check_component(CountTrials(), kind=counts)
        assert kind_of(CountTrials(), [counts]) is counts


class TestParametrising:
    def test_gives_each_component_its_check(self):
        @component_checks([MaxTrials(3), Constant(1.0), LocalSet()], examples=5)
        def test(component, check):
            check(component)

        (mark,) = test.pytestmark
        good, also_good, bad = [case.values for case in mark.args[1]]
        test(*good)
        test(*also_good)
        with pytest.raises(LawBroken):
            test(*bad)

    def test_checks_as_many_examples_as_are_asked_for(self):
        seen = []

        def valid(component, query, answer):
            seen.append(query.study)

        base = testing.KINDS["termination"]
        kind = attrs.evolve(base, valid=valid, once=(), laws=())
        check_component(Never(), examples=37, kind=kind)
        assert len({id(study.started) for study in seen}) == 37


class TestStopContract(testing.TerminationContract):
    @pytest.fixture
    def component(self):
        return MaxTrials(2)


class TestConfirmationContract(testing.ConfirmationContract):
    examples = 20

    @pytest.fixture
    def component(self):
        return ConfirmContenders()


class TestRecommendationContract(testing.RecommendationContract):
    examples = 20

    @pytest.fixture
    def component(self):
        return BestMeasured()


class TestMoveContractToo(testing.MoveContract):
    examples = 20

    @pytest.fixture
    def component(self):
        return ChangeParameters(2)


def test_a_contract_wants_its_own_kind():
    with pytest.raises(AssertionError):
        testing.MoveContract().test_is_of_its_kind(MaxTrials(2))


class TestGenerators:
    def test_events_are_of_every_kind(self):
        assert {type(event) for event in drawn(testing.events(), 300)} == set(EVENT_KINDS)

    @given(BYTES, st.sampled_from(EVENT_KINDS), st.booleans())
    def test_a_kind_of_event_that_is_wanted_is_in_the_log(self, content, kind, changes):
        space = small_space(ByteSource(content))
        log = write_log(space, content, 2, changes=changes, wanted=kind)
        assert any(isinstance(event, kind) for event in log)
        assert reduce(log).n_events == len(log)

    @given(testing.studies(max_trials=2, conditional=True))
    def test_studies_have_begun(self, study):
        assert study.begun
        assert study.n_trials <= 2

    @given(testing.keys())
    def test_keys_give_generators(self, key):
        assert key.generator().random() == key.generator().random()

    def test_keys_differ(self):
        assert len(set(drawn(testing.keys(), 50))) > 20

    def test_spaces_may_be_conditional(self):
        drawn_spaces = drawn(testing.spaces(conditional=True), 100)
        assert any(space.conditional for space in drawn_spaces)
        assert not all(space.conditional for space in drawn_spaces)
        assert not any(space.conditional for space in drawn(testing.spaces(), 50))

    @given(st.data(), testing.spaces(conditional=True))
    def test_configurations_are_legal(self, data, space):
        configuration = data.draw(testing.configurations(space))
        assert same(space.check(configuration), configuration)

    def test_logs_lack_what_is_inactive(self):
        logs = drawn(legal_logs(conditional=True), 200)
        some = [reduce(log) for log in logs]
        assert any(
            len(study.configuration(trial)) < len(study.known_space)
            for study in some
            for trial in range(1, study.n_trials + 1)
        )

    def test_spaces_are_widened(self):
        changed = []
        for log in drawn(legal_logs(), 300):
            space = None
            for event in log:
                if isinstance(event, SpaceChanged):
                    assert obstacle(event.space, space) is None
                    changed.append(event.space.names == space.names)
                space = getattr(event, "space", space)
        assert True in changed
        assert False in changed


PARTS = [
    StartValues(),
    ChangeParameters(),
    ChangeParameters(2),
    Constant(0.5),
    Ridge(),
    GainMinusPrice(),
    AllFolds(),
    Threshold(),
    Never(),
    MaxTrials(3),
    MultiplyAdd(),
]


class TestStrategies:
    @settings(max_examples=20)
    @given(testing.strategies(PARTS), BYTES)
    def test_of_any_parts_keep_the_laws(self, strategy, content):
        assert isinstance(strategy, Strategy)
        check_case(strategy, Case.from_bytes(content))

    @given(testing.strategies(PARTS, n_candidates=1))
    def test_draw_as_many_as_asked_for(self, strategy):
        assert strategy.n_candidates == 1

    def test_need_every_kind(self):
        with pytest.raises(ComponentError, match="no component of kind acceptance, termination"):
            testing.strategies(
                [p for p in PARTS if not isinstance(p, Threshold | Never | MaxTrials)]
            )

    def test_are_asked_of_a_study(self):
        strategy = drawn(testing.strategies(PARTS), 1)[0]
        log = Case.from_bytes(b"").log
        study, state = EMPTY, strategy.init()
        for study, event in zip(studies_of(log)[1:], log, strict=True):
            state = strategy.update(state, study, event)
        assert ask(strategy, state, study, at=0).trial == 1


class TestTape:
    def test_ends_in_zeros(self):
        source = ByteSource(b"")
        assert [source.byte(), source.below(1000), source.chance(0.9), source.fraction()] == [
            0,
            0,
            False,
            0.0,
        ]
        assert source.number(2.0, 3.0) == 2.0

    @given(st.binary(max_size=64), st.data())
    def test_values_are_legal(self, content, data):
        space = data.draw(testing.spaces(conditional=True))
        configuration = ByteSource(content).configuration(space)
        assert same(space.check(configuration), configuration)
