using SessionRecorder.Plugins.Interop;

namespace SessionRecorder.Plugins;

/// <summary>Asks an X server for the time since the last input, by its MIT-SCREEN-SAVER extension. Thread-safe.</summary>
/// <remarks>The connection is kept between calls: opening one each second would wake the session's server for nothing.</remarks>
internal sealed class X11Activity(UserSession session, TimeProvider time) : IUserActivity, IDisposable
{
    // The offset of ms_since_user_input in the reply of QueryInfo (X11/extensions/saverproto.h).
    private const int IdleOffset = 16;

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _disposal = new();
    private X11Connection? _connection;

    public Task<TimeSpan> GetIdleTimeAsync(CancellationToken cancellationToken) =>
        Task.Run(() => Ask(_disposal.Token), cancellationToken).WaitAsync(cancellationToken);

    public void Dispose()
    {
        _disposal.Cancel();
        lock (_gate)
        {
            _connection?.Dispose();
            _connection = null;
        }

        _disposal.Dispose();
    }

    private TimeSpan Ask(CancellationToken disposal)
    {
        lock (_gate)
        {
            disposal.ThrowIfCancellationRequested();
            try
            {
                _connection ??= Open(disposal);
                return TimeSpan.FromMilliseconds(_connection.Ask(() => QueryInfo(_connection)).UInt32(IdleOffset));
            }
            catch
            {
                _connection?.Dispose();
                _connection = null;
                throw;
            }
        }
    }

    private X11Connection Open(CancellationToken disposal)
    {
        XcbLibraries.Require(XcbScreenSaver.Library);
        var connection = X11Connection.Open(DisplayTarget.Of(session.Environment, session.User), time, disposal);
        if (connection.Ask(() => connection.HasExtension("MIT-SCREEN-SAVER"u8)))
        {
            return connection;
        }

        connection.Dispose();
        throw new DisplayException(
            $"the X server of display '{connection.DisplayName}' does not tell when its user last did something",
            FailureScope.Session,
            isTransient: false,
            "Start the X server with its MIT-SCREEN-SAVER extension, or do without pauses when the session is idle.");
    }

    private static XReply QueryInfo(X11Connection connection)
    {
        var cookie = XcbScreenSaver.xcb_screensaver_query_info(connection.Handle, connection.Root);
        return connection.Take(XcbScreenSaver.xcb_screensaver_query_info_reply(connection.Handle, cookie, out var error), error)
            ?? throw new DisplayException(
                $"the X server of display '{connection.DisplayName}' refused to tell when its user last did something",
                FailureScope.Session,
                isTransient: true);
    }
}
