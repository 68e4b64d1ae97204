// SPDX-License-Identifier: MIT
#include "dictionary_engine.hpp"

#include <cmath>
#include <memory>
#include <utility>

#include "bottleneck.hpp"
#include "dictionary.hpp"
#include "dictionary_start.hpp"
#include "exact_path.hpp"
#include "polyhedron.hpp"
#include "rational_engine.hpp"
#include "row_blocks.hpp"
#include "search.hpp"
#include "tableau.hpp"
#include "witness.hpp"

namespace polyregions {

namespace {

/// Blocks of a node: rows of its layer and, being summed up, of the next; the same in
/// the coordinates of the last bottleneck.
struct Blocks {
  std::size_t own = 0, next = 0;
  std::shared_ptr<Bottleneck> narrow;
  std::size_t narrow_own = 0, narrow_next = 0;
};

class DictionarySearch {
 public:
  DictionarySearch(const Problem& problem, Monitor& monitor, bool store)
      : problem_(problem),
        monitor_(monitor),
        store_(store),
        dim_(problem.search.dim),
        floats_(float_network(problem.network)),
        rows_(floats_, dim_),
        digits_(zero_digits(problem.network)),
        on_break_(problem.layout.n_columns(), 0),
        path_(problem, digits_),
        pending_(problem.network.layers.size()),
        span_(layer_span(problem.network)),
        witness_(problem, floats_, span_.first, span_.last) {
    result_.per_layer.assign(problem.network.n_hidden(), 0);
    monitor_.stride = 64;
  }

  Enumeration run() {
    Start start = make_start(problem_);
    first_block_ = rows_.rounded(span_.first, path_.map(span_.first));
    std::vector<Row> exact;
    for (const Wall& wall : start.walls) {
      exact.push_back(path_.row(wall));
      walls_.push_back(path_wall(wall, exact.back()));
    }
    n_domain_ = problem_.search.rows.size();
    domain_.assign(walls_.begin(),
                   walls_.begin() + static_cast<std::ptrdiff_t>(n_domain_));
    Dictionary dictionary =
        first_dictionary(problem_, start, exact, walls_, unit_columns_);
    const std::size_t n_units = start.units.size();
    for (std::uint64_t signs = 0; signs < std::uint64_t{1} << n_units; ++signs) {
      if (!monitor_.goes_on()) break;
      Dictionary own = dictionary;
      Pending& pending = pending_[span_.first];
      pending = all_digits(floats_.layers[span_.first]);
      for (std::size_t k = 0; k < n_units; ++k) {
        const bool above = (signs >> k & 1) != 0;
        const int unit = start.units[k].unit;
        (above ? pending.lo : pending.hi)[unit] = above ? 1 : 0;
        walls_[n_domain_ + k].wall.orientation = above ? 1 : -1;
        if (!above) own.flip(unit_columns_[k]);
      }
      Blocks blocks;
      blocks.own = first_block_;
      enter_layer(span_.first, span_.hidden_before, own, blocks,
                  std::ldexp(1.0, -static_cast<int>(n_units)));
    }
    finish_search(result_, monitor_, problem_.network, span_);
    return std::move(result_);
  }

 private:
  // Decisions.

  /// Side of the row on the cell; for `both` the transformed row and column to enter.
  Side ask(Dictionary& dictionary, const Wall& wall, const Blocks& blocks) {
    g_.resize(dim_ + 1);
    transformed_.resize(dictionary.width());
    g_radius_ = rows_.row(wall.layer, wall.unit, wall.index, blocks.own, g_.data());
    double size = 0.0;
    bool finite = std::isfinite(g_radius_), constant = true;
    for (int k = 0; k <= dim_; ++k) {
      finite = finite && std::isfinite(g_[k]);
      size = std::fmax(size, std::fabs(g_[k]));
      constant = constant && (k == 0 || g_[k] == 0.0);
    }
    if (constant && finite) {
      // Nothing is active: the sign of a constant, if the bottleneck's rank is 0.
      const int sign = g_[0] > 0.0 ? 1 : -1;
      if (blocks.narrow && blocks.narrow->rank == 0 &&
          proves_behind(dictionary, wall, blocks, sign)) {
        ++result_.decisions.filter;
        return sign > 0 ? Side::positive : Side::negative;
      }
    }
    if (!finite || constant || size < 0x1p-900 || size > 0x1p900) {
      return exact_side(dictionary, wall);
    }
    const Dictionary::Found found =
        dictionary.find_sign(g_.data(), transformed_.data(), column_);
    if (found == Dictionary::Found::cuts) return Side::both;
    if (found == Dictionary::Found::unknown) return exact_side(dictionary, wall);
    const int sign = found == Dictionary::Found::positive ? 1 : -1;
    if (dictionary.prove_sign(g_.data(), g_radius_, sign, walls_) ||
        proves_behind(dictionary, wall, blocks, sign)) {
      ++result_.decisions.filter;
      return sign > 0 ? Side::positive : Side::negative;
    }
    return exact_side(dictionary, wall);
  }

