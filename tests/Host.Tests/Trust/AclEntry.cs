namespace SessionRecorder.Tests.Trust;

/// <summary>An entry of a POSIX access list as the kernel has it.</summary>
internal static class AclEntry
{
    public static byte[] Bytes((ushort Tag, ushort Rights, uint Id) entry) =>
        [.. BitConverter.GetBytes(entry.Tag), .. BitConverter.GetBytes(entry.Rights), .. BitConverter.GetBytes(entry.Id)];
}
