using System.Collections;

namespace SessionRecorder.Host.Configuration;

/// <summary>Which collections an options class may have, and how they are made.</summary>
internal static class CollectionTypes
{
    private static readonly Type[] Lists =
        [typeof(List<>), typeof(IList<>), typeof(IReadOnlyList<>), typeof(ICollection<>), typeof(IReadOnlyCollection<>)];

    private static readonly Type[] Dictionaries =
        [typeof(Dictionary<,>), typeof(IDictionary<,>), typeof(IReadOnlyDictionary<,>)];

    /// <summary>The type of a list's items; null where the type is no list.</summary>
    public static Type? ItemOfList(Type type)
    {
        if (type.IsArray)
        {
            return type.GetElementType();
        }

        return type.IsGenericType && Lists.Contains(type.GetGenericTypeDefinition()) ? type.GetGenericArguments()[0] : null;
    }

    /// <summary>The type of the values of a dictionary by name; null where the type is none.</summary>
    public static Type? ItemOfDictionary(Type type) =>
        type.IsGenericType
        && Dictionaries.Contains(type.GetGenericTypeDefinition())
        && type.GetGenericArguments() is [var key, var item]
        && key == typeof(string)
            ? item
            : null;

    public static IList NewList(Type itemType) =>
        (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(itemType))!;

    /// <summary>A dictionary whose names, as all keys of the configuration, are the same in any case.</summary>
    public static IDictionary NewDictionary(Type itemType) =>
        (IDictionary)Activator.CreateInstance(
            typeof(Dictionary<,>).MakeGenericType(typeof(string), itemType), StringComparer.OrdinalIgnoreCase)!;

    /// <summary>The list as the property wants it.</summary>
    public static object Complete(IList list, Type wanted, Type itemType)
    {
        if (!wanted.IsArray)
        {
            return list;
        }

        var array = Array.CreateInstance(itemType, list.Count);
        list.CopyTo(array, 0);
        return array;
    }
}
