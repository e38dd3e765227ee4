"""Where consensus keys are in the end-to-end tests: at a signer, in a token, and in copied homes."""

import json
import os
import re
import shutil
import signal
import subprocess
import tomllib

from certificate_tools import pin_of
from harness import check, edit, program, run, spawn


def equivocations(network):
    found = 0
    for node in network.nodes:
        if node.running():
            found += sum(value for name, value in node.metrics().items() if "equivocations" in name)
    return found


class SignerHome:
    """A huangpu-signer of the chain. It makes its first key itself unless it is given one."""

    def __init__(self, network, node, *arguments):
        self.network = network
        self.home = os.path.join(network.folder, "signer")
        self.port = node.peer_port + 8
        self.log = self.home + ".log"
        self.process = None
        made = run("huangpu-signer", "init", "--home", self.home, "--genesis",
                   os.path.join(network.root, "genesis.json"), "--listen", f"127.0.0.1:{self.port}", "--output",
                   "json", *arguments).json()
        self.pin = made["signer_pin"]
        self.public_key = made["public_key"]

    def path(self, *parts):
        return os.path.join(self.home, *parts)

    def add_client(self, pin):
        with open(self.path("signer.toml"), "a", encoding="utf-8") as file:
            file.write(f'\n[[client]]\nname = "node"\npin = "{pin}"\n')

    def add_key(self):
        """One more key, made by the signer; returns its public key."""
        return run("huangpu-signer", "add-key", "--home", self.home, "--output", "json").json()["public_key"]

    def status(self, code=0):
        return run("huangpu-signer", "status", "--home", self.home, "--output", "json", code=code).json()

    def start(self):
        with open(self.log, "ab") as log:
            self.process = self.network.adopt(
                spawn([program("huangpu-signer"), "start", "--home", self.home], stdout=log, stderr=log))

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def stop(self):
        self.process.terminate()
        check(self.process.wait(60) == 0, "the signer stops in good order")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def text(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()


class Signer(SignerHome):
    """A huangpu-signer with the key of a validator, which is told to ask it."""

    def __init__(self, network, node):
        super().__init__(network, node, "--key", node.path("keys", "consensus.json"), "--passphrase-file",
                         node.path("keys", "passphrase"), "--client-pin", pin_of(node.path("tls", "client.crt")))
        change_section(node, "signer", kind="remote")
        change_section(node, "signer.remote", endpoint=f"127.0.0.1:{self.port}", server_pin=self.pin,
                       public_key=self.public_key, tls_certificate="tls/client.crt", tls_key="tls/client.key")


def change_section(node, section, **values):
    """Sets keys, which are there, in one section of a node's configuration."""
    path = node.path("config.toml")
    with open(path, encoding="utf-8") as file:
        before, after = file.read().split(f"\n[{section}]\n", 1)
    own, end, rest = re.match(r"(.*?)(\n#|\Z)(.*)", after, re.S).groups()
    for name, value in values.items():
        own, count = re.subn(rf"^{name} = .*$", lambda _, n=name, v=value: f"{n} = {json.dumps(v)}", own, flags=re.M)
        check(count == 1, f"[{section}] of {path} has no {name}")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"{before}\n[{section}]\n{own}{end}{rest}")


def prepare_next_key(node, *where):
    """`huangpu-node next-key`, and its answer put into the configuration; returns the answer."""
    made = run("huangpu-node", "next-key", "--home", node.home, "--output", "json", *where).json()
    for section, values in tomllib.loads(made["sections"])["signer"].items():
        check(section == "next", f"sections of another key: {made}")
        change_section(node, "signer.next.remote", **values.pop("remote"))
        change_section(node, "signer.next", **values)
    return made


def promote_next_key(node):
    """What the operator does after the rotation: the next key becomes the key."""
    with open(node.path("config.toml"), "rb") as file:
        following = tomllib.load(file)["signer"]["next"]
    change_section(node, "signer.remote", **following.pop("remote"))
    change_section(node, "signer", **following)
    change_section(node, "signer.next", kind="none")


