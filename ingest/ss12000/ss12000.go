package ss12000

import (
	"bytes"
	"errors"
	"io"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/karna-registry/karna/ingest"
	"github.com/karna-registry/karna/ingest/window"
	"github.com/karna-registry/karna/model"
)

// The object types, as the API's paths spell them.
const (
	Organisations = "organisations"
	Persons       = "persons"
	Duties        = "duties"
	Placements    = "placements"
	Groups        = "groups"
	Deleted       = "deletedEntities"
)

// Types lists what a file can hold.
var Types = []string{Organisations, Persons, Duties, Placements, Groups, Deleted}

// Format reads files of SS12000:2020.
type Format struct{}

var (
	_ ingest.Format   = Format{}
	_ ingest.Reopener = Format{}
)

// Name is "ss12000".
func (Format) Name() string { return "ss12000" }

// Version is the mapper's; it changes when the same bytes mean something else.
func (Format) Version() string { return "4" }

// Open starts reading a file whose type the options name.
func (Format) Open(r io.Reader, o ingest.Options) (ingest.Delivery, error) {
	if !slices.Contains(Types, o.Type) {
		return nil, ingest.Misconfigured("configuration", "set the type to one of "+strings.Join(Types, ", "), "an SS12000 file does not say what its objects are, and the type is %q", o.Type)
	}
	asOf := o.Date
	if asOf.IsZero() {
		asOf = o.Arrival
	}
	m := mapper{source: o.Source, part: o.Type, asOf: model.DateOf(asOf), stamp: o.Date, jurisdiction: o.Jurisdiction, proofOf: o.ProofOf}
	if asOf.IsZero() {
		m.asOf = model.Date{}
	}
	return &delivery{mapper: m, r: r, full: o.Full}, nil
}

// Reopen makes a delivery that maps elements of an earlier one.
func (f Format) Reopen(context []byte, o ingest.Options) (ingest.Delivery, error) {
	o.Type = string(context)
	return f.Open(bytes.NewReader([]byte("[]")), o)
}

type delivery struct {
	mapper
	r       io.Reader
	full    bool
	skipped map[string]int
}

var (
	_ ingest.Delivery = (*delivery)(nil)
	_ ingest.Skipper  = (*delivery)(nil)
)

// Items splits the file into its objects.
func (d *delivery) Items() iter.Seq2[ingest.Item, error] {
	return func(yield func(ingest.Item, error) bool) {
		strange := &strangers{typ: d.part}
		var wrong error
		give := func(it ingest.Item, err error) bool {
			if strange.see(it); wrong == nil {
				wrong = strange.wrong(false)
			}
			return wrong == nil && yield(it, err)
		}
		s := &splitter{w: window.New(d.r, window.MaxItem), typ: d.part, yield: give, skipped: map[string]int{}}
		err := s.documents()
		d.skipped = s.skipped
		if err == nil {
			wrong = strange.wrong(true)
		}
		if wrong != nil {
			err = wrong
		}
		if err == nil && d.full && s.next != "" && s.next != "null" && s.next != `""` {
			err = ingest.Errorf("$.pageToken", "put every page in the file, one after another, or deliver as delta", "the file ends with a page that says there are more, so it is not the full delivery it is said to be")
		}
		if err != nil && !errors.Is(err, errStop) {
			yield(ingest.Item{}, err)
		}
	}
}

// Context is the object type. The date that two-digit years are read against is
// left out on purpose: the same object, seen again, is the same person born in the
// same year, and would otherwise be read again with every delivery.
func (d *delivery) Context() []byte { return []byte(d.part) }

// Part is the object type.
func (d *delivery) Part() string { return d.part }

// Stamp is the delivery's stated date: the files have none of their own.
func (d *delivery) Stamp() time.Time { return d.stamp }

// Skipped counts what was passed without becoming an item.
func (d *delivery) Skipped() map[string]int { return d.skipped }

// Schemes is the one that joins what is said of a person by reference with the
// person: the object's id, unique within the source.
func (Format) Schemes(_ []byte, source model.Source) (map[model.Scheme]model.Proof, error) {
	return map[model.Scheme]model.Proof{
		model.LocalID.Scoped(string(source)): {Kinds: []model.Kind{model.Person}, Unique: true},
	}, nil
}
