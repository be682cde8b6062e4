using System.Text.Json;
using System.Text.Json.Serialization;

namespace SessionRecorder.Host.Control;

/// <summary>How the control channel's messages are written; <c>--json</c> prints them the same way.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(AgentStatus))]
[JsonSerializable(typeof(StartReport))]
[JsonSerializable(typeof(StopReport))]
[JsonSerializable(typeof(double))]
internal sealed partial class ControlJson : JsonSerializerContext
{
    public static JsonSerializerOptions Messages { get; } = new(JsonSerializerDefaults.Web)
    {
        TypeInfoResolver = System.Text.Json.Serialization.Metadata.JsonTypeInfoResolver.Combine(
            Default, new System.Text.Json.Serialization.Metadata.DefaultJsonTypeInfoResolver()),
    };
}
