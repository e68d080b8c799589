#!/usr/bin/env python3
"""Kills and stops the server at random moments under load, and accounts for every job.

    python3 Tests/Endurance/crash.py --cycles 100 --seed 1

Three of four ends are a `kill -9`, the others a SIGTERM, upon which everybody whose request has
arrived must be answered and no job be cancelled. Meanwhile clients wait, poll, cancel, delete, and
leave their connections. After each end the database must pass SQLite's checks, and after each
restart:

- every job that was accepted is there, no other is, and none is there twice;
- a submission that was cut off left one job or none, and sending it again leads to one;
- who left a connection finds the job by its idempotency key, and not cancelled;
- what was finished stays as it was, its result bit for bit; what was cancelled stays cancelled, and
  what was deleted stays away;
- in the end everything else has run and succeeded, equal requests with equal numbers. Only a job
  that was unfinished at five kills may have failed: the server takes it for the cause.

The choices follow from the seed; how they interleave does not. Needs `swift build -c release`.
"""

from __future__ import annotations

import argparse
import hashlib
import pathlib
import random
import shutil
import sqlite3
import tempfile
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from bnsl import EXECUTABLE, Answer, Client, Gone, Server, curve, numbers

CLIENTS = 6
# How long before a SIGTERM a request must have been sent to have arrived for sure, in seconds.
ARRIVAL = 0.1
# Quick fits, such that take tenths of a second, and such that take longer than most lives of the
# server; few bodies, so that many jobs share a computation or a stored result.
BODIES = (
    [curve(n, intervals={"method": "none"}, breaks=n % 2) for n in range(8)]
    + [curve(100 + n, points=40) for n in range(8)]
    + [curve(200 + n, points=400, intervals={"method": "bootstrap"}, breaks=2) for n in range(2)]
)
WEIGHTS = [8] * 8 + [4] * 8 + [1] * 2


@dataclass
class Job:
    """One submission and all that its client knows of it."""

    key: str
    body: str
    fresh: bool
    id: str | None = None
    # Each None, "asked" (cut off, so nobody knows) or "done".
    cancelled: str | None = None
    deleted: str | None = None
    # Of the result that a client has seen.
    digest: str | None = None
    state: str = "unknown"
    kills_unfinished: int = 0


