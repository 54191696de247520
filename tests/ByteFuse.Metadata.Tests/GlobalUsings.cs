global using ByteFuse.Linux;
global using ByteFuse.Reactor;
global using Xunit;
