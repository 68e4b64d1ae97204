// SPDX-License-Identifier: MIT
// Unbiased estimates of the number of activation regions, by independent runs of a
// beam (beam.hpp), a run a thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "cells.hpp"
#include "dictionary_start.hpp"
#include "monitor.hpp"

namespace polyregions {

struct BeamOrder {
  int width = 1;
  // To start from uniform cells of the first layer: log of the number of candidates,
  // and how many of them are drawn; 0: from the root.
  double log_candidates = 0.0;
  int n_drawn = 0;
};

struct BeamRun {
  double log_estimate = 0.0;
  double log_first = 0.0;        // the same of the cells of the first layer that cuts
  std::uint64_t n_failures = 0;  // leaves at which floating point lost its way
  bool complete = false;         // false: it was stopped, and says nothing
};

/// Runs of one width, the i-th with the stream of seeds[4 i .. 4 i + 3]: the numbers do
/// not depend on the threads.  The start must apply.
std::vector<BeamRun> estimate_runs(const Problem& problem, const DictionaryStart& start,
                                   const BeamOrder& order,
                                   const std::vector<std::uint64_t>& seeds,
                                   int n_threads, Monitor& monitor);

/// Hyperplanes of the first layer that has any, and how many layers have some.
struct CuttingLayers {
  int n_hyperplanes = 0, n_layers = 0;
};
CuttingLayers cutting_layers(const Network& network);

/// Whether the first cutting layer's hyperplanes, with the sides of a box, seem to be
/// in general position: every minor that says so is not 0, of up to `n_samples` at
/// random, or on all of R^d of all where there are no more.  -1: they are not, or the
/// domain is another one; 0: so it seems; 1: all minors were looked at.
int general_position(const Problem& problem, int n_samples, std::uint64_t seed);

}  // namespace polyregions
