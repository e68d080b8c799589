import Foundation
import TestSupport
import Testing

@testable import FitService
@testable import Fits

/// Reads a text as a table of points, with the faults in words.
private func read(
  _ text: String, _ options: [String: String] = [:], rowLimit: Int = 100
) -> (table: PointTable?, faults: [String]) {
  read(Array(text.utf8), options, rowLimit: rowLimit)
}

private func read(
  _ bytes: [UInt8], _ options: [String: String] = [:], rowLimit: Int = 100
) -> (table: PointTable?, faults: [String]) {
  let faults = Faults()
  let table = Table(
    text: bytes, wanted: Array(options.values), rowLimit: rowLimit, faults: faults)
  let points = table.map { PointTable($0, options: options, faults: faults) }
  let told = faults.list.map { fault in
    switch fault.place {
    case .line(let line, nil): "\(line): \(fault.detail)"
    case .line(let line, let column?): "\(line), \(column): \(fault.detail)"
    case .pointer(let pointer): "\(pointer): \(fault.detail)"
    }
  }
  return (points, told)
}

/// Reads JSON as a table of points.
private func read(json: String, _ options: [String: String] = [:]) throws -> PointTable? {
  let values = try JSONDocument.literals(Array(json.utf8))
  let value = values.count == 1 ? values[0] : .array(values)
  guard !Table.isRequest(value) else { return nil }
  let faults = Faults()
  let table = Table(json: value, byteCount: json.utf8.count, faults: faults)
  let points = table.map { PointTable($0, options: options, faults: faults) }
  return faults.isEmpty ? points : nil
}

@Suite("Tables of every shape")
struct TableTests {
  @Test(
    "two columns are read, however the file was written",
    arguments: [
      "x,y\n1,2\n3,4\n", "x,y\r\n1,2\r\n3,4\r\n", "x,y\r1,2\r3,4", "1,2\n3,4", "x,y\n1,2\n3,4",
      "\u{FEFF}x,y\n1,2\n3,4\n", "\"x\",\"y\"\n\"1\",\"2\"\n\"3\",\"4\"\n", "x;y\n1;2\n3;4\n",
      "x\ty\n1\t2\n3\t4\n", " x , y \n 1 ,\t2 \n3,4\n", "X,Y\n1,2\n3,4\n", "y,x\n2,1\n4,3\n",
      "# a comment, with a comma\n\n  # another\nx,y\n1,2\n#1,5\n\n3,4\n\n", "# x,y\n1,2\n3,4\n",
      "x,y\n1.0,2e0\n30e-1,0.4E+1\n", "\u{FEFF}# bom\nx,y\n1,2\n3,4", "\"1\";2\n3;\"4\"",
      "x y\n1 2\n3 4\n", "  x    y\n  1    2\n  3    4  \n", "1 2\n3\t4\n",
      "x|y\n1|2\n3|4\n", "| x | y |\n|---|:-:|\n| 1 | 2 |\n| **3** | `4` |\n",
      " x | y \n---+---\n 1 | 2 \n 3 | 4 \n", "x;y\n1,0;2,0\n3,00;4,0\n",
      "x\ty\n1,0\t2,0\n3,0\t4,0\n",
      "x,y\n+1,2.\n3,\u{2212}4\n".replacing("\u{2212}4", with: "4"),
    ])
  func spellings(text: String) {
    let (table, faults) = read(text)
    #expect(faults == [])
    #expect(table?.x == [1, 3])
    #expect(table?.y == [2, 4])
    #expect(table?.reading.ignored == [])
  }

  @Test("UTF-16 with a byte order mark is read", arguments: [true, false])
  func utf16(isLittleEndian: Bool) throws {
    let text = "step,loss\n1,2\n3,4\n"
    let units = [0xFEFF] + Array(text.utf16)
    let bytes = units.flatMap { unit in
      isLittleEndian
        ? [UInt8(truncatingIfNeeded: unit), UInt8(unit >> 8)]
        : [UInt8(unit >> 8), UInt8(truncatingIfNeeded: unit)]
    }
    let (table, faults) = read(bytes)
    #expect(faults == [])
    #expect(table?.x == [1, 3])
  }

