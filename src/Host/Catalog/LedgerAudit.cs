using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Catalog;

/// <summary>A stored ledger, read and checked by itself.</summary>
internal sealed class LedgerAudit
{
    private LedgerAudit(SessionAccount account, LedgerScan scan, bool isWhole) =>
        (Account, Scan, IsWhole) = (account, scan, isWhole);

    /// <summary>The account, as far as the chain goes.</summary>
    public SessionAccount Account { get; }

    /// <summary>The lines, as far as the chain goes.</summary>
    public LedgerScan Scan { get; }

    /// <summary>Whether the chain goes from the first line to the closing one, and ends there.</summary>
    public bool IsWhole { get; }

    /// <summary>Reads a ledger.</summary>
    /// <param name="bytes">The whole ledger.</param>
    /// <param name="faults">Where to tell what is wrong.</param>
    public static LedgerAudit Read(byte[] bytes, List<VerifyFault> faults)
    {
        var account = new SessionAccount();
        LedgerLine? last = null;
        var before = faults.Count;
        var scan = default(LedgerScan);
        try
        {
            scan = LedgerReader.Scan(new MemoryStream(bytes), StoredObjects.Ledger, line =>
            {
                last = line;
                account.Apply(line.Fact, line.At);
            });
            CheckEnd(scan, last, faults);
        }
        catch (LedgerException e)
        {
            scan = new LedgerScan((last?.Seq + 1) ?? 0, last?.End ?? 0, last?.Hash ?? LedgerLine.NoHash, 0, null);
            faults.Add(new VerifyFault(StoredObjects.Ledger, $"the chain breaks at line {e.Line}: {e.Reason}"));
        }

        if (last is not null && account.Opened is null)
        {
            faults.Add(new VerifyFault(StoredObjects.Ledger, "no line says that the session was opened"));
        }

        faults.AddRange(account.Oddities.Select(oddity => new VerifyFault(StoredObjects.Ledger, oddity)));
        return new LedgerAudit(account, scan, faults.Count == before);
    }

    private static void CheckEnd(LedgerScan scan, LedgerLine? last, List<VerifyFault> faults)
    {
        if (scan.TornBytes > 0)
        {
            faults.Add(new VerifyFault(
                StoredObjects.Ledger, $"cut or damaged: after line {scan.Lines} come {scan.TornBytes} bytes that are no line"));
        }
        else if (last?.Kind != LedgerLine.SealedKind)
        {
            var end = last is { } line ? $"line {line.Seq + 1}, which tells of '{line.Kind}'" : "nothing";
            faults.Add(new VerifyFault(
                StoredObjects.Ledger, $"cut, or never closed: it ends with {end}, not with '{LedgerLine.SealedKind}'"));
        }
    }
}
