import TestSupport
import Testing

@testable import FitService

@Suite("Points are read from comma-separated values")
struct CSVPointTableTests {
  private func read(
    _ text: String, x: String? = nil, y: String? = nil, rowLimit: Int = 100
  ) -> (table: PointTable, faults: [String]) {
    let faults = Faults()
    let table = PointTable(
      csv: Array(text.utf8), xColumn: x, yColumn: y, rowLimit: rowLimit, faults: faults)
    let told = faults.list.map { fault in
      switch fault.place {
      case .line(let line, nil): "\(line): \(fault.detail)"
      case .line(let line, let column?): "\(line), \(column): \(fault.detail)"
      case .pointer(let pointer): "\(pointer): \(fault.detail)"
      }
    }
    return (table, told)
  }

  @Test(
    "two columns are read, however the file was written",
    arguments: [
      "x,y\n1,2\n3,4\n", "x,y\r\n1,2\r\n3,4\r\n", "x,y\r1,2\r3,4", "1,2\n3,4", "x,y\n1,2\n3,4",
      "\u{FEFF}x,y\n1,2\n3,4\n", "\"x\",\"y\"\n\"1\",\"2\"\n\"3\",\"4\"\n", "x;y\n1;2\n3;4\n",
      "x\ty\n1\t2\n3\t4\n", " x , y \n 1 ,\t2 \n3,4\n", "X,Y\n1,2\n3,4\n", "y,x\n2,1\n4,3\n",
      "# a comment, with a comma\n\n  # another\nx,y\n1,2\n#1,5\n\n3,4\n\n", "# x,y\n1,2\n3,4\n",
      "x,y\n1.0,2e0\n30e-1,0.4E+1\n", "\u{FEFF}# bom\nx,y\n1,2\n3,4", "\"1\";2\n3;\"4\"",
    ])
  func spellings(text: String) {
    let (table, faults) = read(text)
    #expect(faults == [])
    #expect(table.x == [1, 3])
    #expect(table.y == [2, 4])
    #expect(table.ignoredColumns == [])
  }

  @Test("every column with a meaning is read, the others are named")
  func columns() {
    let text = """
      run,x,sigma,curve,y,weight,trials,held_out,"note, long",
      a,1,0.1,"A ""1""
      second line",2,3,100,0,"x,y",
      b,4,0.2,B,5,6,200,TRUE,,
      """
    let (table, faults) = read(text)
    #expect(faults == [])
    #expect(table.x == [1, 4])
    #expect(table.y == [2, 5])
    #expect(table.sigma == [0.1, 0.2])
    #expect(table.weights == [3, 6])
    #expect(table.trials == [100, 200])
    #expect(table.curves == ["A \"1\"\nsecond line", "B"])
    #expect(table.isHeldOut == [false, true])
    #expect(table.ignoredColumns == ["run", "note, long", "column 10"])
    #expect(table.lines == [2, 4])
  }

  @Test("x and y may have other names, and then `x` means nothing")
  func namedColumns() {
    let (table, faults) = read("step,loss,x\n1,2,9\n", x: "step", y: "loss")
    #expect(faults == [])
    #expect(table.x == [1])
    #expect(table.y == [2])
    #expect(table.ignoredColumns == ["x"])
  }

  @Test("`training` is the opposite of `held_out`")
  func training() {
    #expect(read("x,y,training\n1,2,1\n3,4,0\n").table.isHeldOut == [false, true])
  }

  @Test(
    "a header that does not do is refused with what would",
    arguments: [
      (
        "step,y\n1,2\n",
        [
          "1: no column is named `x`; the columns are `step`, `y`; "
            + "`x_column=` names another"
        ]
      ),
      (
        "compute,loss\n1,2\n",
        [
          "1: no column is named `x`; the columns are `compute`, `loss`; "
            + "`x_column=` names another",
          "1: no column is named `y`; the columns are `compute`, "
            + "`loss`; `y_column=` names another",
        ]
      ),
      ("x,x,y\n1,2,3\n", ["1: the column `x` stands 2 times"]),
      (
        "x,y,held_out,training\n1,2,0,1\n",
        ["1: the columns `held_out` and `training` say the same; give one of them"]
      ),
      (
        "1,2,3\n4,5,6\n",
        [
          "1: there is no header that names the columns; "
            + "without one there must be two, x and y"
        ]
      ),
      (
        "1\n2\n",
        [
          "1: there is no header that names the columns; "
            + "without one there must be two, x and y"
        ]
      ),
      (
        "x y\n1 2\n",
        [
          "1: no column is named `x`; the columns are `x y`; `x_column=` names another",
          "1: no column is named `y`; the columns are `x y`; `y_column=` names another",
        ]
      ),
      ("", ["1: there is no row"]), ("\n\n# nothing\n", ["1: there is no row"]),
      ("{\"x\":[1],\n\"y\":[2]}", ["1: this looks like JSON; send it as application/json"]),
    ] as [(String, [String])])
  func headers(text: String, faults: [String]) {
    #expect(read(text).faults == faults)
  }

