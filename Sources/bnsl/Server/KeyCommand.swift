import ArgumentParser
import FitService
import Foundation

struct KeyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "key",
    abstract: "Make, list and revoke API keys.",
    discussion: """
      With api_keys_file set, the service requires an API key, and a client sees only the jobs of \
      its own key. A running server reads a changed file within about a second.

      Example: bnsl key add "Ada Lovelace" --api-keys-file keys
      """,
    subcommands: [Add.self, List.self, Revoke.self])

  struct Add: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a key and print it; only its hash is stored, so it cannot be printed again.")

    @Argument(help: "Who or what the key is for.")
    var name: String

    @OptionGroup var place: KeyFileOptions

    func run() throws {
      let made = try place.file().add(name: name)
      print(made.token)
      FileHandle.standardError.write(
        Data("key \(made.key.id) for \(made.key.name); keep it, it is not shown again\n".utf8))
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the keys: id, when it was made, name.")

    @OptionGroup var place: KeyFileOptions

    func run() throws {
      for key in try place.file().keys() { print("\(key.id)  \(key.createdAt)  \(key.name)") }
    }
  }

  struct Revoke: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Revoke a key; its jobs can no longer be accessed.")

    @Argument(help: "The key's id, as `bnsl key list` shows it.")
    var id: String

    @OptionGroup var place: KeyFileOptions

    func run() throws {
      let file = try place.file()
      guard try file.revoke(id) else { throw Failure(.badInput, "\(file.path) has no key \(id)") }
    }
  }
}

/// The file of API keys, found as the server finds it.
struct KeyFileOptions: ParsableArguments {
  @Option(help: "The file of the keys; also BNSL_API_KEYS_FILE and api_keys_file.")
  var apiKeysFile: String?

  @Option(name: .customLong("config"), help: "A file of settings in YAML; also BNSL_CONFIG.")
  var settings: String?

  func file() throws -> APIKeyFile {
    var options = SettingsOptions()
    options.file = settings
    options.arguments = apiKeysFile.map { ["--api-keys-file", $0] } ?? []
    guard let path = try options.load().settings.apiKeysFile else {
      throw Failure(.badInput, "no file is given: set api_keys_file, or add --api-keys-file FILE")
    }
    return APIKeyFile(path: path)
  }
}
