import Testing

@testable import Fits

@Suite("Tables as programs print them")
struct TablePrintTests {
  private static let points = [[1.0, 5.0], [2, 4], [4, 3.5]]
  private static let four = [[1.0, 5.0], [2, 4], [4, 3.5], [8, 3]]

  @Test(
    "literals of Python, NumPy, R, Julia and YAML are read like JSON",
    arguments: [
      "{'step': [1, 2, 4, 8], 'loss': [5.0, 4.0, 3.5, 3.0]}\n",
      "{'x': [1, 2, 4, 8],\n 'y': [5.0, 4.0, 3.5, 3.0]}", "{1: 5.0, 2: 4.0, 4: 3.5, 8: 3.0}",
      "[(1, 5.0), (2, 4.0), (4, 3.5), (8, 3.0)]\n", "(1, 5.0)\n(2, 4.0)\n(4, 3.5)\n(8, 3.0)\n",
      "[{'step': 1, 'loss': 5.0}, {'step': 2, 'loss': 4.0}, {'step': 3, 'loss': nan},"
        + " {'step': 4, 'loss': 3.5}, {'step': 8, 'loss': 3.0, 'best': None, 'last': True}]",
      "steps = [1, 2, 4, 8]\nlosses = [5.0, 4.0, 3.5, 3.0,]\n",
      "x = np.array([1, 2, 4, 8])\ny = np.array([5, 4, 3.5, 3], dtype=np.float32)\n",
      "[1 2 4 8]\n[5.  4.  3.5 3. ]\n",
      "[[1.  5. ]\n [2.  4. ]\n [4.  3.5]\n [8.  3. ]]\n",
      "array([[1. , 5. ],\n       [2. , 4. ],\n       [4. , 3.5],\n       [8. , 3. ]])\n",
      "[(1, tensor(5., device='cuda:0')), (2, tensor(4.)), (4, tensor(3.5)), (8, tensor(3.))]",
      "# run 7\nx = [1, 2, 4, 8]  # thousands\ny = [5, 4, 3.5, 3]  # nats\n",
      "n <- c(1, 2, 4, 8)\nerr <- c(5, 4, 3.5, 3)\n", "x = [1 2 4 8];\ny = [5 4 3.5 3];\n",
      "- {step: 1, loss: 5}\n- {step: 2, loss: 4}\n- {step: 4, loss: 3.5}\n- {step: 8, loss: 3}\n",
      "step: [1, 2, 4, 8]\nloss: [5, 4, 3.5, 3]\n", "[[1, 2, 4, 8], [5, 4, 3.5, 3]]",
      "1 2 4 8\n5 4 3.5 3\n", #"{"step": [1, 2, 4, 8], "loss": [5, 4, 3.5, 3,],}"#,
    ])
  func literals(text: String) throws {
    #expect(try preview(text).points == ["": Self.four])
  }

  @Test(
    "a request in JSON that has a fault, and what a program shortened, is refused",
    arguments: [
      #"{"x": [1, 2, 4 8], "y": [5, 4, 3.5, 3]}"#, #"{"x": [1, 2, NaN], "y": [5, 4, 3.5]}"#,
      "[1. 2. ... 7. 8.]\n[5. 4. ... 3. 3.]\n", "[1 2; 4 8]", "[(1, 5.0), (2, 4.0]",
      "[(log(1), 5.0), (log(2), 4.0)]",
    ])
  func refused(text: String) {
    #expect(throws: Problem.self) { try preview(text) }
  }

  @Test(
    "rows of TeX are read without rules, commands and fonts",
    arguments: [
      "1 & 5 \\\\\n2 & 4 \\\\\n4 & 3.5 \\\\\n",
      "\\begin{tabular}{rr}\n\\toprule\nStep & \\textbf{Loss} \\\\\n\\midrule\n1 & 5 \\\\\n"
        + "2 & $4.0$ \\\\ \\hline\n4 & \\textbf{3.5} \\\\\n\\bottomrule\n\\end{tabular}\n",
    ])
  func tex(text: String) throws {
    #expect(try preview(text).points == ["": Self.points])
  }

  @Test("numbers in TeX are grouped, raised and uncertain")
  func texNumbers() throws {
    let read = try preview(
      "N & acc \\\\\n1{,}000 & $71.5_{\\pm 0.5}$ \\\\\n$10^{4}$ & $75 \\pm 0.25$ \\\\\n")
    #expect(read.points == ["": [[1_000, 71.5], [10_000, 75]]])
    #expect(read.reading?.sigma == "acc std")
  }

  @Test(
    "comments, colours, rules, types and sizes are no rows",
    arguments: [
      "% step loss\n1 5\n2 4\n4 3.5\n", "// of run 7\nstep,loss\n1,5\n2,4\n4,3.5\n",
      "% of run 7\nstep,loss\n1,5\n2,4\n4,3.5\n",
      "\u{1B}[1mstep\u{1B}[0m loss\n1 \u{1B}[32m5\u{1B}[0m\n2 4\n4 3.5\n",
      "Seen:\n\n|step|loss|\n|-|-|\n|1|5|\n|2|4|\n|4|3.5|\n\nThat is all.\n",
      "step\n1     5.0\n2     4.0\n4     3.5\nName: loss, dtype: float64\n",
      "   step  loss\n0     1   5.0\n1     2   4.0\n2     4   3.5\n\n[3 rows x 2 columns]\n",
      "# A tibble: 3 × 2\n   step  loss\n  <dbl> <dbl>\n1     1   5  \n2     2   4  \n3     4   3.5\n",
      "1: 5\n2: 4\n4: 3.5\n",
    ])
  func surroundings(text: String) throws {
    #expect(try preview(text).points == ["": Self.points])
  }

