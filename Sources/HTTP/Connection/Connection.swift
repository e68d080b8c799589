import Dispatch
import Glibc

/// One socket: moves bytes between it and its `ConnectionState`, and performs the state's actions.
///
/// `@unchecked Sendable`: all mutable properties are used only on the loop's queue; other threads
/// only hold the reference, and reach the state through `loop.queue.async`.
final class Connection: @unchecked Sendable {
  private let loop: EventLoop
  private let descriptor: Int32
  private let onClose: @Sendable () -> Void

  // Owned by `loop.queue`.
  private var id: UInt64 = 0
  private var state: ConnectionState
  /// The readiness that the loop watches the socket for.
  private var watched: Epoll.Readiness = .readable
  private var isPumping = false
  private var isClosed = false
  /// The time of this connection's entry in the loop's deadline queue; nil when it has none.
  private(set) var scheduled: Instant?
  private var task: Task<Void, Never>?
  private var waitingWriters: [CheckedContinuation<Void, any Error>] = []

  /// Takes ownership of the socket; `onClose` is called on the loop's queue once it is closed.
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

  /// The time since which the connection waits for a request; nil when it does not.
  var idleSince: Instant? { state.idleSince }

  /// Answers the requests that have already arrived, then closes.
  func drain() {
    receive()
    state.drain()
    pump()
  }

  /// Answers the current request with 503 if it has no response yet.
  ///
  /// The reply's task is released but not cancelled, because its client is still connected.
  func refuse() {
    task = nil
    state.refuse(at: .now)
    pump()
  }

  /// Closes in any state, and releases the reply's task without cancelling it.
  func abort() {
    task = nil
    state.fail(at: .now)
    pump()
  }

  /// Called when an entry of the loop's deadline queue is due. The deadline may have been postponed
  /// since the entry was made.
  func deadlineEntryIsDue(_ time: Instant, at now: Instant) {
    if scheduled == time { scheduled = nil }
    // Bytes that arrived before the deadline count, even if they have not been read yet.
    receive()
    pump()
    state.expire(at: now)
    pump()
  }

  // MARK: Progress

  /// Called when the socket is ready.
  func socketIsReady(_ readiness: Epoll.Readiness) {
    let isWanted = state.wantsToRead
    if isWanted {
      if !readiness.isDisjoint(with: [.readable, .broken]) { receive() }
    } else if readiness.contains(.broken) {
      state.fail(at: .now)
    }
    pump()
    // The socket stays watched for reading while reading is not wanted, because usually it is
    // wanted again before anything arrives. Here something has arrived first, so watching stops.
    if !isWanted, !isClosed, !state.wantsToRead { watch(for: watched.subtracting(.readable)) }
  }

  /// Performs the state's actions until there are none, then watches the socket and schedules the
  /// deadline that the state asks for.
  private func pump() {
    // A response given during `perform` is handled by the call of `pump` that is running.
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

  /// Sends as much output as the socket takes; returns whether the state may have a new action.
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

  // MARK: Responses

  /// Runs the reply on the loop's queue. A reply that does not suspend finishes within this call.
  private func run(_ request: Request, _ reply: @escaping Plan.Reply) {
    task = Task.immediate(executorPreference: loop) {
      let response = await reply(request)
      dispatchPrecondition(condition: .onQueue(self.loop.queue))
      self.state.answer(response, at: .now)
      // Does nothing within `perform`: the call of `pump` that is running handles the response.
      self.pump()
    }
  }

  private func stream(_ body: @escaping @Sendable (BodyWriter) async throws -> Void) {
    let writer = BodyWriter { bytes in
      try await withCheckedThrowingContinuation { continuation in
        self.loop.queue.async { self.write(bytes, then: continuation) }
      }
    }
    // High priority, because a client waits for this body.
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
