// SPDX-License-Identifier: MIT
// The walls of the current path over the start's coordinates t, and the points that are
// certainly inside all of them: the proof that a cell is not empty.
//
// A wall is a row of entries of at most 1, each within the wall's radius E of the real
// one.  At a point t of floats, with size |t| = 1 + sum_k |t_k|:
//  (inside)  |fl(row . (1, t)) - row . (1, t)| <= (E + gamma) |t|, gamma = (dim + 4) u.
//  (facet)   Moving coordinate m by at most (|value| + its bound) / (|row_m| - E) takes
//            t onto the wall; every other wall loses at most (|row_m| + E) times that.
// Units that do not cut need no look: that is proved on a cell that holds this one.
#pragma once

#include <cmath>
#include <vector>

#include "dictionary_start.hpp"
#include "farkas.hpp"
#include "float_network.hpp"
#include "isa.hpp"
#include "lanes.hpp"

namespace polyregions::POLYREGIONS_ISA {

class PathWalls {
 public:
  explicit PathWalls(const DictionaryStart& start)
      : dim_(static_cast<int>(start.columns.size())),
        width_(padded_width(dim_)),
        stretch_(start.stretch.data()) {
    for (const StartWall& wall : start.walls) {
      push(wall.wall, wall.row.data(), 1.0, wall.radius);
      infos_.back().factor = wall.factor;
      infos_.back().coordinate = wall.coordinate;
      infos_.back().opposite = wall.opposite;
      infos_.back().range = wall.range;
    }
  }

  struct Info {
    Wall wall;
    double radius = 0.0;
    double factor = 1.0;  // of the unit's own function, in the row
    int coordinate = 0;   // see StartWall
    int opposite = -1;
    double range = INFINITY;
    int name = -1;  // in a certificate
  };

  int size() const { return static_cast<int>(infos_.size()); }
  /// Drop the walls from n on.
  void resize(int n) { infos_.resize(static_cast<std::size_t>(n)); }

  const Info& operator[](int id) const { return infos_[id]; }
  /// (dim + 1), and zeros up to a multiple of 8.
  const double* row(int id) const {
    return rows_.data() + static_cast<std::size_t>(id) * width_;
  }

  /// Add a wall whose row is `factor` (a power of two) times the given one, within a
  /// radius.
  void push(const Wall& wall, const double* row, double factor, double radius) {
    const int id = size();
    if (id == capacity_) grow();
    infos_.push_back({wall, radius, factor});
    double* const own = rows_.data() + static_cast<std::size_t>(id) * width_;
    norms_[id] = 0.0;
    for (int k = 0; k <= dim_; ++k) {
      own[k] = row[k] * factor;
      column(k)[id] = own[k];
      if (k > 0) norms_[id] += std::fabs(own[k]) * stretch_[k - 1];
    }
    radii_[id] = radius;
    sides_[id] = wall.orientation;
  }

  /// The cell lies on this side of the wall, 1 or -1.
  void turn(int id, int side) {
    infos_[id].wall.orientation = side;
    sides_[id] = side;
  }

  /// Roughly, positive on the side of the cell.
  double value(int id, const double* t) const {
    const double* const own = row(id);
    double value = own[0];
    for (int k = 1; k <= dim_; ++k) value += own[k] * t[k - 1];
    return sides_[id] * value;
  }

  void call(int id, int name) { infos_[id].name = name; }

  /// True when t is certainly inside all walls.
  bool contain(const double* t) const { return inside(t, size_of(t), -1, 1, 0.0); }

  /// True when a point on the wall, near t, is certainly inside all others: the wall
  /// carries a facet, and there are points on both sides of it.
  bool carries_facet(int id, const double* t) const {
    const double* const own = row(id);
    const double size = size_of(t), radius = infos_[id].radius;
    int m = 1;
    double value = own[0];
    for (int k = 1; k <= dim_; ++k) {
      value += own[k] * t[k - 1];
      if (std::fabs(own[k]) > std::fabs(own[m])) m = k;
    }
    const double slope = std::fabs(own[m]) - radius;
    const double off = std::fabs(value) + 1.001 * (radius + rounding()) * size;
    const double reach = 1.001 * off / slope;
    if (!(slope > 0x1p-20 && reach < 0x1p-10 * size)) return false;
    return inside(t, size, id, m, reach);
  }