def copy_of(network, node, name, *changes):
    """A second node with everything of the first, on other ports."""
    home = os.path.join(network.root, "nodes-copies", name)
    shutil.copytree(node.home, home, ignore=shutil.ignore_patterns("lock", "LOCK"))
    copy = type(node)(node.index, home, node.peer_port - 10 * node.index - 1 + 40)
    edit(os.path.join(home, "config.toml"),
         (rf'^listen = "127.0.0.1:{node.peer_port}"$', f'listen = "127.0.0.1:{copy.peer_port}"'),
         (rf'^listen = "127.0.0.1:{node.client_port}"$', f'listen = "127.0.0.1:{copy.client_port}"'),
         (rf'^listen = "127.0.0.1:{node.ops_port}"$', f'listen = "127.0.0.1:{copy.ops_port}"'), *changes)
    return copy


class Token:
    """A SoftHSM2 token behind a plug (pluggable_token.cpp)."""

    LABEL = "e2e"

    def __init__(self, network):
        self.folder = os.path.join(network.folder, "token")
        os.makedirs(os.path.join(self.folder, "tokens"))
        config = os.path.join(self.folder, "softhsm2.conf")
        with open(config, "w", encoding="ascii") as file:
            file.write(f"directories.tokendir = {self.folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n")
        self.environment = {"SOFTHSM2_CONF": config, "HP_TOKEN_PLUG": self.folder}
        self.pin_file = os.path.join(self.folder, "pin")
        with open(self.pin_file, "w", encoding="ascii", opener=lambda p, f: os.open(p, f, 0o600)) as file:
            file.write("739182\n")
        done = subprocess.run(["softhsm2-util", "--init-token", "--free", "--label", self.LABEL, "--so-pin", "8642",
                               "--pin", "739182"], env={**os.environ, **self.environment}, capture_output=True,
                              text=True, timeout=60, check=False)
        check(done.returncode == 0, f"softhsm2-util: {done.stdout}{done.stderr}")

    def make_key(self, name, purpose, out):
        """A key pair made in the token, and the file that names it; returns what is printed."""
        return run("huangpu-admin", "keys", "new-in-token", "--module", program("e2e-pluggable-token.so"), "--token",
                   self.LABEL, "--label", name, "--purpose", purpose, "--pin-file", self.pin_file, "--out", out,
                   "--output", "json", environment=self.environment).json()

    def _switch(self, name):
        return os.path.join(self.folder, name)

    def unplug(self):
        open(self._switch("unplugged"), "w", encoding="ascii").close()

    def plug(self):
        os.remove(self._switch("unplugged"))

    def reset(self):
        """All sessions and logins are lost at the next call."""
        open(self._switch("reset"), "w", encoding="ascii").close()

    def was_reset(self):
        return not os.path.exists(self._switch("reset"))


def move_key_into_token(network, node, token):
    """Makes the network anew, with a validator's key in a token: cards, assembly, join."""
    path = node.path("keys", "token.json")
    token.make_key(node.name, "consensus", path)
    change_section(node, "signer", kind="pkcs11", key="keys/token.json", passphrase_file=token.pin_file)
    node.environment = token.environment
    genesis = os.path.join(network.root, "genesis.json")
    with open(genesis, encoding="utf-8") as file:
        document = json.load(file)
    del document["validators"]
    draft = os.path.join(network.folder, "draft.json")
    with open(draft, "w", encoding="utf-8") as file:
        json.dump(document, file)
    cards = []
    for each in network.nodes:
        os.remove(each.path("genesis.json"))
        shutil.rmtree(each.path("sign-state"))
        os.mkdir(each.path("sign-state"), 0o700)
        cards.append(os.path.join(network.folder, each.name + ".card"))
        run("huangpu-admin", "card", "--home", each.home, "--participant", f"BANK{'ABCD'[each.index]}", "--out",
            cards[-1])
    assembled = os.path.join(network.folder, "assembled")
    run("huangpu-admin", "genesis", "assemble", "--draft", draft, "--out", assembled, "--cards", *cards)
    made = os.path.join(assembled, "genesis.json")
    for each in network.nodes:
        run("huangpu-admin", "genesis", "join", "--home", each.home, "--genesis", made, "--cards", *cards)
    for copy in [genesis, *(os.path.join(network.wallet(name), "genesis.json")
                            for name in os.listdir(os.path.join(network.root, "wallets")))]:
        shutil.copyfile(made, copy)
