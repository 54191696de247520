global using ByteFuse.Daemon;
global using ByteFuse.Linux;
global using Xunit;
