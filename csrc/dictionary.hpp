// SPDX-License-Identifier: MIT
// One cell of any rank as a floating-point linear program: every constraint as an
// affine function of the slacks of d of them, and the claims it can prove.
//
// The dictionary itself is a hint.  What it says of a function is believed only after a
// proof (farkas.hpp) from the multipliers that it proposes.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "inverse.hpp"
#include "isa.hpp"
#include "lanes.hpp"
#include "path_walls.hpp"

namespace polyregions::POLYREGIONS_ISA {

// These choose a path through the program; proofs do not know them.
constexpr double zero_entry = 1e-10;  // relative: smaller ones do not enter or block
constexpr double least_fall = 1e-13;  // relative: of a function that cuts
constexpr double usable_pivot = 1e-7;
constexpr int most_pivots = 200;
constexpr int pivots_before_bland = 40;

/// Room that all dictionaries of a search share: numbers by constraint.
class DictionaryScratch {
 public:
  double* first(int n) {
    if (numbers_.size() < static_cast<std::size_t>(n)) numbers_.resize(2 * n);
    return numbers_.data();
  }

 private:
  std::vector<double> numbers_;
};

class Dictionary {
 public:
  /// `walls`: those of the path, by id.
  Dictionary(int dim, const PathWalls& walls, DictionaryScratch& scratch)
      : walls_(&walls), scratch_(&scratch), dim_(dim), coordinates_(dim + 1) {}

  /// The start: the coordinates' walls, as they are turned, are the columns.
  void begin(const DictionaryStart& start) {
    n_ = 0;
    stride_ = 0;
    constraints_.clear();
    basic_walls_.clear();
    column_walls_.assign(1, -1);
    column_ranges_.assign(1, INFINITY);
    for (int k = 1; k <= dim_; ++k) {
      const int id = start.columns[k - 1];
      if (start.central && k == 1) {
        fix(k, id);
        continue;
      }
      column_walls_.push_back(id);
      column_ranges_.push_back((*walls_)[id].range);
      coordinates_[k] = {-++n_, side(id), 0.0};
    }
    std::vector<double> row(width());
    for (const int id : start.basics) {
      // Columns are coordinates, turned round where their walls are.
      std::copy_n(walls_->row(id), dim_ + 1, row.data());
      for (int j = 1; j <= n_; ++j) row[j] *= coordinates_[j].factor;
      push_row(row.data(), id);
    }
    generic = true;
  }

  /// A copy goes on with walls of its own, which are the same.
  void attach(const PathWalls& walls) { walls_ = &walls; }

  /// The walls of the columns.
  std::vector<int> basis() const {
    return {column_walls_.begin() + 1, column_walls_.end()};
  }

  /// Begin anew at these columns, from the walls themselves; false, and nothing has
  /// changed, when the walls seem dependent.
  bool rebuild(const std::vector<int>& basis) {
    std::vector<int> kept;  // coordinates
    for (int k = 1; k <= dim_; ++k) {
      if (coordinates_[k].place != gone) kept.push_back(k);
    }
    if (basis.size() != kept.size()) return false;
    // slacks = matrix t + constants, so t = inverse (slacks - constants).
    std::vector<double> matrix;
    for (const int id : basis) {
      for (const int k : kept) matrix.push_back(side(id) * walls_->row(id)[k]);
    }
    if (!invert(matrix, n_)) return false;
    std::vector<bool> is_column(walls_->size(), false);
    for (const int id : basis) is_column[id] = true;
    std::copy(basis.begin(), basis.end(), column_walls_.begin() + 1);
    for (int j = 1; j <= n_; ++j) {
      column_ranges_[j] = wall(j).range;
      locate(column_walls_[j], -j);
    }
    constraints_.clear();
    basic_walls_.clear();
    stride_ = 0;
    std::vector<double> row(width());
    for (int id = 0; id < walls_->size(); ++id) {
      const int other = (*walls_)[id].opposite;
      if (is_gone(id) || is_column[id] ||
          (other >= 0 && (is_column[other] || other < id))) {
        continue;
      }
      over_slacks(id, basis, kept, matrix, row.data());
      push_row(row.data(), id);
      ranges()[basic_walls_.size() - 1] = (*walls_)[id].range;
      locate(id, static_cast<int>(basic_walls_.size()) - 1);
    }
    return true;
  }

