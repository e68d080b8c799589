import Testing

@testable import Fits

/// How a body is read, by the way that a request takes.
func preview(
  _ text: String, _ query: String = ""
) throws(Problem) -> (points: [String: [[Double]]], reading: TableReading?, told: String) {
  let body = FitBody(format: .any, bytes: Array(text.utf8), query: query)
  let limits = FitRequest.Limits(
    points: 1_000, totalPoints: 1_000, breaks: 5, predictions: 10, timeout: 60)
  let json = JSONWriter.bytes(of: try body.preview(within: limits))
  guard let root = try? JSONDocument(stored: json).root else { return ([:], nil, "no JSON") }
  var points: [String: [[Double]]] = [:]
  for curve in root["curves"]?.elements ?? [] {
    let columns = ["x", "y"].map { curve[$0]?.elements?.compactMap(\.double) ?? [] }
    points[curve["name"]?.string ?? ""] = zip(columns[0], columns[1]).map { [$0, $1] }
  }
  let reading = root["read"].flatMap { TableReading(JSONField($0, faults: Faults())) }
  let told = root["error"]?["errors"]?.elements?.compactMap { $0["detail"]?.string } ?? []
  return (points, reading, told.joined(separator: "\n"))
}

@Suite("Tables as tools write them")
struct TableShapeTests {
  private static let points = [[1.0, 5.0], [2, 4], [4, 3.5]]

  @Test(
    "every orientation of a data frame in JSON holds the same points",
    arguments: [
      #"{"columns":["step","loss"],"index":[0,1,2],"data":[[1,5.0],[2,4.0],[4,3.5]]}"#,
      #"[{"step":1,"loss":5.0},{"step":2,"loss":4.0},{"step":4,"loss":3.5}]"#,
      #"{"0":{"step":1,"loss":5.0},"1":{"step":2,"loss":4.0},"2":{"step":4,"loss":3.5}}"#,
      #"{"step":{"0":1,"1":2,"2":4},"loss":{"0":5.0,"1":4.0,"2":3.5}}"#,
      #"{"x":{"0":1,"1":2,"2":4},"y":{"0":5.0,"1":4.0,"2":3.5}}"#,
      "[[1,5.0],[2,4.0],[4,3.5]]", #"[["step","loss"],[1,5.0],[2,4.0],[3,null],[4,3.5]]"#,
      #"{"schema":{"fields":[{"name":"index","type":"integer"}]},"#
        + #""data":[{"index":0,"step":1,"loss":5.0},{"step":2,"loss":4.0},{"step":4,"loss":3.5}]}"#,
      #"{"checkpoint-1":{"loss":5.0},"checkpoint-2":{"loss":4.0},"checkpoint-4":{"loss":3.5}}"#,
      #"[{"step":1,"eval":{"loss":5.0}},{"step":2,"eval":{"loss":4}},{"step":4,"eval":{"loss":3.5}}]"#,
      #"{"config":{"lr":0.1},"history":{"step":[1,2,4],"loss":[5,4,3.5]}}"#,
      #"[{"name":"a","history":[{"step":1,"loss":5},{"step":2,"loss":4},{"step":4,"loss":3.5}]}]"#,
      #"{"metrics":[{"key":"loss","value":5,"step":1},{"key":"loss","value":4,"step":2},"#
        + #"{"key":"loss","value":3.5,"step":4}]}"#,
    ])
  func frames(text: String) throws {
    #expect(try preview(text).points == ["": Self.points])
  }

