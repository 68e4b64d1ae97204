// SPDX-License-Identifier: MIT
// Claims of a certificate: on which side of hyperplanes a node lies, one by one or many
// at once.
#include <algorithm>
#include <functional>
#include <utility>

#include "status.hpp"
#include "trace.hpp"

namespace polyregions {

namespace {

/// Of few items.
template <class Item, class Before>
void sort_few(std::vector<Item>& items, Before&& before) {
  for (std::size_t i = 1; i < items.size(); ++i) {
    const Item own = items[i];
    std::size_t k = i;
    for (; k > 0 && before(own, items[k - 1]); --k) items[k] = items[k - 1];
    items[k] = own;
  }
}

}  // namespace

void Trace::claim(const Wall& wall, bool above, std::vector<int>& support, bool loose,
                  int number) {
  if (!in_bulk_) {
    if (loose) loose_.push_back({wall.layer, wall.unit, wall.index});
    sort_few(support, std::greater<>());
    return claim_alone(hyperplane(wall), above, support, loose);
  }
  const std::size_t number_in_bulk = bulk_support(support, number);
  if (!loose) return note_claim(hyperplane(wall), above, number_in_bulk);
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
  const auto end = bulk_.numbers.begin() + static_cast<std::ptrdiff_t>(bulk_.n);
  const auto known = number < 0 ? end : std::find(bulk_.numbers.begin(), end, number);
  if (known != end) return static_cast<std::size_t>(known - bulk_.numbers.begin());
  sort_few(support, std::greater<>());
  // Other numbers are other rows.
  std::size_t i = number < 0 ? 0 : bulk_.n;
  while (i < bulk_.n && bulk_.supports[i] != support) ++i;
  if (i == bulk_.n) {
    if (bulk_.n == bulk_.supports.size()) bulk_.supports.emplace_back();
    bulk_.supports[bulk_.n++].swap(support);
    bulk_.n_claims.push_back(0);
    bulk_.numbers.push_back(number);
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
  bulk_.settled.clear();
  bulk_.above.clear();
  bulk_.n_claims.clear();
  bulk_.numbers.clear();
  bulk_.n_named = bulk_.n = bulk_.n_groups = 0;
  in_bulk_ = true;
}

void Trace::begin_words(std::size_t n_words) {
  begin_bulk();
  bulk_.settled.assign(n_words, 0);
  bulk_.above.assign(n_words, 0);
}

void Trace::claim_group(const Group& group, std::vector<std::uint64_t>& settled,
                        const std::vector<std::uint64_t>& above) {
  if (bulk_.n_groups == bulk_.groups.size()) bulk_.groups.emplace_back();
  auto& [own, support] = bulk_.groups[bulk_.n_groups];
  own.clear();
  std::size_t n = 0;
  for (std::size_t i = 0; i < settled.size(); ++i) {
    own.push_back(group.units[i] & settled[i]);
    n += static_cast<std::size_t>(__builtin_popcountll(own[i]));
  }
  if (n == 0) return;
  for (std::size_t i = 0; i < settled.size(); ++i) {
    settled[i] &= ~own[i];
    bulk_.settled[i] |= own[i];
    bulk_.above[i] |= own[i] & above[i];
  }
  names_.assign(group.names.begin(), group.names.end());
  support = bulk_support(names_, group.number);
  bulk_.n_claims[support] += n;
  ++bulk_.n_groups;
}

void Trace::note_claim(int hyperplane, bool above, std::size_t support) {
  bulk_.claims.push_back({hyperplane, above, support});
  ++bulk_.n_claims[support];
  if (bulk_.settled.empty()) {
    ++bulk_.n_named;
  } else {
    const std::uint64_t unit = std::uint64_t{1} << hyperplane % 64;
    bulk_.settled[hyperplane / 64] |= unit;
    if (above) bulk_.above[hyperplane / 64] |= unit;
  }
}

/// Loose claims name their support, so they come alone and last.
void Trace::end_bulk() {
  in_bulk_ = false;
  if (!bulk_.settled.empty()) name_open();
  if (are_shorter_alone()) {
    expand_groups();
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

/// Which of a layer's hyperplanes are open, up to the last that is claimed.
void Trace::name_open() {
  std::size_t i = bulk_.settled.size();
  while (i > 0 && bulk_.settled[i - 1] == 0) --i;
  if (i == 0) return;
  const auto last =
      63 - static_cast<std::size_t>(__builtin_clzll(bulk_.settled[i - 1]));
  bulk_.n_named = 64 * (i - 1) + last + 1;
  for (std::size_t k = 0; k < i; ++k) {
    std::uint64_t open = ~bulk_.settled[k];
    if (k + 1 == i) open &= ~std::uint64_t{0} >> (63 - last);
    for (; open != 0; open &= open - 1) {
      bulk_.open.push_back(64 * k + static_cast<std::size_t>(__builtin_ctzll(open)));
    }
  }
}

/// Roughly: a token of one or two bytes, and mostly one more for the same support.
bool Trace::are_shorter_alone() const {
  const std::size_t n = bulk_.n_all();
  if (n == 0) return true;
  const std::size_t last =
      bulk_.settled.empty() ? static_cast<std::size_t>(bulk_.claims.back().hyperplane)
                            : bulk_.n_named - 1;
  const std::size_t a_token = last < 32 ? 1 : 2;
  return n * (a_token + 1) <= 3 + bulk_.n + bulk_.open.size();
}

/// Claims of groups as single ones, in the order of hyperplanes.
void Trace::expand_groups() {
  if (bulk_.n_groups == 0) return;
  for (std::size_t k = 0; k < bulk_.n_groups; ++k) {
    const auto& [units, support] = bulk_.groups[k];
    for (std::size_t i = 0; i < units.size(); ++i) {
      for (std::uint64_t rest = units[i]; rest != 0; rest &= rest - 1) {
        const int bit = __builtin_ctzll(rest);
        bulk_.claims.push_back({static_cast<int>(64 * i) + bit,
                                (bulk_.above[i] >> bit & 1) != 0, support});
      }
    }
  }
  std::sort(bulk_.claims.begin(), bulk_.claims.end(),
            [](const Bulk::Claim& a, const Bulk::Claim& b) {
              return a.hyperplane < b.hyperplane;
            });
}

void Trace::tell_bulk() {
  // Those first that show most.  A loose claim's support may show nothing else.
  std::vector<std::size_t>& order = bulk_.order;
  order.clear();
  for (std::size_t i = 0; i < bulk_.n; ++i) {
    if (bulk_.n_claims[i] > 0) order.push_back(i);
  }
  sort_few(order, [this](std::size_t i, std::size_t j) {
    return bulk_.n_claims[i] > bulk_.n_claims[j];
  });
  number(std::uint64_t{4 + 4 * order.size()});
  rows(bulk_.supports[order[0]]);
  // Supports of a bulk differ from each other.
  for (std::size_t i = 1; i < order.size(); ++i) new_rows(bulk_.supports[order[i]]);
  if (order.size() > 1) last_ = bulk_.supports[order.back()];
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
  for (std::size_t i = 0; i < bulk_.settled.size(); ++i) {
    if (bulk_.settled[i] == 0) continue;
    const auto first = static_cast<std::uint32_t>(64 * i);
    events_.push_back({bulk_.settled[i], bulk_.above[i], first, 0});
  }
  if (!bulk_.settled.empty()) return;
  for (const Bulk::Claim& own : bulk_.claims) {
    event(own.hyperplane, own.above, false, false);
  }
}

}  // namespace polyregions
