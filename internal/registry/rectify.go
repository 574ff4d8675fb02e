package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/audit"
	"github.com/karna-registry/karna/internal/subject"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// RectifyRequest asks a source to put something right (GDPR art. 16).
type RectifyRequest struct {
	Subject  model.EntityID   // the golden record that it is said of
	Property model.PropertyID // what
	Source   model.Source     // who says it: one with a live record of the subject
	Wrong    string           // what is said
	Right    string           // what it should be; empty: nothing
	Evidence string           // why
	Due      time.Time        // within a year; zero: a month from now
	Actor    string           // who asks
}

// rectifyWithin is how long a source has: a month (GDPR art. 12.3).
const rectifyWithin = 1

// caseBody is what of a case is encrypted.
type caseBody struct {
	Wrong    string `json:"wrong"`
	Right    string `json:"right"`
	Evidence string `json:"evidence"`
	Actor    string `json:"actor"`
	Note     string `json:"note,omitempty"` // of whoever closed it
}

// OpenCase opens a case to a source's owner. ErrUnknownRecord, ErrUnknownSource,
// ErrBadDecision.
func (r *Registry) OpenCase(ctx context.Context, q RectifyRequest) (subject.Case, error) {
	source, err := r.Source(q.Source)
	if err != nil {
		return subject.Case{}, err
	}
	err = tidy(written{&q.Actor, "who opens a case"}, written{&q.Wrong, "what is wrong"}, written{&q.Right, "what it should be"}, written{&q.Evidence, "what a case stands on"})
	if err != nil {
		return subject.Case{}, err
	}
	switch {
	case q.Actor == "" || q.Actor == graph.SystemActor:
		return subject.Case{}, fmt.Errorf("%w: a case needs someone who opens it", ErrBadDecision)
	case q.Wrong == "" && q.Right == "":
		return subject.Case{}, fmt.Errorf("%w: say what is wrong, or what it should be", ErrBadDecision)
	case q.Evidence == "":
		return subject.Case{}, fmt.Errorf("%w: say what the case stands on", ErrBadDecision)
	}
	now := r.clock().UTC().Round(0)
	if q.Due.IsZero() {
		q.Due = now.AddDate(0, rectifyWithin, 0)
	}
	if q.Due.Before(now) {
		return subject.Case{}, fmt.Errorf("%w: the case would be due before it is opened", ErrBadDecision)
	}
	if q.Due.After(now.AddDate(1, 0, 0)) {
		return subject.Case{}, fmt.Errorf("%w: a case is due within a year", ErrBadDecision)
	}
	c := graph.Rectification{
		ID: r.newID(), Property: q.Property, Source: q.Source, State: graph.RectificationOpen, Opened: now, Due: q.Due.UTC(),
	}
	body := caseBody{Wrong: q.Wrong, Right: q.Right, Evidence: q.Evidence, Actor: q.Actor}
	_, err = r.store.Update(ctx, r.provenance(q.Actor, "rectify"), func(tx graph.Tx) error {
		heads, err := tx.HeadsByID(ctx, []model.EntityID{q.Subject})
		if err != nil {
			return fmt.Errorf("read record head %s: %w", q.Subject, err)
		}
		if heads[0].ID.IsZero() {
			return fmt.Errorf("golden record %s: %w", q.Subject, ErrUnknownRecord)
		}
		c.Subject = heads[0].Golden
		if row := ontology.ByID(q.Property); row == nil || row.Kind != heads[0].Key.Kind {
			return fmt.Errorf("%w: a %s has no such property", ErrBadDecision, heads[0].Key.Kind)
		}
		says, err := r.saidBy(ctx, tx, c.Subject, q.Source)
		if err != nil {
			return err
		}
		if len(says) == 0 {
			return fmt.Errorf("%w: source %s says nothing of it", ErrBadDecision, q.Source)
		}
		if err := r.putCase(ctx, tx, &c, body); err != nil {
			return err
		}
		return r.auditCase(ctx, tx, &c, q.Actor, "open", q.Evidence)
	})
	if err != nil {
		return subject.Case{}, fmt.Errorf("open a case: %w", err)
	}
	return caseOf(&c, &body, source.Owner), nil
}

