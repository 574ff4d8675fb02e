package graphtest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// universe is what an observation asks about. Scans and lists find the rest.
type universe struct {
	ids     []model.EntityID // records, golden records and refs of sealed values
	keys    []model.RecordKey
	items   []graph.Hash
	matches []uint64
	finds   []graph.FindTerm
	names   []string // of artifacts
	sources []model.Source
	parts   []string
}

// needles are what documents and rows are searched for: the first id, as it is in
// a redirect, and what some documents say.
func (u *universe) needles() [][]byte {
	out := [][]byte{[]byte("1")}
	if len(u.ids) > 0 {
		out = append(out, u.ids[0][:])
	}
	return out
}

// pastSeen is everything that can be read of a revision.
type pastSeen struct {
	Revision model.Revision
	Bare     []graph.Golden
	Goldens  []graph.Golden
	Lists    map[string][]graph.Golden
	Scan     []graph.Golden
	Versions []graph.Version
}

// presentSeen is everything that can be read of the present.
type presentSeen struct {
	pastSeen
	Found                                map[string][]graph.Golden
	Words                                map[string][]string
	Referrers                            []graph.Link
	Changes                              []graph.Change
	Revisions                            []graph.RevisionInfo
	GoldenHistory                        map[model.EntityID][]graph.Golden
	Known                                []bool
	Heads, HeadsByID, HeadsOf            []graph.Head
	VersionsWith                         []graph.Version
	GoldensWith                          []graph.Golden
	Erased                               []bool
	HasErased                            bool
	SealedAs                             []model.EntityID
	Cases                                []graph.Rectification
	ScanHeads                            []graph.Head
	Parts                                map[string]int64
	CountHeads                           map[model.Source]map[model.Kind]int64
	CountGoldens                         map[model.Kind]int64
	Merged                               int64
	History                              map[model.EntityID][]graph.Version
	Memberships                          map[model.EntityID][]graph.Membership
	MatchKeys                            []graph.MatchKey
	Waiting, DanglingOf, AllDangling     []graph.Dangling
	Sealed, SealedBut                    []graph.Sealed
	CountSealed                          int64
	Artifacts                            map[string]graph.Artifact
	Deliveries                           map[model.Source][]graph.Delivery
	Decisions                            []graph.Decision
	HasDecisions                         bool
	MarksOn, Opened                      []graph.Mark
	MarkedSorts                          []graph.MarkSort
	PairsOn, Pairs, Heaviest             []graph.Pair
	Reviews                              int64
	Matchings                            []graph.Matching
	Unmatched                            []model.EntityID
	IndexKeys                            []graph.IndexKey
	Indexed                              []graph.Indexed
	Conflicts, ConflictsOn               []graph.Conflict
	Quarantine                           map[model.Source][]graph.Quarantined
	OpenConflicts, Quarantined, Dangling int64
	Flawed                               map[model.Source][]graph.Flawed
	CountFlawed                          map[model.Source]int64
}

// reading calls a store's methods one after the other and keeps the first error.
type reading struct {
	ctx context.Context
	err error
}

func read[T any](r *reading, what string) func(v T, err error) T {
	return func(v T, err error) T {
		if err != nil && r.err == nil {
			r.err = fmt.Errorf("%s: %w", what, err)
		}
		return v
	}
}

// observePast reads everything of a revision.
func observePast(ctx context.Context, p graph.Past, u *universe) (pastSeen, error) {
	r := &reading{ctx: ctx}
	seen := r.past(p, u)
	return seen, r.err
}

func (r *reading) past(p graph.Past, u *universe) pastSeen {
	seen := pastSeen{Lists: map[string][]graph.Golden{}}
	seen.Revision = read[model.Revision](r, "Revision")(p.Revision(r.ctx))
	seen.Bare = read[[]graph.Golden](r, "Goldens")(p.Goldens(r.ctx, u.ids, 0))
	seen.Goldens = read[[]graph.Golden](r, "Goldens")(p.Goldens(r.ctx, u.ids, graph.WithValues|graph.WithEvidence))
	seen.Versions = read[[]graph.Version](r, "Versions")(p.Versions(r.ctx, u.ids))
	seen.Scan = read[[]graph.Golden](r, "Scan")(collect(p.Scan(r.ctx, model.KindUnknown, graph.WithValues|graph.WithEvidence)))
	for _, kind := range []model.Kind{model.Person, model.Organisation} {
		for _, clearance := range []model.Disclosure{model.Open, model.Restricted, model.Protected} {
			q := graph.ListQuery{Kind: kind, Disclosure: clearance, Parts: graph.WithValues}
			seen.Lists[kind.String()+" "+clearance.String()] = read[[]graph.Golden](r, "List")(listBothWays(r.ctx, p, q, 3))
		}
	}
	return seen
}

