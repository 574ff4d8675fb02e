package access

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/document"
	"github.com/karna-registry/karna/internal/subject"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// Finder finds everything that the store has about a person.
type Finder interface {
	// Held is what is held under the golden record that an id leads to.
	Held(ctx context.Context, id model.EntityID) (*subject.Held, error)
	// QuarantineOf are the quarantined items that name whom it is held of.
	QuarantineOf(ctx context.Context, held *subject.Held) ([]graph.Quarantined, error)
	// Cases are the cases of rectification in a state (in any for "") after an id, in
	// id order.
	Cases(ctx context.Context, state graph.RectificationState, after model.EntityID, limit int) ([]subject.Case, error)
	// Case is one of them.
	Case(ctx context.Context, id model.EntityID) (subject.Case, error)
}

// Stating is the View of the same caller with a stated purpose. An empty one
// changes nothing.
func (v *View) Stating(purpose string) *View {
	if purpose == "" {
		return v
	}
	rights := v.rights
	rights.Purpose = purpose
	stated := v.a.View(rights)
	stated.past, stated.then, stated.offices, stated.unopened, stated.reads = v.past, v.then, v.offices, v.unopened, v.reads
	if v.reads != nil {
		v.reads.mu.Lock()
		v.reads.v = stated
		v.reads.mu.Unlock()
	}
	return stated
}

// Subject is everything that is held about a person, for an access request of the
// person (GDPR art. 15): by source, with what was delivered and since when, the
// roles, the decisions, who has looked. What would tell of another person is left
// out. ErrForbidden for anyone below a steward, without the scope restricted:read
// or without a purpose; ErrNotFound for whom the caller may not see, a protected
// person without protected:read among them. Personal numbers are masked without
// identifier:lookup.
func (v *View) Subject(ctx context.Context, id model.EntityID) (*subject.Dossier, error) {
	if _, err := v.steward(); err != nil {
		return nil, err
	}
	if v.a.finder == nil || v.a.auditor == nil || v.rights.Purpose == "" || v.rank < model.Restricted.Rank() {
		return nil, ErrForbidden
	}
	rows, err := v.follow(ctx, []model.EntityID{id}, graph.WithValues|graph.WithEvidence)
	if err != nil {
		return nil, err
	}
	if rows[0].State == graph.Absent {
		return nil, ErrNotFound // as for what is hidden, whatever a finder would call it
	}
	live := rows[0].State == graph.Live
	if live {
		seen, err := v.judge(ctx, rows)
		if err != nil {
			return nil, err
		}
		if seen[0] == nil {
			return nil, ErrNotFound
		}
	}
	held, err := v.a.finder.Held(ctx, id)
	if err != nil {
		return nil, err
	}
	if len(held.Records) == 0 || held.Kind != model.Person && held.Kind != model.Organisation || !live && !v.admitsHeld(rows[0].Disclosure, held) {
		return nil, ErrNotFound
	}
	if err := v.forgetHeld(ctx, rows[0].Disclosure, held); err != nil {
		return nil, err
	}
	d := &subject.Dossier{ID: held.ID, IRI: v.iri(held.Kind, held.ID), Kind: held.Kind, At: v.a.clock(), Actor: v.rights.Actor, Purpose: v.rights.Purpose}
	w := &dossier{v: v, ctx: ctx, held: held, d: d, targets: map[model.RecordKey]string{}}
	for _, step := range []func() error{w.readTargets, w.sources, w.mentions, w.looked, w.quarantine} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	if live {
		if err := errors.Join(w.golden(), w.judged()); err != nil {
			return nil, err
		}
	}
	for _, s := range held.Shared {
		d.Withheld = append(d.Withheld, "Det som hänvisar till en identitetsbeteckning ("+string(s.Scheme)+") som även en annan persons uppgifter har.")
	}
	told := []model.EntityID{held.ID}
	for _, r := range held.Roles {
		told = append(told, r.Head.Golden)
	}
	return d, v.tell(ctx, told)
}

// dossier is one being made.
type dossier struct {
	v       *View
	ctx     context.Context
	held    *subject.Held
	d       *subject.Dossier
	targets map[model.RecordKey]string // names of what links lead to
}

