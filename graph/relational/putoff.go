package relational

import (
	"context"
	"fmt"
	"io/fs"
	"regexp"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// PutOff names the indexes that a first load writes and does not read, which an
// engine may take away before it and build after it in one go: the ways to live
// golden records in order and by their terms, and what items are known, which nothing is in a first load that was not cut off.
var PutOff = []string{"head_item", "term_key", "golden_kind", "golden_sort"}

// IndexDefinition is the statement that creates an index, as the last of the
// migrations that does so has it.
func IndexDefinition(migrations fs.FS, index string) (string, error) {
	files, err := fs.Glob(migrations, "*.sql")
	if err != nil {
		return "", err
	}
	create := regexp.MustCompile(`(?s)CREATE INDEX ` + regexp.QuoteMeta(index) + ` ON [^;]*`)
	definition := ""
	for _, f := range files { // in the order of their numbers
		text, err := fs.ReadFile(migrations, f)
		if err != nil {
			return "", err
		}
		if d := create.Find(text); d != nil {
			definition = string(d)
		}
	}
	if definition == "" {
		return "", fmt.Errorf("no migration creates index %s", index)
	}
	return definition, nil
}

var (
	putTermGone = statement(`INSERT INTO term_gone AS g (tenant, space, key, id, rows) {values $1, @space, @key, @id, 1}
		ON CONFLICT (tenant, space, key, id) DO UPDATE SET rows = g.rows + 1`, termKey...)
	termsGone = statement(`SELECT g.space, g.key, g.id, g.rows FROM term_gone AS g
		WHERE g.tenant = $1 AND (g.space, g.key, g.id) > ($2, $3, $4) ORDER BY g.space, g.key, g.id LIMIT $5`)
	countTerm = statement(`SELECT count(*) FROM term AS t
		WHERE t.tenant = $1 AND t.space = @space AND t.key = @key AND t.id = @id`, termKey...)
	forgetTermsGone = statement(`DELETE FROM term_gone WHERE tenant = $1`)

	termKey = []Column{{"space", SmallInt}, {"key", Bytes}, {"id", ID}}
)

func writeTermKey(w Writer, t graph.Term) {
	w.Int(spaceNumber(t.Space))
	w.Bytes(bytesOf(t.Key))
	w.ID(t.ID)
}

// goneTerm is a term that a first load has taken away so many times.
type goneTerm struct {
	graph.Term
	rows int64
}

// takeTermsAway takes away what a first load has only counted, now that terms
// can be found: a term stays if it was put more often than it was taken away.
func (t *tx) takeTermsAway(ctx context.Context) error {
	after := graph.Term{Space: 1 << 15} // whose number is the smallest
	for {
		gone, err := all(ctx, t.session, termsGone, func(w Writer) {
			w.Int(t.store.number)
			writeTermKey(w, after)
			w.Int(pageSize)
		}, func(r Rows) goneTerm {
			return goneTerm{graph.Term{Space: graph.Space(r.Int(0)), Key: string(r.Bytes(1)), ID: model.EntityID(r.ID(2))}, r.Int(3)}
		})
		if err != nil {
			return fmt.Errorf("reading what a first load took away: %w", err)
		}
		if len(gone) == 0 {
			break
		}
		after = gone[len(gone)-1].Term
		if err := t.takeAway(ctx, gone); err != nil {
			return fmt.Errorf("taking %d terms away: %w", len(gone), err)
		}
	}
	return t.session.Exec(ctx, forgetTermsGone, t.tenantArg)
}

func (t *tx) takeAway(ctx context.Context, gone []goneTerm) error {
	key := func(i int, w Writer) { writeTermKey(w, gone[i].Term) }
	put := make([]int64, len(gone))
	if err := lookup(ctx, t.session, countTerm, t.tenantArg, len(gone), key, func(r Rows) { put[r.Key()] = r.Int(0) }); err != nil {
		return err
	}
	if err := each(ctx, t.session, deleteTerm, t.tenantArg, len(gone), key); err != nil {
		return err
	}
	var left []graph.Term
	for i, g := range gone {
		if put[i] > g.rows {
			left = append(left, g.Term)
		}
	}
	return t.insertTerms(ctx, t.session, left)
}
