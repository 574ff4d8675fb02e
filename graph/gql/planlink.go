package gql

import (
	"strconv"

	"github.com/99designs/gqlgen/graphql"

	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
)

// shape is what is selected of golden records, by kind; nil for a kind that
// there cannot be.
type shape struct {
	kinds [model.Concept + 1]*golden
}

// golden is what is selected of golden records of one kind.
type golden struct {
	object   object[*record]
	branches []branchPlan
}

// links counts the branches that follow links of the record's own.
func (g *golden) links() (n int) {
	for i := range g.branches {
		if g.branches[i].forward() {
			n++
		}
	}
	return n
}

// branchPlan is a field that leads to other records, or to the reference data of
// codes.
type branchPlan struct {
	step
	role                       operand // narrows
	first, after, last, before operand // of a page
	// A link has one view of its target for each time that it is selected, and a
	// page one for each list of its records: each has its own selection.
	views []*shape
	shows pageParts // of a page
	// statements, when not nil, are asked for and nothing else.
	statements *statementPlan
}

// forward tells whether the branch follows links of the record's own.
func (b *branchPlan) forward() bool { return !b.back && !b.code && b.statements == nil }

// record is a golden record in an answer.
type record struct {
	node
	x     *running
	shape *golden
	below []branchAnswer // parallel to the shape's branches
}

func (n *record) append(b []byte) []byte { return n.shape.object.append(b, n) }

// branchAnswer is what a branch of a record came to.
type branchAnswer struct {
	links []link      // of a property
	to    []*target   // parallel to links, nil for one that leads nowhere
	rows  [][]*record // by view, parallel to links, nil where there is nothing for the caller
	page  *pageAnswer // of what refers to the record

	statements []Statement
}

// target is a record that links lead to.
type target struct {
	entity *access.Entity // nil when there is none for the caller
	// row is the record as the latest view has it, so that it is there once.
	row  *record
	view *shape
	q    *query
}

// visit are records of one shape whose links are to be read.
type visit struct {
	shape   *golden
	q       *query
	records []*record
}

// pageShape is what is selected of a page: its records, each time.
type pageShape struct {
	views   []*shape
	counted bool // its total is selected
	shows   pageParts
}

// pageParts are what is selected of a page beside its records.
type pageParts struct{ next, previous, cursors bool }

// leave is what need not be found out of a page.
func (p pageParts) leave(backward bool) (out access.Leave) {
	ahead, behind := p.next, p.previous
	if backward {
		ahead, behind = behind, ahead
	}
	if !ahead {
		out |= access.LeaveAhead
	}
	if !behind {
		out |= access.LeaveBehind
	}
	if !p.cursors {
		out |= access.LeaveCursors
	}
	return out
}

// add notes a field of PageInfo.
func (p *pageParts) add(field string) {
	p.next = p.next || field == "hasNextPage"
	p.previous = p.previous || field == "hasPreviousPage"
	p.cursors = p.cursors || field == "startCursor" || field == "endCursor"
}

// pageAnswer is a page in an answer.
type pageAnswer struct {
	q       *query
	size    int      // of records
	cursors []string // unless they are left
	info    PageInfo
	total   *int              // of a list; nil when it is not told
	links   []access.Referrer // of a page of what refers to a record
	rows    [][]*record       // by view
}

// edgeOf is a row of a page.
type edgeOf struct {
	page *pageAnswer
	i    int
}

// linkOf is a link of a record.
type linkOf struct {
	*link
	answer *branchAnswer
	i      int
}

// connection compiles a page; that of a list may tell its total.
func (c *compiler) connection(f graphql.CollectedField, list bool) (*pageShape, object[*pageAnswer], bool) {
	p := &pageShape{}
	// view is the place of another list of the page's records.
	view := func(f graphql.CollectedField) (int, bool) {
		s, ok := c.shape(f.Definition.Type, f.Selections)
		p.views = append(p.views, s)
		return len(p.views) - 1, ok
	}
	object, ok := compileObject(c, f.Selections, []string{f.Definition.Type.Name()}, func(f graphql.CollectedField) appender[*pageAnswer] {
		if len(f.Arguments) > 0 {
			return nil
		}
		switch f.Name {
		case "nodes":
			at, ok := view(f)
			if !ok {
				return nil
			}
			size := c.size(f)
			return func(b []byte, p *pageAnswer) []byte {
				p.q.spend(len(p.rows[at]), size)
				b = append(b, '[')
				for i, n := range p.rows[at] {
					if i > 0 {
						b = append(b, ',')
					}
					b = n.append(b)
				}
				return append(b, ']')
			}
		case "edges":
			edge, ok := compileObject(c, f.Selections, []string{f.Definition.Type.Name()}, func(f graphql.CollectedField) appender[edgeOf] {
				if f.Name == "node" {
					at, ok := view(f)
					if !ok {
						return nil
					}
					return func(b []byte, e edgeOf) []byte { return e.page.rows[at][e.i].append(b) }
				}
				p.shows.cursors = p.shows.cursors || f.Name == "cursor"
				return c.edge(f)
			})
			if !ok {
				return nil
			}
			size := c.size(f)
			return func(b []byte, p *pageAnswer) []byte {
				p.q.spend(p.size, size)
				return edge.list(b, p.size, func(i int) edgeOf { return edgeOf{p, i} })
			}
		case "pageInfo":
			info, ok := compileObject(c, f.Selections, pageInfoImplementors, func(f graphql.CollectedField) appender[*PageInfo] {
				p.shows.add(f.Name)
				return plain(f, pageInfoFields)
			})
			if !ok {
				return nil
			}
			return func(b []byte, p *pageAnswer) []byte { return info.append(b, &p.info) }
		case "totalCount":
			if !list {
				return nil
			}
			p.counted = true
			return func(b []byte, p *pageAnswer) []byte {
				if p.total == nil {
					return append(b, "null"...)
				}
				return strconv.AppendInt(b, int64(*p.total), 10)
			}
		}
		return nil
	})
	return p, object, ok
}

