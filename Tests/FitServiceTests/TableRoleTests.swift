import Foundation
import ScalingLaws
import Testing

@testable import Fits

@Suite("What columns mean, and what is said of it")
struct TableRoleTests {
  @Test("columns of names tell curves apart together, as many as x needs")
  func severalColumns() throws {
    var text = "model,task,seed,step,loss\n"
    for model in ["a", "b"] {
      for task in ["p", "q"] {
        for seed in 0...1 { for step in 1...3 { text += "\(model),\(task),\(seed),\(step),1\n" } }
      }
    }
    let read = try preview(text)
    #expect(Set(read.points.keys) == ["a / p", "a / q", "b / p", "b / q"])
    #expect(read.reading?.curve == ["model", "task"])
    #expect(read.reading?.run == "seed")
    #expect(try preview(text, "curve_column=task").points.count == 2)
  }

  @Test("numbers of runs tell curves apart; a name that all rows have does not")
  func labels() throws {
    let rows = { (name: String) in (1...3).map { "\(name),\($0),\(5 - $0)\n" }.joined() }
    #expect(try preview("run,step,loss\n" + rows("1") + rows("2")).points.count == 2)
    #expect(try preview("run,step,loss\n" + rows("run-1") + rows("run-2")).points.count == 2)
    #expect(try preview("model,step,loss\n" + rows("1.3B") + rows("7B")).points["1.3B"] != nil)
    #expect(try preview("method,step,loss\n" + rows("none") + rows("a")).points["none"] != nil)
    #expect(try preview("model,step,loss\n" + rows("gpt")).points.keys.first == "")
    #expect(try preview("model,step,a,b\n1,1,2,3\n", "y_column=a,b").points.count == 2)
  }

