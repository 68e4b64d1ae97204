// SPDX-License-Identifier: MIT
#include "adjacency.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "cell_table.hpp"
#include "float_walls.hpp"
#include "polyhedron.hpp"
#include "walk.hpp"

namespace polyregions {

namespace {

class Finder {
 public:
  Finder(const Problem& problem, const Cells& cells,
         const std::vector<std::int64_t>& maps, bool equal_only)
      : problem_(problem),
        cells_(cells),
        maps_(maps),
        equal_only_(equal_only),
        table_(cells, problem.layout),
        floats_(problem),
        walker_(problem.network, problem.search),
        digits_(zero_digits(problem.network)),
        words_(problem.layout.n_words) {
    for (const std::int64_t map : maps) {
      if (map >= static_cast<std::int64_t>(map_sizes_.size()))
        map_sizes_.resize(map + 1);
      ++map_sizes_[map];
    }
  }

  void visit(std::int64_t cell) {
    if (equal_only_ && map_sizes_[maps_[cell]] == 1) return;
    unpack(problem_.layout, patterns(cell), digits_);
    floats_.move_to(digits_);
    if (!floats_.are_apart()) return visit_exactly(cell);
    // So every wall is that of one unit, whose digit alone is another one beyond.
    const std::uint64_t hash = table_.hash_of(cell);
    const std::vector<FloatWalls::Source>& sources = floats_.sources();
    for (std::size_t i = 0; i < sources.size(); ++i) {
      const FloatWalls::Source& own = sources[i];
      // Each pair is looked at once, from its smaller cell.
      if (own.beyond < digits_[own.layer][own.unit]) continue;
      const int column = problem_.layout.column_of[own.layer][own.unit];
      const std::int64_t other = table_.one_higher(cell, hash, column);
      if (other < 0 || (equal_only_ && maps_[cell] != maps_[other])) continue;
      const bool shown = floats_.carries_facet(static_cast<int>(i), searched(cell, a_),
                                               searched(other, b_));
      if (shown || meet_exactly(cell, own, other)) keep(cell, other);
    }
  }

  /// Any cell, however its walls lie.
  void visit_exactly(std::int64_t cell) {
    const Walls& walls = exact_walls(cell);
    for (std::size_t w = walls.n_domain; w < walls.rows.size(); ++w) {
      // Where one unit alone changes the step is cheap and most walls are settled by
      // the missing neighbour; elsewhere the step is the dear part.
      const bool alone = walls.sources[w].alone;
      if (!alone && !carries_facet(walls.rows, w)) continue;
      pack(problem_.layout, cross(problem_.network, walker_, walls, w), words_.data());
      if (compare_words(words_.data(), patterns(cell), cells_.n_words) <= 0) continue;
      const std::int64_t other = find_cell(cells_, words_.data());
      if (other < 0 || (equal_only_ && maps_[cell] != maps_[other])) continue;
      if (!alone || meets(walls.rows, w, cell, other)) keep(cell, other);
    }
  }

  Adjacency& found() { return found_; }

 private:
  const std::uint64_t* patterns(std::int64_t cell) const {
    return cells_.patterns.data() + cell * cells_.n_words;
  }

  /// Coordinates of the search of a cell's point.
  const double* searched(std::int64_t cell, std::vector<double>& y) const {
    y.clear();
    for (const int k : problem_.search.kept) {
      y.push_back(cells_.points[cell * cells_.dim + k]);
    }
    return y.data();
  }

  void keep(std::int64_t cell, std::int64_t other) {
    found_.first.push_back(cell);
    found_.second.push_back(other);
    found_.same_map.push_back(maps_[cell] == maps_[other]);
  }

  const Walls& exact_walls(std::int64_t cell) {
    if (cell != walls_cell_) {
      walker_.move_to(digits_);
      walls_ = walls_of(problem_.network, problem_.search, walker_);
      walls_cell_ = cell;
    }
    return walls_;
  }

  bool meet_exactly(std::int64_t cell, const FloatWalls::Source& own,
                    std::int64_t other) {
    const Walls& walls = exact_walls(cell);
    for (std::size_t w = walls.n_domain; w < walls.rows.size(); ++w) {
      const Walls::Source& source = walls.sources[w];
      if (source.layer == own.layer && source.unit == own.unit &&
          source.beyond == own.beyond) {
        return meets(walls.rows, w, cell, other);
      }
    }
    return false;  // constant: no wall
  }

