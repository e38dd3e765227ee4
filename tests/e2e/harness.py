"""Runs Huangpu networks of real processes for the end-to-end tests.

A test is a function whose name is the sentence that must be true; `main` runs the functions of one file. Sentences that
do not need a network of their own are `Together`: one network and one payer for all of them.
Nothing here sleeps to let something happen: `wait_for` asks until the answer is there or the deadline is
over, and says at the end what it saw last. Processes are children of the test, are ended by their process
ids, and die with the test even if it is killed itself. A failed test shows the ends of the nodes' logs and
keeps its folder.

Only Python's standard library is used.
"""

import argparse
import collections
import ctypes
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback

FIRST_PORT = 24000  # up to 32767, where the ports begin that the kernel gives to outgoing connections
LAST_PORT = 32700
PORTS_PER_NETWORK = 100
NODE_NAMES = ["validator-a", "validator-b", "validator-c", "validator-d"]
RELAY_PORT = 70  # of a network's ports, the first that a relay may listen on
PR_SET_PDEATHSIG = 1
LOG_LINES_SHOWN = 40

_bin_folder = None
suite = "ed25519"  # of the networks; main sets it
_libc = ctypes.CDLL(None, use_errno=True)


class Failure(Exception):
    """What a test expected did not happen."""


def say(text):
    print(text, flush=True)


def check(condition, sentence):
    if not condition:
        raise Failure(sentence)


def wait_for(what, question, timeout=60, interval=0.05):
    """Asks until the answer is true, and returns it. `question` may fail while the answer is not there yet. Who waits for
    long asks less often, up to ten times the interval apart: questions cost the machine that is to do the work."""
    deadline = time.monotonic() + timeout
    seen, pause = None, interval
    while True:
        try:
            seen = question()
            if seen:
                return seen
        except (OSError, ValueError, KeyError, http.client.HTTPException) as error:
            seen = repr(error)
        if time.monotonic() >= deadline:
            raise Failure(f"not within {timeout} s: {what} (last seen: {seen})")
        time.sleep(pause)
        pause = min(pause * 1.3, 10 * interval)


def program(name):
    path = os.path.join(_bin_folder, name)
    check(os.access(path, os.X_OK), f"{path} is not there; build it first, or give --bin")
    return path


def _die_with_parent():
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def spawn(arguments, **options):
    return subprocess.Popen(arguments, preexec_fn=_die_with_parent, **options)


class Answer:
    """What a program printed and how it ended."""

    def __init__(self, arguments, code, out, err):
        self.arguments = arguments
        self.code = code
        self.out = out
        self.err = err

    def json(self):
        return json.loads(self.out)

    def __str__(self):
        command = " ".join([os.path.basename(self.arguments[0])] + self.arguments[1:])
        return f"`{command}` ended with {self.code}\n{self.out}{self.err}"


def run(name, *arguments, code=0, timeout=120, environment=None):
    """Runs a program to its end. `code` is the exit code it must have; None takes any."""
    command = [program(name), *map(str, arguments)]
    process = spawn(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                    text=True, errors="replace", env={**os.environ, **(environment or {})})
    try:
        out, err = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        raise Failure(f"did not end within {timeout} s: {Answer(command, None, out, err)}") from None
    answer = Answer(command, process.returncode, out, err)
    check(code is None or answer.code == code, f"exit code {code} expected: {answer}")
    return answer


Final = collections.namedtuple("Final", "at_ms txid height index code began_ms")


