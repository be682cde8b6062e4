using System.ComponentModel.DataAnnotations;

namespace SessionRecorder.Plugins;

/// <summary>The options of <c>capture.ffmpeg</c> (docs/configuration.md).</summary>
public sealed class FfmpegOptions
{
    /// <summary>ffmpeg's absolute path; by default it is looked for in well-known places (docs/configuration.md).</summary>
    public string? FfmpegPath { get; set; }

    /// <summary>ffprobe's absolute path; by default beside ffmpeg.</summary>
    public string? FfprobePath { get; set; }

    /// <summary>How the screen is read; <c>auto</c> is the best way that a trial run proves (docs/configuration.md).</summary>
    [AllowedValues("auto", "x11grab", "gdigrab", "ddagrab", "gfxcapture")]
    public string Source { get; set; } = "auto";

    /// <summary>libx264's preset. Slower ones make smaller files and cost more CPU.</summary>
    [AllowedValues("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow")]
    public string Preset { get; set; } = "veryfast";

    /// <summary>libx264's constant rate factor: 0 is lossless, 51 the worst.</summary>
    [Range(0, 51)]
    public int Quality { get; set; } = 23;

    /// <summary>How many threads encode. More than one holds frames back and so costs seconds when the machine dies.</summary>
    [Range(1, 16)]
    public int Threads { get; set; } = 1;
}
