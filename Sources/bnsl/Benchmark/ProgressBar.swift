import Foundation

/// A bar on standard error that fills while work is done; nothing where nobody watches.
struct ProgressBar {
  private let count: Int
  private var done = 0
  private let isShown = isatty(STDERR_FILENO) == 1

  init(count: Int) { self.count = count }

  /// Shows that one more of the items is done; the last one removes the bar.
  mutating func advance() {
    done += 1
    guard isShown else { return }
    let width = 40
    let filled = width * done / count
    let bar = String(repeating: "#", count: filled) + String(repeating: "·", count: width - filled)
    let line = done == count ? "\u{1B}[2K\r" : "\r[\(bar)] \(done) of \(count)"
    FileHandle.standardError.write(Data(line.utf8))
  }
}
