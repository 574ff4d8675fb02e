package access

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// Conflicts is a page of what could not be merged because a constraint forbids
// it, and of values that differ from what their master states. One that concerns
// anything that the steward may not see is left out.
// ErrForbidden for anyone below a steward.
func (v *View) Conflicts(ctx context.Context, after string, limit int) (*WorkPage[ConflictInfo], error) {
	scope := v.scope(asks(cursorHash).text("conflicts"))
	store, size, from, err := v.workStart(scope, after, limit)
	if err != nil {
		return nil, err
	}
	return work(scope, size, from, func(from graph.Hash) ([]ConflictInfo, graph.Hash, bool, error) {
		var rows []graph.Conflict
		for c, err := range store.Conflicts(ctx, from, size+1) {
			if err != nil {
				return nil, from, false, fmt.Errorf("list the conflicts: %w", err)
			}
			rows, from = append(rows, c), c.ID
		}
		found, err := v.conflicts(ctx, rows)
		return found, from, len(rows) > size, err
	}, func(c ConflictInfo) string { return c.ID })
}

func (v *View) conflicts(ctx context.Context, rows []graph.Conflict) ([]ConflictInfo, error) {
	var records []model.EntityID
	for _, c := range rows {
		records = append(records, c.Records...)
	}
	known, err := v.recordInfos(ctx, records)
	if err != nil {
		return nil, err
	}
	var out []ConflictInfo
	for _, c := range rows {
		info := ConflictInfo{ID: hex.EncodeToString(c.ID[:]), Since: c.Revision}
		info.Code, info.Property, _ = graph.ConflictProperty(c.Code)
		for _, id := range c.Records {
			if r, ok := known[id]; ok && r.tells(info.Property) {
				info.Records = append(info.Records, r.RecordInfo)
				info.Goldens = append(info.Goldens, r.golden)
			}
		}
		if len(info.Records) < len(c.Records) || v.tellsOfIdentities(&c, known) {
			continue
		}
		info.In = slices.Clone(info.Goldens)
		slices.SortFunc(info.Goldens, model.EntityID.Compare)
		info.Goldens = slices.Compact(info.Goldens)
		out = append(out, info)
	}
	return out, nil
}

// differentIdentifier is the code of conflicts between two numbers (resolve.ReasonDifferentIdentifier).
const differentIdentifier = "different-identifier"

// tellsOfIdentities tells whether a conflict says of persons with different numbers
// that something else holds them to be one: it may be one with two identities.
func (v *View) tellsOfIdentities(c *graph.Conflict, known map[model.EntityID]recordOf) bool {
	if v.rank >= model.Protected.Rank() {
		return false
	}
	for i, id := range c.Records {
		if known[id].Kind != model.Person {
			continue
		}
		if c.Code == differentIdentifier {
			return true
		}
		for _, other := range c.Records[:i] {
			if known[id].numbers.parted(known[other].numbers) {
				return true
			}
		}
	}
	return false
}

// recordOf is a record and the golden record it is in.
type recordOf struct {
	RecordInfo
	golden model.EntityID
	places []int // of the statements of Record, in all that the record says
	// numbers are those that a person's record says, in the open, for comparison only.
	numbers identity
	// last are those that it has said last, for a caller to whom one identity is shown: a
	// version without a number counts as what came before it.
	last identity
}

// recordInfos are records as the caller sees them now; those that the caller
// may not see are missing.
func (v *View) recordInfos(ctx context.Context, ids []model.EntityID) (map[model.EntityID]recordOf, error) {
	return v.recordsJudged(ctx, ids, v.sight)
}

