public import Configuration
public import EventLoop
import JSON

/// The control plane of a gateway: owns the configuration, serves the Admin API and the status, keeps what is written.
///
/// Writes happen one after the other. Each makes a new configuration, has it published, stores it, and is answered only then; one that
/// fails at any step changes nothing. Writes that come while another is being published are published together.
/// Everything happens on the loop's thread.
public final class Controller {
  private struct Write {
    let plan: AdminAPI.Plan
    /// Not `nil`: it is published alone.
    var options: PublishOptions?
    let respond: (ServerResponse) -> Void
  }

  /// A write whose plan was carried out, waiting for its configuration to be published.
  private struct Planned {
    let write: Write
    let response: ServerResponse
  }

  let loop: EventLoop
  let settings: GatewaySettings
  let publisher: any ConfigurationPublisher
  private let store: ConfigurationStore
  private let checks: ValidationOptions
  private let log: (String) -> Void
  private lazy var admin = makeAdminServer()
  private lazy var status = makeStatusServer()
  private lazy var turnEnd = CallbackTask { [weak self] in self?.processQueue() }
  private var queue: [Write] = []
  private var isPublishing = false
  private var isPlanning = false
  /// After writes failed together, so many are tried one by one.
  private var loneWrites = 0
  /// What is tried out on a share of the requests; it is stored when it is for all.
  private var canary: GatewayConfiguration?
  /// Reads the configuration's file anew; `nil` when there is none.
  public var readFile: (() throws -> GatewayConfiguration)?
  /// The id of this node.
  private(set) var nodeID = ""
  /// The configuration that is current.
  public private(set) var configuration = GatewayConfiguration()

  /// Makes a controller that serves nobody yet.
  ///
  /// - Parameters:
  ///   - loop: The loop of the thread that calls.
  ///   - settings: The settings, for the Admin API to show.
  ///   - store: Where the configuration is kept.
  ///   - publisher: Makes configurations take effect.
  ///   - checks: The checks of entities that other modules do (regular expressions); plugins and time are filled in here, and checks of
  ///     certificates when there are none.
  ///   - log: Takes lines for the log, without line ends.
  public init(
    loop: EventLoop, settings: GatewaySettings, store: ConfigurationStore, publisher: any ConfigurationPublisher,
    checks: ValidationOptions = ValidationOptions(), log: @escaping (String) -> Void
  ) {
    self.loop = loop
    self.settings = settings
    self.store = store
    self.publisher = publisher
    self.checks = CertificateChecks.adding(to: checks)
    self.log = log
  }

  // MARK: Life

  /// Publishes what the gateway starts with.
  ///
  /// - Parameters:
  ///   - initial: The configuration to start with, which is stored; `nil`: what was stored last, or nothing.
  ///   - completion: Called once, with the number of the generation, or why there is none.
  public func start(
    with initial: GatewayConfiguration? = nil, completion: @escaping (Result<Int, PublishFailure>) -> Void
  ) {
    var first = initial ?? GatewayConfiguration()
    do {
      nodeID = try store.nodeID()
      let stored = try store.load()
      if initial == nil, case .configuration(let configuration) = stored { first = configuration }
    } catch {
      log("\(error)")
      // What is there is kept aside or cannot be read: serving an empty gateway over it would look like all is well.
      if initial == nil { return completion(.failure(PublishFailure(message: "\(error)"))) }
    }
    if nodeID.isEmpty { nodeID = UUIDText.random() }
    publisher.onCanaryEnd = { [weak self] isPromoted in self?.canaryEnded(isPromoted) }
    isPublishing = true
    publisher.publish(first) { [self] result in
      isPublishing = false
      if case .success = result {
        configuration = first
        if initial != nil {
          do { try store.save(first) } catch { log("\(error)") }
        }
      }
      completion(result)
      processQueue()
    }
  }

  /// Replaces the whole configuration, as `POST /config` does: for reloads of a file.
  ///
  /// - Parameter completion: Called once, when it is current and stored, or with the reason why nothing has changed.
  public func replace(
    with configuration: GatewayConfiguration, _ options: PublishOptions? = nil,
    completion: @escaping (PublishFailure?) -> Void
  ) {
    change(
      options: options,
      { (editor) throws(AdminProblem) in
        editor.table.replaceAll(configuration)
        return ServerResponse(status: 200)
      },
      respond: { response in
        guard response.status >= 300 else { return completion(nil) }
        let text = (try? JSONNode(parsing: response.body))?.text("message") ?? "status \(response.status)"
        completion(PublishFailure(message: text))
      })
  }

  /// Serves the Admin API on a listening, non-blocking socket, which the controller closes in ``close()``.
  ///
  /// - Parameter tls: With it the listener speaks TLS.
  public func serveAdmin(descriptor: Int32, tls: TLSContext? = nil) {
    admin.serve(descriptor: descriptor, tls: tls)
  }

  /// Serves status and metrics on a listening, non-blocking socket, which the controller closes in ``close()``.
  public func serveStatus(descriptor: Int32, tls: TLSContext? = nil) {
    status.serve(descriptor: descriptor, tls: tls)
  }

  /// Stops listening and closes all connections.
  public func close() {
    admin.close()
    status.close()
  }

