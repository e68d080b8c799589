#!/usr/bin/env python3
"""Times the server beside a Hummingbird server that does the same JSON work.

    swift build -c release
    swift build -c release --package-path Tests/Benchmarks/HummingbirdPeer
    python3 Tests/Benchmarks/ServerBenchmark/benchmark.py

Needs wrk (Debian's package of that name), which runs on the same cores. The two servers take turns;
every figure is a median over the rounds. The processor time of a request hardly depends on what
else the machine does, unlike the rate. bnsl keeps jobs in SQLite with the default store_sync;
neither server writes a line for each request (--log-level warning).
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import re
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "Endurance"))

from bnsl import EXECUTABLE, Client, Server, figures  # noqa: E402

PEER = HERE.parent / "HummingbirdPeer/.build/release/HummingbirdPeer"


class Peer:
    """The Hummingbird server, on a port that was free."""

    def __init__(self, executable: pathlib.Path):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process = subprocess.Popen([executable, str(self.port)])

    def __enter__(self) -> Peer:
        until_answer(self.port)
        return self

    def __exit__(self, *_) -> None:
        self.process.kill()
        self.process.wait()


@dataclass
class Run:
    """What wrk says of some seconds of load."""

    rate: float
    median_ms: float
    p99_ms: float
    # Of the server, for each request.
    processor_us: float


def wrk(server, path: str, seconds: int, *options: str, script: list[str] | None = None) -> Run:
    command = ["wrk", "-t2", "-c64", f"-d{seconds}s", "--latency", *options]
    if script is not None:
        command += ["-s", str(HERE / "post.lua")]
    command += [f"http://127.0.0.1:{server.port}{path}"]
    if script:
        command += ["--", *script]
    before = processor_time(server.process.pid)
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    used = processor_time(server.process.pid) - before
    errors = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    assert not errors, said
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    count = re.search(r"(\d+) requests in", said)
    return Run(float(rate[1]), milliseconds(said, "50"), milliseconds(said, "99"),
               1e6 * used / int(count[1]))


def processor_time(process: int) -> float:
    """Seconds that all threads of a process have computed."""
    fields = pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def milliseconds(said: str, percentile: str) -> float:
    number, unit = re.search(rf"{percentile}%\s+([\d.]+)(us|ms|s)", said).groups()
    return float(number) * {"us": 1e-3, "ms": 1, "s": 1e3}[unit]


def until_answer(port: int) -> None:
    """Returns once a health check has been answered."""
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port)) as connection:
                connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                assert b" 200 " in connection.recv(4096)
                return
        except OSError:
            time.sleep(0.001)


def median(runs: list[Run]) -> Run:
    return Run(*(statistics.median(getattr(run, name) for run in runs)
                 for name in ("rate", "median_ms", "p99_ms", "processor_us")))


def compare(name: str, rounds: int, ours, theirs) -> None:
    """Alternates the two and prints the medians and their ratio."""
    pairs = [(ours(round), theirs()) for round in range(rounds)]
    mine, other = median([pair[0] for pair in pairs]), median([pair[1] for pair in pairs])
    rates = statistics.median(a.rate / b.rate for a, b in pairs)
    times = statistics.median(b.processor_us / a.processor_us for a, b in pairs)
    print(f"{name:32} {row(mine)}   {row(other)}   {rates:5.2f} {times:5.2f}", flush=True)


def row(run: Run) -> str:
    return f"{run.rate:7.0f} {run.median_ms:6.2f} {run.p99_ms:6.1f} {run.processor_us:5.0f}"


def core_rate(
        executable: pathlib.Path, directory: pathlib.Path, options: dict, count: int) -> float:
    """Fits a second that all cores do without a server: many curves in one offline fit."""
    x = [160, 192, 256, 320, 384, 448, 480, 512, 544, 576, 608, 640, 672, 736]
    y = [2.138, 2.118, 2.089, 2.069, 2.054, 2.038, 2.028, 2.004, 1.955, 1.863, 1.708, 1.506, 1.297]
    file = directory / "curves.json"

    def seconds(curves: int) -> float:
        batch = [{"x": x, "y": y + [0.9 + k * 1e-6], "seed": k} for k in range(curves)]
        file.write_text(json.dumps({"curves": batch, "intervals": {"method": "none"}} | options))
        start = time.perf_counter()
        subprocess.run(
            [executable, "fit", file, "--format", "json"], check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - start

    return (count - 1) / (seconds(count) - seconds(1))


def start_times(executable: pathlib.Path, directory: pathlib.Path, count: int) -> list[float]:
    """Milliseconds from the start of the process to its first answer."""
    times = []
    for _ in range(count):
        start = time.perf_counter()
        with Server(executable, directory) as server:
            server.wait_until_listening()
            until_answer(server.port)
            times.append(1e3 * (time.perf_counter() - start))
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--executable", type=pathlib.Path, default=EXECUTABLE)
    parser.add_argument("--peer", type=pathlib.Path, default=PEER)
    options = parser.parse_args()
    rounds, seconds = options.rounds, options.seconds
    # Idle connections take descriptors of this process too.
    resource.setrlimit(resource.RLIMIT_NOFILE, [resource.getrlimit(resource.RLIMIT_NOFILE)[1]] * 2)

    with tempfile.TemporaryDirectory() as folder:
        directory = pathlib.Path(folder)
        times = start_times(options.executable, directory, 20)
        print(f"start to first answer: median {statistics.median(times):.1f} ms, "
              f"at most {max(times):.1f} ms")

        quiet = ("--log-level", "warning")
        with Server(options.executable, directory, *quiet) as server, Peer(options.peer) as peer:
            server.wait_until_listening()
            until_answer(server.port)
            time.sleep(1)
            print(f"memory idle: {server.figures.megabytes:.1f} MB "
                  f"(peer {figures(peer.process.pid).megabytes:.1f})")
            idle = [
                socket.create_connection(("127.0.0.1", port))
                for port in [server.port, peer.port] for _ in range(1000)
            ]
            time.sleep(1)
            print(f"with 1,000 idle connections: {server.figures.megabytes:.1f} MB "
                  f"(peer {figures(peer.process.pid).megabytes:.1f})")
            for connection in idle:
                connection.close()

            head = f"{'/s':>7} {'p50 ms':>6} {'p99 ms':>6} {'CPU us':>6}"
            print(f"\n{'':32} {head}   {head}   ratios: rate, CPU")
            compare("GET /healthz, kept open", rounds,
                    lambda _: wrk(server, "/healthz", seconds),
                    lambda: wrk(peer, "/healthz", seconds))
            close = ("-H", "Connection: close")
            compare("GET /healthz, new connections", rounds,
                    lambda _: wrk(server, "/healthz", seconds, *close),
                    lambda: wrk(peer, "/healthz", seconds, *close))
            compare("POST /fit, stored; peer: echo", rounds,
                    lambda _: wrk(server, "/fit", seconds, script=[]),
                    lambda: wrk(peer, "/fit", seconds, script=[]))
            loaded = server.figures.megabytes

            for kind, settings, count, connections in [
                    ("law", {"breaks": 1}, 1000, 64), ("forecast", {}, 300, 16)]:
                pairs = []
                for round in range(rounds):
                    run = wrk(
                        server, "/fit", seconds, f"-c{connections}", script=[kind, str(round)])
                    # Those that nobody waits for any more are fitted all the same.
                    time.sleep(2)
                    pairs.append((run, core_rate(options.executable, directory, settings, count)))
                core = statistics.median(core for _, core in pairs)
                share = statistics.median(run.rate / core for run, core in pairs)
                print(f"{f'distinct, a {kind}; core alone':32} "
                      f"{row(median([run for run, _ in pairs]))}   {core:7.0f} {'':19}   {share:5.2f}",
                      flush=True)

            print(f"\nmemory after that load: {loaded:.1f} MB, with distinct fits "
                  f"{server.figures.megabytes:.1f} MB")
            client = Client(server.port)
            samples = []
            for request in range(100_000):
                assert client.ask("GET", "/healthz").status == 200
                if request % 20_000 == 19_999:
                    samples.append(f"{server.figures.megabytes:.1f}")
            print(f"over 100,000 further requests: {', '.join(samples)} MB")


if __name__ == "__main__":
    main()
