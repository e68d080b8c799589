extension Unicode.Scalar {
  /// Whether this is text: neither a control or format character (C0, C1, bidirectional overrides)
  /// nor a line or paragraph separator, by its general category.
  ///
  /// The others may steer a terminal, forge a line, or show a text as what it is not.
  package var isPrintable: Bool {
    ![.control, .format, .lineSeparator, .paragraphSeparator].contains(properties.generalCategory)
  }
}
