// SPDX-License-Identifier: MIT
// The three operations of Wang (2022), section 3, on activation regions, with open
// cells: a region is never empty and always full-dimensional.
#pragma once

#include <optional>
#include <vector>

#include "decider.hpp"
#include "network.hpp"

namespace polyregions {

/// Shape {rows > 0}, each row a facet, and values: one affine function, or the list of
/// the values of a whole layer.
struct Region {
  int dim = 0;
  std::vector<Row> rows;
  AffineMap values;
  RationalPoint point;  // inside
};

/// numerator / denominator with denominator > 0.
struct Rational {
  Integer numerator = 0, denominator = 1;
};

/// The region {rows > 0} with these values; nothing when it is empty.
std::optional<Region> make_region(int dim, std::vector<Row> rows, AffineMap values,
                                  Decider& decider);

/// Intersection of the shapes, with the values of all regions as one list (the form of
/// the pairwise pipeline).  Nothing when the interior is empty.
std::optional<Region> intersect(const std::vector<const Region*>& regions,
                                Decider& decider);

/// The region with the single value sum_i coefficients[i] values[i].
Region weighted(const Region& region, const std::vector<Rational>& coefficients);

/// The region with `bias` added to its single value.
Region add(const Region& region, const Rational& bias);

/// A piece of a cut, and the piece of the activation that is its digit.
struct Piece {
  Region region;
  int digit = 0;
  bool on_break = false;  // the value is identically the breakpoint above the piece
};

/// Apply an activation of one unit to the region's single value: one piece of the
/// region for each piece of the activation that it meets.  `layer` holds the unit.
std::vector<Piece> cut(const Region& region, const Layer& layer, int unit,
                       Decider& decider);

}  // namespace polyregions
