# SPDX-License-Identifier: MIT
"""Every threshold of the package; nothing else may hold one.

They choose how a question is answered (which float is tried first, how large a
sample is), never the answer: exact integers decide.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerances:
    """Thresholds with their meaning; see the module's docstring."""

    replay_points: int = 16  # random points on which a reader replays its source
    replay_scale: float = 2.0  # their standard deviation
    unpack_bytes: int = 2**28  # an archive may always unpack to this many bytes,
    unpack_ratio: float = 100.0  # and beyond it to this many times its own size
    most_dimensions: int = (
        2**20
    )  # of a domain; its matrix fits into no memory long before
    progress_after: float = 2.0  # seconds before the first progress line
    progress_every: float = 0.5  # seconds between progress lines
    dictionary_rank: int = 5  # from here on "auto" prefers it to the vertex engine
    journal_seconds: float = 1.0  # of search between frames of a journal
    connect_seconds: float = 10.0  # for a scheduler to answer
    first_seconds: float = 0.1  # of search before a cluster is given its first tasks,
    most_first_tasks: int = 64  # and how many of them at most
    split_seconds: float = 0.2  # of parts that are searched to make more tasks
    part_seconds: float = 1.0  # of the other parts on a cluster,
    parts_a_second: int = 50  # or longer, so that no more than these come back
    late_seconds: float = 2.0  # behind a time budget, for results that are on the way
    checkpoint_seconds: float = 30.0  # of training between checkpoints
    spare_seconds: float = 0.2  # of a spent time budget, to count the maps seen
    position_minors: int = 2000  # that are looked at for general position
    first_beam: int = 8  # nodes of an estimate's first runs
    drawn_per_node: int = 5  # uniform cells, of which one is kept
    hits_drawn: int = 2048  # candidates for uniform cells of a box, to see
    least_hit_rate: float = 0.01  # how many of them are cells; below: from the root
    known_first_layer: int = (
        20_000  # cells of a first layer that are counted to compare
    )
    trusted_beam: int = 1024  # from here on a width that is far too small is given up
    widest_beam: int = 16384
    most_cell_dimensions: int = 100  # of cells that beams hold
    least_runs: int = 10  # of an estimate
    runs_at_once: int = 256
    compared_networks: int = 20  # random ones that a wide beam looks at, too
    noisy_beam: float = 1.0  # relative: how far the two may lie apart
    checked_every: int = 256  # samples between two looks at the error asked for
    batch_seconds: float = 0.25  # how long a batch of samples should last
    batch_numbers: int = 2**23  # weights of a batch at most
    calm_deviation: float = 0.3  # of a run: the beam is wide enough
    wild_deviation: float = 0.5  # of one of ten runs: no interval; see BeamRuns,
    wildest_deviation: float = 0.8  # and of one of any number of runs
    agreeing_errors: float = 3.0  # standard errors between two beams that agree,
    missed_errors: float = 4.0  # and from here on runs miss a number that is known
    rounded_mean: float = 1e-9  # relative: how far means of equal runs may lie apart
    log_error: float = 0.1  # relative: from here on logarithms are shown
    edge_peak: float = 0.1  # pre-training draws and keeps peaks so far from 0 and 1
    drawn_length: float = 1e-9  # widths of a picture below which no facet is drawn
    drawn_tie: float = 1e-9  # of the scores that may tie in a cell of a picture


DEFAULT = Tolerances()
