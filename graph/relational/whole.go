package relational

import (
	"regexp"
	"sync"
)

// Reasons why a statement may go through all that a tenant has in a table.
const (
	// OneRow: the tables of tenants and of the audit's end have a row a tenant.
	OneRow = "a tenant has one row there"
	// FewRows: what is configured or declared, and not delivered.
	FewRows = "its sources, their parts, its matched kinds and who may log in are few"
	// AnyRow: the first entry of the index is the answer.
	AnyRow = "it asks whether there is any, and the first row answers"
	// PageInOrder: the index has the order, and reading ends with the page.
	PageInOrder = "it reads a page in the order of the index"
	// PastOfAllKinds: what one kind was is picked from the past of all kinds, which is
	// as large as what has changed, and reading ends with the page.
	PastOfAllKinds = "it reads a page in the order of the index, and passes over other kinds"
	// CountsAll: a count of all that there is.
	CountsAll = "it counts all that the tenant has"
	// ErasesEverywhere: an erasure takes what it is about out of every table, once.
	ErasesEverywhere = "an erasure goes over every table once"
	// ReadsEverything: a search for traces of what was erased reads every document.
	ReadsEverything = "a search for traces reads every document"
	// Rebuilds: what is derived is made anew, or an index of a kind is.
	Rebuilds = "a rebuild goes over all that is derived"
)

var wholes = sync.OnceValue(func() (all []wholeReason) {
	for _, w := range [...]struct{ reason, text string }{
		{OneRow, `^SELECT (revision, loading, hash_key|tenant|code) FROM tenant\b|^UPDATE tenant |^(SELECT number, link, seal FROM|UPDATE) audit_head `},
		{FewRows, `^SELECT (source, name FROM source|part, source, name FROM part|m\.kind, m\.definition, m\.records FROM matching|c\..* FROM credential AS c\s+WHERE c\.tenant = \$1 AND c\.kind)`},
		{AnyRow, `^SELECT 1 FROM decision AS d WHERE d\.tenant = \$1 LIMIT 1$|\banyErased\b|\banyMatching\b`},
		{PageInOrder, `FROM delivery AS d\s+WHERE d\.tenant = \$1 ORDER BY d\.started DESC, d\.id DESC LIMIT`},
		{PastOfAllKinds, `FROM golden_past AS g\s+WHERE .* g\.kind = \$2 .*ORDER BY g\.id( DESC)? LIMIT`},
		{CountsAll, `^SELECT count\(\*\) FROM head AS h WHERE h\.tenant = \$1 AND h\.live = 1$|^SELECT (h\.source, h\.kind|g\.kind|f\.source), count\(\*\)|^SELECT CAST\(coalesce\(sum\(m\.n\)|^SELECT\s+\(SELECT count\(\*\) FROM (sealed|conflict) `},
		{ErasesEverywhere, `\berasing\b`},
		{ReadsEverything, `^SELECT [vgs]\..* FROM (record_version AS v|golden AS g|golden_past AS g|sealed AS s) WHERE [vgs]\.tenant = \$1$`},
		{Rebuilds, `^(DELETE FROM|UPDATE) \w+ (SET state = state \+ 4 )?WHERE tenant = \$1( AND (kind = \$2|state < 4))?$|FROM golden AS g\s+WHERE g\.tenant = \$1 AND g\.revision = \$2|^(DELETE FROM golden|UPDATE golden|DELETE FROM golden_past) AS [gp] .*= \$2`},
	} {
		all = append(all, wholeReason{w.reason, regexp.MustCompile(`(?s)` + w.text)})
	}
	return all
})

type wholeReason struct {
	reason string
	text   *regexp.Regexp
}

// Whole says why the statement may go through all that a tenant has in a table;
// "" is for one that must find its rows by more of an index than the tenant. It
// is for tests of plans.
func (s *Statement) Whole() string {
	for _, w := range wholes() {
		if w.text.MatchString(s.text) {
			return w.reason
		}
	}
	return ""
}
