package relational

import (
	"context"
	"iter"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// What a transaction that changes a record asks first, by its key: what the
// tenant's row says, the record's head and latest version, the golden record it is
// in, whether there is anything that would have to be looked up beside them, the
// end of the audit, and an artifact.
var foresee = statement(`SELECT `+headColumns+`, v.revision, v.delivery, v.stamp, v.doc, v.said,
		g.id, g.kind, g.revision, g.disclosure, g.state, g.redirect, g.sort, g.doc, g.evidence,
		CASE WHEN EXISTS (SELECT 1 FROM dangling AS d WHERE d.tenant = $1 AND d.record = h.id) THEN 1 ELSE 0 END,
		CASE WHEN EXISTS (SELECT 1 FROM conflict_record AS c WHERE c.tenant = $1 AND c.record = h.id) THEN 1 ELSE 0 END,
		CASE WHEN EXISTS (SELECT 1 FROM decision AS anyDecision WHERE anyDecision.tenant = $1) THEN 1 ELSE 0 END,
		CASE WHEN EXISTS (SELECT 1 FROM matching AS anyMatching WHERE anyMatching.tenant = $1) THEN 1 ELSE 0 END,
		CASE WHEN EXISTS (SELECT 1 FROM rectification AS openCase WHERE openCase.tenant = $1 {hint openCase.key_id >= 0} AND openCase.state = '`+string(graph.RectificationOpen)+`') THEN 1 ELSE 0 END,
		t.revision, t.loading, t.hash_key, e.number, e.link, e.seal, a.revision, a.hash, a.body
	FROM tenant AS t
		LEFT JOIN audit_head AS e ON e.tenant = $1
		LEFT JOIN artifact AS a ON a.tenant = $1 AND a.name = $2
			AND a.revision = (SELECT max(b.revision) FROM artifact AS b WHERE b.tenant = $1 AND b.name = $2)
		LEFT JOIN head AS h ON h.tenant = $1 AND h.source = @source AND h.kind = @kind AND h.local_id = @local
		LEFT JOIN record_version AS v ON v.tenant = $1 AND v.id = h.id
			AND v.revision = (SELECT max(w.revision) FROM record_version AS w WHERE w.tenant = $1 AND w.id = h.id)
		LEFT JOIN golden AS g ON g.tenant = $1 AND g.id = coalesce(h.golden, h.id)
	WHERE t.tenant = $1`,
	Column{"source", SmallInt}, Column{"kind", SmallInt}, Column{"local", Text})

// The columns of foresee after those of the head.
const (
	foreseenID      = 6 // of the head
	foreseenVersion = 11
	foreseenGolden  = 16
	foreseenFlags   = 25
	foreseenTenant  = 30
	foreseenAudit   = 33
	foreseenBody    = 36
)

// foreseen are answers that a transaction has read ahead of the questions. They
// hold until it writes.
type foreseen struct {
	heads    map[model.RecordKey]graph.Head
	versions map[model.EntityID]graph.Version
	goldens  map[model.EntityID]graph.Golden
	// Records of which it is known that they have none.
	undangling, unconflicted map[model.EntityID]bool
	undecided, unresolved    bool // there is no decision, no kind that is kept matched
	uncontested              bool // there is no open case of rectification

	name     string // of the artifact, unless empty
	artifact graph.Artifact
	there    bool // the artifact is
}

// Foresee reads in one exchange what a transaction is going to ask.
func (t *tx) Foresee(ctx context.Context, ahead graph.Ahead) error {
	if len(ahead.Keys) == 0 {
		return ctx.Err()
	}
	return t.foresee(ctx, ahead, false)
}

// foresee reads what is foreseen, and what the tenant's row says if it was locked
// and not read, with the end of the audit.
func (t *tx) foresee(ctx context.Context, ahead graph.Ahead, locked bool) error {
	keys := ahead.Keys
	f := foreseen{
		name:  ahead.Artifact,
		heads: map[model.RecordKey]graph.Head{}, versions: map[model.EntityID]graph.Version{}, goldens: map[model.EntityID]graph.Golden{},
		undangling: map[model.EntityID]bool{}, unconflicted: map[model.EntityID]bool{},
	}
	var state *tenantState
	err := t.with(ctx, "reading records by key", func(s Session) error {
		n, err := t.sourcesOf(ctx, s, keys)
		if err != nil {
			return err
		}
		for _, key := range keys {
			f.heads[key] = graph.Head{}
		}
		args := func(w Writer) {
			t.tenantArg(w)
			w.Text(ahead.Artifact)
		}
		return lookup(ctx, s, foresee, args, len(keys), func(i int, w Writer) {
			w.Int(n.sources[keys[i].Source])
			w.Int(int64(keys[i].Kind))
			w.Text(keys[i].LocalID)
		}, func(rows Rows) {
			state = &tenantState{model.Revision(rows.Int(foreseenTenant)), rows.Int(foreseenTenant + 1), rows.Int(foreseenTenant + 2)}
			if locked && !rows.Null(foreseenAudit) {
				of := shifted{rows, foreseenAudit}
				t.auditHead = &graph.AuditHead{Number: of.Int(0), Link: readHash(of, 1), Seal: readHash(of, 2)}
			}
			f.readAll(rows)
			if rows.Null(foreseenID) {
				return // no such record
			}
			h := graph.Head{Key: keys[rows.Key()], Part: n.partOf[rows.Int(2)].name}
			readHeadInto(&h, rows)
			f.read(h, rows)
		})
	})
	if err == nil && state == nil {
		err = graph.ErrNoTenant
	}
	if err != nil {
		return err
	}
	t.foreseen = f
	if locked {
		t.start(*state)
	}
	return nil
}

// readAll reads what is said of no record.
func (f *foreseen) readAll(rows Rows) {
	f.undecided = rows.Int(foreseenFlags+2) == 0
	f.unresolved = rows.Int(foreseenFlags+3) == 0
	f.uncontested = rows.Int(foreseenFlags+4) == 0
	if f.there = !rows.Null(foreseenBody); f.there {
		of := shifted{rows, foreseenBody}
		f.artifact = graph.Artifact{Name: f.name, Revision: model.Revision(of.Int(0)), Hash: readHash(of, 1), Body: readBytes(of, 2)}
	}
}

func (f *foreseen) read(h graph.Head, rows Rows) {
	f.heads[h.Key] = h
	if !rows.Null(foreseenVersion) {
		v := readVersion(shifted{rows, foreseenVersion})
		v.ID = h.ID
		f.versions[h.ID] = v
	}
	if !rows.Null(foreseenGolden) {
		if g := readGolden(shifted{rows, foreseenGolden}, graph.WithValues|graph.WithEvidence); g.State < cleared {
			f.goldens[g.ID] = g
		}
	}
	f.undangling[h.ID] = rows.Int(foreseenFlags) == 0
	f.unconflicted[h.ID] = rows.Int(foreseenFlags+1) == 0
}

// shifted are rows from a column on.
type shifted struct {
	Rows
	by int
}

func (s shifted) Null(col int) bool    { return s.Rows.Null(col + s.by) }
func (s shifted) Int(col int) int64    { return s.Rows.Int(col + s.by) }
func (s shifted) ID(col int) [16]byte  { return s.Rows.ID(col + s.by) }
func (s shifted) Bytes(col int) []byte { return s.Rows.Bytes(col + s.by) }
func (s shifted) Text(col int) string  { return s.Rows.Text(col + s.by) }

// forgetful forgets what was foreseen when it changes something.
type forgetful struct {
	Session
	foreseen *foreseen
}

func (s forgetful) Exec(ctx context.Context, st *Statement, args func(Writer)) error {
	*s.foreseen = foreseen{}
	return s.Session.Exec(ctx, st, args)
}

func (s forgetful) ExecEach(ctx context.Context, st *Statement, args func(Writer), n int, key func(i int, w Writer)) error {
	*s.foreseen = foreseen{}
	return s.Session.ExecEach(ctx, st, args, n, key)
}

func (s forgetful) Insert(ctx context.Context, table *Table, n int, row func(i int, w Writer)) error {
	*s.foreseen = foreseen{}
	return s.Session.Insert(ctx, table, n, row)
}

// allOf answers from what was foreseen if that has an answer for every key.
func allOf[K comparable, V any](foreseen map[K]V, keys []K) ([]V, bool) {
	if len(keys) > len(foreseen) {
		return nil, false
	}
	out := make([]V, len(keys))
	for i, k := range keys {
		v, ok := foreseen[k]
		if !ok {
			return nil, false
		}
		out[i] = v
	}
	return out, true
}

func none[T any](yield func(T, error) bool) {}

// Versions answers with each record's latest version, in the order of ids.
func (t *tx) Versions(ctx context.Context, ids []model.EntityID) ([]graph.Version, error) {
	if versions, ok := allOf(t.foreseen.versions, ids); ok {
		return versions, nil
	}
	return t.reader.Versions(ctx, ids)
}

// Goldens answers in the order of ids.
func (t *tx) Goldens(ctx context.Context, ids []model.EntityID, parts graph.Parts) ([]graph.Golden, error) {
	if goldens, ok := allOf(t.foreseen.goldens, ids); ok {
		for i := range goldens {
			if parts&graph.WithValues == 0 {
				goldens[i].Values = nil
			}
			if parts&graph.WithEvidence == 0 {
				goldens[i].Evidence = nil
			}
		}
		return goldens, nil
	}
	return t.reader.Goldens(ctx, ids, parts)
}

// DanglingOf yields the dangling references of the records.
func (t *tx) DanglingOf(ctx context.Context, records []model.EntityID) iter.Seq2[graph.Dangling, error] {
	if allTrue(t.foreseen.undangling, records) {
		return none[graph.Dangling]
	}
	return t.reader.DanglingOf(ctx, records)
}

// ConflictsOn yields the open conflicts with any of the records.
func (t *tx) ConflictsOn(ctx context.Context, records []model.EntityID) iter.Seq2[graph.Conflict, error] {
	if allTrue(t.foreseen.unconflicted, records) {
		return none[graph.Conflict]
	}
	return t.reader.ConflictsOn(ctx, records)
}

func allTrue(foreseen map[model.EntityID]bool, ids []model.EntityID) bool {
	for _, id := range ids {
		if !foreseen[id] {
			return false
		}
	}
	return true
}

// HasDecisions tells whether any decision was ever made.
func (t *tx) HasDecisions(ctx context.Context) (bool, error) {
	if t.foreseen.undecided {
		return false, nil
	}
	return t.reader.HasDecisions(ctx)
}

// Rectifications yields the cases in a state after an id, in id order.
func (t *tx) Rectifications(ctx context.Context, state graph.RectificationState, after model.EntityID, limit int) iter.Seq2[graph.Rectification, error] {
	if t.foreseen.uncontested && state == graph.RectificationOpen {
		return none[graph.Rectification]
	}
	return t.reader.Rectifications(ctx, state, after, limit)
}

// Artifact answers with the latest of a name.
func (t *tx) Artifact(ctx context.Context, name string) (graph.Artifact, bool, error) {
	if name != "" && name == t.foreseen.name {
		return t.foreseen.artifact, t.foreseen.there, nil
	}
	return t.reader.Artifact(ctx, name)
}

// Matchings are the kinds that are kept matched, by kind.
func (t *tx) Matchings(ctx context.Context) ([]graph.Matching, error) {
	if t.foreseen.unresolved {
		return nil, nil
	}
	return t.reader.Matchings(ctx)
}
