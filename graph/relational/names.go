package relational

import (
	"context"
	"fmt"

	"github.com/karna-registry/karna/model"
)

// names are a tenant's sources and their parts as small numbers, given from 1
// and never taken back. A value of it is never changed once others can see it:
// a transaction that meets a new name reads its own and leaves it to the store
// when it commits.
type names struct {
	sources   map[model.Source]int64
	sourceOf  map[int64]model.Source
	parts     map[part]int64
	partOf    map[int64]part
	ownedByTx bool
}

type part struct {
	source int64
	name   string
}

var (
	selectSources = statement(`SELECT source, name FROM source WHERE tenant = $1`)
	selectParts   = statement(`SELECT part, source, name FROM part WHERE tenant = $1`)
	insertSource  = statement(`INSERT INTO source (tenant, source, name) VALUES ($1, $2, $3)`)
	insertPart    = statement(`INSERT INTO part (tenant, part, source, name) VALUES ($1, $2, $3, $4)`)
)

func loadNames(ctx context.Context, s Session, tenant int64) (*names, error) {
	n := &names{sources: map[model.Source]int64{}, sourceOf: map[int64]model.Source{}, parts: map[part]int64{}, partOf: map[int64]part{}}
	args := func(w Writer) { w.Int(tenant) }
	_, err := all(ctx, s, selectSources, args, func(r Rows) struct{} {
		n.addSource(r.Int(0), model.Source(r.Text(1)))
		return struct{}{}
	})
	if err != nil {
		return nil, fmt.Errorf("reading the sources' numbers: %w", err)
	}
	_, err = all(ctx, s, selectParts, args, func(r Rows) struct{} {
		n.addPart(r.Int(0), part{r.Int(1), r.Text(2)})
		return struct{}{}
	})
	if err != nil {
		return nil, fmt.Errorf("reading the parts' numbers: %w", err)
	}
	return n, nil
}

func (n *names) addSource(number int64, s model.Source) {
	n.sources[s], n.sourceOf[number] = number, s
}

func (n *names) addPart(number int64, p part) {
	n.parts[p], n.partOf[number] = number, p
}

// intern gives a source and a part their numbers, storing them if they are new.
// The tenant's lock is held, so nobody else gives numbers.
func (t *tx) intern(ctx context.Context, source model.Source, name string) (sourceNumber, partNumber int64, err error) {
	if n, p, ok := t.names.find(source, name); ok {
		return n, p, nil
	}
	// Another process may have numbered it since these were read.
	if t.names, err = loadNames(ctx, t.session, t.store.number); err != nil {
		return 0, 0, err
	}
	t.names.ownedByTx = true
	if n, p, ok := t.names.find(source, name); ok {
		return n, p, nil
	}
	n, ok := t.names.sources[source]
	if !ok {
		if n, err = t.internSource(ctx, source); err != nil {
			return 0, 0, err
		}
	}
	p := part{n, name}
	number := int64(len(t.names.parts)) + 1
	err = t.session.Exec(ctx, insertPart, func(w Writer) {
		w.Int(t.store.number)
		w.Int(number)
		w.Int(n)
		w.Text(name)
	})
	if err != nil {
		return 0, 0, fmt.Errorf("numbering part %q of source %q: %w", name, source, err)
	}
	t.names.addPart(number, p)
	return n, number, nil
}

func (t *tx) internSource(ctx context.Context, source model.Source) (int64, error) {
	number := int64(len(t.names.sources)) + 1
	err := t.session.Exec(ctx, insertSource, func(w Writer) {
		w.Int(t.store.number)
		w.Int(number)
		w.Text(string(source))
	})
	if err != nil {
		return 0, fmt.Errorf("numbering source %q: %w", source, err)
	}
	t.names.addSource(number, source)
	return number, nil
}

func (n *names) find(source model.Source, name string) (sourceNumber, partNumber int64, ok bool) {
	sourceNumber, ok = n.sources[source]
	if !ok {
		return 0, 0, false
	}
	partNumber, ok = n.parts[part{sourceNumber, name}]
	return sourceNumber, partNumber, ok
}
