import Dispatch
import Glibc
import Testing

@testable import HTTP

/// A queue with an epoll instance, and one end of a pair of sockets that it watches.
private final class Watch: @unchecked Sendable {
  let queue = DispatchQueue(label: "watch")
  let ours: Int32
  let theirs: Int32
  private var epoll: Epoll?
  /// What was told and not taken yet; owned by `queue`.
  private var told: [Epoll.Readiness] = []

  init(for readiness: Epoll.Readiness) throws {
    var pair: [Int32] = [0, 0]
    try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0)
    (ours, theirs) = (pair[0], pair[1])
    try queue.sync {
      let epoll = try Epoll(queue: queue) { [weak self] name, readiness in
        #expect(name == 7)
        self?.told.append(readiness)
      }
      try epoll.add(ours, name: 7, for: readiness)
      self.epoll = epoll
    }
  }

  deinit {
    close(ours)
    close(theirs)
  }

  func change(to readiness: Epoll.Readiness) {
    queue.sync {
      epoll?.change(ours, name: 7, to: readiness)
      told = []
    }
  }

  /// What is told next, if anything is within the time.
  func next(within seconds: Double = 10) -> Epoll.Readiness? {
    let end = Instant.now + .seconds(seconds)
    while Instant.now < end {
      let readiness = queue.sync { told.isEmpty ? nil : told.removeFirst() }
      if let readiness { return readiness }
      usleep(1_000)
    }
    return nil
  }
}

@Suite("Sockets that are ready")
struct EpollTests {
  @Test("bytes are told of for as long as they are not read")
  func readable() throws {
    let watch = try Watch(for: .readable)
    #expect(send(watch.theirs, "x", 1, 0) == 1)
    for _ in 0..<3 { #expect(watch.next()?.contains(.readable) == true) }
    watch.queue.sync {
      var byte: UInt8 = 0
      #expect(recv(watch.ours, &byte, 1, 0) == 1)
    }
    watch.change(to: .readable)
    #expect(watch.next(within: 0.05) == nil)
  }

  @Test("what is not waited for is not told of, and is once it is waited for")
  func change() throws {
    let watch = try Watch(for: [])
    #expect(send(watch.theirs, "x", 1, 0) == 1)
    #expect(watch.next(within: 0.05) == nil)
    watch.change(to: .readable)
    #expect(watch.next()?.contains(.readable) == true)
    watch.change(to: .writable)
    #expect(watch.next() == .writable)
  }

  @Test("a socket whose other end is gone is told of though nothing is waited for")
  func broken() throws {
    let watch = try Watch(for: [])
    shutdown(watch.theirs, Int32(SHUT_RDWR))
    #expect(watch.next()?.isDisjoint(with: .broken) == false)
  }
}
