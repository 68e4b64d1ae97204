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
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "isa.hpp"
#include "merge_scout.hpp"
#include "path_state.hpp"
#include "rational_engine.hpp"
#include "search.hpp"
#include "teller.hpp"
#include "trail.hpp"

namespace polyregions::POLYREGIONS_ISA {

template <class Cells>
class TreeSearch {
  using Node = typename Cells::Node;

 public:
  TreeSearch(const Question& question, const typename Cells::Start& start,
             Monitor& monitor)
      : question_(question),
        start_(start),
        problem_(question.problem),
        span_(question.span),
        monitor_(monitor),
        state_(question),
        layers_(problem_.network.layers.size()),
        cells_(start, state_),
        teller_(state_, cells_),
        found_(problem_.network.n_hidden(), 0) {
    for (std::size_t l = 0; l < span_.last; ++l) {
      hidden_before_leaves_ += problem_.network.layers[l].hidden;
    }
    state_.first_block =
        state_.rows.rounded(span_.first, Cells::first_rows(start, state_));
    if (question.felt != nullptr) scout_.emplace(cells_, state_);
    monitor_.stride = 64;
  }

  /// Search what the task names.
  void run(const Task& task) {
    task_ = &task;
    kept_ = state_.result.decisions;
    stopped_ = false;
    std::fill(found_.begin(), found_.end(), 0);
    trail_.begin(task);
    if (state_.trace) state_.trace->begin(!trail_.is_guided());
    begin(0, 0, 1.0);
    if (state_.trace) end_trace();
    if (stopped_) state_.result.rest.push_back(std::move(rest_));
  }

  /// What all tasks have found.
  Enumeration take() {
    if (state_.trace) state_.result.fragments = state_.trace->take();
    return std::move(state_.result);
  }
  std::uint64_t audited() const { return state_.audited; }

 private:
  struct LayerState {
    std::vector<std::uint8_t> lo, hi;  // (stride) digits still possible, by unit
    std::vector<Stage::Cut> pending;   // hyperplanes that cut the cell at its start
    std::deque<Stage> stages;          // stays put while deeper ones are added
  };
  /// Blocks of a node: rows of its layer and, being summed up, of the next.
  struct Blocks {
    std::size_t own = 0, next = 0;
  };

  /// Choose the sides of the start's units from the k-th on, and start there.
  void begin(int k, std::uint64_t index, double share) {
    if (k < Cells::n_start_units(start_)) {
      const Wall wall = Cells::start_unit(start_, k);
      return fork(
          wall, [&] { begin(k + 1, index, share / 2); },
          [&] { begin(k + 1, index | std::uint64_t{1} << k, share / 2); });
    }
    if (!goes_on()) return;
    reset(span_.first);
    state_.path.enter_layer(span_.first);
    const auto mark = cells_.mark();
    LayerState& first = layers_[span_.first];
    Node node = cells_.start(index, first.lo, first.hi);
    enter_layer(span_.first, span_.hidden_before, node, 0, state_.first_block, share);
    cells_.release(mark);
  }

  /// Both sides of a wall, so far as they are the task's.
  template <class Below, class Above>
  void fork(Wall wall, Below&& below, Above&& above) {
    if (!state_.trace) return trail_.fork(below, above, [this] { arrive(); });
    Trace& trace = *state_.trace;
    trace.split(wall);
    trail_.fork(
        below,
        [&] {
          trace.turn();
          above();
        },
        [this] { arrive(); });
    trace.pop();
  }

  /// What came before was another's work.
  void arrive() {
    state_.result.decisions = kept_;
    if (state_.trace) state_.trace->speak();
  }

  void check_arrived() const {
    if (trail_.is_guided()) {
      throw Error(Status::invalid_argument, "a task that this search does not have");
    }
  }

  /// The fragment begins at the task's own node.
  void end_trace() {
    std::vector<std::uint8_t> sides = task_->steps;
    for (std::uint8_t& step : sides) step &= 1;
    state_.trace->end(std::move(sides));
  }

  /// False when the search must stop; the first time, what is left is noted.
  bool goes_on() {
    if (monitor_.goes_on()) return true;
    note_rest();
    return false;
  }

  void note_rest() {
    if (std::exchange(stopped_, true)) return;
    rest_ = {trail_.rest(), trail_.is_guided() ? task_->found : found_};
  }

  /// Every digit of the layer is possible, and no unit is on a break.
  void reset(std::size_t l) {
    const FloatLayer& layer = question_.floats.layers[l];
    layers_[l].lo.assign(layer.stride, 0);
    layers_[l].hi = layer.most_digits;
    state_.clear_on_break(l);
  }

