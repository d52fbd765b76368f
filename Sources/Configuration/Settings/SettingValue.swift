/// Reads the values of settings.
enum SettingValue {
  /// What is wrong with a value, and a way out; `nil` when it is good.
  static func fault(_ text: String, _ kind: SettingDefinition.Kind) -> (message: String, hint: String?)? {
    switch kind {
    case .listeners:
      do throws(Listener.Fault) {
        _ = try Listener.list(parsing: text)
        return nil
      } catch {
        return (error.message, error.hint)
      }
    case .text, .path, .list, .searchPath: return nil
    case .networks:
      for network in list(text) where IPNetwork(parsing: network) == nil {
        return ("'\(network)' is no address or network", "write it like 10.0.0.0/8 or ::1")
      }
      return nil
    case .integer(let range):
      guard let number = Int(text) else { return ("expected an integer", nil) }
      return range.contains(number)
        ? nil : ("value should be between \(range.lowerBound) and \(range.upperBound)", nil)
    case .count:
      guard text != "auto" else { return nil }
      guard let number = Int(text) else { return ("expected a number or auto", nil) }
      return (0...1024).contains(number) ? nil : ("value should be between 0 and 1024", nil)
    case .size:
      return bytes(text) == nil ? ("'\(text)' is no size", "write it like 8k, 10m or 1g") : nil
    case .duration:
      return milliseconds(text) == nil ? ("'\(text)' is no time", "write it like 60s, 500ms or 2m") : nil
    case .flag:
      return flag(text) == nil ? ("'\(text)' is neither on nor off", nil) : nil
    case .oneOf(let values):
      return values.contains(text)
        ? nil
        : ("expected one of: \(values.joined(separator: ", "))", Suggestion.hint(for: text, among: values))
    }
  }

  /// The parts between commas.
  static func list(_ text: String) -> [String] {
    text.split(separator: ",").map(\.trimmed).filter { !$0.isEmpty && $0 != "NONE" }
  }

  /// `on` or `off`.
  static func flag(_ text: String) -> Bool? {
    switch text.lowercased() {
    case "on", "true", "yes", "1": true
    case "off", "false", "no", "0": false
    default: nil
    }
  }

  /// Bytes.
  static func bytes(_ text: String) -> Int? {
    let units: [(String, Int)] = [("k", 1 << 10), ("m", 1 << 20), ("g", 1 << 30), ("", 1)]
    return scaled(text.lowercased(), units)
  }

  /// Milliseconds.
  static func milliseconds(_ text: String) -> Int? {
    scaled(text.lowercased(), [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("", 1000)])
  }

  private static func scaled(_ text: String, _ units: [(suffix: String, factor: Int)]) -> Int? {
    for unit in units where text.hasSuffix(unit.suffix) {
      let digits = text.dropLast(unit.suffix.count)
      guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(digits) else {
        continue
      }
      let (product, overflow) = number.multipliedReportingOverflow(by: unit.factor)
      return overflow ? nil : product
    }
    return nil
  }
}
