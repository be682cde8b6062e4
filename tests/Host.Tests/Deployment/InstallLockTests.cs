using SessionRecorder.Host.Deployment;
using SessionRecorder.Host.Trust;

namespace SessionRecorder.Tests.Deployment;

/// <summary>Two installs at once would copy into each other's folder, and delete what the other has just placed.</summary>
public sealed class InstallLockTests : IDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(2);

    private readonly FakeMachine _machine = new();

    private string Program => _machine.At("/opt/session-recorder");

    public void Dispose() => _machine.Dispose();

    [Fact]
    public async Task A_second_waits_for_the_first_and_says_so_where_that_takes_too_long()
    {
        await _machine.InstallAsync();
        var first = await TakeAsync(TimeSpan.Zero);

        var busy = await Assert.ThrowsAsync<InstallBusyException>(() => TakeAsync(TimeSpan.Zero));
        Assert.Contains("another install or uninstall", busy.Message, StringComparison.Ordinal);

        var second = TakeAsync(Long);
        Assert.False(second.IsCompleted);
        first.Dispose();
        (await second.WaitAsync(Long, TestContext.Current.CancellationToken)).Dispose();
    }

    [Fact]
    public async Task An_install_that_is_refused_leaves_no_folder()
    {
        (await TakeAsync(TimeSpan.Zero)).Dispose();
        Assert.False(Directory.Exists(Program));
    }

    [Fact]
    public async Task It_is_in_the_way_of_no_step_of_an_install_nor_of_an_uninstall()
    {
        var said = (await _machine.PlanAsync()).Steps.Select(step => step.Description);
        using (await TakeAsync(TimeSpan.Zero))
        {
            Assert.Equal(said, await FakeMachine.DoAsync(await _machine.PlanAsync()));
        }

        Assert.Empty((await _machine.PlanAsync()).Steps);
        using (var held = await TakeAsync(TimeSpan.Zero))
        {
            var planner = new UninstallPlanner(_machine.Request(), TrustPolicy.Off, _machine, held);
            await FakeMachine.DoAsync(await planner.PlanAsync(purge: true, TestContext.Current.CancellationToken));
        }

        Assert.False(Directory.Exists(Program));
    }

    private Task<InstallLock> TakeAsync(TimeSpan patience) =>
        InstallLock.TakeAsync(_machine.Layout, TrustPolicy.Off, patience, TimeProvider.System, TestContext.Current.CancellationToken);
}
