package access

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// countChunk is how many rows are counted together where their values decide.
const countChunk = 512

// tally keeps counts of one revision, so that asking again costs nothing.
type tally struct {
	mu       sync.Mutex
	revision model.Revision
	day      model.Date // that it was counted on
	counted  bool
	classes  map[model.Kind]map[model.Disclosure]int64
	// closed are open roles that the public is not shown: of a type that is never
	// open, or an office that no decision opens that day.
	closed int64
	// records and merged are what stewards of a clearance are told.
	records map[model.Disclosure]*recordCounts
}

type recordCounts struct {
	bySource map[model.Source]map[model.Kind]int64
	merged   int64
}

// Counts are how many golden records there are of each kind, as far as the
// caller sees them. Kinds without any are left out.
func (v *View) Counts(ctx context.Context) (*Counts, error) {
	out := &Counts{Goldens: map[model.Kind]int64{}}
	if v.past != nil || v.authorities != nil {
		err := v.eachVisible(ctx, v.from(), func(all []*sighted) error {
			for _, s := range all {
				out.Goldens[s.entity.Kind]++
			}
			return nil
		})
		return out, err
	}
	t := v.a.tally
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.count(ctx, v.a); err != nil {
		return nil, err
	}
	for kind, classes := range t.classes {
		for class, n := range classes {
			if v.admits(kind, class) {
				out.Goldens[kind] += n
			}
		}
	}
	if v.rights.Role == Public && t.closed > 0 {
		out.Goldens[model.Role] -= t.closed
	}
	maps.DeleteFunc(out.Goldens, func(_ model.Kind, n int64) bool { return n == 0 })
	return out, nil
}

// count brings the tally to the present revision.
func (t *tally) count(ctx context.Context, a *Access) error {
	reader, release, err := a.store.Snapshot(ctx)
	if err != nil {
		return fmt.Errorf("count golden records: %w", err)
	}
	defer release()
	revision, err := reader.Revision(ctx)
	if err != nil {
		return fmt.Errorf("count golden records: %w", err)
	}
	today := model.DateOf(a.clock()) // what is public ends by the day
	if t.counted && t.revision == revision && t.day == today {
		return nil
	}
	classes := map[model.Kind]map[model.Disclosure]int64{}
	for _, kind := range model.Kinds {
		classes[kind] = map[model.Disclosure]int64{}
	}
	for row, err := range reader.Scan(ctx, model.KindUnknown, 0) {
		if err != nil {
			return fmt.Errorf("count golden records: %w", err)
		}
		if of := classes[row.Kind]; of != nil {
			of[row.Disclosure]++
		}
	}
	var closed int64
	if classes[model.Role][model.Open] > 0 {
		public := a.View(Rights{})
		for row, err := range reader.Scan(ctx, model.Role, graph.WithValues) {
			if err != nil {
				return fmt.Errorf("count open roles: %w", err)
			}
			if !public.admits(row.Kind, row.Disclosure) {
				continue
			}
			s, err := public.decode(&row)
			if err != nil {
				return err
			}
			if !public.admitsGolden(&s.entity.Golden) {
				closed++
			}
		}
	}
	t.revision, t.day, t.counted, t.classes, t.closed = revision, today, true, classes, closed
	t.records = map[model.Disclosure]*recordCounts{}
	return nil
}

