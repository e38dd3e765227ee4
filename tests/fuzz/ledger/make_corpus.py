#!/usr/bin/env python3
"""Writes the seed inputs of the ledger's fuzz targets into tests/fuzz/corpus from the vectors of tests/vectors/ledger."""
import json
from pathlib import Path

root = Path(__file__).resolve().parents[3]
vectors = json.loads((root / "tests/vectors/ledger/ledger.json").read_text())


def write(target, name, data):
    folder = root / "tests/fuzz/corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


for name, vector in vectors["bodies"].items():
    write("ledger_envelope", "body_" + name, bytes.fromhex(vector["body"]))
envelope = bytes.fromhex(vectors["envelope"])
write("ledger_envelope", "envelope", envelope)
write("ledger_envelope", "envelope_cut", envelope[:-7])
write("ledger_envelope", "unknown_field", bytes.fromhex(vectors["bodies"]["transfer"]["body"]) + b"\x98\x06\x01")
write("ledger_envelope", "repeated_signers", b"\x08\x01" + b"\x32\x00" * 2000)

records = [bytes.fromhex(r) for r in vectors["records"]]
write("ledger_bulk", "one", records[1])
write("ledger_bulk", "linked", records[0] + records[1])
write("ledger_bulk", "linked_last", records[1] + records[0])
write("ledger_bulk", "torn", (records[0] + records[1])[:-1])

document = vectors["genesis"]["document"]
write("ledger_genesis", "full", json.dumps(document).encode())
write("ledger_genesis", "next_version", json.dumps({**document, "version": 2}).encode())
write("ledger_genesis", "unknown_field", json.dumps({**document, "surprise": [1, {"a": None}]}).encode())
write("ledger_genesis", "given_twice", b'{"format":"huangpu-genesis","version":1,"version":1}')
write("ledger_genesis", "deep", b"[" * 3000)
write("ledger_genesis", "wrong_types", json.dumps({k: 1.5 if k not in ("format", "version") else v
                                                   for k, v in document.items()}).encode())

for name, data in vectors["receipts"].items():
    write("ledger_receipt", "receipt_" + name, bytes.fromhex(data))
write("ledger_receipt", "entry", bytes.fromhex(vectors["entry"]))
for name, pair in vectors["state"].items():
    write("ledger_receipt", "state_" + name, bytes.fromhex(pair["value"]))
