package graphtest

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// scripts is text as it comes: composed and decomposed, of both directions,
// outside the basic plane, with marks that stack, and with case that does not
// map one to one.
var scripts = []string{
	"Åsa Öberg", "A\u030asa O\u0308berg", "Šiška-Žuželková", "Äijälä", "Eeva-Liisa Yrjö-Koskinen", "Sámi giella čđŋšŧž",
	"Ελληνικά ΣΊΣΥΦΟΣ ς", "Юлия Щёголева", "عبد الرحمن", "\u200fשלום\u200e", "ދިވެހި", "हिन्दी क्षत्रिय", "ภาษาไทย", "日本語 漢字 かな", "한국어",
	"STRASSE Straße ẞ ß", "İstanbul ıI", "ﬁ ligature", "👩🏽\u200d🚒 🇸🇪", "Z̷͎̈a̵̟̓l̶̰̀g̴̳̚o̶̗͝", "\u0001\t\r\n\u007f", "tab\tnew\nline", "\ufeffbom", "\u200bzero width", "a\u00a0b",
	"𐍈𝔘", "\U0010fffd", "\ufffd",
}

func textScripts(s *suite) {
	id := s.id()
	for i, text := range scripts {
		record := s.id()
		k := model.RecordKey{Source: model.Source("source " + text), Kind: model.Person, LocalID: text}
		s.update(func(tx graph.Tx, r model.Revision) error {
			h := head(record, k, i, r)
			h.Part = text
			return firstError(
				tx.PutHeads(s.ctx, []graph.Head{h}),
				tx.PutGoldens(s.ctx, []graph.GoldenChange{{New: golden(record, model.Person, r, text), NewTerms: []graph.Term{name(text, record)},
					NewLinks: []graph.Link{{To: id, Property: 1, From: record, Role: text}}}}),
				tx.PutQuarantine(s.ctx, []graph.Quarantined{{Item: hash(i), Source: k.Source, Place: text, Reason: text, At: s.clock.Now()}}, nil),
				tx.PutDelivery(s.ctx, graph.Delivery{ID: record, Source: k.Source, Name: text, Message: text, Started: s.clock.Now()}),
				tx.PutDecisions(s.ctx, []graph.Decision{{ID: record, A: id, B: record, Verdict: graph.Unsure, Actor: text, Reason: text, Revision: r, At: s.clock.Now()}}),
				tx.PutArtifact(s.ctx, graph.Artifact{Name: text, Hash: hash(i), Body: []byte(text), Revision: r}))
		})
		what := func(of string) string { return fmt.Sprintf("%s %+q", of, text) }
		heads := must[[]graph.Head](s)(s.store.Heads(s.ctx, []model.RecordKey{k}))
		if heads[0].ID != record || heads[0].Key != k || heads[0].Part != text {
			s.Errorf("%s: got %+v", what("head of"), heads[0])
		}
		equal(s, what("part"), must[int64](s)(s.store.CountPart(s.ctx, k.Source, text)), int64(1))
		equal(s, what("found"), idsOf(s.find(s.store, people(inName(text, false)))), []model.EntityID{record})
		if q := all(s, s.store.Quarantine(s.ctx, k.Source, graph.Hash{}, plenty)); len(q) != 1 || q[0].Place != text || q[0].Reason != text || q[0].Source != k.Source {
			s.Errorf("%s: %+v", what("quarantine"), q)
		}
		if d := all(s, s.store.Deliveries(s.ctx, k.Source, plenty)); len(d) != 1 || d[0].Name != text || d[0].Message != text {
			s.Errorf("%s: %+v", what("delivery"), d)
		}
		if d := all(s, s.store.DecisionsOn(s.ctx, []model.EntityID{record})); len(d) != 1 || d[0].Actor != text || d[0].Reason != text {
			s.Errorf("%s: %+v", what("decision"), d)
		}
		if a, ok, err := s.store.Artifact(s.ctx, text); err != nil || !ok || string(a.Body) != text {
			s.Errorf("%s: %v, %v, %v", what("artifact"), a, ok, err)
		}
	}
	var roles []string
	for _, l := range all(s, s.store.Referrers(s.ctx, []model.EntityID{id}, nil, model.Unclassified)) {
		roles = append(roles, l.Role)
	}
	slices.Sort(roles)
	equal(s, "roles", roles, slices.Sorted(slices.Values(scripts)))
	// The order is of bytes, in the list and in the index.
	sorted := slices.Sorted(slices.Values(scripts))
	var listed []string
	for _, g := range s.list(s.store, graph.ListQuery{Kind: model.Person, Disclosure: open}) {
		listed = append(listed, string(g.Sort))
	}
	equal(s, "list", listed, sorted)
	var found []string
	for _, g := range s.find(s.store, people(inName("", true))) {
		found = append(found, string(g.Sort))
	}
	equal(s, "find", found, sorted)
}

