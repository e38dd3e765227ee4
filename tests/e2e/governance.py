#!/usr/bin/env python3
"""Validators, their keys and parameters change on a running network, by votes of governors."""

import os

import harness
from certificate_tools import end_at
from custody_tools import SignerHome, Token, prepare_next_key, promote_next_key
from harness import Network, Node, check, edit, main, run, say, wait_for

GOVERNORS = ["banka", "bankb", "bankc", "bankd"]


def epoch_of(node):
    return node.status()["epoch"]


def decide(network, *change):
    """Proposes and approves; returns the number of the proposal."""
    network.pay(GOVERNORS[0], "governance", "propose", *change)
    opened = network.pay(GOVERNORS[0], "governance", "list").json()
    check(len(opened) == 1, f"one open proposal expected: {opened}")
    number = opened[0]["number"]
    for governor in GOVERNORS[1:]:
        network.pay(governor, "governance", "vote", number, "--approve")
    shown = network.pay(GOVERNORS[0], "governance", "show", number).json()
    check(shown["status"] == "accepted", f"the proposal is not accepted: {shown}")
    return number


def wait_epoch(epoch, nodes, timeout=90):
    wait_for(f"epoch {epoch} at {', '.join(node.name for node in nodes)}",
             lambda: min(epoch_of(node) for node in nodes) >= epoch, timeout)


def restart(network, node):
    check(node.stop() == 0, f"{node.name} stops in good order")
    node.start()
    network.wait_ready(node)


def pay_once(network, name):
    """A payment with a receipt in a file."""
    paid = network.pay("banka", "transfer", "1.00 CNY", "--from", "1", "--to", "BANKB:1").json()
    receipt = os.path.join(network.folder, name + ".receipt")
    network.pay("banka", "receipt", "save", paid["txid"], "--out", receipt)
    return receipt


def check_everything(network, payer, receipts, everybody=True):
    """What clients saw, every chain and every receipt, with the network at rest."""
    summary = payer.finish()
    check(summary["expired"] == 0, f"payments expired: {summary}")
    if everybody:
        payer.verify()
    network.wait_level()
    network.stop_all()
    for receipt in receipts:
        network.pay("banka", "receipt", "verify", receipt)
        run("huangpu-audit", "verify-receipt", receipt, "--genesis", os.path.join(network.root, "genesis.json"))
    say(f"  {len(receipts)} receipts of several epochs hold offline, for the wallet and for the auditor")
    for node in network.nodes:
        network.audit("data", node.home)
    archive = os.path.join(network.folder, "chain.archive")
    run("huangpu-node", "export", "--home", network.nodes[0].home, "--out", archive)
    report = network.audit("archive", archive).json()
    say(f"  the auditor replays all epochs: {report['transactions']} transactions in {report['last_height']} blocks")


def make_newcomer(network, name="validator-e"):
    """A home of a validator that the chain does not know yet, and its card."""
    home = os.path.join(network.root, "nodes", name)
    first = network.nodes[0]
    index = len(network.nodes)
    node = Node(index, home, first.peer_port - 1)
    run("huangpu-node", "init", "--home", home, "--name", name, "--host", "127.0.0.1", "--suite", harness.suite,
        "--genesis", os.path.join(network.root, "genesis.json"), "--newcomer")
    edit(node.path("config.toml"), *[(rf'^listen = "127.0.0.1:{old}"$', f'listen = "127.0.0.1:{new}"')
                                     for old, new in ((7701, node.peer_port), (7702, node.client_port),
                                                      (7703, node.ops_port))])
    with open(node.path("config.toml"), "a", encoding="utf-8") as file:
        for peer in network.nodes:
            file.write(f'\n[[peers.validator]]\nindex = {peer.index}\nendpoint = "127.0.0.1:{peer.peer_port}"\n')
    card = os.path.join(network.folder, name + ".card")
    run("huangpu-admin", "card", "--home", home, "--participant", "BANKA", "--peers",
        f"127.0.0.1:{node.peer_port}", "--out", card)
    return node, card


def open_accounts(network):
    network.pay("banka", "account", "open", "--count", "2")
    network.pay("bankb", "account", "open")
    network.pay("cbcny", "issue", "1000.00 CNY", "--to", "BANKA:1")


