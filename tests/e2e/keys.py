#!/usr/bin/env python3
"""Custody of the consensus key: a signer in another process, copies of a key, TLS keys that change."""

import base64
import hashlib
import os
import re
import shutil
import signal

from harness import Network, check, main, program, run, say, spawn, wait_for

KEY_COPY = "another process signs with this consensus key"


def der_element(data, at):
    """(first byte of the content, end) of the DER element at a place."""
    length = data[at + 1]
    if length < 0x80:
        return at + 2, at + 2 + length
    size = length & 0x7f
    start = at + 2 + size
    return start, start + int.from_bytes(data[at + 2:start], "big")


def pin_of(certificate):
    """SHA-256 of the SubjectPublicKeyInfo of a PEM certificate (SPEC K-61)."""
    with open(certificate, encoding="ascii") as file:
        body = re.search(r"-----BEGIN CERTIFICATE-----(.*?)-----END", file.read(), re.S).group(1)
    der = base64.b64decode(body)
    at = der_element(der, der_element(der, 0)[0])[0]
    # version, serial, algorithm, issuer, validity, subject; then the key
    for _ in range(6):
        at = der_element(der, at)[1]
    return hashlib.sha256(der[at:der_element(der, at)[1]]).hexdigest()


def edit(path, *changes):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for pattern, replacement in changes:
        text, count = re.subn(pattern, lambda match, r=replacement: r, text, count=1, flags=re.M)
        check(count == 1, f"{path} has nothing like {pattern}")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def check_named(node, name):
    return next(each for each in node.status()["checks"] if each["name"] == name)


def equivocations(network):
    found = 0
    for node in network.nodes:
        if node.running():
            found += sum(value for name, value in node.metrics().items() if "equivocations" in name)
    return found