func (r *Registry) putCase(ctx context.Context, tx graph.Tx, c *graph.Rectification, body caseBody) error {
	text, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("encode the case: %w", err)
	}
	if c.KeyID, c.Body, err = r.keys.Seal([16]byte(c.ID), text); err != nil {
		return err
	}
	return tx.PutRectification(ctx, *c)
}

func (r *Registry) auditCase(ctx context.Context, tx graph.Tx, c *graph.Rectification, actor, what, purpose string) error {
	return r.audit.AppendTx(ctx, tx, audit.Entry{
		Actor: actor, Operation: fmt.Sprintf("%s rectification %s of %s by %s", what, c.ID, propertyName(c.Property), c.Source), Purpose: purpose,
		Subjects: []model.EntityID{c.Subject},
	})
}

func (r *Registry) openBody(c *graph.Rectification) (caseBody, error) {
	var body caseBody
	text, err := r.keys.Open([16]byte(c.ID), c.KeyID, c.Body)
	if err != nil {
		return body, fmt.Errorf("open case %s: %w", c.ID, err)
	}
	if err := json.Unmarshal(text, &body); err != nil {
		return body, errors.New("a case is not in the form it was kept in: the store is damaged")
	}
	return body, nil
}

func caseOf(c *graph.Rectification, body *caseBody, owner string) subject.Case {
	return subject.Case{
		ID: c.ID, Subject: c.Subject, Property: c.Property, Source: c.Source, Owner: owner, State: string(c.State), Opened: c.Opened, Due: c.Due, Closed: c.Closed,
		Wrong: body.Wrong, Right: body.Right, Evidence: body.Evidence, Actor: body.Actor, Note: body.Note,
	}
}

// Cases are the cases in a state (in any for "") after an id, in id order.
func (r *Registry) Cases(ctx context.Context, state graph.RectificationState, after model.EntityID, limit int) ([]subject.Case, error) {
	var out []subject.Case
	for c, err := range r.store.Rectifications(ctx, state, after, limit) {
		if err != nil {
			return nil, fmt.Errorf("list the cases of rectification: %w", err)
		}
		body, err := r.openBody(&c)
		if err != nil {
			return nil, err
		}
		owner := ""
		if s := r.sources[c.Source]; s != nil {
			owner = s.Owner
		}
		out = append(out, caseOf(&c, &body, owner))
	}
	return out, nil
}

// Case is one case. ErrUnknownRecord.
func (r *Registry) Case(ctx context.Context, id model.EntityID) (subject.Case, error) {
	found, err := r.store.RectificationsByID(ctx, []model.EntityID{id})
	if err != nil {
		return subject.Case{}, fmt.Errorf("read case %s: %w", id, err)
	}
	if found[0].ID.IsZero() {
		return subject.Case{}, fmt.Errorf("case %s: %w", id, ErrUnknownRecord)
	}
	body, err := r.openBody(&found[0])
	return caseOf(&found[0], &body, ""), err
}

// CloseCase closes a case that is open, with a note that says why. ErrUnknownRecord,
// ErrBadDecision.
func (r *Registry) CloseCase(ctx context.Context, id model.EntityID, state graph.RectificationState, actor, note string) error {
	if err := tidy(written{&actor, "who closes a case"}, written{&note, "what came of a case"}); err != nil {
		return err
	}
	switch {
	case actor == "" || actor == graph.SystemActor:
		return fmt.Errorf("%w: a case needs someone who closes it", ErrBadDecision)
	case note == "":
		return fmt.Errorf("%w: say why the case is closed", ErrBadDecision)
	case state != graph.RectificationMet && state != graph.RectificationRefused && state != graph.RectificationWithdrawn:
		return fmt.Errorf("%w: a case is closed as met, refused or withdrawn", ErrBadDecision)
	}
	return r.closeCase(ctx, id, state, actor, note)
}

