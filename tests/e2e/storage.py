"""Damaged, missing and stale files: repaired, refused by name, or quarantined, and never a wrong vote."""

import os
import shutil
import time

import harness
from harness import Network, Node, check, flip_byte, run, say, wait_for

EXIT_CONFIGURATION = 3
EXIT_WRONG_CHAIN = 4
EXIT_DAMAGED = 5
EXIT_GUARD = 6
EXIT_ALREADY_RUNNING = 13
NO_PROGRESS_SECONDS = 5


def files_of(folder, suffix):
    names = [name for name in os.listdir(folder) if name.endswith(suffix)]
    check(names, f"{folder} holds no *{suffix}")
    return sorted(os.path.join(folder, name) for name in names)


def logged(node, event, since=0, sentence=""):
    """How often the node logged an event with these words."""
    with open(node.log, "rb") as log:
        log.seek(since)
        lines = log.read().decode(errors="replace").splitlines()
    return sum(f" {event}: " in line and sentence in line for line in lines)


def log_size(node):
    return os.path.getsize(node.log)


def restart_repaired(network, node, sentence):
    """Starts a node that must mend itself and say so, and waits until it is level again."""
    size = log_size(node)
    node.start()
    network.wait_ready(node)
    network.wait_level()
    check(logged(node, "store-repaired", size, sentence), f"{node.name} did not log: {sentence}")


