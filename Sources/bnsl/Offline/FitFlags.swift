import ArgumentParser
import Fits

/// The options of a fit as flags, one for each that is no object; what they mean and allow, the
/// reader of requests decides.
///
/// They follow from the table of options: ArgumentParser finds the flags of a type by its mirror, and
/// the values by their names.
struct FitFlags: ParsableArguments, CustomReflectable {
  /// The options that were given, by their names in the API.
  private(set) var options: [(name: String, value: String)] = []

  private static let all = FitOption.all.filter { !$0.isObject }

  init() {}

  init(from decoder: any Decoder) throws {
    let flags = try decoder.container(keyedBy: Name.self)
    for option in Self.all {
      let flag = try flags.decode(Option<String?>.self, forKey: Name(stringValue: option.name))
      if let value = flag.wrappedValue { options.append((option.name, value)) }
    }
  }

  var customMirror: Mirror {
    Mirror(
      self,
      children: Self.all.map { option in
        let flag = option.name.replacing("_", with: "-")
        let help = option.explanation.replacing("`", with: "")
        return (option.name, Option<String?>(name: .customLong(flag), help: ArgumentHelp(help)))
      })
  }

  /// The name of an option.
  private struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
}