  @Test("a column whose name begins with a per cent sign is no comment")
  func perCentOfData() throws {
    let read = try preview("% of data,error\n1,5\n2,4\n4,3.5\n")
    #expect(read.points == ["": Self.points])
    #expect(read.reading?.x == "% of data")
  }

  @Test("a value and its error in brackets are one column, also under a shorter header")
  func brackets() throws {
    let read = try preview("n  acc\n1  5 (0.4)\n2  4 (0.3)\n4  3.5 (0.3)\n")
    #expect(read.points == ["": Self.points])
  }

  @Test("merged cells give each row the name above, and that is said")
  func mergedCells() throws {
    let read = try preview("model,size,error\na,1,5\n,2,4\n,4,3.5\nb,1,9\n,2,8\n,4,7\n")
    #expect(read.points == ["a": Self.points, "b": [[1, 9], [2, 8], [4, 7]]])
    #expect(read.reading?.guesses.contains { $0.contains("`model`") } == true)
  }

  @Test(
    "a line of a log that names no progress belongs to what was named last",
    arguments: [
      "step 1/9 | lr 0.1\nval loss 5\nstep 2/9 | lr 0.1\nval loss 4\nstep 4/9 | lr 0.1\nval loss 3.5\n",
      "[step=1/9,epoch=0]\n  loss=5\n[step=2/9,epoch=0]\n  loss=4\n[step=4/9,epoch=0]\n  loss=3.5\n",
      "- step: 1\n  loss: 5\n- step: 2\n  loss: 4\n- step: 4\n  loss: 3.5\n",
      "[step 1]\nloss = 5\n\n[step 2]\nloss = 4\n\n[step 4]\nloss = 3.5\n",
      "step=1, skipped=0\nsteps: 1 loss: 5\nstep=2, skipped=0\nsteps: 2 loss: 4\n"
        + "step=4, skipped=0\nsteps: 4 loss: 3.5\n",
    ])
  func progress(text: String) throws {
    #expect(try preview(text).points == ["": Self.points])
  }

  @Test("numbers of a log are grouped by commas, and no other comma cuts them")
  func groupedNumbers() throws {
    let text = "tokens=1,000,000 loss=5\ntokens=2,000,000 loss=4\ntokens=4,000,000 loss=3.5\n"
    #expect(try preview(text).points == ["": [[1e6, 5], [2e6, 4], [4e6, 3.5]]])
    let comma = "step 1 lr 1 loss 5,25\nstep 2 lr 1 loss 4,25\nstep 4 lr 1 loss 3,5\n"
    #expect(try preview(comma, "y_column=loss").told.contains("no column is named `loss`"))
  }

  @Test("two columns that both name a metric are asked about")
  func twoMetrics() throws {
    let told = try preview("task,acc,acc_norm\na,1,5\nb,2,4\nc,4,3.5\n").told
    #expect(told.contains("x may be `acc`, `acc_norm`"))
  }

  @Test("of columns with one name the later is told by its position")
  func sameNames() throws {
    #expect(try preview("step,loss,loss\n1,2,3\n").told.contains("y may be `loss`, `3`"))
  }

  @Test("what commas mean where no number shows it is said")
  func undecidedCommas() throws {
    let tabs = try preview("n\terr\n1\t5,125\n2\t4,125\n")
    #expect(tabs.reading?.guesses == ["numbers such as `1,234` were taken for 1234"])
    let semicolons = try preview("n;err\n1;5,125\n2;4,125\n")
    #expect(semicolons.reading?.guesses == ["numbers such as `1,234` were taken for 1.234"])
    #expect(try preview("n\terr\n1\t0,625\n2\t0,125\n").points == ["": [[1, 0.625], [2, 0.125]]])
    #expect(
      try preview("n,err\n1,\"0,625\"\n2,\"4,5\"\n").points == ["": [[1, 0.625], [2, 4.5]]])
  }

  @Test(
    "files that are no text are refused with what to do",
    arguments: [
      (Array("PK\u{3}\u{4}\u{14}".utf8), "save its table as CSV"),
      ([0x1F, 0x8B, 8, 0, 1], "unpack it"), (Array("%PDF-1.7\n".utf8), "copy the table"),
    ])
  func binaryFiles(bytes: [UInt8], remedy: String) {
    let faults = Faults()
    #expect(PlainText.bytes(of: bytes, faults) == nil)
    #expect(faults.list.first?.detail.contains(remedy) == true)
  }

  @Test("names without rows are told")
  func namesAlone() throws {
    #expect(try preview("step,loss\n").told == "there are names of columns, but no row of numbers")
  }
}
