import Foundation
import HTTP
import Printable

/// An API key as its file has it: who it is for, and the hash of its token. The token itself is not
/// stored.
public struct APIKey: Sendable, Equatable {
  /// Identifies the key in the log, and the owner of the jobs that are submitted with it.
  public let id: String
  /// Who or what the key is for.
  public let name: String
  /// When the key was made, by RFC 3339.
  public let createdAt: String
  let digest: KeyDigest

  /// The line of the file.
  var line: String { "\(id) \(digest) \(createdAt) \(name)" }

  /// Reads a line of the file; nil when it is malformed.
  init?(line: some StringProtocol) {
    let parts = line.split(separator: " ", maxSplits: 3)
    guard parts.count == 4, Self.isID(parts[0]), let digest = KeyDigest(hexadecimal: parts[1]),
      let name = Self.name(String(parts[3]))
    else { return nil }
    id = String(parts[0])
    self.digest = digest
    createdAt = String(parts[2])
    self.name = name
  }

  /// Makes a key with a new token of 256 random bits.
  ///
  /// - Returns: the key and its token; nil when the name is invalid: it must have 1 to 100
  ///   characters and no control characters.
  static func make(name: String, at now: Date) -> (key: APIKey, token: String)? {
    let bytes = (0..<32).map { _ in UInt8.random(in: .min ... .max) }  // From getrandom(2).
    let token =
      "bnsl_"
      + Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
      .replacing("=", with: "")
    let id = "k" + String(UInt64.random(in: 1 << 36..<1 << 40), radix: 16)
    let line = "\(id) \(KeyDigest(of: token)) \(now.timestamp) \(name)"
    guard Self.name(name) == name else { return nil }
    return APIKey(line: line).map { ($0, token) }
  }

  private static func isID(_ text: some StringProtocol) -> Bool {
    (1...64).contains(text.utf8.count)
      && text.utf8.allSatisfy { $0.isLetter || $0.isDigit || "-_".utf8.contains($0) }
  }

  /// The name without blanks around it; nil when it is invalid.
  private static func name(_ text: String) -> String? {
    let name = text.trimmingCharacters(in: .whitespaces)
    let isPrintable = name.unicodeScalars.allSatisfy(\.isPrintable)
    return (1...100).contains(name.count) && isPrintable ? name : nil
  }
}

/// The SHA-256 of a token.
///
/// Needs no salt and no slow hash function, because 256 random bits cannot be guessed.
struct KeyDigest: Sendable, CustomStringConvertible {
  private let bytes: [UInt8]

  init(of token: String) { bytes = SHA256.digest(of: token.utf8) }

  /// Reads 64 lower-case hexadecimal digits.
  init?(hexadecimal text: some StringProtocol) {
    let digits = text.utf8.compactMap(\.hexadecimalValue)
    guard digits.count == 64 else { return nil }
    bytes = stride(from: 0, to: 64, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    guard description == text else { return nil }
  }

  var description: String { bytes.hexadecimal }
}

extension KeyDigest: Equatable {
  /// Compares in a time that does not depend on where the digests differ.
  static func == (left: Self, right: Self) -> Bool {
    zip(left.bytes, right.bytes).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
  }
}
