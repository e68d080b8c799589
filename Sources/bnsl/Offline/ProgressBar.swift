import Dispatch
import Foundation

/// A bar on standard error that fills while work is done; nothing in the first second, and nothing
/// where nobody watches.
///
/// All functions may be called from any thread. `@unchecked Sendable`: everything mutable is
/// touched on `queue` alone.
final class ProgressBar: @unchecked Sendable {
  private static let width = 40

  private let isWatched = isatty(STDERR_FILENO) == 1
  private let queue = DispatchQueue(label: "progress")
  private var share = 0.0
  private var done = 0
  private var note = ""
  private var isDrawn = false
  private var isRemoved = false

  init() {
    guard isWatched else { return }
    queue.asyncAfter(deadline: .now() + 1) { [self] in
      guard !isRemoved else { return }
      isDrawn = true
      draw()
    }
  }

  /// Fills the bar to a share of the work, from 0 to 1.
  func fill(to share: Double) {
    guard isWatched else { return }
    queue.async { [self] in
      self.share = share
      if isDrawn { draw() }
    }
  }

  /// Fills the bar by one more of so many items, and says how many are done.
  func advance(of count: Int) {
    guard isWatched else { return }
    queue.async { [self] in
      done += 1
      (share, note) = (Double(done) / Double(count), "\(done) of \(count)")
      if isDrawn { draw() }
    }
  }

  /// Removes the bar for good.
  func remove() {
    guard isWatched else { return }
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
