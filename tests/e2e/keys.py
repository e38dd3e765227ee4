#!/usr/bin/env python3
"""Custody of the consensus key: a signer in another process, copies of a key."""

import collections
import json
import os
import random
import subprocess
import time

from certificate_tools import pin_of
from custody_tools import Signer, copy_of, equivocations
from harness import Network, check, edit, main, program, run, say, spawn, wait_for

KEY_COPY = "another process signs with this consensus key"


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
        before_twin = len(signer.text())  # the refusal above is no answer to what comes now
        twin.start()
        try:
            payer.wait_more(200, timeout=120)
            wait_for("the guard of signer or node stops the second node",
                     lambda: KEY_COPY in twin.log_text() or "guard: " in signer.text()[before_twin:], timeout=90)
            check(equivocations(network) == 0, "no two statements of the key exclude each other")
        finally:
            twin.kill()
        os.rename(os.path.join(twin.home, "sign-state"), os.path.join(network.folder, "twin-sign-state"))
        node.start()
        network.wait_ready(node, timeout=90)
        payer.finish()
        payer.verify()
        check(equivocations(network) == 0, "no two statements of the key exclude each other")


def a_node_changes_the_certificate_that_its_signer_knows_without_a_stop():
    with Network() as network:
        node = network.nodes[0]
        signer = Signer(network, node)
        fresh = os.path.join(network.folder, "fresh", "signer")
        for out, days in ((node.path("tls", "signer"), "400"), (fresh, "20")):
            run("huangpu-admin", "keys", "new-certificate", "--name", node.name, "--out", out, "--days", days)
        edit(node.path("config.toml"), (r'^tls_certificate = "tls/client.crt"\ntls_key = "tls/client.key"\n(?=public_key)',
                                        'tls_certificate = "tls/signer.crt"\ntls_key = "tls/signer.key"\n'))
        config = os.path.join(signer.home, "signer.toml")
        old, new = pin_of(node.path("tls", "signer.crt")), pin_of(fresh + ".crt")
        edit(config, (r'^pin = "\w+"$', f'pin = "{old}"'))
        signer.start()
        network.start()
        payer = network.payer(rate=100, workers=16)
        payer.wait_more(100)
        certificate = 'huangpu_tls_cert_days_left{name="signer"}'
        check(node.metrics()[certificate] == 399, f"the metric shows how long it lasts: {node.metrics()}")

        with open(config, "a", encoding="utf-8") as file:
            file.write(f'\n[[client]]\nname = "next"\npin = "{new}"\n')
        signer.kill()
        signer.start()
        for suffix in ("key", "crt"):
            os.replace(f"{fresh}.{suffix}", node.path("tls", f"signer.{suffix}"))
        node.reload()
        wait_for("the new certificate is in use", lambda: node.metrics()[certificate] == 19)
        edit(config, (rf'^pin = "{old}"$', f'pin = "{"0" * 64}"'))
        signer.kill()
        signer.start()
        before = node.metrics()["huangpu_signer_signatures_total"]
        wait_for("the signer signs for the new certificate, and knows no other",
                 lambda: node.metrics()["huangpu_signer_signatures_total"] > before + 20)
        wait_for("the node is ready", node.ready)
        summary = payer.finish()
        check(summary["expired"] == 0 and summary["errors"] == 0, f"payments were lost: {summary}")
        payer.verify()


def conflicts(path):
    """Pairs of signed statements that convict their key, by a rule written here and nowhere else."""
    digests = collections.defaultdict(set)  # of (kind, epoch, position)
    count = 0
    with open(path, encoding="ascii") as file:
        for line in file:
            if not line.endswith("\n"):
                break
            kind, epoch, position, digest = line.split()
            digests[int(kind), int(epoch), int(position)].add(digest)
            count += 1
    found = [key for key, values in digests.items() if len(values) > 1]
    nullify, finalize, propose = 3, 4, 1
    found += [key for key in digests if key[0] == nullify and (finalize, *key[1:]) in digests]
    # A proposal before the own nullify is lawful; which came first, the record does not say.
    return found, count, len({key for key in digests if key[0] != propose})


def nodes_that_fight_over_one_signer_never_get_statements_that_exclude_each_other():
    with Network() as network:
        node = network.nodes[0]
        signer = Signer(network, node)
        edit(os.path.join(signer.home, "signer.toml"), (r'^lease = "5s"$', 'lease = "1s"'))
        with open(os.path.join(signer.home, "signer.toml"), encoding="utf-8") as file:
            chain = next(line.split('"')[1] for line in file if line.startswith("chain = "))
        signer.start()
        record = os.path.join(network.folder, "signatures")
        hammer = network.adopt(spawn(
            [program("e2e-signer-hammer"), "--endpoint", f"127.0.0.1:{signer.port}", "--signer-pin", signer.pin,
             "--certificate", node.path("tls", "client.crt"), "--tls-key", node.path("tls", "client.key"),
             "--key", signer.public_key, "--chain", chain, "--record", record, "--nodes", "4"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))

        def size():
            check(hammer.poll() is None, f"the hammer ended with {hammer.returncode}")
            return os.path.getsize(record) if os.path.exists(record) else 0

        generator = random.Random(20261123)
        kills = 12
        for _ in range(kills):
            before = size()
            wait_for("signatures are made", lambda before=before: size() > before + 2000, 120)
            # Somewhere in a request: most of its time goes into the sync between judging and signing.
            time.sleep(generator.random() * 0.03)
            signer.kill()
            signer.start()
        before = size()
        wait_for("signatures are made after the last restart", lambda: size() > before + 2000, 120)
        out, _ = hammer.communicate("", timeout=120)
        summary = json.loads(out)
        found, count, places = conflicts(record)
        check(not found, f"the key is convicted by its own signatures: {found[:5]}")
        check(summary["invalid"] == 0, f"signatures that do not verify: {summary}")
        check(summary["refused"] > 100, f"nobody asked for a contradiction: {summary}")
        say(f"  {count} signatures at {places} places by four nodes over {kills} kills of the signer, "
            f"{summary['refused']} contradictions refused, none made")


def a_copy_of_a_running_validator_finds_out_and_signs_nothing():
    with Network() as network:
        node = network.nodes[0]
        network.start()
        payer = network.payer(rate=100, workers=16)
        payer.wait_more(100)
        check(node.stop() == 0, "the validator stops in good order")
        copy = copy_of(network, node, "listening", (r"^host_lock = true$", "host_lock = false"))
        rash = copy_of(network, node, "rash", (r"^host_lock = true$", "host_lock = false"),
                       (r'^startup_watch = "3s"$', 'startup_watch = "0ms"'))
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
            with open(found.path("sign-state", "key-copy.json"), encoding="utf-8") as file:
                evidence = json.load(file)
            check(evidence, "the evidence is empty")
            check(found.stop() == 6, "its exit code says that its key has another user")
        finally:
            if rash.running():
                rash.kill()
        payer.finish()


if __name__ == "__main__":
    main([a_validator_signs_at_a_remote_signer_that_is_killed_and_comes_back,
          a_node_changes_the_certificate_that_its_signer_knows_without_a_stop,
          nodes_that_fight_over_one_signer_never_get_statements_that_exclude_each_other,
          a_copy_of_a_running_validator_finds_out_and_signs_nothing])
