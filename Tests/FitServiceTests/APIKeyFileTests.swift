import Foundation
import Testing

@testable import FitService
@testable import Fits

@Suite("The file of API keys")
struct APIKeyFileTests {
  private func withFile(_ content: String? = nil, _ body: (APIKeyFile) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "keys-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "keys")
    if let content { try Data(content.utf8).write(to: file) }
    try body(APIKeyFile(path: file.path))
  }

  private func text(_ file: APIKeyFile) throws -> String {
    try String(contentsOfFile: file.path, encoding: .utf8)
  }

  private static let line =
    "k1 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad 2026-01-01T00:00:00Z Ada L."

  @Test("a key is stored hashed, in a file for its owner alone")
  func add() throws {
    try withFile { file in
      let (key, token) = try file.add(name: "Ada L.", at: Date(timeIntervalSince1970: 0))
      #expect(token.hasPrefix("bnsl_") && token.utf8.count == 48)
      #expect(try file.keys() == [key])
      #expect(key.name == "Ada L." && key.createdAt.hasPrefix("1970-01-01T00:00:00"))
      let secret = token.dropFirst(5)
      #expect(try !text(file).contains(secret))
      #expect(key.digest == KeyDigest(of: token))
      let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions]
      #expect(mode as? Int == 0o600)
    }
  }

  @Test("the digest is SHA-256, in hexadecimal as sha256sum prints it")
  func digest() throws {
    let digest = try #require(KeyDigest(hexadecimal: Self.line.split(separator: " ")[1]))
    #expect(digest == KeyDigest(of: "abc"))
    #expect("\(digest)" == Self.line.split(separator: " ")[1])
    #expect(digest != KeyDigest(of: "abd"))
  }

  @Test("tokens and ids do not repeat")
  func unique() throws {
    try withFile { file in
      let made = try (0..<50).map { try file.add(name: "\($0)") }
      #expect(Set(made.map(\.token)).count == 50)
      #expect(Set(made.map(\.key.id)).count == 50)
      #expect(try file.keys() == made.map(\.key))
    }
  }

  @Test("revoking removes one line and leaves the rest as it was, comments and mode too")
  func revoke() throws {
    let other = Self.line.replacing("k1 ", with: "k2 ")
    try withFile("# ours\n\(Self.line)\r\n\n\(other)\n# end") { file in
      chmod(file.path, 0o640)
      #expect(try file.revoke("k2"))
      #expect(try text(file) == "# ours\n\(Self.line)\r\n\n# end")
      #expect(try !file.revoke("k2"))
      #expect(try !file.revoke(""))
      let added = try file.add(name: "New").key
      #expect(try file.keys().map(\.id) == ["k1", added.id])
      let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions]
      #expect(mode as? Int == 0o640)
    }
  }

  @Test("a file is edited whatever its lines end with", arguments: ["\n", "\r\n", "\r"])
  func lineEnds(end: String) throws {
    let lines = ["# ours", Self.line, Self.line.replacing("k1 ", with: "k2 "), "# end"]
    try withFile(lines.map { $0 + end }.joined()) { file in
      let before = try file.keys()
      #expect(before.map(\.id) == ["k1", "k2"])
      #expect(try file.revoke("k1"))
      let kept = [lines[0], lines[2], lines[3]].map { $0 + end }.joined()
      #expect(try text(file) == kept)
      let after = try file.keys()
      #expect(after.map(\.id) == ["k2"])
    }
  }

  @Test("a link stays a link")
  func link() throws {
    try withFile(Self.line + "\n") { file in
      let link = file.path + "-link"
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: file.path)
      _ = try APIKeyFile(path: link).add(name: "New")
      #expect(try file.keys().count == 2)
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == file.path)
    }
  }

  @Test("whoever changes the file at the same time loses nothing")
  func concurrent() throws {
    try withFile { file in
      DispatchQueue.concurrentPerform(iterations: 20) { _ = try? file.add(name: "\($0)") }
      let count = try file.keys().count
      #expect(count == 20)
    }
  }

  @Test(
    "a line that is no key is refused with its number, and left as it is",
    arguments: [
      "nonsense", "k1 abc 2026 Ada", Self.line + "\n" + Self.line, Self.line.uppercased(),
      Self.line.replacing("k1", with: "k/1"), Self.line.replacing("k1", with: ""),
      Self.line.replacing(" Ada L.", with: ""), Self.line.replacing("Ada", with: "A\u{7}da"),
      Self.line.replacing("ba78", with: "+a78"), Self.line.replacing("ba78", with: "é78"),
      // Each is the start of sixteen digits.
      Self.line.replacing("ba7816bf8f01cfea", with: "-000000000000000"),
      Self.line.replacing("414140de5dae2223", with: "-000000000000000"),
      Self.line.replacing("414140de5dae2223", with: "+14140de5dae2223"),
      Self.line.replacing("Ada", with: "A\u{202E}da"),
      Self.line.replacing("Ada", with: "A\u{9B}da"),
    ])
  func broken(content: String) throws {
    try withFile("# first\n" + content) { file in
      let number = content.contains("\n") ? 3 : 2
      let error = APIKeyFileError.line(path: file.path, number: number)
      #expect(throws: error) { try file.keys() }
      #expect(throws: error) { try file.add(name: "New") }
      #expect(throws: error) { try file.revoke("k1") }
      let after = try text(file)
      #expect(after == "# first\n" + content)
    }
  }

  @Test(
    "a name is what fits on a line",
    arguments: ["", " ", "a\nb", "a\u{1B}b", " a", String(repeating: "a", count: 101)])
  func names(name: String) throws {
    try withFile { file in
      #expect(throws: APIKeyFileError.self) { try file.add(name: name) }
      #expect(!FileManager.default.fileExists(atPath: file.path))
    }
  }

  @Test("a file that is not there is named")
  func missing() throws {
    try withFile { file in
      let error = try #require(throws: APIKeyFileError.self) { try file.keys() }
      #expect("\(error)".contains(file.path))
      #expect(throws: APIKeyFileError.self) { try APIKeyFile(path: "/nowhere/keys").add(name: "a") }
    }
  }
}
