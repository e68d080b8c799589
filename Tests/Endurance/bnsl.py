"""The server under test, what is asked of it, and what it costs."""

from __future__ import annotations

import http.client
import json
import math
import os
import pathlib
import random
import select
import signal
import subprocess
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXECUTABLE = ROOT / ".build/release/bnsl"

# What a client sees when the server dies under it.
Gone = (OSError, http.client.HTTPException)


class Server:
    """`bnsl serve` on a free port, with its jobs in `directory/data`."""

    def __init__(self, executable: pathlib.Path, directory: pathlib.Path, *flags: str):
        self.log = directory / "server.log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [executable, "serve", "--port", "0", "--data-dir", directory / "data", *flags],
                stdout=subprocess.PIPE, stderr=log, env={}, cwd=directory)
        self.port = 0

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_) -> None:
        if self.process.poll() is None:
            self.kill()

    def wait_until_listening(self, seconds: float = 60) -> None:
        """Reads the first line, which says where the server listens."""
        assert self.process.stdout
        if not select.select([self.process.stdout], [], [], seconds)[0]:
            raise TimeoutError(f"no address within {seconds} s")
        line = self.process.stdout.readline().decode()
        if not line:
            raise RuntimeError(f"the server did not start:\n{self.log.read_text()[-2000:]}")
        self.port = int(line.rsplit(":", 1)[1].strip().rstrip("/"))

    def check(self) -> None:
        """Raises with the end of the log when the server has died by itself."""
        if self.process.poll() is not None:
            log = self.log.read_text()[-3000:]
            raise RuntimeError(f"the server died ({self.process.returncode}):\n{log}")

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """Stops it as an operator would; returns its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=90)

    @property
    def figures(self) -> Figures:
        return figures(self.process.pid)


@dataclass(frozen=True)
class Figures:
    """What the process takes."""

    megabytes: float
    descriptors: int
    threads: int


def figures(process: int) -> Figures:
    """What a process takes now."""
    folder = pathlib.Path(f"/proc/{process}")
    status = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
    return Figures(
        megabytes=int(status["VmRSS"].split()[0]) / 1024,
        descriptors=len(os.listdir(folder / "fd")), threads=int(status["Threads"]))


@dataclass(frozen=True)
class Answer:
    status: int
    fields: http.client.HTTPMessage
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


class Client:
    """One connection that is kept open; belongs to one thread."""

    def __init__(self, port: int, timeout: float = 90):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)

    def ask(self, method: str, path: str, body: str | None = None, **fields: str) -> Answer:
        """Sends a request; an underscore in a field's name stands for a hyphen."""
        named = {name.replace("_", "-"): value for name, value in fields.items()}
        if body is not None:
            named.setdefault("content-type", "application/json")
        try:
            self.connection.request(method, path, body, named)
            response = self.connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        except Gone:
            self.connection.close()
            raise


def curve(number: int, points: int = 14, **options) -> str:
    """The body of a fit: a broken law with a little noise, the same for the same number."""
    generator = random.Random(number)
    limit, break_at = generator.uniform(0.1, 0.5), 10 ** generator.uniform(2, 3)
    x = [round(10 ** (1 + 3 * i / (points - 1)), 3) for i in range(points)]
    y = [
        (limit + 3 * u**-0.15 * (1 + (u / break_at) ** 4) ** (-0.3 / 4))
        * math.exp(generator.gauss(0, 0.005))
        for u in x
    ]
    return json.dumps({"x": x, "y": y, **options})


def numbers(result: bytes) -> str:
    """A result without what differs from job to job."""
    answer = json.loads(result)
    for part in [answer, *answer.get("curves", [])]:
        for name in ("id", "created_at", "timing_ms", "links"):
            part.pop(name, None)
    return json.dumps(answer, sort_keys=True)
