# SPDX-License-Identifier: MIT
"""Forged headers and models."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence

from forging import LEFT, LINE, MIDDLE, RIGHT, by_hand, forgery, model, written
from reference.certificate_file import file_of
from reference.certificates import PLAIN

SCALED = [([[1], [1]], [0, -1.5]), ([[1, 1]], [0])]
LONGER = [*LINE, ([[1]], [0])]


def changed(path: Sequence, value: object):
    def build():
        out = written("LINE", "activation", "affine")
        *way, last = path
        place = out.header
        for key in way:
            place = place[key]
        place[last] = value
        return out

    return build


FIRST = ("layers", 0, "units", 0)
FLAG = ' and type(spec["hidden"]) is bool'
LAST = 'need(plain == [[[1, 0, []]], 0, 0, False], "the output layer has activations")'
HEADERS: list[tuple] = [
    ("q_below_zero", ("layers", 0, "q"), -1, "the units"),
    ("q_that_is_no_integer", ("layers", 0, "q"), 1.0, "the units"),
    ("q_without_end", ("layers", 0, "q"), 10**30, "numbers too long"),
    ("m_without_end", ("layers", 0, "m"), 10**30, "numbers too long"),
    ("hidden_that_is_a_number", ("layers", 0, "hidden"), 1, "the units", FLAG),
    ("three_units_of_two", ("layers", 0, "units"), [[0, 0, [[0, 1]]]] * 3, "the units"),
    ("breakpoints_out_of_order", (*FIRST, 2), [[1, 1], [0, 1]], "a unit"),
    ("a_breakpoint_twice", (*FIRST, 2), [[0, 1], [0, 1]], "a unit"),
    ("a_slope_that_is_a_list", (*FIRST, 0), [1], "a unit"),
    ("a_jump_that_is_true", (*FIRST, 2), [[0, True]], "a unit"),
    (
        "units_at_the_outputs",
        ("layers", 1, "units"),
        [[2, 0, []]],
        "output",
        LAST,
    ),
    ("an_output_below_zero", ("outputs",), [-1], "the outputs"),
    ("an_output_that_is_not_there", ("outputs",), [1], "index out of range"),
    ("more_outputs_than_there_are", ("outputs",), [0, 0], "the outputs"),
    ("an_output_that_is_false", ("outputs",), [False], "the outputs"),
    ("no_scale", ("scale",), 0, "the domain"),
    ("a_scale_that_is_no_integer", ("scale",), 1.0, "the domain"),
    ("rows_of_two_lengths", ("rows",), [[1, 1], [1]], "the domain"),
    ("a_row_of_floats", ("rows",), [[1.0, 1]], "the domain"),
    ("an_input_too_many", ("inputs",), [[0, 1]] * 2, "shapes of layer 0"),
    ("a_number_of_inputs_too_many", ("inputs",), 2, "shapes of layer 0"),
    ("a_million_inputs", ("inputs",), 10**6, ""),
    ("more_coordinates_than_inputs", ("inputs",), [[0, 1, 0]], "the domain"),
    ("a_coordinate_twice", ("coordinates",), [0, 0], "the domain"),
    ("a_coordinate_that_is_not_there", ("coordinates",), [1], "the domain"),
    ("a_coordinate_below_zero", ("coordinates",), [-1], "the domain"),
    ("a_layer_missing", ("layers",), [PLAIN], "there are more layers"),
    ("definitions_that_are_none", ("definitions",), 7, ""),
]
for name, path, value, says, *old in HEADERS:
    forgery(says, *old, name=name)(changed(path, value))


@forgery("a unit", " and all(jumps)")
def a_breakpoint_without_a_jump():
    first = [3, 5, 2, 0, 9, 0, *LEFT], [11, 5, 2, 0, *MIDDLE]
    out = by_hand("LINE", *first, [7, *RIGHT], [0, 12], activation=4)
    kink, plain = [0, 0, [[0, 1], [5, 0]]], [0, 0, [[0, 1]]]
    out.header["layers"][0]["units"] = [kink, plain]
    return out


@forgery("the domain", ' and header["scale"] > 0')
def a_scale_below_zero():
    steps = [3, 7, 0, 3], [2, 1], [6, 2, 0, 2, 2]
    out = by_hand("LINE", *steps, activation=3)
    out.header["scale"] = -1
    return out


@forgery(
    "does not span",
    "multipliers(base, [packed(x, size // 8 + 1) for x in zip(*seen)])",
    "pass",
    layers="PLANE",
)
def a_coordinate_that_matters_left_out():
    out = by_hand("PLANE", [3, 5, 1, 0, 1], [5, 1, 0, 2], activation=2)
    out.header["coordinates"] = [0]
    return out


@forgery(
    "does not span",
    "minor_bits(base) + max(map(minor_bits, zip(seen)))",
    "max(map(minor_bits, zip(seen)))",
    layers="SKEW",
)
def coordinates_left_out_that_cancel_when_packed():
    """Of the second and third, -2^16 and 1 are left: 0 in slots of 16 bits."""
    out = by_hand("SKEW", [3, 5, 2, 0, 0, 1], [6, 2, 0, 0, 2], activation=2)
    out.header["coordinates"] = [0]
    return out


SAME = 'need(digest.hexdigest() == header["network"], "this is of another network")'
MORE = 'need(f"W{len(spec)}.npy" not in archive.namelist(), "there are more layers")'


@forgery("another network", SAME, layers=SCALED)
def another_network():
    return written("LINE", "activation")


@forgery("more layers", MORE, layers=LONGER)
def a_network_with_a_layer_more():
    return written("LINE", "activation")


@forgery("the side of")
def another_domain():
    out = by_hand("LINE", [3, 5, 2, 1, *LEFT], [5, 2, 1, *MIDDLE], activation=2)
    out.header["rows"] = [[3, -1]]  # x < 3 instead of x < 1
    return out


# --- files that would cost much memory or time ----------------------------------------


@forgery("")
def a_header_of_many_brackets():
    return file_of([b"[" * 10**6], {})


@forgery("")
def a_header_with_a_long_number():
    return file_of([b'{"definitions": [], "scale": ' + b"9" * 10**6], {})


@forgery("the units")
def a_million_breakpoints():
    out = written("LINE", "activation")
    breaks = [[t, 1] for t in range(40000)]
    out.header["layers"][0]["units"] = [[0, 0, breaks]]
    return out


@forgery("the domain")
def ten_thousand_coordinates():
    out = written("LINE", "activation")
    out.header["inputs"] = [[0] * 10001]
    out.header["coordinates"] = [*range(10000)]
    return out


def packed(name: str, data: bytes) -> bytes:
    """A model with one large array, compressed."""
    out = io.BytesIO(model(LINE))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return out.getvalue()


@forgery("a large model", layers=packed("x.npy", bytes(20_000_000)))
def a_model_that_unpacks_to_much():
    return written("LINE", "activation")


@forgery("", layers=b"PK no archive")
def a_model_that_is_none():
    return written("LINE", "activation")


@forgery("", layers=[([[1], [float("nan")]], [0, -1]), ([[1, 1]], [0])])
def a_weight_that_is_no_number():
    return written("LINE", "activation")


@forgery("shapes of layer 0", layers=[([[1], [1]], [0]), ([[1, 1]], [0])])
def a_bias_missing():
    return written("LINE", "activation")