  @Test(
    "JSON of every known shape is read",
    arguments: [
      #"[{"step":1,"loss":2},{"step":3,"loss":4}]"#,
      #"{"step":1,"loss":2}"# + "\n" + #"{"loss":4,"step":3}"# + "\n",
      #"{"step":[1,3],"loss":[2,4]}"#, "[[1,2],[3,4]]",
      #"{"log_history":[{"step":1,"loss":2},{"step":2,"lr":0.1},{"step":3,"loss":4}]}"#,
      #"{"log_history":[{"step":1,"loss":2},{"step":2,"loss":NaN},{"step":3,"loss":4}]}"#,
      #"{"step_1":2,"step_2":null,"step_3":4}"#, #"{"1":2,"2":null,"3":4}"#,
      #"[{"step":"1","loss":"2.0"},{"step":0,"loss":9},{"step":"3","loss":"4e0"}]"#,
    ])
  func json(text: String) throws {
    let table = try #require(try read(json: text))
    #expect(table.x == [1, 3])
    #expect(table.y == [2, 4])
  }

  @Test(
    "a request in the contract's own terms is no table",
    arguments: [
      "{}", #"{"x":[1],"y":[2]}"#, #"{"points":[[1,2]]}"#, #"{"breaks":1,"seed":2,"max_breaks":3}"#,
      #"{"x":[1,2,3],"predict":[4,5,6]}"#, #"{"sigma":[1,2]}"#, "3",
    ])
  func requests(text: String) throws {
    let value = try JSONDocument(Array(text.utf8)).root
    let isTable = Table(json: value, byteCount: 0, faults: Faults()) != nil
    #expect(Table.isRequest(value) || !isTable)
  }

  @Test("records with few names in common cost no more memory than their text")
  func sparse() throws {
    let records = (0..<2_000).map { "{\"k\($0 % 900)\":1}" }.joined(separator: ",")
    #expect(try read(json: "[\(records)]") == nil)
  }

  @Test("rows without a number and those at x = 0 are left out and counted")
  func leftOut() throws {
    let (table, faults) = read("step,loss\n0,9\n1,\n2,NaN\n3,4\n4,-\n5,null\n,6\n7,inf\n8,2\n")
    #expect(faults == [])
    let reading = try #require(table?.reading)
    #expect(table?.x == [3, 8])
    let counts: [Int] = [
      reading.rowCount, reading.usedCount, reading.emptyCount, reading.zeroCount,
    ]
    #expect(counts == [9, 2, 6, 1])
  }

  @Test("a standard error of 0 is not known, and its point is kept")
  func zeroSigma() throws {
    let (table, faults) = read("size,acc,acc_std\n1,2,.1\n2,3,0\n4,5,.3\n8,7,.2\n")
    #expect(faults == [])
    #expect(table?.sigma == [0.1, 0.2, 0.3, 0.2])
    #expect(table?.reading.unknownSigmaCount == 1)
  }

