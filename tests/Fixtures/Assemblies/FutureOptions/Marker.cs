namespace Microsoft.Extensions.Options;

public static class Marker
{
    public static string Name => "the future";
}
