package access

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/document"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// Filter narrows a list; its zero value narrows nothing. All that it has must
// hold, and only what the caller may see counts.
type Filter struct {
	Text    *string      // words of a name or title, the last one a beginning; without a word it finds nothing
	Codes   []CodeFilter // all of these
	Values  []ValueFilter
	ValidAt model.Date // the thing itself exists that day; zero: any
	// Ends is when the thing itself has its last day; zero: whenever, or never. A bound
	// that is not given is none.
	Ends model.Period
	// Within is a place: only what lies in it, or in one that lies in it at any
	// depth. Places themselves, what has a link to a place: organisations, roles
	// and services, and persons with an address there (see addressed).
	Within *model.EntityID
	// Under is an organisation: only it, those below it at any depth, what belongs
	// to one of them: roles and services, and persons who hold such a role (see
	// holding). Hierarchy, when given, is the only one that is followed: one of
	// Hierarchies.
	Under     *model.EntityID
	Hierarchy *string
	// Day is when codes, values and links must be valid; zero: whenever.
	Day model.Date
	// Order is that of the list.
	Order Order
	// UnknownProtection asks for persons of whom no source has said whether they are
	// protected; it is for stewards, and ErrForbidden for others.
	UnknownProtection bool
}

// CodeFilter asks for things with a code in a property; any property for zero.
type CodeFilter struct {
	Property model.PropertyID
	Code     model.Code
}

// ValueFilter asks for things with a value in an indexed property.
type ValueFilter struct {
	Property model.PropertyID // mandatory: one of Filterable
	// Scheme is an identifier's scheme, or a code's code list when it is not the
	// one that the property has.
	Scheme string
	// Value is an identifier in any spelling that its scheme's rule accepts, a
	// code, the whole of an exact text, or words of any other text, the last one a
	// beginning.
	Value string
	// To is the target of a link, instead of Value.
	To *model.EntityID
}

// Order is the order of a list.
type Order uint8

// The orders. By name is display order.
const (
	AsFound Order = iota // by name, and by id when something narrows the list beside its period
	ByName
	ByNameDescending
	ByID
	ByIDDescending
)

func (o Order) byID() bool       { return o == ByID || o == ByIDDescending }
func (o Order) descending() bool { return o == ByNameDescending || o == ByIDDescending }

// dated tells whether the filter narrows by the thing's own period.
func (f *Filter) dated() bool { return !f.ValidAt.IsZero() || !f.Ends.IsZero() }

// narrow tells whether the filter narrows by more than that.
func (f *Filter) narrow() bool {
	return f.Text != nil || len(f.Codes) > 0 || len(f.Values) > 0 || f.Within != nil || f.Under != nil
}

// Filterable are the names of a kind's properties that lists can be filtered by:
// those with an index.
func Filterable(kind model.Kind) []string {
	var out []string
	for _, row := range ontology.Of(kind) {
		if byValue(row) {
			out = append(out, row.Name)
		}
	}
	return out
}

// byValue tells whether lists can be filtered by the values of a property.
func byValue(row *ontology.Property) bool {
	return row.Index != ontology.IndexNone && row.Index != ontology.IndexPostcode
}

// sieve is a filter made ready.
type sieve struct {
	v      *View
	kind   model.Kind
	filter Filter
	terms  []graph.FindTerm
	words  []string
	// searched is how many words are looked up, of all texts together.
	searched int
	values   []valueTest
	reaches  []*reach
	// nothing is whether the caller may not see what is asked by, so that there is
	// nothing to find.
	nothing bool
}

// valueTest is a ValueFilter made ready: what a value must be.
type valueTest struct {
	row   *ontology.Property
	value model.Value // a code, an identifier without its status, a text
	words []string
	to    model.EntityID
}

