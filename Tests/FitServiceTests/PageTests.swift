import Foundation
import Testing

@testable import FitService
@testable import Fits

@Suite("The page")
struct PageTests {
  private static let browser = ["Accept": "text/html,application/xhtml+xml,*/*;q=0.8"]

  @Test("a browser gets the page, and a command how to begin")
  func negotiation() async throws {
    let api = try TestAPI()
    let page = try await api.send("GET", "/", Self.browser)
    #expect(page[field: "Content-Type"] == "text/html; charset=utf-8")
    #expect(page.body.hasPrefix("<!doctype html>"))
    let text = try await api.send("GET", "/", ["Accept": "*/*"])
    #expect(text[field: "Content-Type"] == "text/plain; charset=utf-8")
    #expect(text[field: "Vary"] == "Accept")
  }

  @Test("no two functions of its scripts, which are one, have the same name")
  func functions() async throws {
    let page = try await TestAPI().send("GET", "/", Self.browser).body
    let names = page.matches(of: /(?m)^(?:async )?function (\w+)/).map(\.1)
    #expect(names.count > 20)
    #expect(Set(names).count == names.count)
  }

  @Test("a page that is current is not sent again")
  func revalidation() async throws {
    let api = try TestAPI()
    let tag = try #require(try await api.send("GET", "/", Self.browser)[field: "ETag"])
    let again = try await api.send(
      "GET", "/", Self.browser.merging(["If-None-Match": tag]) { $1 })
    #expect(again.status == 304)
    #expect(again.body.isEmpty)
  }

  @Test("its policy allows its own style and script by their hashes, and nothing by a wildcard")
  func policy() async throws {
    let page = try await TestAPI().send("GET", "/", Self.browser)
    let policy = try #require(page[field: "Content-Security-Policy"])
    #expect(policy.hasPrefix("default-src 'none'; "))
    #expect(!policy.contains("unsafe") && !policy.contains("*"))
    for name in ["style", "script"] {
      let start = try #require(page.body.range(of: "<\(name)>")?.upperBound)
      let end = try #require(page.body.range(of: "</\(name)>", options: .backwards)?.lowerBound)
      var hash = SHA256()
      hash.update(page.body[start..<end].utf8)
      let digest = Data(hash.finalize()).base64EncodedString()
      #expect(policy.contains("\(name)-src 'sha256-\(digest)'"))
    }
  }

  @Test("it loads nothing from elsewhere and turns no text into markup")
  func isolation() async throws {
    let body = try await TestAPI().send("GET", "/", Self.browser).body
    // The name of SVG's vocabulary is no address that is fetched.
    let own = body.replacing("http://www.w3.org/2000/svg", with: "")
    for forbidden in [
      "http:", "https:", "src=", "@import", "innerHTML", "outerHTML", "insertAdjacentHTML",
      "document.write", "eval(", "new Function", " onclick", " style=",
    ] {
      #expect(!own.contains(forbidden), "\(forbidden)")
    }
  }
}
