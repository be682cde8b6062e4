using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace SessionRecorder.Host.Configuration;

/// <summary>Checks a bound options class by its validation attributes and its own <see cref="IValidatableObject"/>.</summary>
internal static class OptionsValidation
{
    /// <summary>Adds what is wrong. A property that could not be bound has its error already and is left alone.</summary>
    public static void Validate(
        object instance, PropertyInfo[] properties, IConfiguration section, string path, List<ConfigurationError> errors)
    {
        foreach (var property in properties)
        {
            var context = new ValidationContext(instance) { MemberName = property.Name };
            foreach (var rule in property.GetCustomAttributes<ValidationAttribute>())
            {
                if (Check(rule, property.GetValue(instance), context) is { } broken)
                {
                    Add(property.Name, Describe(rule, property, broken));
                }
            }
        }

        if (instance is IValidatableObject validatable)
        {
            foreach (var broken in validatable.Validate(new ValidationContext(instance)))
            {
                Add(broken.MemberNames.FirstOrDefault() ?? "", broken.ErrorMessage ?? "is not valid");
            }
        }

        void Add(string member, string problem)
        {
            var key = member.Length == 0 ? path : path.Length == 0 ? member : $"{path}:{member}";
            if (!errors.Exists(e => e.Key.Equals(key, StringComparison.OrdinalIgnoreCase)))
            {
                var value = member.Length == 0 ? null : section[member];
                errors.Add(new ConfigurationError(key, value is null ? null : SecretKeys.Show(key, value), problem));
            }
        }
    }

    /// <summary>
    /// A range of durations is compared here: the attribute would have TypeDescriptor convert its limits, and keep that loaded in
    /// every agent for as long as it records.
    /// </summary>
    private static ValidationResult? Check(ValidationAttribute rule, object? value, ValidationContext context)
    {
        if (value is not TimeSpan time
            || rule is not RangeAttribute { Minimum: string least, Maximum: string most, MinimumIsExclusive: false, MaximumIsExclusive: false })
        {
            return rule.GetValidationResult(value, context);
        }

        return time >= TimeSpan.Parse(least, CultureInfo.InvariantCulture) && time <= TimeSpan.Parse(most, CultureInfo.InvariantCulture)
            ? ValidationResult.Success
            : new ValidationResult(rule.ErrorMessage);
    }

    private static string Describe(ValidationAttribute rule, PropertyInfo property, ValidationResult broken)
    {
        if (rule.ErrorMessage is not null || rule.ErrorMessageResourceName is not null)
        {
            return broken.ErrorMessage!;
        }

        return rule switch
        {
            RequiredAttribute => $"must be given: {Allowed(property)}",
            RangeAttribute range => $"must be {Allowed(property)}, from {Limit(range, range.Minimum)} to {Limit(range, range.Maximum)}",
            StringLengthAttribute length => $"must have {length.MinimumLength} to {length.MaximumLength} characters",
            MaxLengthAttribute length => $"must be at most {length.Length} long",
            MinLengthAttribute length => $"must be at least {length.Length} long",
            AllowedValuesAttribute allowed => $"must be one of {string.Join(", ", allowed.Values)}",
            RegularExpressionAttribute pattern => $"must match {pattern.Pattern}",
            _ => broken.ErrorMessage ?? "is not valid",
        };
    }

    private static string Allowed(PropertyInfo property) => ValueParser.IsSingleValue(property.PropertyType)
        ? ValueParser.DescribeAllowed(property.PropertyType)
        : "a group of settings or a list";

    private static string Limit(RangeAttribute range, object limit) =>
        ValueParser.IsSingleValue(range.OperandType)
        && limit is string text
        && ValueParser.TryParse(range.OperandType, text, out var value)
            ? ValueParser.Format(value)
            : ValueParser.Format(limit);
}
