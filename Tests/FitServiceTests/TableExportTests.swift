import ScalingLaws
import Testing

@testable import Fits

@Suite("Tables as people export, print and paste them")
struct TableExportTests {
  private static let points = [[1.0, 5.0], [2, 4], [4, 3.5]]

  @Test(
    "frames around a table are no part of it, however they are drawn",
    arguments: [
      "+------+------+\n| step | loss |\n+======+======+\n|  1   | 5    |\n|  2   | 4    |\n"
        + "|  4   | 3.5  |\n+------+------+\n",
      "======  ======\n  step    loss\n======  ======\n     1     5\n     2     4\n     4     3.5\n"
        + "======  ======\n",
      "┌──────┬──────┐\n│ step │ loss │\n├──────┼──────┤\n│    1 │    5 │\n│    2 │    4 │\n"
        + "│    4 │  3.5 │\n└──────┴──────┘\n",
      "╔══════╦══════╗\n║ step ║ loss ║\n╠══════╬══════╣\n║    1 ║    5 ║\n╠══════╬══════╣\n"
        + "║    2 ║    4 ║\n╠══════╬══════╣\n║    4 ║  3.5 ║\n╚══════╩══════╝\n",
      "shape: (3, 2)\n┌──────┬──────┐\n│ step ┆ loss │\n│ ---  ┆ ---  │\n│ i64  ┆ f64  │\n"
        + "╞══════╪══════╡\n│ 1    ┆ 5.0  │\n│ 2    ┆ 4.0  │\n│ 4    ┆ 3.5  │\n└──────┴──────┘\n",
    ])
  func frames(text: String) throws {
    #expect(try preview(text).points == ["": Self.points])
  }

  @Test(
    "names in two rows are joined, also where those above stand for several columns",
    arguments: [
      ",loss,loss\n,mean,std\nstep,,\n1,5,0.1\n2,4,0.1\n4,3.5,0.1\n",
      "step,loss,\n,mean,std\n1,5,0.1\n2,4,0.1\n4,3.5,0.1\n",
    ])
  func joinedNames(text: String) throws {
    let read = try preview(text)
    #expect(read.points == ["": Self.points])
    #expect(read.reading?.x == "step")
    #expect(read.reading?.y == ["loss mean"])
    #expect(read.reading?.sigma == "loss std")
  }

  @Test("curves side by side, each with an x of its own, are told apart by the names above")
  func digitised() throws {
    let read = try preview("a,,b,\nX,Y,X,Y\n1,5,1,5\n2,4,2,4\n4,3.5,4,3.5\n,,8,3\n")
    #expect(read.points == ["a": Self.points, "b": Self.points + [[8, 3]]])
  }

