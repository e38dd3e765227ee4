#!/usr/bin/env python3
"""Writes encodings.json: the layouts and trees of crypto/ computed a second time, from SPEC.md alone.

Prints to standard output. SM3 comes from OpenSSL through hashlib.
"""
import hashlib
import json


def h(suite, *parts):
    algorithm = {1: "sha256", 2: "sm3"}[suite]
    return hashlib.new(algorithm, b"".join(parts)).digest()


def u(value, size):
    return value.to_bytes(size, "big")


# --- SPEC K-30..K-34: recursive, straight from RFC 6962, 2.1 ---

def split(n):
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def top(suite, leaves):
    if len(leaves) == 1:
        return h(suite, b"\x00", leaves[0])
    k = split(len(leaves))
    return h(suite, b"\x01", top(suite, leaves[:k]), top(suite, leaves[k:]))


def siblings(suite, index, leaves):
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if index < k:
        return siblings(suite, index, leaves[:k]) + [top(suite, leaves[k:])]
    return siblings(suite, index - k, leaves[k:]) + [top(suite, leaves[:k])]


def root(suite, leaves):
    if not leaves:
        return bytes(32)
    return h(suite, b"\x02", u(len(leaves), 8), top(suite, leaves))


def path(suite, index, leaves):
    return u(index, 8) + u(len(leaves), 8) + b"".join(siblings(suite, index, leaves))


def leaf_bytes(i):
    return bytes([i]) * i


def mmr_leaf(suite, i):
    return h(suite, b"leaf", u(i, 8))


def suite_vectors(suite):
    merkle, mmr = [], []
    for count in range(0, 12):
        leaves = [leaf_bytes(i) for i in range(count)]
        index = count * 5 // 7
        merkle.append({
            "count": count, "root": root(suite, leaves).hex(), "index": index,
            "path": path(suite, index, leaves).hex() if count else "",
        })
        digests = [mmr_leaf(suite, i) for i in range(count)]
        mmr.append({
            "count": count, "root": root(suite, digests).hex(), "index": index,
            "path": path(suite, index, digests).hex() if count else "",
        })
    return {"suite": suite, "abc": h(suite, b"abc").hex(), "empty": h(suite).hex(),
            "merkle": merkle, "mmr": mmr}


KEY = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
ENCODED_KEY = b"\x01" + u(32, 2) + KEY

print(json.dumps({
    "comment": "Written by generate.py; see README.md.",
    "suites": [suite_vectors(1), suite_vectors(2)],
    "codec": {
        "u8": 1, "u16": 515, "u32": 67438087, "u64": 579005069656919567,
        "amount": "21345817372864405881847059188222722561", "blob": "a0a1a2", "tag": "hp/tx",
        "encoded": (u(1, 1) + u(515, 2) + u(67438087, 4) + u(579005069656919567, 8)
                    + u(21345817372864405881847059188222722561, 16) + u(3, 4) + b"\xa0\xa1\xa2"
                    + b"hp/tx").hex(),
    },
    "public_key": {"raw": KEY.hex(), "encoded": ENCODED_KEY.hex(),
                   "text": "ed25519-sha256:" + KEY.hex(),
                   "id": h(1, b"hp/key-id", ENCODED_KEY).hex()},
    "signature": {"raw": bytes(range(64)).hex(),
                  "encoded": (b"\x01" + u(64, 2) + bytes(range(64))).hex()},
}, indent=1))
