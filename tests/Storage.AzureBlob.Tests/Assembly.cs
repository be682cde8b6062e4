using SessionRecorder.Tests;
using Xunit.Sdk;
using Xunit.v3;

// One server, two cores.
[assembly: Parallelization(Mode = ParallelMode.None)]
[assembly: AssemblyFixture(typeof(Store))]
