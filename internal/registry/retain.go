package registry

// Retain is how long a record is kept once its source no longer has it.
type Retain struct {
	Years, Months, Days int
	// FromEnd counts from the day on which the thing itself ended, as its source said,
	// where it said so; else from when the source no longer had it.
	FromEnd bool
}

// IsZero tells whether records are kept for ever.
func (r Retain) IsZero() bool { return r.Years == 0 && r.Months == 0 && r.Days == 0 }
