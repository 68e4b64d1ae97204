// SPDX-License-Identifier: MIT
#include "dictionary_start.hpp"

#include <algorithm>
#include <utility>

#include "float_network.hpp"
#include "search.hpp"
#include "tableau.hpp"

namespace polyregions {

namespace {

/// Bits of the largest entry: the row over 2^bits has its largest entry in [1/2, 1).
int scale_bits(const Row& row) {
  int bits = 0;
  for (const Integer& v : row) {
    if (v != 0) bits = std::max(bits, static_cast<int>(msb(Integer(abs(v)))) + 1);
  }
  return bits;
}

bool is_zero(const Integer& value) { return value.sign() == 0; }

/// True when the unit is homogeneous: each piece has no offset, and breaks only at 0.
bool is_homogeneous(const Activation& unit) {
  return std::all_of(unit.breaks.begin(), unit.breaks.end(), is_zero) &&
         std::all_of(unit.offsets.begin(), unit.offsets.end(), is_zero);
}

/// True when all layers from `first` on are homogeneous functions of the values of
/// `first`, so far as they decide where units cut.
bool is_homogeneous_from(const Network& network, const LayerSpan& span) {
  for (std::size_t l = span.first; l <= span.last; ++l) {
    const Layer& layer = network.layers[l];
    if (!std::all_of(layer.units.begin(), layer.units.end(), is_homogeneous) ||
        (l > span.first &&
         !std::all_of(layer.bias.begin(), layer.bias.end(), is_zero))) {
      return false;
    }
  }
  return true;
}

bool has_no_constant(const Row& row) { return is_zero(row[0]); }

class Builder {
 public:
  Builder(const Problem& problem, DictionaryStart& start, std::size_t most_units)
      : problem_(problem),
        start_(start),
        most_units_(most_units),
        dim_(problem.search.dim),
        digits_(zero_digits(problem.network)),
        path_(problem, digits_),
        tableau_(dim_) {}

  void build() {
    const LayerSpan span = layer_span(problem_.network);
    const bool homogeneous = is_homogeneous_from(problem_.network, span);
    const std::vector<Row>& domain = problem_.search.rows;
    const std::vector<Row>& first = path_.map(span.first).rows;
    // A domain around the point where all first hyperplanes meet cuts off no cell.
    const bool around = homogeneous &&
                        std::all_of(first.begin(), first.end(), has_no_constant) &&
                        std::all_of(domain.begin(), domain.end(),
                                    [](const Row& row) { return row[0].sign() > 0; });
    if (!(around && find_vertex({})) && !find_vertex(domain)) return;
    start_.applies = true;
    choose_scales();
    start_.lift = lifted();
    for (const Row& row : start_.lift.rows) {
      std::vector<double>& values = start_.lift_values.emplace_back();
      for (const Integer& v : row) {
        values.push_back(rounded_quotient(v, start_.lift.scale));
      }
    }
    round_slacks();
    round_walls();
    const AffineMap& z = path_.map(span.first);
    start_.first.scale = z.scale * start_.lift.scale;
    for (const Row& row : z.rows) start_.first.rows.push_back(first_over_t(row));
    for (std::size_t id = start_.n_domain; id < start_.walls.size(); ++id) {
      StartWall& wall = start_.walls[id];
      wall.factor = rounded_quotient(
          start_.first.scale, start_.first.rows[wall.wall.unit][wall.coordinate]);
    }
    find_reach();
    start_.central = homogeneous && start_.n_domain == 0 &&
                     std::all_of(start_.first.rows.begin(), start_.first.rows.end(),
                                 has_no_constant);
    for (const Row& row : domain) {
      if (!start_.central) break;
      start_.around.emplace_back(dim_ + 1);
      scaled_doubles(row, start_.around.back().data());
    }
  }

