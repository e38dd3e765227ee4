#!/usr/bin/env python3
"""Keys and certificates that are replaced, and certificates that end, while payments go on."""

import os
import shutil

import harness
from certificate_tools import end_at, pin_of
from harness import Together, check, edit, run, say, wait_for

DENIED = 11
LASTS = 45  # seconds until the certificates of `begin` end


def call(wallet, *arguments, code=0):
    return run("huangpu", "--wallet", wallet, "--output", "json", *arguments, code=code)


def put_in_place(folder, name, target, target_name):
    """A new key and certificate over the old ones, each file as a whole."""
    for suffix in ("key", "crt"):
        os.replace(os.path.join(folder, f"{name}.{suffix}"), os.path.join(target, f"{target_name}.{suffix}"))


def days_left(node):
    return {name: value for name, value in node.metrics().items() if "tls_cert_days_left" in name}


def receipt_path(network):
    return os.path.join(network.folder, "payment.receipt")


def begin(network):
    """A validator and a client have certificates that end while keys and certificates are replaced."""
    node, wallet = network.nodes[0], network.wallet("banka")
    # With the key of the chain's pin, and with that of the registry: what ends is the date alone.
    end_at(node.path("tls", "peer.crt"), node.path("tls", "peer.key"), LASTS)
    end_at(os.path.join(wallet, "tls", "client.crt"), os.path.join(wallet, "tls", "client.key"), LASTS)
    network.start()
    payer = network.payer(rate=100, workers=16)
    payer.wait_more(50)
    network.pay("banka", "account", "open")
    network.pay("bankb", "account", "open")
    network.pay("cbcny", "issue", "10.00 CNY", "--to", "BANKA:1")
    txid = network.pay("banka", "transfer", "1.00 CNY", "--from", "1", "--to", "BANKB:1").json()["txid"]
    network.pay("banka", "receipt", "save", txid, "--out", receipt_path(network))
    return payer


def peer_days_left(node):
    return next(value for name, value in days_left(node).items() if '"peer"' in name)


def a_certificate_that_ends_is_announced(network, _):
    node = network.nodes[0]
    check(peer_days_left(node) == 0, f"the metric shows the last day: {days_left(node)}")
    check("a TLS certificate ends soon" in node.log_text(), "the log does not warn before the end")


def a_participants_key_is_replaced_under_payments_and_none_is_lost(network, payer):
    other = "ed25519" if harness.suite == "sm2" else "sm2"
    payer.wait_more(200)
    before = network.pay("banka", "keys", "show", "main").json()["id"]
    network.pay("banka", "keys", "rotate")
    payer.wait_more(200)
    say("  replaced by one of the same suite")
    network.pay("banka", "keys", "rotate", "--suite", other)
    payer.wait_more(200)
    say(f"  replaced by one of {other}")
    keys = network.pay("banka", "keys", "list").json()
    active = [key for key in keys if key["on_chain"] == "active"]
    check(len(active) == 1 and active[0]["id"] != before and active[0]["suite"].startswith(other),
          f"one active key of the other suite expected: {keys}")


def a_clients_certificate_calls_nodes_from_its_registration_to_its_revocation_and_never_again(network, payer):
    fresh = os.path.join(network.folder, "fresh-client")
    run("huangpu-admin", "keys", "new-certificate", "--name", "bankb", "--out", os.path.join(fresh, "client"))
    wallet = network.wallet("bankb")
    old = os.path.join(network.folder, "old-certificate")
    shutil.copytree(wallet, old)
    old_certificate = os.path.join(old, "tls", "client.crt")
    new = os.path.join(network.folder, "new-certificate")
    shutil.copytree(wallet, new)
    for suffix in ("key", "crt"):
        shutil.copy(os.path.join(fresh, f"client.{suffix}"), os.path.join(new, "tls", f"client.{suffix}"))
    payer.wait_more(200)
    call(new, "account", "list", code=DENIED)

    network.pay("bankb", "certificate", "register", "--certificate", os.path.join(fresh, "client.crt"))
    wait_for("the new certificate is taken", lambda: call(new, "account", "list", code=None).code == 0)
    call(new, "account", "open", "--number", "2")
    put_in_place(fresh, "client", os.path.join(wallet, "tls"), "client")
    network.pay("bankb", "certificate", "revoke", "--certificate", old_certificate)
    wait_for("the old certificate is refused", lambda: call(old, "account", "list", code=None).code == DENIED)
    say("  registered, put into the wallet, and the old one revoked")
    call(new, "account", "open", "--number", "3")
    again = call(new, "certificate", "register", "--certificate", old_certificate, code=None)
    check(again.code != 0, "a revoked certificate was registered again")
    call(old, "account", "list", code=DENIED)
    say(f"  registered again: refused with exit code {again.code}")
    payer.wait_more(300)