  /// `block` holds the layer's rows, `block_before` those of the layer before.
  void enter_layer(std::size_t l, int hidden, const Node& before,
                   std::size_t block_before, std::size_t block, double share) {
    if (l > span_.last) return leaf(before, block, share);
    state_.path.enter_layer(l);
    if (l != span_.first) reset(l);
    const auto mark = cells_.mark();
    Node node = before;
    cells_.enter_layer(l, node, block_before);
    LayerState& state = layers_[l];
    cells_.settle(l, node, block, state.lo, state.hi);
    if (state_.trace) teller_.settled(l, node, block, state.lo, state.hi);
    const Blocks blocks{block, new_sums(l)};
    sort_units(l, blocks);
    enter_stage(l, hidden, 0, 0, node, blocks, share);
    drop_sums(l, blocks.next);
    cells_.release(mark);
  }

  // Sums over a layer's units that are being made while they are decided: the rows of
  // the next layer, or for the last one what is felt of those before, if anybody asks.

  std::size_t new_sums(std::size_t l) {
    if (l < span_.last) return state_.rows.biases(l + 1);
    return scout_ ? scout_->felt.block() : 0;
  }

  std::size_t copied_sums(std::size_t l, std::size_t from) {
    if (l < span_.last) return state_.rows.copied(l + 1, from);
    return scout_ ? scout_->felt.copied(from) : 0;
  }

  void drop_sums(std::size_t l, std::size_t block) {
    if (l < span_.last) return state_.rows.drop(block);
    if (scout_) scout_->felt.drop(block);
  }

  /// Units of one word of a layer whose digit is known add their part.
  void add_units(std::size_t l, int first, std::uint64_t units, const Blocks& blocks) {
    if (l < span_.last) {
      state_.rows.contribute(l, first, units, state_.digits[l].data(), blocks.own);
    } else if (scout_) {
      scout_->felt.add(blocks.next, first, units);
    }
  }

  /// All of them have been added.
  void end_sums(std::size_t l, const Blocks& blocks) {
    if (l < span_.last) state_.rows.add_noted(l, blocks.next);
  }

  /// Units whose digit is known add their part to the next layer; the hyperplanes of
  /// the others are pending.
  void sort_units(std::size_t l, const Blocks& blocks) {
    LayerState& state = layers_[l];
    const FloatLayer& layer = question_.floats.layers[l];
    const std::uint8_t *const los = state.lo.data(), *const his = state.hi.data();
    std::copy_n(los, layer.n_out, state_.digits[l].data());
    state.pending.clear();
    for (int first = 0; first < layer.n_out; first += 64) {
      const int n = std::min(layer.n_out - first, 64);
      std::uint64_t open = 0;
      if (layer.plain) {
        open = bits_of(los + first, n) ^ bits_of(his + first, n);
      } else {
        for (int i = 0; i < n; ++i) {
          open |= std::uint64_t{los[first + i] < his[first + i]} << i;
        }
      }
      const std::uint64_t loud = loud_units(layer, los, first);
      add_units(l, first, loud & ~open, blocks);
      for (; open != 0; open &= open - 1) {
        const int unit = first + __builtin_ctzll(open);
        for (int j = los[unit]; j < his[unit]; ++j) {
          state.pending.push_back({unit, j, 0, los[unit]});
        }
      }
    }
    end_sums(l, blocks);
  }

  /// Decide the pending hyperplanes from `at` on, as many at once as a stage holds.
  void enter_stage(std::size_t l, int hidden, std::size_t number, std::size_t at,
                   const Node& before, const Blocks& blocks, double share) {
    LayerState& state = layers_[l];
    if (at == state.pending.size())
      return leave_layer(l, hidden, before, blocks, share);
    if (state.stages.size() <= number) state.stages.resize(number + 1);
    Stage& stage = state.stages[number];
    stage.layer = l;
    stage.hidden = hidden;
    stage.n = 0;
    while (at < state.pending.size()) {
      const int unit = state.pending[at].unit;
      const int n = state.hi[unit] - state.lo[unit];
      if (stage.n + n > stage_size) break;
      const std::uint64_t bits =
          n == 64 ? ~std::uint64_t{0} : ((std::uint64_t{1} << n) - 1) << stage.n;
      for (int k = 0; k < n; ++k, ++at) {
        stage.cuts[stage.n] = state.pending[at];
        stage.cuts[stage.n++].siblings = bits;
      }
    }
    const auto mark = cells_.mark();
    Node node = before;
    cells_.load(stage, node, blocks.own);
    const Position position{&stage, number + 1, at, at == state.pending.size()};
    branch(position, node, stage.all(), 0, 0, blocks, share);
    cells_.release(mark);
  }

  /// Where in the layer's list of hyperplanes the search is.
  struct Position {
    const Stage* stage;
    std::size_t next_stage, next_at;
    bool last_stage;
  };

