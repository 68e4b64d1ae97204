// SPDX-License-Identifier: MIT
// Small conversions for _core.pyx: enumerations cross as integers.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "cells.hpp"
#include "decider.hpp"
#include "fast_engines.hpp"
#include "pipeline.hpp"
#include "search.hpp"

namespace polyregions {

inline int outcome_number(Outcome outcome) { return static_cast<int>(outcome); }

inline Keep keep_of(int number) { return static_cast<Keep>(number); }

inline Outcome outcome_of(int number) { return static_cast<Outcome>(number); }

/// A part of a search, given by bytes.  (Strings that Cython makes of Python's would
/// end the process where there is no memory: it makes them outside of any `try`.)
inline void add_task(Order& order, const char* steps, std::size_t n_steps,
                     const char* found, std::size_t n_found) {
  order.tasks.push_back({{steps, steps + n_steps}, {found, found + n_found}});
}

inline Form form_of(int number) { return static_cast<Form>(number); }

/// `library` may be empty: then exact integers alone decide.
inline Decider* new_decider(const std::string& library, int hints, std::uint64_t seed) {
  std::unique_ptr<Solver> solver;
  if (!library.empty()) {
    solver = std::make_unique<Solver>(library, static_cast<Hints>(hints), seed);
  }
  return new Decider(std::move(solver));
}

}  // namespace polyregions
