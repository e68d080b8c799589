import HTTPTypes
import Testing

@testable import HTTP

@Suite("Response encoder")
struct ResponseEncoderTests {
  private static let dateLine = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"

  private func encode(
    _ response: Response, in context: ResponseEncoder.Context = .init()
  ) throws -> String {
    var encoder = ResponseEncoder(secondsSinceEpoch: { 784_111_777 })
    var output: [UInt8] = []
    try encoder.encode(response, in: context, to: &output)
    return String(decoding: output, as: UTF8.self)
  }

  @Test("an answer is written to the byte, with the date as RFC 9110 gives its example")
  func bytes() throws {
    let response = Response(
      status: .ok, fields: [.contentType: "text/plain"], body: .bytes(Array("hello".utf8)))
    #expect(
      try encode(response)
        == "HTTP/1.1 200 OK\r\n" + Self.dateLine + "Content-Type: text/plain\r\n"
        + "Content-Length: 5\r\n\r\nhello")
  }

  @Test("the date follows the clock")
  func date() throws {
    let seconds = [0, 951_782_400, 4_102_444_799]
    let dates = [
      "Thu, 01 Jan 1970 00:00:00 GMT", "Tue, 29 Feb 2000 00:00:00 GMT",
      "Thu, 31 Dec 2099 23:59:59 GMT",
    ]
    for (second, date) in zip(seconds, dates) {
      var encoder = ResponseEncoder(secondsSinceEpoch: { second })
      var output: [UInt8] = []
      try encoder.encode(Response(status: .ok), in: .init(), to: &output)
      #expect(String(decoding: output, as: UTF8.self).contains("\r\nDate: \(date)\r\n"))
    }
  }

  @Test("HEAD has the fields of GET and no body")
  func head() throws {
    let response = Response(status: .ok, body: .bytes(Array("hello".utf8)))
    let get = try encode(response)
    #expect(try encode(response, in: .init(isHead: true)) == get.dropLast(5))
  }

  @Test(
    "204 and 304 have neither body nor length, 205 an empty body",
    arguments: [(204, ""), (304, ""), (205, "Content-Length: 0\r\n")])
  func withoutBody(code: Int, length: String) throws {
    let status = HTTPResponse.Status(code: code, reasonPhrase: "X")
    let answer = try encode(Response(status: status, body: .bytes(Array("hello".utf8))))
    #expect(answer == "HTTP/1.1 \(code) X\r\n" + Self.dateLine + length + "\r\n")
  }

  @Test(
    "Connection says what is to become of the connection, by the version",
    arguments: [
      (Version.http11, true, ""), (.http11, false, "Connection: close\r\n"),
      (.http10, true, "Connection: keep-alive\r\n"), (.http10, false, "Connection: close\r\n"),
    ])
  func connection(version: Version, keepsAlive: Bool, line: String) throws {
    let answer = try encode(
      Response(status: .ok), in: .init(version: version, keepsAlive: keepsAlive))
    #expect(
      answer == "HTTP/1.1 200 OK\r\n" + Self.dateLine + line + "Content-Length: 0\r\n\r\n")
  }

  @Test("framing fields of the handler's are replaced")
  func framing() throws {
    let response = Response(
      status: .ok,
      fields: [
        .contentLength: "99", .transferEncoding: "chunked", .connection: "upgrade", .date: "now",
        .eTag: "\"a\"",
      ])
    #expect(
      try encode(response)
        == "HTTP/1.1 200 OK\r\n" + Self.dateLine + "ETag: \"a\"\r\nContent-Length: 0\r\n\r\n")
  }

  @Test(
    "a value that would split the message is not sent, and nothing is written",
    arguments: ["a\u{1}b", "a\u{7f}", "a\u{b}b"])
  func splitting(value: String) throws {
    var response = Response(status: .ok)
    response.fields.append(HTTPField(name: .location, lenientValue: Array(value.utf8)))
    var encoder = ResponseEncoder()
    var output = Array("before".utf8)
    #expect(throws: ResponseEncoder.Fault.field("Location")) {
      try encoder.encode(response, in: .init(), to: &output)
    }
    #expect(output == Array("before".utf8))
  }

  @Test("CRLF in a value never reaches the wire")
  func carriageReturn() throws {
    let response = Response(status: .ok, fields: [.location: "/a\r\nSet-Cookie: b"])
    #expect(try encode(response).contains("Location: /a  Set-Cookie: b\r\n"))
  }

  @Test("informational and unknown statuses are not sent", arguments: [0, 100, 101, 199, 600, 999])
  func status(code: Int) {
    #expect(throws: ResponseEncoder.Fault.status(code)) {
      _ = try encode(Response(status: .init(code: code)))
    }
  }

  @Test("a stream is chunked for HTTP/1.1 and ends with the connection for HTTP/1.0")
  func stream() throws {
    let response = Response(status: .ok, body: .stream { _ in })
    #expect(
      try encode(response)
        == "HTTP/1.1 200 OK\r\n" + Self.dateLine + "Transfer-Encoding: chunked\r\n\r\n")
    #expect(
      try encode(response, in: .init(version: .http10, keepsAlive: false))
        == "HTTP/1.1 200 OK\r\n" + Self.dateLine + "Connection: close\r\n\r\n")

    var chunks: [UInt8] = []
    for piece in ["", "0123456789abcdef", ""] {
      ResponseEncoder.encodePiece(Array(piece.utf8), in: .init(), to: &chunks)
    }
    ResponseEncoder.encodeEnd(in: .init(), to: &chunks)
    #expect(String(decoding: chunks, as: UTF8.self) == "10\r\n0123456789abcdef\r\n0\r\n\r\n")
  }
}
