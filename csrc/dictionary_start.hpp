// SPDX-License-Identifier: MIT
// Where the dictionary engine's search begins: an exact vertex.
#pragma once

#include <vector>

#include "cells.hpp"
#include "exact_path.hpp"

namespace polyregions {

/// A wall of the current path: name and scaled floating-point row, not oriented:
/// dim + 1 entries and zeros up to a multiple of 8.
struct PathWall {
  Wall wall;
  std::vector<double> row;
  double radius = 0.0;
};

/// A vertex of the domain cut by hyperplanes of the first cutting layer, whose columns
/// may turn round: each choice of their sides is a start of the search.
struct DictionaryStart {
  bool applies = false;         // there is a vertex, and there are not too many starts
  std::vector<PathWall> walls;  // domain rows, then units
  std::size_t n_domain = 0;     // rows of the domain
  std::vector<int> unit_columns;       // of each unit among the walls, from 1
  std::vector<int> columns, basics;    // walls: of each column, and the others
  std::vector<std::vector<double>> x;  // (dim, dim + 1): coordinates over the slacks
  std::vector<double> reach;  // (dim + 1): bounds of 1, |y_k|; empty when not a box
};

DictionaryStart dictionary_start(const Problem& problem);

}  // namespace polyregions
