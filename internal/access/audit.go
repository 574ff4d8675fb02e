package access

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"

	"github.com/karna-registry/karna/internal/audit"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// Auditor keeps the record of who looked at what. Append returns when the
// entries are durable.
type Auditor interface {
	Append(ctx context.Context, entries ...audit.Entry) error
	// Of yields the entries about golden ids, newest first, before a number.
	Of(ctx context.Context, ids []model.EntityID, before int64, limit int) iter.Seq2[audit.Read, error]
}

// Reads gathers what the Views of one operation show, to be told in one entry
// of the audit. Until Done has returned nil nothing of it may leave the house.
// A nil one is for callers who are shown nothing that is told. It is safe for
// concurrent use.
type Reads struct {
	v *View

	mu        sync.Mutex
	operation string
	shown     []model.EntityID
	seen      map[model.EntityID]bool
	lookups   []lookup
}

// lookup is a question by a sealed identifier, whose number is not kept.
type lookup struct {
	scheme model.Scheme
	found  []model.EntityID
}

// Together is the View for the reads of one operation, which are told in one
// entry, and what gathers them. Without it each read is told by itself before it
// is answered.
func (v *View) Together(operation string) (*View, *Reads) {
	if v.rights.Role == Public || v.a.auditor == nil {
		return v, nil
	}
	r := &Reads{v: v, operation: operation}
	gathering := *v
	gathering.reads = r
	return &gathering, r
}

// Name says what the operation is, once it is known.
func (r *Reads) Name(operation string) {
	if r != nil {
		r.mu.Lock()
		r.operation = operation
		r.mu.Unlock()
	}
}

// Done makes what was shown durable in the audit. It is called before the answer
// is given, and may be called again after more reads.
func (r *Reads) Done(ctx context.Context) error {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	shown, lookups, operation := r.shown, r.lookups, r.operation
	r.shown, r.lookups, r.seen = nil, nil, nil
	r.mu.Unlock()
	var entries []audit.Entry
	for _, l := range lookups {
		entries = append(entries, r.v.entry(operation+", look-up by "+string(l.scheme), l.found))
	}
	if len(shown) > 0 {
		entries = append(entries, r.v.entry(operation, shown))
	}
	if len(entries) == 0 {
		return nil
	}
	return r.v.append(ctx, entries...)
}

func (r *Reads) add(ids []model.EntityID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.seen == nil {
		r.seen = make(map[model.EntityID]bool, len(ids))
	}
	for _, id := range ids {
		if !r.seen[id] {
			r.seen[id] = true
			r.shown = append(r.shown, id)
		}
	}
}

func (v *View) entry(operation string, subjects []model.EntityID) audit.Entry {
	return audit.Entry{
		Actor: v.rights.Actor, Role: v.rights.Role.String(), Operation: operation, Purpose: v.rights.Why(), Subjects: subjects,
	}
}

func (v *View) append(ctx context.Context, entries ...audit.Entry) error {
	if err := v.a.auditor.Append(ctx, entries...); err != nil {
		return fmt.Errorf("a restricted read is not answered before it is in the audit: %w", err)
	}
	return nil
}

// tell puts golden ids that are about to be shown into the audit.
func (v *View) tell(ctx context.Context, ids []model.EntityID) error {
	switch {
	case len(ids) == 0 || v.a.auditor == nil:
		return nil
	case v.reads != nil:
		v.reads.add(ids)
		return nil
	}
	return v.append(ctx, v.entry("read", ids))
}

// tellLookup puts a question by a sealed identifier into the audit, also when
// nothing was found.
func (v *View) tellLookup(ctx context.Context, scheme model.Scheme, found []model.EntityID) error {
	if v.reads != nil {
		v.reads.mu.Lock()
		v.reads.lookups = append(v.reads.lookups, lookup{scheme, slices.Clone(found)})
		v.reads.mu.Unlock()
		return nil
	}
	return v.append(ctx, v.entry("look-up by "+string(scheme), found))
}

// note tells of what is about to be shown of entities above internal.
func (v *View) note(ctx context.Context, all []*sighted) error {
	if !v.tells() {
		return nil
	}
	var ids []model.EntityID
	for _, s := range all {
		switch {
		case s == nil || s.tell == tellNothing:
		case s.tell == tellOfIt:
			ids = append(ids, s.entity.ID)
		default:
			ids = v.appendTold(ids, &s.entity.Golden, s.entity.Secret)
		}
	}
	return v.tell(ctx, ids)
}

// telling is what the audit is to be told when something is shown.
type telling uint8

const (
	tellUnknown   telling = iota // appendTold finds it out
	tellNothing                  // nothing of it is above internal
	tellOfIt                     // something is
	tellOfPersons                // and it leads to persons, whom the audit is told of too
)

// tells is whether the audit is told of anything that the caller is shown.
func (v *View) tells() bool { return v.rank >= model.Restricted.Rank() && v.a.auditor != nil }

// noteVersions tells of what is about to be shown of versions, nil ones left out.
func (v *View) noteVersions(ctx context.Context, versions ...*Entity) error {
	if !v.tells() {
		return nil
	}
	var ids []model.EntityID
	for _, e := range versions {
		if e != nil {
			ids = v.appendTold(ids, &e.Golden, e.Secret)
		}
	}
	return v.tell(ctx, ids)
}

// appendTold appends the ids that the audit tells of when g is shown as it is,
// redacted: its own if anything of it is above internal, and the persons that
// such links name.
func (v *View) appendTold(ids []model.EntityID, g *model.Golden, above bool) []model.EntityID {
	at := len(ids)
	ids = append(ids, g.ID)
	for i := range g.Values {
		val := &g.Values[i]
		p := propertyOf(val.Property)
		if above && !p.person || v.class(p, val.Value).Rank() < model.Restricted.Rank() {
			continue // of what is above already only persons are looked for
		}
		above = true
		if l, ok := val.Value.(model.Link); ok && p.person && !l.To.IsZero() {
			ids = append(ids, l.To)
		}
	}
	if !above {
		return ids[:at]
	}
	return ids
}

// noteEvidence tells that all that sources say of a thing is about to be shown:
// of a kind that has anything above internal, whatever survived.
func (v *View) noteEvidence(ctx context.Context, s *sighted) error {
	if v.rank < model.Restricted.Rank() || !hasRestricted[s.entity.Kind] {
		return v.note(ctx, []*sighted{s})
	}
	return v.tell(ctx, v.appendTold([]model.EntityID{s.entity.ID}, &s.entity.Golden, s.entity.Secret))
}

// hasRestricted are the kinds with a property above internal.
var hasRestricted = func() map[model.Kind]bool {
	out := map[model.Kind]bool{}
	for _, kind := range model.Kinds {
		for _, row := range ontology.Of(kind) {
			if row.Disclosure.Rank() >= model.Restricted.Rank() {
				out[kind] = true
			}
		}
	}
	return out
}()

// Unaudited is an Auditor that keeps nothing, for tests.
var Unaudited Auditor = unaudited{}

type unaudited struct{}

func (unaudited) Append(context.Context, ...audit.Entry) error { return nil }

func (unaudited) Of(context.Context, []model.EntityID, int64, int) iter.Seq2[audit.Read, error] {
	return func(func(audit.Read, error) bool) {}
}
