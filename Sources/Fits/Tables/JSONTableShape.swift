/// A shape in which JSON holds a table, when it is no request of ours.
///
/// Trackers and trainers write records, or columns, or a state that has them as a member; data frames
/// are written in five orientations; and runs by name hold any of these.
indirect enum JSONTableShape {
  /// `[[1, 2], ...]`: numbers alone, row after row.
  case numbers([Double], width: Int)
  /// `[["step", "loss"], [1, 2], ...]`; the names may stand apart, as `columns` beside `data`.
  case rows([JSONValue], names: [String]?)
  /// `[{"step": 1, "loss": 2}, ...]`, or one a line.
  case records([JSONValue])
  /// `{"step": [...], "loss": [...]}`.
  case columns([JSONObject.Member])
  /// `{"step_1000": 2.1, ...}`: from x to y.
  case map([JSONObject.Member])
  /// `{"step": {"0": 1, "1": 2}, "loss": {"0": 3.1, "1": 2.9}}`: columns whose rows have labels.
  case labelledColumns([JSONObject.Member])
  /// `{"1000": {"loss": 2.1}, "2000": {"loss": 1.9}}`: records that have labels.
  case labelledRecords([JSONObject.Member])
  /// `{"run-a": TABLE, "run-b": TABLE}`, or an array of runs that have names.
  case tables([(name: String, table: JSONTableShape)])
  /// `{"log_history": TABLE, "epoch": 3}`: a member among others that are none.
  case member(String, JSONTableShape)

  /// The shape of a value; nil when it has none of them.
  init?(_ value: JSONValue) {
    switch value {
    case .rows(let numbers, let width): self = .numbers(numbers, width: width)
    case .array(let elements):
      if elements.contains(where: \.isObject) {
        guard elements.allSatisfy({ $0.isObject || $0 == .null }) else { return nil }
        let records = elements.filter(\.isObject)
        self = Self(runs: records) ?? .records(records)
      } else {
        guard elements.allSatisfy({ $0.count != nil }) else { return nil }
        self = .rows(elements, names: nil)
      }
    case .object(let object): self.init(object)
    default: return nil
    }
  }

  private init?(_ object: JSONObject) {
    let members = object.members
    if let names = object["columns"]?.elements?.map(\.string), let data = object["data"]?.elements,
      !names.isEmpty, names.allSatisfy({ $0 != nil })
    {
      let names = names.compactMap { $0 }
      // The labels of the rows may be what counts.
      if let labels = object["index"]?.elements, labels.count == data.count,
        labels.allSatisfy(\.isScalar)
      {
        let rows = zip(labels, data).map { JSONValue.array([$0] + ($1.elements ?? [])) }
        self = .rows(rows, names: ["index"] + names)
      } else {
        self = .rows(data, names: names)
      }
    } else if let history = object["log_history"].flatMap(Self.init) {
      self = .member("log_history", history)
    } else if let scalars = Self(scalarsOf: members) {
      self = scalars
    } else {
      let lists = members.filter(\.value.isList)
      let tables = members.compactMap { member -> (name: String, table: JSONTableShape)? in
        member.value.isList ? nil : Self(member.value).map { (member.name, $0) }
      }
      if lists.count > 1, lists.count >= tables.count {
        self = .columns(lists)
      } else {
        // Of several the first counts, and rather one that lies no deeper, unless there is nothing
        // beside them.
        let near = tables.filter { if case .member = $0.table { false } else { true } }
        guard let first = near.first ?? tables.first else { return nil }
        self =
          near.count > 1 && near.count == members.count
          ? .tables(near) : .member(first.name, first.table)
      }
    }
  }

  /// Records that are the tables of runs: `[{"name": "run-a", "history": TABLE}, ...]`.
  private init?(runs: [JSONValue]) {
    var tables: [(name: String, table: JSONTableShape)] = []
    for run in runs {
      guard case .object(let object) = run, let table = Self(run), table.isOfPoints else {
        return nil
      }
      let name = object.members.first { $0.value.string != nil && ColumnName($0.name).isSeries }
      tables.append((name?.value.string ?? "curve \(tables.count + 1)", table))
    }
    self = .tables(tables)
  }

  /// Whether this holds arrays of values, all equally long, or records, by itself or as a member.
  private var isOfPoints: Bool {
    switch self {
    case .numbers, .rows, .records: true
    case .columns(let members): Set(members.map(\.value.count)).count == 1
    case .member(_, let table): table.isOfPoints
    case .map, .labelledColumns, .labelledRecords, .tables: false
    }
  }

  /// Objects that hold neither arrays nor objects of more than one kind.
  private init?(scalarsOf members: [JSONObject.Member]) {
    let areNumbered = { (names: [String]) in
      names.allSatisfy { $0.utf8.last.map { 0x30...0x39 ~= $0 } ?? false }
    }
    let isNumbered = members.count > 2 && areNumbered(members.map(\.name))
    if isNumbered, members.allSatisfy({ $0.value.double != nil || $0.value == .null }) {
      self = .map(members)
      return
    }
    let inner = members.map { member -> [JSONObject.Member]? in
      guard case .object(let object) = member.value, !object.members.isEmpty else { return nil }
      // Records may have parts, unless these are labelled themselves.
      let isOfParts = isNumbered && !areNumbered(object.members.map(\.name))
      let values = isOfParts ? object.flattened : object.members
      return values.allSatisfy(\.value.isScalar) ? values : nil
    }
    guard !members.isEmpty, inner.allSatisfy({ $0 != nil }) else { return nil }
    let all = inner.lazy.compactMap { $0 }.joined()
    if all.allSatisfy({ Double($0.name) != nil }) {
      guard all.dropFirst(2).first != nil else { return nil }
      self = .labelledColumns(members)
    } else {
      guard members.count > 2 else { return nil }
      self = .labelledRecords(members)
    }
  }
}

extension JSONValue {
  /// Whether this is an object.
  fileprivate var isObject: Bool { if case .object = self { true } else { false } }

  /// Whether this is an array of single values, as a column is.
  fileprivate var isList: Bool {
    switch self {
    case .numbers: true
    case .array(let elements): !elements.isEmpty && elements.allSatisfy(\.isScalar)
    default: false
    }
  }

  /// Whether this is neither an array nor an object.
  fileprivate var isScalar: Bool { count == nil && !isObject }
}
