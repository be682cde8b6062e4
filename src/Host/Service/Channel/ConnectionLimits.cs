namespace SessionRecorder.Host.Service.Channel;

/// <summary>How many connections there may be, of one user and of all together. Thread-safe.</summary>
/// <param name="ofOne">Of one user.</param>
/// <param name="ofAll">Of all, without administrators, so that these always get through.</param>
internal sealed class ConnectionLimits(int ofOne, int ofAll)
{
    private readonly Dictionary<string, int> _open = [];
    private int _all;

    /// <summary>Counts a connection.</summary>
    /// <param name="key">Whose it is.</param>
    /// <returns>Whether it may stay; then <see cref="Leave"/> is owed.</returns>
    public bool TryEnter(string key)
    {
        lock (_open)
        {
            var own = _open.GetValueOrDefault(key);
            if (own >= ofOne || _all >= ofAll)
            {
                return false;
            }

            _open[key] = own + 1;
            _all++;
            return true;
        }
    }

    /// <summary>A connection that was counted has ended.</summary>
    public void Leave(string key)
    {
        lock (_open)
        {
            _all--;
            if (--_open[key] == 0)
            {
                _open.Remove(key);
            }
        }
    }
}