  @Test(
    "tables by name, or columns of names, are curves",
    arguments: [
      #"{"a":{"step":[1,2,4],"loss":[5,4,3.5]},"b":{"step":[1,2,4],"loss":[5,4,3.5]}}"#,
      #"{"a":[[1,5],[2,4],[4,3.5]],"b":[[1,5],[2,4],[4,3.5]]}"#,
      #"[{"name":"a","x":[1,2,4],"y":[5,4,3.5]},{"name":"b","x":[1,2,4],"y":[5,4,3.5]}]"#,
      "run,step,loss\na,1,5\na,2,4\na,4,3.5\nb,1,5\nb,2,4\nb,4,3.5\n",
      "step,variable,value\n1,a,5\n1,b,5\n2,a,4\n2,b,4\n4,a,3.5\n4,b,3.5\n",
      "Step,a - loss,b - loss\n1,5,5\n2,4,4\n4,3.5,3.5\n",
    ])
  func runs(text: String) throws {
    #expect(try preview(text).points == ["a": Self.points, "b": Self.points])
  }

  @Test("a map from x to y for each run is a table with a column for each")
  func maps() throws {
    let text = #"{"a":{"1":5,"2":4,"4":3.5},"b":{"1":3,"2":2,"4":1}}"#
    #expect(try preview(text).told.contains("or `a,b` for a curve of each"))
    #expect(try preview(text, "y_column=a,b").points["a"] == Self.points)
  }

  @Test(
    "what stands around a table is left out, and said",
    arguments: [
      "We measured, see below.\n\nA table:\n\n| step | loss |\n|---|--:|\n| 1 | **5** |\n"
        + "| 2 | 4 |\n| 4 | 3.5 |\n\nThat is all.\n",
      " step | loss \n------+------\n    1 |    5\n    2 |    4\n    4 |  3.5\n(3 rows)\n",
      "Experiment 7;;\nstep;loss;note\n1;5;\n2;4;\n4;3,5;\n",
      "Experiment 7;;\n;;\nstep;loss;note\n1;5;\n2;4;\n4;3,5;\n",
      "Seen:\n```csv\nstep,loss\n1,5\n2,4\n4,3.5\n```\nthat is it\n",
      "step,loss\n(k),(nats)\n1,5\n2,4\n4,3.5\n",
      "results of March\nstep,loss\n1,5\n2,4\n4,3.5\n",
      "loading\nstep 1: loss 5.0, time 3ms\nstep 2: loss 4.0, time 4ms\nstep 4: loss 3.5, time 3ms\n",
    ])
  func surroundings(text: String) throws {
    let read = try preview(text)
    #expect(read.points == ["": Self.points])
    #expect(read.reading?.guesses.contains { $0.contains("left out") } == true)
  }

  @Test(
    "rows of every length and names with spaces are read",
    arguments: [
      "\"step\" \"loss\"\n\"1\" 1 5\n\"2\" 2 4\n\"3\" 4 3.5\n",
      "step,loss,acc_std\n1,5\n2,4\n4,3.5\n",
      "step,loss,\n1,5,\n2,4,\n4,3.5,\n",
      "Big model  step  loss\na b c      1     5\nd          2     4\n"
        + "e f        4     3.5\n", "Unnamed: 0,step,loss\n0,1,5\n1,2,4\n2,4,3.5\n",
      "step,loss\n1,5\n2,4\n3\n4,3.5\n", "# step loss lr\n1 5 0\n2 4 0\n4 3.5 0\n",
      "sep=;\nstep;loss;lr\n1;5;0\n2;4;0\n4;3,5;0\n", "step,1,2,4\nloss,5,4,3.5\n",
      "| step | 1 | 2 | 4 |\n|---|---|---|---|\n| loss | 5 | 4 | 3.5 |\n",
      "epoch  lr  loss\n1/9  0  5\n2/9  0  4\n4/9  0  3.5\n",
    ])
  func lengths(text: String) throws {
    #expect(try preview(text).points == ["": Self.points])
  }

