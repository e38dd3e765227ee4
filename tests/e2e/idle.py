"""A network without work does nothing, and wakes up for the next payment."""

import time

import harness
from harness import Network, check, say

WATCHED_SECONDS = 8
LOOKS_PER_SECOND = 4
CPU_SHARE_MAX = 0.05  # of one core, per validator


def consensus_state(node):
    status = node.status()
    return {key: status[key] for key in ("final_height", "executed_height", "certified_height", "view")}


def an_idle_network_makes_no_blocks():
    with Network() as network:
        network.start()
        network.pay("banka", "account", "open")
        height = network.wait_level()
        states = [consensus_state(node) for node in network.nodes]
        cpu = [node.cpu_seconds() for node in network.nodes]
        began = time.monotonic()
        for look in range(1, WATCHED_SECONDS * LOOKS_PER_SECOND + 1):
            time.sleep(max(0, began + look / LOOKS_PER_SECOND - time.monotonic()))
            now = [consensus_state(node) for node in network.nodes]
            check(now == states, f"something moved without work: {states} became {now}")
        watched = time.monotonic() - began
        used = [(after.cpu_seconds() - before) / watched for after, before in zip(network.nodes, cpu)]
        check(max(used) <= CPU_SHARE_MAX, f"idle validators use {used} of a core")
        say(f"  height {height} and every view stood still for {watched:.0f} s; the validators used "
            f"{', '.join(f'{share:.1%}' for share in used)} of a core")

        network.pay("banka", "account", "open", "--number", "2")
        say(f"  and the next transaction was final at once, at height {network.wait_level()}")


if __name__ == "__main__":
    harness.main([an_idle_network_makes_no_blocks])
