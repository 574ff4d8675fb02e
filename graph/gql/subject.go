package gql

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/registry"
	"github.com/karna-registry/karna/internal/subject"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// SubjectAccess is what is held about a person.
type SubjectAccess struct{ asData, asPage string }

// JSONLD is it as JSON-LD.
func (s *SubjectAccess) JSONLD() string { return s.asData }

// HTML is it as a page.
func (s *SubjectAccess) HTML() string { return s.asPage }

// SubjectErasure is what an erasure took.
type SubjectErasure struct{ v *registry.Erasure }

// Revision is the revision that it made.
func (s *SubjectErasure) Revision() *int64 {
	if s.v.DryRun {
		return nil
	}
	r := int64(s.v.Revision)
	return &r
}

// Records are how many records went.
func (s *SubjectErasure) Records() int { return len(s.v.Records) }

// Goldens are the golden ids that went.
func (s *SubjectErasure) Goldens() []model.EntityID { return s.v.Goldens }

// Rewritten are how many records of others do no longer refer to them.
func (s *SubjectErasure) Rewritten() int { return s.v.Rewritten }

// Recipients are who is to be told.
func (s *SubjectErasure) Recipients() []string {
	out := make([]string, len(s.v.Recipients))
	for i, r := range s.v.Recipients {
		out[i] = r.Actor
	}
	return out
}

// Proved tells whether all was looked through and nothing found.
func (s *SubjectErasure) Proved() *bool {
	if s.v.Proof == nil {
		return nil
	}
	ok := s.v.Proof.OK()
	return &ok
}

// Rectification is a source asked to put something right.
type Rectification struct{ v subject.Case }

// ID is the case's.
func (r *Rectification) ID() model.EntityID { return r.v.ID }

// Subject is the golden record that it is said of.
func (r *Rectification) Subject() model.EntityID { return r.v.Subject }

// Property is the property's name.
func (r *Rectification) Property() string { return propertyName(r.v.Property) }

// Source is who says it.
func (r *Rectification) Source() string { return string(r.v.Source) }

// Owner is who answers for the source.
func (r *Rectification) Owner() Optional { return Optional(r.v.Owner) }

// State is how far it has come.
func (r *Rectification) State() RectificationState { return RectificationState(r.v.State) }

// Opened is when it was opened.
func (r *Rectification) Opened() time.Time { return r.v.Opened }

// Due is by when it is to be right.
func (r *Rectification) Due() time.Time { return r.v.Due }

// Closed is when it was closed.
func (r *Rectification) Closed() time.Time { return r.v.Closed }

// Wrong is what is said.
func (r *Rectification) Wrong() Optional { return Optional(r.v.Wrong) }

// Right is what it should be.
func (r *Rectification) Right() Optional { return Optional(r.v.Right) }

// Evidence is what that stands on.
func (r *Rectification) Evidence() string { return r.v.Evidence }

// Actor is who opened it.
func (r *Rectification) Actor() string { return r.v.Actor }

// Note is why it was closed.
func (r *Rectification) Note() Optional { return Optional(r.v.Note) }

// SubjectAccess tells what is held about a person.
func (r *mutationResolver) SubjectAccess(ctx context.Context, id model.EntityID, purpose string) (*SubjectAccess, error) {
	if strings.TrimSpace(purpose) == "" {
		return nil, badInput("purpose: give the request's reference")
	}
	d, err := requestOf(ctx).view.Stating(purpose).Subject(ctx, id)
	if err != nil {
		return nil, unknown(err, "there is no person "+id.String())
	}
	var jsonld, html bytes.Buffer
	if err := errors.Join(subject.WriteJSONLD(&jsonld, d), subject.WriteHTML(&html, d)); err != nil {
		return nil, err
	}
	return &SubjectAccess{jsonld.String(), html.String()}, nil
}

// EraseSubject erases what is held about a person whom the caller may see all of.
func (r *mutationResolver) EraseSubject(ctx context.Context, id model.EntityID, decision string, dryRun *bool) (*SubjectErasure, error) {
	view := requestOf(ctx).view
	rights := view.Rights()
	if rights.Role < access.Admin || rights.Authorities != nil || r.steward == nil {
		return nil, access.ErrForbidden
	}
	if strings.TrimSpace(decision) == "" {
		return nil, badInput("decision: give the decision's reference")
	}
	if _, err := view.Stating(decision).Subject(ctx, id); err != nil {
		return nil, unknown(err, "there is no person "+id.String())
	}
	did, err := r.steward.Erase(ctx, registry.EraseRequest{ID: id, Decision: decision, Actor: actorOf(rights), DryRun: dryRun != nil && *dryRun})
	if err != nil {
		return nil, err
	}
	return &SubjectErasure{did}, nil
}

// OpenRectification opens a case about what the caller may see.
func (r *mutationResolver) OpenRectification(ctx context.Context, id model.EntityID, property, source string, wrong, right *string, evidence string, due *model.Date) (*Rectification, error) {
	view := requestOf(ctx).view
	if view.Rights().Role < access.Steward || r.steward == nil {
		return nil, access.ErrForbidden
	}
	e, err := view.Entity(ctx, id)
	if err != nil {
		return nil, unknown(err, "there is no golden record "+id.String())
	}
	row := ontology.ByName(e.Kind, property)
	if row == nil {
		return nil, badInput("property: a " + e.Kind.String() + " has none of that name")
	}
	if err := view.MayRectify(ctx, id, row.ID, model.Source(source)); err != nil {
		return nil, unknown(err, "there is nothing that source says of it which you may have put right")
	}
	q := registry.RectifyRequest{
		Subject: id, Property: row.ID, Source: model.Source(source), Wrong: deref(wrong), Right: deref(right), Evidence: evidence, Actor: actorOf(view.Rights()),
	}
	if due != nil {
		first := due.First()
		q.Due = time.Date(int(first.Year), time.Month(first.Month), int(first.Day), 0, 0, 0, 0, time.UTC)
	}
	c, err := r.steward.OpenCase(ctx, q)
	if err != nil {
		return nil, err
	}
	return &Rectification{c}, nil
}

// CloseRectification closes a case that the caller may see.
func (r *mutationResolver) CloseRectification(ctx context.Context, id model.EntityID, state graph.RectificationState, note string) (*Rectification, error) {
	view := requestOf(ctx).view
	if view.Rights().Role < access.Steward || r.steward == nil {
		return nil, access.ErrForbidden
	}
	if _, err := view.Case(ctx, id); err != nil {
		return nil, unknown(err, "there is no case "+id.String())
	}
	if err := r.steward.CloseCase(ctx, id, state, actorOf(view.Rights()), note); err != nil {
		return nil, err
	}
	c, err := view.Case(ctx, id)
	if err != nil {
		return nil, err
	}
	return &Rectification{c}, nil
}

// Rectifications are the cases in a state.
func (r *queryResolver) Rectifications(ctx context.Context, state *graph.RectificationState, after *model.EntityID, first *int) ([]Rectification, error) {
	in, from := graph.RectificationOpen, model.EntityID{}
	if state != nil {
		in = *state
	}
	if after != nil {
		from = *after
	}
	found, err := requestOf(ctx).view.Cases(ctx, in, from, size(first))
	if err != nil {
		return nil, err
	}
	out := make([]Rectification, len(found))
	for i := range found {
		out[i] = Rectification{found[i]}
	}
	return out, nil
}
