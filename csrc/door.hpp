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

/// A part of a search, given by bytes.
inline void add_task(Order& order, const std::string& steps, const std::string& found) {
  order.tasks.push_back({{steps.begin(), steps.end()}, {found.begin(), found.end()}});
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
