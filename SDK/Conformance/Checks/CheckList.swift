/// All checks, in the order of their groups.
public enum CheckList {
  /// The list.
  public static let all: [Check] =
    FileChecks.all + LoadChecks.all + LifecycleChecks.all + ConfigurationChecks.all + RequestChecks.all + BodyChecks.all
    + AsyncChecks.all + RobustnessChecks.all
}
