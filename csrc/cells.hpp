// SPDX-License-Identifier: MIT
// What an enumeration returns: the cells in columns, and its counters.
#pragma once

#include <cstdint>
#include <vector>

#include "frame.hpp"
#include "monitor.hpp"
#include "network.hpp"
#include "pattern.hpp"

namespace polyregions {

/// A part of a search, see crew.hpp.
struct Task {
  std::vector<std::uint8_t> steps;  // see Trail; none: the whole tree
  std::vector<std::uint8_t>
      found;  // by hidden layer: its node on the way counts already
};

/// A part of the walk of a certificate, see trace.hpp.
struct Fragment {
  struct Cut {
    std::size_t at = 0;         // a block may begin here, behind so many bytes
    std::uint64_t n_nodes = 0;  // and leaves
    std::vector<std::uint32_t> events;
  };
  std::vector<std::uint8_t> sides;  // the way to its first node
  std::vector<std::uint8_t> bytes;
  std::uint64_t n_nodes = 0;
  std::vector<Cut> cuts;
};

/// Decisions by the rung that took them.
struct Decisions {
  std::uint64_t constant = 0;       // the function is constant on the cell
  std::uint64_t combinatorial = 0;  // opposite digits: the sets are disjoint
  std::uint64_t filter = 0;         // floating point with a rigorous error bound
  std::uint64_t point = 0;       // a point proposed in floating point, checked exactly
  std::uint64_t support = 0;     // a support proposed by HiGHS, solved exactly
  std::uint64_t exact = 0;       // the exact simplex
  std::uint64_t lp_calls = 0;    // calls of HiGHS
  std::uint64_t lp_unknown = 0;  // of them, without a usable answer
};

/// Cells sorted by pattern.
struct Cells {
  int n_words = 0;
  int dim = 0;                          // of the points
  std::vector<std::uint64_t> patterns;  // (n_cells, n_words)
  std::vector<std::uint64_t> on_break;  // (n_cells, ceil(n_columns / 64)): unit zero
  std::vector<double> points;           // (n_cells, dim), rounded
  int n_flag_words = 0;
  std::size_t n_cells = 0;
};

/// Cells that can merge, in columns; see candidates.hpp.
struct Candidates {
  std::vector<std::uint64_t> patterns;  // (n_cells, n_words)
  std::vector<std::uint64_t> first;     // (n_cells): of its neighbours
  std::vector<std::uint32_t> columns;   // by neighbour: which digit differs
  std::vector<std::int8_t> steps;       // and by how much
  std::size_t n_cells = 0;
};

struct Enumeration {
  Cells cells;                           // empty when only a count was asked for
  std::vector<std::uint64_t> per_layer;  // by hidden layer
  std::uint64_t n_regions = 0;
  Outcome outcome = Outcome::complete;
  Decisions decisions;
  std::vector<Fragment> fragments;  // when a certificate is asked for
  std::vector<Task> rest;           // of a search that was stopped and is resumable
  Candidates candidates;  // when linear regions were asked for, and then `cells` are
                          // those of which nothing is known
};

/// Network, domain and layout of one question.
struct Problem {
  const Network& network;
  const Frame& frame;  // the domain in its own coordinates
  Frame search;        // the same with as many coordinates as matter
  PatternLayout layout;
  Problem(const Network& network_, const Frame& frame_)
      : network(network_),
        frame(frame_),
        search(reduced_frame(network_, frame_)),
        layout(pattern_layout(network_)) {}
};

/// Append a cell: digits, units identically on a breakpoint (by column), and its point
/// in search coordinates, lifted to the frame's.
void append_cell(Cells& cells, const Problem& problem, const Digits& digits,
                 const std::vector<std::uint8_t>& on_break, const double* point);

/// Totals and outcome of a search that has ended, or was stopped.
void finish(Enumeration& result, const Monitor& monitor);

/// Sort by pattern.
void sort_cells(Cells& cells);

/// Index of the cell with this packed pattern, or -1.
std::int64_t find_cell(const Cells& cells, const std::uint64_t* words);

/// True when every digit of n packed patterns is one that its unit has.
bool digits_fit(const Problem& problem, const std::uint64_t* patterns, std::size_t n);

/// Bytes that the columns hold.
std::size_t bytes_of(const Cells& cells);

}  // namespace polyregions
