// SPDX-License-Identifier: MIT
// Sums over a layer's units that are made while these are decided: the rows of the next
// layer, or for the last one what the outputs feel of those before, if anybody asks.
#pragma once

#include "felt.hpp"
#include "isa.hpp"
#include "path_state.hpp"

namespace polyregions::POLYREGIONS_ISA {

/// Blocks of a node: rows of its layer and, being summed up, of the next.
struct Blocks {
  std::size_t own = 0, next = 0;
};

class PathSums {
 public:
  /// `felt`: nullptr where nobody asks.
  PathSums(PathState& state, Felt* felt)
      : state_(state), last_(state.question.span.last), felt_(felt) {}

  /// A block to which no unit of layer l has added yet.
  std::size_t begin(std::size_t l) {
    if (l < last_) return state_.rows.biases(l + 1);
    return felt_ != nullptr ? felt_->block() : 0;
  }

  std::size_t copied(std::size_t l, std::size_t from) {
    if (l < last_) return state_.rows.copied(l + 1, from);
    return felt_ != nullptr ? felt_->copied(from) : 0;
  }

  void drop(std::size_t l, std::size_t block) {
    if (l < last_) return state_.rows.drop(block);
    if (felt_ != nullptr) felt_->drop(block);
  }

  /// Units of one word of a layer whose digit is known add their part.
  void add(std::size_t l, int first, std::uint64_t units, const Blocks& blocks) {
    if (l < last_) {
      state_.rows.contribute(l, first, units, state_.digits[l].data(), blocks.own);
    } else if (felt_ != nullptr) {
      felt_->add(blocks.next, first, units);
    }
  }

  /// All of them have been added.
  void end(std::size_t l, const Blocks& blocks) {
    if (l < last_) state_.rows.add_noted(l, blocks.next);
  }

 private:
  PathState& state_;
  const std::size_t last_;
  Felt* const felt_;
};

}  // namespace polyregions::POLYREGIONS_ISA
