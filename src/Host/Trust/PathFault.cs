namespace SessionRecorder.Host.Trust;

/// <summary>Why a path cannot be trusted.</summary>
/// <param name="Path">What is wrong: the path that was asked about, one above it, or one that a link leads to.</param>
/// <param name="Problem">What is wrong with it, to follow its name: <c>is owned by user 1001</c>.</param>
/// <param name="Cure">The command that puts it right.</param>
internal sealed record PathFault(string Path, string Problem, string Cure);
