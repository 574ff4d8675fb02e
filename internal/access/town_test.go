package access_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"hash/fnv"
	"slices"
	"time"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/document"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/subject"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
	"github.com/karna-registry/karna/resolve"
)

const base = "https://data.example.se"

// town is a small registry: records come and go, revision by revision, clusters
// are as the test says, and golden records are what resolve makes of them.
type town struct {
	store   *memory
	policy  *resolve.Policy
	now     time.Time
	records map[model.EntityID]*model.Record // live
	// keys of every record ever, and which cluster (by its founder) it is in
	keys    map[model.EntityID]model.RecordKey
	cluster map[model.EntityID]model.EntityID
	changed map[model.EntityID]bool
	// offices are the roles that a decision has opened, and when.
	offices map[model.EntityID]model.Period
	seals   map[access.Unsealed]model.EntityID
}

func newTown() *town {
	return &town{
		store: newMemory(), policy: &resolve.Policy{Trust: map[model.Source]int{"hr": 2, "school": 1}},
		now: time.Date(2024, time.March, 5, 12, 0, 0, 0, time.UTC), records: map[model.EntityID]*model.Record{},
		keys: map[model.EntityID]model.RecordKey{}, cluster: map[model.EntityID]model.EntityID{},
		changed: map[model.EntityID]bool{}, offices: map[model.EntityID]model.Period{}, seals: map[access.Unsealed]model.EntityID{},
	}
}

// sources are what the tests declare.
var sources = map[model.Source]access.Source{
	"hr": {Authority: "kommunstyrelsen"}, "school": {Authority: "utbildningsnämnden"},
	"social": {Authority: "socialnämnden", Disclosure: model.Restricted}, "open": {Authority: "kommunstyrelsen", Disclosure: model.Open},
}

// deliveries are the ids of what sources deliver; those of others are not known.
var deliveries = map[model.Source]model.EntityID{"hr": id(601), "social": id(602), "school": id(603)}

func (t *town) access() *access.Access {
	return access.New(access.Deps{
		Auditor: access.Unaudited, Store: t.store, BaseIRI: base, Unsealer: t.store, Keyer: keyer{}, Hearer: t, Weigher: keyer{}, Finder: holder{t}, Sources: sources, ProofOf: proofOf, Clock: func() time.Time { return t.now },
	})
}

// proofOf is what a scheme proves in the town, which has one of its own.
func proofOf(s model.Scheme) model.Proof {
	if s == "postcode" {
		return model.Proof{Kinds: []model.Kind{model.Geography}}
	}
	return model.ProofOf(s)
}

// Hear is access.Hearer by the town's policy.
func (t *town) Hear(said *model.Testimony, kind model.Kind, heard func(model.Source) bool) (model.Golden, model.Evidence) {
	return resolve.Hear(said, kind, t.policy, heard)
}

// view is the town as a caller sees it.
func (t *town) view(r access.Rights) *access.View { return t.access().View(r) }

// holder finds what the town has about a person by going over all of it.
type holder struct{ t *town }

func (f holder) Held(_ context.Context, id model.EntityID) (*subject.Held, error) {
	m := f.t.store
	out := &subject.Held{ID: m.heads[id].Golden, Kind: m.heads[id].Key.Kind}
	keys := map[model.RecordKey]bool{}
	tell := func(h graph.Head) (subject.Record, bool) {
		rec, theirs := subject.Record{Head: h}, false
		for _, v := range m.versions[h.ID] {
			said := subject.Version{Version: v, Key: h.Key}
			if v.Doc != nil {
				var err error
				if said.Record, err = document.DecodeRecord(v.Doc); err != nil {
					panic(err)
				}
				for i := range said.Record.Statements {
					st := &said.Record.Statements[i]
					switch x := st.Value.(type) {
					case model.Identifier:
						if u, ok := m.sealed[x.Seal]; ok {
							x.Value = u.Value
							st.Value = x
						}
					case model.Link:
						theirs = theirs || keys[x.Ref.Key]
					}
				}
			}
			rec.Versions = append(rec.Versions, said)
		}
		return rec, theirs
	}
	ids := make([]model.EntityID, 0, len(m.heads))
	for id := range m.heads {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, model.EntityID.Compare)
	for _, id := range ids {
		if h := m.heads[id]; h.Golden == out.ID && !out.ID.IsZero() {
			rec, _ := tell(h)
			out.Records, keys[h.Key] = append(out.Records, rec), true
		}
	}
	for _, id := range ids {
		if h := m.heads[id]; h.Key.Kind == model.Role && out.Kind == model.Person {
			if rec, theirs := tell(h); theirs {
				out.Roles = append(out.Roles, rec)
			}
		}
	}
	return out, nil
}

