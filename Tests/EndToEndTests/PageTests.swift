import Testing

extension EndToEnd {
  @Suite(
    "The page in a browser",
    .enabled(if: Chromium.url != nil, "chromium is not installed, so the page is not tried in it"))
  struct Page {
    @Test("an address that names an example fits it, and one that names a job shows it")
    func example() async throws {
      try await withServer { server in
        // The browser's clock does not wait for events, so this page may be left before the end.
        let first = try await Chromium.open(server.address + "/#/examples/1")
        let id = try #require(try await server.get("/jobs").json.jobs[0]["id"].string)
        let result = try await server.get("/jobs/\(id)/result", fields: ["Prefer": "wait=60"])
        #expect(result.status == 200)
        let page = try await Chromium.open(
          server.address + "/#/jobs/\(id)", until: "One break at about 613")
        #expect(page.document.contains("One break at about 613"))
        #expect(page.document.contains("<h2>Constants</h2>"))
        #expect(page.document.contains("17 points"))
        for complaints in [first.complaints, page.complaints] {
          #expect(!complaints.contains("Content Security Policy"), "\(complaints)")
        }
      }
    }

    @Test("a shared address shows the job, and what its labels say is never run")
    func sharedJob() async throws {
      try await withServer { server in
        let hostile = #"<img src=x onerror=\"document.title='broken'\">"#
        let fit = try await server.post(
          "/fit",
          #"{"x":[1,2,4,8,16,32],"y":[3.1,2.4,1.9,1.6,1.4,1.3],"breaks":0,"labels":{"x":"\#(hostile)"}}"#
        )
        let id = try #require(try JSON(fit.body)["id"].string)
        let page = try await Chromium.open(
          server.address + "/#/jobs/\(id)", until: "No break: one power law")
        #expect(page.document.contains("No break: one power law"))
        #expect(page.document.contains("&lt;img src=x onerror"))
        #expect(page.document.contains("<title>Broken neural scaling laws</title>"))
      }
    }

    @Test("a refusal is told in words, with where to read on")
    func refusal() async throws {
      try await withServer { server in
        let page = try await Chromium.open(
          server.address + "/#/jobs/none", until: "There is no such job")
        #expect(page.document.contains("There is no such job"))
        #expect(page.document.contains("/problems/job_not_found"))
      }
    }

    @Test("the columns of a pasted table are offered; what is chosen is read, fitted and drawn")
    func columns() async throws {
      try await withServer { server in
        let seen = try await Chromium.run(
          Self.steps + #"""
            enter(byId('data'), 'step,run,train_loss,val_loss\n' + [1, 2, 4, 8, 16, 32, 64].map((n) =>
              `${n},a,${3 / n + 1},${3 / n + 2}\n${n},b,${5 / n + 1},${5 / n + 2}\n`).join(''), 'input');
            await until(() => noted());
            seen.asked = noted();
            seen.offered = ['x_column', 'y_column', 'curve_column'].map(
              (name) => [...select(name).options].map((option) => option.textContent));
            enter(select('y_column'), 'val_loss', 'change');
            await until(() => noted().startsWith('Read'));
            seen.chosen = noted();
            enter(select('x_column'), 'train_loss', 'change');
            await until(() => noted().includes('x from “train_loss”'));
            enter(select('x_column'), '', 'change');
            await until(() => noted().includes('x from “step”'));
            byId('fit').click();
            await until(() => byId('summary').textContent);
            seen.summary = byId('summary').textContent;
            seen.legend = byId('legend').textContent;
            seen.points = drawn();
            seen.complaint = byId('problem').textContent;
            // Another table has none of these columns: the choice is dropped with them.
            enter(byId('data'), 'a,b\n1,3\n2,2\n4,1.5\n8,1.2\n16,1\n', 'input');
            await until(() => noted().includes('“a”'));
            seen.next = [select('y_column').value, byId('answer').hidden, noted()];
            byId('fit').click();
            await until(() => byId('summary').textContent.includes('law'));
            seen.single = [drawn(), byId('problem').textContent];
            return seen;
            """#, at: server.address)
        #expect(seen.asked.string == "Several columns could be y: choose one.")
        #expect(
          seen.offered.array.map { $0.array.compactMap(\.string) } == [
            ["choose", "step", "train_loss", "val_loss"],
            ["choose", "step", "train_loss", "val_loss", "each of these, a curve"],
            ["one curve", "run"],
          ])
        let read = "Read x from “step” and y from “val_loss”, one curve for each “run”: 14 points."
        #expect(seen.chosen.string == read)
        #expect(seen.summary.string == "2 curves.")
        #expect(seen.legend.string?.contains("a") == true)
        #expect(seen.points.number == 2)
        #expect(seen.complaint.string == "")
        #expect(seen.next[0].string == "")
        #expect(seen.next[1] == .bool(true))
        #expect(seen.single[0].number == 1)
        #expect(seen.single[1].string == "")
      }
    }

    @Test("every example is fitted and drawn")
    func examples() async throws {
      try await withServer { server in
        let seen = try await Chromium.run(
          Self.steps + #"""
            for (const button of document.querySelectorAll('#examples button')) {
              const before = location.hash;
              button.click();
              await until(() => location.hash && location.hash !== before || byId('problem').textContent);
              seen[button.textContent] = [drawn(), byId('problem').textContent];
            }
            return seen;
            """#, at: server.address)
        guard case .object(let examples) = seen else {
          Issue.record("no examples: \(seen)")
          return
        }
        #expect(examples.count > 2)
        for (name, found) in examples {
          #expect(found[0].number ?? 0 > 0, "\(name)")
          #expect(found[1].string == "", "\(name)")
        }
      }
    }

    /// What the scripts of these tests do and look at.
    private static let steps = #"""
      const byId = (id) => document.getElementById(id);
      const select = (name) => document.querySelector(`select[name=${name}]`);
      const noted = () => byId('noted').textContent;
      // One path for the points of each curve.
      const drawn = () => document.querySelectorAll('#plot path[fill=currentColor]:not(.fitted)').length;
      const until = async (isSo) => {
        for (let i = 0; i < 600 && !isSo(); i++) await new Promise((done) => setTimeout(done, 50));
        if (!isSo()) throw new Error(`never so: ${isSo}; ${noted()} ${byId('problem').textContent}`);
      };
      const enter = (field, value, kind) => {
        field.value = value;
        field.dispatchEvent(new Event(kind, {bubbles: true}));
      };
      const seen = {};

      """#
  }
}