  @Test(
    "what is no table, or too large a one, is refused in words",
    arguments: [
      ("", ["1: there is no row"]), ("\n\n# nothing\n", ["1: there is no row"]),
      ("x,x,y\n1,2,3\n", ["1: the column `x` stands 2 times"]),
      (
        "x,y,held_out,training\n1,2,0,1\n",
        ["1: the columns `held_out` and `training` say the same; give one of them"]
      ),
      ("x,y\n1,2\n3,4,5\n", ["3: has 3 cells instead of 2"]),
      (
        "x,y\n1,two\n3,4\n5,6\n7,8\n9,1\n",
        ["2, y: `two` is not a number; `invalid=drop` (`--invalid drop`) leaves such rows out"]
      ),
      (
        "x,y\n1,2\n3,1.5.2\n4,5\n6,7\n8,9\n",
        ["3, y: `1.5.2` is not a number; `invalid=drop` (`--invalid drop`) leaves such rows out"]
      ),
      (
        "date,loss\n2026-01-01,3\n2026-01-02,2\n2026-01-03,1\n",
        [
          "1: no column can be x; the columns are `date`, `loss`; `date` holds dates: a law in ln x "
            + "needs a quantity that counts from zero, such as days since the start, or "
            + "`x_column=row` to count the rows"
        ]
      ),
      (
        "x,y\na\"b,2\n3,4\n5,6\n7,8\n9,1\n",
        [
          "2: has a quote inside a cell that does not begin with one",
          "2, x: `a\"b` is not a number; `invalid=drop` (`--invalid drop`) leaves such rows out",
        ]
      ),
      ("x,y\n1,2\n3,\"4", ["3: opens a quote that is never closed"]),
    ] as [(String, [String])])
  func refusals(text: String, faults: [String]) {
    #expect(read(text).faults == faults)
  }

  @Test(
    "a file whose line ends curl removed is recognised",
    arguments: ["x,y1,23,4", "160,2.138192,2.118", "x,y,training1,2,1"])
  func lostLineEnds(text: String) {
    let faults = read(text).faults
    #expect(faults.count == 1)
    #expect(faults.first?.contains("--data-binary") == true)
  }

  @Test("more rows than allowed are refused", arguments: ["x,y\n", ""])
  func rowLimit(header: String) {
    let rows = (1...5).map { "\($0),1\n" }.joined()
    #expect(read(header + rows, rowLimit: 5).faults == [])
    #expect(read(header + rows, rowLimit: 4).faults.count == 1)
  }

  @Test("rows of too many cells are refused, and their cells are not kept")
  func columnLimit() {
    let commas = String(repeating: ",", count: 100_000)
    let faults = read("x,y" + commas + "\n1,2" + commas + "\n").faults
    #expect(faults.first == "1: has 100002 cells, more than 1000")
  }

  @Test("rows of numbers in JSON, too, have no more columns than a table may")
  func rowsOfNumbers() throws {
    let row = Array(repeating: "1", count: 1_001).joined(separator: ",")
    #expect(try read(json: "[[\(row)]]", ["x_column": "1", "y_column": "2"]) == nil)
  }

  @Test(
    "text that is not UTF-8 is refused", arguments: [[0xE9], [0xFF, 0xFE], [0xC3]] as [[UInt8]])
  func notUTF8(bytes: [UInt8]) {
    #expect(read(Array("x,y\n1,2\n".utf8) + bytes).faults.count == 1)
  }

  @Test("any table written is read back bit for bit", arguments: 0..<5 as Range<UInt64>)
  func roundTrip(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let points = (0..<100).map { _ in
      (Double.random(in: 1e-3...1e26, using: &random), Double.random(in: -1...1, using: &random))
    }
    let text = "x,y\n" + points.map { "\($0),\($1)\n" }.joined()
    let (table, faults) = read(text)
    #expect(faults == [])
    #expect(table?.x == points.map(\.0))
    #expect(table?.y == points.map(\.1))
  }
}

@Suite("Numbers as people write them")
struct CellTests {
  @Test(
    "every known spelling is read",
    arguments: [
      ("1e3", 1_000), ("1.5E+9", 1.5e9), ("1_000_000", 1e6), ("1,000,000", 1e6),
      ("1,234.5", 1_234.5),
      ("12 %", 0.12), ("12.5%", 0.125), ("100k", 1e5), ("1.3B", 1.3e9), ("6e22", 6e22),
      ("125m", 1.25e8), ("10^6", 1e6), ("2^20", 1_048_576), ("2**10", 1_024), ("3x10^8", 3e8),
      ("3\u{D7}10^8", 3e8), ("\u{2212}2.5", -2.5), ("+4", 4), (".5", 0.5), ("5.", 5), ("007", 7),
      ("-1,234,567", -1_234_567), ("3\u{D7}10\u{2078}", 3e8), ("$3 \\times 10^{8}$", 3e8),
      ("50.3\u{2020}", 50.3), ("1e3:", 1_000),
    ] as [(String, Double)])
  func numbers(text: String, value: Double) {
    guard let number = CellReader().read(text).number else {
      Issue.record("`\(text)` is no number")
      return
    }
    #expect(abs(number - value) <= 1e-12 * abs(value))
  }

