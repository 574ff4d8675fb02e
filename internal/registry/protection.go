package registry

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/document"
	"github.com/karna-registry/karna/internal/audit"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
	"github.com/karna-registry/karna/resolve"
)

// RaiseProtection raises a person's level of protection on a steward's word, who
// says why. In the same transaction the person leaves everything that callers
// without protected:read are shown. Only a steward's LowerProtection takes it
// back. ErrUnknownRecord; ErrBadDecision when the level is not higher than the
// person has.
func (r *Registry) RaiseProtection(ctx context.Context, actor string, person model.EntityID, level model.Protection, reason string) (model.Revision, error) {
	return r.protect(ctx, actor, person, level, reason, graph.MarkRaised)
}

// LowerProtection lowers a person's level on a steward's word, who says why. What
// the person's records state until then counts no more, also when it is delivered
// again; what a source states newly raises the level again. A level that is
// unknown is lowered to none. ErrUnknownRecord; ErrBadDecision when the level is
// not lower than the person has.
func (r *Registry) LowerProtection(ctx context.Context, actor string, person model.EntityID, level model.Protection, reason string) (model.Revision, error) {
	return r.protect(ctx, actor, person, level, reason, graph.MarkLowered)
}

func (r *Registry) protect(ctx context.Context, actor string, person model.EntityID, level model.Protection, reason string, sort graph.MarkSort) (model.Revision, error) {
	actor, reason, err := defended(actor, reason)
	if err != nil {
		return 0, err
	}
	if level < model.ProtectionNone || level > model.ProtectionProtectedRegistering {
		return 0, fmt.Errorf("%w: the level is none, unknown, sekretessmarkering or skyddad-folkbokforing", ErrBadDecision)
	}
	now := r.clock()
	rev, err := r.store.Update(ctx, graph.Provenance{Actor: actor, Reason: reason, At: now}, func(tx graph.Tx) error {
		golden, members, err := membersOf(ctx, tx, person, model.Person)
		if err != nil {
			return err
		}
		have, err := protectionOf(ctx, tx, golden)
		switch {
		case err != nil:
			return err
		case sort == graph.MarkRaised && level <= have:
			return fmt.Errorf("%w: the person's level is %s, which %s does not raise", ErrBadDecision, have.Notation(), level.Notation())
		case sort == graph.MarkLowered && level >= have:
			return fmt.Errorf("%w: the person's level is %s, which %s does not lower", ErrBadDecision, have.Notation(), level.Notation())
		}
		rev, err := tx.TakeRevision(ctx)
		if err != nil {
			return fmt.Errorf("take a revision: %w", err)
		}
		said, err := r.lastWords(ctx, tx, members)
		if err != nil {
			return err
		}
		marks := make([]graph.Mark, len(members))
		ids := make([]model.EntityID, len(members))
		for i, h := range members {
			ids[i] = h.ID
			marks[i] = graph.Mark{Record: h.ID, Revision: rev, Sort: sort, Level: level, Actor: actor, Reason: reason, At: now}
			if sort == graph.MarkLowered {
				marks[i].Stamp, marks[i].Covers = h.Stamp, model.ProtectionUnknown
				if said[i] != nil {
					marks[i].Covers = max(marks[i].Covers, resolve.StatedProtection(said[i]))
				}
			}
		}
		if err := tx.PutMarks(ctx, marks); err != nil {
			return fmt.Errorf("write %d marks: %w", len(marks), err)
		}
		if _, err := r.remark(ctx, tx, ids); err != nil {
			return err
		}
		operation := "raise protection to " + level.Notation()
		if sort == graph.MarkLowered {
			operation = "lower protection to " + level.Notation()
		}
		return r.audit.AppendTx(ctx, tx, audit.Entry{Actor: actor, Operation: operation, Purpose: reason, Subjects: []model.EntityID{golden}})
	})
	if err != nil {
		return 0, fmt.Errorf("change the protection of person %s: %w", person, err)
	}
	return rev, nil
}

