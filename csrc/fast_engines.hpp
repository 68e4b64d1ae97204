// SPDX-License-Identifier: MIT
// The fast engines, compiled for several instruction sets and chosen when they run.
//
// engine="vertex": every cell keeps its generators, for rank 1 to 5.
// engine="dictionary": every cell keeps a linear program, for any rank.
#pragma once

#include <cstdint>
#include <functional>

#include "cells.hpp"
#include "dictionary_start.hpp"
#include "estimate.hpp"
#include "vertex_start.hpp"

namespace polyregions {

/// What a search keeps of the activation regions that it counts: nothing, the cells,
/// or what `count_linear` needs.
enum class Keep : int { nothing = 0, cells = 1, linear = 2 };

/// How a search is to run.
struct Order {
  Keep keep = Keep::nothing;
  int n_workers = 1;
  std::vector<Task> tasks;                     // what to search; none: the whole tree
  bool traced = false, traced_linear = false;  // tell of the walk, see trace.hpp
  bool resumable = false;  // a stopped search finds just what lies before its `rest`
};

struct FastEngines {
  /// Count the activation regions; cells come sorted.  The start must apply.  The
  /// answer is the same for every number of workers.
  Enumeration (*vertex)(const Problem& problem, const VertexStart& start,
                        Monitor& monitor, const Order& order);
  Enumeration (*dictionary)(const Problem& problem, const DictionaryStart& start,
                            Monitor& monitor, const Order& order);
  /// One run of an estimate; `goes_on` is asked before every node.
  BeamRun (*beam)(const Problem& problem, const DictionaryStart& start,
                  const BeamOrder& order, const std::uint64_t* seed,
                  const std::function<bool()>& goes_on);
};

/// Whether the dictionary engine is asked first: from some rank on, and where the first
/// layer alone makes a product of half-lines, whose cells have rays along which all
/// that comes later may be constant.
bool prefers_dictionary(const Problem& problem, int from_rank);

/// Those for the best instruction set that this machine has.
const FastEngines& fast_engines();

const FastEngines& fast_engines_baseline();
const FastEngines& fast_engines_avx2();

}  // namespace polyregions
