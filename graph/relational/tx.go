package relational

import (
	"cmp"
	"context"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// tx is graph.Tx.
type tx struct {
	reader
	base    model.Revision // the tenant's revision before this transaction
	loading int64
	hashKey int64 // before this transaction
	taken   bool
	// versioned are the records that got a version in this transaction, whose
	// version a later one of the same transaction replaces.
	versioned map[model.EntityID]struct{}
	heads     headsSeen
	foreseen  foreseen
	auditHead *graph.AuditHead // as locked and read ahead; nil when it was not
	audited   *graph.AuditHead // where the transaction has left it; nil when it has not been at it
	engines   Session          // as the engine lent it
	// rebuilding is set between ClearDerived and SettleDerived.
	rebuilding bool
}

var _ graph.Tx = (*tx)(nil)

func (s *Store) newTx(ctx context.Context, session Session, state tenantState) (*tx, error) {
	t := &tx{
		reader:    reader{store: s, session: session, names: s.known.Load(), fixed: true},
		versioned: map[model.EntityID]struct{}{},
		engines:   session,
	}
	t.session = forgetful{session, &t.foreseen}
	t.start(state)
	if t.names == nil {
		n, err := loadNames(ctx, session, s.number)
		if err != nil {
			return nil, err
		}
		t.names = n
		s.known.Store(n) // the transaction has written nothing: this is what is committed
	}
	return t, nil
}

// start says what the tenant's row says.
func (t *tx) start(state tenantState) {
	t.base, t.revision, t.loading, t.hashKey = state.revision, state.revision, state.loading, state.hashKey
	if state.revision > 0 {
		t.store.published.Store(true)
	}
}

// Basis is what the transaction started from.
func (t *tx) Basis() graph.Basis {
	return graph.Basis{Revision: t.base, Load: t.loading, HashKey: t.hashKey}
}

// TakeRevision is the number that the transaction will commit as.
func (t *tx) TakeRevision(context.Context) (model.Revision, error) {
	t.taken = true
	t.revision = t.base + 1
	return t.revision, nil
}

// end makes what is left of the transaction in other hands useless.
func (t *tx) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.session, t.released = nil, true
}

// insertEach is how rows are added that may be there already.
func (t *tx) insertEach(ctx context.Context, what string, st *Statement, n int, key func(i int, w Writer)) error {
	return t.with(ctx, what, func(s Session) error { return each(ctx, s, st, t.tenantArg, n, key) })
}

