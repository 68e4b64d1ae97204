# SPDX-License-Identifier: MIT
# Budgets, Ctrl-C and progress.

OUTCOMES = ("complete", "budget", "interrupted")


cdef class CoreMonitor:
    """Budgets of a search, Ctrl-C, and a progress callable(regions, share)."""

    cdef Monitor monitor
    cdef object progress
    cdef object error

    def __init__(self, *, max_regions=None, max_seconds=None, max_bytes=None,
                 progress=None, audit_every=0):
        if max_regions is not None:
            self.monitor.max_regions = max_regions
        if max_seconds is not None:
            self.monitor.max_seconds = max_seconds
        if max_bytes is not None:
            self.monitor.max_bytes = max_bytes
        self.monitor.audit_every = audit_every  # for tests
        self.progress = progress
        self.monitor.callback = on_tick
        self.monitor.context = <void*> self

    cdef int check(self) except -1:
        """Raise what the progress callable raised."""
        if self.error is not None:
            error, self.error = self.error, None
            raise error
        return 0

    @property
    def audited(self):
        """Certified decisions that were taken again in integers."""
        return self.monitor.audited

    @property
    def outcome(self):
        """``complete``, ``budget`` or ``interrupted``."""
        return OUTCOMES[outcome_number(self.monitor.outcome)]


cdef int on_tick(void* context, uint64_t regions, double share) noexcept with gil:
    cdef CoreMonitor self = <CoreMonitor> context
    try:
        PyErr_CheckSignals()
        if self.progress is not None:
            self.progress(regions, share)
    except KeyboardInterrupt:
        return 1
    except BaseException as error:
        self.error = error
        return 1
    return 0