  @Test("the names in the middle of a text are left out, and what follows is told apart")
  func repeatedNames() throws {
    let resumed = try preview("step,loss\n1,5\n2,4\nstep,loss\n4,3.5\n")
    #expect(resumed.points == ["": Self.points])
    #expect(resumed.reading?.guesses.contains { $0.contains("has 2 parts") } == true)
    #expect(resumed.reading?.mixedBy == nil)
    let other = "step,loss\n1,9\n2,8\n4,7.5\n"
    let mixed = try preview("step,loss\n1,5\n2,4\n4,3.5\n\n" + other)
    #expect(mixed.reading?.mixedBy == "part")
    #expect(
      try preview("step,loss\n1,5\n2,4\n4,3.5\n\n" + other, "curve_column=part").points["1"]
        == Self.points)
  }

  @Test("blocks apart by blank lines are parts where x begins anew, and else are one")
  func blocks() throws {
    let blocks = try preview("# a\n1 5\n2 4\n4 3.5\n\n\n# b\n1 9\n2 8\n4 7.5\n")
    #expect(blocks.reading?.mixedBy == "part")
    let rows = try preview("step,loss\r\n\r\n1,5\r\n\r\n2,4\r\n\r\n4,3.5\r\n\r\n")
    #expect(rows.points == ["": Self.points])
    #expect(rows.reading?.ignored == [])
  }

  @Test(
    "lines of numbers are never taken for a title, nor is a header that is longer than the rows",
    arguments: [
      "a  1  5\na  2  4\na  4  3\n1  5\n2  4\n4  3\n8  2\n",
      "step,loss,note\n1,5,a\n2,4,b\n4,3.5\n8,3\n16,2.5\n32,2\n",
      "step,loss,note\n1,5\n2,4\n4,3.5\n",
    ])
  func keptRows(text: String) {
    let read = try? preview(text)
    #expect(read?.reading?.guesses.contains { $0.contains("above the table left out") } != true)
    #expect(text.hasPrefix("a") || read?.reading?.x == "step")
  }

  @Test("a printed data frame with a row of numbers apart by one space is read")
  func narrowFrame() throws {
    let text = "   step      loss\n0     1 5.000e+00\n1     2 4.000e+00\n2     4 3.500e+00\n"
    #expect(try preview(text).points == ["": Self.points])
  }

  @Test("a row of x above a row for each curve is turned")
  func matrix() throws {
    let text = "model,1,2,4\na,5,4,3.5\nb,5,4,3.5\n"
    #expect(try preview(text).told.contains("or `a,b` for a curve of each"))
    #expect(try preview(text, "y_column=a,b").points == ["a": Self.points, "b": Self.points])
    #expect(
      try preview("tokens,1k,2k,4k\nsmall,5,4,3\nlarge,4,3,2\n", "y_column=small").points
        == ["": [[1_000, 5], [2_000, 4], [4_000, 3]]])
  }

  @Test(
    "numbers are read in the spellings of papers, sheets and web pages",
    arguments: [
      ("70 million", 7e7), ("1.4 billion", 1.4e9), ("~70M", 7e7), ("$1,000", 1_000), ("5 €", 5),
      ("3×10⁸", 3e8), ("10⁻³", 1e-3), ("$3 \\times 10^{17}$", 3e17), ("10\\%", 0.1),
      ("2\u{22C5}10^3", 2_000), ("1\u{202F}000", 1_000), ("\u{2212}3", -3),
    ] as [(String, Double)])
  func spellings(text: String, value: Double) throws {
    let number = try #require(CellReader().read(text).number)
    #expect(abs(number - value) <= 1e-12 * abs(value))
  }

  @Test(
    "what only looks like a number is text",
    arguments: ["1 apple", "10 000 000 0", "5^", "^5", "1,2,3", "\\times", "$", "€", "~", "10^^2"])
  func others(text: String) {
    #expect(CellReader().read(text) == .text)
  }

  @Test("a decimal comma is known also by shares and scales")
  func decimalCommas() throws {
    #expect(
      try preview("epochs;accuracy\n1;20,5 %\n2;31,0 %\n").points == [
        "": [[1, 0.205], [2, 0.31]]
      ])
    #expect(try preview("size;loss\n0,5B;5\n1,3B;4\n").points == ["": [[5e8, 5], [1.3e9, 4]]])
  }

  @Test(
    "a number in brackets behind another is a column of its own, and no sigma unless one says so")
  func brackets() throws {
    let text = "n\taccuracy\n1\t41.5 (0.3)\n2\t45 (0.2)\n"
    let read = try preview(text)
    #expect(read.points == ["": [[1, 41.5], [2, 45]]])
    #expect(read.reading?.sigma == nil)
    #expect(read.reading?.ignored == ["accuracy in brackets"])
    #expect(
      try preview(text, "sigma_column=accuracy%20in%20brackets").reading?.sigma
        == "accuracy in brackets")
  }

  @Test(
    "UTF-16 is known without a byte order mark too, in text and in JSON", arguments: [true, false])
  func utf16(isLittleEndian: Bool) throws {
    for text in ["step\tloss\n1\t5\n2\t4\n", #"[{"step":1,"loss":5},{"step":2,"loss":4}]"#] {
      let bytes = text.utf16.flatMap { unit in
        let pair = [UInt8(truncatingIfNeeded: unit), UInt8(unit >> 8)]
        return isLittleEndian ? pair : pair.reversed()
      }
      let task = try FitBody(format: .any, bytes: bytes, query: "").task(
        within: FitRequest.Limits())
      guard case .curve(let request) = task else {
        Issue.record("no curve")
        continue
      }
      #expect(request.points.y == [5, 4])
    }
  }

  // MARK: Logs

  @Test(
    "logs with units, counts, times, bars of progress and lines of two kinds are read",
    arguments: [
      (
        "step:1/4 val_loss:5 time:10ms\nstep:2/4 val_loss:4 time:20ms\nstep:4/4 val_loss:3.5 time:9ms\n",
        ""
      ),
      (
        " iteration 1/ 9 | lm loss: 5E+00 | loss scale: 1.0 |\n iteration 2/ 9 | lm loss: 4E+00 | "
          + "loss scale: 1.0 |\n iteration 4/ 9 | lm loss: 3.5E+00 | loss scale: 1.0 |\n", ""
      ),
      (
        "step 1: train loss 9, val loss 5\niter 1: loss 9, time 3ms\nstep 2: train loss 9, val loss "
          + "4\niter 2: loss 9, time 3ms\nstep 4: train loss 9, val loss 3.5\n",
        "y_column=val%20loss"
      ),
      (
        "iter 1: loss 5, time 3ms\nstep 1: train loss 9, val loss 5\niter 2: loss 4, time 3ms\n"
          + "iter 4: loss 3.5, time 3ms\n", "y_column=loss"
      ),
      (
        " 0%|  | 1/9 [00:12<01:00, 5.1it/s]\n{'loss': 5, 'epoch': 1}\n"
          + " 9%|# | 2/9 [00:13<01:00, 5.1it/s]\n{'loss': 4, 'epoch': 2}\n"
          + "{'loss': 3.5, 'epoch': 4}\n", ""
      ),
      (
        "Epoch 1/4\n9/9 [====] - 3s 25ms/step - loss: 9 - val_loss: 5\nEpoch 2/4\n9/9 [====] - 3s - "
          + "loss: 8 - val_loss: 4\nEpoch 4/4\n9/9 [====] - 3s - loss: 7 - val_loss: 3.5\n",
        "y_column=val_loss"
      ),
      (
        "2026-01-02 10:00:01,123 - INFO - step 1 loss 5\n2026-01-02 10:00:02,456 - INFO - step 2 "
          + "loss 4\n2026-01-02 10:00:09,789 - INFO - step 4 loss 3.5\n", ""
      ),
    ])
  func logs(text: String, query: String) throws {
    #expect(try preview(text, query).points == ["": Self.points])
  }

  @Test("lines that spell a name otherwise, or name in another order, name the same")
  func logNames() throws {
    let text =
      "step 1: val  loss 5, lr 1\nval loss 4, step 2: lr 1\nstep 4, lr 1, val loss 3.5, val loss 3.5\n"
      + "step 4: val loss low, lr 1\n"
    #expect(
      try preview("step 0: val loss 9, lr 1\n" + text).points == ["": Self.points])
  }

  // MARK: JSON

  @Test(
    "labels of rows, parts of records and histograms beside numbers are read in JSON",
    arguments: [
      (#"{"columns":["loss"],"index":[1,2,4],"data":[[5],[4],[3.5]]}"#, ""),
      (
        #"{"step1":{"a":{"acc":5,"se":1},"b":{"acc":9}},"step2":{"a":{"acc":4,"se":1},"b":{"acc":9}},"#
          + #""step4":{"a":{"acc":3.5,"se":1},"b":{"acc":9}}}"#, "y_column=a.acc"
      ),
      (
        [1.0, 2, 4].map {
          #"{"step":\#($0),"loss":\#($0 == 1 ? 5 : $0 == 2 ? 4 : 3.5),"w":{"values":[1,2],"bins":[1,2,3]}}"#
        }.joined(separator: "\n"), ""
      ),
    ])
  func json(text: String, query: String) throws {
    #expect(try preview(text, query).points == ["": Self.points])
  }

  // MARK: Roles

  @Test("x is a scale that has numbers beside y")
  func besideY() throws {
    let text = "step,iter,loss,val_loss\n1,,,5\n,1,9,\n2,,,4\n,2,8,\n4,,,3.5\n,4,7,\n"
    #expect(try preview(text, "y_column=val_loss").reading?.x == "step")
    #expect(try preview(text, "y_column=loss").reading?.x == "iter")
  }

  @Test("x that is a logarithm by its name is told")
  func logarithm() throws {
    let told = try preview("log10_flops,loss\n17,5\n18,4\n").reading?.guesses.joined()
    #expect(told?.contains("a logarithm already") == true)
    #expect(try preview("flops,log_loss\n17,5\n18,4\n").reading?.guesses == [])
  }

  @Test("a column that would be meant but holds texts is named with the first of them")
  func texts() throws {
    #expect(
      try preview("n,loss\n1,5*\n2,4*\n").told.contains("`loss` holds `5*`, which is not a number"))
    #expect(
      try preview("time,loss\n00:10:00,5\n00:20:00,4\n").told.contains("`time` holds `00:10:00`"))
  }

  @Test("rows of a column of repetitions are points of one curve, also where its name is a curve's")
  func repetitions() throws {
    let text = "run,step,loss\na,1,5\na,2,4\na,4,3.5\nb,1,5.1\nb,2,4.1\nb,4,3.4\n"
    #expect(try preview(text).points.count == 2)
    let together = try preview(text, "run_column=run")
    #expect(together.points.count == 1)
    #expect(together.points[""]?.count == 6)
    #expect(together.reading?.run == "run")
    #expect(together.reading?.mixedBy == nil)
  }

  @Test("repeated x are told to be mixed where y differs by more there than along a curve")
  func mixed() throws {
    func table(_ second: (Int) -> Double) -> String {
      "n,loss,colour\n"
        + (1...6).flatMap { n in
          ["\(n),\(10 - n),a\n", "\(n),\(second(n)),b\n"]
        }.joined()
    }
    #expect(try preview(table { Double(12 - $0) }).reading?.mixedBy == "colour")
    #expect(try preview(table { Double(10 - $0) }).reading?.mixedBy == nil)
    // As far apart as each goes up and down itself.
    let wobbling = "n,loss,colour\n1,9,a\n2,5,a\n3,8,a\n4,4,a\n1,6,b\n2,8,b\n3,5,b\n4,7,b\n"
    #expect(try preview(wobbling).reading?.mixedBy == nil)
  }
}
