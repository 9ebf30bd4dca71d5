// Reports over HTTP into emmett on SQLite, as its documentation shows: a decision in a command handler,
// the state folded from the stream, a route of `on(...)`. Run: node server.mjs --data FOLDER --port N
// With --keep the store is given one connection for all calls.

import { join } from 'node:path';
import { parseArgs } from 'node:util';

import {
  CommandHandler,
  IllegalStateError,
  assertNotEmptyString,
} from '@event-driven-io/emmett';
import { Created, OK, getApplication, on } from '@event-driven-io/emmett-expressjs';
import { getSQLiteEventStore, sqliteConnection } from '@event-driven-io/emmett-sqlite';
import sqlite3 from 'sqlite3';

const { values } = parseArgs({
  options: { data: { type: 'string' }, port: { type: 'string' }, keep: { type: 'boolean' } },
});
const fileName = join(values.data, 'emmett.sqlite');
const kept = values.keep
  ? { connectionOptions: { connection: sqliteConnection({ fileName }), singleton: true } }
  : {};
const eventStore = getSQLiteEventStore({ fileName, ...kept });

const initialState = () => ({ filed: false });
const evolve = (state, event) => (event.type === 'ReportFiled' ? { filed: true } : state);
const handle = CommandHandler({ evolve, initialState });

const fileReport = (report, state) => {
  if (state.filed) throw new IllegalStateError('the report was filed before');
  return { type: 'ReportFiled', data: report };
};

// It comes with no schema of a body; what must be there is asserted, as in its samples.
const checked = (report) => {
  for (const field of ['id', 'publisher', 'published_at']) assertNotEmptyString(report[field]);
  for (const claim of report.claims) {
    for (const field of ['indicator', 'originator']) assertNotEmptyString(claim[field]);
  }
  return report;
};

const reports = (router) => {
  router.post(
    '/v1/reports',
    on(async (request) => {
      const report = checked(request.body);
      await handle(eventStore, `report-${report.id}`, (state) => fileReport(report, state));
      return Created({ createdId: report.id });
    }),
  );
};

// The level of durability of a connection in which nobody set it, and how many events are stored.
// The store makes its tables with its first call, and sets the journal of the file.
const readiness = (router) => {
  router.get(
    '/readyz',
    on(async () => {
      await eventStore.readStream('report-none');
      const database = new sqlite3.Database(fileName);
      const asked = (sql) =>
        new Promise((resolve, reject) =>
          database.get(sql, (error, row) => (error ? reject(error) : resolve(row))),
        );
      const { synchronous } = await asked('PRAGMA synchronous');
      const { journal_mode } = await asked('PRAGMA journal_mode');
      const { n } = await asked('SELECT count(*) AS n FROM emt_messages');
      database.close();
      return OK({ body: { synchronous, journal_mode, head: n, position: n } });
    }),
  );
};

getApplication({ apis: [reports, readiness] }).listen(Number(values.port), '127.0.0.1');
