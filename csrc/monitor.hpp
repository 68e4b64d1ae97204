// SPDX-License-Identifier: MIT
// Budgets, interrupts and progress of a search; results are partial but valid.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace polyregions {

enum class Outcome : int { complete = 0, budget = 1, interrupted = 2 };

class Monitor {
 public:
  /// Called now and then with the regions so far and the share of the tree done;
  /// a return value other than 0 interrupts the search.
  using Callback = int (*)(void* context, std::uint64_t regions, double share);

  std::uint64_t max_regions = std::numeric_limits<std::uint64_t>::max();
  std::size_t max_bytes = std::numeric_limits<std::size_t>::max();
  double max_seconds = std::numeric_limits<double>::infinity();
  Callback callback = nullptr;
  void* context = nullptr;

  Outcome outcome = Outcome::complete;
  std::uint64_t regions = 0;
  double share = 0.0;

  /// The clock is read at every `stride`-th question only; a power of two.
  unsigned stride = 1;

  /// False when the search must stop.
  bool goes_on() {
    if (outcome != Outcome::complete) return false;
    if ((++asked_ & (stride - 1)) != 0) return true;
    const auto now = Clock::now();
    if (now - start_ > std::chrono::duration<double>(max_seconds)) {
      outcome = Outcome::budget;
    } else if (callback != nullptr && now - last_ > std::chrono::milliseconds(50)) {
      last_ = now;
      if (callback(context, regions, share) != 0) outcome = Outcome::interrupted;
    }
    return outcome == Outcome::complete;
  }

  /// True when one more region of `bytes` stored in all fits the budgets; counts it.
  bool takes_region(std::size_t bytes) {
    if (!goes_on()) return false;
    if (regions >= max_regions || bytes > max_bytes) {
      outcome = Outcome::budget;
      return false;
    }
    ++regions;
    return true;
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_ = start_;
  unsigned asked_ = 0;
};

}  // namespace polyregions
