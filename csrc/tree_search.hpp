// SPDX-License-Identifier: MIT
// The depth-first search over (layer, unit) of the fast engines.
//
// A node is an open cell with one side decided for every hyperplane so far.  Cells is
// what an engine keeps of it; it answers:
//   n_start_units(), start_unit(k)    hyperplanes on whose sides the cells begin
//   start(index, lo, hi)              one of these cells, and digits known there
//   enter_layer(l, node, before)      the node at the start of a layer
//   settle(l, node, block, lo, hi)    digits of each unit possible on the whole node
//   load(stage, node, block)          the node at the start of a stage
//   probe(stage, node, open)          sides of the open hyperplanes
//   cut(stage, node, bit, rest)       prepare to split; false sends it to integers
//   shows_both(stage, node, ...)      unless children_are_certain: both exist
//   child(stage, node, bit, side)     one side of the split
//   leaf(node)                        nullptr, or a point when the leaf has a region
//   walls(node)                       exact rows > 0 on it
//   mark(), release(mark)             the stack that nodes live on
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "isa.hpp"
#include "lanes.hpp"
#include "layer_stages.hpp"
#include "leaves.hpp"
#include "path_state.hpp"
#include "path_sums.hpp"
#include "search.hpp"
#include "task_run.hpp"
#include "teller.hpp"

namespace polyregions::POLYREGIONS_ISA {

template <class Cells>
class TreeSearch {
  using Node = typename Cells::Node;
  using Open = OpenNode<Node>;

 public:
  TreeSearch(const Question& question, const typename Cells::Start& start,
             Monitor& monitor)
      : start_(start),
        problem_(question.problem),
        floats_(question.floats),
        span_(question.span),
        state_(question),
        layers_(problem_.network.layers.size()),
        run_(state_, monitor),
        cells_(start, state_),
        teller_(state_, cells_),
        leaves_(state_, cells_, teller_, run_),
        sums_(state_, leaves_.felt()) {
    state_.first_block =
        state_.rows.rounded(span_.first, Cells::first_rows(start, state_));
  }

  /// Search what the task names.
  void run(const Task& task) {
    run_.begin(task);
    begin(0, 0, 1.0);
    run_.end();
  }

  /// What all tasks have found.
  Enumeration take() {
    if (state_.trace) state_.result.fragments = state_.trace->take();
    return std::move(state_.result);
  }
  std::uint64_t audited() const { return state_.audited; }

 private:
  /// Choose the sides of the start's units from the k-th on, and start there.
  void begin(int k, std::uint64_t index, double share) {
    if (k < Cells::n_start_units(start_)) {
      const Wall wall = Cells::start_unit(start_, k);
      return run_.fork(
          wall, [&] { begin(k + 1, index, share / 2); },
          [&] { begin(k + 1, index | std::uint64_t{1} << k, share / 2); });
    }
    if (!run_.goes_on()) return;
    reset(span_.first);
    state_.path.enter_layer(span_.first);
    const auto mark = cells_.mark();
    LayerStages& first = layers_[span_.first];
    Node node = cells_.start(index, first.lo, first.hi);
    enter_layer(span_.first, span_.hidden_before, node, 0, state_.first_block, share);
    cells_.release(mark);
  }

  /// Every digit of the layer is possible, and no unit is on a break.
  void reset(std::size_t l) {
    layers_[l].reset(floats_.layers[l]);
    state_.clear_on_break(l);
  }

  /// `block` holds the layer's rows, `block_before` those of the layer before.
  void enter_layer(std::size_t l, int hidden, const Node& before,
                   std::size_t block_before, std::size_t block, double share) {
    if (l > span_.last) return leaves_.take(before, block, share);
    state_.path.enter_layer(l);
    if (l != span_.first) reset(l);
    const auto mark = cells_.mark();
    Node node = before;
    cells_.enter_layer(l, node, block_before);
    LayerStages& layer = layers_[l];
    cells_.settle(l, node, block, layer.lo, layer.hi);
    if (state_.trace) teller_.settled(l, node, block, layer.lo, layer.hi);
    const Blocks blocks{block, sums_.begin(l)};
    sort_units(l, blocks);
    enter_stage(l, hidden, 0, 0, node, blocks, share);
    sums_.drop(l, blocks.next);
    cells_.release(mark);
  }

  /// Units whose digit is known add their part to the next layer; the hyperplanes of
  /// the others are pending.
  void sort_units(std::size_t l, const Blocks& blocks) {
    LayerStages& layer = layers_[l];
    const FloatLayer& floats = floats_.layers[l];
    const std::uint8_t* const los = layer.lo.data();
    std::copy_n(los, floats.n_out, state_.digits[l].data());
    layer.pending.clear();
    for (int first = 0; first < floats.n_out; first += 64) {
      std::uint64_t open = layer.open_units(floats, first);
      const std::uint64_t loud = loud_units(floats, los, first);
      sums_.add(l, first, loud & ~open, blocks);
      for (; open != 0; open &= open - 1) layer.push(first + __builtin_ctzll(open));
    }
    sums_.end(l, blocks);
  }

  /// Decide the pending hyperplanes from `at` on, as many at once as a stage holds.
  void enter_stage(std::size_t l, int hidden, std::size_t number, std::size_t at,
                   const Node& before, const Blocks& blocks, double share) {
    LayerStages& layer = layers_[l];
    const std::size_t n = layer.pending.size();
    if (at == n) return leave_layer(l, hidden, before, blocks, share);
    Stage& stage = layer.stage(number);
    stage.layer = l;
    stage.hidden = hidden;
    at = layer.fill(stage, at);
    const auto mark = cells_.mark();
    Node node = before;
    cells_.load(stage, node, blocks.own);
    const Position position{&stage, number + 1, at, at == n};
    branch(position, node, stage.all(), 0, 0, blocks, share);
    cells_.release(mark);
  }

