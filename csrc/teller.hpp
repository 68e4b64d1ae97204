// SPDX-License-Identifier: MIT
// What a search tells its trace of a node: claims with the supports that its cells
// propose, and leaves.
#pragma once

#include <algorithm>
#include <vector>

#include "isa.hpp"
#include "lanes.hpp"
#include "path_state.hpp"

namespace polyregions::POLYREGIONS_ISA {

template <class Cells>
class Teller {
  using Node = typename Cells::Node;

 public:
  Teller(PathState& state, Cells& cells)
      : state_(state), cells_(cells), leaf_{state.digits, nullptr, nullptr, {}, {}} {
    leaf_.wall_proof = [this](const Wall& wall, Trace::WallProof& out) {
      cells_.wall_proof(*node_, wall, out);
      if (state_.audits()) state_.expect(state_.trace->is_proved(wall, out));
    };
  }

  /// Claim the breaks that do not cut the node at the start of a layer, after its
  /// `settle`: digits of each unit that are possible on it.
  void settled(std::size_t l, const Node& node, std::size_t block,
               const std::vector<std::uint8_t>& lo,
               const std::vector<std::uint8_t>& hi) {
    Trace& trace = *state_.trace;
    const Layer& layer = state_.question.problem.network.layers[l];
    if constexpr (Cells::children_are_certain) {
      if (cells_.makes_groups(l)) return settled_plain(l, block, lo, hi);
    }
    cells_.begin_claims(node);
    trace.begin_bulk();
    for (int unit = 0; unit < layer.n_out; ++unit) {
      for (int j = 0; j < n_breaks(layer, unit); ++j) {
        const Wall wall{static_cast<int>(l), unit, j, 1};
        const bool above = j < lo[unit], below = j >= hi[unit];
        // Start units are split before their layer begins.
        if (l == state_.question.span.first && trace.is_split(wall)) continue;
        if (above || below) {
          claim(wall, above, block);
        } else {
          trace.leave_open();
        }
      }
    }
    trace.end_bulk();
  }

  /// Claim those of the open hyperplanes of a stage that a probe has decided.
  void probed(const Stage& stage, const Node& node, std::uint64_t open,
              std::uint64_t decided, std::uint64_t above, std::size_t block) {
    if (decided == 0) return;
    Trace& trace = *state_.trace;
    trace.begin_bulk();
    cells_.begin_claims(node);
    for (; open != 0; open &= open - 1) {
      const int bit = __builtin_ctzll(open);
      if ((decided >> bit & 1) != 0) {
        claim(stage.wall(bit), (above >> bit & 1) != 0, block);
      } else {
        trace.leave_open();
      }
    }
    trace.end_bulk();
  }

  /// `unfelt`: as in Trace::Leaf.
  void leaf(const Node& node, const double* point, const std::vector<int>* unfelt) {
    leaf_.unfelt = unfelt;
    leaf_.inside = point;
    node_ = &node;
    cells_.dyadic(node, leaf_.point);
    tell_leaf();
  }

  /// A leaf on one side of the hyperplane that has halved a node, and merges with none.
  void half(int side) {
    static const std::vector<int> none;
    leaf_.unfelt = &none;
    leaf_.inside = cells_.half(side, leaf_.point);
    tell_leaf();
  }

 private:
  /// The same for a layer of units with one break, many at a time.
  void settled_plain(std::size_t l, std::size_t block,
                     const std::vector<std::uint8_t>& lo,
                     const std::vector<std::uint8_t>& hi) {
    Trace& trace = *state_.trace;
    const int n_units = state_.question.problem.network.layers[l].n_out;
    settled_.clear();
    above_.clear();
    for (int first = 0; first < n_units; first += 64) {
      const int n = std::min(n_units - first, 64);
      above_.push_back(bits_of(lo.data() + first, n));
      const std::uint64_t open = above_.back() ^ bits_of(hi.data() + first, n);
      settled_.push_back(~open & ~std::uint64_t{0} >> (64 - n));
    }
    trace.begin_words(settled_.size());
    for (int k = 0; k < cells_.n_groups(); ++k) {
      trace.claim_group(cells_.group(k), settled_, above_);
    }
    for (std::size_t i = 0; i < settled_.size(); ++i) {
      for (; settled_[i] != 0; settled_[i] &= settled_[i] - 1) {
        const int bit = __builtin_ctzll(settled_[i]);
        const int unit = static_cast<int>(64 * i) + bit;
        claim({static_cast<int>(l), unit, 0, 1}, (above_[i] >> bit & 1) != 0, block);
      }
    }
    trace.end_bulk();
  }

  void tell_leaf() {
    const bool certain = !leaf_.point.numerators.empty();
    if (certain && state_.audits()) {
      state_.expect(state_.trace->is_inside(leaf_.point));
    }
    state_.trace->leaf(leaf_);
  }

  void claim(const Wall& wall, bool above, std::size_t block) {
    Trace& trace = *state_.trace;
    const Shows shows = cells_.support(wall, above, block, names_);
    if (shows.degree == Shows::certainly) {
      if (state_.audits()) state_.expect(trace.is_shown_by(wall, above, names_));
      return trace.claim(wall, above, names_, false, shows.number);
    }
    if (shows.degree == Shows::probably && trace.claim_by(wall, above, names_)) return;
    const Side side = trace.claim_exactly(wall);
    if (side == Side::both || (side == Side::positive) != above) {
      throw Error(Status::internal, "a claim that does not hold");
    }
  }

  PathState& state_;
  Cells& cells_;
  std::vector<int> names_;
  std::vector<std::uint64_t> settled_, above_;
  Trace::Leaf leaf_;
  const Node* node_ = nullptr;  // of the leaf
};

}  // namespace polyregions::POLYREGIONS_ISA