// edge compiles what a row says beside its record.
func (c *compiler) edge(f graphql.CollectedField) appender[edgeOf] {
	switch {
	case len(f.Arguments) > 0:
	case f.Name == "cursor":
		return func(b []byte, e edgeOf) []byte { return appendQuoted(b, e.page.cursors[e.i]) }
	case f.Name == "role":
		return func(b []byte, e edgeOf) []byte { return appendOptional(b, Optional(e.page.links[e.i].Role)) }
	case f.Name == "period":
		if o, ok := selection(c, f, periodImplementors, periodFields); ok {
			return func(b []byte, e edgeOf) []byte {
				p := Period(e.page.links[e.i].Period)
				return o.append(b, &p)
			}
		}
	}
	return nil
}

var pageInfoFields = map[string]appender[*PageInfo]{
	"hasNextPage":     func(b []byte, p *PageInfo) []byte { return strconv.AppendBool(b, p.HasNextPage) },
	"hasPreviousPage": func(b []byte, p *PageInfo) []byte { return strconv.AppendBool(b, p.HasPreviousPage) },
	"startCursor":     func(b []byte, p *PageInfo) []byte { return appendOptional(b, p.StartCursor) },
	"endCursor":       func(b []byte, p *PageInfo) []byte { return appendOptional(b, p.EndCursor) },
}

// follow compiles a field that leads to other records, and adds it to g.
func (c *compiler) follow(g *golden, s step, f graphql.CollectedField) appender[*record] {
	at := len(g.branches)
	branch := branchPlan{step: s}
	g.branches = append(g.branches, branch)
	known := map[string]*operand{}
	switch {
	case s.back:
		known["first"], known["after"] = &branch.first, &branch.after
		known["last"], known["before"] = &branch.last, &branch.before
		if s.role != "" {
			known[s.role] = &branch.role
		}
	case s.many:
		// A link property is narrowed by its one argument, whatever that is called.
		for _, d := range f.Definition.Arguments {
			known[d.Name] = &branch.role
		}
	}
	if !c.arguments(f, known) || len(known) > 1 && !s.back {
		return nil
	}
	write := c.followed(&branch, f, at)
	g.branches[at] = branch
	return write
}

func (c *compiler) followed(branch *branchPlan, f graphql.CollectedField, at int) appender[*record] {
	switch {
	case branch.back:
		page, object, ok := c.connection(f, false)
		if !ok {
			return nil
		}
		branch.views, branch.shows = page.views, page.shows
		return func(b []byte, n *record) []byte { return object.append(b, n.below[at].page) }
	case branch.many:
		link, ok := compileObject(c, f.Selections, []string{f.Definition.Type.Name()}, func(f graphql.CollectedField) appender[linkOf] {
			return c.link(branch, f)
		})
		if !ok {
			return nil
		}
		size := c.size(f)
		return func(b []byte, n *record) []byte {
			a := &n.below[at]
			n.q.spend(len(a.links), size)
			return link.list(b, len(a.links), func(i int) linkOf { return linkOf{&a.links[i], a, i} })
		}
	}
	s, ok := c.shape(f.Definition.Type, f.Selections)
	if !ok {
		return nil
	}
	branch.views = []*shape{s}
	return func(b []byte, n *record) []byte {
		if rows := n.below[at].rows[0]; len(rows) > 0 && rows[0] != nil {
			return rows[0].append(b)
		}
		return append(b, "null"...)
	}
}

// link compiles a field of a link.
func (c *compiler) link(branch *branchPlan, f graphql.CollectedField) appender[linkOf] {
	switch {
	case len(f.Arguments) > 0:
	case f.Name == "role":
		return func(b []byte, l linkOf) []byte { return appendOptional(b, l.Role()) }
	case f.Name == "note":
		return func(b []byte, l linkOf) []byte { return appendOptional(b, l.Note()) }
	case f.Name == "period":
		if o, ok := selection(c, f, periodImplementors, periodFields); ok {
			return func(b []byte, l linkOf) []byte {
				p := l.Period()
				return o.append(b, &p)
			}
		}
	case f.Name == "target":
		s, ok := c.shape(f.Definition.Type, f.Selections)
		if !ok {
			return nil
		}
		at := len(branch.views)
		branch.views = append(branch.views, s)
		return func(b []byte, l linkOf) []byte {
			if n := l.answer.rows[at][l.i]; n != nil {
				return n.append(b)
			}
			return append(b, "null"...)
		}
	}
	return nil
}

// labelled adds a code property whose labels are asked for to what is read ahead.
func (g *golden) labelled(p model.PropertyID) {
	g.branches = append(g.branches, branchPlan{step: step{property: p, code: true}})
}
