using Microsoft.Extensions.DependencyInjection;

namespace SessionRecorder.Plugins;

/// <summary>The plugin <c>capture.ffmpeg</c>.</summary>
public sealed class FfmpegPlugin : IRecorderPlugin
{
    /// <inheritdoc/>
    public void Configure(IPluginContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        context.AddOptions<FfmpegOptions>();
        context.Services.AddSingleton<FfmpegPrograms>();
        context.Services.AddSingleton<FfmpegDialects>();
        context.Services.AddSingleton<SegmentProbe>();
        context.Services.AddSingleton(ScreenSystem.Current);
        context.Services.AddSingleton<SourceTrial>();
        context.Services.AddSingleton<SourceSelector>();
        context.Services.AddSingleton<ICaptureSource, FfmpegCaptureSource>();
        context.Services.AddSingleton<ISelfCheck, FfmpegSelfCheck>();
    }
}
