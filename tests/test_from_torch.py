# SPDX-License-Identifier: MIT
"""Networks from torch modules: the function of eval mode, exactly, or one line."""

import copy
from collections import OrderedDict

import numpy as np
import pytest
from refusals import refused

from polyregions import Network, PiecewiseLinear
from polyregions.activations import HARDTANH, IDENTITY, RELU, RELU6, leaky_relu
from polyregions.errors import InvalidArgumentError, InvalidNetworkError

torch = pytest.importorskip("torch")
nn = torch.nn
DTYPES = [torch.float16, torch.bfloat16, torch.float32, torch.float64]
read = Network.from_torch


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


def norm(size, affine=True, eps=1e-3):
    """A BatchNorm1d in eval mode that has seen data."""
    out = nn.BatchNorm1d(size, affine=affine, eps=eps)
    out.running_mean.normal_(0, 3)
    out.running_var.uniform_(0.01, 5)
    if affine:
        nn.init.normal_(out.weight)
        nn.init.normal_(out.bias)
    return out.eval()


def activations(network):
    """The activation of every layer: one where all units share it."""
    out = []
    for layer in network.layers:
        kinds = set(layer.activation or [None])
        out.append(kinds.pop() if len(kinds) == 1 else layer.activation)
    return out


@pytest.mark.parametrize("dtype", DTYPES)
def test_linear_layers_are_read_as_the_dyadic_rationals_they_hold(dtype):
    module = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1, bias=False))
    network = read(module.to(dtype))
    assert network.layers[0].weight.tolist() == module[0].weight.tolist()
    assert network.layers[0].bias.tolist() == module[0].bias.tolist()
    assert network.layers[1].weight.tolist() == module[2].weight.tolist()
    assert network.layers[1].bias.tolist() == [0]
    assert activations(network) == [RELU, None]


def everything():
    """Every module that is read, nested and reused."""
    act, linear = nn.LeakyReLU(0.01), nn.Linear(6, 6)
    inner = nn.Sequential(OrderedDict(a=linear, b=act, c=nn.Dropout(0.5), d=linear))
    return nn.Sequential(
        nn.Flatten(), nn.Linear(3, 6), act, inner, norm(6), nn.Hardtanh(-0.3, 0.7),
        inner, act, act, nn.PReLU(6), nn.ReLU6(inplace=True), nn.Identity(), linear,
        norm(6, affine=False), nn.AlphaDropout(), nn.PReLU(), nn.Linear(6, 2),
        nn.ReLU(inplace=True),
    ).eval()  # fmt: skip


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_module_nested_and_reused_computes_what_torch_computes(dtype):
    module = everything()
    with torch.no_grad():
        module[9].weight.copy_(torch.linspace(-1, 2, 6))
    module = module.to(dtype)
    network = read(module)
    x = torch.randn(200, 3).to(dtype)
    with torch.no_grad():
        theirs = module(x).double().numpy()
    eps = torch.finfo(dtype).eps
    assert np.allclose(network(x.double()), theirs, rtol=50 * eps, atol=50 * eps)
    assert [a is None for a in activations(network)] == [
        *(False, False, True, False, False, False, False, False, False),
        *(True, False, False, True),
    ]


def test_reading_changes_neither_the_module_nor_the_random_state():
    module = everything()
    before, state = copy.deepcopy(module.state_dict()), torch.get_rng_state()
    module[-3].train(False)
    read(module)
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(t, before[k]) for k, t in module.state_dict().items())
    assert next(module.parameters()).requires_grad


def test_a_reader_works_in_training_mode_where_it_does_not_matter():
    module = nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.0), nn.ReLU(), nn.Linear(2, 1))
    assert read(module.train()).widths == (2, 2, 1)
    assert module.training


STRUCTURES = {
    "one Linear": (lambda: nn.Linear(2, 2), [None]),
    "two Linear": (lambda: nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2)), [None] * 2),
    "Identity between": (
        lambda: nn.Sequential(nn.Linear(2, 2), nn.Identity(), nn.Linear(2, 2)),
        [None] * 2,
    ),
    "only BatchNorm": (lambda: norm(2), [None]),
    "BatchNorm first": (
        lambda: nn.Sequential(norm(2), nn.ReLU(), nn.Linear(2, 2)),
        [RELU, None],
    ),
    "BatchNorm last": (
        lambda: nn.Sequential(nn.Linear(2, 2), norm(2)),
        [None, None],
    ),
    "activation first": (
        lambda: nn.Sequential(nn.ReLU6(inplace=True), nn.Linear(2, 2)),
        [RELU6, None],
    ),
    "activation last": (
        lambda: nn.Sequential(nn.Linear(2, 2), nn.ReLU()),
        [RELU, None],
    ),
    "two activations": (
        lambda: nn.Sequential(nn.Linear(2, 2), nn.Hardtanh(), nn.PReLU(2)),
        [HARDTANH, leaky_relu(0.25), None],
    ),
    "empty inside": (lambda: nn.Sequential(nn.Sequential(), nn.Linear(2, 2)), [None]),
}


