import Foundation

/// The exclusive use of a directory by one process, until it is released or the process ends in
/// whatever way: flock(2) needs no cleaning up after a crash.
final class DirectoryLock: Sendable {
  private let descriptor: Int32

  /// - Throws: `JobStoreError.locked` when another holds it; `readOnly`, `full` or `failed` when the
  ///   lock file cannot be made.
  init(directory: String) throws(JobStoreError) {
    let path = directory + "/lock"
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Self.error(path: path, code: errno) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let code = errno
      let holder = Self.holder(descriptor)
      close(descriptor)
      guard code == EWOULDBLOCK else {
        throw .failed(operation: "flock \(path)", detail: String(cString: strerror(code)))
      }
      throw .locked(directory: directory, holder: holder)
    }
    // Only for the message above: the lock holds without it, even on a full disk.
    let text = Array("\(getpid())\n".utf8)
    if ftruncate(descriptor, 0) == 0 { _ = pwrite(descriptor, text, text.count, 0) }
  }

  deinit { close(descriptor) }

  /// Lets others use the directory; the descriptor itself lives as long as this object.
  func release() { flock(descriptor, LOCK_UN) }

  private static func holder(_ descriptor: Int32) -> String {
    var bytes = [UInt8](repeating: 0, count: 20)
    let count = max(0, pread(descriptor, &bytes, bytes.count, 0))
    let text = String(decoding: bytes.prefix(count), as: UTF8.self)
    return Int32(text.dropLast()).map { "process \($0)" } ?? "another process"
  }

  private static func error(path: String, code: Int32) -> JobStoreError {
    switch code {
    case EACCES, EPERM, EROFS: .readOnly(path: path)
    case ENOSPC, EDQUOT: .full(path: path)
    default: .failed(operation: "open \(path)", detail: String(cString: strerror(code)))
    }
  }
}
