using System.ComponentModel.DataAnnotations;
using SessionRecorder.Plugins;

namespace SessionRecorder.Tests;

/// <summary>Where the instance metadata service is asked.</summary>
public sealed class EndpointTests
{
    [Theory]
    [InlineData(null, "http://169.254.169.254/")]
    [InlineData("http://127.0.0.1:8000/", "http://127.0.0.1:8000/")]
    [InlineData("http://localhost:8000", "http://localhost:8000/")]
    [InlineData("http://[fd00:ec2::254]", "http://[fd00:ec2::254]/")]
    [InlineData("http://169.254.170.2", "http://169.254.170.2/")]
    [InlineData("http://203.0.113.7/", "http://169.254.169.254/")]
    [InlineData("http://evil.example/", "http://169.254.169.254/")]
    [InlineData("http://127.0.0.1.evil.example/", "http://169.254.169.254/")]
    [InlineData("http://u:p@127.0.0.1/", "http://169.254.169.254/")]
    [InlineData("file:///etc/passwd", "http://169.254.169.254/")]
    [InlineData("rubbish", "http://169.254.169.254/")]
    public void The_environment_may_name_a_place_of_this_machine_or_link_alone(string? variable, string endpoint) =>
        Assert.Equal(endpoint, MetadataEndpoint.Choose(new Ec2Options(), name => name == "AWS_EC2_METADATA_SERVICE_ENDPOINT" ? variable : null)!.AbsoluteUri);

    [Fact]
    public void The_configuration_goes_over_the_environment_and_both_yield_to_the_switch()
    {
        Func<string, string?> environment = name => name == "AWS_EC2_METADATA_SERVICE_ENDPOINT" ? "http://127.0.0.1/" : null;

        Assert.Equal("http://[fd00:ec2::254]/", MetadataEndpoint.Choose(new Ec2Options { MetadataIPv6 = true }, environment)!.AbsoluteUri);
        Assert.Equal("http://imds.test/", MetadataEndpoint.Choose(new Ec2Options { MetadataEndpoint = new("http://imds.test/") }, environment)!.AbsoluteUri);
        Assert.Null(MetadataEndpoint.Choose(new Ec2Options(), name => name == "AWS_EC2_METADATA_DISABLED" ? "TRUE" : null));
    }

    [Theory]
    [InlineData("http://169.254.169.254", false, true)]
    [InlineData("ftp://x/", false, false)]
    [InlineData("http://x/?q", false, false)]
    [InlineData("http://x/", true, false)]
    public void The_options_are_checked(string endpoint, bool ipv6, bool isValid)
    {
        var options = new Ec2Options { MetadataEndpoint = new Uri(endpoint), MetadataIPv6 = ipv6 };

        Assert.Equal(isValid, Validator.TryValidateObject(options, new ValidationContext(options), [], validateAllProperties: true));
    }
}
