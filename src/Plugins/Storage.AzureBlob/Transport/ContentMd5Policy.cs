using Azure.Core;
using Azure.Core.Pipeline;

namespace SessionRecorder.Plugins;

/// <summary>
/// Sends the MD5 of a body, against which the store checks what arrives. The SDK itself takes a hash known beforehand only for
/// uploads that it could not split. Thread-safe.
/// </summary>
internal sealed class ContentMd5Policy : HttpPipelinePolicy
{
    private const string Mark = "SessionRecorder.ContentMd5";

    /// <summary>Concerns the requests that this flow of control makes until it is disposed.</summary>
    public static IDisposable Send(byte[] md5) => HttpPipeline.CreateHttpMessagePropertiesScope(new Dictionary<string, object?> { [Mark] = md5 });

    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) =>
        throw new NotSupportedException("the sink makes no synchronous requests");

    public override ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        if (message.TryGetProperty(Mark, out var md5))
        {
            message.Request.Headers.SetValue("Content-MD5", Convert.ToBase64String((byte[])md5!));
        }

        return ProcessNextAsync(message, pipeline);
    }
}
