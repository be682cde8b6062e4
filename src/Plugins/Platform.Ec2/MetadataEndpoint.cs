using System.Net;
using System.Net.Sockets;

namespace SessionRecorder.Plugins;

/// <summary>Decides where the instance metadata service is asked.</summary>
internal static class MetadataEndpoint
{
    private const string Variable = "AWS_EC2_METADATA_SERVICE_ENDPOINT";
    private const string DisabledVariable = "AWS_EC2_METADATA_DISABLED";

    private static readonly Uri IPv4 = new("http://169.254.169.254/");
    private static readonly Uri IPv6 = new("http://[fd00:ec2::254]/");

    /// <summary>The endpoint; null where nothing is to be asked.</summary>
    /// <param name="options">What the configuration says.</param>
    /// <param name="variable">Reads the environment.</param>
    /// <remarks>
    /// The environment may say it as for AWS's own tools, but only for an address that never leaves the machine or its link:
    /// a variable that found its way into an elevated process must not make a stranger's server tell where recordings go.
    /// </remarks>
    public static Uri? Choose(Ec2Options options, Func<string, string?> variable)
    {
        if (string.Equals(variable(DisabledVariable), "true", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        return options.MetadataEndpoint
            ?? (options.MetadataIPv6 ? IPv6
                : Uri.TryCreate(variable(Variable), UriKind.Absolute, out var named) && IsAddress(named) && IsNear(named) ? named
                : IPv4);
    }

    public static bool IsAddress(Uri address) =>
        address.IsAbsoluteUri
        && address.Scheme is "http" or "https"
        && address.UserInfo.Length + address.Query.Length + address.Fragment.Length == 0;

    private static bool IsNear(Uri address)
    {
        if (!IPAddress.TryParse(address.IdnHost, out var ip))
        {
            return address.IsLoopback;
        }

        return IPAddress.IsLoopback(ip)
            || ip.IsIPv6LinkLocal
            || ip.IsIPv6UniqueLocal
            || (ip.AddressFamily == AddressFamily.InterNetwork && ip.GetAddressBytes() is [169, 254, ..]);
    }
}
