import Dispatch
import Foundation

/// A progress bar on standard error. Appears after a second, and only on a terminal.
///
/// All functions may be called from any thread. `@unchecked Sendable`: all mutable properties are
/// accessed on `queue` only.
final class ProgressBar: @unchecked Sendable {
  private static let width = 40

  private let isOnTerminal = isatty(STDERR_FILENO) == 1
  private let queue = DispatchQueue(label: "progress")
  private var share = 0.0
  private var done = 0
  private var note = ""
  private var isDrawn = false
  private var isRemoved = false

  init() {
    guard isOnTerminal else { return }
    queue.asyncAfter(deadline: .now() + 1) { [self] in
      guard !isRemoved else { return }
      isDrawn = true
      draw()
    }
  }

  /// Sets the share of the work that is done, from 0 to 1.
  func fill(to share: Double) {
    guard isOnTerminal else { return }
    queue.async { [self] in
      self.share = share
      if isDrawn { draw() }
    }
  }

  /// Counts one more of `count` items as done.
  func advance(of count: Int) {
    guard isOnTerminal else { return }
    queue.async { [self] in
      done += 1
      (share, note) = (Double(done) / Double(count), "\(done) of \(count)")
      if isDrawn { draw() }
    }
  }

  /// Removes the bar for good.
  func remove() {
    guard isOnTerminal else { return }
    queue.sync {
      if isDrawn { write("\u{1B}[2K\r") }
      (isDrawn, isRemoved) = (false, true)
    }
  }

  private func draw() {
    let filled = Int((Double(Self.width) * min(max(share, 0), 1)).rounded(.down))
    let bar =
      String(repeating: "#", count: filled) + String(repeating: "·", count: Self.width - filled)
    write("\r[\(bar)] \(note)")
  }

  private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
