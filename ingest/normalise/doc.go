// Package normalise turns what sources write into the model's values: text,
// names, dates, periods, numbers, telephone numbers, addresses and codes. Its
// functions are pure: no clock, no I/O, no state. Each says whether it
// understood; what it did not is for the mapper to keep as written, with an
// issue. It knows nothing of files, records or storage.
package normalise

// The jurisdictions whose ways of writing are known: Sweden and Åland, and
// Finland, which Åland writes like.
const (
	Sweden  = "SE"
	Aland   = "AX"
	Finland = "FI"
)

func isFinnish(jurisdiction string) bool {
	return jurisdiction == Aland || jurisdiction == Finland
}
