package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/karna-registry/karna/internal/testkit/proc"
	"github.com/karna-registry/karna/model"
)

// connectionCounts are over how many connections the questions are asked.
var connectionCounts = []int{1, 4, 16}

// Of how many different records and pages they are asked at most.
const (
	mostDifferent = 20_000
	mostPages     = 400
	prefixPages   = 5
)

// text is a question in a system's own words, and what every answer has. The
// query takes a variable $v.
type text struct{ query, has string }

// words are the questions in a system's own words: of the four, by id is
// asked twice, of what has personal values and of what has none.
type words struct {
	first                                       string // anything that is soon answered
	role, person, number, organisations, prefix text
}

var ours = words{
	first:  firstQuestion,
	role:   text{strings.ReplaceAll(roleByID.query, "$id", "$v"), roleByID.has},
	person: text{strings.ReplaceAll(personByID.query, "$id", "$v"), personByID.has},
	number: text{`query($v: String!) { personByIdentifier(scheme: "personnummer", value: $v) { id givenName familyName
		roles(first: 20) { nodes { title organisation { name { text } parent { target { name { text } } } } } } } }`, `"title"`},
	organisations: text{`query($v: String) { list: organisations(first: 50, after: $v) { nodes { name { text }
		roles(first: 20) { nodes { title holder { givenName familyName } } } } pageInfo { hasNextPage endCursor } } }`, `"familyName"`},
	prefix: text{`query($v: String!, $after: String) { list: persons(search: $v, first: 20, after: $after) {
		nodes { id givenName familyName } pageInfo { hasNextPage endCursor } } }`, `"endCursor"`},
}

// values are what the variables of the questions are, of records from all over
// the delivery.
type values struct{ roles, persons, numbers, beginnings []string }

// askings makes the questions' requests. Pages are found by asking for them.
func (w *words) askings(ctx context.Context, url string, v values) ([]asking, error) {
	a := newAsker(url)
	pages, err := w.pages(ctx, a)
	if err != nil {
		return nil, err
	}
	found, err := w.prefixPages(ctx, a, v.beginnings)
	if err != nil {
		return nil, err
	}
	return []asking{
		{name: "a role by id", goal: 45, requests: w.role.requests(v.roles), has: []byte(w.role.has)},
		{name: "a person by id", goal: 45, requests: w.person.requests(v.persons), has: []byte(w.person.has)},
		{name: "a personal number, roles, organisations, parents", goal: 80, requests: w.number.requests(v.numbers), has: []byte(w.number.has)},
		{name: "50 organisations, 20 roles, holders' names", goal: 6_000, requests: pages, has: []byte(w.organisations.has)},
		{name: "20 persons by the beginning of a name", goal: 240, requests: found, has: []byte(w.prefix.has)},
	}, nil
}

func (t *text) request(variables map[string]any) []byte {
	body, err := json.Marshal(map[string]any{"query": t.query, "variables": variables})
	if err != nil {
		panic(err) // of strings alone
	}
	return leanRequest(body)
}

func (t *text) requests(values []string) (all [][]byte) {
	for _, v := range values {
		all = append(all, t.request(map[string]any{"v": v}))
	}
	return all
}

// listed is the part of an answer that says where its page lies.
type listed struct {
	List struct {
		Nodes    []json.RawMessage
		PageInfo struct {
			EndCursor   any
			HasNextPage bool
		}
	}
}

// pages are the requests for every page of organisations that is full.
func (w *words) pages(ctx context.Context, a *asker) (all [][]byte, err error) {
	var after any
	for len(all) < mostPages {
		at := map[string]any{"v": after}
		var d listed
		if err := a.ask(ctx, w.organisations.query, at, &d); err != nil {
			return nil, err
		}
		if len(d.List.Nodes) < 50 && len(all) > 0 {
			break
		}
		all = append(all, w.organisations.request(at))
		if !d.List.PageInfo.HasNextPage {
			break
		}
		after = d.List.PageInfo.EndCursor
	}
	return all, nil
}

// prefixPages are the requests for the first pages of each beginning that has any.
func (w *words) prefixPages(ctx context.Context, a *asker, beginnings []string) (all [][]byte, err error) {
	for _, b := range beginnings {
		var after any
		for range prefixPages {
			at := map[string]any{"v": b, "after": after}
			var d listed
			if err := a.ask(ctx, w.prefix.query, at, &d); err != nil {
				return nil, err
			}
			if len(d.List.Nodes) < 20 {
				break
			}
			all = append(all, w.prefix.request(at))
			if !d.List.PageInfo.HasNextPage {
				break
			}
			after = d.List.PageInfo.EndCursor
		}
	}
	if len(all) == 0 {
		return nil, errors.New("no beginning of a name has a page of persons")
	}
	return all, nil
}

// fromDelivery are personal numbers, with the numbers of their rows, and the
// beginnings of family names, two letters each.
func (b *bench) fromDelivery() (numbers []string, rows []int, beginnings []string, err error) {
	path, err := b.synthFile(false)
	if err != nil {
		return nil, nil, nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("open the delivery: %w", err)
	}
	defer f.Close()
	every := max(b.records/2/mostDifferent, 1)
	seen := map[string]bool{}
	lines, person := bufio.NewScanner(f), 0
	for lines.Scan() {
		line := lines.Text()
		if !strings.HasPrefix(line, "P;") {
			continue
		}
		if person++; (person-1)%every != 0 {
			continue
		}
		cells := strings.Split(line, ";")
		numbers, rows = append(numbers, cells[2]), append(rows, person)
		if two := strings.ToLower(string([]rune(cells[4])[:2])); !seen[two] {
			seen[two] = true
			beginnings = append(beginnings, two)
		}
	}
	return numbers, rows, beginnings, lines.Err()
}

