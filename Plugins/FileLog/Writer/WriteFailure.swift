import Glibc

/// Why a batch is not in the file.
struct WriteFailure: Equatable {
  /// What failed.
  enum Step: Equatable {
    /// Opening the file.
    case open
    /// Getting the lock that keeps processes' batches apart.
    case lock
    /// Writing to a regular file.
    case write
    /// Writing to a pipe or device.
    case stream
  }

  let step: Step
  /// The system's error number.
  let code: Int32

  /// Whether the file should be opened anew before the next try. A pipe that is full stays open: what of a line is in it
  /// must be known.
  var isCuredByOpening: Bool {
    switch step {
    case .open, .lock: true
    case .stream: code != EAGAIN
    case .write: code == ESTALE
    }
  }

  /// The failure of a path, to be read by a person.
  func text(path: String) -> String {
    let reason = SystemError.text(of: code)
    return switch step {
    case .open where code == ENXIO: "failed to open the file '\(path)': it is a pipe that nobody reads"
    case .open: "failed to open the file '\(path)': \(reason)"
    case .lock where code == EWOULDBLOCK: "failed to lock the file '\(path)': another process holds it"
    case .lock: "failed to lock the file '\(path)': \(reason)"
    case .stream where code == EAGAIN: "failed to write to '\(path)': its reader takes nothing"
    case .write, .stream: "failed to write to the file '\(path)': \(reason)"
    }
  }
}

/// The system's names for its errors.
enum SystemError {
  /// Safety: the text is copied at once; glibc keeps it for the calling thread.
  static func text(of code: Int32) -> String {
    unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
  }
}