@pytest.mark.parametrize(("make", "expected"), STRUCTURES.values(), ids=STRUCTURES)
def test_every_order_of_layers_has_its_network(make, expected):
    module = make().double()
    network = read(module)
    assert activations(network) == expected
    x = torch.randn(50, 2, dtype=torch.float64)
    with torch.no_grad():
        assert np.allclose(network(x), module(x.clone()), rtol=1e-12, atol=1e-12)


def test_bounds_of_a_named_activation_have_its_name():
    module = nn.Sequential(nn.Linear(1, 1), nn.Hardtanh(), nn.Linear(1, 1), nn.ReLU6())
    assert repr(read(module)) == "Network(1-1-1-1, hardtanh, relu6)"


def test_added_layers_are_exact_identities():
    module = nn.Sequential(nn.ReLU(), nn.Linear(2, 3), nn.ReLU(), nn.ReLU())
    network = read(module)
    for k, size in ((0, 2), (2, 3), (3, 3)):
        assert np.array_equal(network.layers[k].weight, np.eye(size))
        assert not network.layers[k].bias.any()


# --- slopes and bounds -------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
def test_slopes_and_bounds_are_rounded_to_the_dtype_of_the_parameters(dtype):
    module = nn.Sequential(
        nn.Linear(1, 1), nn.LeakyReLU(0.01), nn.Linear(1, 1), nn.Hardtanh(-0.3, 0.7)
    )
    first, second, _ = activations(read(module.to(dtype)))
    low, high = torch.tensor([-0.3, 0.7], dtype=dtype).tolist()
    assert first == leaky_relu(torch.tensor(0.01, dtype=dtype).item())
    assert second == PiecewiseLinear((low, high), (0.0, 1.0, 0.0), low)


def test_bounds_may_be_infinite_or_equal():
    inf = np.inf
    for low, high, act in (
        (-inf, 2.0, PiecewiseLinear((2.0,), (1.0, 0.0), 2.0)),
        (-1.0, inf, PiecewiseLinear((-1.0,), (0.0, 1.0), -1.0)),
        (0.0, inf, RELU),
        (-inf, inf, IDENTITY),
        (1.0, np.nextafter(1, 2), PiecewiseLinear((), (0.0,), 1.0)),
    ):
        module = nn.Sequential(nn.Linear(1, 1), nn.Hardtanh(low, high), nn.Linear(1, 1))
        assert activations(read(module))[0] == act


# --- BatchNorm1d -------------------------------------------------------------------


@pytest.mark.parametrize("affine", [True, False])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("size", [1, 7, 64])
def test_scale_and_shift_have_the_bits_that_torch_computes(size, dtype, affine):
    module = norm(size, affine).to(dtype)
    layer = read(module).layers[0]
    with torch.no_grad():
        # At 0 the kernel's value is beta; at large powers of two beta is rounded off.
        assert (
            layer.bias.tolist() == module(torch.zeros(3, size, dtype=dtype))[1].tolist()
        )
        huge = module(torch.full((3, size), 2.0**100, dtype=dtype))[1]
    scale = np.diag(layer.weight)
    assert scale.tolist() == (huge / 2.0**100).tolist()
    assert np.array_equal(layer.weight, np.diag(scale))
    kind = np.dtype(str(dtype).removeprefix("torch."))
    var, one = module.running_var.numpy(), kind.type(1)
    root = np.sqrt(var + kind.type(module.eps))
    weight = module.weight.detach().numpy() if affine else one
    assert scale.tolist() == (one / root * weight).tolist()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_scale_and_shift_are_those_of_the_float32_kernel(dtype):
    module = norm(16).to(dtype)
    layer = read(module).layers[0]
    x = torch.randn(200, 16).to(dtype)
    alpha, beta = torch.tensor(np.diag(layer.weight)), torch.tensor(layer.bias)
    assert torch.equal(alpha, alpha.float().double())
    with torch.no_grad():
        # One float32 rounding before the last one to the half type: half an ulp and
        # a little more; alpha rounded to the half type would miss this by far.
        exact = x.double() * alpha + beta
        error = (module(x).double() - exact).abs()
    size = (x.double() * alpha).abs() + beta.abs()
    unit = torch.finfo(dtype).eps / 2
    assert bool((error <= unit * exact.abs() + 2**-22 * size + 2**-24).all())


def test_scale_and_shift_are_not_folded_into_their_neighbours():
    module = nn.Sequential(nn.Linear(2, 3), norm(3), nn.ReLU(), nn.Linear(3, 1))
    network = read(module)
    assert network.widths == (2, 3, 3, 1)
    assert network.layers[0].weight.tolist() == module[0].weight.tolist()
    assert activations(network) == [None, RELU, None]


# --- what is refused ---------------------------------------------------------------


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(2, 2)

    def forward(self, x):
        return x + self.inner(x)


