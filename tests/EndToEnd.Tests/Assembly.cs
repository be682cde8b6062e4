using Xunit.v3;
using Xunit.Sdk;

// Recordings are measured: one at a time.
[assembly: Parallelization(Mode = ParallelMode.None)]