def a_validators_tls_key_is_replaced_under_payments_and_none_is_lost(network, payer):
    node, other = network.nodes[2], network.nodes[1]
    fresh = os.path.join(network.folder, "fresh-node")
    for role in ("peer", "client"):
        run("huangpu-admin", "keys", "new-certificate", "--name", node.name, "--out",
            os.path.join(fresh, role), "--days", "20")
    pins = {role: pin_of(os.path.join(fresh, role + ".crt")) for role in ("peer", "client")}
    for each in network.nodes:
        if each is node:
            continue
        edit(each.path("config.toml"), (r"^index = 2$", f'index = 2\nnext_tls_pin = "{pins["peer"]}"'))
        each.reload()
        wait_for("the next pin is accepted", lambda each=each: "tls-reloaded" in each.log_text())
    check(len(days_left(node)) == 2 and min(days_left(node).values()) > 700,
          f"the metric shows how long certificates last: {days_left(node)}")
    # Wallets know the client port by its pin: each is given the new one beside the others.
    for wallet in os.listdir(os.path.join(network.root, "wallets")):
        with open(os.path.join(network.wallet(wallet), "wallet.toml"), "a", encoding="utf-8") as file:
            file.write(f'\n[[node]]\naddress = "127.0.0.1:{node.client_port}"\npin = "{pins["client"]}"\n')
    for role in ("peer", "client"):
        put_in_place(fresh, role, node.path("tls"), role)
    node.reload()
    wait_for("both new certificates are in use", lambda: max(days_left(node).values()) == 19)
    check("a TLS certificate ends soon" in node.log_text(), "its end is announced long before")
    say("  pins told beforehand, files replaced, SIGHUP")

    other.kill()
    other.start()
    network.wait_ready(other)
    wait_for("the validators are connected with the new key",
             lambda: all(peer["connected"] for peer in other.status()["peers"]))
    check(pins["peer"] in node.log_text(), "the log names the new pin")
    payer.wait_more(100)
    say("  connections made from now on show the new key")

    with open(node.path("tls", "peer.crt"), encoding="ascii") as file:
        whole = file.read()
    with open(node.path("tls", "peer.crt"), "w", encoding="ascii") as file:
        file.write("no certificate")
    node.reload()
    wait_for("the damage is reported", lambda: "reload-refused" in node.log_text())
    payer.wait_more(50)
    with open(node.path("tls", "peer.crt"), "w", encoding="ascii") as file:
        file.write(whole)
    say("  a damaged file is refused, and what was in use stays")

    # From now on the node is known to the wallets by its new pin only.
    for wallet in os.listdir(os.path.join(network.root, "wallets")):
        edit(os.path.join(network.wallet(wallet), "wallet.toml"),
             (rf'\[\[node\]\]\naddress = "127.0.0.1:{node.client_port}"\npin = "(?!{pins["client"]})\w+"\n', ""))


def a_certificate_that_has_ended_stops_nothing_old_or_new(network, payer):
    node, other = network.nodes[0], network.nodes[1]

    def is_over():
        node.reload()  # which also looks at the dates; without, a node looks every minute
        return peer_days_left(node) == -1

    wait_for("the certificate has ended", is_over, timeout=LASTS + 60, interval=1)
    check("a TLS certificate has ended" in node.log_text(), "the log does not say that it has ended")
    say("  announced before, and its end is in the log and a negative metric")
    payer.wait_more(100)
    other.kill()
    other.start()
    network.wait_ready(other)
    wait_for("new connections are made with the ended certificate, whose key is the chain's",
             lambda: all(each["connected"] for each in other.status()["peers"]))
    network.pay("banka", "transfer", "1.00 CNY", "--from", "1", "--to", "BANKB:1")
    payer.wait_more(100)
    say("  validators and a client connect with certificates that have ended, since keys count")


def end(network, payer):
    network.end(payer)
    receipt = receipt_path(network)
    network.pay("banka", "receipt", "verify", receipt)
    run("huangpu-audit", "verify-receipt", receipt, "--genesis", os.path.join(network.root, "genesis.json"))
    say("  the receipt from before still holds")


if __name__ == "__main__":
    harness.main([
        Together(a_certificate_that_ends_is_announced,
                 a_participants_key_is_replaced_under_payments_and_none_is_lost,
                 a_clients_certificate_calls_nodes_from_its_registration_to_its_revocation_and_never_again,
                 a_validators_tls_key_is_replaced_under_payments_and_none_is_lost,
                 a_certificate_that_has_ended_stops_nothing_old_or_new,
                 begin=begin, end=end),
    ])
