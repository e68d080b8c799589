import HTTPTypes
import Testing

@testable import FitService
@testable import Fits
@testable import HTTP

@Suite("Client addresses behind proxies")
struct ClientAddressTests {
  private func client(_ fields: [(String, String)], peer: String = "10.0.0.1") throws -> String {
    let proxies = TrustedProxies(
      ranges: ["10.0.0.0/8", "192.0.2.7", "2001:db8::/32"].compactMap { AddressRange($0) })
    var parser = RequestParser(limits: .init(), client: Address(host: peer, port: 1))
    let lines = fields.map { "\($0): \($1)\r\n" }.joined()
    parser.feed(Array("GET / HTTP/1.1\r\nHost: a\r\n\(lines)\r\n".utf8))
    guard case .head(let head) = parser.next() else { throw NoHead() }
    return proxies.client(of: head)
  }

  private struct NoHead: Error {}

  @Test(
    "X-Forwarded-For is read from its end, as far as trusted proxies wrote it",
    arguments: [
      ("203.0.113.9", "203.0.113.9"), ("1.1.1.1, 203.0.113.9", "203.0.113.9"),
      ("1.1.1.1,203.0.113.9 , 10.1.1.1", "203.0.113.9"), ("10.0.0.2", "10.0.0.2"),
      ("203.0.113.9:4711", "203.0.113.9"), ("2001:4860::8888", "2001:4860::8888"),
      ("[2001:4860::8888]:443", "2001:4860::8888"), ("::ffff:203.0.113.9", "203.0.113.9"),
      ("1.1.1.1, 2001:db8::1", "1.1.1.1"), ("1.1.1.1, 192.0.2.7", "1.1.1.1"),
      ("unknown", "10.0.0.1"), ("", "10.0.0.1"), ("1.1.1.1, ", "10.0.0.1"),
      ("1.1.1.1, nonsense", "10.0.0.1"), ("1.1.1.1, 10.0.0.2, nonsense, 10.0.0.3", "10.0.0.3"),
      ("203.0.113.09", "10.0.0.1"), ("203.0.113.9:port", "10.0.0.1"), ("[::1", "10.0.0.1"),
      ("203.0.113.9%0", "10.0.0.1"),
    ])
  func forwardedFor(field: String, client: String) throws {
    #expect(try self.client([("X-Forwarded-For", field)]) == client)
  }

  @Test(
    "Forwarded is read the same way",
    arguments: [
      ("for=203.0.113.9", "203.0.113.9"), ("For=\"203.0.113.9:80\";proto=https", "203.0.113.9"),
      ("for=1.1.1.1, for=203.0.113.9;by=10.0.0.1", "203.0.113.9"),
      ("for=1.1.1.1, for=10.0.0.2", "1.1.1.1"),
      ("for=\"[2001:4860::8888]:443\"", "2001:4860::8888"), ("for=unknown", "10.0.0.1"),
      ("for=_hidden, for=10.0.0.2", "10.0.0.2"), ("proto=https", "10.0.0.1"),
      ("for=1.1.1.1;for=2.2.2.2", "10.0.0.1"), ("for=[2001:4860::8888]", "10.0.0.1"),
      ("for=\"1.1.1.1", "10.0.0.1"), ("for 1.1.1.1", "10.0.0.1"),
      (";;for=203.0.113.9;", "203.0.113.9"),
    ])
  func forwarded(field: String, client: String) throws {
    #expect(try self.client([("Forwarded", field)]) == client)
  }

  @Test("several lines of a field are one list")
  func lines() throws {
    let fields = [("X-Forwarded-For", "1.1.1.1"), ("X-Forwarded-For", "203.0.113.9")]
    #expect(try client(fields) == "203.0.113.9")
  }

  @Test("fields that contradict each other are not believed: one of them is the client's")
  func contradiction() throws {
    let both = [("X-Forwarded-For", "203.0.113.9"), ("Forwarded", "for=1.1.1.1")]
    #expect(try client(both) == "10.0.0.1")
    let same = [("X-Forwarded-For", "203.0.113.9"), ("Forwarded", "for=203.0.113.9")]
    #expect(try client(same) == "203.0.113.9")
  }

  @Test("a peer that is no trusted proxy is the client, whatever it says")
  func untrusted() throws {
    let fields = [("X-Forwarded-For", "1.1.1.1"), ("Forwarded", "for=1.1.1.1")]
    #expect(try client(fields, peer: "203.0.113.5") == "203.0.113.5")
    #expect(try client(fields, peer: "2001:db9::1") == "2001:db9::1")
  }

  @Test(
    "a range is an address, or the bits that its addresses share",
    arguments: [
      ("10.0.0.0/8", "10.255.255.255", true), ("10.0.0.0/8", "11.0.0.0", false),
      ("10.1.2.3/8", "10.9.9.9", true), ("10.0.0.1", "10.0.0.1", true),
      ("10.0.0.1", "10.0.0.2", false), ("10.0.0.0/31", "10.0.0.1", true),
      ("10.0.0.0/31", "10.0.0.2", false), ("0.0.0.0/0", "203.0.113.1", true),
      ("0.0.0.0/0", "2001:db8::1", false), ("2001:db8::/33", "2001:db8:7fff::1", true),
      ("2001:db8::/33", "2001:db8:8000::1", false), ("2001:db8::/65", "2001:db8::1", true),
      ("::1", "::1", true), ("10.0.0.0/8", "::ffff:10.0.0.1", true),
    ])
  func ranges(range: String, address: String, contains: Bool) throws {
    let address = try #require(IPAddress(address))
    #expect(try #require(AddressRange(range)).contains(address) == contains)
  }

  @Test(
    "what is no range is refused",
    arguments: [
      "", "/", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/+8", "10.0.0.0/8/8", "10.0.0", "a", "::/129",
      "10.0.0.0/-1", "localhost", "10.0.0.0/99999999999999999999",
    ])
  func noRange(text: String) {
    #expect(AddressRange(text) == nil)
  }

  @Test(
    "an address is written as it is usually written",
    arguments: [
      ("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"),
      ("2001:DB8::0:1", "2001:db8::1"),
      ("::", "::"), ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"),
    ])
  func description(text: String, written: String) throws {
    #expect(try #require(IPAddress(text)).description == written)
  }
}
