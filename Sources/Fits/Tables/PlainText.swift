import Foundation

/// The bytes of a table without what encodings, terminals and typesetting add: lines in UTF-8, columns
/// between ASCII signs.
enum PlainText {
  /// The bytes in plain lines; nil, and noted, when they are no text with lines.
  static func bytes(of bytes: [UInt8], _ faults: Faults) -> [UInt8]? {
    func refuse(_ reason: String) -> [UInt8]? {
      faults.note(.line(1, column: nil), reason)
      return nil
    }
    guard let bytes = bytes.withoutUTF16 else {
      return refuse("the text is not UTF-16, as its first bytes say")
    }
    if let format = binaryFormats.first(where: { bytes.starts(with: $0.mark) }) {
      return refuse("this is no text but \(format.name)")
    }
    guard (try? UTF8Span(validating: bytes.span)) != nil else {
      return refuse("the text is not UTF-8; save it as UTF-8")
    }
    guard bytes.first(where: { $0 > 0x20 }) != UInt8(ascii: "<") else {
      return refuse(
        "the text is HTML or XML; copy the table from the browser, or save it as CSV")
    }
    let hasLineEnd = bytes.contains { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
    if !hasLineEnd, !bytes.isEmpty {
      return refuse(
        "there is only one line; `curl -d @FILE` removes the line ends, so send the file with "
          + "`--data-binary @FILE`")
    }
    return withPlainTeX(withPlainFrames(withoutColours(bytes)))
  }

  /// How files begin that hold tables in another form, and what to do with them.
  private static let binaryFormats: [(mark: [UInt8], name: String)] = [
    (Array("PK\u{3}\u{4}".utf8), "a spreadsheet or an archive; save its table as CSV"),
    ([0xD0, 0xCF, 0x11, 0xE0], "a spreadsheet; save its table as CSV"),
    ([0x1F, 0x8B], "compressed; unpack it with `gunzip`"),
    ([0x28, 0xB5, 0x2F, 0xFD], "compressed; unpack it with `unzstd`"),
    (Array("%PDF".utf8), "a PDF; copy the table out of it"),
    (Array("PAR1".utf8), "a Parquet file; write it with `to_csv`"),
    ([0x93] + Array("NUMPY".utf8), "an array of NumPy; write it with `savetxt`"),
    (Array("SQLite format 3".utf8), "a database; write its table with `.mode csv`"),
  ]

  /// Without the sequences by which terminals colour text (ECMA-48): ESC, `[`, parameters, a letter.
  private static func withoutColours(_ bytes: [UInt8]) -> [UInt8] {
    let escape: UInt8 = 0x1B
    guard bytes.contains(escape) else { return bytes }
    var plain: [UInt8] = []
    var rest = bytes[...]
    while let byte = rest.popFirst() {
      if byte == escape, rest.first == UInt8(ascii: "[") {
        rest = rest.dropFirst().drop { !(0x40...0x7E ~= $0) }.dropFirst()
      } else {
        plain.append(byte)
      }
    }
    return plain
  }

  /// Tables that are drawn with box characters (U+2500 to U+257F) as they are drawn in ASCII; the bytes
  /// are UTF-8.
  private static func withPlainFrames(_ bytes: [UInt8]) -> [UInt8] {
    func isFrame(_ index: Int) -> Bool {
      bytes[index] == 0xE2 && bytes[index + 1] & 0xFE == 0x94
    }
    guard bytes.indices.contains(where: isFrame) else { return bytes }
    var plain: [UInt8] = []
    plain.reserveCapacity(bytes.count)
    var index = 0
    while index < bytes.count {
      guard isFrame(index) else {
        plain.append(bytes[index])
        index += 1
        continue
      }
      let sign: UInt8 =
        switch (bytes[index + 1] & 1) << 6 | bytes[index + 2] & 0x3F {
        case 0x00, 0x01, 0x04, 0x05, 0x08, 0x09, 0x4C, 0x4D, 0x50: UInt8(ascii: "-")
        case 0x02, 0x03, 0x06, 0x07, 0x0A, 0x0B, 0x4E, 0x4F, 0x51: UInt8(ascii: "|")
        default: UInt8(ascii: "+")
        }
      plain.append(sign)
      index += 3
    }
    return plain
  }

  /// The rows of a table in TeX, `1e3 & \textbf{2.31} \\`, as rows between bars. Lines that are commands
  /// alone become empty.
  private static func withPlainTeX(_ bytes: [UInt8]) -> [UInt8] {
    let (and, backslash) = (UInt8(ascii: "&"), UInt8(ascii: "\\"))
    func end(of line: ArraySlice<UInt8>) -> Int? {
      line.indices.first {
        line[$0] == backslash && $0 + 1 < line.endIndex && line[$0 + 1] == backslash
      }
    }
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    guard bytes.contains(and),
      lines.prefix(100).contains(where: { $0.contains(and) && end(of: $0) != nil })
    else { return bytes }
    var plain: [UInt8] = []
    for line in lines {
      var rest = line[..<(end(of: line) ?? line.endIndex)]
      if !rest.contains(and) { rest = [] }
      while let byte = rest.popFirst() {
        let command = byte == backslash ? rest.prefix { 0x61...0x7A ~= $0 | 0x20 } : []
        if fonts.contains(String(decoding: command, as: UTF8.self)) {
          rest = rest.dropFirst(command.count)
        } else if !"{}".utf8.contains(byte) {
          plain.append(byte == and ? UInt8(ascii: "|") : byte)
        }
      }
      plain.append(UInt8(ascii: "\n"))
    }
    return plain
  }

  private static let fonts: Set<String> = [
    "textbf", "mathbf", "bf", "bfseries", "emph", "textit", "underline", "mathrm", "text",
  ]
}

extension [UInt8] {
  /// A text in UTF-16 in UTF-8, any other as it is; nil when it is no UTF-16 although it begins so.
  ///
  /// Without a byte order mark UTF-16 is known by the zeros beside its first two characters.
  var withoutUTF16: [UInt8]? {
    let (encoding, mark): (String.Encoding, Int)
    switch (prefix(2), prefix(4).map { $0 == 0 }) {
    case ([0xFF, 0xFE], _): (encoding, mark) = (.utf16LittleEndian, 2)
    case ([0xFE, 0xFF], _): (encoding, mark) = (.utf16BigEndian, 2)
    case (_, [false, true, false, true]): (encoding, mark) = (.utf16LittleEndian, 0)
    case (_, [true, false, true, false]): (encoding, mark) = (.utf16BigEndian, 0)
    default: return self
    }
    return String(bytes: dropFirst(mark), encoding: encoding).map { Array($0.utf8) }
  }
}
