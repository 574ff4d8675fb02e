package registry

import (
	"context"
	"fmt"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/document"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/resolve"
)

// unit is the resolution work of one transaction: the records in sight, the
// clusters they form, and the golden records that must follow. What is in
// sight is closed: with a record come the records it shares a linking key with,
// the records a steward has judged beside it, those that evidence links it to, and
// the rest of its cluster, so that what the unit decides does not depend on what
// it cannot see.
type unit struct {
	r    *Registry
	ctx  context.Context
	from graph.Reader // what is in sight of the store
	rev  model.Revision

	nodes   map[model.EntityID]*node
	keyed   map[model.RecordKey]*node
	byKey   map[uint64][]*node // by linking key, of what the nodes say now
	changed []*node            // in order of arrival
	// restamped say what they said, later; touched are the heads of all that do.
	restamped []*node
	touched   map[model.EntityID]graph.Head
	stored    map[model.EntityID]*storedGolden
	clusters  map[model.EntityID]*cluster // by golden id
	judged    []resolve.Judgement
	judging   bool                // some decision exists
	matched   map[model.Kind]bool // kinds that are kept matched, and no other has pairs
	pairs     map[graph.PairKey]*graph.Pair
	beside    map[model.EntityID][]*graph.Pair // those of pairs that link, by either record
	keysDone  bool                             // a rebuild has put every matching key already
	closed    map[model.EntityID]bool          // whose neighbourhood is in sight
	roles     map[model.EntityID]bool          // whose pairs have been weighed with what they link to
	asked     bool                             // the seeds are to be weighed, changed or not
	guard     func(*unit) error                // asked of the clusters, before anything is written; may be nil

	said      []saying // what the batch states of protection
	marks     map[model.EntityID][]graph.Mark
	sorts     []graph.MarkSort // of which the store has marks
	sortsRead bool
	held      map[model.EntityID][]model.EntityID // public offices, by their holder as stored

	conflicts []resolve.Conflict
	examined  []model.EntityID // records whose open conflicts were decided anew
	writes    writes
}

// node is one record in sight.
type node struct {
	before  graph.Head // as stored; zero ID for a new record
	head    graph.Head // as it shall be
	rec     *model.Record
	last    *model.Record // for a retracted record: what it said last
	oldRec  *model.Record // for a changed record: what it said before, or had said last
	keys    []uint64      // every matching key of what it says now
	links   []uint64      // those of them that link
	changed bool
	// restamped: it says what it said, at another time
	restamped bool
	standing  resolve.Standing // of a person's record, when its cluster is made
}

func (n *node) isNew() bool { return n.before.ID.IsZero() }

// moved tells whether a stored record has come to another golden id.
func (n *node) moved() bool { return !n.isNew() && n.head.Golden != n.before.Golden }

// says is the record that resolution sees: what it says, or said last.
func (n *node) says() *model.Record {
	if n.rec != nil {
		return n.rec
	}
	return n.last
}

func (n *node) subject() *resolve.Subject { return &resolve.Subject{ID: n.head.ID, Record: n.says()} }

// storedGolden is a golden row as read, with what was decoded of it.
type storedGolden struct {
	row      graph.Golden
	evidence model.Evidence
}

// cluster is the records held to be one thing after this unit.
type cluster struct {
	id         model.EntityID
	kind       model.Kind
	live, gone []*node
	disclosure model.Disclosure
	dirty      bool

	// Of an office that a decision has made public: who holds it, when it is public,
	// and what is said of it therefore.
	holder model.EntityID
	public model.Period
	pins   []resolve.Pin

	golden   model.Golden
	evidence model.Evidence
	dangling []graph.Dangling
	// diverging are the properties of which somebody says otherwise than their master.
	diverging []resolve.Divergence
}

func (r *Registry) newUnit(ctx context.Context, from graph.Reader, size int) *unit {
	return &unit{
		r: r, ctx: ctx, from: from,
		nodes:    make(map[model.EntityID]*node, size),
		keyed:    make(map[model.RecordKey]*node, size),
		byKey:    make(map[uint64][]*node, size),
		touched:  map[model.EntityID]graph.Head{},
		marks:    map[model.EntityID][]graph.Mark{},
		stored:   map[model.EntityID]*storedGolden{},
		clusters: make(map[model.EntityID]*cluster, size),
		closed:   make(map[model.EntityID]bool, size),
	}
}

// linkKeys are the keys of rec under which a must-link can hide; none for nil.
func (r *Registry) linkKeys(rec *model.Record) []uint64 {
	if rec == nil {
		return nil
	}
	return resolve.LinkKeys(rec, r.policy, r.keys.MatchKey)
}

func (u *unit) add(n *node) {
	u.nodes[n.head.ID] = n
	u.keyed[n.head.Key] = n
	if n.rec != nil {
		n.keys = resolve.Keys(n.rec, u.r.policy, u.r.keys.MatchKey)
	} else if n.last != nil {
		n.keys = resolve.Keys(n.last, u.r.policy, u.r.keys.MatchKey)
	}
	n.links = u.r.linkKeys(n.says())
	for _, k := range n.links {
		u.byKey[k] = append(u.byKey[k], n)
	}
}

