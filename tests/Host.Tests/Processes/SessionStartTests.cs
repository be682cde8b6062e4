using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using SessionRecorder.Host.Processes.Windows;

namespace SessionRecorder.Tests.Processes;

/// <summary>Starting in another Windows session, against recorded answers of Windows.</summary>
public sealed class SessionStartTests
{
    private static readonly ProcessStartInfo Info = new(@"C:\Program Files\recorder.exe", ["record", "--agent", "a b"])
    {
        WorkingDirectory = @"C:\Program Files",
    };

    [Fact]
    public void A_copy_of_the_own_token_is_moved_into_the_session_and_the_process_is_on_its_desktop()
    {
        using var self = Process.GetCurrentProcess();
        var windows = new RecordedWindows { Process = self };

        Assert.Same(self, SessionStart.Start(windows, Info, 3, "A=1\0\0"));

        Assert.Equal(["open", "duplicate", "session 3", "create"], windows.Calls);
        Assert.Equal(
            new SessionStartRequest(
                Info.FileName, @"""C:\Program Files\recorder.exe"" record --agent ""a b""", "A=1\0\0", Info.WorkingDirectory, @"winsta0\default"),
            windows.Request);
    }

    [Theory]
    [InlineData("session 3", 1314, false, "LocalSystem")]
    [InlineData("create", 1314, false, "LocalSystem")]
    [InlineData("session 3", 5, false, "LocalSystem")]
    [InlineData("create", 5, true, "denies access")]
    [InlineData("session 3", 87, true, "there is no session 3")]
    [InlineData("create", 7022, true, "there is no session 3")]
    [InlineData("create", 1450, true, "no resources")]
    [InlineData("duplicate", 8, true, "DuplicateTokenEx")]
    public void What_Windows_refuses_becomes_a_cause_with_a_remedy(string call, int error, bool isTransient, string words)
    {
        var windows = new RecordedWindows { FailingCall = call, Error = error };

        var failure = Assert.Throws<SessionStartException>(() => SessionStart.Start(windows, Info, 3, "\0"));

        Assert.Contains(words, failure.Message, StringComparison.Ordinal);
        Assert.Contains($"{error}", failure.Message, StringComparison.Ordinal);
        Assert.Equal((isTransient, error), (failure.IsTransient, failure.NativeErrorCode));
        Assert.NotEmpty(failure.Remedy);
        Assert.Equal(call, windows.Calls[^1]);
    }

    private sealed class RecordedWindows : ISessionStartApi
    {
        public List<string> Calls { get; } = [];

        public string? FailingCall { get; init; }

        public int Error { get; init; }

        public Process? Process { get; init; }

        public SessionStartRequest? Request { get; private set; }

        public int OpenOwnToken(out SafeHandle token)
        {
            token = new SafeFileHandle();
            return Answer("open");
        }

        public int DuplicatePrimary(SafeHandle token, out SafeHandle primary)
        {
            primary = new SafeFileHandle();
            return Answer("duplicate");
        }

        public int SetSession(SafeHandle token, int session) => Answer($"session {session}");

        public int CreateProcess(SafeHandle token, SessionStartRequest start, out Process? process)
        {
            (Request, process) = (start, Process);
            return Answer("create");
        }

        private int Answer(string call)
        {
            Calls.Add(call);
            return call == FailingCall ? Error : 0;
        }
    }
}
