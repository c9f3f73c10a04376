"""Merkle trees of RFC 6962 (SHA-256) as pure functions, and where C2SP tlog-tiles keeps their hashes.

Proofs read hashes through `node(level, index)`: the root of the perfect subtree over the 2^level leaves that
begin at `index * 2^level`. A database table, a list in memory or published tiles can stand behind it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from .errors import Malformed

__all__ = [
    "EMPTY_ROOT",
    "HASH_BYTES",
    "Frontier",
    "Node",
    "consistency_proof",
    "inclusion_path",
    "leaf_hash",
    "node_hash",
    "nodes_of",
    "root_at",
    "root_of",
    "verify_consistency",
    "verify_inclusion",
]

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

Node = Callable[[int, int], bytes]
"""`node(level, index)`, see the module's docstring."""


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Frontier:
    """The right edge of a tree: `size` leaves and the roots of its perfect subtrees, largest first.

    Immutable; enough to append and to know the root without any older hash.
    """

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0 or self.size.bit_count() != len(self.hashes):
            raise Malformed("a frontier holds one hash for each one-bit of its size")

    @classmethod
    def from_bytes(cls, size: int, data: bytes) -> Frontier:
        """The inverse of `to_bytes`; Malformed when the length does not fit the size."""
        if len(data) % HASH_BYTES:
            raise Malformed("a frontier is a row of 32-byte hashes")
        return cls(size=size, hashes=tuple(data[i : i + HASH_BYTES] for i in range(0, len(data), HASH_BYTES)))

    def to_bytes(self) -> bytes:
        return b"".join(self.hashes)

    def append(self, leaf: bytes) -> Frontier:
        """The frontier with one more leaf hash."""
        return self.append_noting(leaf)[0]

    def append_noting(self, leaf: bytes) -> tuple[Frontier, list[tuple[int, int, bytes]]]:
        """The frontier with one more leaf hash; the nodes it completes (level, index, hash), leaf first."""
        hashes = list(self.hashes)
        level, index, current = 0, self.size, leaf
        completed = [(level, index, current)]
        while index & 1:
            current = node_hash(hashes.pop(), current)
            level, index = level + 1, index >> 1
            completed.append((level, index, current))
        hashes.append(current)
        return Frontier(size=self.size + 1, hashes=tuple(hashes)), completed

    @property
    def root(self) -> bytes:
        """The tree's root hash; that of the empty tree when there is no leaf."""
        if not self.hashes:
            return EMPTY_ROOT
        root = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            root = node_hash(left, root)
        return root


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over leaf hashes (not entries)."""
    frontier = Frontier()
    for leaf in leaves:
        frontier = frontier.append(leaf)
    return frontier.root


def nodes_of(leaves: Sequence[bytes]) -> Node:
    """A `node` over leaf hashes in memory."""
    levels: list[list[bytes]] = [list(leaves)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        levels.append([node_hash(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)])
    return lambda level, index: levels[level][index]


def _range_root(start: int, stop: int, node: Node) -> bytes:
    """Root over the leaves `start` to `stop`, a range that RFC 6962's splitting arrives at."""
    size = stop - start
    level = size.bit_length() - 1
    if size == 1 << level and start % size == 0:
        return node(level, start >> level)
    split = 1 << ((size - 1).bit_length() - 1)
    return node_hash(_range_root(start, start + split, node), _range_root(start + split, stop, node))


def root_at(size: int, node: Node) -> bytes:
    """The root of the tree's first `size` leaves."""
    return EMPTY_ROOT if size == 0 else _range_root(0, size, node)


def inclusion_path(index: int, size: int, node: Node) -> list[bytes]:
    """The audit path of leaf `index` in the tree of `size` leaves, lowest first (RFC 6962 section 2.1.1)."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    path: list[bytes] = []
    start, stop = 0, size
    while stop - start > 1:
        middle = start + (1 << ((stop - start - 1).bit_length() - 1))
        if index < middle:
            path.append(_range_root(middle, stop, node))
            stop = middle
        else:
            path.append(_range_root(start, middle, node))
            start = middle
    return path[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether `path` proves leaf hash `leaf` at `index` under `root` (RFC 9162 section 2.1.3.2)."""
    if not 0 <= index < size or any(len(item) != HASH_BYTES for item in path):
        return False
    first, last, current = index, size - 1, leaf
    for item in path:
        if last == 0:
            return False
        if first & 1 or first == last:
            current = node_hash(item, current)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            current = node_hash(current, item)
        first, last = first >> 1, last >> 1
    return last == 0 and current == root


def consistency_proof(old: int, new: int, node: Node) -> list[bytes]:
    """Proof that the tree of `old` leaves begins that of `new` (RFC 6962 2.1.2); empty when trivial."""
    if not 0 <= old <= new:
        raise ValueError(f"no consistency from {old} to {new}")
    if old in (0, new):
        return []
    proof: list[bytes] = []
    start, stop, whole = 0, new, True
    while old != stop:
        middle = start + (1 << ((stop - start - 1).bit_length() - 1))
        if old <= middle:
            proof.append(_range_root(middle, stop, node))
            stop = middle
        else:
            proof.append(_range_root(start, middle, node))
            start, whole = middle, False
    if not whole:
        proof.append(_range_root(start, stop, node))
    return proof[::-1]


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether `proof` shows the tree of `old_root` to begin that of `new_root` (RFC 9162 section 2.1.4.2)."""
    if not 0 <= old <= new or any(len(item) != HASH_BYTES for item in proof):
        return False
    if old == 0:
        return not proof and old_root == EMPTY_ROOT
    if old == new:
        return not proof and old_root == new_root
    items = list(proof)
    if old & (old - 1) == 0:
        items.insert(0, old_root)
    if not items:
        return False
    first, last = old - 1, new - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    left = right = items[0]
    for item in items[1:]:
        if last == 0:
            return False
        if first & 1 or first == last:
            left, right = node_hash(item, left), node_hash(item, right)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            right = node_hash(right, item)
        first, last = first >> 1, last >> 1
    return last == 0 and left == old_root and right == new_root
