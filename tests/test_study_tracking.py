# SPDX-License-Identifier: MIT
"""What is tracked while a network trains, against counts made one by one."""

import csv
import subprocess
import sys
import types

import numpy as np
import pytest

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


def test_what_changes_besides_weights_is_seen():
    module = study.classifier((2, 6, 5, 2), activation="leaky_relu")
    tracker = study.RegionTracker(weights=True)

    def kept(epoch):
        return tracker.network(epoch, module)

    tracker(module, 0)
    with torch.no_grad():
        module[2].weight += 1
    tracker(module, 1)
    np.testing.assert_array_equal(
        kept(1).layers[1].weight, module[2].weight.detach().numpy()
    )
    module[1].negative_slope = 1.0  # its units bend no more
    row = tracker(module, 2)
    counts = pr.count_regions(pr.Network.from_torch(module), BOX)
    assert row["activation"] == counts.activation
    assert row["per_layer_0"] == 1 < tracker.table[(1,)]["per_layer_0"]
    module[3] = torch.nn.ReLU()
    row = tracker(module, 3)
    counts = pr.count_regions(pr.Network.from_torch(module), BOX)
    assert row["activation"] == counts.activation
    module.double()
    assert tracker(module, 4)["activation"] == counts.activation
    module[2].register_forward_hook(lambda part, args, out: out + 1)
    with pytest.raises(InvalidNetworkError, match="hooks"):
        tracker(module, 5)


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