func (holder) QuarantineOf(context.Context, *subject.Held) ([]graph.Quarantined, error) {
	return nil, nil
}

func (f holder) Cases(_ context.Context, _ graph.RectificationState, after model.EntityID, _ int) (out []subject.Case, err error) {
	for n := range f.t.keys {
		if n.Compare(after) > 0 && f.t.keys[n].Kind == model.Person {
			out = append(out, f.about(n))
		}
	}
	slices.SortFunc(out, func(a, b subject.Case) int { return a.ID.Compare(b.ID) })
	return out, nil
}

func (f holder) Case(_ context.Context, id model.EntityID) (subject.Case, error) {
	if f.t.keys[id].Kind != model.Person {
		return subject.Case{}, access.ErrNotFound
	}
	return f.about(id), nil
}

// about is a case about a record: every person has one.
func (f holder) about(id model.EntityID) subject.Case {
	return subject.Case{ID: id, Subject: id, Property: ontology.PersonFamilyName, Source: f.t.keys[id].Source, Wrong: "Ohm " + f.t.keys[id].LocalID}
}

type keyer struct{}

// WeighPair says the same of every pair: the view adds what may be seen.
func (keyer) WeighPair(context.Context, model.EntityID, model.EntityID) (access.Evidence, bool, error) {
	return access.Evidence{Prior: -9, Total: 3, Band: "link", Model: "m", Constraints: []string{"different-identifier"}, Steps: []access.EvidenceStep{
		{Comparison: "identifier:personnummer", Level: "same", Bits: 8, Properties: []model.PropertyID{ontology.PersonIdentifier, ontology.OrgIdentifier}},
		{Comparison: "given", Level: "near", Bits: 4, Properties: []model.PropertyID{ontology.PersonGivenName, ontology.OrgName}},
	}}, true, nil
}

// pair is a pair of two records that weighs n bits.
func pair(kind model.Kind, n int32, a, b int) graph.Pair {
	p := graph.Pair{PairKey: graph.PairKey{A: id(a), B: id(b)}, Kind: kind, Band: graph.ReviewBand, Weight: n * 1000, Model: graph.Hash{7}, Revision: 1}
	if p.A.Compare(p.B) > 0 {
		p.A, p.B = p.B, p.A
	}
	if n > 0 {
		p.Band = graph.LinkBand
	}
	return p
}

func sortPairs(pairs []graph.Pair) {
	slices.SortFunc(pairs, func(a, b graph.Pair) int { return a.Compare(b.PairKey) })
}

func (keyer) IdentifierKeys(kind model.Kind, scheme model.Scheme, value string, _ bool) ([]uint64, error) {
	return []uint64{resolve.IdentifierKey(kind, scheme, value, hash)}, nil
}

func hash(parts ...string) uint64 {
	h := fnv.New64a()
	for _, p := range parts {
		_, _ = h.Write([]byte(p))
		_, _ = h.Write([]byte{0})
	}
	return h.Sum64()
}

// id makes a short test id; smaller numbers are older.
func id(n int) (out model.EntityID) {
	out[0], out[6], out[8] = 1, 0x70, 0x80
	binary.BigEndian.PutUint32(out[12:], uint32(n))
	return out
}

// say makes a statement.
func say(p model.PropertyID, v model.Value) model.Statement {
	return model.Statement{Property: p, Value: v}
}

func text(s string) model.Text { return model.Text{Text: s} }

func code(scheme, notation string) model.Code { return model.Code{Scheme: scheme, Notation: notation} }

