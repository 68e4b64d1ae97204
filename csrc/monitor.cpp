// SPDX-License-Identifier: MIT
#include "monitor.hpp"

#include "crew.hpp"

namespace polyregions {

void Monitor::stop(Outcome why) {
  if (outcome == Outcome::complete) outcome = why;
  if (crew != nullptr) crew->stop(outcome);
}

bool Monitor::look() {
  const auto now = Clock::now();
  std::uint64_t all_regions = regions;
  double all_share = share;
  if (crew != nullptr) {
    crew->publish(worker, regions, share, bytes);
    outcome = crew->outcome();
    if (worker == 0) {
      crew->open_shop(std::chrono::duration<double>(now - start_).count());
      crew->totals(all_regions, all_share);
    }
  }
  if (outcome != Outcome::complete) return false;
  if (now - start_ > std::chrono::duration<double>(max_seconds)) {
    stop(Outcome::budget);
  } else if (callback != nullptr && now - last_ > std::chrono::milliseconds(50)) {
    last_ = now;
    if (callback(context, all_regions, all_share) != 0) stop(Outcome::interrupted);
  }
  return outcome == Outcome::complete;
}

bool Monitor::fits() {
  constexpr auto any_regions = std::numeric_limits<std::uint64_t>::max();
  constexpr auto any_bytes = std::numeric_limits<std::size_t>::max();
  if (max_bytes != any_bytes) {
    const std::size_t others = crew == nullptr ? 0 : crew->bytes_of_others(worker);
    if (bytes + others > max_bytes) return false;
  }
  if (max_regions == any_regions) return true;
  return (crew == nullptr ? regions : crew->next_region()) < max_regions;
}

}  // namespace polyregions
