#!/usr/bin/env python3
"""Writes state_tree.json: roots and proofs of the state tree computed a second time, from SPEC.md alone.

Prints to standard output. SM3 comes from OpenSSL through hashlib.
"""
import hashlib
import json


def h(suite, *parts):
    algorithm = {1: "sha256", 2: "sm3"}[suite]
    return hashlib.new(algorithm, b"".join(parts)).digest()


def bit(key_hash, depth):
    return key_hash[depth // 8] >> (7 - depth % 8) & 1


# SPEC T-4, T-5: from the definition, over a dictionary key hash -> value hash.
def root(suite, entries, depth=0):
    if not entries:
        return bytes(32)
    if len(entries) == 1:
        (key_hash, value_hash), = entries.items()
        return h(suite, b"\x00", key_hash, value_hash)
    half = [{k: v for k, v in entries.items() if bit(k, depth) == side} for side in (0, 1)]
    return h(suite, b"\x01", root(suite, half[0], depth + 1), root(suite, half[1], depth + 1))


# SPEC T-11, T-12: the encoded proof of a key hash.
def proof(suite, entries, key_hash):
    siblings, depth = [], 0
    while len(entries) > 1:
        side = bit(key_hash, depth)
        siblings.append(root(suite, {k: v for k, v in entries.items() if bit(k, depth) != side}, depth + 1))
        entries = {k: v for k, v in entries.items() if bit(k, depth) == side}
        depth += 1
    bitmap = bytearray((depth + 7) // 8)
    for i, sibling in enumerate(siblings):
        if any(sibling):
            bitmap[i // 8] |= 0x80 >> i % 8
    out = b"\x01" + depth.to_bytes(2, "big") + bytes(bitmap)
    out += b"".join(s for s in siblings if any(s))
    if entries:
        (terminal, value_hash), = entries.items()
        return out + b"\x01" + terminal + value_hash
    return out + b"\x00"


def case(suite, pairs, probes):
    entries = {h(suite, k): h(suite, v) for k, v in pairs}
    held = dict(pairs)
    return {
        "suite": suite,
        "entries": [{"key": k.hex(), "value": v.hex()} for k, v in pairs],
        "root": root(suite, entries).hex(),
        "proofs": [{"key": k.hex(), "value": held[k].hex() if k in held else None,
                    "proof": proof(suite, dict(entries), h(suite, k)).hex()} for k in probes],
    }


def pairs(count):
    return [(b"A" + i.to_bytes(4, "big"), b"\x01value %d" % i) for i in range(count)]


cases = []
for suite in (1, 2):
    for count in (0, 1, 2, 3, 17):
        probes = [k for k, _ in pairs(count)][:4] + [b"B\x00", b"B\x01", b"B\x02"]
        cases.append(case(suite, pairs(count), probes))
print(json.dumps({"cases": cases}, indent=1))
