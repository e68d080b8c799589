import Testing

@testable import HTTP

@Suite("Negotiation")
struct NegotiationTests {
  @Test(
    "Accept chooses as RFC 9110 says",
    arguments: [
      (nil, "application/json"), ("", "application/json"), ("*/*", "application/json"),
      ("text/csv", "text/csv"), ("TEXT/CSV", "text/csv"), ("text/*", "text/csv"),
      ("image/svg+xml, */*;q=0.1", "image/svg+xml"),
      ("text/csv;q=0.5, application/json;q=0.4", "text/csv"),
      ("application/json;q=0, */*", "text/csv"),
      ("text/*;q=0.9, text/csv;q=0.1, application/json;q=0.5", "text/plain"),
      ("text/csv;q=0.001", "text/csv"), ("text/csv;q=0.000", nil), ("text/html", nil),
      ("*/*;q=0", nil), ("text/plain;charset=utf-8", "text/plain"),
      ("text/plain;charset=UTF-8, */*;q=0.2", "text/plain"),
      ("text/plain;charset=latin1", nil), ("text/plain; charset=\"utf-8\"", "text/plain"),
      ("text/csv;q=1.000", "text/csv"), ("text/csv;q=0.5;x=y", "text/csv"),
      (" , ,text/csv,, ", "text/csv"), ("text/csv;;q=1;", "text/csv"),
      ("text/csv;q=1.001, image/svg+xml", "image/svg+xml"),
      ("text/csv;q=2, image/svg+xml", "image/svg+xml"),
      ("text/csv;q=-1, image/svg+xml", "image/svg+xml"),
      ("text/csv;q=, image/svg+xml", "image/svg+xml"),
      ("text/csv;q=0.1234, image/svg+xml", "image/svg+xml"),
      ("text csv, image/svg+xml", "image/svg+xml"), ("*/csv, image/svg+xml", "image/svg+xml"),
      ("text/csv \"a,b\", image/svg+xml", "image/svg+xml"), ("nonsense", "application/json"),
      ("/", "application/json"), ("\"", "application/json"), ("*", "application/json"),
      (
        "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8",
        "application/json"
      ),
    ] as [(String?, String?)])
  func accept(field: String?, chosen: String?) throws {
    let offers = try ["application/json", "text/csv", "image/svg+xml", "text/plain; charset=utf-8"]
      .map { try #require(MediaType($0)) }
    #expect(Accept(field).choose(from: offers)?.essence == chosen)
  }

  @Test(
    "a media type is read with its parameters",
    arguments: [
      ("text/csv", "text/csv"), (" Text/CSV ; Charset=\"UTF-8\" ", "text/csv; charset=UTF-8"),
      ("a/b;c=d;e=\"f\\\"g\"", "a/b; c=d; e=f\"g"), ("a/b;", "a/b"), ("", nil), ("text", nil),
      ("text/", nil), ("/csv", nil), ("text/csv x", nil), ("text/csv, a/b", nil),
      ("a/b;c", nil), ("a/b;c=", nil), ("a/b;c = d", nil), ("a/b;c=\"d", nil), ("a /b", nil),
      ("a/b;c=\"d\"e", nil),
    ] as [(String, String?)])
  func mediaType(text: String, description: String?) {
    #expect(MediaType(text)?.description == description)
  }

  @Test(
    "Prefer is read as RFC 7240 says",
    arguments: [
      (nil, nil, false), ("", nil, false), ("wait=10", 10, false), ("respond-async", nil, true),
      ("Respond-Async, WAIT=5", 5, true), ("wait=5, wait=9", 5, false), ("wait = \"7\"", 7, false),
      ("wait=5; x=y; z", 5, false), ("foo; bar=\"a, wait=1\", wait=3", 3, false),
      ("wait=-1", nil, false), ("wait=+1", nil, false), ("wait=1.5", nil, false),
      ("wait=", nil, false), ("wait", nil, false), ("wait=0", 0, false),
      ("wait=99999999999999999999", Int.max, false), ("=5, wait=4", 4, false),
      ("respond-async=yes", nil, false), ("respond-async=\"\"", nil, true),
      ("wait 5, respond-async", nil, true), ("return=minimal", nil, false),
      ("wait=5;;x", 5, false), ("wait=5; =x, wait=6", 6, false), ("wait=5; x=\"a", nil, false),
      ("a=\", wait=5", nil, false),
    ] as [(String?, Int?, Bool)])
  func prefer(field: String?, wait: Int?, respondAsync: Bool) {
    let preferences = Preferences(field)
    #expect(preferences.wait == wait)
    #expect(preferences.respondAsync == respondAsync)
  }

  @Test(
    "Cache-Control is read as RFC 9111 says",
    arguments: [
      (nil, false), ("", false), ("no-cache", true), ("No-Cache", true), ("no-store", false),
      ("max-age=0, no-cache", true), ("no-cache,no-store", true), (" ,, no-cache , ", true),
      ("no-cachet", false), ("x=\"no-cache\"", false), ("x=\"a, no-cache\"", false),
      ("x y, no-cache", true), ("x=, no-cache", true), ("x=\"a, no-cache", false),
      ("no-cache x", false),
    ] as [(String?, Bool)])
  func cacheControl(field: String?, noCache: Bool) {
    #expect(CacheControl(field).noCache == noCache)
  }

  @Test(
    "each byte of a field is looked at a few times, however long it is and whatever it repeats",
    arguments: [
      "\\\"", "a \"\"", "\"", "\\", "a \"", "a=\"\\", "a;", "a;b", "a/b;c=\"", "a/b;c=\"d\",",
      "a=\"b\";",
      ",",
      ", ", " ", ";", "=", "a", "a ", "a/b,", "W/", "W/\"", "W/\"a\",", "\"a\" ", "for=a;",
      "for=\"a",
      "a \",\" ", "a/b \"\\\"\",", "\u{1}\"", "\"\u{1}",
    ])
  func linear(repeated: String) {
    for length in [8 << 10, 32 << 10] {
      for start in ["", "\"", "a \"", "a/b;c=\"", "a=\"", "W/\""] {
        let text = start + String(repeating: repeated, count: length / repeated.utf8.count)
        for (name, read) in Self.readers {
          var scanner = FieldScanner(text)
          read(&scanner)
          #expect(scanner.looks <= 6 * length, "\(name): \(start) and many \(repeated)")
        }
      }
    }
  }

  /// What reads fields, by the fields' names.
  private static let readers: [(name: String, read: @Sendable (inout FieldScanner) -> Void)] = [
    ("Accept", { _ = Accept(from: &$0) }), ("Prefer", { _ = Preferences(from: &$0) }),
    ("Forwarded", { _ = Forwarded(from: &$0) }), ("Content-Type", { _ = MediaType(from: &$0) }),
    ("Cache-Control", { _ = CacheControl(from: &$0) }),
    ("If-None-Match", { _ = EntityTag.list(from: &$0) }),
  ]

  @Test(
    "If-None-Match compares weakly",
    arguments: [
      ("\"a\"", true), ("W/\"a\"", true), ("*", true), (" * ", true), ("\"b\", \"a\"", true),
      ("\"b\" ,, W/\"a\" ", true), ("\"b\"", false), ("a", false), ("w/\"a\"", false),
      ("\"a", false), ("\"A\"", false), ("", false), ("\"b\" \"a\"", false), ("\"*\"", false),
      ("\"b\", *", false), ("\"a\" x", false), ("\"\", \"a\"", true),
    ])
  func ifNoneMatch(field: String, isNamed: Bool) throws {
    let tag = try #require(EntityTag(strong: "a"))
    #expect(tag.isNamed(byIfNoneMatch: field) == isNamed)
  }

  @Test(
    "a tag holds no quote, blank or control byte", arguments: ["a\"b", "a b", "a\r\n", "\u{7f}"])
  func tag(opaque: String) {
    #expect(EntityTag(strong: opaque) == nil)
  }
}
