extension Unicode.Scalar {
  /// Whether the scalar may be written to the log or a terminal unescaped.
  ///
  /// False for control and format characters and for line and paragraph separators: they can control
  /// a terminal, start a new line, or make a text look different from what it is (bidirectional
  /// overrides).
  var isPrintable: Bool {
    ![.control, .format, .lineSeparator, .paragraphSeparator].contains(properties.generalCategory)
  }
}
