"""Several people sign one instruction on machines without a network, and keys change hands safely."""

import json
import os
import re
import shutil
import signal
import subprocess

import harness
from harness import Network, check, run, say, spawn

AUTHORITY_MISSING = 42


class Machine:
    """A folder with a key and nothing else: no wallet, no addresses, and, where the system lets us, no network
    in the process either."""

    def __init__(self, network, name, key, passphrase):
        self.folder = os.path.join(network.folder, name)
        os.makedirs(self.folder)
        self.key = os.path.join(self.folder, "key.json")
        shutil.copy(key, self.key)
        os.chmod(self.key, 0o600)
        self.passphrase = os.path.join(self.folder, "passphrase")
        shutil.copy(passphrase, self.passphrase)
        os.chmod(self.passphrase, 0o600)
        self._isolate = ["unshare", "--map-root-user", "--net"] if _can_unshare() else []

    def bring(self, path):
        """As a memory stick would: a copy."""
        return shutil.copy(path, self.folder)

    def huangpu(self, *arguments, code=0, answer=None):
        command = [*self._isolate, harness.program("huangpu"), "--wallet", os.path.join(self.folder, "none"),
                   "--key", self.key, "--passphrase-file", self.passphrase, *map(str, arguments)]
        process = spawn(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                        cwd=self.folder)
        out, err = process.communicate(timeout=60)
        done = harness.Answer(command, process.returncode, out, err)
        check(code is None or done.code == code, f"exit code {code} expected: {done}")
        return done


