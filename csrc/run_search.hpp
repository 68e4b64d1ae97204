// SPDX-License-Identifier: MIT
// A search by one engine, by as many workers as asked for.
#pragma once

#include <utility>
#include <vector>

#include "fast_engines.hpp"
#include "isa.hpp"
#include "tree_search.hpp"

namespace polyregions::POLYREGIONS_ISA {

/// What the workers found, and of the order what nobody began.
inline Enumeration gathered(std::vector<Enumeration> parts, const Question& question,
                            const std::vector<Monitor>& monitors, Monitor& monitor) {
  Enumeration result =
      merged_parts(std::move(parts), monitors, question.problem.network, question.span);
  const std::vector<Task> untouched = question.crew.rest();
  result.rest.insert(result.rest.end(), untouched.begin(), untouched.end());
  // A stop that came when all was done changes nothing.
  if (result.rest.empty()) result.outcome = Outcome::complete;
  monitor = monitors[0];
  monitor.crew = nullptr;
  monitor.audited = 0;
  for (const Monitor& m : monitors) monitor.audited += m.audited;
  monitor.regions = result.n_regions;
  monitor.outcome = result.outcome;
  return result;
}

template <class Cells>
Enumeration run_search(const Problem& problem, const typename Cells::Start& start,
                       Monitor& monitor, const Order& order) {
  const Keep keep = order.keep;
  const int n_workers = order.n_workers;
  const FloatNetwork floats = float_network(problem.network);
  Crew crew(monitor, n_workers);
  const LayerSpan span = layer_span(problem.network);
  FeltNetwork felt;
  if (keep == Keep::linear) felt = felt_network(floats, span.last);
  const Question question{problem,
                          floats,
                          keep == Keep::linear ? &felt : nullptr,
                          span,
                          keep == Keep::cells,
                          monitor.audit_every,
                          order.resumable || order.traced,
                          order.traced,
                          order.traced_linear,
                          crew};
  std::vector<Enumeration> parts(n_workers);
  monitor.crew = &crew;
  std::vector<Monitor> monitors(n_workers, monitor);
  const auto work = [&](int worker) {
    Monitor& own = monitors[worker];
    own.worker = worker;
    if (worker != 0) own.callback = nullptr;
    TreeSearch<Cells> search(question, start, own);
    bool had_one = false;
    while (const auto task = crew.take(own, had_one)) {
      had_one = true;
      search.run(*task);
    }
    own.audited = search.audited();
    parts[worker] = search.take();
  };
  crew.run(order.tasks.empty() ? std::vector<Task>(1) : order.tasks, work);
  return gathered(std::move(parts), question, monitors, monitor);
}

}  // namespace polyregions::POLYREGIONS_ISA