// to is a link to a record of another kind by its key.
func to(source model.Source, kind model.Kind, local string) model.Link {
	return model.Link{Ref: model.Reference{Key: model.RecordKey{Source: source, Kind: kind, LocalID: local}}}
}

// put delivers a record; without statements it is retracted.
func (t *town) put(n int, source model.Source, kind model.Kind, local string, statements ...model.Statement) {
	t.putAs(n, source, kind, local, model.Unclassified, statements...)
}

func (t *town) putAs(n int, source model.Source, kind model.Kind, local string, d model.Disclosure, statements ...model.Statement) {
	key := model.RecordKey{Source: source, Kind: kind, LocalID: local}
	t.keys[id(n)] = key
	if _, known := t.cluster[id(n)]; !known {
		t.cluster[id(n)] = id(n)
	}
	t.changed[id(n)] = true
	if len(statements) == 0 {
		delete(t.records, id(n))
		return
	}
	rec := &model.Record{Key: key, Disclosure: d, Statements: slices.Clone(statements)}
	for i := range rec.Statements {
		st := &rec.Statements[i]
		if ident, ok := st.Value.(model.Identifier); ok && proofOf(ident.Scheme).Sealed || ok && model.LooksPersonal(ident.Value) {
			ident.Seal = t.seal(ident, st.Original)
			st.Value = ident
		}
	}
	t.records[id(n)] = rec
}

func (t *town) seal(ident model.Identifier, original string) model.EntityID {
	u := access.Unsealed{Scheme: ident.Scheme, Value: ident.Value, Original: original}
	ref, ok := t.seals[u]
	if !ok {
		binary.BigEndian.PutUint64(ref[8:], hash(string(u.Scheme), u.Value, u.Original))
		ref[0] = 0xee
		t.seals[u], t.store.sealed[ref] = ref, u
	}
	return ref
}

// merge puts records into one cluster; split puts one back by itself.
func (t *town) merge(ns ...int) {
	for _, n := range ns {
		t.cluster[id(n)] = id(ns[0])
	}
}

func (t *town) split(n int) { t.cluster[id(n)] = id(n) }

// commit makes a revision of what was put.
func (t *town) commit() {
	s := t.store
	s.at++
	s.committed = append(s.committed, t.now.Add(time.Duration(s.at)*time.Hour))
	goldenOf := t.goldenIDs()
	for n, key := range t.keys {
		h := s.heads[n]
		if was := h.Golden; goldenOf[n] != was && (goldenOf[n] != n || !was.IsZero()) {
			s.moves[n] = append(s.moves[n], graph.Membership{Record: n, Revision: s.at, Golden: goldenOf[n]})
		}
		h.Key, h.ID, h.Golden, h.Live = key, n, goldenOf[n], t.records[n] != nil
		if v := (graph.Version{ID: n, Revision: s.at}); t.changed[n] {
			v.Delivery = deliveries[key.Source]
			all := s.versions[n]
			if rec := t.records[n]; rec != nil {
				v.Doc = document.AppendRecord([]byte{}, rec)
			} else if v.Gone = true; len(all) > 0 {
				v.Doc = all[len(all)-1].Doc
			}
			// The same again is no version, nor is the end of what never was.
			same := len(all) == 0 && v.Gone
			if k := len(all); k > 0 {
				same = bytes.Equal(all[k-1].Doc, v.Doc) && all[k-1].Gone == v.Gone
			}
			if !same {
				h.Revision = s.at
				s.versions[n] = append(all, v)
			}
		}
		s.heads[n] = h
	}
	clear(t.changed)
	t.survive(goldenOf)
	t.index()
}

func (t *town) goldenIDs() map[model.EntityID]model.EntityID {
	least := map[model.EntityID]model.EntityID{}
	for n, c := range t.cluster {
		if l, ok := least[c]; !ok || n.Compare(l) < 0 {
			least[c] = n
		}
	}
	out := map[model.EntityID]model.EntityID{}
	for n, c := range t.cluster {
		out[n] = least[c]
	}
	return out
}

