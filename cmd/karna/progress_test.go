package main

import (
	"strings"
	"testing"
	"time"
)

func TestWhereThereIsNoTerminalALineSaysNowAndThenHowFarItIs(t *testing.T) {
	var said strings.Builder
	now := time.Unix(0, 0)
	p := newPlainProgress(&said, "score", func() time.Time { return now })
	p.total = 1000
	for _, step := range []struct {
		after time.Duration
		done  int64
	}{{time.Second, 100}, {4 * time.Second, 500}, {time.Second, 510}, {5 * time.Second, 1200}} {
		now = now.Add(step.after)
		p.at(step.done)
	}
	if want := "score: 50 %, 100/s, 5s left\nscore: " + thousands(1200) + ", 109/s\n"; said.String() != want {
		t.Errorf("it said\n%swant\n%s", said.String(), want)
	}
}
