using SessionRecorder.Plugins;

namespace SessionRecorder.Tests;

/// <summary>Profile scripts, friendly and hostile: what is plain is taken, and nothing is run.</summary>
public sealed class ProfileScriptTests
{
    private static readonly string[] Names = ["A", "B", "STACK"];

    [Theory]
    [InlineData("export A=plain", "plain")]
    [InlineData("A=plain\nexport A", "plain")]
    [InlineData("export A=\"two words\"", "two words")]
    [InlineData("export A='it is $HOME and `id`'", "it is $HOME and `id`")]
    [InlineData("A='it'\"'\"'s'", "it's")]
    [InlineData("A='it'\\''s'", "it's")]
    [InlineData("A=a\\ b", "a b")]
    [InlineData("A=\"say \\\"hi\\\" \\$5 \\x\"", "say \"hi\" $5 \\x")]
    [InlineData("A=x # and so on", "x")]
    [InlineData("A=x#y", "x#y")]
    [InlineData("# A=no\nA=yes", "yes")]
    [InlineData("A=first; A=last", "last")]
    [InlineData("\uFEFFexport A=bom\r\nexport B=crlf\r\n", "bom")]
    [InlineData("declare -x A=\"bash\"", "bash")]
    [InlineData("export B=1 A=2", "2")]
    [InlineData("A=con\\\ntinued", "continued")]
    [InlineData("A=arn:aws:appstream:eu-west-1:123456789012:image/x", "arn:aws:appstream:eu-west-1:123456789012:image/x")]
    [InlineData("A=\"Ünïcødé 名前\"", "Ünïcødé 名前")]
    public void A_plain_value_is_taken(string script, string value) => Assert.Equal(value, ProfileScript.Parse(script, Names)["A"]);

    [Theory]
    [InlineData("A=$(touch {0})")]
    [InlineData("A=\"$(touch {0})\"")]
    [InlineData("A=`touch {0}`")]
    [InlineData("A=\"`touch {0}`\"")]
    [InlineData("A=x; touch {0}; A=$B")]
    [InlineData("A=${B:-$(touch {0})}")]
    [InlineData("A=$'a\\nb'")]
    [InlineData("A=<(touch {0})")]
    [InlineData("A=x | touch {0}")]
    [InlineData("A=x & touch {0}")]
    [InlineData("A=x touch {0}")]
    [InlineData("A=\"a\nb\"")]
    [InlineData("A='a\rb'")]
    [InlineData("A=\"never closed\nB=x")]
    [InlineData("A='never closed")]
    [InlineData("A=")]
    [InlineData("A=good\nA=$(touch {0})")]
    [InlineData("echo A=x")]
    [InlineData("echo 'one\nA=x\n'")]
    [InlineData("B=$(\nA=x\n)")]
    [InlineData("(A=x)")]
    [InlineData(" A-B=x\nA.B=x\nexport -n AA=x")]
    [InlineData("A")]
    [InlineData("export A")]
    [InlineData("\\")]
    [InlineData("A=\\")]
    [InlineData("$")]
    [InlineData("A=\"$")]
    public void What_a_shell_alone_could_tell_is_unknown_and_nothing_is_run(string script)
    {
        var mark = Path.Combine(Path.GetTempPath(), $"profile-{Guid.NewGuid():N}");

        Assert.DoesNotContain("A", ProfileScript.Parse(script.Replace("{0}", mark, StringComparison.Ordinal), Names));

        Assert.False(File.Exists(mark));
    }

    [Fact]
    public void No_other_name_is_taken()
    {
        var found = ProfileScript.Parse("export LD_PRELOAD=/tmp/x.so PATH=/tmp A=1\nexport AWS_SECRET_ACCESS_KEY=s\na=2", Names);

        Assert.Equal(new Dictionary<string, string> { ["A"] = "1" }, found);
    }

    [Fact]
    public void An_overlong_value_is_unknown() =>
        Assert.Empty(ProfileScript.Parse($"A={new string('x', 5000)}", Names));

    [Fact]
    public void Rubbish_is_read_to_its_end()
    {
        var random = new Random(1);
        const string Pieces = "AB='\"\\$`(){};&|<>#\n\r\t xé名 \0";
        for (var round = 0; round < 5000; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(60)).Select(_ => Pieces[random.Next(Pieces.Length)]));
            Assert.All(ProfileScript.Parse(text, Names).Values, value => Assert.DoesNotContain(value, char.IsControl));
        }
    }
}