def a_validators_key_is_rotated_while_payments_run():
    with Network() as network:
        network.start()
        open_accounts(network)
        payer = network.payer(rate=20, workers=8)
        payer.wait_more(100)
        receipts = [pay_once(network, "before")]
        node = network.nodes[1]
        made = prepare_next_key(node)
        restart(network, node)
        payer.wait_more(50)

        simulated = network.pay("bankc", "governance", "simulate", "update-validator", node.name, "--key",
                                made["public_key"]).json()
        check(simulated["accepted"] and any(made["public_key"] in line for line in simulated["would_change"]),
              f"the simulation says something else: {simulated}")
        refused = network.pay("bankc", "governance", "simulate", "remove-validator", "nobody", code=None)
        check(refused.code != 0 and refused.json()["code"] == 105, f"nobody is no validator: {refused}")
        number = decide(network, "update-validator", node.name, "--key", made["public_key"])
        say(f"  proposal {number} is accepted")
        wait_epoch(2, network.nodes)
        payer.wait_more(100)
        settings = network.pay("bankd", "governance", "settings").json()
        check(settings["epoch"] == 2, f"epoch 2 expected: {settings}")
        check(any(line.startswith(node.name + ",") and made["public_key"] in line
                  for line in settings["validators"]), f"the new key is not in office: {settings}")
        receipts.append(pay_once(network, "after"))
        say("  epoch 2 runs under the new key")

        other = network.nodes[0]
        other.kill()
        payer.wait_more(100)
        say("  three of four go on, so the new key votes")
        promote_next_key(node)
        restart(network, node)
        other.start()
        network.wait_ready(other)
        payer.wait_more(50)
        receipts.append(pay_once(network, "promoted"))
        say("  the node runs with the new key alone")
        check_everything(network, payer, receipts)


def rotate(network, node, public_key, epoch):
    decide(network, "update-validator", node.name, "--key", public_key)
    wait_epoch(epoch, network.nodes)
    settings = network.pay("bankd", "governance", "settings").json()
    check(any(line.startswith(node.name + ",") and public_key in line for line in settings["validators"]),
          f"the new key is not in office: {settings}")


def without_another(network, node, payer, action):
    """With one of the others killed, so that nothing works without this validator's key."""
    other = next(each for each in network.nodes if each is not node)
    other.kill()
    action([each for each in network.nodes if each is not other])
    payer.wait_more(50)
    other.start()
    network.wait_ready(other)


def signer_detail(node):
    return node.check_named("signer")["detail"]


def days_left_at_signer(node):
    node.reload()  # which also looks at the dates; without, a node looks every minute
    return node.metrics().get('huangpu_tls_cert_days_left{name="remote-signer"}')


def a_validators_key_moves_to_a_signer_and_on_from_there_while_payments_run():
    with Network() as network:
        network.start()
        open_accounts(network)
        payer = network.payer(rate=20, workers=8)
        payer.wait_more(50)
        receipts = [pay_once(network, "file")]
        node = network.nodes[1]
        signer = SignerHome(network, node)
        made = prepare_next_key(node, "--signer-key", signer.public_key, "--signer-pin", signer.pin,
                                "--signer-endpoint", f"127.0.0.1:{signer.port}")
        check(made["public_key"] == signer.public_key, f"another key: {made}")
        signer.add_client(made["signer_client_pin"])
        restart(network, node)
        wait_for("the node says that its next key's signer is away, and works all the same",
                 lambda: "next key: the signer at" in signer_detail(node) and "does not sign" in signer_detail(node))
        check(signer.status(code=10)["answers"] is False, "nobody answers yet")
        signer.start()
        wait_for("the next key's signer is there", lambda: "does not sign" not in signer_detail(node))
        check(signer.status()["answers"], "the signer answers")
        payer.wait_more(50)
        rotate(network, node, signer.public_key, 2)
        say("  from a file to a remote signer: epoch 2 runs")
        without_another(network, node, payer, lambda _: receipts.append(pay_once(network, "signer")))
        promote_next_key(node)
        restart(network, node)
        check("signs" in signer_detail(node) and "next key" not in signer_detail(node), signer_detail(node))
        say("  the signer's key is this validator's only one")

        def change_parameters(running):
            decide(network, "set-parameters", "--set", "consensus.linger_ms=4")
            wait_epoch(3, running)

        without_another(network, node, payer, change_parameters)
        say("  epoch 3: the key at the signer declared itself ready, for three of four had to")

        check(days_left_at_signer(node) > 700, "the metric shows how long the signer's certificate lasts")
        # An hour more than ten days: the test may take its time.
        end_at(signer.path("tls", "signer.crt"), signer.path("tls", "signer.key"), 10 * 86_400 + 3_600)
        signer.reload()
        wait_for("the signer warns", lambda: "a TLS certificate ends soon" in signer.text())
        check(signer.status()["certificate_days_left"] == 10, f"{signer.status()}")
        wait_for("the node's metric follows", lambda: days_left_at_signer(node) == 10, interval=1)
        check("the TLS certificate of the remote signer ends soon" in node.log_text(), "the node does not warn")
        say("  the end of the signer's certificate: a warning there and here, and a metric")

        if harness.suite == "ed25519":
            token = Token(network)
            token.make_key(node.name, "consensus", node.path("keys", "token.json"))
            made = prepare_next_key(node, "--token-key", node.path("keys", "token.json"), "--pin-file", token.pin_file)
            node.environment = token.environment
        else:  # SoftHSM2 has no SM2: the signer holds the next key beside the one in office
            made = prepare_next_key(node, "--signer-key", signer.add_key())
            signer.stop()
            signer.start()
        restart(network, node)
        payer.wait_more(50)
        rotate(network, node, made["public_key"], 4)
        without_another(network, node, payer, lambda _: receipts.append(pay_once(network, "last")))
        promote_next_key(node)
        if harness.suite == "ed25519":
            signer.stop()
        restart(network, node)
        without_another(network, node, payer, lambda _: receipts.append(pay_once(network, "promoted")))
        place = "the token" if harness.suite == "ed25519" else "the signer"
        check(signer_detail(node).startswith(place) and signer_detail(node).endswith("signs"), signer_detail(node))
        say(f"  and on to {'a token' if harness.suite == 'ed25519' else 'the second key of the same signer'}")
        check_everything(network, payer, receipts)


