"""Judges what clients were told against each other, and against what every validator holds.

The record of a payer (payer.cpp) is a history: when a payment was begun, when its final answer came, and at which
place of the chain. It is judged here by itself first, so that nothing depends on what the nodes say afterwards:

  once      no payment has two places, and no place two payments
  order     who began after another's final answer stands behind it; so the payments of one account, too, stand in
            the order in which its owner saw them
  conserved the balances that the final answers make are together what was issued

Then every validator is asked for its whole chain, which must say the same (nothing final is ever unsaid, nothing
expired happened), the auditor replays it, and the archives of all validators must be equal.
"""

import os

import archive
from harness import check, run, say

MUST_NOT_BE_LOGGED = ["equivocation", "guard-refused", "diverged", "quarantine-entered", "store-failed",
                      "node-failed", "consensus-alarm"]


def check_answers(finals):
    """`finals` as Payer.finals() gives them. Returns how many there are."""
    places = {}
    payments = set()
    for final in finals:
        place = (final.height, final.index)
        check(final.txid not in payments, f"payment {final.txid} was final twice")
        check(place not in places, f"{final.txid} and {places.get(place)} are both at {place}")
        payments.add(final.txid)
        places[place] = final.txid
    # Sweep over time: the highest place told before a payment began must be below its own.
    answered = sorted(finals, key=lambda f: f.at_ms)
    highest = (0, 0)
    told = 0
    for final in sorted(finals, key=lambda f: f.began_ms):
        while told < len(answered) and answered[told].at_ms < final.began_ms:
            highest = max(highest, (answered[told].height, answered[told].index))
            told += 1
        check((final.height, final.index) > highest,
              f"{final.txid} began at {final.began_ms} and is at {(final.height, final.index)}, but {highest} was "
              f"final before")
    return len(finals)


def check_conserved(record, units_each):
    with open(record, encoding="ascii") as file:
        balances = [int(line.split()[2]) for line in file if line.startswith("balance ")]
    check(balances and sum(balances) == units_each * len(balances),
          f"{len(balances)} accounts hold {sum(balances)} units in place of {units_each} each")
    check(min(balances) >= 0, f"an account is {min(balances)} units below nothing")
    return len(balances)


def check_logs(nodes, allowed=()):
    for node in nodes:
        with open(node.log, encoding="utf-8", errors="replace") as log:
            for line in log:
                event = line.split(": ", 1)[0].split()
                check(not event or event[-1] not in MUST_NOT_BE_LOGGED or event[-1] in allowed,
                      f"{node.name} logged: {line}")


def check_outcome(network, payer, audit=True, quarantined=()):
    """Ends the payer and the network, and judges everything. `quarantined`: validators that may be."""
    summary = payer.finish()
    finals = check_answers(payer.finals())
    check_conserved(payer.record, payer.units_each)
    height = network.wait_level()
    for node in network.nodes:
        check(node.index in quarantined or not node.status()["quarantined"], f"{node.name} is in quarantine")
    verified = payer.verify()
    say(f"  {finals} final answers contradict neither each other nor the chains of all {len(network.nodes)} nodes, to "
        f"height, index and code; {summary['expired']} payments expired and are in none; {verified['balances']} "
        f"balances are as paid; height {height}")
    network.stop_all()
    check_logs(network.nodes)
    if audit:
        archives = []
        for node in network.nodes:
            path = os.path.join(network.folder, node.name + ".archive")
            run("huangpu-node", "export", "--home", node.home, "--out", path, timeout=600)
            report = network.audit("archive", path).json()
            check(report["last_height"] == height, f"{node.name}'s archive ends at {report['last_height']}")
            archives.append(path)
        common = archive.check_equal(archives)
        check(common == height, f"the archives are equal up to {common} only, not {height}")
        say(f"  no fork: {len(archives)} archives are equal up to height {common}, and the auditor finds each clean")
    return {"height": height, "final": verified["finals"], "expired": summary["expired"]}