var (
	putMembership = statement(`INSERT INTO membership (tenant, record, revision, golden)
		{values $1, @record, @revision, @golden}
		ON CONFLICT (tenant, record, revision) DO UPDATE SET golden = excluded.golden`,
		Column{"record", ID}, Column{"revision", Integer}, Column{"golden", ID})
	putDangling = statement(`INSERT INTO dangling (tenant, key, record, property)
		{values $1, @key, @record, @property} ON CONFLICT DO NOTHING`, danglingKey...)
	deleteDangling = statement(`DELETE FROM dangling AS d {using}
		WHERE d.tenant = $1 AND d.key = @key AND d.record = @record AND d.property = @property`, danglingKey...)
	deleteMatchKey = statement(`DELETE FROM matchkey AS m {using}
		WHERE m.tenant = $1 AND m.key = @key AND m.record = @record`, Column{"key", BigInt}, Column{"record", ID})
	putSealed = statement(`INSERT INTO sealed (tenant, ref, hash, key_id, data)
		{values $1, @ref, @hash, @key_id, @data}
		ON CONFLICT (tenant, ref) DO UPDATE SET hash = excluded.hash, key_id = excluded.key_id, data = excluded.data`,
		sealedKey...)
	putDecision = statement(`INSERT INTO decision (tenant, id, a, b, verdict, actor, reason, revision, at)
		{values $1, @id, @a, @b, @verdict, @actor, @reason, @revision, @at} ON CONFLICT DO NOTHING`,
		Column{"id", ID}, Column{"a", ID}, Column{"b", ID}, Column{"verdict", SmallInt}, Column{"actor", Text},
		Column{"reason", Text}, Column{"revision", Integer}, Column{"at", BigInt})
	putPair = statement(`INSERT INTO pair (tenant, a, b, kind, band, weight, model, revision)
		{values $1, @a, @b, @kind, @band, @weight, @model, @revision}
		ON CONFLICT (tenant, a, b) DO UPDATE SET kind = excluded.kind, band = excluded.band, weight = excluded.weight,
			model = excluded.model, revision = excluded.revision`,
		Column{"a", ID}, Column{"b", ID}, Column{"kind", SmallInt}, Column{"band", SmallInt}, Column{"weight", Integer},
		Column{"model", ID}, Column{"revision", Integer})
	deletePair  = statement(`DELETE FROM pair AS p {using} WHERE p.tenant = $1 AND p.a = @a AND p.b = @b`, Column{"a", ID}, Column{"b", ID})
	putConflict = statement(`INSERT INTO conflict (tenant, id, code, records, revision)
		{values $1, @id, @code, @records, @revision} ON CONFLICT DO NOTHING`,
		Column{"id", ID}, Column{"code", Text}, Column{"records", Bytes}, Column{"revision", Integer})
	putConflictRecord = statement(`INSERT INTO conflict_record (tenant, record, conflict)
		{values $1, @record, @conflict} ON CONFLICT DO NOTHING`,
		Column{"record", ID}, Column{"conflict", ID})
	deleteConflict       = statement(`DELETE FROM conflict AS c {using} WHERE c.tenant = $1 AND c.id = @id`, Column{"id", ID})
	deleteConflictRecord = statement(`DELETE FROM conflict_record AS c {using} WHERE c.tenant = $1 AND c.conflict = @id`,
		Column{"id", ID})
	putQuarantined = statement(`INSERT INTO quarantine (tenant, item, source, delivery, place, reason, key_id, body, at)
		{values $1, @item, @source, @delivery, @place, @reason, @key_id, @body, @at}
		ON CONFLICT (tenant, item) DO UPDATE SET source = excluded.source, delivery = excluded.delivery,
			place = excluded.place, reason = excluded.reason, key_id = excluded.key_id, body = excluded.body, at = excluded.at`,
		Column{"item", ID}, Column{"source", Text}, Column{"delivery", ID}, Column{"place", Text}, Column{"reason", Text},
		Column{"key_id", BigInt}, Column{"body", Bytes}, Column{"at", BigInt})
	deleteQuarantined = statement(`DELETE FROM quarantine AS q {using} WHERE q.tenant = $1 AND q.item = @item`, Column{"item", ID})
	putDelivery       = statement(`INSERT INTO delivery (tenant, id, source, name, is_full, stamp, state, started, ended, message, part,
			items, unchanged, records, added, changed, retracted, stale, quarantined, issues, dropped, bytes, erased)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)
		ON CONFLICT (tenant, id) DO UPDATE SET source = excluded.source, name = excluded.name, is_full = excluded.is_full,
			stamp = excluded.stamp, state = excluded.state, started = excluded.started, ended = excluded.ended,
			message = excluded.message, part = excluded.part, items = excluded.items, unchanged = excluded.unchanged, records = excluded.records,
			added = excluded.added, changed = excluded.changed, retracted = excluded.retracted, stale = excluded.stale,
			quarantined = excluded.quarantined, issues = excluded.issues, dropped = excluded.dropped, bytes = excluded.bytes,
			erased = excluded.erased`)
	putArtifact = statement(`INSERT INTO artifact (tenant, name, revision, hash, body) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (tenant, name, revision) DO UPDATE SET hash = excluded.hash, body = excluded.body`)

	danglingKey = []Column{{"key", BigInt}, {"record", ID}, {"property", SmallInt}}
)

// Move records memberships.
func (t *tx) Move(ctx context.Context, moves []graph.Membership) error {
	moves = lastOf(moves, func(m *graph.Membership) membershipKey { return membershipKey{m.Record, m.Revision} })
	return t.insertEach(ctx, "recording memberships", putMembership, len(moves), func(i int, w Writer) {
		w.ID(moves[i].Record)
		w.Int(int64(moves[i].Revision))
		w.ID(moves[i].Golden)
	})
}

type membershipKey struct {
	record   model.EntityID
	revision model.Revision
}

