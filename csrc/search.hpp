// SPDX-License-Identifier: MIT
// What the fast engines' searches share, whatever the instruction set.
#pragma once

#include <cstdint>
#include <vector>

#include "cells.hpp"
#include "crew.hpp"
#include "exact_path.hpp"
#include "felt_network.hpp"
#include "float_network.hpp"

namespace polyregions {

/// Layers with breakpoints lie in [first, last]; the network has one.
struct LayerSpan {
  std::size_t first = 0, last = 0;
  int hidden_before = 0;  // hidden layers before `first`
};

LayerSpan layer_span(const Network& network);

/// First layer with a breakpoint; -1 without one.
int first_cutting_layer(const Network& network);

/// The largest number of breakpoints of a unit.
int most_breaks(const Network& network);

/// One question, as all workers on it share it.
struct Question {
  const Problem& problem;
  const FloatNetwork& floats;
  const FeltNetwork* felt;  // nullptr unless linear regions are counted as they come
  const LayerSpan span;
  const bool store;                  // keep the cells
  const unsigned audit_every;        // see Monitor
  const bool resumable;              // a stopped search is to be gone on with
  const bool traced, traced_linear;  // tell of the walk, of walls of equal map too
  Crew& crew;
};

/// Hyperplanes decided together: as many as a word has bits.
constexpr int stage_size = 64;

/// Hyperplanes of one layer that cut the cell at which the stage begins.  A unit's
/// breaks lie in one stage.
struct Stage {
  struct Cut {
    int unit = 0, index = 0;     // break `index` of the unit
    std::uint64_t siblings = 0;  // bits of the unit's breaks
    int base = 0;                // digit of the unit below all of them
  };
  std::size_t layer = 0;
  int hidden = 0;  // hidden layers before
  int n = 0;
  Cut cuts[stage_size];
  std::size_t block = 0;      // of the layer's rows
  int padded = 0;             // n, up to a multiple of the lanes
  std::vector<double> table;  // what an engine keeps of the rows

  std::uint64_t all() const {
    return n == stage_size ? ~std::uint64_t{0} : (std::uint64_t{1} << n) - 1;
  }
  Wall wall(int bit) const {
    return {static_cast<int>(layer), cuts[bit].unit, cuts[bit].index, 1};
  }
};

/// Whether a wall carries a facet of a cell, across which no other unit changes.
enum class Facet { yes, no, unknown };

/// What an engine says of a stage's open hyperplanes on a cell.
struct Probe {
  std::uint64_t above = 0, below = 0;  // those that the cell lies above, below
  std::uint64_t open = 0;              // the others
  int split = -1;                      // one of them that cuts the cell
};

/// What a search has found, to go back to.
struct Savepoint {
  Savepoint(const Enumeration& found, std::uint64_t n_regions_)
      : n_regions(n_regions_),
        n_cells(found.cells.n_cells),
        per_layer(found.per_layer),
        decisions(found.decisions) {}
  void restore(Enumeration& found, std::uint64_t& regions) const;

  std::uint64_t n_regions;
  std::size_t n_cells;
  std::vector<std::uint64_t> per_layer;
  Decisions decisions;
};

/// Add what another part of the same search found, which goes on with its rest; cells
/// are left unsorted until all are there.
void add_part(Enumeration& all, Enumeration part, const Problem& problem);

/// Sum what the workers found: totals, counts of hidden layers outside the span, and
/// the order of cells.
Enumeration merged_parts(std::vector<Enumeration> parts,
                         const std::vector<Monitor>& monitors, const Network& network,
                         const LayerSpan& span);

}  // namespace polyregions
