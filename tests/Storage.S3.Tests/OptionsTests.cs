using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.DependencyInjection;

namespace SessionRecorder.Tests;

public sealed class OptionsTests
{
    public static TheoryData<string, Action<object>> Mistakes => new()
    {
        { "Bucket", o => Of(o).Bucket = "" },
        { "Bucket", o => Of(o).Bucket = "https://bucket.example" },
        { "KeyPrefix", o => Of(o).KeyPrefix = "a/../b" },
        { "Endpoint", o => Of(o).Endpoint = new Uri("ftp://host") },
        { "Endpoint", o => Of(o).Endpoint = new Uri("https://user:password@host") },
        { "Region", o => Of(o).Region = "Frankfurt!" },
        { "StorageClass", o => Of(o).StorageClass = "standard ia" },
        { "KmsKeyId", o => Of(o).KmsKeyId = "key" },
        { "RetentionDays", o => Of(o).ObjectLock = S3ObjectLock.Compliance },
        { "RetentionDays", o => Of(o).RetentionDays = 30 },
        { "RetentionDays", o => (Of(o).ObjectLock, Of(o).RetentionDays) = (S3ObjectLock.Compliance, 0) },
        { "Tags", o => Of(o).Tags = Enumerable.Range(0, 11).ToDictionary(i => $"{i}", i => "x") },
        { "PartSize", o => Of(o).PartSize = "4MiB" },
        { "PartSize", o => Of(o).PartSize = "much" },
        { "PartSize", o => Of(o).PartSize = "6GiB" },
        { "SecretAccessKey", o => Of(o).AccessKeyId = "id" },
        { "AccessKeyId", o => Of(o).SecretAccessKey = "secret" },
        { "AccessKeyId", o => (Of(o).AccessKeyId, Of(o).SecretAccessKey, Of(o).Profile) = ("id", "secret", "profile") },
        { "SessionToken", o => Of(o).SessionToken = "token" },
        { "AssumeRoleExternalId", o => Of(o).AssumeRoleExternalId = "id" },
        { "AssumeRoleEndpoint", o => Of(o).AssumeRoleEndpoint = new Uri("https://sts.example") },
        { "AssumeRoleSessionName", o => Of(o).AssumeRoleSessionName = "no blanks" },
        { "AssumeRoleDuration", o => Of(o).AssumeRoleDuration = TimeSpan.FromMinutes(1) },
        { "CredentialsFile", o => Of(o).CredentialsFile = "credentials" },
        { "CaFile", o => Of(o).CaFile = "ca.crt" },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void A_mistake_is_told_with_its_key(string key, Action<object> make)
    {
        var options = new S3StorageOptions { Bucket = "bucket" };
        make(options);
        var found = new List<ValidationResult>();

        Assert.False(Validator.TryValidateObject(options, new ValidationContext(options), found, validateAllProperties: true));

        Assert.Equal([key], found.SelectMany(result => result.MemberNames).Distinct());
        Assert.All(found, result => Assert.DoesNotContain("secret", result.ErrorMessage!.Replace("a secret", "", StringComparison.Ordinal), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("16MiB", 16L << 20)]
    [InlineData("8mb", 8_000_000)]
    [InlineData("1.5 GiB", 3L << 29)]
    [InlineData("5242880", 5 << 20)]
    public void A_size_is_written_as_everywhere(string text, long bytes)
    {
        Assert.True(SizeText.TryParse(text, out var parsed));
        Assert.Equal(bytes, parsed);
    }

    [Fact]
    public async Task The_plugin_registers_a_sink_and_a_check_and_asks_nobody_yet()
    {
        var context = new FakePluginContext(o => ((S3StorageOptions)o).Bucket = "bucket");
        context.Services.AddSingleton<IProcessSupervisor>(new PlainSupervisor());
        await using var services = context.Load(new S3StoragePlugin());

        Assert.IsType<S3StorageSink>(services.GetRequiredService<IStorageSink>());
        Assert.IsType<S3StorageCheck>(services.GetRequiredService<ISelfCheck>());
    }

    private static S3StorageOptions Of(object options) => (S3StorageOptions)options;
}