  /// What float pivoting finds of a function.
  enum class Found { positive, negative, cuts, unknown };

  /// Minimise |g|; `out` (width) ends as the function over the final slacks; for
  /// `cuts`, `column` is where it can enter.
  Found find_sign(const double* g, double* out, int& column) {
    transform(g, out);
    double size = 0.0;
    for (int k = 0; k <= dim_; ++k) size = larger(size, std::fabs(g[k]));
    bool turned = out[0] < 0.0, known_to_rise = false;
    if (turned) negate(out);
    Found found = Found::unknown;
    for (int steps = 0; steps < most_pivots; ++steps) {
      column = entering(out, zero_entry * size, steps < pivots_before_bland);
      if (column < 0) {
        found = turned ? Found::negative : Found::positive;
        break;
      }
      double length = INFINITY;
      const int row = blocking(column, length);
      const double least = least_fall * size;
      if (length * -out[column] > larger(out[0], 0.0) * (1.0 + zero_entry) + least) {
        // A function that is 0 at the vertex must rise somewhere, too.
        if (out[0] > least || known_to_rise || rises(out, least)) {
          found = Found::cuts;
          break;
        }
        negate(out);
        turned = !turned;
        known_to_rise = true;
        continue;
      }
      if (!step(row, column, out)) break;
    }
    if (turned) negate(out);
    return found;
  }

  /// After `cuts`: the function becomes the slack of `column`, as wall `wall`.
  void enter(const double* transformed, int column, int wall) {
    push_row(transformed, wall);
    pivot(static_cast<int>(basic_walls_.size()) - 1, column, nullptr);
  }

  /// The slack of a column turns round: the cell lies on the other side of it.
  void flip(int column) {
    for (double *v = basic(column), *end = v + stride_; v != end; ++v) *v = -*v;
    if (const int j = (*walls_)[column_walls_[column]].coordinate; j > 0) {
      coordinates_[j].factor = -coordinates_[j].factor;
    }
  }

  /// Only some coordinates matter from now on; needs `is_product`.
  bool is_product() const { return basic_walls_.empty(); }
  void keep_coordinates(const std::vector<bool>& kept) {
    std::vector<int> ids;
    const bool central = is_central();
    for (int j = central ? 0 : 1; j <= n_; ++j) {
      const int id = column_walls_[j], k = (*walls_)[id].coordinate;
      if (kept[k]) ids.push_back(id);
      coordinates_[k] = {gone, 0.0, side(id)};  // any point inside will do
    }
    n_ = 0;
    column_walls_.assign(1, -1);
    for (const int id : ids) {
      const int k = (*walls_)[id].coordinate;
      if (central && column_walls_[0] < 0) {
        fix(k, id);
        continue;
      }
      column_walls_.push_back(id);
      coordinates_[k] = {-++n_, side(id), 0.0};
    }
    column_ranges_.assign(column_walls_.size(), INFINITY);
  }

  /// The cell is the slice of a cone: the multiplier of 1 is that of wall(0).
  bool is_central() const { return column_walls_[0] >= 0; }

  /// The function g (dim + 1) of the coordinates over the slacks: out (width).
  void transform(const double* g, double* out) const {
    std::fill(out, out + width(), 0.0);
    out[0] = g[0];
    for (int k = 1; k <= dim_; ++k) {
      const Coordinate& own = coordinates_[k];
      out[0] += own.offset * g[k];
      if (own.place == gone) continue;
      const double factor = own.factor * g[k];
      if (own.place < 0) {
        out[-own.place] += factor;
      } else {
        const double* entry = basic(0) + own.place;
        for (int j = 0; j <= n_; ++j, entry += stride_) out[j] += factor * *entry;
      }
    }
  }

