#!/usr/bin/env python3
"""Keys in a token, at a signer and in files, in one network and in one wallet."""

import os

import harness
from custody_tools import Signer, Token, equivocations, move_key_into_token
from harness import Network, check, run, say, wait_for


def signatures(node):
    return node.metrics()["huangpu_signer_signatures_total"]


def validators_with_keys_in_a_token_at_a_signer_and_in_files_settle_together():
    with Network() as network:
        in_token, at_signer = network.nodes[0], network.nodes[1]
        token = Token(network)
        move_key_into_token(network, in_token, token)
        signer = Signer(network, at_signer)
        signer.start()
        network.start()
        payer = network.payer(rate=100, workers=16)
        payer.wait_more(200)
        for node in (in_token, at_signer):
            wait_for(f"{node.name} signs", lambda node=node: signatures(node) > 50)
        say("  payments settle; token and signer sign")

        for _ in range(3):
            token.reset()
            wait_for("the token lost its sessions", token.was_reset)
            before = signatures(in_token)
            payer.wait_more(50)
            wait_for("the node signs with a new session", lambda before=before: signatures(in_token) > before + 10)
        check("signer-down" not in in_token.log_text(), "a lost session was more than the next signature could mend")
        say("  sessions and login lost three times: opened anew with the next signature")

        token.unplug()
        wait_for("the node says in words that its token is gone",
                 lambda: "no token called" in in_token.check_named("signer")["detail"])
        check(not in_token.ready(), "a node that cannot sign takes no transactions")
        wait_for("the metric shows it", lambda: in_token.metrics()["huangpu_signer_up"] == 0)
        at = signatures(in_token)
        payer.wait_more(200)
        check(in_token.running() and signatures(in_token) == at, "nothing is signed without the token")
        check("signer-down" in in_token.log_text(), "the log says that the token is gone")
        token.plug()
        wait_for("the node is ready again without a restart", in_token.ready)
        wait_for("the node signs again", lambda: signatures(in_token) > at + 20)
        check("signer-back" in in_token.log_text(), "the log says that the token is back")
        payer.wait_more(100)
        say("  token pulled out: the others go on, the node says so; plugged in: it signs again")

        summary = payer.finish()
        check(summary["expired"] == 0 and summary["errors"] == 0, f"payments were lost: {summary}")
        network.wait_level()
        payer.verify()
        check(equivocations(network) == 0, "two statements of a key exclude each other")
        network.stop_all()
        network.audit("data", in_token.home)


def a_participants_key_in_a_token_pays_and_its_pin_is_never_the_passphrase():
    with Network() as network:
        token = Token(network)
        wallet = network.wallet("banka")
        document = os.path.join(wallet, "keys", "token.json")
        made = token.make_key("banka", "participant", document)
        network.start()

        def pay(*arguments, code=0):
            return network.pay("banka", "--pin-file", token.pin_file, *arguments, code=code,
                               environment=token.environment)

        network.pay("banka", "account", "open")
        network.pay("bankb", "account", "open")
        network.pay("cbcny", "issue", "100.00 CNY", "--to", "BANKA:1")
        without = network.pay("banka", "keys", "register", "token", code=None, environment=token.environment)
        check(without.code == 2 and "PIN" in without.err, f"the passphrase was tried as a PIN: {without}")
        pay("keys", "register", "token")
        listed = {key["key"]: key for key in network.pay("banka", "keys", "list").json()}
        check(listed["token"]["on_chain"] == "active" and "token" in listed["token"]["holds"], f"{listed}")
        check(made["public_key"].endswith(network.pay("banka", "keys", "show", "token").json()["public_key"]),
              f"another key: {made}")
        say("  registered: made in the token, proven by a signature of the token")

        pay("--key", "token", "transfer", "10.00 CNY", "--from", "1", "--to", "BANKB:1")
        file = os.path.join(network.folder, "payment.tx")
        network.pay("banka", "tx", "build", "transfer", "5.00 CNY", "--from", "1", "--to", "BANKB:1", "--signer",
                    "token", "--close", "+1h", "--out", file)
        pay("--key", "token", "tx", "sign", file, "--yes")
        network.pay("banka", "tx", "send", file)
        balance = network.pay("bankb", "balance", "1").json()
        check(balance[0]["balance"] == "15.00", f"wrong balance: {balance}")
        say("  it pays, and signs a transaction file")

        pay("--key", "token", "keys", "revoke", "main")
        refused = network.pay("banka", "transfer", "1.00 CNY", "--from", "1", "--to", "BANKB:1", code=None)
        check(refused.code != 0, f"the revoked key in the file still pays: {refused}")
        token.make_key("banka-2", "participant", os.path.join(wallet, "keys", "token.next.json"))
        pay("keys", "rotate", "token")
        pay("--key", "token", "transfer", "10.00 CNY", "--from", "1", "--to", "BANKB:1")
        token.unplug()
        gone = pay("--key", "token", "transfer", "10.00 CNY", "--from", "1", "--to", "BANKB:1", code=None)
        check(gone.code != 0 and "no token called" in gone.err, f"without its token: {gone}")
        say("  the key in the file is revoked, the one in the token replaced by another one there")
        network.stop_all()
        network.audit("data", network.nodes[0].home)


def homes_are_made_with_keys_of_the_suite_asked_for():
    with Network() as network:
        for suite, name in (("ed25519", "ed25519-sha256"), ("sm2", "sm2-sm3")):
            made = run("huangpu-node", "init", "--home", os.path.join(network.folder, suite), "--suite", suite,
                       "--output", "json").json()
            check(made["public_key"].startswith(name + ":"), f"{suite}: {made}")


if __name__ == "__main__":
    harness.main([
        validators_with_keys_in_a_token_at_a_signer_and_in_files_settle_together,
        a_participants_key_in_a_token_pays_and_its_pin_is_never_the_passphrase,
        homes_are_made_with_keys_of_the_suite_asked_for,
    ])
