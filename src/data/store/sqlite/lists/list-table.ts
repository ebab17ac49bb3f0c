/** The table of counted lists. */

/** How many lists were shown, since version 9 of the schema. `list-counts.ts` says what is counted. */
export const listTables = `
CREATE TABLE lists (
  entry INTEGER PRIMARY KEY,
  day TEXT NOT NULL,              -- YYYY-MM-DD, of UTC
  run TEXT NOT NULL,
  arm TEXT NOT NULL,
  measure TEXT NOT NULL,
  value INTEGER NOT NULL,
  count INTEGER NOT NULL,         -- lists with this value of the measure
  UNIQUE (day, run, arm, measure, value)
) STRICT;
`;