func textCase(s *suite) {
	locals := []string{"a", "A", "å", "Å", "A\u030a", "ß", "SS", "ss", "a ", " a", "0136", "136"}
	ids := s.ids(len(locals))
	s.update(func(tx graph.Tx, r model.Revision) error {
		var heads []graph.Head
		var changes []graph.GoldenChange
		for i, local := range locals {
			heads = append(heads, head(ids[i], key(local), i, r))
			changes = append(changes, graph.GoldenChange{New: golden(ids[i], model.Person, r, local), NewTerms: []graph.Term{name(local, ids[i])}})
		}
		return firstError(tx.PutHeads(s.ctx, heads), tx.PutGoldens(s.ctx, changes))
	})
	for i, local := range locals {
		if got := must[[]graph.Head](s)(s.store.Heads(s.ctx, []model.RecordKey{key(local)})); got[0].ID != ids[i] || got[0].Key.LocalID != local {
			s.Errorf("the key %q has the head of %q", local, got[0].Key.LocalID)
		}
		equal(s, fmt.Sprintf("found %q", local), idsOf(s.find(s.store, people(inName(local, false)))), at(ids, i))
	}
	equal(s, "a…", idsOf(s.find(s.store, people(inName("a", true)))), at(ids, 0, 8))
	equal(s, "A…", idsOf(s.find(s.store, people(inName("A", true)))), at(ids, 1, 4))
}

// textBytes: a term's key is bytes, and the end of a prefix's range is where
// bytes say it is.
func textBytes(s *suite) {
	words := []string{"\x01", "a", "a\x01", "a\x7f", "a\x80", "a\xc3", "a\xc3\xa5", "a\xff", "a\xff\xff", "a\xff\xffb", "b", "\xff", "\xff\xff", "\xff\xffz"}
	slices.Sort(words)
	ids := s.people(words...)
	for i, w := range words {
		equal(s, fmt.Sprintf("found %q", w), idsOf(s.find(s.store, people(inName(w, false)))), at(ids, i))
	}
	for _, prefix := range []string{"", "a", "a\x7f", "a\xc3", "a\xff", "a\xff\xff", "\xff", "\xff\xff", "\xff\xff\xff"} {
		var want []model.EntityID
		for i, w := range words {
			if strings.HasPrefix(w, prefix) {
				want = append(want, ids[i])
			}
		}
		equal(s, fmt.Sprintf("found %q…", prefix), idsOf(s.find(s.store, people(inName(prefix, true)))), want)
	}
}

// textHostile: what a query language could take for its own is only text.
func textHostile(s *suite) {
	words := []string{"%", "_", "a%", "a_", "a\\", "a'b", `a"b`, "a;--", "$1", "?1", ":name", "@id", "{from}", "NULL", "\\x00", "a*", "*"}
	slices.Sort(words)
	ids := s.ids(len(words))
	target := s.id()
	s.update(func(tx graph.Tx, r model.Revision) error {
		for i, w := range words {
			h := head(ids[i], key(w), i, r)
			h.Part = w
			if err := firstError(tx.PutHeads(s.ctx, []graph.Head{h}), tx.PutGoldens(s.ctx, []graph.GoldenChange{{
				New: golden(ids[i], model.Person, r, w), NewTerms: []graph.Term{name(w, ids[i])}, NewLinks: []graph.Link{{To: target, Property: 1, From: ids[i], Role: w}},
			}})); err != nil {
				return err
			}
		}
		return nil
	})
	for i, w := range words {
		equal(s, "found "+w, idsOf(s.find(s.store, people(inName(w, false)))), at(ids, i))
		equal(s, "head of "+w, must[[]graph.Head](s)(s.store.Heads(s.ctx, []model.RecordKey{key(w)}))[0].ID, ids[i])
		equal(s, "part "+w, must[int64](s)(s.store.CountPart(s.ctx, "school", w)), int64(1))
		var want []model.EntityID
		for j, other := range words {
			if strings.HasPrefix(other, w) {
				want = append(want, ids[j])
			}
		}
		equal(s, "found "+w+"…", idsOf(s.find(s.store, people(inName(w, true)))), want)
	}
	equal(s, "links", len(all(s, s.store.Referrers(s.ctx, []model.EntityID{target}, nil, model.Unclassified))), len(words))
}

