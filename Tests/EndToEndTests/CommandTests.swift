import Foundation
import Testing

extension EndToEnd {
  @Suite("The command")
  struct Command {
    @Test("bnsl fit gives the very numbers of POST /fit")
    func sameNumbers() async throws {
      try await withServer { server in
        for options in [
          "", #","breaks":1,"objective":"log1p""#, #","direction":"higher_is_better""#,
        ] {
          let body = "{\(Curves.fourDigitAddition)\(options),\"held_out\":3}"
          let posted = try await server.post("/fit", body).json
          let outcome = try await Executable.run(["fit", "-"], input: body)
          #expect(outcome.status == 0)
          let fitted = try JSON(Array(outcome.output.utf8))
          for member in [
            "data", "model", "quality", "forecast", "predictions", "held_out", "breaks", "segments",
            "limit", "selection", "warnings", "summary", "request",
          ] {
            #expect(fitted[member] != .missing)
            #expect(fitted[member] == posted[member])
          }
        }
      }
    }

    @Test("flags mean what the members of a request mean")
    func flags() async throws {
      let inBody = try await Executable.run(["fit", "-"], input: Curves.oneBreak)
      let asFlags = try await Executable.run(
        ["fit", "-", "--breaks", "1", "--objective", "log1p", "--predict", "800,864,928"],
        input: Curves.fourDigitAdditionTable)
      let generic = try await Executable.run(
        ["fit", "-", "--option", "breaks=1", "--option", "objective=log1p"]
          + ["--option", "predict=800,864,928"], input: "{\(Curves.fourDigitAddition)}")
      #expect(inBody.status == 0)
      let request = try JSON(Array(inBody.output.utf8)).request
      #expect(request.breaks.number == 1)
      #expect(try JSON(Array(asFlags.output.utf8)).request.without("read") == request)
      #expect(try JSON(Array(generic.output.utf8)).request == request)
    }

    @Test("bnsl read prints what POST /read answers, and bnsl benchmark reads such tables")
    func tables() async throws {
      let rows = ["a", "b"].flatMap { run in
        (1...9).map { "\(run),\($0),\(1 + 4 / Double($0)),\($0 > 7 ? 1 : 0)\n" }
      }
      let table = "run,step,loss,held_out\n" + rows.joined()
      let read = try await Executable.run(["read", "-"], input: table)
      #expect(read.status == 0)
      try await withServer { server in
        let posted = try await server.post("/read", table).text
        #expect(posted + "\n" == read.output)
      }
      let scores = try await Executable.run(
        ["benchmark", "-", "--intervals", "none"], input: table)
      #expect(scores.status == 0)
      let names = scores.output.split(separator: "\n").dropFirst().map { $0.prefix { $0 != "7" } }
      #expect(names == [",,a,", ",,b,"])
    }

    private static var canMakeTerminal: Bool {
      let terminal = open("/dev/ptmx", O_RDWR)
      guard terminal >= 0 else { return false }
      close(terminal)
      return FileManager.default.isExecutableFile(atPath: "/usr/bin/script")
    }

    @Test(
      "a long fit shows a bar on a terminal, and removes it; elsewhere there is none",
      .enabled(if: canMakeTerminal, "no pseudo-terminal can be made here"))
    func progress() async throws {
      try await withTemporaryDirectory { directory in
        let file = directory.appending(path: "curve.json")
        try Data(Curves.slower.utf8).write(to: file)
        // On one processor the fit takes longer than a second, after which the bar appears.
        let command = "taskset -c 0 '\(Executable.url.path)' fit '\(file.path)' --format csv"
        let shown = try await Executable.run(
          ["-qec", command, "/dev/null"], of: URL(filePath: "/usr/bin/script"))
        #expect(shown.status == 0)
        let answer = try #require(shown.output.range(of: "curve,x,y"))
        let before = shown.output[..<answer.lowerBound]
        #expect(before.contains("\r["))
        #expect(before.hasSuffix("\u{1B}[2K\r"))
        let silent = try await Executable.run(["fit", file.path, "--format", "csv"])
        #expect(silent.errors.isEmpty)
      }
    }

    @Test("the text form names each constant and each prediction")
    func text() async throws {
      let outcome = try await Executable.run(
        ["fit", "-", "--format", "text"], input: Curves.oneBreak)
      #expect(outcome.status == 0)
      for part in ["One break at about 613", "c1  ", "5.6629", "928", "0.562598"] {
        #expect(outcome.output.contains(part))
      }
    }

    @Test(
      "what is wrong with the input or the usage is told on standard error, with status 2",
      arguments: [
        (["fit", "-"], #"{"x":[1,2,3],"y":[1,2]}"#, "/y"),
        (["fit", "-", "--breaks", "many"], Curves.fourDigitAdditionTable, "/breaks"),
        (["fit", "no-such-file"], "", "no-such-file"),
        (["fit", "-", "--format", "pdf"], Curves.oneBreak, "json"),
        (["serve", "--prot", "80"], "", "--port"),
        (["serve", "--port", "many"], "", "65535"),
        (["config", "--config", "no-such-file"], "", "no-such-file"),
        (["healthcheck", "--port", "0"], "", "port 0"),
      ] as [([String], String, String)])
    func badInput(arguments: [String], input: String, hint: String) async throws {
      let outcome = try await Executable.run(arguments, input: input)
      #expect(outcome.status == 2)
      #expect(outcome.output.isEmpty)
      #expect(outcome.errors.contains(hint))
    }

    @Test("bnsl healthcheck says 0 of a server that is ready, and 3 where there is none")
    func healthcheck() async throws {
      var port = ""
      try await withServer { server in
        port = String(server.address.split(separator: ":").last ?? "")
        let outcome = try await Executable.run(["healthcheck", "--port", port])
        #expect(outcome.status == 0)
      }
      #expect(try await Executable.run(["healthcheck", "--port", port]).status == 3)
    }

    @Test("bnsl config prints every value with its origin")
    func config() async throws {
      let outcome = try await Executable.run(["config", "--port", "99"])
      #expect(outcome.status == 0)
      let lines = outcome.output.split(separator: "\n")
      #expect(lines.contains { $0.hasPrefix("port: 99") && $0.hasSuffix("# --port") })
      #expect(lines.contains { $0.hasPrefix("max_breaks: 5") && $0.hasSuffix("# default") })
    }

    @Test("bnsl --version names the release and the engine that the server names")
    func version() async throws {
      let outcome = try await Executable.run(["--version"])
      try await withServer { server in
        let version = try await server.get("/version").json
        let expected =
          try "bnsl \(#require(version.version.string)) (engine "
          + "\(#require(version.engine_version.string)))\n"
        #expect(outcome.output == expected)
      }
    }
  }
}
