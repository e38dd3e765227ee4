"""Payments that wait: queues, gridlock, forecasts and liquidity through wallets against real nodes."""

import datetime

import harness
from harness import Network, check, run, say

BANKS = ["banka", "bankb", "bankc"]
REFUSED = 20
UNKNOWN = 24


def wallet(network, owner, *arguments, code=0):
    return run("huangpu", "--wallet", network.wallet(owner), "--output", "json", *arguments, code=code)


def rows(answer):
    """The rows of the first table that a command printed."""
    return harness.json.JSONDecoder().raw_decode(answer.out.lstrip())[0]


def tables(answer):
    text, found = answer.out.lstrip(), []
    while text:
        value, end = harness.json.JSONDecoder().raw_decode(text)
        found.append(value)
        text = text[end:].lstrip()
    return found


def instruct(network, owner, money, to, *options):
    answer = wallet(network, owner, "instruct", money, "--from", "1", "--to", to, *options).json()
    return answer["txid"], answer["result"]


def payment(network, owner, txid):
    return wallet(network, owner, "payment", "show", txid).json()


def queue(network, owner, *options):
    return rows(wallet(network, owner, "queue", *options))


def balance(network, owner):
    return rows(wallet(network, owner, "balance", "1", "--asset", "CNY"))[0]["balance"]


def open_accounts(network, issued):
    for owner in BANKS:
        wallet(network, owner, "account", "open")
    for owner, amount in issued.items():
        wallet(network, "cbcny", "issue", "--to", f"{owner.upper()}:1", f"{amount} CNY")


def a_gridlock_stands_until_liquidity_comes_and_a_forecast_says_how_much():
    with Network() as network:
        network.start()
        open_accounts(network, {"banka": "40.00", "bankb": "100.00", "bankc": "20.00"})
        ring = [("banka", "100.00 CNY", "BANKB:1"), ("bankb", "130.00 CNY", "BANKC:1"), ("bankc", "50.00 CNY", "BANKA:1")]
        entered = [(owner, *instruct(network, owner, money, to)) for owner, money, to in ring]
        check(all(result == "queued" for _, _, result in entered), f"not all wait: {entered}")
        for owner, txid, _ in entered:
            check(queue(network, owner)[0]["payment"] == txid, f"{owner} does not see its payment in its queue")
        check(wallet(network, "bankb", "queue", "--account", "BANKA:1", code=None).code == UNKNOWN,
              "a bank sees the queue of another")

        outcomes, positions = tables(wallet(network, "banka", "queue", "forecast"))[:2]
        check(all(row["then"] == "queued" for row in outcomes), f"a forecast settles a gridlock: {outcomes}")
        lacks = {row["account"]: row["lacks"] for row in positions}
        check(lacks["BANKA:1"] == "10.00", f"BANKA lacks {lacks}")
        outcomes = tables(wallet(network, "banka", "queue", "forecast", "--with", "1=10.00 CNY"))[0]
        check({(row["then"], row["how"]) for row in outcomes} == {("settled", "multilateral")},
              f"ten units do not dissolve the gridlock in the forecast: {outcomes}")
        totals = tables(wallet(network, "auditor", "queue", "forecast"))[2]
        check(totals[0]["queued"] == 3 and totals[0]["settles"] == 0, f"sums of the auditor's forecast: {totals}")
        say("  three payments wait; with ten units more all three would settle")

        wallet(network, "cbcny", "issue", "--to", "BANKA:1", "10.00 CNY")
        for owner, txid, _ in entered:
            harness.wait_for(f"{owner}'s payment is settled",
                             lambda: payment(network, owner, txid)["status"] == "settled")
            check(queue(network, owner) == [], f"{owner}'s queue is not empty")
        held = [balance(network, owner) for owner in BANKS]
        check(held == ["0.00", "70.00", "100.00"], f"closing balances {held}")
        changes = payment(network, "banka", entered[0][1])["changes"]
        check(len(changes) == 2 and "settled" in changes[1] and "in batch 1" in changes[1], f"changes: {changes}")
        say(f"  settled in one batch: {changes[1]}")
        told_that_it_settled(network, "banka", {entered[0][1], entered[2][1]})  # what it pays, what it receives
        told_that_it_settled(network, "bankb", {entered[0][1], entered[1][1]})
        finish(network)


