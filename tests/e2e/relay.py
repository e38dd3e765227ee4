"""A relay between validators that can be slow, narrow, lossy, deaf in one direction, or cut.

Runs as a process of its own, so that what it costs is not the test's, and is told what to do on its standard
input, one JSON object per line; each is answered with one line. `Links` is the side of the test. It needs no
rights and no kernel modules: streams are TCP, so a lost packet is what a reader sees of one, a pause of the
whole stream until it would have been sent again, and a cut holds bytes back instead of dropping them, as a
retransmitting sender does.

usage: relay.py '[{"name": "0>1", "listen": 31005, "target": 31011}, ..]'
"""

import asyncio
import collections
import json
import random
import socket
import subprocess
import sys
import threading
import time

HELD_BYTES_MAX = 4 << 20  # of one stream and direction; beyond it nothing more is read
RETRANSMIT_SECONDS = 0.2  # what one lost packet costs
PACKET_BYTES = 1448
IDEAL = {"delay": 0.0, "jitter": 0.0, "loss": 0.0, "rate": 0, "held": False}


class Direction:
    """Bytes of one stream in one direction. `shape` is shared by all streams of that direction of a link."""

    def __init__(self, shape, source, sink):
        self.shape = shape
        self.source = source
        self.sink = sink
        self.waiting = collections.deque()  # (due, bytes)
        self.size = 0
        self.last_due = 0.0
        self.timer = None
        self.paused = False
        self.blocked = False  # the sink takes no more

    def feed(self, data):
        shape = self.shape
        now = asyncio.get_running_loop().time()
        due = now + shape["delay"] + random.uniform(0, shape["jitter"])
        if shape["loss"]:
            packets = (len(data) + PACKET_BYTES - 1) // PACKET_BYTES
            due += RETRANSMIT_SECONDS * sum(random.random() < shape["loss"] for _ in range(packets))
        if shape["rate"]:
            # The link is one queue: what came before has to be through first.
            shape["free_at"] = max(shape.get("free_at", 0.0), now) + len(data) / shape["rate"]
            due = max(due, shape["free_at"] + shape["delay"])
        due = max(due, self.last_due)
        self.last_due = due
        self.waiting.append((due, data))
        self.size += len(data)
        self.drain()
        if self.size > HELD_BYTES_MAX and not self.paused:
            self.paused = True
            self.source.pause_reading()

    def drain(self):
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
        if self.sink is None or self.sink.is_closing():
            return
        loop = asyncio.get_running_loop()
        while self.waiting and not self.blocked and not self.shape["held"]:
            due, data = self.waiting[0]
            if due > loop.time():
                self.timer = loop.call_at(due, self.drain)
                break
            self.waiting.popleft()
            self.size -= len(data)
            self.sink.write(data)
        if self.paused and self.size <= HELD_BYTES_MAX // 2:
            self.paused = False
            if not self.source.is_closing():
                self.source.resume_reading()


class End(asyncio.Protocol):
    """One of the two sockets of a stream."""

    def __init__(self, stream):
        self.stream = stream
        self.transport = None
        self.out = None  # the direction that this socket feeds
        self.into = None  # the direction that ends here

    def connection_made(self, transport):
        self.transport = transport
        transport.get_extra_info("socket").setsockopt(6, 1, 1)  # TCP_NODELAY
        transport.set_write_buffer_limits(high=HELD_BYTES_MAX)
        self.stream.made(self)

    def data_received(self, data):
        self.out.feed(data)

    def pause_writing(self):
        self.into.blocked = True

    def resume_writing(self):
        self.into.blocked = False
        self.into.drain()

    def connection_lost(self, _):
        self.stream.close()


class Stream:
    def __init__(self, link):
        self.link = link
        self.near = End(self)  # towards who dialled
        self.far = End(self)

    def made(self, end):
        if end is self.near:
            end.transport.pause_reading()
            if self.link.refused:
                end.transport.abort()
                return
            self.link.streams.add(self)
            asyncio.ensure_future(self._dial())
            return
        self.near.out = self.far.into = Direction(self.link.shapes["out"], self.near.transport, self.far.transport)
        self.far.out = self.near.into = Direction(self.link.shapes["back"], self.far.transport, self.near.transport)
        self.near.transport.resume_reading()

    async def _dial(self):
        try:
            await asyncio.get_running_loop().create_connection(lambda: self.far, "127.0.0.1", self.link.target)
        except OSError:
            self.close()

    def directions(self):
        return [each for each in (self.near.out, self.far.out) if each is not None]

    def close(self):
        self.link.streams.discard(self)
        for end in (self.near, self.far):
            if end.transport is not None and not end.transport.is_closing():
                end.transport.abort()


