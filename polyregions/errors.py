# SPDX-License-Identifier: MIT
"""The package's exceptions; each also derives from the builtin one would catch."""


class PolyregionsError(Exception):
    """Base of every error that polyregions raises on purpose."""


class InvalidNetworkError(PolyregionsError, ValueError):
    """The network cannot be read exactly: shapes, NaN, unknown modules."""


class InvalidDomainError(PolyregionsError, ValueError):
    """The domain is malformed or does not fit the network."""


class InvalidArgumentError(PolyregionsError, ValueError):
    """An argument is out of its range or does not fit the others."""


class ModelFileError(PolyregionsError, ValueError):
    """A file is missing, corrupt, or of a kind that is not read."""


class JournalError(PolyregionsError, OSError, ValueError):
    """A journal cannot be read or written, is damaged, or is another kind of file."""


class CertificateError(PolyregionsError, OSError):
    """A certificate cannot be written."""


class MissingExtraError(PolyregionsError, ImportError):
    """An optional package is needed and not installed."""


class ClusterError(PolyregionsError, OSError):
    """A scheduler does not answer, or a worker of its cluster failed."""


class SolverError(PolyregionsError, RuntimeError):
    """The HiGHS library could not be loaded or used."""


class InternalError(PolyregionsError, RuntimeError):
    """An invariant of the package does not hold: a bug, never a wrong answer."""


# csrc/status.hpp has the same numbers; tests/test_errors.py holds them together.
_BY_STATUS: dict[int, type[PolyregionsError]] = {
    1: InvalidNetworkError,
    2: InvalidDomainError,
    3: InvalidArgumentError,
    4: SolverError,
    5: InternalError,
}


def error_for_status(status: int) -> type[Exception]:
    """Return the exception class of a status of the compiled core.

    Statuses 6 and 7 are the core's out-of-memory and unforeseen C++ exceptions.
    """
    if status == 6:
        return MemoryError
    return _BY_STATUS.get(status, InternalError)
