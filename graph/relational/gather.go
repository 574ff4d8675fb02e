package relational

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// gathering makes one look-up of what several callers ask for at a time: while
// one is under way, those who come wait and are the next, all in one. Nobody
// waits when nothing is under way, and each look-up begins after everyone in it
// has asked, so that it sees what they might know to be committed.
type gathering struct {
	mu      sync.Mutex
	asking  bool // a look-up is under way, or somebody has been told to make one
	waiting []*question
}

// question is what one caller asks for.
type question struct {
	ids  []model.EntityID
	told chan turn
	// The answer, when the turn is answered.
	rows []graph.Golden
	err  error
}

// turn is what a waiting caller is told.
type turn uint8

const (
	answered turn = iota
	yours         // make the look-up, for all that wait
)

var errNotLooked = errors.New("the look-up was not made")

// manyIDs is from how many ids on a look-up is made by itself: others are not
// to wait for it.
const manyIDs = 32

// mostGathered bounds a look-up's ids.
const mostGathered = 256

// ask reads rows by ask's own look-up or with others'. look reads golden rows
// parallel to ids.
func (g *gathering) ask(ctx context.Context, ids []model.EntityID, look func([]model.EntityID) ([]graph.Golden, error)) ([]graph.Golden, error) {
	g.mu.Lock()
	if !g.asking {
		g.asking = true
		g.mu.Unlock()
		defer g.passOn()
		return look(ids)
	}
	q := &question{ids: ids, told: make(chan turn, 1)}
	g.waiting = append(g.waiting, q)
	g.mu.Unlock()
	select {
	case t := <-q.told:
		return g.follow(t, q, look)
	case <-ctx.Done():
		g.leave(q)
		return nil, ctx.Err()
	}
}

// follow does what a caller is told.
func (g *gathering) follow(t turn, q *question, look func([]model.EntityID) ([]graph.Golden, error)) ([]graph.Golden, error) {
	if t == yours {
		return g.lookForAll(q, look)
	}
	if q.err != nil {
		// Another caller's look-up failed, perhaps because he has gone.
		return look(q.ids)
	}
	return q.rows, nil
}

// lookForAll reads what the caller and all who wait ask for.
func (g *gathering) lookForAll(q *question, look func([]model.EntityID) ([]graph.Golden, error)) ([]graph.Golden, error) {
	g.mu.Lock()
	n, ids := 0, slices.Clone(q.ids)
	for n < len(g.waiting) && len(ids) < mostGathered {
		ids = append(ids, g.waiting[n].ids...)
		n++
	}
	others := slices.Clone(g.waiting[:n])
	g.waiting = slices.Delete(g.waiting, 0, n)
	g.mu.Unlock()
	done := false
	defer func() {
		if !done { // a panic: nobody is left waiting
			for _, o := range others {
				o.err = errNotLooked
				o.told <- answered
			}
		}
		g.passOn()
	}()
	rows, err := look(ids)
	done = true
	at := len(q.ids)
	for _, o := range others {
		if o.err = err; err == nil {
			o.rows = rows[at : at+len(o.ids) : at+len(o.ids)]
		}
		at += len(o.ids)
		o.told <- answered
	}
	if err != nil {
		return nil, err
	}
	return rows[:len(q.ids):len(q.ids)], nil
}

// passOn ends a look-up: who has waited longest makes the next.
func (g *gathering) passOn() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.waiting) == 0 {
		g.asking = false
		return
	}
	next := g.waiting[0]
	g.waiting = slices.Delete(g.waiting, 0, 1)
	next.told <- yours
}

// leave takes back a question whose caller has gone.
func (g *gathering) leave(q *question) {
	g.mu.Lock()
	at := slices.Index(g.waiting, q)
	if at >= 0 {
		g.waiting = slices.Delete(g.waiting, at, at+1)
	}
	g.mu.Unlock()
	if at >= 0 {
		return
	}
	// It is in a look-up, which needs nobody to listen; or the next one is this
	// caller's to make, as he was told while the lock was held.
	select {
	case t := <-q.told:
		if t == yours {
			g.passOn()
		}
	default:
	}
}
