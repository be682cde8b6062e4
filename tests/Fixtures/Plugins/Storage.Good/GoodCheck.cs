using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;

namespace SessionRecorder.Plugins;

public sealed class GoodCheck(IOptions<GoodOptions> options) : ISelfCheck
{
    public async IAsyncEnumerable<Finding> CheckAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        yield return options.Value.Path == "/full"
            ? new Finding(FindingLevel.Problem, "/full", "the fixture's disk is full", "make room on it")
            : new Finding(FindingLevel.Ok, options.Value.Path ?? "", "the fixture can write there");
    }
}