  /// The walls of the columns as terms, with what a function takes of them, times sign.
  void propose(const double* multipliers, double sign, const double* nu,
               Combination& out) const {
    out.terms.clear();
    out.lambda = is_central() ? 0.0 : sign * multipliers[0];
    out.nu = is_central() ? 0.0 : nu[0];
    for (int j = is_central() ? 0 : 1; j <= n_; ++j) {
      const PathWalls::Info& own = wall(j);
      const double side = own.wall.orientation;
      out.terms.push_back({walls_->row(column_walls_[j]), own.radius, side,
                           sign * multipliers[j], nu[j]});
    }
  }

  /// Make the constraint nonbasic where its slack is 0: its column; 0 when its slack
  /// seems to be positive everywhere, and -1 when the dictionary loses its way.
  int bring_in(int wall, double* objective) {
    for (int j = 1; j <= n_; ++j) {
      if (column_walls_[j] == wall) return j;
    }
    const auto found = std::find(basic_walls_.begin(), basic_walls_.end(), wall);
    const auto own = static_cast<int>(found - basic_walls_.begin());
    std::fill(objective, objective + width(), 0.0);
    for (int j = 0; j <= n_; ++j) objective[j] = basic(j)[own];
    for (int steps = 0; steps < most_pivots; ++steps) {
      const int column = entering(objective, zero_entry, steps < pivots_before_bland);
      if (column < 0) return 0;
      double length = INFINITY;
      const int row = blocking(column, length);
      if (length == INFINITY || !step(row, column, objective)) return -1;
      if (row == own) return column;
    }
    return -1;
  }

  /// The constraint's coordinate was dropped, or fixed.
  bool is_gone(int wall) const {
    const int j = (*walls_)[wall].coordinate;
    return j > 0 && coordinates_[j].place == gone;
  }

  bool generic = true;  // no decision on the way was left to exact integers

  /// A point well inside, if the vertex is not degenerate; t: (dim), scratch: (width).
  /// With `turned` > 0 it lies on the wall of that column.
  bool centre(double* t, double* scratch, int turned = 0) const {
    double* const values = scratch_->first(stride_);
    std::copy_n(basic(0), stride_, values);
    scratch[0] = 1.0;
    for (int j = 1; j <= n_; ++j) {
      const double length = j == turned ? 0.0 : length_of(j);
      if (!(length > 0.0 || j == turned)) return false;
      scratch[j] = length / (n_ + 1);
      const Lanes step = broadcast(scratch[j]);
      for (int i = 0; i < stride_; i += n_lanes) {
        put_lanes(values + i, lanes_at(values + i) + step * lanes_at(basic(j) + i));
      }
    }
    for (int k = 1; k <= dim_; ++k) {
      const Coordinate& own = coordinates_[k];
      double slack = 0.0;
      if (own.place >= 0) slack = values[own.place];
      if (own.place < 0 && own.place != gone) slack = scratch[-own.place];
      t[k - 1] = own.offset + own.factor * slack;
    }
    return true;
  }

  /// After `centre` on the wall of a column: points below and above it, each half of
  /// the way to the next constraint.  No farther than in `length_of`.
  void halves(const double* t, int column, double* below, double* above) const {
    const double* const slacks = scratch_->first(stride_);
    Lanes down = broadcast(0.0), up = down, entry = broadcast(1.0), slack = entry;
    for (int i = 0; i < stride_; i += n_lanes) {
      const Lanes own = lanes_at(basic(column) + i), room = lanes_at(slacks + i);
      const Lanes falls = speeds(-own, room, i), rises = speeds(own, room, i);
      down = falls > down ? falls : down;
      up = rises > up ? rises : up;
      entry = magnitude(own) > entry ? magnitude(own) : entry;
      slack = room > slack ? room : slack;
    }
    const double least = largest(entry) / largest(slack);
    const double lower = -0.5 / larger(largest(down), least);
    const double upper = 0.5 / larger(largest(up), least);
    for (int k = 1; k <= dim_; ++k) {
      const Coordinate& own = coordinates_[k];
      double change = 0.0;
      if (own.place >= 0) change = own.factor * basic(column)[own.place];
      if (own.place == -column) change = own.factor;
      below[k - 1] = t[k - 1] + lower * change;
      above[k - 1] = t[k - 1] + upper * change;
    }
  }

