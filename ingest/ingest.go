package ingest

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/karna-registry/karna/model"
)

// Options say what a delivery is; nothing that can be told is guessed.
type Options struct {
	Source  model.Source
	Full    bool
	Mapping []byte // the mapping file of a configurable format (CSV)
	// Type names what the file holds where the format does not say: an SS12000
	// file's object type ("persons", "organisations", "duties", "placements", "groups",
	// "deletedEntities").
	Type string
	// Date is the delivery's stated date, when the caller knows it; two-digit
	// years of birth are read against it (or the format's own header date, or,
	// last, the day of arrival, which the caller gives in Arrival).
	Date    time.Time
	Arrival time.Time
	// Jurisdiction is SE or AX: what a personal number, a telephone number, an address,
	// a word for protection and coordinates without a reference system are read as.
	Jurisdiction string
	// Scheme looks up what a scheme of the tenant's own proves.
	ProofOf func(model.Scheme) model.Proof
}

// Item is one delivered element or row, not yet parsed. Raw is valid only until
// the next item is asked for, unless cloned.
type Item struct {
	Type  string // what sort of element: "persons", "personal/person", "row"
	Place string // where: "line 12", "$.data[3]"
	Raw   []byte
}

// Delivery is a file being read.
type Delivery interface {
	// Items splits the file. It streams: memory is bounded by the largest item.
	// An error ends the sequence: it is a *PlaceError saying where the file is broken.
	Items() iter.Seq2[Item, error]
	// Context is what every item's meaning depends on beside its own bytes (header
	// fields, mapping version); it is hashed with each item. It is final before
	// the first item is yielded.
	Context() []byte
	// Part names the part of its source that the delivery covers: a full delivery
	// retracts what vanished from this part only. Empty when a source has one part.
	Part() string
	// Stamp is the delivery's own stated time, or zero; final before the first item.
	Stamp() time.Time
	// Map turns one item into what it says. It is pure, safe for concurrent use and
	// keeps nothing of the item. An error means that the whole item goes to
	// quarantine; it is a *PlaceError without personal data. The result's records then
	// have the keys of all that the item is about, as far as they can be read; none, if
	// not all can be.
	Map(Item) (Result, error)
}

// Result is what one item says.
type Result struct {
	Records []model.Record
	// Dropped counts fields by name that the mapper does not take (privacy.md 7).
	// Nil when there are none. Values are never kept.
	Dropped map[string]int
}

// Format opens deliveries of one interface format.
type Format interface {
	// Name is what configuration calls the format: "ss12000", "paxml", "csv".
	Name() string
	// Version changes when the mapper would map the same bytes differently.
	Version() string
	// Open starts reading. It reads no further than the header. ErrConfiguration if
	// the options say what no file could be read by.
	Open(r io.Reader, o Options) (Delivery, error)
}

// PlaceError says where in a delivery something is wrong, and what to do. Its
// text holds no personal data.
type PlaceError struct {
	Place  string
	Reason string
	Remedy string
	Err    error
}

// Error is "place: reason (remedy)".
func (e *PlaceError) Error() string {
	s := e.Place + ": " + e.Reason
	if e.Remedy != "" {
		s += " (" + e.Remedy + ")"
	}
	return s
}

// Unwrap is the cause.
func (e *PlaceError) Unwrap() error { return e.Err }

// Errorf makes a PlaceError.
func Errorf(place, remedy, format string, args ...any) *PlaceError {
	return &PlaceError{Place: place, Reason: fmt.Sprintf(format, args...), Remedy: remedy}
}

// ErrConfiguration is wrapped by the error of a Format that cannot even begin with a
// delivery, for what is configured is wrong, and the file is not.
var ErrConfiguration = errors.New("wrong configuration")

// Misconfigured makes a PlaceError of what is wrong in the configuration.
func Misconfigured(place, remedy, format string, args ...any) *PlaceError {
	e := Errorf(place, remedy, format, args...)
	e.Err = ErrConfiguration
	return e
}

// Skipper is a Delivery that passes over parts of the file before they become
// items: Skipped counts them by name, after Items has ended. Like Result.Dropped
// it counts what is not taken and holds no values.
type Skipper interface {
	Skipped() map[string]int
}

// SchemeDeclarer is a Format whose deliveries speak identifier schemes of their
// own: what these prove for a source with a mapping. It is asked before any
// delivery is opened, since matching and sealing must know.
type SchemeDeclarer interface {
	Schemes(mapping []byte, source model.Source) (map[model.Scheme]model.Proof, error)
}

// Reopener is a Format that can map items of an earlier delivery again, as a
// quarantine that is re-tried needs. Reopen makes a Delivery with that one's
// Context and no items; of the options it uses all but what a file states itself.
type Reopener interface {
	Reopen(context []byte, o Options) (Delivery, error)
}
