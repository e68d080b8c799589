#!/usr/bin/env python3
"""Runs mixed traffic against one server, and watches what it answers and what it takes.

    python3 Tests/Endurance/soak.py --minutes 10 --seed 1

At the same time: fits that wait, with other jobs polled, followed by events, cancelled and deleted;
clients that go away in the middle, some of which come back with their idempotency key, that send
byte by byte and that do not read; requests that are
wrong in every way; idle connections. Every answer must be the right one, equal fits must have equal
numbers, and the server's memory, descriptors and threads must not grow after the first quarter.

Needs `swift build -c release`.
"""

from __future__ import annotations

import argparse
import pathlib
import random
import socket
import statistics
import struct
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from bnsl import EXECUTABLE, Client, Figures, Server, curve, numbers

QUICK = [curve(n, intervals={"method": "none"}, breaks=n % 3) for n in range(12)]
USUAL = [curve(100 + n, points=20 + n) for n in range(4)]
BATCH = [
    '{"curves":[' + ",".join(curve(300 + 10 * n + k, points=30) for k in range(5)) + "]}"
    for n in range(2)
]
LONG = [curve(400 + n, points=3000, breaks=3, intervals={"method": "bootstrap"}) for n in range(4)]

WRONG = [
    # What is sent, and the status that it must be answered with.
    (b"GARBAGE\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\n\r\n", 400),
    (b"GET / HTTP/3.0\r\nHost: localhost\r\n\r\n", 505),
    (b"BREW /fit HTTP/1.1\r\nHost: localhost\r\n\r\n", 501),
    (b"PUT /fit HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n", 405),
    (b"GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
    (b"GET /jobs/zzz HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
    (b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421),
    (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 40_000 + b"\r\n\r\n", 431),
    (b"POST /fit HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n", 413),
    (b"POST /fit HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1, 2\r\n\r\n", 400),
    (b"POST /fit HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{]", 400),
    (b"POST /fit HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}", 422),
    (b"POST /fit HTTP/1.1\r\nHost: localhost\r\nContent-Type: a/b\r\n"
     b"Content-Length: 2\r\n\r\n{}", 415),
    (b"POST /fit HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
]


class Soak:
    """The traffic: each function is one client, called again and again on a thread of its own."""

    def __init__(self, server: Server, deadline: float):
        self.server = server
        self.deadline = deadline
        self.lock = threading.Lock()
        # Owned by `lock`.
        self.counts: Counter[str] = Counter()
        self.expected: dict[str, str] = {}
        self.latencies: list[float] = []
        self.jobs: list[str] = []

    def run(self, role, seed: str) -> None:
        generator = random.Random(seed)
        client = Client(self.server.port)
        while time.monotonic() < self.deadline:
            role(self, client, generator)
            with self.lock:
                self.counts[role.__name__] += 1

    def compare(self, body: str, result: bytes) -> None:
        found = numbers(result)
        with self.lock:
            assert self.expected.setdefault(body, found) == found, f"other numbers for {body[:80]}"

    def open(self, receive_buffer: int | None = None) -> socket.socket:
        connection = socket.socket()
        if receive_buffer:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        connection.settimeout(60)
        connection.connect(("127.0.0.1", self.server.port))
        return connection

    # MARK: Those who behave

    def fit(self, client: Client, generator: random.Random) -> None:
        """Waits for a fit, half of the time for a new computation."""
        body = generator.choice(QUICK * 4 + USUAL + BATCH)
        fields = {"cache_control": "no-cache"} if generator.random() < 0.5 else {}
        answer = client.ask("POST", "/fit", body, prefer="wait=60", **fields)
        assert answer.status == 200, answer
        self.compare(body, answer.body)
        # A job that was there before may be one that another client still asks for.
        if fields:
            with self.lock:
                self.jobs.append(answer.json["id"])

    def poll(self, client: Client, generator: random.Random) -> None:
        """Asks for a job until it is done, then for its result in every form."""
        body = generator.choice(QUICK + USUAL)
        answer = client.ask(
            "POST", "/fit", body, prefer="respond-async", cache_control="no-cache")
        assert answer.status in (200, 202), answer
        path = f"/jobs/{answer.json['id']}"
        while client.ask("GET", path, prefer="wait=1").json["state"] != "succeeded":
            pass
        result = client.ask("GET", path + "/result")
        assert result.status == 200, result
        self.compare(body, result.body)
        etag = result.fields["ETag"]
        assert client.ask("GET", path + "/result", if_none_match=etag).status == 304
        for form in ("csv", "svg", "text"):
            result = client.ask("GET", f"{path}/result?format={form}")
            assert result.status == 200, result
        assert client.ask("DELETE", path).status == 204
        assert client.ask("GET", path).status == 404

    def cancel(self, client: Client, generator: random.Random) -> None:
        """Cancels a long job at some moment of its life."""
        body = generator.choice(LONG)
        answer = client.ask(
            "POST", "/fit", body, prefer="respond-async", cache_control="no-cache")
        assert answer.status == 202, answer
        time.sleep(generator.uniform(0, 0.5))
        path = f"/jobs/{answer.json['id']}"
        cancelled = client.ask("POST", path + "/cancel")
        assert cancelled.json["state"] == "cancelled", cancelled
        assert client.ask("GET", path + "/result").status == 410

    def follow(self, client: Client, generator: random.Random) -> None:
        """Reads the events of a job to its result."""
        body = generator.choice(USUAL)
        answer = client.ask(
            "POST", "/fit", body, prefer="respond-async", cache_control="no-cache")
        events = client.ask("GET", f"/jobs/{answer.json['id']}/events")
        assert events.status == 200, events
        lines = events.body.splitlines()
        assert b"event: result" in lines, events
        self.compare(body, lines[-2].removeprefix(b"data: "))

    def forget(self, client: Client, generator: random.Random) -> None:
        """Lists jobs and deletes some that others have made."""
        page = client.ask("GET", f"/jobs?limit={generator.randint(1, 200)}")
        assert page.status == 200, page
        with self.lock:
            generator.shuffle(self.jobs)
            doomed, self.jobs = self.jobs[:20], self.jobs[20:]
        for job in doomed:
            # Retention may have been faster.
            assert client.ask("DELETE", f"/jobs/{job}").status in (204, 404)
        time.sleep(0.1)

    def look(self, client: Client, generator: random.Random) -> None:
        """Asks what operators and browsers ask."""
        start = time.monotonic()
        assert client.ask("GET", "/healthz").status == 200
        with self.lock:
            self.latencies.append(time.monotonic() - start)
        path = generator.choice(["/", "/metrics", "/version", "/readyz", "/openapi.yaml"])
        assert client.ask("GET", path).status == 200, path
        time.sleep(0.02)

    # MARK: Those who do not

    def abort(self, _: Client, generator: random.Random) -> None:
        """Goes away in the head, in the body, while waiting or while reading, mostly by a reset."""
        body = generator.choice(LONG + USUAL)
        request = (
            f"POST /fit HTTP/1.1\r\nHost: localhost\r\nCache-Control: no-cache\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}").encode()
        with self.open() as connection:
            end = generator.choice([10, 70, len(request) // 2, len(request)])
            connection.sendall(request[:end])
            time.sleep(generator.uniform(0, 0.1))
            if generator.random() < 0.7:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def come_back(self, client: Client, generator: random.Random) -> None:
        """Loses the connection while a keyed fit runs, and sends it again: the job has gone on."""
        body = generator.choice(USUAL)
        key = f"{generator.random()}"
        with self.open() as connection:
            connection.sendall((
                f"POST /fit HTTP/1.1\r\nHost: localhost\r\nCache-Control: no-cache\r\n"
                f"Content-Type: application/json\r\nIdempotency-Key: {key}\r\n"
                f"Content-Length: {len(body)}\r\n\r\n{body}").encode())
            time.sleep(generator.uniform(0, 0.05))
            if generator.random() < 0.7:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # Longer and shorter than the grace that the server gives.
        time.sleep(generator.choice([0, 0.1, 3]))
        answers = [
            client.ask(
                "POST", "/fit", body, prefer="wait=60", cache_control="no-cache",
                idempotency_key=key)
            for _ in range(2)
        ]
        assert [answer.status for answer in answers] == [200, 200], answers
        assert answers[0].json["id"] == answers[1].json["id"], answers
        self.compare(body, answers[0].body)

    def trickle(self, _: Client, generator: random.Random) -> None:
        """Sends a request byte by byte, and reads the answer likewise."""
        body = generator.choice(QUICK)
        request = (
            f"POST /fit HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nPrefer: wait=60\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}").encode()
        with self.open(receive_buffer=4096) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for byte in request:
                connection.sendall(bytes([byte]))
                time.sleep(0.001)
            answer = b""
            while part := connection.recv(512):
                answer += part
                time.sleep(0.002)
        assert answer.startswith(b"HTTP/1.1 200 "), answer[:200]
        self.compare(body, answer.split(b"\r\n\r\n", 1)[1])

    def ignore(self, _: Client, generator: random.Random) -> None:
        """Asks for much, again and again, and reads nothing until the server gives up."""
        request = b"GET /openapi.yaml HTTP/1.1\r\nHost: localhost\r\n\r\n"
        with self.open(receive_buffer=4096) as connection:
            limit = time.monotonic() + 30
            try:
                while time.monotonic() < limit:
                    connection.sendall(request * 20)
                    time.sleep(0.05)
            except OSError:
                return
            raise AssertionError("the server bears a client that reads nothing for 30 s")

    def linger(self, _: Client, generator: random.Random) -> None:
        """Opens connections, uses them once, and keeps them idle for a while."""
        connections = [self.open() for _ in range(50)]
        for connection in connections:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert connection.recv(4096).startswith(b"HTTP/1.1 200 ")
        time.sleep(generator.uniform(0, 5))
        for connection in connections:
            connection.close()

    def stumble(self, _: Client, generator: random.Random) -> None:
        """Sends what is no request, or one that makes no sense."""
        request, status = generator.choice(WRONG)
        with self.open() as connection:
            connection.sendall(request)
            answer = connection.recv(65_536)
        assert answer.startswith(f"HTTP/1.1 {status} ".encode()), (request[:80], answer[:80])
        time.sleep(0.005)


ROLES = [
    Soak.fit, Soak.fit, Soak.poll, Soak.cancel, Soak.follow, Soak.forget, Soak.look, Soak.abort,
    Soak.come_back, Soak.trickle, Soak.ignore, Soak.linger, Soak.stumble,
]


def verdict(samples: list[Figures]) -> str:
    """How the figures of the last quarter compare with those of the second."""
    quarter = len(samples) // 4
    early, late = samples[quarter : 2 * quarter], samples[-quarter:]
    lines = []
    for name, slack in (("megabytes", 8), ("descriptors", 30), ("threads", 8)):
        before = statistics.mean(getattr(sample, name) for sample in early)
        after = statistics.mean(getattr(sample, name) for sample in late)
        most = max(getattr(sample, name) for sample in samples)
        lines.append(f"{name}: {before:.1f} in the second quarter, {after:.1f} in the last, "
                     f"{most:.1f} at most")
        assert after <= 1.1 * before + slack, lines[-1]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--executable", type=pathlib.Path, default=EXECUTABLE)
    options = parser.parse_args()

    with (
        tempfile.TemporaryDirectory() as folder,
        ThreadPoolExecutor(len(ROLES)) as threads,
        Server(
            options.executable, pathlib.Path(folder), "--workers", "2", "--retention-jobs", "500",
            "--write-timeout-s", "2", "--job-timeout-s", "600") as server,
    ):
        server.wait_until_listening()
        deadline = time.monotonic() + 60 * options.minutes
        soak = Soak(server, deadline)
        clients = [
            threads.submit(soak.run, role, f"{options.seed}/{index}")
            for index, role in enumerate(ROLES)
        ]
        samples: list[Figures] = []
        while time.monotonic() < deadline and not any(client.done() for client in clients):
            time.sleep(2)
            server.check()
            samples.append(server.figures)
            if len(samples) % 30 == 0:
                print(f"{len(samples) // 30} min: {samples[-1]}", flush=True)
        soak.deadline = 0
        for client in clients:
            client.result()
        assert server.stop() == 0
        errors = [line for line in server.log.read_text().splitlines() if '"level":"error"' in line]
        assert not errors, errors[:5]

    print(", ".join(f"{count} {role}" for role, count in sorted(soak.counts.items())))
    latencies = sorted(soak.latencies)
    print(f"GET /healthz: median {1e3 * latencies[len(latencies) // 2]:.1f} ms, "
          f"p99 {1e3 * latencies[len(latencies) * 99 // 100]:.1f} ms")
    print(verdict(samples))


if __name__ == "__main__":
    main()
