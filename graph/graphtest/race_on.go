//go:build race

package graphtest

// histories is how many random histories are compared. Under the race detector
// an engine is ten to twenty times as slow, and an eighth of them finds the
// races; the comparing is done without it.
const histories = 12
