package graphtest

import (
	"cmp"
	"maps"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// state is everything a tenant has. The slices in it are never appended to in
// place, so that clones can share them.
type state struct {
	revision model.Revision
	loading  bool // between BeginLoad and Publish
	hashKey  int64
	loaded   int64 // how many transactions of the load have taken the revision
	log      []graph.RevisionInfo

	heads       map[model.EntityID]graph.Head
	byKey       map[model.RecordKey]model.EntityID
	versions    map[model.EntityID][]graph.Version // by revision
	goldens     map[model.EntityID]graph.Golden    // the present
	past        map[model.EntityID][]graph.Golden  // by revision
	terms       map[graph.Term]struct{}
	links       map[graph.Link]struct{}
	matchKeys   map[graph.MatchKey]struct{}
	dangling    map[graph.Dangling]struct{}
	flawed      map[graph.Flawed]struct{}
	sealed      map[model.EntityID]graph.Sealed
	memberships map[model.EntityID][]graph.Membership // by revision
	decisions   map[model.EntityID]graph.Decision
	marks       map[markKey]graph.Mark
	pairs       map[graph.PairKey]graph.Pair
	matchings   map[model.Kind]graph.Matching
	unmatched   map[ofKind]struct{}
	indexKeys   map[indexRow]struct{}
	indexed     map[model.EntityID]indexedRow
	conflicts   map[graph.Hash]graph.Conflict
	quarantine  map[graph.Hash]graph.Quarantined
	deliveries  map[model.EntityID]graph.Delivery
	artifacts   map[string]graph.Artifact
	formerly    map[artifactKey]graph.Artifact
	credentials map[model.EntityID]graph.Credential
	erased      map[graph.Hash]struct{}
	cases       map[model.EntityID]graph.Rectification
	audit       []graph.AuditEntry // never changed in place
	auditHead   graph.AuditHead
}

type markKey struct {
	record   model.EntityID
	revision model.Revision
	sort     graph.MarkSort
	stamp    int64
	level    model.Protection
}

type artifactKey struct {
	name string
	hash graph.Hash
}

func newState() *state {
	return &state{
		heads:       map[model.EntityID]graph.Head{},
		byKey:       map[model.RecordKey]model.EntityID{},
		versions:    map[model.EntityID][]graph.Version{},
		goldens:     map[model.EntityID]graph.Golden{},
		past:        map[model.EntityID][]graph.Golden{},
		terms:       map[graph.Term]struct{}{},
		links:       map[graph.Link]struct{}{},
		matchKeys:   map[graph.MatchKey]struct{}{},
		dangling:    map[graph.Dangling]struct{}{},
		flawed:      map[graph.Flawed]struct{}{},
		sealed:      map[model.EntityID]graph.Sealed{},
		memberships: map[model.EntityID][]graph.Membership{},
		decisions:   map[model.EntityID]graph.Decision{},
		marks:       map[markKey]graph.Mark{},
		pairs:       map[graph.PairKey]graph.Pair{},
		matchings:   map[model.Kind]graph.Matching{},
		unmatched:   map[ofKind]struct{}{},
		indexKeys:   map[indexRow]struct{}{},
		indexed:     map[model.EntityID]indexedRow{},
		conflicts:   map[graph.Hash]graph.Conflict{},
		quarantine:  map[graph.Hash]graph.Quarantined{},
		deliveries:  map[model.EntityID]graph.Delivery{},
		artifacts:   map[string]graph.Artifact{},
		formerly:    map[artifactKey]graph.Artifact{},
		credentials: map[model.EntityID]graph.Credential{},
		erased:      map[graph.Hash]struct{}{},
		cases:       map[model.EntityID]graph.Rectification{},
	}
}

func (s *state) clone() *state {
	c := *s
	c.heads = maps.Clone(s.heads)
	c.cases = maps.Clone(s.cases)
	c.byKey = maps.Clone(s.byKey)
	c.versions = maps.Clone(s.versions)
	c.goldens = maps.Clone(s.goldens)
	c.past = maps.Clone(s.past)
	c.terms = maps.Clone(s.terms)
	c.links = maps.Clone(s.links)
	c.matchKeys = maps.Clone(s.matchKeys)
	c.dangling = maps.Clone(s.dangling)
	c.flawed = maps.Clone(s.flawed)
	c.sealed = maps.Clone(s.sealed)
	c.memberships = maps.Clone(s.memberships)
	c.decisions = maps.Clone(s.decisions)
	c.marks = maps.Clone(s.marks)
	c.pairs = maps.Clone(s.pairs)
	c.matchings = maps.Clone(s.matchings)
	c.unmatched = maps.Clone(s.unmatched)
	c.indexKeys = maps.Clone(s.indexKeys)
	c.indexed = maps.Clone(s.indexed)
	c.conflicts = maps.Clone(s.conflicts)
	c.quarantine = maps.Clone(s.quarantine)
	c.deliveries = maps.Clone(s.deliveries)
	c.artifacts, c.formerly = maps.Clone(s.artifacts), maps.Clone(s.formerly)
	c.credentials = maps.Clone(s.credentials)
	return &c
}

// goldenVersions is every version of a golden id, oldest first.
func (s *state) goldenVersions(id model.EntityID) []graph.Golden {
	all := slices.Clone(s.past[id])
	if g, ok := s.goldens[id]; ok {
		all = append(all, g)
	}
	slices.SortFunc(all, func(a, b graph.Golden) int { return cmp.Compare(a.Revision, b.Revision) })
	return all
}

// goldenAt is what the golden id was at a revision.
func (s *state) goldenAt(id model.EntityID, at model.Revision) (graph.Golden, bool) {
	if at == present {
		g, ok := s.goldens[id]
		return g, ok
	}
	var found graph.Golden
	for _, g := range s.goldenVersions(id) {
		if g.Revision <= at {
			found = g
		}
	}
	return found, found.State != graph.Absent
}

// goldensAt is every golden record of a revision that passes, in no order.
func (s *state) goldensAt(at model.Revision, pass func(graph.Golden) bool) []graph.Golden {
	ids := map[model.EntityID]struct{}{}
	for id := range s.goldens {
		ids[id] = struct{}{}
	}
	for id := range s.past {
		ids[id] = struct{}{}
	}
	var out []graph.Golden
	for id := range ids {
		if g, ok := s.goldenAt(id, at); ok && pass(g) {
			out = append(out, g)
		}
	}
	return out
}

// termsOf and linksOf are the index rows that a golden record has now: what a
// GoldenChange must state as the old ones.
func (s *state) termsOf(id model.EntityID) []graph.Term {
	var out []graph.Term
	for t := range s.terms {
		if t.ID == id {
			out = append(out, t)
		}
	}
	slices.SortFunc(out, func(a, b graph.Term) int {
		return cmp.Or(cmp.Compare(a.Space, b.Space), cmp.Compare(a.Key, b.Key))
	})
	return out
}

func (s *state) linksOf(from model.EntityID) []graph.Link {
	var out []graph.Link
	for l := range s.links {
		if l.From == from {
			out = append(out, l)
		}
	}
	slices.SortFunc(out, compareLinks)
	return out
}

// compareLinks is the promised order, and beyond it one that tests can rely on.
func compareLinks(a, b graph.Link) int {
	return cmp.Or(a.To.Compare(b.To), cmp.Compare(a.Property, b.Property), a.From.Compare(b.From),
		cmp.Compare(a.Role, b.Role), cmp.Compare(a.Period.String(), b.Period.String()))
}

func compareMatchKeys(a, b graph.MatchKey) int {
	return cmp.Or(cmp.Compare(a.Key, b.Key), a.Record.Compare(b.Record))
}

func compareDangling(a, b graph.Dangling) int {
	return cmp.Or(a.Record.Compare(b.Record), cmp.Compare(a.Property, b.Property), cmp.Compare(a.Key, b.Key))
}

func compareHashes(a, b graph.Hash) int { return slices.Compare(a[:], b[:]) }

// basis is what a transaction that starts from this state starts from.
func (s *state) basis() graph.Basis {
	b := graph.Basis{Revision: s.revision, HashKey: s.hashKey}
	if s.loading {
		b.Load = 1 + s.loaded
	}
	return b
}
