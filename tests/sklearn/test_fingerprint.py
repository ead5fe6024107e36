"""Fingerprints of data: the same for equal data, others for other data, and cheap in memory."""

from __future__ import annotations

import re
import subprocess
import sys
import tracemalloc

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as generators
from hypothesis.extra import numpy as arrays
from scipy import sparse
from sklearn.model_selection import KFold
from sklearn.svm import SVC

from autotune import StepSearchCV, Tuner, open_log
from autotune.errors import StudyError
from autotune.sklearn.fingerprint import fingerprint

X = np.arange(24.0).reshape(8, 3)
y = np.array([0, 1] * 4)


@given(arrays.arrays("<f8", arrays.array_shapes(max_dims=3, max_side=4)))
def test_neither_copies_nor_the_order_of_memory_matter(array):
    assert fingerprint(array) == fingerprint(array.copy()) == fingerprint(np.asfortranarray(array))


@given(
    arrays.arrays(
        generators.sampled_from(["<f8", "<i4", "<U3"]), arrays.array_shapes(min_dims=1, max_dims=2)
    ),
    generators.data(),
)
def test_any_change_of_an_element_matters(array, data):
    where = tuple(data.draw(generators.integers(0, n - 1)) for n in array.shape)
    changed = array.copy()
    changed[where] = data.draw(arrays.from_dtype(array.dtype))
    same = changed.tobytes() == array.tobytes()
    assert (fingerprint(changed) == fingerprint(array)) == same


@pytest.mark.parametrize(
    "make",
    [
        lambda: X,
        lambda: X.astype(np.float32),
        lambda: X.reshape(3, 8),
        lambda: sparse.csr_array(X),
        lambda: pd.DataFrame(X, columns=["a", "b", "c"]),
        lambda: pd.DataFrame(X, columns=["a", "b", "d"]),
        lambda: pd.DataFrame(
            {"a": pd.Categorical(["u", "v"]), "t": pd.to_datetime(["2020", "2021"])}
        ),
        lambda: pd.Series(["x", None, "y"]),
        lambda: pl.DataFrame({"a": [1, 2], "b": ["x", None]}),
        X.tolist,
        lambda: [["a", "b"], ["a"]],
        lambda: [["a"], ["b", "a"]],
        lambda: np.array(["a", None, 1.5, (1, 2)], dtype=object),
        list,
    ],
)
def test_kinds_of_data_are_told_apart(make):
    seen = {fingerprint(make()) for make in _makers()}
    assert len(seen) == len(_makers())
    assert fingerprint(make()) == fingerprint(make())


def _makers():
    (mark,) = test_kinds_of_data_are_told_apart.pytestmark
    return mark.args[1]


def test_sparse_matrices_are_equal_however_they_were_built():
    made = sparse.csr_array(X)
    shuffled = sparse.csc_array(X).tocsr()
    assert fingerprint(made) == fingerprint(shuffled) == fingerprint(sparse.coo_array(X))


def test_what_has_no_stable_contents_counts_by_its_kind():
    class Lazy:
        shape = (10, 2)

        def __array__(self):
            raise AssertionError("it was computed")

    assert fingerprint(Lazy()) == fingerprint(Lazy())
    assert fingerprint([Lazy()]) != fingerprint([object()])


def test_it_is_the_same_in_another_process():
    code = "from autotune.sklearn.fingerprint import fingerprint; print(fingerprint([['a', 1, 2.5], None]))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == fingerprint([["a", 1, 2.5], None])


@pytest.mark.parametrize("order", ["C", "F"])
def test_no_copy_is_made(order):
    large = np.zeros((400_000, 10), order=order)
    tracemalloc.start()
    fingerprint(large)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < large.nbytes / 8


# In a study


def searched(log, X=X, y=y, cv=2, n_trials=2, **fit_params):
    search = StepSearchCV(SVC(), {"C": 1.0}, n_trials=n_trials, cv=cv, random_state=0, log=log)
    return search.fit(X, y, **fit_params)


def test_a_log_is_not_gone_on_with_on_other_data(tmp_path):
    log = tmp_path / "log"
    first = searched(log)
    assert re.fullmatch(
        r"X 8x3 \w{12}, y 8 \w{12}, splits 2 \w{12}", first.study_.begun.versions["data"]
    )
    searched(log, n_trials=3)
    with open_log(log, mode="r") as opened:
        before = len(opened)
    other = X.copy()
    other[3, 1] += 1e-9
    for changed in (
        {"X": other},
        {"y": 1 - y},
        {"cv": KFold(2, shuffle=True, random_state=1)},
        {"sample_weight": np.ones(8)},
    ):
        with pytest.raises(StudyError, match=r"of other data: X 8x3 .* there, X 8x3 .* here"):
            searched(log, n_trials=4, **changed)
    with open_log(log, mode="r") as opened:
        assert len(opened) == before
    assert searched(log, n_trials=4).study_.n_trials == 4


def test_logs_that_say_nothing_of_their_data_are_gone_on_with(tmp_path):
    Tuner({"C": 1.0}, log=tmp_path / "log", n_folds=2, n_trials=1).close()
    assert searched(tmp_path / "log").study_.n_trials == 2


def test_a_tuner_takes_the_version_of_the_data(tmp_path):
    with Tuner({"x": 1.0}, log=tmp_path / "log", data="2026-11"):
        pass
    with Tuner({"x": 1.0}, log=tmp_path / "log"):
        pass
    with pytest.raises(StudyError, match="of other data: 2026-11 there, 2026-12 here"):
        Tuner({"x": 1.0}, log=tmp_path / "log", data="2026-12")
