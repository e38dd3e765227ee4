"""Reads archives of chains (docs/protocol/archive.md), written from that document alone."""

import hashlib
import struct

from harness import Failure, check

BATCH, BLOCK, COMMIT = 1, 2, 3


def records(path):
    """Yields (height, kind, key, payload) of each record."""
    with open(path, "rb") as file:
        data = file.read()
    check(data[:8] == b"HPARCHIV", f"{path} is no archive")
    check(struct.unpack_from(">H", data, 8)[0] == 1, f"{path} has another format version")
    genesis_bytes = struct.unpack_from(">I", data, 44)[0]
    at = 48 + genesis_bytes + 4
    count = 0
    while data[at] == 1:
        height = struct.unpack_from(">Q", data, at + 1)[0]
        key = data[at + 9:at + 61]
        size = struct.unpack_from(">I", data, at + 61)[0]
        payload = data[at + 69:at + 69 + size]
        yield height, key[0], key, payload
        at += 69 + size + 4 + 32
        count += 1
    check(data[at] == 2, f"{path}: neither a record nor the trailer at {at}")
    check(struct.unpack_from(">Q", data, at + 1)[0] == count, f"{path}: the trailer counts other records")


def contents(path):
    """What every node must hold alike: per height a digest over block hash, batches and commit message.

    Certificates and justifications are left out: each node may keep the signatures of another quorum.
    """
    digests = {}
    for height, kind, key, payload in records(path):
        if kind in (BATCH, BLOCK, COMMIT):
            digest = digests.setdefault(height, hashlib.sha256())
            digest.update(key)
            if kind != BLOCK:
                digest.update(payload)
    return {height: digest.digest() for height, digest in digests.items()}


def check_equal(paths):
    """Compares archives up to their common height, and returns it."""
    chains = [contents(path) for path in paths]
    common = min(max(chain, default=0) for chain in chains)
    for height in range(1, common + 1):
        if height not in chains[0] or len({chain.get(height) for chain in chains}) != 1:
            raise Failure(f"fork: the archives differ at height {height}")
    return common
