using System.Net.Sockets;
using System.Security.Authentication;
using ByteFuse.Linux;
using Npgsql;

namespace ByteFuse.Metadata.PostgreSql;

/// <summary>What the server, or the way to it, has to say.</summary>
internal static class ServerErrors
{
    /// <summary>True for what is worth another try: the server is away, is starting or ending, only follows, or gave way to another transaction.</summary>
    public static bool IsPassing(Exception problem) => problem switch
    {
        PostgresException answer => answer.SqlState[..2] is "08" or "40" or "53" or "57" or "28" && answer.SqlState != PostgresErrorCodes.DiskFull
            || answer.SqlState is PostgresErrorCodes.ReadOnlySqlTransaction,
        NpgsqlException or SocketException or IOException or TimeoutException or ServerAwayException => true,
        _ => false,
    };

    /// <summary>What a call is answered with where trying again would not help.</summary>
    public static Errno ErrorOf(Exception problem) =>
        problem is PostgresException { SqlState: PostgresErrorCodes.DiskFull } ? Errno.ENOSPC : Errno.EIO;

    /// <summary>One line.</summary>
    public static string Describe(Exception problem) => problem switch
    {
        PostgresException answer => $"{answer.MessageText} (SQLSTATE {answer.SqlState})",
        NpgsqlException { InnerException: { } inner and (SocketException or IOException or TimeoutException or AuthenticationException) } => Describe(inner),
        SocketException socket => socket.SocketErrorCode switch
        {
            SocketError.ConnectionRefused => "connection refused",
            SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData => "no such host",
            SocketError.TimedOut => "no answer in time",
            _ => socket.Message,
        },
        TimeoutException => "no answer in time",
        _ => problem.Message.ReplaceLineEndings(" "),
    };

    /// <summary>Why a store cannot be opened.</summary>
    public static MetadataOpenException Refuse(PostgresUrl url, Exception problem)
    {
        var line = problem switch
        {
            PostgresException { SqlState: PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification } answer =>
                $"{url}: the server does not let in the user {url.User ?? Environment.UserName}: {answer.MessageText}",
            PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } => $"{url}: the server has no database {url.Database}",
            PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } answer =>
                $"{url}: the user {url.User ?? Environment.UserName} has not the rights: {answer.MessageText}",
            PostgresException answer => $"{url}: {Describe(answer)}",
            NpgsqlException { InnerException: AuthenticationException } => $"{url}: no TLS connection: {Describe(problem)}",
            NpgsqlException when problem.Message.Contains("No password", StringComparison.Ordinal) =>
                $"{url}: the server asks for a password: set PGPASSWORD or PGPASSFILE, or passfile= in the URL",
            NpgsqlException { InnerException: SocketException or TimeoutException or IOException } =>
                $"{url}: {url.Host}:{url.Port} cannot be reached: {Describe(problem)}",
            _ => $"{url}: {Describe(problem)}",
        };
        return new MetadataOpenException(MetadataOpenFailure.Other, line, problem);
    }
}

/// <summary>There is a server, but not one to work with: it only follows another.</summary>
internal sealed class ServerAwayException(string message) : Exception(message);