  @Test("a column that was asked for and is not there is refused, with the nearest name")
  func missingNamedColumn() {
    #expect(
      read("step,loss\n1,2\n", x: "steps", y: "loss").faults == [
        "/x_column: no column is named `steps` (did you mean `step`?); the columns are `step`, `loss`; "
          + "`x_column=` names another"
      ])
    #expect(
      read("1,2\n", x: "steps").faults == [
        "/x_column: names a column, but the table has no header"
      ])
  }

  @Test("every fault of the rows is told with its line and column")
  func rows() {
    let text = """
      x,y,held_out
      1,"1,5",0
      1e999,0x10,2
      # comment
      nan,inf,1
      ,-,1
      1,2
      1,2,0,
      +1,1.,0
      a"b,"c"d,0
      1,2,"0
      """
    let number = " is not a number; digits, a decimal point and an exponent are allowed"
    #expect(
      read(text).faults == [
        "2, y: `1,5`" + number, "3, x: `1e999`" + number, "3, y: `0x10`" + number,
        "3, held_out: `2` is not 0 or 1", "5, x: `nan`" + number, "5, y: `inf`" + number,
        "6, x: the cell is empty", "6, y: `-`" + number, "7: has 2 cells instead of 3",
        "8: has 4 cells instead of 3", "9, x: `+1`" + number, "9, y: `1.`" + number,
        "10: has a quote inside a cell that does not begin with one",
        "10: has text after a closing quote", "10, x: `a\"b`" + number, "10, y: `c`" + number,
        "11: opens a quote that is never closed",
      ])
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
    let (table, faults) = read(header + rows, rowLimit: 4)
    #expect(faults.count == 1)
    #expect(table.x.count == 4)
  }

  @Test("rows of too many cells are refused, and their cells are not kept")
  func columnLimit() {
    let commas = String(repeating: ",", count: 100_000)
    let (_, faults) = read("x,y" + commas + "\n1,2" + commas + "\n")
    #expect(
      faults == ["1: has 100002 cells, more than 1000"] + ["2: has 100002 cells, more than 1000"])
  }

  @Test(
    "text that is not UTF-8 is refused", arguments: [[0xE9], [0xFF, 0xFE], [0xC3]] as [[UInt8]])
  func notUTF8(bytes: [UInt8]) {
    let faults = Faults()
    _ = PointTable(csv: Array("x,y\n1,2\n".utf8) + bytes, rowLimit: 10, faults: faults)
    #expect(faults.count == 1)
  }

  @Test(
    "every beginning and every mutilation of a table is read or refused",
    arguments: 0..<10 as Range<UInt64>)
  func mutilation(seed: UInt64) {
    let text = Array(
      "\u{FEFF}# c\r\nx,y,curve,training\r\n1,2,\"a \"\"b\"\"\r\n\",1\r\n3e-4;5,6,,0\n".utf8)
    var random = SeededGenerator(seed: seed)
    for end in text.indices {
      var bytes = Array(text[..<end])
      for _ in 0..<Int.random(in: 0...4, using: &random) where !bytes.isEmpty {
        bytes[.random(in: 0..<bytes.count, using: &random)] =
          Array("\",;\t\r\n#x1.é".utf8).randomElement(using: &random) ?? 0
      }
      let faults = Faults()
      let table = PointTable(csv: bytes, rowLimit: 3, faults: faults)
      if faults.isEmpty {
        #expect(table.x.count == table.lines.count && table.y.count == table.lines.count)
        #expect(table.curves?.count ?? table.lines.count == table.lines.count)
        #expect(table.isHeldOut?.count ?? table.lines.count == table.lines.count)
      }
    }
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
    #expect(table.x == points.map(\.0))
    #expect(table.y == points.map(\.1))
  }
}
