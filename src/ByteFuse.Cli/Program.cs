using ByteFuse.Cli;

return CommandLine.Run(args);
