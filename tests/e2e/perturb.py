"""Perturbs a network of real processes under payments, by a manifest or by chance, and judges what clients saw.

A manifest is a JSON object: `validators`, `rate` (payments per second), `workers`, and `perturbations`, a list of
objects with `kind`, `seconds` (how long), `after` (the pause before it) and what the kind needs:

  kill        nodes                 SIGKILL; started again after the time
  stop        nodes                 SIGSTOP, then SIGCONT
  slow        nodes, delay, jitter  all links of these nodes, in seconds one-way
  lossy       nodes, loss           share of packets lost
  narrow      nodes, rate           bytes per second of each link and direction
  cut         nodes                 nothing passes between these nodes and the others
  mute, deaf  nodes                 nothing that they send, or that is sent to them, passes
  disconnect  nodes                 their connections end and new ones are refused
  clock       nodes, step           the wall clock of these nodes jumps by seconds (needs libfaketime)

With f or fewer nodes hit, finality goes on; with more it may stop. After each perturbation ended, payments must be
final again within RESUME_SECONDS without a longer silence, and the nodes that were hit must be level, or in a
quarantine that says why, within LEVEL_SECONDS. At the end the history of all answers is judged (history.py).

`--seed` draws the perturbations; `--minutes` keeps drawing until the time is over; `--manifest` reads them. What was
drawn is written beside the logs of a run that failed and can be given back by --manifest.
"""

import argparse
import glob
import json
import os
import random
import time

import harness
import history
import relay
from harness import Failure, Network, check, now_ms, say, spawn

RESUME_SECONDS = 10
LEVEL_SECONDS = 60
CLOCK_SLACK_SECONDS = 3  # a loaded machine between two looks at clocks
FIRST_PAYMENTS = 100
PAYMENTS_AFTER = 20
NEEDS = {"kill": (), "stop": (), "slow": ("delay", "jitter"), "lossy": ("loss",), "narrow": ("rate",), "cut": (),
         "mute": (), "deaf": (), "disconnect": (), "clock": ("step",)}


def faketime_library():
    """For programs with threads; None where the package is not installed."""
    found = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
    return found[0] if found else None


def read_manifest(path):
    with open(path, encoding="utf-8") as file:
        manifest = json.load(file)
    check_manifest(manifest)
    return manifest


def check_manifest(manifest):
    for each in manifest["perturbations"]:
        check(each.get("kind") in NEEDS, f"no such kind of perturbation: {each}")
        check(set(each) == {"kind", "nodes", "seconds", "after", *NEEDS[each["kind"]]},
              f"a perturbation has exactly kind, nodes, seconds, after and what its kind needs: {each}")
        check(each["nodes"] and all(0 <= node < manifest["validators"] for node in each["nodes"]),
              f"no such nodes: {each}")


def draw(chance, validators, longest, clock):
    """One perturbation: mostly of no more nodes than may fail, sometimes of all."""
    kind = chance.choice(sorted(NEEDS) if clock else sorted(set(NEEDS) - {"clock"}))
    tolerated = (validators - 1) // 3
    count = chance.choices([max(1, tolerated), tolerated + 1, validators], weights=[70, 20, 10])[0]
    each = {"kind": kind, "nodes": sorted(chance.sample(range(validators), count)),
            "seconds": round(chance.uniform(1.5, longest), 1), "after": round(chance.uniform(0.5, 3), 1)}
    each.update({"slow": {"delay": round(chance.uniform(0.01, 0.3), 3), "jitter": round(chance.uniform(0, 0.1), 3)},
                 "lossy": {"loss": round(chance.uniform(0.01, 0.2), 3)},
                 "narrow": {"rate": chance.choice([32_000, 128_000, 512_000])},
                 "clock": {"step": chance.choice([-1, 1]) * round(chance.uniform(0.5, 20), 1)}}.get(kind, {}))
    return each


def random_manifest(seed, count, validators=4, longest=6, clock=False):
    chance = random.Random(seed)
    return {"validators": validators, "rate": 100, "workers": 16, "seed": seed,
            "perturbations": [draw(chance, validators, longest, clock) for _ in range(count)]}