// sieve makes a filter ready.
func (v *View) sieve(ctx context.Context, kind model.Kind, f Filter) (*sieve, error) {
	if f.UnknownProtection && v.rights.Role < Steward {
		return nil, ErrForbidden
	}
	if err := f.bounded(); err != nil {
		return nil, err
	}
	if f.Ends.Empty() {
		return nil, fmt.Errorf("%w: the filter by when a thing ends: the day that it begins with must be before the day that it ends before", ErrBadRequest)
	}
	s := &sieve{v: v, kind: kind, filter: f, nothing: !v.admits(kind, model.Open)}
	for _, c := range f.Codes {
		if err := s.addCode(ctx, c); err != nil {
			return nil, err
		}
	}
	if f.Text != nil {
		s.words = document.Tokens(*f.Text)
		s.addWords(s.words)
	}
	for _, val := range f.Values {
		if err := s.addValue(ctx, val); err != nil {
			return nil, err
		}
	}
	if err := fewWords(s.searched); err != nil {
		return nil, err
	}
	if err := s.addReach(ctx, f.Within, "within", model.Geography, placesUp, placeOf[:], "", addressed{}); err != nil {
		return nil, err
	}
	hierarchy := ""
	if f.Hierarchy != nil {
		hierarchy = *f.Hierarchy
		if err := v.CheckHierarchy(ctx, hierarchy); err != nil {
			return nil, err
		}
	}
	return s, s.addReach(ctx, f.Under, "under", model.Organisation, organisationsUp, unitOf[:], hierarchy, holding{})
}

// bounded tells whether a filter asks by no more than one may (see MaxEntries and
// MaxText).
func (f *Filter) bounded() error {
	if err := fewEntries("codes", len(f.Codes)); err != nil {
		return err
	}
	if err := fewEntries("values", len(f.Values)); err != nil {
		return err
	}
	if f.Text != nil {
		if err := short(*f.Text); err != nil {
			return err
		}
	}
	for _, c := range f.Codes {
		if err := short(c.Code.Scheme, c.Code.Notation); err != nil {
			return err
		}
	}
	for _, val := range f.Values {
		if err := short(val.Scheme, val.Value); err != nil {
			return err
		}
	}
	return nil
}

// addWords adds the words of a text to what is looked up. Of a text without a word
// there is nothing to find.
func (s *sieve) addWords(words []string) {
	s.nothing = s.nothing || len(words) == 0
	s.searched += len(words)
	s.terms = append(s.terms, s.v.wordTerms(s.kind, words, true)...)
}

func (s *sieve) addCode(ctx context.Context, c CodeFilter) error {
	spaces, err := s.v.codeSpaces(s.kind, c.Property)
	if err != nil {
		return err
	}
	if err := s.checkList(ctx, spaces, c.Code.Scheme, ontology.ByID(c.Property)); err != nil {
		return err
	}
	s.nothing = s.nothing || len(spaces) == 0
	s.terms = append(s.terms, graph.FindTerm{Spaces: spaces, Key: document.CodeKey(c.Code.Scheme, c.Code.Notation)})
	return nil
}