// readTargets reads the names of what the person's roles, and posts that refer to the
// person, link to, as far as the caller sees it: persons never.
func (w *dossier) readTargets() error {
	var keys []model.RecordKey
	said := slices.Clone(w.held.Mentions)
	for _, rec := range w.held.All() {
		said = append(said, rec.Versions...)
	}
	for _, version := range said {
		if version.Record == nil {
			continue
		}
		for _, st := range version.Record.Statements {
			if l, ok := st.Value.(model.Link); ok && !l.Ref.ByIdentifier() && l.Ref.Key.Kind != model.Person {
				keys = append(keys, l.Ref.Key)
			}
		}
	}
	slices.SortFunc(keys, model.RecordKey.Compare)
	keys = slices.Compact(keys)
	if len(keys) == 0 {
		return nil
	}
	heads, err := w.v.a.store.Heads(w.ctx, keys)
	if err != nil {
		return fmt.Errorf("read %d record heads: %w", len(keys), err)
	}
	ids := make([]model.EntityID, len(heads))
	for i, h := range heads {
		ids[i] = h.Golden
	}
	es, err := w.v.Unopened().Entities(w.ctx, ids)
	if err != nil {
		return err
	}
	for i, e := range es {
		if e != nil {
			w.targets[keys[i]] = document.DisplayName(&e.Golden)
		}
	}
	return nil
}

// target is a link's target by name; empty for what is another person's or not for
// the caller.
func (w *dossier) target(l model.Link) string {
	if l.Ref.ByIdentifier() {
		if w.v.a.proofOf(l.Ref.Scheme).Sealed || model.LooksPersonal(l.Ref.Value) {
			return ""
		}
		return string(l.Ref.Scheme) + " " + l.Ref.Value
	}
	return w.targets[l.Ref.Key]
}

// value is a statement for people; false for what would tell of another person: a
// link to one, the subject's own among them, which is why the record is here.
func (w *dossier) value(st *model.Statement) (subject.Value, bool) {
	out := subject.Value{Property: st.Property, Period: st.Period}
	val, original := st.Value, st.Original
	switch x := val.(type) {
	case model.Link:
		if propertyOf(st.Property).person {
			return out, false
		}
		if out.Text = w.target(x); out.Text == "" {
			return out, false
		}
		return out, true
	case model.Identifier:
		if w.v.sealed(x) && !w.v.unmasked() {
			x.Value, original = model.Mask(x.Scheme, x.Value), ""
			val = x
		}
	}
	out.Text = subject.TextOf(val, w.target)
	if original != out.Text {
		out.Original = original
	}
	return out, true
}

// issues are those of a record's fields but of such as may name another person: what
// was delivered there has led to nobody.
func (w *dossier) issues(all []model.Issue, source model.Source) (out []subject.Issue) {
	for _, i := range all {
		p := propertyOf(i.Property)
		if p.person || p.row != nil && p.row.ID == ontology.RoleHolderName {
			continue
		}
		told := subject.Issue{Property: i.Property, Code: i.Code, Text: i.Text, Original: i.Original}
		if w.v.seesDelivered(source) {
			told.Place = i.Place
		}
		out = append(out, told)
	}
	return out
}

// elsewhere tells a caller whose authorities are narrowed which others there are, all
// of them, whoever it is about: that one of them has a record of a person may itself
// be secret.
func (w *dossier) elsewhere() {
	var others []string
	for name, s := range w.v.a.sources {
		if s.Authority != "" && !w.v.owns(name) {
			others = append(others, s.Authority)
		}
	}
	if slices.Sort(others); len(others) > 0 {
		w.d.Withheld = append(w.d.Withheld,
			"Det som andra myndigheter kan ha. Begär det hos dem: "+strings.Join(slices.Compact(others), ", ")+".")
	}
}

