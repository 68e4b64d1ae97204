// SPDX-License-Identifier: MIT
// HiGHS through its C interface, out of the library that the highspy wheel brings.
//
// Everything here is a proposal in floating point.  No status and no value of it is
// ever believed: decider.cpp checks each in exact integers.  Only this file and its
// .cpp know HiGHS.
#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace polyregions {

/// How proposals are spoilt on purpose, for tests: answers must not change.
enum class Hints : int { honest = 0, unknown = 1, lies = 2 };

struct Proposal {
  enum class Kind { point, support, unknown } kind = Kind::unknown;
  std::vector<double> point;  // a point of the open set, perhaps
  std::vector<int> support;   // rows that make it empty or redundant, perhaps
};

class Solver {
 public:
  /// Throws solver when the library cannot be loaded.
  Solver(const std::string& library, Hints hints, std::uint64_t seed);
  ~Solver();
  Solver(const Solver&) = delete;
  Solver& operator=(const Solver&) = delete;

  /// A point deep inside {rows > 0}: maximise t with row . (1, y) >= t |row|, t <= 1;
  /// or the rows of a proof that there is none.  rows: (n, dim + 1) doubles.
  Proposal interior(int dim, const std::vector<double>& rows);

  /// A point of {rows >= 0 except row `index`} where that row is negative; or the rows
  /// of a proof that it is redundant.
  Proposal violation(int dim, const std::vector<double>& rows, int index);

  /// Spoils a floating-point hint of someone else like the own proposals.
  void spoil(std::vector<double>& point);

  std::uint64_t calls = 0, unknowns = 0;

 private:
  struct Library;
  struct Program;
  bool solve(const Program& program, std::vector<double>& x,
             std::vector<double>& duals);
  bool solve_once(const Program& program, bool from_scratch, std::vector<double>& x,
                  std::vector<double>& duals);
  Proposal spoilt(int dim, int n_rows);

  std::unique_ptr<Library> library_;
  void* instance_ = nullptr;
  Hints hints_;
  std::mt19937_64 stream_;
};

}  // namespace polyregions