def told_that_it_settled(network, owner, payments):
    """A bank that only listens to events learns that money moved later, each payment once, and resumes behind it."""
    told = [harness.json.loads(line) for line in wallet(network, owner, "events").out.splitlines()]
    settled = [event for event in told if event["event"] == "payment" and event["status"] == "settled"]
    check(sorted(event["payment"] for event in settled) == sorted(payments), f"{owner} is told of {settled}")
    check(all(event["cause"] == "" and event["batch"] == 1 for event in settled), f"whose doing is this: {settled}")
    rest = wallet(network, owner, "events", "--from", settled[-1]["next"]).out
    check(not any(payment in rest for payment in payments), f"{owner} is told twice: {rest}")


def what_waits_can_be_held_released_moved_cancelled_and_times_out():
    with Network() as network:
        network.start()
        open_accounts(network, {"banka": "5.00"})
        first, _ = instruct(network, "banka", "10.00 CNY", "BANKB:1")
        second, _ = instruct(network, "banka", "6.00 CNY", "BANKC:1", "--priority", "urgent")
        check([row["payment"] for row in queue(network, "banka")] == [second, first], "the urgent payment is not first")
        wallet(network, "banka", "payment", "hold", second)
        check(payment(network, "banka", second)["status"] == "held", "a held payment is not held")
        refused = wallet(network, "bankb", "payment", "cancel", first, code=REFUSED).json()
        check(refused["result"] == "payment-foreign", f"a foreign payment was cancelled: {refused}")
        wallet(network, "banka", "payment", "priority", first, "highly-urgent")
        check(queue(network, "banka")[0]["class"] == "highly-urgent", "the class did not change")
        wallet(network, "banka", "payment", "cancel", first)
        shown = payment(network, "banka", first)
        check((shown["status"], shown["reason"], shown["reason_iso20022"]) == ("cancelled", "cancelled-by-owner", "CUST"),
              f"a cancelled payment is shown as {shown}")
        wallet(network, "cbcny", "issue", "--to", "BANKA:1", "1.00 CNY")
        check(payment(network, "banka", second)["status"] == "held", "a held payment settled")
        wallet(network, "banka", "payment", "release", second)
        check(payment(network, "bankc", second)["status"] == "settled", "a released payment did not settle")
        check(balance(network, "bankc") == "6.00", "the payee did not get it")
        say("  held, released, moved, cancelled")

        wallet(network, "cbcny", "liquidity", "credit-line", "20.00 CNY", "--account", "BANKA:1")
        _, result = instruct(network, "banka", "15.00 CNY", "BANKB:1")
        check(result == "settled", f"a payment within the credit line is {result}")
        wallet(network, "banka", "liquidity", "reserve", "4.00 CNY", "--for", "urgent")
        wallet(network, "banka", "liquidity", "limit", "3.00 CNY", "--to", "BANKB:1")
        shown = tables(wallet(network, "banka", "liquidity", "show", "--asset", "CNY"))
        check((shown[0][0]["drawn"], shown[0][0]["usable_normal"], shown[0][0]["usable_urgent"]) ==
              ("15.00", "1.00", "5.00"), f"liquidity: {shown}")
        check(shown[1][0]["limit"] == "3.00", f"limits: {shown}")
        normal, result = instruct(network, "banka", "2.00 CNY", "BANKB:1")
        check(result == "queued", f"a payment of reserved liquidity is {result}")
        wallet(network, "operator", "queue", "resolve")
        check(payment(network, "banka", normal)["status"] == "queued", "a run used what is reserved")
        watch = wallet(network, "banka", "queue", "--watch", "--seconds", "2")
        check(rows(watch)[0]["payment"] == normal, f"the watch shows {watch.out}")
        say("  credit line, reserve and limit hold")

        soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=8)
        late, result = instruct(network, "bankb", "900.00 CNY", "BANKC:1", "--latest", soon.strftime("%Y-%m-%dT%H:%M:%SZ"))
        check(result == "queued", f"a payment with a latest time is {result}")
        harness.wait_for("its latest time has passed", lambda: datetime.datetime.now(datetime.timezone.utc) > soon)
        wallet(network, "cbcny", "issue", "--to", "BANKC:1", "1.00 CNY")  # an idle network makes no blocks
        shown = payment(network, "bankb", late)
        check((shown["status"], shown["reason"], shown["reason_iso20022"]) == ("rejected", "timed-out", "AB03"),
              f"after its latest time it is {shown}")
        say("  a latest time rejects")
        finish(network)


def finish(network):
    """All nodes agree, and the auditor finds the same."""
    network.wait_level()
    network.stop_all()
    network.audit("data", network.nodes[0].home)
    say("  the auditor's replay is clean")


if __name__ == "__main__":
    harness.main([a_gridlock_stands_until_liquidity_comes_and_a_forecast_says_how_much,
                  what_waits_can_be_held_released_moved_cancelled_and_times_out])
