// SPDX-License-Identifier: MIT
#include "operations.hpp"

#include <utility>

#include "status.hpp"

namespace polyregions {

namespace {

void check_single_value(const Region& region) {
  if (region.values.rows.size() != 1) {
    throw Error(Status::invalid_argument,
                "the region has " + std::to_string(region.values.rows.size()) +
                    " values; add and cut take one: intersect with coefficients first");
  }
}

/// Append the rows of `more` to `all`, on a common scale.
void append_values(AffineMap& all, const AffineMap& more) {
  if (all.rows.empty()) {
    all = more;
    return;
  }
  if (all.scale == more.scale) {
    all.rows.insert(all.rows.end(), more.rows.begin(), more.rows.end());
    return;
  }
  const Integer own = all.scale;
  for (Row& row : all.rows) {
    for (Integer& value : row) value *= more.scale;
  }
  for (Row row : more.rows) {
    for (Integer& value : row) value *= own;
    all.rows.push_back(std::move(row));
  }
  all.scale = own * more.scale;
}

/// The part of a region where one more row is positive.  The region's own point often
/// shows that there is one.
std::optional<Region> side(const Region& region, Row row, Decider& decider) {
  const bool holds_point =
      sign(value_at(row, region.point.numerators, region.point.denominator)) > 0;
  std::vector<Row> rows = region.rows;
  rows.push_back(std::move(row));
  if (!holds_point)
    return make_region(region.dim, std::move(rows), region.values, decider);
  Region out{region.dim, {}, region.values, region.point};
  out.rows = decider.facets_only(region.dim, std::move(rows), region.point);
  return out;
}

}  // namespace

std::optional<Region> make_region(int dim, std::vector<Row> rows, AffineMap values,
                                  Decider& decider) {
  for (const Row& row : rows) {
    if (is_constant(row) && row[0].sign() <= 0) return std::nullopt;
  }
  rows = distinct_rows(std::move(rows));
  auto point = decider.open_point(dim, rows);
  if (!point) return std::nullopt;
  Region region;
  region.dim = dim;
  region.rows = decider.facets_only(dim, std::move(rows), *point);
  region.values = std::move(values);
  region.point = std::move(*point);
  return region;
}

std::optional<Region> intersect(const std::vector<const Region*>& regions,
                                Decider& decider) {
  std::vector<Row> rows;
  AffineMap values;
  for (const Region* region : regions) {
    if (region->dim != regions[0]->dim) {
      throw Error(Status::invalid_argument,
                  "the regions live in different dimensions: " +
                      std::to_string(regions[0]->dim) + " and " +
                      std::to_string(region->dim));
    }
    rows.insert(rows.end(), region->rows.begin(), region->rows.end());
    append_values(values, region->values);
  }
  return make_region(regions[0]->dim, std::move(rows), std::move(values), decider);
}

Region weighted(const Region& region, const std::vector<Rational>& coefficients) {
  if (coefficients.size() != region.values.rows.size()) {
    throw Error(Status::invalid_argument,
                std::to_string(coefficients.size()) + " coefficients for " +
                    std::to_string(region.values.rows.size()) +
                    " values; pass one each");
  }
  Integer common = 1;
  for (const Rational& c : coefficients) {
    if (common % c.denominator != 0) common *= c.denominator;
  }
  Region out = region;
  Row sum(region.dim + 1, 0);
  for (std::size_t i = 0; i < coefficients.size(); ++i) {
    const Rational& c = coefficients[i];
    add_multiple(sum, c.numerator * (common / c.denominator), region.values.rows[i]);
  }
  out.values.rows.assign(1, std::move(sum));
  out.values.scale = region.values.scale * common;
  return out;
}

Region add(const Region& region, const Rational& bias) {
  check_single_value(region);
  Region out = region;
  Row& row = out.values.rows[0];
  for (Integer& value : row) value *= bias.denominator;
  row[0] += bias.numerator * region.values.scale;
  out.values.scale *= bias.denominator;
  return out;
}

std::vector<Piece> cut(const Region& region, const Layer& layer, int unit,
                       Decider& decider) {
  check_single_value(region);
  const AffineMap& z = region.values;
  const auto finished = [&](Region shape, int digit, bool on_break) {
    shape.values.rows[0] = unit_output(layer, unit, digit, z.rows[0], z.scale);
    shape.values.scale = activation_scale(layer, z.scale);
    return Piece{std::move(shape), digit, on_break};
  };
  std::vector<Piece> pieces;
  Region rest = region;  // above the breakpoints so far
  const int breaks = n_breaks(layer, unit);
  for (int j = 0; j < breaks; ++j) {
    const AffineMap single{{z.rows[0]}, z.scale};
    Row row = single.rows[0];
    for (Integer& value : row) value <<= static_cast<unsigned>(layer.break_exponent);
    row[0] -= layer.units[unit].breaks[j] * z.scale;
    if (is_constant(row)) {
      if (row[0].sign() > 0) continue;
      pieces.push_back(finished(std::move(rest), j, row[0] == 0));
      return pieces;
    }
    auto below = side(rest, negated(row), decider);
    auto above = side(rest, std::move(row), decider);
    if (!above) {
      pieces.push_back(finished(std::move(rest), j, false));
      return pieces;
    }
    if (below) pieces.push_back(finished(std::move(*below), j, false));
    rest = std::move(*above);
  }
  pieces.push_back(finished(std::move(rest), breaks, false));
  return pieces;
}

}  // namespace polyregions
