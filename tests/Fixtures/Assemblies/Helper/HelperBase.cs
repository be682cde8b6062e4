namespace Fixture.Helper;

/// <summary>A plugin's own dependency, without which its types do not load.</summary>
public abstract class HelperBase
{
    public static string Greeting => "from the plugin's own dependency";
}
