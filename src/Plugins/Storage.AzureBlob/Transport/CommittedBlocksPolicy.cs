using System.Text;
using Azure.Core;
using Azure.Core.Pipeline;

namespace SessionRecorder.Plugins;

/// <summary>
/// Turns a list of blocks into one of blocks that the object has already: the SDK knows only <c>Latest</c>, which would take
/// blocks that were sent and never became part of an object. Thread-safe.
/// </summary>
internal sealed class CommittedBlocksPolicy : HttpPipelinePolicy
{
    private const string Mark = "SessionRecorder.CommittedBlocks";

    /// <summary>Concerns the requests that this flow of control makes until it is disposed.</summary>
    public static IDisposable Require() => HttpPipeline.CreateHttpMessagePropertiesScope(new Dictionary<string, object?> { [Mark] = true });

    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) =>
        throw new NotSupportedException("the sink makes no synchronous requests");

    public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        if (message.TryGetProperty(Mark, out _) && message.Request.Content is { } content)
        {
            using var body = new MemoryStream();
            await content.WriteToAsync(body, message.CancellationToken);
            var text = Encoding.UTF8.GetString(body.GetBuffer(), 0, (int)body.Length)
                .Replace("<Latest>", "<Committed>", StringComparison.Ordinal)
                .Replace("</Latest>", "</Committed>", StringComparison.Ordinal);
            content.Dispose();
            var changed = Encoding.UTF8.GetBytes(text);
            message.Request.Content = RequestContent.Create(changed);
            message.Request.Headers.SetValue("Content-Length", changed.Length.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }

        await ProcessNextAsync(message, pipeline);
    }
}