// recordsJudged is recordInfos by sight of the golden records, or by judge where
// nothing of them is shown.
func (v *View) recordsJudged(ctx context.Context, ids []model.EntityID, judge func(context.Context, []graph.Golden) ([]*sighted, error)) (map[model.EntityID]recordOf, error) {
	heads, err := v.a.heads(ctx, ids)
	if err != nil {
		return nil, err
	}
	var goldens []model.EntityID
	for _, h := range heads {
		goldens = append(goldens, h.Golden)
	}
	rows, err := v.a.follow(ctx, goldens, v.parts())
	if err != nil {
		return nil, err
	}
	seen, err := judge(ctx, rows)
	if err != nil {
		return nil, err
	}
	byClass := map[model.Disclosure][]model.EntityID{}
	golden := map[model.EntityID]model.EntityID{}
	for i, s := range seen {
		if s != nil && !heads[i].ID.IsZero() && golden[heads[i].ID].IsZero() {
			golden[heads[i].ID] = s.entity.ID
			byClass[s.entity.Disclosure] = append(byClass[s.entity.Disclosure], heads[i].ID)
		}
	}
	out := make(map[model.EntityID]recordOf, len(golden))
	for class, ids := range byClass {
		all, err := v.histories(ctx, class, ids)
		if err != nil {
			return nil, err
		}
		for _, t := range all {
			if n := len(t.versions); n > 0 {
				now := recordOf{RecordInfo: t.versions[n-1], golden: golden[t.head.ID]}
				if said := t.settled[len(t.settled)-1].record; said != nil {
					now.places = v.shown(class, t.head.Key, said)
					now.numbers = v.saidIdentity(class, t.head.Key, said, nil)
				}
				if v.partsIdentities() {
					now.last = v.lastIdentity(class, &t)
				}
				out[t.head.ID] = now
			}
		}
	}
	return out, nil
}

// tells tells whether the caller sees something that the record says of a property;
// of none (0) there is nothing to see.
func (r *recordOf) tells(p model.PropertyID) bool {
	return p == 0 || r.Record != nil && slices.ContainsFunc(r.Record.Statements, func(st model.Statement) bool { return st.Property == p })
}

// Quarantine is a page of delivered items that could not become records, of a
// source or of all. Their text is never in it. ErrForbidden for anyone below a
// steward.
func (v *View) Quarantine(ctx context.Context, source model.Source, after string, limit int) (*WorkPage[QuarantineInfo], error) {
	scope := v.scope(asks(cursorHash).text("quarantine").text(string(source)))
	store, size, from, err := v.workStart(scope, after, limit)
	if err != nil {
		return nil, err
	}
	if err := checkSource(source); err != nil {
		return nil, err
	}
	return work(scope, size, from, func(from graph.Hash) ([]QuarantineInfo, graph.Hash, bool, error) {
		var out []QuarantineInfo
		var deliveries []model.EntityID
		n := 0
		for q, err := range store.Quarantine(ctx, source, from, size+1) {
			if err != nil {
				return nil, from, false, fmt.Errorf("list the quarantine: %w", err)
			}
			from = q.Item
			n++
			if v.admitsSource(q.Source) {
				out = append(out, QuarantineInfo{
					ID: hex.EncodeToString(q.Item[:]), Source: q.Source, Delivery: q.Delivery, Place: q.Place, Reason: q.Reason, At: q.At,
				})
				deliveries = append(deliveries, q.Delivery)
			}
		}
		came, err := store.DeliveriesByID(ctx, deliveries)
		if err != nil {
			return nil, from, false, fmt.Errorf("read %d deliveries: %w", len(deliveries), err)
		}
		for i := range out {
			out[i].File = came[i].Name
		}
		return out, from, n > size, nil
	}, func(q QuarantineInfo) string { return q.ID })
}

// admitsSource tells whether the caller may know of what a source delivers.
func (v *View) admitsSource(source model.Source) bool {
	d := v.a.source(source).Disclosure
	return d == model.Unclassified || d.Rank() <= v.rank && (d.Rank() < model.Restricted.Rank() || v.owns(source))
}

// stewardsPage is what a page of a stewards' list begins with: what it is read from,
// and its size.
func (v *View) stewardsPage(limit int) (store graph.Reader, size int, err error) {
	if store, err = v.steward(); err != nil {
		return nil, 0, err
	}
	size, err = pageSize(limit)
	return store, size, err
}

