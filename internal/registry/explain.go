package registry

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/resolve"
	"github.com/karna-registry/karna/resolve/match"
)

var _ access.Weigher = (*Registry)(nil)

// WeighPair takes apart what two records weigh by the stored model of their kind.
// It is for access, which decides who may be told: it tells no values.
func (r *Registry) WeighPair(ctx context.Context, a, b model.EntityID) (access.Evidence, bool, error) {
	var out access.Evidence
	heads, err := r.store.HeadsByID(ctx, []model.EntityID{a, b})
	if err != nil {
		return out, false, fmt.Errorf("read 2 record heads: %w", err)
	}
	kind := heads[0].Key.Kind
	if heads[0].ID.IsZero() || heads[1].ID.IsZero() || heads[1].Key.Kind != kind || columnsOf[kind] == nil {
		return out, false, nil
	}
	m, err := r.modelOf(ctx, r.store, kind)
	if err != nil || m == nil {
		return out, false, err
	}
	said, err := r.lastWords(ctx, r.store, heads)
	if err != nil || said[0] == nil || said[1] == nil {
		return out, false, err
	}
	table, err := r.newRows(kind)
	if err != nil {
		return out, false, err
	}
	to, err := r.leadsIn(ctx, r.store, heads, said)
	if err != nil {
		return out, false, err
	}
	table.add(said[0], &to[0])
	table.add(said[1], &to[1])
	x := match.NewWeigher(table.Table(), m.Model).Explain(0, 1)
	out = access.Evidence{
		Prior: inBits(x.Prior), Near: inBits(x.Near), Total: inBits(x.Total), Band: r.policy.BandsOf(kind).Of(x.Total).String(),
		Model: fmt.Sprintf("%x", m.hash),
	}
	for _, s := range x.Steps {
		step := access.EvidenceStep{
			Comparison: s.Comparison, Level: s.Level, Bits: inBits(s.Bits), Rarity: inBits(s.Rarity), Properties: comparedBy(kind, s.Comparison),
		}
		if s.Values != nil {
			step.SaidA, step.SaidB = table.statements(said[0], &to[0], s.Values[0]), table.statements(said[1], &to[1], s.Values[1])
		}
		out.Steps = append(out.Steps, step)
	}
	out.Constraints, err = r.constraintsOn(ctx, resolve.Subject{ID: a, Record: said[0]}, resolve.Subject{ID: b, Record: said[1]})
	if code := to[0].forbids(&to[1]); kind == model.Role && code != "" {
		out.Constraints = append(out.Constraints, code)
		slices.Sort(out.Constraints)
		out.Band = resolve.Band(r.bandOf(kind, r.boundRole(&to[0], &to[1], stored(float32(x.Total))))).String()
	}
	return out, true, err
}

// statements are the places of what a record says where a comparison found its
// value; nil where it says one thing only.
func (t *rows) statements(rec *model.Record, to *leads, at *match.Said) []int {
	if at == nil {
		return nil
	}
	out := []int{}
	for i := range t.columns {
		c := &t.columns[i]
		switch all := t.said(rec, to, c); {
		case at.Nth >= len(all) || all[at.Nth].at < 0:
		// Words of one name may stand in several columns; the later ones stand alone.
		case i == at.Column, at.Nth == 0 && c.Attr == match.FamilyName && t.columns[at.Column].Attr == match.FamilyName:
			out = append(out, all[at.Nth].at)
		}
	}
	return out
}

// inBits rounds as weights are stored.
func inBits(w resolve.Weight) float64 { return float64(stored(float32(w))) / 1000 }

// constraintsOn are the codes of what two records prove of each other, and of a
// steward's latest word on them.
func (r *Registry) constraintsOn(ctx context.Context, a, b resolve.Subject) ([]string, error) {
	out := []string{}
	for _, reason := range resolve.Score(&a, &b, r.policy).Reasons {
		out = append(out, reason.Code)
	}
	var latest graph.Verdict
	for d, err := range r.store.DecisionsOn(ctx, []model.EntityID{a.ID}) {
		if err != nil {
			return nil, fmt.Errorf("read the decisions on record %s: %w", a.ID, err)
		}
		if d.A == b.ID || d.B == b.ID {
			latest = d.Verdict
		}
	}
	switch latest {
	case graph.Same:
		out = append(out, resolve.ReasonDecisionSame)
	case graph.Different:
		out = append(out, resolve.ReasonDecisionDifferent)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// comparedBy are the properties whose values a comparison compares.
func comparedBy(kind model.Kind, comparison string) []model.PropertyID {
	attrs := map[string][]match.Attr{
		"birth": {match.BirthDate}, "start": {match.StartDate}, "end": {match.EndDate}, "sex": {match.Sex}, "given": {match.GivenName}, "family": {match.FamilyName}, "name": {match.Name},
		"email": {match.Email}, "phone": {match.Phone}, "address": {match.Street, match.StreetNumber, match.PostalCode, match.Locality},
	}[comparison]
	if strings.HasPrefix(comparison, "identifier:") {
		attrs = []match.Attr{match.Identifier}
	}
	_, named, isText := strings.Cut(comparison, ":")
	if isText && named == "name" {
		attrs = []match.Attr{match.Name}
	}
	var out []model.PropertyID
	for _, c := range columnsOf[kind] {
		if !slices.Contains(attrs, c.Attr) && !(c.Attr == match.Text || c.Attr == match.Title) || c.Name != named && !slices.Contains(attrs, c.Attr) {
			continue
		}
		for _, p := range c.of {
			if !slices.Contains(out, p) {
				out = append(out, p)
			}
		}
	}
	return out
}
