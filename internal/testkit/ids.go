package testkit

import (
	"encoding/binary"
	"math/rand/v2"
	"sync"

	"github.com/karna-registry/karna/model"
)

// IDs is a generator of ids that gives the same ids, in rising order, for the
// same seed. They are well-formed UUIDv7 and start at Epoch, a millisecond
// apart. The function is safe for concurrent use.
func IDs(seed uint64) func() model.EntityID {
	var mu sync.Mutex
	random := rand.New(rand.NewPCG(seed, 0x6b61726e61))
	ms := uint64(Epoch.UnixMilli())
	return func() model.EntityID {
		mu.Lock()
		defer mu.Unlock()
		var id model.EntityID
		binary.BigEndian.PutUint64(id[:8], ms<<16|random.Uint64()&0x0fff)
		binary.BigEndian.PutUint64(id[8:], random.Uint64())
		id[6] = id[6]&0x0f | 0x70 // version 7
		id[8] = id[8]&0x3f | 0x80 // the variant of RFC 9562
		ms++
		return id
	}
}

// Random is a reproducible source of randomness.
func Random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0x6b61726e61)) }