class Perturber:
    """Begins and ends perturbations of one network."""

    def __init__(self, network, links):
        self.network = network
        self.links = links
        self.clocks = {}

    def prepare_clocks(self, library):
        """Before the nodes start: their wall clocks follow a file; the monotonic clock is left alone."""
        for node in self.network.nodes:
            path = os.path.join(self.network.folder, node.name + ".clock")
            self.clocks[node.index] = path
            self._set_clock(node.index, 0)
            node.environment.update({"LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": path,
                                     "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_CACHE_DURATION": "1",
                                     "FAKETIME_DONT_RESET": "1"})

    def _set_clock(self, index, step):
        with open(self.clocks[index] + ".new", "w", encoding="ascii") as file:
            file.write(f"{step:+.1f}\n")
        os.rename(self.clocks[index] + ".new", self.clocks[index])

    def _check_clock(self, node, step):
        """The node itself must have seen the jump: its flight recordings bear its wall clock."""
        path = harness.run("huangpu-node", "doctor", "--home", node.home, "--record").out.strip()
        ahead = int(os.path.basename(path).split("-")[0]) / 1000 - time.time()
        check(abs(ahead - step) < CLOCK_SLACK_SECONDS, f"the clock of {node.name} is {ahead:.1f} s ahead, not {step}")

    def begin(self, each):
        kind, hit = each["kind"], each["nodes"]
        nodes = [self.network.nodes[index] for index in hit]
        others = [index for index in range(self.links.count) if index not in hit] or hit
        pairs = self.links.pairs(hit)
        if kind == "kill":
            for node in nodes:
                node.process.kill()
            for node in nodes:
                node.process.wait()
        elif kind == "stop":
            for node in nodes:
                node.suspend()
        elif kind == "slow":
            self.links.shape(pairs, delay=each["delay"], jitter=each["jitter"])
        elif kind == "lossy":
            self.links.shape(pairs, loss=each["loss"])
        elif kind == "narrow":
            self.links.shape(pairs, rate=each["rate"])
        elif kind == "cut":
            self.links.shape(self.links.pairs(hit, others), held=True)
        elif kind == "mute":
            self.links.shape([(a, b) for a, b in pairs if a in hit], held=True)
        elif kind == "deaf":
            self.links.shape([(a, b) for a, b in pairs if b in hit], held=True)
        elif kind == "disconnect":
            self.links.refuse(pairs)
        elif kind == "clock":
            for index in hit:
                self._set_clock(index, each["step"])

    def end(self, each):
        kind, hit = each["kind"], each["nodes"]
        if kind == "kill":
            for index in hit:
                self.network.nodes[index].start()
        elif kind == "stop":
            for index in hit:
                self.network.nodes[index].resume()
        elif kind == "clock":
            for index in hit:
                self._check_clock(self.network.nodes[index], each["step"])
                self._set_clock(index, 0)
        else:
            self.links.heal()


class Run:
    """One network under one manifest."""

    def __init__(self, network, payer, perturber):
        self.network = network
        self.payer = payer
        self.perturber = perturber
        self.results = []
        self.quarantined = set()

    def _level(self, hit):
        """Whether the nodes that were hit are ready, or in a quarantine that says why."""
        for index in hit:
            node = self.network.nodes[index]
            check(node.running(), f"{node.name} ended with exit code {node.process.poll()}")
            status = node.status()
            if status["quarantined"]:
                check(status["waiting_for"], f"{node.name} is in quarantine and does not say why")
                self.quarantined.add(index)
            elif not status["ready"]:
                return False
        return True

    def perturb(self, number, each):
        time.sleep(each["after"])
        began_ms = now_ms()
        self.perturber.begin(each)
        time.sleep(each["seconds"])
        self.perturber.end(each)
        ended_ms = now_ms()
        ended = time.monotonic()
        harness.wait_for(f"{PAYMENTS_AFTER} payments after perturbation {number} are final: {each}",
                         lambda: sum(f.at_ms > ended_ms for f in self.payer.finals()[-1000:]) >= PAYMENTS_AFTER,
                         timeout=LEVEL_SECONDS)
        harness.wait_for(f"nodes {each['nodes']} are level after perturbation {number}: {each}",
                         lambda: self._level(each["nodes"]), timeout=LEVEL_SECONDS)
        level = time.monotonic() - ended
        resumed = min(f.at_ms for f in self.payer.finals() if f.at_ms > ended_ms) - ended_ms
        during, _ = self.payer.longest_silence(began_ms, ended_ms)
        after, since = self.payer.longest_silence(ended_ms, now_ms())
        self.results.append({**each, "silence_during": round(during, 2), "resumed": round(resumed / 1000, 2),
                             "silence_after": round(after, 2), "level": round(level, 2)})
        what = {key: each[key] for key in NEEDS[each["kind"]]}
        say(f"  {number:3} {each['kind']:10} nodes {each['nodes']} {each['seconds']:4} s {what or ''}: silence "
            f"{during:.1f} s during; final again after {resumed / 1000:.2f} s, longest silence {after:.1f} s, level after "
            f"{level:.1f} s")
        check(after <= RESUME_SECONDS,
              f"perturbation {number}: no final answer for {after:.1f} s from {since} on, after it had ended")

    def worst(self):
        def most(key):
            return max((each[key] for each in self.results), default=0)

        return {"perturbations": len(self.results), "resumed_max_s": most("resumed"),
                "silence_after_max_s": most("silence_after"), "target_resume_s": RESUME_SECONDS,
                "level_max_s": most("level"), "target_level_s": LEVEL_SECONDS,
                "quarantined": sorted(self.quarantined)}


