# SPDX-License-Identifier: MIT
# Counts of many networks of one shape.

NOT_COUNTED = 255  # the batch was stopped before


def count_batch(CoreNetwork shape not None, CoreFrame frame not None,
                const double[:, ::1] parameters not None, CoreMonitor monitor not None,
                *, bint linear, bint linear_closed, bint affine, int dictionary_rank,
                int threads, uint64_t max_regions, double max_seconds):
    """(counts (n, 4 + hidden layers) int64, outcomes (n,) uint8).

    parameters: (n, weights and biases) finite float64, layer by layer W by rows, then
    b. counts: activation, linear, linear_closed, affine (-1 where not asked for), and
    per_layer; max_regions and max_seconds are those of one network, the monitor's of
    all. outcomes: 0 complete, 1 stopped by its budget, NOT_COUNTED.
    """
    cdef Batch batch
    batch.shape = shape.network
    batch.wanted.linear = linear
    batch.wanted.linear_closed = linear_closed
    batch.wanted.affine = affine
    batch.wanted.dictionary_rank = dictionary_rank
    batch.n_threads = threads
    batch.max_regions = max_regions
    batch.max_seconds = max_seconds
    cdef size_t n = parameters.shape[0]
    if <size_t> parameters.shape[1] != batch.n_parameters():
        raise ValueError("parameters do not fit the shape")
    if shape.network.n_inputs != <int> frame.frame.inputs.rows.size():
        raise ValueError("the domain does not fit the shape")
    cdef int64_t[:, ::1] counts = np.zeros((n, batch.n_columns()), dtype=np.int64)
    cdef uint8_t[::1] outcomes = np.empty(n, dtype=np.uint8)
    if n > 0:
        with nogil:
            c_count_batch(batch, frame.frame, &parameters[0, 0], n, monitor.monitor,
                          &counts[0, 0], &outcomes[0])
    monitor.check()
    return np.asarray(counts), np.asarray(outcomes)