// workStart checks what every work list asks.
func (v *View) workStart(scope scope, after string, limit int) (store graph.Reader, size int, from graph.Hash, err error) {
	if store, size, err = v.stewardsPage(limit); err != nil {
		return nil, 0, from, err
	}
	if after != "" {
		b, err := scope.decode(after, cursorHash, len(from))
		if err != nil {
			return nil, 0, from, err
		}
		if len(b) != len(from) {
			return nil, 0, from, ErrCursor
		}
		from = graph.Hash(b)
	}
	return store, size, from, nil
}

// work fills a page of a work list: read gives what the caller sees of the next
// rows, where they end, and whether there are more.
func work[T any](scope scope, size int, from graph.Hash, read func(graph.Hash) ([]T, graph.Hash, bool, error), id func(T) string) (*WorkPage[T], error) {
	out := &WorkPage[T]{}
	for more := true; more; {
		var items []T
		var err error
		if items, from, more, err = read(from); err != nil {
			return nil, err
		}
		for _, item := range items {
			if len(out.Items) == size {
				out.HasNext = true
				return out, nil
			}
			h, err := hex.DecodeString(id(item))
			if err != nil {
				return nil, err
			}
			out.Items, out.Cursors = append(out.Items, item), append(out.Cursors, scope.encode(cursorHash, h))
		}
	}
	return out, nil
}

// Decisions are what stewards have decided of the records of a golden record,
// oldest first; those on a pair with a record that the caller may not see are
// left out. ErrForbidden for anyone below a steward, ErrNotFound when the
// golden record is not for the caller.
func (v *View) Decisions(ctx context.Context, id model.EntityID) ([]graph.Decision, error) {
	store, err := v.steward()
	if err != nil {
		return nil, err
	}
	s, err := v.withEvidence(ctx, id)
	if err != nil {
		return nil, err
	}
	var out []graph.Decision
	for d, err := range store.DecisionsOn(ctx, s.evidence.Members) {
		if err != nil {
			return nil, fmt.Errorf("read the decisions on %s: %w", id, err)
		}
		out = append(out, d)
	}
	return v.visibleDecisions(ctx, out)
}

// visibleDecisions are the decisions on pairs of which the caller sees both
// records today, and that do not show an old and a new identity together.
func (v *View) visibleDecisions(ctx context.Context, out []graph.Decision) ([]graph.Decision, error) {
	var records []model.EntityID
	for _, d := range out {
		records = append(records, d.A, d.B)
	}
	known, err := v.recordInfos(ctx, records)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(out, func(d graph.Decision) bool {
		a, okA := known[d.A]
		b, okB := known[d.B]
		return !okA || !okB || v.partsIdentities() && a.numbers.parted(b.numbers)
	}), nil
}

// Dangling is a page of references that wait for their target, by referring
// record and property, as far as the caller sees them. ErrForbidden for anyone
// below a steward.
func (v *View) Dangling(ctx context.Context, after string, limit int) (*WorkPage[DanglingInfo], error) {
	store, size, err := v.stewardsPage(limit)
	if err != nil {
		return nil, err
	}
	scope := v.scope(asks(cursorDangling))
	from := graph.Dangling{}
	var skip int
	if after != "" {
		n, record, err := scope.parseKeyed(after, cursorDangling)
		if err != nil {
			return nil, err
		}
		// Begin again at the record and property, and pass what was shown.
		from.Record, from.Property, skip = record, model.PropertyID(n>>32), int(uint32(n))
	}
	out := &WorkPage[DanglingInfo]{}
	resume := linkPlace{property: from.Property, from: from.Record, nth: skip}
	if after != "" {
		from.Property--
		from.Key = ^uint64(0)
	}
	for {
		var rows []graph.Dangling
		for d, err := range store.AllDangling(ctx, from, maxPage) {
			if err != nil {
				return nil, fmt.Errorf("list the dangling references: %w", err)
			}
			rows = append(rows, d)
		}
		found, err := v.dangling(ctx, rows)
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			if f.place.from == resume.from && f.place.property == resume.property && f.place.nth <= resume.nth {
				continue
			}
			if len(out.Items) == size {
				out.HasNext = true
				return out, nil
			}
			out.Items = append(out.Items, f.DanglingInfo)
			out.Cursors = append(out.Cursors, scope.keyed(cursorDangling, uint64(f.place.property)<<32|uint64(f.place.nth), f.place.from))
		}
		if len(rows) < maxPage {
			return out, nil
		}
		from = rows[len(rows)-1]
		// A record's further references by the same property were told already.
		from.Key = ^uint64(0)
	}
}

