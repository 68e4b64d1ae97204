// SPDX-License-Identifier: MIT
// Which leaves can merge, and with which neighbours.
//
// A leaf on whose walls the outputs feel every unit is a linear region by itself, if no
// two units share a facet (felt_network.hpp): it is counted and forgotten.  Of the
// others the neighbours of equal map are kept where the engine can tell facets, and the
// whole cell where it cannot.
#pragma once

#include <algorithm>
#include <vector>

#include "candidates.hpp"
#include "felt.hpp"
#include "isa.hpp"
#include "path_state.hpp"

namespace polyregions::POLYREGIONS_ISA {

template <class Cells>
class MergeScout {
  using Node = typename Cells::Node;

 public:
  MergeScout(Cells& cells, PathState& state)
      : felt(*state.question.felt, state), cells_(cells), state_(state) {}

  Felt felt;

  /// Whether neither child of the last hyperplane of all can merge, and when it is told
  /// of, whether all is felt of the splits too; `digit` is that of its unit below.
  /// `block`: of `felt`, to which all other units have added.
  bool both_alone(const Node& node, const Stage& stage, int bit, int digit,
                  std::size_t block) {
    if (!cells_.is_generic(node)) return false;
    collect(node);
    if (state_.trace && Cells::children_are_certain) put_splits_below();
    if (Cells::children_are_certain) walls_.push_back(stage.wall(bit));
    const int unit = stage.cuts[bit].unit;
    std::uint8_t& own = state_.digits[stage.layer][unit];
    bool alone = true;
    for (int side = 0; side < 2 && alone; ++side) {
      own = static_cast<std::uint8_t>(digit + side);
      const std::size_t with_unit = felt.copied(block);
      felt.add(with_unit, unit, 1);
      alone = felt.look(walls_, with_unit, unfelt_) == Felt::Verdict::all;
      felt.drop(with_unit);
    }
    return alone;
  }

  struct Leaf {
    // Splits below whose walls it lies and of whose units the outputs certainly feel
    // nothing, something of all others; null in doubt.
    const std::vector<int>* unfelt_below;
    bool alone;  // it merges with no neighbour
  };
  /// What is felt at a leaf that is told of, by one look at all its walls.
  Leaf leaf(const Node& node, std::size_t block) {
    collect(node);
    const std::size_t n_above = put_splits_below();
    below_.clear();
    const bool generic = cells_.is_generic(node);
    if (walls_.empty()) return {&below_, generic};
    const Felt::Verdict verdict = felt.look(walls_, block, unfelt_);
    if (verdict == Felt::Verdict::unknown) return {nullptr, false};
    std::sort(unfelt_.begin(), unfelt_.end());
    for (const std::size_t i : unfelt_) {
      if (i >= n_above) below_.push_back(nth_split_below(i - n_above));
    }
    return {&below_, generic && verdict == Felt::Verdict::all};
  }

  /// Keep a leaf if it can merge.  `point`: inside it, if there is one already;
  /// `block`: of `felt`.
  void sort_out(const Node& node, const double* point, std::size_t block) {
    const Problem& problem = state_.question.problem;
    collect(node);
    neighbours_.clear();
    if (!cells_.is_generic(node) || !find_neighbours(node, block)) {
      if (point == nullptr) cells_.leaf(node, true, point);
      append_cell(state_.result.cells, problem, state_.digits, state_.on_break, point);
    } else if (!neighbours_.empty()) {
      append_candidate(state_.result.candidates, problem, state_.digits, neighbours_);
    }
  }

 private:
  void collect(const Node& node) {
    walls_.clear();
    handles_.clear();
    cells_.unit_walls(node, walls_, handles_);
  }

  /// In walls_, for those below which the node lies: of these there are more splits
  /// than bound it.  Returns the number of the others.
  std::size_t put_splits_below() {
    const auto below = [](const Wall& wall) { return wall.orientation < 0; };
    walls_.erase(std::remove_if(walls_.begin(), walls_.end(), below), walls_.end());
    const std::size_t n_above = walls_.size();
    const std::vector<Wall>& splits = state_.trace->splits_below();
    walls_.insert(walls_.end(), splits.begin(), splits.end());
    return n_above;
  }

  int nth_split_below(std::size_t n) const {
    int k = 0;
    while (state_.trace->split_wall(k).orientation > 0 || n-- > 0) ++k;
    return k;
  }

  /// Neighbours across the facets of walls that nothing is felt of; false in doubt.
  bool find_neighbours(const Node& node, std::size_t block) {
    const Felt::Verdict verdict = felt.look(walls_, block, unfelt_);
    if (verdict == Felt::Verdict::unknown) return false;
    const auto& column_of = state_.question.problem.layout.column_of;
    for (const std::size_t i : unfelt_) {
      const Facet facet = cells_.facet(node, handles_[i]);
      if (facet == Facet::unknown) return false;
      if (facet == Facet::no) continue;
      const Wall& wall = walls_[i];
      const int column = column_of[wall.layer][wall.unit];
      neighbours_.push_back({static_cast<std::uint32_t>(column), -wall.orientation});
    }
    return true;
  }

  Cells& cells_;
  PathState& state_;
  std::vector<Wall> walls_;
  std::vector<int> handles_, below_;
  std::vector<std::size_t> unfelt_;
  std::vector<Neighbour> neighbours_;
};

}  // namespace polyregions::POLYREGIONS_ISA
