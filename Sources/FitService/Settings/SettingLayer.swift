import Fits
import Foundation
import Yams

/// One of the places that settings come from.
///
/// All values are read as text, so that one set of rules says what is allowed wherever it stands.
struct SettingLayer {
  /// How a setting is called here, for messages and `bnsl config`.
  let origin: (SettingKey) -> String
  /// What is said of settings, by their names.
  private var values: [String: Value] = [:]

  private enum Value {
    /// One text; for a list its elements, separated by commas.
    case text(String)
    /// A sequence in the file.
    case sequence([String])
  }

  /// Variables that are no settings: the file, and what the command and the tests read.
  private static let otherVariables: Set = ["BNSL_CONFIG", "BNSL_DATA", "BNSL_API_KEY"]

  init(flags: [String: String]) {
    origin = \.flag
    values = flags.mapValues(Value.text)
  }

  /// The variables that begin with `BNSL_`; unknown ones are noted.
  init(environment: [String: String], _ faults: inout [String]) {
    origin = \.environmentVariable
    for key in SettingKey.all {
      values[key.name] = environment[key.environmentVariable].map(Value.text)
    }
    let known = SettingKey.all.map(\.environmentVariable)
    let names = environment.keys.filter { $0.hasPrefix("BNSL_") }.sorted()
    // Values are not told: an unknown variable may hold a secret.
    for name in names where !known.contains(name) && !Self.otherVariables.contains(name) {
      faults.append(
        "\(name) is no setting" + Spelling.suggestion(for: name, among: known))
    }
    if environment["BNSL_SERVICE_HOST"] != nil {
      faults.append(
        "Kubernetes sets BNSL_PORT and others for a Service named `bnsl`; "
          + "set enableServiceLinks: false in the pod, or name the Service otherwise")
    }
  }

  /// A file in YAML; unknown keys are noted.
  init(file: [UInt8], name: String, _ faults: inout [String]) throws(SettingsError) {
    origin = { "\(name): \($0.name)" }
    do {
      // A file of comments only is no mapping to YAML, but a fair beginning to its author.
      let root = try Yams.compose(yaml: String(decoding: file, as: UTF8.self)) ?? [:]
      try read(root, under: [])
    } catch {
      throw SettingsError(faults: ["\(name): \(error)"])
    }
    let known = SettingKey.all.map(\.name)
    for key in values.keys.sorted() where !known.contains(key) {
      faults.append(
        "\(name): `\(key.bounded(to: 80))` is no setting"
          + Spelling.suggestion(for: key, among: known))
    }
  }

  /// Reads a mapping, and those inside it under their names joined by dots.
  private mutating func read(_ node: Node, under names: [String]) throws(WrongForm) {
    guard case .mapping(let mapping) = node else { throw WrongForm(names: names) }
    for (key, value) in mapping {
      let names = names + [key.scalar?.string ?? ""]
      let name = names.joined(separator: ".")
      switch value {
      case .scalar(let scalar): values[name] = .text(scalar.string)
      case .sequence(let elements):
        let texts = elements.compactMap(\.scalar?.string)
        guard texts.count == elements.count else { throw WrongForm(names: names) }
        values[name] = .sequence(texts)
      case .mapping, .alias: try read(value, under: names)
      }
    }
  }

  /// What the file has in the place of a mapping or of a value.
  private struct WrongForm: Error, CustomStringConvertible {
    let names: [String]

    var description: String {
      names.isEmpty
        ? "the file must be a mapping of names to values"
        : "`\(names.joined(separator: ".").bounded(to: 80))` must be a text or a sequence of texts"
    }
  }

  /// The texts that this layer gives to a setting, or nil when it says nothing of it.
  func texts(of key: SettingKey) -> [String]? {
    switch values[key.name] {
    case nil: nil
    case .sequence(let texts): texts
    case .text(let text) where !key.isList: [text]
    case .text(""): []
    case .text(let text):
      text.split(separator: ",", omittingEmptySubsequences: false)
        .map { $0.trimmingCharacters(in: .whitespaces) }
    }
  }
}