 private:
  /// A vertex of some rows and units; false where there is none, or none to start from.
  bool find_vertex(std::vector<Row> rows) {
    tableau_ = Tableau(dim_);
    rows_ = std::move(rows);
    start_.walls.clear();
    add_domain();
    add_units();
    start_.columns = tableau_.column_ids();
    return std::all_of(start_.columns.begin(), start_.columns.end(),
                       [](int id) { return id >= 0; }) &&
           start_.n_units() < most_units_;
  }

  void add_domain() {
    start_.n_domain = rows_.size();
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const int id = static_cast<int>(i);
      tableau_.restrict_to(rows_[i], id);
      start_.walls.push_back({{Wall::domain, 0, id, 1}, {}});
    }
  }

  /// Let hyperplanes of the first cutting layer in, where they take the place of a free
  /// coordinate: only those cut every cell, on both sides.
  void add_units() {
    const int first = first_cutting_layer(problem_.network);
    const Layer& layer = problem_.network.layers[first];
    std::vector<int> ids = tableau_.column_ids();
    auto n_free = std::count(ids.begin(), ids.end(), -1);
    for (int unit = 0; unit < layer.n_out && n_free > 0; ++unit) {
      if (n_breaks(layer, unit) == 0) continue;
      const Wall wall{first, unit, 0, 1};
      Row row = path_.row(wall);
      const Tableau::Test test = tableau_.test(row);
      if (test.side != Side::both || tableau_.column_ids()[test.column] >= 0) continue;
      tableau_.commit(test, static_cast<int>(start_.walls.size()));
      start_.walls.push_back({wall, {}});
      rows_.push_back(std::move(row));
      --n_free;
    }
  }

  /// t_j is the slack of its wall over 2^bits_[j]: at most 1 between two walls, and of
  /// the size of the wall's scaled row otherwise.
  void choose_scales() {
    std::vector<Row> inputs;
    for (int k = 0; k < dim_; ++k) inputs.push_back(tableau_.input_row(k));
    slacks_ = std::move(inputs);
    bits_.assign(dim_ + 1, 0);
    for (int j = 1; j <= dim_; ++j) {
      start_.walls[start_.columns[j - 1]].coordinate = j;
      bits_[j] = scale_bits(rows_[start_.columns[j - 1]]);
    }
    for (std::size_t id = 0; id < start_.n_domain; ++id) {
      if (start_.walls[id].coordinate == 0) pair(static_cast<int>(id));
    }
  }

  /// A wall that bounds one coordinate from above is opposite to that of the
  /// coordinate.
  void pair(int id) {
    const Row row = over_slacks(rows_[id]);
    int only = 0;
    for (int j = 1; j <= dim_; ++j) {
      if (row[j] == 0) continue;
      if (only != 0) return;
      only = j;
    }
    if (only == 0 || row[only] > 0) return;
    StartWall& lower = start_.walls[start_.columns[only - 1]];
    double radius = 0.0;
    const double range = rounded_with_radius(row[0], Integer(-row[only]), radius);
    if (lower.opposite >= 0 || !(range > 0x1p-900 && range < 0x1p900)) return;
    std::frexp(range, &bits_[only]);
    StartWall& upper = start_.walls[id];
    upper.coordinate = only;
    upper.opposite = start_.columns[only - 1];
    lower.opposite = id;
    lower.range = upper.range = std::ldexp(range, -bits_[only]);
    upper.radius = std::ldexp(radius, -bits_[only]);
  }

  /// denominator * row over the slacks, not scaled.
  Row over_slacks(const Row& row) const {
    Row out(dim_ + 1, 0);
    out[0] = row[0] * tableau_.denominator();
    for (int k = 0; k < dim_; ++k) add_multiple(out, row[k + 1], slacks_[k]);
    return out;
  }

  /// Entries over slacks become entries over t, all times 2^-least.
  void scale(Row& row) const {
    const int least = std::min(0, *std::min_element(bits_.begin(), bits_.end()));
    for (int j = 0; j <= dim_; ++j) row[j] <<= static_cast<unsigned>(bits_[j] - least);
  }

