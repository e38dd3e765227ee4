"""TLS certificates of clients are registered and revoked by transactions, and nodes act on it."""

import os
import shutil

import harness
from harness import Network, check, run, say

DENIED = 11


def wallet_with_certificate(network, owner, name, certificate, key):
    """The wallet of a participant that calls nodes with another certificate."""
    folder = os.path.join(network.folder, name)
    shutil.copytree(network.wallet(owner), folder)
    for source, target in ((certificate, "client.crt"), (key, "client.key")):
        path = os.path.join(folder, "tls", target)
        os.remove(path)
        shutil.copyfile(source, path)
        os.chmod(path, 0o600)
    return folder


def call(wallet, *arguments, code=0):
    return run("huangpu", "--wallet", wallet, "--output", "json", *arguments, code=code)


def a_certificate_calls_nodes_from_its_registration_to_its_revocation_and_never_again():
    with Network() as network:
        # A home's TLS files are a certificate and a key that nobody has registered.
        spare = os.path.join(network.folder, "spare")
        run("huangpu-node", "init", "--home", spare, "--name", "spare")
        certificate = os.path.join(spare, "tls", "client.crt")
        new = wallet_with_certificate(network, "banka", "banka-new", certificate,
                                      os.path.join(spare, "tls", "client.key"))
        old = network.wallet("banka")
        network.start()
        call(old, "account", "open")
        refused = call(new, "balance", "1", code=DENIED)
        say(f"  a certificate that is not registered: {refused.err.strip()[:120]}")

        call(old, "certificate", "register", "--certificate", certificate)
        for node in network.nodes:
            harness.wait_for(f"{node.name} takes the new certificate",
                             lambda: call(new, "account", "list", code=None).code != DENIED)
        call(new, "account", "open", "--number", "2")
        say("  registered: the new certificate calls, and opens an account")

        call(new, "certificate", "revoke", "--certificate", os.path.join(old, "tls", "client.crt"))
        harness.wait_for("the old certificate is refused",
                         lambda: call(old, "balance", "1", code=None).code == DENIED)
        call(new, "balance", "1")
        say("  revoked: the old certificate is refused, the new one still calls")

        again = call(new, "certificate", "register", "--certificate", os.path.join(old, "tls", "client.crt"),
                     code=None)
        check(again.code != 0, "a revoked certificate was registered again")
        call(old, "balance", "1", code=DENIED)
        say(f"  registered again: refused with exit code {again.code}")
        network.wait_level()
        network.stop_all()


if __name__ == "__main__":
    harness.main([a_certificate_calls_nodes_from_its_registration_to_its_revocation_and_never_again])