  @Test(
    "what is no number is text, and what says nothing is missing",
    arguments: [
      ("", Cell.missing), ("NaN", .missing), ("N/A", .missing), ("None", .missing), ("-", .missing),
      ("-inf", .missing), ("null", .missing), ("0x10", .text), ("1.2.3", .text), ("1,5", .text),
      ("12,34", .text), ("1e999", .text), ("gpt2", .text), ("2026-01-01", .text), ("1__0", .text),
      ("k", .text), ("%", .text), ("^", .text), ("10^999", .text), ("--1", .text), ("0,912", .text),
      ("50.3\u{B2}", .text),
    ])
  func others(text: String, cell: Cell) {
    #expect(CellReader().read(text) == cell)
  }

  @Test("a decimal comma is read where the separator allows it and all numbers agree")
  func decimalComma() {
    #expect(read("x;y\n1,5;2,25\n3;1.000,5\n").table?.y == [2.25, 1_000.5])
    #expect(read("x;y\n1,5;2.25\n3,5;4\n5;6\n7;8\n9;1\n").faults.isEmpty == false)
    #expect(read("x\ty\n1,000\t2.5\n2,000\t1.5\n").table?.x == [1_000, 2_000])
    #expect(read("x;y\n1,234;2\n2,345;1\n").table?.x == [1.234, 2.345])
  }
}

@Suite("Columns are found by their names")
struct ColumnRoleTests {
  @Test(
    "one candidate for each role is taken",
    arguments: [
      ("step,val_loss\n1,2\n", "step", "val_loss"), ("loss,step\n1,2\n", "step", "loss"),
      ("train_flops,elo\n1,2\n", "train_flops", "elo"), (",val_loss\n1,2\n", "index", "val_loss"),
      ("epoch,step,lr,loss\n1,2,3,4\n", "step", "loss"), ("a,b\n1,2\n", "a", "b"),
      ("model,FLOPs (1E21),mmlu_acc\nm,1,2\n", "FLOPs (1E21)", "mmlu_acc"),
      ("x/lr0,epoch,mAP_0.5\n3,1,2\n", "epoch", "mAP_0.5"), ("x,z\n1,2\n", "x", "z"),
      ("tokens,loss,loss_std\n1,2,3\n", "tokens", "loss"),
      ("seed,size,error\n0,1,2\n", "size", "error"), ("trial,value\n1,2\n", "trial", "value"),
      ("globalStep,trainLoss,wallTime\n1,2,3\n", "globalStep", "trainLoss"),
      ("tokens_B,lr,Loss (nats)\n1,2,3\n", "tokens_B", "Loss (nats)"),
      ("N,batches per s,err\n1,2,3\n", "N", "err"), ("n,acc,acc_lo,acc_hi\n1,2,3,4\n", "n", "acc"),
      ("width,depth,loss\n8,1,3\n8,2,2\n8,4,1\n", "depth", "loss"),
      ("step,loss,train_loss\n1,3,\n2,2,\n3,1,2\n", "step", "loss"),
    ])
  func taken(text: String, x: String, y: String) throws {
    let (table, faults) = read(text)
    #expect(faults == [])
    let reading = try #require(table?.reading)
    #expect(reading.x == x)
    #expect(reading.y == [y])
  }