// lastOf keeps the last row of each key, for one statement cannot write a row
// twice. It returns rows itself when every key is there once.
func lastOf[K comparable, T any](rows []T, key func(*T) K) []T {
	if len(rows) < 2 {
		return rows
	}
	at := make(map[K]int, len(rows))
	for i := range rows {
		at[key(&rows[i])] = i
	}
	if len(at) == len(rows) {
		return rows
	}
	kept := make([]T, 0, len(at))
	for i := range rows {
		if at[key(&rows[i])] == i {
			kept = append(kept, rows[i])
		}
	}
	return kept
}

// PutMatchKeys adds and removes matching keys.
func (t *tx) PutMatchKeys(ctx context.Context, add, remove []graph.MatchKey) error {
	return t.with(ctx, "writing matching keys", func(s Session) error {
		err := each(ctx, s, deleteMatchKey, t.tenantArg, len(remove), func(i int, w Writer) {
			w.Int(signed(remove[i].Key))
			w.ID(remove[i].Record)
		})
		if err != nil {
			return err
		}
		// Keys are hashes: in their order they go into neighbouring pages.
		sorted := slices.SortedFunc(slices.Values(add), func(a, b graph.MatchKey) int { return cmp.Compare(a.Key, b.Key) })
		return s.Insert(ctx, matchKeyTable, len(sorted), func(i int, w Writer) {
			w.Int(signed(sorted[i].Key))
			w.Int(t.store.number)
			w.ID(sorted[i].Record)
		})
	})
}

// PutDangling adds and removes dangling references.
func (t *tx) PutDangling(ctx context.Context, add, remove []graph.Dangling) error {
	key := func(rows []graph.Dangling) func(int, Writer) {
		return func(i int, w Writer) {
			w.Int(signed(rows[i].Key))
			w.ID(rows[i].Record)
			w.Int(propertyNumber(rows[i].Property))
		}
	}
	return t.with(ctx, "writing dangling references", func(s Session) error {
		if err := each(ctx, s, deleteDangling, t.tenantArg, len(remove), key(remove)); err != nil {
			return err
		}
		return each(ctx, s, putDangling, t.tenantArg, len(add), key(add))
	})
}

// PutSealed inserts or replaces encrypted values, by ref.
func (t *tx) PutSealed(ctx context.Context, sealed []graph.Sealed) error {
	sealed = lastOf(sealed, func(s *graph.Sealed) model.EntityID { return s.Ref })
	return t.insertEach(ctx, "writing sealed values", putSealed, len(sealed), func(i int, w Writer) { writeSealed(w, &sealed[i]) })
}

// AddSealed inserts encrypted values whose refs are new.
func (t *tx) AddSealed(ctx context.Context, sealed []graph.Sealed) error {
	return t.with(ctx, "writing sealed values", func(s Session) error {
		return s.Insert(ctx, sealedTable, len(sealed), func(i int, w Writer) {
			w.Int(t.store.number)
			writeSealed(w, &sealed[i])
		})
	})
}

func writeSealed(w Writer, s *graph.Sealed) {
	w.ID(s.Ref)
	w.ID(s.Hash)
	w.Int(int64(s.KeyID))
	w.Bytes(s.Data)
}

// PutDecisions adds decisions.
func (t *tx) PutDecisions(ctx context.Context, decisions []graph.Decision) error {
	return t.insertEach(ctx, "writing decisions", putDecision, len(decisions), func(i int, w Writer) {
		d := &decisions[i]
		w.ID(d.ID)
		w.ID(d.A)
		w.ID(d.B)
		w.Int(int64(d.Verdict))
		w.Text(d.Actor)
		w.Text(d.Reason)
		w.Int(int64(d.Revision))
		writeTime(w, d.At)
	})
}