class Node:
    def __init__(self, index, home, base_port):
        self.index = index
        self.name = os.path.basename(home)
        self.home = home
        self.peer_port = base_port + 10 * index + 1
        self.client_port = base_port + 10 * index + 2
        self.ops_port = base_port + 10 * index + 3
        self.log = os.path.join(os.path.dirname(home), self.name + ".log")
        self.environment = {}  # beside that of the test
        self.process = None

    def start(self):
        check(not self.running(), f"{self.name} runs already")
        with open(self.log, "ab") as log:
            self.process = spawn([program("huangpu-node"), "start", "--home", self.home],
                                 stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                 env={**os.environ, **self.environment})

    def running(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        """SIGKILL, as a power cut would end the process."""
        self.process.kill()
        self.process.wait()

    def suspend(self):
        """SIGSTOP: the process lives, its connections stand, and it does nothing."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def stop(self, timeout=60):
        """SIGTERM; returns the exit code."""
        self.process.terminate()
        return self.wait_exit(timeout)

    def wait_exit(self, timeout=60):
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise Failure(f"{self.name} did not end within {timeout} s") from None

    def start_refused(self, timeout=60):
        """Starts a node that must refuse to run; returns its exit code and what it printed."""
        answer = run("huangpu-node", "start", "--home", self.home, code=None, timeout=timeout)
        return answer.code, answer.out + answer.err

    def get(self, path, timeout=2):
        connection = http.client.HTTPConnection("127.0.0.1", self.ops_port, timeout=timeout)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def status(self):
        return json.loads(self.get("/statusz")[1])

    def ready(self):
        return self.status()["ready"]

    def certified(self):
        return self.status()["certified_height"]

    def metrics(self):
        """Values of the metrics, by name with labels."""
        values = {}
        for line in self.get("/metrics")[1].splitlines():
            if line and not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                values[name] = float(value)
        return values

    def resident_bytes(self):
        with open(f"/proc/{self.process.pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def reload(self):
        """SIGHUP: certificates and accepted pins are read again."""
        self.process.send_signal(signal.SIGHUP)

    def log_text(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def check_named(self, name):
        """One of the checks that make a node ready."""
        return next(each for each in self.status()["checks"] if each["name"] == name)

    def path(self, *parts):
        return os.path.join(self.home, *parts)


class Network:
    """A network of validators in a folder of its own, on ports that nobody else uses."""

    def __init__(self, validators=4, folder=None):
        self.folder = folder or tempfile.mkdtemp(prefix="huangpu-e2e-")
        self.root = os.path.join(self.folder, "net")
        self.nodes = []
        self._validators = validators
        self._port_lock = None
        self._others = []

    def __enter__(self):
        base_port = self._take_ports()
        created = run("huangpu-admin", "network", "create", "--validators", self._validators, "--out",
                      self.root, "--base-port", base_port, "--evaluation-limits", "--suite", suite, "--output", "json")
        self.nodes = [Node(i, home, base_port) for i, home in enumerate(created.json()["nodes"])]
        return self

    def __exit__(self, kind, error, trace):
        for process in self._others + [node.process for node in self.nodes]:
            if process is not None and process.poll() is None:
                process.kill()
                process.wait()
        if self._port_lock is not None:
            self._port_lock.close()
        if kind is not None:
            self._show_logs()
            say(f"  the network's folder is kept: {self.folder}")
        else:
            shutil.rmtree(self.folder)
        return False

    def _take_ports(self):
        for base in range(FIRST_PORT, LAST_PORT, PORTS_PER_NETWORK):
            # Held until the network ends: two tests at the same time never share a range, also while the nodes of
            # one are dead. The name is abstract: like ports it belongs to the machine's network and not to a folder,
            # and it is free again when the test is gone.
            lock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                lock.bind(f"\0huangpu-e2e-{base}")
            except OSError:
                lock.close()
                continue
            if all(_is_free(port) for port in range(base, base + PORTS_PER_NETWORK)):
                self._port_lock = lock
                return base
            lock.close()
        raise Failure(f"no free range of ports between {FIRST_PORT} and {LAST_PORT}")

    def free_port(self):
        """The first of the ports of this network's range that no node uses, in a row to the range's end."""
        return self.nodes[0].peer_port - 1 + RELAY_PORT

    def set_endpoint(self, near, far, port):
        """Where `near` dials `far`; before it starts."""
        edit(near.path("config.toml"), (r"^index = %d\nendpoint = .*$" % far.index,
                                        f'index = {far.index}\nendpoint = "127.0.0.1:{port}"'))

    def _show_logs(self):
        for node in self.nodes:
            if os.path.exists(node.log):
                with open(node.log, "rb") as file:
                    lines = file.read()[-100_000:].decode(errors="replace").splitlines()
                say(f"  --- end of {node.log}")
                for line in lines[-LOG_LINES_SHOWN:]:
                    say("  " + line[:300])

    def start(self, nodes=None):
        nodes = self.nodes if nodes is None else nodes
        for node in nodes:
            node.start()
        for node in nodes:
            self.wait_ready(node)

    def wait_ready(self, node, timeout=60):
        def question():
            check(node.running(), f"{node.name} ended with exit code {node.process.poll()}")
            return node.ready()

        wait_for(f"{node.name} is ready", question, timeout)

    def stop_all(self):
        for node in self.nodes:
            if node.running():
                node.process.terminate()
        for node in self.nodes:
            if node.process is not None:
                code = node.wait_exit()
                check(code == 0, f"{node.name} stopped with exit code {code}")

    def wait_level(self, timeout=60):
        """Waits until all nodes have executed and certified the same final height, and returns it."""

        def question():
            status = [node.status() for node in self.nodes]
            heights = {each[key] for each in status
                       for key in ("final_height", "executed_height", "certified_height")}
            views = {each["view"] for each in status}
            return heights.pop() if len(heights) == 1 and len(views) == 1 else None

        return wait_for("all validators have the same final, executed and certified height and view", question,
                        timeout)

    def wallet(self, owner):
        return os.path.join(self.root, "wallets", owner)

    def pay(self, owner, *arguments, **options):
        """Runs the wallet of a participant."""
        return run("huangpu", "--wallet", self.wallet(owner), "--output", "json", *arguments, **options)

    def audit(self, source, path, code=0, timeout=600):
        return run("huangpu-audit", "replay", f"--{source}", path, "--genesis",
                   os.path.join(self.root, "genesis.json"), "--output", "json", code=code, timeout=timeout)

    def payer(self, **options):
        return Payer(self, **options)

    def end(self, payer, audit=None, before_verify=None):
        """What every chain must still say when a test is over: no payment of the payer is lost and none is made twice,
        all nodes are level, each stops in good order, and the auditor finds the data of these nodes clean (of the
        first one, unless told). `before_verify` is called with the network at rest."""
        summary = payer.finish()
        check(summary["expired"] == 0, f"payments expired: {summary}")
        height = self.wait_level()
        if before_verify is not None:
            before_verify()
        verified = payer.verify()
        self.stop_all()
        reports = [self.audit("data", node.home).json() for node in (self.nodes[:1] if audit is None else audit)]
        say(f"  {verified['finals']} final answers and {verified['balances']} balances are in all chains as paid, "
            f"height {height}; {summary['signed_again']} payments were signed again; the auditor finds "
            f"{len(reports)} of {len(self.nodes)} chains clean")
        return reports

    def adopt(self, process):
        """Ends a further process together with the network."""
        self._others.append(process)
        return process


class Payer:
    """Keeps paying through the network and writes down every final answer (payer.cpp)."""

    units_each = 1_000_000_000  # of each account at first, as kUnitsEach there

    def __init__(self, network, name="payer", rate=200, workers=32, accounts=41):
        """Payers of one network need names and numbers of accounts of their own."""
        self.network = network
        self.record = os.path.join(network.folder, name + ".record")
        self.errors = os.path.join(network.folder, name + ".log")
        self._finals = []
        self._read_to = 0
        with open(self.errors, "wb") as errors:
            self.process = network.adopt(
                spawn([program("e2e-payer"), "pay", "--network", network.root, "--record", self.record,
                       "--rate", str(rate), "--workers", str(workers), "--accounts", str(accounts)],
                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True))

    def finals(self):
        """Each final answer so far; times are ms of the wall clock."""
        if os.path.exists(self.record):
            with open(self.record, "rb") as file:
                file.seek(self._read_to)
                text = file.read()
            complete = text[:text.rfind(b"\n") + 1]
            self._read_to += len(complete)
            for line in complete.decode().splitlines():
                if line.startswith("final "):
                    _, at, txid, height, index, code, began = line.split()
                    self._finals.append(Final(int(at), txid, int(height), int(index), int(code), int(began)))
        return self._finals

    def count(self):
        if self.process.poll() is not None:
            raise Failure(f"the payer ended with exit code {self.process.returncode}: {self._error_text()}")
        return len(self.finals())

    def longest_silence(self, since_ms, until_ms):
        """(seconds, when it began) of the longest time without a final answer between two times."""
        times = [since_ms] + [f[0] for f in self.finals() if since_ms < f[0] < until_ms] + [until_ms]
        return max(((after - before) / 1000, before) for before, after in zip(times, times[1:]))

    def wait_more(self, more, timeout=60):
        """Waits for further final answers."""
        target = self.count() + more
        wait_for(f"{more} more payments are final", lambda: self.count() >= target, timeout, interval=0.1)

    def finish(self, timeout=300):
        """No new payments; waits until each one sent is final or can never be, and returns the summary."""
        try:
            out, _ = self.process.communicate("", timeout=timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise Failure(f"the payer did not finish within {timeout} s") from None
        check(self.process.returncode == 0,
              f"the payer ended with exit code {self.process.returncode}: {self._error_text()}")
        return json.loads(out)

    def verify(self, timeout=600):
        """Compares what clients saw with what every node holds, and the nodes with each other."""
        return run("e2e-payer", "verify", "--network", self.network.root, "--record", self.record,
                   timeout=timeout).json()

    def _error_text(self):
        with open(self.errors, encoding="utf-8", errors="replace") as file:
            return file.read()[-2000:]


def _is_free(port):
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def now_ms():
    return time.time_ns() // 1_000_000


def edit(path, *changes):
    """Replaces the first match of each regular expression, which must be there."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for pattern, replacement in changes:
        text, count = re.subn(pattern, lambda match, r=replacement: r, text, count=1, flags=re.M)
        check(count == 1, f"{path} has nothing like {pattern}")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def flip_byte(path, offset):
    with open(path, "r+b") as file:
        file.seek(offset)
        byte = file.read(1)
        check(len(byte) == 1, f"{path} has no byte at {offset}")
        file.seek(offset)
        file.write(bytes([byte[0] ^ 0x40]))


def add_arguments(parser):
    parser.add_argument("--bin", default=os.environ.get("HP_BIN"),
                        help="folder of the programs; default: $HP_BIN")
    parser.add_argument("--suite", default="ed25519", choices=["ed25519", "sm2"],
                        help="algorithms of the networks: ed25519 with SHA-256, or sm2 with SM3")
    parser.add_argument("--only", nargs="+", default=[""], metavar="TEXT",
                        help="run only tests whose name contains one of these texts")


class Together:
    """Sentences about one network. `begin` prepares it, starts it and returns its payer; every sentence is called
    with network and payer; `end` judges the whole. After one that failed the others are not asked."""

    def __init__(self, *sentences, begin, end):
        self.sentences = sentences
        self._begin = begin
        self._end = end

    def chosen(self, wanted):
        """With the sentences that are wanted; None if there is none."""
        sentences = [each for each in self.sentences if wanted(each)]
        return Together(*sentences, begin=self._begin, end=self._end) if sentences else None

    def __call__(self):
        with Network() as network:
            payer = self._begin(network)
            for sentence in self.sentences:
                say(f"-- {_words(sentence)}")
                started = time.monotonic()
                sentence(network, payer)
                say(f"   ({time.monotonic() - started:.0f} s)")
            self._end(network, payer)


def _words(test):
    if isinstance(test, Together):
        return "; ".join(_words(each) for each in test.sentences)
    return test.__name__.replace("_", " ")


def prepare(arguments):
    """What every use of this file begins with; `arguments` are those of add_arguments()."""
    global _bin_folder, suite
    if not arguments.bin:
        sys.exit("give --bin FOLDER or set HP_BIN")
    _bin_folder = os.path.abspath(arguments.bin)
    suite = arguments.suite
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that networks are cleaned up


def main(tests, arguments=None):
    """Runs the test functions of one file; the exit code is 1 when one of them failed."""
    if arguments is None:
        parser = argparse.ArgumentParser()
        add_arguments(parser)
        arguments = parser.parse_args()
    prepare(arguments)

    def wanted(test):
        return any(text in test.__name__ for text in arguments.only)

    failed = []
    for text in arguments.only:
        check(any(text in each.__name__ for test in tests for each in getattr(test, "sentences", [test])),
              f"no test's name contains {text}")
    chosen = [test.chosen(wanted) if isinstance(test, Together) else test if wanted(test) else None for test in tests]
    for test in filter(None, chosen):
        sentence = _words(test)
        say(f"== {sentence}")
        started = time.monotonic()
        try:
            test()
        except Failure as failure:
            failed.append(sentence)
            say(f"FAILED {sentence}: {failure}")
        except Exception:  # whatever it is, the remaining tests still run
            failed.append(sentence)
            say(f"FAILED {sentence}\n{traceback.format_exc()}")
        else:
            say(f"ok ({time.monotonic() - started:.0f} s)")
    sys.exit(1 if failed else 0)
