package access

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/document"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// feedChunk is how many rows of the stored feed are looked at together.
const feedChunk = 500

// lastID comes after every id: a cursor at it is past all of its revision.
var lastID = func() (id model.EntityID) {
	for i := range id {
		id[i] = 0xff
	}
	return id
}()

// Changes is a page of the change feed after a cursor of an earlier answer,
// from the beginning for none, oldest first. A change of what is hidden from the
// caller is no entry, nor is one of a thing that is hidden today. That a thing
// left the caller's sight is a withdrawal; that it was erased is told by a mark in
// the place of the id, which is gone. ErrNoSuchPlace for a cursor of a revision that
// has not come, and of one that was another before the registry was restored.
func (v *View) Changes(ctx context.Context, after string, limit int) (*ChangePage, error) {
	size, err := pageSize(limit)
	if err != nil {
		return nil, err
	}
	store, err := v.present()
	if err != nil {
		return nil, err
	}
	// Read before the feed, so that the feed holds all up to it.
	until, err := store.Revision(ctx)
	if err != nil {
		return nil, err
	}
	from, err := v.parseFeed(ctx, after, until)
	if err != nil {
		return nil, err
	}
	out := &ChangePage{}
	e := erasures{v: v, out: out, told: from}
	for {
		var chunk []graph.Change
		for c, err := range store.Changes(ctx, from, feedChunk) {
			if err != nil {
				return nil, fmt.Errorf("read the change feed after revision %d: %w", from.Revision, err)
			}
			chunk = append(chunk, c)
		}
		// Read after the chunk, so that it has all that is of the chunk's revisions.
		if err := e.read(ctx, store); err != nil {
			return nil, err
		}
		for start := 0; start < len(chunk); {
			end := start + 1
			for end < len(chunk) && chunk[end].Revision == chunk[start].Revision {
				end++
			}
			if err := e.tell(ctx, chunk[start].Revision); err != nil {
				return nil, err
			}
			if err := v.appendChanges(ctx, out, chunk[start:end]); err != nil {
				return nil, err
			}
			start = end
			if len(out.Items) > size {
				out.Items, out.HasNext = out.Items[:size], true
				out.Cursor = out.Items[size-1].Cursor
				return out, nil
			}
		}
		if len(chunk) > 0 {
			last := chunk[len(chunk)-1]
			from = graph.ChangePosition{Revision: last.Revision, ID: last.ID}
		}
		if len(chunk) < feedChunk {
			break
		}
	}
	// Past everything there is: at the revision, which is the clock, and not at
	// the last row, which the caller may not see.
	end := graph.ChangePosition{Revision: max(until, from.Revision), ID: lastID}
	if err := e.tell(ctx, end.Revision+1); err != nil {
		return nil, err
	}
	if len(out.Items) > size {
		out.Items, out.HasNext = out.Items[:size], true
		out.Cursor = out.Items[size-1].Cursor
		return out, nil
	}
	at, err := v.committed(ctx, end.Revision)
	if err != nil {
		return nil, err
	}
	out.Cursor = v.feedCursor(end, at)
	return out, nil
}

// feedScope is what a cursor of the feed belongs to: a history of the registry, which
// is known by when it committed a revision. One that was restored from a backup and
// has gone on committed the next at another time. That is the registry's clock, and no
// secret.
func (v *View) feedScope(r model.Revision, at time.Time) scope {
	return v.scope(asks(cursorChange).number(uint64(r)).number(uint64(at.UnixMicro())))
}

func (v *View) feedCursor(p graph.ChangePosition, at time.Time) string {
	return v.feedScope(p.Revision, at).keyed(cursorChange, uint64(p.Revision), p.ID)
}

// parseFeed is the place of a cursor in a feed that has come to a revision.
// ErrNoSuchPlace when it has not come to the cursor's, or not by the same history.
func (v *View) parseFeed(ctx context.Context, cursor string, until model.Revision) (at graph.ChangePosition, err error) {
	if cursor == "" {
		return at, nil
	}
	of, revision, id, err := parseKeyedCursor(cursor, cursorChange)
	switch {
	case err != nil:
		return at, err
	case revision > uint64(until):
		return at, ErrNoSuchPlace
	}
	at = graph.ChangePosition{Revision: model.Revision(revision), ID: id}
	if of == anyHistory {
		return at, nil
	}
	committed, err := v.committed(ctx, at.Revision)
	if err == nil && of != v.feedScope(at.Revision, committed) {
		err = ErrNoSuchPlace
	}
	return at, err
}

