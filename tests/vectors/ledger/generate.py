#!/usr/bin/env python3
"""Writes ledger.json: bodies, ids, digests, records, receipts, state entries and a genesis, computed from ledger/SPEC.md
and the protobuf wire format alone. Prints to standard output."""
import hashlib
import json


def h(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def u(value, size):
    return value.to_bytes(size, "big")


def blob(data):
    return u(len(data), 4) + data


# --- the protobuf wire format, as far as it is needed ---

def varint(value):
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def number(field, value):
    return b"" if value == 0 else varint(field << 3) + varint(value)


def text(field, data, always=False):
    return b"" if not data and not always else varint(field << 3 | 2) + varint(len(data)) + data


# --- identities of the example ---

CHAIN = bytes([0xC0]) * 32
ACCOUNT_1 = h(b"hp/account", u(1, 4), u(1, 8))
ACCOUNT_2 = h(b"hp/account", u(2, 4), u(7, 8))
# Public keys of RFC 8032, 7.1, tests 1 and 2.
KEY_1 = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
KEY_2 = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")


def encoded_key(raw):
    return u(1, 1) + u(len(raw), 2) + raw


def key_id(raw):
    return h(b"hp/key-id", encoded_key(raw))


SIGNERS = sorted([key_id(KEY_1), key_id(KEY_2)])
UETR = bytes(range(16))


def record(amount, linked):
    return (ACCOUNT_1 + ACCOUNT_2 + u(amount, 16) + u(5, 4) + u(1 if linked else 0, 4) + UETR + b"SALA" + u(0, 4))


def body(operation_field, operation, signers, window=(1000, 61000), nonce=b"", reference=b""):
    first, last = window
    return (number(1, 1) + text(2, CHAIN) + number(3, 9) + number(4, first) + number(5, last)
            + b"".join(text(6, s) for s in signers)
            + (text(7, nonce) if nonce else b"") + (text(8, reference) if reference else b"")
            + text(operation_field, operation, always=True))


NONCE = text(1, ACCOUNT_1) + number(2, 3) + number(3, 4)
REFERENCE = text(1, b"INV-7/2026") + number(2, 20261123)
TRANSFER = text(1, ACCOUNT_1) + text(2, ACCOUNT_2) + number(3, 5) + text(4, u(1250, 16)) + text(5, UETR) + text(6, b"SALA")
PAYMENT = (text(1, ACCOUNT_1) + text(2, ACCOUNT_2) + number(3, 5) + text(4, u(1250, 16)) + number(5, 2) + number(6, 70000)
           + number(7, 80000) + text(8, UETR) + text(9, b"SALA"))
RESERVE = (text(1, ACCOUNT_1) + text(2, ACCOUNT_2) + number(3, 5) + text(4, u(1250, 16)) + number(5, 80000) + number(6, 3)
           + number(7, 4) + text(8, UETR) + text(9, b"SALA"))
LEGS = [(ACCOUNT_1, ACCOUNT_2, 5, 1250), (ACCOUNT_2, ACCOUNT_1, 6, 7)]
PROPOSAL = (number(1, 80000) + number(2, 1)
            + b"".join(text(3, text(1, d) + text(2, c) + number(3, a) + text(4, u(n, 16))) for d, c, a, n in LEGS)
            + text(4, UETR) + text(5, b"SALA"))
BULK = number(1, 3) + text(2, record(10, True) + record(2**100, False))

ADD_VALIDATOR = (text(1, b"node-2") + number(2, 3) + number(3, 1) + text(4, KEY_1) + number(5, 2)
                 + text(6, bytes([6]) * 32) + text(7, b"node-2.example:7701"))
UPDATE_VALIDATOR = text(1, b"node-1") + number(2, 1) + text(3, KEY_1)
SETTINGS = [8, 1, 100, 250, 250, 2000, 20, 1000, 2, 2 << 20, 4096, 64, 64, 100000]
SET_PARAMETERS = (text(1, b"".join(number(i + 1, s) for i, s in enumerate(SETTINGS)))
                  + text(2, number(1, 120) + number(2, 30)) + text(3, number(1, 2) + number(2, 168)))

BODIES = {
    "open_accounts": body(16, number(1, 100) + number(2, 8190), SIGNERS[:1]),
    "issue": body(17, number(1, 5) + text(2, ACCOUNT_1) + text(3, u(2**127, 16)), SIGNERS[:1]),
    "redeem": body(18, number(1, 5) + text(2, ACCOUNT_1) + text(3, u(1, 16)), SIGNERS[:1]),
    "transfer": body(19, TRANSFER, SIGNERS, nonce=NONCE, reference=REFERENCE),
    "bulk_transfer": body(20, BULK, SIGNERS[:1]),
    "register_key": body(21, number(1, 1) + text(2, KEY_2), SIGNERS),
    "rotate_key": body(22, text(1, key_id(KEY_1)) + number(2, 1) + text(3, KEY_2), SIGNERS),
    "revoke_key": body(23, text(1, key_id(KEY_1)), SIGNERS[:1]),
    "set_account_authority": body(24, text(1, ACCOUNT_1) + number(2, 2) + b"".join(text(3, s) for s in SIGNERS), SIGNERS),
    "register_certificate": body(25, text(1, bytes([6]) * 32) + number(2, 4), SIGNERS[:1]),
    "add_validator": body(27, number(1, 99000) + text(2, ADD_VALIDATOR), SIGNERS[:1]),
    "remove_validator": body(27, number(1, 99000) + text(3, text(1, b"node-2")), SIGNERS[:1]),
    "update_validator": body(27, number(1, 99000) + text(4, UPDATE_VALIDATOR), SIGNERS[:1]),
    "set_parameters": body(27, number(1, 99000) + text(5, SET_PARAMETERS), SIGNERS[:1]),
    "activate_revision": body(27, number(1, 99000) + text(6, number(1, 2)), SIGNERS[:1]),
    "vote_on_proposal": body(28, number(1, 7) + number(2, 1), SIGNERS[:1]),
    "withdraw_proposal": body(29, number(1, 7), SIGNERS[:1]),
    "payment": body(40, PAYMENT, SIGNERS[:1], reference=REFERENCE),
    "cancel_payment": body(41, text(1, bytes([7]) * 32), SIGNERS[:1]),
    "hold_payment": body(42, text(1, bytes([7]) * 32), SIGNERS[:1]),
    "release_payment": body(43, text(1, bytes([7]) * 32), SIGNERS[:1]),
    "change_priority": body(44, text(1, bytes([7]) * 32) + number(2, 1), SIGNERS[:1]),
    "set_reservation": body(45, text(1, ACCOUNT_1) + number(2, 5) + number(3, 3) + text(4, u(60, 16)), SIGNERS[:1]),
    "set_bilateral_limit": body(46, text(1, ACCOUNT_1) + number(2, 5) + text(3, ACCOUNT_2) + text(4, u(0, 16)), SIGNERS[:1]),
    "set_multilateral_limit": body(47, text(1, ACCOUNT_1) + number(2, 5), SIGNERS[:1]),
    "set_credit_line": body(48, text(1, ACCOUNT_1) + number(2, 5) + text(3, u(500, 16)), SIGNERS[:1]),
    "run_resolution": body(49, b"", SIGNERS[:1]),
    "reserve_funds": body(50, RESERVE, SIGNERS[:1]),
    "post_reserved": body(51, text(1, bytes([7]) * 32) + text(2, u(600, 16)) + number(3, 1), SIGNERS[:1]),
    "void_reserved": body(52, text(1, bytes([7]) * 32), SIGNERS[:1]),
    "propose_settlement": body(53, PROPOSAL, SIGNERS[:1]),
    "approve_settlement": body(54, text(1, bytes([7]) * 32), SIGNERS[:1]),
    "withdraw_approval": body(55, text(1, bytes([7]) * 32), SIGNERS[:1]),
    "cancel_settlement": body(56, text(1, bytes([7]) * 32), SIGNERS[:1]),
    "revoke_certificate": body(26, text(1, bytes([6]) * 32), SIGNERS[:1]),
}


def txid(data):
    return h(b"hp/tx", CHAIN, data)


def business(operation_field, operation):
    return h(b"hp/business", number(1, 1) + text(2, CHAIN) + number(3, 9) + text(8, REFERENCE)
             + text(operation_field, operation))


# --- fixed layouts ---

def receipt(code, first=b"", records=b""):
    return (u(1, 1) + bytes([1]) * 32 + u(9, 8) + u(4, 4) + u(2, 2) + u(77, 8) + u(code, 2)
            + u(1 if first else 0, 1) + first + blob(records))


FIRST = bytes([2]) * 32 + u(3, 8) + u(1, 4) + u(66, 2)
ENTRY = (u(9, 8) + u(4, 4) + u(2, 4) + u(1, 1) + u(1250, 16) + u(70, 16) + ACCOUNT_2 + UETR + b"SALA")
HEAD_1 = h(b"hp/entry", bytes(32), ENTRY)
HEAD_2 = h(b"hp/entry", HEAD_1, ENTRY)

MEMBER = blob(b"node-1") + u(1, 4) + encoded_key(KEY_2) + u(1, 4) + bytes([7]) * 32 + blob(b"")
CONSENSUS = b"".join(u(s, 4) for s in SETTINGS)
EPOCH_SETTINGS = u(1, 4) + MEMBER + CONSENSUS + u(120, 4) + u(30, 4) + u(2, 4) + u(168, 4) + u(1, 4)

STATE = {
    "participant": [b"P" + u(3, 4), u(1, 1) + u(0b110, 4) + u(2, 2) + u(3, 4) + blob(b"BANKCNSH") + blob(b"Bank")],
    "key": [b"K" + key_id(KEY_1), u(1, 1) + u(3, 4) + u(2, 1) + key_id(KEY_2) + u(8, 8) + encoded_key(KEY_1)],
    "certificate": [b"I" + bytes([6]) * 32, u(1, 1) + u(3, 4) + u(4, 1) + u(1, 1) + u(8, 8)],
    "asset": [b"S" + u(5, 4), u(1, 1) + u(3, 4) + u(2, 1) + u(900, 16) + u(100, 16) + blob(b"CNY")],
    "account": [b"A" + ACCOUNT_1, u(1, 1) + u(1, 4) + u(1, 8) + u(8, 8) + u(2, 2) + u(2, 4) + b"".join(SIGNERS)],
    "balance": [b"B" + ACCOUNT_1 + u(5, 4),
                u(1, 1) + u(0, 1) + u(0, 2) + u(30, 16) + u(100, 16) + u(0, 16) + u(0, 16) + u(9, 8) + u(2, 8) + HEAD_2],
    "nonce": [b"N" + ACCOUNT_1 + u(3, 4), u(1, 1) + u(5, 8)],
    "replay_bucket": [b"R" + u(61, 8), u(1, 1) + HEAD_1 + u(7, 8)],
    "reference_day": [b"C" + u(20780, 4), u(1, 1) + HEAD_1 + u(7, 8)],
    "clock": [b"T", u(1, 1) + u(9, 8) + u(1795435200000, 8)],
    "epoch": [b"V" + u(3, 8), u(1, 1) + u(8, 8) + EPOCH_SETTINGS],
    "epochs": [b"E", u(1, 1) + u(3, 8) + u(8, 8) + u(1, 1) + EPOCH_SETTINGS + u(1, 4) + blob(b"node-1")
               + u(1, 1) + u(40, 8) + EPOCH_SETTINGS],
    "proposals": [b"Q", u(1, 1) + u(7, 8) + u(4, 4) + u(1, 4) + u(7, 8) + u(99000, 8)],
    "proposal": [b"G" + u(7, 8), u(1, 1) + u(3, 4) + u(8, 8) + u(99000, 8) + u(1, 1) + u(0, 8)
                 + u(3, 1) + blob(b"node-1") + u(1, 1) + encoded_key(KEY_1) + u(0, 1) + u(1, 1) + u(5, 4) + u(0, 1)
                 + u(1, 4) + u(9, 4) + u(1, 1)],
    "waiting_payment": [b"W" + ACCOUNT_1 + u(5, 4) + u(1, 1) + u(9, 8) + u(4, 4),
                        u(1, 1) + bytes([7]) * 32 + u(3, 4) + u(3, 1) + u(9, 8) + u(4, 4) + ACCOUNT_1 + ACCOUNT_2 + u(5, 4)
                        + u(1250, 16) + u(1, 1) + u(70000, 8) + u(80000, 8) + UETR + b"SALA" + blob(b"INV-7/2026")
                        + u(20261123, 4)],
    "liquidity": [b"L" + ACCOUNT_1 + u(5, 4),
                  u(1, 1) + u(20780, 4) + u(60, 16) + u(40, 16) + u(6, 16) + u(4, 16) + u(1, 1) + u(300, 16) + u(30, 16)
                  + u(20, 16) + u(500, 16) + u(50, 16)],
    "bilateral_limit": [b"M" + ACCOUNT_1 + u(5, 4) + ACCOUNT_2, u(1, 1) + u(20780, 4) + u(10, 16) + u(8, 16) + u(3, 16)],
    "resolution": [b"X", u(1, 1) + u(9, 8) + u(2, 4) + u(1, 1) + u(12, 8)],
    "carried": [b"Y" + ACCOUNT_1 + u(5, 4), u(1, 1)],
    "journal_day": [b"J" + u(20780, 4), u(1, 1) + HEAD_1 + u(7, 8)],
    "payment_event": [b"\x84" + u(20780, 4) + u(1, 1) + bytes([7]) * 32 + u(10, 8) + u(6, 4),
                      u(1, 1) + bytes([7]) * 32 + u(10, 8) + u(6, 4) + u(6, 1) + u(3, 1) + u(141, 2) + bytes(32) + u(0, 8)
                      + u(3, 4) + ACCOUNT_1 + ACCOUNT_2 + u(5, 4) + u(900, 16)],
    "journal_block": [b"\x84" + u(20780, 4) + u(3, 1) + u(10, 8), u(1, 1) + bytes([7]) * 32 + bytes([8]) * 32],
    "batch_event": [b"\x84" + u(20780, 4) + u(2, 1) + u(12, 8),
                    u(1, 1) + u(12, 8) + u(10, 8) + u(4, 1) + u(3, 4) + u(5, 8) + HEAD_1 + HEAD_2],
    "reserve": [b"H" + ACCOUNT_1 + u(5, 4) + bytes([7]) * 32,
                u(1, 1) + bytes([7]) * 32 + u(3, 4) + u(9, 8) + u(4, 4) + ACCOUNT_1 + ACCOUNT_2 + u(5, 4) + u(1250, 16)
                + u(650, 16) + u(80000, 8) + u(3, 1) + u(4, 4) + UETR + b"SALA"],
    "open_settlement": [b"O" + bytes([7]) * 32,
                        u(1, 1) + bytes([7]) * 32 + u(3, 4) + u(9, 8) + u(4, 4) + u(80000, 8) + u(1, 1) + UETR + b"SALA"
                        + u(2, 4) + b"".join(d + c + u(a, 4) + u(n, 16) for d, c, a, n in LEGS) + u(1, 4) + ACCOUNT_2],
    "step_event": [b"\x84" + u(20780, 4) + u(4, 1) + bytes([7]) * 32 + u(10, 8) + u(6, 4),
                   u(1, 1) + bytes([7]) * 32 + u(10, 8) + u(6, 4) + u(5, 1) + u(155, 2) + bytes([8]) * 32 + u(3, 4)
                   + u(650, 16) + u(12, 8) + u(2, 4)],
    "reference": [b"\x82" + u(20780, 4) + u(9, 4) + b"INV-7/2026", u(1, 1) + HEAD_1 + FIRST],
}

# --- genesis ---

VALIDATORS = u(1, 4) + blob(b"node-1") + u(1, 4) + encoded_key(KEY_2) + bytes([7]) * 32
GENESIS = (
    u(1, 4) + u(1, 1) + blob(b"vector-net") + u(1795435200000, 8) + CONSENSUS + u(120, 4) + u(30, 4) + u(2, 4) + u(168, 4)
    + u(1, 4) + u(1, 4) + blob(b"CENTRAL") + blob("Banque d'\u00c9tat".encode()) + u(0b110, 4) + u(1, 2)
    + VALIDATORS
    + u(1, 4) + u(1, 4) + encoded_key(KEY_1)
    + u(1, 4) + bytes([6]) * 32 + u(1, 4) + u(2, 1)
    + u(1, 4) + u(5, 4) + blob(b"CNY") + u(2, 1) + u(1, 4)
    + u(1, 4) + u(1, 4) + u(1, 8) + u(3, 4) + u(1, 2) + u(1, 4) + key_id(KEY_1)
)
DOCUMENT = {
    "format": "huangpu-genesis", "version": 1, "chain_name": "vector-net", "suite": "ed25519-sha256",
    "time": "2026-11-23T12:00:00.000Z",
    "participants": [{"id": 1, "code": "CENTRAL", "name": "Banque d'\u00c9tat", "roles": ["participant", "issuer"]}],
    "validators": [{"name": "node-1", "participant": 1, "public_key": "ed25519-sha256:" + KEY_2.hex(),
                    "tls_pin": "07" * 32}],
    "keys": [{"participant": 1, "public_key": "ed25519-sha256:" + KEY_1.hex()}],
    "certificates": [{"pin": "06" * 32, "participant": 1, "role": "issuer"}],
    "assets": [{"id": 5, "code": "CNY", "decimals": 2, "issuer": 1}],
    "accounts": [{"participant": 1, "number": 1, "count": 3, "threshold": 1, "keys": [key_id(KEY_1).hex()]}],
}

SIGNATURE = bytes([8]) * 64


def envelope(data, raw_keys):
    out = text(1, data)
    for raw in raw_keys:
        out += text(2, number(1, 1) + text(2, raw) + text(3, SIGNATURE))
    return out


BY_ID = sorted([KEY_1, KEY_2], key=key_id)

VECTORS = {
    "chain": CHAIN.hex(),
    "accounts": [ACCOUNT_1.hex(), ACCOUNT_2.hex()],
    "keys": [KEY_1.hex(), KEY_2.hex()],
    "key_ids": [key_id(KEY_1).hex(), key_id(KEY_2).hex()],
    "records": [record(10, True).hex(), record(2**100, False).hex()],
    "bodies": {name: {"body": data.hex(), "txid": txid(data).hex(), "signing_message": (b"hp/sign/tx" + txid(data)).hex()}
               for name, data in BODIES.items()},
    "business_digest": business(19, TRANSFER).hex(),
    "envelope": envelope(BODIES["transfer"], BY_ID).hex(),
    "receipts": {"settled": receipt(0).hex(), "partly": receipt(70, records=bytes([0, 66, 72])).hex(),
                 "repeated": receipt(22, first=FIRST).hex()},
    "entry": ENTRY.hex(),
    "heads": [HEAD_1.hex(), HEAD_2.hex()],
    "state": {name: {"key": pair[0].hex(), "value": pair[1].hex()} for name, pair in STATE.items()},
    "genesis": {"document": DOCUMENT, "canonical": GENESIS.hex(), "chain_id": h(b"hp/genesis", GENESIS).hex(),
                "settings_digest": h(b"hp/settings", EPOCH_SETTINGS).hex()},
    "replay_digest": h(b"hp/replay", bytes(32), u(1, 8), bytes([1]) * 32, bytes([2]) * 32).hex(),
}

if __name__ == "__main__":
    print(json.dumps(VECTORS, indent=1))
