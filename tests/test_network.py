# SPDX-License-Identifier: MIT
"""Networks from arrays: what the constructor reads exactly, and what it refuses."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from refusals import refused

from polyregions import Network, PiecewiseLinear, random_network
from polyregions.activations import ABS, HARDTANH, IDENTITY, RELU, RELU6, leaky_relu
from polyregions.errors import InvalidArgumentError, InvalidNetworkError
from polyregions.network import exact_float64

W0, B0 = np.ones((3, 2)), np.zeros(3)
W1, B1 = np.ones((2, 3)), np.zeros(2)
W2, B2 = np.ones((1, 2)), np.zeros(1)
LAYERS = [(W0, B0), (W1, B1), (W2, B2)]


def changed(layer, part, value):
    """LAYERS with one array replaced."""
    out = [list(pair) for pair in LAYERS]
    out[layer][part] = value
    return out


BAD_LAYERS = {
    "no layers": ([], "no layers"),
    "no list": (5, "layers is a int"),
    "no pair": ([W0], r"layer 0 is no pair"),
    "a name": (["ab"], r"layer 0: W"),
    "flat weight": (changed(0, 0, np.ones(3)), r"layer 0: W has shape \(3,\)"),
    "no inputs": (changed(0, 0, np.ones((3, 0))), r"layer 0: W has shape \(3, 0\)"),
    "no units": ([(np.ones((0, 2)), [])], r"layer 0: W has shape \(0, 2\)"),
    "short bias": (changed(1, 1, np.zeros(3)), r"layer 1: b has shape \(3,\).*\(2,\)"),
    "tall bias": (changed(1, 1, np.zeros((2, 1))), r"layer 1: b has shape \(2, 1\)"),
    "chain": (changed(1, 0, np.ones((2, 4))), "layer 1 takes 4 inputs but layer 0.* 3"),
    "ragged": (changed(0, 0, [[1, 2], [3]]), "layer 0: W is no array of real numbers"),
    "complex": (changed(0, 0, W0 * 1j), "layer 0: W has dtype complex128"),
    "text": (changed(2, 1, ["a"]), "layer 2: b has dtype <U1"),
    "None": (changed(2, 1, [None]), "layer 2: b has dtype object"),
}


@pytest.mark.parametrize(("layers", "pattern"), BAD_LAYERS.values(), ids=BAD_LAYERS)
def test_malformed_layers_are_refused_in_one_line(layers, pattern):
    refused(pattern, InvalidNetworkError, Network, layers)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(("part", "name"), [(0, "weight"), (1, "bias")])
@pytest.mark.parametrize("dtype", [np.float16, np.float64, np.longdouble])
def test_a_value_that_is_not_finite_is_named_by_layer_and_unit(
    value, part, name, dtype
):
    array = np.array(LAYERS[1][part], dtype=dtype)
    array[1] = value
    refused(
        f"layer 1, unit 1: {name} is {value}",
        InvalidNetworkError,
        Network,
        changed(1, part, array),
    )


BAD_ACTIVATIONS = {
    "unknown": ({"activation": "gelu"}, "layer 0: unknown activation 'gelu'; known"),
    "unknown in one": ({"activation": ["relu", "x"]}, "layer 1: unknown .* 'x'"),
    "unknown in a unit": (
        {"activation": ["relu", ("abs", "x")]},
        "layer 1, unit 1: unknown activation 'x'",
    ),
    "a number": ({"activation": 5}, "layer 0: 5 is no activation"),
    "too few": ({"activation": ["relu"]}, "activation has 1 entries for 2 hidden"),
    "too few units": (
        {"activation": [("relu", "abs"), "relu"]},
        "layer 0: activation has 2 entries for 3 units",
    ),
    "no slope": ({"activation": "leaky_relu"}, "leaky_relu needs its slope"),
    "no slope in one": ({"activation": ["abs", "prelu"]}, "layer 1: prelu needs"),
    "slope text": (
        {"activation": "prelu", "negative_slope": "x"},
        "layer 0: negative_slope is 'x'",
    ),
    "slope nan": (
        {"activation": "prelu", "negative_slope": [0.1, np.nan]},
        "layer 1: negative_slope is nan",
    ),
    "slopes": (
        {"activation": "prelu", "negative_slope": [0.1, 0.2, 0.3]},
        "negative_slope has 3 entries for 2 hidden layers",
    ),
    "slopes of units": (
        {"activation": "prelu", "negative_slope": [0.1, [0.2, 0.3, 0.4]]},
        "layer 1: negative_slope has 3 entries for 2 units",
    ),
}


@pytest.mark.parametrize(
    ("given_", "pattern"), BAD_ACTIVATIONS.values(), ids=BAD_ACTIVATIONS
)
def test_malformed_activations_are_refused_in_one_line(given_, pattern):
    refused(pattern, InvalidNetworkError, Network, LAYERS, **given_)


@pytest.mark.parametrize(
    ("breaks", "slopes", "anchor"),
    [
        ((0.0,), (1.0,), 0.0),
        ((0.0, 0.0), (1.0, 2.0, 3.0), 0.0),
        ((1.0, 0.0), (1.0, 2.0, 3.0), 0.0),
        ((np.inf,), (1.0, 2.0), 0.0),
        ((0.0,), (np.nan, 2.0), 0.0),
        ((0.0,), (1.0, 2.0), np.inf),
        (tuple(range(256)), tuple(range(257)), 0.0),
        ((0.1, 0.2), (0.3, 0.3, 1.0), 0.7),
    ],
)
def test_pieces_that_are_no_exact_function_are_refused(breaks, slopes, anchor):
    refused(
        "activation piecewise_linear|anchor",
        InvalidNetworkError,
        PiecewiseLinear,
        breaks,
        slopes,
        anchor,
    )


def test_activations_may_be_mixed_by_layer_and_by_unit():
    own = PiecewiseLinear((-1.0, 2.0), (0.0, 1.0, -3.0), 0.5)
    network = Network(
        LAYERS,
        [("abs", own, "leaky_relu"), None],
        negative_slope=[(None, None, 0.25), None],
    )
    assert network.layers[0].activation == (ABS, own, leaky_relu(0.25))
    assert network.layers[1].activation is None
    assert network.hidden_layers == (0,)
    assert network.units.tolist() == [[0, 0], [0, 1], [0, 2]]


def test_one_slope_a_unit_is_read():
    network = Network(LAYERS, "prelu", negative_slope=[0.5, np.array([0.25, 2.0])])
    assert network.layers[0].activation == (leaky_relu(0.5),) * 3
    assert network.layers[1].activation == (leaky_relu(0.25), leaky_relu(2.0))


def test_equal_slopes_are_no_breakpoint():
    assert leaky_relu(1.0).breakpoints == ()
    assert leaky_relu(1.0) == IDENTITY
    act = PiecewiseLinear((-1.0, 0.0, 1.0), (2.0, 2.0, 1.0, 1.0), -2.0)
    assert act == PiecewiseLinear((0.0,), (2.0, 1.0), 0.0)
    assert act(np.array([-3.0, 5.0])).tolist() == [-6.0, 5.0]
    assert PiecewiseLinear((2.0,), (3.0, 3.0), 7.0) == PiecewiseLinear((), (3.0,), 1.0)
    assert Network(LAYERS, "prelu", negative_slope=1).units.shape == (0, 2)


def test_activations_are_equal_as_functions_whatever_their_name():
    assert PiecewiseLinear((-0.0,), (-0.0, 1.0), name="mine") == RELU
    assert len({leaky_relu(0.0), RELU}) == 1
    assert leaky_relu(0.5) != leaky_relu(0.25)


@pytest.mark.parametrize(
    ("act", "function"),
    [
        (RELU, lambda z: np.maximum(z, 0)),
        (ABS, np.abs),
        (RELU6, lambda z: np.clip(z, 0, 6)),
        (HARDTANH, lambda z: np.clip(z, -1, 1)),
        (IDENTITY, lambda z: z),
        (leaky_relu(0.25), lambda z: np.where(z > 0, z, z / 4)),
    ],
)
def test_named_activations_are_their_textbook_functions(act, function):
    z = np.arange(-64, 65) / 8
    assert np.array_equal(act(z), function(z))


@settings(deadline=None)
@given(
    hnp.arrays(
        np.float16, (2, 2), elements={"allow_nan": False, "allow_infinity": False}
    )
)
def test_float16_is_read_as_the_dyadic_rationals_it_holds(weight):
    read = Network([(weight, weight[0])]).layers[0]
    for stored, exact in zip(weight.ravel(), read.weight.ravel(), strict=True):
        assert Fraction(*stored.as_integer_ratio()) == Fraction(float(exact))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.longdouble, np.int64])
def test_values_that_float64_holds_are_kept(dtype):
    weight = np.array([[2**40, -3], [0, 2**20]], dtype=dtype)
    read = exact_float64(weight, "W")
    assert read.dtype == np.float64
    assert read.tolist() == weight.astype(int).tolist()


def test_the_smallest_and_the_largest_floats_are_kept():
    for dtype in (np.float16, np.float32, np.float64):
        info = np.finfo(dtype)
        ends = np.array([info.smallest_subnormal, info.max], dtype=dtype)
        assert [float(x) for x in ends] == exact_float64(ends, "W").tolist()


BEYOND = {
    "longdouble third": np.array([[np.longdouble(1) / 3]]),
    "longdouble huge": np.array([[np.longdouble("1e400")]]),
    "int64": np.array([[2**53 + 1]]),
    "largest int64": np.array([[2**63 - 1]]),
    "largest uint64": np.array([[2**64 - 1]], dtype=np.uint64),
    "Python int": [[2**70 + 1]],
    "huge Python int": [[2**1100]],
    "a third": [[Fraction(1, 3)]],
}


@pytest.mark.parametrize("weight", BEYOND.values(), ids=BEYOND)
def test_values_that_float64_does_not_hold_are_refused(weight):
    if "longdouble" in str(getattr(weight, "dtype", "")) and np.longdouble is float:
        pytest.skip("longdouble is float64 here")
    refused("layer 0: W .*float", InvalidNetworkError, Network, [(weight, [0])])


def test_exact_objects_are_read():
    network = Network([([[Fraction(1, 4), 2**70]], [Fraction(-3, 2)])])
    assert network.layers[0].weight.tolist() == [[0.25, 2.0**70]]
    assert network.layers[0].bias.tolist() == [-1.5]


def test_layers_are_copies_that_cannot_be_written():
    weight = np.ones((1, 2))
    network = Network([(weight, [-0.0])])
    weight[:] = 7
    assert network.layers[0].weight.tolist() == [[1.0, 1.0]]
    assert not np.signbit(network.layers[0].bias[0])
    with pytest.raises(ValueError, match="read-only"):
        network.layers[0].weight[0, 0] = 2


def test_with_outputs_selects_rows_of_the_last_layer():
    network = random_network([2, 3, 4, 3], seed=0, activation=["relu", "abs"])
    last, chosen = network.layers[-1], network.with_outputs([2, 0])
    assert network.with_outputs(None) is network
    assert np.array_equal(network.with_outputs(1).layers[-1].weight, last.weight[[1]])
    assert np.array_equal(chosen.layers[-1].weight, last.weight[[2, 0]])
    assert np.array_equal(chosen.layers[-1].bias, last.bias[[2, 0]])
    assert chosen.layers[0].activation == network.layers[0].activation


@pytest.mark.parametrize("output", [3, -1, [0, 3], [], "a", 1.5, [[0]], True])
def test_outputs_that_do_not_exist_are_refused(output):
    network = random_network([2, 3], seed=0)
    refused("outputs 0 to 2", InvalidArgumentError, network.with_outputs, output)


def test_from_layers_needs_an_affine_last_layer():
    hidden = random_network([2, 3, 1], seed=0).layers[:1]
    refused("last layer", InvalidNetworkError, Network.from_layers, hidden)


@pytest.mark.parametrize("points", [np.zeros(3), np.zeros((2, 3)), 1.0])
def test_points_of_the_wrong_dimension_are_refused(points):
    refused("takes 2 inputs", InvalidArgumentError, Network(LAYERS), points)


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_a_forward_pass_is_layer_by_layer(seed):
    network = random_network([3, 4, 2], seed, activation="hardtanh")
    x = np.random.default_rng(seed).normal(0, 2, (6, 3))
    first, last = network.layers
    hidden = np.clip(x @ first.weight.T + first.bias, -1, 1)
    assert np.allclose(network(x), hidden @ last.weight.T + last.bias)
    assert network(x[0]).shape == (2,)


def test_repr_names_widths_and_activations():
    assert repr(Network(LAYERS)) == "Network(2-3-2-1, relu)"
    assert repr(Network(LAYERS[:1])) == "Network(2-3, affine)"
    mixed = Network(LAYERS, [("relu", "abs", "relu"), None])
    assert repr(mixed) == "Network(2-3-2-1, mixed, affine)"
    leaky = Network(LAYERS, "leaky_relu", negative_slope=0.01)
    assert repr(leaky) == "Network(2-3-2-1, leaky_relu(0.01))"


def test_random_network_draws_weights_then_biases():
    network = random_network([2, 3, 1], seed=7)
    rng = np.random.default_rng(7)
    for layer, (n_in, n_out) in zip(network.layers, [(2, 3), (3, 1)], strict=True):
        assert np.array_equal(layer.weight, rng.uniform(-1, 1, (n_out, n_in)))
        assert np.array_equal(layer.bias, rng.uniform(-1, 1, n_out))


@pytest.mark.parametrize("widths", [[], [2], [2, 0, 1], [0, 1]])
def test_widths_of_no_network_are_refused(widths):
    refused("widths", InvalidNetworkError, random_network, widths)
