# SPDX-License-Identifier: MIT
"""Ways to spoil a file: its bytes, its archive, its headers, its JSON, its pickle.

Each takes a stream and the bytes of a good file and returns those of a worse one.
Checksums are written anew where only a later check should notice.
"""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np

Mutation = Callable[[np.random.Generator, bytes], bytes]

WORDS = [0, 1, 2**7 - 1, 2**8 - 1, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1]
WORDS += [2**62, 2**63 - 1, 2**63, 2**64 - 1]
# As JSON text, for literals that Python has no value for.
LITERALS = ["null", "true", "false", "0", "-1", "-0.0", "1e308", "5e-324", "1e-999"]
LITERALS += ["1e999", "-1e999", "NaN", "Infinity", "-Infinity", '"inf"', '"-inf"']
LITERALS += ['"nan"', '""', '"x"', '"\\ud800"', '"\\u0000"', "[]", "{}", "[[]]"]
LITERALS += ["[[[1]]]", "[1,2,3]", '{"a":1}', "0.1", "2.5", str(2**53 + 1)]
LITERALS += [str(2**31), str(2**63), str(2**64), str(10**9), "1" + "0" * 400]
LITERALS += [
    "1" + "0" * 5000,
    "[" * 400 + "]" * 400,
    "[" * 20_000,
    '"' + "y" * 999 + '"',
]


def flipped(rng: np.random.Generator, data: bytes) -> bytes:
    """Change one to eight bits."""
    out = bytearray(data)
    for _ in range(rng.integers(1, 9)):
        out[rng.integers(len(out))] ^= 1 << rng.integers(8)
    return bytes(out)


def overwritten(rng: np.random.Generator, data: bytes) -> bytes:
    """Write a special number, a run of one byte, or noise somewhere."""
    out, at = bytearray(data), int(rng.integers(len(data)))
    kind = rng.integers(3)
    if kind == 0:
        size = int(rng.choice([1, 2, 4, 8]))
        word = WORDS[rng.integers(len(WORDS))] % 256**size
        new = word.to_bytes(size, rng.choice(["little", "big"]))
    elif kind == 1:
        new = bytes([rng.choice([0, 255, 32, 65])]) * int(rng.integers(1, 64))
    else:
        new = rng.bytes(int(rng.integers(1, 16)))
    out[at : at + len(new)] = new
    return bytes(out)


def truncated(rng: np.random.Generator, data: bytes) -> bytes:
    """Cut the end off, or the beginning."""
    at = int(rng.integers(len(data)))
    return data[at:] if rng.random() < 0.2 else data[:at]


def inserted(rng: np.random.Generator, data: bytes) -> bytes:
    """Put noise, zeros or a copy of another part between two bytes."""
    at, size = int(rng.integers(len(data) + 1)), int(rng.integers(1, 65))
    start = int(rng.integers(len(data)))
    new = [rng.bytes(size), bytes(size), data[start : start + size]][rng.integers(3)]
    return data[:at] + new + data[at:]


def removed(rng: np.random.Generator, data: bytes) -> bytes:
    """Take some bytes out."""
    at, size = int(rng.integers(len(data))), int(rng.integers(1, 65))
    return data[:at] + data[at + size :]


def swapped(rng: np.random.Generator, data: bytes) -> bytes:
    """Exchange two chunks."""
    a, b, c = sorted(int(k) for k in rng.integers(len(data) + 1, size=3))
    return data[:a] + data[b:c] + data[a:b] + data[c:]


RAW: tuple[Mutation, ...] = (
    flipped,
    overwritten,
    truncated,
    inserted,
    removed,
    swapped,
)


def raw(rng: np.random.Generator, data: bytes) -> bytes:
    """Change the bytes, whatever they mean: once, or a few times."""
    for _ in range(rng.choice([1, 1, 1, 2, 4])):
        if data:
            data = RAW[rng.integers(len(RAW))](rng, data)
    return data


# Archives ----------------------------------------------------------------------------

Member = tuple[str, bytes]
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2)


def members(data: bytes) -> list[Member]:
    """Return the names and contents of an archive."""
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return [(name, file.read(name)) for name in file.namelist()]


