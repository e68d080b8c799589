import Jobs
import Testing

@testable import FitService
@testable import Fits

@Suite("The forms of a result")
struct ResultFormatTests {
  @Test(
    "the form is the one that the client takes most gladly, or the one that `format` names",
    arguments: [
      ("", "*/*", "application/json"),
      ("", "text/csv", "text/csv; charset=utf-8"),
      ("", "image/svg+xml", "image/svg+xml"),
      ("", "text/plain", "text/plain; charset=utf-8"),
      ("", "text/plain;q=0.5, text/csv;q=0.6", "text/csv; charset=utf-8"),
      ("", "image/*, application/json;q=0.9", "image/svg+xml"),
      ("", "text/*", "text/csv; charset=utf-8"),
      ("", "text/html, application/json;q=0, */*;q=0.1", "text/csv; charset=utf-8"),
      ("?format=svg", "application/json", "image/svg+xml"),
      ("?format=text", "", "text/plain; charset=utf-8"),
      ("?format=json", "image/svg+xml", "application/json"),
    ])
  func choice(query: String, accept: String, type: String) async throws {
    let answer = try await TestAPI().send(
      "POST", "/fit" + query, ["Accept": accept], body: FitRequestTests.body(""))
    #expect(answer.status == 200)
    #expect(answer[field: "Content-Type"] == type)
    #expect(answer[field: "Vary"]?.contains("Accept") == true)
    #expect(!answer.body.isEmpty)
  }

  @Test(
    "a form that there is not is 406, and nonsense 422",
    arguments: [
      ("", "text/html", 406), ("", "application/json;q=0", 406), ("?format=pdf", "*/*", 406),
      ("?axes=polar&format=svg", "*/*", 422), ("?include=everything", "*/*", 422),
    ])
  func refused(query: String, accept: String, status: Int) async throws {
    let answer = try await TestAPI().send(
      "POST", "/fit" + query, ["Accept": accept], body: FitRequestTests.body(""))
    #expect(answer.status == status)
  }

  @Test("every form has a strong tag of its own, by which it is not sent again")
  func tags() async throws {
    let api = try TestAPI()
    let id = try #require(try await api.fit()["id"])
    let forms = [
      "json", "csv", "svg", "text", "svg&axes=linear", "json&include=curve",
      "json&include=points,curve",
    ]
    var tags: Set<String> = []
    for form in forms {
      let path = "/jobs/\(id)/result?format=\(form)"
      let tag = try #require(try await api.send("GET", path)[field: "ETag"])
      #expect(tag.hasPrefix("\""))
      tags.insert(tag)
      let again = try await api.send("GET", path, ["If-None-Match": tag])
      #expect(again.status == 304)
      #expect(again.body.isEmpty)
    }
    #expect(tags.count == forms.count)
  }