// survive makes every golden record anew and appends what differs.
func (t *town) survive(goldenOf map[model.EntityID]model.EntityID) {
	members := map[model.EntityID][]resolve.Member{}
	retracted := map[model.EntityID][]model.EntityID{}
	for n, g := range goldenOf {
		if rec := t.records[n]; rec != nil {
			members[g] = append(members[g], resolve.Member{Subject: resolve.Subject{ID: n, Record: rec}, Source: rec.Key.Source})
		} else {
			retracted[g] = append(retracted[g], n)
		}
	}
	class := map[model.EntityID]model.Disclosure{}
	target := func(ref model.Reference) (model.EntityID, model.Disclosure, bool) {
		for n, key := range t.keys {
			if key == ref.Key && t.records[n] != nil {
				return goldenOf[n], class[goldenOf[n]], true
			}
		}
		return model.EntityID{}, model.Unclassified, false
	}
	pins := map[model.EntityID][]resolve.Pin{}
	for range 3 { // what a role is depends on its holder, and what points to it on that
		for g, m := range members {
			pins[g] = t.holderName(g, m, class, target, members)
			class[g] = resolve.DisclosureOf(m, t.policy, target, pins[g]...)
		}
	}
	for n, g := range goldenOf {
		row := graph.Golden{ID: n, Kind: t.keys[n].Kind, State: graph.Merged, Redirect: g}
		switch m := members[g]; {
		case n == g && len(m) > 0:
			golden, evidence := resolve.Survive(m, t.policy, pins[g], target)
			slices.SortFunc(retracted[g], model.EntityID.Compare)
			evidence.Members = append(evidence.Members, retracted[g]...)
			golden.ID = g
			row.State, row.Redirect, row.Disclosure = graph.Live, model.EntityID{}, golden.Disclosure
			row.Values = []byte{}
			testimony := resolve.Testify(m, t.policy, target, golden.Disclosure)
			row.Sort = document.OrderKey(&golden, testimony)
			if g[15]%2 == 0 || testimony != nil { // otherwise it was written before, and the evidence tells
				row.Values = document.AppendSources(row.Values, &golden, &evidence, testimony, func(i int) model.Source { return t.keys[evidence.Members[i]].Source })
			}
			row.Values = document.AppendTestimony(document.AppendGolden(row.Values, &golden), testimony)
			row.Evidence = document.AppendEvidence([]byte{}, &evidence)
		case n == g:
			row.State, row.Redirect = graph.Ended, model.EntityID{}
		}
		t.appendVersion(row)
	}
}

// holderName is what is said of an office that a decision has opened.
func (t *town) holderName(g model.EntityID, m []resolve.Member, class map[model.EntityID]model.Disclosure, target resolve.Resolver, members map[model.EntityID][]resolve.Member) []resolve.Pin {
	period, open := t.offices[g]
	if !open || !resolve.CanBePublic(m) {
		return nil
	}
	for _, st := range m[0].Record.Statements {
		l, ok := st.Value.(model.Link)
		if !ok || st.Property != ontology.RoleHolder {
			continue
		}
		holder, _, ok := target(l.Ref)
		if !ok || class[holder] == model.Protected {
			return nil
		}
		person, _ := resolve.Survive(members[holder], t.policy, nil, target)
		name := ""
		for _, p := range []model.PropertyID{ontology.PersonGivenName, ontology.PersonFamilyName} {
			for _, val := range person.All(p) {
				name += val.Value.(model.Text).Text + " "
			}
		}
		return []resolve.Pin{{Property: ontology.RoleHolderName, Value: text(name), Period: period}}
	}
	return nil
}

func (t *town) appendVersion(row graph.Golden) {
	all := t.store.goldens[row.ID]
	if len(all) == 0 && row.State != graph.Live {
		return
	}
	if n := len(all); n > 0 {
		last := all[n-1]
		if last.State == row.State && last.Redirect == row.Redirect && last.Disclosure == row.Disclosure &&
			bytes.Equal(last.Values, row.Values) && bytes.Equal(last.Evidence, row.Evidence) {
			return
		}
	}
	row.Revision = t.store.at
	t.store.goldens[row.ID] = append(all, row)
}

