// SPDX-License-Identifier: MIT
// Where a search is: the rows, digits and exact maps of its current path, and what it
// has found.
#pragma once

#include <optional>
#include <vector>

#include "isa.hpp"
#include "row_blocks.hpp"
#include "search.hpp"
#include "status.hpp"
#include "trace.hpp"

namespace polyregions::POLYREGIONS_ISA {

struct PathState {
  explicit PathState(const Question& question_)
      : question(question_),
        rows(question.floats, question.problem.search.dim),
        digits(zero_digits(question.problem.network)),
        on_break(question.problem.layout.n_columns(), 0),
        path(question.problem, digits) {
    if (question.traced) trace.emplace(question.problem, path, question.traced_linear);
    result.per_layer.assign(question.problem.network.n_hidden(), 0);
    for (std::size_t l = 0; l < digits.size(); ++l) {
      digits[l].resize(question.floats.layers[l].stride, 0);  // whole words
    }
  }

  /// The unit's function is identically its break on the current cell.
  void note_on_break(std::size_t l, int unit) {
    const int column = question.problem.layout.column_of[l][unit];
    if (column >= 0) on_break[column] = 1;
    flagged = true;
  }

  /// No unit of the layer is known to be on a break.
  void clear_on_break(std::size_t l) {
    if (!flagged) return;
    for (const int column : question.problem.layout.column_of[l]) {
      if (column >= 0) on_break[column] = 0;
    }
  }

  /// True for the decisions that are to be taken again in integers.
  bool audits() {
    if (question.audit_every == 0 || ++asked_ % question.audit_every != 0) return false;
    ++audited;
    return true;
  }

  /// What an audit found.
  static void expect(bool agrees) {
    if (!agrees) throw Error(Status::internal, "a filter's error bound is too small");
  }

  const Question& question;
  RowBlocks rows;
  Digits digits;
  std::vector<std::uint8_t> on_break;
  ExactPath path;
  std::optional<Trace> trace;   // when a certificate is written
  std::size_t first_block = 0;  // of the first cutting layer
  bool flagged = false;         // some unit was on a break at some time
  Enumeration result;
  std::uint64_t audited = 0;

 private:
  std::uint64_t asked_ = 0;
};

}  // namespace polyregions::POLYREGIONS_ISA
