// Package synth writes labelled data for entity resolution: sets of any size,
// each row with the truth of what it is about, and every error that was put into
// it by a documented rate (Errors). The same options give the same bytes on any
// machine, and memory does not grow with the rows. (internal/testkit/synth writes
// deliveries to load; its persons are told of once.)
//
// It owns the word lists and the error model. It must never know how records
// are matched: its errors are our own guess, and a matcher that is fitted to
// them has learnt nothing. Swedish persons are born 1800–1899, so that no
// personal number can belong to anyone alive; e-mail addresses end in .example
// and phone numbers are of series that no subscriber has.
package synth
