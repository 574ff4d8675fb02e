package match

import (
	"embed"
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/resolve"
)

// ModelVersion is the form of a model's JSON that this package writes.
const ModelVersion = 1

// Model says how likely each level of each comparison is between two records of
// one thing (same), of two strangers (other), and of two things that live close
// together, such as a family (near).
type Model struct {
	Version int    `json:"version"`
	Kind    string `json:"kind"`
	Origin  string `json:"origin"` // "shipped", or what it was trained on
	// SamePerRecord and NearPerRecord are how many pairs of each population there
	// are for a record: the prior, whatever the number of records.
	SamePerRecord float64       `json:"samePerRecord"`
	NearPerRecord float64       `json:"nearPerRecord"`
	Bands         resolve.Bands `json:"bands"`
	Comparisons   []Comparison  `json:"comparisons"`
	// Frequencies are the term frequencies that go with the model; without them a
	// table's own are used.
	Frequencies *Frequencies `json:"frequencies,omitempty"`
}

// Comparison is one row of a model: its levels from what disagrees to what
// agrees. A comparison of a table that has no row of its own has that of its
// sort.
type Comparison struct {
	Name   string  `json:"comparison"`
	Levels []Level `json:"levels"`
}

// Level is how likely a level is in each population, of records that state
// something.
type Level struct {
	Name  string  `json:"level"`
	Same  float64 `json:"same"`
	Other float64 `json:"other"`
	Near  float64 `json:"near"`
}

// Bits is what the level weighs between one thing and two strangers.
func (l Level) Bits() resolve.Weight {
	return resolve.Weight(log2(l.Same) - log2(l.Other))
}

//go:embed defaults/*.json
var defaults embed.FS

// Default is the model that ships for a kind.
func Default(k model.Kind) (*Model, error) {
	b, err := defaults.ReadFile("defaults/" + k.String() + ".json")
	if err != nil {
		return nil, fmt.Errorf("there is no matching model for kind %v", k)
	}
	return ParseModel(b)
}

// ParseModel reads a model and checks it.
func ParseModel(b []byte) (*Model, error) {
	m := &Model{}
	if err := json.Unmarshal(b, m); err != nil {
		return nil, fmt.Errorf("read the matching model: %w", err)
	}
	if m.Version != ModelVersion {
		return nil, fmt.Errorf("the matching model has version %d: want %d", m.Version, ModelVersion)
	}
	if _, err := model.ParseKind(m.Kind); err != nil {
		return nil, fmt.Errorf("the matching model: %w", err)
	}
	if !(m.SamePerRecord > 0) || !(m.NearPerRecord >= 0) || m.Bands.Link < m.Bands.Review {
		return nil, fmt.Errorf("the matching model: samePerRecord has to be more than 0, nearPerRecord no less, and the link band above the review band")
	}
	for _, c := range m.Comparisons {
		k := sortOf(c.Name)
		if len(c.Levels) != len(levelNames[k])-1 {
			return nil, fmt.Errorf("the matching model: comparison %s has %d levels: want %d", c.Name, len(c.Levels), len(levelNames[k])-1)
		}
		for _, l := range c.Levels {
			if !(l.Same > 0 && l.Same <= 1 && l.Other > 0 && l.Other <= 1 && l.Near > 0 && l.Near <= 1) {
				return nil, fmt.Errorf("the matching model: comparison %s, level %q: a chance has to be above 0 and no more than 1", c.Name, l.Name)
			}
		}
	}
	return m, nil
}

// sortOf is how a comparison of a name compares.
func sortOf(name string) sort {
	base, _, _ := strings.Cut(name, ":")
	for k, n := range sortNames {
		if n == base {
			return sort(k)
		}
	}
	return byText
}

// comparison is the model's row for a comparison of a table.
func (m *Model) comparison(k comparison) *Comparison {
	var bySort *Comparison
	for i := range m.Comparisons {
		switch c := &m.Comparisons[i]; c.Name {
		case k.name:
			return c
		case sortNames[k.sort]:
			bySort = c
		}
	}
	return bySort
}

// Row is the model's comparison of a name, or of its sort; nil if it has neither.
func (m *Model) Row(name string) *Comparison {
	return m.comparison(comparison{sort: sortOf(name), name: name})
}

func log2(x float64) float64 { return math.Log2(x) }

// scorer is a model as it is applied to a table: logarithms by level.
type scorer struct {
	n                 int
	same, other, near [maxComparisons][16]float32
	priorSame         float32
	priorNear         float32
}

// scorer prepares the model for a table of n records. The chance that strangers
// agree on a value is the table's own.
func (m *Model) scorer(comps []comparison, records int) *scorer {
	s := &scorer{n: len(comps)}
	for i, k := range comps {
		row := m.comparison(k)
		if row == nil {
			continue
		}
		for l, level := range row.Levels {
			s.same[i][l+1] = float32(log2(level.Same))
			s.other[i][l+1] = float32(log2(level.Other))
			s.near[i][l+1] = float32(log2(level.Near))
		}
	}
	others := math.Max(float64(records-1), 1)
	s.priorSame = float32(log2(math.Min(2*m.SamePerRecord/others, 0.5)))
	s.priorNear = float32(log2(math.Max(math.Min(2*m.NearPerRecord/others, 0.5), 1e-12)))
	return s
}

// weigh is the evidence of a pattern in bits: the odds of one thing against two,
// the prior included.
func (s *scorer) weigh(p pattern, rare float32) float32 {
	same, other, near := s.priorSame, -rare, s.priorNear
	for i := range s.n {
		l := int(p & 15)
		p >>= 4
		same += s.same[i][l]
		other += s.other[i][l]
		near += s.near[i][l]
	}
	return same - logSum(other, near)
}

// logSum is log2(2^a + 2^b).
func logSum(a, b float32) float32 {
	if a < b {
		a, b = b, a
	}
	if a-b > 16 {
		return a
	}
	return a + float32(math.Log1p(math.Exp2(float64(b-a)))/math.Ln2)
}
