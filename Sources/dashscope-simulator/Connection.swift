/// One client connection: requests are read and answered one after the other, until either side has enough.
struct Connection {
  private let socket: Socket
  private let simulator: Simulator

  init(_ socket: Socket, simulator: Simulator) {
    self.socket = socket
    self.simulator = simulator
  }

  /// Serves the connection until it ends.
  func serve() {
    let number = simulator.recorder.connectionOpened()
    defer { simulator.recorder.connectionClosed() }
    var reader = RequestReader(socket)
    while true {
      let request: Request
      do throws(RequestReader.Failure) { request = try reader.next() } catch {
        refuse(error)
        return
      }
      // A connection's own buffers are freed with the answer: an idle connection holds next to nothing.
      guard answer(request, connection: number) else { return }
    }
  }

  /// Answers one request; returns whether the connection goes on.
  private func answer(_ request: Request, connection: Int) -> Bool {
    if request.path.hasPrefix("/simulator/") {
      let answer = ControlEndpoints(simulator: simulator).answer(to: request)
      var sender = AnswerSender(socket: socket, faults: FaultPlan(), options: simulator.options)
      return sender.send(answer) == .complete && !request.closes
    }
    let number = simulator.recorder.received(request, connection: connection)
    let started = Clock.milliseconds()
    let written = socket.written
    let (answer, faults) = Endpoints(simulator: simulator).answer(to: request)
    var sender = AnswerSender(socket: socket, faults: faults, options: simulator.options)
    sender.closes = request.closes
    let ending = sender.send(answer)
    simulator.recorder.ended(
      number, ending: ending, status: answer.status, bytes: socket.written - written, events: sender.events,
      milliseconds: Clock.milliseconds() - started)
    guard ending == .complete else { return false }
    if sender.closesAfterwards {
      socket.finish()
      return false
    }
    return true
  }

  private func refuse(_ failure: RequestReader.Failure) {
    let error: ServiceError
    switch failure {
    case .ended, .truncated: return
    case .malformed(let reason): error = ServiceError(status: 400, code: "BadRequest.IllegalInput", message: reason)
    case .tooLarge: error = ServiceError(status: 413, code: "BadRequest.TooLarge", message: "Payload Too Large")
    }
    var answer = Answer.error(error, native: true)
    answer.headers.append(("connection", "close"))
    var sender = AnswerSender(socket: socket, faults: FaultPlan(), options: simulator.options)
    _ = sender.send(answer)
    socket.finish()
  }
}
