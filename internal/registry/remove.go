package registry

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/document"
	"github.com/karna-registry/karna/internal/subject"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/resolve"
)

// removal takes records out of the store, of the present and of the past, and lets
// clusters and golden records follow as if the records had never been there.
type removal struct {
	r       *Registry
	ctx     context.Context
	tx      graph.Tx
	records []subject.Record
	// mentions are versions of records that stay and refer to those that go.
	mentions   []subject.Version
	traces     *traces
	tombstones bool

	gone     map[model.EntityID]bool // records
	goldens  map[model.EntityID]bool // golden ids that go with them
	seals    map[model.EntityID]bool
	revision model.Revision

	rows      map[string]int64
	rewritten map[model.EntityID]bool // records that stay and lost a reference
	past      int                     // rows of the past that lost a value
}

// run removes what it is given, all in the transaction.
func (m *removal) run() error {
	m.gone, m.goldens, m.seals = map[model.EntityID]bool{}, map[model.EntityID]bool{}, map[model.EntityID]bool{}
	m.rewritten = map[model.EntityID]bool{}
	e := graph.Erasure{}
	for i := range m.records {
		rec := &m.records[i]
		m.gone[rec.Head.ID] = true
		e.Records = append(e.Records, rec.Head.ID)
		if m.tombstones {
			e.Tombstones = append(e.Tombstones, m.r.tombstone(rec.Head.Key))
		}
		for _, v := range rec.Versions {
			if v.Record != nil {
				m.sealed(sealRefs(nil, v.Record))
			}
		}
	}
	staying, err := m.staying()
	if err != nil {
		return err
	}
	for id := range m.gone {
		if !m.redirects(staying, id) {
			m.goldens[id] = true
			e.Goldens = append(e.Goldens, id)
		}
	}
	affected, err := m.affected()
	if err != nil {
		return err
	}
	if m.revision, err = m.tx.TakeRevision(m.ctx); err != nil {
		return fmt.Errorf("take a revision: %w", err)
	}
	for d, err := range m.tx.DecisionsOn(m.ctx, e.Records) {
		if err != nil {
			return fmt.Errorf("read the decisions on what goes: %w", err)
		}
		e.Unsaid = append(e.Unsaid, d.Revision)
	}
	rewrites, old := m.rewrites()
	for id := range m.seals {
		e.Sealed = append(e.Sealed, id)
	}
	if err := m.tellErased(e.Goldens); err != nil {
		return err
	}
	held, err := m.held(staying)
	if err != nil {
		return err
	}
	if err := m.unindex(e.Records); err != nil {
		return err
	}
	if m.rows, err = m.tx.Erase(m.ctx, e); err != nil {
		return err
	}
	if err := m.tx.PutMarks(m.ctx, held); err != nil {
		return fmt.Errorf("keep the protection that records which go have stated: %w", err)
	}
	if err := m.tx.RewriteVersions(m.ctx, rewrites); err != nil {
		return err
	}
	if err := m.reform(affected, old); err != nil {
		return err
	}
	if err := m.redirect(staying); err != nil {
		return err
	}
	return m.scrubPast()
}

// unindex counts what goes out of the key indexes.
func (m *removal) unindex(records []model.EntityID) error {
	kinds, err := m.tx.Matchings(m.ctx)
	if err != nil {
		return fmt.Errorf("read which kinds are kept matched: %w", err)
	}
	if len(kinds) == 0 {
		return nil
	}
	indexed, err := m.tx.Indexed(m.ctx, records)
	if err != nil {
		return fmt.Errorf("read the keys of %d records: %w", len(records), err)
	}
	less := map[model.Kind]int64{}
	for i := range indexed {
		if indexed[i].Keys != nil {
			less[m.records[i].Head.Key.Kind]++
		}
	}
	for _, now := range kinds {
		if n := less[now.Kind]; n > 0 && now.Records >= 0 {
			now.Records -= n
			if err := m.tx.PutMatching(m.ctx, now); err != nil {
				return fmt.Errorf("write how many records are matched: %w", err)
			}
		}
	}
	return nil
}

func (m *removal) sealed(refs []model.EntityID) {
	for _, id := range refs {
		m.seals[id] = true
	}
}

// staying are, by the golden ids of what goes, the records in them that stay.
func (m *removal) staying() (map[model.EntityID][]model.EntityID, error) {
	var goldens []model.EntityID
	for i := range m.records {
		goldens = append(goldens, m.records[i].Head.Golden)
	}
	out := map[model.EntityID][]model.EntityID{}
	for h, err := range m.tx.HeadsOf(m.ctx, goldens) {
		if err != nil {
			return nil, fmt.Errorf("read the records beside those that go: %w", err)
		}
		if !m.gone[h.ID] {
			out[h.Golden] = append(out[h.Golden], h.ID)
		}
	}
	return out, nil
}

// redirects tells whether an id goes on as a redirect: other records of the golden
// record that it stands for stay.
func (m *removal) redirects(staying map[model.EntityID][]model.EntityID, id model.EntityID) bool {
	for i := range m.records {
		if h := &m.records[i].Head; h.ID == id {
			return len(staying[h.Golden]) > 0
		}
	}
	return false
}