  /// The vertex; t: (dim).
  void vertex(double* t) const {
    for (int k = 1; k <= dim_; ++k) {
      const Coordinate& own = coordinates_[k];
      const double slack = own.place >= 0 ? basic(0)[own.place] : 0.0;
      t[k - 1] = own.offset + own.factor * slack;
    }
  }

  /// How a coordinate changes with the slacks of the columns: out (width), from 1;
  /// zeros and false for one that is gone.
  bool depends(int k, double* out) const {
    std::fill(out, out + width(), 0.0);
    const Coordinate& own = coordinates_[k];
    if (own.place == gone) return false;
    if (own.place < 0) {
      out[-own.place] = own.factor;
      return true;
    }
    const double* entry = basic(1) + own.place;
    for (int j = 1; j <= n_; ++j, entry += stride_) out[j] = own.factor * *entry;
    return true;
  }

  /// Whether it is the coordinate that is 1 or -1 on the slice of a cone.
  bool is_fixed(int k) const {
    return is_central() && (*walls_)[column_walls_[0]].coordinate == k;
  }

  /// Columns, and the ids of their walls, from 1.
  int n_columns() const { return n_; }
  int column_wall(int column) const { return column_walls_[column]; }
  const PathWalls::Info& wall(int column) const {
    return (*walls_)[column_walls_[column]];
  }

  /// Room for a function over the slacks.
  int width() const { return padded_width(dim_); }

 private:
  static constexpr int gone = std::numeric_limits<int>::min();

  /// Coordinate t = offset + factor * the slack of the row `place` >= 0, or of the
  /// column -place, or the offset where it is gone.
  struct Coordinate {
    int place = gone;
    double factor = 1.0, offset = 0.0;
  };

  static double larger(double a, double b) { return a < b ? b : a; }

  /// Entries of all basic constraints in a column, and behind the last column their
  /// ranges: (stride).
  double* basic(int column) {
    return constraints_.data() + static_cast<std::size_t>(column) * stride_;
  }
  const double* basic(int column) const {
    return constraints_.data() + static_cast<std::size_t>(column) * stride_;
  }
  double* ranges() { return basic(n_ + 1); }
  const double* ranges() const { return basic(n_ + 1); }

  double side(int id) const { return (*walls_)[id].wall.orientation; }

  /// The coordinate has no column, and is 1 or -1.
  void fix(int k, int id) {
    column_walls_[0] = id;
    coordinates_[k] = {gone, 0.0, side(id)};
  }

  /// A wall where all coordinates that have a place are 0.
  double constant(int id) const {
    const double* const row = walls_->row(id);
    double total = row[0];
    for (int k = 1; k <= dim_; ++k) {
      if (coordinates_[k].place == gone) total += coordinates_[k].offset * row[k];
    }
    return side(id) * total;
  }

  /// A wall over the slacks of a basis, `inverse` being that of its matrix.
  void over_slacks(int id, const std::vector<int>& basis, const std::vector<int>& kept,
                   const std::vector<double>& inverse, double* out) const {
    const double* const row = walls_->row(id);
    out[0] = constant(id);
    for (int j = 0; j < n_; ++j) {
      double total = 0.0;
      for (int i = 0; i < n_; ++i) {
        total += row[kept[i]] * inverse[static_cast<std::size_t>(i) * n_ + j];
      }
      out[j + 1] = side(id) * total;
      out[0] -= out[j + 1] * constant(basis[j]);
    }
  }

