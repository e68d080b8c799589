/// Why the queue did not do what was asked.
public enum JobError: Error, Sendable, Equatable {
  /// As many jobs wait as the queue holds; try again after about this long.
  case queueFull(retryAfter: Duration)
  /// The client has as many unfinished jobs as it may; try again after about this long.
  case shareTaken(limit: Int, retryAfter: Duration)
  /// The idempotency key was used before with another request.
  case idempotencyKeyReused(JobID)
  /// More clients wait for jobs than allowed.
  case tooManyWaiters(limit: Int)
  /// The service is stopping and takes no more work.
  case stopping
  /// The store could not do it; nothing was changed.
  case store(JobStoreError)

  init(_ error: JobStoreError) {
    self = error == .closed ? .stopping : .store(error)
  }
}

/// What went wrong between the queue and its store, with the remedy in words.
public enum JobStoreError: Error, Sendable, Equatable, CustomStringConvertible {
  case locked(directory: String, holder: String)
  case damaged(path: String, detail: String)
  case foreign(path: String)
  case newer(path: String)
  case full(path: String)
  case readOnly(path: String)
  /// Another process holds the database for longer than one waits for it.
  case busy(path: String)
  /// This change cannot be made, now or later: it breaks a limit or a rule of the store.
  case refused(operation: String, detail: String)
  /// The store could not be read or written.
  case failed(operation: String, detail: String)
  case closed

  /// Whether the same change may succeed a little later, once somebody has made room or way.
  public var isPassing: Bool {
    switch self {
    case .full, .readOnly, .busy: true
    default: false
    }
  }

  /// Whether no other change could be made either.
  var concernsEveryWrite: Bool {
    switch self {
    case .readOnly, .busy: true
    default: false
    }
  }

  /// Whether it tells that the store cannot be used, and not only that one change cannot be made.
  var concernsStore: Bool {
    switch self {
    case .refused, .closed: false
    default: true
    }
  }

  public var description: String {
    switch self {
    case .locked(let directory, let holder):
      "\(directory) is in use by \(holder): stop it, or choose another data directory"
    case .damaged(let path, let detail):
      "\(path) is damaged (\(detail)) and was left untouched: restore a copy, or move it away"
    case .foreign(let path):
      "\(path) is a database of another program and was left untouched: move it away"
    case .newer(let path):
      "\(path) was written by a newer version and was left untouched: upgrade, or move it away"
    case .full(let path):
      "\(path) cannot grow, the disk is full: make room"
    case .readOnly(let path):
      "\(path) cannot be written: check its owner, permissions and mount"
    case .busy(let path):
      "\(path) is held by another process: let that end"
    case .refused(let operation, let detail):
      "\(operation): \(detail)"
    case .failed(let operation, let detail):
      "\(operation): \(detail)"
    case .closed:
      "the store is closed"
    }
  }
}
