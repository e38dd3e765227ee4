#!/usr/bin/env python3
"""The golden transaction file of tests/unit/tools/wallet/transaction_file_test.cpp, made a second time.

Shares no code with the programs: protobuf, hashes and forms are written out here from docs/protocol. Prints the SHA-256 of the
file's text and the digest of its forms. Ed25519 comes from the Python package `cryptography`.
"""

import hashlib
import itertools
import json
import struct

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

NOW = 1_795_000_000_000
STEP = 120_001
WINDOWS = 2


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def varint(number):
    out = b""
    while number >= 0x80:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def account(participant, number):
    return sha(b"hp/account", struct.pack(">IQ", participant, number))


def body(signers, window):
    transfer = (field(1, account(101, 1)) + field(2, account(102, 77)) + field(3, 1)
                + field(4, (1250).to_bytes(16, "big")))
    reference = field(1, b"OFF-1") + field(2, 20261118)
    out = field(1, 1) + field(2, CHAIN) + field(3, 101)
    out += field(4, NOW + window * STEP) + field(5, NOW + 120_000 + window * STEP)
    for signer in sorted(signers):
        out += field(6, signer)
    return out + field(8, reference) + field(19, transfer)


def public(key):
    return key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


CHAIN = sha(b"golden")
KEYS = [Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32) for seed in (1, 2, 3)]
IDS = {sha(b"hp/key-id", bytes([1]), struct.pack(">H", 32), public(key)): key for key in KEYS}
SETS = list(itertools.combinations(sorted(IDS), 2))
FORMS = [(chosen, sha(b"hp/tx", CHAIN, body(chosen, window))) for chosen in SETS for window in range(WINDOWS)]

first = KEYS[0]
first_id = next(key_id for key_id, key in IDS.items() if key is first)
signatures = [first.sign(b"hp/sign/tx" + txid).hex() for chosen, txid in FORMS if first_id in chosen]
document = {
    "format": "huangpu-transaction",
    "version": 1,
    "body": body(SETS[0], 0).hex(),
    "windows": {"count": WINDOWS, "step_ms": STEP},
    "signers": {"all_of": [], "any": 2, "of": [key_id.hex() for key_id in sorted(IDS)]},
    "accounts": [{"participant": 101, "number": 1}, {"participant": 102, "number": 77}],
    "signatures": [{"public_key": "ed25519-sha256:" + public(first).hex(), "signatures": signatures}],
}
text = json.dumps(document, indent=1) + "\n"
print("file  ", sha(text.encode()).hex())
print("digest", sha(b"hp/file/tx", struct.pack(">I", len(FORMS)), *(txid for _, txid in FORMS)).hex())
