package postgres

import (
	"fmt"
	"regexp"

	"github.com/karna-registry/karna/graph/relational"
)

// The three forms of a statement that changes rows over a set of keys, as
// relational writes them for one set.
var (
	deleteForm = regexp.MustCompile(`(?s)^DELETE FROM (\w+) AS (\w+) USING #set\s+WHERE (.*)$`)
	updateForm = regexp.MustCompile(`(?s)^UPDATE (\w+) AS (\w+) SET (.*) FROM #set\s+WHERE (.*)$`)
	selectForm = regexp.MustCompile(`(?s)^(INSERT INTO .*)\s+FROM (\w+) AS (\w+) , #set\s+WHERE (.*)$`)
)

// changesText is a changing statement over a set of keys in which every row is
// looked up by its key. Left to choose, the planner turns the join around when it
// believes a table to be small, as it does of one that is just being filled: it
// then goes through the whole set once for each row. OFFSET 0 fences the look-up,
// and a row that was found is reached by its place (ctid).
func changesText(st *relational.Statement) string {
	set := setText(st, false)
	text := st.Each(dialect, "#set")
	switch {
	case deleteForm.MatchString(text):
		m := deleteForm.FindStringSubmatch(text)
		return fmt.Sprintf("DELETE FROM %[1]s AS %[2]s WHERE %[2]s.ctid = ANY (ARRAY(SELECT hit.ctid FROM %[4]s, LATERAL (SELECT %[2]s.ctid FROM %[1]s AS %[2]s WHERE %[3]s OFFSET 0) AS hit))",
			m[1], m[2], m[3], set)
	case updateForm.MatchString(text):
		m := updateForm.FindStringSubmatch(text)
		return fmt.Sprintf("UPDATE %[1]s AS %[2]s SET %[3]s FROM (SELECT k.*, hit.ctid AS at FROM %[5]s, LATERAL (SELECT %[2]s.ctid FROM %[1]s AS %[2]s WHERE %[4]s OFFSET 0) AS hit OFFSET 0) AS k WHERE %[2]s.ctid = k.at",
			m[1], m[2], m[3], m[4], set)
	case selectForm.MatchString(text):
		m := selectForm.FindStringSubmatch(text)
		return fmt.Sprintf("%[1]s FROM %[5]s, LATERAL (SELECT %[3]s.* FROM %[2]s AS %[3]s WHERE %[4]s OFFSET 0) AS %[3]s",
			m[1], m[2], m[3], m[4], set)
	}
	return st.Each(dialect, set)
}
