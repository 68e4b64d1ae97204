// SPDX-License-Identifier: MIT
// Several workers on one search tree, by work stealing.
//
// A task names a node by the way to it, the side taken at every fork.  A worker replays
// that way, which the search being deterministic leads to the very node that was left
// out; so a task is a few bytes for every engine, nothing is copied, and counts, cells
// and counters are the same for any number of workers.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "cells.hpp"
#include "monitor.hpp"

namespace polyregions {

class Crew {
 public:
  /// `monitor` is that of the calling thread, worker 0.
  Crew(Monitor& monitor, int n_workers);

  /// Run the tasks: `work(worker)` takes tasks until there are none.  It is called here
  /// for worker 0, and in threads of their own for the others once the search has
  /// lasted a few milliseconds.  Rethrows what a worker threw.
  void run(std::vector<Task> tasks, std::function<void(int)> work);

  /// Somebody waits for a task that nobody has given yet.
  bool hungry() const {
    return waiting_.load(std::memory_order_relaxed) >
           queued_.load(std::memory_order_relaxed);
  }

  void give(Task task);

  /// Wait for a task; empty when all is done, or stopped.  `had_one`: the worker has
  /// finished the task it took before.
  std::optional<Task> take(Monitor& monitor, bool had_one);

  /// Tasks that nobody took, when all workers are done.
  std::vector<Task> rest() const { return {tasks_.begin(), tasks_.end()}; }

  // For the workers' monitors.
  void publish(int worker, std::uint64_t regions, double share, std::size_t bytes);
  void totals(std::uint64_t& regions, double& share) const;
  std::size_t bytes_of_others(int worker) const;
  std::uint64_t next_region() { return taken_.fetch_add(1, std::memory_order_relaxed); }
  void stop(Outcome why);
  Outcome outcome() const {
    return static_cast<Outcome>(outcome_.load(std::memory_order_relaxed));
  }

  /// Start the other workers if the search has lasted long enough to be shared.
  void open_shop(double seconds);

 private:
  struct Published {
    std::atomic<std::uint64_t> regions{0};
    std::atomic<double> share{0.0};
    std::atomic<std::size_t> bytes{0};
  };
  void guarded(int worker);

  Monitor& monitor_;
  const int n_workers_;
  std::vector<Published> published_;
  std::function<void(int)> work_;
  std::vector<std::thread> threads_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_;
  int active_ = 0;  // workers that have a task
  std::exception_ptr error_;
  std::atomic<int> waiting_{0}, queued_{0};
  std::atomic<int> outcome_{0};
  std::atomic<std::uint64_t> taken_{0};
};

}  // namespace polyregions
