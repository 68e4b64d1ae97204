// SPDX-License-Identifier: MIT
// What a search tells of its walk through the split tree: the tokens of a certificate
// (docs/certificate.md), a stream for each task.
//
// The stream goes from leaf to leaf in the order of the tree: what a task gives away
// comes behind all that it keeps.  Where the file may be cut into blocks depends on the
// way to a node alone, so the bytes are the same for any number of workers.
//
// A row of the path is named by its number: those of the domain, as they were given,
// then the splits.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "cells.hpp"
#include "exact_path.hpp"
#include "stack.hpp"
#include "support.hpp"
#include "tableau.hpp"

namespace polyregions {

/// Whether rows show on which side of a break a cell lies, and a number that only these
/// rows have among the claims of a bulk, or -1.
struct Shows {
  enum Degree { unknown, probably, certainly } degree = unknown;
  int number = -1;
};

class Trace {
 public:
  /// `path`: the search's own; `linear`: walls of equal map are told too.
  Trace(const Problem& problem, ExactPath& path, bool linear);

  /// A task begins, at the root; until `speak` nothing is told.
  void begin(bool speaks);
  /// The task's own node begins here, at the upper side of a split.
  void speak() { speaking_ = true; }
  /// The task ends, whose own node is at the end of these sides.
  void end(std::vector<std::uint8_t> sides);
  std::vector<Fragment> take() { return std::move(fragments_); }

  // The path.  A row is that of the wall, positive above it, where the search's path
  // does not know it.
  void split(const Wall& wall, const Row* row = nullptr);  // its lower side begins
  void turn();                                             // its upper side begins
  void pop();
  int n_splits() const { return static_cast<int>(splits_.size()); }
  const Wall& split_wall(int k) const { return splits_[k].wall; }
  /// Those below which the current node lies.
  const std::vector<Wall>& splits_below() const { return below_; }
  bool is_split(const Wall& wall) const;
  /// Whether a claim on the path is loose.
  bool has_loose() const { return !loose_.empty(); }

  /// The cell lies above or below a break, as these rows show; `loose`: it is zero or a
  /// multiple of one of them.
  void claim(const Wall& wall, bool above, std::vector<int>& support, bool loose,
             int number = -1);
  /// Number of a wall on the path; -1 for one that is not told of.
  int name_of(const Wall& wall) const;
  /// Claim a break by rows that are likely to show it; false when they do not.
  bool claim_by(const Wall& wall, bool above, const std::vector<int>& names);
  /// Whether they show it in integers, and it is not loose.
  bool is_shown_by(const Wall& wall, bool above, const std::vector<int>& names);
  /// Side of a break by exact integers; claimed unless it cuts the cell.
  Side claim_exactly(const Wall& wall, const Row* row = nullptr);
  /// Until `end_bulk` every hyperplane that is not decided is claimed or left open, in
  /// their order; behind the last claim none need be named.
  void begin_bulk();
  void leave_open() {
    if (bulk_.settled.empty()) bulk_.open.push_back(bulk_.n_named++);
  }
  /// Units of a layer that one support shows; a number as in `claim`.
  struct Group {
    int number = -1;
    std::vector<int> names;
    std::vector<std::uint64_t> units;  // by words of 64
  };
  /// A bulk of all hyperplanes of a layer, one a unit, of which none is decided.
  void begin_words(std::size_t n_words);
  /// Claim those of a group that are settled, above or below; they are taken out.
  void claim_group(const Group& group, std::vector<std::uint64_t>& settled,
                   const std::vector<std::uint64_t>& above);
  void end_bulk();

  /// A point with few bits, numerators / 2^exponent; or none.
  struct Dyadic {
    long exponent = 0;
    std::vector<std::int64_t> numerators;
  };
  /// What cells can say of a wall: that it is redundant by some rows, for certain or
  /// likely, or a point beyond it at which all other rows certainly are positive; or a
  /// point near both.
  struct WallProof {
    std::vector<int> support;
    bool is_certain = false;
    Dyadic beyond;
    std::vector<double> on_facet;
  };
  /// A leaf, at which all breaks are decided.
  struct Leaf {
    const Digits& digits;
    // Splits whose walls it lies below and of whose units the outputs feel nothing;
    // something of all others.  Null where that is not known.
    const std::vector<int>* unfelt = nullptr;
    const double* inside = nullptr;  // a point of the cell, in floating point
    Dyadic point;                    // one that certainly is
    std::function<void(const Wall&, WallProof&)> wall_proof;
  };
  void leaf(const Leaf& leaf);
  // Audits, in integers: whether a point is one of the cell, and a wall's proof is one.
  bool is_inside(const Dyadic& point);
  bool is_proved(const Wall& wall, const WallProof& proof);
  /// Leaves told so far, to go back to.
  struct Mark {
    std::size_t kept = 0, n_cuts = 0;
    std::uint64_t n_nodes = 0;
  };
  Mark mark() const { return {kept_, fragment_.cuts.size(), fragment_.n_nodes}; }
  void back_to(const Mark& mark);