  AffineMap lifted() const {
    AffineMap out;
    out.rows = slacks_;
    for (Row& row : out.rows) scale(row);
    const int least = std::min(0, *std::min_element(bits_.begin(), bits_.end()));
    out.scale = tableau_.denominator() << static_cast<unsigned>(-least);
    return out;
  }

  /// lift.scale * row over t.
  Row over_t(const Row& row) const {
    Row out = over_slacks(row);
    scale(out);
    return out;
  }

  /// The same of a pre-activation; one that is the slack of a coordinate's wall is that
  /// coordinate.
  Row first_over_t(const Row& row) const {
    for (int j = 1; j <= dim_; ++j) {
      if (rows_[start_.columns[j - 1]] != row) continue;
      Row out(dim_ + 1, 0);
      out[j] = tableau_.denominator();
      scale(out);
      return out;
    }
    return over_t(row);
  }

  /// t_j over y.
  void round_slacks() {
    for (int j = 1; j <= dim_; ++j) {
      std::vector<double>& values = start_.slack_values.emplace_back();
      double& radius = start_.slack_radii.emplace_back(0.0);
      double& stretch = start_.stretch.emplace_back(0.0);
      const auto up = static_cast<unsigned>(std::max(-bits_[j], 0));
      const Integer scale = power_of_two(static_cast<unsigned>(std::max(bits_[j], 0)));
      for (const Integer& v : rows_[start_.columns[j - 1]]) {
        double off = 0.0;
        values.push_back(rounded_with_radius(Integer(v << up), scale, off));
        radius = std::fmax(radius, off);
        stretch += values.size() > 1 ? std::fabs(values.back()) : 0.0;
      }
    }
  }

  void round_walls() {
    for (std::size_t id = 0; id < start_.walls.size(); ++id) {
      StartWall& wall = start_.walls[id];
      wall.row.assign(dim_ + 1, 0.0);
      if (const int j = wall.coordinate; j > 0) {
        const bool upper = start_.columns[j - 1] != static_cast<int>(id);
        wall.row[0] = upper ? wall.range : 0.0;
        wall.row[j] = upper ? -1.0 : 1.0;
        continue;
      }
      const Row row = over_t(rows_[id]);
      const Integer size = power_of_two(static_cast<unsigned>(scale_bits(row)));
      for (int k = 0; k <= dim_; ++k) {
        double radius = 0.0;
        wall.row[k] = rounded_with_radius(row[k], size, radius);
        wall.radius = std::fmax(wall.radius, radius);
      }
      start_.basics.push_back(static_cast<int>(id));
    }
  }

  /// How far each coordinate reaches, if walls bound all of them on both sides.
  void find_reach() {
    start_.reach.push_back(1.0);
    for (const int id : start_.columns) {
      const StartWall& wall = start_.walls[id];
      if (wall.opposite < 0) return start_.reach.clear();
      start_.reach.push_back(wall.range * (1 + 0x1p-40));
    }
  }

  const Problem& problem_;
  DictionaryStart& start_;
  const std::size_t most_units_;
  const int dim_;
  const Digits digits_;
  ExactPath path_;
  Tableau tableau_;
  std::vector<Row> rows_;    // of the walls
  std::vector<Row> slacks_;  // y over the slacks, times the tableau's denominator
  std::vector<int> bits_;    // (dim + 1)
};

}  // namespace

DictionaryStart dictionary_start(const Problem& problem, std::size_t most_units) {
  DictionaryStart start;
  if (first_cutting_layer(problem.network) < 0 || problem.search.empty) return start;
  if (problem.search.dim == 0) return start;
  if (most_breaks(problem.network) > stage_size) return start;
  Builder(problem, start, most_units).build();
  return start;
}

}  // namespace polyregions
