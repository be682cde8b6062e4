using System.Collections;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Logging;

/// <summary>Writes what was logged as one line of JSON, in ASCII: whatever a text holds, it can neither end the line nor steer a terminal.</summary>
internal static class LogLine
{
    /// <summary>Longer texts are cut: one line must not fill a file.</summary>
    private const int LongestText = 16_000;

    private const string MethodPrefix = "Log";
    private const string Template = "{OriginalFormat}";

    /// <summary>Writes a line, without its end.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="entry">What was logged.</param>
    /// <param name="secrets">What is hidden in it.</param>
    public static void Write(Utf8JsonWriter json, in LogRecord entry, LogSecrets secrets)
    {
        json.WriteStartObject();
        json.WriteString("at", SessionTime.Format(entry.At));
        json.WriteString("level", entry.Level.ToString());
        if (entry.Event.Id != 0)
        {
            json.WriteNumber("eventId", entry.Event.Id);
        }

        if (entry.Event.Name is { Length: > 0 } name)
        {
            json.WriteString("event", name.StartsWith(MethodPrefix, StringComparison.Ordinal) ? name[MethodPrefix.Length..] : name);
        }

        json.WriteString("source", entry.Source);
        if (entry.SessionId is { } session)
        {
            json.WriteString("session", session);
        }

        json.WriteString("message", Clean(entry.Message, secrets));
        WriteValues(json, entry.State as IEnumerable<KeyValuePair<string, object?>>, secrets);
        if (entry.Exception is { } exception)
        {
            json.WriteString("exception", Clean(exception.ToString(), secrets));
        }

        json.WriteEndObject();
        json.Flush();
    }

    private static void WriteValues(Utf8JsonWriter json, IEnumerable<KeyValuePair<string, object?>>? values, LogSecrets secrets)
    {
        var isOpen = false;
        foreach (var (name, value) in values ?? [])
        {
            if (name == Template)
            {
                continue;
            }

            if (!isOpen)
            {
                json.WriteStartObject("values");
                isOpen = true;
            }

            json.WritePropertyName(Clean(name, secrets));
            WriteValue(json, value, secrets);
        }

        if (isOpen)
        {
            json.WriteEndObject();
        }
    }

    private static void WriteValue(Utf8JsonWriter json, object? value, LogSecrets secrets)
    {
        switch (value)
        {
            case null:
                json.WriteNullValue();
                break;
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            case int number:
                json.WriteNumberValue(number);
                break;
            case long number:
                json.WriteNumberValue(number);
                break;
            case double number when double.IsFinite(number):
                json.WriteNumberValue(number);
                break;
            case DateTimeOffset moment:
                json.WriteStringValue(SessionTime.Format(moment));
                break;
            case string text:
                json.WriteStringValue(Clean(text, secrets));
                break;
            case IFormattable formattable:
                json.WriteStringValue(Clean(formattable.ToString(null, CultureInfo.InvariantCulture), secrets));
                break;
            case IEnumerable items:
                json.WriteStringValue(Clean(string.Join(", ", items.Cast<object?>()), secrets));
                break;
            default:
                json.WriteStringValue(Clean(value.ToString() ?? "", secrets));
                break;
        }
    }

    private static string Clean(string text, LogSecrets secrets)
    {
        // Hidden first: a secret that is cut in two would not be found.
        var hidden = secrets.Hide(text);
        return hidden.Length <= LongestText ? hidden : string.Concat(hidden.AsSpan(0, LongestText), "…");
    }
}

/// <summary>What was logged.</summary>
internal readonly record struct LogRecord(
    DateTimeOffset At, LogLevel Level, EventId Event, string Source, string? SessionId, string Message, object? State, Exception? Exception);
