-- Version 1: what a volume's metadata is in PostgreSQL. @schema@ stands for the volume's schema.

CREATE SCHEMA @schema@;

-- One row: what can be known of the volume before anything of it is opened.
CREATE TABLE @schema@.volume (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    schema_version int NOT NULL,
    data text NOT NULL
);

-- The map. bytea sorts as bytes. A version is a number of the sequence below, shifted by 16 bits.
CREATE TABLE @schema@.rows (
    key bytea PRIMARY KEY,
    version bigint NOT NULL,
    value bytea NOT NULL
) WITH (fillfactor = 90);

-- Additions and maxima that are not in the row's value yet: changes of one counter by several commits meet nowhere. The key has a
-- row; its version, as readers see it, is the row's and one for each delta.
CREATE TABLE @schema@.deltas (
    key bytea NOT NULL,
    version bigint NOT NULL,
    changes bytea NOT NULL,
    PRIMARY KEY (key, version)
) WITH (autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_scale_factor = 0);

-- Who may commit, and the outcome of the last batch of each: a batch that comes again is answered with it.
CREATE TABLE @schema@.clients (
    client uuid PRIMARY KEY,
    number bigint NOT NULL,
    outcomes int[] NOT NULL,
    version bigint NOT NULL,
    began timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);

CREATE SEQUENCE @schema@.versions;
