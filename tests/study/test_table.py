"""Table: rows are only added, and no view is ever disturbed by the futures of another."""

import copy
import pickle
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autotune.study import table as module
from autotune.study.table import Table

DTYPE = np.dtype([("trial", "i8"), ("score", "f8"), ("row", "f8", (2,)), ("moved", "O")])


def record(number):
    return (number, number / 2, (number, np.nan), (str(number),))


def records(numbers):
    rows = np.zeros(len(numbers), DTYPE)
    for i, number in enumerate(numbers):
        rows[i] = record(number)
    return rows


def assert_holds(table, numbers):
    assert len(table) == len(numbers)
    assert table["trial"].tolist() == numbers
    assert table["score"].tolist() == [number / 2 for number in numbers]
    assert table["row"][:, 0].tolist() == numbers
    assert table["moved"].tolist() == [(str(number),) for number in numbers]
    assert table.rows["trial"].tolist() == numbers
    assert table == Table.of(records(numbers))


# Each step takes an earlier view, and appends one row to it or extends it by many.
STEPS = st.lists(
    st.tuples(st.integers(0, 10**6), st.sampled_from([-1, -1, 0, 1, 3, 20])), max_size=40
)


@given(STEPS)
def test_any_tree_of_futures_is_like_plain_lists(steps):
    views = [(Table(DTYPE), [])]
    for number, (choice, size) in enumerate(steps):
        table, numbers = views[choice % len(views)]
        if size < 0:
            views.append((table.append(record(number)), [*numbers, number]))
        else:
            more = [number * 100 + i for i in range(size)]
            views.append((table.extend(records(more)), numbers + more))
    for table, numbers in views:
        assert_holds(table, numbers)


@given(st.integers(0, 40), st.integers(0, 40))
def test_a_table_of_given_rows_grows_like_any_other(n, more):
    first = Table.of(records(list(range(n))))
    longer = first
    for number in range(n, n + more):
        longer = longer.append(record(number))
    assert_holds(first, list(range(n)))
    assert_holds(longer, list(range(n + more)))


def test_appending_copies_the_buffer_only_as_often_as_it_doubles(monkeypatch):
    copied = []

    class Counted(module._Buffer):
        __slots__ = ()

        def __init__(self, rows, used):
            copied.append(used)
            super().__init__(rows, used)

    monkeypatch.setattr(module, "_Buffer", Counted)
    table = Table(DTYPE)
    for number in range(10_000):
        table = table.append(record(number))
    assert len(copied) <= 12
    assert sum(copied) <= 2 * 10_000


def test_a_view_that_grows_again_copies_only_its_own_rows(monkeypatch):
    long = Table.of(records(list(range(100))))
    short = Table(DTYPE).append(record(0))
    one = short.append(record(1))
    other = short.append(record(2))
    assert other._buffer is not one._buffer
    assert one._buffer is short._buffer
    assert_holds(long, list(range(100)))


@pytest.mark.parametrize("take", [lambda t: t["score"], lambda t: t.rows, lambda t: t.rows["row"]])
def test_views_cannot_be_written(take):
    table = Table(DTYPE).append(record(1))
    with pytest.raises(ValueError, match="read-only"):
        take(table)[0] = 0


def test_a_row_that_does_not_fit_changes_nothing():
    table = Table(DTYPE).append(record(1))
    for bad in [("one", 0.5, (1, 2), ()), (2,), (2, 0.5, (1, 2, 3), ())]:
        with pytest.raises((ValueError, TypeError)):
            table.append(bad)
    assert_holds(table, [1])
    assert_holds(table.append(record(2)), [1, 2])


class _Hesitant(module._Buffer):
    """Gives way to other threads between looking at how much is used and saying so."""

    __slots__ = ("_used",)

    @property
    def used(self):
        used = self._used
        time.sleep(0.001)
        return used

    @used.setter
    def used(self, used):
        self._used = used


def test_futures_made_in_threads_do_not_disturb_each_other(monkeypatch):
    monkeypatch.setattr(module, "_Buffer", _Hesitant)
    root = Table(DTYPE).append(record(0))
    start = Barrier(4)

    def future(number):
        start.wait()
        return root.append(record(number)).append(record(-number))

    with ThreadPoolExecutor(4) as pool:
        for number, table in enumerate(pool.map(future, range(1, 5)), 1):
            assert_holds(table, [0, number, -number])


def _pickled(table):
    return pickle.loads(pickle.dumps(table))  # noqa: S301


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, _pickled])
def test_copies_are_equal_and_independent(duplicate):
    table = Table(DTYPE).append(record(1)).append(record(2))
    other = duplicate(table)
    assert other == table
    assert_holds(other.append(record(3)), [1, 2, 3])
    assert_holds(table.append(record(4)), [1, 2, 4])


def test_equality_is_of_rows_and_dtype():
    table = Table(DTYPE).append(record(1))
    assert table == Table.of(records([1]))
    assert table != Table.of(records([2]))
    assert table != table.append(record(2))
    assert Table(DTYPE) != Table(np.dtype([("trial", "i8")]))
    assert table != [record(1)]
    with pytest.raises(TypeError, match="unhashable"):
        hash(table)


def test_repr_says_how_long_it_is():
    assert repr(Table(DTYPE).append(record(1))) == "Table(1 rows: trial, score, row, moved)"