  /// The proof in the coordinates of the last bottleneck.
  bool proves_behind(const Dictionary& dictionary, const Wall& wall,
                     const Blocks& blocks, int sign) {
    if (!blocks.narrow) return false;
    const Bottleneck& narrow = *blocks.narrow;
    const int n = narrow.rank;
    std::vector<double> rows;
    double radius = 0.0;
    for (const int w : dictionary.basis()) {
      const PathWall& own = walls_[w];
      const auto layer = static_cast<std::size_t>(std::max(own.wall.layer, 0));
      if (own.wall.layer < 0 || layer + 1 < narrow.layer) continue;
      if (layer + 1 == narrow.layer) {
        const int k = narrow.coordinate[own.wall.unit];
        if (k < 0) continue;
        const double level =
            floats_.layers[layer].units[own.wall.unit].breaks[own.wall.index];
        const double scale = own.wall.orientation / std::fmax(1.0, std::fabs(level));
        rows.insert(rows.end(), n + 1, 0.0);
        rows[rows.size() - n - 1] = -level * scale;
        rows[rows.size() - n + k] = scale;
        radius = std::fmax(radius, 4 * unit_roundoff);
      } else {
        for (const double v : own.behind) rows.push_back(v * own.wall.orientation);
        radius = std::fmax(radius, own.behind_radius);
      }
    }
    if (rows.size() != static_cast<std::size_t>(n) * (n + 1)) return false;
    std::vector<double> g(n + 1);
    const double g_radius =
        narrow.rows.row(wall.layer, wall.unit, wall.index, blocks.narrow_own, g.data());
    return proves_sign(n, rows, radius, g.data(), g_radius, sign);
  }

  /// Exact integers; column_ is -1 when they say `both` and the dictionary did not.
  Side exact_side(Dictionary& dictionary, const Wall& wall) {
    ++result_.decisions.exact;
    column_ = -1;
    const Row row = path_.break_row_of(wall.layer, wall.unit, wall.index);
    if (is_constant(row)) return static_cast<Side>(sign(row[0]));
    // The walls of the basis prove most; all walls decide the rest.
    Side side = side_within(dictionary.basis(), row);
    if (side == Side::both) side = side_within(dictionary.walls(), row);
    return side;
  }

  Side side_within(const std::vector<int>& walls, const Row& row) {
    Tableau tableau(dim_);
    for (const int w : walls) {
      if (!tableau.restrict_to(path_.row(walls_[w].wall), w)) return Side::both;
    }
    return tableau.test(row).side;
  }

  // The search.

  /// True when a region was found below; so with all functions of the search.
  bool enter_layer(std::size_t l, int hidden, Dictionary& dictionary, Blocks blocks,
                   double share) {
    if (l > span_.last) return leaf(dictionary, share);
    const FloatLayer& layer = floats_.layers[l];
    path_.enter_layer(l);
    if (l != span_.first) {
      pending_[l] = all_digits(layer);
      narrow_down(l, blocks);
    }
    Pending& pending = pending_[l];
    if (l < span_.last) {
      blocks.next = rows_.biases(l + 1);
      if (blocks.narrow) blocks.narrow_next = blocks.narrow->rows.biases(l + 1);
    }
    for (int unit = 0; unit < layer.n_out; ++unit) {
      settle_on_parent(l, unit, dictionary, blocks, pending);
      if (pending.lo[unit] < pending.hi[unit]) {
        pending.units.push_back(unit);
      } else {
        decide(l, unit, pending.lo[unit], blocks);
      }
    }
    const bool found = units(l, hidden, 0, 0, dictionary, blocks, share);
    if (l < span_.last) drop_next(blocks);
    return found;
  }

