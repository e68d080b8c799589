import Dispatch

/// A dispatch source that can be switched off and on, and cancelled in either state.
///
/// Dispatch counts suspensions and traps when a suspended source is released. This type suspends at
/// most once, and resumes before the source is released.
final class SwitchedSource {
  private let source: any DispatchSourceProtocol

  /// Switches the source on.
  init(_ source: any DispatchSourceProtocol) {
    self.source = source
    source.resume()
  }

  var isOn = true {
    didSet {
      guard isOn != oldValue else { return }
      if isOn { source.resume() } else { source.suspend() }
    }
  }

  /// The watched descriptor.
  var handle: UInt { source.handle }

  /// Cancels the source; its cancel handler runs afterwards.
  func cancel() {
    source.cancel()
    isOn = true
  }
}