  /// How far t is certainly inside all walls, itself being off by `off` in all
  /// coordinates together, in steps that move coordinate k by stretch_[k]; not positive
  /// in doubt.
  double slack(const double* t, double off) const {
    const double size = size_of(t);
    if (!(size < 0x1p500 && off < 0x1p500)) return 0.0;
    const Lanes rounded = broadcast(1.001 * (rounding() * size + off));
    const Lanes of_radius = broadcast(1.001 * (size + off));
    Lanes least = broadcast(INFINITY);
    for (int i = 0; i < size_rounded_up(); i += n_lanes) {
      Lanes value = lanes_at(column(0) + i);
      for (int k = 1; k <= dim_; ++k) {
        value += lanes_at(column(k) + i) * broadcast(t[k - 1]);
      }
      Lanes slack = (lanes_at(sides_.data() + i) * value - rounded -
                     of_radius * lanes_at(radii_.data() + i)) /
                    lanes_at(norms_.data() + i);
      // Lanes behind the last wall hold what they did before.
      for (int lane = size_of_lanes(i); lane < n_lanes; ++lane) slack[lane] = INFINITY;
      // What is no number stays.
      least = (slack < least) | ~(slack > broadcast(0.0)) ? slack : least;
    }
    double out = INFINITY;
    for (int lane = 0; lane < n_lanes; ++lane) {
      if (!(least[lane] > 0.0)) return 0.0;
      out = std::fmin(out, least[lane]);
    }
    return out;
  }

  /// True when the newest wall may be on the hyperplane of another one of the path.
  /// Largest entries are at least 1/2, so what radii of 1e-9 and rounding leave
  /// uncertain of `apart` is far below 1e-6: more is certainly another hyperplane.
  bool newest_resembles_another() const {
    constexpr double alike = 1e-6, most_radius = 1e-9;
    const int id = size() - 1;
    const double* const own = row(id);
    if (infos_[id].radius > most_radius) return id > 0;
    int m = 0;
    for (int k = 1; k <= dim_; ++k) {
      if (std::fabs(own[k]) > std::fabs(own[m])) m = k;
    }
    for (int i = 0; i < id; ++i) {
      const double* const other = row(i);
      if (infos_[i].radius > most_radius) return true;
      const double factor = other[m] / own[m];
      double apart = 0.0;
      for (int k = 0; k <= dim_; ++k) {
        const double entry = std::fabs(other[k] - factor * own[k]);
        apart = entry > apart ? entry : apart;
      }
      if (!(apart > alike)) return true;
    }
    return false;
  }

 private:
  double rounding() const { return (dim_ + 4) * unit_roundoff; }

  double size_of(const double* t) const {
    double size = 1.0;
    for (int k = 0; k < dim_; ++k) size += std::fabs(t[k]);
    return size;
  }

  /// `m`: a coordinate that is known up to `reach` only; `but`: a wall not asked.
  bool inside(const double* t, double size, int but, int m, double reach) const {
    if (!(size < 0x1p500)) return false;
    const int n = size_rounded_up();
    const Lanes gamma = broadcast(1.001 * rounding() * size);
    const Lanes of_radius = broadcast(1.001 * (size + reach));
    const Lanes moved = broadcast(1.001 * reach);
    for (int i = 0; i < n; i += n_lanes) {
      Lanes value = lanes_at(column(0) + i);
      for (int k = 1; k <= dim_; ++k) {
        value += lanes_at(column(k) + i) * broadcast(t[k - 1]);
      }
      const Lanes bound = gamma + of_radius * lanes_at(radii_.data() + i) +
                          moved * magnitude(lanes_at(column(m) + i));
      const Bits holds = lanes_at(sides_.data() + i) * value > bound;
      // Lanes behind the last wall hold what they did before.
      const unsigned asked = (1u << size_of_lanes(i)) - 1;
      unsigned missed = ~mask_of(holds) & asked;
      if (but >= i && but < i + n_lanes) missed &= ~(1u << (but - i));
      if (missed != 0) return false;
    }
    return true;
  }

  int size_rounded_up() const { return (size() + n_lanes - 1) / n_lanes * n_lanes; }
  int size_of_lanes(int i) const { return size() - i < n_lanes ? size() - i : n_lanes; }

  double* column(int k) {
    return columns_.data() + static_cast<std::size_t>(k) * capacity_;
  }
  const double* column(int k) const {
    return columns_.data() + static_cast<std::size_t>(k) * capacity_;
  }

  void grow() {
    const int larger = capacity_ == 0 ? 32 : 2 * capacity_;
    std::vector<double> next(static_cast<std::size_t>(dim_ + 1) * larger, 0.0);
    for (int k = 0; k <= dim_; ++k) {
      for (int id = 0; id < capacity_; ++id) {
        next[static_cast<std::size_t>(k) * larger + id] = column(k)[id];
      }
    }
    columns_ = std::move(next);
    capacity_ = larger;
    rows_.resize(static_cast<std::size_t>(larger) * width_, 0.0);
    radii_.resize(larger, 0.0);
    sides_.resize(larger, 1.0);
    norms_.resize(larger, 1.0);
  }

  const int dim_, width_;
  const double* stretch_;  // of the start
  int capacity_ = 0;
  std::vector<Info> infos_;
  std::vector<double> rows_;                   // (capacity, width)
  std::vector<double> columns_;                // (dim + 1, capacity): the same
  std::vector<double> radii_, sides_, norms_;  // (capacity); in steps, see `slack`
};

}  // namespace polyregions::POLYREGIONS_ISA
