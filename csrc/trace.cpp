// SPDX-License-Identifier: MIT
#include "trace.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "polyhedron.hpp"
#include "status.hpp"
#include "support.hpp"

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

std::uint64_t mixed(std::uint64_t hash, std::uint64_t more) {
  hash = (hash ^ more) * 0x9e3779b97f4a7c15u;
  return hash ^ hash >> 29;
}

constexpr std::uint64_t leaves_a_block = 1024;  // about

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

Trace::Trace(const Problem& problem, ExactPath& path, bool linear)
    : problem_(problem),
      path_(path),
      linear_(linear),
      digits_(zero_digits(problem.network)),
      leaf_path_(problem, digits_) {
  for (const Layer& layer : problem.network.layers) {
    int next = 0;
    std::vector<int>& first = first_.emplace_back();
    for (int unit = 0; unit < layer.n_out; ++unit) {
      first.push_back(next);
      next += n_breaks(layer, unit);
    }
    count_.push_back(next);
  }
  domain_ = problem.frame.sources;
  n_domain_ = static_cast<int>(problem.frame.stated.size());
  row_of_.assign(n_domain_, 0);
  for (std::size_t i = 0; i < domain_.size(); ++i) {
    row_of_[domain_[i]] = i;
    domain_floats_.push_back(rounded(problem.search.rows[i]));
  }
}

void Trace::begin(bool speaks) {
  splits_.clear();
  events_.clear();
  loose_.clear();
  tableaus_.clear();
  hash_ = 0;
  has_last_ = false;
  speaking_ = speaks;
}

void Trace::end(std::vector<std::uint8_t> sides) {
  fragment_.bytes.resize(kept_);
  while (!fragment_.cuts.empty() && fragment_.cuts.back().at == kept_) {
    fragment_.cuts.pop_back();  // made again by whoever goes on there
  }
  fragment_.sides = std::move(sides);
  if (kept_ > 0) {
    bytes_ += kept_ + fragment_.sides.size() + sizeof(Fragment);
    fragments_.push_back(std::move(fragment_));
  }
  fragment_ = {};
  kept_ = 0;
}

void Trace::back_to(const Mark& mark) {
  kept_ = mark.kept;
  fragment_.cuts.resize(mark.n_cuts);
  fragment_.n_nodes = mark.n_nodes;
}

// --- bytes ---

void Trace::number(std::uint64_t value) {
  if (!speaking_) return;
  for (; value >= 128; value >>= 7) {
    fragment_.bytes.push_back(static_cast<std::uint8_t>(value | 128));
  }
  fragment_.bytes.push_back(static_cast<std::uint8_t>(value));
}

void Trace::number(Integer value) {
  if (!speaking_) return;
  for (; value >= 128; value >>= 7) {
    fragment_.bytes.push_back(static_cast<std::uint8_t>(value & 127) | 128);
  }
  fragment_.bytes.push_back(static_cast<std::uint8_t>(value));
}

void Trace::signed_number(std::int64_t value) {
  const auto size = static_cast<std::uint64_t>(value < 0 ? -(value + 1) : value);
  number(2 * size + (value < 0 ? 1 : 0));
}

void Trace::signed_number(const Integer& value) {
  number(value < 0 ? Integer((-value - 1) * 2 + 1) : Integer(value * 2));
}

/// Counted back from the newest; one zero for those told last.
void Trace::rows(const std::vector<int>& support) {
  if (has_last_ && support == last_) return number(std::uint64_t{0});
  last_ = support;
  has_last_ = true;
  number(std::uint64_t{support.size() + 1});
  int at = n_domain_ + static_cast<int>(splits_.size());
  for (const int row : support) {
    number(static_cast<std::uint64_t>(at - row - 1));
    at = row;
  }
}

void Trace::point(long exponent, const std::vector<Integer>& numerators) {
  signed_number(std::int64_t{exponent});
  for (const Integer& x : numerators) signed_number(x);
}

// --- the path ---

void Trace::event(int hyperplane, bool above, bool is_split, bool loose) {
  events_.push_back(static_cast<std::uint32_t>(hyperplane) << 3 | (loose ? 4u : 0u) |
                    (is_split ? 2u : 0u) | (above ? 1u : 0u));
}

