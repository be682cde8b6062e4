using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.DependencyInjection;

namespace SessionRecorder.Tests;

public sealed class OptionsTests
{
    public static TheoryData<string, Action<object>> Mistakes => new()
    {
        { "Container", o => Of(o).Container = "" },
        { "Container", o => Of(o).Container = "Upper" },
        { "Container", o => Of(o).Container = "https://account/container" },
        { "KeyPrefix", o => Of(o).KeyPrefix = "a/../b" },
        { "AccountUrl", o => Of(o).AccountUrl = null },
        { "AccountUrl", o => Of(o).AccountUrl = new Uri("https://account.example/?sig=secret") },
        { "AccountUrl", o => Of(o).AccountUrl = new Uri("http://account.example") },
        { "CredentialsFile", o => (Of(o).Sas, Of(o).ConnectionString) = ("secret", "secret") },
        { "CredentialsFile", o => Of(o).CredentialsFile = "relative" },
        { "Identity", o => (Of(o).Sas, Of(o).Identity) = ("secret", AzureIdentity.ManagedIdentity) },
        { "ManagedIdentityClientId", o => (Of(o).Identity, Of(o).ManagedIdentityClientId) = (AzureIdentity.Workload, Guid.NewGuid()) },
        { "Tags", o => Of(o).Tags = new() { ["a;b"] = "x" } },
        { "Tags", o => Of(o).Tags = Enumerable.Range(0, 10).ToDictionary(i => $"{i}", i => "x") },
        { "Metadata", o => Of(o).Metadata = new() { ["SHA256"] = "x" } },
        { "Metadata", o => Of(o).Metadata = new() { ["a-b"] = "x" } },
        { "RetentionDays", o => Of(o).Immutability = BlobProtection.Locked },
        { "RetentionDays", o => Of(o).RetentionDays = 30 },
        { "BlockSize", o => Of(o).BlockSize = "1kB" },
        { "BlockSize", o => Of(o).BlockSize = "1GiB" },
        { "SinglePutSize", o => Of(o).SinglePutSize = "6GiB" },
        { "Parallelism", o => Of(o).Parallelism = 0 },
        { "CaFile", o => Of(o).CaFile = "ca.crt" },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void A_mistake_is_told_with_its_key(string key, Action<object> make)
    {
        var options = new AzureBlobOptions { Container = "container", AccountUrl = new Uri("https://account.blob.core.windows.net") };
        make(options);
        var found = new List<ValidationResult>();

        Assert.False(Validator.TryValidateObject(options, new ValidationContext(options), found, validateAllProperties: true));

        Assert.Equal([key], found.SelectMany(result => result.MemberNames).Distinct());
        Assert.All(found, result => Assert.DoesNotContain("secret", result.ErrorMessage, StringComparison.Ordinal));
    }

    [Fact]
    public void The_least_that_is_needed_is_a_container_and_an_address()
    {
        var options = new AzureBlobOptions { Container = "my-container1", AccountUrl = new Uri("https://account.blob.core.windows.net") };

        Assert.True(Validator.TryValidateObject(options, new ValidationContext(options), [], validateAllProperties: true));
    }

    [Fact]
    public async Task The_plugin_registers_a_sink_that_can_take_back_and_a_check_and_asks_nobody_yet()
    {
        var context = new FakePluginContext(o => (((AzureBlobOptions)o).Container, ((AzureBlobOptions)o).AccountUrl) = ("container", new Uri("https://nowhere.invalid")));
        await using var services = context.Load(new AzureBlobPlugin());

        Assert.IsType<AzureBlobSink>(services.GetRequiredService<IStorageSink>());
        Assert.IsType<ITemporaryObjects>(services.GetRequiredService<IStorageSink>(), exactMatch: false);
        Assert.IsType<AzureBlobCheck>(services.GetRequiredService<ISelfCheck>());
    }

    private static AzureBlobOptions Of(object options) => (AzureBlobOptions)options;
}
