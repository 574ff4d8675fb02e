package main

import (
	"reflect"
	"testing"
	"time"

	"github.com/karna-registry/karna/internal/config"
)

// TestEveryLimitOfTheConfigurationReachesTheServer: none is forgotten on the way,
// but those that the configuration does not have.
func TestEveryLimitOfTheConfigurationReachesTheServer(t *testing.T) {
	limits := limitsOf(&config.GraphQL{
		Body: 1, Tokens: 2, Depth: 3, Cost: 4, Aliases: 5, Directives: 6, Time: 7, Concurrent: 8, Batch: 9,
		Streams: config.Streams{Most: 10, Each: 11, Poll: 12, Patience: 13},
	})
	v := reflect.ValueOf(limits)
	seen := map[int64]string{}
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		// The role that may ask for the schema has a key of its own.
		if name == "Cache" || name == "Walk" || name == "Introspection" {
			continue
		}
		n := v.Field(i).Int()
		if n < 1 || n > 13 || seen[n] != "" {
			t.Errorf("%s is %d, as is %q", name, n, seen[n])
		}
		seen[n] = name
	}
	if limits.Time != 7*time.Nanosecond || limits.Patience != 13 || len(seen) != 13 {
		t.Errorf("the limits are %+v", limits)
	}
}
