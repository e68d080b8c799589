import Dispatch
import Glibc

/// One socket: carries bytes between it and its `ConnectionState`, and runs what the state asks.
///
/// `@unchecked Sendable`: everything mutable is touched on the loop's queue alone; other threads
/// only keep the reference, and reach the state through `loop.queue.async`.
final class Connection: @unchecked Sendable {
  private let loop: EventLoop
  private let descriptor: Int32
  private let onClose: @Sendable () -> Void

  // Owned by `loop.queue`.
  private var id: UInt64 = 0
  private var state: ConnectionState
  /// What the loop watches the socket for.
  private var watched: Epoll.Readiness = .readable
  private var isPumping = false
  private var isClosed = false
  /// When the loop's deadline queue has an entry for this connection.
  private(set) var scheduled: Instant?
  private var task: Task<Void, Never>?
  private var waitingWriters: [CheckedContinuation<Void, any Error>] = []

  /// Takes the socket over; `onClose` is called on the loop's queue once it is closed.
  init(
    loop: EventLoop, descriptor: Int32, state: consuming ConnectionState,
    onClose: @escaping @Sendable () -> Void
  ) {
    self.loop = loop
    self.descriptor = descriptor
    self.state = state
    self.onClose = onClose
  }

  func start(id: UInt64) {
    self.id = id
    do throws(SocketError) {
      try loop.watch(descriptor, of: id, for: watched)
    } catch {
      state.fail(at: .now)
    }
    pump()
  }

  /// Since when it waits for a request; nil when it does not.
  var idleSince: Instant? { state.idleSince }

  /// Serves what has already come, and then no further request.
  func drain() {
    receive()
    state.drain()
    pump()
  }

  /// Answers with 503 what has no answer yet.
  ///
  /// The reply's task is let go, not cancelled: its client has not gone.
  func refuse() {
    task = nil
    state.refuse(at: .now)
    pump()
  }

  /// Closes, whatever it is doing, and lets the reply's task go.
  func abort() {
    task = nil
    state.fail(at: .now)
    pump()
  }

  /// An entry of the loop's deadline queue has come up; it may have been put off since.
  func deadlineEntryIsDue(_ time: Instant, at now: Instant) {
    if scheduled == time { scheduled = nil }
    // What has come in time counts, though nobody has had time to read it.
    receive()
    pump()
    state.expire(at: now)
    pump()
  }

  // MARK: Moving on

  /// The loop has been told of the socket.
  func socketIsReady(_ readiness: Epoll.Readiness) {
    let isWanted = state.wantsToRead
    if isWanted {
      if !readiness.isDisjoint(with: [.readable, .broken]) { receive() }
    } else if readiness.contains(.broken) {
      state.fail(at: .now)
    }
    pump()
    // Reading is left on while it is not wanted, since most often it is again before anything
    // comes; now something has.
    if !isWanted, !isClosed, !state.wantsToRead { watch(for: watched.subtracting(.readable)) }
  }

  /// Carries out what the state asks until it waits, then waits for what it waits for.
  private func pump() {
    // An answer given within `perform` is taken up by the pump that is running.
    guard !isPumping, !isClosed else { return }
    isPumping = true
    repeat {
      while let action = state.next(at: .now) { perform(action) }
    } while !isClosed && flush()
    isPumping = false
    guard !isClosed else { return }
    watch(
      for: (state.wantsToRead ? .readable : watched.intersection(.readable))
        .union(state.output.isEmpty ? [] : .writable))
    resumeWriters()
    if let deadline = state.deadline, scheduled.map({ deadline < $0 }) ?? true {
      scheduled = deadline
      loop.schedule(id, at: deadline)
    }
  }

  private func perform(_ action: ConnectionState.Action) {
    switch action {
    case .run(let request, let reply): run(request, reply)
    case .stream(let body): stream(body)
    case .shutDownWriting: shutdown(descriptor, Int32(SHUT_WR))
    case .close: close()
    }
  }

  // MARK: The socket

  private func receive() {
    guard state.wantsToRead else { return }
    let count = recv(descriptor, loop.buffer.baseAddress, loop.buffer.count, 0)
    if count > 0 {
      state.receive(UnsafeRawBufferPointer(rebasing: loop.buffer[..<count]), at: .now)
    } else if count == 0 {
      state.receiveEnd(at: .now)
    } else if errno != EAGAIN && errno != EINTR {
      state.fail(at: .now)
    }
  }

  /// Sends what it can; returns whether the state may have a next step because of it.
  private func flush() -> Bool {
    guard !state.output.isEmpty else { return false }
    let count = state.output.withUnsafeBytes {
      send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
    }
    if count >= 0 {
      state.didSend(count, at: .now)
    } else if errno == EAGAIN || errno == EINTR {
      state.didSend(0, at: .now)
    } else {
      state.fail(at: .now)
      return true
    }
    return count > 0
  }

  private func watch(for readiness: Epoll.Readiness) {
    guard readiness != watched else { return }
    watched = readiness
    loop.watch(descriptor, of: id, onlyFor: readiness)
  }

  private func close() {
    isClosed = true
    task?.cancel()
    resumeWriters()
    loop.remove(id)
    Glibc.close(descriptor)
    onClose()
  }

  // MARK: Answers

  /// Runs the reply on the loop's queue; an answer given without suspending is taken at once.
  private func run(_ request: Request, _ reply: @escaping Plan.Reply) {
    task = Task.immediate(executorPreference: loop) {
      let response = await reply(request)
      dispatchPrecondition(condition: .onQueue(self.loop.queue))
      self.state.answer(response, at: .now)
      // Within `perform` the pump that is running takes it up.
      self.pump()
    }
  }

  private func stream(_ body: @escaping @Sendable (BodyWriter) async throws -> Void) {
    let writer = BodyWriter { bytes in
      try await withCheckedThrowingContinuation { continuation in
        self.loop.queue.async { self.write(bytes, then: continuation) }
      }
    }
    // A client waits for it: it goes before whatever else wants Swift's threads.
    task = Task(priority: .high) {
      var isComplete = true
      do { try await body(writer) } catch { isComplete = false }
      self.loop.queue.async { [isComplete] in
        self.state.endStream(isComplete: isComplete, at: .now)
        self.pump()
      }
    }
  }

  private func write(_ bytes: [UInt8], then continuation: CheckedContinuation<Void, any Error>) {
    guard !isClosed, state.write(bytes) else {
      continuation.resume(throwing: CancellationError())
      return
    }
    waitingWriters.append(continuation)
    pump()
  }

  private func resumeWriters() {
    guard !waitingWriters.isEmpty, isClosed || state.isAnswering else { return }
    let writers = waitingWriters
    waitingWriters = []
    for writer in writers {
      if isClosed { writer.resume(throwing: CancellationError()) } else { writer.resume() }
    }
  }
}
