import Testing

@testable import Jobs

struct ProcessorQuotaTests {
  @Test(
    "cpu.max is read as quota over period",
    arguments: [
      ("200000 100000\n", 2), ("50000 100000", 0.5), ("max 100000\n", nil), ("", nil),
      ("100000", nil), ("0 100000", nil), ("-1 100000", nil), ("1 0", nil), ("a b", nil),
    ] as [(String, Double?)])
  func version2(text: String, processors: Double?) {
    #expect(ProcessorQuota.parse(cpuMax: text) == processors)
  }

  @Test("the quota of cgroup v1 is -1 when there is none")
  func version1() {
    #expect(ProcessorQuota.parse(quota: "-1\n", period: "100000\n") == nil)
    #expect(ProcessorQuota.parse(quota: "150000\n", period: "100000\n") == 1.5)
  }

  @Test("every ancestor of the process's group may hold a quota")
  func candidates() {
    #expect(
      ProcessorQuota.candidates(membership: "0::/a/b\n")
        == [
          .version2("/sys/fs/cgroup"), .version2("/sys/fs/cgroup/a"),
          .version2("/sys/fs/cgroup/a/b"),
        ])
    #expect(
      ProcessorQuota.candidates(membership: "8:pids:/x\n1:cpu,cpuacct:/\nnonsense\n")
        == [.version1("/sys/fs/cgroup/cpu")])
  }

  @Test("there is always a processor")
  func atLeastOne() {
    #expect(ProcessorQuota.processors >= 1)
  }
}
