package access

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/document"
	"github.com/karna-registry/karna/model"
)

// Records are the records that a golden record is made of, as far as the caller
// sees them, retracted ones without content. ErrNotFound when the caller may
// not see the golden record.
func (v *View) Records(ctx context.Context, id model.EntityID) ([]RecordInfo, error) {
	s, err := v.withEvidence(ctx, id)
	if err != nil {
		return nil, err
	}
	told, err := v.histories(ctx, s.class, s.evidence.Members)
	if err != nil {
		return nil, err
	}
	var out []RecordInfo
	for _, t := range told {
		if len(t.versions) > 0 {
			out = append(out, t.versions[len(t.versions)-1])
		}
	}
	slices.SortFunc(out, func(a, b RecordInfo) int { return a.ID.Compare(b.ID) })
	return out, nil
}

// RecordHistory is every version of a record that differs for the caller from
// the one before, oldest first. ErrNotFound when the caller may not see it.
func (v *View) RecordHistory(ctx context.Context, record model.EntityID) ([]RecordInfo, error) {
	if _, err := v.present(); err != nil {
		return nil, err
	}
	heads, err := v.a.heads(ctx, []model.EntityID{record})
	if err != nil {
		return nil, err
	}
	if heads[0].ID.IsZero() {
		return nil, ErrNotFound
	}
	s, err := v.withEvidence(ctx, heads[0].Golden)
	if err != nil {
		return nil, err
	}
	told, err := v.histories(ctx, s.class, []model.EntityID{record})
	if err != nil {
		return nil, err
	}
	if len(told) == 0 || len(told[0].versions) == 0 {
		return nil, ErrNotFound
	}
	return told[0].versions, nil
}

// withEvidence is the golden record that an id stands for, with its evidence;
// ErrNotFound when the caller may not see it. A protected person's flag is no
// sight of the record.
func (v *View) withEvidence(ctx context.Context, id model.EntityID) (*sighted, error) {
	rows, err := v.follow(ctx, []model.EntityID{id}, graph.WithValues|graph.WithEvidence)
	if err != nil {
		return nil, err
	}
	seen, err := v.judge(ctx, rows)
	if err != nil {
		return nil, err
	}
	if seen[0] == nil {
		return nil, ErrNotFound
	}
	return seen[0], v.noteEvidence(ctx, seen[0])
}

// heads reads records' heads, parallel to ids.
func (a *Access) heads(ctx context.Context, ids []model.EntityID) ([]graph.Head, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	heads, err := a.store.HeadsByID(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read the heads of %d records: %w", len(ids), err)
	}
	return heads, nil
}

// told is what one record has said, version by version.
type told struct {
	head graph.Head
	// settled are all versions, opened and resolved, for comparison only.
	settled []settledVersion
	// versions are those that differ for the caller, redacted.
	versions []RecordInfo
}

type settledVersion struct {
	graph.Version
	record *model.Record // of a retraction, what was said last; may be nil then
}

// histories reads what records have said up to the revision of the View.
// Records that the caller may not see are left out. class is that of the golden
// record they are in: a record is never wider than what it is part of.
func (v *View) histories(ctx context.Context, class model.Disclosure, ids []model.EntityID) ([]told, error) {
	heads, err := v.a.heads(ctx, ids)
	if err != nil {
		return nil, err
	}
	until, err := v.Revision(ctx)
	if err != nil {
		return nil, err
	}
	var all []told
	var records []*model.Record
	for _, h := range heads {
		if h.ID.IsZero() {
			continue
		}
		t := told{head: h}
		for version, err := range v.a.store.History(ctx, h.ID) {
			if err != nil {
				return nil, fmt.Errorf("read the history of record %s: %w", h.ID, err)
			}
			if version.Revision > until && !v.partsIdentities() {
				break // else what it says today tells what of it is seen
			}
			s := settledVersion{Version: version}
			if version.Doc != nil {
				if s.record, err = document.DecodeRecord(version.Doc); err != nil {
					return nil, fmt.Errorf("read record %s at revision %d: %w", h.ID, version.Revision, err)
				}
				records = append(records, s.record)
			}
			t.settled = append(t.settled, s)
		}
		all = append(all, t)
	}
	if err := v.settle(ctx, records); err != nil {
		return nil, err
	}
	if all, err = v.forgetSaid(ctx, class, all); err != nil {
		return nil, err
	}
	var out []told
	for _, t := range all {
		t.settled = slices.DeleteFunc(t.settled, func(s settledVersion) bool { return s.Revision > until })
		if len(t.settled) > 0 && v.admitsRecord(class, &t) {
			t.versions = v.versions(class, &t)
			out = append(out, t)
		}
	}
	return out, nil
}

