package postgres

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/karna-registry/karna/graph/relational"
)

// session is a connection, with what has been prepared on it.
type session struct {
	pg   *pgconn.PgConn
	lent *pgxpool.Conn // while it is on loan

	single  []*pgconn.StatementDescription // by relational.Statement.Number
	each    []*pgconn.StatementDescription // over a set of keys
	inserts []*pgconn.StatementDescription // by relational.Table.Number
	rowEach []*pgconn.StatementDescription // the same for one row
	audit   *pgconn.StatementDescription   // appendAudit
	travel  map[travelForm]*pgconn.StatementDescription

	params params
	sets   sets
	told   told
	rows   rows
	queue  queue // of changing statements, in a transaction that writes
}

var _ relational.Session = (*session)(nil)

func newSession(pg *pgconn.PgConn) *session {
	n := len(relational.Statements())
	return &session{
		pg:     pg,
		single: make([]*pgconn.StatementDescription, n), each: make([]*pgconn.StatementDescription, n),
		inserts: make([]*pgconn.StatementDescription, len(relational.Tables())),
		rowEach: make([]*pgconn.StatementDescription, len(relational.Tables())),
		travel:  map[travelForm]*pgconn.StatementDescription{},
	}
}

// dialect is PostgreSQL's.
var dialect = relational.Dialect{Prefix: "$", Lock: "FOR UPDATE", Hints: true, Fence: "OFFSET 0"}

// inBinary is the format of every value either way.
var inBinary = []int16{1}

// fewKeys is up to how many keys a changing statement is run once for each, and
// oneRows up to how many rows are inserted by one each. Up to fewRows they are
// inserted by a statement over arrays, and more by COPY, which costs an exchange
// of its own.
const (
	fewKeys = 16
	oneRows = 3
)

// fewRows is a variable for tests, whose tables are small.
var fewRows = 1024

func (s *session) exec(ctx context.Context, text string) error {
	return s.pg.Exec(ctx, text).Close()
}

// prepared is a statement for one key. Its keys' types are given, for a key may
// stand where PostgreSQL cannot tell its type, or nowhere.
func (s *session) prepared(ctx context.Context, st *relational.Statement) (*pgconn.StatementDescription, error) {
	if d := s.single[st.Number]; d != nil {
		return d, nil
	}
	oids := make([]uint32, st.Args()+len(st.Keys))
	for i, k := range st.Keys {
		oids[st.Args()+i] = oidOf(k.Type)
	}
	return s.prepare(ctx, &s.single[st.Number], "karna_"+strconv.Itoa(st.Number), st.Single(dialect), oids)
}

// preparedEach is a statement over a set of keys. The arguments' types are those
// of the statement for one key.
func (s *session) preparedEach(ctx context.Context, st *relational.Statement) (*pgconn.StatementDescription, error) {
	if d := s.each[st.Number]; d != nil {
		return d, nil
	}
	one, err := s.prepared(ctx, st)
	if err != nil {
		return nil, err
	}
	oids := append([]uint32(nil), one.ParamOIDs[:st.Args()]...)
	for _, k := range st.Keys {
		oids = append(oids, arrayOf(k.Type))
	}
	text := changesText(st)
	if st.IsQuery() {
		text = lookupText(st)
	}
	return s.prepare(ctx, &s.each[st.Number], "karna_each_"+strconv.Itoa(st.Number), text, oids)
}

func (s *session) prepare(ctx context.Context, at **pgconn.StatementDescription, name, text string, oids []uint32) (*pgconn.StatementDescription, error) {
	if err := s.queue.flush(); err != nil {
		return nil, err
	}
	d, err := s.pg.Prepare(ctx, name, text, oids)
	if err != nil {
		return nil, fmt.Errorf("preparing %q: %w", text, err)
	}
	*at = d
	return d, nil
}

// setText is the keys as a table expression named k: arrays side by side.
func setText(st *relational.Statement, ordinality bool) string {
	var arrays, names strings.Builder
	for i, k := range st.Keys {
		if i > 0 {
			arrays.WriteString(", ")
			names.WriteString(", ")
		}
		fmt.Fprintf(&arrays, "$%d::%s[]", st.Args()+i+1, typeNames[k.Type])
		names.WriteString(k.Name)
	}
	if ordinality {
		return fmt.Sprintf("unnest(%s) WITH ORDINALITY AS k(%s, i)", &arrays, &names)
	}
	return fmt.Sprintf("unnest(%s) AS k(%s)", &arrays, &names)
}

// lookupText runs a statement beside its keys. OFFSET 0 is PostgreSQL's fence: a
// subquery that has it is run for each key and never turned around.
func lookupText(st *relational.Statement) string {
	if st.Told {
		// One scan of the index, and no join.
		array := fmt.Sprintf("ANY($%d::%s[])", st.Args()+1, typeNames[st.Keys[0].Type])
		return st.Keyed(dialect, array)
	}
	return fmt.Sprintf("SELECT k.i, v.* FROM %s, LATERAL (%s OFFSET 0) AS v", setText(st, true), st.Each(dialect, ""))
}