// erasures are the entries of what was erased, which come after those of their
// revision's ids. Who might see it is told, unless that was only by being of an
// authority: whose it was is not known any more.
type erasures struct {
	v    *View
	out  *ChangePage
	told graph.ChangePosition // up to here
	next []document.Erased
}

func (e *erasures) read(ctx context.Context, from graph.Reader) error {
	artifact, ok, err := from.Artifact(ctx, document.ErasedArtifact)
	if err != nil || !ok {
		return err
	}
	all, err := document.DecodeErased(artifact.Body)
	if err != nil {
		return err
	}
	e.next = e.next[:0]
	for _, one := range all {
		after := one.Revision > e.told.Revision || one.Revision == e.told.Revision && one.Mark.Compare(e.told.ID) > 0
		if after && e.v.admits(one.Kind, one.Disclosure) && (e.v.authorities == nil || one.Disclosure.Rank() < model.Restricted.Rank()) {
			e.next = append(e.next, one)
		}
	}
	return nil
}

// tell appends those before a revision.
func (e *erasures) tell(ctx context.Context, before model.Revision) error {
	for len(e.next) > 0 && e.next[0].Revision < before {
		one := e.next[0]
		at, err := e.v.committed(ctx, one.Revision)
		if err != nil {
			return err
		}
		e.out.Items = append(e.out.Items, ChangeInfo{
			Revision: one.Revision, At: at, ID: one.Mark, Kind: one.Kind, What: Erased,
			Cursor: e.v.feedCursor(graph.ChangePosition{Revision: one.Revision, ID: one.Mark}, at),
		})
		e.next, e.told = e.next[1:], graph.ChangePosition{Revision: one.Revision, ID: one.Mark}
	}
	return nil
}

// anyHistory is what a cursor belongs to that somebody makes of a revision's number.
var anyHistory scope

// AfterRevision is the cursor after everything of a revision, whatever the history.
func AfterRevision(r model.Revision) string {
	return anyHistory.keyed(cursorChange, uint64(r), lastID)
}

// appendChanges adds what the caller may know of changes of one revision.
func (v *View) appendChanges(ctx context.Context, out *ChangePage, changes []graph.Change) error {
	revision := changes[0].Revision
	ids := make([]model.EntityID, 0, len(changes))
	some := changes[:0:0]
	for _, c := range changes {
		if v.admits(c.Kind, model.Open) {
			some, ids = append(some, c), append(ids, c.ID)
		}
	}
	if len(some) == 0 {
		return nil
	}
	after, shown, open, err := v.seenAfter(ctx, revision, ids)
	if err != nil {
		return err
	}
	before := make([]*sighted, len(ids))
	if revision > 1 {
		if before, err = v.seenAt(ctx, revision-1, ids); err != nil {
			return err
		}
	}
	v.forgetNames(open, before, after)
	var asked []model.EntityID
	for i, c := range some {
		if c.State != graph.Live && before[i] != nil {
			asked = append(asked, c.ID, c.Redirect)
		}
	}
	standings, err := v.standings(ctx, asked)
	if err != nil {
		return err
	}
	var at time.Time
	for i, c := range some {
		what := v.change(c, before[i], after[i], shown[i], standings)
		if what == "" {
			continue
		}
		if at.IsZero() {
			if at, err = v.committed(ctx, revision); err != nil {
				return err
			}
		}
		item := ChangeInfo{
			Revision: c.Revision, At: at, ID: c.ID, Kind: c.Kind, What: what,
			Cursor: v.feedCursor(graph.ChangePosition{Revision: c.Revision, ID: c.ID}, at),
		}
		if what == MergedIn {
			item.Redirect = c.Redirect
		}
		out.Items = append(out.Items, item)
	}
	return nil
}

