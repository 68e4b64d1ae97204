// SPDX-License-Identifier: MIT
// The numbers of a dictionary: the slack of every constraint as an affine function of
// the slacks of the columns, how far one of these can grow, and pivots.
#pragma once

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "isa.hpp"
#include "lanes.hpp"

namespace polyregions::POLYREGIONS_ISA {

// Relative: smaller ones do not enter or block.  Proofs do not know it.
constexpr double zero_entry = 1e-10;

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

class DictionaryTable {
 public:
  explicit DictionaryTable(DictionaryScratch& scratch) : scratch_(&scratch) {}

  /// No constraint over n columns without ends.
  void begin(int n) {
    n_ = n;
    column_ranges_.assign(static_cast<std::size_t>(n) + 1, INFINITY);
    clear();
  }
  /// Drop all constraints.
  void clear() {
    n_rows_ = 0;
    stride_ = 0;
    entries_.clear();
  }

  int n_columns() const { return n_; }
  /// Entries of all constraints in a column, from 1; 0: at the vertex.
  double* column(int j) {
    return entries_.data() + static_cast<std::size_t>(j) * stride_;
  }
  const double* column(int j) const {
    return entries_.data() + static_cast<std::size_t>(j) * stride_;
  }
  int stride() const { return stride_; }

  // How large slacks can be: where the walls on the other side are.
  double range(int row) const { return ranges()[row]; }
  void set_range(int row, double range) { column(n_ + 1)[row] = range; }
  double column_range(int j) const { return column_ranges_[j]; }
  void set_column_range(int j, double range) { column_ranges_[j] = range; }

  /// One more constraint, without end.
  void push(const double* row) {
    if (n_rows_ == stride_) grow();
    for (int j = 0; j <= n_; ++j) column(j)[n_rows_] = row[j];
    ++n_rows_;
  }

  /// The slack of a column turns round: the cell lies on the other side of its wall.
  void flip(int j) {
    for (double *v = column(j), *end = v + stride_; v != end; ++v) *v = -*v;
  }

