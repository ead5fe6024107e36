"""Keys: the same address always gives the same stream, any other gives another one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autotune.errors import StudyError
from autotune.strategy import Key

SEEDS = st.integers(0, 2**63 - 1)
STEPS = st.integers(0, 2**32 - 1) | st.sampled_from(["move", "explore", "", "λ"])
ADDRESSES = st.lists(STEPS, max_size=4).map(tuple)


def stream(key):
    return tuple(key.generator().integers(0, 2**63, size=4).tolist())


@given(SEEDS, ADDRESSES)
def test_asking_twice_gives_the_same_stream(seed, address):
    key = Key(seed).child(*address)
    assert stream(key) == stream(key) == stream(Key(seed).child(*address))


@given(SEEDS, ADDRESSES, ADDRESSES)
def test_an_address_can_be_given_in_parts(seed, first, second):
    assert Key(seed).child(*first).child(*second) == Key(seed).child(*first, *second)


@given(st.tuples(SEEDS, ADDRESSES), st.tuples(SEEDS, ADDRESSES))
def test_different_keys_give_different_streams(one, other):
    a, b = (Key(seed).child(*address) for seed, address in (one, other))
    assert (stream(a) == stream(b)) == (a == b)


@pytest.mark.parametrize(
    ("one", "other"), [((), (0,)), ((0,), (0, 0)), ((1, 2), (2, 1)), (("move",), ("moves",))]
)
def test_neighbouring_addresses_give_different_streams(one, other):
    assert stream(Key(1).child(*one)) != stream(Key(1).child(*other))


def test_streams_are_those_of_numpy_spawn_keys():
    expected = np.random.Generator(np.random.PCG64(np.random.SeedSequence(7, spawn_key=(3, 5))))
    assert Key(7).child(3, 5).generator().random() == expected.random()


def test_role_names_never_change_their_number():
    # Recorded studies are replayed with these; another checksum would change every draw.
    # 0xCBF43926 is the published check value of CRC-32.
    assert Key(7).child(3, "123456789").path == (3, 0xCBF43926)


def test_a_drawn_stream_does_not_shift_another():
    key = Key(11)
    before = stream(key.child("b"))
    key.child("a").generator().random(1000)
    assert stream(key.child("b")) == before


def test_takes_numpy_integers():
    assert Key(np.int64(7)).child(np.int32(3)) == Key(7).child(3)
    assert type(Key(np.int64(7)).seed) is int
    assert type(Key(7).child(np.int32(3)).path[0]) is int


@pytest.mark.parametrize("seed", [-1, 2**63, 1.0, "1", None, True, np.float64(1)])
def test_rejects_seeds_that_are_no_whole_number(seed):
    with pytest.raises(StudyError, match="whole number from 0 to"):
        Key(seed)


@pytest.mark.parametrize("step", [-1, 2**32, 1.5, None, True])
def test_rejects_addresses_that_would_name_two_streams(step):
    with pytest.raises(StudyError, match="name or a number from 0 to"):
        Key(1).child(step)
