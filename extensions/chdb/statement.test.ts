import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseStatement } from './statement.ts';

describe('the outline of a statement', () => {
  it('tells what only reads from what changes something', () => {
    for (const sql of [
      'SELECT 1',
      '  -- a comment\n/* another */ with x as (select 1) select * from x',
      '(SELECT 1) UNION ALL (SELECT 2)',
      'show tables',
      'DESCRIBE TABLE t',
      'EXPLAIN SELECT 1',
    ]) {
      assert.equal(parseStatement(sql).kind, 'read', sql);
    }
    for (const sql of [
      'DROP TABLE t',
      'ALTER TABLE t DELETE WHERE 1',
      'SYSTEM FLUSH LOGS',
      '',
      '🐘',
    ]) {
      assert.equal(parseStatement(sql).kind, 'write', sql);
    }
  });

  it('finds where the rows of an INSERT start', () => {
    const cases: readonly [
      sql: string,
      target: string,
      settings: string,
      format: string,
      rows: string,
    ][] = [
      ['INSERT INTO t FORMAT CSV\n1\n', 'INSERT INTO t', '', 'CSV', '1\n'],
      [
        'insert into t (a, b) format RowBinary\n\n\u0000',
        'insert into t (a, b)',
        '',
        'RowBinary',
        '\n\u0000',
      ],
      [
        'INSERT INTO t SETTINGS a = 1, b = 2 FORMAT TSV 5',
        'INSERT INTO t',
        'SETTINGS a = 1, b = 2',
        'TSV',
        '5',
      ],
      [
        "INSERT INTO t VALUES (1, 'FORMAT CSV')",
        'INSERT INTO t',
        '',
        'Values',
        "(1, 'FORMAT CSV')",
      ],
      [
        'INSERT INTO `format values` FORMAT Native',
        'INSERT INTO `format values`',
        '',
        'Native',
        '',
      ],
      ['INSERT INTO format FORMAT TSV\n', 'INSERT INTO format', '', 'TSV', ''],
      [
        'INSERT INTO d.t /* FORMAT CSV */ (`a b`) FORMAT TSV\r\nx',
        'INSERT INTO d.t /* FORMAT CSV */ (`a b`)',
        '',
        'TSV',
        'x',
      ],
    ];
    for (const [sql, target, settings, format, rows] of cases) {
      const statement = parseStatement(sql);
      assert.ok(statement.kind === 'insert', sql);
      assert.deepEqual(
        [statement.target, statement.settings, statement.format, sql.slice(statement.dataStart)],
        [target, settings, format, rows],
        sql,
      );
    }
  });

  it('leaves an INSERT without rows of its own to the engine', () => {
    for (const sql of [
      'INSERT INTO t SELECT 1 FORMAT CSV',
      "INSERT INTO t FROM INFILE 'f' FORMAT CSV",
    ]) {
      assert.equal(parseStatement(sql).kind, 'write', sql);
    }
  });

  it('names the format of the answer', () => {
    const format = (sql: string): unknown => {
      const statement = parseStatement(sql);
      return statement.kind === 'insert' ? undefined : statement.format;
    };
    assert.equal(format('SELECT 1 FORMAT JSON'), 'JSON');
    assert.equal(format("SELECT 'FORMAT CSV' FORMAT JSONEachRow;"), 'JSONEachRow');
    assert.equal(format('SELECT 1'), undefined);
  });

  it('takes any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        parseStatement(text);
        parseStatement(`INSERT INTO ${text}`);
      }),
    );
  });
});
