package ss12000

import (
	"slices"
	"strings"

	"github.com/karna-registry/karna/ingest"
)

// shape tells an object of one type from those of the others, by the fields that the
// standard requires of it.
type shape struct {
	some []string // it has one of them at least
	none []string // what has one of them is of another type that has the others too
}

var shapes = map[string]shape{
	Persons:       {some: []string{"givenName", "familyName", "civicNo"}},
	Duties:        {some: []string{"person", "dutyAt"}},
	Placements:    {some: []string{"child", "placedAt"}},
	Organisations: {some: []string{"displayName"}, none: []string{"groupType", "groupMemberships", "activityType"}},
	Groups:        {some: []string{"displayName"}, none: []string{"organisationType", "activityType"}},
}

// fits tells whether an object may be one of a type. What is not known has no shape.
func (v value) fits(typ string) bool {
	s, known := shapes[typ]
	says := func(name string) bool {
		field := v.peek(name)
		return !field.absent() && !(field.is('"') && strings.TrimSpace(field.text()) == "")
	}
	return !known || slices.ContainsFunc(s.some, says) && !slices.ContainsFunc(s.none, says)
}

// mostStrange is how many objects at the start of a file, all of another type, end it.
const mostStrange = 100

// strangers counts the objects at the start of a file that are not of its type.
type strangers struct {
	typ   string
	n     int
	place string // of the first
	like  string // the type that the first is of, if it is one
	done  bool   // the file has an object of its type
}

// see looks at one more object.
func (s *strangers) see(it ingest.Item) {
	if s.done || it.Type != s.typ || shapes[s.typ].some == nil {
		return
	}
	t := trees.Get().(*tree)
	defer trees.Put(t)
	if t.parse(it.Raw) >= 0 || !t.root().is('{') {
		return
	}
	if t.root().fits(s.typ) {
		s.done = true
		return
	}
	if s.n++; s.n > 1 {
		return
	}
	s.place = it.Place
	for _, typ := range Types {
		if shapes[typ].some != nil && t.root().fits(typ) {
			s.like = typ
		}
	}
}

// wrong is the error for a file that holds another type, as far as it has been seen: to
// its end or not. A short one may hold objects that are wanting, and one object tells
// nothing of the file.
func (s *strangers) wrong(ended bool) error {
	if s.done || s.n < 2 || s.n < mostStrange && (!ended || s.like == "") {
		return nil
	}
	remedy := "set the type to what the file holds"
	if s.like != "" {
		remedy += ": is this a file of " + s.like + "?"
	}
	return ingest.Errorf(s.place, remedy, "no object is one of %s, from here on", s.typ)
}
