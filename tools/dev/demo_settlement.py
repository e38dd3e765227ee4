#!/usr/bin/env python3
"""A gridlocked day: eight banks, three currencies, two securities. Called by ./dev demo --scenario settlement.

Payments stand in queues, a forecast says what little liquidity would settle them, the central banks bring it, and one
block settles all at one instant. Securities change hands against payment, signed by both sides. In the end the
auditor replays the day. Everything lives in one folder that is made anew; servers listen on loopback only.
"""

import argparse
import concurrent.futures
import decimal
import json
import os
import shutil
import signal
import subprocess
import sys
import time

BANKS = "abcdefgh"
CURRENCIES = ["CNY", "HKD", "USD"]
SECURITIES = ["BONDA", "BONDB"]
# In each currency every bank pays the next one; one payment of the ring is larger than the others, so that nobody can
# begin. The bank that lacks is another one in each currency.
RING = {"CNY": (150, 100, 0), "HKD": (90, 60, 3), "USD": (75, 50, 6)}  # the large one, the others, who pays the large one
HELD = {"CNY": 10, "HKD": 10, "USD": 5}


def fail(text):
    sys.exit(f"\ndemo: {text}")


class Demo:
    def __init__(self, options):
        self.bin = os.environ.get("HP_BIN") or fail("HP_BIN names the folder of the programs")
        self.folder = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(self.bin))), "demo-settlement")
        self.options = options
        self.processes = []
        self.number = 0
        self.started = time.monotonic()

    # --- programs

    def program(self, name, *arguments, allowed=(0,)):
        command = [os.path.join(self.bin, name), *arguments]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode not in allowed:
            fail(f"`{name} {' '.join(arguments)}` ended with {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def wallet(self, owner, *arguments, allowed=(0,), text=False):
        output = "text" if text else "json"
        return self.program("huangpu", "--wallet", os.path.join(self.folder, "network", "wallets", owner), "--output", output,
                            *arguments, allowed=allowed).stdout

    def for_all_banks(self, work):
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            return list(pool.map(work, BANKS))

    def start(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)
        created = json.loads(self.program(
            "huangpu-admin", "network", "create", "--validators", "4", "--banks", str(len(BANKS)), "--assets",
            ",".join([f"{code}:2" for code in CURRENCIES] + [f"{code}:0" for code in SECURITIES]), "--out",
            os.path.join(self.folder, "network"), "--base-port", str(self.options.base_port), "--suite",
            self.options.suite, "--chain-name", "settlement", "--evaluation-limits", "--output", "json").stdout)
        for home in created["nodes"]:
            log = open(os.path.join(self.folder, os.path.basename(home) + ".log"), "wb")
            self.processes.append(subprocess.Popen([os.path.join(self.bin, "huangpu-node"), "start", "--home", home],
                                                   stdin=subprocess.DEVNULL, stdout=log, stderr=log))
            log.close()
        for home in created["nodes"]:
            deadline = time.monotonic() + 60
            while subprocess.run([os.path.join(self.bin, "huangpu-node"), "status", "--home", home],
                                 stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode != 0:
                if time.monotonic() > deadline:
                    fail(f"{os.path.basename(home)} is not ready after a minute; see {self.folder}")
                time.sleep(0.2)
        self.home = created["nodes"][0]

    def stop(self):
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.processes:
            process.wait()
        self.processes = []

    # --- what people see

    def step(self, title, *lines):
        self.number += 1
        print(f"\n\033[1m{self.number}. {title}\033[0m")
        for line in lines:
            print("   " + line)
        sys.stdout.flush()

    @staticmethod
    def table(columns, rows):
        widths = [max(len(str(row[i])) for row in [columns, *rows]) for i in range(len(columns))]
        for row in [columns, *rows]:
            cells = [str(cell).ljust(width) if i == 0 else str(cell).rjust(width)
                     for i, (cell, width) in enumerate(zip(row, widths))]
            print("   " + "  ".join(cells))
        sys.stdout.flush()

    def forecast(self, owner, *arguments):
        text, tables = self.wallet(owner, "queue", "forecast", *arguments).lstrip(), []
        while text:
            value, end = json.JSONDecoder().raw_decode(text)
            tables.append(value)
            text = text[end:].lstrip()
        return tables

    # --- the day

    def money(self):
        self.step("Eight banks, three currencies, two securities",
                  "Each bank opens an account and holds a little of each currency. BANKA holds 100 BONDA, BANKC 50 BONDB.")
        self.for_all_banks(lambda bank: self.wallet("bank" + bank, "account", "open"))
        for code in CURRENCIES:
            for bank in BANKS:
                self.wallet("cb" + code.lower(), "issue", "--to", f"BANK{bank.upper()}:1", f"{HELD[code]}.00 {code}")
        self.wallet("cbbonda", "issue", "--to", "BANKA:1", "100 BONDA")
        self.wallet("cbbondb", "issue", "--to", "BANKC:1", "50 BONDB")

    def payments(self):
        self.step("Everybody waits for everybody",
                  "In each currency every bank pays the next one far more than it holds. All payments are urgent: none may be",
                  "passed over. They stand in queues.")

        def pay(bank):
            place = BANKS.index(bank)
            to = BANKS[(place + 1) % len(BANKS)].upper()
            results = []
            for code in CURRENCIES:
                large, other, who = RING[code]
                amount = large if place == who else other
                answer = json.loads(self.wallet("bank" + bank, "instruct", f"{amount}.00 {code}", "--from", "1", "--to",
                                                f"BANK{to}:1", "--priority", "urgent"))
                results.append(answer["result"])
            return results

        results = [result for each in self.for_all_banks(pay) for result in each]
        if set(results) != {"queued"}:
            fail(f"not every payment waits: {results}")
        outcomes, positions, totals = self.forecast("auditor")
        self.show(positions)
        print()
        self.table(["asset", "queued", "amount", "would settle now"],
                   [[row["asset"], row["queued"], row["amount"], row["settles"]] for row in totals])
        return positions

    def show(self, positions):
        self.table(["account", "asset", "liquidity", "waits to pay", "waits to receive", "lacks"],
                   [[row["account"], row["asset"], row["then"], row["still_pays"], row["still_receives"], row["lacks"]]
                    for row in sorted(positions, key=lambda row: (row["account"], row["asset"]))])

    def forecasts(self, positions):
        lacking = [(row["account"], row["asset"], row["lacks"]) for row in positions if decimal.Decimal(row["lacks"]) > 0]
        self.step("What would be enough?",
                  "The bank that lacks asks the node what would settle if it had that much more. Nothing is changed by it.")
        for account, code, lacks in lacking:
            bank = account.split(":")[0].lower()
            outcomes = self.forecast(bank, "--with", f"1={lacks} {code}")[0]
            settled = sum(row["then"] == "settled" and row["amount"].endswith(code) for row in outcomes)
            if settled != 2:  # the one it pays and the one it receives; it sees no others
                fail(f"{bank} is told that {settled} of its payments would settle")
            print(f"   {account} with {lacks} {code} more: both payments that it may see settle")
        return lacking

    def relief(self, lacking):
        self.step("The central banks bring it", "One block settles each currency: all payments at one instant, booked gross.")
        rows = []
        for account, code, lacks in lacking:
            totals = self.auditors_totals(code, account, lacks)
            self.wallet("cb" + code.lower(), "issue", "--to", account, f"{lacks} {code}")
            rows.append([code, f"{account} + {lacks}", totals["settles"], totals["gross"], totals["net"], totals["saved"]])
        for bank in BANKS:
            left = json.loads(self.wallet("bank" + bank, "queue"))
            if left:
                fail(f"bank{bank} still waits: {left}")
        self.table(["asset", "brought", "payments settled", "gross", "liquidity used", "liquidity saved"], rows)
        print()
        balances = []
        for bank in BANKS:
            held = {row["asset"]: row["balance"] for row in json.loads(self.wallet("bank" + bank, "balance", "1"))}
            balances.append([f"BANK{bank.upper()}:1"] + [held.get(code, "0.00") for code in CURRENCIES])
        self.table(["account", *CURRENCIES], balances)

    def auditors_totals(self, code, account, lacks):
        """Forecast by somebody who sees everything, with the same liquidity."""
        for row in self.forecast("auditor", "--with", f"{account}={lacks} {code}")[2]:
            if row["asset"] == code:
                return row
        return fail(f"nothing waits in {code}")

    def securities(self):
        self.step("Delivery against payment, signed by both sides",
                  "BANKA delivers 40 BONDA to BANKB against 100.00 CNY. One transaction file, two signatures, both legs or none.")
        keys = {bank: os.path.join(self.folder, "network", "wallets", "bank" + bank) for bank in "ab"}
        signers = [self.key_of(keys[bank]) for bank in "ab"]
        path = os.path.join(self.folder, "dvp.tx")
        self.wallet("banka", "tx", "build", "dvp", "40 BONDA", "--from", "1", "--to", "BANKB:1", "--against", "100.00 CNY",
                    "--signer", ",".join(signers), "--out", path)
        for bank in "ab":
            self.wallet("bank" + bank, "tx", "sign", path, "--yes")
        refused = json.loads(self.wallet("banka", "tx", "send", path, allowed=(0, 20)))
        print(f"   BANKB holds less than 100.00 CNY: {refused['result']}, and the bonds stay where they are")
        self.wallet("cbcny", "issue", "--to", "BANKB:1", "100.00 CNY")
        again = os.path.join(self.folder, "dvp-again.tx")
        self.wallet("banka", "tx", "build", "dvp", "40 BONDA", "--from", "1", "--to", "BANKB:1", "--against", "100.00 CNY",
                    "--signer", ",".join(signers), "--out", again)
        for bank in "ab":
            self.wallet("bank" + bank, "tx", "sign", again, "--yes")
        settled = json.loads(self.wallet("banka", "tx", "send", again))
        print(f"   with the money there: {settled['result']} at height {settled['height']}")
        rows = []
        for bank in "ab":
            held = {row["asset"]: row["balance"] for row in json.loads(self.wallet("bank" + bank, "balance", "1"))}
            rows.append([f"BANK{bank.upper()}:1", held.get("BONDA", "0"), held["CNY"]])
        self.table(["account", "BONDA", "CNY"], rows)

    @staticmethod
    def key_of(wallet):
        folder = os.path.join(wallet, "keys")
        return os.path.join(folder, sorted(name for name in os.listdir(folder) if name.endswith(".json"))[0])

    def audit(self):
        archive = os.path.join(self.folder, "chain.hpa")
        self.program("huangpu-node", "export", "--home", self.home, "--out", archive)
        self.stop()
        self.step("The auditor replays the day", "Every signature, every queue, every batch and every root, without a node.")
        report = self.program("huangpu-audit", "replay", "--archive", archive, "--genesis",
                              os.path.join(self.folder, "network", "genesis.json"))
        for line in report.stdout.splitlines():
            print("   " + line)

    def run(self):
        try:
            self.start()
            self.money()
            positions = self.payments()
            lacking = self.forecasts(positions)
            self.relief(lacking)
            self.securities()
            self.audit()
        finally:
            self.stop()
        print(f"\n   {time.monotonic() - self.started:.0f} s; everything is in {self.folder}")


def main():
    parser = argparse.ArgumentParser(prog="./dev demo --scenario settlement")
    parser.add_argument("--base-port", type=int, default=17800)
    parser.add_argument("--suite", default="ed25519", choices=["ed25519", "sm2"])
    Demo(parser.parse_args()).run()


if __name__ == "__main__":
    main()
