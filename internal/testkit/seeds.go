package testkit

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

// KeptSeed is what a law is drawn from in each run, beside fresh draws: Of what the law
// is held, in one word that the law knows, and the seed.
type KeptSeed struct {
	Of   string
	Seed uint64
}

// KeptSeeds reads a file of them: one a line, Of, Seed and then why it is kept. Empty
// lines, and those that begin with #, are nothing.
func KeptSeeds(t testing.TB, file string) (out []KeptSeed) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Fields(line)
		if len(fields) < 3 {
			t.Fatalf("%s: %q: want what it is of, a seed, and why it is kept", file, line)
		}
		seed, err := strconv.ParseUint(fields[1], 10, 64)
		if err != nil {
			t.Fatalf("%s: %q: %v", file, line, err)
		}
		out = append(out, KeptSeed{fields[0], seed})
	}
	if len(out) == 0 {
		t.Fatalf("%s has no seeds", file)
	}
	return out
}
