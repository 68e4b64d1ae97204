# SPDX-License-Identifier: MIT
"""What is tracked while a network trains, against counts made one by one."""

import csv
import subprocess
import sys
import types
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import polyregions as pr
from polyregions.errors import (
    InvalidArgumentError,
    InvalidNetworkError,
    JournalError,
    MissingExtraError,
)

study = pr.study
torch = pytest.importorskip("torch")

BOX = pr.Domain.box(-1, 1, dim=2)
DATA = study.random_labels(40)


def tracked(tracker, epochs=4, data=DATA):
    """Train a small network under a tracker; its weights after each epoch."""
    module, seen = study.classifier((2, 7, 6, data.n_classes)), {}

    def look(module, epoch):
        seen[epoch] = pr.Network.from_torch(module)

    study.train(module, data, epochs, callbacks=[tracker, look])
    return module, seen


# Rows -------------------------------------------------------------------------------


def test_rows_are_the_counts_of_the_network_of_their_epoch():
    tracker = study.RegionTracker(
        study.Measures(definitions="all", dataset=DATA, radius=0.1, n_points=5)
    )
    seen = tracked(tracker)[1]
    assert [row["epoch"] for row in tracker] == [0, 1, 2, 3, 4]
    for row in tracker:
        network = seen[row["epoch"]]
        counts = pr.count_regions(network, BOX, definitions="all")
        for name in ("activation", "linear", "linear_closed", "affine"):
            assert row[name] == getattr(counts, name)
        assert (row["per_layer_0"], row["per_layer_1"]) == counts.per_layer
        scores = torch.tensor(network(DATA.X))
        loss = torch.nn.functional.cross_entropy(scores, torch.tensor(DATA.y))
        assert row["loss"] == pytest.approx(float(loss))
        right = scores.argmax(dim=1).numpy() == DATA.y
        assert row["accuracy"] == pytest.approx(right.mean())
        near = study.local_complexity(network, DATA.X[:5], 0.1)
        assert row["local_complexity"] == near.mean()


def test_counts_without_units_are_the_same():
    few, more = (
        study.RegionTracker(study.Measures(units=units, definitions="all"))
        for units in (False, True)
    )
    tracked(few)
    tracked(more)
    assert set(next(iter(few))) < set(next(iter(more)))
    for row, other in zip(few, more, strict=True):
        assert row.items() <= other.items()


def test_only_the_epochs_asked_for_are_recorded():
    tracker = study.RegionTracker(epochs=[3, 0])
    module = tracked(tracker)[0]
    assert [row["epoch"] for row in tracker] == [0, 3]
    assert tracker(module, 5) is None
    assert len(tracker) == 2


def test_tracking_changes_nothing_of_the_training():
    plain, data = study.classifier((2, 7, 6, 2)), DATA
    study.train(plain, data, 4)
    state = torch.random.get_rng_state()
    module = tracked(study.RegionTracker())[0]
    assert torch.equal(torch.random.get_rng_state(), state)
    for one, other in zip(plain.parameters(), module.parameters(), strict=True):
        assert torch.equal(one, other)


def test_a_module_is_read_in_eval_mode_and_left_in_its_own():
    torch.manual_seed(0)
    parts = [torch.nn.Linear(2, 5), torch.nn.BatchNorm1d(5), torch.nn.ReLU()]
    module = torch.nn.Sequential(*parts, torch.nn.Dropout(0.5), torch.nn.Linear(5, 2))
    module[3].eval()
    module(torch.randn(20, 2))  # moves the means of BatchNorm
    modes = [part.training for part in module.modules()]
    row = study.RegionTracker()(module, 0)
    assert [part.training for part in module.modules()] == modes
    module.eval()
    counts = pr.count_regions(pr.Network.from_torch(module), BOX)
    assert row["activation"] == counts.activation


def test_weights_are_kept_if_asked_for():
    tracker = study.RegionTracker(weights=True, epochs=[0, 2])
    module, seen = tracked(tracker)
    network = tracker.network(2, module)
    for one, other in zip(network.layers, seen[2].layers, strict=True):
        np.testing.assert_array_equal(one.weight, other.weight)
        np.testing.assert_array_equal(one.bias, other.bias)
        assert one.activation == other.activation
    with pytest.raises(InvalidArgumentError, match="weights=True"):
        tracker.network(1, module)


