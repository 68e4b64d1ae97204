// SPDX-License-Identifier: MIT
// Leaves of a certificate: their points, and walls across which the map is the same.
#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <utility>

#include "polyhedron.hpp"
#include "trace.hpp"

namespace polyregions {

namespace {

/// floor(numerator 2^exponent / denominator + 1/2), exponent of any sign.
Integer rounded_multiple(const Integer& numerator, const Integer& denominator,
                         long exponent) {
  Integer above = 2 * numerator, below = 2 * denominator;
  if (exponent >= 0) {
    above <<= static_cast<unsigned>(exponent);
  } else {
    below <<= static_cast<unsigned>(-exponent);
  }
  above += below / 2;
  Integer quotient = above / below;
  if (above < 0 && quotient * below != above) --quotient;
  return quotient;
}

bool holds(const std::vector<Row>& rows, long exponent,
           const std::vector<Integer>& numerators) {
  RationalPoint point{numerators, 1};
  if (exponent >= 0) {
    point.denominator <<= static_cast<unsigned>(exponent);
  } else {
    for (Integer& x : point.numerators) x <<= static_cast<unsigned>(-exponent);
  }
  return all_positive(rows, point);
}

long bits(const Integer& value) {
  return value == 0 ? 0 : static_cast<long>(msb(Integer(abs(value)))) + 1;
}

unsigned largest_bits(const Row& row) {
  long most = 0;
  for (const Integer& x : row) most = std::max(most, bits(x));
  return static_cast<unsigned>(most);
}

/// Over a power of two; entries are at most 1 and off by at most 2^-52 of themselves.
std::vector<double> rounded(const Row& row) {
  const Integer scale = power_of_two(largest_bits(row));
  std::vector<double> out;
  for (const Integer& x : row) out.push_back(rounded_quotient(x, scale));
  return out;
}

double value_at(const std::vector<double>& row, const std::vector<double>& point) {
  double value = row[0];
  for (std::size_t k = 1; k < row.size(); ++k) value += row[k] * point[k - 1];
  return value;
}

/// A point of the cell with few bits, from one that is inside.
void round_inside(const std::vector<Row>& rows, const RationalPoint& inside,
                  long& exponent, std::vector<Integer>& numerators) {
  long size = 0;
  for (const Integer& x : inside.numerators) size = std::max(size, bits(x));
  // From a grid as coarse as the point is far away.
  for (exponent = std::min(0L, bits(inside.denominator) - size);; ++exponent) {
    numerators.clear();
    for (const Integer& x : inside.numerators) {
      numerators.push_back(rounded_multiple(x, inside.denominator, exponent));
    }
    if (holds(rows, exponent, numerators)) return;
  }
}

}  // namespace

void Trace::leaf(const Leaf& leaf) {
  if (!speaking_) return;
  cell_.clear();
  tell_inside(leaf);
  if (linear_) tell_walls(leaf);
  kept_ = told_.size();
  ++fragment_.n_nodes;
}

bool Trace::is_inside(const Dyadic& point) {
  cell_.clear();
  return holds(cell_rows(), point.exponent,
               {point.numerators.begin(), point.numerators.end()});
}

bool Trace::is_proved(const Wall& wall, const WallProof& proof) {
  const int own = name_of(wall);
  if (!proof.support.empty()) {
    if (!proof.is_certain) return true;
    const bool others =
        std::count(proof.support.begin(), proof.support.end(), own) == 0;
    const Side side = shown_by(wall, proof.support).side;
    return others && side == static_cast<Side>(wall.orientation);
  }
  if (proof.beyond.numerators.empty()) return true;
  std::vector<Row> rows = cell_rows();
  Row& turned =
      rows[problem_.search.rows.size() + static_cast<std::size_t>(own - n_domain_)];
  turned = negated(std::move(turned));
  return holds(rows, proof.beyond.exponent,
               {proof.beyond.numerators.begin(), proof.beyond.numerators.end()});
}

const std::vector<double>& Trace::floats_of(Split& split) {
  if (split.floats.empty()) split.floats = rounded(unoriented(split));
  return split.floats;
}

const std::vector<std::vector<double>>& Trace::domain_rows() {
  if (domain_floats_.empty()) {
    for (const Row& row : problem_.search.rows) domain_floats_.push_back(rounded(row));
  }
  return domain_floats_;
}

/// How far a point of float64 numbers is certainly inside of the path's rows, in steps
/// of its coordinates; not positive in doubt.  A rounded row is off by 2^-52 of each
/// coefficient, dim + 1 products and dim additions by as much of what they sum up.
double Trace::least_slack(const std::vector<double>& at) {
  double least = INFINITY;
  const auto look = [&](const std::vector<double>& row, double side) {
    // 2^-800 is for what underflows where coordinates are below 2^92.
    double value = row[0], size = std::fabs(row[0]) + 0x1p-800, norm = 0.0;
    for (std::size_t k = 1; k < row.size(); ++k) {
      value += row[k] * at[k - 1];
      size += std::fabs(row[k] * at[k - 1]);
      norm += std::fabs(row[k]);
    }
    const double off = (static_cast<double>(row.size()) + 4.0) * 0x1p-51 * size;
    const double slack = (side * value - off) / norm;
    least = slack < least || !(slack > 0.0) ? slack : least;
  };
  for (const std::vector<double>& row : domain_rows()) look(row, 1.0);
  for (Split& split : splits_) look(floats_of(split), split.wall.orientation);
  return least;
}

/// A point of the cell with few bits near `at`, which becomes it; false in doubt.
bool Trace::find_dyadic(std::vector<double>& at, Dyadic& out) {
  const double slack = least_slack(at);
  if (!(slack > 0x1p-40) || !(slack < 0x1p40)) return false;
  const std::vector<double> near = at;
  out.exponent = -1 - std::ilogb(slack);
  for (int tries = 0; tries < 6; ++out.exponent, ++tries) {
    const int e = static_cast<int>(out.exponent);
    out.numerators.clear();
    for (std::size_t k = 0; k < near.size(); ++k) {
      const double n = std::nearbyint(std::ldexp(near[k], e));
      if (!(std::fabs(n) < 0x1p52)) return false;
      out.numerators.push_back(static_cast<std::int64_t>(n));
      at[k] = std::ldexp(n, -e);
    }
    if (least_slack(at) > 0.0) return true;
  }
  return false;
}

/// A point of the cell; `inside` of the leaf may be one.
void Trace::tell_inside(const Leaf& leaf) {
  inside_.clear();
  if (!leaf.point.numerators.empty()) return point(leaf.point);
  Dyadic near;
  if (leaf.inside != nullptr) {
    inside_.assign(leaf.inside, leaf.inside + problem_.search.dim);
    if (find_dyadic(inside_, near)) return point(near);
  }
  std::optional<RationalPoint> found;
  if (leaf.inside != nullptr) found = dyadic_point(leaf.inside, problem_.search.dim);
  if (!found || !all_positive(cell_rows(), *found)) found = here().interior_point();
  long exponent = 0;
  std::vector<Integer> numerators;
  round_inside(cell_rows(), *found, exponent, numerators);
  point(exponent, numerators);
  inside_.clear();
  for (const Integer& x : found->numerators) {
    inside_.push_back(rounded_quotient(x, found->denominator));
  }
}

/// Derivatives of a mixture of the outputs by the units' values, of every layer.
std::vector<std::vector<Integer>> Trace::felt() const {
  const auto& layers = problem_.network.layers;
  std::vector<std::vector<Integer>> out(layers.size());
  for (int i = 0; i < layers.back().n_out; ++i) {
    out.back().push_back(1 + 2 * ((389 * i + 151) % 1021));
  }
  for (std::size_t l = layers.size(); l-- > 1;) {
    const Layer& layer = layers[l];
    out[l - 1].assign(layer.n_in, 0);
    for (int i = 0; i < layer.n_out; ++i) {
      Integer v = out[l][i];
      if (!layer.units.empty()) v *= layer.units[i].factors[digits_[l][i]];
      if (v == 0) continue;
      for (int k = 0; k < layer.n_in; ++k) {
        out[l - 1][k] += v * layer.weight[static_cast<std::size_t>(i) * layer.n_in + k];
      }
    }
  }
  return out;
}

/// Walls below which the cell lies and across which the map is the same (Theorem 4).
void Trace::tell_walls(const Leaf& leaf) {
  if (leaf.unfelt != nullptr && loose_.empty()) {
    for (const int k : *leaf.unfelt) tell_wall(leaf, static_cast<std::size_t>(k));
    return;
  }
  for (std::size_t l = 0; l < digits_.size(); ++l) {
    std::copy_n(leaf.digits[l].begin(), digits_[l].size(), digits_[l].begin());
  }
  leaf_path_.enter_layer(0);
  const auto v = felt();
  for (std::size_t k = 0; k < splits_.size(); ++k) {
    const Wall& wall = splits_[k].wall;
    if (wall.orientation > 0 || (loose_.empty() && v[wall.layer][wall.unit] != 0)) {
      continue;
    }
    if (equal_beyond(splits_[k])) tell_wall(leaf, k);
  }
}

/// Rows that show the wall to be redundant; or none, and a point beyond it.
void Trace::tell_wall(const Leaf& leaf, std::size_t split) {
  proof_.support.clear();
  proof_.is_certain = false;
  proof_.beyond.numerators.clear();
  proof_.on_facet.clear();
  if (leaf.wall_proof) leaf.wall_proof(splits_[split].wall, proof_);
  if (!proof_.support.empty() && !proof_.is_certain) take_used(splits_[split].wall);
  if (!proof_.support.empty()) {
    std::sort(proof_.support.begin(), proof_.support.end(), std::greater<>());
    return rows(proof_.support);
  }
  if (!proof_.beyond.numerators.empty()) {
    rows({});
    return point(proof_.beyond);
  }
  if (inside_.empty()) {
    const auto e = static_cast<int>(-leaf.point.exponent);
    for (const std::int64_t x : leaf.point.numerators) {
      inside_.push_back(std::ldexp(static_cast<double>(x), e));
    }
  }
  if (proof_.on_facet.empty() || !tell_beyond(split, proof_.on_facet)) {
    tell_exactly(split);
  }
}

/// Of a likely support those rows that show the wall to be redundant; or none.
void Trace::take_used(const Wall& wall) {
  std::vector<int>& support = proof_.support;
  const Shown shown = shown_by(wall, support);
  std::vector<int> used;
  if (shown.side == static_cast<Side>(wall.orientation)) {
    for (const int j : shown.used) used.push_back(support[j]);
  }
  support.swap(used);
}

/// A point beyond the wall, a step from a point of the cell through one of its facet;
/// false when there is none to be seen.
bool Trace::tell_beyond(std::size_t split, const std::vector<double>& on_facet) {
  double step = 1.0;  // half of the way to the next row
  const auto look = [&](const std::vector<double>& row, double side) {
    const double here = side * value_at(row, inside_);
    const double there = side * value_at(row, on_facet);
    if (here > there) step = std::fmin(step, there / (here - there) / 2.0);
  };
  for (const std::vector<double>& row : domain_rows()) look(row, 1.0);
  for (std::size_t k = 0; k < splits_.size(); ++k) {
    if (k != split) look(floats_of(splits_[k]), splits_[k].wall.orientation);
  }
  std::vector<double> at = on_facet;
  for (std::size_t k = 0; k < at.size(); ++k) at[k] += step * (at[k] - inside_[k]);
  Dyadic beyond;
  splits_[split].wall.orientation *= -1;
  const bool found = find_dyadic(at, beyond);
  splits_[split].wall.orientation *= -1;
  if (!found) return false;
  rows({});
  point(beyond);
  return true;
}

/// Whether the map across the wall is the same (Theorem 2): all functions change by
/// multiples of the wall, so one of their coefficients tells how much.
bool Trace::equal_beyond(Split& split) {
  const auto& layers = problem_.network.layers;
  const Row wall = negated(unoriented(split));
  std::size_t p = 1;
  while (wall[p] == 0) ++p;
  const auto first = static_cast<std::size_t>(split.wall.layer);
  std::vector<Integer> moved(layers[first].n_out, 0);
  for (std::size_t l = first; l + 1 < layers.size(); ++l) {
    const std::vector<Integer> change = changes(l, split.wall, p, wall, moved);
    const Layer& next = layers[l + 1];
    moved.assign(next.n_out, 0);
    for (int i = 0; i < next.n_out; ++i) {
      for (int k = 0; k < next.n_in; ++k) {
        const auto at = static_cast<std::size_t>(i) * next.n_in + k;
        if (change[k] != 0) moved[i] += next.weight[at] * change[k];
      }
    }
  }
  return std::all_of(moved.begin(), moved.end(),
                     [](const Integer& x) { return x == 0; });
}

/// Of coefficient p of the layer's values, pre-activations being `moved` beyond.
std::vector<Integer> Trace::changes(std::size_t l, const Wall& own, std::size_t p,
                                    const Row& wall,
                                    const std::vector<Integer>& moved) {
  const Layer& layer = problem_.network.layers[l];
  if (layer.units.empty()) return moved;
  std::vector<Wall> turning = loose_;
  turning.push_back(own);
  std::vector<Integer> out(layer.n_out);
  for (int i = 0; i < layer.n_out; ++i) {
    const Activation& act = layer.units[i];
    const Integer here = leaf_path_.map(l).rows[i][p], beyond = here + moved[i];
    out[i] = act.factors[0] * moved[i];
    for (int j = 0; j < n_breaks(layer, i); ++j) {
      const bool above = digits_[l][i] > j;
      bool after = above;
      for (const Wall& loose : turning) {
        const bool same = loose.unit == i && loose.index == j;
        if (!same || static_cast<std::size_t>(loose.layer) != l) continue;
        if (is_side_by_side(loose, wall)) after = beyond * wall[p] < 0;
      }
      const Integer jump = act.factors[j + 1] - act.factors[j];
      if (after) out[i] += jump * beyond;
      if (above) out[i] -= jump * here;
    }
  }
  return out;
}

/// Whether a break's function is a multiple of the wall.
bool Trace::is_side_by_side(const Wall& own, const Row& wall) {
  const Row f = leaf_path_.break_row_of(own.layer, own.unit, own.index);
  std::size_t p = 1;
  while (wall[p] == 0) ++p;
  for (std::size_t c = 0; c < f.size(); ++c) {
    if (f[c] * wall[p] != f[p] * wall[c]) return false;
  }
  return true;
}

/// The same by exact integers.
void Trace::tell_exactly(std::size_t split) {
  const std::vector<Row>& cell = cell_rows();
  const std::size_t n = problem_.search.rows.size();
  Tableau others(problem_.search.dim);
  std::vector<Row> beyond = cell;
  for (std::size_t i = 0; i < cell.size(); ++i) {
    const int name = i < n ? domain_[i] : n_domain_ + static_cast<int>(i - n);
    if (i != n + split) others.restrict_to(cell[i], name);
  }
  const Tableau::Test test = others.test(cell[n + split]);
  std::vector<int> support;
  if (test.side == Side::positive) {
    const std::vector<int> ids = others.column_ids();
    for (std::size_t j = 0; j < ids.size(); ++j) {
      if (test.row[j + 1] != 0) support.push_back(ids[j]);
    }
    std::sort(support.begin(), support.end(), std::greater<>());
    return rows(support);
  }
  rows(support);
  beyond[n + split] = negated(beyond[n + split]);
  const int column = others.commit(test, n_domain_ + static_cast<int>(splits_.size()));
  others.flip(column);
  long exponent = 0;
  std::vector<Integer> numerators;
  round_inside(beyond, others.interior_point(), exponent, numerators);
  point(exponent, numerators);
}

}  // namespace polyregions
