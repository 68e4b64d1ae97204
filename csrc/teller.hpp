// SPDX-License-Identifier: MIT
// What a search tells its trace of a node: claims with the supports that its cells
// propose, and leaves.
#pragma once

#include <vector>

#include "isa.hpp"
#include "path_state.hpp"

namespace polyregions::POLYREGIONS_ISA {

template <class Cells>
class Teller {
  using Node = typename Cells::Node;

 public:
  Teller(PathState& state, Cells& cells) : state_(state), cells_(cells) {}

  /// Claim the breaks that do not cut the node at the start of a layer: digits of each
  /// unit that are possible on it.
  void settled(std::size_t l, const Node& node, std::size_t block,
               const std::vector<std::uint8_t>& lo,
               const std::vector<std::uint8_t>& hi) {
    Trace& trace = *state_.trace;
    const Layer& layer = state_.question.problem.network.layers[l];
    trace.begin_bulk();
    for (int unit = 0; unit < layer.n_out; ++unit) {
      for (int j = 0; j < n_breaks(layer, unit); ++j) {
        const Wall wall{static_cast<int>(l), unit, j, 1};
        const bool above = j < lo[unit], below = j >= hi[unit];
        // Start units are split before their layer begins.
        const bool told = l == state_.question.span.first && trace.is_split(wall);
        if ((above || below) && !told) claim(wall, above, node, block);
      }
    }
    trace.end_bulk(static_cast<int>(l));
  }

  /// Claim hyperplanes of a stage.
  void probed(const Stage& stage, const Node& node, std::uint64_t decided,
              std::uint64_t above, std::size_t block) {
    for (; decided != 0; decided &= decided - 1) {
      const int bit = __builtin_ctzll(decided);
      claim(stage.wall(bit), (above >> bit & 1) != 0, node, block);
    }
  }

  /// `felt`: the outputs certainly feel all units whose walls the node lies below.
  void leaf(const Node& node, const double* point, bool felt) {
    Trace::Leaf leaf{state_.digits, felt, point, 0, {}, nullptr};
    if constexpr (Cells::children_are_certain) {
      cells_.dyadic(node, leaf.exponent, leaf.numerators);
    }
    leaf.on_facet = [this, &node](const Wall& wall, std::vector<double>& at) {
      return cells_.on_facet(node, wall, at);
    };
    state_.trace->leaf(leaf);
  }

 private:
  void claim(const Wall& wall, bool above, const Node& node, std::size_t block) {
    Trace& trace = *state_.trace;
    if constexpr (Cells::children_are_certain) {
      if (cells_.support(node, wall, above, block, names_)) {
        return trace.claim(wall, above, names_, false);
      }
    } else {
      if (cells_.hint(wall, names_) && trace.claim_by(wall, above, names_)) return;
    }
    const Side side = trace.claim_exactly(wall);
    if (side == Side::both || (side == Side::positive) != above) {
      throw Error(Status::internal, "a claim that does not hold");
    }
  }

  PathState& state_;
  Cells& cells_;
  std::vector<int> names_;
};

}  // namespace polyregions::POLYREGIONS_ISA
