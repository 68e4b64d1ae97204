// SPDX-License-Identifier: MIT
// The edges of a cell that a hyperplane crosses: two corners span one by the walls that
// both lie on.
#pragma once

#include <cstdint>
#include <vector>

#include "generator_pool.hpp"
#include "isa.hpp"
#include "stack.hpp"
#include "vertex_corners.hpp"
#include "vertex_signs.hpp"

namespace polyregions::POLYREGIONS_ISA {

template <int D>
class VertexEdges {
 public:
  VertexEdges(GeneratorPool<D>& pool, Stack<Corner>& corners)
      : pool_(pool), corners_(corners) {}

  /// A new corner on each edge that hyperplane `bit`, now the wall in `slot`, crosses;
  /// returns how many.
  int push_crossings(const VertexNode& node, int bit, int slot) {
    const std::size_t begin = corners_.size();
    sort_by_side(node, bit);
    const std::uint64_t own = std::uint64_t{1} << slot;
    for (const Side& u : upper_) {
      for (const Side& w : lower_) {
        const std::uint64_t common = u.incident & w.incident;
        if (__builtin_popcountll(common) < D - 1) continue;
        if (!node.simple && !spans_edge(node, u.corner, w.corner, common)) continue;
        const auto generator = static_cast<std::uint32_t>(pool_.size());
        pool_.push_crossing(common, slot);
        *corners_.push(1) = {common | own, 0, 0, generator, false};
      }
    }
    return static_cast<int>(corners_.size() - begin);
  }

 private:
  struct Side {
    std::uint64_t incident;
    int corner;
  };

  void sort_by_side(const VertexNode& node, int bit) {
    upper_.clear();
    lower_.clear();
    for (int i = 0; i < node.size; ++i) {
      const Corner& corner = corners_[node.begin + i];
      if ((corner.above >> bit & 1) != 0) upper_.push_back({corner.incident, i});
      if ((corner.below >> bit & 1) != 0) lower_.push_back({corner.incident, i});
    }
  }

  /// Two generators span an edge when no third one lies on all their common walls.
  bool spans_edge(const VertexNode& node, int i, int j, std::uint64_t common) const {
    for (int k = 0; k < node.size; ++k) {
      if (k == i || k == j) continue;
      if ((corners_[node.begin + k].incident & common) == common) return false;
    }
    return true;
  }

  GeneratorPool<D>& pool_;
  Stack<Corner>& corners_;
  std::vector<Side> upper_, lower_;  // of the cell being split
};

}  // namespace polyregions::POLYREGIONS_ISA
