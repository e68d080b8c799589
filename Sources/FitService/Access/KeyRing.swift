import Dispatch
import Foundation
import Locks
import Logging

/// The valid API keys. Checks every second whether their file has changed, and reads it again then.
///
/// When the changed file is missing or malformed, an error is logged and the previous keys stay
/// valid. All functions may be called from any thread. Looking up a key does not access the file.
final class KeyRing: Sendable {
  private let file: APIKeyFile
  private let logger: Logger
  private let keys: Locked<[APIKey]>
  /// The state of the file when it was read. Its lock lets one call of `refresh` run at a time.
  private let stamp: Locked<FileStamp?>
  private let timer: Timer

  /// Reads the keys, and begins to check for changes.
  ///
  /// - Throws: when the file is missing or broken.
  init(_ file: APIKeyFile, logger: Logger) throws(APIKeyFileError) {
    self.file = file
    self.logger = logger
    // Take the stamp first, so that a change in between is noticed at the next check.
    stamp = Locked(FileStamp(path: file.path))
    let found = try file.keys()
    keys = Locked(found)
    timer = Timer()
    timer.start { [weak self] in self?.refresh() }
    if found.isEmpty {
      logger.warning("the file of API keys has no key: only the open routes can be used")
    }
  }

  deinit { timer.stop() }

  /// The valid key that a value of the field `Authorization` has; nil when there is none.
  func key(authorization: String?) -> APIKey? {
    guard let authorization, let token = Self.bearerToken(authorization) else { return nil }
    let digest = KeyDigest(of: token)
    return keys.withLock { keys in
      // Compare all keys, so that the time does not tell which one it is.
      keys.reduce(nil as APIKey?) { found, key in key.digest == digest ? key : found }
    }
  }

  /// Whether the key with this id is valid.
  func holds(id: String) -> Bool { keys.withLock { $0.contains { $0.id == id } } }

  /// Reads the file again if it has changed.
  func refresh() {
    stamp.withLock { stamp in
      let now = FileStamp(path: file.path)
      guard now != stamp else { return }
      stamp = now
      do throws(APIKeyFileError) {
        let found = try file.keys()
        keys.withLock { $0 = found }
        logger.notice("API keys read", metadata: ["count": "\(found.count)"])
      } catch {
        logger.error(
          "the changed API keys cannot be read; the previous ones stay valid",
          metadata: ["cause": "\(error)"])
      }
    }
  }

  /// Reads `Bearer` and a token (RFC 6750 section 2.1).
  static func bearerToken(_ field: String) -> String? {
    let parts = field.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
    let token = parts[1].drop { $0 == " " }
    return (1...128).contains(token.utf8.count) && !token.contains(" ") ? String(token) : nil
  }
}

/// The properties of a file that show whether it has changed.
private struct FileStamp: Equatable {
  private let device: UInt
  private let inode: UInt
  private let size: Int
  private let changed: [Int]

  /// Nil when there is no such file.
  init?(path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    device = status.st_dev
    inode = status.st_ino
    size = status.st_size
    changed = [
      status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec, status.st_ctim.tv_nsec,
    ]
  }
}

/// Calls a closure every second, on a queue of its own.
///
/// `@unchecked Sendable`: the source is made once, and dispatch sources may be used from any
/// thread (dispatch(3)).
private final class Timer: @unchecked Sendable {
  private let source = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "keys"))

  func start(_ action: @escaping @Sendable () -> Void) {
    source.setEventHandler(handler: action)
    source.schedule(deadline: .now() + 1, repeating: 1, leeway: .milliseconds(100))
    source.resume()
  }

  func stop() { source.cancel() }
}
