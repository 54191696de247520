// Descriptors are counted and reused by number, which tests that run side by side would disturb.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
