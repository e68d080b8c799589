import Testing

/// Tests of the real executable: one at a time, since each server wants the machine for itself.
@Suite("End to end", .serialized, .showsServerLog, .timeLimit(.minutes(5)))
enum EndToEnd {}
