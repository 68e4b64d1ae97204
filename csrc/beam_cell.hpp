// SPDX-License-Identifier: MIT
// A node of an estimate's beam: an open cell with everything that goes on from it, so
// that nodes may be kept, dropped and copied in any order.
//
// Its sides are those that floating point proposes (dictionary.hpp), with exact
// integers where that is in doubt; nothing is proved, for the count is an estimate.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "cone.hpp"
#include "dictionary.hpp"
#include "exact_path.hpp"
#include "float_network.hpp"
#include "isa.hpp"
#include "path_walls.hpp"
#include "polyhedron.hpp"
#include "search.hpp"
#include "tableau.hpp"

namespace polyregions::POLYREGIONS_ISA {

/// Pre-activations of a layer on a cell: (dim + 1, stride), each within its unit's
/// radius.
struct LayerRows {
  std::vector<double> values, radii;
};

/// Those of a layer from exact rows.
inline LayerRows rounded_rows(const FloatLayer& layer, const AffineMap& z, int dim) {
  LayerRows out;
  out.values.assign(static_cast<std::size_t>(dim + 1) * layer.stride, 0.0);
  out.radii.assign(layer.stride, 0.0);
  for (int unit = 0; unit < layer.n_out; ++unit) {
    for (int k = 0; k <= dim; ++k) {
      double radius = 0.0;
      out.values[static_cast<std::size_t>(k) * layer.stride + unit] =
          rounded_with_radius(z.rows[unit][k], z.scale, radius);
      out.radii[unit] = std::fmax(out.radii[unit], radius);
    }
  }
  return out;
}

/// What all cells of a beam share.
struct BeamPlan {
  const Problem& problem;
  const DictionaryStart& start;
  const FloatNetwork& floats;
  const LayerSpan span;
  const int dim;
  std::shared_ptr<const LayerRows> first;  // of the first cutting layer
};

class BeamCell {
 public:
  /// The start on these sides of its units.
  BeamCell(const BeamPlan& plan, DictionaryScratch& scratch,
           const std::vector<std::uint8_t>& sides)
      : plan_(&plan),
        walls_(plan.start),
        dictionary_(plan.dim, walls_, scratch),
        digits_(zero_digits(plan.problem.network)),
        rows_(plan.first) {
    open(plan.span.first);
    for (std::size_t k = 0; k < plan.start.n_units(); ++k) {
      const int id = static_cast<int>(plan.start.n_domain + k);
      decide(walls_[id].wall.unit, 0, sides[k] != 0);
      walls_.turn(id, sides[k] != 0 ? 1 : -1);
    }
    dictionary_.begin(plan.start);
  }

  BeamCell(const BeamCell& other)
      : weight(other.weight),
        n_open(other.n_open),
        failed(other.failed),
        plan_(other.plan_),
        walls_(other.walls_),
        dictionary_(other.dictionary_),
        digits_(other.digits_),
        hi_(other.hi_),
        layer_(other.layer_),
        rows_(other.rows_),
        cut_wall_(other.cut_wall_),
        cut_column_(other.cut_column_) {
    dictionary_.attach(walls_);
  }
  BeamCell& operator=(const BeamCell&) = delete;

  double weight = 1.0;
  int n_open = 0;       // hyperplanes of the layer that cut it, after `probe`
  bool failed = false;  // floating point has lost its way: nothing below is certain

  /// Begin the next layer.
  void enter_layer(std::size_t l) {
    rows_ = composed(l);
    open(l);
  }

  /// Decide what does not cut the cell; the rest is open.
  void probe(std::vector<double>& g) {
    const FloatLayer& layer = plan_->floats.layers[layer_];
    std::vector<std::uint8_t>& lo = digits_[layer_];
    n_open = 0;
    for (int unit = 0; unit < layer.n_out; ++unit) {
      for (int j = lo[unit]; j < hi_[unit]; ++j) {
        const Side side = ask(unit, j, g);
        if (side != Side::both) decide(unit, j, side == Side::positive);
      }
      n_open += hi_[unit] - lo[unit];
    }
  }

