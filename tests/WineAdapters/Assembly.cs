using System.Runtime.Versioning;
using Xunit.Sdk;
using Xunit.v3;

[assembly: SupportedOSPlatform("windows")]
[assembly: Parallelization(Mode = ParallelMode.None)]
