using System.Collections;
using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace SessionRecorder.Host.Configuration;

/// <summary>
/// Binds a section to an options class and accepts nothing that the class does not ask for: an unknown key, a value of
/// the wrong type and a value out of range are errors, and all of them are told at once.
/// </summary>
/// <remarks>
/// The framework's own binder ignores what it does not know and stops at the first value that it cannot convert. Not
/// thread-safe; one instance binds one section.
/// </remarks>
internal sealed class StrictBinder
{
    private readonly List<ConfigurationError> _errors = [];

    private StrictBinder()
    {
    }

    /// <summary>Binds a section.</summary>
    /// <typeparam name="T">A class with settable properties of the types that docs/configuration.md lists.</typeparam>
    /// <param name="section">The section, or the whole configuration.</param>
    /// <param name="errors">Gets what is wrong. The result is of use only where nothing is added.</param>
    public static T Bind<T>(IConfiguration section, ICollection<ConfigurationError> errors)
        where T : class, new()
    {
        var binder = new StrictBinder();
        var options = new T();
        binder.BindGroup(options, section, (section as IConfigurationSection)?.Path ?? "");
        foreach (var error in binder._errors)
        {
            errors.Add(error);
        }

        return options;
    }

    private bool BindGroup(object instance, IConfiguration section, string path)
    {
        var properties = instance.GetType()
            .GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => p.GetSetMethod() is not null && p.GetIndexParameters().Length == 0)
            .ToArray();
        if (section is IConfigurationSection { Value: { } value })
        {
            Wrong(path, value, $"is a group of settings ({string.Join(", ", properties.Select(p => p.Name))}), not a single value");
            return false;
        }

        foreach (var child in section.GetChildren())
        {
            if (Find(properties, child.Key) is null)
            {
                Unknown(child, properties);
            }
        }

        foreach (var property in properties)
        {
            BindProperty(instance, property, section.GetSection(property.Name));
        }

        OptionsValidation.Validate(instance, properties, section, path, _errors);
        return true;
    }

    private void BindProperty(object instance, PropertyInfo property, IConfigurationSection section)
    {
        var type = property.PropertyType;
        if (type.IsAssignableFrom(typeof(IConfigurationSection)) && type != typeof(object))
        {
            // Whoever owns this section binds it: a plugin's options.
            property.SetValue(instance, section);
        }
        else if (section.Exists() || IsGroup(type))
        {
            var value = Read(type, property.GetValue(instance), section);
            if (value is not null)
            {
                property.SetValue(instance, value);
            }
        }
    }

    // Null when nothing was given, or nothing that can be used.
    private object? Read(Type type, object? current, IConfigurationSection section)
    {
        if (ValueParser.IsSingleValue(type))
        {
            return ReadValue(type, section);
        }

        if (CollectionTypes.ItemOfDictionary(type) is { } dictionaryItem)
        {
            return ReadDictionary(dictionaryItem, section);
        }

        if (CollectionTypes.ItemOfList(type) is { } listItem)
        {
            return ReadList(type, listItem, section);
        }

        if (!IsGroup(type))
        {
            throw new NotSupportedException($"an option of type {type} at {section.Path} is of a kind that cannot be configured");
        }

        if (current is null && !section.Exists())
        {
            return null;
        }

        var group = current ?? Activator.CreateInstance(type)!;
        return BindGroup(group, section, section.Path) ? group : null;
    }

    private object? ReadValue(Type type, IConfigurationSection section)
    {
        if (section.Value is not { } text)
        {
            Wrong(section.Path, null, $"must be {ValueParser.DescribeAllowed(type)}, not a group of settings or a list");
            return null;
        }

        if (ValueParser.TryParse(type, text, out var value))
        {
            return value;
        }

        Wrong(section.Path, text, $"must be {ValueParser.DescribeAllowed(type)}");
        return null;
    }

    private IDictionary? ReadDictionary(Type itemType, IConfigurationSection section)
    {
        if (section.Value is { } text)
        {
            Wrong(section.Path, text, "must be a group of named settings, not a single value");
            return null;
        }

        var dictionary = CollectionTypes.NewDictionary(itemType);
        foreach (var child in section.GetChildren())
        {
            if (Read(itemType, null, child) is { } item)
            {
                dictionary[child.Key] = item;
            }
        }

        return dictionary;
    }

    private object? ReadList(Type listType, Type itemType, IConfigurationSection section)
    {
        if (section.Value is { } text)
        {
            Wrong(section.Path, text, $"must be a list, e.g. [ \"{SecretKeys.Show(section.Path, text)}\" ], not a single value");
            return null;
        }

        var list = CollectionTypes.NewList(itemType);
        foreach (var child in section.GetChildren())
        {
            if (!int.TryParse(child.Key, out _))
            {
                Wrong(child.Path, child.Value, "belongs to a list, whose items are numbered from 0");
            }
            else if (Read(itemType, null, child) is { } item)
            {
                list.Add(item);
            }
        }

        return CollectionTypes.Complete(list, listType, itemType);
    }

    private void Unknown(IConfigurationSection child, PropertyInfo[] properties)
    {
        var names = properties.Select(p => p.Name).ToArray();
        var hint = Suggestion.For(child.Key, names) is { } meant
            ? $"did you mean {meant}?"
            : names.Length == 0 ? "no key is known here" : $"known are {string.Join(", ", names)}";
        _errors.Add(new ConfigurationError(child.Path, Shown(child.Path, child.Value), $"unknown key; {hint}")
        {
            IsUnknownKey = true,
        });
    }

    private void Wrong(string path, string? value, string problem) =>
        _errors.Add(new ConfigurationError(path, Shown(path, value), problem));

    private static string? Shown(string path, string? value) => value is null ? null : SecretKeys.Show(path, value);

    private static PropertyInfo? Find(PropertyInfo[] properties, string key) =>
        Array.Find(properties, p => p.Name.Equals(key, StringComparison.OrdinalIgnoreCase));

    private static bool IsGroup(Type type) =>
        type.IsClass
        && !ValueParser.IsSingleValue(type)
        && CollectionTypes.ItemOfDictionary(type) is null
        && CollectionTypes.ItemOfList(type) is null
        && type.GetConstructor(Type.EmptyTypes) is not null
        && type != typeof(object);
}
