# SPDX-License-Identifier: MIT
# Estimates of one network too large to enumerate.

cdef size_t ANY_NUMBER = <size_t> 1 << 62  # of units that beams start from


def cutting_layers(CoreNetwork network not None):
    """(hyperplanes of the first layer that has any, layers that have some)."""
    cdef CuttingLayers found = c_cutting_layers(network.network)
    return found.n_hyperplanes, found.n_layers


cdef class CoreBeams:
    """Independent beams through the split tree of one network on one domain."""

    cdef CoreProblem problem
    cdef DictionaryStart start

    def __cinit__(self, CoreProblem problem not None):
        self.problem = problem
        self.start = dictionary_start(problem.problem.get()[0], ANY_NUMBER)

    @property
    def applies(self):
        """Whether there is anything to estimate, and cells that beams can hold."""
        return self.start.applies

    @property
    def is_central(self):
        """Whether all cells are cones: then the first layer is not generic."""
        return self.start.central

    def general_position(self, int samples, uint64_t seed):
        """Of the first layer, in R^d or a box: -1 no, 0 so it seems, 1 certainly."""
        cdef int found
        with nogil:
            found = c_general_position(self.problem.problem.get()[0], samples, seed)
        return found

    def runs(self, const uint64_t[:, ::1] seeds not None, CoreMonitor monitor not None,
             *, int width, double log_candidates, int drawn, int threads):
        """Columns (n,): logs of the estimate and of the first layer's, failures,
        complete.

        seeds: (n, 4) uint64, the streams; drawn: candidates for cells of the first
        layer, of which there are exp(log_candidates), to start from uniform ones, or 0.
        """
        if not self.start.applies:
            raise ValueError("there is nothing to estimate")
        if seeds.shape[1] != 4 or width < 1 or threads < 1 or drawn < 0:
            raise ValueError("seeds (n, 4), width >= 1, threads >= 1, drawn >= 0")
        cdef BeamOrder order
        order.width = width
        order.log_candidates = log_candidates
        order.n_drawn = drawn
        cdef vector[uint64_t] words
        cdef size_t i, k
        for i in range(<size_t> seeds.shape[0]):
            for k in range(4):
                words.push_back(seeds[i, k])
        cdef vector[BeamRun] found
        with nogil:
            found = c_estimate_runs(self.problem.problem.get()[0], self.start, order,
                                    words, threads, monitor.monitor)
        monitor.check()
        n = found.size()
        cdef double[::1] logs = np.empty(n), first = np.empty(n)
        cdef uint64_t[::1] failures = np.empty(n, dtype=np.uint64)
        cdef uint8_t[::1] complete = np.empty(n, dtype=np.uint8)
        for i in range(found.size()):
            logs[i] = found[i].log_estimate
            first[i] = found[i].log_first
            failures[i] = found[i].n_failures
            complete[i] = found[i].complete
        return (np.asarray(logs), np.asarray(first), np.asarray(failures),
                np.asarray(complete).astype(bool))
