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
  below_.clear();
  events_.clear();
  loose_.clear();
  tableaus_.clear();
  hash_ = 0;
  has_last_ = false;
  speaking_ = speaks;
}

void Trace::end(std::vector<std::uint8_t> sides) {
  fragment_.bytes.assign(&told_[0], &told_[0] + kept_);
  told_.resize(0);
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

void Trace::long_number(std::uint64_t value) {
  std::size_t n = told_.size();
  std::uint8_t* at = told_.push(10);
  for (; value >= 128; value >>= 7, ++n) *at++ = static_cast<std::uint8_t>(value | 128);
  *at = static_cast<std::uint8_t>(value);
  told_.resize(n + 1);
}

void Trace::number(Integer value) {
  if (!speaking_) return;
  for (; value >= 128; value >>= 7) {
    *told_.push(1) = static_cast<std::uint8_t>(value & 127) | 128;
  }
  *told_.push(1) = static_cast<std::uint8_t>(value);
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
  new_rows(support);
}

void Trace::new_rows(const std::vector<int>& support) {
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
  const auto h = static_cast<std::uint32_t>(hyperplane);
  const std::uint64_t unit = std::uint64_t{1} << h % 64;
  events_.push_back(
      {unit, above ? unit : 0, h / 64 * 64, (loose ? 4u : 0u) | (is_split ? 2u : 0u)});
}

std::vector<std::uint32_t> Trace::events() const {
  std::vector<std::uint32_t> out;
  for (const Event& own : events_) {
    for (std::uint64_t units = own.units; units != 0; units &= units - 1) {
      const auto bit = static_cast<std::uint32_t>(__builtin_ctzll(units));
      const auto above = static_cast<std::uint32_t>(own.above >> bit & 1);
      out.push_back((own.first + bit) << 3 | own.kind | above);
    }
  }
  return out;
}

void Trace::split(const Wall& wall, const Row* row) {
  const int h = hyperplane(wall);
  number(3 + 4 * static_cast<std::uint64_t>(h));
  Split& own = splits_.emplace_back();
  own.wall = wall;
  own.wall.orientation = -1;
  below_.push_back(own.wall);
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
  below_.pop_back();
  forget(own);
  hash_ = mixed(own.hash, 2 * static_cast<std::uint64_t>(h) + 1);
  event(h, true, true, false);
  has_last_ = false;
  if (speaking_ && hash_ % leaves_a_block == 0) {
    fragment_.cuts.push_back({kept_, fragment_.n_nodes, events()});
  }
}

void Trace::pop() {
  forget(splits_.back());
  hash_ = splits_.back().hash;
  if (splits_.back().wall.orientation < 0) below_.pop_back();
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

}  // namespace polyregions
