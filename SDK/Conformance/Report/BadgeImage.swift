/// The badge as a picture, for a README that no badge service is to be asked for: SVG 1.1, without scripts and references.
public enum BadgeImage {
  /// The picture.
  public static func text(_ report: Report) -> String {
    let badge = report.badge
    let (left, right) = (width(badge.label), width(badge.message))
    let total = left + right
    let title = escape("\(badge.label): \(badge.message)")
    return """
      <svg xmlns="http://www.w3.org/2000/svg" width="\(total)" height="20" role="img" aria-label="\(title)">
        <title>\(title)</title>
        <desc>\(escape("\(report.pluginName) \(report.pluginVersion), sha256:\(report.libraryHash), torii \(report.toolVersion)"))</desc>
        <rect width="\(total)" height="20" rx="3" fill="#555"/>
        <path d="M\(left) 0h\(right - 3)a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3h-\(right - 3)z" fill="\(badge.colour.hexadecimal)"/>
        <g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle">
          <text x="\(left / 2)" y="14" textLength="\(left - 10)">\(escape(badge.label))</text>
          <text x="\(left + right / 2)" y="14" textLength="\(right - 10)">\(escape(badge.message))</text>
        </g>
      </svg>

      """
  }

  /// Pixels for a text and its margins; `textLength` makes any font fit.
  private static func width(_ text: String) -> Int { text.unicodeScalars.count * 7 + 10 }

  private static func escape(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "&": escaped += "&amp;"
      case "\"": escaped += "&quot;"
      // What XML 1.0 §2.2 has no place for.
      case _ where scalar.value < 32 || scalar.value == 0xFFFE || scalar.value == 0xFFFF: escaped += " "
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}

/// What a badge says, in whatever form.
struct Badge {
  /// A colour by its name at shields.io.
  enum Colour: String {
    case brightgreen, green, yellow, red

    /// The same, as the picture has it.
    var hexadecimal: String {
      switch self {
      case .brightgreen: "#4c1"
      case .green: "#97ca00"
      case .yellow: "#dfb317"
      case .red: "#e05d44"
      }
    }
  }

  var label: String
  var message: String
  var colour: Colour
}

extension Report {
  /// What its badge says: the level, unless checks were left out.
  var badge: Badge {
    Badge(
      label: "Torii plugin ABI \(abiVersion)",
      message: isFiltered
        ? "incomplete" : level == 0 ? "not loadable" : "level \(level) \(Report.name(ofLevel: level))",
      colour: level == 3 ? .brightgreen : level == 2 ? .green : level == 1 ? .yellow : .red)
  }
}