// affected are the records that stay and that bear on those that go, or are borne
// on by them: what shares a key, a decision, a pair or a cluster with them, and
// what refers to them.
func (m *removal) affected() ([]model.EntityID, error) {
	u := m.r.newUnit(m.ctx, m.tx, len(m.records))
	u.judging = true
	var err error
	if u.matched, err = matchedKinds(m.ctx, m.tx); err != nil {
		return nil, err
	}
	ids := make([]model.EntityID, 0, len(m.gone))
	for id := range m.gone {
		ids = append(ids, id)
	}
	nodes, err := u.load(ids)
	if err != nil {
		return nil, err
	}
	if err := u.close(nodes); err != nil {
		return nil, err
	}
	found := map[model.EntityID]bool{}
	for id := range u.nodes {
		found[id] = true
	}
	for i := range m.mentions {
		found[m.mentions[i].ID] = true
	}
	goldens := map[model.EntityID]bool{}
	for i := range m.records {
		goldens[m.records[i].Head.Golden], goldens[m.records[i].Head.ID] = true, true
	}
	var targets, from []model.EntityID
	for id := range goldens {
		targets = append(targets, id)
	}
	for l, err := range m.tx.Referrers(m.ctx, targets, nil, model.Unclassified) {
		if err != nil {
			return nil, fmt.Errorf("read who refers to what goes: %w", err)
		}
		from = append(from, l.From)
	}
	for h, err := range m.tx.HeadsOf(m.ctx, from) {
		if err != nil {
			return nil, fmt.Errorf("read who refers to what goes: %w", err)
		}
		found[h.ID] = true
	}
	out := ids[:0]
	for id := range found {
		if !m.gone[id] {
			out = append(out, id)
		}
	}
	slices.SortFunc(out, model.EntityID.Compare)
	return out, nil
}

// rewrites are the mentions without what they say of those that go, and by record
// what it said before.
func (m *removal) rewrites() ([]graph.Version, map[model.EntityID]*model.Record) {
	var out []graph.Version
	old := map[model.EntityID]*model.Record{}
	for i := range m.mentions {
		v := &m.mentions[i]
		old[v.ID] = v.Record // of several the latest
		rec := *v.Record
		rec.Statements, rec.Issues = nil, slices.Clone(v.Record.Issues)
		for _, st := range v.Record.Statements {
			if m.traces.refers(st.Value) {
				for i := range rec.Issues {
					if rec.Issues[i].Property == st.Property {
						rec.Issues[i].Original = "" // what was delivered may name the one who goes
					}
				}
				if l, ok := st.Value.(model.Link); ok && !l.Ref.Seal.IsZero() {
					m.seals[l.Ref.Seal] = true
				}
				continue
			}
			rec.Statements = append(rec.Statements, st)
		}
		w := v.Version
		w.Doc = document.AppendRecord([]byte{}, &rec)
		out = append(out, w)
		m.rewritten[v.ID] = true
	}
	return out, old
}

// reform partitions records anew and makes their golden records again, as if they
// had just changed. old is what they said before, where that was taken from them.
func (m *removal) reform(ids []model.EntityID, old map[model.EntityID]*model.Record) error {
	if len(ids) == 0 {
		return nil
	}
	r := m.r
	u := r.newUnit(m.ctx, m.tx, len(ids))
	u.rev, u.writes.takes, u.judging = m.revision, true, true
	heads, err := m.tx.HeadsByID(m.ctx, ids)
	if err != nil {
		return fmt.Errorf("read %d record heads: %w", len(ids), err)
	}
	recs, err := r.lastWords(m.ctx, m.tx, heads)
	if err != nil {
		return err
	}
	for i, h := range heads {
		n := &node{before: h, head: h, changed: true, oldRec: recs[i]}
		if was := old[h.ID]; was != nil {
			n.oldRec = was
		}
		if h.Live {
			n.rec = recs[i]
		} else {
			n.last = recs[i]
		}
		u.add(n)
		u.changed = append(u.changed, n)
	}
	if u.matched, err = matchedKinds(m.ctx, m.tx); err != nil {
		return err
	}
	if err := u.close(u.changed); err != nil {
		return err
	}
	if err := u.reweigh(); err != nil {
		return err
	}
	if err := u.partition(u.changed); err != nil {
		return err
	}
	if err := u.settle(); err != nil {
		return err
	}
	return u.writes.put(m.ctx, m.tx)
}

