// SPDX-License-Identifier: MIT
// Counts of many networks of one shape on one domain, a network a thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "frame.hpp"
#include "monitor.hpp"
#include "network.hpp"

namespace polyregions {

/// What is counted beside activation regions, by layer too.
struct Wanted {
  bool linear = false, linear_closed = false, affine = false;
  int dictionary_rank = 0;  // from here on the dictionary engine is asked first
};

/// One network: -1 where a number was not asked for.
struct Counts {
  std::int64_t activation = 0, linear = -1, linear_closed = -1, affine = -1;
  std::vector<std::int64_t> per_layer;
  Outcome outcome = Outcome::complete;
};

/// By the engine that "auto" takes, in this thread.
Counts count_network(const Network& network, const Frame& frame, const Wanted& wanted,
                     Monitor& monitor);

struct Batch {
  Network shape;  // its weights do not matter
  Wanted wanted;
  int n_threads = 1;
  std::uint64_t max_regions = 0;  // of one network
  double max_seconds = 0.0;

  /// Weights and biases of a network, layer by layer, W row by row, then b.
  std::size_t n_parameters() const;
  /// Columns of a network: activation, linear, linear_closed, affine, then per_layer.
  std::size_t n_columns() const;
};

/// A network that no thread came to, because the batch was stopped.
constexpr std::uint8_t not_counted = 255;

/// `parameters`: (n, n_parameters); `out`: (n, n_columns); `outcomes`: (n).  The
/// monitor's budgets and callback are those of the whole batch: its regions are the
/// networks that are done.  The numbers do not depend on the threads.
void count_batch(const Batch& batch, const Frame& frame, const double* parameters,
                 std::size_t n, Monitor& monitor, std::int64_t* out,
                 std::uint8_t* outcomes);

}  // namespace polyregions