void Trace::split(const Wall& wall, const Row* row) {
  const int h = hyperplane(wall.layer, wall.unit, wall.index);
  number(3 + 4 * static_cast<std::uint64_t>(h));
  Split& own = splits_.emplace_back();
  own.wall = wall;
  own.wall.orientation = -1;
  if (row != nullptr) own.row = *row;
  own.n_events = events_.size();
  own.n_loose = loose_.size();
  own.hash = hash_;
  hash_ = mixed(hash_, 2 * static_cast<std::uint64_t>(h));
  event(h, false, true, false);
}

void Trace::turn() {
  Split& own = splits_.back();
  const int h = hyperplane(own.wall.layer, own.wall.unit, own.wall.index);
  own.wall.orientation = 1;
  forget(own);
  hash_ = mixed(own.hash, 2 * static_cast<std::uint64_t>(h) + 1);
  event(h, true, true, false);
  has_last_ = false;
  if (speaking_ && hash_ % leaves_a_block == 0) {
    fragment_.cuts.push_back({kept_, fragment_.n_nodes, events_});
  }
}

void Trace::pop() {
  forget(splits_.back());
  hash_ = splits_.back().hash;
  splits_.pop_back();
}

bool Trace::is_split(const Wall& wall) const { return name_of(wall) >= n_domain_; }

/// Back to the node at which the split was made.
void Trace::forget(const Split& split) {
  events_.resize(split.n_events);
  loose_.resize(split.n_loose);
  if (tableaus_.size() > splits_.size()) tableaus_.resize(splits_.size(), Tableau(0));
}

const Row& Trace::unoriented(Split& split) {
  if (split.row.empty()) {
    split.row = path_.break_row_of(split.wall.layer, split.wall.unit, split.wall.index);
  }
  return split.row;
}

Row Trace::split_row(std::size_t k) {
  const Row& row = unoriented(splits_[k]);
  return splits_[k].wall.orientation > 0 ? row : negated(row);
}

std::vector<Row> Trace::cell_rows() {
  std::vector<Row> out = problem_.search.rows;
  for (std::size_t k = 0; k < splits_.size(); ++k) out.push_back(split_row(k));
  return out;
}

/// The cell's tableau; its constraints' ids are the rows' numbers.
Tableau& Trace::here() {
  if (tableaus_.empty()) {
    Tableau& first = tableaus_.emplace_back(problem_.search.dim);
    for (std::size_t i = 0; i < domain_.size(); ++i) {
      first.restrict_to(problem_.search.rows[i], domain_[i]);
    }
  }
  while (tableaus_.size() <= splits_.size()) {
    const std::size_t k = tableaus_.size() - 1;
    tableaus_.push_back(tableaus_.back());
    if (!tableaus_.back().restrict_to(split_row(k), n_domain_ + static_cast<int>(k))) {
      throw Error(Status::internal, "a split with an empty side");
    }
  }
  return tableaus_.back();
}

// --- claims ---

void Trace::claim(const Wall& wall, bool above, std::vector<int> support, bool loose) {
  const int h = hyperplane(wall.layer, wall.unit, wall.index);
  std::sort(support.begin(), support.end(), std::greater<>());
  event(h, above, false, loose);
  if (loose) loose_.push_back({wall.layer, wall.unit, wall.index});
  if (in_bulk_) {
    bulk_.push_back({h, above, std::move(support)});
  } else {
    number(1 + 4 * static_cast<std::uint64_t>(h) + above);
    rows(support);
  }
}

int Trace::name_of(const Wall& wall) const {
  if (wall.layer == Wall::domain) return domain_[wall.index];
  for (std::size_t k = splits_.size(); k-- > 0;) {
    const Wall& own = splits_[k].wall;
    if (own.layer == wall.layer && own.unit == wall.unit && own.index == wall.index) {
      return n_domain_ + static_cast<int>(k);
    }
  }
  return -1;
}