func (t *town) index() {
	t.store.keys, t.store.waiting, t.store.flawed = nil, nil, nil
	for n, rec := range t.records {
		if len(rec.Issues) > 0 {
			t.store.flawed = append(t.store.flawed, graph.Flawed{Record: n, Source: rec.Key.Source})
		}
		for _, k := range resolve.Keys(rec, t.policy, hash) {
			t.store.keys = append(t.store.keys, graph.MatchKey{Key: k, Record: n})
		}
		for _, st := range rec.Statements {
			l, ok := st.Value.(model.Link)
			if ok && !slices.ContainsFunc(t.live(), func(k model.RecordKey) bool { return k == l.Ref.Key }) {
				t.store.waiting = append(t.store.waiting, graph.Dangling{Key: hash(l.Ref.Key.String()), Record: n, Property: st.Property})
			}
		}
	}
	slices.SortFunc(t.store.waiting, func(a, b graph.Dangling) int {
		if c := a.Record.Compare(b.Record); c != 0 {
			return c
		}
		return int(a.Property) - int(b.Property)
	})
	slices.SortFunc(t.store.flawed, graph.Flawed.Compare)
	slices.SortFunc(t.store.keys, func(a, b graph.MatchKey) int { return a.Record.Compare(b.Record) })
}

func (t *town) live() []model.RecordKey {
	var out []model.RecordKey
	for _, rec := range t.records {
		out = append(out, rec.Key)
	}
	return out
}

// livelyTown is the town of the rules after some changes: a flag, a split, an
// end, and work for stewards.
func livelyTown() *town {
	t := ruledTown()
	t.split(annaSchool)
	t.put(annaSchool, "school", model.Person, "aa", say(ontology.PersonGivenName, text("Anna-Lena")), say(ontology.PersonFamilyName, text("Eek")),
		say(ontology.PersonProtection, noteOf(marked)))
	t.records[id(annaSchool)].Issues = []model.Issue{
		{Property: ontology.PersonBirthDate, Place: "line 2, column born", Code: model.IssueBadDate, Text: "no date", Original: "1870-13-01"},
		{Property: ontology.PersonSex, Place: "line 2, column sex", Code: model.IssueUnknownCode, Text: "no code", Original: "okänt"},
	}
	t.put(unit, "hr", model.Organisation, "u1", t.records[id(unit)].Statements...)
	t.records[id(unit)].Issues = []model.Issue{{Property: ontology.OrgName, Place: "line 7, column name", Code: model.IssueBadText, Text: "no text", Original: "Sk�lan"}}
	t.put(service, "open", model.Service, "sv", say(ontology.ServiceName, text("Bygglov och attefall")),
		say(ontology.ServiceProvider, to("hr", model.Organisation, "u1")))
	t.commit()
	t.put(county, "open", model.Geography, "12")
	t.put(pupil, "school", model.Role, "e1")
	t.commit()
	t.store.conflicts = []graph.Conflict{
		{ID: graph.Hash{1}, Code: "decision", Records: ids(unit, post), Revision: 1},
		{ID: graph.Hash{2}, Code: "decision", Records: ids(unit, bertilHR), Revision: 2},
	}
	t.store.decisions = []graph.Decision{{ID: id(501), A: id(annaHR), B: id(annaSchool), Verdict: graph.Different, Actor: "eva", Reason: "two people", Revision: 2, At: t.now}}
	t.store.pairs = []graph.Pair{pair(model.Person, -2, annaHR, bertilHR), pair(model.Person, -1, annaSchool, annaHR), pair(model.Organisation, 4, unit, post)}
	sortPairs(t.store.pairs)
	t.store.held = []graph.Quarantined{
		{Item: graph.Hash{1}, Source: "hr", Place: "line 1", Reason: "broken", At: t.now},
		{Item: graph.Hash{2}, Source: "social", Place: "line 1", Reason: "broken", At: t.now},
	}
	t.store.delivered = []graph.Delivery{{ID: id(601), Source: "hr", Name: "a.xml", State: graph.Done, Started: t.now, Ended: t.now}}
	return t
}
