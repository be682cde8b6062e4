using System.Runtime.CompilerServices;

namespace SessionRecorder.Plugins;

/// <summary>Tells <c>doctor</c> which ffmpeg is used.</summary>
internal sealed class FfmpegSelfCheck(FfmpegPrograms programs) : ISelfCheck
{
    public async IAsyncEnumerable<Finding> CheckAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return Check("ffmpeg", () => programs.Ffmpeg);
        yield return Check("ffprobe", () => programs.Ffprobe);
        await Task.CompletedTask;
    }

    private static Finding Check(string subject, Func<string> path)
    {
        try
        {
            return new Finding(FindingLevel.Ok, subject, path());
        }
        catch (CaptureException e)
        {
            return new Finding(FindingLevel.Problem, subject, e.Message, e.Remedy);
        }
    }
}
