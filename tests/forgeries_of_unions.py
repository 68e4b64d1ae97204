# SPDX-License-Identifier: MIT
"""Forged facets and contacts: linear regions of both kinds."""

from __future__ import annotations

import reference as ref
from forging import ALL, LEFT, ONE_AT_ONCE, TIE, by_hand, forgery, written
from reference.certificate_file import CLAIM, CLOSED, POINT, SUPPORT, Item, signed
from reference.contacts import contacts
from reference.split_tree import Writer
from reference.supports import support


def unsaid():
    """Nothing behind the points of the leaves."""
    out = written("MIRROR", "activation", "linear")
    for step in out.blocks[0].steps:
        kinds = [item.kind for item in step]
        del step[kinds.index(POINT) + 1 :]
    out.stated["linear"] = 4
    return out


for name, old, new in (
    ("the_flag_loose", "LOOSE * loose", "0"),
    ("remembering_loose_claims", "if event & LOOSE:", "if False:"),
    ("facets_of_loose_claims", "not self.loose and felt[l][h] % P", "felt[l][h] % P"),
    ("the_other_units_at_a_wall", "in [*self.loose, (l, h)]", "in [(l, h)]"),
):
    forgery("", old, new, "MIRROR", f"a_facet_unsaid_without_{name}")(unsaid)


@forgery("is not shown", "twice | once & x", "twice | x", layers="MIRROR")
def a_facet_unsaid_of_claims_at_once():
    out = unsaid()
    for step in out.blocks[0].steps:
        for i in [i for i, item in enumerate(step) if item.kind == CLAIM]:
            step[i : i + 2] = [Item("hand", ONE_AT_ONCE)]
    return out


@forgery("a wall may be a facet", "wall not in rows and ", layers="MIRROR")
def a_wall_that_supports_itself():
    out = written("MIRROR", "activation", "linear")
    for step in out.blocks[0].steps:
        kinds = [item.kind for item in step]
        if kinds.count(POINT) == 2:  # the wall x = 0 is the first of two rows
            step[-2:] = [Item("hand", (2, 1))]
    out.stated["linear"] = 4
    return out


def _joined(x: int):
    """The outer cells of the peak joined by a point."""
    out = written("PEAK", "activation", "linear")
    step = next(s for s in out.blocks[0].steps if s[-1].kind == SUPPORT)
    step[-1] = Item("hand", (1, 0, signed(x)))
    out.stated["linear"] = 3
    return out


@forgery("block 1, leaf 0: ", layers="FLAT")
def a_wall_of_a_constant():
    """Whatever is raised for it, the block does not pass as one that is not there."""
    out = by_hand("FLAT", [3, 7, *LEFT], [1 << 63], activation=1)
    out.header["definitions"], out.stated = ["activation", "linear"], {}
    return out


FACET = "beside = dot(wall, x) < 0 and self.inside(x, wall)"


@forgery("the point across", FACET, "beside = dot(wall, x) < 0", layers="PEAK")
def a_point_beyond_another_wall():
    return _joined(2)


@forgery("the point across", FACET, "beside = self.inside(x, wall)", layers="PEAK")
def a_point_on_this_side():
    return _joined(-2)


@forgery(
    "the point across",
    'need(beside, "the point across a facet is not there")',
    layers="PEAK",
)
def a_facet_between_cells_far_apart():
    return _joined(0)


def _contacts(out, item: tuple[int, ...]):
    """Another item for each pair that is spoken about."""
    pairs = range(1, len(out.closed))
    out.closed[1:] = [Item("hand", item) for _ in pairs]
    return out


TOUCH = "min(values, default=0) >= 0 < min(values[:inner], default=1)"


@forgery(
    "a contact that is none", TOUCH, "0 < min(values[:inner], default=1)", layers="PEAK"
)
def cells_that_do_not_touch():
    out = _contacts(written("PEAK", *ALL), (0, 0, 0, 0))
    out.stated["linear_closed"] = 3
    return out


@forgery("a contact that is none", TOUCH, "min(values, default=0) >= 0", layers="TIE")
def a_contact_on_the_boundary():
    out = _contacts(written("TIE", *ALL, above=True), (0, 0, 0, 0, 0))
    out.stated["linear_closed"] -= 1
    return out


@forgery("may touch", " and (constant < 0 or strict)", "", layers="TIE")
def opposite_rows_of_cells_that_touch():
    return _apart(lambda numbers: max(numbers) <= 0)


@forgery(
    "may touch",
    "max([constant, *found]) <= 0 and (constant < 0 or strict)",
    "any(found)",
    layers="TIE",
)
def multipliers_above_zero():
    return _apart(lambda numbers: max(numbers) > 0)


def _apart(accept):
    """Touching cells of the tie "proved" apart with a support of another kind."""

    def separate(_, sides):
        for k, row in enumerate(sides):
            rows = support(row, sides, k, lambda _, numbers: accept(numbers))
            if rows is not None:
                return Item(CLOSED, (1 + len(rows[0]), k, *rows[0]))
        return None

    out = written("TIE", *ALL)
    walk = Writer(ref.network(TIE), (), ALL).walk()
    out.closed = contacts(walk, separate)
    out.stated["linear_closed"] = out.stated["linear"]
    return out


@forgery(
    "the end of the block",
    "need(not walk.numbers and not pairs",
    "need(not walk.numbers",
    layers="PEAK",
)
def a_pair_too_many_announced():
    out = written("PEAK", *ALL)
    out.closed[0] = Item("hand", (7,))
    return out


@forgery(
    "the end of the block",
    "need(not walk.numbers and not pairs",
    "need(not pairs",
    layers="PEAK",
)
def a_number_behind_the_contacts():
    out = written("PEAK", *ALL)
    out.closed.append(Item("hand", (7,)))
    return out