  /// How far a column's slack can grow, and the constraint that it meets there: -1 for
  /// its own range.  Among ties the one of largest pivot: small ones blow the
  /// dictionary up.
  int blocking(int j, double& length) const {
    double* const speed_of = scratch_->first(stride_);
    const double* const entries = column(j);
    Lanes fastest = broadcast(0.0);
    for (int i = 0; i < stride_; i += n_lanes) {
      const Lanes speed = speeds(j, i);
      put_lanes(speed_of + i, speed);
      fastest = speed > fastest ? speed : fastest;
    }
    const double most = largest(fastest);
    length = column_ranges_[j];
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

  /// How far to go along a column and back a little: no farther than what moves with it
  /// is large, for an edge that seems to end far away may have no end.
  double length_of(int j) const {
    Lanes fastest = broadcast(0.0), entry = broadcast(1.0), slack = entry;
    for (int i = 0; i < stride_; i += n_lanes) {
      const Lanes speed = speeds(j, i);
      const Lanes size = magnitude(lanes_at(column(j) + i));
      const Lanes room = lanes_at(column(0) + i);
      fastest = speed > fastest ? speed : fastest;
      entry = size > entry ? size : entry;
      slack = room > slack ? room : slack;
    }
    const double most = largest(slack) / largest(entry);
    const double length = 1.0 / larger(largest(fastest), 1.0 / most);
    return column_ranges_[j] < length ? column_ranges_[j] : length;
  }

  /// Slacks of the columns at a point well inside: steps (n + 1), from 1; false at a
  /// vertex that seems degenerate.  Column `still` > 0 stays 0.
  bool centre(double* steps, int still) const {
    double* const slacks = scratch_->first(stride_);
    std::copy_n(column(0), stride_, slacks);
    for (int j = 1; j <= n_; ++j) {
      const double length = j == still ? 0.0 : length_of(j);
      if (!(length > 0.0 || j == still)) return false;
      steps[j] = length / (n_ + 1);
      const Lanes step = broadcast(steps[j]);
      for (int i = 0; i < stride_; i += n_lanes) {
        put_lanes(slacks + i, lanes_at(slacks + i) + step * lanes_at(column(j) + i));
      }
    }
    return true;
  }
  /// After `centre`: those of the constraints there.
  const double* slacks() const { return scratch_->first(stride_); }

  /// After `centre` with that column still: how far to go along it down (< 0) and up,
  /// half of the way to the next constraint.  No farther than in `length_of`.
  std::pair<double, double> halves(int j) const {
    const double* const at = slacks();
    Lanes down = broadcast(0.0), up = down, entry = broadcast(1.0), slack = entry;
    for (int i = 0; i < stride_; i += n_lanes) {
      const Lanes own = lanes_at(column(j) + i), room = lanes_at(at + i);
      const Lanes falls = speeds(-own, room, i), rises = speeds(own, room, i);
      down = falls > down ? falls : down;
      up = rises > up ? rises : up;
      entry = magnitude(own) > entry ? magnitude(own) : entry;
      slack = room > slack ? room : slack;
    }
    const double least = largest(entry) / largest(slack);
    return {-0.5 / larger(largest(down), least), 0.5 / larger(largest(up), least)};
  }

  // Of an objective, a function of the columns, `turn_column` and `pivot` keep track.

  /// The column's slack is measured from the opposite wall, range - slack.
  void turn_column(int j, double* objective) {
    const double range = column_ranges_[j];
    double *const entries = column(j), *const slacks = column(0);
    for (int i = 0; i < stride_; ++i) {
      slacks[i] += range * entries[i];
      entries[i] = -entries[i];
    }
    objective[0] += range * objective[j];
    objective[j] = -objective[j];
  }

  void turn_row(int row) {
    for (int j = 0; j <= n_; ++j) column(j)[row] = -column(j)[row];
    column(0)[row] += ranges()[row];
  }

  /// Swap a constraint with a column's variable.
  void pivot(int row, int at, double* objective) {
    double* const entries = column(at);
    const double inverse = 1.0 / entries[row];
    for (int j = 0; j <= n_; ++j) {
      if (j == at) continue;
      double* const other = column(j);
      // column variable = (basic - rest) / entry
      const double factor = other[row] * -inverse;
      if (factor == 0.0) continue;
      const Lanes factors = broadcast(factor);
      for (int i = 0; i < stride_; i += n_lanes) {
        put_lanes(other + i, lanes_at(other + i) + factors * lanes_at(entries + i));
      }
      other[row] = factor;
      if (objective != nullptr) objective[j] += objective[at] * factor;
    }
    for (int i = 0; i < stride_; ++i) entries[i] *= inverse;
    entries[row] = inverse;
    if (objective != nullptr) objective[at] *= inverse;
    std::swap(column_ranges_[at], column(n_ + 1)[row]);
  }

 private:
  static double larger(double a, double b) { return a < b ? b : a; }

  const double* ranges() const { return column(n_ + 1); }

  /// How fast slacks run out along a column, at 0 or at their range: entry / room.
  Lanes speeds(int j, int i) const {
    return speeds(lanes_at(column(j) + i), lanes_at(column(0) + i), i);
  }
  Lanes speeds(Lanes entry, Lanes slack, int i) const {
    const Lanes zero = broadcast(0.0);
    Lanes room = entry < zero ? slack : lanes_at(ranges() + i) - slack;
    room = room > zero ? room : zero;
    const Lanes size = magnitude(entry);
    return size > broadcast(zero_entry) ? size / room : zero;
  }

  /// Room for eight more constraints in every column; padding is zero.
  void grow() {
    const int wider = stride_ + 8;
    std::vector<double> next(static_cast<std::size_t>(n_ + 2) * wider, 0.0);
    for (int j = 0; j <= n_ + 1; ++j) {
      double* const to = next.data() + static_cast<std::size_t>(j) * wider;
      std::copy_n(column(j), stride_, to);
      if (j > n_) std::fill(to + stride_, to + wider, INFINITY);
    }
    entries_ = std::move(next);
    stride_ = wider;
  }

  DictionaryScratch* scratch_;
  int n_ = 0;                          // columns
  int n_rows_ = 0, stride_ = 0;        // constraints, and padded
  std::vector<double> entries_;        // (n + 2, stride): by column, then the ranges
  std::vector<double> column_ranges_;  // (n + 1)
};

}  // namespace polyregions::POLYREGIONS_ISA
