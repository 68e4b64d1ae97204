// SPDX-License-Identifier: MIT
// Budgets, interrupts and progress of a search; results are partial but valid.
//
// Every worker of a crew has a monitor of its own; they share the budgets through the
// crew.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace polyregions {

enum class Outcome : int { complete = 0, budget = 1, interrupted = 2 };

class Crew;

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
  std::size_t bytes = 0;  // stored so far

  /// For tests: about every so many certified decisions is taken again in integers,
  /// which must agree; 0 for none.
  unsigned audit_every = 0;
  std::uint64_t audited = 0;

  /// The clock is read at every `stride`-th question only; a power of two.
  unsigned stride = 1;

  /// The others that share the budgets; nullptr for a search by one thread.
  Crew* crew = nullptr;
  int worker = 0;

  /// False when the search must stop.
  bool goes_on() {
    if (outcome != Outcome::complete) return false;
    if ((++asked_ & (stride - 1)) != 0) return true;
    return look();
  }

  /// True when one more region fits the budgets, `stored` bytes being kept so far by
  /// this monitor's search; counts it.
  bool takes_region(std::size_t stored) {
    if (!goes_on()) return false;
    bytes = stored;
    if (!fits()) {
      stop(Outcome::budget);
      return false;
    }
    ++regions;
    return true;
  }

  /// Read the clock and ask the others now.
  bool look();

  /// End the search, and that of the crew.
  void stop(Outcome why);

  double seconds() const {
    return std::chrono::duration<double>(Clock::now() - start_).count();
  }

 private:
  using Clock = std::chrono::steady_clock;
  bool fits();
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_ = start_;
  unsigned asked_ = 0;
};

}  // namespace polyregions
