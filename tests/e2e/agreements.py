"""Two-phase transfers, and settlements that several parties approve one after the other, through wallets and real nodes."""

import harness
from harness import Network, check, run, say

BANKS = ["banka", "bankb", "bankc"]
REFUSED = 20


def wallet(network, owner, *arguments, code=0):
    return run("huangpu", "--wallet", network.wallet(owner), "--output", "json", *arguments, code=code)


def rows(answer):
    """The rows of the first table that a command printed."""
    return harness.json.JSONDecoder().raw_decode(answer.out.lstrip())[0]


def balance(network, owner):
    held = rows(wallet(network, owner, "balance", "1", "--asset", "CNY"))
    return held[0]["balance"] if held else "0.00"


def open_accounts(network, issued):
    for owner in BANKS:
        wallet(network, owner, "account", "open")
    for owner, amount in issued.items():
        wallet(network, "cbcny", "issue", "--to", f"{owner.upper()}:1", f"{amount} CNY")


def refused(network, owner, *arguments):
    answer = wallet(network, owner, *arguments, code=REFUSED)
    return answer.json()["result"]


def funds_are_reserved_posted_in_part_given_back_and_expire():
    with Network() as network:
        network.start()
        open_accounts(network, {"banka": "100.00"})
        reserve = wallet(network, "banka", "reserve", "80.00 CNY", "--from", "1", "--to", "BANKB:1",
                         "--posted-by", "beneficiary").json()["txid"]
        check(refused(network, "banka", "transfer", "20.01 CNY", "--from", "1", "--to", "BANKC:1") == "insufficient-funds",
              "reserved funds were paid away")
        check(rows(wallet(network, "banka", "reserves"))[0]["left"] == "80.00 CNY", "the reserve is not listed")
        check(refused(network, "banka", "post", reserve, "1.00 CNY") == "authority-missing", "the debtor posted")
        wallet(network, "bankb", "post", reserve, "30.00 CNY", "--keep-rest")
        check(refused(network, "bankb", "post", reserve, "50.01 CNY") == "reserve-exceeded", "more was posted than is left")
        check(balance(network, "bankb") == "30.00", f"BANKB has {balance(network, 'bankb')}")
        wallet(network, "bankb", "void", reserve)
        shown = wallet(network, "banka", "reserves", "show", reserve).json()
        check(shown["status"] == "voided" and shown["iso20022"] == "CANC" and len(shown["steps"]) == 3, f"shown as {shown}")
        wallet(network, "banka", "transfer", "70.00 CNY", "--from", "1", "--to", "BANKC:1")
        say("  a reserve was posted in part by its beneficiary and given back; nothing else could touch it meanwhile")

        short = wallet(network, "bankc", "reserve", "70.00 CNY", "--from", "1", "--to", "BANKA:1",
                       "--expires", "+5s").json()["txid"]
        harness.wait_for("the expiry passes", timeout=60, question=lambda: wallet(
            network, "bankc", "transfer", "1.00 CNY", "--from", "1", "--to", "BANKB:1", code=None).code == 0)
        shown = wallet(network, "banka", "reserves", "show", short).json()
        check(shown["status"] == "expired" and shown["reason_iso20022"] == "AB03", f"shown as {shown}")
        network.stop_all()
        for node in network.nodes:
            network.audit("data", node.home)
        say("  the other expired by a block; the auditor replays every chain to the same state")


def a_settlement_gathers_approvals_and_waits_for_funds():
    with Network() as network:
        network.start()
        open_accounts(network, {"banka": "10.00", "bankb": "25.00"})
        legs = ["--leg", "BANKA:1", "BANKB:1", "10.00 CNY", "--leg", "BANKB:1", "BANKC:1", "30.00 CNY",
                "--leg", "BANKC:1", "BANKA:1", "5.00 CNY"]
        proposed = wallet(network, "banka", "settlement", "propose", *legs).json()
        check(proposed["result"] == "approvals-missing", f"proposed: {proposed}")
        settlement = proposed["txid"]
        check(refused(network, "banka", "settlement", "approve", settlement) == "approved-before", "approved twice")
        wallet(network, "bankc", "settlement", "approve", settlement)
        wallet(network, "bankc", "settlement", "withdraw", settlement)
        wallet(network, "bankc", "settlement", "approve", settlement)
        shown = wallet(network, "bankb", "settlement", "show", settlement).json()
        check(shown["missing"] == ["BANKB:1"], f"shown as {shown}")
        wallet(network, "banka", "transfer", "10.00 CNY", "--from", "1", "--to", "BANKC:1")
        last = wallet(network, "bankb", "settlement", "approve", settlement).json()
        check(last["result"] == "funds-missing", f"the last approval: {last}")
        shown = rows(wallet(network, "banka", "settlement", "list"))[0]
        check(shown["lacking_legs"] == "1", f"which legs lack funds: {shown}")
        check(refused(network, "banka", "settlement", "cancel", settlement) == "settlement-complete", "it does not bind")
        say("  three parties approved one after the other; the first leg lacks funds and the others wait for it")

        victim = network.nodes[3]
        victim.kill()
        wallet(network, "cbcny", "issue", "--to", "BANKA:1", "5.00 CNY")
        shown = wallet(network, "banka", "settlement", "show", settlement).json()
        check(shown["status"] == "settled" and "in batch 1" in shown["steps"][-1], f"shown as {shown}")
        held = [balance(network, owner) for owner in BANKS]
        check(held == ["0.00", "5.00", "35.00"], f"after the settlement: {held}")
        victim.start()
        network.wait_ready(victim)
        network.wait_level()
        network.stop_all()
        for node in network.nodes:
            network.audit("data", node.home)
        say("  the block that brought the funds settled all legs, also for a validator that was down")


if __name__ == "__main__":
    harness.main([funds_are_reserved_posted_in_part_given_back_and_expire,
                  a_settlement_gathers_approvals_and_waits_for_funds])