def archive(parts: list[Member], method: int = zipfile.ZIP_STORED) -> bytes:
    """Return an archive with correct checksums, names twice included."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as file:
        for name, content in parts:
            info = zipfile.ZipInfo(name)
            info.compress_type = method
            # writestr warns of a name that is there already.
            with file.open(info, "w") as member:
                member.write(content)
    return out.getvalue()


def _archive(parts: list[Member], method: int) -> bytes:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return archive(parts, method)


def in_member(change: Mutation) -> Mutation:
    """Return the mutation that changes one member and signs it again."""

    def changed(rng: np.random.Generator, data: bytes) -> bytes:
        parts = members(data)
        k = int(rng.integers(len(parts)))
        name, content = parts[k]
        parts[k] = (name, change(rng, content) if content else rng.bytes(4))
        return _archive(parts, METHODS[rng.choice([0, 0, 0, 1, 2])])

    return changed


def members_changed(rng: np.random.Generator, data: bytes) -> bytes:
    """Drop, repeat, rename, exchange, empty or add members."""
    parts = members(data)
    k, other = (int(n) for n in rng.integers(len(parts), size=2))
    (name, content), kind = parts[k], rng.integers(7)
    if kind == 0:
        del parts[k]
    elif kind == 1:
        parts.append(parts[k])
    elif kind == 2:
        names = [parts[other][0], name + "x", "../" + name, "/" + name, name.upper()]
        names += ["", "W99.npy", "W0", "a/b/", "\u00e9.npy", "x" * 3000 + ".npy"]
        parts[k] = (str(rng.choice(names)), content)
    elif kind == 3:
        parts[k], parts[other] = (name, parts[other][1]), (parts[other][0], content)
    elif kind == 4:
        parts[k] = (name, b"")
    elif kind == 5:
        parts[k] = (name, content + bytes(int(10 ** rng.uniform(1, 7))))
    else:
        parts.insert(other, (str(rng.choice(["extra.npy", "b7.npy", "x"])), content))
    return _archive(parts, METHODS[rng.choice([0, 0, 1, 2])])


# Fields of an archive's records: (offset, bytes).
_RECORDS = {
    b"PK\x03\x04": (
        (4, 2),
        (6, 2),
        (8, 2),
        (14, 4),
        (18, 4),
        (22, 4),
        (26, 2),
        (28, 2),
    ),
    b"PK\x01\x02": (
        *((6, 2), (8, 2), (10, 2), (16, 4), (20, 4), (24, 4)),
        *((28, 2), (30, 2), (32, 2), (34, 2), (38, 4), (42, 4)),
    ),
    b"PK\x05\x06": ((4, 2), (8, 2), (10, 2), (12, 4), (16, 4), (20, 2)),
}


def directory_changed(rng: np.random.Generator, data: bytes) -> bytes:
    """Let a record of the archive lie: sizes, offsets, methods, flags, checksums."""
    method = METHODS[rng.choice([0, 1])]
    out = bytearray(data if rng.random() < 0.5 else _archive(members(data), method))
    for _ in range(rng.integers(1, 3)):
        signature = list(_RECORDS)[rng.integers(len(_RECORDS))]
        places, at = [], out.find(signature)
        while at >= 0:
            places.append(at)
            at = out.find(signature, at + 1)
        if not places:
            continue
        offset, size = _RECORDS[signature][rng.integers(len(_RECORDS[signature]))]
        at = places[rng.integers(len(places))] + offset
        old = int.from_bytes(out[at : at + size], "little")
        near = [old + 1, old - 1, 2 * old, old ^ 1 << int(rng.integers(8 * size))]
        word = [*near, *WORDS][rng.integers(len(near) + len(WORDS))]
        out[at : at + size] = (word % 256**size).to_bytes(size, "little")
    return bytes(out)


ZIPPED: tuple[Mutation, ...] = (members_changed, directory_changed, in_member(raw))

# Arrays ------------------------------------------------------------------------------

DTYPES = ["<f8", ">f8", "<f4", "<f2", "<f16", "<i8", "<u8", "|b1", "<c16", "|O", "O8"]
DTYPES += ["<U1", "<U99999999", "|S0", "|S5", "|V8", "<M8[ns]", "<m8", "f8, (9,)f8"]
DTYPES += ["[('a', '<f8')]", "[('a', '|O')]", "float64", "x", "", "<f3", "(2,)<f8"]
SHAPES = ["()", "(0,)", "(-1,)", "(1,)", "(2, 2)", "(99999999,)", "(0, 99999999999)"]
SHAPES += ["(2**31, 2**31)", "(4294967296, 4294967296)", "(9223372036854775807,)"]
SHAPES += ["(18446744073709551616,)", "(True,)", "(1.5,)", "('a',)", "None", "2", "[2]"]
SHAPES += ["(" + "1, " * 70 + ")", "(" + "(" * 300 + "1" + ")" * 300 + ",)"]


def npy_changed(rng: np.random.Generator, content: bytes) -> bytes:
    """Change an array's header: dtype, shape, order, version, length, keys."""
    if content[:6] != b"\x93NUMPY" or len(content) < 12:
        return raw(rng, content)
    size = int.from_bytes(content[8:10], "little")
    header, body = content[10 : 10 + size].decode("latin1"), content[10 + size :]
    kind = rng.integers(8)
    descr = DTYPES[rng.integers(len(DTYPES))]
    shape = SHAPES[rng.integers(len(SHAPES))]
    version = b"\x01\x00"
    text = f"{{'descr': {descr!r}, 'fortran_order': False, 'shape': {shape}, }}"
    if kind == 0:
        text = _with(header, "descr", repr(descr))
    elif kind == 1:
        text = _with(header, "shape", shape)
    elif kind == 2:
        order = str(rng.choice(["True", "None", "1", "'C'", "[]"]))
        text = _with(header, "fortran_order", order)
    elif kind == 3:
        version = rng.choice([b"\x02\x00", b"\x03\x00", b"\x00\x00", b"\x09\x01"])
    elif kind == 4:
        odd = ["{}", "[]", "1", "{'descr': '<f8'}", "(" * 5000, "-" * 5000 + "1"]
        odd += ["{**{}}", "__import__('os')", "{'shape': (1,)} " * 2, "\x00" * 64]
        odd += [f"{{{'1,' * 3000}}}", "'" * 3, "9" * 9000, header.strip() + "+1"]
        text = odd[rng.integers(len(odd))]
    elif kind == 5:
        return raw(rng, content[: 10 + size]) + body
    elif kind == 6:  # numbers that are there, but special ones
        return content[: 10 + size] + _special_numbers(rng, body)
    raw_text = text.encode("utf8", "replace") + b"\n"
    width = 2 if version == b"\x01\x00" else 4
    length = len(raw_text) % 256**width
    return (
        b"\x93NUMPY"
        + bytes(version)
        + length.to_bytes(width, "little")
        + raw_text
        + body
    )


