"""Ways to spoil a file, each decided by its seed alone."""

from __future__ import annotations

import random

_EDGES = (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x80\0\0\0", b"\0\0\0\1")


def mutated(data: bytes, other: bytes, seed: int) -> tuple[bytes, str]:
    """`data`, spoilt once to three times, and what was done. `other` is for splicing."""
    chance = random.Random(seed)
    done = []
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        name = chance.choice(list(_WAYS))
        data = _WAYS[name](data, other, chance)
        done.append(name)
    return data, "+".join(done)


def _place(data: bytes, chance: random.Random) -> int:
    """A random offset; in half of the cases in the first or last 2 kB, which contain headers and indexes."""
    n = max(1, len(data))
    zone = chance.random()
    if zone < 0.25:
        return chance.randrange(min(n, 2048))
    return n - 1 - chance.randrange(min(n, 2048)) if zone < 0.5 else chance.randrange(n)


def _flip(data: bytes, _other: bytes, chance: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(chance.choice((1, 3, 10, 50, 200))):
        if out:
            out[_place(data, chance)] ^= 1 << chance.randrange(8)
    return bytes(out)


def _noise(data: bytes, _other: bytes, chance: random.Random) -> bytes:
    at, n = _place(data, chance), chance.choice((4, 64, 1024))
    return data[:at] + chance.randbytes(n) + data[at + n :]


def _edge(data: bytes, _other: bytes, chance: random.Random) -> bytes:
    """A field becomes the largest, smallest or most negative number."""
    at = _place(data, chance) & ~3
    return data[:at] + chance.choice(_EDGES) + data[at + 4 :]


def _cut(data: bytes, _other: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def _drop(data: bytes, _other: bytes, chance: random.Random) -> bytes:
    at, n = _place(data, chance), chance.choice((1, 16, 500, 5000))
    return data[:at] + data[at + n :]


def _insert(data: bytes, _other: bytes, chance: random.Random) -> bytes:
    at = _place(data, chance)
    return data[:at] + chance.randbytes(chance.choice((1, 8, 300))) + data[at:]


def _repeat(data: bytes, _other: bytes, chance: random.Random) -> bytes:
    at, n = _place(data, chance), chance.choice((16, 500, 5000))
    return data[: at + n] + data[at:]


def _blank(data: bytes, _other: bytes, chance: random.Random) -> bytes:
    at, n = _place(data, chance), chance.choice((16, 500, 5000))
    return data[:at] + bytes(n) + data[at + n :]


def _splice(data: bytes, other: bytes, chance: random.Random) -> bytes:
    return data[: _place(data, chance)] + other[_place(other, chance) :]


_WAYS = {f.__name__[1:]: f for f in (_flip, _noise, _edge, _cut, _drop, _insert, _repeat, _blank, _splice)}