class Tampered(nn.Sequential):
    def forward(self, x):
        return super().forward(x) + 1


class Renamed(nn.Sequential):
    """No forward pass of its own: read like its base."""


class Called(nn.Sequential):
    def __call__(self, x):
        return super().__call__(x) + 1e-4


def hooked(kind, how):
    module = nn.Sequential(nn.Linear(2, 2)) if kind == "Sequential" else nn.Linear(2, 2)
    getattr(module, how)(lambda *args: None)
    return nn.Sequential(nn.ReLU(), module)


def test_all_modules_that_are_not_read_are_named_in_one_line():
    module = nn.Sequential(
        nn.Linear(2, 2),
        nn.Softmax(dim=1),
        nn.Sequential(nn.GELU(), Residual(), nn.Dropout(), nn.BatchNorm1d(2)),
        nn.BatchNorm1d(2, track_running_stats=False).eval(),
        nn.Flatten(0),
        Tampered(nn.Linear(2, 2)),
        nn.Unflatten(1, (1, 2)),
        nn.Linear(2, 2, dtype=torch.complex64),
        nn.Linear(2, 2, device="meta"),
    )
    text = refused("not read", InvalidNetworkError, read, module)
    for part in (
        "1: Softmax,",
        "2.0: GELU,",
        "2.1: test_from_torch.Residual,",
        "2.2: Dropout in training mode,",
        "2.3: BatchNorm1d in training mode,",
        "3: BatchNorm1d without running statistics,",
        "4: Flatten with start_dim=0, end_dim=-1,",
        "5: test_from_torch.Tampered with a forward pass of its own,",
        "6: Unflatten,",
        "7: Linear whose weight has dtype torch.complex64,",
        "8: Linear whose weight is meta;",
        "module.eval()",
    ):
        assert part in text
    assert "0: Linear" not in text


def test_quantized_and_integer_weights_are_refused_by_name():
    linear = nn.Linear(2, 2)
    whole = torch.ones(2, 2, dtype=torch.int8)
    linear.weight = nn.Parameter(whole, requires_grad=False)
    line = "module: Linear whose weight has dtype torch.int8"
    refused(line, InvalidNetworkError, read, linear)


@pytest.mark.parametrize("kind", ["Linear", "Sequential"])
@pytest.mark.parametrize("how", ["register_forward_hook", "register_forward_pre_hook"])
def test_modules_with_hooks_are_refused(kind, how):
    module = hooked(kind, how)
    refused(f"1: {kind} with forward hooks", InvalidNetworkError, read, module)


def test_a_forward_pass_put_on_a_module_is_refused():
    for inner in (nn.Linear(2, 2), nn.Sequential(nn.Linear(2, 2))):
        inner.forward = lambda x: x
        line = "0: (Linear|Sequential) with a forward pass of its own"
        refused(line, InvalidNetworkError, read, nn.Sequential(inner))


BAD_VALUES = {
    "nan": (lambda m: m[0].bias.data.fill_(np.nan), "layer 0, unit 0: bias is nan"),
    "inf": (lambda m: m[0].weight.data[1].fill_(np.inf), "layer 0, unit 1: weight is"),
    "slope": (lambda m: m[1].weight.data[1].fill_(np.nan), "1: PReLU whose slope 1 is"),
    "var": (lambda m: m[2].running_var.fill_(-1), "2: BatchNorm1d whose scale"),
    "width": (lambda m: m.append(nn.Linear(3, 1)), "layer 2 takes 3 inputs"),
    "PReLU": (lambda m: m.append(nn.PReLU(3)), "PReLU with 3 parameters .* 2 units"),
    "leaky": (lambda m: m.append(nn.LeakyReLU(np.nan)), "3: LeakyReLU with negative"),
    "bounds": (lambda m: m.append(nn.Hardtanh(np.inf, np.inf)), "3: Hardtanh with b"),
    "dtypes": (lambda m: m[0].double(), "several dtypes .*float64.*float32"),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("change", "pattern"), BAD_VALUES.values(), ids=BAD_VALUES)
def test_values_that_are_no_network_are_refused(change, pattern, monkeypatch):
    monkeypatch.setattr(nn.Hardtanh, "__init__", unchecked_hardtanh)
    module = nn.Sequential(nn.Linear(2, 2), nn.PReLU(2), norm(2))
    change(module)
    refused(pattern, InvalidNetworkError, read, module)


def unchecked_hardtanh(self, low, high):
    nn.Module.__init__(self)
    self.min_val, self.max_val, self.inplace = low, high, False


def test_what_has_no_width_and_what_is_no_module_is_refused():
    line = "no Linear layer"
    refused(line, InvalidNetworkError, read, nn.Sequential())
    refused(line, InvalidNetworkError, read, nn.ReLU())
    refused("not a str", InvalidArgumentError, read, "model.pt")
    refused("not a Network", InvalidArgumentError, read, read(nn.Linear(1, 1)))
