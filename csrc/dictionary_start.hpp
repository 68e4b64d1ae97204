// SPDX-License-Identifier: MIT
// Where the dictionary engine's search begins: an exact vertex, and coordinates in
// which it is the origin.
//
// The d walls through the vertex, slacks t >= 0, are the coordinates of the search in
// floating point: every cell lies in the orthant of the t, or of the t with some signs
// turned where walls are units.
//
// Central networks, those without biases for example, are positively homogeneous in t:
// every cell is a cone (in a domain around t = 0: its part near 0), and as good as its
// slice t_1 = 1 or -1.  Functions have no constants then, exactly.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include "cells.hpp"
#include "exact_path.hpp"

namespace polyregions {

/// A wall over the coordinates t, not oriented, scaled to entries of at most 1.
struct StartWall {
  Wall wall;
  std::vector<double> row;  // (dim + 1)
  double radius = 0.0;
  double factor = 1.0;      // of a unit's own function, in its row
  int coordinate = 0;       // the wall is t_j = 0, or t_j = range: j, else 0
  int opposite = -1;        // the wall on the other side, parallel to it
  double range = INFINITY;  // of t_j between the two
};

/// Each choice of sides of the units among the walls is a start of the search.
struct DictionaryStart {
  bool applies = false;          // there is a vertex, and there are not too many starts
  bool central = false;          // then the domain's rows are no walls
  std::vector<StartWall> walls;  // domain rows, then units
  std::size_t n_domain = 0;      // rows of the domain
  std::vector<int> columns;      // (dim): the wall of each coordinate
  std::vector<int> basics;       // other walls, but for those opposite to a coordinate
  AffineMap first;               // pre-activations of the first cutting layer, over t
  AffineMap lift;                // the search's exact coordinates y, over t
  std::vector<std::vector<double>> lift_values;  // (dim, dim + 1): the same, rounded
  // The other way round: (dim, dim + 1), within the radii; the sum of |entries| of
  // each.
  std::vector<std::vector<double>> slack_values;
  std::vector<double> slack_radii, stretch;
  std::vector<double> reach;  // (dim + 1): bounds of 1, t_j; empty where one has none
  std::vector<std::vector<double>> around;  // domain rows around a central network

  std::size_t n_units() const { return walls.size() - n_domain; }
};

/// Starts are 2^units: it applies up to `most_units` of them only.
constexpr std::size_t most_start_units = 40;  // more than anyone can wait for
DictionaryStart dictionary_start(const Problem& problem,
                                 std::size_t most_units = most_start_units);

}  // namespace polyregions