class Signer:
    """A huangpu-signer with the key of a validator, which is told to ask it."""

    def __init__(self, network, node):
        self.network = network
        self.home = os.path.join(network.folder, "signer")
        self.port = node.peer_port + 8
        self.log = self.home + ".log"
        self.process = None
        made = run("huangpu-signer", "init", "--home", self.home, "--genesis",
                   os.path.join(network.root, "genesis.json"), "--key", node.path("keys", "consensus.json"),
                   "--passphrase-file", node.path("keys", "passphrase"), "--client-pin",
                   pin_of(node.path("tls", "client.crt")), "--listen", f"127.0.0.1:{self.port}", "--output",
                   "json").json()
        edit(node.path("config.toml"), (r'^kind = "file"$', 'kind = "remote"'),
             (r'^endpoint = "127.0.0.1:7710"$', f'endpoint = "127.0.0.1:{self.port}"'),
             (r'^server_pin = ""$', f'server_pin = "{made["signer_pin"]}"'),
             (r'^public_key = ""$', f'public_key = "{made["public_key"]}"'),
             (r'^tls_certificate = "tls/signer.crt"$', 'tls_certificate = "tls/client.crt"'),
             (r'^tls_key = "tls/signer.key"$', 'tls_key = "tls/client.key"'))

    def start(self):
        with open(self.log, "ab") as log:
            self.process = self.network.adopt(
                spawn([program("huangpu-signer"), "start", "--home", self.home], stdout=log, stderr=log))

    def kill(self):
        self.process.kill()
        self.process.wait()

    def text(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()


def copy_of(network, node, name, *changes):
    """A second node with everything of the first, on other ports."""
    home = os.path.join(network.root, "nodes-copies", name)
    shutil.copytree(node.home, home, ignore=shutil.ignore_patterns("lock", "LOCK"))
    copy = type(node)(node.index, home, node.peer_port - 10 * node.index - 1 + 40)
    edit(os.path.join(home, "config.toml"),
         (rf'^listen = "127.0.0.1:{node.peer_port}"$', f'listen = "127.0.0.1:{copy.peer_port}"'),
         (rf'^listen = "127.0.0.1:{node.client_port}"$', f'listen = "127.0.0.1:{copy.client_port}"'),
         (rf'^listen = "127.0.0.1:{node.ops_port}"$', f'listen = "127.0.0.1:{copy.ops_port}"'), *changes)
    return copy


def log_of(node):
    with open(node.log, encoding="utf-8", errors="replace") as file:
        return file.read()


def a_validator_signs_at_a_remote_signer_that_is_killed_and_comes_back():
    with Network() as network:
        node = network.nodes[0]
        signer = Signer(network, node)
        twin = copy_of(network, node, "twin")
        signer.start()
        network.start()
        payer = network.payer(rate=100, workers=16)
        payer.wait_more(200)
        wait_for("the signer made signatures", lambda: node.metrics()["huangpu_signer_signatures_total"] > 50)

        signer.kill()
        wait_for("the node says in words that its signer is down",
                 lambda: "does not sign" in check_named(node, "signer")["detail"])
        payer.wait_more(100)
        check(node.running(), "a node whose signer is down keeps running")
        check("signer-down" in log_of(node), "the log says that the signer is down")
        signer.start()
        wait_for("the node is ready again", node.ready)
        before = node.metrics()["huangpu_signer_signatures_total"]
        payer.wait_more(200)
        wait_for("the node signs again",
                 lambda: node.metrics()["huangpu_signer_signatures_total"] > before + 20)

        say("  a second node with the same key and signer")
        code, text = twin.start_refused()
        check(code == 13 and "another node uses this key" in text, f"exit code {code}: {text[-500:]}")

        say("  it takes over while the first one is dead, with a home that remembers nothing")
        node.kill()
        twin.start()
        try:
            payer.wait_more(200, timeout=120)
            wait_for("the guard of signer or node stops the second node",
                     lambda: KEY_COPY in log_of(twin) or "sign-refused" in signer.text(), timeout=90)
            check(equivocations(network) == 0, "no two statements of the key exclude each other")
        finally:
            twin.kill()
        os.rename(os.path.join(twin.home, "sign-state"), os.path.join(network.folder, "twin-sign-state"))
        node.start()
        network.wait_ready(node, timeout=90)
        payer.finish()
        payer.verify()
        check(equivocations(network) == 0, "no two statements of the key exclude each other")


def a_copy_of_a_running_validator_finds_out_and_signs_nothing():
    with Network() as network:
        node = network.nodes[0]
        network.start()
        payer = network.payer(rate=100, workers=16)
        payer.wait_more(100)
        check(node.stop() == 0, "the validator stops in good order")
        copy = copy_of(network, node, "listening", (r"^host_lock = true$", "host_lock = false"))
        rash = copy_of(network, node, "rash", (r"^host_lock = true$", "host_lock = false"),
                       (r'^startup_watch = "5s"$', 'startup_watch = "0ms"'))
        locked = copy_of(network, node, "locked")
        node.start()
        network.wait_ready(node)
        payer.wait_more(200)

        code, text = locked.start_refused()
        check(code == 13 and "another process of this machine uses the same consensus key" in text, text[-500:])

        say("  a copy on what could be another machine, which listens first")
        copy.start()
        try:
            wait_for("the copy finds out", lambda: KEY_COPY in log_of(copy), 120)
        finally:
            if copy.running():
                copy.process.terminate()
        check(copy.wait_exit() == 6, "the exit code says that the key has another user")
        check(os.path.exists(copy.path("sign-state", "key-copy.json")), "the evidence is kept")
        code, text = copy.start_refused()
        check(code == 6 and "key-copy.json" in text, "it does not start again while the evidence lies there")
        payer.wait_more(100)
        check(equivocations(network) == 0, "a copy that listens signs nothing")
        wait_for("the validator itself still votes", lambda: check_named(node, "voting")["ok"])

        say("  a copy that does not listen")
        rash.start()
        try:
            wait_for("one of the two stops and says why",
                     lambda: any(KEY_COPY in check_named(each, "voting")["detail"] for each in (rash, node)), 90)
            found = rash if KEY_COPY in log_of(rash) else node
            check(found.metrics()["huangpu_signer_key_copy"] == 1, "the metric shows it")
            payer.wait_more(100)
            check(found.running(), "it follows the chain")
            check(found.stop() == 6, "its exit code says that its key has another user")
        finally:
            if rash.running():
                rash.kill()
        payer.finish()


def a_validator_changes_its_transport_key_without_a_stop():
    with Network() as network:
        network.start()
        payer = network.payer(rate=100, workers=16)
        payer.wait_more(50)
        node, other = network.nodes[0], network.nodes[1]
        fresh = os.path.join(network.folder, "fresh")
        for role in ("peer", "client"):
            run("huangpu-admin", "keys", "new-certificate", "--name", node.name, "--out",
                os.path.join(fresh, role), "--days", "20")
        pin = pin_of(os.path.join(fresh, "peer.crt"))
        for each in network.nodes[1:]:
            edit(each.path("config.toml"), (r"^index = 0$", f'index = 0\nnext_tls_pin = "{pin}"'))
            each.process.send_signal(signal.SIGHUP)
            wait_for("the next pin is accepted", lambda each=each: "tls-reloaded" in log_of(each))
        days = {name: value for name, value in node.metrics().items() if "days_left" in name}
        check(len(days) == 2 and min(days.values()) > 700, f"the metric shows how long certificates last: {days}")
        for role in ("peer", "client"):
            for suffix in ("key", "crt"):
                os.replace(os.path.join(fresh, f"{role}.{suffix}"), node.path("tls", f"{role}.{suffix}"))
        node.process.send_signal(signal.SIGHUP)
        wait_for("both new certificates are in use",
                 lambda: max(v for n, v in node.metrics().items() if "days_left" in n) == 19)
        check("a TLS certificate ends soon" in log_of(node), "its end is announced long before")

        say("  connections made from now on show the new key")
        other.kill()
        other.start()
        network.wait_ready(other)
        wait_for("the validators are connected with the new key",
                 lambda: all(peer["connected"] for peer in other.status()["peers"]))
        payer.wait_more(100)

        say("  what is damaged is refused, and what was in use stays")
        with open(node.path("tls", "peer.crt"), "w", encoding="ascii") as file:
            file.write("no certificate")
        node.process.send_signal(signal.SIGHUP)
        wait_for("the damage is reported", lambda: "reload-refused" in log_of(node))
        payer.wait_more(50)
        payer.finish()


if __name__ == "__main__":
    main([a_validator_signs_at_a_remote_signer_that_is_killed_and_comes_back,
          a_copy_of_a_running_validator_finds_out_and_signs_nothing,
          a_validator_changes_its_transport_key_without_a_stop])