// scrubPast takes what the records said, and every reference to them, out of the
// golden rows of the past that stay.
func (m *removal) scrubPast() error {
	var needles [][]byte
	for id := range m.gone {
		needles = append(needles, id[:])
	}
	for id := range m.seals {
		needles = append(needles, id[:])
	}
	if m.traces != nil {
		needles = append(needles, m.traces.needles()...)
	}
	present := map[model.EntityID]model.Revision{}
	var rows []graph.Golden
	for g, err := range m.tx.GoldensWith(m.ctx, needles) {
		if err != nil {
			return fmt.Errorf("search the past: %w", err)
		}
		rows = append(rows, g)
		present[g.ID] = 0
	}
	ids := make([]model.EntityID, 0, len(present))
	for id := range present {
		ids = append(ids, id)
	}
	now, err := m.tx.Goldens(m.ctx, ids, 0)
	if err != nil {
		return fmt.Errorf("read %d golden records: %w", len(ids), err)
	}
	for _, g := range now {
		present[g.ID] = g.Revision
	}
	var out []graph.Golden
	for _, g := range rows {
		changed, err := m.scrub(&g)
		if err != nil {
			return err
		}
		if !changed {
			continue
		}
		if present[g.ID] == g.Revision {
			return fmt.Errorf("golden record %s would still say what was removed: run karna verify", g.ID)
		}
		out = append(out, g)
	}
	m.past = len(out)
	return m.tx.RewriteGoldens(m.ctx, out)
}

// scrub takes what is gone out of a golden row, and tells whether there was any.
func (m *removal) scrub(row *graph.Golden) (bool, error) {
	changed := false
	if m.goldens[row.Redirect] {
		row.State, row.Redirect, changed = graph.Ended, model.EntityID{}, true
	}
	if row.State != graph.Live {
		return changed, nil
	}
	g := model.Golden{ID: row.ID, Kind: row.Kind, Disclosure: row.Disclosure}
	var e model.Evidence
	if err := document.DecodeGolden(row.Values, &g); err != nil {
		return false, fmt.Errorf("golden record %s at revision %d: %w", row.ID, row.Revision, err)
	}
	if err := document.DecodeEvidence(row.Evidence, &e); err != nil {
		return false, fmt.Errorf("evidence of golden record %s at revision %d: %w", row.ID, row.Revision, err)
	}
	// What records say each by itself is not kept where any of it goes.
	testimony, err := document.DecodeTestimony(row.Values)
	if err != nil {
		return false, fmt.Errorf("golden record %s at revision %d: %w", row.ID, row.Revision, err)
	}
	if testimony != nil {
		changed = changed || slices.ContainsFunc(testimony.Words, func(w model.Word) bool { return m.says(w.Value) })
	}
	place := make([]int, len(e.Members)) // of those that stay, from 1
	var members []model.EntityID
	for i, id := range e.Members {
		if m.gone[id] {
			changed = true
			continue
		}
		members = append(members, id)
		place[i] = len(members)
	}
	supporters := func(records []uint32) []uint32 {
		var out []uint32
		for _, at := range records {
			if place[at] > 0 {
				out = append(out, uint32(place[at]-1))
			}
		}
		return out
	}
	var values []model.GoldenValue
	var support []model.Support
	for i, v := range g.Values {
		s := model.Support{}
		if i < len(e.Support) {
			s = model.Support{Rule: e.Support[i].Rule, Records: supporters(e.Support[i].Records)}
		}
		if m.says(v.Value) || i < len(e.Support) && len(e.Support[i].Records) > 0 && len(s.Records) == 0 {
			changed = true
			continue
		}
		values = append(values, v)
		if i < len(e.Support) {
			support = append(support, s)
		}
	}
	var alternatives []model.Alternative
	for _, a := range e.Alternatives {
		had := len(a.Records)
		a.Records = supporters(a.Records)
		if m.says(a.Value) || had > 0 && len(a.Records) == 0 {
			changed = true
			continue
		}
		alternatives = append(alternatives, a)
	}
	if !changed {
		return false, nil
	}
	g.Values = values
	e = model.Evidence{Members: members, Support: support, Alternatives: alternatives}
	row.Sort, row.Values, row.Evidence = document.OrderKey(&g, nil), document.AppendGolden(nil, &g), document.AppendEvidence(nil, &e)
	return true, nil
}

// says tells whether a value is one of what is gone, or points to it.
func (m *removal) says(v model.Value) bool {
	switch v := v.(type) {
	case model.Identifier:
		return m.seals[v.Seal]
	case model.Link:
		return m.goldens[v.To] || m.seals[v.Ref.Seal] || m.traces != nil && m.traces.refers(v)
	}
	return false
}

// opaque are the ids, references and hashes that stand for the records in the
// store: after their removal none of them is there.
func (m *removal) opaque() [][]byte {
	var out [][]byte
	id := func(id model.EntityID) { out = append(out, bytes.Clone(id[:]), []byte(id.String())) }
	for i := range m.records {
		rec := &m.records[i]
		if h := &rec.Head; m.goldens[h.ID] {
			id(h.ID)
		}
		if !rec.Head.Item.IsZero() {
			out = append(out, bytes.Clone(rec.Head.Item[:]))
		}
		keys := []uint64{resolve.RecordRefKey(rec.Head.Key, m.r.keys.MatchKey)}
		for _, k := range keys {
			out = append(out, binary.BigEndian.AppendUint64(nil, k^1<<63)) // as stores keep it
		}
	}
	for ref := range m.seals {
		id(ref)
	}
	return out
}
