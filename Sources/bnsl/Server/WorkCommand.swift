import ArgumentParser
import FitService

/// Runs one job, which may have been what ended the server before, for the server that started this
/// process.
struct WorkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "work", abstract: "Run one job for the server.", shouldDisplay: false)

  @Argument var kind: String
  @Argument var payloadSize: Int
  @Argument var queueWait: Int
  @Argument var memoryLimit: UInt64

  func run() throws {
    try Service.work(
      kind: kind, payloadSize: payloadSize, queueWait: queueWait, memoryLimit: memoryLimit)
  }
}