  private func makeAdminServer() -> HTTPServer {
    let api = AdminAPI(controller: self)
    return HTTPServer(loop: loop, finish: { [unowned self] in AdminHeaders.add(to: &$1, of: $0, loop) }) {
      api.handle($0, $1)
    }
  }

  private func makeStatusServer() -> HTTPServer {
    let api = StatusAPI(controller: self)
    return HTTPServer(loop: loop, finish: { $1.headers.append(("Server", ProductVersion.server)) }) {
      $1(api.answer($0))
    }
  }

  /// What was tried out is for all requests now, and so it is stored; or it is not any more, and nothing has changed.
  private func canaryEnded(_ isPromoted: Bool) {
    guard let next = canary else { return }
    canary = nil
    guard isPromoted else { return }
    configuration = next
    do { try store.save(next) } catch { log("\(error)") }
  }

  // MARK: Writing

  /// Carries a change out, behind those that came before: at the end of the loop's turn, together with others that come in the same turn.
  func change(
    options: PublishOptions? = nil, _ plan: @escaping AdminAPI.Plan, respond: @escaping (ServerResponse) -> Void
  ) {
    queue.append(Write(plan: plan, options: options, respond: respond))
    loop.deferUntilTurnEnd(turnEnd)
  }

  /// An editor of the current entities.
  func editor() -> EntityEditor {
    var options = checks
    options.surface = .adminAPI
    options.plugins = publisher.plugins.mapValues(\.schema)
    options.now = loop.wallClock.seconds
    return EntityEditor(
      table: EntityTable(configuration), options: options, pluginForm: { [unowned self] in pluginForm($0) })
  }

  /// The form of a plugin's schema; `nil` when there is no such plugin.
  func pluginForm(_ name: String) -> JSONNode? {
    publisher.plugins[name].map { $0.schemaNode ?? $0.schema.kongForm() }
  }

  private func processQueue() {
    while !isPublishing, !isPlanning, !queue.isEmpty {
      // Answers may bring new writes: none is given before the plans are carried out.
      isPlanning = true
      var editor = editor()
      var planned: [Planned] = []
      var refused: [(write: Write, problem: AdminProblem)] = []
      var options: PublishOptions?
      while let next = queue.first, loneWrites == 0 || planned.isEmpty, options == nil {
        if next.options != nil, !planned.isEmpty { break }
        let write = queue.removeFirst()
        options = write.options
        // A plan that fails half-way leaves nothing behind.
        var copy = editor
        do throws(AdminProblem) {
          let response = try write.plan(&copy)
          editor = copy
          planned.append(Planned(write: write, response: response))
        } catch {
          refused.append((write, error))
        }
      }
      loneWrites = max(0, loneWrites - 1)
      isPlanning = false
      if editor.table.isChanged || (options?.isForced == true && !planned.isEmpty) {
        publish(GatewayConfiguration(entities: editor.table.entities), options ?? PublishOptions(), planned)
      } else {
        for item in planned { item.write.respond(item.response) }
      }
      for (write, problem) in refused { refuse(write, problem) }
    }
  }

  private func refuse(_ write: Write, _ problem: AdminProblem) {
    guard problem.unknownPlugin else { return write.respond(problem.response) }
    // The plugin may have been installed since the last look. Once is enough: the second plan is answered as it comes out.
    publisher.refreshPlugins { [self] in
      let plan = write.plan
      let again: AdminAPI.Plan = { (editor) throws(AdminProblem) in
        do throws(AdminProblem) {
          return try plan(&editor)
        } catch {
          var final = error
          final.unknownPlugin = false
          throw final
        }
      }
      change(options: write.options, again, respond: write.respond)
    }
  }

  private func publish(_ next: GatewayConfiguration, _ options: PublishOptions, _ planned: [Planned]) {
    isPublishing = true
    publisher.publish(next, options) { [self] result in
      switch result {
      case .success(let number) where options.canary != nil:
        canary = next
        isPublishing = false
        for item in planned {
          var response = item.response
          response.body = (["generation": JSONNode(number), "message": "tried out"] as JSONNode).serialized()
          item.write.respond(response)
        }
        processQueue()
      case .success: persist(next, planned)
      case .failure(let failure):
        isPublishing = false
        if planned.count > 1 {
          loneWrites = planned.count
          queue.insert(contentsOf: planned.map(\.write), at: 0)
        } else {
          let response = PublishAnswer.response(failure, next)
          for item in planned { item.write.respond(response) }
        }
        processQueue()
      }
    }
  }

  private func persist(_ next: GatewayConfiguration, _ planned: [Planned]) {
    do {
      try store.save(next)
      configuration = next
      isPublishing = false
      for item in planned { item.write.respond(item.response) }
      processQueue()
    } catch {
      // What is not stored would be gone after a restart: back to what is.
      log("\(error)")
      let answer = ServerResponse.message(500, "the configuration was not changed: \(error)")
      publisher.publish(configuration) { [self] result in
        if case .failure(let failure) = result { log("cannot go back to the stored configuration: \(failure)") }
        isPublishing = false
        for item in planned { item.write.respond(answer) }
        processQueue()
      }
    }
  }
}