  /// The wall, if it belongs to a coordinate, is now in this place.
  void locate(int id, int place) {
    const int j = (*walls_)[id].coordinate;
    if (j == 0) return;
    const double* const row = walls_->row(id);
    coordinates_[j] = {place, side(id) / row[j], -row[0] / row[j]};
  }

  void negate(double* row) const {
    for (int j = 0; j <= n_; ++j) row[j] = -row[j];
  }

  void push_row(const double* row, int wall) {
    const auto n = static_cast<int>(basic_walls_.size());
    if (n == stride_) grow();
    for (int j = 0; j <= n_; ++j) basic(j)[n] = row[j];
    basic_walls_.push_back(wall);
  }

  /// Room for eight more constraints in every column; padding is zero.
  void grow() {
    const int wider = stride_ + 8;
    std::vector<double> next(static_cast<std::size_t>(n_ + 2) * wider, 0.0);
    for (int j = 0; j <= n_ + 1; ++j) {
      double* const to = next.data() + static_cast<std::size_t>(j) * wider;
      std::copy_n(basic(j), stride_, to);
      if (j > n_) std::fill(to + stride_, to + wider, INFINITY);
    }
    constraints_ = std::move(next);
    stride_ = wider;
  }

  bool rises(const double* objective, double least) const {
    for (int j = 1; j <= n_; ++j) {
      if (objective[j] > 0.0 && objective[j] * length_of(j) > least) return true;
    }
    return false;
  }

  /// A column along which the objective falls, by more than what may be noise of its
  /// largest entry.
  int entering(const double* objective, double least, bool steepest) const {
    double size = 0.0;
    for (int j = 1; j <= n_; ++j) size = larger(size, std::fabs(objective[j]));
    const double certain = larger(least, zero_entry * size);
    int column = -1;
    for (int j = 1; j <= n_; ++j) {
      if (!(objective[j] < -certain)) continue;
      const bool better =
          column < 0 || (steepest ? objective[j] < objective[column]
                                  : column_walls_[j] < column_walls_[column]);
      if (better) column = j;
    }
    return column;
  }

  /// How far a column's slack can grow, and the constraint that it meets there: -1 for
  /// its own range.  Among ties the one of largest pivot: small ones blow the
  /// dictionary up.
  int blocking(int column, double& length) const {
    double* const speed_of = scratch_->first(stride_);
    const double* const entries = basic(column);
    Lanes fastest = broadcast(0.0);
    for (int i = 0; i < stride_; i += n_lanes) {
      const Lanes speed = speeds(column, i);
      put_lanes(speed_of + i, speed);
      fastest = speed > fastest ? speed : fastest;
    }
    const double most = largest(fastest);
    length = column_ranges_[column];
    if (!(most * length >= 1.0)) return -1;
    length = 1.0 / most;
    int best = -1;
    for (int i = 0; i < stride_; i += n_lanes) {
      const Lanes speed = lanes_at(speed_of + i);
      unsigned hits = mask_of(speed == broadcast(most));
      for (; hits != 0; hits &= hits - 1) {
        const int row = i + __builtin_ctz(hits);
        if (best < 0 || std::fabs(entries[row]) > std::fabs(entries[best])) best = row;
      }
    }
    return best;
  }

  /// How fast slacks run out along a column, at 0 or at their range: entry / room.
  Lanes speeds(int column, int i) const {
    return speeds(lanes_at(basic(column) + i), lanes_at(basic(0) + i), i);
  }
  Lanes speeds(Lanes entry, Lanes slack, int i) const {
    const Lanes zero = broadcast(0.0);
    Lanes room = entry < zero ? slack : lanes_at(ranges() + i) - slack;
    room = room > zero ? room : zero;
    const Lanes size = magnitude(entry);
    return size > broadcast(zero_entry) ? size / room : zero;
  }

