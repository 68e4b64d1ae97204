# SPDX-License-Identifier: MIT
"""Forged steps, blocks and stated counts of activation regions."""

from __future__ import annotations

import json
import struct

from forging import LEFT, MIDDLE, ONE_AT_ONCE, RIGHT, by_hand, forgery, written
from reference.certificate_file import Item, file_of, varints

# --- the walk -------------------------------------------------------------------------


@forgery("the walk has ended", 'need(self.events is not None, "the walk has ended")')
def a_leaf_twice():
    steps = [3, 5, 2, 0, *LEFT], [7, *MIDDLE], RIGHT, RIGHT
    return by_hand("LINE", *steps, activation=4, per_layer=[3])


@forgery("is decided already")
def a_hyperplane_decided_twice():
    return by_hand("LINE", [3, 1, 2, 0, *LEFT], [2, 2, 0, *MIDDLE], activation=2)


@forgery(
    "point of a leaf",
    'need(self.inside(self.point()), "the point of a leaf is outside")',
    "self.point()",
)
def a_side_without_a_point():
    steps = [3, 7, *LEFT], LEFT, [7, *MIDDLE], RIGHT
    return by_hand("LINE", *steps, activation=4)


@forgery("point of a leaf", "= net.domain, [], []", "= [], [], []")
def a_point_outside_the_domain():
    out = written("LINE", "activation")
    out.header["rows"] = [[-3, 1]]  # x > 3: one region
    return out


@forgery("the side of", "signs == {1} if above else signs <= {0}", "1", layers="DEEP")
def a_claim_of_the_other_side():
    lower = [3, 6, 2, 0, 3, 0, 3], [2, 1]  # x - 1 > 0 where x < 0: x + 1 cuts
    upper = [7, 2, 1, *MIDDLE], [2, 2, 0, *RIGHT]
    return by_hand("DEEP", *lower, *upper, activation=4, per_layer=[3, 4])


@forgery("the side of", "signs == {1} if above else signs <= {0}", "1")
def a_claim_of_a_hyperplane_that_cuts():
    return by_hand("LINE", [3, 5, 2, 0, *LEFT], [6, 2, 0, *MIDDLE], activation=2)


@forgery("the side of", "signs == {1} if above", "1 if above", layers="FLAT")
def a_claim_of_a_constant_of_the_other_sign():
    """-1 above 0 by no rows."""
    return by_hand("FLAT", [2, 1, 7, *LEFT], [*RIGHT], activation=2)


@forgery("is not shown", "reduce(and_, highs, twice)", "reduce(and_, highs[1:], twice)")
def a_claim_at_once_above_by_the_rows_alone():
    return by_hand("LINE", [3, 5, 2, 0, *LEFT], [*ONE_AT_ONCE, *MIDDLE], activation=2)


@forgery("is not shown", "reduce(and_, lows, twice)", "reduce(and_, lows[:1], twice)")
def a_claim_at_once_below_by_the_constant_alone():
    return by_hand("LINE", [3, 5, 2, 0, *LEFT], [*ONE_AT_ONCE, *MIDDLE], activation=2)


@forgery("is not shown", "(D + 1).bit_length() + minor_bits(support)", "0", "STEEP")
def a_multiplier_that_does_not_fit_its_slot():
    """-50000 is 15536 in 16 bits."""
    out = by_hand("STEEP", [3, 1 << 63], [*ONE_AT_ONCE, *MIDDLE], activation=1)
    out.stated = {"at least": 1}
    return out


@forgery("the side of", "max(sizes).bit_length()", "0", "TWICE")
def a_function_that_does_not_fit_its_slot():
    """200 is -56 in 8 bits, and one more in the next slot."""
    lower, upper = [3, 1, 1, 5, 1, *LEFT], [1, 2, 0, 6, 2, 0, *RIGHT]
    return by_hand("TWICE", lower, upper, activation=2, per_layer=[2, 2])


@forgery(
    "the side of",
    "dot(map(abs, row), before.sizes)",
    "max(map(mul, map(abs, row), before.sizes), default=0)",
    layers="SUMS",
)
def a_sum_that_does_not_fit_its_slot():
    """100 + 60 is -96 in 8 bits, and one more in the next slot."""
    lower = [3, 5, 2, 0, 1, 1, 5, 1, *LEFT]
    upper = [6, 2, 0, 1, 2, 0, 6, 2, 0, *RIGHT]
    return by_hand("SUMS", lower, upper, activation=2, per_layer=[2, 2])


@forgery("the side of", "size + abs(x) + 1", "size + 1", layers="LEVEL")
def a_constant_that_does_not_fit_its_slot():
    """100 + x - x + 60 is -96 in 8 bits, and one more in the next slot."""
    lower, upper = [6, 2, 0, 3, 2, 2, 0, 5, 1, 0, 399], [1, 1, 6, 2, 0, *LEFT]
    out = by_hand("LEVEL", lower, upper, activation=2, per_layer=[2, 2])
    out.header["rows"] = [[0, -1]]
    return out


