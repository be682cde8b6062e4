namespace SessionRecorder.Host.Trust;

/// <summary>Judges a Windows access list: who, other than administrators, may change or replace what has it.</summary>
internal static class WindowsAccess
{
    // winnt.h
    private const uint WriteData = 0x2;
    private const uint AppendData = 0x4;
    private const uint DeleteChild = 0x40;
    private const uint Delete = 0x10000;
    private const uint WriteDacl = 0x40000;
    private const uint WriteOwner = 0x80000;
    private const uint GenericAll = 0x10000000;
    private const uint GenericWrite = 0x40000000;

    /// <summary>Replaces or renames what lies in a folder.</summary>
    private const uint Replaces = DeleteChild | Delete | WriteDacl | WriteOwner | GenericAll;

    private const uint Changes = Replaces | WriteData | AppendData | GenericWrite;

    private static readonly HashSet<string> Administrators = new(StringComparer.OrdinalIgnoreCase)
    {
        "S-1-5-18", // LocalSystem
        "S-1-5-32-544", // Administrators
        "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464", // TrustedInstaller
        "S-1-3-4", // owner rights: the owner is looked at by itself
    };

    /// <summary>Finds what is wrong.</summary>
    /// <param name="owner">The owner's SID.</param>
    /// <param name="entries">The discretionary list; null when there is none, which lets everybody do everything.</param>
    /// <param name="self">The SID of this process's user, who is an administrator.</param>
    /// <param name="isLast">Whether it is the item itself, which nobody else may write to; or a folder above it.</param>
    /// <returns>The problem, to follow the path; null when there is none.</returns>
    /// <remarks>
    /// That users may make folders of their own in C:\ is Windows' default and harmless to what is there already, so
    /// above the item only rights count that can replace it. Denials are not weighed: a list that needs them is refused.
    /// </remarks>
    public static string? FindProblem(string? owner, IReadOnlyList<WindowsAccessEntry>? entries, string? self, bool isLast)
    {
        if (owner is null || !IsAdministrator(owner))
        {
            return $"is owned by {owner ?? "nobody known"}";
        }

        if (entries is null)
        {
            return "has no access list, so that every user can write it";
        }

        var dangerous = isLast ? Changes : Replaces;
        var writer = entries.FirstOrDefault(
            entry => entry is { Allows: true, InheritOnly: false } && (entry.Rights & dangerous) != 0 && !IsAdministrator(entry.Sid));
        return writer is null ? null : $"can be written by {writer.Sid}";

        bool IsAdministrator(string sid) => Administrators.Contains(sid) || sid.Equals(self, StringComparison.OrdinalIgnoreCase);
    }
}

/// <summary>An entry of an access list.</summary>
/// <param name="Sid">Whom it is about.</param>
/// <param name="Rights">The access mask.</param>
/// <param name="Allows">Whether it allows, or denies.</param>
/// <param name="InheritOnly">Whether it is for what lies below alone.</param>
internal sealed record WindowsAccessEntry(string Sid, uint Rights, bool Allows, bool InheritOnly);
