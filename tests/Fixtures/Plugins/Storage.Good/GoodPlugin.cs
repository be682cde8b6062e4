using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.DependencyInjection;

namespace SessionRecorder.Plugins;

public enum Misbehaviour
{
    None,
    ThrowInConfigure,
    RefuseInConfigure,
    RegisterNothing,
    NeedWhatNobodyRegisters,
    ThrowInService,
}

public sealed class GoodOptions
{
    [Required]
    public string? Path { get; set; }

    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(5);

    public string? SecretKey { get; set; }

    public Misbehaviour Misbehave { get; set; }
}

public sealed class NobodyRegisters;

public sealed class NeedySink(NobodyRegisters missing)
{
    public NobodyRegisters Missing { get; } = missing;
}

public sealed class GoodPlugin : IRecorderPlugin
{
    public void Configure(IPluginContext context)
    {
        context.AddOptions<GoodOptions>();
        var misbehave = context.Options["Misbehave"];
        switch (misbehave)
        {
            case nameof(Misbehaviour.ThrowInConfigure):
                throw new InvalidOperationException("the fixture throws\nas it was told");
            case nameof(Misbehaviour.RefuseInConfigure):
                throw new CaptureException(
                    "the fixture refuses", CaptureEnd.Failed, FailureScope.Host, isTransient: false, "do not ask it to");
            case nameof(Misbehaviour.RegisterNothing):
                return;
            case nameof(Misbehaviour.NeedWhatNobodyRegisters):
                context.Services.AddSingleton<NeedySink>();
                break;
        }

        context.Services.AddSingleton<IStorageSink, GoodSink>();
        context.Services.AddSingleton<ISelfCheck, GoodCheck>();
    }
}
