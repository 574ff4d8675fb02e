package subject

import (
	"time"

	"github.com/karna-registry/karna/model"
)

// Case is a source asked to put right what it says of somebody or something.
type Case struct {
	ID       model.EntityID
	Subject  model.EntityID
	Property model.PropertyID
	Source   model.Source
	Owner    string // of the source
	State    string // open, met, refused or withdrawn
	Opened   time.Time
	Due      time.Time
	Closed   time.Time // zero while it is open
	Wrong    string
	Right    string
	Evidence string
	Actor    string // who opened it
	Note     string // of whoever closed it
}
