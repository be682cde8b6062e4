using SessionRecorder.Tests;
using Xunit.Sdk;
using Xunit.v3;

// One server, one clock correction of the SDK, two cores.
[assembly: Parallelization(Mode = ParallelMode.None)]
[assembly: AssemblyFixture(typeof(Store))]