class Link:
    """Everything that one validator dials at another."""

    def __init__(self, target):
        self.target = target
        self.shapes = {"out": dict(IDEAL), "back": dict(IDEAL)}
        self.streams = set()
        self.refused = False

    def change(self, direction, shape):
        self.shapes[direction].update(shape)
        for stream in list(self.streams):
            for each in stream.directions():
                each.drain()

    def refuse(self, refused):
        self.refused = refused
        if refused:
            for stream in list(self.streams):
                stream.close()


async def serve(links):
    loop = asyncio.get_running_loop()
    by_name = {}
    for each in links:
        link = by_name[each["name"]] = Link(each["target"])
        await loop.create_server(lambda link=link: Stream(link).near, "127.0.0.1", each["listen"])
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    print("ready", flush=True)
    while line := await reader.readline():
        order = json.loads(line)
        link = by_name[order["link"]]
        if "refused" in order:
            link.refuse(order["refused"])
        else:
            link.change(order["direction"], order["shape"])
        print("done", flush=True)


class Links:
    """All links of a network through one relay. Numbers are those of the network's nodes."""

    def __init__(self, network, spawn):
        """Before the nodes start: rewrites where they dial each other."""
        self.count = len(network.nodes)
        listen = network.free_port()
        plan = []
        self._dialled = {}
        for near in network.nodes:
            for far in network.nodes:
                # The name that comes first in the order of bytes dials.
                if near.name.encode() >= far.name.encode():
                    continue
                name = f"{near.index}>{far.index}"
                self._dialled[(near.index, far.index)] = name
                plan.append({"name": name, "listen": listen, "target": far.peer_port})
                network.set_endpoint(near, far, listen)
                listen += 1
        # A link that leads nowhere but back: what it takes is what the relay really delays.
        self._echo = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._answer_probes, daemon=True).start()
        self._probe_port = listen
        plan.append({"name": "probe", "listen": listen, "target": self._echo.getsockname()[1]})
        self._process = network.adopt(spawn([sys.executable, __file__, json.dumps(plan)], stdin=subprocess.PIPE,
                                            stdout=subprocess.PIPE, text=True))
        self._expect("ready")

    def _answer_probes(self):
        while True:
            stream, _ = self._echo.accept()
            with stream:
                while data := stream.recv(64):
                    stream.sendall(data)

    def one_way_seconds(self, delay, times=40):
        """The median of what a short message takes through the relay in one direction, with this delay."""
        for direction in ("out", "back"):
            self._order(link="probe", direction=direction, shape={**IDEAL, "delay": delay})
        taken = []
        with socket.create_connection(("127.0.0.1", self._probe_port)) as stream:
            stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for _ in range(times):
                begun = time.monotonic()
                stream.sendall(b"x")
                if not stream.recv(1):
                    raise OSError("the relay ended the probe")
                taken.append((time.monotonic() - begun) / 2)
        return sorted(taken)[len(taken) // 2]

    def _expect(self, word):
        answer = self._process.stdout.readline().strip()
        if answer != word:
            raise OSError(f"the relay said {answer!r} in place of {word!r}")

    def _order(self, **order):
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        self._expect("done")

    def pairs(self, nodes=None, others=None):
        """Ordered pairs (from, to) with one of `nodes` at one end and one of `others` at the other."""
        nodes = range(self.count) if nodes is None else nodes
        others = range(self.count) if others is None else others
        return [(a, b) for a in range(self.count) for b in range(self.count)
                if a != b and ((a in nodes and b in others) or (b in nodes and a in others))]

    def shape(self, pairs, **shape):
        """delay and jitter in seconds, loss of packets (0..1), rate in bytes per second, held: nothing passes."""
        for sender, receiver in pairs:
            if (sender, receiver) in self._dialled:
                self._order(link=self._dialled[(sender, receiver)], direction="out", shape=shape)
            else:
                self._order(link=self._dialled[(receiver, sender)], direction="back", shape=shape)

    def refuse(self, pairs, refused=True):
        """Ends the connections and refuses new ones."""
        for name in {self._dialled.get((a, b)) or self._dialled[(b, a)] for a, b in pairs}:
            self._order(link=name, refused=refused)

    def heal(self):
        self.shape(self.pairs(), **IDEAL)
        self.refuse(self.pairs(), False)


if __name__ == "__main__":
    asyncio.run(serve(json.loads(sys.argv[1])))