  /// Decide the open hyperplanes of a stage on a node.  `above`: those decided so far
  /// on whose upper side it lies; `fresh`: the one that the split just decided.
  void branch(const Position& position, Node& node, std::uint64_t open,
              std::uint64_t above, std::uint64_t fresh, const Blocks& blocks,
              double share) {
    if (!goes_on()) return;
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

  /// A node that open hyperplanes of its stage cut, one of which comes first.
  struct Open {
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

  /// Whether leaves below the last hyperplanes of all need not be made.
  bool makes_none(const Open& at) const {
    return at.stage().layer == span_.last && at.position.last_stage && !question_.store;
  }
  bool is_pair(const Open& at) const {
    return makes_none(at) && at.rest() == 0 &&
           !(state_.trace && state_.trace->has_loose());
  }
  /// Whether neither child of a pair can merge, if anybody asks.
  bool both_alone(const Open& at) {
    return !scout_ || scout_->both_alone(at.node, at.stage(), at.split,
                                         at.digit_below(), at.blocks.next);
  }

  /// Both leaves of a pair without any cut, where it is certain that they are there.
  bool ends_uncut(const Open& at) {
    if constexpr (Cells::children_are_certain) {
      if (is_pair(at) && both_alone(at)) {
        take_both(at);
        return true;
      }
    }
    return false;
  }

  /// What the cut shows of leaves without their being made; or that only one side is
  /// there.
  bool ends_at_cut(const Open& at) {
    if constexpr (Cells::children_are_certain) {
      if (!makes_none(at) || state_.trace || scout_) return false;
      const int n = cells_.n_leaves(at.node, at.split, at.rest());
      if (n > 0) count_leaves(n, at.stage().hidden, at.share);
      return n > 0;
    } else {
      const bool pair = is_pair(at);
      const bool shown = (pair || state_.trace) && cells_.shows_both(at.node);
      if (pair && shown && both_alone(at)) {
        take_both(at);
        return true;
      }
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
    fork(
        stage.wall(at.split),
        [&] {
          const auto mark = cells_.mark();
          Node below = cells_.child(stage, at.node, at.split, -1);
          Blocks own = at.blocks;
          own.next = copied_sums(stage.layer, own.next);
          branch(at.position, below, at.rest(), at.above, at.bit(), own, at.share / 2);
          drop_sums(stage.layer, own.next);
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

  /// Leave work for a waiting worker, once there is a region on this side.
  void give() {
    Task task;
    if (stopped_ || !question_.crew.hungry() || !trail_.give(task)) return;
    task.found.assign(found_.size(), 1);
    question_.crew.give(std::move(task));
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
    end_sums(stage.layer, blocks);
  }

  void decide(std::size_t l, int unit, int digit, const Blocks& blocks) {
    state_.digits[l][unit] = static_cast<std::uint8_t>(digit);
    add_units(l, unit, 1, blocks);
  }

  void leave_layer(std::size_t l, int hidden, const Node& node, const Blocks& blocks,
                   double share) {
    const bool counts = problem_.network.layers[l].hidden;
    if (!counts || l == span_.last) {
      return enter_layer(l + 1, hidden, node, blocks.own, blocks.next, share);
    }
    // Nodes of this layer count once something is found below them.
    const std::uint8_t known = trail_.is_guided() ? task_->found[hidden] : 0;
    const std::uint8_t found = std::exchange(found_[hidden], known);
    enter_layer(l + 1, hidden + 1, node, blocks.own, blocks.next, share);
    found_[hidden] = found;
  }

  void note_found(int hidden) {
    for (int k = hidden - 1; k >= span_.hidden_before && found_[k] == 0; --k) {
      found_[k] = 1;
      ++state_.result.per_layer[k];
    }
  }

  /// Hand the node to exact integers: the engine has no room or no usable float.
  void exactly(const Position& position, const Node& node, std::uint64_t open,
               std::uint64_t above) {
    const Stage& stage = *position.stage;
    const LayerState& state = layers_[stage.layer];
    Subtree subtree{
        stage.layer, stage.hidden, state_.digits, state_.on_break, state.lo, state.hi,
        {}};
    for (std::size_t k = 0; k < position.next_at; ++k) {
      const int unit = state.pending[k].unit;
      subtree.lo[unit] = subtree.hi[unit] = state_.digits[stage.layer][unit];
    }
    for (int bit = 0; bit < stage.n; ++bit) {
      narrow(subtree, stage, bit, open, above);
    }
    subtree.rows = cells_.walls(node);
    check_arrived();
    const Savepoint before(state_.result, monitor_.regions);
    const Trace::Mark told = state_.trace ? state_.trace->mark() : Trace::Mark{};
    const bool keep = question_.store || scout_.has_value();
    continue_rational(problem_, monitor_, keep, std::move(subtree), state_.result,
                      state_.trace ? &*state_.trace : nullptr);
    if (!monitor_.goes_on()) {
      if (question_.resumable) before.restore(state_.result, monitor_.regions);
      if (state_.trace) state_.trace->back_to(told);
      note_rest();
    }
    if (monitor_.regions > before.n_regions) note_found(stage.hidden);
    give();
  }

  /// The digits that are left to the unit of a hyperplane.  Of its breaks those farther
  /// out than one that is decided may be open still: they are claimed here.
  void narrow(Subtree& subtree, const Stage& stage, int bit, std::uint64_t open,
              std::uint64_t above) {
    const Stage::Cut& cut = stage.cuts[bit];
    if ((cut.siblings & ((std::uint64_t{1} << bit) - 1)) != 0) return;  // once a unit
    int lo = cut.base, hi = cut.base + __builtin_popcountll(cut.siblings);
    const auto each = [&](std::uint64_t bits, auto&& look) {
      for (; bits != 0; bits &= bits - 1) look(__builtin_ctzll(bits));
    };
    each(cut.siblings & above,
         [&](int b) { lo = std::max(lo, stage.cuts[b].index + 1); });
    each(cut.siblings & ~above & ~open,
         [&](int b) { hi = std::min(hi, stage.cuts[b].index); });
    each(cut.siblings & open, [&](int b) {
      const int index = stage.cuts[b].index;
      if (state_.trace && (index < lo || index >= hi)) {
        state_.trace->claim_exactly(stage.wall(b));
      }
    });
    subtree.lo[cut.unit] = static_cast<std::uint8_t>(lo);
    subtree.hi[cut.unit] = static_cast<std::uint8_t>(hi);
  }

  std::size_t bytes_kept() const {
    return bytes_of(state_.result.cells) + bytes_of(state_.result.candidates) +
           (state_.trace ? state_.trace->bytes() : 0);
  }

  /// Leaves below the last hyperplanes of all need not be made to be counted.
  void count_leaves(int n, int hidden, double share) {
    check_arrived();
    for (int i = 0; i < n; ++i) {
      if (!monitor_.takes_region(bytes_kept())) {
        if (question_.resumable) monitor_.regions -= static_cast<std::uint64_t>(i);
        return note_rest();
      }
      if (!question_.resumable || i + 1 == n) note_found(hidden);
    }
    monitor_.share += share;
    give();
  }

  /// Leaves on both sides of the last hyperplane of all, which merge with none.
  void take_both(const Open& at) {
    const Stage& stage = at.stage();
    if (!state_.trace) return count_leaves(2, stage.hidden, at.share);
    cells_.halve(stage, at.node, at.split);
    std::uint8_t& digit = state_.digits[stage.layer][stage.cuts[at.split].unit];
    const int below = at.digit_below();
    const auto tell = [&](int side) {
      if (!goes_on()) return;
      check_arrived();
      if (!takes_leaf(at.share / 2)) return;
      digit = static_cast<std::uint8_t>(below + (side > 0));
      teller_.half(side);
      give();
    };
    fork(stage.wall(at.split), [&] { tell(-1); }, [&] { tell(1); });
  }

  /// Count a leaf; false when the search must stop.
  bool takes_leaf(double share) {
    if (!monitor_.takes_region(bytes_kept())) {
      note_rest();
      return false;
    }
    monitor_.share += share;
    note_found(hidden_before_leaves_);
    return true;
  }

  /// `block`: the sums of the last layer.
  void leaf(const Node& node, std::size_t block, double share) {
    if (!goes_on()) return;
    check_arrived();
    const double* point = nullptr;
    const bool wants_point = question_.store || state_.trace;
    if (!cells_.leaf(node, wants_point, point)) {
      if (state_.trace) throw Error(Status::internal, "a leaf without interior");
      monitor_.share += share;
      return;
    }
    if (!takes_leaf(share)) return;
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
      append_cell(state_.result.cells, problem_, state_.digits, state_.on_break, point);
    }
    give();
  }

  const Question& question_;
  const typename Cells::Start& start_;
  const Problem& problem_;
  const LayerSpan& span_;
  Monitor& monitor_;
  PathState state_;
  std::vector<LayerState> layers_;
  Cells cells_;
  Teller<Cells> teller_;
  int hidden_before_leaves_ = 0;

  std::optional<MergeScout<Cells>> scout_;  // when linear regions are counted

  const Task* task_ = nullptr;
  Trail trail_;
  Decisions kept_;        // before the replay of a trail, which is another's work
  bool stopped_ = false;  // before the task was done
  Task rest_;
  std::vector<std::uint8_t> found_;  // by hidden layer: its current node counts already
};

}  // namespace polyregions::POLYREGIONS_ISA
