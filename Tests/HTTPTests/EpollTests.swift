import Dispatch
import Glibc
import Testing

@testable import HTTP

/// A pair of connected sockets, closed with the last reference.
private final class Pair: Sendable {
  let ours: Int32
  let theirs: Int32

  init() throws {
    var pair: [Int32] = [0, 0]
    try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0)
    (ours, theirs) = (pair[0], pair[1])
  }

  deinit {
    close(ours)
    close(theirs)
  }
}

/// What an epoll instance tells of a socket. A second one shows when a turn of it is over.
private struct Watch {
  typealias Event = (name: UInt64, readiness: Epoll.Readiness)

  let queue = DispatchQueue(label: "watch")
  let socket: Pair
  private let marker: Pair
  private let epoll: Epoll
  private let event: AsyncStream<Event>.Continuation
  private var events: AsyncStream<Event>.Iterator

  init(for readiness: Epoll.Readiness) throws {
    let (events, event) = AsyncStream.makeStream(of: Event.self)
    self.events = events.makeAsyncIterator()
    self.event = event
    socket = try Pair()
    marker = try Pair()
    epoll = try Epoll(queue: queue) { event.yield(($0, $1)) }
    try epoll.add(socket.ours, name: 1, for: readiness)
    try epoll.add(marker.ours, name: 2, for: [])
  }

  mutating func change(to readiness: Epoll.Readiness) async {
    epoll.change(socket.ours, name: 1, to: readiness)
    _ = await rest()
  }

  /// What is told next of the socket.
  mutating func next() async -> Epoll.Readiness? { await events.next()?.readiness }

  /// Whether the socket is told of in a turn that begins now.
  mutating func isTold() async -> Bool {
    _ = await rest()
    epoll.change(marker.ours, name: 2, to: .writable)
    var names: [UInt64] = []
    while !names.contains(2), let event = await events.next() { names.append(event.name) }
    epoll.change(marker.ours, name: 2, to: [])
    names += await rest()
    return names.contains(1)
  }

  /// The names told by the turns that have begun, and not taken yet.
  private mutating func rest() async -> [UInt64] {
    queue.sync { _ = event.yield((0, [])) }
    var names: [UInt64] = []
    while let event = await events.next(), event.name != 0 { names.append(event.name) }
    return names
  }
}

@Suite("Sockets that are ready")
struct EpollTests {
  @Test("bytes are told of for as long as they are not read")
  func readable() async throws {
    var watch = try Watch(for: .readable)
    #expect(send(watch.socket.theirs, "x", 1, 0) == 1)
    for _ in 0..<3 { #expect(await watch.next()?.contains(.readable) == true) }
    watch.queue.sync {
      var byte: UInt8 = 0
      #expect(recv(watch.socket.ours, &byte, 1, 0) == 1)
    }
    #expect(await !watch.isTold())
  }

  @Test("what is not waited for is not told of, and is once it is waited for")
  func change() async throws {
    var watch = try Watch(for: [])
    #expect(send(watch.socket.theirs, "x", 1, 0) == 1)
    #expect(await !watch.isTold())
    await watch.change(to: .readable)
    #expect(await watch.next()?.contains(.readable) == true)
    await watch.change(to: .writable)
    #expect(await watch.next() == .writable)
  }

  @Test("a socket whose other end is gone is told of though nothing is waited for")
  func broken() async throws {
    var watch = try Watch(for: [])
    shutdown(watch.socket.theirs, Int32(SHUT_RDWR))
    #expect(await watch.next()?.isDisjoint(with: .broken) == false)
  }
}
