/// The version of the computations.
public enum Engine {
  /// Changes whenever the numbers of an answer may change; part of every content key and answer.
  public static let version = "2.2.0"
}

/// The version of the service.
public enum Release {
  public static let version = "1.1.0"
}
