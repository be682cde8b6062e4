namespace SessionRecorder.Plugins;

/// <summary>The variables that AppStream sets, as its documentation names them. No other is ever read.</summary>
internal static class AppStreamVariables
{
    public const string StackName = "AppStream_Stack_Name";
    public const string UserName = "AppStream_UserName";
    public const string SessionId = "AppStream_Session_ID";
    public const string ResourceType = "AppStream_Resource_Type";
    public const string ResourceName = "AppStream_Resource_Name";

    /// <summary>What a web page passes to the session: the user can change it wherever it stands.</summary>
    public const string SessionContext = "APPSTREAM_SESSION_CONTEXT";

    /// <summary>What an image builder calls itself: AppStream's documentation has both.</summary>
    public static IReadOnlyList<string> ImageBuilder { get; } = ["image-builder", "imagebuilder"];

    public static IReadOnlyList<string> OfUser { get; } =
        [StackName, "AppStream_User_Access_Mode", "AppStream_Session_Reservation_DateTime", UserName, SessionId];

    public static IReadOnlyList<string> OfMachine { get; } =
        ["AppStream_Image_Arn", "AppStream_Instance_Type", ResourceType, ResourceName];

    /// <summary>What metadata waits for: where the recording belongs, and whose it is.</summary>
    public static IReadOnlyList<string> Awaited { get; } = [StackName, UserName, SessionId, ResourceName];
}

/// <summary>Variables, and whether the session's user could have written them.</summary>
/// <param name="Values">Names and values; of the known names alone.</param>
/// <param name="IsTrusted">Whether administrators alone can write where they stand.</param>
internal sealed record VariableSet(IReadOnlyDictionary<string, string> Values, bool IsTrusted);

/// <summary>Where an AppStream instance keeps what it knows. Thread-safe; reads only.</summary>
internal interface IAppStreamMachine
{
    /// <summary>Whether this is such an instance, beyond doubt.</summary>
    bool IsAppStream();

    /// <summary>The machine's variables; always of places that administrators alone can write.</summary>
    IReadOnlyDictionary<string, string> ReadMachine();

    /// <summary>The variables of a session's user.</summary>
    VariableSet ReadUser(UserSession session);

    /// <summary>What the page that started the session passes to it; never to be trusted.</summary>
    string? ReadContext(UserSession session);
}