// admitsRecord tells whether the caller sees the record as such.
func (v *View) admitsRecord(golden model.Disclosure, t *told) bool {
	class := v.recordClass(golden, t)
	if class.Rank() > v.rank {
		return false
	}
	return class.Rank() < model.Restricted.Rank() || v.owns(t.head.Key.Source)
}

// recordClass is the strictest of what holds for the golden record, the source
// and what the record last said of itself.
func (v *View) recordClass(golden model.Disclosure, t *told) model.Disclosure {
	class := golden
	if d := v.a.source(t.head.Key.Source).Disclosure; d != model.Unclassified {
		class = class.Stricter(d)
	}
	for i := len(t.settled) - 1; i >= 0; i-- {
		if r := t.settled[i].record; r != nil {
			if r.Disclosure != model.Unclassified {
				class = class.Stricter(r.Disclosure)
			}
			break
		}
	}
	return class
}

// versions are the record's versions as the caller sees them. One that does not
// differ from the one before is left out: that a record changed in what is
// hidden is hidden, too.
func (v *View) versions(class model.Disclosure, t *told) []RecordInfo {
	var out []RecordInfo
	for i := range t.settled {
		s := &t.settled[i]
		info := RecordInfo{
			ID: t.head.ID, Source: t.head.Key.Source, Kind: t.head.Key.Kind, Live: !s.Gone,
			Revision: s.Revision, Stamp: instant(s.Stamp),
		}
		if v.rights.Role >= Steward {
			info.LocalID = t.head.Key.LocalID
		}
		if !s.Gone {
			info.Record = v.redactRecord(class, t.head.Key, s.record)
		}
		if n := len(out); n > 0 && out[n-1].Live == info.Live && reflect.DeepEqual(out[n-1].Record, info.Record) {
			continue
		}
		out = append(out, info)
	}
	return out
}

// redactRecord is the part of a settled record that the caller sees. Its stamp
// is in the RecordInfo.
func (v *View) redactRecord(class model.Disclosure, key model.RecordKey, r *model.Record) *model.Record {
	out := &model.Record{Key: key, Disclosure: r.Disclosure, Period: r.Period}
	if v.rights.Role < Steward {
		out.Key.LocalID = ""
	}
	if key.Kind == model.Person && (v.rank < model.Restricted.Rank() || !v.owns(key.Source)) {
		out.Period = model.Period{}
	}
	for _, i := range v.shown(class, key, r) {
		st := r.Statements[i]
		st.Value, st.Original = v.presentSaid(st.Value, st.Original)
		out.Statements = append(out.Statements, st)
	}
	out.Issues = v.showIssues(class, key.Source, r.Issues)
	return out
}

// shown are the places of the statements of a settled record that the caller sees.
func (v *View) shown(class model.Disclosure, key model.RecordKey, r *model.Record) []int {
	var out []int
	for i := range r.Statements {
		if st := &r.Statements[i]; v.showsSaid(class, key.Source, propertyOf(st.Property), st.Value) {
			out = append(out, i)
		}
	}
	return out
}

// showsSaid tells whether the caller sees what a record of the source says.
func (v *View) showsSaid(golden model.Disclosure, source model.Source, p property, val model.Value) bool {
	class := v.class(p, val)
	if class.Rank() > v.rank {
		return false
	}
	return class.Stricter(golden).Rank() < model.Restricted.Rank() || v.owns(source)
}

// presentSaid is a settled value, which holds sealed values in the open, and
// its original, as the caller is shown them.
func (v *View) presentSaid(val model.Value, original string) (model.Value, string) {
	switch val := val.(type) {
	case model.Identifier:
		if !v.sealed(val) {
			return val, original
		}
		val.Seal = model.EntityID{}
		if v.unmasked() {
			return val, original
		}
		if val.Value != "" {
			val.Value = model.Mask(val.Scheme, val.Value)
		}
		return val, ""
	case model.Link:
		personal := !val.Ref.Seal.IsZero() || val.Ref.ByIdentifier() && v.a.proofOf(val.Ref.Scheme).Sealed
		val.Ref.Seal = model.EntityID{}
		switch {
		case v.rights.Role < Steward:
			// What another source calls the target is for stewards.
			val.Ref, original = model.Reference{}, ""
		case personal && !v.unmasked():
			if val.Ref.Value != "" {
				val.Ref.Value = model.Mask(val.Ref.Scheme, val.Ref.Value)
			}
			original = ""
		}
		return val, original
	}
	return val, original
}

// instant is a stamp as a time; zero when the source states none.
func instant(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
