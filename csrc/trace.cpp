// SPDX-License-Identifier: MIT
#include "trace.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "status.hpp"

namespace polyregions {

namespace {

std::uint64_t mixed(std::uint64_t hash, std::uint64_t more) {
  hash = (hash ^ more) * 0x9e3779b97f4a7c15u;
  return hash ^ hash >> 29;
}

constexpr std::uint64_t leaves_a_block = 1024;  // about

}  // namespace

Trace::Trace(const Problem& problem, ExactPath& path, bool linear)
    : problem_(problem),
      path_(path),
      linear_(linear),
      digits_(zero_digits(problem.network)),
      leaf_path_(problem, digits_) {
  for (const Layer& layer : problem.network.layers) {
    int next = 0;
    std::vector<int>& first = first_.emplace_back();
    for (int unit = 0; unit < layer.n_out; ++unit) {
      first.push_back(next);
      next += n_breaks(layer, unit);
    }
    count_.push_back(next);
  }
  domain_ = problem.frame.sources;
  n_domain_ = static_cast<int>(problem.frame.stated.size());
  row_of_.assign(n_domain_, 0);
  for (std::size_t i = 0; i < domain_.size(); ++i) row_of_[domain_[i]] = i;
}

void Trace::begin(bool speaks) {
  splits_.clear();
  events_.clear();
  loose_.clear();
  tableaus_.clear();
  hash_ = 0;
  has_last_ = false;
  speaking_ = speaks;
}

void Trace::end(std::vector<std::uint8_t> sides) {
  fragment_.bytes.resize(kept_);
  while (!fragment_.cuts.empty() && fragment_.cuts.back().at == kept_) {
    fragment_.cuts.pop_back();  // made again by whoever goes on there
  }
  fragment_.sides = std::move(sides);
  if (kept_ > 0) {
    bytes_ += kept_ + fragment_.sides.size() + sizeof(Fragment);
    fragments_.push_back(std::move(fragment_));
  }
  fragment_ = {};
  kept_ = 0;
}

void Trace::back_to(const Mark& mark) {
  kept_ = mark.kept;
  fragment_.cuts.resize(mark.n_cuts);
  fragment_.n_nodes = mark.n_nodes;
}

// --- bytes ---

void Trace::number(std::uint64_t value) {
  if (!speaking_) return;
  for (; value >= 128; value >>= 7) {
    fragment_.bytes.push_back(static_cast<std::uint8_t>(value | 128));
  }
  fragment_.bytes.push_back(static_cast<std::uint8_t>(value));
}

void Trace::number(Integer value) {
  if (!speaking_) return;
  for (; value >= 128; value >>= 7) {
    fragment_.bytes.push_back(static_cast<std::uint8_t>(value & 127) | 128);
  }
  fragment_.bytes.push_back(static_cast<std::uint8_t>(value));
}

void Trace::signed_number(std::int64_t value) {
  const auto size = static_cast<std::uint64_t>(value < 0 ? -(value + 1) : value);
  number(2 * size + (value < 0 ? 1 : 0));
}

void Trace::signed_number(const Integer& value) {
  number(value < 0 ? Integer((-value - 1) * 2 + 1) : Integer(value * 2));
}

/// Counted back from the newest; one zero for those told last.
void Trace::rows(const std::vector<int>& support) {
  if (has_last_ && support == last_) return number(std::uint64_t{0});
  last_ = support;
  has_last_ = true;
  number(std::uint64_t{support.size() + 1});
  int at = n_domain_ + static_cast<int>(splits_.size());
  for (const int row : support) {
    number(static_cast<std::uint64_t>(at - row - 1));
    at = row;
  }
}

void Trace::point(long exponent, const std::vector<Integer>& numerators) {
  signed_number(std::int64_t{exponent});
  for (const Integer& x : numerators) signed_number(x);
}

void Trace::point(const Dyadic& point) {
  signed_number(std::int64_t{point.exponent});
  for (const std::int64_t x : point.numerators) signed_number(x);
}

// --- the path ---

void Trace::event(int hyperplane, bool above, bool is_split, bool loose) {
  events_.push_back(static_cast<std::uint32_t>(hyperplane) << 3 | (loose ? 4u : 0u) |
                    (is_split ? 2u : 0u) | (above ? 1u : 0u));
}

void Trace::split(const Wall& wall, const Row* row) {
  const int h = hyperplane(wall);
  number(3 + 4 * static_cast<std::uint64_t>(h));
  Split& own = splits_.emplace_back();
  own.wall = wall;
  own.wall.orientation = -1;
  if (row != nullptr) own.row = *row;
  own.n_events = events_.size();
  own.n_loose = loose_.size();
  own.hash = hash_;
  hash_ = mixed(hash_, 2 * static_cast<std::uint64_t>(h));
  event(h, false, true, false);
}

void Trace::turn() {
  Split& own = splits_.back();
  const int h = hyperplane(own.wall);
  own.wall.orientation = 1;
  forget(own);
  hash_ = mixed(own.hash, 2 * static_cast<std::uint64_t>(h) + 1);
  event(h, true, true, false);
  has_last_ = false;
  if (speaking_ && hash_ % leaves_a_block == 0) {
    fragment_.cuts.push_back({kept_, fragment_.n_nodes, events_});
  }
}

void Trace::pop() {
  forget(splits_.back());
  hash_ = splits_.back().hash;
  splits_.pop_back();
}

bool Trace::is_split(const Wall& wall) const { return name_of(wall) >= n_domain_; }

/// Back to the node at which the split was made.
void Trace::forget(const Split& split) {
  events_.resize(split.n_events);
  loose_.resize(split.n_loose);
  if (tableaus_.size() > splits_.size()) tableaus_.resize(splits_.size(), Tableau(0));
}

const Row& Trace::unoriented(Split& split) {
  if (split.row.empty()) {
    split.row = path_.break_row_of(split.wall.layer, split.wall.unit, split.wall.index);
  }
  return split.row;
}

Row Trace::split_row(std::size_t k) {
  const Row& row = unoriented(splits_[k]);
  return splits_[k].wall.orientation > 0 ? row : negated(row);
}

const std::vector<Row>& Trace::cell_rows() {
  if (cell_.empty()) {
    cell_ = problem_.search.rows;
    for (std::size_t k = 0; k < splits_.size(); ++k) cell_.push_back(split_row(k));
  }
  return cell_;
}

/// The cell's tableau; its constraints' ids are the rows' numbers.
Tableau& Trace::here() {
  if (tableaus_.empty()) {
    Tableau& first = tableaus_.emplace_back(problem_.search.dim);
    for (std::size_t i = 0; i < domain_.size(); ++i) {
      first.restrict_to(problem_.search.rows[i], domain_[i]);
    }
  }
  while (tableaus_.size() <= splits_.size()) {
    const std::size_t k = tableaus_.size() - 1;
    tableaus_.push_back(tableaus_.back());
    if (!tableaus_.back().restrict_to(split_row(k), n_domain_ + static_cast<int>(k))) {
      throw Error(Status::internal, "a split with an empty side");
    }
  }
  return tableaus_.back();
}

// --- claims ---

void Trace::claim(const Wall& wall, bool above, std::vector<int>& support, bool loose,
                  int number) {
  if (!in_bulk_) {
    if (loose) loose_.push_back({wall.layer, wall.unit, wall.index});
    std::sort(support.begin(), support.end(), std::greater<>());
    return claim_alone(hyperplane(wall), above, support, loose);
  }
  const std::size_t number_in_bulk = bulk_support(support, number);
  if (!loose) return note_claim(wall, above, number_in_bulk);
  bulk_.loose.push_back({wall, {hyperplane(wall), above, number_in_bulk}});
  leave_open();
}

void Trace::claim_alone(int hyperplane, bool above, const std::vector<int>& support,
                        bool loose) {
  event(hyperplane, above, false, loose);
  number(1 + 4 * static_cast<std::uint64_t>(hyperplane) + above);
  rows(support);
}

std::size_t Trace::bulk_support(std::vector<int>& support, int number) {
  const auto known = static_cast<std::size_t>(number);  // none is very large
  if (known < bulk_.by_number.size() && bulk_.by_number[known] >= 0) {
    return static_cast<std::size_t>(bulk_.by_number[known]);
  }
  std::sort(support.begin(), support.end(), std::greater<>());
  // Other numbers are other rows.
  std::size_t i = number < 0 ? 0 : bulk_.n;
  while (i < bulk_.n && bulk_.supports[i] != support) ++i;
  if (i == bulk_.n) {
    if (bulk_.n == bulk_.supports.size()) bulk_.supports.emplace_back();
    bulk_.supports[bulk_.n++] = support;
    bulk_.n_claims.push_back(0);
  }
  if (number >= 0) {
    if (known >= bulk_.by_number.size()) bulk_.by_number.resize(known + 1, -1);
    bulk_.by_number[known] = static_cast<int>(i);
  }
  return i;
}

int Trace::name_of(const Wall& wall) const {
  if (wall.layer == Wall::domain) return domain_[wall.index];
  for (std::size_t k = splits_.size(); k-- > 0;) {
    const Wall& own = splits_[k].wall;
    if (own.layer == wall.layer && own.unit == wall.unit && own.index == wall.index) {
      return n_domain_ + static_cast<int>(k);
    }
  }
  return -1;
}

Shown Trace::shown_by(const Wall& wall, const std::vector<int>& names) {
  std::vector<Row> rows;
  for (const int name : names) {
    if (name >= n_domain_) {
      rows.push_back(split_row(static_cast<std::size_t>(name - n_domain_)));
    } else {
      rows.push_back(problem_.search.rows[row_of_[name]]);
    }
  }
  return shown_by_support(path_.break_row_of(wall.layer, wall.unit, wall.index), rows);
}

bool Trace::claim_by(const Wall& wall, bool above, const std::vector<int>& names) {
  const Shown shown = shown_by(wall, names);
  if (shown.side != (above ? Side::positive : Side::negative)) return false;
  std::vector<int> support;
  for (const int j : shown.used) support.push_back(names[j]);
  claim(wall, above, support, shown.loose);
  return true;
}

bool Trace::is_shown_by(const Wall& wall, bool above, const std::vector<int>& names) {
  const Shown shown = shown_by(wall, names);
  return shown.side == (above ? Side::positive : Side::negative) && !shown.loose;
}

Side Trace::claim_exactly(const Wall& wall, const Row* row) {
  const Row g =
      row != nullptr ? *row : path_.break_row_of(wall.layer, wall.unit, wall.index);
  Tableau& tableau = here();
  const Tableau::Test test = tableau.test(g);
  if (test.side == Side::both) return test.side;
  std::vector<int> support;
  const bool constant = is_constant(g);
  const std::vector<int> ids = tableau.column_ids();
  for (std::size_t j = 0; j < ids.size() && !constant; ++j) {
    if (test.row[j + 1] != 0) support.push_back(ids[j]);
  }
  const bool passes_zero = constant ? g[0] == 0 : test.row[0] == 0;
  const bool loose = passes_zero && support.size() < 2;
  claim(wall, test.side == Side::positive, support, loose);
  return test.side;
}

void Trace::begin_bulk() {
  bulk_.claims.clear();
  bulk_.loose.clear();
  bulk_.open.clear();
  bulk_.n_claims.clear();
  bulk_.by_number.clear();
  bulk_.n_named = bulk_.n = 0;
  in_bulk_ = true;
}

/// Loose claims name their support, so they come alone and last.
void Trace::end_bulk() {
  in_bulk_ = false;
  if (are_shorter_alone()) {
    for (const Bulk::Claim& own : bulk_.claims) {
      claim_alone(own.hyperplane, own.above, bulk_.supports[own.support], false);
    }
  } else {
    tell_bulk();
  }
  for (const auto& [wall, own] : bulk_.loose) {
    loose_.push_back({wall.layer, wall.unit, wall.index});
    claim_alone(own.hyperplane, own.above, bulk_.supports[own.support], true);
  }
}

/// Roughly: a token of one or two bytes, and mostly one more for the same support.
bool Trace::are_shorter_alone() const {
  const std::size_t n = bulk_.claims.size();
  if (n == 0) return true;
  const std::size_t a_token = bulk_.claims.back().hyperplane < 32 ? 1 : 2;
  return n * (a_token + 1) <= 3 + bulk_.n + bulk_.open.size();
}

void Trace::tell_bulk() {
  // Those first that show most.  A loose claim's support may show nothing else.
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < bulk_.n; ++i) {
    if (bulk_.n_claims[i] > 0) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(), [this](std::size_t i, std::size_t j) {
    return bulk_.n_claims[i] > bulk_.n_claims[j];
  });
  number(std::uint64_t{4 + 4 * order.size()});
  for (const std::size_t i : order) rows(bulk_.supports[i]);
  std::vector<std::size_t>& open = bulk_.open;
  while (!open.empty() && open.back() + 1 == bulk_.n_named) {
    open.pop_back();
    --bulk_.n_named;
  }
  number(std::uint64_t{bulk_.n_named});
  number(std::uint64_t{open.size()});
  for (std::size_t k = 0; k < open.size(); ++k) {
    number(std::uint64_t{open[k] - (k > 0 ? open[k - 1] + 1 : 0)});
  }
  for (const Bulk::Claim& own : bulk_.claims) {
    event(own.hyperplane, own.above, false, false);
  }
}

}  // namespace polyregions