// values are what is asked for in a site.
func (s *site) values(ctx context.Context) (v values, err error) {
	if v.numbers, _, v.beginnings, err = s.bench.fromDelivery(); err != nil {
		return v, err
	}
	for kind, ids := range map[model.Kind]*[]string{model.Role: &v.roles, model.Person: &v.persons} {
		if err := s.bench.child(ctx, "ids", idsSpec{s.dir, kind, mostDifferent}, ids); err != nil {
			return v, err
		}
	}
	return v, nil
}

// questions are what the questions cost of records from all over the
// store: answered without the audit over one, four and sixteen connections, and by
// karna serve, which tells what it shows of persons before it answers.
func questions(ctx context.Context, b *bench) (all []result, err error) {
	s, err := b.loaded(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := s.settle(ctx); err != nil {
		return nil, err
	}
	v, err := s.values(ctx)
	if err != nil {
		return nil, err
	}
	yard, err := b.rowsByKey(ctx)
	if err != nil {
		return nil, err
	}
	untold, err := s.serveUntold(ctx)
	if err != nil {
		return nil, err
	}
	askings, err := ours.askings(ctx, untold.url, v)
	if err == nil {
		all, err = b.ask(ctx, untold, askings, "", connectionCounts...)
	}
	if err := errors.Join(err, untold.stop(nil)); err != nil {
		return nil, err
	}
	plain, err := s.underLoad(ctx, askings[:1], "by karna serve, ")
	if err != nil {
		return nil, err
	}
	told, err := s.underLoad(ctx, askings[1:], "told to the audit, ", "restricted:read", "identifier:lookup")
	return slices.Concat(yard, all, plain, told), err
}

// underLoad asks karna serve itself, and measures its memory before and after.
func (s *site) underLoad(ctx context.Context, askings []asking, how string, scopes ...string) (all []result, err error) {
	v, err := s.serve(ctx, scopes...)
	if err != nil {
		return nil, err
	}
	resting, err := proc.Resident(v.cmd.Process.Pid)
	if err == nil {
		all, err = s.bench.ask(ctx, v, askings, how, 16)
	}
	var whole usage
	if err := errors.Join(err, v.stop(&whole)); err != nil {
		return nil, err
	}
	for i := range all {
		if len(scopes) > 0 {
			all[i].Goals = nil // they are of the question alone
		}
		all[i].PeakBytes = whole.peak
		all[i].atMostPeak(150e6)
	}
	rest := result{Name: "memory when it has answered once", Unit: "start", Count: 1, PeakBytes: resting, Millis: float64(v.first.Microseconds()) / 1000}
	rest.atMostPeak(60e6)
	return append(all, rest), nil
}

// ask measures each question over each number of connections.
func (b *bench) ask(ctx context.Context, v *server, askings []asking, how string, connections ...int) (all []result, err error) {
	for i := range askings {
		a := &askings[i]
		for _, n := range connections {
			r, err := b.askFor(ctx, v, a, n)
			if err != nil {
				return nil, fmt.Errorf("%s, %d connections: %w", a.name, n, err)
			}
			r.Name = fmt.Sprintf("%s, %s%d connection", a.name, how, n)
			if n > 1 {
				r.Name += "s"
			}
			all = append(all, r)
		}
	}
	return all, nil
}

func (b *bench) askFor(ctx context.Context, v *server, a *asking, connections int) (r result, err error) {
	if _, err := a.during(ctx, v.url, connections, b.asking/3); err != nil {
		return r, err
	}
	before, databaseBefore, err := v.cpu(b.engine)
	if err != nil {
		return r, err
	}
	started := time.Now()
	n, err := a.during(ctx, v.url, connections, b.asking)
	if err != nil {
		return r, err
	}
	u := usage{wall: time.Since(started)}
	after, databaseAfter, err := v.cpu(b.engine)
	if err != nil {
		return r, err
	}
	u.program, u.database = after-before, databaseAfter-databaseBefore
	r = newResult("", "request", n, u)
	r.atMostMicros(a.goal)
	if connections == 16 && b.selects > 0 && strings.HasSuffix(a.name, "by id") {
		r.beside("pgbench -S, requests/s", r.PerSecond, b.selects)
		r.aim(r.Ratio >= 0.33, "≥ 0.33 × pgbench")
	}
	return r, nil
}

// rowsByKey is how many rows by key PostgreSQL's own program gets a second over
// 16 connections, where a server is named.
func (b *bench) rowsByKey(ctx context.Context) (found []result, err error) {
	if b.dsn == "" || b.selects > 0 {
		return nil, nil
	}
	p, err := newPostgres(ctx, b.dsn)
	if err != nil {
		return nil, err
	}
	const name = "select-only"
	dsn, err := p.make(ctx, name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.unmake(context.WithoutCancel(ctx), name)) }()
	r, err := p.selectOnly(ctx, dsn, b, 16)
	b.selects = r.PerSecond
	return []result{r}, err
}
