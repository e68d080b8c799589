import Testing

@testable import ScalingLaws

@Suite("Names of constants")
struct ConstantTests {
  @Test("every constant of a law is read back from its name", arguments: 0...5)
  func roundTrip(breaks: Int) {
    let constants = Constant.all(breaks: breaks)
    #expect(constants.count == 3 + 3 * breaks)
    #expect(constants.map { Constant($0.description) } == constants)
  }

  @Test("the order is the paper's")
  func order() {
    #expect(
      Constant.all(breaks: 2).map(\.description)
        == ["a", "b", "c0", "c1", "d1", "f1", "c2", "d2", "f2"])
    #expect(Constant.all(breaks: 1).map(\.breakIndex) == [nil, nil, nil, 1, 1, 1])
  }

  @Test(
    "anything else is not a constant",
    arguments: [
      "", "A", "a0", "b1", "c", "c00", "c01", "c-1", "c+1", "c 1", "d0", "f0", "g1", "d1.0",
      "c99999999999999999999", "é1",
    ])
  func unknown(name: String) {
    #expect(Constant(name) == nil)
  }
}
