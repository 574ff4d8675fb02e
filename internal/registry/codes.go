package registry

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/document"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// checkCodes adds an issue for every notation that is not in its code list. The
// value is kept: a list may come later than what speaks in it. A list that
// nobody has delivered (a source's own) is not checked.
func (r *Registry) checkCodes(rec *model.Record) {
	for i := range rec.Statements {
		c, ok := rec.Statements[i].Value.(model.Code)
		if !ok || r.knownCode(c) {
			continue
		}
		p, original := rec.Statements[i].Property, cmp.Or(rec.Statements[i].Original, c.Notation)
		if slices.ContainsFunc(rec.Issues, func(i model.Issue) bool {
			return i.Property == p && i.Code == model.IssueUnknownCode && i.Original == original
		}) {
			continue // the mapper has said so, and where
		}
		rec.Issues = append(rec.Issues, model.Issue{
			Property: p, Code: model.IssueUnknownCode, Severity: model.Warning, Original: original,
			Text: fmt.Sprintf("not in the code list %q: map it in the source's mapping, or deliver the list", c.Scheme),
		})
	}
}

func (r *Registry) knownCode(c model.Code) bool {
	if ontology.KnownCode(c.Scheme, c.Notation) {
		return true
	}
	r.codesMu.Lock()
	defer r.codesMu.Unlock()
	own, known := r.codes[c.Scheme]
	if own[c.Notation] {
		return true
	}
	return !known && !ontology.KnownScheme(c.Scheme)
}

// readOwnCodes reads the tenant's own code lists from the store.
func (r *Registry) readOwnCodes(ctx context.Context) error {
	codes := map[string]map[string]bool{}
	for row, err := range r.store.Scan(ctx, model.Concept, graph.WithValues) {
		if err != nil {
			return fmt.Errorf("read the code lists: %w", err)
		}
		var g model.Golden
		if err := document.DecodeGolden(row.Values, &g); err != nil {
			return fmt.Errorf("concept %s: %w", row.ID, err)
		}
		scheme, notation := firstText(&g, ontology.ConceptScheme), firstText(&g, ontology.ConceptNotation)
		if scheme == "" || notation == "" {
			continue
		}
		if codes[scheme] == nil {
			codes[scheme] = map[string]bool{}
		}
		codes[scheme][notation] = true
	}
	r.codesMu.Lock()
	defer r.codesMu.Unlock()
	r.codes = codes
	return nil
}

func firstText(g *model.Golden, p model.PropertyID) string {
	for _, v := range g.All(p) {
		if t, ok := v.Value.(model.Text); ok {
			return t.Text
		}
	}
	return ""
}