  /// How far to go along a column and back a little: no farther than what moves with it
  /// is large, for an edge that seems to end far away may have no end.
  double length_of(int column) const {
    Lanes fastest = broadcast(0.0), entry = broadcast(1.0), slack = entry;
    for (int i = 0; i < stride_; i += n_lanes) {
      const Lanes speed = speeds(column, i);
      const Lanes size = magnitude(lanes_at(basic(column) + i));
      const Lanes room = lanes_at(basic(0) + i);
      fastest = speed > fastest ? speed : fastest;
      entry = size > entry ? size : entry;
      slack = room > slack ? room : slack;
    }
    const double most = largest(slack) / largest(entry);
    const double length = 1.0 / larger(largest(fastest), 1.0 / most);
    return column_ranges_[column] < length ? column_ranges_[column] : length;
  }

  /// Go along a column to the constraint `row`, or to its own range for -1.  False when
  /// that would lose the way.
  bool step(int row, int column, double* objective) {
    if (row < 0) {
      turn_column(column, objective);
      return true;
    }
    const double entry = basic(column)[row];
    if (std::fabs(entry) < usable_pivot) return false;
    if (entry > 0.0) turn_row(row);
    pivot(row, column, objective);
    return true;
  }

  /// The column's slack is measured from the opposite wall, range - slack.
  void turn_column(int column, double* objective) {
    const double range = column_ranges_[column];
    double *const entries = basic(column), *const slacks = basic(0);
    for (int i = 0; i < stride_; ++i) {
      slacks[i] += range * entries[i];
      entries[i] = -entries[i];
    }
    objective[0] += range * objective[column];
    objective[column] = -objective[column];
    take_opposite(column_walls_[column], range);
  }

  void turn_row(int row) {
    const double range = ranges()[row];
    for (int j = 0; j <= n_; ++j) basic(j)[row] = -basic(j)[row];
    basic(0)[row] += range;
    take_opposite(basic_walls_[row], range);
  }

  void take_opposite(int& wall, double range) {
    Coordinate& own = coordinates_[(*walls_)[wall].coordinate];
    own.offset += own.factor * range;
    own.factor = -own.factor;
    wall = (*walls_)[wall].opposite;
  }

  /// Swap the basic constraint with the column's variable.
  void pivot(int row, int column, double* objective) {
    double* const entries = basic(column);
    const double inverse = 1.0 / entries[row];
    for (int j = 0; j <= n_; ++j) {
      if (j == column) continue;
      double* const other = basic(j);
      // column variable = (basic - rest) / entry
      const double factor = other[row] * -inverse;
      if (factor == 0.0) continue;
      const Lanes factors = broadcast(factor);
      for (int i = 0; i < stride_; i += n_lanes) {
        put_lanes(other + i, lanes_at(other + i) + factors * lanes_at(entries + i));
      }
      other[row] = factor;
      if (objective != nullptr) objective[j] += objective[column] * factor;
    }
    for (int i = 0; i < stride_; ++i) entries[i] *= inverse;
    entries[row] = inverse;
    if (objective != nullptr) objective[column] *= inverse;
    std::swap(column_walls_[column], basic_walls_[row]);
    std::swap(column_ranges_[column], ranges()[row]);
    place(column_walls_[column], -column);
    place(basic_walls_[row], row);
  }

  void place(int wall, int at) {
    if (const int j = (*walls_)[wall].coordinate; j > 0) coordinates_[j].place = at;
  }

  const PathWalls* walls_;
  DictionaryScratch* scratch_;
  int dim_ = 0, n_ = 0;                  // coordinates, and columns in use
  int stride_ = 0;                       // constraints, padded
  std::vector<double> constraints_;      // (n + 2, stride): by column, then the ranges
  std::vector<int> basic_walls_;         // of each constraint
  std::vector<int> column_walls_;        // (n + 1); 0: of the fixed coordinate, or -1
  std::vector<double> column_ranges_;    // (n + 1)
  std::vector<Coordinate> coordinates_;  // (dim + 1), from 1
};

}  // namespace polyregions::POLYREGIONS_ISA
