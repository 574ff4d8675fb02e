package access

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// Statements are a golden record's values, of these properties or of all, with
// their evidence: which records say so since when, by which rule the value won,
// and what lost. ErrNotFound when the caller may not see the golden record.
func (v *View) Statements(ctx context.Context, id model.EntityID, properties []model.PropertyID) ([]StatementInfo, error) {
	s, err := v.withEvidence(ctx, id)
	if err != nil {
		return nil, err
	}
	if v.past == nil {
		if err := v.narrowAlternatives(ctx, &s.evidence); err != nil {
			return nil, err
		}
	}
	e := &teller{v: v, class: s.class, members: s.evidence.Members}
	if err := e.load(ctx, s, properties); err != nil {
		return nil, err
	}
	var out []StatementInfo
	for k, val := range s.entity.Values {
		if !wanted(properties, val.Property) {
			continue
		}
		info := StatementInfo{GoldenValue: val}
		if place := s.places[k]; place < len(s.evidence.Support) {
			support := s.evidence.Support[place]
			info.Rule = support.Rule
			info.Support = e.said(support.Records, s.stored[k])
		}
		for i := range s.evidence.Alternatives {
			a := &s.evidence.Alternatives[i]
			if a.Property != val.Property || !v.shows(propertyOf(a.Property), a.Value) {
				continue
			}
			support := e.said(a.Records, a.GoldenValue)
			if len(support) == 0 {
				// Nobody whom the caller may see said it.
				continue
			}
			shown := a.GoldenValue
			shown.Value = v.presented(a.Value, e.open)
			info.Alternatives = append(info.Alternatives, AlternativeInfo{GoldenValue: shown, Lost: a.Lost, Support: support})
		}
		if len(info.Alternatives) == 0 && (contested(info.Rule) || info.Rule == model.RuleAll && len(s.entity.All(val.Property)) == 1) {
			// What it won over or stands beside, if anything, is not for the caller.
			info.Rule = model.RuleOnly
		}
		out = append(out, info)
	}
	return out, e.times(ctx, out)
}

// contested tells whether the rule says that there was something to win over.
func contested(r model.Rule) bool {
	switch r {
	case model.RuleMaster, model.RuleTrust, model.RuleRecency, model.RuleSupport, model.RuleOrder:
		return true
	}
	return false
}

func wanted(properties []model.PropertyID, p model.PropertyID) bool {
	return len(properties) == 0 || slices.Contains(properties, p)
}

// narrowAlternatives gives links that lost the class that their target has
// today: nothing rewrites evidence when a target becomes protected.
func (v *View) narrowAlternatives(ctx context.Context, e *model.Evidence) error {
	var ids []model.EntityID
	for i := range e.Alternatives {
		ids = v.appendTarget(ids, e.Alternatives[i].Value)
	}
	if len(ids) == 0 {
		return nil
	}
	standings, err := v.standings(ctx, ids)
	if err != nil {
		return err
	}
	for i := range e.Alternatives {
		e.Alternatives[i].Value = narrowLink(e.Alternatives[i].Value, standings)
	}
	return nil
}

// teller finds who said what.
type teller struct {
	v       *View
	class   model.Disclosure
	members []model.EntityID
	records map[model.EntityID]*told
	open    map[model.EntityID]Unsealed
}

func (e *teller) load(ctx context.Context, s *sighted, properties []model.PropertyID) error {
	var refs, ids []model.EntityID
	need := make([]bool, len(s.evidence.Members))
	for k := range s.entity.Values {
		val, place := s.stored[k], s.places[k]
		if ref, ok := sealOf(val.Value); ok {
			refs = append(refs, ref)
		}
		if wanted(properties, val.Property) && place < len(s.evidence.Support) {
			for _, r := range s.evidence.Support[place].Records {
				need[r] = true
			}
		}
	}
	for i := range s.evidence.Alternatives {
		a := &s.evidence.Alternatives[i]
		if !wanted(properties, a.Property) {
			continue
		}
		if ref, ok := sealOf(a.Value); ok {
			refs = append(refs, ref)
		}
		for _, r := range a.Records {
			need[r] = true
		}
	}
	for i, id := range s.evidence.Members {
		if need[i] {
			ids = append(ids, id)
		}
	}
	var err error
	if e.open, err = e.v.a.unseal(ctx, refs); err != nil {
		return err
	}
	all, err := e.v.histories(ctx, e.class, ids)
	if err != nil {
		return err
	}
	e.records = make(map[model.EntityID]*told, len(all))
	for i := range all {
		e.records[all[i].head.ID] = &all[i]
	}
	return nil
}

