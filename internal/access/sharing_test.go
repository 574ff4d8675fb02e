package access_test

import (
	"errors"
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/audit"
	"github.com/karna-registry/karna/internal/login"
	"github.com/karna-registry/karna/internal/seal"
	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/model"
)

// boards are the authorities of the tests' sources.
var boards = []string{"kommunstyrelsen", "utbildningsnämnden", "socialnämnden"}

// house gives callers of one board their rights, as a server does: by a token, and
// under the sharing rules that are recorded.
type house struct {
	store   graph.Store
	keys    *seal.Keyring
	log     *audit.Log
	clock   *testkit.Clock
	secrets map[string]string
}

// newHouse gives every watcher of a board a token.
func newHouse(t testing.TB) *house {
	t.Helper()
	keys, err := seal.Generate()
	if err != nil {
		t.Fatal(err)
	}
	h := &house{store: open(t), keys: keys, clock: testkit.NewClock(), secrets: map[string]string{}}
	h.log = audit.New(h.store, keys, h.clock.Now)
	for _, w := range watchers {
		if w.board == "" {
			continue
		}
		l, err := h.logins(nil)
		if err != nil {
			t.Fatal(err)
		}
		grant := login.Grant{Role: w.rights.Role, Scopes: w.rights.Scopes, Purpose: "test", Authorities: []string{w.board}}
		if h.secrets[w.name], _, err = l.CreateToken(t.Context(), "admin", strings.ReplaceAll(w.name, " ", "-"), grant, 10*time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

func (h *house) logins(rules []login.Sharing) (*login.Logins, error) {
	return login.New(login.Options{Store: h.store, Keys: h.keys, Audit: h.log, Sharing: rules, Clock: h.clock.Now})
}

// rights are a watcher's under the rules that a plan draws.
func (h *house) rights(p *plan) access.Rights {
	if p.w.board == "" {
		return p.w.rights
	}
	var rules []login.Sharing
	for _, r := range p.rules {
		rules = append(rules, login.Sharing{
			From: r.from, To: r.to, Purpose: "a joint service", LegalBasis: "OSL 10:27", Until: h.clock.Now().Add(time.Duration(r.days) * 24 * time.Hour),
		})
	}
	l, err := h.logins(rules)
	if err != nil {
		p.t.Fatal(err)
	}
	caller, err := l.Bearer(ctx, h.secrets[p.w.name])
	if err != nil {
		p.t.Fatal(err)
	}
	return caller.Rights
}

// rule is a sharing rule between two boards, with how many days are left of it:
// it holds before its day, so none are too few.
type rule struct {
	from, to string
	days     int
}

// What is drawn of the rules between boards.
type sharing int

const (
	anyRules      sharing = iota // none as well
	rulesThatDo                  // one lets the watcher see another board's values
	rulesThatDont                // there are some, and none does
)

// The sorts of rules.
const (
	holds    = iota // another board shares with the watcher's
	held            // it did, until now or yesterday
	elsewise        // the watcher's board shares with another
	among           // the others share with each other
	sorts
)

// drawRules draws what is recorded between the boards, and says whose sources'
// restricted values the watcher may see by it, said anew from privacy.md 8: its own
// board's, and those of a board that shares with it by a rule that still holds. What
// a board is shown it does not hand on.
func (p *plan) drawRules(of sharing) {
	if p.w.board == "" {
		return
	}
	var others []string
	for _, b := range boards {
		if b != p.w.board {
			others = append(others, b)
		}
	}
	seen := []string{p.w.board}
	n := p.draw(4, "rules")
	switch of {
	case rulesThatDo:
		n = 2 + n%2
	case rulesThatDont:
		n = 1 + n%3
	}
	for i := range n {
		sort := p.draw(sorts, "sort of rule ", i)
		switch {
		case of == rulesThatDo && i < 2:
			sort = []int{holds, among}[i]
		case of == rulesThatDont && sort == holds:
			sort = held
		}
		one := p.draw(len(others), "rule ", i, " is of")
		if of == rulesThatDo && i == 1 && others[one] == p.rules[0].from {
			one = 1 - one // who shares with the one that shares with the watcher's board
		}
		r := rule{others[one], p.w.board, 1}
		switch sort {
		case holds:
			seen = append(seen, r.from)
		case held:
			r.days = -p.draw(2, "days since rule ", i, " held")
		case elsewise:
			r.from, r.to = r.to, r.from
		case among:
			r.to = others[1-one]
		}
		p.rules = append(p.rules, r)
	}
	p.boards = map[model.Source]bool{}
	for name, s := range sources {
		p.boards[name] = slices.Contains(seen, s.Authority)
	}
}

// lawsOfKeptSeeds holds laws against what they are drawn from in each run: a line of
// testdata/interference.seeds names one of them. A law that fails prints -rapid.seed,
// which is what to keep; where that is given nothing else is drawn.
func lawsOfKeptSeeds(t *testing.T, laws map[string]func(*rapid.T)) {
	t.Helper()
	seed, checks := flag.Lookup("rapid.seed").Value, flag.Lookup("rapid.checks").Value
	if seed.String() != "0" || testing.Short() {
		return
	}
	before := checks.String()
	defer func() {
		if err := errors.Join(seed.Set("0"), checks.Set(before)); err != nil {
			t.Error(err)
		}
	}()
	for _, k := range testkit.KeptSeeds(t, "testdata/interference.seeds") {
		law := laws[k.Of]
		if law == nil {
			t.Fatalf("testdata/interference.seeds: there is no law %q", k.Of)
		}
		if err := errors.Join(seed.Set(strconv.FormatUint(k.Seed, 10)), checks.Set("1")); err != nil {
			t.Fatal(err)
		}
		t.Run(fmt.Sprint(k.Of, " ", k.Seed), func(t *testing.T) { rapid.Check(t, law) })
	}
}

// lawChecksOf runs a law against a part of the stores that -rapid.checks says.
func lawChecksOf(t *testing.T, part, of int, law func(*rapid.T)) {
	t.Helper()
	checks := flag.Lookup("rapid.checks").Value
	all, err := strconv.Atoi(checks.String())
	if err == nil {
		err = checks.Set(strconv.Itoa(max(1, all*part/of)))
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = checks.Set(strconv.Itoa(all)) }()
	rapid.Check(t, law)
}
