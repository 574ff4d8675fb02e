package access

import (
	"context"
	"fmt"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// FlawedInfo is a record with issues, and the golden record that it is in.
type FlawedInfo struct {
	RecordInfo
	Golden model.EntityID
}

// RecordIssues is a page of the records, of a source or of all, that have issues which
// the steward may see, by source and record id. What they are Issues tells. ErrForbidden for
// anyone below a steward.
func (v *View) RecordIssues(ctx context.Context, source model.Source, after string, limit int) (*WorkPage[FlawedInfo], error) {
	store, size, err := v.stewardsPage(limit)
	if err != nil {
		return nil, err
	}
	if err := checkSource(source); err != nil {
		return nil, err
	}
	scope := v.scope(asks(cursorFlawed).text(string(source)))
	var from graph.Flawed
	if after != "" {
		if from, err = scope.parseFlawed(after); err != nil {
			return nil, err
		}
	}
	out := &WorkPage[FlawedInfo]{}
	for {
		var rows []graph.Flawed
		for f, err := range store.Flawed(ctx, source, from, size+1) {
			if err != nil {
				return nil, fmt.Errorf("list the records with issues: %w", err)
			}
			rows, from = append(rows, f), f
		}
		found, err := v.flawed(ctx, rows)
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			if len(out.Items) == size {
				out.HasNext = true
				return out, nil
			}
			out.Items, out.Cursors = append(out.Items, f), append(out.Cursors, scope.flawed(f))
		}
		if len(rows) <= size {
			return out, nil
		}
	}
}

// flawed are those of the rows of which the caller sees an issue.
func (v *View) flawed(ctx context.Context, rows []graph.Flawed) ([]FlawedInfo, error) {
	var records []model.EntityID
	for _, f := range rows {
		if v.admitsSource(f.Source) {
			records = append(records, f.Record)
		}
	}
	known, err := v.recordInfos(ctx, records)
	if err != nil {
		return nil, err
	}
	var out []FlawedInfo
	for _, id := range records {
		if r, ok := known[id]; ok && r.Record != nil && len(r.Record.Issues) > 0 {
			out = append(out, FlawedInfo{r.RecordInfo, r.golden})
		}
	}
	return out, nil
}

// Issues are what is wrong with the fields of a record that the View has shown, as far
// as the caller may see it. The audit is told of the golden record that it is in before
// they are given: what was delivered is part of them.
func (v *View) Issues(ctx context.Context, golden model.EntityID, r *RecordInfo) ([]model.Issue, error) {
	if r.Record == nil || len(r.Record.Issues) == 0 {
		return nil, nil
	}
	if v.tells() {
		if err := v.tell(ctx, []model.EntityID{golden}); err != nil {
			return nil, err
		}
	}
	return r.Record.Issues, nil
}

// showIssues are the issues of a settled record that the caller sees. Where in the
// delivery the field stands is for who may see all that is delivered: a row's number
// tells how many there are before it.
func (v *View) showIssues(golden model.Disclosure, source model.Source, issues []model.Issue) []model.Issue {
	var out []model.Issue
	for _, issue := range issues {
		if !v.showsIssue(golden, source, propertyOf(issue.Property)) {
			continue
		}
		if !v.seesDelivered(source) {
			issue.Place = ""
		}
		out = append(out, issue)
	}
	return out
}

// showsIssue tells whether the caller sees an issue of a property: stewards do who may
// see whatever the source could have said of it.
func (v *View) showsIssue(golden model.Disclosure, source model.Source, p property) bool {
	class := issueClass(p)
	if v.rights.Role < Steward || class.Rank() > v.rank {
		return false
	}
	return class.Stricter(golden).Rank() < model.Restricted.Rank() || v.owns(source)
}

// issueClass is who may see an issue, and with it the text that was delivered. That
// has not become a value, so that it is of the strictest class that one could be.
func issueClass(p property) model.Disclosure {
	switch {
	case p.row == nil:
		return model.Restricted // a column that maps to nothing may hold anything
	case p.person, p.row.ID == ontology.RoleHolderName:
		return p.row.Disclosure.Stricter(model.Protected) // it may name somebody
	case p.row.Type == model.TypeIdentifier, p.row.Type == model.TypeLink:
		return p.row.Disclosure.Stricter(model.Restricted)
	}
	return p.row.Disclosure
}

// seesDelivered tells whether the caller may see all that a source delivers.
func (v *View) seesDelivered(source model.Source) bool {
	return v.rank >= model.Protected.Rank() && v.owns(source)
}

// countIssues counts the records with issues that the caller sees, by source.
func (v *View) countIssues(ctx context.Context) (map[model.Source]int64, error) {
	out := map[model.Source]int64{}
	for after := ""; ; {
		page, err := v.RecordIssues(ctx, "", after, maxPage)
		if err != nil {
			return nil, err
		}
		for i := range page.Items {
			out[page.Items[i].Source]++
		}
		if !page.HasNext {
			return out, nil
		}
		after = page.Cursors[len(page.Cursors)-1]
	}
}
