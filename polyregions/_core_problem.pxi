# SPDX-License-Identifier: MIT
# One network on one domain: every stage of a question is one call.


cdef class CoreProblem:
    """One network on one domain: every stage of a question is a call of it."""

    cdef CoreNetwork network
    cdef CoreFrame frame
    cdef unique_ptr[Problem] problem
    cdef unique_ptr[VertexStart] vertex          # made when first asked for
    cdef unique_ptr[DictionaryStart] dictionary

    def __cinit__(self, CoreNetwork network not None, CoreFrame frame not None):
        if network.network.layers.size() == 0:
            raise ValueError("the network has no layers")
        if <int> frame.frame.inputs.rows.size() != network.network.n_inputs and \
                not frame.frame.empty:
            raise ValueError("the domain does not fit the network")
        self.network = network
        self.frame = frame
        self.problem.reset(new Problem(network.network, frame.frame))

    @property
    def n_words(self):
        """Words of a packed pattern."""
        return self.problem.get().layout.n_words

    @property
    def search_dim(self):
        """Coordinates that the network can tell apart on the domain."""
        return self.problem.get().search.dim

    @property
    def kept(self):
        """Coordinates of the domain that `search_dim` counts."""
        return list(self.problem.get().search.kept)

    def enumerate_rational(self, CoreMonitor monitor not None, bint store, *,
                           bint traced=False, bint linear=False):
        """Run engine="rational"; (CoreCells, counts as a dict)."""
        cdef Enumeration result
        cdef cbool keep = store, tells = traced, walls = linear
        with nogil:
            result = enumerate_rational(self.problem.get()[0], monitor.monitor, keep,
                                        tells, walls)
        monitor.check()
        return _enumeration(result)

    def vertex_engine_applies(self):
        """Whether engine="vertex" can take the problem."""
        if self.vertex.get() == NULL:
            self.vertex.reset(new VertexStart(vertex_start(self.problem.get()[0])))
        return self.vertex.get().applies

    def enumerate_vertex(self, CoreMonitor monitor not None, int keep, int threads=1,
                         **parts):
        """Run engine="vertex"; (CoreCells, counts as a dict).

        keep: 0 nothing, 1 the cells, 2 what count_linear needs.
        parts: tasks, the `rest` of another call; resumable, so that `rest` is what this
        one has not found; traced, linear: fragments of a certificate.
        """
        if not self.vertex_engine_applies():
            raise ValueError("the vertex engine does not apply")
        cdef Enumeration result
        cdef Order order
        self._set_order(order, keep, threads, parts)
        with nogil:
            result = fast_engines().vertex(self.problem.get()[0], self.vertex.get()[0],
                                           monitor.monitor, order)
        monitor.check()
        return _enumeration(result)

    def prefers_dictionary(self, int from_rank):
        """Whether engine="auto" asks the dictionary engine first."""
        return c_prefers_dictionary(self.problem.get()[0], from_rank)

    def dictionary_engine_applies(self):
        """Whether engine="dictionary" can take the problem."""
        if self.dictionary.get() == NULL:
            self.dictionary.reset(
                new DictionaryStart(dictionary_start(self.problem.get()[0])))
        return self.dictionary.get().applies

    def enumerate_dictionary(self, CoreMonitor monitor not None, int keep,
                             int threads=1, **parts):
        """Run engine="dictionary"; as enumerate_vertex."""
        if not self.dictionary_engine_applies():
            raise ValueError("the dictionary engine does not apply")
        cdef Enumeration result
        cdef Order order
        self._set_order(order, keep, threads, parts)
        with nogil:
            result = fast_engines().dictionary(
                self.problem.get()[0], self.dictionary.get()[0], monitor.monitor,
                order)
        monitor.check()
        return _enumeration(result)

    def count_linear(self, CoreCells found not None, CoreMonitor monitor not None):
        """Linear regions of what was found with keep=2; partial: a lower bound."""
        cdef uint64_t count
        with nogil:
            count = c_count_linear(self.problem.get()[0], found.found, monitor.monitor)
        monitor.check()
        return count

    def enumerate_highs(self, CoreMonitor monitor not None, bint store, str library, *,
                        int form=0, int hints=0, uint64_t seed=0):
        """Run engine="highs"; hints: 0 honest, 1 unknown, 2 lies (for tests)."""
        cdef unique_ptr[Decider] decider
        decider.reset(new_decider(library.encode(), hints, seed))
        cdef Enumeration result
        cdef cbool keep = store
        with nogil:
            result = enumerate_highs(self.problem.get()[0], decider.get()[0],
                                     form_of(form), monitor.monitor, keep)
        monitor.check()
        return _enumeration(result)

    def adjacency(self, CoreCells cells not None, CoreMonitor monitor not None,
                  const int64_t[::1] maps not None, bint equal_only=False):
        """(first, second, same_map): pairs of cells that share a facet.

        ``maps`` are the labels of map_labels.
        """
        self._check(cells)
        cdef vector[int64_t] labels = self._labels(cells, maps)
        cdef cbool only = equal_only
        cdef Adjacency found
        with nogil:
            found = find_adjacency(self.problem.get()[0], cells.found.cells, labels,
                                   only, monitor.monitor)
        monitor.check()
        cdef Py_ssize_t i, n = found.same_map.size()
        cdef uint8_t[::1] same = np.empty(n, dtype=np.uint8)
        for i in range(n):
            same[i] = found.same_map[i]
        return labels_array(found.first), labels_array(found.second), \
            np.asarray(same).astype(bool)

    def map_labels(self, CoreCells cells not None, CoreMonitor monitor not None):
        """(n_cells,) int64: equal for exactly equal output maps."""
        self._check(cells)
        cdef vector[int64_t] labels
        with nogil:
            labels = c_map_labels(self.problem.get()[0], cells.found.cells,
                                  monitor.monitor)
        monitor.check()
        return labels_array(labels)

    def closed_components(self, CoreCells cells not None, const int64_t[::1] components,
                          const int64_t[::1] maps, CoreMonitor monitor not None):
        """(n_cells,) int64: components joined on any contact of equal maps."""
        self._check(cells)
        cdef vector[int64_t] given = self._labels(cells, components)
        cdef vector[int64_t] labels = self._labels(cells, maps)
        cdef vector[int64_t] result
        with nogil:
            result = c_closed_components(self.problem.get()[0], cells.found.cells,
                                         given, labels, monitor.monitor)
        monitor.check()
        return labels_array(result)

    def all_rows(self, CoreCells cells not None, size_t cell):
        """Integer rows of a cell, >= 0 on its closure: all breaks in their order, but
        for those that are 0 on it."""
        self._check(cells)
        if cell >= cells.found.cells.n_cells:
            raise IndexError("no such cell")
        cdef Digits digits = zero_digits(self.network.network)
        unpack(self.problem.get().layout,
               cells.found.cells.patterns.data() + cell * cells.found.cells.n_words,
               digits)
        return rows_ints(break_rows(self.problem.get()[0], digits))

    def locate(self, CoreCells cells not None, const double[:, ::1] points):
        """(n,) int64: first cell whose closure holds each own point, or -1."""
        self._check(cells)
        if points.shape[1] != self.frame.frame.dim:
            raise ValueError("points have the wrong dimension")
        cdef Py_ssize_t start, n = points.shape[0]
        cdef size_t some
        cdef const double* first
        cdef double none = 0.0
        cdef vector[int64_t] found
        parts = [np.empty(0, dtype=np.int64)]
        for start in range(0, n, 1000):  # between them Ctrl-C is noticed
            PyErr_CheckSignals()
            first = &points[start, 0] if points.shape[1] > 0 else &none
            some = min(n - start, 1000)
            with nogil:
                found = c_locate(self.problem.get()[0], cells.found.cells, first, some)
            parts.append(labels_array(found))
        return np.concatenate(parts)

    def unpack(self, const uint64_t[:, ::1] packed):
        """(n, n_columns) uint8 digits of packed patterns."""
        cdef const PatternLayout* layout = &self.problem.get().layout
        cdef Py_ssize_t i, k, n = packed.shape[0], m = layout.columns.size()
        if packed.shape[1] != layout.n_words:
            raise ValueError("packed patterns have the wrong width")
        out = np.empty((n, m), dtype=np.uint8)
        cdef uint8_t[:, ::1] digits = out
        for i in range(n):
            for k in range(m):
                digits[i, k] = (packed[i, layout.columns[k].word]
                                >> layout.columns[k].shift) & \
                    ((<uint64_t> 1 << layout.columns[k].bits) - 1)
        return out

    def region(self, const uint64_t[::1] packed, const double[::1] point):
        """The cell as CoreRegion, in own coordinates."""
        if packed.shape[0] != self.problem.get().layout.n_words or \
                point.shape[0] != self.frame.frame.dim:
            raise ValueError("pattern or point has the wrong length")
        cdef Digits digits = zero_digits(self.network.network)
        cdef double none = 0.0
        cdef const double* first = &point[0] if point.shape[0] > 0 else &none
        if packed.shape[0] > 0 and not digits_fit(self.problem.get()[0], &packed[0], 1):
            raise ValueError("a digit that the unit does not have")
        if packed.shape[0] > 0:
            unpack(self.problem.get().layout, &packed[0], digits)
        cdef CoreRegion out = CoreRegion.__new__(CoreRegion)
        with nogil:
            out.region = cell_region(self.problem.get()[0], digits, first)
        return out

    cdef int _set_order(self, Order& out, int keep, int threads, dict parts) \
            except -1:
        # Filled in place: a copy that finds no memory would end the process.
        tasks = parts.pop("tasks", None)
        out.keep = keep_of(keep)
        out.n_workers = threads
        out.resumable = parts.pop("resumable", False)
        out.traced = parts.pop("traced", False)
        out.traced_linear = parts.pop("linear", False)
        if parts:
            raise TypeError(f"unknown arguments: {', '.join(parts)}")
        if tasks is not None and not tasks:
            raise ValueError("no task to search")
        for steps, found in tasks or ():
            if len(found) != self.network.network.n_hidden() and steps:
                raise ValueError("a task of another network")
            if steps and (not set(steps) <= {0, 1, 2} or steps[len(steps) - 1] != 1):
                raise ValueError("a task that leads nowhere")
            add_task(out, steps, len(steps), found, len(found))
        return 0

    def add_part(self, CoreCells total not None, CoreCells part not None):
        """Move what a part of the search has found to the total; its counts."""
        self._check(part)
        self._check_candidates(part)
        cdef vector[Fragment] none
        with nogil:
            part.found.fragments = none
            add_part(total.found, move(part.found), self.problem.get()[0])
        return _counts(total.found)

    cdef int _check_candidates(self, CoreCells part) except -1:
        cdef const PatternLayout* layout = &self.problem.get().layout
        cdef Candidates* own = &part.found.candidates
        cdef size_t i
        if own.patterns.size() != own.n_cells * layout.n_words or \
                not digits_fit(self.problem.get()[0], own.patterns.data(), own.n_cells):
            raise ValueError("candidates of another network")
        for i in range(own.columns.size()):
            if own.columns[i] >= <uint32_t> layout.n_columns() or \
                    own.steps[i] not in (-1, 1):
                raise ValueError("a neighbour that cannot be")
        if part.found.per_layer.size() != \
                <size_t> self.network.network.n_hidden():
            raise ValueError("counts of another network")
        return 0

    cdef vector[int64_t] _labels(self, CoreCells cells, const int64_t[::1] labels) \
            except *:
        cdef vector[int64_t] out
        cdef Py_ssize_t i, n = len(cells)
        if labels.shape[0] != n:
            raise ValueError("one label a cell")
        for i in range(n):
            if not 0 <= labels[i] < n:
                raise ValueError("a label is out of range")
            out.push_back(labels[i])
        return out

    cdef int _check(self, CoreCells cells) except -1:
        if len(cells) and \
                (cells.found.cells.n_words != self.problem.get().layout.n_words or
                 cells.found.cells.dim != self.frame.frame.dim):
            raise ValueError("the cells belong to another network or domain")
        if not digits_fit(self.problem.get()[0], cells.found.cells.patterns.data(),
                          cells.found.cells.n_cells):
            raise ValueError("a digit that the unit does not have")
        return 0