  /// Decide the open hyperplanes of a stage on a node.  `above`: those decided so far
  /// on whose upper side it lies; `fresh`: the one that the split just decided.
  void branch(const Position& position, Node& node, std::uint64_t open,
              std::uint64_t above, std::uint64_t fresh, const Blocks& blocks,
              double share) {
    if (!run_.goes_on()) return;
    const Stage& stage = *position.stage;
    const std::size_t l = stage.layer;
    const Probe probe = cells_.probe(stage, node, open);
    above |= probe.above;
    if (state_.trace) {
      teller_.probed(stage, node, open, open & ~probe.open, above, blocks.own);
    }
    decide_all(stage, (open & ~probe.open) | fresh, probe.open, above, blocks);
    open = probe.open;
    if (open == 0) {
      return enter_stage(l, stage.hidden, position.next_stage, position.next_at, node,
                         blocks, share);
    }
    const Open at{position, node, probe.split, open, above, blocks, share};
    if (ends_uncut(at)) return;
    const auto mark = cells_.mark();
    if (!cells_.cut(stage, node, at.split, at.rest())) {
      cells_.release(mark);
      return exactly(position, node, open, above);
    }
    if (!ends_at_cut(at)) split(at);
    cells_.release(mark);
  }

  /// A pair of leaves without any cut, where it is certain that they are there.
  bool ends_uncut(const Open& at) {
    if constexpr (!Cells::children_are_certain) return false;
    return leaves_.is_pair(at) && leaves_.take_both(at);
  }

  /// What the cut shows of leaves without their being made; or that only one side is
  /// there.
  bool ends_at_cut(const Open& at) {
    if constexpr (Cells::children_are_certain) {
      return leaves_.count_below(at);
    } else {
      const bool pair = leaves_.is_pair(at);
      const bool shown = (pair || state_.trace) && cells_.shows_both(at.node);
      if (pair && shown && leaves_.take_both(at)) return true;
      return state_.trace && !shown && has_one_child(at);
    }
  }

  /// After a cut that floating point does not show: whether only one side is there,
  /// which is claimed and searched.
  bool has_one_child(const Open& at) {
    const Side side = state_.trace->claim_exactly(at.stage().wall(at.split));
    if (side == Side::both) return false;
    const bool above = side == Side::positive;
    Node only = cells_.child(at.stage(), at.node, at.split, above ? 1 : -1);
    branch(at.position, only, at.rest(), at.above | (above ? at.bit() : 0), at.bit(),
           at.blocks, at.share);
    return true;
  }

  void split(const Open& at) {
    const Stage& stage = at.stage();
    run_.fork(
        stage.wall(at.split),
        [&] {
          const auto mark = cells_.mark();
          Node below = cells_.child(stage, at.node, at.split, -1);
          Blocks own = at.blocks;
          own.next = sums_.copied(stage.layer, own.next);
          branch(at.position, below, at.rest(), at.above, at.bit(), own, at.share / 2);
          sums_.drop(stage.layer, own.next);
          cells_.release(mark);
        },
        [&] {
          const auto mark = cells_.mark();
          Node upper = cells_.child(stage, at.node, at.split, 1);
          branch(at.position, upper, at.rest(), at.above | at.bit(), at.bit(),
                 at.blocks, at.share / 2);
          cells_.release(mark);
        });
  }

  /// Units whose last hyperplane was decided get their digit.
  void decide_all(const Stage& stage, std::uint64_t decided, std::uint64_t open,
                  std::uint64_t above, const Blocks& blocks) {
    for (std::uint64_t rest = decided; rest != 0; rest &= rest - 1) {
      const int bit = __builtin_ctzll(rest);
      const Stage::Cut& cut = stage.cuts[bit];
      if ((cut.siblings & open) != 0) continue;
      if ((cut.siblings & rest & (rest - 1)) != 0) continue;  // once a unit
      decide(stage.layer, cut.unit,
             cut.base + __builtin_popcountll(above & cut.siblings), blocks);
    }
    sums_.end(stage.layer, blocks);
  }

  void decide(std::size_t l, int unit, int digit, const Blocks& blocks) {
    state_.digits[l][unit] = static_cast<std::uint8_t>(digit);
    sums_.add(l, unit, 1, blocks);
  }

  void leave_layer(std::size_t l, int hidden, const Node& node, const Blocks& blocks,
                   double share) {
    const bool counts = problem_.network.layers[l].hidden;
    if (!counts || l == span_.last) {
      return enter_layer(l + 1, hidden, node, blocks.own, blocks.next, share);
    }
    const std::uint8_t around = run_.enter_hidden(hidden);
    enter_layer(l + 1, hidden + 1, node, blocks.own, blocks.next, share);
    run_.leave_hidden(hidden, around);
  }

  /// Hand the node to exact integers: the engine has no room or no usable float.
  void exactly(const Position& position, const Node& node, std::uint64_t open,
               std::uint64_t above) {
    const Stage& stage = *position.stage;
    Subtree subtree = subtree_below(state_, layers_[stage.layer], stage,
                                    position.next_at, open, above);
    subtree.rows = cells_.walls(node);
    run_.search_exactly(std::move(subtree), leaves_.keeps_cells());
  }

  const typename Cells::Start& start_;
  const Problem& problem_;
  const FloatNetwork& floats_;
  const LayerSpan& span_;
  PathState state_;
  std::vector<LayerStages> layers_;
  TaskRun run_;
  Cells cells_;
  Teller<Cells> teller_;
  Leaves<Cells> leaves_;
  PathSums sums_;
};

}  // namespace polyregions::POLYREGIONS_ISA