  /// The first open hyperplane becomes a wall; false when that one fails to cut now,
  /// and is decided.
  bool cut(std::vector<double>& g) {
    const FloatLayer& layer = plan_->floats.layers[layer_];
    const std::vector<std::uint8_t>& lo = digits_[layer_];
    int unit = 0;
    while (unit < layer.n_out && lo[unit] == hi_[unit]) ++unit;
    return cut(unit, lo[unit], g);
  }

  /// The same for break j of a unit.
  bool cut(int unit, int j, std::vector<double>& g) {
    const Side side = ask(unit, j, g);
    if (side != Side::both || column_ < 0) {
      failed = failed || side == Side::both;
      decide(unit, j, side == Side::positive);
      return false;
    }
    double size = 0.0;
    for (int k = 0; k <= plan_->dim; ++k) size = std::fmax(size, std::fabs(g[k]));
    const double factor = normaliser(size);
    cut_wall_ = walls_.size();
    cut_column_ = column_;
    walls_.push({static_cast<int>(layer_), unit, j, 1}, g.data(), factor,
                radius_ * factor);
    double* const transformed = g.data() + plan_->dim + 1;
    for (int k = 0; k < dictionary_.width(); ++k) transformed[k] *= factor;
    dictionary_.enter(transformed, cut_column_, cut_wall_);
    return true;
  }

  /// After `cut`: the cell is now this side of it.
  void take(bool above) {
    const Wall& wall = walls_[cut_wall_].wall;
    decide(wall.unit, wall.index, above);
    walls_.turn(cut_wall_, above ? 1 : -1);
    if (!above) dictionary_.flip(cut_column_);
  }

  /// Whether it is there at all: a point inside shows it, or exact integers.
  bool is_there(std::vector<double>& g) {
    g.resize(room());
    for (const bool again : {false, true}) {
      if (again && !dictionary_.rebuild(dictionary_.basis())) break;
      if (dictionary_.centre(g.data(), g.data() + plan_->dim + 1) &&
          walls_.contain(g.data())) {
        return true;
      }
    }
    std::vector<Row> rows = exact_walls();
    if (plan_->start.central) {
      const std::vector<Row>& around = plan_->problem.search.rows;
      rows.insert(rows.end(), around.begin(), around.end());
    }
    return open_point(plan_->dim, rows).has_value();
  }

  bool is_decided(int unit) const { return digits_[layer_][unit] == hi_[unit]; }
  bool is_above(int unit) const { return digits_[layer_][unit] != 0; }
  std::size_t room() const {
    return static_cast<std::size_t>(plan_->dim) + 1 + dictionary_.width();
  }

 private:
  /// Every digit of the layer is possible; the digits are the lowest of them.
  void open(std::size_t l) {
    layer_ = l;
    const FloatLayer& layer = plan_->floats.layers[l];
    std::fill(digits_[l].begin(), digits_[l].end(), 0);
    hi_.assign(layer.most_digits.begin(), layer.most_digits.begin() + layer.n_out);
  }

  void decide(int unit, int j, bool above) {
    std::uint8_t& lo = digits_[layer_][unit];
    if (above) {
      lo = std::max(lo, static_cast<std::uint8_t>(j + 1));
    } else {
      hi_[unit] = std::min(hi_[unit], static_cast<std::uint8_t>(j));
    }
  }

  /// Rows of layer l from those of the layer before, all of whose digits are known.
  std::shared_ptr<const LayerRows> composed(std::size_t l) const {
    const FloatLayer &before = plan_->floats.layers[l - 1],
                     &f = plan_->floats.layers[l];
    const int dim = plan_->dim, stride = f.stride;
    auto out = std::make_shared<LayerRows>();
    out->values.assign(static_cast<std::size_t>(dim + 1) * stride, 0.0);
    out->radii = f.bias_radii;
    std::copy(f.bias.begin(), f.bias.end(), out->values.begin());
    double total = 0.0;
    for (int unit = 0; unit < before.n_out; ++unit) {
      const FloatPiece& piece = before.piece(unit, digits_[l - 1][unit]);
      if (piece.is_zero()) continue;
      const double* const w =
          f.columns.data() + static_cast<std::size_t>(unit) * stride;
      const double* z = rows_->values.data() + unit;
      double norm = 0.0;
      for (int k = 0; k <= dim; ++k, z += before.stride) {
        const double h = piece.slope * *z + (k == 0 ? piece.offset : 0.0);
        norm = std::fmax(norm, std::fabs(h));
        if (h == 0.0) continue;
        double* const sums = out->values.data() + static_cast<std::size_t>(k) * stride;
        for (int i = 0; i < stride; ++i) sums[i] += w[i] * h;
      }
      total += std::fabs(piece.slope) * rows_->radii[unit] + piece.offset_radius +
               (f.rounding + 4 * unit_roundoff) * (norm + std::fabs(piece.offset));
    }
    for (int i = 0; i < stride; ++i) out->radii[i] += f.largest_weights[i] * total;
    return out;
  }