  std::size_t bytes() const { return bytes_ + kept_; }

 private:
  /// Number of a break among the hyperplanes of its layer.
  int hyperplane(const Wall& wall) const {
    return first_[wall.layer][wall.unit] + wall.index;
  }

  struct Split {
    Wall wall;
    Row row;                     // positive above; empty until it is asked for
    std::vector<double> floats;  // the same over a power of two, rounded
    std::size_t n_events = 0, n_loose = 0;
    std::uint64_t hash = 0;  // of the way to the node
  };
  /// Claims at once, of all that are not decided but some.
  struct Bulk {
    struct Claim {
      int hyperplane;
      bool above;
      std::size_t support;
    };
    std::vector<Claim> claims;
    std::vector<std::pair<Wall, Claim>> loose;
    std::vector<std::size_t> open;  // which of those named
    std::size_t n_named = 0;
    // Instead of open and named, for a whole layer: hyperplanes by words of 64, and
    // what is claimed of groups.
    std::vector<std::uint64_t> settled, above;
    std::vector<std::pair<std::vector<std::uint64_t>, std::size_t>> groups;
    std::size_t n_groups = 0;
    std::vector<std::vector<int>> supports;  // the first n
    std::vector<std::size_t> n_claims;       // by support
    std::vector<int> numbers;                // of their rows, or -1
    std::size_t n = 0;
    std::vector<std::size_t> order;  // of supports

    std::size_t n_all() const {
      std::size_t all = 0;
      for (const std::size_t own : n_claims) all += own;
      return all;
    }
  };
  /// Hyperplanes out of a word of 64 that are decided alike; bits as in the format.
  struct Event {
    std::uint64_t units, above;
    std::uint32_t first, kind;
  };

  void number(std::uint64_t value) {
    if (!speaking_) return;
    if (value >= 128) return long_number(value);
    *told_.push(1) = static_cast<std::uint8_t>(value);
  }
  void long_number(std::uint64_t value);
  void number(Integer value);
  void signed_number(const Integer& value);
  void signed_number(std::int64_t value);
  void rows(const std::vector<int>& support);
  void new_rows(const std::vector<int>& support);
  void point(long exponent, const std::vector<Integer>& numerators);
  void point(const Dyadic& point);
  void event(int hyperplane, bool above, bool is_split, bool loose);
  std::vector<std::uint32_t> events() const;
  void forget(const Split& split);

  Shown shown_by(const Wall& wall, const std::vector<int>& names);
  void note_claim(int hyperplane, bool above, std::size_t support);
  void claim_alone(int hyperplane, bool above, const std::vector<int>& support,
                   bool loose);
  std::size_t bulk_support(std::vector<int>& support, int number);
  bool are_shorter_alone() const;
  void expand_groups();
  void name_open();
  void tell_bulk();

  const Row& unoriented(Split& split);
  Row split_row(std::size_t k);
  const std::vector<Row>& cell_rows();
  Tableau& here();

  std::vector<std::vector<Integer>> felt() const;
  const std::vector<double>& floats_of(Split& split);
  const std::vector<std::vector<double>>& domain_rows();
  double least_slack(const std::vector<double>& at);
  bool find_dyadic(std::vector<double>& at, Dyadic& out);
  void tell_inside(const Leaf& leaf);
  void tell_walls(const Leaf& leaf);
  void tell_wall(const Leaf& leaf, std::size_t split);
  void take_used(const Wall& wall);
  bool equal_beyond(Split& split);
  std::vector<Integer> changes(std::size_t l, const Wall& own, std::size_t p,
                               const Row& wall, const std::vector<Integer>& moved);
  bool is_side_by_side(const Wall& own, const Row& wall);
  bool tell_beyond(std::size_t split, const std::vector<double>& on_facet);
  void tell_exactly(std::size_t split);

  const Problem& problem_;
  ExactPath& path_;
  const bool linear_;
  Digits digits_;  // of a leaf
  WallProof proof_;
  std::vector<Row> cell_;       // its rows, empty until they are asked for
  std::vector<double> inside_;  // a point of it, roughly
  ExactPath leaf_path_;
  std::vector<std::vector<int>> first_;
  std::vector<int> count_, domain_;
  std::vector<std::size_t> row_of_;  // of the domain, by number
  std::vector<std::vector<double>> domain_floats_;
  int n_domain_ = 0;

  std::vector<Split> splits_;
  std::vector<Wall> below_;
  std::vector<Event> events_;
  std::vector<Wall> loose_;        // of the claims on the path
  std::vector<Tableau> tableaus_;  // by number of splits, those made so far
  std::uint64_t hash_ = 0;
  std::vector<int> last_;   // the support told last
  std::vector<int> names_;  // of a support
  bool has_last_ = false, speaking_ = false, in_bulk_ = false;
  Bulk bulk_;

  Fragment fragment_;
  Stack<std::uint8_t> told_;          // its bytes
  std::size_t kept_ = 0, bytes_ = 0;  // of the fragment, up to its last leaf; of others
  std::vector<Fragment> fragments_;
};

}  // namespace polyregions