func (r *Registry) closeCase(ctx context.Context, id model.EntityID, state graph.RectificationState, actor, note string) error {
	_, err := r.store.Update(ctx, r.provenance(actor, "rectify"), func(tx graph.Tx) error {
		found, err := tx.RectificationsByID(ctx, []model.EntityID{id})
		if err != nil {
			return fmt.Errorf("read case %s: %w", id, err)
		}
		c := found[0]
		if c.ID.IsZero() {
			return fmt.Errorf("case %s: %w", id, ErrUnknownRecord)
		}
		if c.State != graph.RectificationOpen {
			return fmt.Errorf("%w: case %s is closed: %s", ErrBadDecision, id, c.State)
		}
		body, err := r.openBody(&c)
		if err != nil {
			return err
		}
		body.Note, c.State, c.Closed = note, state, r.clock().UTC().Round(0)
		if err := r.putCase(ctx, tx, &c, body); err != nil {
			return err
		}
		return r.auditCase(ctx, tx, &c, actor, "close as "+string(state)+" the", note)
	})
	if err != nil {
		return fmt.Errorf("close a case: %w", err)
	}
	return nil
}

// settleCases closes the cases of a source that it has met: a live record of the
// subject says what it should, or nothing where it should say nothing, and none
// what is wrong.
func (r *Registry) settleCases(ctx context.Context, source model.Source) error {
	var after model.EntityID
	for {
		n := 0
		for c, err := range r.store.Rectifications(ctx, graph.RectificationOpen, after, 1000) {
			if err != nil {
				return fmt.Errorf("list the open cases of rectification: %w", err)
			}
			n++
			after = c.ID
			if c.Source != source {
				continue
			}
			met, err := r.isMet(ctx, &c)
			if err == nil && met {
				err = r.closeCase(ctx, c.ID, graph.RectificationMet, graph.SystemActor, "the source has delivered it")
			}
			if err != nil && !errors.Is(err, ErrUnknownRecord) && !errors.Is(err, ErrBadDecision) {
				return err
			}
		}
		if n == 0 {
			return nil
		}
	}
}

// uncontested tells that no case is open.
func uncontested(ctx context.Context, from graph.Reader) (bool, error) {
	for _, err := range from.Rectifications(ctx, graph.RectificationOpen, model.EntityID{}, 1) {
		if err != nil {
			return false, fmt.Errorf("look for open cases of rectification: %w", err)
		}
		return false, nil
	}
	return true, nil
}

func (r *Registry) isMet(ctx context.Context, c *graph.Rectification) (bool, error) {
	body, err := r.openBody(c)
	if err != nil {
		return false, err
	}
	says, err := r.saidBy(ctx, r.store, c.Subject, c.Source)
	if err != nil || len(says) == 0 {
		return false, err
	}
	right, wrong := strings.TrimSpace(body.Right) == "", false
	for _, rec := range says {
		for _, st := range rec.Statements {
			if st.Property != c.Property {
				continue
			}
			right = right || isText(&st, body.Right)
			wrong = wrong || body.Wrong != "" && isText(&st, body.Wrong)
		}
	}
	return right && !wrong, nil
}

// isText tells whether a statement's value, or what was delivered, is a text.
func isText(st *model.Statement, text string) bool {
	text = strings.TrimSpace(text)
	texts := []string{st.Original}
	switch v := st.Value.(type) {
	case model.Code:
		texts = append(texts, v.Notation, subject.TextOf(v, nil))
	case model.Identifier:
		texts = append(texts, spellings(v.Value)...)
	case model.Link:
		texts = append(texts, v.Ref.Value, v.Ref.Key.LocalID)
	default:
		texts = append(texts, subject.TextOf(v, nil))
	}
	return slices.ContainsFunc(texts, func(t string) bool { return t != "" && strings.EqualFold(strings.TrimSpace(t), text) })
}

// saidBy is what a source's live records say of what a golden id leads to.
func (r *Registry) saidBy(ctx context.Context, from graph.Reader, golden model.EntityID, source model.Source) ([]*model.Record, error) {
	heads, err := from.HeadsByID(ctx, []model.EntityID{golden})
	if err != nil {
		return nil, fmt.Errorf("read record head %s: %w", golden, err)
	}
	if !heads[0].ID.IsZero() {
		golden = heads[0].Golden
	}
	var live []graph.Head
	for h, err := range from.HeadsOf(ctx, []model.EntityID{golden}) {
		if err != nil {
			return nil, fmt.Errorf("read the records of %s: %w", golden, err)
		}
		if h.Live && h.Key.Source == source {
			live = append(live, h)
		}
	}
	return r.lastWords(ctx, from, live)
}
