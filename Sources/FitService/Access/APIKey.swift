import Foundation
import Printable

/// An API key as its file has it: whom it is for, and the hash of the secret, never the secret.
public struct APIKey: Sendable, Equatable {
  /// Names the key in the log and owns the jobs that are made with it.
  public let id: String
  /// For people.
  public let name: String
  /// RFC 3339.
  public let createdAt: String
  let digest: KeyDigest

  /// The line of the file.
  var line: String { "\(id) \(digest) \(createdAt) \(name)" }

  /// Reads a line of the file; nil when it is none.
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

  /// Makes a key with a secret that nobody has, and forgets the secret.
  ///
  /// - Returns: the key and its token, 256 random bits; nil when the name is not allowed: 1 to 100
  ///   characters, none of them a control character.
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
      && text.utf8.allSatisfy {
        (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) || (0x41...0x5A).contains($0)
          || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
      }
  }

  /// The name without blanks around it, if it is allowed.
  private static func name(_ text: String) -> String? {
    let name = text.trimmingCharacters(in: .whitespaces)
    let isPrintable = name.unicodeScalars.allSatisfy(\.isPrintable)
    return (1...100).contains(name.count) && isPrintable ? name : nil
  }
}

/// The SHA-256 of a token.
///
/// No salt and no slow function: nobody guesses 256 random bits.
struct KeyDigest: Sendable, CustomStringConvertible {
  private let bytes: [UInt8]

  init(of token: String) { bytes = SHA256.digest(of: token.utf8) }

  /// Reads 64 lower-case hexadecimal digits.
  init?(hexadecimal text: some StringProtocol) {
    let digits = text.utf8.compactMap { digit -> UInt8? in
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
      default: nil
      }
    }
    guard digits.count == 64, text.utf8.count == 64 else { return nil }
    bytes = stride(from: 0, to: 64, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }

  var description: String { bytes.hexadecimal }
}

extension KeyDigest: Equatable {
  /// Takes a time that does not depend on where the digests differ.
  static func == (left: Self, right: Self) -> Bool {
    zip(left.bytes, right.bytes).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
  }
}
