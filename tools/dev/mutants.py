#!/usr/bin/env python3
"""Shows that every planted bug is caught within a minute of one core (tests/mutants/README.md).

usage: mutants.py BUILD [--only N,N..] [--seconds T] [--from SEED]

BUILD is the build folder of `./dev sim --mutants`. Bug 0 is none: what catches it would catch anything.
"""
import argparse
import os
import re
import resource
import subprocess
import sys
import tempfile
import time

# Number, the mistake, and what must catch it: seeds of the simulator, or the named test of a test program.
SIMULATOR = None
MUTANTS = [
    (1, "a quorum of one weight too little", SIMULATOR),
    (2, "a signer counted twice", SIMULATOR),
    (3, "a vote sent before its sync", SIMULATOR),
    (4, "the error of a sync ignored", SIMULATOR),
    (5, "the sign-state ahead of the synced frame", SIMULATOR),
    (6, "the sign-state inside the data folder", ("unit/node/config/hp_config_test", "*")),
    (7, "a nullify vote that is not logged", SIMULATOR),
    (8, "a finalize after a nullify", SIMULATOR),
    (9, "the gap of a justification not checked", SIMULATOR),
    (10, "signed bytes without the epoch", SIMULATOR),
    (11, "signed bytes without the chain", SIMULATOR),
    (12, "the boundary's certificate checked against the new set", ("unit/consensus/hp_consensus_test", "*Light*:*Client*")),
    (13, "a boundary built upon before it is final", ("unit/consensus/hp_consensus_test", "Engine.*")),
    (14, "the wall clock in a timer", ("unit/consensus/hp_consensus_test", "Engine.*")),
    (15, "timers that grow without a cap", ("sim/hp_sim_test", "Timers.*")),
    (16, "a sync target kept when its peer has gone", ("unit/consensus/hp_consensus_test", "Engine.*")),
    (17, "a log cut off at its first bad checksum", ("unit/consensus/hp_consensus_test", "Replay.*")),
    (18, "a record accepted for its checksum without its place", ("unit/ledger_store/hp_store_test", "Archive.*")),
    (19, "ids forgotten before their window ends", SIMULATOR),
    (20, "validity that depends on local configuration", SIMULATOR),
    (21, "an order of memory addresses in a root", SIMULATOR),
    (22, "a client reference that pays again", SIMULATOR),
    (23, "a transaction known by its bytes and not by its body", ("unit/ledger/hp_ledger_test", "*nvelope*")),
    (24, "a lock held while the owner is told of a peer",
     ("unit/node/transport/hp_transport_test", "PeerNetwork.AnOwner*")),
    (25, "a restored backup that votes at once", SIMULATOR),
]


def run(build, number, catcher, seconds, first_seed):
    """What a bug left behind: (caught, by what, seconds)."""
    if catcher is SIMULATOR:
        command = [f"{build}/bin/huangpu-sim", "--from", str(first_seed), "--seeds", "1000000"]
    else:
        command = [f"{build}/tests/{catcher[0]}", f"--gtest_filter={catcher[1]}", "--gtest_brief=1"]

    def limit():
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    with tempfile.TemporaryFile("w+") as out:
        child = subprocess.Popen(command, stdout=out, stderr=out, preexec_fn=limit,
                                 env=dict(os.environ, HP_MUTANT=str(number)))
        try:
            code = child.wait(timeout=seconds * 30)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            code = None
        out.seek(0)
        text = out.read()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    took = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    if catcher is SIMULATOR:
        failed = re.search(r"^FAIL seed=(\d+).* rule=(\S+)", text, re.M)
        if code == 1 and failed:
            return True, f"{failed.group(2)}, seed {failed.group(1)}", took
        if code == -6:
            return True, "an assertion: " + text.strip().splitlines()[-1][:100], took
        return False, f"nothing in {took:.0f} s (exit {code})", took
    failed = re.search(r"^\[  FAILED  \] (\S+?)[, ]", text, re.M)
    if code == 1 and failed:
        return True, failed.group(1), took
    if code in (0, None) or not failed:
        return False, f"nothing in {time.monotonic() - began:.0f} s (exit {code})", took
    return False, f"exit {code}", took


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("build")
    parser.add_argument("--only", default="")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--from", dest="first_seed", type=int, default=1)
    options = parser.parse_args()
    only = {int(number) for number in options.only.split(",") if number}

    if not only or 0 in only:
        caught, by, took = run(options.build, 0, SIMULATOR, options.seconds, options.first_seed)
        print(f"M00 nothing planted: {'caught by ' + by if caught else 'nothing found'}, {took:.0f} s", flush=True)
        if caught:
            return 1
    missed = []
    for number, mistake, catcher in MUTANTS:
        if only and number not in only:
            continue
        caught, by, took = run(options.build, number, catcher, options.seconds, options.first_seed)
        print(f"M{number:02} {mistake}: {'caught by ' + by if caught else 'MISSED, ' + by}, {took:.1f} s", flush=True)
        if not caught:
            missed.append(number)
    print(f"missed: {missed}" if missed else "every planted bug was caught")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
