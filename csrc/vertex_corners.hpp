// SPDX-License-Identifier: MIT
// What the corners tell of a cell by the walls that they lie on and by the signs of a
// stage's hyperplanes at them: combinatorics, without a number that may be off.
#pragma once

#include <cstdint>

#include "isa.hpp"
#include "search.hpp"
#include "vertex_points.hpp"
#include "vertex_signs.hpp"
#include "vertex_supports.hpp"

namespace polyregions::POLYREGIONS_ISA {

/// Corners of a cell: a range of the stack.
struct VertexNode {
  std::uint32_t begin = 0;
  std::uint16_t size = 0;
  bool simple = true;  // every corner lies on exactly as many walls as dimensions
  // No unit is zero at a corner but by being a wall there, or dead: no two units meet
  // in one facet.
  bool generic = true;
};

inline bool is_simple(CornerSpan cell, int dim) {
  for (int i = 0; i < cell.size; ++i) {
    if (__builtin_popcountll(cell.first[i].incident) != dim) return false;
  }
  return true;
}

/// Hyperplanes of a stage that some corner lies above, and below.
struct CornerSigns {
  std::uint64_t above = 0, below = 0;
};

inline CornerSigns signs_at(CornerSpan cell) {
  CornerSigns out;
  for (int i = 0; i < cell.size; ++i) {
    out.above |= cell.first[i].above;
    out.below |= cell.first[i].below;
  }
  return out;
}

/// The leaves below both sides of a hyperplane, if none has more than two; else 0.
/// `cut`: the corners on the hyperplane, new ones that both share; `rest`: the
/// hyperplanes that come later.
inline int n_leaves_beside(CornerSpan cell, CornerSpan cut, int bit,
                           std::uint64_t rest) {
  const CornerSigns shared = signs_at(cut);
  std::uint64_t up[2] = {shared.above, shared.above};
  std::uint64_t down[2] = {shared.below, shared.below};
  for (int i = 0; i < cell.size; ++i) {
    const std::uint64_t above = cell.first[i].above, below = cell.first[i].below;
    const bool is_above = (above >> bit & 1) != 0, is_below = (below >> bit & 1) != 0;
    // Corners on the hyperplane belong to both.
    up[0] |= is_above ? 0 : above;
    down[0] |= is_above ? 0 : below;
    up[1] |= is_below ? 0 : above;
    down[1] |= is_below ? 0 : below;
  }
  int n = 0;
  for (int side = 0; side < 2; ++side) {
    const std::uint64_t open = up[side] & down[side] & rest;
    if ((open & (open - 1)) != 0) return 0;
    n += open != 0 ? 2 : 1;
  }
  return n;
}

/// A wall carries a facet when its corners are not among those of another wall: every
/// face of a cone lies in a facet.
inline Facet facet_at(CornerSpan cell, int slot) {
  const std::uint64_t own = std::uint64_t{1} << slot;
  std::uint64_t common = ~std::uint64_t{0}, elsewhere = 0;
  for (int i = 0; i < cell.size; ++i) {
    const std::uint64_t incident = cell.first[i].incident;
    if ((incident & own) != 0) {
      common &= incident;
    } else {
      elsewhere |= incident;
    }
  }
  common &= ~own;
  if (common == 0) return Facet::yes;
  // Two walls with the same corners lie on one hyperplane.
  return (common & ~elsewhere) != 0 ? Facet::unknown : Facet::no;
}

}  // namespace polyregions::POLYREGIONS_ISA