  /// A new bottleneck, when fewer units are active than coordinates matter.
  void narrow_down(std::size_t l, Blocks& blocks) const {
    const int rank = blocks.narrow ? blocks.narrow->rank : dim_;
    if (n_active(floats_.layers[l - 1], digits_[l - 1]) >= rank) return;
    blocks.narrow = std::make_shared<Bottleneck>(floats_, l, digits_[l - 1]);
    blocks.narrow_own = blocks.narrow->block;
  }

  void drop_next(const Blocks& blocks) {
    rows_.drop(blocks.next);
    if (blocks.narrow) blocks.narrow->rows.drop(blocks.narrow_next);
  }

  /// What does not cut the whole cell cuts no part of it: most units of deep layers.
  void settle_on_parent(std::size_t l, int unit, Dictionary& dictionary,
                        const Blocks& blocks, Pending& pending) {
    set_flag(l, unit, false);
    const int last = pending.hi[unit];
    for (int j = pending.lo[unit]; j < last && j < pending.hi[unit]; ++j) {
      const Side side = ask(dictionary, {static_cast<int>(l), unit, j, 1}, blocks);
      if (side == Side::both) continue;
      settle(l, unit, j, side, pending.lo[unit], pending.hi[unit]);
    }
  }

  void settle(std::size_t l, int unit, int j, Side side, std::uint8_t& lo,
              std::uint8_t& hi) {
    if (side == Side::positive) {
      lo = static_cast<std::uint8_t>(j + 1);
    } else {
      hi = static_cast<std::uint8_t>(j);
      if (side == Side::zero) set_flag(l, unit, true);
    }
  }

  void decide(std::size_t l, int unit, int digit, const Blocks& blocks) {
    digits_[l][unit] = static_cast<std::uint8_t>(digit);
    if (l == span_.last) return;
    rows_.contribute(l, unit, digit, blocks.own, blocks.next);
    if (blocks.narrow) {
      blocks.narrow->rows.contribute(l, unit, digit, blocks.narrow_own,
                                     blocks.narrow_next);
    }
  }

  bool units(std::size_t l, int hidden, std::size_t at, std::uint8_t lo,
             Dictionary& dictionary, const Blocks& blocks, double share) {
    for (; at < pending_[l].units.size(); ++at, lo = 0) {
      const int unit = pending_[l].units[at];
      lo = std::max(lo, pending_[l].lo[unit]);
      std::uint8_t hi = pending_[l].hi[unit];
      while (lo < hi) {
        if (!monitor_.goes_on()) return false;
        const Wall wall{static_cast<int>(l), unit, lo, 1};
        const Side side = ask(dictionary, wall, blocks);
        if (side == Side::both) {
          if (column_ < 0) return exactly(l, hidden, at, lo, dictionary);
          return split(l, hidden, at, lo, wall, dictionary, blocks, share / 2);
        }
        settle(l, unit, lo, side, lo, hi);
      }
      decide(l, unit, lo, blocks);
    }
    const bool hidden_layer = problem_.network.layers[l].hidden;
    Blocks below = blocks;
    below.own = blocks.next;
    below.narrow_own = blocks.narrow_next;
    const bool found =
        enter_layer(l + 1, hidden + hidden_layer, dictionary, below, share);
    if (hidden_layer && found) ++result_.per_layer[hidden];
    return found;
  }

  bool split(std::size_t l, int hidden, std::size_t at, std::uint8_t lo,
             const Wall& wall, Dictionary& dictionary, const Blocks& blocks,
             double share) {
    const int column = column_;
    const auto id = static_cast<int>(walls_.size());
    walls_.push_back(new_wall(wall, blocks));
    dictionary.enter(transformed_.data(), column, id);

    walls_[id].wall.orientation = -1;
    Dictionary below = dictionary;
    below.flip(column);
    Blocks copy = blocks;
    if (l < span_.last) {
      copy.next = rows_.copied(l + 1, blocks.next);
      if (copy.narrow) {
        copy.narrow_next = copy.narrow->rows.copied(l + 1, blocks.narrow_next);
      }
    }
    decide(l, wall.unit, lo, copy);
    bool found = units(l, hidden, at + 1, 0, below, copy, share);
    if (l < span_.last) drop_next(copy);

    path_.enter_layer(l + 1);
    walls_[id].wall.orientation = 1;
    found |= units(l, hidden, at, static_cast<std::uint8_t>(lo + 1), dictionary, blocks,
                   share);
    walls_.pop_back();
    return found;
  }