def test_the_table_goes_to_csv(tmp_path):
    tracker = study.RegionTracker()
    tracked(tracker)
    tracker.save(tmp_path / "table.csv")
    with open(tmp_path / "table.csv", encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    wanted = [{key: str(value) for key, value in row.items()} for row in tracker]
    assert found == wanted
    with pytest.raises(InvalidArgumentError, match="No such file"):
        tracker.save(tmp_path / "nowhere" / "table.csv")


# Units ------------------------------------------------------------------------------


@st.composite
def networks(draw):
    """Networks of small integers: units often lie on a breakpoint or never bend."""
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    shape = [2, *draw(st.lists(st.integers(1, 4), min_size=1, max_size=3)), 1]
    layers = [
        (rng.integers(-1, 2, (m, n)), rng.integers(-2, 3, m))
        for n, m in pairwise(shape)
    ]
    name = draw(st.sampled_from(["relu", "leaky_relu", "hardtanh", "abs"]))
    slope = 0.25 if name == "leaky_relu" else None
    return pr.Network(layers, name, negative_slope=slope)


def digits_at(network, point):
    """Breakpoints below each unit's input, in fractions."""
    value, found = [Fraction(x) for x in point], []
    for layer in network.layers[:-1]:
        rows = zip(layer.weight.tolist(), layer.bias.tolist(), strict=True)
        z = [
            sum(Fraction(w) * v for w, v in zip(row, value, strict=True)) + Fraction(b)
            for row, b in rows
        ]
        found += [
            sum(x > t for t in act.breakpoints)
            for x, act in zip(z, layer.activation, strict=True)
        ]
        # These activations give short binary fractions of short ones, exactly.
        value = [
            Fraction(float(act(float(x))))
            for x, act in zip(z, layer.activation, strict=True)
        ]
    return found


def constant(network, digits):
    """Dead and always-on units by layer, of rows of digits."""
    highest = [
        len(act.breakpoints) for x in network.layers[:-1] for act in x.activation
    ]
    dead = [all(row[k] == 0 for row in digits) for k in range(len(highest))]
    on = [all(row[k] == top for row in digits) for k, top in enumerate(highest)]
    ends = np.cumsum([0, *(x.n_units for x in network.layers[:-1])])
    spans = list(pairwise(ends))
    return [tuple(sum(flags[a:b]) for a, b in spans) for flags in (dead, on)]


@settings(max_examples=60, deadline=None)
@given(networks())
def test_units_of_a_domain_are_dead_where_they_are_in_every_cell(network):
    cx = pr.enumerate_regions(network, BOX)
    found = study.units_on_domain(cx)
    inside = [region.interior_point for region in cx]
    wanted = constant(network, [digits_at(network, point) for point in inside])
    assert [found.dead, found.always_on] == wanted


@settings(max_examples=60, deadline=None)
@given(networks(), st.lists(st.tuples(*[st.integers(-8, 8)] * 2), min_size=1))
def test_units_of_data_are_dead_where_they_are_at_every_point(network, eighths):
    X = np.array(eighths) / 8  # many points exactly on a breakpoint
    found = study.units_on_data(network, X)
    wanted = constant(network, [digits_at(network, point) for point in X.tolist()])
    assert [found.dead, found.always_on] == wanted


def test_rounding_does_not_decide_a_unit():
    # The unit is 2^-60 at the point: 1 + 2^-60 - 1, which float64 rounds to 0.
    layers = [([[1.0, 0], [0, 1.0]], [0, 0]), ([[1.0, 1.0]], [-1.0]), ([[1.0]], [0])]
    network, tiny = pr.Network(layers), 2.0**-60
    on = study.units_on_data(network, np.array([[1.0, tiny]]))
    off = study.units_on_data(network, np.array([[1.0, 0.0]]))
    assert (on.dead, on.always_on) == ((0, 0), (2, 1))
    assert (off.dead, off.always_on) == ((1, 1), (1, 0))


def test_a_dead_layer_is_dead_on_the_domain_and_on_its_data():
    layers = [([[1.0, 0], [0, 1]], [-5, -5]), ([[1.0, 2]], [1]), ([[1.0]], [0])]
    network = pr.Network(layers)
    row = study.Measures(dataset=DATA)(
        network=pr.Network([*layers[:2], ([[1.0], [0]], [0, 0])])
    )
    assert (row["dead_0"], row["dead_1"], row["always_on_1"]) == (2, 0, 1)
    assert (row["dead_on_data_0"], row["always_on_data_1"]) == (2, 1)
    assert row["activation"] == 1
    assert study.units_on_domain(pr.enumerate_regions(network, BOX)).dead == (2, 0)


# Local complexity -------------------------------------------------------------------


def test_local_complexity_counts_the_lines_that_meet_the_box():
    # One layer: a line w.x + b = 0 meets the open box iff |w.x + b| < r |w|_1.
    rng = np.random.default_rng(0)
    W, b = rng.normal(size=(30, 2)), rng.normal(size=30)
    network = pr.Network([(W, b), (np.ones((1, 30)), [0.0])])
    X = rng.uniform(-1, 1, (50, 2))
    met = np.abs(X @ W.T + b) < 0.2 * np.abs(W).sum(axis=1)
    found = study.local_complexity(network, X, 0.2)
    np.testing.assert_array_equal(found, met.sum(axis=1))
    assert found.max() > found.min()


def test_local_complexity_grows_with_the_box_and_is_zero_without_bends():
    network = pr.random_network([2, 8, 8, 1], seed=3)
    X = DATA.X[:10]
    small, large = (study.local_complexity(network, X, r) for r in (0.05, 0.5))
    assert (small <= large).all()
    assert small.sum() < large.sum()
    affine = pr.Network([([[1.0, 2]], [0])])
    assert study.local_complexity(affine, X, 0.5).tolist() == [0] * 10


# Tables that go on ------------------------------------------------------------------


def test_a_table_that_goes_on_measures_nothing_again(tmp_path, monkeypatch):
    whole = study.RegionTracker()
    tracked(whole)
    first = study.RegionTracker(resume=tmp_path / "rows", weights=True)
    tracked(first, epochs=2)
    first.close()
    again = study.RegionTracker(resume=tmp_path / "rows", weights=True)
    assert [row["epoch"] for row in again] == [0, 1, 2]
    measured = []
    real = study.Measures.__call__

    def counted(self, network):
        measured.append(network)
        return real(self, network)

    monkeypatch.setattr(study.Measures, "__call__", counted)
    module, seen = tracked(again)
    assert list(again) == list(whole)
    assert len(measured) == 2
    kept = again.network(1, module)  # by the run before
    np.testing.assert_array_equal(kept.layers[1].weight, seen[1].layers[1].weight)
    again.close()


def test_a_journal_of_something_else_is_refused(tmp_path):
    path = tmp_path / "rows"
    study.RegionTracker(resume=path, name="one").close()
    with pytest.raises(InvalidArgumentError, match="another question"):
        study.RegionTracker(resume=path, name="other")
    with pytest.raises(InvalidArgumentError, match="another question"):
        study.RegionTracker(study.Measures(units=False), resume=path, name="one")
    path.write_bytes(b"nothing of ours")
    with pytest.raises(JournalError, match="no journal"):
        study.RegionTracker(resume=path)


FOLLOW = """
import sys
import polyregions as pr
folder, pause = sys.argv[1], float(sys.argv[2])
import dataclasses, time
from polyregions.study import following
following.DEFAULT = dataclasses.replace(following.DEFAULT, checkpoint_seconds=0.0)
data = pr.study.random_labels(60)
ensemble = pr.study.Ensemble((2, 8, 8, 2), data, (5, 6), (0.0, 0.01))
def tick(epoch):
    print(epoch, flush=True)
    time.sleep(pause)
table = pr.study.follow(
    ensemble,
    pr.study.Measures(dataset=data),
    range(0, 31, 3),
    keep=[1],
    resume=f"{folder}/rows",
    checkpoint=f"{folder}/state.npz",
    tick=tick,
)
table.save(f"{folder}/table.csv")
print(table.weights((1, 30))[1][0].sum())
"""


def test_a_study_that_is_killed_goes_on_to_the_same_table(tmp_path):
    def command(name, pause):
        (tmp_path / name).mkdir(exist_ok=True)
        return [sys.executable, "-c", FOLLOW, str(tmp_path / name), str(pause)]

    whole = subprocess.run(
        command("whole", 0), capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert whole[:30] == [str(k) for k in range(1, 31)]
    with subprocess.Popen(
        command("killed", 0.1), stdout=subprocess.PIPE, text=True
    ) as process:
        for line in process.stdout:
            if line == "11\n":
                process.kill()
    assert process.returncode == -9
    assert not (tmp_path / "killed" / "table.csv").exists()
    rest = subprocess.run(
        command("killed", 0), capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert int(rest[0]) in (11, 12)  # from the checkpoint, not from the beginning
    assert rest[-1] == whole[-1]
    tables = [(tmp_path / n / "table.csv").read_bytes() for n in ("whole", "killed")]
    assert tables[0] == tables[1]
    assert tables[0].count(b"\n") == 1 + 2 * 11


def test_a_checkpoint_without_its_table_is_refused(tmp_path):
    def go(last):
        ensemble = study.Ensemble((2, 4, 2), DATA, (5,), (0.0,))
        return study.follow(
            *(ensemble, study.Measures(), range(last + 1)),
            resume=tmp_path / "rows",
            checkpoint=tmp_path / "state.npz",
        )

    assert len(go(2)) == 3
    assert len(go(4)) == 5  # goes on to further epochs
    (tmp_path / "rows").unlink()
    with pytest.raises(InvalidArgumentError, match="table lacks epoch 0"):
        go(4)
    with pytest.raises(InvalidArgumentError, match="pass integers"):
        study.follow(None, study.Measures(), [])


# Lightning --------------------------------------------------------------------------


def test_a_lightning_callback_records_before_and_after_each_epoch(monkeypatch):
    class Callback:
        """What lightning.pytorch exports."""

    fake = types.ModuleType("lightning.pytorch")
    fake.Callback = Callback
    monkeypatch.setitem(sys.modules, "lightning", types.ModuleType("lightning"))
    monkeypatch.setitem(sys.modules, "lightning.pytorch", fake)
    tracker = study.RegionTracker()
    callback = tracker.lightning_callback(lambda model: model.net)
    assert isinstance(callback, Callback)
    model = types.SimpleNamespace(net=study.classifier((2, 5, 2)))
    trainer = types.SimpleNamespace(current_epoch=0)
    callback.on_train_start(trainer, model)
    for trainer.current_epoch in range(2):
        callback.on_train_epoch_end(trainer, model)
    assert [row["epoch"] for row in tracker] == [0, 1, 2]


def test_without_lightning_the_callback_says_what_to_install(monkeypatch):
    for name in ("lightning", "lightning.pytorch", "pytorch_lightning"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingExtraError, match="pip install lightning"):
        study.RegionTracker().lightning_callback()


# Refusals ---------------------------------------------------------------------------

WRONG = [
    (lambda: study.RegionTracker(epochs=[-1]), "epoch -1"),
    (lambda: study.RegionTracker()(study.classifier((2, 2)), 1.5), "epoch 1.5"),
    (lambda: study.Measures(radius=0.1), "pass dataset="),
    (lambda: study.Measures(n_points=0), "n_points=0"),
    (lambda: study.Measures(definitions="cells"), "cells"),
    (lambda: study.local_complexity(pr.random_network([2, 1]), [[0, 0]], 0), "radius"),
    (lambda: study.local_complexity(pr.random_network([2, 1]), [0, 0], 1), "shape"),
    (lambda: study.RegionTracker()(torch.nn.Tanh(), 0), "not read"),
    (lambda: study.RegionTracker()("net", 0), "takes a torch.nn.Module, not a str"),
]


@pytest.mark.parametrize(("call", "message"), WRONG)
def test_wrong_arguments_are_refused_in_one_line(call, message):
    errors = (InvalidArgumentError, InvalidNetworkError)
    with pytest.raises(errors, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_the_study_is_imported_when_it_is_asked_for():
    code = (
        "import sys, polyregions as pr; assert 'polyregions.study' not in sys.modules;"
        "pr.study.RegionTracker; heavy = {'torch', 'sklearn', 'matplotlib'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
