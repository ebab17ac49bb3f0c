/** The table of documents. */

/** Documents, since version 2 of the schema. */
export const documentTables: readonly string[] = [
  `CREATE TABLE documents (
    document text COLLATE "C" PRIMARY KEY,      -- kind/id
    value text NOT NULL,                        -- JSON
    at bigint NOT NULL                          -- seconds since 1970
  )`,
];