// defended is a decision's actor and reason, which every decision has.
func defended(actor, reason string) (string, string, error) {
	if err := tidy(written{&actor, "who makes a decision"}, written{&reason, "a decision's reason"}); err != nil {
		return "", "", err
	}
	switch {
	case reason == "":
		return "", "", fmt.Errorf("%w: a decision needs a reason", ErrBadDecision)
	case actor == "":
		return "", "", fmt.Errorf("%w: a decision needs the one who makes it", ErrBadDecision)
	case actor == graph.SystemActor:
		return "", "", fmt.Errorf("%w: %s is what the registry itself is called", ErrBadDecision, actor)
	}
	return actor, audit.WithoutNumbers(reason), nil
}

// mostWritten is how many characters somebody may write of a decision: a page.
const mostWritten = 4000

// written is a text that somebody wrote of a decision, and what it is.
type written struct {
	text *string
	what string
}

// tidy takes the space from around texts. They are shown to others for as long as the
// decision stands, so they hold nothing that a reader does not see: no control character
// but tabs and the ends of lines, and none that turns text around (Unicode Standard
// Annex 9, section 2). ErrBadDecision.
func tidy(texts ...written) error {
	for _, t := range texts {
		text, what := t.text, t.what
		*text = strings.TrimSpace(*text)
		if !utf8.ValidString(*text) {
			return fmt.Errorf("%w: %s is not UTF-8", ErrBadDecision, what)
		}
		if n := utf8.RuneCountInString(*text); n > mostWritten {
			return fmt.Errorf("%w: %s has %d characters, and may have %d", ErrBadDecision, what, n, mostWritten)
		}
		for _, r := range *text {
			if unicode.IsControl(r) && !strings.ContainsRune("\n\r\t", r) || unicode.Is(unicode.Bidi_Control, r) {
				return fmt.Errorf("%w: %s holds the invisible character %U: write it without", ErrBadDecision, what, r)
			}
		}
	}
	return nil
}

// membersOf are the records, retracted ones too, of the live golden record that
// the id leads to.
func membersOf(ctx context.Context, tx graph.Tx, id model.EntityID, kind model.Kind) (golden model.EntityID, members []graph.Head, err error) {
	heads, err := tx.HeadsByID(ctx, []model.EntityID{id})
	if err != nil {
		return golden, nil, fmt.Errorf("read record head %s: %w", id, err)
	}
	if heads[0].ID.IsZero() || heads[0].Key.Kind != kind {
		return golden, nil, fmt.Errorf("%s %s: %w", kind, id, ErrUnknownRecord)
	}
	golden = heads[0].Golden
	rows, err := tx.Goldens(ctx, []model.EntityID{golden}, graph.WithEvidence)
	if err != nil {
		return golden, nil, fmt.Errorf("read golden record %s: %w", golden, err)
	}
	if rows[0].State != graph.Live {
		return golden, nil, fmt.Errorf("%s %s has no live record: %w", kind, id, ErrUnknownRecord)
	}
	var e model.Evidence
	if err := document.DecodeEvidence(rows[0].Evidence, &e); err != nil {
		return golden, nil, errors.Join(fmt.Errorf("evidence of golden record %s", golden), err)
	}
	if members, err = tx.HeadsByID(ctx, e.Members); err != nil {
		return golden, nil, fmt.Errorf("read %d record heads: %w", len(e.Members), err)
	}
	return golden, slices.DeleteFunc(members, func(h graph.Head) bool { return h.ID.IsZero() }), nil
}

// protectionOf is the level that a golden person has.
func protectionOf(ctx context.Context, from graph.Reader, golden model.EntityID) (model.Protection, error) {
	rows, err := from.Goldens(ctx, []model.EntityID{golden}, graph.WithValues)
	if err != nil {
		return 0, fmt.Errorf("read golden record %s: %w", golden, err)
	}
	var g model.Golden
	if err := document.DecodeGolden(rows[0].Values, &g); err != nil {
		return 0, fmt.Errorf("read golden record %s: %w", golden, err)
	}
	for _, val := range g.All(ontology.PersonProtection) {
		if c, ok := val.Value.(model.Code); ok {
			return model.ParseProtection(c.Notation), nil
		}
	}
	return model.ProtectionUnknown, nil
}
