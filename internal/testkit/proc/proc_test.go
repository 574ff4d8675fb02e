package proc

import (
	"testing"
	"time"
)

func TestParseStatReadsPastACommandNamedLikeFields(t *testing.T) {
	const line = "42 (a) b (c) S 7 1 1 0 -1 4194304 1 2 3 4 150 50 30 20 20 0 1 0 99 1 1\n"
	got, err := parseStat([]byte(line))
	want := Process{Parent: 7, Own: 2 * time.Second, Reaped: 500 * time.Millisecond}
	if err != nil || got != want {
		t.Errorf("want %+v, got %+v, %v", want, got, err)
	}
	if _, err := parseStat([]byte("42 (a) S 7")); err == nil {
		t.Error("a line without times is accepted")
	}
}
