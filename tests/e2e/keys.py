#!/usr/bin/env python3
"""Custody of the consensus key: a signer in another process, copies of a key."""

import os
import shutil

from certificate_tools import pin_of
from harness import Network, check, edit, main, program, run, say, spawn, wait_for

KEY_COPY = "another process signs with this consensus key"


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
                 lambda: "does not sign" in node.check_named("signer")["detail"])
        payer.wait_more(100)
        check(node.running(), "a node whose signer is down keeps running")
        check("signer-down" in node.log_text(), "the log says that the signer is down")
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
                     lambda: KEY_COPY in twin.log_text() or "sign-refused" in signer.text(), timeout=90)
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
            wait_for("the copy finds out", lambda: KEY_COPY in copy.log_text(), 120)
        finally:
            if copy.running():
                copy.process.terminate()
        check(copy.wait_exit() == 6, "the exit code says that the key has another user")
        check(os.path.exists(copy.path("sign-state", "key-copy.json")), "the evidence is kept")
        code, text = copy.start_refused()
        check(code == 6 and "key-copy.json" in text, "it does not start again while the evidence lies there")
        payer.wait_more(100)
        check(equivocations(network) == 0, "a copy that listens signs nothing")
        wait_for("the validator itself still votes", lambda: node.check_named("voting")["ok"])

        say("  a copy that does not listen")
        rash.start()
        try:
            wait_for("one of the two stops and says why",
                     lambda: any(KEY_COPY in each.check_named("voting")["detail"] for each in (rash, node)), 90)
            found = rash if KEY_COPY in rash.log_text() else node
            check(found.metrics()["huangpu_signer_key_copy"] == 1, "the metric shows it")
            payer.wait_more(100)
            check(found.running(), "it follows the chain")
            check(found.stop() == 6, "its exit code says that its key has another user")
        finally:
            if rash.running():
                rash.kill()
        payer.finish()


if __name__ == "__main__":
    main([a_validator_signs_at_a_remote_signer_that_is_killed_and_comes_back,
          a_copy_of_a_running_validator_finds_out_and_signs_nothing])