// listBothWays reads a list by pages forwards, and fails if backwards, or in
// one go, it is another.
func listBothWays(ctx context.Context, p graph.Past, q graph.ListQuery, page int) ([]graph.Golden, error) {
	q.Backward = false
	forward, err := listPaged(ctx, p, q, page)
	if err != nil {
		return nil, err
	}
	q.Backward = true
	backward, err := listPaged(ctx, p, q, page)
	if err != nil {
		return nil, err
	}
	slices.Reverse(backward)
	if d := difference(backward, forward); d != "" {
		return nil, errors.New("the list backwards is not the list forwards (-forwards +backwards):\n" + d)
	}
	q.Backward, q.Limit = false, plenty
	whole, err := collect(p.List(ctx, q))
	if err != nil {
		return nil, err
	}
	if d := difference(forward, whole); d != "" {
		return nil, errors.New("the list by pages is not the whole list (-whole +pages):\n" + d)
	}
	return forward, nil
}

func listPaged(ctx context.Context, p graph.Past, q graph.ListQuery, page int) (out []graph.Golden, err error) {
	q.Limit, q.After = page, nil
	for {
		rows, err := collect(p.List(ctx, q))
		switch {
		case err != nil:
			return nil, err
		case len(rows) > page:
			return nil, fmt.Errorf("a page of %d has %d rows", page, len(rows))
		}
		out = append(out, rows...)
		if len(rows) < page {
			return out, nil
		}
		last := rows[len(rows)-1]
		q.After = &graph.Position{Sort: last.Sort, ID: last.ID}
	}
}

// observe reads everything.
func observe(ctx context.Context, p graph.Reader, u *universe) (presentSeen, error) {
	r := &reading{ctx: ctx}
	seen := presentSeen{
		pastSeen:      r.past(p, u),
		Found:         map[string][]graph.Golden{},
		Words:         map[string][]string{},
		GoldenHistory: map[model.EntityID][]graph.Golden{},
		Parts:         map[string]int64{},
		History:       map[model.EntityID][]graph.Version{},
		Memberships:   map[model.EntityID][]graph.Membership{},
		Artifacts:     map[string]graph.Artifact{},
		Deliveries:    map[model.Source][]graph.Delivery{},
		Quarantine:    map[model.Source][]graph.Quarantined{},
		Flawed:        map[model.Source][]graph.Flawed{},
	}
	r.goldens(p, u, &seen)
	r.records(p, u, &seen)
	r.work(p, u, &seen)
	return seen, r.err
}

func (r *reading) goldens(p graph.Reader, u *universe, seen *presentSeen) {
	for _, term := range u.finds {
		q := graph.FindQuery{Kind: model.Person, Disclosure: model.Restricted, Terms: []graph.FindTerm{term}, Limit: plenty, Parts: graph.WithValues}
		seen.Found[fmt.Sprintf("%+v", term)] = read[[]graph.Golden](r, "Find")(collect(p.Find(r.ctx, q)))
		seen.Words[fmt.Sprintf("%+v", term)] = read[[]string](r, "Words")(collect(p.Words(r.ctx, term.Spaces, term.Key)))
		q.Terms = []graph.FindTerm{term, u.finds[0]}
		seen.Found[fmt.Sprintf("%+v and %+v", term, u.finds[0])] = read[[]graph.Golden](r, "Find")(collect(p.Find(r.ctx, q)))
	}
	seen.Referrers = read[[]graph.Link](r, "Referrers")(collect(p.Referrers(r.ctx, u.ids, nil, model.Unclassified)))
	slices.SortFunc(seen.Referrers, compareLinks)
	seen.Revisions = read[[]graph.RevisionInfo](r, "Revisions")(collect(p.Revisions(r.ctx, 0, plenty)))
	seen.Changes = read[[]graph.Change](r, "Changes")(changesPaged(r.ctx, p, 2))
	for i, versions := range read[[][]graph.Golden](r, "GoldenHistories")(p.GoldenHistories(r.ctx, u.ids, graph.WithValues|graph.WithEvidence)) {
		seen.GoldenHistory[u.ids[i]] = slices.Concat([]graph.Golden{}, versions)
	}
}