  @Test("curves of several columns of y are told apart by names, too")
  func wideAndLong() throws {
    let text =
      "model,step,p,q\n"
      + ["a", "b"].flatMap { m in (1...3).map { "\(m),\($0),1,2\n" } }
      .joined()
    #expect(
      Set(try preview(text, "y_column=p,q").points.keys) == ["p / a", "p / b", "q / a", "q / b"])
  }

  @Test("columns called x and y are read, and others that look more like them are named")
  func likelier() throws {
    let reading = try #require(
      try preview("x,y,FLOP,loss\n1,2,3,4\n2,3,4,5\n").reading)
    #expect(reading.x == "x" && reading.likelier == ["FLOP", "loss"])
    #expect(reading.notices(for: FitOptions()).first?.severity == .warning)
    #expect(try preview("x,y,FLOP\n1,2,3\n").reading?.likelier == [])
    #expect(try preview("x,y,FLOP,loss\n1,2,3,4\n", "x_column=x").reading?.likelier == [])
  }

  @Test("a share beyond 1 may be in per cent, unless a ceiling is given")
  func perCent() throws {
    let reading = try #require(try preview("n,top1_acc\n1,20\n2,30\n").reading)
    let code = WarningCode.perhapsPerCent
    #expect(reading.notices(for: FitOptions()).contains { $0.code == code })
    var options = FitOptions()
    options.ceiling = 100
    #expect(!reading.notices(for: options).contains { $0.code == code })
    for text in ["n,acc\n1,0.2\n2,0.3\n", "n,loss\n1,20\n2,30\n", "n,acc\n1,20 %\n2,30 %\n"] {
      #expect(try preview(text).reading?.isPerCent == false)
    }
  }

  @Test("a grid of two scales is told to be mixed; measurements repeated without a name are not")
  func mixed() throws {
    let grid =
      "params,tokens,loss\n"
      + (1...3).flatMap { p in (1...3).map { "\(p),\($0),\(p * 5 - $0)\n" } }
      .joined()
    #expect(try preview(grid).reading?.mixedBy == "params")
    #expect(try preview(grid, "curve_column=params").points.count == 3)
    #expect(try preview("n,loss,lr\n1,5,0.1\n1,4,0.2\n2,3,0.1\n2,2,0.3\n").reading?.mixedBy == nil)
  }

  @Test("rows are counted where a table holds no x")
  func rowNumbers() throws {
    let text = #"{"loss":[5,4,3],"val_loss":[6,5,4]}"#
    #expect(try preview(text, "x_column=row&y_column=loss").points[""]?.last == [3, 3])
    #expect(try preview("time,loss\n2026-01-01,3\n2026-01-02,2\n").told.contains("x_column=row"))
  }

  @Test("a cell that is no number is a fault with its place, and left out when that is asked for")
  func invalid() throws {
    let text = "step,loss\n1,5\n2,OOM\n3,4\n4,3\n5,2\n6,2\n"
    #expect(try preview(text).told.contains("`invalid=drop`"))
    let reading = try #require(try preview(text, "invalid=drop").reading)
    #expect(reading.emptyCount == 1 && reading.usedCount == 5)
  }

  @Test(
    "deviations are found by the name of y", arguments: ["loss_err", "std", "loss (sd)", "se_loss"])
  func deviations(name: String) throws {
    #expect(try preview("n,loss,\(name)\n1,5,1\n2,4,1\n").reading?.sigma == name)
  }

  @Test("an option is told as it has to be written in a query and in a shell")
  func options() throws {
    let told = try preview("step,train loss,it's 5 %\n1,2,3\n", "x_column=step&y_column=loss").told
    #expect(told.hasPrefix("no column is named `loss`"))
    let table = Table(names: ["it's 5 %", "a,b", "a,b", "ok"], origin: .lines)
    #expect(
      table.adding(.y, [0]) == "add `?y_column=it%27s%205%20%25` (`--y-column 'it'\\''s 5 %'`)")
    #expect(table.adding(.x, [1]) == "add `?x_column=a,b` (`--x-column a,b`)")
    #expect(table.value(of: [2]) == "3")
    #expect(table.value(of: [1, 3]) == "2,4")
  }

  @Test("a reading is read back as it was written, and said in one sentence")
  func roundTrip() throws {
    let text =
      "model,n,acc,acc_std,trial\n"
      + ["a", "b"].flatMap { m in (0...3).map { "\(m),\($0),0.5,0.1,1\n" } }.joined()
    let reading = try #require(try preview(text).reading)
    let json = JSONWriter.bytes(of: reading)
    #expect(
      TableReading(JSONField(try JSONDocument(stored: json).root, faults: Faults())) == reading)
    #expect(
      reading.sentence
        == "Read x from `n` and y from `acc`, sigma from `acc_std`, one curve for each "
        + "`model`, repeated for each `trial`: 6 points; left out 2 at x = 0.")
  }

  @Test("the points of a benchmark are named by its columns, or by what tells its curves apart")
  func benchmark() throws {
    let named = "domain,task,model,x,y,training\nvision,t,m,1,2,1\nvision,t,m,2,1,0\n"
    let columns = ["domain", "task", "model"]
    let points = try TablePoints(Array(named.utf8), namedBy: columns).points
    #expect(points.map(\.name) == [["vision", "t", "m"], ["vision", "t", "m"]])
    #expect(points.map(\.isHeldOut) == [false, true])
    let long =
      "run,step,loss,held_out\n"
      + ["a", "b"]
      .flatMap { run in (1...4).map { "\(run),\($0),1,\($0 / 4)\n" } }.joined()
    let runs = try TablePoints(Array(long.utf8), namedBy: columns).points
    #expect(Set(runs.map(\.name)) == [["", "", "a"], ["", "", "b"]])
    #expect(throws: Problem.self) {
      try TablePoints(Array("step,loss\n1,2\n".utf8), namedBy: columns)
    }
  }

  @Test("an answer from a table says what was read, once")
  func answer() throws {
    let points = (1...9).map { "\($0),\(1 + 4 / Double($0))\n" }
    let one = try OfflineFit(Array(("step,loss\n0,9\n" + points.joined()).utf8))
    let answer = try JSONDocument(stored: one.answer(.json)).root
    let sentence = "Read x from `step` and y from `loss`: 9 points; left out 1 at x = 0."
    #expect(answer["summary"]?.string?.hasSuffix(sentence) == true)
    #expect(answer["read"]?["curve"] == .null)
    let runs = ["a", "b"].flatMap { run in points.map { "\(run),\($0)" } }.joined()
    let several = try OfflineFit(Array(("run,step,loss\n" + runs).utf8))
    let text = String(decoding: several.answer(.text), as: UTF8.self)
    #expect(text.components(separatedBy: "one curve for each `run`: 18 points.").count == 2)
  }
}
