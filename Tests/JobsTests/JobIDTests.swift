import Foundation
import Testing

@testable import Jobs

struct JobIDTests {
  @Test(
    "an id reads back what it printed",
    arguments: [
      (0, 0, "00000000000000000000000000"), (.max, .max, "7zzzzzzzzzzzzzzzzzzzzzzzzz"),
      (0, 31, "0000000000000000000000000z"), (0, 32, "00000000000000000000000010"),
      (1, 0, "0000000000000g000000000000"), (0x0123_4567_89ab_cdef, 0xfedc_ba98_7654_3210, ""),
    ] as [(UInt64, UInt64, String)])
  func roundTrip(high: UInt64, low: UInt64, text: String) throws {
    let id = JobID(high: high, low: low)
    #expect(id.description.utf8.count == 26)
    #expect(JobID(id.description) == id)
    #expect(JobID(bytes: id.bytes) == id)
    if !text.isEmpty { #expect(id.description == text) }
  }

  @Test(
    "anything but 26 lower-case digits of at most 128 bits is refused",
    arguments: [
      "", "0", "0000000000000000000000000", "000000000000000000000000000",
      "80000000000000000000000000", "0000000000000000000000000Z", "0000000000000000000000000i",
      "0000000000000000000000000l", "0000000000000000000000000o", "0000000000000000000000000u",
      " 0000000000000000000000000", "-0000000000000000000000000", "00000000000000000000000é0",
      "0000000000000000000000000\0",
    ])
  func strictParsing(text: String) {
    #expect(JobID(text) == nil)
  }

  @Test("ids increase though the clock stands still, jumps back or is absurd")
  func sequence() {
    var sequence = JobID.Sequence()
    let dates = [
      Date(timeIntervalSince1970: 1e9), Date(timeIntervalSince1970: 1e9),
      Date(timeIntervalSince1970: 5e8), Date(timeIntervalSince1970: -1e18),
      Date(timeIntervalSince1970: 1e9 + 1), Date.distantFuture,
    ]
    let ids = (0..<100_000).map { sequence.next(at: dates[$0 % dates.count]) }
    #expect(zip(ids, ids.dropFirst()).allSatisfy { $0 < $1 })
    #expect(zip(ids, ids.dropFirst()).allSatisfy { $0.description < $1.description })
  }

  @Test(
    "ids follow on the last one of an earlier process, however late that was",
    arguments: [
      JobID(high: UInt64(2e12) << 16, low: 7), JobID(high: .max, low: .max),
    ])
  func sequenceAfter(last: JobID) {
    var sequence = JobID.Sequence(after: last)
    let ids = (0..<10).map { _ in sequence.next(at: Date(timeIntervalSince1970: 1e9)) }
    #expect(zip(ids, ids.dropFirst()).allSatisfy { $0 < $1 })
    #expect(last.high == .max || ids[0] > last)
  }

  @Test("ids, their texts and their bytes sort alike")
  func order() {
    var generator = SystemRandomNumberGenerator()
    let ids = (0..<200).map {
      JobID(high: generator.next() >> UInt64($0 % 64), low: generator.next())
    }
    #expect(ids.sorted().map(\.description) == ids.map(\.description).sorted())
    #expect(
      ids.sorted().map(\.bytes) == ids.map(\.bytes).sorted { $0.lexicographicallyPrecedes($1) })
  }
}