func (s *sieve) addValue(ctx context.Context, f ValueFilter) error {
	row := propertyOf(f.Property).row
	if row == nil || row.Kind != s.kind || !byValue(row) {
		name := fmt.Sprint(f.Property)
		if row != nil {
			name = row.Name
		}
		return fmt.Errorf("%w: %s cannot be filtered by %s, only by %s", ErrBadRequest, s.kind, name, strings.Join(Filterable(s.kind), ", "))
	}
	wrong := func(want string) error {
		return fmt.Errorf("%w: the filter by %s.%s: want %s", ErrBadRequest, s.kind, row.Name, want)
	}
	if (row.Index == ontology.IndexLink) != (f.Value == "") || (row.Index == ontology.IndexLink) == (f.To == nil) {
		if row.Index == ontology.IndexLink {
			return wrong("the id of what it links to, and no value")
		}
		return wrong("a value, and no id")
	}
	test := valueTest{row: row}
	term := graph.FindTerm{Spaces: s.v.spacesOf(row.ID)}
	scheme := f.Scheme
	switch {
	case row.Index == ontology.IndexLink:
		to, err := s.v.visibleID(ctx, *f.To)
		if err != nil {
			return err
		}
		s.nothing = s.nothing || to.IsZero() || len(s.v.linkProperties([]model.PropertyID{row.ID})) == 0
		test.to = to
		s.values = append(s.values, test)
		return nil
	case row.Index == ontology.IndexToken:
		if scheme != "" {
			return wrong("no scheme")
		}
		if test.words = document.Tokens(f.Value); len(test.words) > 0 {
			s.values = append(s.values, test)
		}
		s.addWords(test.words)
		return nil
	case row.Type == model.TypeIdentifier:
		if scheme == "" {
			return wrong("the identifier's scheme")
		}
		if err := s.v.checkScheme(s.kind, model.Scheme(scheme)); err != nil {
			return err
		}
		id := model.Identifier{Scheme: model.Scheme(scheme), Value: s.v.canonical(model.Scheme(scheme), f.Value)}
		test.value, term.Key = id, document.IdentifierKey(id.Scheme, id.Value)
	case row.Type == model.TypeCode:
		if scheme == "" {
			scheme = row.CodeList
		}
		if scheme == "" {
			return wrong("the code list, as scheme: the property takes codes of several")
		}
		if err := s.checkList(ctx, term.Spaces, scheme, row); err != nil {
			return err
		}
		test.value, term.Key = model.Code{Scheme: scheme, Notation: f.Value}, document.CodeKey(scheme, f.Value)
	default:
		if scheme != "" {
			return wrong("no scheme")
		}
		test.value, term.Key = model.Text{Text: f.Value}, document.TextKey(f.Value)
	}
	s.nothing = s.nothing || !s.v.shows(propertyOf(row.ID), test.value)
	s.terms, s.values = append(s.terms, term), append(s.values, test)
	return nil
}

// holds tells whether what the caller sees of e passes, reaches aside.
func (s *sieve) holds(e *Entity) bool {
	if !s.filter.ValidAt.IsZero() && !e.Period.Contains(s.filter.ValidAt) {
		return false
	}
	if !s.filter.Ends.IsZero() && !endsIn(e.Period, s.filter.Ends) {
		return false
	}
	if s.filter.UnknownProtection && !isUnknown(e) {
		return false
	}
	for _, c := range s.filter.Codes {
		if !s.hasCode(e, c) {
			return false
		}
	}
	for i := range s.values {
		if !s.hasValue(e, &s.values[i]) {
			return false
		}
	}
	return hasBeginning(e, s.words)
}

// endsIn tells whether a period has a last day, and that in another. The end of a
// period is the day after its last.
func endsIn(p, in model.Period) bool {
	return !p.To.IsZero() && (in.From.IsZero() || in.From.Compare(p.To) < 0) && (in.To.IsZero() || p.To.Compare(in.To) <= 0)
}

// valid tells whether a value counts on the filter's day.
func (s *sieve) valid(val *model.GoldenValue) bool {
	return s.filter.Day.IsZero() || val.Period.Contains(s.filter.Day)
}

func (s *sieve) hasCode(e *Entity, c CodeFilter) bool {
	for i := range e.Values {
		val := &e.Values[i]
		row := propertyOf(val.Property).row
		if val.Value == model.Value(c.Code) && row.Index == ontology.IndexCode && (c.Property == 0 || c.Property == val.Property) && s.valid(val) {
			return true
		}
	}
	return false
}

func (s *sieve) hasValue(e *Entity, t *valueTest) bool {
	have := map[string]bool{}
	for i := range e.Values {
		val := &e.Values[i]
		if val.Property != t.row.ID || !s.valid(val) {
			continue
		}
		switch is := val.Value.(type) {
		case model.Link:
			if !t.to.IsZero() && is.To == t.to {
				return true
			}
		case model.Code:
			if is == t.value {
				return true
			}
		case model.Identifier:
			if want, ok := t.value.(model.Identifier); ok && is.Scheme == want.Scheme && is.Value == want.Value && !s.v.sealed(is) {
				return true
			}
		default:
			if text, isText := is.(model.Text); isText && t.value != nil {
				if want, ok := t.value.(model.Text); ok && text.Text == want.Text {
					return true
				}
			} else if text, ok := document.SearchText(is); ok && t.words != nil {
				for _, w := range document.Tokens(text) {
					have[w] = true
				}
			}
		}
	}
	return t.words != nil && beginWith(have, t.words)
}