  /// A cell with the pattern beyond the wall need not touch it (|x| - 1/10 has such
  /// flip partners): the wall must carry a facet.
  bool meets(const std::vector<Row>& rows, std::size_t wall, std::int64_t cell,
             std::int64_t other) const {
    return segment_crosses(rows, wall, cell, other) || carries_facet(rows, wall);
  }

  bool carries_facet(const std::vector<Row>& rows, std::size_t wall) const {
    return is_facet(problem_.search.dim, rows, static_cast<int>(wall));
  }

  /// Exact, and often enough: the segment between the two stored points meets the wall
  /// at a point where every other row is positive.
  bool segment_crosses(const std::vector<Row>& rows, std::size_t wall,
                       std::int64_t cell, std::int64_t other) const {
    const auto a = point_of(cell), b = point_of(other);
    if (!a || !b) return false;
    const Integer at_a = value_at(rows[wall], a->numerators, a->denominator);
    const Integer at_b = value_at(rows[wall], b->numerators, b->denominator);
    if (at_a.sign() <= 0 || at_b.sign() >= 0) return false;
    const std::vector<double> y = crossing_point(cell, other, at_a, *a, at_b, *b);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (i == wall || certainly_positive(rows[i], y)) continue;
      // The point is (at_a b - at_b a) / (at_a - at_b).
      const Integer value = at_a * value_at(rows[i], b->numerators, b->denominator) -
                            at_b * value_at(rows[i], a->numerators, a->denominator);
      if (value.sign() <= 0) return false;
    }
    return true;
  }

  /// The crossing point, rounded; the coordinates' own size comes last.
  std::vector<double> crossing_point(std::int64_t cell, std::int64_t other,
                                     const Integer& at_a, const RationalPoint& a,
                                     const Integer& at_b,
                                     const RationalPoint& b) const {
    // Values are at_a / (a.denominator * scale of the wall), and likewise for b.
    const double from_a = rounded_quotient(at_a * b.denominator,
                                           at_a * b.denominator - at_b * a.denominator);
    std::vector<double> y;
    double size = 1.0;
    for (const int k : problem_.search.kept) {
      const double p = cells_.points[cell * cells_.dim + k];
      const double q = cells_.points[other * cells_.dim + k];
      y.push_back(p + from_a * (q - p));
      size += std::fabs(p) + std::fabs(q);
    }
    y.push_back(size);
    return y;
  }

  /// A filter: the true point is within a few roundings of y, and so is the row.
  static bool certainly_positive(const Row& row, const std::vector<double>& y) {
    std::vector<double> r(row.size());
    scaled_doubles(row, r.data());  // at most 1, each entry right to 2^-51
    double value = r[0];
    for (std::size_t k = 1; k < row.size(); ++k) value += r[k] * y[k - 1];
    const auto n = static_cast<double>(row.size());
    return value > (0x1p-44 * n + 0x1p-49 * n * n) * y.back();
  }

  std::optional<RationalPoint> point_of(std::int64_t cell) const {
    std::vector<double> y;
    searched(cell, y);
    return dyadic_point(y.data(), static_cast<int>(y.size()));
  }

  const Problem& problem_;
  const Cells& cells_;
  const std::vector<std::int64_t>& maps_;
  const bool equal_only_;
  std::vector<std::int64_t> map_sizes_;  // by map
  const CellTable table_;
  FloatWalls floats_;
  Walker walker_;
  Walls walls_;  // of walls_cell_, exactly
  std::int64_t walls_cell_ = -1;
  Digits digits_;
  std::vector<std::uint64_t> words_;
  std::vector<double> a_, b_;  // points
  Adjacency found_;
};

}  // namespace

Adjacency find_adjacency(const Problem& problem, const Cells& cells,
                         const std::vector<std::int64_t>& maps, bool equal_only,
                         Monitor& monitor) {
  Finder finder(problem, cells, maps, equal_only);
  for (std::size_t cell = 0; cell < cells.n_cells; ++cell) {
    if (!monitor.goes_on()) break;
    monitor.share = static_cast<double>(cell) / static_cast<double>(cells.n_cells);
    finder.visit(static_cast<std::int64_t>(cell));
  }
  Adjacency& found = finder.found();
  std::vector<std::size_t> order(found.first.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t i, std::size_t j) {
    return std::pair(found.first[i], found.second[i]) <
           std::pair(found.first[j], found.second[j]);
  });
  Adjacency sorted;
  for (const std::size_t i : order) {
    sorted.first.push_back(found.first[i]);
    sorted.second.push_back(found.second[i]);
    sorted.same_map.push_back(found.same_map[i]);
  }
  return sorted;
}

}  // namespace polyregions
