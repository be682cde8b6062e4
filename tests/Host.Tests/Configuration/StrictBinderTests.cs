using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;
using SessionRecorder.Host.Configuration;

namespace SessionRecorder.Tests.Configuration;

public sealed class StrictBinderTests
{
    [Fact]
    public void Every_supported_type_is_bound()
    {
        var options = Bind(
            out var errors,
            ("Text", "a"), ("Flag", "TRUE"), ("Whole", "-3"), ("Large", "5000000000"), ("Number", "1.5"), ("Day", "week-end"),
            ("Time", "1m30s"), ("Size", "64MB"), ("Address", "https://host/x"), ("Maybe", "4"), ("MaybeTime", "00:00:02"),
            ("Inner:Name", "n"), ("Names:0", "x"), ("Names:1", "y"), ("Array:0", "1"), ("ByName:one:Name", "o"), ("Limits:cpu", "2"),
            ("Free:anything:goes", "here"));

        Assert.Empty(errors);
        Assert.Equal(("a", true, -3, 5_000_000_000, 1.5), (options.Text, options.Flag, options.Whole, options.Large, options.Number));
        Assert.Equal(Kind.WeekEnd, options.Day);
        Assert.Equal(TimeSpan.FromSeconds(90), options.Time);
        Assert.Equal(64_000_000, options.Size.Bytes);
        Assert.Equal(new Uri("https://host/x"), options.Address);
        Assert.Equal((4, TimeSpan.FromSeconds(2)), (options.Maybe, options.MaybeTime));
        Assert.Equal("n", options.Inner.Name);
        Assert.Equal(["x", "y"], options.Names);
        Assert.Equal([1], options.Array);
        Assert.Equal("o", options.ByName["ONE"].Name);
        Assert.Equal(2, options.Limits!["cpu"]);
        Assert.Equal("here", options.Free!["anything:goes"]);
    }

    [Fact]
    public void What_is_not_given_keeps_its_default()
    {
        var options = Bind(out var errors, ("Inner:Name", "n"));

        Assert.Empty(errors);
        Assert.Equal(("default", 7, "before"), (options.Text, options.Inner.Count, Assert.Single(options.Names)));
        Assert.Null(options.Maybe);
    }

    [Theory]
    [InlineData("Whole", "1.5", "must be a whole number")]
    [InlineData("Whole", "3000000000", "must be a whole number")]
    [InlineData("Flag", "yes", "must be true or false")]
    [InlineData("Day", "1", "must be one of work-day, week-end")]
    [InlineData("Address", "/path", "must be an absolute address such as https://host/path")]
    [InlineData("Text:Inner", "a", null)]
    [InlineData("Names", "a", "must be a list, e.g. [ \"a\" ], not a single value")]
    [InlineData("Names:first", "a", "belongs to a list, whose items are numbered from 0")]
    [InlineData("Array:0", "x", "must be a whole number")]
    [InlineData("ByName", "a", "must be a group of named settings, not a single value")]
    [InlineData("Inner", "a", "is a group of settings (Name, Count), not a single value")]
    [InlineData("Inner:Count", "11", "must be a whole number, from 1 to 10")]
    [InlineData("Inner:Cout", "1", "unknown key; did you mean Count?")]
    [InlineData("ByName:one:Count", "0", "must be a whole number, from 1 to 10")]
    public void What_does_not_fit_is_told_with_its_key(string key, string value, string? problem)
    {
        Bind(out var errors, (key, value));

        var error = Assert.Single(errors);
        Assert.Equal(problem is null ? "Here:Text" : "Here:" + key, error.Key);
        Assert.Equal(problem ?? "must be a text, not a group of settings or a list", error.Problem);
        Assert.Equal(problem is null ? null : value, error.Value);
    }

    [Fact]
    public void A_class_that_validates_itself_names_the_member()
    {
        Bind(out var errors, ("Text", "forbidden"));

        Assert.Equal(new ConfigurationError("Here:Text", "forbidden", "must not be that"), Assert.Single(errors));
    }

    private static AllTypes Bind(out List<ConfigurationError> errors, params (string Key, string Value)[] values)
    {
        errors = [];
        var section = new ConfigurationBuilder()
            .AddInMemoryCollection(values.Select(v => KeyValuePair.Create<string, string?>("Here:" + v.Key, v.Value)))
            .Build()
            .GetSection("Here");
        return StrictBinder.Bind<AllTypes>(section, errors);
    }

    private enum Kind
    {
        WorkDay,
        WeekEnd,
    }

    private sealed class InnerOptions
    {
        public string? Name { get; set; }

        [Range(1, 10)]
        public int Count { get; set; } = 7;
    }

    private sealed class AllTypes : IValidatableObject
    {
        public string Text { get; set; } = "default";

        public bool Flag { get; set; }

        public int Whole { get; set; }

        public long Large { get; set; }

        public double Number { get; set; }

        public Kind Day { get; set; }

        public TimeSpan Time { get; set; }

        public ByteSize Size { get; set; }

        public Uri? Address { get; set; }

        public int? Maybe { get; set; }

        public TimeSpan? MaybeTime { get; set; }

        public InnerOptions Inner { get; set; } = new();

        public List<string> Names { get; set; } = ["before"];

        public int[] Array { get; set; } = [];

        public Dictionary<string, InnerOptions> ByName { get; set; } = [];

        public IReadOnlyDictionary<string, int>? Limits { get; set; }

        public IConfiguration? Free { get; set; }

        public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
        {
            if (Text == "forbidden")
            {
                yield return new("must not be that", [nameof(Text)]);
            }
        }
    }
}
