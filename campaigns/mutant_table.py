# SPDX-License-Identifier: MIT
"""Faults in the core's source, each of which changes some answer.

A line says which text of which file becomes what, and why that is wrong.  The old text
must occur once in its file.
"""

from __future__ import annotations

from typing import NamedTuple


class Mutant(NamedTuple):
    """A fault: ``old`` becomes ``new`` in a file of ``csrc/``."""

    file: str
    old: str
    new: str
    why: str


MUTANTS = [
    # Integers and rows.
    Mutant(
        "integer.cpp",
        "(mp::msb(Integer(abs(numerator)))) + 66;",
        "(mp::msb(Integer(abs(numerator)))) + 40;",
        "a quotient of 40 bits is not right to an ulp",
    ),
    Mutant(
        "integer.cpp",
        "factor_sign = sign(a[lead]) * sign(b[lead]);",
        "factor_sign = sign(a[lead]);",
        "the sign of a factor needs both",
    ),
    Mutant(
        "integer.cpp",
        "return whole < 0 ? -magnitude : magnitude;",
        "return magnitude;",
        "a negative double of few bits loses its sign",
    ),
    Mutant(
        "residues.cpp",
        "return mod::times(sum, mod::inverse(lead)) * 64 + pivot % 64;",
        "return sum * 64 + pivot % 64;",
        "multiples of a row have other keys: a wall comes twice",
    ),
    Mutant(
        "pattern.cpp",
        "if (used + bits > 64) {",
        "if (used + bits > 65) {",
        "the 65th bit of a word",
    ),
    # Networks and domains.
    Mutant(
        "network.cpp",
        "(unit.factors[j] - unit.factors[j + 1]) * unit.breaks[j];",
        "(unit.factors[j + 1] - unit.factors[j]) * unit.breaks[j];",
        "pieces do not meet at a break",
    ),
    Mutant(
        "network.cpp",
        "offset = std::max(offset, slope + dyadic_exponent(t));",
        "offset = std::max(offset, slope);",
        "bits of an offset are cut off",
    ),
    Mutant(
        "input_map.cpp",
        "if (relative) row[j + 1] -= row[0];",
        "if (relative && j > 0) row[j + 1] -= row[0];",
        "a segment leads from p to p + q",
    ),
    # The exact simplex and polyhedra.
    Mutant(
        "tableau.cpp",
        "objective[0] * row[column + 1] > row[0] * objective[column + 1]",
        "objective[0] * row[column + 1] >= row[0] * objective[column + 1]",
        "a function that touches 0 does not go below it",
    ),
    Mutant(
        "tableau.cpp",
        "result.touches = row[0] == 0;",
        "result.touches = row[0] < 0;",
        "a domain that lies in a hyperplane is empty",
    ),
    Mutant(
        "tableau.cpp",
        "for (Constraint& c : constraints_) c.row[column + 1] = -c.row[column + 1];",
        "",
        "a column is turned round in the coordinates alone",
    ),
    Mutant(
        "tableau.cpp",
        "*exponent - static_cast<long>(mp::msb(Integer(n_slacks + 1))) - 1;",
        "*exponent + 1;",
        "a point beyond the simplex at the vertex",
    ),
    Mutant(
        "polyhedron.cpp",
        "equation[column].sign() < 0 ? -row[column] : row[column];",
        "row[column];",
        "an equation is used with the wrong sign",
    ),
    Mutant(
        "polyhedron.cpp",
        "static_cast<std::ptrdiff_t>(kept.size()); i-- > 0;) {",
        "static_cast<std::ptrdiff_t>(kept.size()); i-- > 1;) {",
        "the first row is never asked whether it is redundant",
    ),
    Mutant(
        "polyhedron.cpp",
        "is_multiple(kept[entry.second], rows[i], factor) && factor > 0;",
        "is_multiple(kept[entry.second], rows[i], factor);",
        "a wall and its opposite are not the same",
    ),
    Mutant(
        "support.cpp",
        "for (std::size_t i = n; i < system.size(); ++i) {",
        "for (std::size_t i = n + 1; i < system.size(); ++i) {",
        "one equation is not asked for",
    ),
    Mutant(
        "support.cpp",
        "note(system[j][n].sign() * turned);",
        "note(system[j][n].sign());",
        "a negative denominator turns the signs round",
    ),
    Mutant(
        "exact_path.cpp",
        "return wall.orientation > 0 ? row : negated(std::move(row));",
        "return row;",
        "a wall from its wrong side",
    ),
    # Cells, neighbours and maps.
    Mutant(
        "cells.cpp",
        "permute(cells.points, cells.dim, order);",
        "",
        "points stay in the order in which they were found",
    ),
    Mutant(
        "adjacency.cpp",
        "return is_facet(problem_.search.dim, rows, static_cast<int>(wall));",
        "return !rows.empty() && wall < rows.size();",
        "every wall carries a facet",
    ),
    Mutant(
        "merge.cpp",
        "if (is_constant(on_face) && on_face[0] == 0) return false;",
        "if (is_constant(on_face) && on_face[0] < 0) return false;",
        "cells that touch on the domain's boundary do not meet inside",
    ),
    Mutant(
        "walk.cpp",
        "last_on_break <= source.layer;",
        "last_on_break <= source.layer + 9;",
        "a later unit on its break may change with the wall's own",
    ),
    Mutant(
        "walk.cpp",
        "const bool above = sign(beyond) * wall_sign < 0;",
        "const bool above = sign(beyond) * wall_sign <= 0;",
        "a unit on its break beyond a wall is on the lower piece",
    ),
    Mutant(
        "view.cpp",
        "if (moved[0].sign() < 0) return -1;",
        "",
        "a point outside of the domain is in no cell",
    ),
    Mutant(
        "rational_engine.cpp",
        "if (row[0].sign() < 0) break;",
        "if (row[0].sign() <= 0) break;",
        "a point on a hyperplane may have cells on the upper side alone",
    ),
    Mutant(
        "rational_engine.cpp",
        "if (side == Side::zero) set_flag(l, unit, true);",
        "",
        "a unit on its break is not flagged",
    ),
    Mutant(
        "pipeline.cpp",
        "out.on_break[c] |= b.on_break[c];",
        "out.on_break[c] = b.on_break[c];",
        "flags of the neurons before are lost",
    ),
    Mutant(
        "polyhedron.cpp",
        "if (!std::isfinite(y[k])) return std::nullopt;",
        "",
        "NaN is no point",
    ),
    Mutant(
        "monitor.cpp",
        "(crew == nullptr ? regions : crew->next_region()) < max_regions;",
        "(crew == nullptr ? regions : crew->next_region()) <= max_regions;",
        "one region more than the budget",
    ),
    Mutant(
        "operations.cpp",
        "if (row[0].sign() > 0) continue;",
        "if (row[0].sign() >= 0) continue;",
        "a value that is zero everywhere lies on the lower piece",
    ),
    Mutant(
        "decider.cpp",
        "if (point && all_positive(rows, *point)) {",
        "if (point) {",
        "a solver's point is a proposal",
    ),
    # Floating point with radii.
    Mutant(
        "float_network.cpp",
        "f.largest_weights[i] = std::fmax(f.largest_weights[i], std::fabs(weight));",
        "f.largest_weights[i] = std::fmax(f.largest_weights[i], weight);",
        "negative weights cost a row nothing",
    ),
    Mutant(
        "float_network.cpp",
        "f.plain = f.plain && breaks.size() == 1 && breaks[0] == 0.0;",
        "f.plain = f.plain && breaks.size() == 1;",
        "a unit that breaks elsewhere is taken for one that breaks at 0",
    ),
    Mutant(
        "row_blocks.hpp",
        "total += 1.0001 * (radius + rounding * norm) + 0x1p-1060;",
        "total += 1.0001 * radius + 0x1p-1060;",
        "a sum costs no roundings",
    ),
    Mutant(
        "row_blocks.hpp",
        "right += lanes_at(w + n_lanes) * broadcast(*h);",
        "right += lanes_at(w) * broadcast(*h);",
        "the second half of an unrolled loop reads the first",
    ),
    Mutant(
        "row_blocks.hpp",
        "add_rows<5>(after, next);",
        "add_rows<4>(after, next);",
        "the last coordinate is left out",
    ),
    Mutant(
        "cone.hpp",
        "row.norm1 * (generator_radius + (D + 3) * unit_roundoff)) +",
        "row.norm1 * ((D + 3) * unit_roundoff)) +",
        "generators count as exact",
    ),
    Mutant(
        "cone.hpp",
        "1.1 * factorial * (radius + roundings * unit_roundoff) + tiny;",
        "1.1 * radius + tiny;",
        "the point where walls meet costs no roundings",
    ),
    Mutant(
        "generator_pool.hpp",
        "return side > 0 ? v : negated(std::move(v));",
        "return v;",
        "a generator points backwards",
    ),
    Mutant(
        "vertex_signs.hpp",
        "bound = broadcast(of_row) * radius + broadcast(of_point) * norm;",
        "bound = broadcast(of_point) * norm;",
        "rows count as exact",
    ),
    Mutant(
        "vertex_signs.hpp",
        "if (!below) state_.note_on_break(l, unit);",
        "",
        "a unit on its break is not flagged",
    ),
    Mutant(
        "dictionary_start.cpp",
        "!std::all_of(layer.bias.begin(), layer.bias.end(), is_zero))) {",
        "layer.bias.empty())) {",
        "a network with biases is taken for a central one",
    ),
    Mutant(
        "farkas.hpp",
        "return c.lambda > rest.bound(reach);",
        "return c.lambda > 0.0;",
        "what is left is not outweighed",
    ),
    Mutant(
        "farkas.hpp",
        "return lambda - delta * nu > 1e-3 * delta * std::fabs(nu);",
        "return lambda > 0.0;",
        "what is left is not outweighed in a cone",
    ),
    Mutant(
        "path_walls.hpp",
        "const Bits holds = lanes_at(sides_.data() + i) * value > bound;",
        "const Bits holds = lanes_at(sides_.data() + i) * value > -bound;",
        "a point may be outside by as much as is uncertain",
    ),
    Mutant(
        "felt.hpp",
        "return std::fabs(value) > network_.layers[l].threshold[unit];",
        "return std::fabs(value) >= 0.0;",
        "everything is felt: no cells are joined",
    ),
    Mutant(
        "felt_network.cpp",
        "own.threshold[i] = 1.01 * operations * unit_roundoff * size[i] + 0x1p-900;",
        "own.threshold[i] = 0x1p-900;",
        "rounding errors are felt",
    ),
    Mutant(
        "merge_scout.hpp",
        "if (facet == Facet::no) continue;",
        "",
        "a redundant wall has a neighbour behind it",
    ),
    Mutant(
        "lanes.hpp",
        "for (int i = 0; i < n; i += 8) {",
        "for (int i = 0; i + 8 <= n; i += 8) {",
        "the units behind the last eight are left out",
    ),
    Mutant(
        "bottleneck.hpp",
        "sides_.push_back(digits[unit] > 0 ? 1.0 : -1.0);",
        "sides_.push_back(1.0);",
        "the cell of a bottleneck on the wrong side",
    ),
    # Certificates.
    Mutant(
        "merge_scout.hpp",
        "if (state_.trace && Cells::children_are_certain) put_splits_below();",
        "",
        "of a split that bounds the cell nowhere and is not felt nothing is told",
    ),
    Mutant(
        "vertex_supports.hpp",
        "positive &= value > bound;",
        "",
        "rays are not asked whether a function rises along them",
    ),
    Mutant(
        "vertex_points.hpp",
        "if (!(row.at(point) > row.off * size)) return false;",
        "",
        "a rounded point may be outside",
    ),
]