type placedDangling struct {
	DanglingInfo
	place linkPlace
}

// dangling tells what rows of the waiting list wait for, as the records say it:
// the row has only an opaque key.
func (v *View) dangling(ctx context.Context, rows []graph.Dangling) ([]placedDangling, error) {
	var places []linkPlace
	var records []model.EntityID
	for _, d := range rows {
		p := linkPlace{property: d.Property, from: d.Record}
		if n := len(places); n == 0 || places[n-1] != p {
			places = append(places, p)
		}
		if n := len(records); n == 0 || records[n-1] != d.Record {
			records = append(records, d.Record)
		}
	}
	known, err := v.recordInfos(ctx, records)
	if err != nil {
		return nil, err
	}
	var out []placedDangling
	for _, p := range places {
		r, ok := known[p.from]
		if !ok || r.Record == nil {
			continue
		}
		for _, st := range r.Record.Statements {
			l, ok := st.Value.(model.Link)
			if !ok || st.Property != p.property || !l.To.IsZero() {
				continue
			}
			p.nth++
			target := l.Ref.Key.String()
			if l.Ref.ByIdentifier() {
				target = string(l.Ref.Scheme)
			}
			out = append(out, placedDangling{DanglingInfo{From: r.golden, Kind: r.Kind, Property: p.property, Target: target}, p})
		}
	}
	return out, nil
}

// checkSource refuses what cannot be a source's name, which no engine need take.
func checkSource(source model.Source) error {
	if strings.ContainsRune(string(source), 0) {
		return fmt.Errorf("%w: a source's name has no NUL", ErrBadRequest)
	}
	return nil
}

// DeliveryInfo is one run of a source, as the caller may know of it.
type DeliveryInfo struct {
	graph.Delivery
	// Whole tells that the caller may see all that the source delivers. For anybody
	// else there are no counts and there is no message: how much was delivered, beside
	// how much of it is to be seen, tells how much is hidden.
	Whole bool
}

// told is what the caller may know of a run of a source that is admitted.
func (v *View) told(d *graph.Delivery) DeliveryInfo {
	out := DeliveryInfo{Delivery: *d, Whole: v.seesDelivered(d.Source)}
	if !out.Whole {
		out.Counts, out.Message = graph.Counts{}, ""
	}
	return out
}

// Deliveries are the latest runs of a source (of all for ""), newest first.
// ErrForbidden for anyone below a steward.
func (v *View) Deliveries(ctx context.Context, source model.Source, limit int) ([]DeliveryInfo, error) {
	store, size, err := v.stewardsPage(limit)
	if err != nil {
		return nil, err
	}
	if err := checkSource(source); err != nil {
		return nil, err
	}
	var out []DeliveryInfo
	for d, err := range store.Deliveries(ctx, source, size) {
		if err != nil {
			return nil, fmt.Errorf("list the deliveries: %w", err)
		}
		if v.admitsSource(d.Source) {
			out = append(out, v.told(&d))
		}
	}
	return out, nil
}

// MayDecide tells whether the caller may decide what becomes of a golden record of a
// person, or whether an office is public: whoever reads what is restricted, of an
// authority that has a part in it. Whoever is shown no name does not know whom the
// decision is about, and could make it everybody's to read. ErrForbidden if not,
// ErrNotFound when the caller may not see the golden record.
func (v *View) MayDecide(ctx context.Context, id model.EntityID) error {
	s, err := v.withEvidence(ctx, id)
	if err != nil {
		return err
	}
	if v.rank < model.Restricted.Rank() {
		return ErrForbidden
	}
	heads, err := v.a.heads(ctx, s.evidence.Members)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(heads, func(h graph.Head) bool { return h.Live && v.owns(h.Key.Source) }) {
		return ErrForbidden
	}
	return nil
}
