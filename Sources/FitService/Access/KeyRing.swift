import Dispatch
import Foundation
import Locks
import Logging

/// The API keys that are valid now: their file is looked at every second, and read when it changed.
///
/// A file that is gone or broken changes nothing but the log: the keys known before stay valid.
/// All functions may be called from any thread; finding a key touches no file.
final class KeyRing: Sendable {
  private let file: APIKeyFile
  private let logger: Logger
  private let keys: Locked<[APIKey]>
  /// What the file looked like when it was read. Touched by `refresh` alone, one call at a time.
  private let stamp: Locked<FileStamp?>
  private let timer: Timer

  /// Reads the keys, and then again whenever they change.
  ///
  /// - Throws: when the file is missing or broken.
  init(_ file: APIKeyFile, logger: Logger) throws(APIKeyFileError) {
    self.file = file
    self.logger = logger
    // The stamp first: what changes in between is seen at the next look.
    stamp = Locked(FileStamp(path: file.path))
    let found = try file.keys()
    keys = Locked(found)
    timer = Timer()
    timer.start { [weak self] in self?.refresh() }
    if found.isEmpty {
      logger.warning("there are no API keys: nobody can use the service but its open routes")
    }
  }

  deinit { timer.stop() }

  /// The key that a value of the field `Authorization` presents; nil when it is none of ours.
  func key(authorization: String?) -> APIKey? {
    guard let authorization, let token = Self.bearerToken(authorization) else { return nil }
    let digest = KeyDigest(of: token)
    return keys.withLock { keys in
      // Every key is compared, whichever it is.
      keys.reduce(nil as APIKey?) { found, key in key.digest == digest ? key : found }
    }
  }

  /// Whether there is a key of this id now.
  func holds(id: String) -> Bool { keys.withLock { $0.contains { $0.id == id } } }

  /// Reads the file again if it looks different from when it was read last.
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
        logger.error("the API keys known before stay valid", metadata: ["cause": "\(error)"])
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

/// By what a change of a file is noticed.
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

/// Calls every second, on a queue of its own.
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
