import Foundation
import HTTP
import HTTPTypes

extension Call {
  /// The page for browsers; for other clients a text that says how to begin.
  func home() -> Response {
    var response: Response = Accept(head.fields[.accept]).prefersHTML ? .page : .welcome
    response.fields[.vary] = "Accept"
    response.revalidate(head.fields[.ifNoneMatch])
    return response
  }
}

extension Response {
  fileprivate static let page = Response(
    status: .ok,
    fields: [
      .contentType: "text/html; charset=utf-8", .cacheControl: "no-cache", .eTag: Page.tag,
      .contentSecurityPolicy: Page.policy,
    ], body: .bytes(Page.bytes))

  fileprivate static let welcome = Response(
    status: .ok, fields: [.contentType: "text/plain; charset=utf-8"],
    body: .bytes(
      Array(
        """
        Fits broken neural scaling laws to learning curves, and extrapolates them.

        curl -s localhost:8080/fit -d '{"x":[1,2,4,8,16,32],"y":[3.1,2.4,1.9,1.6,1.4,1.3]}'

        /               the same for a browser: paste points, see the fit
        /openapi.yaml   the whole interface
        /jobs           what was fitted so far

        """.utf8)))
}

/// One HTML document that contains its style and its script, so that it loads nothing else.
private enum Page {
  private static let style = text(PackageResources.page_css)
  private static let script = [
    PackageResources.plot_js, PackageResources.examples_js, PackageResources.answer_js,
    PackageResources.page_js,
  ].map(text).joined(separator: "\n")

  static let bytes = Array(
    text(PackageResources.page_html)
      .replacing("<style></style>", with: "<style>\(style)</style>")
      .replacing("<script></script>", with: "<script>\(script)</script>").utf8)

  static let tag = "\"\(SHA256.digest(of: bytes).hexadecimal.prefix(32))\""

  /// Content Security Policy Level 3: allows this script and this style, by their hashes, and
  /// requests to this server. No text can become markup or script (Trusted Types).
  static let policy = [
    "default-src 'none'", "script-src '\(hash(of: script))'", "style-src '\(hash(of: style))'",
    "connect-src 'self'", "form-action 'none'", "base-uri 'none'", "frame-ancestors 'none'",
    "require-trusted-types-for 'script'", "trusted-types 'none'",
  ].joined(separator: "; ")

  private static func hash(of text: String) -> String {
    "sha256-" + Data(SHA256.digest(of: text.utf8)).base64EncodedString()
  }

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
