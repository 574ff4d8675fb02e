package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/karna-registry/karna/graph/cayley"
	"github.com/karna-registry/karna/graph/pathexpr"
	"github.com/karna-registry/karna/graph/quads"
	"github.com/karna-registry/karna/graph/walk"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// followedJSON is a record that a path leads to, as --json gives it.
type followedJSON struct {
	ID   string `json:"id"`
	Kind string `json:"kind"`
	IRI  string `json:"iri"`
	Name string `json:"name,omitempty"` // none where the caller may not see it
}

// follow is what a path leads to from a record today, as far as the view goes.
func follow(ctx context.Context, view *access.View, path, id string) ([]followedJSON, error) {
	e, err := pathexpr.Parse(path)
	if err != nil {
		return nil, &exitError{exitUsage, fmt.Errorf("--follow: %w", err)}
	}
	from, err := model.ParseEntityID(id)
	if err != nil {
		return nil, &exitError{exitUsage, errors.New("want the id of the record to begin at, as karna query or its address has it")}
	}
	found, err := followed(ctx, view, e, from)
	var limit *walk.LimitError
	switch {
	case errors.Is(err, access.ErrNotFound):
		return nil, errors.New("there is no record of that id that you may see")
	case errors.As(err, &limit):
		return nil, fmt.Errorf("the path would take %w: follow it in parts, or begin nearer", err)
	case err != nil:
		return nil, err
	}
	// What has been withdrawn since is not there.
	entities, err := view.Entities(ctx, found)
	if err != nil {
		return nil, err
	}
	out := []followedJSON{}
	for _, e := range entities {
		if e != nil {
			out = append(out, followedJSON{e.ID.String(), e.Kind.String(), e.IRI, nameOf(e)})
		}
	}
	return out, nil
}

// followed are the ids that a path leads to in one committed state.
func followed(ctx context.Context, view *access.View, e pathexpr.Expression, id model.EntityID) ([]model.EntityID, error) {
	still, release, err := view.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	from, err := still.Entity(ctx, id)
	if err != nil {
		return nil, err
	}
	base := from.IRI[:strings.LastIndex(from.IRI, "/id/")]
	source := still.QuadsOn(model.DateOf(time.Now()), "")
	found, err := cayley.Follow(ctx, walk.NewBudget(source, walk.Limits{}), base, from.IRI, e)
	if err != nil {
		return nil, err
	}
	ids := make([]model.EntityID, len(found))
	for i, iri := range found {
		_, to, ok := quads.ParseEntityIRI(base, iri)
		if !ok {
			return nil, fmt.Errorf("the path came to %s, which is no golden record's address", iri)
		}
		ids[i] = to
	}
	return ids, nil
}

// names are the properties that make a record's name, by kind.
var names = map[model.Kind][]model.PropertyID{
	model.Person: {ontology.PersonGivenName, ontology.PersonFamilyName}, model.Role: {ontology.RoleTitle}, model.Organisation: {ontology.OrgName},
	model.Geography: {ontology.GeoName}, model.Service: {ontology.ServiceName}, model.Concept: {ontology.ConceptLabel},
}

func nameOf(e *access.Entity) string {
	var parts []string
	for _, p := range names[e.Kind] {
		for _, v := range e.All(p) {
			if t, ok := v.Value.(model.Text); ok {
				parts = append(parts, t.Text)
				break
			}
		}
	}
	return strings.Join(parts, " ")
}

// printFollowed writes a line a record.
func printFollowed(w io.Writer, found []followedJSON) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, f := range found {
		fmt.Fprintf(t, "%s\t%s\t%s\n", f.ID, f.Kind, f.Name)
	}
	return t.Flush()
}
