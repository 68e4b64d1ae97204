// SPDX-License-Identifier: MIT
// One task of a search: the way to its current node, the nodes and leaves that count on
// it, when it stops, and what is left of it then.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "isa.hpp"
#include "path_state.hpp"
#include "rational_engine.hpp"
#include "search.hpp"
#include "status.hpp"
#include "trail.hpp"

namespace polyregions::POLYREGIONS_ISA {

class TaskRun {
 public:
  TaskRun(PathState& state, Monitor& monitor)
      : question_(state.question),
        state_(state),
        monitor_(monitor),
        found_(question_.problem.network.n_hidden(), 0) {
    monitor_.stride = 64;
  }

  void begin(const Task& task) {
    task_ = &task;
    kept_ = state_.result.decisions;
    stopped_ = false;
    std::fill(found_.begin(), found_.end(), 0);
    trail_.begin(task);
    if (state_.trace) state_.trace->begin(!trail_.is_guided());
  }
  void end() {
    if (state_.trace) end_trace();
    if (stopped_) state_.result.rest.push_back(std::move(rest_));
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

  void check_arrived() const {
    if (trail_.is_guided()) {
      throw Error(Status::invalid_argument, "a task that this search does not have");
    }
  }

  /// False when the search must stop; the first time, what is left is noted.
  bool goes_on() {
    if (monitor_.goes_on()) return true;
    note_rest();
    return false;
  }

  /// A node of a hidden layer counts once something is found below it.  Returns what to
  /// leave it with, which is that of the node around.
  std::uint8_t enter_hidden(int hidden) {
    const std::uint8_t known = trail_.is_guided() ? task_->found[hidden] : 0;
    return std::exchange(found_[hidden], known);
  }
  void leave_hidden(int hidden, std::uint8_t found) { found_[hidden] = found; }

  /// Count a leaf, behind so many hidden layers; false when the search must stop.
  bool takes_leaf(int hidden, double share) {
    if (!monitor_.takes_region(bytes_kept())) {
      note_rest();
      return false;
    }
    monitor_.share += share;
    note_found(hidden);
    return true;
  }

  /// Count n leaves that are not made.
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

  /// What cannot have a region.
  void pass(double share) { monitor_.share += share; }

  /// Search below a node in exact integers.
  void search_exactly(Subtree node, bool keeps_cells) {
    check_arrived();
    const int hidden = node.hidden;
    const Savepoint before(state_.result, monitor_.regions);
    const Trace::Mark told = state_.trace ? state_.trace->mark() : Trace::Mark{};
    continue_rational(question_.problem, monitor_, keeps_cells, std::move(node),
                      state_.result, state_.trace ? &*state_.trace : nullptr);
    if (!monitor_.goes_on()) {
      if (question_.resumable) before.restore(state_.result, monitor_.regions);
      if (state_.trace) state_.trace->back_to(told);
      note_rest();
    }
    if (monitor_.regions > before.n_regions) note_found(hidden);
    give();
  }

  /// Leave work for a waiting worker, once there is a region on this side.
  void give() {
    Task task;
    if (stopped_ || !question_.crew.hungry() || !trail_.give(task)) return;
    task.found.assign(found_.size(), 1);
    question_.crew.give(std::move(task));
  }

 private:
  /// What came before was another's work.
  void arrive() {
    state_.result.decisions = kept_;
    if (state_.trace) state_.trace->speak();
  }

  /// The fragment begins at the task's own node.
  void end_trace() {
    std::vector<std::uint8_t> sides = task_->steps;
    for (std::uint8_t& step : sides) step &= 1;
    state_.trace->end(std::move(sides));
  }

  void note_rest() {
    if (std::exchange(stopped_, true)) return;
    rest_ = {trail_.rest(), trail_.is_guided() ? task_->found : found_};
  }

  void note_found(int hidden) {
    const int hidden_before = question_.span.hidden_before;
    for (int k = hidden - 1; k >= hidden_before && found_[k] == 0; --k) {
      found_[k] = 1;
      ++state_.result.per_layer[k];
    }
  }

  std::size_t bytes_kept() const {
    return bytes_of(state_.result.cells) + bytes_of(state_.result.candidates) +
           (state_.trace ? state_.trace->bytes() : 0);
  }

  const Question& question_;
  PathState& state_;
  Monitor& monitor_;
  const Task* task_ = nullptr;
  Trail trail_;
  Decisions kept_;        // before the replay of a trail, which is another's work
  bool stopped_ = false;  // before the task was done
  Task rest_;
  std::vector<std::uint8_t> found_;  // by hidden layer: its current node counts already
};

}  // namespace polyregions::POLYREGIONS_ISA
