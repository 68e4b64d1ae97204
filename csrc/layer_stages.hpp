// SPDX-License-Identifier: MIT
// The hyperplanes of one layer that cut the cell at its start, in stages of as many as
// are decided together; and what is left of them for exact integers.
#pragma once

#include <algorithm>
#include <deque>
#include <vector>

#include "isa.hpp"
#include "lanes.hpp"
#include "path_state.hpp"
#include "rational_engine.hpp"
#include "search.hpp"

namespace polyregions::POLYREGIONS_ISA {

struct LayerStages {
  std::vector<std::uint8_t> lo, hi;  // (stride) digits still possible, by unit
  std::vector<Stage::Cut> pending;   // hyperplanes that cut the cell at its start
  std::deque<Stage> stages;          // stays put while deeper ones are added

  /// Every digit is possible.
  void reset(const FloatLayer& layer) {
    lo.assign(layer.stride, 0);
    hi = layer.most_digits;
  }

  /// Those of a word of units that have a hyperplane which cuts the cell.
  std::uint64_t open_units(const FloatLayer& layer, int first) const {
    const int n = std::min(layer.n_out - first, 64);
    const std::uint8_t *const los = lo.data() + first, *const his = hi.data() + first;
    if (layer.plain) return bits_of(los, n) ^ bits_of(his, n);
    std::uint64_t open = 0;
    for (int i = 0; i < n; ++i) open |= std::uint64_t{los[i] < his[i]} << i;
    return open;
  }

  /// All of a unit's that do are pending.
  void push(int unit) {
    for (int j = lo[unit]; j < hi[unit]; ++j) pending.push_back({unit, j, 0, lo[unit]});
  }

  Stage& stage(std::size_t number) {
    if (stages.size() <= number) stages.resize(number + 1);
    return stages[number];
  }

  /// Put the pending ones from `at` on into a stage, as many as it holds; returns where
  /// the next stage begins.
  std::size_t fill(Stage& stage, std::size_t at) const {
    stage.n = 0;
    while (at < pending.size()) {
      const int unit = pending[at].unit;
      const int n = hi[unit] - lo[unit];
      if (stage.n + n > stage_size) break;
      const std::uint64_t bits =
          n == 64 ? ~std::uint64_t{0} : ((std::uint64_t{1} << n) - 1) << stage.n;
      for (int k = 0; k < n; ++k, ++at) {
        stage.cuts[stage.n] = pending[at];
        stage.cuts[stage.n++].siblings = bits;
      }
    }
    return at;
  }
};

/// The digits that are left to the unit of a hyperplane.  Of its breaks those farther
/// out than one that is decided may be open still: they are claimed here.
inline void narrow(Subtree& subtree, PathState& state, const Stage& stage, int bit,
                   std::uint64_t open, std::uint64_t above) {
  const Stage::Cut& cut = stage.cuts[bit];
  if ((cut.siblings & ((std::uint64_t{1} << bit) - 1)) != 0) return;  // once a unit
  int lo = cut.base, hi = cut.base + __builtin_popcountll(cut.siblings);
  const auto each = [&](std::uint64_t bits, auto&& look) {
    for (; bits != 0; bits &= bits - 1) look(__builtin_ctzll(bits));
  };
  each(cut.siblings & above,
       [&](int b) { lo = std::max(lo, stage.cuts[b].index + 1); });
  each(cut.siblings & ~above & ~open,
       [&](int b) { hi = std::min(hi, stage.cuts[b].index); });
  each(cut.siblings & open, [&](int b) {
    const int index = stage.cuts[b].index;
    if (state.trace && (index < lo || index >= hi)) {
      state.trace->claim_exactly(stage.wall(b));
    }
  });
  subtree.lo[cut.unit] = static_cast<std::uint8_t>(lo);
  subtree.hi[cut.unit] = static_cast<std::uint8_t>(hi);
}

/// The tree below a node of a stage, but for its rows: `open` hyperplanes are left, of
/// the others the node lies on the upper side of those `above`.  `next`: of the
/// pending, the first behind the stage.
inline Subtree subtree_below(PathState& state, const LayerStages& layer,
                             const Stage& stage, std::size_t next, std::uint64_t open,
                             std::uint64_t above) {
  Subtree out{
      stage.layer, stage.hidden, state.digits, state.on_break, layer.lo, layer.hi, {}};
  for (std::size_t k = 0; k < next; ++k) {
    const int unit = layer.pending[k].unit;
    out.lo[unit] = out.hi[unit] = state.digits[stage.layer][unit];
  }
  for (int bit = 0; bit < stage.n; ++bit) narrow(out, state, stage, bit, open, above);
  return out;
}

}  // namespace polyregions::POLYREGIONS_ISA
