package testkit

import (
	"sync"
	"time"
)

// Epoch is when every test's clock starts: a Tuesday noon in UTC.
var Epoch = time.Date(2024, time.March, 5, 12, 0, 0, 0, time.UTC)

// Clock is a clock that stands still until the test moves it. It is safe for
// concurrent use. Its Now is what injected clocks want: func() time.Time.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock is a clock at Epoch.
func NewClock() *Clock { return &Clock{now: Epoch} }

// Now is the clock's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock and says its new time.
func (c *Clock) Advance(d time.Duration) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	return c.now
}