  @Test(
    "the lines of a log are rows, their words the names",
    arguments: [
      "step 1: loss 5.0, lr 1e-4\nstep 2: loss 4.0, lr 1e-4\nstep 4: loss 3.5, lr 1e-4\n",
      "step=1 loss=5.0\nstep=2 loss=4.0\nstep=3 loss=nan\nstep=4 loss=3.5\n",
      "step 1 | loss 5 | done\nstep 2 | loss 4 | done\nsaved\nstep 4 | loss 3.5 | done\n",
      "Epoch(val) [1][9/9] loss: 5 t: 1\nEpoch(val) [2][9/9] loss: 4 t: 1\n"
        + "Epoch(val) [4][9/9] loss: 3.5 t: 1\n",
      "[1]\ttest-rmse:5.0 lr:1\n[2]\ttest-rmse:4.0 lr:1\n[4]\ttest-rmse:3.5 lr:1\n",
      "{'loss': 5.0, 'step': 1}\n{'loss': 4.0, 'step': 2}\n{'loss': 3.5, 'step': 4}\n",
    ])
  func logs(text: String) throws {
    #expect(try preview(text).points == ["": Self.points])
  }

  @Test("markup is refused with what to do instead")
  func markup() {
    #expect(throws: Problem.self) { try preview("<table><tr>\n<td>1</td></tr></table>\n") }
  }

  @Test("a request in JSON is shown as the points of its curves, or with its faults")
  func requests() throws {
    #expect(try preview(#"{"x":[1,2,4],"y":[5,4,3.5]}"#).points == ["": Self.points])
    #expect(
      try preview(#"{"curves":[{"name":"a","points":[[1,5],[2,4],[4,3.5]]}]}"#).points
        == ["a": Self.points])
    #expect(try preview(#"{"x":[0,1],"y":[1,2]}"#).told.contains(#""invalid": "drop""#))
  }

  @Test("numbers in names, with scales, units and uncertainties count")
  func namedNumbers() throws {
    #expect(
      try preview("model,loss\norg/p-70m,5\norg/p-1.4b,4\norg/p-2b,3\n").points[""]?.map { $0[0] }
        == [7e7, 1.4e9, 2e9])
    #expect(try preview("size,loss\n300M params,5\n1.5B params,4\n").points[""]?[1] == [1.5e9, 4])
    #expect(
      try preview("n,loss\n1e3 tokens,5\n2e4 tokens,4\n").points == ["": [[1e3, 5], [2e4, 4]]])
    #expect(
      try preview("n,loss\n10^6 steps,5\n10^7 steps,4\n").points == ["": [[1e6, 5], [1e7, 4]]])
    #expect(try preview("file,loss\nit_010.pt,5\nit_020.pt,4\n").points[""]?[1] == [20, 4])
    let read = try preview(
      "| n | acc |\n|---|---|\n| 1 | **0.5** \u{B1} 0.1 |\n| 2 | 0.6 +/- 0.2 |\n")
    #expect(read.points == ["": [[1, 0.5], [2, 0.6]]])
    #expect(read.reading?.sigma == "acc std")
    let plain = try preview("n,acc\n1,0.5 \u{B1} 0.1\n2,0.6 \u{B1} 0.2\n")
    #expect(plain.points == ["": [[1, 0.5], [2, 0.6]]])
  }

  @Test(
    "versions, dates and names with several numbers stay names",
    arguments: [
      ["v1.0.2", "v1.0.3"], ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"], ["a1-b2", "a2-b2"],
      ["gpt", "mamba"], ["run", "run-1"], ["6e20FLOP", "6e21FLOP"], ["0x10", "0x20"],
    ])
  func names(texts: [String]) {
    #expect(NamedNumber.all(in: texts) == nil)
  }

  @Test(
    "numbers grouped by points, spaces and apostrophes are read",
    arguments: [
      "n;error\n100;45,2\n1.000;30,1\n10.000;18,75\n",
      "n;error\n100;45,2\n1 000;30,1\n10 000;18,75\n",
      "n;error\n100;45.2\n1'000;30.1\n10'000;18.75\n",
      "n;error\n100;45,2\n1\u{202F}000;30,1\n10\u{A0}000;18,75\n",
      "n\terror\n100\t45.2\n1,000\t30.1\n10,000\t18.75\n",
    ])
  func groups(text: String) throws {
    #expect(try preview(text).points == ["": [[100, 45.2], [1_000, 30.1], [10_000, 18.75]]])
  }
}
