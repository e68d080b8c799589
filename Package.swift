// swift-tools-version: 6.2

import PackageDescription

let package = Package(
  name: "bnsl",
  products: [
    .library(name: "ScalingLaws", targets: ["ScalingLaws"]),
    .executable(name: "bnsl", targets: ["bnsl"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
    .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
  ],
  targets: [
    // The laws, and how they are fitted to points: pure values, no input or output.
    .systemLibrary(name: "CProcessor"),
    .target(name: "ScalingLaws", dependencies: ["CProcessor"]),

    // Fitted curves drawn as SVG and in characters; knows neither fits nor where curves come from.
    .target(name: "Plots", dependencies: ["Printable"]),

    // Which characters may be shown as they are: in plots, tables, names and the log.
    .target(name: "Printable"),

    // HTTP/1.1 over sockets; knows nothing of fitting.
    .systemLibrary(name: "CEpoll"),
    .target(
      name: "HTTP",
      dependencies: [
        "CEpoll",
        .product(name: "HeapModule", package: "swift-collections"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Logging", package: "swift-log"),
      ]),

    // A lock with its value, and waits for what another thread gives.
    .target(name: "Locks"),

    // Durable jobs: store, queue, workers; payloads are opaque bytes.
    .target(
      name: "Jobs",
      dependencies: [
        "Locks",
        .product(name: "DequeModule", package: "swift-collections"),
        .product(name: "GRDB", package: "GRDB.swift"),
      ]),

    // What a request means and what it is answered with, without a server, jobs or a database.
    .target(
      name: "Fits",
      dependencies: [
        "Locks", "Plots", "Printable", "ScalingLaws",
        .product(name: "HTTPTypes", package: "swift-http-types"),
      ]),

    // The service: routes, access, settings, log; the one place that wires all.
    .target(
      name: "FitService",
      dependencies: [
        "Fits", "HTTP", "Jobs", "Locks", "Plots", "Printable", "ScalingLaws",
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Logging", package: "swift-log"), "Yams",
      ],
      resources: [
        .embedInCode("Resources/openapi.yaml"),
        // The page: put together from these when it is first asked for.
        .embedInCode("Resources/page.html"), .embedInCode("Resources/page.css"),
        .embedInCode("Resources/plot.js"), .embedInCode("Resources/examples.js"),
        .embedInCode("Resources/answer.js"), .embedInCode("Resources/page.js"),
      ]),

    // The command.
    .executableTarget(
      name: "bnsl",
      dependencies: [
        "Fits", "FitService", "ScalingLaws",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    // Comparison in digits, a seeded generator, a raw-socket client.
    .target(name: "TestSupport", path: "Tests/TestSupport"),
    // Points and options drawn at random, and the laws of every right answer to them.
    .target(
      name: "RandomFits", dependencies: ["ScalingLaws", "TestSupport"],
      path: "Tests/Fuzzing/RandomFits"),
    .testTarget(
      name: "ScalingLawsTests", dependencies: ["RandomFits", "ScalingLaws", "TestSupport"]),
    .testTarget(name: "PlotsTests", dependencies: ["Plots"]),
    .testTarget(
      name: "HTTPTests",
      dependencies: [
        "HTTP", "TestSupport",
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Logging", package: "swift-log"),
      ]),
    .testTarget(
      name: "JobsTests",
      dependencies: ["Jobs", "Locks", "TestSupport", .product(name: "GRDB", package: "GRDB.swift")]),
    .testTarget(
      name: "FitServiceTests",
      dependencies: [
        "Fits", "FitService", "HTTP", "Jobs", "Locks", "ScalingLaws", "TestSupport",
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Logging", package: "swift-log"),
        "Yams",
      ]),

    // The real executable, driven through libcurl.
    .systemLibrary(name: "CLibcurl", path: "Tests/CLibcurl", pkgConfig: "libcurl"),
    .testTarget(name: "EndToEndTests", dependencies: ["CLibcurl", "TestSupport", "bnsl"]),

    // The speed of fits beside the paper's procedure.
    .executableTarget(
      name: "FitBenchmark", dependencies: ["ScalingLaws", "TestSupport"],
      path: "Tests/Benchmarks/FitBenchmark", exclude: ["brute_fit.py"]),
  ]
)

// Fuzzers of what reads requests, their fields, bodies in JSON and tables, and of whole fits, built only
// on request and without other commands, since each has the fuzzer's main function:
// BNSL_FUZZ=1 swift build --sanitize fuzzer --scratch-path .build-fuzz
if Context.environment["BNSL_FUZZ"] != nil {
  package.products.removeAll { $0.name == "bnsl" }
  package.targets.removeAll { $0.type == .executable || $0.type == .test }
  let fuzzers: [(name: String, target: Target.Dependency)] = [
    ("Requests", "HTTP"), ("Fields", "HTTP"), ("JSON", "Fits"), ("CSV", "Fits"),
    ("Fits", "RandomFits"),
  ]
  for fuzzer in fuzzers {
    package.targets.append(
      .executableTarget(
        name: "Fuzz\(fuzzer.name)", dependencies: [fuzzer.target],
        path: "Tests/Fuzzing/\(fuzzer.name)"))
  }
}

// Settings that every Swift target shares.
for target in package.targets where target.type != .system && target.type != .plugin {
  target.swiftSettings = [
    // `any` is written out, so that a reader sees where a call is dispatched dynamically.
    .enableUpcomingFeature("ExistentialAny"),
    // An import stays inside its file unless the public interface needs it.
    .enableUpcomingFeature("InternalImportsByDefault"),
    // A member is visible only where its module is imported.
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
  ]
  // What is tested is optimised; optimising the tests themselves would only take minutes.
  if target.type == .test { target.swiftSettings?.append(.unsafeFlags(["-Onone"])) }
  if target.name.hasPrefix("Fuzz") {
    target.swiftSettings?.append(.unsafeFlags(["-parse-as-library"]))
  }
}

// The fits compute four doubles at a time, with products and sums in one step: AVX2 and FMA, which
// Intel's server processors have since 2014 and AMD's since 2017. BNSL_ANY_PROCESSOR=1 builds for
// others too.
#if arch(x86_64)
  if Context.environment["BNSL_ANY_PROCESSOR"] == nil {
    for target in package.targets where target.name == "ScalingLaws" {
      target.swiftSettings?.append(.unsafeFlags(["-Xcc", "-mavx2", "-Xcc", "-mfma"]))
    }
  }
#endif