cdef tuple _enumeration(Enumeration& result):
    cdef CoreCells cells = CoreCells()
    counts = _counts(result)
    cells.found = move(result)
    return cells, counts


cdef dict _counts(const Enumeration& result):
    cdef Decisions d = result.decisions
    cdef size_t k
    per_layer = []
    for k in range(result.per_layer.size()):
        per_layer.append(result.per_layer[k])
    return {
        "activation": result.n_regions,
        "per_layer": tuple(per_layer),
        "status": OUTCOMES[outcome_number(result.outcome)],
        "decisions": {
            "constant": d.constant,
            "combinatorial": d.combinatorial,
            "filter": d.filter,
            "point": d.point,
            "support": d.support,
            "exact": d.exact,
            "lp_calls": d.lp_calls,
            "lp_unknown": d.lp_unknown,
        },
    }


def rank(const double[:, ::1] matrix):
    """Rank of a float64 matrix, exact."""
    cdef vector[double] zeros
    zeros.resize(matrix.shape[0])
    if matrix.shape[0] == 0 or matrix.shape[1] == 0:
        return 0
    cdef vector[Row] rows = inequality_rows(&matrix[0, 0], zeros.data(),
                                            matrix.shape[0], matrix.shape[1])
    return pivot_columns(rows, matrix.shape[1]).size()


def open_components(size_t n_cells, const int64_t[::1] first,
                    const int64_t[::1] second):
    """(n_cells,) int64: components under pairs of cells."""
    cdef Adjacency pairs
    cdef Py_ssize_t i
    if first.shape[0] != second.shape[0]:
        raise ValueError("pairs differ in length")
    for i in range(first.shape[0]):
        if not (0 <= first[i] < <int64_t> n_cells and
                0 <= second[i] < <int64_t> n_cells):
            raise ValueError("a pair names a cell that does not exist")
        pairs.first.push_back(first[i])
        pairs.second.push_back(second[i])
        pairs.same_map.push_back(1)
    return labels_array(c_open_components(n_cells, pairs))
