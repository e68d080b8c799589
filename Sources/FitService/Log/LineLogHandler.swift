import Fits
import Foundation
public import Logging
import Printable

/// Writes each message as one line, either as text or as a JSON object.
///
/// Control characters are escaped, so that text from a client can neither forge a line nor control
/// the terminal.
public struct LineLogHandler: LogHandler {
  public enum Format: Sendable {
    case text, json

    /// A line with the current time, including its line feed.
    func line(
      _ level: Logger.Level, _ logger: String, _ message: String,
      _ members: [(name: String, value: String)] = []
    ) -> [UInt8] {
      let time = Date().timestamp
      switch self {
      case .json:
        var json = JSONWriter()
        json.object { json in
          json.member("time", time)
          json.member("level", level.rawValue)
          json.member("logger", logger)
          json.member("message", message)
          for (name, value) in members { json.member(name, value) }
        }
        return json.bytes + [UInt8(ascii: "\n")]
      case .text:
        let parts =
          [time, level.rawValue, message.withoutControls]
          + members.map { "\($0.name)=\($0.value.withoutControls)" }
        return Array(parts.joined(separator: " ").utf8) + [UInt8(ascii: "\n")]
      }
    }
  }

  public var metadata: Logger.Metadata = [:]
  public var metadataProvider: Logger.MetadataProvider?
  public var logLevel: Logger.Level

  private let label: String
  private let format: Format
  private let write: @Sendable ([UInt8], Format) -> Void

  /// Makes a handler. It calls `write` from any thread, with one line, including its line feed, and
  /// the format of the line.
  public init(
    label: String, format: Format, level: Logger.Level,
    write: @escaping @Sendable ([UInt8], Format) -> Void = LogSink.standardError.append
  ) {
    self.label = label
    self.format = format
    self.logLevel = level
    self.write = write
  }

  public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  public func log(event: LogEvent) {
    var members = event.metadata ?? [:]
    if let provided = metadataProvider?.get() { members.merge(provided) { own, _ in own } }
    if !metadata.isEmpty { members.merge(metadata) { own, _ in own } }
    if let error = event.error { members["error"] = "\(error)" }
    let sorted = members.sorted { $0.key < $1.key }.map { ($0.key, $0.value.description) }
    write(format.line(event.level, label, event.message.description, sorted), format)
  }
}

extension String {
  /// The text with its control characters escaped.
  fileprivate var withoutControls: String {
    if unicodeScalars.allSatisfy(\.isPrintable) { return self }
    return unicodeScalars.map { scalar in
      scalar.isPrintable ? String(scalar) : "\\u{\(String(scalar.value, radix: 16))}"
    }.joined()
  }
}
