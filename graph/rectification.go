package graph

import (
	"context"
	"iter"
	"time"

	"github.com/karna-registry/karna/model"
)

// RectificationState is how far a case has come.
type RectificationState string

// The states.
const (
	RectificationOpen      RectificationState = "open"
	RectificationMet       RectificationState = "met"       // the source says what it should
	RectificationRefused   RectificationState = "refused"   // its owner stands by what it says
	RectificationWithdrawn RectificationState = "withdrawn" // nobody asks for it any more
)

// Rectification is a case: a source is asked to put something right.
type Rectification struct {
	ID       model.EntityID
	Subject  model.EntityID // the golden record that it is said of, as its id was then
	Property model.PropertyID
	Source   model.Source
	State    RectificationState
	Opened   time.Time
	Due      time.Time
	Closed   time.Time // zero while it is open
	KeyID    uint32
	Body     []byte // encrypted
}

// RectificationReader reads the cases.
type RectificationReader interface {
	// Rectifications yields the cases in a state (in any for "") after an id, in id
	// order.
	Rectifications(ctx context.Context, state RectificationState, after model.EntityID, limit int) iter.Seq2[Rectification, error]
	// RectificationsByID answers in the order of ids; an unknown id has a zero ID.
	RectificationsByID(ctx context.Context, ids []model.EntityID) ([]Rectification, error)
}
