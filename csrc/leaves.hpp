// SPDX-License-Identifier: MIT
// The leaves of a search: those that are made, and those below the last hyperplanes of
// all that need not be made to be counted or told of.
#pragma once

#include <optional>
#include <vector>

#include "felt.hpp"
#include "isa.hpp"
#include "merge_scout.hpp"
#include "path_state.hpp"
#include "path_sums.hpp"
#include "search.hpp"
#include "task_run.hpp"
#include "teller.hpp"

namespace polyregions::POLYREGIONS_ISA {

/// Where in a layer's list of hyperplanes the search is.
struct Position {
  const Stage* stage;
  std::size_t next_stage, next_at;
  bool last_stage;
};

/// A node that open hyperplanes of its stage cut, one of which comes first.
template <class Node>
struct OpenNode {
  const Position& position;
  Node& node;
  int split;
  std::uint64_t open, above;
  const Blocks& blocks;
  double share;

  const Stage& stage() const { return *position.stage; }
  std::uint64_t bit() const { return std::uint64_t{1} << split; }
  std::uint64_t rest() const { return open & ~bit(); }
  int digit_below() const {
    const Stage::Cut& cut = stage().cuts[split];
    return cut.base + __builtin_popcountll(above & cut.siblings);
  }
};

template <class Cells>
class Leaves {
  using Node = typename Cells::Node;
  using Open = OpenNode<Node>;

 public:
  Leaves(PathState& state, Cells& cells, Teller<Cells>& teller, TaskRun& run)
      : question_(state.question),
        state_(state),
        cells_(cells),
        teller_(teller),
        run_(run) {
    const Network& network = question_.problem.network;
    for (std::size_t l = 0; l < question_.span.last; ++l) {
      hidden_before_ += network.layers[l].hidden;
    }
    if (question_.felt != nullptr) scout_.emplace(cells_, state_);
  }

  /// What is felt, when linear regions are counted, or nullptr.
  Felt* felt() { return scout_ ? &scout_->felt : nullptr; }

  /// Whether cells are kept that may merge, or are asked for.
  bool keeps_cells() const { return question_.store || scout_.has_value(); }

  /// Whether a node has two leaves that need not be made.
  bool is_pair(const Open& at) const {
    return makes_none(at) && at.rest() == 0 &&
           !(state_.trace && state_.trace->has_loose());
  }

  /// The two of a pair, where it is certain that they are there; false, and nothing is
  /// taken, when one may merge.
  bool take_both(const Open& at) {
    if (!both_alone(at)) return false;
    if (state_.trace) {
      tell_both(at);
    } else {
      run_.count_leaves(2, at.stage().hidden, at.share);
    }
    return true;
  }

  /// After a cut: the leaves below it, if they are so few that the corners tell how
  /// many.
  bool count_below(const Open& at) {
    if (!makes_none(at) || state_.trace || scout_) return false;
    const int n = cells_.n_leaves(at.node, at.split, at.rest());
    if (n > 0) run_.count_leaves(n, at.stage().hidden, at.share);
    return n > 0;
  }

  /// One that is made.  `block`: the sums of the last layer.
  void take(const Node& node, std::size_t block, double share) {
    if (!run_.goes_on()) return;
    run_.check_arrived();
    const double* point = nullptr;
    const bool wants_point = question_.store || state_.trace;
    if (!cells_.leaf(node, wants_point, point)) {
      if (state_.trace) throw Error(Status::internal, "a leaf without interior");
      return run_.pass(share);
    }
    if (!run_.takes_leaf(hidden_before_, share)) return;
    bool alone = false;
    if (state_.trace) {
      const std::vector<int>* unfelt = nullptr;
      if (scout_) {
        const auto felt = scout_->leaf(node, block);
        unfelt = felt.unfelt_below;
        alone = felt.alone;
      }
      teller_.leaf(node, point, unfelt);
    }
    if (scout_) {
      if (!alone) scout_->sort_out(node, point, block);
    } else if (question_.store) {
      append_cell(state_.result.cells, question_.problem, state_.digits,
                  state_.on_break, point);
    }
    run_.give();
  }

 private:
  /// Whether leaves below the last hyperplanes of all need not be made.
  bool makes_none(const Open& at) const {
    return at.stage().layer == question_.span.last && at.position.last_stage &&
           !question_.store;
  }

  /// Whether neither child of a pair can merge, if anybody asks.
  bool both_alone(const Open& at) {
    return !scout_ || scout_->both_alone(at.node, at.stage(), at.split,
                                         at.digit_below(), at.blocks.next);
  }

  void tell_both(const Open& at) {
    const Stage& stage = at.stage();
    cells_.halve(stage, at.node, at.split);
    std::uint8_t& digit = state_.digits[stage.layer][stage.cuts[at.split].unit];
    const int below = at.digit_below();
    const auto tell = [&](int side) {
      if (!run_.goes_on()) return;
      run_.check_arrived();
      if (!run_.takes_leaf(hidden_before_, at.share / 2)) return;
      digit = static_cast<std::uint8_t>(below + (side > 0));
      teller_.half(side);
      run_.give();
    };
    run_.fork(stage.wall(at.split), [&] { tell(-1); }, [&] { tell(1); });
  }

  const Question& question_;
  PathState& state_;
  Cells& cells_;
  Teller<Cells>& teller_;
  TaskRun& run_;
  int hidden_before_ = 0;
  std::optional<MergeScout<Cells>> scout_;  // when linear regions are counted
};

}  // namespace polyregions::POLYREGIONS_ISA
