# SPDX-License-Identifier: MIT
# What a search has found, in columns.


cdef class CoreCells:
    """Cells in columns, sorted by pattern."""

    cdef Enumeration found  # and what an engine found beside them

    def __len__(self):
        return self.found.cells.n_cells

    @property
    def patterns(self):
        """(n_cells, n_words) uint64, packed."""
        return _copy_words(self.found.cells.patterns, self.found.cells.n_cells,
                           self.found.cells.n_words)

    @property
    def on_break(self):
        """(n_cells, ceil(n_columns / 64)) uint64, packed from the lowest bit."""
        return _copy_words(self.found.cells.on_break, self.found.cells.n_cells,
                           self.found.cells.n_flag_words)

    @property
    def points(self):
        """(n_cells, dim) float64."""
        cdef Py_ssize_t i, n = self.found.cells.points.size()
        out = np.empty((self.found.cells.n_cells, self.found.cells.dim))
        cdef double[::1] flat = out.reshape(-1)
        for i in range(n):
            flat[i] = self.found.cells.points[i]
        return out

    @staticmethod
    def from_arrays(const uint64_t[:, ::1] patterns, const uint64_t[:, ::1] on_break,
                    const double[:, ::1] points):
        """Rebuild from what the properties gave."""
        cdef CoreCells self = CoreCells()
        cdef Py_ssize_t i, k, n = patterns.shape[0]
        if on_break.shape[0] != n or points.shape[0] != n:
            raise ValueError("columns differ in length")
        self.found.cells.n_cells = n
        self.found.cells.n_words = patterns.shape[1]
        self.found.cells.n_flag_words = on_break.shape[1]
        self.found.cells.dim = points.shape[1]
        for i in range(n):
            for k in range(patterns.shape[1]):
                self.found.cells.patterns.push_back(patterns[i, k])
            for k in range(on_break.shape[1]):
                self.found.cells.on_break.push_back(on_break[i, k])
            for k in range(points.shape[1]):
                self.found.cells.points.push_back(points[i, k])
        return self

    @property
    def fragments(self):
        """Of a certificate: (sides, tokens, n_leaves, cuts) each; a cut is (bytes and
        leaves before it, events)."""
        cdef size_t i, k
        out = []
        for i in range(self.found.fragments.size()):
            cuts = []
            for k in range(self.found.fragments[i].cuts.size()):
                cuts.append((self.found.fragments[i].cuts[k].at,
                             self.found.fragments[i].cuts[k].n_nodes,
                             list(self.found.fragments[i].cuts[k].events)))
            out.append((_bytes(self.found.fragments[i].sides),
                        _bytes(self.found.fragments[i].bytes),
                        self.found.fragments[i].n_nodes, cuts))
        return out

    @property
    def rest(self):
        """What a resumable search has left: tasks (steps, found)."""
        cdef size_t i
        return [(_bytes(self.found.rest[i].steps), _bytes(self.found.rest[i].found))
                for i in range(self.found.rest.size())]

    def sort(self):
        """Sort the cells by pattern; those of one call are sorted already."""
        with nogil:
            sort_cells(self.found.cells)

    @property
    def nbytes(self):
        """Bytes that the columns hold."""
        return bytes_of(self.found.cells) + bytes_of(self.found.candidates)

    def candidates(self):
        """(patterns, first, columns, steps): what count_linear needs beside the cells.
        """
        cdef Candidates* own = &self.found.candidates
        cdef Py_ssize_t i, n = own.n_cells, m = own.columns.size()
        cdef Py_ssize_t width = own.patterns.size() // max(n, 1)
        first = np.empty(n, dtype=np.uint64)
        columns = np.empty(m, dtype=np.uint32)
        steps = np.empty(m, dtype=np.int8)
        cdef uint64_t[::1] firsts = first
        cdef uint32_t[::1] all_columns = columns
        cdef int8_t[::1] all_steps = steps
        for i in range(n):
            firsts[i] = own.first[i]
        for i in range(m):
            all_columns[i] = own.columns[i]
            all_steps[i] = own.steps[i]
        return _copy_words(own.patterns, n, width), first, columns, steps

    def set_candidates(self, const uint64_t[:, ::1] patterns,
                       const uint64_t[::1] first, const uint32_t[::1] columns,
                       const int8_t[::1] steps):
        """Put back what `candidates` gave."""
        cdef Candidates* own = &self.found.candidates
        cdef Py_ssize_t i, k, n = first.shape[0], m = columns.shape[0]
        if patterns.shape[0] != n or steps.shape[0] != m:
            raise ValueError("columns differ in length")
        for i in range(n):
            if first[i] > <uint64_t> m or (i > 0 and first[i] < first[i - 1]):
                raise ValueError("first neighbours are out of order")
            own.first.push_back(first[i])
            for k in range(patterns.shape[1]):
                own.patterns.push_back(patterns[i, k])
        for i in range(m):
            own.columns.push_back(columns[i])
            own.steps.push_back(steps[i])
        own.n_cells = n

    def set_counts(self, dict counts not None):
        """Put back what came with the cells."""
        cdef Decisions* d = &self.found.decisions
        cdef uint64_t number
        self.found.n_regions = counts["activation"]
        self.found.per_layer.clear()
        for number in counts["per_layer"]:
            self.found.per_layer.push_back(number)
        self.found.outcome = outcome_of(OUTCOMES.index(counts["status"]))
        decisions = counts["decisions"]
        d.constant = decisions["constant"]
        d.combinatorial = decisions["combinatorial"]
        d.filter = decisions["filter"]
        d.point = decisions["point"]
        d.support = decisions["support"]
        d.exact = decisions["exact"]
        d.lp_calls = decisions["lp_calls"]
        d.lp_unknown = decisions["lp_unknown"]


cdef bytes _bytes(const vector[uint8_t]& values):
    return (<const char*> values.data())[:values.size()] if values.size() else b""


cdef object _copy_words(const vector[uint64_t]& words, Py_ssize_t n, Py_ssize_t width):
    cdef Py_ssize_t i
    out = np.empty((n, width), dtype=np.uint64)
    cdef uint64_t[::1] flat = out.reshape(-1)
    for i in range(n * width):
        flat[i] = words[i]
    return out