// said are the records that say a value, as far as the caller sees them.
func (e *teller) said(records []uint32, val model.GoldenValue) []Said {
	var out []Said
	for _, r := range records {
		t := e.records[e.members[r]]
		if t == nil || !e.v.showsSaid(e.class, t.head.Key.Source, propertyOf(val.Property), val.Value) {
			continue
		}
		out = append(out, e.one(t, val))
	}
	return out
}

// one is a record's word on a value: since when it has said so without a break,
// and in which spelling.
func (e *teller) one(t *told, val model.GoldenValue) Said {
	s := Said{
		Source: t.head.Key.Source, Authority: e.v.a.source(t.head.Key.Source).Authority, Record: t.head.ID,
	}
	if e.v.rights.Role >= Steward {
		s.LocalID = t.head.Key.LocalID
	}
	for i := len(t.settled) - 1; i >= 0; i-- {
		version := &t.settled[i]
		st, says := e.find(version.record, val)
		if !says && (version.record == nil || !propertyOf(val.Property).derived()) {
			break
		}
		s.Since, s.Stamp = version.Revision, instant(version.Stamp)
		if i == len(t.settled)-1 && says {
			_, s.Original = e.v.presentSaid(st.Value, st.Original)
		}
	}
	return s
}

// derived tells whether no record says the property's values in so many words.
func (p property) derived() bool { return p.row != nil && p.row.Derived }

// find is the statement that says a value, by preference for the same period.
func (e *teller) find(r *model.Record, val model.GoldenValue) (found model.Statement, ok bool) {
	if r == nil {
		return found, false
	}
	for _, st := range r.Statements {
		if st.Property != val.Property || !same(st.Value, val.Value, e.open) {
			continue
		}
		if st.Period == val.Period {
			return st, true
		}
		if !ok {
			found, ok = st, true
		}
	}
	return found, ok
}

// times fills in when the revisions were committed.
func (e *teller) times(ctx context.Context, all []StatementInfo) error {
	var revisions []model.Revision
	everySaid(all, func(s *Said) { revisions = append(revisions, s.Since) })
	infos, err := e.v.infos(ctx, revisions)
	if err != nil {
		return err
	}
	everySaid(all, func(s *Said) { s.SinceAt = infos[s.Since].At })
	return nil
}

func everySaid(all []StatementInfo, visit func(*Said)) {
	for i := range all {
		for k := range all[i].Support {
			visit(&all[i].Support[k])
		}
		for _, a := range all[i].Alternatives {
			for k := range a.Support {
				visit(&a.Support[k])
			}
		}
	}
}

// committed is when a revision was committed; zero for none.
func (v *View) committed(ctx context.Context, r model.Revision) (time.Time, error) {
	infos, err := v.infos(ctx, []model.Revision{r})
	return infos[r].At, err
}

// infos are rows of the transaction log by revision, each read once.
func (v *View) infos(ctx context.Context, revisions []model.Revision) (map[model.Revision]graph.RevisionInfo, error) {
	ask := make([]model.Revision, 0, len(revisions))
	for _, r := range revisions {
		if r > 0 {
			ask = append(ask, r)
		}
	}
	slices.Sort(ask)
	ask = slices.Compact(ask)
	out := make(map[model.Revision]graph.RevisionInfo, len(ask))
	if len(ask) == 0 {
		return out, nil
	}
	infos, err := v.a.store.RevisionInfos(ctx, ask)
	if err != nil {
		return nil, fmt.Errorf("read when %d revisions were committed: %w", len(ask), err)
	}
	for i, r := range ask {
		out[r] = infos[i]
	}
	return out, nil
}
