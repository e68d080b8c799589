import HTTPTypes
import Logging
import TestSupport
import Testing

@testable import HTTP

/// Answers with what it was asked, or waits, or streams, by the path.
struct EchoHandler: Handler {
  /// Called when a request for `/wait` has begun, and when it has been cancelled.
  var onWait: @Sendable () -> Void = {}
  var onCancel: @Sendable () -> Void = {}
  /// Called when the gate has been passed, with whether that was cancelled.
  var onEnd: @Sendable (Bool) -> Void = { _ in }
  var stream: @Sendable (BodyWriter) async throws -> Void = { _ in }
  /// What `/gate` waits for.
  var gate = Gate()

  func plan(_ head: RequestHead) -> Plan {
    let client = head.fields[.from]
    let missing = Response(status: .notFound, body: .bytes(Array("missing".utf8)))
    return Plan(
      head.target.rawPath == "/missing" ? .now(missing) : .afterBody(respond),
      bodyLimit: ["/empty": 0, "/small": 5][head.target.rawPath] ?? .max, account: client,
      label: client ?? "none", refuse: Self.refuse)
  }

  var planWithoutHead: Plan { Plan(label: "none", refuse: Self.refuse) }

  @Sendable private static func refuse(_ refusal: Refusal) -> Response {
    Response(status: refusal.status, body: .bytes(Array(refusal.reason.utf8)))
  }

  @Sendable private func respond(to request: Request) async -> Response {
    switch request.target.rawPath {
    case "/wait":
      onWait()
      // Ends by cancellation alone.
      try? await Task.sleep(for: .seconds(3600))
      onCancel()
      return Response(status: .ok)
    case "/gate":
      onWait()
      await gate.pass()
      onEnd(Task.isCancelled)
      return Response(status: .ok, body: .bytes(Array("gate".utf8)))
    case "/yield":
      await Task.yield()
      return Response(status: .ok, body: .bytes(Array("yield".utf8)))
    case "/stream": return Response(status: .ok, body: .stream(stream))
    case "/large":
      return Response(status: .ok, body: .bytes([UInt8](repeating: 0x78, count: 16 << 20)))
    default:
      return Response(status: .ok, body: .bytes(Array("\(request.method) ".utf8) + request.body))
    }
  }
}

/// Opens once, for all who wait and who come later.
actor Gate {
  private var isOpen = false
  private var waiters: [CheckedContinuation<Void, Never>] = []

  func pass() async {
    if isOpen { return }
    await withCheckedContinuation { waiters.append($0) }
  }

  func open() {
    isOpen = true
    for waiter in waiters { waiter.resume() }
    waiters = []
  }
}

/// Runs a server on a free port for the length of the body, and stops it.
func withServer(
  _ handler: EchoHandler = EchoHandler(),
  configure: (inout Server.Configuration) -> Void = { _ in },
  host: String = "127.0.0.1", connections: ConnectionCount = ConnectionCount(),
  observe: @escaping @Sendable (Exchange) -> Void = { _ in },
  body: (Server, UInt16) async throws -> Void
) async throws {
  var configuration = Server.Configuration()
  // A test that does not set a limit must not meet it, however slow the machine.
  configuration.timeouts.idle = .seconds(3600)
  configuration.timeouts.head = .seconds(3600)
  configuration.timeouts.body = .seconds(3600)
  configuration.timeouts.write = .seconds(3600)
  configure(&configuration)
  let server = Server(
    configuration: configuration, connections: connections, logger: Logger(label: "test"),
    handler: handler, observe: observe)
  let socket = try ListeningSocket(host: host, port: 0)
  try server.start(on: socket)
  do {
    try await body(server, socket.address.port)
  } catch {
    await server.stop(by: .now)
    throw error
  }
  await server.stop(by: .now)
  #expect(server.connections.open == 0)
}