// sources tells what each source has said, of the caller's authorities where those
// are narrowed.
func (w *dossier) sources() error {
	w.elsewhere()
	var revisions []model.Revision
	var deliveries []model.EntityID
	for _, rec := range w.held.All() {
		for _, said := range rec.Versions {
			revisions, deliveries = append(revisions, said.Revision), append(deliveries, said.Delivery)
		}
	}
	infos, err := w.v.infos(w.ctx, revisions)
	if err != nil {
		return err
	}
	files, err := w.files(deliveries)
	if err != nil {
		return err
	}
	bySource := map[model.Source]*subject.Source{}
	var order []model.Source
	for _, rec := range w.held.All() {
		name := rec.Head.Key.Source
		if !w.v.owns(name) {
			continue
		}
		s := bySource[name]
		if s == nil {
			declared := w.v.a.source(name)
			s = &subject.Source{
				Name: string(name), Authority: declared.Authority, Owner: declared.Owner, Purpose: declared.Purpose,
				LegalBasis: declared.LegalBasis, Retention: declared.Retention,
			}
			bySource[name], order = s, append(order, name)
		}
		part := subject.Part{ID: rec.Head.ID, Kind: rec.Head.Key.Kind, LocalID: rec.Head.Key.LocalID, Live: rec.Head.Live}
		var before []byte
		for _, version := range rec.Versions {
			said := subject.Said{
				Revision: version.Revision, At: infos[version.Revision].At, Stamp: instant(version.Stamp), Delivery: files[version.Delivery], Retracted: version.Gone,
			}
			// What was said last stands in a version before, unless it came with or after the retraction.
			told := version.Gone && bytes.Equal(version.Doc, before)
			before = version.Doc
			if version.Record != nil && !told {
				for i := range version.Record.Statements {
					if val, ok := w.value(&version.Record.Statements[i]); ok {
						said.Values = append(said.Values, val)
					}
				}
				said.Issues = w.issues(version.Record.Issues, name)
			}
			part.Said = append(part.Said, said)
		}
		s.Records = append(s.Records, part)
	}
	slices.Sort(order)
	for _, name := range order {
		w.d.Sources = append(w.d.Sources, *bySource[name])
	}
	return nil
}

// files are the names of deliveries' files.
func (w *dossier) files(deliveries []model.EntityID) (map[model.EntityID]string, error) {
	slices.SortFunc(deliveries, model.EntityID.Compare)
	deliveries = slices.Compact(deliveries)
	rows, err := w.v.a.store.DeliveriesByID(w.ctx, deliveries)
	if err != nil {
		return nil, fmt.Errorf("read %d deliveries: %w", len(deliveries), err)
	}
	files := map[model.EntityID]string{}
	for _, d := range rows {
		files[d.ID] = d.Name
	}
	return files, nil
}

// golden tells what the registry says, as the caller sees it.
func (w *dossier) golden() error {
	e, err := w.v.Entity(w.ctx, w.held.ID)
	if err != nil {
		return err
	}
	w.d.Name = document.DisplayName(&e.Golden)
	statements, err := w.v.Statements(w.ctx, w.held.ID, nil)
	if err != nil {
		return err
	}
	for _, st := range statements {
		if propertyOf(st.Property).person {
			continue
		}
		text := subject.TextOf(st.Value, func(model.Link) string { return "" })
		if text == "" {
			continue
		}
		val := subject.Value{Property: st.Property, Text: text, Period: st.Period, Rule: st.Rule.String()}
		for _, s := range st.Support {
			if !slices.Contains(val.Sources, string(s.Source)) {
				val.Sources = append(val.Sources, string(s.Source))
			}
		}
		w.d.Golden = append(w.d.Golden, val)
	}
	return nil
}

// judged tells what stewards and the matching model have said of the records, where
// the caller may see both.
func (w *dossier) judged() error {
	mine := map[model.EntityID]bool{}
	for _, r := range w.held.Records {
		mine[r.Head.ID] = true
	}
	decisions, err := w.v.Decisions(w.ctx, w.held.ID)
	if err != nil {
		return err
	}
	for _, x := range decisions {
		d := subject.Decision{At: x.At, Actor: x.Actor, Verdict: x.Verdict.String()}
		if mine[x.A] && mine[x.B] {
			d.Reason = x.Reason
		}
		w.d.Decisions = append(w.d.Decisions, d)
	}
	pairs, err := w.v.Pairs(w.ctx, w.held.ID)
	if err != nil {
		return err
	}
	for _, p := range pairs {
		w.d.Pairs = append(w.d.Pairs, subject.Pair{Weight: p.Weight, Band: p.Band, Together: p.Together})
	}
	return nil
}

