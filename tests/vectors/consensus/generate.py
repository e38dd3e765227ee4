#!/usr/bin/env python3
"""Writes vectors.txt: encodings, hashes and signed messages of consensus/ computed a second time, from SPEC.md alone.

Lines are "name hex". Prints to standard output. Ed25519 is written out from RFC 8032, so that nothing but Python's
standard library is needed; it is slow and for test vectors only.
"""
import hashlib

# --- Ed25519, RFC 8032 section 5.1 ---
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def recover_x(y, sign):
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P)
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    return P - x if x & 1 != sign else x


def add(a, b):
    m = (a[1] - a[0]) * (b[1] - b[0]) % P
    n = (a[1] + a[0]) * (b[1] + b[0]) % P
    c = 2 * a[3] * b[3] * D % P
    d = 2 * a[2] * b[2] % P
    e, f, g, h = n - m, d - c, d + c, n + m
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def mul(k, point):
    result = (0, 1, 1, 0)
    while k:
        if k & 1:
            result = add(result, point)
        point = add(point, point)
        k >>= 1
    return result


GY = 4 * pow(5, P - 2, P) % P
GX = recover_x(GY, 0)
G = (GX, GY, 1, GX * GY % P)


def compress(point):
    z = pow(point[2], P - 2, P)
    x, y = point[0] * z % P, point[1] * z % P
    return (y | ((x & 1) << 255)).to_bytes(32, "little")


def expand(seed):
    h = hashlib.sha512(seed).digest()
    a = int.from_bytes(h[:32], "little") & ((1 << 254) - 8) | (1 << 254)
    return a, h[32:]


def public_key(seed):
    return compress(mul(expand(seed)[0], G))


def sign(seed, message):
    a, prefix = expand(seed)
    key = compress(mul(a, G))
    r = int.from_bytes(hashlib.sha512(prefix + message).digest(), "little") % L
    big_r = compress(mul(r, G))
    k = int.from_bytes(hashlib.sha512(big_r + key + message).digest(), "little") % L
    return big_r + ((r + k * a) % L).to_bytes(32, "little")


# --- layouts, SPEC C-1 .. C-61 ---
def u(value, size):
    return value.to_bytes(size, "big")


def h(tag, *parts):
    return hashlib.sha256(tag.encode() + b"".join(parts)).digest()


def fill(byte):
    return bytes([byte]) * 32


def blob(data):
    return u(len(data), 4) + data


def sig(raw):
    return u(1, 1) + u(64, 2) + raw


def key(raw):
    return u(1, 1) + u(32, 2) + raw


GENESIS, ZERO, EPOCH = fill(0x47), bytes(32), 1
SEEDS = [bytes([i]) + bytes([1]) * 31 for i in range(4)]
PROPOSE, NOTARIZE, NULLIFY, FINALIZE, BATCH, READY, COMMIT = 1, 2, 3, 4, 5, 6, 8


def signed_message(kind, position, digest, epoch=EPOCH):
    return b"HP1" + u(kind, 1) + GENESIS + u(epoch, 8) + u(position, 8) + digest


def signature(i, kind, position, digest):
    return sig(sign(SEEDS[i], signed_message(kind, position, digest)))


