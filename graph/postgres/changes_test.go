package postgres

import (
	"strings"
	"testing"

	"github.com/karna-registry/karna/graph/relational"
)

func TestChangesOverASetLookEachRowUp(t *testing.T) {
	joins := 0
	for _, st := range relational.Statements() {
		if st.IsQuery() || len(st.Keys) == 0 || strings.Contains(st.String(), "{values") {
			continue
		}
		text := changesText(st)
		if strings.Contains(text, "#set") {
			t.Errorf("%s\nbecomes\n%s", st, text)
		}
		if strings.HasPrefix(text, "INSERT") && !strings.Contains(st.String(), "{keys}") {
			continue // puts rows, looks none up
		}
		joins++
		if !strings.Contains(text, "OFFSET 0") {
			t.Errorf("the planner may turn this around:\n%s", text)
		}
	}
	if joins < 8 {
		t.Errorf("only %d statements of the kind were found", joins)
	}
}