@forgery(
    "does not span", 'need(not any(left), "a support does not span")', layers="PLANE"
)
def a_support_that_does_not_span():
    point = [0, 1, 1], [0, 2, 1]
    steps = [3, 5, 2, 0, *point[0]], [5, 2, 0, *point[1]]
    return by_hand("PLANE", *steps, activation=2)


@forgery("is not shown", "[top + x & top - x for x in left]", "[]", layers="RAISED")
def claims_at_once_by_a_support_that_does_not_span():
    """y + 1 > 0 by x, and a constant."""
    lower, upper = [3, *ONE_AT_ONCE, 0, 1, 0], [*ONE_AT_ONCE, 0, 2, 0]
    return by_hand("RAISED", lower, upper, activation=2)


@forgery("is not open")
def claims_at_once_but_of_one_that_is_decided():
    lower = [3, 8, 2, 0, 1, 1, 1, *LEFT]
    return by_hand("LINE", lower, [7, *MIDDLE], RIGHT, activation=3)


@forgery("is not shown")
def claims_at_once_of_one_that_cuts_as_well():
    steps = [8, 1, 2, 0, 3, 5, 2, 0, *LEFT], [7, *MIDDLE], RIGHT
    return by_hand("LINE", *steps, activation=3)


@forgery("are dependent", layers="PLANE")
def a_support_of_dependent_rows():
    steps = [3, 5, 3, 0, 0, 0, 1, 1], [7, 0, 2, 1], [0, 2, 2]
    out = by_hand("PLANE", *steps, activation=3)
    out.header["rows"] = [[1, -1, 0]]
    return out


@forgery("no last support")
def a_support_from_the_other_side():
    return by_hand("LINE", [3, 5, 2, 0, *LEFT], [5, 0, *MIDDLE], activation=2)


@forgery("no last support", "before, last=None", "before", layers="AGAIN")
def a_support_from_above_the_split():
    """It is one, but a return forgets it."""
    lower, upper = [2, 2, 0, 7, 2, 0, 0, 4, 1], [2, 0, 0, 4, 4]
    out = by_hand("AGAIN", lower, upper, activation=2, per_layer=[2, 2])
    out.header["rows"] = [[-1, 1, 0]]
    return out


@forgery("no last support")
def a_support_before_the_first():
    return by_hand("LINE", [3, 5, 0, *LEFT], [7, *MIDDLE], RIGHT, activation=3)


@forgery(
    "row that is not there", 'need(at >= 0, "a support names a row that is not there")'
)
def a_row_that_is_not_there():
    return by_hand("LINE", [3, 5, 2, 1, *LEFT], [7, *MIDDLE], RIGHT, activation=3)


@forgery("bytes behind", 'need(not self.numbers, "bytes behind the end")')
def a_number_too_many():
    return by_hand("LINE", [3, 5, 2, 0, *LEFT], [7, *MIDDLE], [*RIGHT, 0], activation=3)


@forgery("IndexError")
def a_number_missing():
    return by_hand("LINE", [3, 5, 2, 0, *LEFT], [7, *MIDDLE], [0], activation=3)


@forgery("IndexError")
def a_hyperplane_that_is_not_there():
    return by_hand("LINE", [3, 9, 2, 0, *LEFT], [7, *MIDDLE], RIGHT, activation=3)


@forgery("")
def a_split_without_its_token():
    return by_hand("LINE", [5, 2, 0, *LEFT], [7, *MIDDLE], RIGHT, activation=3)


@forgery("it states", "not None or skipped", "not None")
def a_part_left_out_and_not_said():
    return by_hand("LINE", [3, 5, 2, 0, *LEFT], [1 << 63], activation=1)


@forgery("it states")
def more_found_than_is_there():
    out = by_hand("LINE", [3, 5, 2, 0, *LEFT], [1 << 63], activation=2)
    out.stated = {"at least": 2}
    return out


@forgery("too many supports")
def a_token_of_no_support():
    return by_hand("LINE", [0, 0, 3, 5, 2, 0, *LEFT], [7, *MIDDLE], RIGHT, activation=3)


@forgery("too many supports")
def a_million_supports():
    steps = [4 + (10**9 << 2), *[1] * 100], [7, *MIDDLE], RIGHT
    return by_hand("LINE", *steps, activation=3)


@forgery("exponent of a point", 'need(abs(e) <= BITS, "the exponent of a point")')
def a_point_of_a_million_bits():
    left = (2 * 10**6, 1)
    return by_hand("LINE", [3, 5, 2, 0, *left], [7, *MIDDLE], RIGHT, activation=3)


