package relational

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// looked is a store of which each look-up is noted, and the first is held up.
type looked struct {
	mu    sync.Mutex
	calls [][]model.EntityID
	held  chan struct{}
	fail  func(call int) error
}

func (l *looked) look(ids []model.EntityID) ([]graph.Golden, error) {
	l.mu.Lock()
	call := len(l.calls)
	l.calls = append(l.calls, slices.Clone(ids))
	l.mu.Unlock()
	if call == 0 {
		<-l.held
	}
	if l.fail != nil {
		if err := l.fail(call); err != nil {
			return nil, err
		}
	}
	rows := make([]graph.Golden, len(ids))
	for i, id := range ids {
		rows[i].ID = id
	}
	return rows, nil
}

func numbered(n ...byte) (ids []model.EntityID) {
	for _, b := range n {
		ids = append(ids, model.EntityID{15: b})
	}
	return ids
}

// asks asks for ids and says whether the answer is theirs.
func asks(ctx context.Context, g *gathering, l *looked, ids []model.EntityID) error {
	rows, err := g.ask(ctx, ids, l.look)
	if err != nil {
		return err
	}
	got := make([]model.EntityID, len(rows))
	for i := range rows {
		got[i] = rows[i].ID
	}
	if !slices.Equal(got, ids) {
		return fmt.Errorf("asked for %v and was given %v", ids, got)
	}
	return nil
}

// gather asks first for one id, which is held up, and then as many callers for
// two each; then the first is let go.
func gather(t *testing.T, l *looked, callers int, meanwhile func(cancel []context.CancelFunc)) (errs []error, g *gathering) {
	t.Helper()
	g, l.held = &gathering{}, make(chan struct{})
	errs = make([]error, callers+1)
	cancel := make([]context.CancelFunc, callers+1)
	var wg sync.WaitGroup
	for i := range callers + 1 {
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		cancel[i] = stop
		ids := numbered(byte(2*i), byte(2*i+1))
		wg.Go(func() {
			defer func() {
				if r := recover(); r != nil {
					errs[i] = fmt.Errorf("panic: %v", r)
				}
			}()
			errs[i] = asks(ctx, g, l, ids)
		})
		synctest.Wait()
	}
	if meanwhile != nil {
		meanwhile(cancel)
		synctest.Wait()
	}
	close(l.held)
	wg.Wait()
	if g.asking || len(g.waiting) != 0 {
		t.Errorf("it ends with asking %t and %d waiting", g.asking, len(g.waiting))
	}
	return errs, g
}

func TestThoseWhoComeDuringALookUpAreTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l looked
		errs, g := gather(t, &l, 5, nil)
		if err := errors.Join(errs...); err != nil {
			t.Error(err)
		}
		if len(l.calls) != 2 || len(l.calls[0]) != 2 || len(l.calls[1]) != 10 {
			t.Errorf("the look-ups are %v, want one of 2 ids and one of 10", l.calls)
		}
		if err := asks(t.Context(), g, &l, numbered(99)); err != nil || len(l.calls) != 3 {
			t.Errorf("one who comes after that: %v, %d look-ups", err, len(l.calls))
		}
	})
}

func TestALookUpIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l looked
		errs, _ := gather(t, &l, mostGathered/2+1, nil)
		if err := errors.Join(errs...); err != nil {
			t.Error(err)
		}
		if len(l.calls) != 3 || len(l.calls[1]) != mostGathered || len(l.calls[2]) != 2 {
			t.Errorf("%d look-ups, want 3: the first, a full one, and the rest", len(l.calls))
		}
	})
}

func TestOneWhoGoesIsNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l looked
		errs, _ := gather(t, &l, 3, func(cancel []context.CancelFunc) {
			cancel[1]() // the one who would make the next look-up
			cancel[3]()
		})
		for i, want := range []error{nil, context.Canceled, nil, context.Canceled} {
			if !errors.Is(errs[i], want) {
				t.Errorf("caller %d: %v, want %v", i, errs[i], want)
			}
		}
		if len(l.calls) != 2 || !slices.Equal(l.calls[1], numbered(4, 5)) {
			t.Errorf("the look-ups are %v: want the second for who has stayed", l.calls)
		}
	})
}

func TestOneWhoGoesWhenItIsHisTurnPassesItOn(t *testing.T) {
	var g gathering
	first, second := &question{told: make(chan turn, 1)}, &question{told: make(chan turn, 1)}
	g.asking, g.waiting = true, []*question{first, second}
	g.passOn()
	g.leave(first)
	if got := <-second.told; got != yours || !g.asking || len(g.waiting) != 0 {
		t.Errorf("the other is told %d, asking %t, %d waiting", got, g.asking, len(g.waiting))
	}
	g.leave(&question{told: make(chan turn, 1)}) // one who is in a look-up
	if !g.asking {
		t.Error("the look-up has ended with one who was in it")
	}
}

func TestWhatFailsForOneIsAskedAgainByTheOthers(t *testing.T) {
	gone := errors.New("gone")
	for _, panics := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			l := looked{fail: func(call int) error {
				if call != 1 {
					return nil
				}
				if panics {
					panic(gone)
				}
				return gone
			}}
			errs, _ := gather(t, &l, 3, nil)
			if errs[1] == nil {
				t.Error("the caller whose look-up failed is told nothing")
			}
			if err := errors.Join(errs[0], errs[2], errs[3]); err != nil {
				t.Errorf("the others: %v", err)
			}
			if len(l.calls) != 4 {
				t.Errorf("%d look-ups, want 4: each of the others makes its own", len(l.calls))
			}
		})
	}
}
