using System.Text.RegularExpressions;

namespace SessionRecorder.Plugins;

/// <summary>What the virtual hardware says of itself, without asking the network. Thread-safe.</summary>
internal interface IEc2Machine
{
    /// <summary>Whether this is an EC2 instance, beyond doubt.</summary>
    bool IsInstance();

    /// <summary>The instance's id, where the hardware shows it (Nitro instances on Linux); null elsewhere.</summary>
    string? FindInstanceId();
}

/// <summary>The form of an instance's id.</summary>
internal static partial class InstanceId
{
    public static bool IsValid(string? id) => id is not null && Form().IsMatch(id);

    [GeneratedRegex(@"^i-[0-9a-f]{8,32}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}

/// <summary>Linux: the DMI strings, and Xen's own where there are none.</summary>
/// <param name="root">The root folder; another in tests.</param>
internal sealed class LinuxEc2(string root) : IEc2Machine
{
    private const int MostBytes = 256;

    public bool IsInstance() =>
        Read("sys/class/dmi/id/sys_vendor") == "Amazon EC2"
        || Read("sys/class/dmi/id/bios_version")?.EndsWith(".amazon", StringComparison.Ordinal) == true
        || Read("sys/hypervisor/uuid")?.StartsWith("ec2", StringComparison.OrdinalIgnoreCase) == true;

    public string? FindInstanceId() => Read("sys/class/dmi/id/board_asset_tag") is { } id && InstanceId.IsValid(id) ? id : null;

    private string? Read(string file)
    {
        try
        {
            using var stream = File.OpenRead(Path.Combine(root, file));
            Span<byte> bytes = stackalloc byte[MostBytes];
            return System.Text.Encoding.ASCII.GetString(bytes[..stream.ReadAtLeast(bytes, MostBytes, throwOnEndOfStream: false)]).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

/// <summary>Windows: what the system has read of the BIOS at its start; nobody but the system writes it.</summary>
internal sealed class WindowsEc2(IMachineRegistry registry) : IEc2Machine
{
    private const string Bios = @"HARDWARE\DESCRIPTION\System\BIOS";

    public bool IsInstance() =>
        registry.ReadMachine(Bios, "SystemManufacturer")?.Trim() == "Amazon EC2"
        || registry.ReadMachine(Bios, "BIOSVersion")?.Trim().EndsWith(".amazon", StringComparison.Ordinal) == true;

    public string? FindInstanceId() => null;
}
