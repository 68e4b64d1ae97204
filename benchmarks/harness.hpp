// SPDX-License-Identifier: MIT
// What the micro-benchmarks share: times, and one line of JSON a kernel.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>

namespace harness {

/// Best of five batches, in seconds a call; a batch takes about 20 ms.
inline double seconds_a_call(const std::function<void()>& body) {
  using Clock = std::chrono::steady_clock;
  const auto batch = [&](long n) {
    const auto start = Clock::now();
    for (long k = 0; k < n; ++k) body();
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  long n = 1;
  double spent = batch(n);
  while (spent < 5e-3) spent = batch(n *= 4);
  n = static_cast<long>(n * 20e-3 / spent) + 1;
  double best = batch(n);
  for (int k = 1; k < 5; ++k) best = std::min(best, batch(n));
  return best / static_cast<double>(n);
}

/// Time a kernel whose result was right; a wrong one ends the program.
inline void report(const std::string& name, bool right,
                   const std::function<void()>& body) {
  if (!right) {
    std::fprintf(stderr, "%s: the result is wrong\n", name.c_str());
    std::exit(1);
  }
  std::printf("{\"name\": \"%s\", \"seconds\": %.4e}\n", name.c_str(),
              seconds_a_call(body));
  std::fflush(stdout);
}

}  // namespace harness