  @Test("the table has a row for each prediction, in the order and names of the contract")
  func csv() async throws {
    let answer = try await TestAPI().fit(FitRequestTests.body(""), ["Accept": "text/csv"])
    #expect(
      answer.body
        == "curve,x,y,lower,upper,y_law,extrapolated,error\r\n,800,0.76,0.7,0.8,0.75,1,\r\n")
  }

  @Test("names that mean something in a table are quoted")
  func quoted() {
    #expect(#"a "b", c"#.quotedCell == #""a ""b"", c""#)
    #expect("plain".quotedCell == "plain")
  }

  @Test("the plot shows the points, the labels and the breaks of the answer")
  func svg() async throws {
    let labels = #""labels":{"x":"examples <&>","task":"addition"},"held_out":1"#
    let api = try TestAPI { try FitWork.run($0) }
    let answer = try await api.fit(
      #"{"x":[1,2,4,8,16],"y":[3,2,1.5,1.2,1.1],\#(labels)}"#, ["Accept": "image/svg+xml"])
    #expect(answer.body.hasPrefix("<svg"))
    for part in ["addition", "examples &lt;&amp;&gt;", "4 fitted points; 1 held out"] {
      #expect(answer.body.contains(part), "\(part)")
    }
  }

  @Test("the text has the summary, a plot, the tables and the warnings")
  func text() async throws {
    let answer = try await TestAPI().fit(FitRequestTests.body(""), ["Accept": "text/plain"])
    for part in [
      "One break at about 613", "constant", "bend from", "0.76", "warning: the data span", "│",
    ] {
      #expect(answer.body.contains(part), "\(part)")
    }
    #expect(!answer.body.unicodeScalars.contains { $0.value < 32 && $0 != "\n" })
  }

  @Test("the curve is in the answer when it is asked for, and the points at the end of `request`")
  func include() async throws {
    let api = try TestAPI()
    let id = try #require(try await api.fit()["id"])
    let plain = try await api.send("GET", "/jobs/\(id)/result")
    #expect(plain["curve"] == nil)
    #expect(plain["request/x"] == nil)
    let whole = try await api.send("GET", "/jobs/\(id)/result?include=points,curve")
    #expect(whole["curve/x"] == "[800]")
    #expect(whole["curve/y_law"] == "[0.75]")
    #expect(whole["request/x"] == "[1,2,4]")
    #expect(whole["model/breaks"] == plain["model/breaks"])
  }
}

@Suite("Several curves in one answer")
struct ListAnswerTests {
  private static let good = #"{"x":[1,2,4,8,16],"y":[3,2,1.5,1.2,1.1],"name":"good"}"#

  private func api() throws -> TestAPI { try TestAPI { try FitWork.run($0) } }

