import Dispatch
import Glibc
import Synchronization

/// Turns SIGTERM and SIGINT into calls: the first asks to stop gracefully, the second at once.
///
/// SIGPIPE is ignored from then on, as a server must. Keep it as long as the signals are wanted.
///
/// `@unchecked Sendable`: `sources` is set once, and Dispatch's objects may be used from any thread.
public final class StopSignal: @unchecked Sendable {
  public enum Urgency: Sendable, Equatable {
    case graceful
    /// At once, with the exit status by which a shell tells the signal: 128 and its number.
    case immediate(status: Int32)
  }

  private let sources: [any DispatchSourceSignal]
  private let received = Atomic(0)
  private let onSignal: @Sendable (Urgency) -> Void

  /// - Parameter onSignal: called on a queue of its own, once for each of the first two signals.
  public init(onSignal: @escaping @Sendable (Urgency) -> Void) {
    self.onSignal = onSignal
    let queue = DispatchQueue(label: "http.stop-signal")
    let signals = [SIGTERM, SIGINT]
    sources = signals.map { DispatchSource.makeSignalSource(signal: $0, queue: queue) }
    signal(SIGPIPE, SIG_IGN)
    let registered = DispatchGroup()
    for (source, signal) in zip(sources, signals) {
      registered.enter()
      source.setEventHandler { [weak self] in self?.receive(signal) }
      source.setRegistrationHandler { registered.leave() }
      source.resume()
    }
    // Dispatch takes the signals over when it registers the sources. Ignoring them ourselves
    // would lose them, before that or after it.
    registered.wait()
  }

  deinit { for source in sources { source.cancel() } }

  private func receive(_ signal: Int32) {
    switch received.add(1, ordering: .relaxed).newValue {
    case 1: onSignal(.graceful)
    case 2: onSignal(.immediate(status: 128 + signal))
    default: break
    }
  }
}
