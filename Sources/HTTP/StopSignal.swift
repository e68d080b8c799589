import Dispatch
import Glibc
import Synchronization

/// Turns SIGTERM and SIGINT into calls: the first asks to stop gracefully, the second at once.
///
/// SIGPIPE is ignored from then on, as a server must. Keep it as long as the signals are wanted.
///
/// `@unchecked Sendable`: `sources` is set once, and Dispatch's objects may be used from any thread.
public final class StopSignal: @unchecked Sendable {
  public enum Urgency: Sendable { case graceful, immediate }

  private let sources: [any DispatchSourceSignal]
  private let received = Atomic(0)
  private let onSignal: @Sendable (Urgency) -> Void

  /// - Parameter onSignal: called on a queue of its own, once for each of the first two signals.
  public init(onSignal: @escaping @Sendable (Urgency) -> Void) {
    self.onSignal = onSignal
    let queue = DispatchQueue(label: "http.stop-signal")
    sources = [SIGTERM, SIGINT].map { DispatchSource.makeSignalSource(signal: $0, queue: queue) }
    signal(SIGPIPE, SIG_IGN)
    // The default action would end the process before the sources are told.
    signal(SIGTERM, SIG_IGN)
    signal(SIGINT, SIG_IGN)
    for source in sources {
      source.setEventHandler { [weak self] in self?.receive() }
      source.resume()
    }
  }

  deinit { for source in sources { source.cancel() } }

  private func receive() {
    switch received.add(1, ordering: .relaxed).newValue {
    case 1: onSignal(.graceful)
    case 2: onSignal(.immediate)
    default: break
    }
  }
}
