/// stub
public enum GatewayCommand {
  /// stub
  public static func run(_ arguments: [String], environment: [String: String]) -> Int32 { 0 }
}
