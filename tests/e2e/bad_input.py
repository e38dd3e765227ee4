"""Garbage on every port and envelopes that must not pass, while payments go on."""

import os
import random
import socket
import ssl
import time

import harness
from harness import Network, check, now_ms, run, say

CLOSED_WITHIN = 30  # seconds; the nodes' own deadlines are 5 and 10
SILENCE_MAX = 10
GROWTH_MAX = 64 << 20  # bytes of resident memory, of which payments under way take most
STORM = 300  # connections at once to one port, more than one address may have
TLS_RECORD = bytes([0x16, 0x03, 0x01])


def connect(port):
    return socket.create_connection(("127.0.0.1", port), timeout=5)


def send(connection, data):
    """What the other side does not want to read any more need not arrive."""
    try:
        connection.sendall(data)
    except OSError:
        pass


def raw_attacks(seed):
    """Name and bytes; the connection stays open afterwards until the node closes it."""
    generator = random.Random(seed)
    return {
        "nothing at all": b"",
        "one byte": b"\x16",
        "4 KiB of garbage": generator.randbytes(4096),
        "1 MiB of garbage": generator.randbytes(1 << 20),
        "an HTTP request": b"GET /metrics HTTP/1.1\r\nHost: node\r\n\r\n",
        "an HTTP/2 preface without TLS": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9),
        "half a TLS record": TLS_RECORD + b"\x02\x00\x01\x00\x01",
        "a TLS record of garbage": TLS_RECORD + b"\x01\x00" + generator.randbytes(256),
        "a TLS record that promises too much": TLS_RECORD + b"\xff\xff" + generator.randbytes(4096),
    }


def wait_closed(connection, what, deadline):
    """Reads until the node ends the connection."""
    connection.settimeout(1)
    while True:
        check(time.monotonic() < deadline, f"{what}: still connected after {CLOSED_WITHIN} s")
        try:
            if not connection.recv(65536):
                return
        except (TimeoutError, ssl.SSLWantReadError):
            continue
        except OSError:
            return


def attack_with_bytes(node):
    connections = []
    for port_name, port in (("peers", node.peer_port), ("clients", node.client_port),
                            ("operations", node.ops_port)):
        for name, data in raw_attacks(port).items():
            connection = connect(port)
            send(connection, data)
            connections.append((connection, f"{name} on the port for {port_name} of {node.name}"))
    deadline = time.monotonic() + CLOSED_WITHIN
    for connection, what in connections:
        wait_closed(connection, what, deadline)
        connection.close()
    return len(connections)


def attack_with_tls(node, certificate):
    """A handshake without the right certificate never leads to an answer."""
    for port in (node.peer_port, node.client_port):
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.set_alpn_protocols(["h2"])
        if certificate is not None:
            context.load_cert_chain(*certificate)
        try:
            with connect(port) as plain, context.wrap_socket(plain) as connection:
                connection.settimeout(CLOSED_WITHIN)
                connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00")
                answer = connection.recv(65536)
                check(not answer, f"{node.name} answered a stranger on port {port}: {answer[:40]}")
        except (ssl.SSLError, OSError) as refused:
            check(not isinstance(refused, TimeoutError), f"port {port} of {node.name} kept a stranger connected")


def attack_with_a_storm(node):
    """Many connections at once; those over the bound are closed, and the rest do not stay."""
    for port in (node.peer_port, node.client_port, node.ops_port):
        connections = []
        for _ in range(STORM):
            try:
                connections.append(connect(port))
            except OSError:
                pass  # refused is an answer too
        for connection in connections:
            connection.close()


def certificate_of(wallet):
    return os.path.join(wallet, "tls", "client.crt"), os.path.join(wallet, "tls", "client.key")


def another_chains_wallet(folder):
    root = os.path.join(folder, "elsewhere")
    run("huangpu-admin", "network", "create", "--validators", 1, "--out", root, "--chain-name", "elsewhere")
    return os.path.join(root, "wallets", "banka")


def garbage_on_every_port_disturbs_nobody():
    with Network() as network:
        network.start()
        payer = network.payer(rate=100)
        payer.wait_more(200)
        before = [node.resident_bytes() for node in network.nodes]
        began = now_ms()
        stranger = certificate_of(another_chains_wallet(network.folder))
        registered = certificate_of(network.wallet("banka"))
        count = 0
        for node in network.nodes[:2]:
            count += attack_with_bytes(node)
        say(f"  {count} connections with garbage, silence or the wrong protocol: each closed by the node")
        for node in network.nodes[:2]:
            attack_with_tls(node, None)
            attack_with_tls(node, stranger)
        say("  TLS without a certificate and with a stranger's: no answer on either gRPC port")
        check_wallet_is_no_peer(network.nodes[0], registered)
        say("  a wallet's certificate opens nothing on the port of the validators")
        for node in network.nodes[:2]:
            attack_with_a_storm(node)
        say(f"  storms of {STORM} connections on every port")
        payer.wait_more(200)
        silence, _ = payer.longest_silence(began, now_ms())
        check(silence <= SILENCE_MAX, f"payments stood still for {silence:.1f} s")
        for node, bytes_before in zip(network.nodes, before):
            check(node.running(), f"{node.name} ended with exit code {node.process.poll()}")
            network.wait_ready(node)
            growth = node.resident_bytes() - bytes_before
            check(growth <= GROWTH_MAX, f"{node.name} grew by {growth >> 20} MiB")
            say(f"  {node.name}: ready, grew by {growth >> 20} MiB to {node.resident_bytes() >> 20} MiB")
        summary = payer.finish()
        check(summary["expired"] == 0, f"payments expired: {summary}")
        network.wait_level()
        verified = payer.verify()
        say(f"  {verified['finals']} payments meanwhile, longest silence {silence:.1f} s; all nodes agree")


def check_wallet_is_no_peer(node, certificate):
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.load_cert_chain(*certificate)
    try:
        with connect(node.peer_port) as plain, context.wrap_socket(plain) as connection:
            connection.settimeout(CLOSED_WITHIN)
            check(not connection.recv(1), "the port of the validators answered a wallet")
    except (ssl.SSLError, OSError) as refused:
        check(not isinstance(refused, TimeoutError), "the port of the validators kept a wallet connected")


def envelopes_that_must_not_pass_are_refused_by_number():
    with Network() as network:
        network.start()
        answer = run("e2e-bad-envelopes", "--network", network.root, timeout=300)
        for line in answer.out.splitlines():
            say("  " + line)
        network.wait_level()
        for node in network.nodes:
            check(node.ready(), f"{node.name} is not ready any more")
        network.stop_all()
        network.audit("data", network.nodes[0].home)


if __name__ == "__main__":
    harness.main([
        garbage_on_every_port_disturbs_nobody,
        envelopes_that_must_not_pass_are_refused_by_number,
    ])
