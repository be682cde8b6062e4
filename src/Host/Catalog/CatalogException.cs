namespace SessionRecorder.Host.Catalog;

/// <summary>What was asked of the catalog is not clear, or what is stored cannot be read as a recording.</summary>
internal sealed class CatalogException(string message, string? remedy = null, Exception? innerException = null)
    : RecorderException(message, FailureScope.Session, isTransient: false, remedy, innerException);
