import Testing

/// Tests with a worker of their own. One after the other: a plugin's library has one host at a time.
@Suite("A worker", .serialized)
enum WorkerTests {}
