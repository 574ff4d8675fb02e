package main

import (
	"encoding/hex"
	"encoding/json"
	"io"
	"time"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/registry"
	"github.com/karna-registry/karna/model"
)

// printJSON writes v indented.
func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// deliveryJSON is a delivery as --json gives it.
type deliveryJSON struct {
	ID      string              `json:"id"`
	Source  model.Source        `json:"source"`
	Part    string              `json:"part,omitempty"`
	Name    string              `json:"name"`
	Full    bool                `json:"full"`
	State   graph.DeliveryState `json:"state"`
	Stamp   *time.Time          `json:"stamp,omitempty"` // the delivery's own time, where it states one
	Started time.Time           `json:"started"`
	Ended   time.Time           `json:"ended,omitzero"`
	Message string              `json:"message,omitempty"`
	Counts  countsJSON          `json:"counts"`
}

// countsJSON says what became of a delivery's items, and of the records in them.
type countsJSON struct {
	Items       int64 `json:"items"`
	Unchanged   int64 `json:"unchanged"`
	Quarantined int64 `json:"quarantined"`
	Records     int64 `json:"records"` // in items that are not unchanged
	Added       int64 `json:"added"`
	Changed     int64 `json:"changed"`
	Retracted   int64 `json:"retracted"`
	Stale       int64 `json:"stale"`   // older than what is held
	Issues      int64 `json:"issues"`  // fields that could not be read as they should
	Dropped     int64 `json:"dropped"` // fields that are not taken
	Erased      int64 `json:"erased"`  // records that were not stored, for they had been erased
	Bytes       int64 `json:"bytes"`
}

func deliveriesOf(all []graph.Delivery) []deliveryJSON {
	out := make([]deliveryJSON, len(all))
	for i, d := range all {
		out[i] = deliveryJSON{
			ID: d.ID.String(), Source: d.Source, Part: d.Part, Name: d.Name, Full: d.Full, State: d.State,
			Started: d.Started.UTC(), Ended: d.Ended.UTC(), Message: d.Message, Counts: counts(d.Counts),
		}
		if d.Stamp != 0 {
			t := time.UnixMilli(d.Stamp).UTC()
			out[i].Stamp = &t
		}
	}
	return out
}

// counts puts a delivery's counts in the order in which they are shown.
func counts(c graph.Counts) countsJSON {
	return countsJSON{
		Items: c.Items, Unchanged: c.Unchanged, Quarantined: c.Quarantined, Records: c.Records, Added: c.Added, Changed: c.Changed,
		Retracted: c.Retracted, Stale: c.Stale, Issues: c.Issues, Dropped: c.Dropped, Erased: c.Erased, Bytes: c.Bytes,
	}
}

// quarantinedJSON is a quarantined item as --json gives it.
type quarantinedJSON struct {
	ID       string       `json:"id"`
	Source   model.Source `json:"source"`
	Delivery string       `json:"delivery"`
	File     string       `json:"file"`
	Place    string       `json:"place"`
	Reason   string       `json:"reason"`
	At       time.Time    `json:"at"`
}

func quarantineOf(all []access.QuarantineInfo) []quarantinedJSON {
	out := make([]quarantinedJSON, len(all))
	for i, q := range all {
		out[i] = quarantinedJSON{ID: q.ID, Source: q.Source, Delivery: q.Delivery.String(), File: q.File, Place: q.Place, Reason: q.Reason, At: q.At.UTC()}
	}
	return out
}

// retriedJSON is what became of a quarantined item that was tried again.
type retriedJSON struct {
	ID     string       `json:"id"`
	Source model.Source `json:"source"`
	File   string       `json:"file"`
	Place  string       `json:"place"`
	In     bool         `json:"in"`
	Reason string       `json:"reason,omitempty"` // why it was refused again
}

func retriedOf(all []registry.Retried) []retriedJSON {
	out := make([]retriedJSON, len(all))
	for i, r := range all {
		out[i] = retriedJSON{ID: hex.EncodeToString(r.Item[:]), Source: r.Source, File: r.File, Place: r.Place, In: r.OK, Reason: r.Reason}
	}
	return out
}
