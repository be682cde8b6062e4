using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace SessionRecorder.Tests.Deployment;

/// <summary>A CloudFormation template with its parameters put in: what the account would get.</summary>
internal sealed partial class CloudFormation
{
    private const string NoValue = "AWS::NoValue";

    private readonly JsonObject _template;
    private readonly Dictionary<string, string> _values = new()
    {
        ["AWS::Region"] = "eu-central-1", ["AWS::AccountId"] = "111122223333", ["AWS::Partition"] = "aws", ["AWS::StackName"] = "stack",
    };

    public CloudFormation(string file, params (string Name, string Value)[] parameters)
    {
        _template = JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Folder, "deploy", "aws", file)))!.AsObject();
        foreach (var (name, parameter) in _template["Parameters"]!.AsObject())
        {
            if (parameter!["Default"] is { } value)
            {
                _values[name] = value.ToString();
            }
        }

        foreach (var (name, value) in parameters)
        {
            Assert.Contains(name, _template["Parameters"]!.AsObject().Select(parameter => parameter.Key));
            _values[name] = value;
        }
    }

    /// <summary>The resources that are made, by name.</summary>
    public IReadOnlyDictionary<string, JsonObject> Resources => Made("Resources");

    /// <summary>The outputs' values that there are, by name.</summary>
    public IReadOnlyDictionary<string, string> Outputs => Made("Outputs").ToDictionary(output => output.Key, output => (string)output.Value["Value"]!);

    /// <summary>All statements of the identity policies that are made.</summary>
    public IEnumerable<JsonObject> Statements(string policy) =>
        Resources[policy]["Properties"]!["PolicyDocument"]!["Statement"]!.AsArray().Select(statement => statement!.AsObject());

    /// <summary>A value that may stand alone or in a list.</summary>
    public static IReadOnlyList<string> Texts(JsonNode? node) => node switch
    {
        null => [],
        JsonArray list => [.. list.Select(item => (string)item!)],
        _ => [(string)node!],
    };

    private Dictionary<string, JsonObject> Made(string part) => _template[part]!.AsObject()
        .Where(item => item.Value!["Condition"] is not { } condition || Holds((string)condition!))
        .ToDictionary(item => item.Key, item => Resolve(item.Value)!.AsObject());

    private bool Holds(string condition) => Evaluate(_template["Conditions"]![condition]!.AsObject());

    private bool Evaluate(JsonObject condition) => condition.Single() switch
    {
        { Key: "Fn::Equals", Value: var sides } => Resolve(sides![0])!.ToString() == Resolve(sides[1])!.ToString(),
        { Key: "Fn::Not", Value: var inner } => !Evaluate(inner![0]!.AsObject()),
        var other => throw new NotSupportedException(other.Key),
    };

    /// <returns>What stands for a node; null for AWS::NoValue.</returns>
    private JsonNode? Resolve(JsonNode? node)
    {
        switch (node)
        {
            case JsonArray list:
                return new JsonArray([.. list.Select(Resolve).Where(item => item is not null)]);
            case JsonObject { Count: 1 } call when call.Single() is { Key: "Ref" or "Condition" or ['F', 'n', ':', ':', ..] } entry
                && entry is not { Key: "Condition", Value: JsonObject }:
                return Call(entry.Key, entry.Value!);
            case JsonObject group:
                var made = group.Select(entry => KeyValuePair.Create(entry.Key, Resolve(entry.Value))).Where(entry => entry.Value is not null);
                return new JsonObject(made.ToArray());
            default:
                return node?.DeepClone();
        }
    }

    private JsonNode? Call(string function, JsonNode argument) => function switch
    {
        "Ref" when (string)argument! == NoValue => null,
        "Ref" => JsonValue.Create(Value((string)argument!)),
        "Fn::GetAtt" => JsonValue.Create($"{argument[0]}.{argument[1]}"),
        "Fn::If" => Resolve(argument[Holds((string)argument[0]!) ? 1 : 2]),
        "Fn::Join" => JsonValue.Create(string.Join((string)argument[0]!, Resolve(argument[1])!.AsArray().Select(item => (string)item!))),
        "Fn::Sub" when argument is JsonArray => JsonValue.Create(Substitute((string)argument[0]!, Resolve(argument[1])!.AsObject())),
        "Fn::Sub" => JsonValue.Create(Substitute((string)argument!, [])),
        _ => JsonValue.Create(function),
    };

    private string Substitute(string text, JsonObject own) => Variable().Replace(
        text, match => own[match.Groups[1].Value] is { } value ? (string)value! : Value(match.Groups[1].Value));

    private string Value(string name) => _values.GetValueOrDefault(name, name);

    [GeneratedRegex(@"\$\{([^}]+)\}")]
    private static partial Regex Variable();
}
