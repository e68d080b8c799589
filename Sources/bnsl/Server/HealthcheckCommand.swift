import ArgumentParser
import FitService
import Foundation

struct HealthcheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "healthcheck",
    abstract: "Say whether the local server is ready: 0 if so, 1 if not, 3 if it does not answer.",
    discussion: SettingsOptions.discussion)

  @OptionGroup var options: SettingsOptions

  func run() throws {
    let settings = try options.load().settings
    guard settings.port != 0 else {
      throw Failure(.badInput, "port 0 means any port: give the port that the server printed")
    }
    let answer = try LoopbackRequest(settings).answer()
    guard answer.hasPrefix("HTTP/1.1 200 ") else {
      let body = answer.range(of: "\r\n\r\n").map { answer[$0.upperBound...] } ?? ""
      throw Failure(.failed, "the server is not ready: \(body)")
    }
  }
}

/// `GET /readyz` to the server on this machine. Uses a plain socket, because Foundation's client
/// would need libcurl.
private struct LoopbackRequest {
  let host: String
  let port: Int

  init(_ settings: Settings) {
    host = settings.localHost
    port = settings.port
  }

  /// The whole response of the server, within 5 seconds.
  func answer() throws -> String {
    let descriptor = try connected()
    defer { close(descriptor) }
    let authority = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    let request = Array(
      "GET /readyz HTTP/1.1\r\nHost: \(authority)\r\nConnection: close\r\n\r\n".utf8)
    guard send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
      throw unreachable("send")
    }
    var answer: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while answer.count < 65_536 {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      guard count >= 0 else { throw unreachable("recv") }
      if count == 0 { break }
      answer += buffer[..<count]
    }
    return String(decoding: answer, as: UTF8.self)
  }

  private func connected() throws -> Int32 {
    var hints = addrinfo()
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, String(port), &hints, &found) == 0, let address = found?.pointee else {
      throw Failure(.unreachable, "\(host) is no numeric address")
    }
    defer { freeaddrinfo(found) }
    let descriptor = socket(address.ai_family, address.ai_socktype, 0)
    var limit = timeval(tv_sec: 5, tv_usec: 0)
    let size = socklen_t(MemoryLayout<timeval>.size)
    // The time limit for sending is also that for connecting.
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
    guard connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 else {
      defer { close(descriptor) }
      throw unreachable("connect")
    }
    return descriptor
  }

  private func unreachable(_ call: String) -> Failure {
    Failure(
      .unreachable,
      "no answer from \(host) port \(port): \(call): \(String(cString: strerror(errno)))")
  }
}
