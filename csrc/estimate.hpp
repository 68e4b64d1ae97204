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
  double log_uniform = 0.0;  // log of the first layer's cells, to start from uniform
                             // ones; 0: from the root
};

struct BeamRun {
  double log_estimate = 0.0;
  std::uint64_t n_nodes = 0;     // that were asked which hyperplanes cut them
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

/// Whether the first cutting layer's hyperplanes seem to be in general position in all
/// of R^d: every minor that says so is not 0, of up to `n_samples` at random, or of all
/// where there are no more.  -1: they are not, or there is a domain; 0: so it seems; 1:
/// all minors were looked at.
int general_position(const Problem& problem, int n_samples, std::uint64_t seed);

}  // namespace polyregions
