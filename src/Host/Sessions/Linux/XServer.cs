using System.Globalization;
using System.Runtime.Versioning;
using SessionRecorder.Host.Processes;

namespace SessionRecorder.Host.Sessions.Linux;

/// <summary>A running X server.</summary>
/// <param name="Number">The display's number.</param>
/// <param name="Owner">The user that the server runs as, by the kernel's word.</param>
/// <param name="Arguments">Its command line; empty where it is not known.</param>
[SupportedOSPlatform("linux")]
internal sealed record XServer(int Number, uint Owner, IReadOnlyList<string> Arguments)
{
    /// <summary>Whether it is one at all: everybody can listen where X servers do.</summary>
    public XAnswer Answer { get; init; } = XAnswer.Speaks;

    /// <summary>The order in which servers were found to speak, the oldest first where several were found at once; from 1.</summary>
    public long Turn { get; init; }

    /// <summary>The process that listens; null where it is not to be seen.</summary>
    public LinuxProcess? Process { get; init; }

    /// <summary>The display's name: <c>:0</c>.</summary>
    public string Display => $":{Number.ToString(CultureInfo.InvariantCulture)}";

    /// <summary>The file that it takes its keys from; null where it was not told one.</summary>
    public string? AuthorityFile
    {
        get
        {
            var index = Arguments.ToList().LastIndexOf("-auth") + 1;
            return index > 0 && index < Arguments.Count && Arguments[index].StartsWith('/') ? Arguments[index] : null;
        }
    }

    /// <summary>The virtual terminal that it was put on; null for one without a screen.</summary>
    public uint? Terminal => Arguments
        .Where(argument => argument.StartsWith("vt", StringComparison.Ordinal))
        .Select(argument => uint.TryParse(argument.AsSpan(2), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : (uint?)null)
        .LastOrDefault(number => number is not null);

    /// <summary>Whether its command line names another display: then the socket is not its own.</summary>
    public bool IsOfOtherDisplay => Arguments.Any(argument =>
        argument is [':', .. var digits] && digits.Length > 0 && digits.All(char.IsAsciiDigit) && argument != Display);
}

/// <summary>What a listener at an X display's place does.</summary>
internal enum XAnswer
{
    /// <summary>It speaks the X protocol, now or when it was asked first.</summary>
    Speaks,

    /// <summary>It takes connections, and has said nothing yet that an X server says.</summary>
    Silent,

    /// <summary>Its queue is full, so it was never asked.</summary>
    Full,
}
