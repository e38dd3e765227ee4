"""A network pays, loses a validator, gets it back, and proves what it did."""

import glob
import os
import subprocess

import harness
from harness import Network, check, program, run, say, spawn, wait_for


def payments_settle_while_a_validator_is_dead_and_it_catches_up():
    with Network() as network:
        network.start()
        say("  four validators are ready")
        network.pay("banka", "account", "open", "--count", "2")
        network.pay("bankb", "account", "open")
        network.pay("cbcny", "issue", "1000.00 CNY", "--to", "BANKA:1")
        paid = network.pay("banka", "transfer", "250.00 CNY", "--from", "1", "--to", "BANKB:1").json()
        txid = paid["txid"]
        say(f"  issued and paid through the wallet: {txid}")

        payer = network.payer()
        payer.wait_more(200)
        victim = network.nodes[3]
        victim.kill()
        say(f"  {victim.name} killed under load")
        payer.wait_more(500)
        say("  500 further payments are final without it")
        victim.start()
        network.wait_ready(victim)
        payer.wait_more(100)
        summary = payer.finish()
        check(summary["expired"] == 0, f"payments expired: {summary}")
        height = network.wait_level()
        verified = payer.verify()
        say(f"  {victim.name} is back and level at height {height}; {verified['finals']} final answers are in "
            f"all four chains, {verified['balances']} balances are as paid")

        balance = network.pay("bankb", "balance", "1").json()
        check(balance[0]["balance"] == "250.00" and balance[0]["proven"], f"wrong balance: {balance}")
        say(f"  balance of the payee: {balance[0]['balance']} CNY, proven at height {balance[0]['height']}")
        receipt = os.path.join(network.folder, "payment.receipt")
        network.pay("banka", "receipt", "save", txid, "--out", receipt)
        network.stop_all()
        say("  the network is stopped; every validator ended with exit code 0")

        network.pay("banka", "receipt", "verify", receipt)
        run("huangpu-audit", "verify-receipt", receipt, "--genesis", os.path.join(network.root, "genesis.json"))
        say("  the receipt holds offline, for the wallet and for the auditor")
        for node in network.nodes:
            report = network.audit("data", node.home).json()
            say(f"  {node.name}: the auditor finds {report['transactions']} transactions in {report['last_height']} "
                f"blocks clean, state root {report['state_root'][:16]}")
        archive = os.path.join(network.folder, "chain.archive")
        run("huangpu-node", "export", "--home", victim.home, "--out", archive)
        network.audit("archive", archive)
        harness.flip_byte(archive, os.path.getsize(archive) // 2)
        finding = network.audit("archive", archive, code=5).json()["finding"]
        say(f"  one byte flipped in the archive: the auditor names height {finding['height']}, offset "
            f"{finding['offset']}: {finding['message']}")


def a_file_whose_wallet_is_killed_again_and_again_pays_every_line_once():
    lines = 12000
    with Network() as network:
        network.start()
        network.pay("banka", "account", "open")
        network.pay("bankb", "account", "open")
        network.pay("cbcny", "issue", "1000000.00 CNY", "--to", "BANKA:1")
        path = os.path.join(network.folder, "payments.csv")
        with open(path, "w", encoding="ascii") as file:
            file.write("reference,debit_account,credit_account,asset,amount\n")
            for i in range(1, lines + 1):
                file.write(f"PAY-{i:05},1,BANKB:1,CNY,{i // 100}.{i % 100:02}\n")
        cents = lines * (lines + 1) // 2
        batch = ["batch", "--individual", path]

        def received():
            held = network.pay("bankb", "balance", "1").json()
            return held[0]["entries"] if held else 0

        kills = 0
        for share in range(1, 6):
            wallet = network.adopt(spawn([program("huangpu"), "--wallet", network.wallet("banka"), *batch],
                                         stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                         stderr=subprocess.DEVNULL))
            wait_for(f"{share} sixths of the file are paid", timeout=240, interval=0.01,
                     question=lambda: wallet.poll() is not None or received() * 6 >= lines * share)
            if wallet.poll() is not None:
                check(wallet.returncode == 0, f"a run that nobody killed ended with {wallet.returncode}")
                break
            wallet.kill()
            wallet.wait()
            kills += 1
        check(kills >= 1, "the wallet was faster than the test: give it a longer file")
        say(f"  the wallet was killed {kills} times in the middle of {lines} payments")

        summary = network.pay("banka", *batch).json()
        check(summary["settled"] == lines, f"not every line is paid: {summary}")
        network.pay("banka", *batch)
        held = network.pay("bankb", "balance", "1").json()[0]
        check(held["entries"] == lines and held["balance"] == f"{cents // 100}.{cents % 100:02}",
              f"{lines} payments of {cents} cents expected: {held}")
        say(f"  each line is paid once: {held['entries']} entries, {held['balance']} CNY")


def a_key_of_the_other_suite_acts_for_an_account_that_keeps_its_address():
    other = "ed25519" if harness.suite == "sm2" else "sm2"
    with Network() as network:
        network.start()
        network.pay("banka", "account", "open")
        network.pay("bankb", "account", "open")
        network.pay("cbcny", "issue", "100.00 CNY", "--to", "BANKA:1")
        before = network.pay("banka", "account", "show", "1").json()
        network.pay("banka", "keys", "rotate", "--suite", other)
        key = network.pay("banka", "keys", "show", "main").json()
        check(key["suite"].startswith(other), f"another suite was asked for: {key}")
        say(f"  BANKA's key is now of {key['suite']}, the chain is of {harness.suite}")

        after = network.pay("banka", "account", "show", "1").json()
        check(after["address"] == before["address"], f"the address changed: {before} {after}")
        payee = network.pay("bankb", "account", "show", "1").json()["address"]
        network.pay("banka", "transfer", "40.00 CNY", "--from", before["address"], "--to", payee)
        retired = glob.glob(os.path.join(network.wallet("banka"), "keys", "retired", "*.json"))
        check(len(retired) == 1, f"one retired key expected: {retired}")
        refused = network.pay("banka", "--key", retired[0], "transfer", "1.00 CNY", "--from", "1", "--to", payee,
                              code=None)
        check(refused.code != 0, f"the old key still pays: {refused}")
        balance = network.pay("bankb", "balance", payee).json()
        check(balance[0]["balance"] == "40.00" and balance[0]["proven"], f"wrong balance: {balance}")
        say(f"  it paid from {before['address']}")

        wrong = payee[:-1] + ("q" if payee[-1] != "q" else "p")
        typo = network.pay("banka", "transfer", "1.00 CNY", "--from", "1", "--to", wrong, code=None)
        check(typo.code != 0 and "typing error" in typo.err, f"the typing error went unnoticed: {typo}")
        network.stop_all()
        for node in network.nodes:
            network.audit("data", node.home)
        say("  the auditor replays signatures of both suites")


if __name__ == "__main__":
    harness.main([
        payments_settle_while_a_validator_is_dead_and_it_catches_up,
        a_file_whose_wallet_is_killed_again_and_again_pays_every_line_once,
        a_key_of_the_other_suite_acts_for_an_account_that_keeps_its_address,
    ])
