package resolve

import "github.com/karna-registry/karna/model"

// Band is what is done with a pair on the evidence of its weight.
type Band uint8

// The bands.
const (
	Reject Band = iota // nothing
	Review             // a steward looks
	Link               // one thing, unless a constraint forbids it
)

// String is the band as the API spells it.
func (b Band) String() string { return [...]string{"reject", "review", "link", ""}[b&3] }

// Bands are the weights, in bits, from which a pair is reviewed and linked.
type Bands struct {
	Review Weight `json:"review"`
	Link   Weight `json:"link"`
}

// DefaultBands hold for a kind that the policy says nothing of: link at odds of
// a million to one, review at even odds and better.
var DefaultBands = Bands{Review: 1, Link: 20}

// Of is the band that a weight lies in.
func (b Bands) Of(w Weight) Band {
	switch {
	case w >= b.Link:
		return Link
	case w >= b.Review:
		return Review
	}
	return Reject
}

// BandsOf are the bands of a kind under the policy.
func (p *Policy) BandsOf(k model.Kind) Bands { return p.bands(k) }

func (p *Policy) bands(k model.Kind) Bands {
	if p != nil {
		if b, ok := p.Bands[k]; ok {
			return b
		}
	}
	return DefaultBands
}
