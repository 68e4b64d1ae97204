// SPDX-License-Identifier: MIT
// The same work in several threads, the caller's among them.
#pragma once

#include <atomic>
#include <cstddef>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace polyregions {

/// Call work(true) here and work(false) in n - 1 other threads, in fewer where the
/// system gives no more.  What one of them throws sets `stopped`, and is rethrown at
/// the end.
template <class Work>
void run_in_threads(std::size_t n, std::atomic<bool>& stopped, const Work& work) {
  std::mutex mutex;
  std::exception_ptr error;
  const auto guarded = [&](bool is_first) {
    try {
      work(is_first);
    } catch (...) {
      const std::lock_guard<std::mutex> lock(mutex);
      if (!error) error = std::current_exception();
      stopped = true;
    }
  };
  std::vector<std::thread> threads;
  try {
    for (std::size_t k = 1; k < n; ++k) {
      threads.emplace_back([&guarded] { guarded(false); });
    }
  } catch (const std::system_error&) {
    // Those that there are do the work.
  }
  guarded(true);
  for (std::thread& thread : threads) thread.join();
  if (error) std::rethrow_exception(error);
}

}  // namespace polyregions
