// SPDX-License-Identifier: MIT
// Points of a cell of the dictionary engine: inside it, on a wall, on both sides of
// one, and for a certificate those with few bits.
//
//  (inside)  A point y of the search's exact coordinates is taken to t = A y;
//            |fl(A y) - A y| <= delta, coordinatewise.  Walls have entries of at most
//            1, so (inside) of path_walls.hpp holds with sum_k delta_k more.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "dictionary.hpp"
#include "dictionary_start.hpp"
#include "farkas.hpp"
#include "grid_point.hpp"
#include "isa.hpp"
#include "lanes.hpp"
#include "path_state.hpp"
#include "path_walls.hpp"
#include "polyhedron.hpp"

namespace polyregions::POLYREGIONS_ISA {

class DictionaryPoints {
 public:
  DictionaryPoints(const DictionaryStart& start, const PathWalls& walls)
      : start_(start),
        walls_(walls),
        dim_(static_cast<int>(start.columns.size())),
        width_(padded_width(dim_)),
        forward_(static_cast<std::size_t>(dim_ + 1) * width_, 0.0),
        t_(dim_),
        point_(dim_),
        halves_{std::vector<double>(dim_), std::vector<double>(dim_)},
        scratch_(width_),
        image_(width_),
        at_(dim_) {
    for (int j = 0; j < dim_; ++j) {
      slack_radii_ += start.slack_radii[j];
      for (int k = 0; k <= dim_; ++k) {
        forward_[k * width_ + j] = start.slack_values[j][k];
      }
    }
  }

  /// The point found last: in the start's coordinates, and after `lift` or `take` in
  /// the search's exact ones, rounded.
  const double* t() const { return t_.data(); }
  const std::vector<double>& point() const { return point_; }

  /// A point certainly inside, where the dictionary shows one.
  bool find_inside(Dictionary& dictionary) {
    for (const bool again : {false, true}) {
      if (again && !dictionary.rebuild(dictionary.basis())) return false;
      if (dictionary.centre(t_.data(), scratch_.data()) &&
          (!proves_everything || walls_.contain(t_.data()))) {
        return true;
      }
    }
    return false;
  }

  /// A point near which one of the wall's facet certainly is; `column`: of the wall, or
  /// 0 where its coordinate is gone.
  bool find_on_wall(const Dictionary& dictionary, int id, int column) {
    const bool found = dictionary.centre(t_.data(), scratch_.data(), column);
    if (column == 0) t_[walls_[id].coordinate - 1] = 0.0;
    return found && walls_.carries_facet(id, t_.data());
  }

  /// After `find_on_wall`: points below and above it, for `half`.
  void find_halves(const Dictionary& dictionary, int column) {
    dictionary.halves(t_.data(), column, halves_[0].data(), halves_[1].data());
  }

  /// point_ = t_ in the search's exact coordinates, rounded.
  void lift() {
    for (int k = 0; k < dim_; ++k) {
      const std::vector<double>& row = start_.lift_values[k];
      point_[k] = row[0];
      for (int j = 0; j < dim_; ++j) point_[k] += row[j + 1] * t_[j];
    }
    // Towards the centre until it is in the domain.
    double outside = 0.0;
    for (const std::vector<double>& row : start_.around) {
      double fall = 0.0;
      for (int k = 0; k < dim_; ++k) fall -= row[k + 1] * point_[k];
      outside = std::fmax(outside, 2.0 * fall / row[0]);
    }
    for (int k = 0; k < dim_ && outside > 1.0; ++k) point_[k] /= outside;
  }

  void take(const RationalPoint& y) {
    for (int k = 0; k < dim_; ++k) {
      point_[k] = rounded_quotient(y.numerators[k], y.denominator);
    }
  }

  // For a certificate, in the search's exact coordinates: points with few bits, or none
  // in doubt.

  /// A point inside near the one found last, which is.
  void dyadic(Trace::Dyadic& out) {
    inside_ = point_;
    find_dyadic(inside_, slack_at(inside_), out);
  }

