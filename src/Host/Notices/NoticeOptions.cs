using System.ComponentModel.DataAnnotations;

namespace SessionRecorder.Host.Notices;

/// <summary>Whether and how the session's user is told.</summary>
internal enum NoticeShow
{
    /// <summary>Nothing is shown.</summary>
    None,

    /// <summary>A text that stands aside and goes by itself.</summary>
    Notification,

    /// <summary>A text in the middle of the screen, until it is answered or its time is over.</summary>
    MessageBox,
}

/// <summary>The notice to the session's user that it is recorded. Described in docs/configuration.md.</summary>
internal sealed class NoticeOptions : IValidatableObject
{
    private const int LongestText = 1000;
    private const int MostLines = 15;

    /// <summary>What it says; see <see cref="NoticeText"/>.</summary>
    public string Text { get; set; } = "This session is being recorded.";

    public NoticeShow Show { get; set; } = NoticeShow.None;

    /// <summary>After how long it goes by itself.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (string.IsNullOrWhiteSpace(Text) || Text.Length > LongestText)
        {
            yield return new($"must have 1 to {LongestText} characters, and not blanks alone", [nameof(Text)]);
        }
        else if (Text.Any(character => char.IsControl(character) && character != '\n') || Text.Count(character => character == '\n') >= MostLines)
        {
            yield return new($"must be at most {MostLines} lines (\\n) without other control characters", [nameof(Text)]);
        }
        else if (NoticeText.FindUnknown(Text) is { } unknown)
        {
            yield return new($"holds {unknown}; known are {{user}} and {{host}}", [nameof(Text)]);
        }
    }
}