func bigDocuments(s *suite) {
	const size = 1 << 20
	big := bytes.Repeat([]byte("0123456789abcde\x00"), size/16)
	id, record, ref := s.id(), s.id(), s.id()
	g := golden(id, model.Organisation, 1, "x")
	g.Values, g.Evidence = big, bytes.Repeat([]byte{0xff}, size)
	local := strings.Repeat("a long key ", 60)
	s.update(func(tx graph.Tx, r model.Revision) error {
		return firstError(tx.PutGoldens(s.ctx, []graph.GoldenChange{put(g)}),
			tx.AppendVersions(s.ctx, []graph.Version{{ID: record, Revision: r, Doc: big}}),
			tx.PutSealed(s.ctx, []graph.Sealed{{Ref: ref, Hash: hash(1), KeyID: 1, Data: big}}),
			tx.PutQuarantine(s.ctx, []graph.Quarantined{{Item: hash(1), Source: "school", Body: big, At: s.clock.Now()}}, nil),
			tx.PutArtifact(s.ctx, graph.Artifact{Name: "policy", Hash: hash(1), Body: big, Revision: r}),
			tx.PutHeads(s.ctx, []graph.Head{head(record, key(local), 1, r)}))
	})
	got := s.golden(s.store, id)
	if !bytes.Equal(got.Values, big) || !bytes.Equal(got.Evidence, g.Evidence) {
		s.Errorf("a golden record of 1 MB comes back as %d and %d bytes", len(got.Values), len(got.Evidence))
	}
	versions := all(s, s.store.History(s.ctx, record))
	if len(versions) != 1 || !bytes.Equal(versions[0].Doc, big) {
		s.Error("a record of 1 MB comes back otherwise")
	}
	sealed := must[[]graph.Sealed](s)(s.store.Sealed(s.ctx, []model.EntityID{ref}))
	held := all(s, s.store.Quarantine(s.ctx, "", graph.Hash{}, plenty))
	artifact, _, err := s.store.Artifact(s.ctx, "policy")
	if err != nil || !bytes.Equal(sealed[0].Data, big) || len(held) != 1 || !bytes.Equal(held[0].Body, big) || !bytes.Equal(artifact.Body, big) {
		s.Errorf("sealed, quarantined or stored bytes of 1 MB come back otherwise (%v)", err)
	}
	if h := must[[]graph.Head](s)(s.store.Heads(s.ctx, []model.RecordKey{key(local)})); h[0].Key.LocalID != local {
		s.Errorf("a local id of %d bytes comes back with %d", len(local), len(h[0].Key.LocalID))
	}
}

// bigBatches is the most that one transaction may hold, and questions as big.
func bigBatches(s *suite) {
	const n = 10_000
	ids := s.ids(n)
	store := s.ready()
	s.load(store, ids, 0, n)
	keys, items := make([]model.RecordKey, n), make([]graph.Hash, n)
	for i := range n {
		keys[i], items[i] = key(fmt.Sprint(n-1-i)), hash(i*2)
	}
	known := must[[]bool](s)(store.Known(s.ctx, items))
	for i, k := range known {
		if k != (i < n/2) {
			s.Fatalf("item %d of %d is known: %v", i, n, k)
		}
	}
	heads := must[[]graph.Head](s)(store.Heads(s.ctx, keys))
	goldens := must[[]graph.Golden](s)(store.Goldens(s.ctx, reversed(ids), graph.WithValues))
	versions := must[[]graph.Version](s)(store.Versions(s.ctx, reversed(ids)))
	for i := range n {
		want := ids[n-1-i]
		if heads[i].ID != want || goldens[i].ID != want || goldens[i].State != graph.Live || versions[i].ID != want || versions[i].Revision != 1 {
			s.Fatalf("answer %d of %d is of another", i, n)
		}
	}
	equal(s, "referrers", len(all(s, store.Referrers(s.ctx, ids, nil, model.Unclassified))), n)
	equal(s, "matching keys", len(all(s, store.MatchKeys(s.ctx, []uint64{0, 1}))), n)
	equal(s, "dangling", len(all(s, store.DanglingOf(s.ctx, ids))), 0)
	equal(s, "scanned", idsOf(all(s, store.Scan(s.ctx, model.Person, graph.WithValues))), ids)
	equal(s, "scanned heads", len(all(s, store.ScanHeads(s.ctx, "school", ""))), n)
	equal(s, "listed", len(s.list(store, graph.ListQuery{Kind: model.Person, Disclosure: open})), n)
}