// hasBeginning tells whether e has every word, of the last one the beginning.
func hasBeginning(e *Entity, words []string) bool {
	if len(words) == 0 {
		return true
	}
	have := map[string]bool{}
	searched(e, func(_ *ontology.Property, text string) {
		for _, w := range document.Tokens(text) {
			have[w] = true
		}
	})
	return beginWith(have, words)
}

func beginWith(have map[string]bool, words []string) bool {
	last := len(words) - 1
	for _, w := range words[:last] {
		if !have[w] {
			return false
		}
	}
	for w := range have {
		if strings.HasPrefix(w, words[last]) {
			return true
		}
	}
	return false
}

// sift takes out what does not pass.
func (s *sieve) sift(ctx context.Context, seen []*sighted) error {
	for i := range seen {
		if seen[i] != nil && (s.nothing || !s.holds(seen[i].entity)) {
			seen[i] = nil
		}
	}
	for _, r := range s.reaches {
		if err := r.sift(ctx, seen); err != nil {
			return err
		}
	}
	return nil
}

// bounds are how much is read to find what a filter has to look at, before the
// list is gone through in its order instead: what passes lies close then, and the
// answer is the same.
type bounds struct {
	placed int // hits that are put in order in memory
	linked int // links to what is asked for
	inside int // things in a place or below an organisation, and persons there; Total tells of it
}

var defaultBounds = bounds{placed: 10_000, linked: 20_000, inside: 5_000}

// candidates are ids, in order, among which is all that passes; ok is false when
// links do not tell.
func (s *sieve) candidates(ctx context.Context) (ids []model.EntityID, ok bool, err error) {
	narrow := func(more []model.EntityID) {
		slices.SortFunc(more, model.EntityID.Compare)
		more = slices.Compact(more)
		if ok {
			more = slices.DeleteFunc(more, func(id model.EntityID) bool {
				_, have := slices.BinarySearchFunc(ids, id, model.EntityID.Compare)
				return !have
			})
		}
		ids, ok = more, true
	}
	for i := range s.values {
		t := &s.values[i]
		if t.to.IsZero() {
			continue
		}
		froms, all, err := s.v.linking(ctx, []model.EntityID{t.to}, []model.PropertyID{t.row.ID})
		if err != nil {
			return nil, false, err
		}
		if all {
			narrow(froms)
		}
	}
	for _, r := range s.reaches {
		inside, all, err := r.entering(ctx)
		if err != nil {
			return nil, false, err
		}
		if all {
			narrow(inside)
		}
	}
	return ids, ok, nil
}

// linking are the ids that link to any of the targets by one of the properties;
// all is false when there are too many to say. It says nothing of who may see them.
func (v *View) linking(ctx context.Context, targets []model.EntityID, of []model.PropertyID) (ids []model.EntityID, all bool, err error) {
	of = v.linkProperties(of)
	if len(of) == 0 || len(targets) == 0 {
		return nil, true, nil
	}
	for l, err := range v.index().Referrers(ctx, targets, of, v.clearance) {
		if err != nil {
			return nil, false, fmt.Errorf("read what refers to %d golden records: %w", len(targets), err)
		}
		if len(ids) == v.a.bounds.linked {
			return nil, false, nil
		}
		ids = append(ids, l.From)
	}
	return ids, true, nil
}

func isUnknown(e *Entity) bool {
	for _, val := range e.All(ontology.PersonProtection) {
		if c, ok := val.Value.(model.Code); ok && c.Notation == model.ProtectionUnknown.Notation() {
			return true
		}
	}
	return false
}