  /// After `find_halves` of a wall that is turned already, and the point that it is
  /// near.
  const double* half(bool above, Trace::Dyadic& out) {
    t_ = halves_[above];
    lift();
    find_dyadic(point_, walls_.slack(t_.data(), 0.0), out);
    return point_.data();
  }

  /// After `dyadic`, with a wall that is turned already, on whose facet a point is: one
  /// beyond.
  void beyond(int id, const std::vector<double>& on_facet, Trace::Dyadic& out) {
    take_forward(inside_);
    from_.resize(walls_.size());
    for (int i = 0; i < walls_.size(); ++i) from_[i] = walls_.value(i, image_.data());
    take_forward(on_facet);
    double step = 1.0;  // half of the way to the next wall
    for (int i = 0; i < walls_.size(); ++i) {
      const double to = walls_.value(i, image_.data());
      if (i != id && from_[i] > to) step = std::fmin(step, to / (from_[i] - to) / 2.0);
    }
    target_.resize(dim_);
    for (int k = 0; k < dim_; ++k) {
      target_[k] = on_facet[k] + step * (on_facet[k] - inside_[k]);
    }
    find_dyadic(target_, slack_at(target_), out);
  }

 private:
  /// A point with few bits near one that is so far inside, roughly; in doubt none.
  void find_dyadic(const std::vector<double>& near, double slack, Trace::Dyadic& out) {
    find_grid_point(near.data(), dim_, slack, at_.data(), out,
                    [&](const double*) { return slack_at(at_) > 0.0; });
  }

  /// How far a point is certainly inside of all walls, in steps of its coordinates; not
  /// positive in doubt.
  double slack_at(const std::vector<double>& y) {
    double norm = 1.0;
    for (int k = 0; k < dim_; ++k) norm += std::fabs(y[k]);
    const double total = take_forward(y) + slack_radii_ * norm;
    double least = walls_.slack(image_.data(), 1.001 * total + 0x1p-800);
    for (const std::vector<double>& row : start_.around) {
      double off = 0x1p-800, size = 0.0;
      const double own = value(row.data(), y, off);
      for (int k = 1; k <= dim_; ++k) size += std::fabs(row[k]);
      // Its entries are rounded themselves.
      const double slack = (own - 2.0 * off) / size;
      least = slack < least || !(slack > 0.0) ? slack : least;
    }
    return least;
  }

  /// image_ = A y; returns what the coordinates are off by roundings, together.
  double take_forward(const std::vector<double>& y) {
    Lanes total = broadcast(0.0);
    for (int j = 0; j < width_; j += n_lanes) {
      Lanes value = lanes_at(&forward_[j]), size = magnitude(value);
      for (int k = 0; k < dim_; ++k) {
        const Lanes term = lanes_at(&forward_[(k + 1) * width_ + j]) * broadcast(y[k]);
        value += term;
        size += magnitude(term);
      }
      put_lanes(&image_[j], value);
      total += size;
    }
    double sum = 0.0;
    for (int lane = 0; lane < n_lanes; ++lane) sum += total[lane];
    return (dim_ + 4) * unit_roundoff * sum;
  }

  /// Adds what the sum is off.
  double value(const double* row, const std::vector<double>& y, double& off) const {
    double value = row[0], size = std::fabs(row[0]);
    for (int k = 0; k < dim_; ++k) {
      value += row[k + 1] * y[k];
      size += std::fabs(row[k + 1] * y[k]);
    }
    off += (dim_ + 4) * unit_roundoff * size;
    return value;
  }

  const DictionaryStart& start_;
  const PathWalls& walls_;
  const int dim_, width_;
  std::vector<double> forward_;  // (dim + 1, width): A by columns, constants first
  double slack_radii_ = 0.0;     // of its rows, together
  std::vector<double> t_, point_, inside_;
  std::vector<double> halves_[2];  // below and above the newest wall
  std::vector<double> scratch_, image_, at_, target_;
  std::vector<double> from_;  // by wall
};

}  // namespace polyregions::POLYREGIONS_ISA