def signers(n, members):
    bits = bytearray((n + 7) // 8)
    for i in members:
        bits[i // 8] |= 1 << (i % 8)
    return u(n, 2) + bytes(bits)


def certificate(kind, view, digest, members):
    return (u(kind, 1) + u(EPOCH, 8) + u(view, 8) + digest + signers(4, members)
            + b"".join(signature(i, kind, view, digest) for i in members))


def header(view, height, parent_hash, parent_view, proposer, timestamp, cut_root, body_root, epoch_hash):
    return (u(1, 2) + GENESIS + u(EPOCH, 8) + epoch_hash + u(view, 8) + u(height, 8) + parent_hash
            + u(parent_view, 8) + u(proposer, 2) + u(timestamp, 8) + cut_root + body_root + u(0, 1) + ZERO)


def merkle(leaves):
    if len(leaves) == 1:
        return h("", b"\0", leaves[0])
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return h("", b"\1", merkle(leaves[:k]), merkle(leaves[k:]))


def crc32c(data, crc=0):
    crc ^= 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return u(crc ^ 0xffffffff, 4)


def record(kind, view, digest, payload=b""):
    return u(kind, 1) + u(view, 8) + digest + blob(payload)


def frame(seq, epoch, records, nonce):
    head = b"HPWF" + u(1, 2) + u(0, 2) + u(len(records), 4) + crc32c(u(nonce, 8) + records) + u(seq, 8) + u(epoch, 8)
    return head + crc32c(u(nonce, 8) + head) + records


def main():
    out = []

    def put(name, data):
        out.append(f"{name} {data.hex()}")

    validators = u(4, 4) + b"".join(
        blob(b"validator-%d" % i) + key(public_key(SEEDS[i])) + u(1, 4) + fill(i + 1) for i in range(4))
    parameters = (u(8, 4) + u(1, 4) + u(1000, 4) + u(100, 4) + u(250, 4) + u(250, 4) + u(2000, 4) + u(32, 4)
                  + u(2, 4) + u(0, 8) + u(4 << 20, 4) + u(8192, 4) + u(65536, 4) + u(16 << 20, 4)
                  + u(262144, 4) + u(16, 4) + u(64, 4) + u(64 << 20, 4) + u(0, 8))
    epoch_hash = h("hp/epoch", h("hp/valset", validators), h("hp/params", parameters), u(1, 4), fill(0x5e))
    put("epoch_record", u(1, 8) + validators + parameters + u(1, 4) + fill(0x5e))
    put("epoch_hash", epoch_hash)

    put("signed_propose", signed_message(PROPOSE, 5, fill(0xaa)))
    put("signed_nullify", signed_message(NULLIFY, 5, ZERO))
    put("signed_ready", signed_message(READY, 0, epoch_hash, 2))

    put("vote", u(NOTARIZE, 1) + u(EPOCH, 8) + u(5, 8) + fill(0xaa) + u(2, 2) + signature(2, NOTARIZE, 5, fill(0xaa)))
    notarization = certificate(NOTARIZE, 2, fill(0xaa), [0, 1, 2])
    put("certificate", notarization)

    cut = u(1, 2) + u(5, 8) + fill(0xba)
    body = u(1, 4) + cut + u(0, 4)
    body_root = h("hp/body", body)
    put("body_root", body_root)
    head = header(5, 3, fill(0xaa), 2, 0, 1000003, fill(0xc0), body_root, epoch_hash)
    put("block_header", head)
    block_hash = h("hp/blk", head)
    put("block_hash", block_hash)
    put("cut_root", h("hp/cut", u(2, 2), u(0, 8), ZERO, u(7, 8), fill(0xba)))

    justification = (u(1, 1) + notarization + u(2, 4) + certificate(NULLIFY, 3, ZERO, [0, 1, 2])
                     + certificate(NULLIFY, 4, ZERO, [0, 1, 2]))
    proposal = u(EPOCH, 8) + u(5, 8) + head + body + justification + signature(0, PROPOSE, 5, block_hash)
    put("message_proposal", u(1, 1) + proposal)

    commit = (u(1, 2) + GENESIS + u(EPOCH, 8) + u(7, 8) + fill(0xb0) + u(1000007, 8) + fill(0x51) + fill(0x52)
              + fill(0x53) + ZERO + ZERO)
    digest = h("hp/commit", commit)
    put("commit_message", commit)
    put("commit_digest", digest)
    put("commit_certificate", commit + signers(4, [0, 1, 2])
        + b"".join(signature(i, COMMIT, 7, digest) for i in range(3)))

    envelopes = [bytes([1, 2, 3]), bytes([4])]
    batch = (u(1, 2) + GENESIS + u(EPOCH, 8) + u(3, 2) + u(1, 8) + ZERO + u(77, 8) + u(2, 4) + u(2, 4) + u(4, 4)
             + h("", b"\2", u(2, 8), merkle(envelopes)))
    put("batch_header", batch)
    put("batch_digest", h("hp/bat", batch))
    put("message_batch", u(6, 1) + batch + signature(3, BATCH, 1, h("hp/bat", batch)) + b"".join(map(blob, envelopes)))

    lanes = u(2, 4) + u(0, 2) + u(9, 8) + u(0x0102030405060708, 8) + u(3, 2) + u(1, 8) + u(5, 8)
    put("message_acks", u(7, 1) + u(EPOCH, 8) + lanes)
    put("message_status", u(8, 1) + b"".join(u(v, 8) for v in [1, 9, 6, 4, 8, 7, 4, 3]) + u(1, 1) + u(1, 1)
        + u(12, 8) + lanes)
    put("message_get_certificate", u(9, 1) + u(8, 1) + u(EPOCH, 8) + u(7, 8))
    put("message_get_blocks", u(10, 1) + u(7, 8) + u(256, 4))
    put("message_get_block_by_hash", u(11, 1) + fill(0xaa))
    put("message_get_batches", u(13, 1) + u(EPOCH, 8) + u(3, 2) + u(4, 8) + u(9, 8))
    statements = b"".join(u(NOTARIZE, 1) + u(5, 8) + fill(d) + signature(2, NOTARIZE, 5, fill(d)) for d in (1, 2))
    put("message_evidence", u(14, 1) + u(EPOCH, 8) + u(2, 2) + u(1, 1) + statements)
    vote = u(NOTARIZE, 1) + u(EPOCH, 8) + u(5, 8) + fill(0xaa) + u(2, 2) + signature(2, NOTARIZE, 5, fill(0xaa))
    commit_certificate = commit + signers(4, [0, 1, 2]) + b"".join(signature(i, COMMIT, 7, digest) for i in range(3))
    put("message_vote", u(2, 1) + vote)
    put("message_certificate", u(3, 1) + notarization)
    put("message_commit_vote", u(4, 1) + commit + u(2, 2) + signature(2, COMMIT, 7, digest))
    put("message_commit_certificate", u(5, 1) + commit_certificate)
    stored = head + body + justification + u(1, 1) + certificate(FINALIZE, 5, block_hash, [0, 1, 2])
    put("message_blocks", u(12, 1) + u(1, 4) + stored + u(1, 1) + commit_certificate)
    put("message_get_view_report", u(15, 1) + u(0x0102030405060708, 8))
    put("message_view_report", u(16, 1) + u(0x0102030405060708, 8) + u(EPOCH, 8) + u(3, 8) + u(1, 1) + u(1, 1)
        + notarization)
    ready = u(2, 8) + epoch_hash + u(2, 2) + signature(2, READY, 0, epoch_hash)
    put("message_ready", u(17, 1) + ready)
    put("system_item", u(1, 1) + ready)
    put("block_record", u(2, 2) + u(0, 8) + ZERO + u(7, 8) + fill(0xba) + stored)
    put("batch_record", batch + b"".join(map(blob, envelopes)))
    # The record of a remote signer.
    signing = b"HPSR" + u(1, 2) + u(0, 2) + fill(1) + fill(2) + u(3, 8) + u(4, 4)
    put("signing_record_header", signing + crc32c(signing))
    entry = u(1, 1) + u(NOTARIZE, 1) + u(EPOCH, 8) + u(9, 8) + fill(5)
    signing = b"HPSG" + u(1, 2) + u(1, 2) + u(7, 8) + entry
    signing += bytes(4092 - len(signing))
    put("signing_record_block", 2 * (signing + crc32c(signing)))
    # The vote log and the sign-state, without the zeros behind them.
    segment = b"HPWL" + u(1, 2) + u(0, 2) + fill(1) + fill(2) + b"".join(u(v, 8) for v in [3, 4, 5, 6])
    put("segment_header", segment + crc32c(segment))
    state = b"HPSS" + u(1, 2) + u(0, 2) + fill(1) + fill(2) + b"".join(u(v, 8) for v in range(3, 11))
    put("sign_state", state + crc32c(state))
    put("frame", frame(7, 1, record(3, 4, ZERO) + record(4, 5, fill(5))
                       + record(6, 6, fill(6), u(3, 8) + u(1, 1) + u(1, 1)), 99))
    print("\n".join(out))


main()
