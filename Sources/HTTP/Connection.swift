import Dispatch
import Glibc
import Synchronization

/// One socket: carries bytes between it and its `ConnectionState`, and runs what the state asks.
///
/// `@unchecked Sendable`: everything mutable is touched on the loop's queue alone; other threads
/// only keep the reference, and reach the state through `loop.queue.async`.
///
/// The rules of Dispatch that it keeps: the descriptor is closed when the cancel handlers of all
/// its sources have run, since it may be given out anew at once; no source is released or
/// cancelled while suspended; the write source runs only while output waits.
final class Connection: @unchecked Sendable {
  private let loop: EventLoop
  private let descriptor: Int32
  private let handler: any Handler
  private let onClose: @Sendable () -> Void

  // Owned by `loop.queue`.
  private var id: UInt64 = 0
  private var state: ConnectionState
  private var readSource: SwitchedSource?
  private var writeSource: SwitchedSource?
  private var openSources = 0
  private var isPumping = false
  private var isClosed = false
  /// When the loop's deadline queue has an entry for this connection.
  private(set) var scheduled: Instant?
  private var task: Task<Void, Never>?
  private var waitingWriters: [CheckedContinuation<Void, any Error>] = []

  /// Takes the socket over; `onClose` is called on the loop's queue once it is closed.
  init(
    loop: EventLoop, descriptor: Int32, handler: any Handler, state: consuming ConnectionState,
    onClose: @escaping @Sendable () -> Void
  ) {
    self.loop = loop
    self.descriptor = descriptor
    self.handler = handler
    self.state = state
    self.onClose = onClose
  }

  func start(id: UInt64) {
    self.id = id
    readSource = makeSource(
      DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: loop.queue)
    ) {
      $0.readableBytesArrived()
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

  func abort() {
    state.fail(at: .now)
    pump()
  }

  /// An entry of the loop's deadline queue has come up; it may have been put off since.
  func deadlineEntryIsDue(_ time: Instant, at now: Instant) {
    if scheduled == time { scheduled = nil }
    state.expire(at: now)
    pump()
  }

  // MARK: Moving on

  private func readableBytesArrived() {
    receive()
    pump()
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
    readSource?.isOn = state.wantsToRead
    resumeWriters()
    if let deadline = state.deadline, scheduled.map({ deadline < $0 }) ?? true {
      scheduled = deadline
      loop.schedule(id, at: deadline)
    }
  }

  private func perform(_ action: ConnectionState.Action) {
    switch action {
    case .run(let request): run(request)
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
    if !state.output.isEmpty && writeSource == nil {
      writeSource = makeSource(
        DispatchSource.makeWriteSource(fileDescriptor: descriptor, queue: loop.queue)
      ) {
        $0.pump()
      }
    }
    writeSource?.isOn = !state.output.isEmpty
    return count > 0
  }

  private func makeSource(
    _ source: any DispatchSourceProtocol, onEvent: @escaping (Connection) -> Void
  ) -> SwitchedSource {
    openSources += 1
    source.setEventHandler { [weak self] in self.map(onEvent) }
    // The cancel handler keeps the connection until the source is gone.
    source.setCancelHandler { self.sourceIsCancelled() }
    return SwitchedSource(source)
  }

  private func close() {
    isClosed = true
    task?.cancel()
    resumeWriters()
    readSource?.cancel()
    writeSource?.cancel()
    loop.remove(id)
  }

  private func sourceIsCancelled() {
    openSources -= 1
    guard openSources == 0 else { return }
    Glibc.close(descriptor)
    onClose()
  }

  // MARK: Answers

  /// Runs the handler; an answer given without suspending is taken at once, without a hop.
  ///
  /// Handlers and streams go before whatever else wants Swift's threads: a client waits for them.
  private func run(_ request: Request) {
    let answer = Handoff()
    task = Task.immediate(priority: .high) { [handler] in
      let response = await handler.respond(to: request)
      if answer.give(response) {
        self.loop.queue.async {
          self.state.answer(response, at: .now)
          self.pump()
        }
      }
    }
    if let response = answer.takeOrLeave() { state.answer(response, at: .now) }
  }

  private func stream(_ body: @escaping @Sendable (BodyWriter) async throws -> Void) {
    let writer = BodyWriter { bytes in
      try await withCheckedThrowingContinuation { continuation in
        self.loop.queue.async { self.write(bytes, then: continuation) }
      }
    }
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

/// Passes an answer from a task to whoever started it, if it comes before the starter leaves.
///
/// `@unchecked Sendable`: `response` is written before `giver` arrives and read by the starter only
/// after it has seen that, both through the atomic exchange of `stage`.
private final class Handoff: @unchecked Sendable {
  private enum Stage: UInt8, AtomicRepresentable { case open, given, left }

  private let stage = Atomic(Stage.open)
  private var response: Response?

  /// Gives the answer; returns whether the starter has left, so that it must be sent after it.
  func give(_ response: Response) -> Bool {
    self.response = response
    return stage.exchange(.given, ordering: .acquiringAndReleasing) == .left
  }

  /// Takes the answer if it is there; otherwise the starter has left.
  func takeOrLeave() -> Response? {
    stage.exchange(.left, ordering: .acquiringAndReleasing) == .given ? response : nil
  }
}
