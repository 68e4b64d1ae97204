// SPDX-License-Identifier: MIT
#include "decider.hpp"

#include <cmath>
#include <utility>

namespace polyregions {

namespace {

std::vector<double> float_rows(const std::vector<Row>& rows, int dim) {
  std::vector<double> out(rows.size() * (dim + 1));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    scaled_doubles(rows[i], out.data() + i * (dim + 1));
  }
  return out;
}

std::vector<double> rounded(const RationalPoint& point) {
  std::vector<double> y;
  for (const Integer& value : point.numerators) {
    y.push_back(rounded_quotient(value, point.denominator));
  }
  return y;
}

}  // namespace

Decisions Decider::decisions() const {
  Decisions out = decisions_;
  if (solver_) {
    out.lp_calls = solver_->calls;
    out.lp_unknown = solver_->unknowns;
  }
  return out;
}

/// Exact: {rows[i] > 0 for i in support, and beside > 0} is empty.  A support of
/// Caratheodory's size makes this a system of dim + 1 rows at most.
bool Decider::is_empty_subset(int dim, const std::vector<Row>& rows,
                              const std::vector<int>& support,
                              const Row* beside) const {
  Tableau tableau(dim);
  int id = 0;
  for (const int i : support) {
    if (!tableau.restrict_to(rows[i], id++)) return true;
  }
  return beside != nullptr && !tableau.restrict_to(*beside, id);
}

std::optional<RationalPoint> Decider::open_point(int dim,
                                                 const std::vector<Row>& rows) {
  if (solver_ && dim > 0) {
    const Proposal proposal = solver_->interior(dim, float_rows(rows, dim));
    if (proposal.kind == Proposal::Kind::point) {
      auto point = dyadic_point(proposal.point.data(), dim);
      if (point && all_positive(rows, *point)) {
        ++decisions_.point;
        return point;
      }
    } else if (proposal.kind == Proposal::Kind::support &&
               is_empty_subset(dim, rows, proposal.support, nullptr)) {
      ++decisions_.support;
      return std::nullopt;
    }
  }
  ++decisions_.exact;
  auto point = polyregions::open_point(dim, rows);
  if (point) point = simplest_point(rows, std::move(*point));
  return point;
}

/// Exact: row `index` is negative at the point and every other row positive, so the
/// row is not implied by the others.
bool Decider::crosses_at(const std::vector<Row>& rows, int index,
                         const std::vector<double>& y) const {
  const auto point = dyadic_point(y.data(), static_cast<int>(y.size()));
  if (!point) return false;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const int side = sign(value_at(rows[i], point->numerators, point->denominator));
    if (side != (static_cast<int>(i) == index ? -1 : 1)) return false;
  }
  return true;
}

bool Decider::carries_facet(int dim, const std::vector<Row>& rows,
                            const std::vector<double>& floats, int index,
                            const std::vector<double>& inside) {
  // The foot of the perpendicular on the wall, and a little beyond.
  const double* wall = floats.data() + static_cast<std::size_t>(index) * (dim + 1);
  double value = wall[0], norm = 0.0;
  for (int k = 0; k < dim; ++k) {
    value += wall[k + 1] * inside[k];
    norm += wall[k + 1] * wall[k + 1];
  }
  std::vector<double> y(inside);
  for (int k = 0; k < dim; ++k) y[k] -= 1.0009765625 * value / norm * wall[k + 1];
  if (solver_) solver_->spoil(y);
  if (crosses_at(rows, index, y)) {
    ++decisions_.point;
    return true;
  }
  if (solver_) {
    const Proposal proposal = solver_->violation(dim, floats, index);
    if (proposal.kind == Proposal::Kind::point) {
      // The proposal lies on other walls: draw it a little towards the inside.
      for (const double pull : {0x1p-20, 0x1p-10, 0x1p-5}) {
        for (int k = 0; k < dim; ++k) {
          y[k] = proposal.point[k] + pull * (inside[k] - proposal.point[k]);
        }
        if (crosses_at(rows, index, y)) {
          ++decisions_.point;
          return true;
        }
      }
    } else if (proposal.kind == Proposal::Kind::support) {
      std::vector<int> support;
      for (const int i : proposal.support) {
        if (i != index) support.push_back(i);
      }
      const Row beyond = negated(rows[index]);
      if (is_empty_subset(dim, rows, support, &beyond)) {
        ++decisions_.support;
        return false;
      }
    }
  }
  ++decisions_.exact;
  return is_facet(dim, rows, index);
}

std::vector<Row> Decider::facets_only(int dim, std::vector<Row> rows,
                                      const RationalPoint& inside) {
  rows = distinct_rows(std::move(rows));
  const std::vector<double> y = rounded(inside);
  std::vector<double> floats = float_rows(rows, dim);
  const std::ptrdiff_t width = dim + 1;
  for (std::ptrdiff_t i = static_cast<std::ptrdiff_t>(rows.size()); i-- > 0;) {
    if (carries_facet(dim, rows, floats, static_cast<int>(i), y)) continue;
    rows.erase(rows.begin() + i);
    floats.erase(floats.begin() + i * width, floats.begin() + (i + 1) * width);
  }
  return rows;
}

}  // namespace polyregions
