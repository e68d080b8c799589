/// The names of what computes and serves.
public enum Engine {
  /// Changes whenever the numbers of an answer may change; part of every content key and answer.
  public static let version = "2.1.0"
}

/// The name of this release of the service.
public enum Release {
  public static let version = "1.1.0"
}