def campaign(manifest, minutes=0, clock=False, audit=True):
    """All perturbations of the manifest; with `minutes` drawing on from its seed until they are over."""
    check_manifest(manifest)
    clock = clock or any(each["kind"] == "clock" for each in manifest["perturbations"])
    library = faketime_library()
    check(not clock or library, "clocks cannot be stepped without the package faketime")
    done = []
    with Network(validators=manifest["validators"]) as network:
        links = relay.Links(network, spawn)
        perturber = Perturber(network, links)
        if clock:
            perturber.prepare_clocks(library)
        network.start()
        payer = network.payer(rate=manifest["rate"], workers=manifest["workers"])
        payer.wait_more(FIRST_PAYMENTS)
        one = Run(network, payer, perturber)
        began = time.monotonic()
        chance = random.Random(manifest.get("seed", 0))
        waiting = list(manifest["perturbations"])
        try:
            while waiting or time.monotonic() - began < minutes * 60:
                each = waiting.pop(0) if waiting else draw(chance, manifest["validators"], 8, clock)
                done.append(each)
                one.perturb(len(done), each)
            outcome = history.check_outcome(network, payer, audit, one.quarantined)
        except Failure:
            path = os.path.join(network.folder, "manifest.json")
            with open(path, "w", encoding="utf-8") as file:
                json.dump({**manifest, "perturbations": done}, file, indent=1)
            say(f"  what was done so far: --manifest {path}")
            raise
        seconds = time.monotonic() - began
        say("  " + json.dumps({"seed": manifest.get("seed"), "seconds": round(seconds), **one.worst(), **outcome}))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    harness.add_arguments(parser)
    parser.add_argument("--manifest", help="a JSON file")
    parser.add_argument("--seed", type=int, help="default: by chance, and printed")
    parser.add_argument("--minutes", type=float, default=0)
    parser.add_argument("--count", type=int, default=6, help="perturbations to draw when no minutes are given")
    parser.add_argument("--validators", type=int, default=4)
    parser.add_argument("--rate", type=int, default=100, help="payments per second")
    parser.add_argument("--no-clock", action="store_true", help="no steps of wall clocks")
    parser.add_argument("--print-manifest", action="store_true", help="print what would be done, and end")
    arguments = parser.parse_args()

    clock = not arguments.no_clock and faketime_library() is not None
    if arguments.manifest:
        manifest = read_manifest(arguments.manifest)
    else:
        seed = arguments.seed if arguments.seed is not None else random.SystemRandom().randrange(1_000_000)
        manifest = random_manifest(seed, 0 if arguments.minutes else arguments.count, arguments.validators, clock=clock)
        manifest["rate"] = arguments.rate
        say(f"seed {seed}")
    if arguments.print_manifest:
        say(json.dumps(manifest, indent=1))
        return

    def perturbed_validators_lose_nothing_and_finality_resumes():
        campaign(manifest, arguments.minutes, clock and not arguments.manifest)

    harness.main([perturbed_validators_lose_nothing_and_finality_resumes], arguments)


if __name__ == "__main__":
    main()
