package csv

import "github.com/karna-registry/karna/model"

// Schemes is what the identifier schemes that a mapping declares prove, for the
// policy, which is made before any delivery is opened.
func (Format) Schemes(mappingFile []byte, source model.Source) (map[model.Scheme]model.Proof, error) {
	spec, err := parseMapping(mappingFile)
	if err != nil {
		return nil, err
	}
	p, err := dialectOf(spec, source)
	if err != nil {
		return nil, err
	}
	return p.schemes, nil
}