// Query runs a statement without keys.
func (s *session) Query(ctx context.Context, st *relational.Statement, args func(relational.Writer)) (relational.Rows, error) {
	return s.query(ctx, st, args, nil)
}

// Lookup runs a statement for one key as it is, and for several beside the set.
func (s *session) Lookup(ctx context.Context, st *relational.Statement, args func(relational.Writer), n int,
	key func(i int, w relational.Writer)) (relational.Rows, error) {
	if n == 1 {
		return s.query(ctx, st, args, key)
	}
	d, err := s.preparedEach(ctx, st)
	if err != nil {
		return nil, err
	}
	if err := s.fillSets(d.ParamOIDs, st, args, n, key); err != nil {
		return nil, fmt.Errorf("%s: %w", st, err)
	}
	if !st.Told {
		return s.read(ctx, d, 1)
	}
	s.told = told{ids: s.sets.bufs[0][arrayHeader:]}
	out, err := s.read(ctx, d, 0)
	if err != nil {
		return nil, err
	}
	s.rows.told = &s.told
	return out, nil
}

// query runs a statement for one key, or without any.
func (s *session) query(ctx context.Context, st *relational.Statement, args func(relational.Writer),
	key func(i int, w relational.Writer)) (relational.Rows, error) {
	d, err := s.prepared(ctx, st)
	if err != nil {
		return nil, err
	}
	if err := s.params.fill(d.ParamOIDs, args, key); err != nil {
		return nil, fmt.Errorf("%s: %w", st, err)
	}
	return s.read(ctx, d, 0)
}

// read runs a statement whose parameters are filled, after what is queued.
func (s *session) read(ctx context.Context, d *pgconn.StatementDescription, keyed int) (relational.Rows, error) {
	if !s.queue.isOpen() {
		s.rows = rows{result: s.pg.ExecStatement(ctx, d, s.params.values(), inBinary, inBinary), keyed: keyed}
		return &s.rows, nil
	}
	result, err := s.queue.read(d, s.params.values())
	if err != nil {
		return nil, err
	}
	s.rows = rows{result: result, keyed: keyed, queue: &s.queue}
	return &s.rows, nil
}

// fillSets fills the parameters of a statement over a set of keys.
func (s *session) fillSets(oids []uint32, st *relational.Statement, args func(relational.Writer), n int, key func(i int, w relational.Writer)) error {
	if err := s.params.fill(oids[:st.Args()], args, nil); err != nil {
		return err
	}
	if err := s.sets.fill(st.Keys, n, key); err != nil {
		return err
	}
	s.sets.appendTo(&s.params)
	return nil
}

// Exec queues a changing statement without keys.
func (s *session) Exec(ctx context.Context, st *relational.Statement, args func(relational.Writer)) error {
	return s.execOne(ctx, st, args, nil)
}

func (s *session) execOne(ctx context.Context, st *relational.Statement, args func(relational.Writer), key func(i int, w relational.Writer)) error {
	d, err := s.prepared(ctx, st)
	if err != nil {
		return err
	}
	if err := s.params.fill(d.ParamOIDs, args, key); err != nil {
		return fmt.Errorf("%s: %w", st, err)
	}
	return s.queue.send(ctx, s.pg, d, s.params.values(), check{st, 1})
}

// ExecEach queues a changing statement for each of few keys, or over the set of
// many.
func (s *session) ExecEach(ctx context.Context, st *relational.Statement, args func(relational.Writer), n int,
	key func(i int, w relational.Writer)) error {
	if n <= fewKeys {
		for i := range n {
			if err := s.execOne(ctx, st, args, func(_ int, w relational.Writer) { key(i, w) }); err != nil {
				return err
			}
		}
		return nil
	}
	d, err := s.preparedEach(ctx, st)
	if err != nil {
		return err
	}
	if err := s.fillSets(d.ParamOIDs, st, args, n, key); err != nil {
		return fmt.Errorf("%s: %w", st, err)
	}
	return s.queue.send(ctx, s.pg, d, s.params.values(), check{st, n})
}

// Insert adds rows: one, two or three by a statement each, few by one over arrays, many
// by COPY.
func (s *session) Insert(ctx context.Context, t *relational.Table, n int, row func(i int, w relational.Writer)) error {
	switch {
	case n == 0:
		return nil
	case n > fewRows:
		return s.copyIn(ctx, t, n, row)
	case n <= oneRows:
		return s.insertEach(ctx, t, n, row)
	}
	d := s.inserts[t.Number]
	if d == nil {
		var err error
		if d, err = s.prepare(ctx, &s.inserts[t.Number], "karna_insert_"+t.Name, insertText(t), nil); err != nil {
			return err
		}
	}
	if err := s.params.fill(nil, nil, nil); err != nil {
		return err
	}
	if err := s.sets.fill(t.Columns, n, row); err != nil {
		return fmt.Errorf("inserting into %s: %w", t.Name, err)
	}
	s.sets.appendTo(&s.params)
	return s.queue.send(ctx, s.pg, d, s.params.values(), check{})
}

