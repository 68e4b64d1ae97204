# SPDX-License-Identifier: MIT
"""Payloads: everything comes back bit for bit, and no damage does more than fail."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from refusals import refused

from polyregions.errors import InvalidArgumentError, JournalError
from polyregions.frames import pack, unpack

KINDS = ["?", "i1", "u1", "<i2", "<u4", ">i4", "<i8", "<u8", "<f2", "<f4", "<f8", ">f8"]
SMALL = pack(
    {"n": 3, "text": "a"},
    {"bits": np.array([True, False]), "x": np.arange(3.0), "no": np.zeros((0, 2))},
    {"queue": b"abc", "": b""},
)


@st.composite
def arrays(draw):
    dtype = np.dtype(draw(st.sampled_from(KINDS)))
    shape = draw(hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3))
    array = draw(hnp.arrays(dtype, shape))
    return draw(st.sampled_from([array, array.T, array[..., ::-1] if shape else array]))


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
names = st.text(max_size=5)


@given(
    st.dictionaries(names, scalars | st.lists(scalars, max_size=3), max_size=3),
    st.dictionaries(names, arrays(), max_size=3),
    st.dictionaries(names, st.binary(max_size=20), max_size=3),
)
@settings(max_examples=100, deadline=None)
def test_everything_comes_back_bit_for_bit_and_in_order(scalars, arrays, blobs):
    payload = pack(scalars, arrays, blobs)
    assert len(payload) % 8 == 0
    assert pack(scalars, arrays, blobs) == payload
    some, others, rest = unpack(payload)
    assert repr(some) == repr(scalars)  # NaN too
    assert [*others] == [*arrays]
    assert [*rest.items()] == [*blobs.items()]
    for name, array in arrays.items():
        plain = array.astype(array.dtype.newbyteorder("<"))
        assert (others[name].dtype, others[name].shape) == (plain.dtype, plain.shape)
        assert others[name].tobytes() == plain.tobytes()
    assert pack(some, others, rest) == payload


def test_arrays_and_blobs_are_aligned_views_that_cannot_be_written():
    _, arrays, blobs = unpack(SMALL)
    where = np.frombuffer(SMALL, np.uint8)
    for array in (arrays["x"], np.frombuffer(blobs["queue"], np.uint8)):
        assert np.shares_memory(array, where)
        assert array.flags.aligned
        assert not array.flags.writeable
    _, arrays, blobs = unpack(memoryview(bytearray(SMALL)))
    assert not arrays["x"].flags.writeable
    assert blobs["queue"].readonly


class Odd:
    """What no file can hold."""


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (({"x": Odd()}, {}, {}), "a scalar is no JSON"),
        (({"x": np.int64(1)}, {}, {}), "a scalar is no JSON"),
        (({1: 1}, {}, {}), "the name 1 is no text"),
        (({}, {2: np.zeros(1)}, {}), "the name 2 is no text"),
        (({}, {}, {None: b""}), "the name None is no text"),
        (({}, {"a": np.array([Odd()])}, {}), "the array 'a' is of object"),
        (({}, {"a": np.array(["x"])}, {}), "the array 'a' is of <U1"),
        (({}, {"a": np.zeros(1, "M8[s]")}, {}), "the array 'a' is of datetime64"),
        (({}, {"a": np.zeros(1, complex)}, {}), "the array 'a' is of complex128"),
        (({}, {"a": np.zeros(1, "i4,i4")}, {}), "the array 'a' is of"),
        (({}, {"a": [1, 2]}, {}), "the array 'a' is of list"),
        (({}, {}, {"b": "text"}), "the blob 'b' is a str"),
        (({}, {}, {"b": memoryview(b"abcd")[::2]}), "the blob 'b' is a memoryview"),
    ],
)
def test_what_no_payload_holds_is_refused(parts, message):
    refused(message, InvalidArgumentError, pack, *parts)


# Damage ------------------------------------------------------------------------------


def payload_of(header, data=b""):
    """A payload with this header, JSON or a value of it."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    start = len(text).to_bytes(4, "little") + text
    return start + bytes(-len(start) % 8) + data


def declaring(arrays, blobs=None):
    return {"scalars": {}, "arrays": arrays, "blobs": blobs or {}}


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        (b"", "'header' goes beyond its end"),
        (b"\xff\xff\xff\xff", "'header' goes beyond its end"),
        (payload_of(b"\xff"), "no JSON"),
        (payload_of(b"[" * 10**5), "no JSON"),
        (payload_of(b"1" * 5000), "no JSON"),
        (payload_of([]), "other parts"),
        (payload_of({"scalars": {}, "arrays": {}}), "other parts"),
        (payload_of(declaring({}) | {"more": 1}), "other parts"),
        (payload_of(declaring([])), "no object"),
        (payload_of(declaring({"a": 7})), "no type and shape"),
        (payload_of(declaring({"a": ["O", [1]]}), bytes(8)), "unknown type"),
        (payload_of(declaring({"a": ["V8", [1]]}), bytes(8)), "unknown type"),
        (payload_of(declaring({"a": [["f8"], [1]]}), bytes(8)), "unknown type"),
        (payload_of(declaring({"a": ["f8", 1]}), bytes(8)), "has no shape"),
        (payload_of(declaring({"a": ["f8", [True]]}), bytes(8)), "has no shape"),
        (payload_of(declaring({"a": ["f8", [1.0]]}), bytes(8)), "has no shape"),
        (payload_of(declaring({"a": ["f8", [-1, -1]]}), bytes(8)), "has no shape"),
        (payload_of(declaring({"a": ["f8", [2]]}), bytes(8)), "beyond its end"),
        (payload_of(declaring({"a": ["f8", [2**62, 4]]}), bytes(8)), "beyond its end"),
        (payload_of(declaring({"a": ["f8", [0, 2**70]]})), "has no shape"),
        (payload_of(declaring({"a": ["f8", [0] + [2**60] * 3]})), "impossible shape"),
        (payload_of(declaring({"a": ["f8", [1] * 99]}), bytes(8)), "impossible shape"),
        (payload_of(declaring({"a": ["b1", [1]]}), b"\2" + bytes(7)), "no booleans"),
        (payload_of(declaring({"a": ["i1", [1]]}), b"\0\1" + bytes(6)), "not zero"),
        (payload_of(declaring({}, {"b": "7"})), "has no size"),
        (payload_of(declaring({}, {"b": -1})), "has no size"),
        (payload_of(declaring({}, {"b": 2**62})), "beyond its end"),
        (payload_of(declaring({}), bytes(8)), "8 bytes are left over"),
    ],
)
def test_a_damaged_payload_is_refused(payload, message):
    refused(message, JournalError, unpack, payload)


def test_a_payload_cut_anywhere_is_refused():
    for size in range(len(SMALL)):
        refused("is damaged", JournalError, unpack, SMALL[:size])
        if size:
            refused("is damaged", JournalError, unpack, SMALL + SMALL[:size])


@given(st.integers(0, len(SMALL) - 1), st.integers(1, 255), st.binary(max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_other_bytes_are_refused_or_are_a_payload(at, flip, noise):
    damaged = bytearray(SMALL)
    damaged[at] ^= flip
    for payload in (bytes(damaged), noise, SMALL[:at] + noise, payload_of(noise)):
        try:
            scalars, arrays, blobs = unpack(payload)
        except JournalError as error:
            assert "\n" not in str(error)  # noqa: PT017
            continue
        assert isinstance(scalars, dict)
        assert all(a.nbytes == math.prod(a.shape) * a.itemsize for a in arrays.values())
        assert sum(len(b) for b in blobs.values()) <= len(payload)