// changesPaged reads the feed from its beginning by pages.
func changesPaged(ctx context.Context, p graph.Reader, page int) (out []graph.Change, err error) {
	var after graph.ChangePosition
	for {
		rows, err := collect(p.Changes(ctx, after, page))
		switch {
		case err != nil:
			return nil, err
		case len(rows) > page:
			return nil, fmt.Errorf("a page of %d has %d changes", page, len(rows))
		}
		out = append(out, rows...)
		if len(rows) < page {
			return out, nil
		}
		last := rows[len(rows)-1]
		after = graph.ChangePosition{Revision: last.Revision, ID: last.ID}
	}
}

func (r *reading) records(p graph.Reader, u *universe, seen *presentSeen) {
	seen.Known = read[[]bool](r, "Known")(p.Known(r.ctx, u.items))
	seen.Heads = read[[]graph.Head](r, "Heads")(p.Heads(r.ctx, u.keys))
	seen.HeadsByID = read[[]graph.Head](r, "HeadsByID")(p.HeadsByID(r.ctx, u.ids))
	seen.HeadsOf = read[[]graph.Head](r, "HeadsOf")(collect(p.HeadsOf(r.ctx, u.ids)))
	seen.VersionsWith = read[[]graph.Version](r, "VersionsWith")(collect(p.VersionsWith(r.ctx, u.needles())))
	seen.GoldensWith = read[[]graph.Golden](r, "GoldensWith")(collect(p.GoldensWith(r.ctx, u.needles())))
	seen.Erased = read[[]bool](r, "Erased")(p.Erased(r.ctx, u.items))
	seen.SealedAs = read[[]model.EntityID](r, "SealedAs")(collect(p.SealedAs(r.ctx, u.items)))
	seen.HasErased = read[bool](r, "HasErased")(p.HasErased(r.ctx))
	seen.ScanHeads = read[[]graph.Head](r, "ScanHeads")(collect(p.ScanHeads(r.ctx, "", "")))
	for _, source := range u.sources {
		for _, part := range u.parts {
			name := string(source) + " " + part
			seen.Parts[name] = read[int64](r, "CountPart")(p.CountPart(r.ctx, source, part))
			heads := read[[]graph.Head](r, "ScanHeads")(collect(p.ScanHeads(r.ctx, source, part)))
			seen.Parts[name+" scanned"] = int64(len(heads))
		}
	}
	seen.CountHeads = read[map[model.Source]map[model.Kind]int64](r, "CountHeads")(p.CountHeads(r.ctx))
	var err error
	seen.CountGoldens, seen.Merged, err = p.CountGoldens(r.ctx)
	read[int64](r, "CountGoldens")(seen.Merged, err)
	for _, id := range u.ids {
		seen.History[id] = read[[]graph.Version](r, "History")(collect(p.History(r.ctx, id)))
		seen.Memberships[id] = read[[]graph.Membership](r, "Memberships")(collect(p.Memberships(r.ctx, id)))
	}
	seen.MatchKeys = read[[]graph.MatchKey](r, "MatchKeys")(collect(p.MatchKeys(r.ctx, u.matches)))
	seen.Waiting = read[[]graph.Dangling](r, "Waiting")(collect(p.Waiting(r.ctx, u.matches)))
	seen.DanglingOf = read[[]graph.Dangling](r, "DanglingOf")(collect(p.DanglingOf(r.ctx, u.ids)))
	slices.SortFunc(seen.Waiting, compareDangling)
	slices.SortFunc(seen.DanglingOf, compareDangling)
	seen.Sealed = read[[]graph.Sealed](r, "Sealed")(p.Sealed(r.ctx, u.ids))
	seen.SealedBut = read[[]graph.Sealed](r, "SealedBut")(collect(p.SealedBut(r.ctx, 3, model.EntityID{}, plenty)))
	seen.CountSealed = read[int64](r, "CountSealed")(p.CountSealed(r.ctx, 3))
	for _, name := range u.names {
		a, ok, err := p.Artifact(r.ctx, name)
		if a = read[graph.Artifact](r, "Artifact")(a, err); ok {
			seen.Artifacts[name] = a
		}
	}
	for _, source := range append([]model.Source{""}, u.sources...) {
		seen.Deliveries[source] = read[[]graph.Delivery](r, "Deliveries")(collect(p.Deliveries(r.ctx, source, plenty)))
	}
}