  /// Side of a break on the cell; for `both` the row in g, behind it the row over the
  /// slacks, and the column where it may enter, -1 when the dictionary has lost it.
  Side ask(int unit, int j, std::vector<double>& g) {
    g.resize(room());
    const int dim = plan_->dim, stride = plan_->floats.layers[layer_].stride;
    for (int k = 0; k <= dim; ++k) {
      g[k] = rows_->values[static_cast<std::size_t>(k) * stride + unit];
    }
    const double level = plan_->floats.layers[layer_].breaks[unit][j];
    radius_ = rows_->radii[unit];
    if (level != 0.0) {
      radius_ += 2 * unit_roundoff * (std::fabs(g[0]) + std::fabs(level));
      g[0] -= level;
    }
    double linear = 0.0;
    for (int k = 1; k <= dim; ++k) linear = std::fmax(linear, std::fabs(g[k]));
    const double size = std::fmax(linear, std::fabs(g[0]));
    if (size == 0.0 && radius_ == 0.0) return Side::zero;
    if (linear == 0.0 && size > radius_) {
      return g[0] > 0.0 ? Side::positive : Side::negative;
    }
    if (!(size > 1.001 * radius_ && size > 0x1p-900 && size < 0x1p900)) {
      return exact_side(unit, j, g);
    }
    for (const bool again : {false, true}) {
      if (again && !dictionary_.rebuild(dictionary_.basis())) break;
      const Dictionary::Found found = find_sign(g);
      if (found == Dictionary::Found::cuts) return Side::both;
      if (found == Dictionary::Found::positive) return Side::positive;
      if (found == Dictionary::Found::negative) return Side::negative;
    }
    return exact_side(unit, j, g);
  }

  Dictionary::Found find_sign(std::vector<double>& g) {
    return dictionary_.find_sign(g.data(), g.data() + plan_->dim + 1, column_);
  }

  Side exact_side(int unit, int j, std::vector<double>& g) {
    column_ = -1;
    ExactPath path(plan_->problem, digits_);
    const Row row = path.break_row_of(static_cast<int>(layer_), unit, j);
    if (is_constant(row)) return static_cast<Side>(sign(row[0]));
    Tableau tableau(plan_->dim);
    for (int id = 0; id < walls_.size(); ++id) {
      if (!tableau.restrict_to(path.row(walls_[id].wall), id)) return Side::zero;
    }
    const Tableau::Test test = tableau.test(row);
    if (test.side != Side::both || dictionary_.is_central()) return test.side;
    std::vector<int> basis;
    for (const int id : tableau.column_ids()) {
      if (id >= 0 && !dictionary_.is_gone(id)) basis.push_back(id);
    }
    if (dictionary_.rebuild(basis) && find_sign(g) != Dictionary::Found::cuts) {
      column_ = -1;
    }
    return test.side;
  }

  std::vector<Row> exact_walls() const {
    ExactPath path(plan_->problem, digits_);
    std::vector<Row> rows;
    for (int id = 0; id < walls_.size(); ++id) {
      rows.push_back(path.row(walls_[id].wall));
    }
    return rows;
  }

  const BeamPlan* plan_;
  PathWalls walls_;
  Dictionary dictionary_;
  Digits digits_;                 // of its layer: the lowest that are possible
  std::vector<std::uint8_t> hi_;  // and the highest
  std::size_t layer_ = 0;
  std::shared_ptr<const LayerRows> rows_;
  int cut_wall_ = -1, cut_column_ = -1;
  int column_ = -1;
  double radius_ = 0.0;
};

}  // namespace polyregions::POLYREGIONS_ISA