  /// The wall asked about last, scaled; the transformed row is scaled with it.
  PathWall new_wall(const Wall& wall, const Blocks& blocks) {
    const auto factor_of = [](const std::vector<double>& row) {
      double size = 0.0;
      for (const double v : row) size = std::fmax(size, std::fabs(v));
      int exponent = 0;
      (void)std::frexp(size, &exponent);
      return std::ldexp(1.0, -exponent);
    };
    const double factor = factor_of(g_);
    for (double& v : g_) v *= factor;
    for (double& v : transformed_) v *= factor;
    PathWall out{wall, g_, g_radius_ * factor + 0x1p-1060, {}, 0.0};
    if (blocks.narrow) {
      out.behind.resize(blocks.narrow->rank + 1);
      const double radius = blocks.narrow->rows.row(
          wall.layer, wall.unit, wall.index, blocks.narrow_own, out.behind.data());
      const double scale = factor_of(out.behind);
      for (double& v : out.behind) v *= scale;
      out.behind_radius = radius * scale + 0x1p-1060;
    }
    return out;
  }

  /// Hand the node to exact integers: the dictionary lost its way.
  bool exactly(std::size_t l, int hidden, std::size_t at, std::uint8_t lo,
               const Dictionary& dictionary) {
    const Pending& pending = pending_[l];
    Subtree node{l, hidden, digits_, on_break_, pending.lo, pending.hi, {}};
    for (std::size_t k = 0; k < at; ++k) {
      const int unit = pending.units[k];
      node.lo[unit] = node.hi[unit] = digits_[l][unit];
    }
    node.lo[pending.units[at]] = lo;
    for (const int w : dictionary.walls())
      node.rows.push_back(path_.row(walls_[w].wall));
    if (!open_point(dim_, node.rows)) return false;
    continue_rational(problem_, monitor_, store_, std::move(node), result_);
    return true;
  }

  /// Nothing is counted without a witness.
  bool leaf(const Dictionary& dictionary, double share) {
    if (!monitor_.goes_on()) return false;
    point_.resize(dim_);
    if (dictionary.centre(point_.data()) &&
        witness_.shows(point_.data(), digits_, on_break_, rows_, first_block_,
                       domain_)) {
      ++result_.decisions.point;
    } else {
      ++result_.decisions.exact;
      std::vector<Row> rows;
      for (const int w : dictionary.walls()) rows.push_back(path_.row(walls_[w].wall));
      const auto inside = open_point(dim_, rows);
      if (!inside) return false;
      for (int k = 0; k < dim_; ++k) {
        point_[k] = rounded_quotient(inside->numerators[k], inside->denominator);
      }
    }
    if (!monitor_.takes_region(bytes_of(result_.cells))) return false;
    monitor_.share += share;
    if (store_) append_cell(result_.cells, problem_, digits_, on_break_, point_.data());
    return true;
  }

  void set_flag(std::size_t l, int unit, bool value) {
    const int column = problem_.layout.column_of[l][unit];
    if (column >= 0) on_break_[column] = value;
  }

  const Problem& problem_;
  Monitor& monitor_;
  const bool store_;
  const int dim_;
  const FloatNetwork floats_;
  RowBlocks rows_;
  Digits digits_;
  std::vector<std::uint8_t> on_break_;
  ExactPath path_;
  std::vector<Pending> pending_;
  const LayerSpan span_;
  Witness witness_;
  std::vector<PathWall> walls_;  // of the path: domain, start units, splits
  std::vector<PathWall> domain_;
  std::size_t n_domain_ = 0, first_block_ = 0;
  std::vector<int> unit_columns_;
  std::vector<double> g_, transformed_, point_;
  double g_radius_ = 0.0;
  int column_ = -1;
  Enumeration result_;
};

}  // namespace

bool dictionary_engine_applies(const Problem& problem) {
  const Start start = make_start(problem);
  return start.pointed && start.units.size() < 40;
}

Enumeration enumerate_dictionary(const Problem& problem, Monitor& monitor, bool store) {
  return DictionarySearch(problem, monitor, store).run();
}

}  // namespace polyregions