// load brings records into sight by id, as stored.
func (u *unit) load(ids []model.EntityID) ([]*node, error) {
	var missing []model.EntityID
	seen := map[model.EntityID]bool{}
	for _, id := range ids {
		if u.nodes[id] == nil && !seen[id] {
			seen[id] = true
			missing = append(missing, id)
		}
	}
	if len(missing) == 0 {
		return nil, nil
	}
	slices.SortFunc(missing, model.EntityID.Compare)
	heads, err := u.from.HeadsByID(u.ctx, missing)
	if err != nil {
		return nil, fmt.Errorf("read %d record heads: %w", len(missing), err)
	}
	recs, err := u.r.lastWords(u.ctx, u.from, heads)
	if err != nil {
		return nil, err
	}
	out := make([]*node, 0, len(missing))
	for i, h := range heads {
		if h.ID.IsZero() {
			continue
		}
		n := &node{before: h, head: h}
		if touched, ok := u.touched[h.ID]; ok {
			n.head = touched
		}
		if h.Live {
			n.rec = recs[i]
		} else {
			n.last = recs[i]
		}
		u.add(n)
		out = append(out, n)
	}
	return out, nil
}

// lastWords reads what each record says, or said last if it was retracted,
// unsealed. An entry is nil for a record that never said anything.
func (r *Registry) lastWords(ctx context.Context, from graph.Reader, heads []graph.Head) ([]*model.Record, error) {
	recs, _, err := r.lastVersions(ctx, from, heads)
	return recs, err
}

// lastVersions is lastWords with the versions that they are from.
func (r *Registry) lastVersions(ctx context.Context, from graph.Reader, heads []graph.Head) ([]*model.Record, []graph.Version, error) {
	ids := make([]model.EntityID, len(heads))
	for i, h := range heads {
		ids[i] = h.ID
	}
	versions, err := from.Versions(ctx, ids)
	if err != nil {
		return nil, nil, fmt.Errorf("read %d record versions: %w", len(ids), err)
	}
	recs := make([]*model.Record, len(heads))
	var refs []model.EntityID
	for i, v := range versions {
		if v.Doc == nil {
			continue
		}
		if recs[i], err = document.DecodeRecord(v.Doc); err != nil {
			return nil, nil, fmt.Errorf("record %s at revision %d: %w", heads[i].ID, v.Revision, err)
		}
		recs[i].Key = heads[i].Key
		refs = sealRefs(refs, recs[i])
	}
	open, err := r.unseal(ctx, from, refs)
	if err != nil {
		return nil, nil, err
	}
	for _, rec := range recs {
		if rec != nil {
			fillSealed(rec, open)
		}
	}
	return recs, versions, nil
}

// loadGoldens reads golden rows with evidence, once each.
func (u *unit) loadGoldens(ids []model.EntityID) error {
	var missing []model.EntityID
	for _, id := range ids {
		if _, have := u.stored[id]; !have {
			u.stored[id] = nil
			missing = append(missing, id)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	slices.SortFunc(missing, model.EntityID.Compare)
	rows, err := u.from.Goldens(u.ctx, missing, graph.WithValues|graph.WithEvidence)
	if err != nil {
		return fmt.Errorf("read %d golden records: %w", len(missing), err)
	}
	for i, row := range rows {
		if row.State == graph.Absent {
			continue
		}
		s := &storedGolden{row: row}
		if err := document.DecodeEvidence(row.Evidence, &s.evidence); err != nil {
			return fmt.Errorf("evidence of golden record %s: %w", missing[i], err)
		}
		u.stored[row.ID] = s
	}
	return nil
}

// close brings everything into sight that the records in frontier bear on.
func (u *unit) close(frontier []*node) error {
	for len(frontier) > 0 {
		var goldens, reach []model.EntityID
		var keys []uint64
		for _, n := range frontier {
			u.closed[n.head.ID] = true
			if !n.isNew() {
				goldens = append(goldens, n.before.Golden)
			}
			keys = append(keys, n.links...)
			if n.oldRec != nil {
				keys = append(keys, u.r.linkKeys(n.oldRec)...)
			}
		}
		if err := u.loadGoldens(goldens); err != nil {
			return err
		}
		for _, g := range goldens {
			if s := u.stored[g]; s != nil {
				reach = append(reach, s.evidence.Members...)
			}
		}
		slices.Sort(keys)
		keys = slices.Compact(keys)
		for mk, err := range u.from.MatchKeys(u.ctx, keys) {
			if err != nil {
				return fmt.Errorf("look up %d matching keys: %w", len(keys), err)
			}
			reach = append(reach, mk.Record)
		}
		if u.judging {
			ids := make([]model.EntityID, len(frontier))
			for i, n := range frontier {
				ids[i] = n.head.ID
			}
			for d, err := range u.from.DecisionsOn(u.ctx, ids) {
				if err != nil {
					return fmt.Errorf("read the decisions on %d records: %w", len(ids), err)
				}
				reach = append(reach, d.A, d.B)
			}
		}
		var err error
		if reach, err = u.paired(frontier, reach); err != nil {
			return err
		}
		if frontier, err = u.load(reach); err != nil {
			return err
		}
	}
	return nil
}
