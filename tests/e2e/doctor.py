"""Status and doctor say in words what is wrong with a network, a node and a home."""

import os
import time

import harness
from harness import Network, check, run, say, wait_for


def examine(node, code, *arguments):
    return run("huangpu-node", "doctor", "--home", node.home, "--output", "json", *arguments, code=code).json()


def texts(report, topic, level=None):
    lines = report["remarks"] + report["checks"]
    return [each["text"] for each in lines
            if each["topic"] == topic and level in (None, each["level"])]


def a_stalled_network_says_whose_part_is_missing():
    with Network() as network:
        a, _, c, d = network.nodes
        healthy = examine(a, 0)
        check(not healthy["running"] and "no node answers" in healthy["not_running"], f"not started yet: {healthy}")
        network.start()
        payer = network.payer(rate=100)
        payer.wait_more(50)

        def without_problem():
            report = run("huangpu-node", "doctor", "--home", a.home, "--output", "json", code=None).json()
            return report if report["exit_code"] == 0 else None

        report = wait_for("the doctor finds nothing in a working node", without_problem, timeout=60)
        check(report["running"], f"the node runs: {report}")
        say(f"  at work: {texts(report, 'height')[0]}")

        c.kill()
        d.kill()
        dead = sorted([c.name, d.name])

        def stalled():
            found = texts(examine(a, 10), "height", "problem")
            return found[0] if found and f"waiting for 1 of {', '.join(dead)}" in found[0] else None

        sentence = wait_for("the doctor names the two dead validators", stalled, timeout=90, interval=0.5)
        for name in dead:
            check(f"{name} is down, last heard" in sentence, f"nothing is said about {name}: {sentence}")
        say(f"  two dead of four: {sentence}")
        began = time.monotonic()
        a.status()
        took = time.monotonic() - began
        check(took < 2, f"the status of a stalled node took {took:.1f} s")
        printed = run("huangpu-node", "status", "--home", a.home, code=10)
        check("PROBLEM" in printed.out and dead[0] in printed.out, f"status does not say it: {printed}")

        flight = a.path("data", "flight")
        written = wait_for("the stalled node has written its flight recorder", timeout=30,
                           question=lambda: [name for name in os.listdir(flight) if "stalled" in name])
        read = run("huangpu-node", "doctor", "--read", os.path.join(flight, written[0])).out
        for word in ("because of: stalled", "peer-down " + c.name, "received vote from", "vote-durable", "final"):
            check(word in read, f"{word} is not in the recording")
        asked = run("huangpu-node", "doctor", "--home", a.home, "--record").out.strip()
        read = run("huangpu-node", "doctor", "--read", asked).out
        check("because of: asked" in read and "trouble" in read, f"{asked} does not say that it was asked for")
        say(f"  {len(read.splitlines()) - 1} events in {os.path.basename(asked)}, {os.path.getsize(asked)} bytes")

        c.start()
        d.start()
        payer.wait_more(50)
        payer.finish()
        network.stop_all()


def a_home_is_examined_without_its_node():
    with Network() as network:
        network.start()
        network.pay("banka", "account", "open")
        for _ in range(8):  # blocks enough for damage in their middle
            network.pay("cbcny", "issue", "1.00 CNY", "--to", "BANKA:1")
        network.wait_level()
        a, b, _, _ = network.nodes
        network.stop_all()
        report = examine(a, 0, "--scrub")
        check(not report["running"] and "every one read" in texts(report, "blocks")[0], f"{report}")
        say(f"  {texts(report, 'blocks')[0]}")

        passphrase = a.path("keys", "passphrase")
        os.chmod(passphrase, 0o644)
        found = texts(examine(a, 11), "permissions", "problem")
        check(found and passphrase in found[0], f"the open passphrase is not named: {found}")
        os.chmod(passphrase, 0o600)

        segments = sorted(os.listdir(a.path("data", "blocks", "chain")))
        damaged = a.path("data", "blocks", "chain", segments[0])
        harness.flip_byte(damaged, os.path.getsize(damaged) // 3)
        found = texts(examine(a, 5, "--scrub"), "blocks", "problem")
        check(found and segments[0] in found[0], f"the damaged file is not named: {found}")
        say(f"  {found[0]}")

        state = b.path("sign-state")
        for name in ("a.sign-state", "b.sign-state"):
            os.rename(os.path.join(state, name), os.path.join(state, name + ".away"))
        check(texts(examine(b, 6), "sign-state", "problem"), "a missing sign-state is no problem")


if __name__ == "__main__":
    harness.main([
        a_stalled_network_says_whose_part_is_missing,
        a_home_is_examined_without_its_node,
    ])
