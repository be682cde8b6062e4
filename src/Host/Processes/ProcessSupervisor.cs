using System.Collections;
using System.ComponentModel;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using SessionRecorder.Host.Processes.Windows;
using SessionRecorder.Host.Trust;

namespace SessionRecorder.Host.Processes;

/// <summary>The one type that starts processes.</summary>
/// <remarks>
/// On Linux a child gets a parent-death signal, so that it ends with the host however the host dies. The signal follows
/// the thread that started the child, not the process, hence the one long-lived thread. Where the system's setpriv
/// cannot do it, the reaper of recovery (<see cref="ProcessIdentity"/>) is what remains. On Windows a child is put into
/// the host's job.
/// With administrator rights, a program that others can change is not started, and the environment of what is started is
/// made of known variables (<see cref="ChildEnvironment"/>). Thread-safe.
/// </remarks>
internal sealed partial class ProcessSupervisor(ILogger<ProcessSupervisor> logger, TrustPolicy trust) : IProcessSupervisor
{
    private static readonly StarterThread Starter = new();

    // One for the life of this process: when it is closed, its members end.
    private static readonly Lazy<JobObject> Job = new();

    private readonly ParentDeathSignal _deathSignal = new();

    public IChildProcess Start(ProcessStart start)
    {
        var info = Describe(start, _deathSignal.Wrapper);
        SetEnvironment(info, start, ChildEnvironment.ForTool);
        var process = Launch(start, () => Starter.Start(info));
        if (OperatingSystem.IsWindows())
        {
            Bind(process, start.FileName);
        }

        var child = new ChildProcess(process, start.OnErrorLine);
        if (start.LowPriority)
        {
            LowerPriority(process, start.FileName);
        }

        LogStarted(start.FileName, child.Id);
        return child;
    }

    public ILaunchedProcess StartDetached(ProcessStart start)
    {
        var info = Describe(start, []);
        SetEnvironment(info, start, ChildEnvironment.ForAgent);
        var (process, errors) = Launch(start, () => !OperatingSystem.IsWindows() ? Detach(info)
            : start.WindowsSession is { } session ? (SessionStart.Start(info, session), StreamReader.Null)
            : DetachedStart.Start(info));
        LogStarted(start.FileName, process.Id);
        return new LaunchedProcess(process, errors);
    }

    private ProcessStartInfo Describe(ProcessStart start, IReadOnlyList<string> wrapper)
    {
        if (start.WindowsSession is not null && !OperatingSystem.IsWindows())
        {
            throw new ChildProcessException(
                $"{start.FileName} cannot be started in a Windows session on this system",
                start.FileName,
                isTransient: false,
                "leave WindowsSession out, and name the display in Environment");
        }

        if (!Path.IsPathFullyQualified(start.FileName))
        {
            throw new ChildProcessException(
                $"the program '{start.FileName}' is not given by an absolute path",
                start.FileName,
                isTransient: false,
                "give its absolute path");
        }

        if (!File.Exists(start.FileName))
        {
            throw new ChildProcessException(
                $"there is no program {start.FileName}", start.FileName, isTransient: false, "install it or correct the path");
        }

        string[] command = [.. wrapper, start.FileName, .. start.Arguments];
        RequireTrust(command[0]);
        RequireTrust(start.FileName);
        return new ProcessStartInfo(command[0], command[1..])
        {
            UseShellExecute = false,
            CreateNoWindow = true,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = start.WorkingDirectory ?? Path.GetDirectoryName(start.FileName),
        };
    }

    private void RequireTrust(string program)
    {
        try
        {
            trust.Require("the program", program);
        }
        catch (TrustException e)
        {
            throw new ChildProcessException(e.Message, program, isTransient: false, e.Remedy, e);
        }
    }

    private void SetEnvironment(
        ProcessStartInfo info,
        ProcessStart start,
        Func<IDictionary, IReadOnlyDictionary<string, string>, Dictionary<string, string>> make)
    {
        var variables = start.Environment;
        if (trust.IsEnforced)
        {
            variables = make(Environment.GetEnvironmentVariables(), start.Environment);
            info.Environment.Clear();
        }

        foreach (var (name, value) in variables)
        {
            info.Environment[name] = value;
        }
    }

    private static (Process Process, StreamReader Errors) Detach(ProcessStartInfo info)
    {
        var process = Starter.Start(info);
        process.StandardInput.Close();
        return (process, process.StandardError);
    }

    private static T Launch<T>(ProcessStart start, Func<T> launch)
    {
        try
        {
            return launch();
        }
        catch (SessionStartException e)
        {
            throw new ChildProcessException(
                $"{start.FileName} could not be started: {e.Message}", start.FileName, e.IsTransient, e.Remedy, e);
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException or IOException)
        {
            throw new ChildProcessException(
                $"{start.FileName} could not be started: {e.Message}",
                start.FileName,
                isTransient: true,
                "make sure that it can be run by this user",
                e);
        }
    }

    private void Bind(Process process, string fileName)
    {
        try
        {
            Job.Value.Add(process);
        }
        catch (Win32Exception e)
        {
            // It has ended already, or the system refuses: then recovery's reaper is what remains, as on Linux.
            LogUnbound(fileName, e.Message);
        }
    }

    private void LowerPriority(Process process, string fileName)
    {
        try
        {
            process.PriorityClass = ProcessPriorityClass.BelowNormal;
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException)
        {
            // It has ended already, or may not be touched: it records all the same.
            LogPriority(fileName, e.Message);
        }
    }

    [LoggerMessage(EventId = 100, Level = LogLevel.Debug, Message = "Started {FileName} as process {ProcessId}")]
    private partial void LogStarted(string fileName, int processId);

    [LoggerMessage(EventId = 101, Level = LogLevel.Information, Message = "The priority of {FileName} stays normal: {Reason}")]
    private partial void LogPriority(string fileName, string reason);

    [LoggerMessage(EventId = 102, Level = LogLevel.Information, Message = "{FileName} may outlive this program: {Reason}")]
    private partial void LogUnbound(string fileName, string reason);
}