  @Test("several candidates for y are refused with the option that chooses")
  func ambiguous() {
    #expect(
      read("step,ppl,acc\n1,2,3\n").faults == [
        "/y_column: is needed: y may be `ppl`, `acc`; add `?y_column=ppl` (`--y-column ppl`)"
      ])
    #expect(read("step,ppl,acc\n1,2,3\n", ["y_column": "acc"]).table?.y == [3])
    #expect(read("step,ppl,acc\n1,2,3\n", ["y_column": "3"]).table?.y == [3])
  }

  @Test("a column that was asked for and is not there is refused, with the nearest name")
  func missing() {
    #expect(
      read("step,loss\n1,2\n", ["x_column": "steps"]).faults == [
        "/x_column: no column is named `steps` (did you mean `step`?); the columns are `step`, `loss`"
      ])
  }

  @Test(
    "a column that is asked for twice is refused", arguments: ["loss,loss", "loss,LOSS", "2,1,2"])
  func repeated(columns: String) {
    let faults = read("step,loss\n1,2\n", ["x_column": "step", "y_column": columns]).faults
    #expect(faults == ["/y_column: names a column twice"])
  }

  @Test("a column of names whose numbers are too large for a double stays one of names")
  func largeStems() throws {
    let digits = String(repeating: "9", count: 400)
    let (table, faults) = read("n,score,id\n1,2,a\(digits)\n2,3,a\(digits)\n")
    #expect(faults == [])
    #expect(table?.reading.ignored == ["id"])
    #expect(read("id,score\na\(digits),1\na1,2\n", ["x_column": "id"]).faults.count == 2)
  }

  @Test("a column for each run is a curve of each, without the columns that trackers add")
  func wide() throws {
    let text = """
      "Step","a - loss","a - loss__MIN","a - loss__MAX","b - loss","b - loss__MIN","b - loss__MAX"
      1,5,5,5,4,4,4
      2,4,4,4,,,
      """
    let (table, faults) = read(text)
    #expect(faults == [])
    #expect(table?.curves == ["a", "a", "b"])
    #expect(table?.y == [5, 4, 4])
    #expect(read("n,p,q\n1,2,3\n", ["y_column": "p,q"]).table?.curves == ["p", "q"])
  }

  @Test("a column of names that repeat tells curves apart; one of labels does not")
  func long() {
    let rows = (1...3).map { "m\($0),A,\($0),\(4 - $0)\nn\($0),B,\($0),\(5 - $0)\n" }.joined()
    let (table, faults) = read("model,family,size,error\n" + rows)
    #expect(faults == [])
    #expect(table?.curves == ["A", "B", "A", "B", "A", "B"])
    #expect(table?.reading.ignored == ["model"])
  }

  @Test("values of x that repeat beside an unused column of names are told")
  func mixed() {
    let rows = (1...3).map { "\($0),\(4 - $0),a\n\($0),\(9 - $0),b\n" }.joined()
    #expect(read("x,y,colour\n" + rows).table?.reading.mixedBy == "colour")
    let told = read("x,y,colour\n" + rows, ["run_column": "colour"]).table?.reading
    #expect(told != nil && told?.mixedBy == nil)
  }

  @Test("the columns with the contract's names are read as they are")
  func contract() {
    let text = """
      run,x,sigma,curve,y,weight,trials,held_out,"note, long",
      a,1,0.1,"A ""1""
      second line",2,3,100,0,"x,y",
      b,4,0.2,B,5,6,200,TRUE,,
      """
    let (table, faults) = read(text)
    #expect(faults == [])
    #expect(table?.x == [1, 4])
    #expect(table?.y == [2, 5])
    #expect(table?.sigma == [0.1, 0.2])
    #expect(table?.weights == [3, 6])
    #expect(table?.trials == [100, 200])
    #expect(table?.curves == ["A \"1\"\nsecond line", "B"])
    #expect(table?.isHeldOut == [false, true])
    #expect(table?.reading.ignored == ["note, long", "column 10"])
  }
}
