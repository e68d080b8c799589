import Dispatch
import Glibc
import Synchronization

/// Calls a closure for SIGTERM and SIGINT: the first signal asks for a graceful stop, the second
/// for an immediate one.
///
/// Also makes the process ignore SIGPIPE, as a server must. The signals are handled for as long as
/// this object exists.
///
/// `@unchecked Sendable`: `sources` is set once, and Dispatch's objects may be used from any
/// thread.
public final class StopSignal: @unchecked Sendable {
  public enum Urgency: Sendable, Equatable {
    case graceful
    /// Stop at once, with the exit status that shells use for a signal: 128 plus its number.
    case immediate(status: Int32)
  }

  private let sources: [any DispatchSourceSignal]
  private let received = Atomic(0)
  private let onSignal: @Sendable (Urgency) -> Void

  /// - Parameter onSignal: called on a separate queue, once for each of the first two signals.
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
    // Dispatch handles the signals once it has registered the sources. SIG_IGN must not be set for
    // them, before or after: the signals would be lost.
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