func (s *session) insertEach(ctx context.Context, t *relational.Table, n int, row func(i int, w relational.Writer)) error {
	d := s.rowEach[t.Number]
	if d == nil {
		names, places, oids := make([]string, len(t.Columns)), make([]string, len(t.Columns)), make([]uint32, len(t.Columns))
		for i, c := range t.Columns {
			names[i], places[i], oids[i] = c.Name, "$"+strconv.Itoa(i+1), oidOf(c.Type)
		}
		text := fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", t.Name, strings.Join(names, ", "), strings.Join(places, ", "))
		var err error
		if d, err = s.prepare(ctx, &s.rowEach[t.Number], "karna_row_"+t.Name, text, oids); err != nil {
			return err
		}
	}
	for i := range n {
		if err := s.params.fill(d.ParamOIDs, nil, func(_ int, w relational.Writer) { row(i, w) }); err != nil {
			return fmt.Errorf("inserting into %s: %w", t.Name, err)
		}
		if err := s.queue.send(ctx, s.pg, d, s.params.values(), check{}); err != nil {
			return err
		}
	}
	return nil
}

func insertText(t *relational.Table) string {
	var names, arrays []string
	for i, c := range t.Columns {
		names = append(names, c.Name)
		arrays = append(arrays, fmt.Sprintf("$%d::%s[]", i+1, typeNames[c.Type]))
	}
	return fmt.Sprintf("INSERT INTO %s (%s) SELECT * FROM unnest(%s)", t.Name, strings.Join(names, ", "), strings.Join(arrays, ", "))
}

func (s *session) copyIn(ctx context.Context, t *relational.Table, n int, row func(i int, w relational.Writer)) error {
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = c.Name
	}
	text := fmt.Sprintf("COPY %s (%s) FROM STDIN (FORMAT binary)", t.Name, strings.Join(names, ", "))
	if err := s.queue.flush(); err != nil {
		return err
	}
	_, err := s.pg.CopyFrom(ctx, newCopyStream(ctx, t, n, row), text)
	return err
}

// begin queues the beginning of a transaction.
func (s *session) begin(ctx context.Context, how string) error {
	return s.queue.sendText(ctx, s.pg, how, nil, nil, check{})
}

// Commit commits the session's transaction, with what is queued of it.
// PostgreSQL answers the commit of a transaction that has failed with a
// rollback, which is an error here.
func (s *session) Commit(ctx context.Context) error {
	if err := s.queue.sendText(ctx, s.pg, "COMMIT", nil, nil, check{}); err != nil {
		return err
	}
	if err := s.queue.flush(); err != nil {
		return err
	}
	if s.queue.last != "COMMIT" {
		return fmt.Errorf("the transaction was rolled back: a statement of it had failed")
	}
	return nil
}

// rollbackTime is how long a rollback may take before the connection is given up.
const rollbackTime = 10 * time.Second

// Release rolls back what is not committed and gives the connection back. What
// is queued is sent first, for it cannot be taken back.
func (s *session) Release() {
	c := s.lent
	if c == nil {
		return
	}
	s.lent = nil
	_ = s.queue.flush()
	if !s.pg.IsClosed() && s.pg.TxStatus() != 'I' {
		ctx, cancel := context.WithTimeout(context.Background(), rollbackTime)
		// A connection that cannot roll back is closed by the pool, which rolls back.
		_ = s.exec(ctx, "ROLLBACK")
		cancel()
	}
	s.params.shrink()
	s.sets.shrink()
	s.told = told{}
	c.Release()
}

// rows reads a result.
type rows struct {
	result *pgconn.ResultReader
	values [][]byte
	keyed  int    // 1 when the first column is the key's number
	queue  *queue // that the result came through
	told   *told  // by which the key is found
	err    error
}

var _ relational.Rows = (*rows)(nil)

func (r *rows) Next() bool {
	if !r.result.NextRow() {
		return false
	}
	r.values = r.result.Values()
	if r.told != nil && !r.told.find(r.values[0]) {
		r.err = errNotAsked
		return false
	}
	return true
}

var errNotAsked = errors.New("PostgreSQL answered with a row that was not asked for")

func (r *rows) Key() int {
	switch {
	case r.told != nil:
		return r.told.at
	case r.keyed == 0:
		return 0
	}
	return int(decodeInt(r.values[0])) - 1
}

func (r *rows) Null(col int) bool { return r.values[col+r.keyed] == nil }

func (r *rows) Int(col int) int64 { return decodeInt(r.values[col+r.keyed]) }

func (r *rows) ID(col int) (id [16]byte) {
	copy(id[:], r.values[col+r.keyed])
	return id
}

func (r *rows) Bytes(col int) []byte { return r.values[col+r.keyed] }

func (r *rows) Text(col int) string { return string(r.values[col+r.keyed]) }

func (r *rows) Close() error {
	_, err := r.result.Close()
	if r.queue != nil {
		if closing := r.queue.close(); err == nil {
			err = closing
		}
		r.queue = nil
	}
	if r.err != nil {
		return r.err
	}
	return err
}
