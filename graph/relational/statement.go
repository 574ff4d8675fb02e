package relational

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Statement is one SQL statement, written for one key. $1, $2 … are its
// arguments and @name is a column of its keys. A SELECT is expanded by the
// engine as it stands. A statement that changes rows has a marker where an
// engine that runs it over a set of keys at once must name that set:
//
//	UPDATE t AS x SET c = @c {from} WHERE x.id = @id
//	DELETE FROM t AS x {using} WHERE x.id = @id
//	INSERT INTO t SELECT @id, y.c FROM u AS y {keys} WHERE y.id = @id
//	INSERT INTO t {values @id, @c} ON CONFLICT …
//
// {lock} marks the end of a SELECT that locks its row. {hint condition} is a
// condition that every row meets, for engines whose indexes can be told apart by
// such. A plus before a column keeps an engine from an index on it, and {fence}
// at the end of a subquery from making a join of it.
type Statement struct {
	// Number is the statement's place among Statements, for an engine's caches.
	Number int
	Keys   []Column
	// Unique says that a unique index has at most one row for a key, so that the
	// look-up of one key is over before it could be called off.
	Unique bool
	// Told says that each row tells which key it answers: the statement is Unique, its
	// one key is an ID, and that is the first column. Its keys come in order, each
	// once; its rows may come in any order.
	Told bool
	// Exact says that the statement changes one row for each key, and that a key
	// without a row is an error.
	Exact bool
	// Aside says that how many rows the statement writes does not tell of a load of
	// data, which an engine may make room for.
	Aside bool
	text  string
	args  int
}

var (
	statements    []*Statement
	keyPattern    = regexp.MustCompile(`@([a-z_]+)`)
	valuesPattern = regexp.MustCompile(`\{values [^}]*\}`)
	hintPattern   = regexp.MustCompile(`\{hint ([^}]*)\}`)
	argPattern    = regexp.MustCompile(`\$(\d+)`)
)

// Statements lists every statement, for engines' caches and for tests of plans.
func Statements() []*Statement { return statements }

func statement(text string, keys ...Column) *Statement {
	s := &Statement{Number: len(statements), Keys: keys, text: strings.TrimSpace(text)}
	for rest := text; ; { // by hand: every start of the program comes by here
		_, after, found := strings.Cut(rest, "$")
		if !found {
			break
		}
		rest = strings.TrimLeft(after, "0123456789")
		n, _ := strconv.Atoi(after[:len(after)-len(rest)])
		s.args = max(s.args, n)
	}
	statements = append(statements, s)
	return s
}

func unique(s byParts) byParts {
	for _, st := range s {
		st.Unique, st.Told = true, true
	}
	return s
}

func exactly(s *Statement) *Statement {
	s.Exact = true
	return s
}

// CheckExact is the error of an Exact statement that changed other than one row
// for each of n keys.
func (s *Statement) CheckExact(n int, changed int64) error {
	if !s.Exact || changed == int64(n) {
		return nil
	}
	return fmt.Errorf("%d rows were to be changed and %d were there: %s", n, changed, s)
}

// String is the statement as it is written here.
func (s *Statement) String() string { return s.text }

// IsQuery tells whether the statement returns rows.
func (s *Statement) IsQuery() bool { return strings.HasPrefix(s.text, "SELECT") }

// Args counts the arguments, keys not included.
func (s *Statement) Args() int { return s.args }

// Dialect is how an engine writes statements.
type Dialect struct {
	Prefix string // before a parameter's number
	Lock   string // the end of a SELECT that locks its row
	Hints  bool   // whether hints are of use
	Fence  string // the end of a subquery that is to be run as it stands
	Fail   string // after INSERT: a failure need not undo what the statement has done, for the transaction is given up
}

// Single is the statement for one key: keys follow the arguments.
func (s *Statement) Single(d Dialect) string {
	text := s.expand(d, "", func(column int) string { return "$" + strconv.Itoa(s.args+column+1) })
	return argPattern.ReplaceAllString(text, strings.ReplaceAll(d.Prefix, "$", "$$")+"$1")
}

// Each is the statement over a set of keys: set is a table expression named k
// with the keys' columns. A SELECT is returned as it is to be run beside the
// set, with its keys as columns of k.
func (s *Statement) Each(d Dialect, set string) string {
	return s.expand(d, set, func(column int) string { return "k." + s.Keys[column].Name })
}

// Keyed is the statement with an expression in the place of its one key.
func (s *Statement) Keyed(d Dialect, key string) string {
	return s.expand(d, "", func(int) string { return key })
}

func (s *Statement) expand(d Dialect, set string, key func(column int) string) string {
	from, using, beside := "", "", ""
	if set != "" {
		from, using, beside = "FROM "+set, "USING "+set, ", "+set
	}
	text := valuesPattern.ReplaceAllStringFunc(s.text, func(values string) string {
		list := strings.TrimSuffix(strings.TrimPrefix(values, "{values "), "}")
		if set == "" {
			return "VALUES (" + list + ")"
		}
		return "SELECT " + list + " FROM " + set + " WHERE true"
	})
	hint := ""
	if d.Hints {
		hint = "AND $1"
	}
	text = hintPattern.ReplaceAllString(text, hint)
	text = strings.NewReplacer("{from}", from, "{using}", using, "{keys}", beside, "{lock}", d.Lock, "{fence}", d.Fence, "{fail}", d.Fail).Replace(text)
	return keyPattern.ReplaceAllStringFunc(text, func(name string) string {
		for i, k := range s.Keys {
			if k.Name == name[1:] {
				return key(i)
			}
		}
		panic(fmt.Sprintf("relational: statement %q has no key %s", s.text, name))
	})
}
