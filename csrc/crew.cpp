// SPDX-License-Identifier: MIT
#include "crew.hpp"

#include <chrono>
#include <system_error>
#include <utility>

namespace polyregions {

namespace {

// Shorter searches are not worth the start of a thread.
constexpr double shared_after_seconds = 0.002;

}  // namespace

Crew::Crew(Monitor& monitor, int n_workers)
    : monitor_(monitor), n_workers_(n_workers), published_(n_workers) {}

void Crew::guarded(int worker) {
  try {
    work_(worker);
  } catch (...) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!error_) error_ = std::current_exception();
    outcome_ = static_cast<int>(Outcome::interrupted);
  }
  changed_.notify_all();
}

void Crew::run(std::vector<Task> tasks, std::function<void(int)> work) {
  work_ = std::move(work);
  for (Task& task : tasks) give(std::move(task));
  guarded(0);
  for (std::thread& thread : threads_) thread.join();
  if (error_) std::rethrow_exception(error_);
}

void Crew::open_shop(double seconds) {
  if (!threads_.empty() || n_workers_ == 1 || seconds < shared_after_seconds) return;
  threads_.reserve(static_cast<std::size_t>(n_workers_) - 1);
  try {
    for (int worker = 1; worker < n_workers_; ++worker) {
      threads_.emplace_back([this, worker] { guarded(worker); });
    }
  } catch (const std::system_error&) {
    // The system gives no more threads: those that there are do the work.
  }
}

void Crew::give(Task task) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    tasks_.push_back(std::move(task));
    queued_ = static_cast<int>(tasks_.size());
  }
  changed_.notify_one();
}

std::optional<Task> Crew::take(Monitor& monitor, bool had_one) {
  std::unique_lock<std::mutex> lock(mutex_);
  if (had_one) --active_;
  ++waiting_;
  std::optional<Task> out;
  while (outcome() == Outcome::complete && (!tasks_.empty() || active_ > 0)) {
    if (!tasks_.empty()) {
      out = std::move(tasks_.front());
      tasks_.pop_front();
      queued_ = static_cast<int>(tasks_.size());
      ++active_;
      break;
    }
    changed_.wait_for(lock, std::chrono::milliseconds(20));
    lock.unlock();
    monitor.look();  // Ctrl-C and progress while the others work
    lock.lock();
  }
  --waiting_;
  lock.unlock();
  if (!out) changed_.notify_all();
  return out;
}

void Crew::publish(int worker, std::uint64_t regions, double share, std::size_t bytes) {
  Published& own = published_[worker];
  own.regions.store(regions, std::memory_order_relaxed);
  own.share.store(share, std::memory_order_relaxed);
  own.bytes.store(bytes, std::memory_order_relaxed);
}

void Crew::totals(std::uint64_t& regions, double& share) const {
  regions = 0;
  share = 0.0;
  for (const Published& p : published_) {
    regions += p.regions.load(std::memory_order_relaxed);
    share += p.share.load(std::memory_order_relaxed);
  }
}

std::size_t Crew::bytes_of_others(int worker) const {
  std::size_t total = 0;
  for (std::size_t i = 0; i < published_.size(); ++i) {
    if (static_cast<int>(i) != worker) {
      total += published_[i].bytes.load(std::memory_order_relaxed);
    }
  }
  return total;
}

void Crew::stop(Outcome why) {
  int running = static_cast<int>(Outcome::complete);
  outcome_.compare_exchange_strong(running, static_cast<int>(why));
  changed_.notify_all();
}

}  // namespace polyregions