bool Trace::claim_by(const Wall& wall, bool above, const std::vector<int>& names) {
  std::vector<Row> rows;
  for (const int name : names) {
    if (name >= n_domain_) {
      rows.push_back(split_row(static_cast<std::size_t>(name - n_domain_)));
    } else {
      rows.push_back(problem_.search.rows[row_of_[name]]);
    }
  }
  const Row g = path_.break_row_of(wall.layer, wall.unit, wall.index);
  const Shown shown = shown_by_support(g, rows);
  if (shown.side != (above ? Side::positive : Side::negative)) return false;
  std::vector<int> support;
  for (const int j : shown.used) support.push_back(names[j]);
  claim(wall, above, std::move(support), shown.loose);
  return true;
}

Side Trace::claim_exactly(const Wall& wall, const Row* row) {
  const Row g =
      row != nullptr ? *row : path_.break_row_of(wall.layer, wall.unit, wall.index);
  Tableau& tableau = here();
  const Tableau::Test test = tableau.test(g);
  if (test.side == Side::both) return test.side;
  std::vector<int> support;
  const bool constant = is_constant(g);
  const std::vector<int> ids = tableau.column_ids();
  for (std::size_t j = 0; j < ids.size() && !constant; ++j) {
    if (test.row[j + 1] != 0) support.push_back(ids[j]);
  }
  const bool passes_zero = constant ? g[0] == 0 : test.row[0] == 0;
  const bool loose = passes_zero && support.size() < 2;
  claim(wall, test.side == Side::positive, std::move(support), loose);
  return test.side;
}

void Trace::end_bulk(int layer) {
  in_bulk_ = false;
  if (bulk_.empty()) return;
  std::vector<const std::vector<int>*> supports;
  std::vector<std::uint64_t> codes(count_[layer], 0);
  for (const Bulk& claim : bulk_) {
    auto found = std::find_if(supports.begin(), supports.end(),
                              [&](const auto* s) { return *s == claim.support; });
    if (found == supports.end()) found = supports.insert(found, &claim.support);
    const auto which = static_cast<std::uint64_t>(found - supports.begin());
    codes[claim.hyperplane] = 1 + 2 * which + claim.above;
  }
  number(std::uint64_t{4 + 4 * supports.size()});
  for (const auto* support : supports) rows(*support);
  unsigned width = 0;
  while (supports.size() * 2 >> width != 0) ++width;
  Integer all = 0;
  for (std::size_t h = codes.size(); h-- > 0;) {
    all <<= width;
    all += codes[h];
  }
  number(all);
}

// --- leaves ---

void Trace::leaf(const Leaf& leaf) {
  if (!speaking_) return;
  const bool all_felt = !linear_ || (leaf.felt && loose_.empty());
  std::vector<Row> cell;
  std::vector<double> inside;
  const bool told = leaf.numerators.empty() && tell_dyadic(leaf.inside, inside);
  if ((leaf.numerators.empty() && !told) || !all_felt) cell = cell_rows();
  if (!leaf.numerators.empty()) {
    signed_number(std::int64_t{leaf.exponent});
    for (const std::int64_t x : leaf.numerators) {
      signed_number(x);
      inside.push_back(std::ldexp(static_cast<double>(x), -leaf.exponent));
    }
  } else if (!told) {
    inside = tell_inside(leaf.inside, cell);
  }
  if (!all_felt) tell_walls(leaf, cell, inside);
  kept_ = fragment_.bytes.size();
  ++fragment_.n_nodes;
}

const std::vector<double>& Trace::floats_of(Split& split) {
  if (split.floats.empty()) split.floats = rounded(unoriented(split));
  return split.floats;
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
  for (const std::vector<double>& row : domain_floats_) look(row, 1.0);
  for (Split& split : splits_) look(floats_of(split), split.wall.orientation);
  return least;
}

/// A point of the cell with few bits near a proposed one; false in doubt.
bool Trace::tell_dyadic(const double* proposed, std::vector<double>& at) {
  if (proposed == nullptr) return false;
  const int dim = problem_.search.dim;
  at.assign(proposed, proposed + dim);
  const double slack = least_slack(at);
  if (!(slack > 0x1p-40) || !(slack < 0x1p40)) return false;
  for (int e = -1 - std::ilogb(slack), tries = 0; tries < 6; ++e, ++tries) {
    std::vector<std::int64_t> numerators;
    for (int k = 0; k < dim; ++k) {
      const double n = std::nearbyint(std::ldexp(proposed[k], e));
      if (!(std::fabs(n) < 0x1p52)) return false;
      numerators.push_back(static_cast<std::int64_t>(n));
      at[k] = std::ldexp(n, -e);
    }
    if (!(least_slack(at) > 0.0)) continue;
    signed_number(std::int64_t{e});
    for (const std::int64_t n : numerators) signed_number(n);
    return true;
  }
  return false;
}

