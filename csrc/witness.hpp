// SPDX-License-Identifier: MIT
// A point passed through the network with a running error bound: the proof that a cell
// is not empty.
#pragma once

#include <vector>

#include "cells.hpp"
#include "dictionary.hpp"
#include "float_network.hpp"
#include "row_blocks.hpp"

namespace polyregions {

class Witness {
 public:
  Witness(const Problem& problem, const FloatNetwork& floats, std::size_t first,
          std::size_t last)
      : problem_(problem), floats_(floats), first_(first), last_(last) {}

  /// True when y certainly lies in the cell: on the right side of the domain's walls
  /// and, for every unit up to the last cutting layer, strictly inside the piece
  /// `digits` says.  Units identically on a breakpoint (`on_break`, proved before) are
  /// not asked. `rows` holds the first cutting layer's rows in `block`.
  bool shows(const double* y, const Digits& digits,
             const std::vector<std::uint8_t>& on_break, const RowBlocks& rows,
             std::size_t block, const std::vector<PathWall>& domain);

 private:
  bool inside_pieces(std::size_t l, const Digits& digits,
                     const std::vector<std::uint8_t>& on_break);
  void activate(std::size_t l, const Digits& digits);
  void next_layer(std::size_t l);

  const Problem& problem_;
  const FloatNetwork& floats_;
  const std::size_t first_, last_;
  std::vector<double> z_, z_radius_, h_, h_radius_;
};

}  // namespace polyregions