// eachVisible goes through all that the caller sees, a batch at a time.
func (v *View) eachVisible(ctx context.Context, from graph.Past, each func([]*sighted) error) error {
	rows := make([]graph.Golden, 0, countChunk)
	flush := func() error {
		seen, err := v.glimpse(ctx, rows)
		if err != nil {
			return err
		}
		rows = rows[:0]
		some := seen[:0]
		for _, s := range seen {
			if s != nil {
				some = append(some, s)
			}
		}
		return each(some)
	}
	for row, err := range from.Scan(ctx, model.KindUnknown, v.parts()|graph.WithEvidence) {
		if err != nil {
			return fmt.Errorf("count what is visible: %w", err)
		}
		if !v.admits(row.Kind, row.Disclosure) {
			continue
		}
		// An engine may use a row's memory again once the next is asked for.
		row.Values, row.Evidence = slices.Clone(row.Values), slices.Clone(row.Evidence)
		if rows = append(rows, row); len(rows) == countChunk {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// WorkCounts are how much there is for a steward to see to, of what the steward
// may see. ErrForbidden for anyone below a steward.
func (v *View) WorkCounts(ctx context.Context) (*WorkCounts, error) {
	store, err := v.steward()
	if err != nil {
		return nil, err
	}
	out := &WorkCounts{}
	if out.Reviews, err = v.countReviews(ctx, store); err != nil {
		return nil, err
	}
	if v.clearance == model.Protected && v.authorities == nil {
		if out.Records, err = store.CountHeads(ctx); err != nil {
			return nil, fmt.Errorf("count records: %w", err)
		}
		if _, out.Merged, err = store.CountGoldens(ctx); err != nil {
			return nil, fmt.Errorf("count golden records: %w", err)
		}
		if out.Conflicts, out.Quarantined, out.Dangling, err = store.CountWork(ctx); err != nil {
			return nil, fmt.Errorf("count the work: %w", err)
		}
		if out.Issues, err = store.CountFlawed(ctx); err != nil {
			return nil, fmt.Errorf("count the records with issues: %w", err)
		}
		return out, nil
	}
	records, err := v.countRecords(ctx)
	if err != nil {
		return nil, err
	}
	out.Records, out.Merged = records.bySource, records.merged
	if out.Conflicts, err = countPages(func(after string) (*WorkPage[ConflictInfo], error) {
		return v.Conflicts(ctx, after, maxPage)
	}); err != nil {
		return nil, err
	}
	if out.Quarantined, err = countPages(func(after string) (*WorkPage[QuarantineInfo], error) {
		return v.Quarantine(ctx, "", after, maxPage)
	}); err != nil {
		return nil, err
	}
	if out.Issues, err = v.countIssues(ctx); err != nil {
		return nil, err
	}
	out.Dangling, err = countPages(func(after string) (*WorkPage[DanglingInfo], error) {
		return v.Dangling(ctx, after, maxPage)
	})
	return out, err
}

func countPages[T any](page func(after string) (*WorkPage[T], error)) (n int64, err error) {
	for after := ""; ; {
		p, err := page(after)
		if err != nil {
			return 0, err
		}
		n += int64(len(p.Items))
		if !p.HasNext {
			return n, nil
		}
		after = p.Cursors[len(p.Cursors)-1]
	}
}

// countRecords counts the live records of what the caller sees.
func (v *View) countRecords(ctx context.Context) (*recordCounts, error) {
	if v.authorities != nil {
		return v.tallyRecords(ctx)
	}
	t := v.a.tally
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.count(ctx, v.a); err != nil {
		return nil, err
	}
	if t.records[v.clearance] == nil {
		counted, err := v.tallyRecords(ctx)
		if err != nil {
			return nil, err
		}
		t.records[v.clearance] = counted
	}
	have := t.records[v.clearance]
	out := &recordCounts{bySource: make(map[model.Source]map[model.Kind]int64, len(have.bySource)), merged: have.merged}
	for source, kinds := range have.bySource {
		out.bySource[source] = maps.Clone(kinds)
	}
	return out, nil
}

func (v *View) tallyRecords(ctx context.Context) (*recordCounts, error) {
	out := &recordCounts{bySource: map[model.Source]map[model.Kind]int64{}}
	err := v.eachVisible(ctx, v.a.store, func(all []*sighted) error {
		var members []model.EntityID
		for _, s := range all {
			members = append(members, s.evidence.Members...)
		}
		heads, err := v.a.heads(ctx, members)
		if err != nil {
			return err
		}
		live := map[model.EntityID]int64{}
		for _, h := range heads {
			if !h.Live || !v.admitsSource(h.Key.Source) {
				continue
			}
			live[h.Golden]++
			if out.bySource[h.Key.Source] == nil {
				out.bySource[h.Key.Source] = map[model.Kind]int64{}
			}
			out.bySource[h.Key.Source][h.Key.Kind]++
		}
		for _, n := range live {
			if n > 1 {
				out.merged += n
			}
		}
		return nil
	})
	return out, err
}
