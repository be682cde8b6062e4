namespace SessionRecorder.Host.Trust;

/// <summary>Tells whether somebody without administrator rights can change what lies at a path. Thread-safe.</summary>
/// <remarks>
/// Looks from the root downwards. So what was found right cannot be made wrong afterwards, except by an administrator:
/// whoever reads the path after the check reads what was checked.
/// </remarks>
internal interface IPathTrust
{
    /// <summary>Looks at a path, all folders above it, and all that links on the way lead to.</summary>
    /// <param name="path">An absolute path; it need not exist.</param>
    /// <returns>The first fault, or null. What does not exist has none; whoever makes it looks again afterwards.</returns>
    PathFault? FindFault(string path);
}
