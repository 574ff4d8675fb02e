package gql

import (
	"context"
	"time"

	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
)

type subscriptionResolver struct{ *resolver }

var _ SubscriptionResolver = (*subscriptionResolver)(nil)

// Subscription follows what changes.
func (r *resolver) Subscription() SubscriptionResolver { return &subscriptionResolver{r} }

// feedPage is how many entries of the feed a subscriber reads together. They
// are sent one by one: no more than one waits for a slow client.
const feedPage = 100

// Changes follows the change feed.
func (r *subscriptionResolver) Changes(ctx context.Context, after *string, afterRevision *int) (<-chan *ChangeEdge, error) {
	req := requestOf(ctx)
	s := &subscriber{resolver: r.resolver, request: req, cursor: deref(after), out: make(chan *ChangeEdge)}
	switch {
	case after != nil && afterRevision != nil:
		return nil, badInput("give after or afterRevision, not both")
	case afterRevision != nil && *afterRevision < 0:
		return nil, badInput("afterRevision: the first is 0")
	case afterRevision != nil:
		s.cursor = access.AfterRevision(model.Revision(*afterRevision))
	case after == nil:
		now, err := req.view.Revision(ctx)
		if err != nil {
			return nil, err
		}
		s.cursor = access.AfterRevision(now)
	}
	// Whatever is wrong with the cursor is said at once.
	if _, err := req.view.Changes(ctx, s.cursor, 1); err != nil {
		return nil, err
	}
	go s.run(ctx)
	return s.out, nil
}

// subscriber follows the feed for one client.
type subscriber struct {
	*resolver
	request *request
	cursor  string // of the last entry that the client has taken
	out     chan *ChangeEdge
}

func (s *subscriber) run(ctx context.Context) {
	defer close(s.out)
	defer func() {
		if p := recover(); p != nil {
			s.request.end(recovered(ctx, p))
		}
	}()
	poll := time.NewTicker(s.limits.Poll)
	defer poll.Stop()
	for {
		more, err := s.page(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			s.request.end(err)
			return
		case more:
			continue
		}
		select {
		case <-poll.C:
		case <-ctx.Done():
			return
		}
	}
}

// page sends the next entries; more is whether there may be others at once. When
// the registry moves on meanwhile, the rest is read anew: what was for the caller
// a moment ago may be no longer.
func (s *subscriber) page(ctx context.Context) (more bool, err error) {
	view := s.request.view
	if err := s.request.holds(ctx); err != nil {
		return false, err
	}
	read, err := view.Revision(ctx)
	if err != nil {
		return false, err
	}
	page, err := view.Changes(ctx, s.cursor, feedPage)
	if err != nil {
		return false, err
	}
	for i := range page.Items {
		now, err := view.Revision(ctx)
		if err != nil {
			return false, err
		}
		if now != read {
			return true, nil
		}
		if err := s.request.holds(ctx); err != nil {
			return false, err
		}
		q := &query{request: &request{ctx: ctx, view: view}, day: model.DateOf(s.clock())}
		if err := s.send(ctx, &ChangeEdge{page.Items[i].Cursor, &Change{q, &page.Items[i]}}); err != nil {
			return false, err
		}
		s.cursor = page.Items[i].Cursor
	}
	s.cursor = page.Cursor
	return page.HasNext, nil
}

// holds tells whether the login that a subscription began with still holds.
func (r *request) holds(ctx context.Context) error {
	if r.check == nil || r.check(ctx) == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	return &Refusal{CodeUnauthenticated, "Your login no longer holds, so the subscription ends."}
}

// send waits until the client takes the entry, but not for ever.
func (s *subscriber) send(ctx context.Context, e *ChangeEdge) error {
	patience := time.NewTimer(s.limits.Patience)
	defer patience.Stop()
	select {
	case s.out <- e:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-patience.C:
		return &Refusal{CodeSlow, "You take changes more slowly than they come, so the subscription ends. Go on after the last cursor that you have."}
	}
}