  @Test("a curve that cannot be fitted has its problem in its place, the others their results")
  func oneBad() async throws {
    let body = #"""
      {"predict":[32],"curves":[\#(Self.good),{"x":[1,2],"y":[2,1],"name":"short"},
       {"x":[1,-2,3],"y":[2,1,1]},\#(Self.good)]}
      """#
    let answer = try await api().fit(body)
    #expect(answer.status == 200)
    #expect(answer["state"] == "succeeded")
    #expect(answer["curves/0/name"] == "good")
    #expect(answer["curves/0/predictions/0/x"] == "32")
    #expect(answer["curves/1/name"] == "short")
    #expect(answer["curves/1/error/code"] == "too_few_points")
    #expect(answer["curves/1/error/errors/0/pointer"] == "/curves/1")
    #expect(answer["curves/2/error/code"] == "invalid_request")
    #expect(answer["curves/2/error/errors/0/pointer"] == "/curves/2/x/1")
    #expect(answer["curves/2/name"] == "curve 3")
    #expect(answer["curves/3/model/constants"] == answer["curves/0/model/constants"])
    #expect(answer["compared/baseline"] == "good")
    #expect(answer["compared/x"] == "[32]")
    #expect(answer["compared/curves/0/y"] == answer["curves/0/predictions/0/y"])
    #expect(answer["compared/curves/0/difference"] == nil)
    #expect(answer["compared/curves/1/name"] == "short")
    #expect(answer["compared/curves/1/error"] == answer["curves/1/error/detail"])
    #expect(answer["compared/curves/2/name"] == "curve 3")
    #expect(answer["compared/curves/2/error"] == answer["curves/2/error/detail"])
    #expect(answer["compared/curves/3/difference/0/value"] == "0")
    let csv = try await api().send("POST", "/fit?format=csv", [:], body: body).body.split(
      separator: "\r\n")
    #expect(csv.count == 5)
    #expect(csv[2].hasPrefix("short,,,,,,,") && csv[2].count > 20)
  }

  private static let steep = #"{"x":[1,2,4,8,16],"y":[5,2.5,1.25,0.625,0.3125],"name":"steep"}"#

  @Test(
    "curves are compared with the first, or with the one that is named", arguments: [true, false])
  func baseline(isNamed: Bool) async throws {
    let option = isNamed ? #""baseline":"steep","# : ""
    let answer = try await api().fit("{\(option)\"curves\":[\(Self.good),\(Self.steep)]}")
    let (own, other) = isNamed ? (0, 1) : (1, 0)
    #expect(answer["compared/baseline"] == (isNamed ? "steep" : "good"))
    // 2 and 10 times beyond the last x.
    #expect(answer["compared/x"] == "[32,160]")
    #expect(answer["compared/curves/\(other)/difference"] == nil)
    let difference = try #require(Double(answer["compared/curves/\(own)/difference/1/value"] ?? ""))
    #expect((difference > 0) == isNamed)
    #expect(answer["compared/curves/\(own)/crossing/better_beyond"] == "\(!isNamed)")
    #expect(
      answer["compared/curves/\(own)/summary"]?.hasPrefix("steep is better than good beyond ")
        == true)
  }

  @Test(
    "a baseline that is none is refused",
    arguments: [
      (#"{"baseline":"b","curves":[\#(good)]}"#, "names no curve: there is `good`"),
      (#"{"baseline":"good","x":[1,2,4],"y":[3,2,1]}"#, "needs several curves: there is only one"),
      (
        #"{"curves":[{"baseline":"good","x":[1,2,4],"y":[3,2,1]}]}"#,
        "belongs to the whole job: give it beside `curves`"
      ),
    ])
  func noBaseline(body: String, detail: String) async throws {
    let answer = try await api().fit(body)
    #expect(answer.status == 422)
    #expect(answer["errors/0/detail"] == detail)
  }

  @Test("what cannot be compared is null, and why")
  func notCompared() async throws {
    let other = #"{"x":[1,2,4,8,16],"y":[1,2,3,4,5],"direction":"higher_is_better"}"#
    let answer = try await api().fit(#"{"curves":[\#(Self.good),\#(other)]}"#)
    #expect(answer["compared/curves/1/difference"] == "null")
    #expect(answer["compared/curves/1/why/difference"] == "the baseline has another `direction`")
    let plain = try await api().fit(
      #"{"intervals":{"method":"none"},"curves":[\#(Self.good),\#(Self.steep)]}"#)
    #expect(plain["compared/curves/1/difference/0/p_better"] == "null")
    #expect(plain["compared/curves/1/why/intervals"] == "intervals were not requested")
  }

  @Test("a curve among several has the numbers that it has alone")
  func sameNumbers() async throws {
    let api = try api()
    let alone = try await api.fit(#"{"x":[1,2,4,8,16],"y":[3,2,1.5,1.2,1.1]}"#)
    let list = try await api.fit(#"{"curves":[\#(Self.good)]}"#)
    for member in ["model", "quality", "predictions", "forecast", "shape", "summary"] {
      #expect(list["curves/0/" + member] == alone[member], "\(member)")
    }
  }

  @Test("all forms of a list tell every curve, and why one has no result")
  func forms() async throws {
    let api = try api()
    let body = #"{"curves":[\#(Self.good),{"x":[1],"y":[2],"name":"short"}]}"#
    let id = try #require(try await api.fit(body)["id"])
    let path = "/jobs/\(id)/result?format="
    let csv = try await api.send("GET", path + "csv").body
    #expect(csv.split(separator: "\r\n").count == 4)
    #expect(csv.contains("\r\ngood,32,"))
    let text = try await api.send("GET", path + "text").body
    for part in ["good: ", "short: A fit needs 3 distinct x", "last slope"] {
      #expect(text.contains(part), "\(part)")
    }
    #expect(try await api.send("GET", path + "svg").body.contains("5 fitted points"))
    let points = try await api.send("GET", "/jobs/\(id)/result?include=points")
    #expect(points["curves/0/request/x"] == "[1,2,4,8,16]")
    #expect(points["curves/1/error/code"] == "too_few_points")
  }
}
