package ss12000

import (
	"strconv"
	"strings"
	"time"

	"github.com/karna-registry/karna/ingest"
	"github.com/karna-registry/karna/ingest/draft"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// mapper turns one element into records. It holds only what was known when the
// file was opened, so it may be used by many at a time.
type mapper struct {
	source model.Source
	part   string
	asOf   model.Date
	stamp  time.Time

	jurisdiction string
	proofOf      func(model.Scheme) model.Proof
}

// localID is the scheme of the source's own ids of people.
func (m *mapper) localID() model.Scheme { return model.LocalID.Scoped(string(m.source)) }

// element is one object being mapped.
type element struct {
	*mapper
	value
	id    string
	stamp time.Time
	out   []*draft.Record

	misfits []misfit // that are not told of yet
	flagged bool     // it says of somebody that they are protected
}

// Map turns one object into what it says.
func (m *mapper) Map(it ingest.Item) (ingest.Result, error) {
	t := trees.Get().(*tree)
	defer trees.Put(t)
	t.place = it.Place
	if at := t.parse(it.Raw); at >= 0 {
		return ingest.Result{}, ingest.Errorf(it.Place, "correct it in the source, or deliver the file again", "not JSON from byte %d of the element", at)
	}
	e := &element{mapper: m, value: t.root()}
	err := e.read(it.Type)
	if err != nil {
		return ingest.Result{}, err
	}
	e.markings(it.Type)
	if !e.fits(it.Type) {
		if !e.flagged {
			return ingest.Result{}, ingest.Errorf(it.Place, "correct it in the source, or set the type to what the file holds", "an object without what every one of %s has", it.Type)
		}
		for _, r := range e.out { // the flag is of no use refused: it is taken, and the rest closed
			if r.Key.Kind != model.Person {
				r.Narrow(model.Protected)
			}
		}
	}
	var res ingest.Result
	var twice string
	if res.Dropped, twice = t.dropped(); twice != "" {
		err = ingest.Errorf(it.Place, "correct it in the source", "the field %s stands twice", twice)
		res.Dropped = nil
	}
	res.Records = make([]model.Record, len(e.out)) // also of what is refused: their keys
	for i, r := range e.out {
		res.Records[i] = r.Finish()
	}
	return res, err
}

func (e *element) read(typ string) error {
	if strings.HasPrefix(typ, Deleted) {
		return e.deleted(strings.TrimPrefix(typ[len(Deleted):], "/"))
	}
	if !e.is('{') {
		return ingest.Errorf(e.Place(), "correct it in the source", "an element that is not an object")
	}
	if f := forms[typ]; f != nil {
		e.misfits = e.t.check(0, f, nil)
	}
	id := e.get("id")
	if external := e.get("externalId"); !external.absent() {
		id = external // the key in the dialect of 2018
	}
	var ok bool
	if e.id, ok = uuidOf(id); !ok {
		return ingest.Errorf(id.Place(), "give the object its UUID in the source", "the object's id is not a UUID, so it has no key")
	}
	meta := e.get("meta")
	meta.get("created") // known and of no use: the stamp is when it was modified
	e.stamp = e.mapper.stamp
	badStamp := false
	if modified := meta.get("modified"); !modified.absent() {
		t, err := time.Parse(time.RFC3339, modified.text())
		if badStamp = err != nil; !badStamp {
			e.stamp = t.UTC()
		}
	}
	switch typ {
	case Organisations:
		e.organisation()
	case Persons:
		e.person()
	case Duties:
		e.duty()
	case Placements:
		e.placement()
	case Groups:
		e.group()
	default:
		return ingest.Errorf(e.Place(), "set the type to one of "+strings.Join(Types, ", "), "no mapping for elements of type %q", typ)
	}
	if len(e.misfits) > 0 && len(e.out) == 0 {
		return ingest.Errorf(value{e.t, e.misfits[0].node}.Place(), "correct it in the source", "not of the type that SS12000 has, and without it the object gives no record")
	}
	if len(e.misfits) > 0 {
		e.misfitsOf(e.out[0], e.value)
	}
	if badStamp && len(e.out) > 0 {
		draft.Issue(e.out[0], 0, meta.get("modified"), meta.get("modified").text(), model.IssueBadDate, model.Warning, "meta.modified is not a time of RFC 3339, so this version ranks by the delivery")
	}
	return nil
}

// uuidOf reads an id in the standard's form, in lower case.
func uuidOf(v value) (string, bool) {
	id, err := model.ParseEntityID(v.text())
	if err != nil || !v.is('"') {
		return "", false
	}
	return id.String(), true
}

// record starts a record with a key.
func (e *element) record(kind model.Kind, localID string) *draft.Record {
	r := draft.New(model.RecordKey{Source: e.source, Kind: kind, LocalID: localID}, e.stamp, e.asOf)
	r.Jurisdiction, r.ProofOf = e.jurisdiction, e.proofOf
	e.out = append(e.out, r)
	return r
}

// role starts a role of a type.
func (e *element) role(localID, roleType string) *draft.Record {
	r := e.record(model.Role, localID)
	r.Add(ontology.RoleType, model.Code{Scheme: "role-type", Notation: roleType}, "")
	return r
}

// reference is a link to another object of the source; what it carries beside
// the id is a copy of what the other says itself.
func (e *element) reference(r *draft.Record, p model.PropertyID, kind model.Kind, v value, linkRole string) string {
	if v.absent() {
		return ""
	}
	v.get("displayName")
	id := v.get("id")
	key, ok := uuidOf(id)
	if !ok {
		draft.Issue(r, p, id, id.text(), model.IssueMissing, model.Failed, "the reference has no UUID, so it leads nowhere; correct it in the source")
		return ""
	}
	r.Link(p, model.Reference{Key: model.RecordKey{Source: e.source, Kind: kind, LocalID: key}, Kind: kind}, linkRole)
	return key
}

// period reads startDate and endDate, both in it.
func (e *element) period(r *draft.Record, v value) {
	from, to := v.get("startDate"), v.get("endDate")
	r.Period = draft.Period(r, from, from.text(), to, to.text())
}

// code adds a code that the standard spells in Swedish.
func code(r *draft.Record, p model.PropertyID, v value, list string, notations map[string]string) {
	if v.absent() {
		return
	}
	text := strings.TrimSpace(v.text())
	if notation, ok := notations[text]; ok {
		r.Add(p, model.Code{Scheme: list, Notation: notation}, text)
		return
	}
	draft.UnknownCode(r, p, v, list, text)
}

// schoolType adds a school form. The National Agency's codes since 2023 are a list
// of their own, of which files use those that the standard's list does not have.
func schoolType(r *draft.Record, p model.PropertyID, v value) {
	list, notation := "school-type", strings.TrimSpace(v.text())
	if !ontology.KnownCode(list, notation) && ontology.KnownCode("school-type-2023", notation) {
		list = "school-type-2023"
	}
	draft.Code(r, p, v, list, notation)
}

// deletedName is the list of deleted ids that a field is, or empty.
func deletedName(name []byte) string {
	for _, t := range Types[:len(Types)-1] {
		if string(name) == t {
			return t
		}
	}
	return ""
}

// deletedTypes are the entity types, as lists name them and as flat entries do.
var deletedTypes = map[string]model.Kind{
	Organisations: model.Organisation, "Organisation": model.Organisation,
	Persons: model.Person, "Person": model.Person,
	Duties: model.Role, "Duty": model.Role,
	Placements: model.Role, "Placement": model.Role,
	Groups: model.KindUnknown, "Group": model.KindUnknown,
}

// deleted reads one deleted entity: an id in the list of its type, or an entry
// {entityType, id, deletedAt}.
func (e *element) deleted(typ string) error {
	id := e.value
	stamp := e.mapper.stamp
	if e.is('{') {
		if typ == "" {
			for _, name := range []string{"entityType", "resourceType"} {
				if v := e.get(name); !v.absent() {
					typ = v.text()
				}
			}
		}
		if at, err := time.Parse(time.RFC3339, e.get("deletedAt").text()); err == nil {
			stamp = at.UTC()
		}
		id = e.get("id")
		if typ == "" && id.absent() {
			return nil // lists of types that are not read; the caller counts them
		}
	}
	key, ok := uuidOf(id)
	if !ok {
		return ingest.Errorf(id.Place(), "give the deleted entity's UUID", "the id of a deleted entity is not a UUID")
	}
	e.stamp = stamp
	switch kind := deletedTypes[typ]; kind {
	case model.KindUnknown:
		// A group is no record, only its memberships are, and a deletion does
		// not tell their keys; of other types there are no records at all.
	default:
		e.record(kind, key).Deleted = true
	}
	return nil
}

// pad writes a code that the standard has as an integer with its leading zeros.
func pad(code string, width int) string {
	n, err := strconv.Atoi(code)
	if err != nil || n < 0 || len(code) >= width {
		return code
	}
	return strings.Repeat("0", width-len(code)) + code
}
