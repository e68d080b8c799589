import Foundation
import Locks
import Synchronization
import TestSupport
import Testing

@testable import Jobs

@Suite(.timeLimit(.minutes(1)))
struct WorkerPoolTests {
  /// Calls `body` with a pool and returns when all tasks have ended.
  private func withPool(
    workers: Int, threads: Int, _ body: (WorkerPool) async throws -> Void
  ) async rethrows {
    let pool = WorkerPool(workers: workers, threads: threads, niceness: 1)
    pool.start()
    try await body(pool)
    await withCheckedContinuation { continuation in pool.stop { continuation.resume() } }
  }

  /// Runs tasks to their ends.
  private func run(_ pool: WorkerPool, _ bodies: [@Sendable () -> Void]) async {
    await withCheckedContinuation { continuation in
      let left = Locked(bodies.count)
      for (index, body) in bodies.enumerated() {
        pool.enqueue(
          WorkerPool.Task(id: Int64(index), client: "") { ready in
            ready { over in
              body()
              over()
              if left.withLock({
                $0 -= 1; return $0 == 0
              }) {
                continuation.resume()
              }
            }
          })
      }
    }
  }

  @Test(
    "every work item is computed once, by no more threads at a time than there are workers",
    arguments: [(1, 1, 1), (1, 4, 1000), (2, 2, 1000), (2, 8, 1000), (3, 12, 2), (4, 16, 0)])
  func itemsOnce(workers: Int, threads: Int, count: Int) async {
    await withPool(workers: workers, threads: threads) { pool in
      let visits = Locked([Int](repeating: 0, count: count))
      let most = Locked((now: 0, most: 0))
      let job: @Sendable () -> Void = {
        pool.forEach(count) { index in
          most.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
          visits.withLock { $0[index] += 1 }
          most.withLock { $0.now -= 1 }
        }
      }
      await run(pool, [job, job, job])
      #expect(visits.withLock { $0 } == [Int](repeating: 3, count: count))
      #expect(most.withLock { $0.most } <= workers)
    }
  }

  @Test("sets within sets end, with every thread inside one", arguments: [1, 2, 3])
  func nested(workers: Int) async {
    await withPool(workers: workers, threads: workers) { pool in
      let sum = Atomic(0)
      let job: @Sendable () -> Void = {
        pool.forEach(8) { _ in
          pool.forEach(8) { _ in pool.forEach(4) { sum.add($0, ordering: .relaxed) } }
        }
      }
      await run(pool, Array(repeating: job, count: 2 * workers))
      #expect(sum.load(ordering: .relaxed) == 2 * workers * 8 * 8 * 6)
    }
  }

  @Test("a short task is served before a long one is over", arguments: [1, 2])
  func fairness(workers: Int) async {
    await withPool(workers: workers, threads: 4 * workers) { pool in
      let over = Journal<String>()
      let (began, served) = (Journal<Void>(), Journal<Bool>())
      let (proceed, shortIsOver) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
      for id in 0..<workers {
        enqueue(Int64(id), on: pool) {
          pool.forEach(200) { index in
            if began.entries.count < workers {
              began.append(())
              proceed.wait()
            }
            // The last item waits for what has to come before: a pool that does not serve that in
            // time would do so for ever.
            if index == 199 { served.append(shortIsOver.wait(timeout: .now() + 30) == .success) }
          }
          over.append("long")
        }
      }
      // Every worker is busy when the short task comes.
      await began.until { $0.count >= workers }
      enqueue(100, on: pool) {
        over.append("short")
        for _ in 0..<workers { shortIsOver.signal() }
      }
      for _ in 0..<began.entries.count { proceed.signal() }
      await over.until { $0.count == workers + 1 }
      #expect(over.entries.first == "short")
      #expect(served.entries == Array(repeating: true, count: workers))
    }
  }

  private func enqueue(
    _ id: Int64, on pool: WorkerPool, _ body: @escaping @Sendable () -> Void
  ) {
    pool.enqueue(
      WorkerPool.Task(id: id, client: "") { ready in
        ready { over in
          body()
          over()
        }
      })
  }

  @Test("two long tasks on one worker take turns, item by item")
  func turns() async {
    await withPool(workers: 1, threads: 4) { pool in
      let order = Journal<Int>()
      let areWaiting = Gate()
      for job in 0..<2 {
        enqueue(Int64(job), on: pool) {
          if job == 0 { areWaiting.pass() }
          pool.forEach(200) { _ in order.append(job) }
        }
      }
      areWaiting.open()
      await order.until { $0.count == 400 }
      // From the second item on, when both have begun, neither goes twice in a row until one ends.
      let items = order.entries
      let second = items.firstIndex { $0 != items[0] } ?? items.count
      #expect(second <= 1)
      let together = items[second..<(2 * 200 - 1)]
      #expect(zip(together, together.dropFirst()).allSatisfy { $0 != $1 })
    }
  }

  @Test("what is ready is computed on the thread that has just computed")
  func sameThread() async {
    await withPool(workers: 1, threads: 4) { pool in
      let allAreReady = Gate()
      let threads = Locked<Set<pthread_t>>([])
      await withCheckedContinuation { continuation in
        for id in Int64(0)..<4 {
          pool.enqueue(
            WorkerPool.Task(id: id, client: "") { ready in
              ready { over in
                if id == 0 { allAreReady.pass() }
                pool.forEach(1) { _ in threads.withLock { _ = $0.insert(pthread_self()) } }
                over()
                if id == 3 { continuation.resume() }
              }
            })
        }
        allAreReady.open()
      }
      #expect(threads.withLock { $0.count } == 1)
    }
  }

  @Test("a task that is removed does not run, and holds up nobody")
  func removal() async {
    await withPool(workers: 1, threads: 1) { pool in
      let gate = Gate()
      let began = Gate()
      let ran = Locked<[Int64]>([])
      pool.enqueue(
        WorkerPool.Task(id: 1, client: "") { ready in
          ready { over in
            began.open()
            gate.pass()
            over()
          }
        })
      for id in Int64(2)...4 {
        pool.enqueue(
          WorkerPool.Task(id: id, client: "") { ready in
            ran.withLock { $0.append(id) }
            ready(nil)
          })
      }
      began.pass()
      #expect(pool.positions(of: [4]) == [4: 3])
      pool.remove(2)
      #expect(pool.positions(of: [4, 2]) == [4: 2])
      gate.open()
      await run(pool, [{}])
      #expect(ran.withLock { $0 } == [3, 4])
    }
  }

  @Test("workers run at a lower priority than the thread that made them")
  func priority() async {
    let own = getpriority(.init(PRIO_PROCESS.rawValue), 0)
    await withPool(workers: 1, threads: 1) { pool in
      let priority = Locked<Int32>(0)
      await run(
        pool, [{ priority.withLock { $0 = getpriority(.init(PRIO_PROCESS.rawValue), 0) } }])
      #expect(priority.withLock { $0 } == own + 1)
    }
  }
}
