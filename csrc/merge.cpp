// SPDX-License-Identifier: MIT
#include "merge.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "polyhedron.hpp"
#include "residues.hpp"
#include "union_find.hpp"
#include "walk.hpp"

namespace polyregions {

namespace {

class CellReader {
 public:
  CellReader(const Problem& problem, const Cells& cells)
      : problem_(problem),
        cells_(cells),
        walker_(problem.network, problem.search),
        digits_(zero_digits(problem.network)) {}

  const Walker& at(std::size_t cell) {
    unpack(problem_.layout, cells_.patterns.data() + cell * cells_.n_words, digits_);
    walker_.move_to(digits_);
    return walker_;
  }

 private:
  const Problem& problem_;
  const Cells& cells_;
  Walker walker_;
  Digits digits_;
};

/// True when the closures of two cells meet inside the open domain.
bool closures_meet(const Problem& problem, const Walls& a, const Walls& b) {
  std::vector<Row> rows;
  // Walls that both cells have from opposite sides come first: they are equations and
  // take dimensions away before any inequality is looked at.
  for (std::size_t i = a.n_domain; i < a.rows.size(); ++i) {
    for (std::size_t j = b.n_domain; j < b.rows.size(); ++j) {
      int factor = 0;
      if (!is_multiple(a.rows[i], b.rows[j], factor) || factor > 0) continue;
      rows.push_back(a.rows[i]);
      rows.push_back(b.rows[j]);
    }
  }
  rows.insert(rows.end(), a.rows.begin(), a.rows.end());
  rows.insert(rows.end(), b.rows.begin() + b.n_domain, b.rows.end());
  const Hull hull = relative_interior(problem.search.dim, rows);
  if (hull.empty) return false;
  // A domain row is >= 0 on the common face; if it is not identically zero there, it
  // is positive on the relative interior, one point of which serves for all rows.
  for (const Row& row : problem.search.rows) {
    Row on_face(hull.dim + 1, 0);
    on_face[0] = row[0] * hull.given.scale;
    for (std::size_t k = 0; k < hull.given.rows.size(); ++k) {
      add_multiple(on_face, row[k + 1], hull.given.rows[k]);
    }
    if (is_constant(on_face) && on_face[0] == 0) return false;
  }
  return true;
}

}  // namespace

std::vector<std::int64_t> map_labels(const Problem& problem, const Cells& cells,
                                     Monitor& monitor) {
  MapResidues residues(problem.network, problem.search);
  Digits digits = zero_digits(problem.network);
  std::unordered_map<std::uint64_t, std::vector<std::int64_t>> groups;
  std::size_t seen_cells = 0;
  for (std::size_t cell = 0; cell < cells.n_cells && monitor.goes_on(); ++cell) {
    ++seen_cells;
    unpack(problem.layout, cells.patterns.data() + cell * cells.n_words, digits);
    groups[residues.of(digits)].push_back(static_cast<std::int64_t>(cell));
  }
  CellReader reader(problem, cells);
  UnionFind classes(seen_cells);
  for (const auto& [residue, members] : groups) {
    if (members.size() == 1) continue;
    std::vector<std::pair<std::int64_t, AffineMap>> seen;
    for (const std::int64_t cell : members) {
      if (!monitor.goes_on()) {  // unresolved: not claimed to be different
        classes.unite(cell, members[0]);
        continue;
      }
      const AffineMap& map = reader.at(static_cast<std::size_t>(cell)).output();
      const auto same = std::find_if(seen.begin(), seen.end(), [&](const auto& entry) {
        return entry.second.rows == map.rows;
      });
      if (same == seen.end()) {
        seen.emplace_back(cell, map);
      } else {
        classes.unite(cell, same->first);
      }
    }
  }
  return classes.labels();
}

std::vector<std::int64_t> open_components(std::size_t n_cells, const Adjacency& pairs) {
  UnionFind components(n_cells);
  for (std::size_t i = 0; i < pairs.first.size(); ++i) {
    if (pairs.same_map[i]) components.unite(pairs.first[i], pairs.second[i]);
  }
  return components.labels();
}

std::vector<std::int64_t> closed_components(const Problem& problem, const Cells& cells,
                                            const std::vector<std::int64_t>& components,
                                            const std::vector<std::int64_t>& maps,
                                            Monitor& monitor) {
  UnionFind joined(cells.n_cells);
  std::vector<std::int64_t> first_of(cells.n_cells, -1);
  std::map<std::int64_t, std::vector<std::int64_t>> members;  // by map
  for (std::size_t cell = 0; cell < cells.n_cells; ++cell) {
    const auto id = static_cast<std::int64_t>(cell);
    std::int64_t& first = first_of[components[cell]];
    if (first < 0) first = id;
    joined.unite(first, id);
    members[maps[cell]].push_back(id);
  }
  CellReader reader(problem, cells);
  for (const auto& [map, group] : members) {
    const bool several = std::any_of(
        group.begin(), group.end(),
        [&](std::int64_t cell) { return components[cell] != components[group[0]]; });
    if (!several) continue;
    std::vector<Walls> walls;
    for (const std::int64_t cell : group) {
      walls.push_back(walls_of(problem.network, problem.search,
                               reader.at(static_cast<std::size_t>(cell))));
    }
    for (std::size_t i = 0; i < group.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (joined.find(group[i]) == joined.find(group[j])) continue;
        if (!monitor.goes_on()) return joined.labels();
        if (closures_meet(problem, walls[i], walls[j]))
          joined.unite(group[i], group[j]);
      }
    }
  }
  return joined.labels();
}

}  // namespace polyregions