// PutPairs removes pairs and then inserts or replaces others.
func (t *tx) PutPairs(ctx context.Context, add []graph.Pair, remove []graph.PairKey) error {
	add = lastOf(add, func(p *graph.Pair) graph.PairKey { return p.PairKey })
	return t.with(ctx, "writing pairs", func(s Session) error {
		err := each(ctx, s, deletePair, t.tenantArg, len(remove), func(i int, w Writer) {
			w.ID(remove[i].A)
			w.ID(remove[i].B)
		})
		if err != nil {
			return err
		}
		return each(ctx, s, putPair, t.tenantArg, len(add), func(i int, w Writer) {
			p := &add[i]
			w.ID(p.A)
			w.ID(p.B)
			w.Int(int64(p.Kind))
			w.Int(int64(p.Band))
			w.Int(int64(p.Weight))
			w.ID(p.Model)
			w.Int(int64(p.Revision))
		})
	})
}

// PutConflicts removes conflicts and then adds others.
func (t *tx) PutConflicts(ctx context.Context, add []graph.Conflict, remove []graph.Hash) error {
	return t.with(ctx, "writing conflicts", func(s Session) error {
		for _, st := range []*Statement{deleteConflict, deleteConflictRecord} {
			if err := each(ctx, s, st, t.tenantArg, len(remove), func(i int, w Writer) { w.ID(remove[i]) }); err != nil {
				return err
			}
		}
		var involved [][2]model.EntityID
		for i := range add {
			for _, record := range add[i].Records {
				involved = append(involved, [2]model.EntityID{record, model.EntityID(add[i].ID)})
			}
		}
		var records []byte
		err := each(ctx, s, putConflict, t.tenantArg, len(add), func(i int, w Writer) {
			records = records[:0]
			for _, id := range add[i].Records {
				records = append(records, id[:]...)
			}
			w.ID(add[i].ID)
			w.Text(add[i].Code)
			w.Bytes(records)
			w.Int(int64(add[i].Revision))
		})
		if err != nil {
			return err
		}
		return each(ctx, s, putConflictRecord, t.tenantArg, len(involved), func(i int, w Writer) {
			w.ID(involved[i][0])
			w.ID(involved[i][1])
		})
	})
}

// PutQuarantine removes items and then inserts or replaces others.
func (t *tx) PutQuarantine(ctx context.Context, add []graph.Quarantined, remove []graph.Hash) error {
	add = lastOf(add, func(q *graph.Quarantined) graph.Hash { return q.Item })
	return t.with(ctx, "writing the quarantine", func(s Session) error {
		err := each(ctx, s, deleteQuarantined, t.tenantArg, len(remove), func(i int, w Writer) { w.ID(remove[i]) })
		if err != nil {
			return err
		}
		return each(ctx, s, putQuarantined, t.tenantArg, len(add), func(i int, w Writer) {
			q := &add[i]
			w.ID(q.Item)
			w.Text(string(q.Source))
			writeID(w, q.Delivery)
			w.Text(q.Place)
			w.Text(q.Reason)
			w.Int(int64(q.KeyID))
			w.Bytes(q.Body)
			writeTime(w, q.At)
		})
	})
}

// PutDelivery inserts or replaces by id.
func (t *tx) PutDelivery(ctx context.Context, d graph.Delivery) error {
	return t.with(ctx, "writing a delivery", func(s Session) error {
		return s.Exec(ctx, putDelivery, func(w Writer) {
			w.Int(t.store.number)
			w.ID(d.ID)
			w.Text(string(d.Source))
			w.Text(d.Name)
			writeBool(w, d.Full)
			w.Int(d.Stamp)
			w.Text(string(d.State))
			writeTime(w, d.Started)
			writeTime(w, d.Ended)
			w.Text(d.Message)
			w.Text(d.Part)
			c := &d.Counts
			for _, n := range []int64{c.Items, c.Unchanged, c.Records, c.Added, c.Changed, c.Retracted, c.Stale,
				c.Quarantined, c.Issues, c.Dropped, c.Bytes, c.Erased} {
				w.Int(n)
			}
		})
	})
}

// PutArtifact stores an artifact as of its revision.
func (t *tx) PutArtifact(ctx context.Context, a graph.Artifact) error {
	return t.with(ctx, "writing an artifact", func(s Session) error {
		return s.Exec(ctx, putArtifact, func(w Writer) {
			w.Int(t.store.number)
			w.Text(a.Name)
			w.Int(int64(a.Revision))
			w.ID(a.Hash)
			w.Bytes(a.Body)
		})
	})
}