def _can_unshare():
    try:
        return subprocess.run(["unshare", "--map-root-user", "--net", "true"], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, timeout=10, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _wallet_key(network, owner, name):
    return os.path.join(network.wallet(owner), "keys", name + ".json")


def _passphrase(network, owner):
    wallet = network.wallet(owner)
    with open(os.path.join(wallet, "wallet.toml"), encoding="utf-8") as file:
        return os.path.join(wallet, re.search(r'^passphrase_file = "(.*)"', file.read(), re.M).group(1))


def any_two_of_three_keys_pay_from_an_account_after_signing_apart_without_a_network():
    with Network() as network:
        network.start()
        network.pay("banka", "account", "open", "--count", "2")
        network.pay("bankb", "account", "open")
        network.pay("cbcny", "issue", "1000.00 CNY", "--to", "BANKA:1")
        for name in ("ann", "bob", "cid"):
            network.pay("banka", "keys", "new", name)
            network.pay("banka", "keys", "register", name)
        network.pay("banka", "account", "set-authority", "1", "--threshold", "2", "--authority", "ann,bob,cid")
        say("  the account can be debited by any two of three keys")

        refused = network.pay("banka", "--key", "ann", "transfer", "5.00 CNY", "--from", "1", "--to", "BANKB:1", code=20)
        check(refused.json()["code"] == AUTHORITY_MISSING, f"one key alone: {refused}")
        say("  one key alone: refused by the network with authority-missing")

        built = os.path.join(network.folder, "payment.tx")
        network.pay("banka", "tx", "build", "transfer", "250.00 CNY", "--from", "1", "--to", "BANKB:1", "--signer",
                    "ann,bob,cid", "--any", "2", "--close", "+6h", "--reference", "OFFLINE-1", "--out", built)
        passphrase = _passphrase(network, "banka")
        machines = {name: Machine(network, name, _wallet_key(network, "banka", name), passphrase)
                    for name in ("ann", "cid")}
        copies = {}
        for name, machine in machines.items():
            copy = machine.bring(built)
            told = machine.huangpu("tx", "explain", copy)
            check("Transfer 250.00 CNY from BANKA:1 to BANKB:1." in told.out, f"explained otherwise: {told}")
            machine.huangpu("tx", "sign", copy, code=2)  # nobody can be asked, and nothing said yes
            signed = machine.huangpu("--output", "json", "tx", "sign", copy, "--yes").json()
            check(signed["signatures"] == 1 and not signed["complete"], f"one signature is not enough: {signed}")
            copies[name] = copy
        say("  explained and signed on two machines that know no network")

        short = network.pay("banka", "tx", "send", copies["ann"], code=20).json()
        check(short["result"] == "signatures-missing" and not short["sent"], f"one short: {short}")

        other = os.path.join(network.folder, "other.tx")
        network.pay("banka", "tx", "build", "transfer", "251.00 CNY", "--from", "1", "--to", "BANKB:1", "--signer",
                    "ann,bob,cid", "--any", "2", "--close", "+6h", "--reference", "OFFLINE-1", "--out", other)
        complete = os.path.join(network.folder, "complete.tx")
        network.pay("banka", "tx", "combine", copies["ann"], other, "--out", complete, code=20)
        combined = network.pay("banka", "tx", "combine", copies["ann"], copies["cid"], "--out", complete).json()
        check(combined["complete"] and combined["signatures"] == 2, f"not complete: {combined}")
        with open(complete, encoding="utf-8") as file:
            document = json.load(file)
        document["signatures"][0]["signatures"][0] = document["signatures"][1]["signatures"][0]
        forged = os.path.join(network.folder, "forged.tx")
        with open(forged, "w", encoding="utf-8") as file:
            file.write(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
        network.pay("banka", "tx", "send", forged, code=11)
        say("  another body is not combined, and a signature in another's place is not sent")

        paid = network.pay("banka", "tx", "send", complete).json()
        check(paid["result"] == "settled" and paid["stage"] == "final", f"not settled: {paid}")
        again = network.pay("banka", "tx", "send", complete).json()
        check(again["txid"] == paid["txid"], f"acted twice: {again}")
        balance = network.pay("bankb", "balance", "1").json()
        check(balance[0]["balance"] == "250.00", f"wrong balance: {balance}")
        say("  sent, final, and sent again without effect")

        # A file for the keys of the account is short on the network too, when it names too few signers.
        alone = os.path.join(network.folder, "alone.tx")
        network.pay("banka", "tx", "build", "transfer", "1.00 CNY", "--from", "1", "--to", "BANKB:1", "--signer", "ann",
                    "--close", "+1h", "--out", alone)
        machines["ann"].huangpu("tx", "sign", alone, "--yes")
        refused = network.pay("banka", "tx", "send", alone, code=20).json()
        check(refused["code"] == AUTHORITY_MISSING, f"one signature of two: {refused}")

        seen = network.pay("banka", "events", "--account", "1")
        events = [json.loads(line) for line in seen.out.splitlines()]
        check(sum(e["operation"] == "transfer" and e["code"] == 0 for e in events) == 1, f"events: {events}")
        last = events[-1]["next"]
        rest = network.pay("banka", "events", "--from", last, "--account", "1")
        check(rest.out == "", f"events after the last one: {rest}")
        say("  the events of the account tell of one payment, and resume without repetition")


def a_key_is_rotated_and_an_interruption_costs_nothing():
    with Network() as network:
        network.start()
        network.pay("banka", "account", "open")
        keys = network.pay("banka", "keys", "list").json()
        check(len(keys) == 1 and keys[0]["on_chain"] == "active", f"keys at first: {keys}")
        before = keys[0]["id"]

        # Killed at some moment of the rotation, from before the new key is made to after the swap.
        for delay in (0.02, 0.1, 0.3, 0.6, 1.2):
            process = spawn([harness.program("huangpu"), "--wallet", network.wallet("banka"), "keys", "rotate"],
                            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                process.wait(timeout=delay)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait()
        successor = os.path.join(network.wallet("banka"), "keys", "main.next.json")
        network.pay("banka", "keys", "rotate")
        keys = network.pay("banka", "keys", "list").json()
        mine = [key for key in keys if key["default"]]
        check(len(mine) == 1 and mine[0]["on_chain"] == "active" and mine[0]["id"] != before, f"keys after: {keys}")
        check(sum(key["on_chain"] == "active" for key in keys) == 1, f"more than one active key: {keys}")
        check(not os.path.exists(successor), "the successor still has its own file")
        retired = os.listdir(os.path.join(network.wallet("banka"), "keys", "retired"))
        check(any(before[:16] in name for name in retired), f"the first key was not kept: {retired}")
        network.pay("banka", "account", "open", "--number", "2")
        say(f"  the wallet signs with a key that the chain knows; {len(retired)} old ones are kept sealed")

        # The passphrase changes; the key stays.
        new = os.path.join(network.folder, "new-passphrase")
        with open(new, "w", encoding="ascii", opener=lambda p, f: os.open(p, f, 0o600)) as file:
            file.write("another one\n")
        network.pay("banka", "keys", "passphrase", "main", "--new-passphrase-file", new)
        wrong = network.pay("banka", "account", "open", "--number", "3", code=11)
        check("main.json" in wrong.err, f"a wrong passphrase does not name the file: {wrong}")
        network.pay("banka", "--passphrase-file", new, "account", "open", "--number", "3")
        exported = os.path.join(network.folder, "main.pem")
        network.pay("banka", "keys", "export", "main", "--pem", "--out", exported)
        network.pay("bankb", "keys", "import", "banka", exported)
        theirs = [key for key in network.pay("bankb", "keys", "list").json() if key["key"] == "banka"]
        check(theirs[0]["id"] == mine[0]["id"] and theirs[0]["on_chain"] == "not registered", f"imported: {theirs}")
        run("huangpu", "--wallet", network.wallet("banka"), "keys", "rotate", "nobody", code=24)


if __name__ == "__main__":
    harness.main([any_two_of_three_keys_pay_from_an_account_after_signing_apart_without_a_network,
                  a_key_is_rotated_and_an_interruption_costs_nothing])