class Ledger:
    """Every job there should be. Its clients append and change only jobs of their own."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []
        self.replays = 0
        self.departures = 0
        # When the server was asked to stop, as long as nobody kills it.
        self.stopped_at: float | None = None
        self.compared = 0

    # MARK: Load

    def load(self, port: int, seed: str) -> None:
        """Sends requests until the server ends."""
        generator = random.Random(seed)
        client = Client(port, timeout=30)
        mine: list[Job] = []
        try:
            while True:
                step = generator.random()
                usable = [job for job in mine if job.id and not job.deleted]
                if step < 0.6 or not usable:
                    body = generator.choices(BODIES, WEIGHTS)[0]
                    key = f"{seed}/{len(mine)}"
                    job = Job(key, body, fresh=generator.random() < 0.5)
                    mine.append(job)
                    if generator.random() < 0.1:
                        self.depart(port, job, generator.uniform(0, 0.2))
                    else:
                        self.submit(client, job, waits=generator.random() < 0.3)
                elif step < 0.8:
                    self.fetch(client, generator.choice(usable))
                elif step < 0.9:
                    self.cancel(client, generator.choice(usable))
                else:
                    self.delete(client, generator.choice(usable))
                time.sleep(generator.uniform(0, 0.03))
        except Gone:
            pass
        self.jobs += mine

    def ask(self, client: Client, method: str, path: str, *body: str, **fields: str) -> Answer:
        """What a stopping server takes no more is cut off: it is sent again after the next start."""
        answer = client.ask(method, path, *body, **fields)
        if answer.status == 503 and self.stopped_at is not None:
            raise ConnectionError(answer)
        return answer

    def depart(self, port: int, job: Job, patience: float) -> None:
        """Submits a job and closes the connection before the answer; `settle_doubts` comes back."""
        client = Client(port, timeout=patience)
        try:
            self.submit(client, job, waits=True)
        except TimeoutError:
            client.connection.close()
            self.departures += 1

    def submit(self, client: Client, job: Job, waits: bool = False) -> None:
        fields = {"cache_control": "no-cache"} if job.fresh else {}
        sent_at = time.monotonic()
        try:
            answer = self.ask(
                client, "POST", "/fit", job.body, idempotency_key=job.key,
                prefer="wait=30" if waits else "respond-async", **fields)
        except TimeoutError:
            raise
        except Gone:
            stopped_at = self.stopped_at
            assert stopped_at is None or sent_at > stopped_at - ARRIVAL, (
                f"a request sent {stopped_at - sent_at:.1f} s before the stop got no answer")
            raise
        assert answer.status in (200, 202), answer
        job.id = answer.json["id"]
        if answer.status == 200:
            job.digest = digest(answer.body)

    def fetch(self, client: Client, job: Job) -> None:
        answer = self.ask(client, "GET", f"/jobs/{job.id}/result")
        if answer.status == 200:
            assert job.digest in (None, digest(answer.body)), f"{job.id} has another result"
            assert job.cancelled != "done", f"{job.id} was cancelled and has a result"
            job.digest = digest(answer.body)
        else:
            assert job.digest is None, f"{job.id} has lost its result: {answer}"
            expected = 410 if job.cancelled == "done" else 409
            assert answer.status == expected, (job.id, answer)

    def cancel(self, client: Client, job: Job) -> None:
        job.cancelled = job.cancelled or "asked"
        answer = self.ask(client, "POST", f"/jobs/{job.id}/cancel")
        assert answer.status == 200, answer
        job.cancelled = "done" if answer.json["state"] == "cancelled" else None
        assert not (job.cancelled and job.digest), f"{job.id} was finished, then cancelled"

    def delete(self, client: Client, job: Job) -> None:
        job.deleted = "asked"
        answer = self.ask(client, "DELETE", f"/jobs/{job.id}")
        assert answer.status == 204, answer
        job.deleted = "done"

    # MARK: Accounts

    def note_kill(self) -> None:
        for job in self.jobs:
            if job.digest is None and job.state not in ("succeeded", "cancelled", "failed"):
                job.kills_unfinished += 1

    def settle_doubts(self, client: Client) -> None:
        """Finds everything that was accepted, and nothing else; sends again what was cut off."""
        listed = listing(client)
        known = {job.id for job in self.jobs if job.id}
        unexplained = set(listed) - known
        for job in self.jobs:
            if job.id is None:
                self.submit(client, job)
                self.replays += 1
        ids = [job.id for job in self.jobs]
        assert len(ids) == len(set(ids)), "two submissions led to one job"
        assert unexplained <= set(ids), f"nobody asked for {unexplained - set(ids)}"
        for job in self.jobs:
            if job.deleted == "asked" and job.id not in listed:
                job.deleted = "done"
            elif job.deleted == "asked":
                job.deleted = None
        self.check(client)

    def check(self, client: Client) -> None:
        """Compares the states listed with what clients have been told."""
        listed = listing(client)
        for job in self.jobs:
            if job.deleted == "done":
                assert job.id not in listed, f"{job.id} was deleted and is back"
                continue
            assert job.id in listed, f"{job.id} is lost"
            before, job.state = job.state, listed[job.id]
            if job.digest or before in ("succeeded", "cancelled", "failed"):
                expected = "succeeded" if job.digest else before
                assert job.state == expected, f"{job.id} was {expected}, is {job.state}"
            if job.cancelled == "done":
                assert job.state == "cancelled", f"{job.id} was cancelled, is {job.state}"
            if job.state == "cancelled":
                assert job.cancelled, f"nobody cancelled {job.id}"
            if job.state == "failed":
                error = client.ask("GET", f"/jobs/{job.id}").json["error"]
                # Or joined the computation of an equal request that was.
                kills = max(other.kills_unfinished for other in self.jobs if other.body == job.body)
                assert kills >= 5 and error["code"] == "job_failed", error

    def compare(self, client: Client, jobs: list[Job]) -> None:
        """Fetches results again: each is what it was, and equal requests have equal numbers."""
        seen: dict[str, str] = {}
        for job in jobs:
            if job.state != "succeeded" or job.deleted:
                continue
            answer = client.ask("GET", f"/jobs/{job.id}/result")
            assert answer.status == 200, (job.id, answer)
            assert job.digest in (None, digest(answer.body)), f"{job.id} has another result"
            job.digest = digest(answer.body)
            self.compared += 1
            found = numbers(answer.body)
            assert seen.setdefault(job.body, found) == found, f"{job.id} has other numbers"

    def finish(self, client: Client) -> None:
        """Waits until everything has run."""
        deadline = time.monotonic() + 300
        while any(state in ("queued", "running") for state in listing(client).values()):
            assert time.monotonic() < deadline, "jobs stay unfinished"
            time.sleep(0.2)
        self.check(client)


def listing(client: Client) -> dict[str, str]:
    """The state of every job by its id."""
    states: dict[str, str] = {}
    path: str | None = "/jobs?limit=1000"
    while path:
        page = client.ask("GET", path).json
        for job in page["jobs"]:
            assert job["id"] not in states, f"{job['id']} is listed twice"
            states[job["id"]] = job["state"]
        path = page["next"] and f"/jobs?limit=1000&cursor={page['next']}"
    return states


def check_database(data: pathlib.Path) -> None:
    """Looks at a copy, so that recovering it stays the server's affair."""
    if not (data / "jobs.sqlite").exists():
        return
    with tempfile.TemporaryDirectory() as copy:
        for name in ("jobs.sqlite", "jobs.sqlite-wal"):
            if (data / name).exists():
                shutil.copy(data / name, copy)
        database = sqlite3.connect(f"{copy}/jobs.sqlite")
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        database.close()


def digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cycles", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--executable", type=pathlib.Path, default=EXECUTABLE)
    options = parser.parse_args()

    generator = random.Random(options.seed)
    ledger = Ledger()
    early = 0
    stops = 0
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(CLIENTS) as clients:
        directory = pathlib.Path(folder)

        def start() -> Server:
            return Server(
                options.executable, directory, "--workers", "2", "--queue-capacity", "100000",
                "--job-timeout-s", "3600", "--drain-deadline-s", "5")

        for cycle in range(1, options.cycles + 1):
            loads: list[Future] = []
            with start() as server:
                if generator.random() < 0.2:
                    # While it starts, reads its database and takes up what was left.
                    time.sleep(generator.uniform(0, 0.05))
                    early += 1
                else:
                    server.wait_until_listening()
                    client = Client(server.port)
                    ledger.settle_doubts(client)
                    ledger.compare(
                        client, generator.sample(ledger.jobs, min(30, len(ledger.jobs))))
                    if cycle % 10 == 0:
                        ledger.finish(client)
                    loads = [
                        clients.submit(ledger.load, server.port, f"{options.seed}/{cycle}/{n}")
                        for n in range(CLIENTS)
                    ]
                    time.sleep(generator.uniform(0.01, 1))
                server.check()
                if loads and generator.random() < 0.25:
                    ledger.stopped_at = time.monotonic()
                    assert server.stop() == 0
                    stops += 1
            for load in loads:
                load.result()
            if ledger.stopped_at is None:
                ledger.note_kill()
            ledger.stopped_at = None
            check_database(directory / "data")
            if cycle % 10 == 0:
                print(f"{cycle} ends, {stops} of them stops, {len(ledger.jobs)} jobs", flush=True)

        for _ in range(2):
            with start() as server:
                server.wait_until_listening()
                client = Client(server.port)
                ledger.settle_doubts(client)
                ledger.finish(client)
                ledger.compare(client, ledger.jobs)
                assert server.stop() == 0
            check_database(directory / "data")

    states = [job.state if not job.deleted else "deleted" for job in ledger.jobs]
    print(
        f"{options.cycles - stops} kills, {early} of them while starting, and {stops} stops; "
        + f"{ledger.departures} connections left; {len(ledger.jobs)} jobs: "
        + ", ".join(f"{states.count(state)} {state}" for state in sorted(set(states)))
        + f"; {ledger.replays} submissions were cut off and sent again; "
        + f"{ledger.compared} results compared bit for bit. All accounted for.")


if __name__ == "__main__":
    main()