// forgetNames takes the holder's name out of what the caller could see of an office
// that is open no longer: whose name it had, and when that changed, was for everybody
// then, and who it was may be protected by now. That the office was open and no
// longer is stays to be told.
func (v *View) forgetNames(open map[model.EntityID]bool, seen ...[]*sighted) {
	if v.rank >= model.Protected.Rank() && v.authorities == nil {
		return // who sees it anyway
	}
	for _, all := range seen {
		for _, s := range all {
			if s != nil && s.entity.Kind == model.Role && !open[s.entity.ID] {
				s.entity.Values = slices.DeleteFunc(s.entity.Values, func(val model.GoldenValue) bool { return val.Property == ontology.RoleHolderName })
			}
		}
	}
}

// openOffices are those among rows of the present that a decision has opened today.
func (v *View) openOffices(rows []graph.Golden) (map[model.EntityID]bool, error) {
	open := map[model.EntityID]bool{}
	for i := range rows {
		row := &rows[i]
		if row.State != graph.Live || row.Kind != model.Role || row.Disclosure != model.Open {
			continue
		}
		s, err := v.decode(row)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(s.entity.Values, func(val model.GoldenValue) bool { return v.opened(&val) }) {
			open[row.ID] = true
		}
	}
	return open, nil
}

// change says what a stored change is to the caller, or nothing. before and
// after are what the caller could see then; shown is what of the version the
// caller may see today.
func (v *View) change(c graph.Change, before, after, shown *sighted, standings map[model.EntityID]standing) string {
	switch c.State {
	case graph.Live:
		switch {
		case shown != nil && (before == nil || !sameVersion(before.entity, after.entity)):
			return Changed
		case after == nil && before != nil:
			return Withdrawn
		}
	case graph.Merged:
		switch {
		case before == nil:
		case v.admits(c.Kind, standings[c.ID].class.Stricter(standings[c.Redirect].class)):
			return MergedIn
		default:
			return Withdrawn
		}
	case graph.Ended:
		switch {
		case before == nil:
		case v.admits(c.Kind, standings[c.ID].class):
			return Ended
		default:
			return Withdrawn
		}
	}
	return ""
}

// seenAt is what the caller could see of ids at a revision.
func (v *View) seenAt(ctx context.Context, r model.Revision, ids []model.EntityID) ([]*sighted, error) {
	past, err := v.a.store.At(ctx, r)
	if err != nil {
		return nil, err
	}
	rows, err := past.Goldens(ctx, ids, v.partsThen())
	if err != nil {
		return nil, fmt.Errorf("read %d golden records at revision %d: %w", len(ids), r, err)
	}
	return v.judge(ctx, rows)
}

// seenAfter is what the caller could see of ids at a revision, what of that the
// caller may see today, and which of them are offices that are open today.
func (v *View) seenAfter(ctx context.Context, r model.Revision, ids []model.EntityID) (then, today []*sighted, open map[model.EntityID]bool, err error) {
	rows, err := v.a.store.Goldens(ctx, ids, v.parts())
	if err != nil {
		return nil, nil, nil, fmt.Errorf("read %d golden records: %w", len(ids), err)
	}
	if open, err = v.openOffices(rows); err != nil {
		return nil, nil, nil, err
	}
	var old []model.EntityID
	var at []int
	for i := range rows {
		if rows[i].Revision != r {
			old, at = append(old, ids[i]), append(at, i)
			rows[i] = graph.Golden{}
		}
	}
	// What has not changed since is seen today as it was then.
	if then, err = v.judge(ctx, rows); err != nil {
		return nil, nil, nil, err
	}
	today = append(today, then...)
	if len(old) == 0 {
		return then, today, open, nil
	}
	past, err := v.a.store.At(ctx, r)
	if err != nil {
		return nil, nil, nil, err
	}
	asNow := *v.asPast()
	asNow.offices = open
	versions, err := past.Goldens(ctx, old, asNow.parts())
	if err != nil {
		return nil, nil, nil, fmt.Errorf("read %d golden records at revision %d: %w", len(old), r, err)
	}
	asThen, err := v.judge(ctx, versions)
	if err != nil {
		return nil, nil, nil, err
	}
	asToday, err := asNow.judge(ctx, versions)
	if err != nil {
		return nil, nil, nil, err
	}
	for k, i := range at {
		then[i], today[i] = asThen[k], asToday[k]
	}
	return then, today, open, nil
}