@forgery("a number is too long", 'need(longest * 7 < BITS - 7, "a number is too long")')
def a_number_of_a_hundred_thousand_bits():
    point = (0, 2 * 10**30000 - 1)
    return by_hand("LINE", [3, 5, 2, 0, *point], [7, *MIDDLE], RIGHT, activation=3)


@forgery("IndexError")
def a_number_that_does_not_end():
    out = written("LINE", "activation")
    payloads = [json.dumps(out.header).encode()]
    payloads.append(varints(out.blocks[0].numbers()) + b"\x80")
    return file_of(payloads, out.stated)


# --- blocks ---------------------------------------------------------------------------


@forgery(
    "begins elsewhere",
    'need(begin == at, f"block {k} begins elsewhere than the last one ended")',
)
def a_block_twice():
    out = written("LINE", "activation", cut=1)
    out.blocks.append(out.blocks[-1])
    out.stated = {"activation": 4, "per_layer": [4]}
    return out


@forgery("begins elsewhere")
def a_block_missing():
    out = written("LINE", "activation", cut=1)
    del out.blocks[1]
    out.stated = {"activation": 2, "per_layer": [2]}
    return out


@forgery("it states", "at is not None or ")
def the_last_block_missing():
    out = written("LINE", "activation", cut=1)
    del out.blocks[2]
    out.stated = {"activation": 2, "per_layer": [2]}
    return out


@forgery("the point of a leaf")
def another_side_in_a_prefix():
    out = written("LINE", "activation", cut=1)
    out.blocks[2].prefix[1] ^= 1
    return out


@forgery(
    "begins elsewhere",
    "begin == at,",
    "[x & ~4 for x in begin] == [x & ~4 for x in at],",
    layers="MIRROR",
)
def a_loose_claim_that_is_none_in_a_prefix():
    out = written("MIRROR", "activation", "linear", cut=1)
    block = out.blocks[1]  # the second leaf: x < 0 and y > 0
    block.prefix[1] ^= 4
    block.steps[0] = block.steps[0][:1]
    out.stated["linear"] = 3
    return out


@forgery("an event behind")
def an_event_behind_the_last_layer():
    out = written("LINE", "activation", cut=1)
    out.blocks[2].prefix.append(0)
    return out


@forgery(
    "the checksum", 'need(crc == zlib.crc32(data), f"block {len(found)}: the checksum")'
)
def a_wrong_checksum():
    data = bytearray(written("LINE", "activation").encoded())
    data[data.index(b"\n") + 5] ^= 1
    return bytes(data)


@forgery(
    "no certificate of version 2",
    'need(file.read(len(MAGIC)) == MAGIC, "this is no certificate of version 2")',
    "file.read(len(MAGIC))",
)
def another_version():
    return written("LINE", "activation").encoded().replace(b"cate 2", b"cate 1")


@forgery("a block is too large", 'need(n <= BYTES, "a block is too large")')
def a_block_too_large():
    return written("LINE", "activation").encoded()[:-60] + struct.pack("<I", 2**31)


# --- what is stated -------------------------------------------------------------------


@forgery("it states", 'need(right, f"it states {stated}, not {known}")')
def a_wrong_count():
    out = written("LINE", "activation")
    out.stated["activation"] = 4
    return out


@forgery("it states")
def a_count_missing():
    out = written("LINE", "activation", "linear")
    del out.stated["linear"]
    return out


@forgery("it states")
def a_count_too_many():
    out = written("LINE", "activation")
    out.stated["linear"] = 3
    return out


@forgery("a definition", 'need(names <= {*MEANING}, "a definition that is not known")')
def an_unknown_definition():
    out = written("LINE", "activation")
    out.header["definitions"] = ["activation", "regions"]
    return out


@forgery("not proved empty", "max(multipliers(rows, k)) <= 0 and ")
def a_domain_that_is_not_empty():
    out = written("LINE", "activation")
    out.header["rows"] = [[1, 1], [2, 1]]  # x > -1 and x > -2
    out.blocks = []
    out.stated = {"activation": 0, "per_layer": [0], "empty": [1, 0]}
    return out


@forgery("not proved empty")
def regions_in_an_empty_domain():
    out = written("LINE", "activation")
    out.header["rows"] = [[-2, 1], [1, -1]]
    out.stated = {"activation": 0, "per_layer": [0], "empty": [0, 1]}
    return out


@forgery("not proved empty", " and not (parts or closed)")
def contacts_in_an_empty_domain():
    out = written("LINE", "linear_closed")
    out.header["rows"] = [[-2, 1], [1, -1]]
    out.blocks, out.closed = [], [Item("hand", (0,))]
    out.stated = {"linear_closed": 0, "per_layer": [0], "empty": [0, 1]}
    return out
