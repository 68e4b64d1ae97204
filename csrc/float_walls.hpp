// SPDX-License-Identifier: MIT
// The walls of a cell in floating point, from its pattern: which of them certainly lie
// on different hyperplanes, and which certainly carry a facet.
//
// Rows and their radii are those of (block) in row_blocks.hpp.  For a row r of radius E
// and a point y of floats, with size |y| = 1 + sum_k |y_k| and m = max_k |r_k|,
//  (value)   |fl(r . (1, y)) - r . (1, y)| <= (E + (dim + 4) u m) |y|;
//  (apart)   r . p / r . q is the same for all multiples of r, whatever p and q: where
//            the intervals of two rows are apart, neither is a multiple of the other;
//  (facet)   moving coordinate m by at most (|value| + its bound) / (|r_m| - E) takes y
//            onto the wall; every other row loses at most (|r_m| + E) times that.  If
//            all stay positive then, the wall carries a facet.
#pragma once

#include <vector>

#include "cells.hpp"
#include "float_network.hpp"

namespace polyregions {

class FloatWalls {
 public:
  explicit FloatWalls(const Problem& problem);

  void move_to(const Digits& digits);

  /// Walls of units: breaks next to the unit's digit, and its digit beyond.
  struct Source {
    int layer, unit, beyond;
  };
  const std::vector<Source>& sources() const { return sources_; }

  /// Whether certainly no two of these walls lie on one hyperplane, and no unit is on a
  /// break everywhere.
  bool are_apart();

  /// Whether the wall of a source certainly carries a facet of the cell; looked for
  /// between points of the cell and of the one beyond, (dim) each.
  bool carries_facet(int source, const double* inside, const double* beyond);

 private:
  struct Map {
    std::vector<double> columns;  // (dim + 1, stride)
    std::vector<double> radii;    // (stride)
    bool is_constant = false;     // all its inputs are, exactly
  };

  void compose(std::size_t l);
  void list_walls();
  void push(const FloatLayer& layer, const Map& z, int unit, int index, double side);
  double& entry(int k, int row) { return rows_[k * capacity_ + row]; }
  double entry(int k, int row) const { return rows_[k * capacity_ + row]; }
  double value(int row, const double* y) const;
  double bound(int row, double size) const;
  double dot(int i, int j) const;
  void find_values(const double* y);
  int worst(int wall, const double* y, double& least);
  bool move_inside(int wall, int row, double least, double* y) const;
  void move_onto(int wall, double* y) const;

  const Problem& problem_;
  const FloatNetwork floats_;
  const int dim_;
  Digits digits_;
  bool placed_ = false, is_constant_break_ = false;
  std::vector<Map> z_;  // by layer
  std::vector<double> h_;
  // Rows positive on the cell: those of the domain, then those of the sources.
  std::vector<Source> sources_;
  std::size_t capacity_ = 0;
  int n_domain_ = 0, n_ = 0;
  std::vector<double> rows_;                   // (dim + 1, capacity)
  std::vector<double> radii_, most_, values_;  // (capacity)
  struct Interval {
    double low, high;
    bool operator<(const Interval& other) const { return low < other.low; }
  };
  std::vector<Interval> intervals_;
  std::vector<double> at_;
};

}  // namespace polyregions
