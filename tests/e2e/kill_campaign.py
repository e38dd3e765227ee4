"""Kills validators under load, one at a time and all at once.

After every kill payments must go on: within STALL_SECONDS of the last final answer, or of the restart where
all were dead. At the end no validator may have forked, forgotten a final answer or paid anything twice.
A seed gives the same victims and intervals again; what the processes do in between is theirs.
"""

import argparse
import json
import random
import time

import harness
import history
from harness import Network, check, now_ms, say

STALL_SECONDS = 10
FIRST_PAYMENTS = 200
PAYMENTS_BETWEEN = (20, 200)  # that are final between two kills, and while a victim is dead
AGAIN = 0.15  # of the victims are killed again while they come back


class Campaign:
    def __init__(self, network, payer, seed):
        self.network = network
        self.payer = payer
        self.random = random.Random(seed)
        self.kills = 0
        self.silences = []  # seconds without a final answer, around each kill
        self.returns = []  # seconds from the start of a victim's process until it is ready

    def pay_on(self):
        self.payer.wait_more(self.random.randint(*PAYMENTS_BETWEEN))

    def judge(self, what, since_ms):
        silence, began = self.payer.longest_silence(since_ms, now_ms())
        self.silences.append(silence)
        check(silence <= STALL_SECONDS, f"{what}: no final answer for {silence:.1f} s from {began} on")
        return silence

    def kill_one(self, number):
        victim = self.random.choice(self.network.nodes)
        killed_at = now_ms()
        victim.kill()
        self.kills += 1
        if self.random.random() < 0.5:
            self.pay_on()
        victim.start()
        again = self.random.random() < AGAIN
        if again:
            # Anywhere in its start: it may be opening its stores, or fetching what it missed.
            time.sleep(self.random.uniform(0, 3))
            victim.kill()
            self.kills += 1
            victim.start()
        started = time.monotonic()
        self.network.wait_ready(victim)
        self.returns.append(time.monotonic() - started)
        self.pay_on()
        silence = self.judge(f"kill {number}, {victim.name}", killed_at)
        say(f"  kill {number}: {victim.name}{' twice' if again else ''}, ready again after "
            f"{self.returns[-1]:.1f} s; longest silence {silence:.1f} s")

    def kill_all(self, number):
        for node in self.network.nodes:
            node.process.kill()  # all of them before any is waited for
        for node in self.network.nodes:
            node.process.wait()
        restarted_at = now_ms()
        for node in self.network.nodes:
            node.start()
        self.payer.wait_more(1)
        self.pay_on()
        silence = self.judge(f"all at once {number}", restarted_at)
        for node in self.network.nodes:
            self.network.wait_ready(node)
        say(f"  all at once {number}: first final answer and no longer silence than {silence:.1f} s "
            f"from the restart")


def percentile(values, percent):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] if ordered else 0


def report(name, values):
    return {f"{name}_p50": round(percentile(values, 50), 2), f"{name}_p90": round(percentile(values, 90), 2),
            f"{name}_max": round(max(values, default=0), 2)}


def campaign(kills, all_at_once, seed, rate, workers):
    say(f"  {kills} kills one at a time, {all_at_once} of all four at once; seed {seed}, up to {rate} payments/s "
        f"and {workers} at a time")
    with Network() as network:
        network.start()
        payer = network.payer(rate=rate, workers=workers)
        payer.wait_more(FIRST_PAYMENTS)
        began = time.monotonic()
        one = Campaign(network, payer, seed)
        while one.kills < kills:
            one.kill_one(one.kills + 1)
        every = Campaign(network, payer, seed + 1)
        for number in range(1, all_at_once + 1):
            every.kill_all(number)
        seconds = time.monotonic() - began
        outcome = {"kills": one.kills, "all_at_once": all_at_once, "seed": seed, "seconds": round(seconds),
                   "payments_per_second": round(payer.count() / seconds),
                   **report("silence_seconds", one.silences), **report("ready_seconds", one.returns),
                   **report("silence_from_restart_seconds", every.silences)}
        outcome.update(history.check_outcome(network, payer))
        say("  " + json.dumps(outcome))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    harness.add_arguments(parser)
    parser.add_argument("--kills", type=int, default=6, help="one at a time")
    parser.add_argument("--all-at-once", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=int, default=200, help="payments per second")
    parser.add_argument("--workers", type=int, default=32, help="payments under way at a time")
    arguments = parser.parse_args()

    def killed_validators_lose_nothing_and_never_stop_the_others():
        campaign(arguments.kills, arguments.all_at_once, arguments.seed, arguments.rate, arguments.workers)

    harness.main([killed_validators_lose_nothing_and_never_stop_the_others], arguments)


if __name__ == "__main__":
    main()