def damaged_files_are_rebuilt_or_refused_by_name():
    with Network() as network:
        network.start()
        payer = network.payer()
        payer.wait_more(300)
        payer.finish()
        network.wait_level()
        node = network.nodes[1]
        state = node.path("data", "state")

        check(node.stop() == 0, "SIGTERM is an orderly stop with exit code 0")
        say("  SIGTERM: exit code 0")
        shutil.rmtree(state)
        restart_repaired(network, node, "executing blocks 1 to")
        say("  RocksDB folder deleted: rebuilt from the block store")

        more = network.payer(name="more", accounts=43)
        more.wait_more(100)
        node.kill()
        more.finish()
        log = max(files_of(state, ".log"), key=os.path.getsize)
        check(os.path.getsize(log) > 0, "RocksDB's log holds nothing to damage")
        flip_byte(log, os.path.getsize(log) // 2)
        node.start()
        network.wait_ready(node)
        network.wait_level()
        say(f"  a byte flipped in RocksDB's log {os.path.basename(log)} after a kill: level with the others again")

        check(node.stop() == 0, "SIGTERM is an orderly stop with exit code 0")
        node.start()  # RocksDB writes its log into tables when it opens
        network.wait_ready(node)
        check(node.stop() == 0, "SIGTERM is an orderly stop with exit code 0")
        table = max(files_of(state, ".sst"), key=os.path.getsize)
        flip_byte(table, os.path.getsize(table) // 3)
        restart_repaired(network, node, "discarded and made again from the block store")
        say(f"  a byte flipped in {os.path.basename(table)}: rebuilt from the block store")

        check(node.stop() == 0, "SIGTERM is an orderly stop with exit code 0")
        segment = files_of(node.path("data", "blocks", "chain"), ".seg")[0]
        for part in (4, 2):
            place = os.path.getsize(segment) // part
            flip_byte(segment, place)
            code, text = node.start_refused()
            check(code == EXIT_DAMAGED and segment in text, f"a damaged segment gave exit code {code}: {text}")
            say(f"  a byte flipped in the block store: {text.strip().splitlines()[-1]}")
            flip_byte(segment, place)
        node.start()
        network.wait_ready(node)
        network.wait_level()
        say("  the byte set right again: it starts")

        payer.verify()
        more.verify()
        network.stop_all()
        roots = set()
        for each in network.nodes:
            report = network.audit("data", each.home).json()
            roots.add(report["state_root"])
        check(len(roots) == 1, f"state roots differ: {roots}")
        say(f"  events and balances are the same on all four, the auditor's root is {roots.pop()}")


def a_node_refuses_a_wrong_home():
    with Network() as network:
        network.start()
        node = network.nodes[2]

        code, text = node.start_refused()
        check(code == EXIT_ALREADY_RUNNING, f"a second process on one home gave exit code {code}: {text}")
        check(node.ready(), f"{node.name} was disturbed by the second process")
        say(f"  a second process on the same home: {text.strip().splitlines()[-1]}")

        check(node.stop() == 0, "SIGTERM is an orderly stop with exit code 0")
        config = node.path("config.toml")
        with open(config, encoding="utf-8") as file:
            right = file.read()
        wrong = right.replace('name = "validator-c"', 'nmae = "validator-c"').replace(
            'reconnect_max = "5s"', 'reconnect_max = "5 parsecs"').replace(
            "reflection = false", "reflection = 7")
        with open(config, "w", encoding="utf-8") as file:
            file.write(wrong)
        code, text = node.start_refused()
        check(code == EXIT_CONFIGURATION, f"a wrong configuration gave exit code {code}: {text}")
        for expected in ("nmae", "name", "reconnect_max", "reflection"):
            check(expected in text, f"the report of a wrong configuration does not name {expected}: {text}")
        say("  three mistakes in one configuration are reported together:")
        for line in text.strip().splitlines():
            say(f"    {line}")
        with open(config, "w", encoding="utf-8") as file:
            file.write(right)

        aside = node.path("sign-state-aside")
        os.rename(node.path("sign-state"), aside)
        code, text = node.start_refused()
        check(code == EXIT_GUARD and "sign-state" in text, f"without sign-state: exit code {code}: {text}")
        say(f"  without its sign-state: {text.strip().splitlines()[-1]}")
        shutil.rmtree(node.path("sign-state"), ignore_errors=True)
        os.rename(aside, node.path("sign-state"))

        other = network.nodes[3]
        check(other.stop() == 0, "SIGTERM is an orderly stop with exit code 0")
        check_foreign_key_is_refused(node, other)
        node.start()
        other.start()
        network.wait_ready(node)
        network.wait_ready(other)
        say("  with everything in its place both start again")


def check_foreign_key_is_refused(node, other):
    """The sign-state of one key never serves another."""
    aside = node.path("sign-state-aside")
    os.rename(node.path("sign-state"), aside)
    shutil.copytree(other.path("sign-state"), node.path("sign-state"))
    code, text = node.start_refused()
    check(code == EXIT_GUARD, f"with another key's sign-state: exit code {code}: {text}")
    say(f"  with another key's sign-state: {text.strip().splitlines()[-1]}")
    shutil.rmtree(node.path("sign-state"))
    os.rename(aside, node.path("sign-state"))


def check_quarantined(node, absent):
    """It says that it does not vote and whom it waits for, and it does not vote."""
    wait_for(f"{node.name} says that it is quarantined", lambda: node.status()["quarantined"])
    status = node.status()
    check(not status["ready"], "a quarantined validator calls itself ready")
    voting = [item for item in status["checks"] if item["name"] == "voting"]
    check(voting and not voting[0]["ok"], f"the check of voting does not fail: {status['checks']}")
    wait_for(f"{node.name} says that it waits for {absent.name}",
             lambda: absent.name in node.status()["waiting_for"].rpartition("nothing from")[2])
    check(run("huangpu-node", "status", "--home", node.home, code=10).code == 10, "status has exit code 10")
    check(logged(node, "quarantine-entered") == 1, "the quarantine is not in the log once")
    wait_for("the metric says that it does not vote",
             lambda: node.metrics()["huangpu_consensus_quarantine"] == 1)
    say(f"  {node.name} is quarantined: {node.status()['waiting_for']}")


def check_nothing_final(nodes):
    """Three of four votes are a quorum; two voters and a quarantined one are none."""
    began, height = time.monotonic(), None
    while height is None or time.monotonic() - began < NO_PROGRESS_SECONDS:
        # What was voted for before may still become final.
        now = max(node.status()["final_height"] for node in nodes)
        if height is None or now != height:
            check(height is None or now < height + 100, "never ends")
            height, began = now, time.monotonic()
        time.sleep(0.2)
    say(f"  with one of the others down, nothing was final for {NO_PROGRESS_SECONDS} s: it does not vote")


def quarantine_scenario(make_stale, restore):
    with Network() as network:
        network.start()
        node, third, fourth = network.nodes[3], network.nodes[0], network.nodes[1]
        payer = network.payer(rate=100)
        payer.wait_more(100)
        check(node.stop() == 0, "SIGTERM is an orderly stop with exit code 0")
        make_stale(node)
        node.start()
        network.wait_ready(node)
        payer.wait_more(200)
        check(node.stop() == 0, "SIGTERM is an orderly stop with exit code 0")
        restore(node)
        third.kill()
        node.start()
        check_quarantined(node, third)
        check_nothing_final([other for other in network.nodes if other is not third])

        third.start()
        network.wait_ready(third)
        wait_for(f"{node.name} votes again", lambda: not node.status()["quarantined"])
        wait_for("the log says so", lambda: logged(node, "quarantine-left") == 1)
        checks = {item["name"]: item["ok"] for item in node.status()["checks"]}
        check(checks["voting"] and not checks["lane"], f"after the quarantine its lane is closed: {checks}")
        say(f"  {third.name} is back and said in which view it is: {node.name} votes again")
        fourth.kill()
        payer.wait_more(100)
        say(f"  with {fourth.name} down, payments go on: the vote of {node.name} counts")
        fourth.start()
        network.wait_ready(fourth)
        payer.wait_more(100)
        for other in network.nodes:
            counted = sum(value for name, value in other.metrics().items()
                          if name.startswith("huangpu_consensus_equivocations_total"))
            check(counted == 0, f"{other.name} saw contradicting signatures")
            check(not logged(other, "equivocation"), f"{other.name} logged an equivocation")
        summary = payer.finish()
        check(summary["errors"] == 0, f"payments failed: {summary}")
        network.wait_level()
        payer.verify()


def yesterdays_copy_of_the_data_folder_is_quarantined_and_comes_back():
    def copy(node):
        shutil.copytree(node.path("data"), node.path("yesterday"))

    def restore(node):
        shutil.rmtree(node.path("data"))
        os.rename(node.path("yesterday"), node.path("data"))

    quarantine_scenario(copy, restore)


def a_lost_vote_log_is_quarantined_and_comes_back():
    quarantine_scenario(lambda node: None, lambda node: shutil.rmtree(node.path("data", "votes")))


def yesterdays_copy_of_the_whole_home_is_quarantined_and_comes_back():
    def copy(node):
        for name in ("data", "sign-state"):
            shutil.copytree(node.path(name), node.path("yesterday", name))

    def restore(node):
        for name in ("data", "sign-state"):
            shutil.rmtree(node.path(name))
            os.rename(node.path("yesterday", name), node.path(name))

    quarantine_scenario(copy, restore)


def check_import_is_refused(node, archive, code, sentence, blocks):
    """Nothing remains of an archive that was refused, and what was there before is untouched."""
    answer = run("huangpu-node", "import", "--home", node.home, "--archive", archive, code=code)
    check(sentence in answer.err, f"the refusal does not say {sentence!r}: {answer.err}")
    check(os.path.exists(node.path("data", "blocks")) == blocks, "a refused import made or removed the blocks")
    check(not os.path.exists(node.path("data", "blocks.partial")), "a refused import left its copy behind")
    say(f"  refused: {answer.err.strip().splitlines()[0]}")


def a_home_is_restored_from_an_archive():
    with Network() as network:
        network.start()
        payer = network.payer()
        payer.wait_more(300)
        archive = os.path.join(network.folder, "chain.hpa")
        run("huangpu-node", "export", "--home", network.nodes[0].home, "--out", archive)
        report = network.audit("archive", archive).json()
        say(f"  exported from {network.nodes[0].name} under load: {report['last_height']} blocks")

        node = network.nodes[3]
        check_import_is_refused(node, archive, EXIT_CONFIGURATION, "without blocks", blocks=True)
        check(node.stop() == 0, "SIGTERM is an orderly stop with exit code 0")
        shutil.rmtree(node.path("data"))

        damaged = os.path.join(network.folder, "damaged.hpa")
        shutil.copy(archive, damaged)
        flip_byte(damaged, os.path.getsize(damaged) // 2)
        check_import_is_refused(node, damaged, EXIT_DAMAGED, "damaged", blocks=False)
        cut = os.path.join(network.folder, "cut.hpa")
        shutil.copy(archive, cut)
        os.truncate(cut, os.path.getsize(cut) - 10)
        check_import_is_refused(node, cut, EXIT_DAMAGED, "", blocks=False)
        other = os.path.join(network.folder, "other")
        created = run("huangpu-admin", "network", "create", "--validators", 4, "--out", other, "--base-port",
                      network.free_port(), "--evaluation-limits", "--suite", harness.suite, "--output", "json")
        stranger = Node(0, created.json()["nodes"][0], 0)
        check_import_is_refused(stranger, archive, EXIT_WRONG_CHAIN, "of chain", blocks=False)

        size = log_size(node)
        imported = run("huangpu-node", "import", "--home", node.home, "--archive", archive, "--output", "json").json()
        check(imported["last_height"] == report["last_height"], f"another height than the auditor's: {imported}")
        check(imported["state_root"] == report["state_root"], f"another state than the auditor's: {imported}")
        say(f"  imported {imported['last_height']} blocks with {imported['transactions']} transactions")
        node.start()
        wait_for(f"{node.name} is level", lambda: node.certified() > imported["last_height"])
        check(logged(node, "store-repaired", size, "executing blocks 1 to"), "the imported blocks were not executed")
        # It may have signed what the archive does not show.
        check(logged(node, "quarantine-entered", size) == 1, "a restored validator votes at once")
        wait_for(f"{node.name} votes again", lambda: logged(node, "quarantine-left", size) == 1)
        say(f"  {node.name} executed them, was quarantined, and votes again")
        payer.wait_more(100)
        network.end(payer, audit=[node])


if __name__ == "__main__":
    harness.main([
        damaged_files_are_rebuilt_or_refused_by_name,
        a_node_refuses_a_wrong_home,
        a_home_is_restored_from_an_archive,
        yesterdays_copy_of_the_data_folder_is_quarantined_and_comes_back,
        a_lost_vote_log_is_quarantined_and_comes_back,
        yesterdays_copy_of_the_whole_home_is_quarantined_and_comes_back,
    ])
