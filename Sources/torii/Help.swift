import Configuration
import Control

/// The texts of `--help`.
enum Help {
  static let overview = """
    torii: a gateway for HTTP and LLM traffic that hosts plugins

    usage: torii COMMAND [OPTIONS]

      run       start the gateway
      check     read a declarative file and say everything that is wrong with it
      status    what the gateway is doing: generations, workers, plugins, faults
      reload    read the configuration and the plugins again; --canary tries them out first
      rollback  go back to an earlier generation
      canary    promote or abort what is being tried out
      top       a live view of requests, plugins and faults
      plugin    new, test, inspect and bench plugins; reinstate one that is quarantined
      gateway   apply, diff, sync, dump, validate, reset or ping a running gateway (decK's verbs)
      version   print the versions of the gateway and of its plugin ABI
      help      this text; 'torii help COMMAND' tells more

    """

  static func of(_ command: String?) -> String {
    switch command {
    case "run": run
    case "check": check
    case "version": "usage: torii version\n\nPrints the versions of the gateway and of the plugin ABI it serves."
    case "gateway": "usage: torii gateway VERB [OPTIONS]\n\n'torii gateway --help' lists the verbs."
    case "plugin": PluginCommand.help
    case "settings": settings
    case let command?: OperateCommand.help(command) ?? overview
    default: overview
    }
  }

  static let run = """
    usage: torii run [-c FILE] [OPTIONS]

    Starts the gateway in the foreground. Without -c it serves what was applied to it before ('torii gateway apply').

      -c, --config FILE            declarative file, format 3.0, YAML or JSON; SIGHUP reads it again
          --settings FILE          settings file (NAME = VALUE lines)
          --proxy-listen ADDRESS   where clients connect          (HOST:PORT, default 0.0.0.0:8000)
          --admin-listen ADDRESS   where the Admin API listens    (default 127.0.0.1:8001; 'off' for none)
          --status-listen ADDRESS  where the status API listens   (default 127.0.0.1:8100; 'off' for none)
          --workers N              worker processes               (default: cores; 0: everything in one process)
          --plugin-path FOLDERS    where plugins are looked for, colon separated, before the executable's folder
          --SETTING VALUE          any other setting, with - for _; 'torii help settings' lists them

    Each setting is also taken from the environment (TORII_PROXY_LISTEN for proxy_listen); a flag wins over the
    environment, the environment over the settings file.

    SIGTERM finishes requests in flight and stops; SIGINT (Ctrl-C) stops at once; SIGHUP reads the configuration again.
    """

  static var settings: String {
    """
    The settings of 'torii run', as flags. In a settings file they are written NAME = VALUE, with _ for -; in the
    environment TORII_NAME, in capitals.

    \(GatewaySettings.help)
    """
  }

  static let check = """
    usage: torii check FILE [--plugin-path FOLDERS]

    Reads a declarative file as 'torii run' would, plugins' configurations included, and prints everything that is wrong
    with it: file, line, column, path, what is wrong and a way out. Exit code 0 when nothing is, 1 when something is.
    """
}
