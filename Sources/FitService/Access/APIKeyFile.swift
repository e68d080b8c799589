import Fits
public import Foundation

/// The file of API keys, one per line: `id hash created name`; `#` begins a comment.
///
/// The server reads it, `bnsl key` changes it. Every change writes a new file and renames it over
/// the old one, so that a reader never sees half of a change.
public struct APIKeyFile: Sendable {
  public let path: String

  public init(path: String) { self.path = path }

  /// The keys, in their order.
  ///
  /// - Throws: ``APIKeyFileError``.
  public func keys() throws(APIKeyFileError) -> [APIKey] {
    try keys(in: try text())
  }

  /// Makes a key and adds it. A missing file is created, readable by its owner only.
  ///
  /// - Returns: the key, and its token, which is stored nowhere.
  public func add(name: String, at now: Date = Date()) throws(APIKeyFileError) -> (
    key: APIKey, token: String
  ) {
    guard let made = APIKey.make(name: name, at: now) else { throw .name(name.bounded(to: 120)) }
    try change { text throws(APIKeyFileError) in
      _ = try keys(in: text)
      if !text.isEmpty, !text.hasSuffix("\n") { text += "\n" }
      text += made.key.line + "\n"
    }
    return made
  }

  /// Removes the key with this id; false when there is none.
  public func revoke(_ id: String) throws(APIKeyFileError) -> Bool {
    var isFound = false
    try change { text throws(APIKeyFileError) in
      _ = try keys(in: text)
      let kept = lines(of: text).filter { APIKey(line: $0.content)?.id != id }
        .map { $0.content + $0.end }.joined()
      isFound = kept != text
      text = kept
    }
    return isFound
  }

  // MARK: Reading

  private func text() throws(APIKeyFileError) -> String {
    do {
      return String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
    } catch {
      throw .unreadable(path: path, cause: error.localizedDescription)
    }
  }

  private func keys(in text: String) throws(APIKeyFileError) -> [APIKey] {
    var keys: [APIKey] = []
    for (number, (line, _)) in zip(1..., lines(of: text)) {
      let isBlank = line.allSatisfy(\.isWhitespace)
      if isBlank || line.hasPrefix("#") { continue }
      guard let key = APIKey(line: line), !keys.contains(where: { $0.id == key.id }) else {
        throw .line(path: path, number: number)
      }
      keys.append(key)
    }
    return keys
  }

  /// The lines, each with its line end: editors write different ones, and they are kept.
  private func lines(of text: String) -> [(content: Substring, end: Substring)] {
    var lines: [(content: Substring, end: Substring)] = []
    var rest = text[...]
    while !rest.isEmpty {
      let content = rest.prefix { !$0.isNewline }
      let end = rest[content.endIndex...].prefix(1)
      lines.append((content, end))
      rest = rest[end.endIndex...]
    }
    return lines
  }

  // MARK: Writing

  /// Changes the text while the folder is locked, so that concurrent changes are not lost.
  private func change(
    _ body: (inout String) throws(APIKeyFileError) -> Void
  ) throws(APIKeyFileError) {
    // A symbolic link is kept: its target is replaced.
    let file = URL(filePath: path).resolvingSymlinksInPath()
    let folder = open(file.deletingLastPathComponent().path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { throw unwritable() }
    defer { close(folder) }  // Also releases the lock.
    while flock(folder, LOCK_EX) != 0 { guard errno == EINTR else { throw unwritable() } }
    let isNew = access(file.path, F_OK) != 0
    var text = isNew ? "" : try text()
    let before = text
    try body(&text)
    guard text != before else { return }
    try replace(file, with: Array(text.utf8), folder: folder)
  }

  private func replace(
    _ file: URL, with bytes: [UInt8], folder: Int32
  ) throws(APIKeyFileError) {
    let new = file.path + ".new"
    unlink(new)
    let descriptor = open(new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw unwritable() }
    defer { close(descriptor) }
    var old = Glibc.stat()
    if stat(file.path, &old) == 0 {
      // Keep the owner and the mode: the server may run as another user than the operator.
      guard fchown(descriptor, old.st_uid, old.st_gid) == 0 || old.st_uid == geteuid(),
        fchmod(descriptor, old.st_mode & 0o777) == 0
      else { throw unwritable() }
    }
    let count = write(descriptor, bytes, bytes.count)
    guard count == bytes.count, fsync(descriptor) == 0, rename(new, file.path) == 0 else {
      let error = unwritable()
      unlink(new)
      throw error
    }
    fsync(folder)
  }

  private func unwritable() -> APIKeyFileError {
    .unwritable(path: path, cause: String(cString: strerror(errno)))
  }
}

/// What is wrong with a file of API keys, or with a key to be added.
public enum APIKeyFileError: Error, Sendable, Equatable, CustomStringConvertible {
  case unreadable(path: String, cause: String)
  case unwritable(path: String, cause: String)
  case line(path: String, number: Int)
  case name(String)

  public var description: String {
    switch self {
    case .unreadable(let path, let cause):
      "the API keys in \(path) cannot be read: \(cause) (`bnsl key add` makes the file)"
    case .unwritable(let path, let cause): "\(path) cannot be written: \(cause)"
    case .line(let path, let number):
      "\(path): line \(number) is malformed or repeats the id of an earlier line; "
        + "use `bnsl key add` to add keys"
    case .name(let name):
      "`\(name)` cannot be the name of a key: it must have 1 to 100 characters and no control "
        + "characters"
    }
  }
}
