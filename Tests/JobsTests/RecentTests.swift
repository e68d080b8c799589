import Testing

@testable import Jobs

@Suite("What was used lately")
struct RecentTests {
  @Test("what is used stays, what is not is forgotten")
  func use() {
    var recent = Recent<Int, String>(capacity: 200)
    for key in 0..<1_000 {
      recent.insert("\(key)", for: key, size: 10)
      // Used again and again.
      #expect(recent.use(0) == "0")
    }
    #expect(recent.use(999) == "999")
    #expect(recent.use(1) == nil)
  }

  @Test("no more is kept than there is room for")
  func capacity() {
    var recent = Recent<Int, Int>(capacity: 1_000)
    for key in 0..<500 { recent.insert(key, for: key, size: 7 + key % 3) }
    let kept = (0..<500).filter { recent.use($0) == $0 }
    #expect(kept.reduce(0) { $0 + 7 + $1 % 3 } <= 1_000)
    #expect(kept.count > 50)
  }

  @Test("a value that would drive out most others is not kept")
  func large() {
    var recent = Recent<Int, Int>(capacity: 800)
    recent.insert(1, for: 1, size: 100)
    recent.insert(2, for: 2, size: 101)
    #expect(recent.use(1) == 1)
    #expect(recent.use(2) == nil)
  }

  @Test("what is forgotten is gone, whichever generation it was in")
  func forgetting() {
    var recent = Recent<Int, Int>(capacity: 80)
    for key in 0..<8 { recent.insert(key, for: key, size: 8) }
    recent.forget(0)
    recent.forget(7)
    #expect((0..<8).compactMap { recent.use($0) } == Array(1...6))
    recent.forget()
    #expect((0..<8).allSatisfy { recent.use($0) == nil })
  }

  @Test("a value takes the place of an earlier one of its key, and its room")
  func replacement() {
    var recent = Recent<Int, Int>(capacity: 200)
    recent.insert(0, for: 0, size: 25)
    for value in 1...1_000 { recent.insert(value, for: 1, size: 25) }
    #expect(recent.use(0) == 0)
    #expect(recent.use(1) == 1_000)
    recent.insert(-1, for: 1, size: 26)
    #expect(recent.use(1) == nil)
  }
}
