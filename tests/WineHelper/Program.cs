using System.Diagnostics;
using SessionRecorder.WineHelper;

// wine-helper set-mode WIDTH HEIGHT: changes the primary monitor's mode, as the control panel does.
// wine-helper priority NAME: prints the priority class of each process of that name.
switch (args)
{
    case ["set-mode", var width, var height]:
        return DisplayMode.Set(int.Parse(width), int.Parse(height));
    case ["priority", var name]:
        foreach (var process in Process.GetProcessesByName(name))
        {
            Console.Out.WriteLine(process.PriorityClass);
        }

        return 0;
    default:
        Console.Error.WriteLine("usage: wine-helper set-mode WIDTH HEIGHT | priority NAME");
        return 2;
}