// looked tells who has looked at the person, under every id that the records have.
func (w *dossier) looked() error {
	ids := []model.EntityID{w.held.ID}
	for _, r := range w.held.All() {
		ids = append(ids, r.Head.ID)
	}
	slices.SortFunc(ids, model.EntityID.Compare)
	ids = slices.Compact(ids)
	const page = 1000
	for before := int64(0); ; {
		n := 0
		for e, err := range w.v.a.auditor.Of(w.ctx, ids, before, page) {
			if err != nil {
				return err
			}
			n++
			before = e.Number
			e.Subjects = nil // at whom else they looked
			w.d.Looked = append(w.d.Looked, e)
		}
		if n < page {
			break
		}
	}
	w.d.Recipients = subject.Recipients(w.d.Looked)
	return nil
}

func (w *dossier) quarantine() error {
	items, err := w.v.a.finder.QuarantineOf(w.ctx, w.held)
	if err != nil {
		return err
	}
	for _, q := range items {
		if w.v.admitsSource(q.Source) && w.v.owns(q.Source) {
			w.d.Quarantine = append(w.d.Quarantine, subject.Quarantined{Source: string(q.Source), Place: q.Place, Reason: q.Reason, At: q.At})
		}
	}
	return nil
}

// Cases are the cases of rectification in a state (in any for "") after an id, as
// far as the caller sees what they are about, in id order. ErrForbidden for anyone
// below a steward.
func (v *View) Cases(ctx context.Context, state graph.RectificationState, after model.EntityID, limit int) ([]subject.Case, error) {
	if _, err := v.steward(); err != nil {
		return nil, err
	}
	if v.a.finder == nil {
		return nil, ErrForbidden
	}
	size, err := pageSize(limit)
	if err != nil {
		return nil, err
	}
	var out []subject.Case
	for {
		page, err := v.a.finder.Cases(ctx, state, after, maxPage)
		if err != nil {
			return nil, err
		}
		seen, err := v.visibleCases(ctx, page)
		if err != nil {
			return nil, err
		}
		if out = append(out, seen...); len(out) >= size {
			return out[:size], nil
		}
		if len(page) < maxPage {
			return out, nil
		}
		after = page[len(page)-1].ID
	}
}

// Case is one case of rectification. ErrNotFound when the caller may not see what
// it is about.
func (v *View) Case(ctx context.Context, id model.EntityID) (subject.Case, error) {
	if _, err := v.steward(); err != nil {
		return subject.Case{}, err
	}
	if v.a.finder == nil {
		return subject.Case{}, ErrForbidden
	}
	c, err := v.a.finder.Case(ctx, id)
	if err != nil {
		return subject.Case{}, ErrNotFound
	}
	seen, err := v.visibleCases(ctx, []subject.Case{c})
	if err != nil {
		return subject.Case{}, err
	}
	if len(seen) == 0 {
		return subject.Case{}, ErrNotFound
	}
	return seen[0], nil
}

// MayRectify tells whether the caller may open a case: sees the golden record and
// values of the property, and the source is one of the caller's.
func (v *View) MayRectify(ctx context.Context, id model.EntityID, property model.PropertyID, source model.Source) error {
	if _, err := v.steward(); err != nil {
		return err
	}
	seen, err := v.visibleCases(ctx, []subject.Case{{Subject: id, Property: property, Source: source}})
	if err == nil && len(seen) == 0 {
		err = ErrNotFound
	}
	return err
}

// visibleCases are the cases about values that the caller may see, from sources
// whose restricted values are the caller's. It tells of them.
func (v *View) visibleCases(ctx context.Context, cases []subject.Case) ([]subject.Case, error) {
	ids := make([]model.EntityID, len(cases))
	for i := range cases {
		ids[i] = cases[i].Subject
	}
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := v.follow(ctx, ids, graph.WithValues|graph.WithEvidence)
	if err != nil {
		return nil, err
	}
	seen, err := v.judge(ctx, rows)
	if err != nil {
		return nil, err
	}
	var out []subject.Case
	var told []model.EntityID
	for i := range cases {
		row := propertyOf(cases[i].Property).row
		if seen[i] == nil || row == nil || row.Kind != seen[i].entity.Kind || propertyOf(cases[i].Property).person {
			continue
		}
		// A case's texts may be any value of the property, the narrowest as well.
		if v.rank < model.Restricted.Rank() || !v.owns(cases[i].Source) || row.Disclosure.Rank() > v.rank {
			continue
		}
		out, told = append(out, cases[i]), append(told, seen[i].entity.ID)
	}
	return out, v.tell(ctx, told)
}