/// A point of the cell; `proposed` may be one.
std::vector<double> Trace::tell_inside(const double* proposed,
                                       const std::vector<Row>& cell) {
  std::optional<RationalPoint> found;
  if (proposed != nullptr) found = dyadic_point(proposed, problem_.search.dim);
  if (!found || !all_positive(cell, *found)) found = here().interior_point();
  long exponent = 0;
  std::vector<Integer> numerators;
  round_inside(cell, *found, exponent, numerators);
  point(exponent, numerators);
  std::vector<double> out;
  for (const Integer& x : found->numerators) {
    out.push_back(rounded_quotient(x, found->denominator));
  }
  return out;
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
void Trace::tell_walls(const Leaf& leaf, const std::vector<Row>& cell,
                       const std::vector<double>& inside) {
  for (std::size_t l = 0; l < digits_.size(); ++l) {
    std::copy_n(leaf.digits[l].begin(), digits_[l].size(), digits_[l].begin());
  }
  leaf_path_.enter_layer(0);
  const auto v = felt();
  std::vector<double> at;
  for (std::size_t k = 0; k < splits_.size(); ++k) {
    const Wall& wall = splits_[k].wall;
    if (wall.orientation > 0 || (loose_.empty() && v[wall.layer][wall.unit] != 0)) {
      continue;
    }
    if (!equal_beyond(splits_[k])) continue;
    const bool proposed = leaf.on_facet && leaf.on_facet(wall, at);
    if (!proposed || !tell_beyond(k, cell, inside, at)) tell_wall(k, cell);
  }
}

/// A point beyond the wall, a step from a point of the cell through one of its facet;
/// false when there is none to be seen.
bool Trace::tell_beyond(std::size_t split, const std::vector<Row>& cell,
                        const std::vector<double>& inside,
                        const std::vector<double>& on_facet) {
  const std::size_t own = problem_.search.rows.size() + split, dim = inside.size();
  std::vector<Row> rows = cell;
  rows[own] = negated(std::move(rows[own]));
  // Their values there and at the facet, over the size of the row.
  std::vector<double> from, to;
  for (const Row& row : rows) {
    const auto bits = largest_bits(row);
    double size = 0.0, here = 0.0, there = 0.0;
    for (std::size_t k = 0; k <= dim; ++k) {
      const double r = rounded_quotient(row[k], power_of_two(bits));
      size += k == 0 ? 0.0 : std::fabs(r);
      here += k == 0 ? r : r * inside[k - 1];
      there += k == 0 ? r : r * on_facet[k - 1];
    }
    from.push_back(here / size);
    to.push_back(there / size);
  }
  double step = 2.0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i != own && from[i] > to[i]) step = std::fmin(step, to[i] / (from[i] - to[i]));
  }
  step /= 2.0;
  double slack = INFINITY;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    slack = std::fmin(slack, to[i] + step * (to[i] - from[i]));
  }
  if (!(slack > 0x1p-40) || !(slack < INFINITY)) return false;
  for (long exponent = -1 - std::ilogb(slack), tries = 0; tries < 4;
       ++exponent, ++tries) {
    std::vector<Integer> numerators;
    for (std::size_t k = 0; k < dim; ++k) {
      const double x = on_facet[k] + step * (on_facet[k] - inside[k]);
      const double n = std::nearbyint(std::ldexp(x, static_cast<int>(exponent)));
      if (!(std::fabs(n) < 0x1p60)) return false;
      numerators.emplace_back(static_cast<std::int64_t>(n));
    }
    if (!holds(rows, exponent, numerators)) continue;
    this->rows({});
    point(exponent, numerators);
    return true;
  }
  return false;
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

/// Rows that show it to be redundant; or none, and a point beyond it.
void Trace::tell_wall(std::size_t split, const std::vector<Row>& cell) {
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
