// SPDX-License-Identifier: MIT
// The way to the current node of a depth-first search, what of it may be given away,
// and what is left of the search where it stops.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "crew.hpp"

namespace polyregions {

class Trail {
 public:
  /// Begin at the root; the task's steps are followed first.
  void begin(const Task& task) {
    guide_ = task.steps;
    guided_ = !guide_.empty();
    sides_.clear();
    forks_.clear();
    lowest_ = 0;
  }

  /// On the way to the task's own node, which is another's work.
  bool is_guided() const { return guided_; }

  /// Search below and above, so far as they are the task's; above may be given away
  /// meanwhile.  `arrive` is called where the guide ends.
  template <class Below, class Above, class Arrive>
  void fork(Below&& below, Above&& above, Arrive&& arrive) {
    const Step step = guided_ ? guide_[sides_.size()] : both;
    sides_.push_back(0);
    forks_.push_back((step & keeps_above) != 0);
    if ((step & to_above) == 0) below();
    if (forks_.back() || (step & to_above) != 0) {
      forks_.back() = false;
      sides_.back() = 1;
      if (guided_ && sides_.size() == guide_.size()) {
        guided_ = false;
        arrive();
      }
      above();
    }
    sides_.pop_back();
    forks_.pop_back();
    lowest_ = std::min(lowest_, forks_.size());
  }

  /// Take the upper child of the fork nearest to the root; false when there is none.
  bool give(Task& task) {
    while (lowest_ < forks_.size() && !forks_[lowest_]) ++lowest_;
    if (lowest_ == forks_.size()) return false;
    forks_[lowest_] = false;
    task.steps.assign(sides_.begin(),
                      sides_.begin() + static_cast<std::ptrdiff_t>(lowest_));
    task.steps.push_back(to_above);
    return true;
  }

  /// What is left of the task: it begins at the newest upper child, below which no leaf
  /// is done yet, for leaves come in the order of the tree.
  std::vector<std::uint8_t> rest() const {
    if (guided_) return guide_;
    std::size_t n = sides_.size();
    while (n > 0 && sides_[n - 1] == 0) --n;
    std::vector<std::uint8_t> out;
    for (std::size_t i = 0; i < n; ++i) {
      out.push_back(sides_[i] != 0 ? to_above : forks_[i] ? keeps_above : 0);
    }
    return out;
  }

 private:
  // A step of a task: the side that the guide takes, and below it whether the other
  // side is the task's too.
  using Step = std::uint8_t;
  static constexpr Step to_above = 1, keeps_above = 2, both = 2;

  std::vector<std::uint8_t> guide_, sides_;
  std::vector<char> forks_;  // by side: the child above is still to be searched
  bool guided_ = false;
  std::size_t lowest_ = 0;  // no fork below is open
};

}  // namespace polyregions