def _with(header: str, key: str, value: str) -> str:
    """Return the header with another value of a key."""
    fields = {"descr": "'<f8'", "fortran_order": "False", "shape": "(1,)"}
    try:
        import ast

        fields = {k: repr(v) for k, v in ast.literal_eval(header.strip()).items()}
    except (SyntaxError, ValueError):
        pass
    fields[key] = value
    return "{" + ", ".join(f"{k!r}: {v}" for k, v in fields.items()) + "}"


def _special_numbers(rng: np.random.Generator, body: bytes) -> bytes:
    out = bytearray(body)
    values = [np.nan, np.inf, -np.inf, -0.0, 5e-324, 1.7e308, -1e-300, 1e300, 2.0**53]
    for _ in range(rng.integers(1, 4)):
        if len(out) >= 8:
            at = 8 * int(rng.integers(len(out) // 8))
            out[at : at + 8] = struct.pack("<d", values[rng.integers(len(values))])
    return bytes(out)


ARRAYS: tuple[Mutation, ...] = (*ZIPPED, in_member(npy_changed))

# JSON --------------------------------------------------------------------------------

_MARK = "\u2603"  # stands for a literal until the text is written


def json_changed(rng: np.random.Generator, data: bytes) -> bytes:
    """Replace, drop, repeat or nest a value somewhere in a JSON text."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return raw(rng, data)
    literal = LITERALS[rng.integers(len(LITERALS))]
    parent, key = _some_place(rng, value)
    kind = rng.integers(7)
    if parent is None or kind == 6:
        depth = int(rng.choice([1, 3, 200, 1500]))
        text = json.dumps(value)
        if isinstance(value, dict) and rng.random() < 0.5:  # inside itself
            name = str(rng.choice([*value, "within"]))
            head = json.dumps({k: v for k, v in value.items() if k != name})[:-1]
            head = f"{head}{', ' if len(head) > 1 else ''}{json.dumps(name)}: "
            return (head * depth + text + "}" * depth).encode()
        return ("[" * depth + text + "]" * depth).encode()
    if kind == 0 and isinstance(parent, dict):
        parent[key + "x"] = parent.pop(key)
    elif kind == 1:
        del parent[key]
    elif kind == 2:
        parent[key] = [parent[key], parent[key]]
    elif kind == 3 and isinstance(parent, list):
        parent.insert(key, parent[key])
    else:
        parent[key] = _MARK
    return json.dumps(value).replace(json.dumps(_MARK), literal).encode()


def _some_place(rng: np.random.Generator, value: Any) -> tuple[Any, Any]:
    """Return a container within the value and a key or index of it."""
    places: list[tuple[Any, Any]] = []
    todo = [value]
    while todo:
        node = todo.pop()
        keys = list(node) if isinstance(node, dict) else range(len(node))
        places += [(node, key) for key in keys]
        todo += [node[key] for key in keys if isinstance(node[key], (dict, list))]
    return places[rng.integers(len(places))] if places else (None, None)


JSON: tuple[Mutation, ...] = (json_changed, json_changed, raw)

# safetensors: 8 bytes of length, JSON, numbers ---------------------------------------


def safetensors_changed(rng: np.random.Generator, data: bytes) -> bytes:
    """Change the header as JSON and write its length, right or wrong."""
    size = int.from_bytes(data[:8], "little")
    header, body = data[8 : 8 + size], data[8 + size :]
    kind = rng.integers(6)
    if kind == 0:
        return data[: 8 + size] + raw(rng, body)
    if kind == 1:
        return WORDS[rng.integers(len(WORDS))].to_bytes(8, "little") + data[8:]
    if kind == 2:
        header = raw(rng, header)
    elif kind == 3:
        header = header + b" " * int(rng.integers(1, 100))
    else:
        header = json_changed(rng, header)
    return len(header).to_bytes(8, "little") + header + body


SAFETENSORS: tuple[Mutation, ...] = (safetensors_changed, safetensors_changed, raw)

# Complexes: the JSON inside an array inside an archive -------------------------------


def header_array_changed(rng: np.random.Generator, data: bytes) -> bytes:
    """Change the JSON of the array "header" and sign the archive again."""
    parts = members(data)
    for k, (name, content) in enumerate(parts):
        if name == "header.npy":
            text = str(np.load(io.BytesIO(content), allow_pickle=False))
            new = json_changed(rng, text.encode()).decode("utf8", "replace")
            out = io.BytesIO()
            np.save(out, np.asarray(new), allow_pickle=False)
            parts[k] = (name, out.getvalue())
    return _archive(parts, zipfile.ZIP_STORED)


COMPLEX: tuple[Mutation, ...] = (*ARRAYS, header_array_changed, header_array_changed)

# Pickles -----------------------------------------------------------------------------

EVIL = [
    b"cos\nsystem\n(S'true'\ntR",
    b"c__builtin__\neval\n(S'1'\ntR",
    b"cbuiltins\nexec\n(S'1'\ntR",
    b"csubprocess\nrun\n(S'true'\ntR",
    b"ctorch\nload\n(S'x'\ntR",
    b"ctorch._utils\n_rebuild_tensor_v2\n",
    b"ctorch.storage\nUntypedStorage\n",
    b"ccollections\nOrderedDict\n)R",
    b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x04true\x85R",
    b"\x8c\x08builtins\x8c\x07getattr\x93",
    b"(i__main__\nX\n",
    b"Q",
    b"P1\n",
    b"\x82\x01",
    b"b",
    b"\x81",
]


def pickle_changed(rng: np.random.Generator, content: bytes) -> bytes:
    """Put opcodes into a pickle at the boundary of one."""
    import pickletools

    places = [0]
    try:
        places = [at for _, _, at in pickletools.genops(content) if at is not None]
    except Exception:
        return raw(rng, content)
    at = places[rng.integers(len(places))]
    new = EVIL[rng.integers(len(EVIL))]
    if rng.random() < 0.3:
        new = bytes([content[places[rng.integers(len(places))]]])
    end = at if rng.random() < 0.7 else at + int(rng.integers(1, 9))
    return content[:at] + new + content[end:]


def torch_changed(rng: np.random.Generator, data: bytes) -> bytes:
    """Change the pickle of a torch file, zipped or not."""
    if data[:2] != b"PK":
        return pickle_changed(rng, data)
    parts = members(data)
    for k, (name, content) in enumerate(parts):
        if name.endswith("data.pkl"):
            change = pickle_changed if rng.random() < 0.6 else raw
            parts[k] = (name, change(rng, content))
    return _archive(parts, zipfile.ZIP_STORED)


def torch_archive_changed(rng: np.random.Generator, data: bytes) -> bytes:
    """Change the archive of a torch file; an old one has none."""
    if data[:2] != b"PK":
        return raw(rng, data)
    return ZIPPED[rng.integers(len(ZIPPED))](rng, data)


TORCH: tuple[Mutation, ...] = (torch_changed, torch_archive_changed, raw)