func (r *reading) work(p graph.Reader, u *universe, seen *presentSeen) {
	seen.Decisions = read[[]graph.Decision](r, "DecisionsOn")(collect(p.DecisionsOn(r.ctx, u.ids)))
	// Oldest first is promised; within a revision the order is not.
	slices.SortStableFunc(seen.Decisions, func(a, b graph.Decision) int {
		if a.Revision != b.Revision {
			return 0
		}
		return a.ID.Compare(b.ID)
	})
	seen.HasDecisions = read[bool](r, "HasDecisions")(p.HasDecisions(r.ctx))
	seen.MarksOn = read[[]graph.Mark](r, "MarksOn")(collect(p.MarksOn(r.ctx, u.ids)))
	seen.Opened = read[[]graph.Mark](r, "Marks")(collect(p.Marks(r.ctx, graph.MarkOpened, model.EntityID{}, plenty)))
	seen.MarkedSorts = read[[]graph.MarkSort](r, "MarkedSorts")(p.MarkedSorts(r.ctx))
	seen.PairsOn = read[[]graph.Pair](r, "PairsOn")(collect(p.PairsOn(r.ctx, u.ids)))
	for _, band := range []graph.PairBand{graph.ReviewBand, graph.LinkBand} {
		q := graph.PairQuery{Kind: model.Person, Band: band, Limit: plenty}
		seen.Pairs = append(seen.Pairs, read[[]graph.Pair](r, "Pairs")(collect(p.Pairs(r.ctx, q)))...)
		byWeight := graph.HeaviestQuery{Kind: model.Person, Band: band, Limit: plenty}
		seen.Heaviest = append(seen.Heaviest, read[[]graph.Pair](r, "Heaviest")(collect(p.Heaviest(r.ctx, byWeight)))...)
	}
	seen.Reviews = read[int64](r, "CountReviews")(p.CountReviews(r.ctx, model.Person))
	seen.Matchings = read[[]graph.Matching](r, "Matchings")(p.Matchings(r.ctx))
	seen.Unmatched = read[[]model.EntityID](r, "Unmatched")(collect(p.Unmatched(r.ctx, model.Person, plenty)))
	seen.IndexKeys = read[[]graph.IndexKey](r, "IndexKeys")(collect(p.IndexKeys(r.ctx, model.Person, []graph.KeyRange{{From: "", To: "zz"}}, plenty, true)))
	seen.Indexed = read[[]graph.Indexed](r, "Indexed")(p.Indexed(r.ctx, u.ids))
	seen.Conflicts = read[[]graph.Conflict](r, "Conflicts")(collect(p.Conflicts(r.ctx, graph.Hash{}, plenty)))
	seen.ConflictsOn = read[[]graph.Conflict](r, "ConflictsOn")(collect(p.ConflictsOn(r.ctx, u.ids)))
	slices.SortFunc(seen.ConflictsOn, func(a, b graph.Conflict) int { return compareHashes(a.ID, b.ID) })
	for _, list := range [][]graph.Conflict{seen.Conflicts, seen.ConflictsOn} {
		for i := range list {
			slices.SortFunc(list[i].Records, model.EntityID.Compare)
		}
	}
	for _, source := range append([]model.Source{""}, u.sources...) {
		seen.Flawed[source] = read[[]graph.Flawed](r, "Flawed")(collect(p.Flawed(r.ctx, source, graph.Flawed{}, plenty)))
		seen.Quarantine[source] = read[[]graph.Quarantined](r, "Quarantine")(collect(p.Quarantine(r.ctx, source, graph.Hash{}, plenty)))
	}
	seen.AllDangling = read[[]graph.Dangling](r, "AllDangling")(collect(p.AllDangling(r.ctx, graph.Dangling{}, plenty)))
	seen.CountFlawed = read[map[model.Source]int64](r, "CountFlawed")(p.CountFlawed(r.ctx))
	seen.Cases = read[[]graph.Rectification](r, "Rectifications")(collect(p.Rectifications(r.ctx, "", model.EntityID{}, plenty)))
	var err error
	seen.OpenConflicts, seen.Quarantined, seen.Dangling, err = p.CountWork(r.ctx)
	read[int64](r, "CountWork")(seen.Dangling, err)
}

// observed is observe for a test: an error ends it.
func (s *suite) observed(p graph.Reader, u *universe) presentSeen {
	s.Helper()
	seen, err := observe(s.ctx, p, u)
	if err != nil {
		s.Fatal(err)
	}
	return seen
}

func (s *suite) observedPast(p graph.Past, u *universe) pastSeen {
	s.Helper()
	seen, err := observePast(s.ctx, p, u)
	if err != nil {
		s.Fatal(err)
	}
	return seen
}
