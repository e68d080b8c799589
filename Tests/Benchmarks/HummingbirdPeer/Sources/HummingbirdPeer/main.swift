import Hummingbird
import Logging

/// What the benchmark posts, read and written back: the JSON work of a fit without the fit.
struct FitBody: Codable {
  var x: [Double]
  var y: [Double]
  var breaks: Int
  var intervals: Intervals
  var seed: Int

  struct Intervals: Codable {
    var method: String
  }
}

extension FitBody: ResponseEncodable {}

/// The answer of a health check.
struct Health: ResponseEncodable {
  var status = "ok"
}

guard CommandLine.arguments.count == 2, let port = Int(CommandLine.arguments[1]) else {
  fatalError("usage: HummingbirdPeer PORT")
}

let router = Router()
router.get("healthz") { _, _ in Health() }
router.post("fit") { request, context in
  try await request.decode(as: FitBody.self, context: context)
}

var logger = Logger(label: "peer")
logger.logLevel = .error
let application = Application(
  router: router,
  configuration: .init(address: .hostname("127.0.0.1", port: port)),
  logger: logger)
try await application.runService()