def parameters_change_and_nothing_is_forgotten():
    with Network() as network:
        network.start()
        open_accounts(network)
        payer = network.payer(rate=20, workers=8)
        payer.wait_more(50)
        receipts = [pay_once(network, "first")]
        # The payer's windows are as long as genesis allows, so that parameter stays.
        decide(network, "set-parameters", "--set", "consensus.finality_lag_blocks=2", "--set",
               "consensus.linger_ms=4")
        wait_epoch(2, network.nodes)
        payer.wait_more(50)
        decide(network, "update-validator", network.nodes[2].name, "--weight", "2")
        wait_epoch(3, network.nodes)
        payer.wait_more(50)
        receipts.append(pay_once(network, "third"))
        victim = network.nodes[3]
        victim.kill()
        victim.start()
        network.wait_ready(victim)
        settings = network.pay("bankb", "governance", "settings").json()
        check("consensus.finality_lag_blocks 2" in settings["parameters"], f"parameters: {settings}")
        check(settings["quorum_weight"] == 4, f"weights 1, 1, 2, 1 have a quorum of 4: {settings}")
        check_everything(network, payer, receipts)


def a_fifth_validator_joins_and_another_leaves():
    with Network() as network:
        network.start()
        open_accounts(network)
        payer = network.payer(rate=20, workers=8)
        payer.wait_more(100)
        receipts = [pay_once(network, "four")]
        newcomer, card = make_newcomer(network)
        network.nodes.append(newcomer)
        newcomer.start()
        decide(network, "add-validator", "--card", card)
        wait_epoch(2, network.nodes)
        network.wait_ready(newcomer)
        payer.wait_more(100)
        receipts.append(pay_once(network, "five"))
        votes = newcomer.check_named("voting")["detail"]
        check(votes == "votes", f"the newcomer votes: {votes}")
        say("  five validators")

        leaver = network.nodes[1]
        decide(network, "remove-validator", leaver.name)
        wait_epoch(3, network.nodes)
        payer.wait_more(50)
        wait_for("the removed validator follows as an observer",
                 lambda: "no validator in this epoch" in leaver.check_named("voting")["detail"])
        network.nodes[0].kill()
        payer.wait_more(100)
        say("  three of the four that are left go on, the newcomer among them")
        network.nodes[0].start()
        network.wait_ready(network.nodes[0])
        wait_for("the removed validator is disconnected",
                 lambda: sum(each["connected"] for each in leaver.status()["peers"]) == 0, 120)
        payer.wait_more(20)
        check(leaver.stop() == 0, "the removed validator stops in good order")
        receipts.append(pay_once(network, "without"))
        network.nodes.remove(leaver)
        check_everything(network, payer, receipts, everybody=False)


if __name__ == "__main__":
    main([
        a_validators_key_is_rotated_while_payments_run,
        a_validators_key_moves_to_a_signer_and_on_from_there_while_payments_run,
        parameters_change_and_nothing_is_forgotten,
        a_fifth_validator_joins_and_another_leaves,
    ])
